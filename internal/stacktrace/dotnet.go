package stacktrace

import "strings"

// .NET prints all messages first, outermost first, then the stacks, innermost
// first, with a rule behind each inner one:
//
//	System.Exception: outer
//	 ---> System.ArgumentException: inner
//	   at Acme.Inner() in /src/a.cs:line 3
//	   --- End of inner exception stack trace ---
//	   at Acme.Outer() in /src/a.cs:line 9
//
// https://learn.microsoft.com/dotnet/api/system.exception.tostring

func (p *parser) dotnet(i int) {
	at, n := p.header(i)
	p.beginAt(n.begin)
	r := dotnetReader{parser: p}
	r.open(n)
	if outer, inner, ok := strings.Cut(n.Message, " ---> "); ok && !strings.Contains(outer, "\n") {
		n.Message = outer // .NET Framework prints the chain on one line
		r.inline(p.ls[at], inner)
	}
	if at < i {
		i = max(i, at+1)
	}
	for ; i < len(p.ls) && r.line(p.ls[i]); i++ {
	}
}

type dotnetReader struct {
	*parser
	stack []*node // exceptions whose frames have not ended, innermost last
}

func (r *dotnetReader) open(n *node) {
	r.stack = append(r.stack, n)
	if len(r.chain) > 0 {
		n.Relation = RelCause
	}
	r.chain = limitNodes(append(r.chain, n))
}

// inline reads "Inner: message ---> Innermost: message".
func (r *dotnetReader) inline(l line, s string) {
	for s != "" && len(r.stack) < 2*keepExceptions {
		one, rest, _ := strings.Cut(s, " ---> ")
		one, _, _ = strings.Cut(one, "\n")
		h, ok := readTyped(one, 0)
		if !ok {
			h = lenientHead(one)
		}
		n := newNode(l, h)
		if at := strings.Index(l.s, one); at >= 0 && l.verbatim() {
			n.Start, n.End, n.msgAt = l.start+at, l.start+at+len(one), l.start+at+h.msgAt
		}
		r.open(n)
		s = rest
	}
}

func (r *dotnetReader) line(l line) bool {
	s := l.s
	if s == "" {
		return true
	}
	if f, _, ok := atFrame(strings.TrimSuffix(s, "<---")); ok {
		r.stack[len(r.stack)-1].stack.add(f)
		return true
	}
	if strings.HasPrefix(s, "--- End of inner exception") || strings.HasPrefix(s, "--- End of inner") {
		if len(r.stack) > 1 {
			r.stack = r.stack[:len(r.stack)-1]
		}
		return true
	}
	if strings.HasPrefix(s, "--- End of stack trace from previous location") || strings.HasPrefix(s, "<---") || strings.HasPrefix(s, "--- ") {
		return true
	}
	if rest, ok := strings.CutPrefix(s, "---> "); ok {
		r.inner(l, rest)
		return true
	}
	if top := r.stack[len(r.stack)-1]; top.stack.empty() && !startsRecord(s) {
		top.addMessage(l)
		return true
	}
	return false
}

func (r *dotnetReader) inner(l line, s string) {
	rest, member := s, false
	if strings.HasPrefix(s, "(Inner Exception #") {
		if i := strings.Index(s, ") "); i > 0 {
			rest, member = s[i+2:], true
		}
	}
	body := strings.TrimSuffix(rest, "<---")
	h, ok := readTyped(body, 0)
	if !ok {
		h = lenientHead(body)
	}
	off := len(l.s) - len(rest)
	h.at, h.msgAt = h.at+off, h.msgAt+off
	n := newNode(l, h)
	if member && len(r.chain) > 1 {
		// The first inner exception of an AggregateException is printed twice:
		// as the cause and as a member. The others are not on its line.
		if len(r.beside) < 2*keepExceptions {
			r.beside = append(r.beside, n)
		}
		r.stack = append(r.stack[:1:1], n)
		return
	}
	if len(r.stack) < 2*keepExceptions {
		r.open(n)
	}
}
