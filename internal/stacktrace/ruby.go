package stacktrace

import "strings"

// Ruby prints the most recent place, the message and the class on one line,
// then "from" lines outward. A cause follows as another such block. Rails
// prints the class and the message first, and only then places.
// https://docs.ruby-lang.org/en/master/Exception.html#method-i-full_message

func (p *parser) ruby(i int) {
	if strings.HasSuffix(p.ls[i].s, pyTraceback) {
		p.rubyBottom(i)
		return
	}
	if h, ok := readRubyHead(p.ls[i].s); ok && h.file != "" {
		p.chain = []*node{rubyNode(p.ls[i], h)}
		i++
	} else {
		at, n := p.header(i)
		if h, ok := readRubyHead(p.ls[at].s); ok && h.file != "" && at < i {
			n.stack.add(rubyFrameOf(h))
		}
		if strings.HasSuffix(p.ls[at].s, "):") { // below it Rails shows the source
			n.Message, _, _ = strings.Cut(n.Message, "\n")
		}
		p.chain = []*node{n}
	}
	p.beginAt(p.chain[0].begin)
	for ; i < len(p.ls) && p.rubyLine(p.ls[i]); i++ {
	}
}

func rubyFrameOf(h head) Frame {
	f := Frame{Function: h.fn, File: h.file, Line: h.line}
	f.User = userRuby(f)
	return f
}

func rubyNode(l line, h head) *node {
	n := newNode(l, h)
	n.stack.add(rubyFrameOf(h))
	return n
}

func (p *parser) rubyLine(l line) bool {
	n := p.chain[len(p.chain)-1]
	if l.s == "" || strings.HasPrefix(l.s, "... ") || l.s == "Causes:" {
		return true
	}
	if f, ok := rubyFrame(l.s); ok {
		n.stack.add(f)
		return true
	}
	if h, ok := readRubyHead(l.s); ok {
		c := newNode(l, h)
		if h.file != "" {
			c.stack.add(rubyFrameOf(h))
		}
		c.Relation = RelCause
		p.chain = limitNodes(append(p.chain, c))
		return true
	}
	if len(n.stack.head) <= 1 && !startsRecord(l.s) {
		n.addMessage(l)
		return true
	}
	return false
}

// rubyBottom reads the order that Ruby 2.5 to 2.7 use on a terminal: frames
// first, outermost first, and the exception last.
func (p *parser) rubyBottom(i int) {
	p.beginAt(p.ls[i].start)
	var fs []Frame
	for i++; i < len(p.ls); i++ {
		f, ok := rubyFrame(p.ls[i].s)
		if !ok {
			break
		}
		if len(fs) < 2*keepFrames {
			fs = append(fs, f)
		}
	}
	if i == len(p.ls) {
		i--
	}
	n := cutNode(p.ls[i])
	if h, ok := readRubyHead(p.ls[i].s); ok {
		n = rubyNode(p.ls[i], h)
	}
	for j := len(fs) - 1; j >= 0; j-- {
		n.stack.add(fs[j])
	}
	p.chain = []*node{n}
}
