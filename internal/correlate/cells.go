package correlate

import (
	"strings"

	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// cellKey names a counter: what was seen, and where.
type cellKey struct {
	what     string // signature id and identity, or pattern id
	service  string
	revision string
}

// cell counts exactly, whatever is kept or dropped.
type cell struct {
	n           int
	first, last logentry.Time
	instances   map[uint64]struct{} // hashes, at most maxInstances
	level       logentry.Severity

	grain    grain
	template string // of a pattern
	up       name   // what it is counted under when names do not fit
}

const maxInstances = 4096

// grain is how finely a name tells events apart.
type grain uint8

const (
	identified grain = iota // a signature with its identity
	patterned               // a pattern
	coarse                  // the first words of a pattern, or the type of its exception
	rest                    // a signature, and all other patterns; never given up
)

// name is what events are counted under. up gives the next coarser name.
type name struct {
	text  string
	grain grain
}

// otherPatterns counts what has not even a coarse pattern left.
var otherPatterns = name{"pattern:other", rest}

// cells counts events by name. Of each grain it keeps at most max names: all
// while they fit, then those whose hash is below a threshold, and what is above
// counts under its coarser name. The threshold is the largest power of two
// whose names fit, so that the set of names decides, and not their order.
type cells struct {
	max   int
	m     map[cellKey]*cell
	n     [rest]int
	limit [rest]uint64
}

func newCells(max int) cells {
	return cells{max: max, m: map[cellKey]*cell{}, limit: unbounded}
}

// unbounded are the thresholds while all names fit.
var unbounded = [rest]uint64{^uint64(0), ^uint64(0), ^uint64(0)}

// bounded reports whether some events were counted under a coarser name.
func (s *cells) bounded() bool { return s.limit != unbounded }

// at returns the counter of a name in a place. The rest is asked for when the
// counter is new.
func (s *cells) at(what, service, revision string, fill func(*cell)) *cell {
	k := cellKey{what, service, revision}
	if c := s.m[k]; c != nil {
		return c
	}
	c := newCell()
	fill(c)
	return s.place(cellKey{strings.Clone(what), strings.Clone(service), strings.Clone(revision)}, c)
}

// place puts a cell under the finest name that is kept: it joins the one that
// is there.
func (s *cells) place(k cellKey, c *cell) *cell {
	for c.grain < rest && hash64(k.what, "") > s.limit[c.grain] {
		k.what, c.grain = c.up.text, c.up.grain
		c.up, c.template = otherPatterns, ""
	}
	if old := s.m[k]; old != nil {
		old.join(c)
		return old
	}
	s.m[k] = c
	if g := c.grain; g < rest {
		s.n[g]++
		if s.n[g] > s.max {
			s.shrink(g)
			return s.find(k, c)
		}
	}
	return c
}

// find returns the cell that now counts what c stood for.
func (s *cells) find(k cellKey, c *cell) *cell {
	if s.m[k] == c {
		return c
	}
	for _, what := range []string{c.up.text, otherPatterns.text} {
		k.what = what
		if old := s.m[k]; old != nil {
			return old
		}
	}
	return c
}

// shrink halves the threshold of a grain until its names fit.
func (s *cells) shrink(g grain) {
	for s.n[g] > s.max && s.limit[g] > 0 {
		s.limit[g] >>= 1
		s.fold(g)
	}
}

// fold counts the names above the threshold under their coarser ones.
func (s *cells) fold(g grain) {
	type moved struct {
		k cellKey
		c *cell
	}
	var out []moved
	for k, c := range s.m {
		if c.grain == g && hash64(k.what, "") > s.limit[g] {
			out = append(out, moved{k, c})
		}
	}
	for _, v := range out {
		delete(s.m, v.k)
		s.n[g]--
	}
	for _, v := range out {
		up := *v.c // the old one may be held by who asked for it
		s.place(v.k, &up)
	}
}

func (s *cells) merge(d *cells) {
	for g := range s.limit {
		s.limit[g] = min(s.limit[g], d.limit[g])
		s.fold(grain(g))
	}
	for k, c := range d.m {
		s.place(k, c)
	}
}

// join adds what d counted.
func (c *cell) join(d *cell) {
	c.n += d.n
	c.level = max(c.level, d.level)
	c.first, c.last = widen(c.first, c.last, d.first)
	c.first, c.last = widen(c.first, c.last, d.last)
	for h := range d.instances {
		if len(c.instances) >= maxInstances {
			break
		}
		if c.instances == nil {
			c.instances = map[uint64]struct{}{}
		}
		c.instances[h] = struct{}{}
	}
}

// fillMatch and fillPattern complete a new counter: how fine its name is, and
// the coarser one.
func fillMatch(c *cell, m *signature.Match) {
	c.grain = rest
	if len(m.Sig.Identity) > 0 {
		c.grain, c.up = identified, name{m.Sig.ID + "\x00*", rest}
	}
}

func fillPattern(c *cell, template, text string) {
	up, _ := coarsePattern(text)
	c.grain, c.template, c.up = patterned, strings.Clone(template), name{up, coarse}
}
