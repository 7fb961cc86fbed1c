package signature

import (
	"slices"
	"sort"
	"time"

	"logwhy/internal/logentry"
)

// plan is a form, prepared: each term is a step with the number of events that
// it needs. A sequence joins neighbours that are equal, a set all that are.
type plan struct {
	form  *form
	terms []term
	// order holds, for each event of a hit in the order of the form, its term.
	order []int
	// before and after bound how far an absence looks from the first event, and
	// how long an event has to be remembered.
	before, after time.Duration
}

type term struct {
	sig  *Signature
	need int
}

func newPlan(f *form) *plan {
	p := &plan{form: f, after: f.within}
	steps := f.steps
	for i, s := range steps {
		t := -1
		for j := range p.terms {
			if p.terms[j].sig == s.sig && (f.kind != formSequence || j == len(p.terms)-1 && i > 0 && steps[i-1].sig == s.sig) {
				t = j
			}
		}
		if t < 0 {
			t = len(p.terms)
			p.terms = append(p.terms, term{sig: s.sig})
		}
		p.terms[t].need++
		p.order = append(p.order, t)
	}
	if f.kind == formCount {
		p.terms[0].need = f.atLeast
		p.order = make([]int, f.atLeast)
	}
	for _, a := range f.absent {
		if !a.between {
			p.after = max(p.after, f.within+a.window+a.slide)
			p.before = max(p.before, -a.slide)
		}
	}
	return p
}

// roles says which terms and which absences a signature stands for.
func (p *plan) roles(s *Signature) (terms, absent uint64) {
	for i, t := range p.terms {
		if t.sig == s {
			terms |= 1 << i
		}
	}
	for i, a := range p.form.absent {
		if a.sig == s {
			absent |= 1 << i
		}
	}
	return terms, absent
}

// frame is one hit: its events in the order of the form.
type frame struct {
	items  []*item
	rung   Rung
	end    logentry.Time
	absent []span
}

// span is an interval, bounds included.
type span struct{ from, to logentry.Time }

// machine follows one group of events.
type machine struct {
	*plan
	queue [][]*item
	// active is, for a sequence, the number of terms in front that have all
	// their events.
	active int
	absent [][]logentry.Time
	found  []frame
}

// endOfTime is the clock when no event can come any more.
const endOfTime = logentry.Time(1<<63 - 1)

// run returns the hits among events in time order, and marks theirs as used.
func (p *plan) run(items []*item, rung Rung) []frame {
	m := &machine{plan: p, queue: make([][]*item, len(p.terms)), absent: make([][]logentry.Time, len(p.form.absent))}
	for _, it := range items {
		if !it.used {
			m.add(it)
		}
	}
	m.settle(endOfTime)
	for i := range m.found {
		m.found[i].rung = rung
		for _, it := range m.found[i].items {
			it.used = true
		}
	}
	return m.found
}

// add takes the next event.
func (m *machine) add(it *item) {
	m.forget(it.time)
	if m.form.kind == formSequence {
		m.addToSequence(it)
	} else {
		m.addToSet(it)
	}
}

func (m *machine) addToSequence(it *item) {
	if len(m.queue[0]) == 0 && it.terms&1 == 0 && m.before == 0 {
		return // nothing has begun, and no absence looks back
	}
	m.noteAbsent(it)
	for t := range m.active {
		if it.terms&(1<<t) != 0 {
			m.queue[t] = append(m.queue[t], it)
		}
	}
	if t := m.active; t < len(m.terms) {
		if it.terms&(1<<t) == 0 {
			return
		}
		m.queue[t] = append(m.queue[t], it)
		if len(m.queue[t]) < m.terms[t].need {
			return
		}
		m.active++
	}
	m.settle(it.time)
}

func (m *machine) addToSet(it *item) {
	begun := false
	for t := range m.terms {
		if it.terms&(1<<t) != 0 {
			m.queue[t] = append(m.queue[t], it)
		}
		begun = begun || len(m.queue[t]) > 0
	}
	if !begun && m.before == 0 {
		return
	}
	m.noteAbsent(it)
	m.settle(it.time)
}

func (m *machine) noteAbsent(it *item) {
	for i := range m.absent {
		if it.absent&(1<<i) != 0 {
			m.absent[i] = append(m.absent[i], it.time)
		}
	}
}

