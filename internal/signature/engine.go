package signature

import (
	"bytes"
	"sort"
	"strings"

	"logwhy/internal/logentry"
)

// engine finds the signatures that an entry may fulfil, without evaluating
// any: one pass over the message finds all literals that any condition must
// have, and what has no literal is asked for only where its gate is open. It
// is immutable and shared by all matchers.
type engine struct {
	auto *automaton
	// byLit lists, for each literal, the conjuncts that it is the rarest part of.
	byLit [][]conjunct
	// always lists signatures without any filter; each costs an evaluation per entry.
	always []int32
	http   []conjunct
	audit  []conjunct
	// values lists the fields of which one value is asked for, by path.
	values []*valueIndex
}

// valueIndex finds the conjuncts for which a field has the right value. The
// field is read once, however many signatures ask for it.
type valueIndex struct {
	path  string
	field field
	// json is true for fields that only a JSON payload can have.
	json bool
	by   map[string][]conjunct
}

// conjunct is a need of one signature, with numbers for its literals.
type conjunct struct {
	sig  int32
	lits []int32 // beside the one it is filed under
	gate gate
	log  string // "" for any
	typ  string
}

// newEngine compiles the conditions of all signatures of one event.
func newEngine(c *Catalog) *engine {
	e := &engine{}
	number := map[literal]int32{}
	var lits []literal
	for i := range c.Len() {
		s := c.At(i)
		if !s.Single {
			continue
		}
		for _, n := range s.cond.needs() {
			k := conjunct{sig: int32(i), gate: n.gate}
			k.log, _ = n.valueOf("log")
			k.typ, _ = n.valueOf("resource.type")
			for _, l := range n.lits {
				id, ok := number[l]
				if !ok {
					id = int32(len(lits))
					number[l] = id
					lits = append(lits, l)
					e.byLit = append(e.byLit, nil)
				}
				k.lits = append(k.lits, id)
			}
			e.file(k, n.where)
		}
	}
	sort.Slice(e.values, func(i, j int) bool { return e.values[i].path < e.values[j].path })
	e.auto = newAutomaton(lits)
	return e
}

// file puts a conjunct where it is looked for: under its first literal, which
// is the rarest, else under what else it asks for.
func (e *engine) file(k conjunct, where []fieldValue) {
	switch {
	case len(k.lits) > 0:
		key := k.lits[0]
		k.lits = k.lits[1:]
		e.byLit[key] = append(e.byLit[key], k)
	case k.gate&gateAudit != 0:
		e.audit = append(e.audit, k)
	case k.gate&gateHTTP != 0 && k.log == "":
		e.http = append(e.http, k)
	case len(where) > 0:
		v := e.valuesOf(rarest(where).path)
		key := rarest(where).value
		v.by[key] = append(v.by[key], k)
	default:
		e.always = append(e.always, k.sig)
	}
}

// rarest picks the value that fewest entries have: any field of the record
// before the log, and that before the type of the resource.
func rarest(where []fieldValue) fieldValue {
	best := where[0]
	for _, w := range where[1:] {
		if best.path == "resource.type" || best.path == "log" && w.path != "resource.type" {
			best = w
		}
	}
	return best
}

func (e *engine) valuesOf(path string) *valueIndex {
	for _, v := range e.values {
		if v.path == path {
			return v
		}
	}
	f, _, _ := lookupField(path)
	v := &valueIndex{path: path, field: f, json: root(path) == "jsonPayload", by: map[string][]conjunct{}}
	e.values = append(e.values, v)
	return v
}

// Matcher recognises signatures in entries. It keeps scratch space between
// calls: each goroutine takes its own.
type Matcher struct {
	c *Catalog
	e *engine

	view view
	buf  []byte
	// buffered says that the text of the view stands in buf.
	buffered bool
	// round numbers the calls; seen and taken hold the round in which a literal
	// was found or a signature became a candidate.
	round      uint32
	seen       []uint32
	taken      []uint32
	found      []int32
	candidates []int32
	logs       logIDs
}

