package baseline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"logwhy/internal/incident"
)

// Apply adds a run to a state. The old state stays as it is; the result holds
// all that it held, and how each failure now stands. Applying the same run
// twice gives the same states.
func Apply(old *State, r Run) (*State, *Outcome) {
	if r.key == "" {
		r.key = r.makeKey()
	}
	a := &applier{s: old.clone(), r: r, first: old.Empty() && !r.NoMemory, before: old.Through(), cut: len(r.Missing) > 0}
	if prev, ok := old.Runs[r.key]; ok { // the same run again: where it stood then is not known any more
		a.again, a.first = true, false
		a.before = prev.From
	}
	a.noteUnread(old)
	a.known = a.s.index()
	a.noteServices()
	a.observe()
	for _, id := range slices.Sorted(maps.Keys(a.s.Failures)) {
		a.decide(id)
	}
	a.advance()
	a.s.trim()
	return a.s, &Outcome{a.states(), a.of}
}

// Outcome is how the failures of a run stand.
type Outcome struct {
	States   *incident.States
	Findings map[string]string // fingerprints by finding
}

// Mark writes an outcome into the analysis that the run was taken from.
func (o *Outcome) Mark(a *incident.Analysis) {
	rows := map[string]*incident.FailureState{}
	for i := range o.States.Failures {
		rows[o.States.Failures[i].Fingerprint] = &o.States.Failures[i]
	}
	for i := range a.Findings {
		f := &a.Findings[i]
		if row := rows[o.Findings[f.ID]]; row != nil {
			f.State, f.StateWhy = row.State, row.Why
		}
	}
	a.States = o.States
}

// applier adds one run.
type applier struct {
	s      *State
	r      Run
	first  bool // there was no run before
	again  bool // this very run is known already
	cut    bool // the window itself has not all of its data
	before time.Time

	known   map[string]string          // fingerprint → name of the failure in the state
	seen    map[string]*Observed       // by name in the state
	fresh   map[string]bool            // names that came with this run
	minutes map[string]int             // what this run adds to the exposure of each service
	through map[string]time.Time       // where each service stood before
	logged  map[string]bool            // services that logged since
	running map[string]map[string]bool // revisions that did
	rows    []incident.FailureState
	of      map[string]string // which failure a finding is
	causes  []incident.CauseState
	rest    int
}

// complete reports whether what was not seen was not there.
func (a *applier) complete() bool { return len(a.r.Missing) == 0 }

// counts reports whether the window counts as read: the next one begins at its
// end. A stretch before it that nobody has read does not change that: the next
// run would not read it either.
func (a *applier) counts() bool { return !a.cut || a.r.Partial }

// noteUnread notes a stretch that no run has read: entries that fell between
// two runs are missing data. Where the end of the last window was not asked
// for, it was somewhere after its newest entry.
func (a *applier) noteUnread(old *State) {
	if a.first || a.again || !a.r.Stated || a.before.IsZero() {
		return
	}
	slack := time.Duration(0)
	for _, run := range old.Runs {
		if run.To.Equal(a.before) && run.Open {
			slack = a.r.Overlap
		}
	}
	if a.r.From.Sub(a.before) > slack {
		a.r.Missing = append(a.r.Missing, incident.Prose(fmt.Sprintf(
			"What was logged from %s to %s was read by no run: the window begins later than the last one ended.", stamp(a.before), stamp(a.r.From))))
	}
}

// noteServices notes which services logged since they were last counted, on
// which revisions, and what was deployed.
func (a *applier) noteServices() {
	a.minutes, a.through = map[string]int{}, map[string]time.Time{}
	a.logged, a.running = map[string]bool{}, map[string]map[string]bool{}
	for name, v := range a.s.Services {
		a.through[name] = v.Through
	}
	for _, sc := range a.r.Scopes {
		v := a.s.service(sc.Service)
		if sc.Last.After(a.through[sc.Service]) {
			a.logged[sc.Service], a.logged[""] = true, true
			if a.running[sc.Service] == nil {
				a.running[sc.Service] = map[string]bool{}
			}
			a.running[sc.Service][sc.Revision] = true
		}
		if sc.Revision != "" && !sc.First.IsZero() && !a.r.Failed[sc.Service+"\x00"+sc.Revision] {
			v.deployed(sc.Revision, sc.First)
		}
	}
	for _, d := range a.r.Deploys {
		a.s.service(d.service).deployed(cmp.Or(d.revision, "@"+stamp(d.at)), d.at)
	}
	a.s.service("")
	for name := range a.s.Services {
		a.minutes[name] = a.exposure(a.through[name])
	}
}

