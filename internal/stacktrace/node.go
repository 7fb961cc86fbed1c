package stacktrace

import "strings"

// V8 prints "Type: message" and the stack, most recent call first. console
// and the fatal handler then show the error's own properties in braces, in
// which other errors may nest: [cause], the [errors] of an AggregateError, and
// those that libraries keep, such as driverError.
// https://nodejs.org/api/errors.html

func (p *parser) node(i int) {
	at, n := p.header(i)
	p.beginAt(n.begin)
	p.nodePreamble(at, n)
	p.chain = []*node{n}
	r := nodeReader{parser: p, cur: n, open: []*node{n}}
	if at < i {
		i = max(i, at+1)
	}
	if strings.HasSuffix(p.ls[at].s, " {") || strings.HasSuffix(p.ls[at].s, " [") {
		r.dump = true
	}
	for ; i < len(p.ls) && r.line(p.ls[i]); i++ {
	}
}

// nodePreamble reads what the fatal handler prints above: the place, the
// source line and a caret. For a SyntaxError it is the only place there is.
func (p *parser) nodePreamble(at int, n *node) {
	for j := at - 1; j >= 0 && j >= at-8; j-- {
		file, line, ok := cutLastNumber(p.ls[j].s)
		if !ok || line == 0 || strings.IndexByte(file, ' ') >= 0 && file[0] != '/' || strings.HasPrefix(file, "http") {
			continue
		}
		file = strings.TrimPrefix(file, "file://")
		if !strings.ContainsAny(file, "/:") {
			continue
		}
		p.beginAt(p.ls[j].start)
		if n.Type == "SyntaxError" {
			f := Frame{File: file, Line: line}
			f.User = userNode(f)
			n.stack.add(f)
		}
		return
	}
}

type nodeReader struct {
	*parser
	cur  *node
	open []*node // the errors we are inside of, outermost first
	dump bool    // inside the braces
}

func (r *nodeReader) line(l line) bool {
	s := l.s
	if s == "" {
		return true
	}
	if f, _, ok := atFrame(s); ok {
		r.cur.stack.add(f)
		r.dump = r.dump || strings.HasSuffix(s, " {")
		return true
	}
	if isDumpEnd(s) {
		return l.indent > 0 || strings.HasPrefix(s, "]") || strings.HasPrefix(s, "},")
	}
	if strings.HasPrefix(s, "Node.js v") {
		return false
	}
	if n, rel := r.nested(l); n != nil {
		r.add(n, rel)
		return true
	}
	if r.dump && l.indent > 0 {
		r.property(l)
		return true
	}
	if r.cur.stack.empty() && !startsRecord(s) {
		r.cur.addMessage(l)
		return true
	}
	return l.indent > 0 && strings.HasPrefix(s, "... ")
}

func isDumpEnd(s string) bool {
	return strings.Trim(s, "}],) ") == "" || s == "{" || s == "["
}

// nested reads an error that a line of the dump holds: as [cause], as an
// element of [errors], or as any other property.
func (r *nodeReader) nested(l line) (*node, Relation) {
	rel, off := RelMember, 0
	switch {
	case strings.HasPrefix(l.s, "[cause]: "):
		rel, off = RelCause, len("[cause]: ")
	case strings.HasPrefix(l.s, "Caused by: "), strings.HasPrefix(l.s, "caused by: "):
		rel, off = RelCause, len("Caused by: ")
	default:
		if i := strings.Index(l.s[:min(len(l.s), 60)], ": "); i > 0 && typeLen(l.s) == i && !isExceptionType(l.s[:i]) && l.s[:i] != "error" {
			rel, off = RelCause, i+2
		}
	}
	if rel != RelCause && l.indent <= r.open[0].indent && !r.dump {
		return nil, RelNone
	}
	body := strings.TrimRight(strings.TrimSuffix(l.s, " {"), ",")
	if off > len(body) {
		return nil, RelNone
	}
	h, ok := readTyped(body, off)
	if !ok {
		if off != len("[cause]: ") || len(body) == off || l.s[0] != '[' || strings.HasPrefix(body[off:], "undefined") || strings.HasPrefix(body[off:], "[Error]") {
			return nil, RelNone
		}
		h = head{msg: strings.Trim(body[off:], "'\"`"), at: off, msgAt: off}
	}
	if strings.HasSuffix(l.s, " {") {
		r.dump = true
	}
	n := newNode(l, h)
	if n.msgAt >= 0 {
		n.End = l.start + len(body)
	}
	return n, rel
}

// add puts an error into the chain when it is nested deeper than those before
// it, else beside it.
func (r *nodeReader) add(n *node, rel Relation) {
	n.Relation = rel
	for len(r.open) > 1 && r.open[len(r.open)-1].indent >= n.indent {
		r.open = r.open[:len(r.open)-1]
	}
	parent := r.open[len(r.open)-1]
	r.cur = n
	if parent == r.chain[len(r.chain)-1] {
		r.chain = limitNodes(append(r.chain, n))
	} else if len(r.beside) < 2*keepExceptions {
		r.beside = append(r.beside, n)
	}
	if len(r.open) < keepExceptions {
		r.open = append(r.open, n)
	}
}

// property takes the code of the error that a line of its dump belongs to.
func (r *nodeReader) property(l line) {
	rest, ok := strings.CutPrefix(l.s, "code: '")
	if !ok {
		return
	}
	code, _, ok := strings.Cut(rest, "'")
	if !ok {
		return
	}
	for i := len(r.open) - 1; i >= 0; i-- {
		if r.open[i].indent < l.indent {
			if r.open[i].Code == "" {
				r.open[i].Code = code
			}
			return
		}
	}
}
