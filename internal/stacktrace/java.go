package stacktrace

import "strings"

// The JVM prints the exception first, then its stack with the most recent
// call first, then "Caused by:" with the next exception inward. Frames that
// both share are left out: "... 23 more".
// https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Throwable.html#printStackTrace()
//
// Logback can print the root first, with "Wrapped by:"; Dropwizard says "Causing:".

// javaChain reads the words that tie an exception to the one above.
func javaChain(s string) (rest string, kind byte) {
	for _, w := range [...]struct {
		lead string
		kind byte
	}{{"Caused by: ", 'c'}, {"Wrapped by: ", 'w'}, {"Causing: ", 'w'}, {"Suppressed: ", 's'}} {
		if r, ok := strings.CutPrefix(s, w.lead); ok {
			return r, w.kind
		}
	}
	return s, 0
}

// isMoreFrames reads "... 23 more", "... 23 common frames omitted".
func isMoreFrames(s string) bool {
	rest, ok := strings.CutPrefix(s, "... ")
	if !ok {
		return false
	}
	n := digits(rest)
	rest = rest[n:]
	return n > 0 && (strings.HasPrefix(rest, " more") || strings.HasPrefix(rest, " common frames") || strings.HasPrefix(rest, " frames ") || strings.HasPrefix(rest, " lines matching"))
}

func (p *parser) java(i int) {
	at, n := p.header(i)
	p.beginAt(n.begin)
	p.chain = []*node{n}
	r := javaReader{parser: p, cur: n, aside: -1}
	if at < i {
		i = max(i, at+1)
	}
	for ; i < len(p.ls) && r.line(p.ls[i]); i++ {
	}
}

type javaReader struct {
	*parser
	cur   *node
	aside int // indentation of the "Suppressed:" that we are in, -1 outside
}

func (r *javaReader) line(l line) bool {
	if l.s == "" || isMoreFrames(l.s) || strings.HasPrefix(l.s, "[CIRCULAR REFERENCE") || strings.HasPrefix(l.s, "<Redacted") {
		return true
	}
	if f, _, ok := atFrame(l.s); ok {
		r.cur.stack.add(f)
		return true
	}
	if rest, kind := javaChain(l.s); kind != 0 {
		h, ok := readTyped(rest, 0)
		if !ok {
			h = lenientHead(rest)
		}
		off := len(l.s) - len(rest)
		h.at, h.msgAt = h.at+off, h.msgAt+off
		r.link(newNode(l, h), kind)
		return true
	}
	if reactorNote(l.s) {
		return true
	}
	if r.cur.stack.empty() && !startsRecord(l.s) {
		r.cur.addMessage(l)
		return true
	}
	return false
}

// reactorNote knows the lines that Project Reactor weaves into a trace.
func reactorNote(s string) bool {
	return strings.HasPrefix(s, "*__") || strings.HasPrefix(s, "|_ ") || strings.HasPrefix(s, "Original Stack Trace:") ||
		strings.HasPrefix(s, "Error has been observed at") || strings.HasPrefix(s, "Assembly trace from producer")
}

func (r *javaReader) link(n *node, kind byte) {
	if r.aside >= 0 && kind == 'c' && n.indent >= r.aside && n.indent > 0 {
		r.setAside(n) // the cause of a suppressed exception
		return
	}
	switch kind {
	case 's':
		if r.aside < 0 || n.indent < r.aside {
			r.aside = n.indent
		}
		r.setAside(n)
		return
	case 'w':
		r.chain[0].Relation = RelCause
		r.chain = limitNodes(append([]*node{n}, r.chain...))
		r.beginAt(n.begin)
	default:
		n.Relation = RelCause
		r.chain = limitNodes(append(r.chain, n))
	}
	r.aside, r.cur = -1, n
}

func (r *javaReader) setAside(n *node) {
	if len(r.beside) < 2*keepExceptions {
		r.beside = append(r.beside, n)
	}
	r.cur = n
}
