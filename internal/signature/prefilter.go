package signature

import (
	"regexp/syntax"
	"sort"
)

// need is what an entry must have for a condition to hold: all literals in its
// message, and the gates. A condition is described by several needs, one of
// which is met whenever it holds; the converse is not true, so whatever meets
// a need is confirmed by evaluating the condition.
type need struct {
	lits []literal
	gate gate
	// log and typ, if set, are the only log id and resource type for which the
	// condition can hold.
	log, typ string
}

// gate is a part that an entry has or has not.
type gate uint8

const (
	gateHTTP gate = 1 << iota
	gateAudit
)

// needs describes a condition. It never returns an empty list for a condition
// that can hold.
func (c *condition) needs() []need {
	switch {
	case c == nil:
		return nil
	case c.op == opAll:
		out := []need{{}}
		for _, s := range c.subs {
			out = both(out, s.needs())
		}
		return absorb(out)
	case c.op == opAny:
		var out []need
		for _, s := range c.subs {
			out = append(out, s.needs()...)
		}
		if len(out) > 4*maxAlternatives {
			return []need{{}}
		}
		return absorb(out)
	case c.op == opTest:
		return absorb(c.test.needs())
	}
	return []need{{}}
}

// both combines two conditions that must both hold.
func both(a, b []need) []need {
	if len(a)*len(b) > maxProduct && len(a) > 1 && len(b) > 1 {
		if filterWorth(b) > filterWorth(a) {
			return b
		}
		return a
	}
	var out []need
	for _, p := range a {
		for _, q := range b {
			if n, ok := p.and(q); ok {
				out = append(out, n)
			}
		}
	}
	return out
}

// and joins two needs; false when they exclude each other.
func (p need) and(q need) (need, bool) {
	n := need{gate: p.gate | q.gate, log: p.log, typ: p.typ}
	if n.log == "" {
		n.log = q.log
	}
	if n.typ == "" {
		n.typ = q.typ
	}
	if q.log != "" && q.log != n.log || q.typ != "" && q.typ != n.typ {
		return need{}, false
	}
	n.lits = append(n.lits, p.lits...)
	for _, l := range q.lits {
		n.lits = addLiteral(n.lits, l)
	}
	sort.SliceStable(n.lits, func(i, j int) bool { return n.lits[i].weight() > n.lits[j].weight() })
	n.lits = n.lits[:min(len(n.lits), maxLiterals)]
	return n, true
}

// worth is a measure of how few entries meet the need.
func (p need) worth() int {
	w := 0
	for _, l := range p.lits {
		w = max(w, l.weight())
	}
	if p.gate != 0 || p.log != "" || p.typ != "" {
		w += 4
	}
	return w
}

func filterWorth(needs []need) int {
	least := 1 << 30
	for _, n := range needs {
		least = min(least, n.worth())
	}
	return least
}

// absorb drops needs that follow from another one: whoever meets them meets
// that one too.
func absorb(needs []need) []need {
	var out []need
	for i, n := range needs {
		redundant := false
		for j, o := range needs {
			if i != j && n.implies(o) && (!o.implies(n) || j < i) {
				redundant = true
				break
			}
		}
		if !redundant {
			out = append(out, n)
		}
	}
	return out
}

// implies reports whether whoever meets n meets o.
func (n need) implies(o need) bool {
	if n.gate&o.gate != o.gate || o.log != "" && n.log != o.log || o.typ != "" && n.typ != o.typ {
		return false
	}
	for _, l := range o.lits {
		found := false
		for _, m := range n.lits {
			found = found || m == l
		}
		if !found {
			return false
		}
	}
	return true
}

// needs describes one test.
func (t *test) needs() []need {
	if t.field.path != "message" {
		return t.gates()
	}
	switch t.kind {
	case testContains:
		var n need
		for _, w := range t.words {
			if len(w) >= minLiteral {
				n.lits = addLiteral(n.lits, literal{text: w})
			}
		}
		return []need{n}
	case testEquals, testPrefix:
		var out []need
		for _, w := range t.words {
			var n need
			if len(w) >= minLiteral {
				n.lits = []literal{{text: w}}
			}
			out = append(out, n)
		}
		return out
	case testRegex:
		return regexpNeeds(t.re.String())
	}
	return []need{{}}
}

// regexpNeeds describes a pattern that compiles.
func regexpNeeds(pattern string) []need {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return []need{{}}
	}
	var out []need
	for _, p := range pathsOf(re) {
		out = append(out, need{lits: p.literals()})
	}
	return out
}

// gates says what a test on a field other than the message asks of an entry.
func (t *test) gates() []need {
	if t.kind == testExists && !t.want {
		return []need{{}}
	}
	switch root(t.field.path) {
	case "httpRequest", "http":
		return []need{{gate: gateHTTP}}
	case "audit":
		return []need{{gate: gateAudit}}
	}
	if t.kind != testEquals || len(t.words) > maxAlternatives {
		return []need{{}}
	}
	var out []need
	for _, w := range t.words {
		switch t.field.path {
		case "log":
			out = append(out, need{log: w})
		case "resource.type":
			out = append(out, need{typ: w})
		default:
			return []need{{}}
		}
	}
	return out
}

func root(path string) string {
	for i := 0; i < len(path); i++ {
		if path[i] == '.' {
			return path[:i]
		}
	}
	return path
}
