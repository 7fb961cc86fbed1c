package stacktrace

import "strings"

// Rust prints the place, the message on lines of its own, and on demand a
// backtrace, most recent call first. The error types of anyhow and eyre print
// "Caused by:" and a list. https://doc.rust-lang.org/std/macro.panic.html

func (p *parser) rust(i int) {
	l := p.ls[i]
	switch h, ok := readRustHead(l.s); {
	case ok:
		n := newNode(l, h)
		if h.file != "" {
			f := Frame{File: h.file, Line: h.line}
			f.User = userRust(f)
			n.stack.add(f)
		}
		p.chain = []*node{n}
		i++
	case l.s == "Caused by:":
		_, n := p.rustHeader(i)
		p.chain = []*node{n}
	default:
		_, n := p.header(i)
		p.chain = []*node{n}
	}
	p.beginAt(p.chain[0].begin)
	p.rustBody(i)
}

// rustHeader finds the error above "Caused by:", which an empty line parts
// from it.
func (p *parser) rustHeader(i int) (int, *node) {
	j := i - 1
	for j > 0 && p.ls[j].s == "" {
		j--
	}
	if j < 0 {
		return i, cutNode(p.ls[i])
	}
	if h, ok := readHead(p.ls[j].s); ok {
		return j, newNode(p.ls[j], h)
	}
	h, ok := embeddedHead(p.ls[j].s)
	if !ok {
		h = lenientHead(p.ls[j].s)
	}
	return j, newNode(p.ls[j], h)
}

func (p *parser) rustBody(i int) {
	n := p.chain[0]
	for ; i < len(p.ls); i++ {
		l := p.ls[i]
		switch {
		case l.s == "Caused by:":
			i = p.rustCauses(i+1) - 1
		case l.s == "stack backtrace:" || l.s == "Stack backtrace:":
			p.rustFrames(n, i+1)
			return
		case strings.HasPrefix(l.s, "note: "), strings.HasPrefix(l.s, "Location:"):
			if n.Message != "" || l.s[0] == 'n' {
				return
			}
		case len(p.chain) > 1 || l.s != "" && startsRecord(l.s):
			return
		case l.s == "" && n.Message != "":
		case n.Message == "":
			n.Message, n.indent = l.s, l.indent
			if l.verbatim() {
				n.End, n.msgAt = l.end, l.start
			}
		default:
			n.addMessage(l)
		}
	}
}

// rustCauses reads the list below "Caused by:": numbered when it is long.
func (p *parser) rustCauses(i int) int {
	for ; i < len(p.ls); i++ {
		l := p.ls[i]
		if l.s == "" || l.indent == 0 {
			return i
		}
		s := l.s
		if n := digits(s); n > 0 && n < 4 && strings.HasPrefix(s[n:], ": ") {
			s = s[n+2:]
		} else if len(p.chain) > 1 && l.indent > p.chain[len(p.chain)-1].indent {
			p.chain[len(p.chain)-1].addMessage(l)
			continue
		}
		at := len(l.s) - len(s)
		h := head{msg: s, at: at, msgAt: at}
		if t, ok := readTyped(l.s, at); ok {
			h = t
		}
		c := newNode(l, h)
		c.Relation = RelCause
		p.chain = limitNodes(append(p.chain, c))
	}
	return i
}

func (p *parser) rustFrames(n *node, i int) {
	var f Frame
	flush := func() {
		if f.Function != "" {
			f.User = userRust(f)
			n.stack.add(f)
		}
		f = Frame{}
	}
	// The place of the panic is known before; the backtrace holds it again.
	place := n.stack
	n.stack = frameList{}
	for ; i < len(p.ls); i++ {
		l := p.ls[i]
		if fn, ok := rustFunction(l.s); ok {
			flush()
			f.Function = fn
			continue
		}
		rest, ok := strings.CutPrefix(l.s, "at ")
		if !ok {
			break
		}
		f.File, f.Line, _ = cutPlace(rest)
	}
	flush()
	if n.stack.empty() {
		n.stack = place
	}
}
