package stacktrace

import "strings"

// PHP prints the innermost exception first, each with its stack, and "Next"
// before the ones that wrap it. Monolog, and so Laravel, puts the exception
// into the message: {"exception":"[object] (Type(code: 0): message at /f.php:12)".

func (p *parser) php(i int) {
	at, n := p.phpHeader(i)
	p.chain = []*node{n}
	p.beginAt(n.begin)
	r := phpReader{parser: p, cur: n}
	for i = max(i, at+1); i < len(p.ls) && r.line(p.ls[i]); i++ {
	}
}

type phpReader struct {
	*parser
	cur *node // the exception that frames belong to
}

// phpHeader finds the exception above the first frame.
func (p *parser) phpHeader(i int) (int, *node) {
	for j := min(i, len(p.ls)-1); j >= 0 && j >= i-maxLookBack; j-- {
		s := p.ls[j].s
		if h, ok := monologHead(s); ok {
			return j, phpNode(p.ls[j], h)
		}
		if j == i {
			continue
		}
		if h, ok := readHead(s); ok {
			n := phpNode(p.ls[j], h)
			for k := j + 1; k < i; k++ {
				if p.ls[k].s == "Stack trace:" {
					break
				}
				n.addMessage(p.ls[k])
			}
			n.trimPlace()
			return j, n
		}
	}
	at, n := p.header(i)
	n.trimPlace()
	return at, n
}

// phpNode adds the place that the line names, which no frame repeats.
func phpNode(l line, h head) *node {
	if h.file == "" {
		h.msg, h.file, h.line = cutPHPPlace(h.msg)
	}
	n := newNode(l, h)
	if h.file != "" {
		f := Frame{File: h.file, Line: h.line}
		f.User = userPHP(f)
		n.stack.add(f)
	}
	return n
}

// trimPlace takes the place off a message of several lines.
func (n *node) trimPlace() {
	if !n.stack.empty() {
		return
	}
	msg, file, line := cutPHPPlace(n.Message)
	if file == "" {
		return
	}
	n.Message = msg
	f := Frame{File: file, Line: line}
	f.User = userPHP(f)
	n.stack.add(f)
}

// monologHead reads Monolog's form of an exception.
func monologHead(s string) (head, bool) {
	const lead = "[object] ("
	i := strings.Index(s, lead)
	if i < 0 {
		return head{}, false
	}
	i += len(lead)
	n := strings.Index(s[i:], "(code: ")
	if n <= 0 || n > 300 {
		return head{}, false
	}
	rest := s[i+n:]
	_, msg, ok := strings.Cut(rest, "): ")
	if !ok {
		return head{}, false
	}
	h := head{typ: strings.ReplaceAll(s[i:i+n], `\\`, `\`), at: i, msgAt: len(s) - len(msg), lang: "php"}
	if j := strings.LastIndex(msg, " at "); j >= 0 {
		if f, l, ok := cutLastNumber(strings.TrimRight(msg[j+4:], `)"}`)); ok {
			h.file, h.line, msg = f, l, msg[:j]
		}
	}
	h.msg = msg
	return h, true
}

func (r *phpReader) line(l line) bool {
	if f, ok := phpFrame(l.s); ok {
		r.cur.stack.add(f)
		return true
	}
	switch {
	case strings.HasPrefix(l.s, "[previous exception]"):
		if h, ok := monologHead(l.s); ok {
			r.previous(phpNode(l, h))
		}
	case l.s == "" || l.s == "Stack trace:" || l.s == "[stacktrace]":
	case l.s == `"}` || strings.HasPrefix(l.s, "thrown") || strings.HasPrefix(l.s, "#"):
	case strings.HasPrefix(l.s, "Next "):
		r.next(l)
	default:
		return false
	}
	return true
}

// next takes an exception that wraps the ones before it.
func (r *phpReader) next(l line) {
	h, ok := readTyped(l.s, len("Next "))
	if !ok {
		h = lenientHead(l.s[len("Next "):])
		h.at, h.msgAt = h.at+len("Next "), h.msgAt+len("Next ")
	}
	r.chain[0].Relation = RelCause
	r.cur = phpNode(l, h)
	r.chain = limitNodes(append([]*node{r.cur}, r.chain...))
}

// previous takes the cause that Monolog prints behind the exception.
func (r *phpReader) previous(n *node) {
	n.Relation = RelCause
	r.cur = n
	r.chain = limitNodes(append(r.chain, n))
}
