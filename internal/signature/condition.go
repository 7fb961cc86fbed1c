package signature

import (
	"regexp"
	"slices"
	"strings"
)

// condOp joins conditions.
type condOp uint8

const (
	opAll condOp = iota
	opAny
	opNot
	opTest
)

// condition is a tree of tests. A nil condition never holds.
type condition struct {
	op   condOp
	subs []*condition // as they stand in the rule
	// quick holds the same, the cheap ones first: the order does not change
	// what holds, only what it costs.
	quick []*condition
	test  *test // for opTest
}

// testKind is what a test asks of a field.
type testKind uint8

const (
	testContains testKind = iota // all of words
	testEquals                   // any of words
	testPrefix                   // any of words
	testRegex
	testExists
	testEq
	testLt
	testLe
	testGt
	testGe
)

// test asks one thing of one field.
type test struct {
	field field
	kind  testKind
	words []string
	re    *regexp.Regexp
	// groups maps a group of re to the index of a capture; -1 for groups
	// without a name.
	groups []int
	want   bool // for testExists
	num    float64
	// paths are the ways through a regexp, ways the texts that stand on each, and
	// texts the same as numbers of the engine; nil when a way has none.
	paths  []pathOf
	ways   []need
	texts  [][]int32
	source string // as it stands in the rule, for explanations
	line   int
}

// holds reports whether the condition holds for an entry.
func (c *condition) holds(v *view) bool {
	if c == nil {
		return false
	}
	switch c.op {
	case opAll:
		for _, s := range c.inOrder() {
			if !s.holds(v) {
				return false
			}
		}
		return true
	case opAny:
		for _, s := range c.inOrder() {
			if s.holds(v) {
				return true
			}
		}
		return false
	case opNot:
		for _, s := range c.inOrder() {
			if s.holds(v) {
				return false
			}
		}
		return true
	}
	return c.test.holds(v)
}

func (c *condition) inOrder() []*condition {
	if c.quick != nil {
		return c.quick
	}
	return c.subs
}

// arrange sorts the parts of a condition by what they cost, and returns its
// own cost.
func (c *condition) arrange() int {
	if c == nil {
		return 0
	}
	if c.op == opTest {
		return c.test.cost()
	}
	costs := map[*condition]int{}
	most := 0
	for _, s := range c.subs {
		costs[s] = s.arrange()
		most = max(most, costs[s])
	}
	c.quick = slices.Clone(c.subs)
	slices.SortStableFunc(c.quick, func(a, b *condition) int { return costs[a] - costs[b] })
	return most
}

// cost ranks tests: fields that are at hand, texts in the message, a search of
// the record, a regexp.
func (t *test) cost() int {
	switch {
	case t.kind == testRegex:
		return 3
	case t.field.all != nil:
		return 2
	case isText(t.field.path):
		return 1
	}
	return 0
}

// holds reports whether any value of the field passes.
func (t *test) holds(v *view) bool {
	if t.kind >= testEq {
		n, ok := t.field.number(v)
		return ok && t.compare(n)
	}
	if t.texts != nil && v.m != nil && !v.m.hasAny(t.texts) {
		return false
	}
	s := t.field.get(v)
	if t.kind == testExists {
		return (s != "") == t.want
	}
	if s != "" && t.passes(s) {
		return true
	}
	if t.field.all == nil || s == "" && t.field.path != lineField {
		return false
	}
	for _, s := range t.field.all(v) {
		if t.passes(s) {
			return true
		}
	}
	return false
}

func (t *test) compare(n float64) bool {
	switch t.kind {
	case testLt:
		return n < t.num
	case testLe:
		return n <= t.num
	case testGt:
		return n > t.num
	case testGe:
		return n >= t.num
	}
	return n == t.num
}

func (t *test) passes(s string) bool {
	switch t.kind {
	case testContains:
		for _, w := range t.words {
			if !strings.Contains(s, w) {
				return false
			}
		}
		return true
	case testEquals:
		for _, w := range t.words {
			if s == w {
				return true
			}
		}
	case testPrefix:
		for _, w := range t.words {
			if strings.HasPrefix(s, w) {
				return true
			}
		}
	case testRegex:
		return t.re.MatchString(s)
	}
	return false
}

// capture fills the values that are still empty from the regexps of a
// condition that holds. Of an any, every alternative that holds contributes,
// the first one first; a not contributes nothing.
func (c *condition) capture(v *view, values []string) {
	switch c.op {
	case opAll:
		for _, s := range c.subs {
			s.capture(v, values)
		}
	case opAny:
		for _, s := range c.subs {
			if s.hasGroups() && s.holds(v) {
				s.capture(v, values)
			}
		}
	case opTest:
		c.test.capture(v, values)
	}
}

func (c *condition) hasGroups() bool {
	if c.op == opTest {
		return len(c.test.groups) > 0
	}
	if c.op == opNot {
		return false
	}
	for _, s := range c.subs {
		if s.hasGroups() {
			return true
		}
	}
	return false
}

func (t *test) capture(v *view, values []string) {
	if len(t.groups) == 0 || t.texts != nil && v.m != nil && !v.m.hasAny(t.texts) {
		return
	}
	s := t.field.get(v)
	at := t.re.FindStringSubmatchIndex(s)
	if at == nil && t.field.all != nil {
		for _, s = range t.field.all(v) {
			if at = t.re.FindStringSubmatchIndex(s); at != nil {
				break
			}
		}
	}
	if at == nil {
		return
	}
	for g, i := range t.groups {
		if i >= 0 && values[i] == "" && at[2*g] >= 0 {
			values[i] = s[at[2*g]:at[2*g+1]]
		}
	}
}

// walk calls visit for every test of the tree; under says whether it stands
// below a not.
func (c *condition) walk(under bool, visit func(t *test, under bool)) {
	if c == nil {
		return
	}
	if c.op == opTest {
		visit(c.test, under)
		return
	}
	for _, s := range c.subs {
		s.walk(under || c.op == opNot, visit)
	}
}
