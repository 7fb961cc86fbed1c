package stacktrace

import "strings"

// Python prints the stack first and the exception behind it, and of a chain
// the innermost exception first:
// https://docs.python.org/3/library/traceback.html

const pyTraceback = "Traceback (most recent call last):"

// isPythonConnector returns how the tracebacks above and below a line are tied.
func isPythonConnector(s string) Relation {
	switch {
	case strings.HasPrefix(s, "During handling of the above exception, another exception occurred"):
		return RelContext
	case strings.HasPrefix(s, "The above exception was the direct cause of the following exception"):
		return RelCause
	}
	return RelNone
}

// isGroupRule reports whether s is one of the rules between the members of an
// exception group; number is false for the one that closes the group.
func isGroupRule(s string) (number, ok bool) {
	rest, ok := strings.CutPrefix(s, "+-+---")
	if !ok {
		rest, ok = strings.CutPrefix(s, "+----")
	}
	if !ok {
		return false, false
	}
	rest = strings.TrimLeft(rest, "-")
	return strings.HasPrefix(rest, " "), rest == "" || rest[0] == ' '
}

// python reads the traceback around line i.
func (p *parser) python(i int) {
	first := i
	if r := isPythonConnector(p.ls[i].s); r != RelNone {
		// The traceback above it is not in the text, or only its last line.
		for j := i - 1; j >= 0 && j >= i-3; j-- {
			if _, ok := readHead(p.ls[j].s); ok {
				first = j
				break
			}
		}
	}
	l := p.ls[first]
	p.beginAt(l.raw)
	if at := strings.Index(l.s, pyTraceback); at > 0 && l.verbatim() && l.bar < 0 {
		p.begin = l.start + at
	}
	r := pyReader{parser: p}
	end := r.read(p.ls[first:], 0)
	p.chain = r.chain
	p.beside = append(p.beside, r.beside...)
	p.pythonTail(first + end)
}

// pythonTail reads a Java trace inside the message of a Python exception, as
// PySpark prints them.
func (p *parser) pythonTail(i int) {
	if len(p.chain) == 0 || i >= len(p.ls) {
		return
	}
	if _, lang, ok := atFrame(p.ls[i].s); !ok || lang != "java" {
		return
	}
	sub := &parser{text: p.text, ls: p.ls, begin: -1}
	sub.java(i)
	for j, n := range sub.chain {
		if j == 0 {
			n.Relation = RelCause
		}
		reverseFrames(&n.stack)
	}
	p.chain = limitNodes(append(p.chain, sub.chain...))
}

// reverseFrames brings a stack with the most recent call first into the order
// of the language that surrounds it.
func reverseFrames(l *frameList) {
	fs := l.frames(true)
	*l = frameList{}
	for _, f := range fs {
		l.add(f)
	}
}

// pyReader reads a sequence of tracebacks that are tied to each other.
type pyReader struct {
	*parser
	chain  []*node // outermost first
	beside []*node
	rel    Relation // how the next traceback is tied to the chain
	cur    *node    // a traceback whose exception has not come yet
	base   int      // indentation of the exception line that it waits for
	bare   bool     // indentation was lost: frames stand at the margin
	msg    *node    // the exception whose message goes on
	source bool     // the line above was a frame
}

// read takes lines until one that is no part of the trace, and returns how
// many it took. depth counts the groups around it.
func (r *pyReader) read(ls []line, depth int) int {
	for i := 0; i < len(ls); i++ {
		l := ls[i]
		if number, ok := isGroupRule(l.s); ok {
			if number && depth < 20 {
				i += r.group(ls[i:], depth) - 1
			}
			r.msg = nil
			continue
		}
		if !r.line(l) {
			r.cut(l)
			return i
		}
	}
	if len(ls) > 0 {
		r.cut(ls[len(ls)-1])
	}
	return len(ls)
}

// line takes one line; it reports false where the trace has ended.
func (r *pyReader) line(l line) bool {
	if l.s == "" {
		r.blank()
		return true
	}
	if rel := isPythonConnector(l.s); rel != RelNone {
		r.cut(l)
		if len(r.chain) > 0 {
			r.rel = rel
		}
		r.msg = nil
		return true
	}
	if strings.HasSuffix(l.s, pyTraceback) {
		return r.start(l, l.indent)
	}
	if f, ok := pythonFrame(l.s); ok {
		return r.frame(l, f)
	}
	if r.cur != nil {
		return r.inside(l)
	}
	return r.message(l)
}