// exposure is how many minutes this run adds after what was counted through a
// time. Where the window's beginning was not asked for, it is the end of the
// last one, unless the first entry is much later.
func (a *applier) exposure(through time.Time) int {
	from := a.r.From
	if gap := from.Sub(through); through.After(from) || !a.r.Stated && !through.IsZero() && gap <= a.r.To.Sub(from) {
		from = through
	}
	return minutesUp(a.r.To.Sub(from))
}

func minutesUp(d time.Duration) int { return max(int((d+time.Minute-1)/time.Minute), 1) }

func (s *State) service(name string) *Service {
	v := s.Services[name]
	if v == nil {
		v = &Service{}
		s.Services[name] = v
	}
	return v
}

// deployed notes when a revision was first seen.
func (v *Service) deployed(revision string, at time.Time) {
	if v.Deploys == nil {
		v.Deploys = map[string]time.Time{}
	}
	if old, ok := v.Deploys[revision]; !ok || at.Before(old) {
		v.Deploys[revision] = at.UTC()
	}
}

// index maps each fingerprint to the failure that has it.
func (s *State) index() map[string]string {
	out := map[string]string{}
	ids := slices.Sorted(maps.Keys(s.Failures))
	for _, id := range ids {
		for _, other := range s.Failures[id].Also {
			if _, taken := out[other]; !taken {
				out[other] = id
			}
		}
	}
	for _, id := range ids {
		out[id] = id
	}
	return out
}

// observe finds for each failure of the run what the state knows of it, and
// makes a record of what is not known.
func (a *applier) observe() {
	a.seen, a.fresh, a.of = map[string]*Observed{}, map[string]bool{}, map[string]string{}
	for i := range a.r.Failures {
		o := &a.r.Failures[i]
		name := a.nameOf(o)
		f := a.s.Failures[name]
		if f == nil && o.Remark {
			continue // no failure, until an incident holds it
		}
		if f == nil {
			name, f = o.Fingerprint, &Failure{First: o.First.UTC(), Last: o.First.UTC()}
			a.s.Failures[name], a.fresh[name] = f, true
		}
		f.describe(o, name)
		a.known[o.Fingerprint] = name
		for _, other := range o.Others {
			a.known[other] = name
		}
		if prev := a.seen[name]; prev != nil {
			o = join(prev, o)
		}
		a.seen[name] = o
	}
}

// describe takes over what the run says of a failure.
func (f *Failure) describe(o *Observed, name string) {
	f.Signature, f.Service, f.Identity = o.Signature, o.Service, o.Identity
	if !f.Merged || o.Merged && !covers(f.Template, o.Template) { // the wider template stays
		f.Template, f.Merged = o.Template, o.Merged
	}
	f.Title, f.Severity = incident.Prose(untagged(string(o.Title))), o.Severity
	for _, other := range append([]string{o.Fingerprint}, o.Others...) {
		if other != name && !slices.Contains(f.Also, other) {
			f.Also = append(f.Also, other)
		}
	}
	slices.Sort(f.Also)
}

