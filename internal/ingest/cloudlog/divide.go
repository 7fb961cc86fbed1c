package cloudlog

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// worthWhile is the least time that reading in parallel must save: each
	// slice costs a request for a page that is not full.
	worthWhile = time.Second
	// leastSlice is the shortest stretch of time that a slice reads.
	leastSlice = time.Millisecond
	// mostSlices bounds what a wrong estimate can do.
	mostSlices = 500
)

// schedule starts slices while there are readers for them, in the order in
// which they are delivered. As each that ends makes room for the earliest that
// waits, the one that is delivered next never waits for those behind it. What
// is read waits in memory: where it is not taken as fast as it comes, no
// further slices are started.
func (r *reading) schedule(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	held := 0
	for _, s := range r.slices[r.delivered:] {
		if s.started {
			held++
		}
	}
	for i, s := range r.slices[r.delivered:] {
		if r.readers >= r.c.opts.Parallel || ctx.Err() != nil && r.readers > 0 {
			return
		}
		if s.started {
			continue
		}
		if i > 0 && held >= 2*r.c.opts.Parallel {
			return
		}
		held++
		s.started = true
		r.readers++
		r.running.Go(func() {
			s.run(ctx)
			r.mu.Lock()
			r.readers--
			r.mu.Unlock()
			r.schedule(ctx)
		})
	}
}

// idle is the number of further slices that could be read at once.
func (r *reading) idle() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.c.opts.Parallel - r.readers // with one that waits there is none idle
}

// consider divides the rest of a slice where reading several stretches at once
// is faster: where the server is slow beside the rate that is allowed, or
// searches long and finds little. While pages are dense the rate is what holds
// the read up, and one slice uses it all.
func (r *reading) consider(ctx context.Context, s *slice) {
	idle := r.idle()
	if idle == 0 || s.token == "" {
		return
	}
	if n := r.worth(s, idle+1); n > 1 && r.divide(s, n) {
		r.schedule(ctx)
	}
}

// worth returns into how many slices the rest of s is best divided for so many
// readers; 1 for none.
func (r *reading) worth(s *slice, readers int) int {
	if s.slow {
		s.slow = false
		return 2 * readers
	}
	if s.last.IsZero() { // nothing found so far: how much is left cannot be told
		if s.pages >= 2 && s.spent > worthWhile/2 {
			return readers
		}
		return 1
	}
	left := r.pagesLeft(s)
	if left < 3 || r.limitFirst(s, left) {
		return 1
	}
	alone := time.Duration(left * float64(s.spent) / float64(s.pages))
	tokens, each := r.c.bucket.budget()
	paced := time.Duration(max(0, left-float64(tokens)) * float64(each))
	together := max(paced, alone/time.Duration(readers))
	if alone-together < worthWhile || alone < together*3/2 {
		return 1
	}
	// Slices of as many pages as may wait: a longer one would stand still until
	// its turn comes, a shorter one wastes requests.
	return int(min(max(left/buffered, min(left/2, float64(readers))), mostSlices))
}

// pagesLeft estimates the pages behind the last one, if entries go on as dense
// as they were.
func (r *reading) pagesLeft(s *slice) float64 {
	from, to := s.from, s.end()
	if r.q.NewestFirst {
		from, to = to, s.to
	}
	done := Progress{From: from, To: to, Through: s.last}.Covered(r.q.NewestFirst)
	left := float64(2 * r.c.opts.Parallel)
	if done > 0 {
		left = float64(s.pages) * (1 - done) / done
	}
	return left
}

// limitFirst tells that the limit is likely to come before the end of s, with
// so many pages left, or as many as there are if all are as dense as the last:
// other slices would be read for nothing.
func (r *reading) limitFirst(s *slice, left float64) bool {
	if r.q.Limit == 0 {
		return false
	}
	last := s.last.Sub(s.before).Abs()
	if s.before.IsZero() || last == 0 { // nothing tells how dense the rest is
		return true
	}
	left = max(left, float64(s.end().Sub(s.last).Abs())/float64(last))
	return left*float64(r.size) >= float64(r.q.Limit-s.fetched)
}

// end is the edge of s at which it ends.
func (s *slice) end() time.Time {
	switch {
	case !s.stop.IsZero():
		return s.stop
	case s.r.q.NewestFirst:
		return s.from
	}
	return s.to
}

// divide cuts what s has not read yet into n stretches of equal length. s
// keeps the first; the others follow it. It returns false when there is too
// little left.
func (r *reading) divide(s *slice, n int) bool {
	at, end := s.last, s.end()
	if at.IsZero() {
		at = s.from
		if r.q.NewestFirst {
			at = s.to
		}
	}
	step := end.Sub(at) / time.Duration(n)
	if step.Abs() < leastSlice {
		return false
	}
	var more []*slice
	for i := 1; i < n; i++ {
		from, to := at.Add(step*time.Duration(i)), at.Add(step*time.Duration(i+1))
		if i == n-1 {
			to = end
		}
		if r.q.NewestFirst {
			from, to = to, from
		}
		more = append(more, r.newSlice(from, to, buffered))
	}
	s.stop = at.Add(step)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slices = slices.Insert(r.slices, slices.Index(r.slices, s)+1, more...)
	return true
}

func limitReason(q Query) string {
	side := "later"
	if q.NewestFirst {
		side = "older"
	}
	return fmt.Sprintf("the limit of %d entries was reached, and %s ones were left", q.Limit, side)
}