// settle takes out every complete frame that can be judged at this time.
func (m *machine) settle(clock logentry.Time) {
	for m.complete() {
		f := m.frame()
		switch drop, wait := m.judge(&f, clock); {
		case wait:
			return
		case drop != nil:
			m.drop(drop)
		default:
			m.found = append(m.found, f)
			for t := range m.queue {
				m.queue[t] = m.queue[t][m.terms[t].need:]
			}
		}
		m.tidy()
	}
}

func (m *machine) complete() bool {
	if m.form.kind == formSequence {
		return m.active == len(m.terms)
	}
	for t := range m.terms {
		if len(m.queue[t]) < m.terms[t].need {
			return false
		}
	}
	return true
}

// frame returns the first events of each term, in the order of the form.
func (m *machine) frame() frame {
	var f frame
	next := make([]int, len(m.terms))
	for _, t := range m.order {
		it := m.queue[t][next[t]]
		next[t]++
		f.items = append(f.items, it)
		f.end = max(f.end, it.time)
	}
	return f
}

// judge says what to do with a complete frame: drop one of its events, wait
// until an absence can be judged, or, with neither, take it. In a frame that is
// taken it notes the intervals of the absences.
func (m *machine) judge(f *frame, clock logentry.Time) (drop *item, wait bool) {
	byTime := f.items
	if m.form.kind != formSequence {
		byTime = slices.Clone(f.items)
		sort.SliceStable(byTime, func(i, j int) bool { return byTime[i].time < byTime[j].time })
	}
	first, last := byTime[0], byTime[len(byTime)-1]
	if last.time.Sub(first.time) > m.form.within {
		return first, false
	}
	for i, a := range m.form.absent {
		anchor, in := a.interval(f.items, byTime)
		for _, t := range m.absent[i] {
			if t >= in.from && t <= in.to {
				return anchor, false
			}
		}
		if in.to >= clock { // an event of this very time may still come
			return nil, true
		}
		f.absent = append(f.absent, in)
	}
	return nil, false
}

// interval is where an absence must hold, and the event that is dropped when
// it does not.
func (a *absence) interval(inOrder, byTime []*item) (*item, span) {
	if a.between {
		from, to := inOrder[a.from].time, inOrder[a.to].time
		return inOrder[a.from], span{min(from, to), max(from, to)}
	}
	anchor := byTime[min(a.anchor, len(byTime)-1)]
	width := a.window
	if !a.absolute {
		width += byTime[len(byTime)-1].time.Sub(byTime[0].time)
	}
	from := anchor.time.Add(a.slide)
	return anchor, span{from, from.Add(max(width, 0))}
}

// drop takes one event out of the queue of the term that it stands for in the
// frame: the first that holds it among those that the frame was made of.
func (m *machine) drop(it *item) {
	for t := range m.queue {
		if i := slices.Index(m.queue[t][:min(m.terms[t].need, len(m.queue[t]))], it); i >= 0 {
			m.queue[t] = slices.Delete(slices.Clone(m.queue[t]), i, i+1)
			return
		}
	}
}

// tidy brings a sequence in order after events were taken out: what does not
// come behind the events of the term in front of it can be part of no hit.
func (m *machine) tidy() {
	if m.form.kind != formSequence {
		return
	}
	m.active = 0
	var last *item
	for t := range m.terms {
		if m.active < t { // the term in front is incomplete
			m.queue[t] = nil
			continue
		}
		cut := 0
		for last != nil && cut < len(m.queue[t]) && (m.queue[t][cut].time < last.time || m.queue[t][cut] == last) {
			cut++
		}
		m.queue[t] = m.queue[t][cut:]
		if need := m.terms[t].need; len(m.queue[t]) >= need {
			last = m.queue[t][need-1]
			m.active++
		}
	}
}

// forget drops what can be part of no hit any more. A complete frame that
// waits for its absences keeps everything.
func (m *machine) forget(clock logentry.Time) {
	if len(m.form.absent) > 0 && m.complete() {
		return
	}
	deadline := clock.Add(-m.after)
	if m.form.kind == formSequence {
		m.queue[0] = since(m.queue[0], deadline)
		m.tidy()
	} else {
		for t := range m.queue {
			m.queue[t] = since(m.queue[t], deadline)
		}
	}
	for i := range m.absent {
		cut := 0
		for cut < len(m.absent[i]) && m.absent[i][cut] < deadline.Add(-m.before) {
			cut++
		}
		m.absent[i] = m.absent[i][cut:]
	}
}

// since cuts off the events before a time.
func since(items []*item, from logentry.Time) []*item {
	cut := 0
	for cut < len(items) && items[cut].time < from {
		cut++
	}
	return items[cut:]
}