// nameOf finds the failure that an observed one is: by its fingerprint, by the
// others that it may have, or by its template. Failures that turn out to be
// one become one, under the name of the oldest: what was opened for it stays.
func (a *applier) nameOf(o *Observed) string {
	var names []string
	for _, id := range append([]string{o.Fingerprint}, o.Others...) {
		if n := a.known[id]; n != "" && a.s.Failures[n] != nil && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if o.Template != "" && (len(names) == 0 || o.Merged) {
		for _, n := range slices.Sorted(maps.Keys(a.s.Failures)) {
			if !slices.Contains(names, n) && a.s.Failures[n].stands(o) {
				names = append(names, n)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	slices.SortStableFunc(names, func(x, y string) int { // what came with this run last
		return cmp.Or(cmp.Compare(number(a.fresh[x]), number(a.fresh[y])), a.s.Failures[x].First.Compare(a.s.Failures[y].First), cmp.Compare(x, y))
	})
	for _, n := range names[1:] {
		a.fold(names[0], n)
	}
	return names[0]
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// stands reports whether a merged pattern covers another one of the same place.
func (f *Failure) stands(o *Observed) bool {
	if f.Service != o.Service || !isPattern(f.Signature) || place(f.Signature) != place(o.Signature) {
		return false
	}
	return f.Merged && covers(f.Template, o.Template) || o.Merged && covers(o.Template, f.Template)
}

// fold makes one failure of two.
func (a *applier) fold(into, from string) {
	f := a.s.Failures[from]
	also := append(slices.Clone(f.Also), from)
	merged := addFailures(a.s.Failures[into], f)
	for _, id := range also {
		if id != into && !slices.Contains(merged.Also, id) {
			merged.Also = append(merged.Also, id)
		}
	}
	slices.Sort(merged.Also)
	a.s.Failures[into] = merged
	delete(a.s.Failures, from)
	delete(a.fresh, from)
	if o := a.seen[from]; o != nil {
		delete(a.seen, from)
		if prev := a.seen[into]; prev != nil {
			o = join(prev, o)
		}
		a.seen[into] = o
	}
	for id, n := range a.known {
		if n == from {
			a.known[id] = into
		}
	}
}

// join makes one of two observed failures that are the same.
func join(x, y *Observed) *Observed {
	o := *x
	o.Findings = append(slices.Clone(x.Findings), y.Findings...)
	o.Counts = append(slices.Clone(x.Counts), y.Counts...)
	if y.First.Before(o.First) {
		o.First = y.First
	}
	if y.Last.After(o.Last) {
		o.Last = y.Last
	}
	if severityRank(y.Severity) < severityRank(o.Severity) {
		o.Severity = y.Severity
	}
	if !o.Headline {
		o.Causes, o.Rivals, o.Headline = y.Causes, y.Rivals, y.Headline
	}
	return &o
}

// advance moves the marks of what is counted, and notes the run.
func (a *applier) advance() {
	if a.r.To.IsZero() { // nothing was read, and nothing asked for
		return
	}
	a.s.Runs[a.r.key] = RunRecord{From: a.r.From.UTC(), To: a.r.To.UTC(), Entries: a.r.Entries, Complete: a.complete(), Rules: a.r.Rules, Open: a.r.Open}
	if !a.counts() {
		return
	}
	for name, v := range a.s.Services {
		if !a.logged[name] && name != "" {
			continue
		}
		if v.Minutes == nil {
			v.Minutes = map[string]int{}
		}
		v.Minutes[a.r.key] = max(v.Minutes[a.r.key], a.minutes[name])
		if a.r.To.After(v.Through) {
			v.Through = a.r.To.UTC()
		}
		if c := v.Through.Add(-a.r.Overlap).Truncate(time.Minute); c.After(v.Counted) {
			v.Counted = c
		}
	}
}

// clone copies a state.
func (s *State) clone() *State {
	out := NewState()
	maps.Copy(out.Runs, s.Runs)
	for k, v := range s.Services {
		out.Services[k] = copied(v)
	}
	for k, v := range s.Failures {
		out.Failures[k] = copied(v)
	}
	return out
}

// copied is a deep copy by way of JSON, in which all of a record is stored anyway.
func copied[T any](v *T) *T {
	data, err := json.Marshal(v)
	out := new(T)
	if err == nil {
		err = json.Unmarshal(data, out)
	}
	if err != nil {
		*out = *v // cannot be: times and texts always encode
	}
	return out
}
