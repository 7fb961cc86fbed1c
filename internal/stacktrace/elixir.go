package stacktrace

import "strings"

// The BEAM languages print "** (Type) message" and frames, most recent call
// first. What a process died of stands indented below "** (EXIT)".
// https://hexdocs.pm/elixir/Exception.html#format/3

func (p *parser) elixir(i int) {
	if h, ok := readElixirHead(p.ls[i].s); ok {
		p.chain = []*node{elixirNode(p.ls[i], h)}
		i++
	} else {
		_, n := p.header(i)
		p.chain = []*node{n}
	}
	p.beginAt(p.chain[0].begin)
	for ; i < len(p.ls) && p.elixirLine(p.ls[i]); i++ {
	}
}

// elixirNode drops the type of an exit: it names no exception.
func elixirNode(l line, h head) *node {
	n := newNode(l, h)
	n.indent = l.indent
	return n
}

func (p *parser) elixirLine(l line) bool {
	n := p.chain[len(p.chain)-1]
	if l.s == "" {
		return true
	}
	if h, ok := readElixirHead(l.s); ok {
		if l.indent <= p.chain[0].indent && !strings.HasSuffix(n.Message, "raised:") {
			return false
		}
		c := elixirNode(l, h)
		c.Relation = RelCause
		p.chain = limitNodes(append(p.chain, c))
		return true
	}
	if f, ok := elixirFrame(l.s); ok {
		n.stack.add(f)
		return true
	}
	if n.stack.empty() && !startsRecord(l.s) && (l.indent > 0 || n.lines < 4) {
		n.addMessage(l)
		return true
	}
	return l.indent > 0
}
