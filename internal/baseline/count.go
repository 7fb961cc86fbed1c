package baseline

import (
	"maps"
	"slices"
	"time"
)

// seenNow is what a run adds to what is known of a failure.
type seenNow struct {
	n         int
	first     time.Time
	last      time.Time
	minutes   []time.Time // in order
	revisions map[string]bool
}

const minuteForm = "2006-01-02T15:04Z"

// minuteKey names a minute in a tail.
func minuteKey(t time.Time) string { return t.UTC().Format(minuteForm) }

// count compares the minutes of an observed failure with those that were
// counted before. New is what is above: entries that arrived late make the
// count of an old minute larger. Minutes before counted are over; of a failure
// that was not known all counts, whenever it was.
//
//	run 1   |--3--1--2|          window, with the count of each minute
//	run 2         |1--4--5|      the overlap is read again
//	new             2  5         4-2 arrived late
func (f *Failure) count(o *Observed, counted time.Time, known bool) seenNow {
	out := seenNow{revisions: map[string]bool{}}
	total, revisions := map[time.Time]int{}, map[time.Time][]string{}
	for _, c := range o.Counts {
		total[c.Minute] += c.N
		if c.Revision != "" {
			revisions[c.Minute] = append(revisions[c.Minute], c.Revision)
		}
	}
	for _, m := range slices.SortedFunc(maps.Keys(total), time.Time.Compare) {
		if m.IsZero() { // without a time it is part of no window, and of no other run
			out.n += total[m]
			continue
		}
		if known && m.Before(counted) {
			continue
		}
		n := total[m] - f.Tail[minuteKey(m)]
		if n <= 0 {
			continue
		}
		out.n += n
		out.minutes = append(out.minutes, m)
		for _, r := range revisions[m] {
			out.revisions[r] = true
		}
		if f.Tail == nil {
			f.Tail = map[string]int{}
		}
		f.Tail[minuteKey(m)] = total[m]
	}
	out.bounds(o)
	return out
}

// bounds sets first and last: to the minute, or exactly where the ends of the
// observed failure are new.
func (s *seenNow) bounds(o *Observed) {
	if len(s.minutes) == 0 {
		s.first, s.last = o.First, o.Last
		return
	}
	s.first, s.last = s.minutes[0], s.minutes[len(s.minutes)-1]
	if o.First.After(s.first) {
		s.first = o.First
	}
	if o.Last.Truncate(time.Minute).Equal(s.last) {
		s.last = o.Last
	}
}

// trim drops what is not needed any more: all but the newest runs, minutes
// that are counted for good.
func (s *State) trim() {
	dropOldest(s.Runs, keptRuns)
	for _, v := range s.Services {
		dropOldest(v.Minutes, keptRuns)
		dropEarliest(v.Deploys, keptDeploys)
	}
	for _, f := range s.Failures {
		f.foldCounts()
		dropEarliest(f.Revisions, keptRevisions)
		if len(f.Also) > keptAlso {
			f.Also = f.Also[:keptAlso]
		}
		f.trimTail(s.service(f.Service))
	}
}

func (f *Failure) trimTail(v *Service) {
	from := minuteKey(v.Counted)
	for k := range f.Tail {
		if k < from {
			delete(f.Tail, k)
		}
	}
	// Without a run that counts the tail would grow for good.
	dropOldest(f.Tail, keptTail)
	if len(f.Tail) == 0 {
		f.Tail = nil
	}
}

// foldCounts adds the counts of the oldest runs into one number.
func (f *Failure) foldCounts() {
	keys := slices.Sorted(maps.Keys(f.Counts))
	for _, k := range keys[:max(len(keys)-keptRuns, 0)] {
		f.Older += f.Counts[k]
		f.OlderTo = k
		delete(f.Counts, k)
	}
}

// dropOldest keeps the n entries with the largest keys.
func dropOldest[V any](m map[string]V, n int) {
	keys := slices.Sorted(maps.Keys(m))
	for _, k := range keys[:max(len(keys)-n, 0)] {
		delete(m, k)
	}
}

// dropEarliest keeps the n entries with the latest times.
func dropEarliest(m map[string]time.Time, n int) {
	if len(m) <= n {
		return
	}
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if c := m[a].Compare(m[b]); c != 0 {
			return c
		}
		if a < b {
			return -1
		}
		return 1
	})
	for _, k := range keys[:len(keys)-n] {
		delete(m, k)
	}
}

// Prune forgets failures that were last seen before a time and are not muted
// now. It returns what is gone, a line each.
func (s *State) Prune(before, now time.Time) []string {
	var gone []string
	for _, id := range slices.Sorted(maps.Keys(s.Failures)) {
		f := s.Failures[id]
		if f.Last.Before(before) && !f.Mute.Active(now) {
			gone = append(gone, id+" "+f.Title.Plain())
			delete(s.Failures, id)
		}
	}
	return gone
}
