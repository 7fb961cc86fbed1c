package signature

import (
	"sort"

	"logwhy/internal/logentry"
)

// Tracker follows one sequence, set or count. It is fed the occurrences of its
// steps and absences in time order, and gives the completed hits at the end.
//
// The semantics are those of CRE rules. Events of equal time count as in
// order, which is the order in which they are added. An event that is part of
// a hit is not used again; earlier surplus events stay in the queue for the
// next one. A hit spans at most the window, bounds included. In a set an event
// may stand for several steps; a step that occurs n times needs n events. An
// absence forbids its event in an interval, bounds included: if it is there,
// the event at which the interval is anchored is dropped, and matching goes on.
//
// What has to be shared is tried rung by rung, the closest first. Events that
// both have a value on a rung and differ there are never joined further down
// by a wider one.
type Tracker struct {
	sig   *Signature
	join  []Rung
	plan  *plan
	items []*item
	full  bool
}

// maxItems bounds the events that a tracker remembers. Package correlate
// bounds observations long before; this holds for everyone else.
const maxItems = 1 << 17

// item is one event with all that it stands for.
type item struct {
	ref   int
	time  logentry.Time
	scope logentry.Scope
	trace string
	// terms and absent are bit sets: what the event is an occurrence of.
	terms  uint64
	absent uint64
	match  []Match
	used   bool
}

// NewTracker returns a tracker for a sequence, set or count of the catalog,
// nil for a signature of one event. Rungs replace the join of the signature.
func (c *Catalog) NewTracker(sig *Signature, join ...Rung) *Tracker {
	if sig.form == nil {
		return nil
	}
	if len(join) == 0 {
		join = sig.form.join
	}
	return &Tracker{sig: sig, join: join, plan: newPlan(sig.form)}
}

// Listeners returns the sequences, sets and counts that have s as a step or an
// absence, sorted by id.
func (c *Catalog) Listeners(s *Signature) []*Signature { return c.listeners[s.Index] }

// Forms returns the signatures of several events, sorted by id.
func (c *Catalog) Forms() []*Signature { return c.forms }

// listen fills the tables behind Listeners and Forms.
func (c *Catalog) listen() {
	c.listeners = make([][]*Signature, c.Len())
	for _, s := range c.Signatures {
		if s.form == nil {
			continue
		}
		c.forms = append(c.forms, s)
		seen := map[*Signature]bool{}
		add := func(step *Signature) {
			if !seen[step] {
				seen[step] = true
				c.listeners[step.Index] = append(c.listeners[step.Index], s)
			}
		}
		for _, st := range s.form.steps {
			add(st.sig)
		}
		for _, a := range s.form.absent {
			add(a.sig)
		}
	}
}

// Add takes the next occurrence. Occurrences of other signatures than those of
// the form are ignored; several of one event follow each other, with one Ref.
func (t *Tracker) Add(o Occurrence) {
	terms, absent := t.plan.roles(o.Match.Sig)
	if terms|absent == 0 || !o.Time.Known() {
		return
	}
	if n := len(t.items); n > 0 && t.items[n-1].ref == o.Ref {
		last := t.items[n-1]
		last.terms |= terms
		last.absent |= absent
		last.match = append(last.match, o.Match)
		return
	}
	if len(t.items) >= maxItems {
		t.full = true
		return
	}
	t.items = append(t.items, &item{ref: o.Ref, time: o.Time, scope: o.Scope, trace: o.Trace, terms: terms, absent: absent, match: []Match{o.Match}})
}

// Flush ends the input and returns all hits, in the order in which they were
// completed. The tracker is empty afterwards.
func (t *Tracker) Flush() []Hit {
	sort.SliceStable(t.items, func(i, j int) bool { return t.items[i].time < t.items[j].time })
	var found []frame
	for n, rung := range t.join {
		for _, g := range t.groups(n, rung) {
			found = append(found, t.plan.run(g, rung)...)
		}
	}
	sort.SliceStable(found, func(i, j int) bool {
		a, b := found[i], found[j]
		if a.end != b.end {
			return a.end < b.end
		}
		return a.items[0].time < b.items[0].time
	})
	hits := make([]Hit, 0, len(found))
	for _, f := range found {
		if h := t.hit(f); t.differs(h, f) {
			hits = append(hits, h)
		}
	}
	t.items, t.full = nil, false
	return hits
}

// groups splits the events that are not used yet by their value on a rung, in
// the order of first appearance. Forbidden events that have no value there
// belong to every group that they do not differ from on another rung: nothing
// says that they happened elsewhere.
func (t *Tracker) groups(n int, rung Rung) [][]*item {
	var order []string
	var loose []*item
	by := map[string][]*item{}
	for _, it := range t.items {
		key, ok := it.at(rung)
		if !ok && it.absent != 0 {
			loose = append(loose, it)
		}
		if it.used || !ok {
			continue
		}
		if by[key] == nil {
			order = append(order, key)
		}
		by[key] = append(by[key], it)
	}
	var out [][]*item
	for _, key := range order {
		out = append(out, t.compatible(t.withLoose(by[key], loose), t.join[:n])...)
	}
	return out
}