// NewMatcher returns a matcher for the catalog.
func (c *Catalog) NewMatcher() *Matcher {
	return &Matcher{c: c, e: c.engine, seen: make([]uint32, len(c.engine.auto.lits)), taken: make([]uint32, c.Len())}
}

// Match appends to dst what is recognised in e, in catalog order, hidden steps
// last. The values borrow from e; nothing is kept between calls.
func (m *Matcher) Match(e *logentry.Entry, dst []Match) []Match {
	m.nextRound()
	m.view = view{e: e, text: m.textOf(e), done: true, logs: &m.logs}
	m.scan(m.view.text)
	m.gather(e)
	owned := !m.buffered
	for _, i := range m.candidates {
		s := m.c.At(int(i))
		if !s.cond.holds(&m.view) {
			continue
		}
		if !owned { // values must not borrow from the matcher's buffer
			m.view.text, owned = strings.Clone(m.view.text), true
		}
		dst = append(dst, s.match(&m.view))
	}
	m.view = view{}
	return dst
}

func (m *Matcher) nextRound() {
	m.round++
	if m.round == 0 { // after four billion entries the marks of old rounds would count
		clear(m.seen)
		clear(m.taken)
		m.round = 1
	}
	m.found = m.found[:0]
	m.candidates = m.candidates[:0]
}

// scan notes every literal that stands in text.
func (m *Matcher) scan(text string) {
	a := m.e.auto
	table, class := a.table, &a.class
	if len(table) == 0 {
		return
	}
	s := uint32(0)
	for i := 0; i < len(text); i++ {
		s = table[s+uint32(class[text[i]])]
		if s&hasOutput != 0 {
			s &^= hasOutput
			m.note(text, i+1, s)
		}
	}
}

// note records the literals whose window ends in state s at end.
func (m *Matcher) note(text string, end int, s uint32) {
	a := m.e.auto
	n := s / uint32(a.classes)
	for _, l := range a.outputs[a.start[n]:a.start[n+1]] {
		if m.seen[l] != m.round && a.lits[l].at(text, end) {
			m.seen[l] = m.round
			m.found = append(m.found, l)
		}
	}
}

// gather turns literals and gates into candidates, in catalog order.
func (m *Matcher) gather(e *logentry.Entry) {
	for _, l := range m.found {
		m.take(e, m.e.byLit[l])
	}
	for _, i := range m.e.always {
		m.candidate(i)
	}
	if e.HTTP != nil {
		m.take(e, m.e.http)
	}
	if e.Audit != nil {
		m.take(e, m.e.audit)
	}
	for _, v := range m.e.values {
		m.takeValues(e, v)
	}
	sortSmall(m.candidates)
}

func (m *Matcher) takeValues(e *logentry.Entry, v *valueIndex) {
	if v.json && e.Payload != logentry.PayloadJSON {
		return
	}
	m.take(e, v.by[v.field.get(&m.view)])
	if v.field.all == nil || bytes.IndexByte(e.Raw, '[') < 0 {
		return // without a list in the record there is one value at most
	}
	for _, s := range v.field.all(&m.view) {
		m.take(e, v.by[s])
	}
}

func (m *Matcher) take(e *logentry.Entry, list []conjunct) {
next:
	for i := range list {
		k := &list[i]
		if m.taken[k.sig] == m.round || k.gate&gateHTTP != 0 && e.HTTP == nil || k.gate&gateAudit != 0 && e.Audit == nil ||
			k.typ != "" && k.typ != e.ResourceType {
			continue
		}
		for _, l := range k.lits {
			if m.seen[l] != m.round {
				continue next
			}
		}
		if k.log != "" && k.log != m.logs.of(e) {
			continue
		}
		m.candidate(k.sig)
	}
}

func (m *Matcher) candidate(i int32) {
	if m.taken[i] != m.round {
		m.taken[i] = m.round
		m.candidates = append(m.candidates, i)
	}
}

// sortSmall sorts a few numbers in place.
func sortSmall(a []int32) {
	for i := 1; i < len(a); i++ {
		for j := i; j > 0 && a[j] < a[j-1]; j-- {
			a[j], a[j-1] = a[j-1], a[j]
		}
	}
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
