package signature

import (
	"bytes"
	"strings"
	"unsafe"

	"logwhy/internal/logentry"
)

// Matcher recognises signatures in entries. It keeps scratch space between
// calls: each goroutine takes its own.
type Matcher struct {
	c *Catalog
	e *engine

	view view
	// sought is the text in which literals are looked for: that of the view but
	// for letters that fold to ASCII.
	sought string
	buf    []byte
	// buffered says that the text of the view stands in buf.
	buffered bool
	// round numbers the calls; seen, missed and taken hold the round in which a
	// literal was found or not found, or a signature became a candidate.
	round      uint32
	seen       []uint32
	missed     []uint32
	taken      []uint32
	lower      []byte // the text in lower case, when lowered is the round
	lowered    uint32
	found      []int32
	candidates []int32
	logs       logIDs
}

// NewMatcher returns a matcher for the catalog.
func (c *Catalog) NewMatcher() *Matcher {
	n := len(c.engine.lits)
	return &Matcher{c: c, e: c.engine, seen: make([]uint32, n), missed: make([]uint32, n), taken: make([]uint32, c.Len())}
}

// Match appends to dst what is recognised in e, in catalog order, hidden steps
// last. The values borrow from e; nothing is kept between calls.
func (m *Matcher) Match(e *logentry.Entry, dst []Match) []Match {
	m.nextRound()
	m.view = view{e: e, text: m.textOf(e), done: true, m: m}
	m.sought = m.view.text
	if m.e.lines {
		m.sought = m.view.wholeLine()
	}
	if foreignFold(m.sought) {
		m.sought = plainLetters(m.sought)
	}
	m.scan(m.sought)
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
	m.view, m.sought = view{}, ""
	return dst
}

func (m *Matcher) nextRound() {
	m.round++
	if m.round == 0 { // after four billion entries the marks of old rounds would count
		clear(m.seen)
		clear(m.missed)
		clear(m.taken)
		m.round, m.lowered = 1, 0
	}
	m.found = m.found[:0]
	m.candidates = m.candidates[:0]
}

// minLane is the shortest quarter of a text for which scanning in four lanes
// pays.
const minLane = 24

// scan notes every sought literal that stands in text. Each step waits for a
// load that depends on the one before, so a long text is walked in four places
// at once; the lanes overlap by what could be cut in two.
func (m *Matcher) scan(text string) {
	quarter := len(text) / 4
	if len(m.e.auto.table) == 0 {
		return
	}
	if quarter < minLane {
		m.resume(text, 0, len(text), 0)
		return
	}
	const overlap = windowLen - 1
	from1, from2, from3 := quarter-overlap, 2*quarter-overlap, 3*quarter-overlap
	lane0, lane1, lane2 := text[:quarter], text[from1:2*quarter], text[from2:3*quarter]
	lane3 := text[from3:]
	a := m.e.auto
	table, class := a.table, &a.class
	var s0, s1, s2, s3 uint32
	i := 0
	for ; i < len(lane0) && i < len(lane1) && i < len(lane2) && i < len(lane3); i++ {
		s0 = table[s0+uint32(class[lane0[i]])]
		s1 = table[s1+uint32(class[lane1[i]])]
		s2 = table[s2+uint32(class[lane2[i]])]
		s3 = table[s3+uint32(class[lane3[i]])]
		if (s0|s1|s2|s3)&hasOutput == 0 {
			continue
		}
		s0 = m.output(text, i+1, s0)
		s1 = m.output(text, from1+i+1, s1)
		s2 = m.output(text, from2+i+1, s2)
		s3 = m.output(text, from3+i+1, s3)
	}
	m.resume(text, from1+i, 2*quarter, s1)
	m.resume(text, from2+i, 3*quarter, s2)
	m.resume(text, from3+i, len(text), s3)
}

// resume scans text[from:to] from a state.
func (m *Matcher) resume(text string, from, to int, s uint32) {
	a := m.e.auto
	table, class := a.table, &a.class
	for i := from; i < to; i++ {
		s = table[s+uint32(class[text[i]])]
		if s&hasOutput != 0 {
			s = m.output(text, i+1, s)
		}
	}
}

// output notes what ends at a place, and returns the state without its mark.
func (m *Matcher) output(text string, end int, s uint32) uint32 {
	if s&hasOutput == 0 {
		return s
	}
	s &^= hasOutput
	m.note(text, end, s)
	return s
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

// has reports whether a literal stands in the text. What the automaton looks
// for is known; everything else is looked for once.
func (m *Matcher) has(l int32) bool {
	if m.seen[l] == m.round {
		return true
	}
	if l < m.e.keys || m.missed[l] == m.round {
		return false
	}
	lit, text := &m.e.lits[l], m.sought
	if lit.fold {
		text = m.lowerText()
	}
	if strings.Contains(text, lit.text) {
		m.seen[l] = m.round
		return true
	}
	m.missed[l] = m.round
	return false
}

// hasAny reports whether all literals of one way stand in the text.
func (m *Matcher) hasAny(ways [][]int32) bool {
next:
	for _, lits := range ways {
		for _, l := range lits {
			if !m.has(l) {
				continue next
			}
		}
		return true
	}
	return false
}

// lowerText is the text with ASCII letters in lower case.
func (m *Matcher) lowerText() string {
	if m.lowered != m.round {
		m.lowered = m.round
		m.lower = append(m.lower[:0], m.sought...)
		for i, c := range m.lower {
			if c >= 'A' && c <= 'Z' {
				m.lower[i] = c + 'a' - 'A'
			}
		}
	}
	return unsafe.String(unsafe.SliceData(m.lower), len(m.lower))
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
	if v.json && (e.Payload != logentry.PayloadJSON || e.Raw != nil && !bytes.Contains(e.Raw, v.key)) {
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
		if k.log != "" && k.log != m.logs.of(e) {
			continue
		}
		for _, l := range k.lits {
			if !m.has(l) {
				continue next
			}
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