func (t *Tracker) withLoose(group, loose []*item) []*item {
	var agree []*item
	for _, it := range loose {
		if !it.differs(group[0]) {
			only := *it // what it stands for as a step needs a value on the rung
			only.terms = 0
			agree = append(agree, &only)
		}
	}
	if len(agree) == 0 {
		return group
	}
	return t.near(group, agree)
}

// differs reports whether two events both have a value on a rung, and not the
// same.
func (it *item) differs(other *item) bool {
	for r := RungTrace; r < RungFile; r++ {
		a, ok := it.at(r)
		b, too := other.at(r)
		if ok && too && a != b {
			return true
		}
	}
	return false
}

// compatible splits a group such that within a part no two events differ on a
// closer rung. Events without a value there take part in each.
func (t *Tracker) compatible(group []*item, closer []Rung) [][]*item {
	out := [][]*item{group}
	for i := len(closer) - 1; i >= 0; i-- {
		var next [][]*item
		for _, g := range out {
			next = append(next, t.split(g, closer[i])...)
		}
		out = next
	}
	return out
}

func (t *Tracker) split(group []*item, rung Rung) [][]*item {
	var order []string
	by := map[string][]*item{}
	var without []*item
	for _, it := range group {
		key, ok := it.at(rung)
		if !ok {
			without = append(without, it)
			continue
		}
		if by[key] == nil {
			order = append(order, key)
		}
		by[key] = append(by[key], it)
	}
	if len(order) <= 1 {
		return [][]*item{group}
	}
	var out [][]*item
	for _, key := range order {
		out = append(out, t.near(by[key], without))
	}
	return append(out, without)
}

// near merges events with those of the others that are close enough in time to
// be part of one hit with them.
func (t *Tracker) near(own, others []*item) []*item {
	from := own[0].time.Add(-t.plan.before - t.plan.after)
	to := own[len(own)-1].time.Add(t.plan.before + t.plan.after)
	lo := sort.Search(len(others), func(i int) bool { return others[i].time >= from })
	hi := sort.Search(len(others), func(i int) bool { return others[i].time > to })
	out := make([]*item, 0, len(own)+hi-lo)
	out = append(append(out, own...), others[lo:hi]...)
	sort.SliceStable(out, func(i, j int) bool { return out[i].time < out[j].time })
	return out
}

// at returns the value of an event on a rung.
func (it *item) at(rung Rung) (string, bool) {
	s := &it.scope
	switch rung {
	case RungTrace:
		if it.trace != "" {
			return it.trace, true
		}
		return s.Trace, s.Trace != ""
	case RungInstance:
		return s.Instance, s.Instance != ""
	case RungExecution:
		return s.Execution, s.Execution != ""
	case RungRevision:
		return s.Service + "/" + s.Revision, s.Revision != ""
	case RungService:
		return s.Project + "/" + s.Service, s.Service != ""
	case RungFile:
		return "", true
	}
	return "", false // the interval of a request is known to package correlate alone
}

// hit makes the public form of a frame.
func (t *Tracker) hit(f frame) Hit {
	h := Hit{Sig: t.sig, Named: len(f.items) - 1, Rung: f.rung, AtLeast: t.full, Values: make([]string, len(t.sig.Captures))}
	if n := t.sig.form.named; n > 0 {
		h.Named = n - 1
	}
	for i, it := range f.items {
		h.Refs = append(h.Refs, it.ref)
		t.fill(h.Values, it, t.sig.form.stepAt(i))
	}
	for i, in := range f.absent {
		a := t.sig.form.absent[i]
		h.Absent = append(h.Absent, Interval{Signature: a.sig.ID, From: in.from, To: in.to, Scope: f.items[0].scope})
	}
	return h
}

// differs reports whether the two captures that must differ do: in the hit, and
// in every other event of the first one's step in the same place.
func (t *Tracker) differs(h Hit, f frame) bool {
	d := t.sig.form.differ
	if d[0] == "" {
		return true
	}
	m := Match{Sig: t.sig, Values: h.Values}
	other := m.Value(d[1])
	if m.Value(d[0]) == other {
		return false
	}
	first := f.items[0]
	for _, it := range t.items {
		if it.terms&first.terms == 0 || it.differs(first) {
			continue
		}
		for _, im := range it.match {
			if im.Value(d[0]) == other {
				return false
			}
		}
	}
	return true
}

// stepAt returns the step of the i-th event; a count has one step for all.
func (f *form) stepAt(i int) step { return f.steps[min(i, len(f.steps)-1)] }

// fill takes the captures of a step where no earlier step gave a value.
func (t *Tracker) fill(values []string, it *item, st step) {
	for _, m := range it.match {
		if m.Sig != st.sig {
			continue
		}
		for i, name := range t.sig.Captures {
			if values[i] == "" {
				values[i] = m.Value(name)
			}
		}
	}
}
