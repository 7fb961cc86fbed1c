package signature

import "logwhy/internal/logentry"

// Matcher recognises signatures in entries. Each goroutine takes its own.
type Matcher struct {
	c     *Catalog
	sigs  []*Signature // of one event, in catalog order
	view  view
	arena []string
}

// NewMatcher returns a matcher for the catalog.
func (c *Catalog) NewMatcher() *Matcher {
	m := &Matcher{c: c}
	for i := range c.Len() {
		if s := c.At(i); s.Single {
			m.sigs = append(m.sigs, s)
		}
	}
	return m
}

// Match appends to dst what is recognised in e, in catalog order, hidden steps
// last. The values borrow from e.
func (m *Matcher) Match(e *logentry.Entry, dst []Match) []Match {
	m.view = view{e: e}
	for _, s := range m.sigs {
		if s.cond.holds(&m.view) {
			dst = append(dst, s.match(&m.view))
		}
	}
	return dst
}

// match makes the Match of an entry for which the condition holds.
func (s *Signature) match(v *view) Match {
	if len(s.Captures) == 0 {
		return Match{Sig: s}
	}
	values := make([]string, len(s.Captures))
	s.cond.capture(v, values)
	for _, f := range s.fields {
		values[f.index] = f.field.get(v)
	}
	return Match{Sig: s, Values: values}
}
