package signature

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"sort"
)

// need is what an entry must have for a condition to hold: all literals in its
// message, and the gates. A condition is described by several needs, one of
// which is met whenever it holds; the converse is not true, so whatever meets
// a need is confirmed by evaluating the condition.
type need struct {
	lits  []literal
	gate  gate
	where []fieldValue
}

// fieldValue asks that a field has a value.
type fieldValue struct{ path, value string }

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
	n := need{gate: p.gate | q.gate, lits: slices.Clone(p.lits), where: slices.Clone(p.where)}
	for _, w := range q.where {
		switch has, ok := n.valueOf(w.path); {
		case !ok:
			n.where = append(n.where, w)
		case has != w.value && onlyValue(w.path):
			return need{}, false
		}
	}
	for _, l := range q.lits {
		n.lits = addLiteral(n.lits, l)
	}
	sort.SliceStable(n.lits, func(i, j int) bool { return n.lits[i].weight() > n.lits[j].weight() })
	n.lits = n.lits[:min(len(n.lits), maxLiterals)]
	return n, true
}

func (p need) valueOf(path string) (string, bool) {
	for _, w := range p.where {
		if w.path == path {
			return w.value, true
		}
	}
	return "", false
}

// onlyValue reports whether a field has one value at most. Paths of the record
// may lead through lists.
func onlyValue(path string) bool { return path == "log" || path == "resource.type" }

// worth is a measure of how few entries meet the need.
func (p need) worth() int {
	w := 0
	for _, l := range p.lits {
		w = max(w, l.weight())
	}
	if p.gate != 0 || len(p.where) > 0 {
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
	if n.gate&o.gate != o.gate {
		return false
	}
	for _, w := range o.where {
		if !slices.Contains(n.where, w) {
			return false
		}
	}
	for _, l := range o.lits {
		if !slices.Contains(n.lits, l) {
			return false
		}
	}
	return true
}

// needs describes one test.
func (t *test) needs() []need {
	if !isText(t.field.path) {
		return t.gates()
	}
	switch t.kind {
	case testContains:
		var n need
		for _, w := range t.words {
			if len(w) >= minLiteral && !foreignFold(w) {
				n.lits = addLiteral(n.lits, literal{text: w})
			}
		}
		return []need{n}
	case testEquals, testPrefix:
		var out []need
		for _, w := range t.words {
			var n need
			if len(w) >= minLiteral && !foreignFold(w) {
				n.lits = []literal{{text: w}}
			}
			out = append(out, n)
		}
		return out
	case testRegex:
		return needsOf(t.paths, minLiteral)
	}
	return []need{{}}
}

// setPattern sets the regexp of a test, with the texts that it must have.
func (t *test) setPattern(re *regexp.Regexp) {
	t.kind, t.words, t.re = testRegex, nil, re
	t.paths = gap()
	if tree, err := syntax.Parse(re.String(), syntax.Perl); err == nil {
		t.paths = pathsOf(tree)
	}
	t.ways = needsOf(t.paths, minGate)
}

// needsOf describes the ways through a regexp by their literals of at least
// some length.
func needsOf(paths []pathOf, least int) []need {
	out := make([]need, len(paths))
	for i, p := range paths {
		out[i].lits = p.literals(least)
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
		out = append(out, need{where: []fieldValue{{t.field.path, w}}})
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
