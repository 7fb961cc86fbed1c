package stacktrace

import "strings"

// Go prints the panic, then each goroutine, the one that failed first, most
// recent call first; a frame takes two lines. A panic while panicking is
// listed below the first. https://pkg.go.dev/runtime#hdr-Environment_Variables

// isGoroutine reads "goroutine 12 [chan receive, 3 minutes]:".
func isGoroutine(s string) bool {
	rest, ok := strings.CutPrefix(s, "goroutine ")
	if !ok {
		return false
	}
	n := digits(rest)
	return n > 0 && strings.HasPrefix(rest[n:], " ") && strings.Contains(rest[n:], "[") && strings.HasSuffix(rest, "]:")
}

func (p *parser) golang(i int) {
	first := p.ls[i]
	var r goReader
	r.parser = p
	switch h, ok := readGoHead(first.s); {
	case ok:
		p.chain = []*node{newNode(first, h)}
		i++
	case isGoroutine(first.s) || strings.HasPrefix(first.s, "created by "):
		p.goHeader(i)
	default:
		// A stack below a message, as github.com/pkg/errors and zap print it.
		j, n := p.header(i)
		if j == i {
			n.Start, n.End = first.start, first.start
		}
		p.chain = []*node{n}
	}
	p.beginAt(p.chain[0].begin)
	for ; i < len(p.ls) && r.line(i); i++ {
	}
}

// goHeader takes the panic line some lines above a goroutine: the text of a
// panic may have several lines.
func (p *parser) goHeader(i int) {
	for j := i - 1; j >= 0 && j >= i-maxLookBack; j-- {
		if h, ok := readHead(p.ls[j].s); ok {
			p.chain = []*node{newNode(p.ls[j], h)}
			return
		}
	}
	p.chain = []*node{cutNode(p.ls[i])}
}

type goReader struct {
	*parser
	stacks int    // goroutines seen
	fn     string // a function whose file line has not come yet
	have   bool
}

func (r *goReader) line(i int) bool {
	l := r.ls[i]
	n := r.chain[len(r.chain)-1]
	if l.s == "" {
		return true
	}
	if h, ok := readGoHead(l.s); ok {
		if r.stacks > 0 || !n.stack.empty() || l.indent == 0 && n.Type != "" {
			return false
		}
		// The later panic is what surfaced.
		outer := newNode(l, h)
		r.chain[0].Relation = RelContext
		r.chain = limitNodes(append([]*node{outer}, r.chain...))
		return true
	}
	if isGoroutine(l.s) {
		r.stacks++
		return r.stacks == 1 // the others did not fail
	}
	if file, num, ok := goFile(l.s); ok && r.have {
		f := Frame{Function: r.fn, File: file, Line: num}
		f.User = userGo(f)
		n.stack.add(f)
		r.have = false
		return true
	}
	return r.other(l, n)
}

func (r *goReader) other(l line, n *node) bool {
	if strings.HasPrefix(l.s, "[signal ") || strings.HasPrefix(l.s, "...") || strings.HasPrefix(l.s, "runtime stack:") || strings.HasPrefix(l.s, "exit status ") {
		return true
	}
	if fn, ok := goFunction(l.s); ok && (r.stacks > 0 || !n.stack.empty() || n.Type == "" || strings.HasSuffix(l.s, ")") || l.indent == 0 && strings.IndexByte(l.s, '/') >= 0) {
		r.fn, r.have = fn, true
		return true
	}
	if n.stack.empty() && r.stacks == 0 && !startsRecord(l.s) {
		n.addMessage(l)
		return true
	}
	return false
}
