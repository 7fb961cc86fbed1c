package baseline

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Merge joins two states that grew apart: copies that two jobs, or two
// branches, have written. It is commutative, associative and idempotent. Where
// the two say different things of one failure, the later run has it; counts
// are joined by run, so that what both have counts once.
func Merge(x, y *State) *State {
	out := NewState()
	for k := range union(x.Runs, y.Runs) {
		out.Runs[k] = joined(x.Runs, y.Runs, k, addRuns)
	}
	for k := range union(x.Services, y.Services) {
		out.Services[k] = joined(x.Services, y.Services, k, addServices)
	}
	for k := range union(x.Failures, y.Failures) {
		out.Failures[k] = joined(x.Failures, y.Failures, k, addFailures)
	}
	return out.clone()
}

func union[V any](x, y map[string]V) map[string]bool {
	out := make(map[string]bool, len(x)+len(y))
	for k := range x {
		out[k] = true
	}
	for k := range y {
		out[k] = true
	}
	return out
}

// joined is the value of a key in both maps, or in the one that has it.
func joined[V any](x, y map[string]V, k string, add func(a, b V) V) V {
	a, inX := x[k]
	b, inY := y[k]
	switch {
	case !inX:
		return b
	case !inY:
		return a
	}
	return add(a, b)
}

// addRuns keeps one of two records of a run; they differ only in copies that
// were changed by hand.
func addRuns(a, b RunRecord) RunRecord {
	if text(a) >= text(b) {
		return a
	}
	return b
}

func addServices(a, b *Service) *Service {
	return &Service{
		Through: later(a.Through, b.Through), Counted: later(a.Counted, b.Counted),
		Minutes: addMaps(a.Minutes, b.Minutes, func(x, y int) int { return max(x, y) }),
		Deploys: addMaps(a.Deploys, b.Deploys, earlier),
	}
}

func addFailures(a, b *Failure) *Failure {
	if !laterRecord(a, b) {
		a, b = b, a
	}
	out := *a // what the later run says: title, severity, state, causes
	out.Also = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(a.Also), b.Also...))))
	out.First, out.Last = earlier(a.First, b.First), later(a.Last, b.Last)
	out.Gap = max(a.Gap, b.Gap)
	out.Revisions = addMaps(a.Revisions, b.Revisions, later)
	out.Tail = addMaps(a.Tail, b.Tail, func(x, y int) int { return max(x, y) })
	addCounts(&out, a, b)
	out.Mute = addMutes(a.Mute, b.Mute)
	return &out
}

// addCounts joins counts by run. What was added into one number goes by that
// of the two that goes further.
func addCounts(out, a, b *Failure) {
	if b.OlderTo > a.OlderTo || b.OlderTo == a.OlderTo && b.Older > a.Older {
		out.Older, out.OlderTo = b.Older, b.OlderTo
	}
	out.Counts = addMaps(a.Counts, b.Counts, func(x, y int) int { return max(x, y) })
	for k := range out.Counts {
		if k <= out.OlderTo {
			delete(out.Counts, k)
		}
	}
	if len(out.Counts) == 0 {
		out.Counts = nil
	}
}

func addMutes(a, b *Mute) *Mute {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.Set.After(b.Set) || a.Set.Equal(b.Set) && text(a) >= text(b):
		return a
	}
	return b
}

// register is the part of a failure of which the later run has the say.
type register struct {
	Run, Signature, Service, Template, Title, Severity, State string
	Merged, Returned                                          bool
	Identity                                                  map[string]string
	Causes                                                    []CauseRecord
}

// laterRecord reports whether a has the say over b. Equal runs are told apart
// by what they say, so that the order of the two does not matter.
func laterRecord(a, b *Failure) bool {
	if a.Run != b.Run {
		return a.Run > b.Run
	}
	return text(a.register()) >= text(b.register())
}

func (f *Failure) register() register {
	return register{f.Run, f.Signature, f.Service, f.Template, string(f.Title), f.Severity, f.State, f.Merged, f.Returned, f.Identity, f.Causes}
}

func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}

func addMaps[V any](a, b map[string]V, add func(x, y V) V) map[string]V {
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	out := maps.Clone(a)
	if out == nil {
		out = map[string]V{}
	}
	for k, v := range b {
		if old, ok := out[k]; ok {
			v = add(old, v)
		}
		out[k] = v
	}
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earlier ignores times that are not known.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