// start begins a traceback. One that nothing ties to the chain is another trace.
func (r *pyReader) start(l line, base int) bool {
	r.cut(l)
	if len(r.chain) > 0 && r.rel == RelNone {
		return false
	}
	r.cur, r.base, r.bare, r.msg = cutNode(l), base, false, nil
	return true
}

func (r *pyReader) frame(l line, f Frame) bool {
	if r.cur == nil {
		if !r.start(l, max(0, l.indent-2)) {
			return false
		}
		r.bare = l.indent == 0
	} else if r.cur.stack.empty() {
		r.bare = l.indent <= r.base
	}
	r.cur.stack.add(f)
	r.source = true
	return true
}

// inside takes a line of a traceback that is no frame: source, markers, or
// the exception.
func (r *pyReader) inside(l line) bool {
	first := r.source
	r.source = false
	if l.indent > r.base || strings.Trim(l.s, "^~ ") == "" || strings.HasPrefix(l.s, "[Previous line repeated ") {
		return true
	}
	if r.bare && first {
		if h, ok := readHead(l.s); !ok || h.at != 0 {
			return true // the source line of the frame above
		}
	}
	h := lenientHead(l.s)
	if h.typ == "" || h.at != 0 {
		return false
	}
	n := newNode(l, h)
	n.stack = r.cur.stack
	r.push(n)
	r.msg = n
	return true
}

// push makes n the outermost exception.
func (r *pyReader) push(n *node) {
	if len(r.chain) > 0 {
		r.chain[0].Relation = r.rel
	}
	r.cur, r.rel = nil, RelNone
	r.chain = append([]*node{n}, r.chain...)
	r.chain = limitNodes(r.chain)
}

// cut ends a traceback whose exception line is not in the text.
func (r *pyReader) cut(l line) {
	if r.cur == nil {
		return
	}
	n := r.cur
	n.Start, n.End = l.start, l.start
	r.push(n)
}

// message takes a line behind the exception line.
func (r *pyReader) message(l line) bool {
	if r.msg == nil {
		if r.rel != RelNone || len(r.chain) == 0 {
			h := lenientHead(l.s)
			if h.typ == "" || !isExceptionType(h.typ) {
				return len(r.chain) > 0 && r.rel != RelNone && l.indent > 0
			}
			n := newNode(l, h) // an exception that was never raised has no stack
			r.push(n)
			r.msg = n
			return true
		}
		return false
	}
	if startsRecord(l.s) {
		return false
	}
	if _, _, ok := atFrame(l.s); ok {
		return false
	}
	r.msg.addMessage(l)
	return true
}

// blank ends a message, but for what SQLAlchemy and others put behind an
// empty line, which is indented or bracketed.
func (r *pyReader) blank() {
	if r.msg != nil && r.msg.lines < maxLookBack {
		r.msg.addMessage(line{})
	}
}

// group reads the members of the group that is now outermost, and returns how
// many lines they take. The first member continues the chain.
func (r *pyReader) group(ls []line, depth int) int {
	inner := ls[0].indent
	if strings.HasPrefix(ls[0].s, "+-+") {
		inner += 2
	}
	i, from, first := 1, 1, true
	var member []*node
	flush := func(to int) {
		sub := pyReader{parser: r.parser}
		sub.read(ls[from:to], depth+1)
		r.beside = append(r.beside, sub.beside...)
		if first {
			member = sub.chain
		} else {
			r.beside = append(r.beside, sub.chain...)
		}
		if len(r.beside) > 2*keepExceptions {
			r.beside = r.beside[:2*keepExceptions]
		}
		first = false
	}
	for ; i < len(ls); i++ {
		number, ok := isGroupRule(ls[i].s)
		if !ok || ls[i].indent > inner || strings.HasPrefix(ls[i].s, "+-+") {
			if ls[i].s != "" && ls[i].bar < 0 && !ok {
				break // the group was cut off
			}
			continue
		}
		flush(i)
		from = i + 1
		if !number {
			i++
			break
		}
	}
	if from < i && !closed(ls[:i]) {
		flush(i)
	}
	r.adopt(member)
	return i
}

func closed(ls []line) bool {
	number, ok := isGroupRule(ls[len(ls)-1].s)
	return ok && !number
}

// adopt hangs the first member under the group. What was inner to the group
// before stands beside: the members are what it is about.
func (r *pyReader) adopt(member []*node) {
	if len(member) == 0 {
		return
	}
	member[0].Relation = RelMember
	if len(r.chain) == 0 {
		r.chain = member
		return
	}
	r.beside = append(r.beside, r.chain[1:]...)
	r.chain = limitNodes(append(r.chain[:1:1], member...))
}
