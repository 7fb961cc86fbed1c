package cloudlog

import (
	"context"
	"fmt"
	"time"
)

const (
	// worthWhile is the least time that reading in parallel must save: each
	// slice costs a request for a page that is not full.
	worthWhile = time.Second
	// leastSlice is the shortest stretch of time that a slice reads.
	leastSlice = time.Millisecond
)

// consider divides the rest of the first slice where reading several stretches
// at once is faster: where the server is slow beside the rate that is allowed,
// or searches long and finds little. While pages are dense the rate is what
// holds the read up, and one slice uses it all.
func (r *reading) consider(ctx context.Context, s *slice) {
	if s.r.c.opts.Parallel < 2 || s.token == "" || !r.only(s) {
		return
	}
	if n := r.worth(s); n > 1 {
		r.divide(ctx, s, n)
	}
}

// only reports whether s is the only slice so far.
func (r *reading) only(s *slice) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.slices) == 1
}

// worth returns into how many slices the rest of s is best divided; 1 for none.
func (r *reading) worth(s *slice) int {
	p := r.c.opts.Parallel
	if s.slow {
		return 2 * p
	}
	if s.last.IsZero() { // nothing found so far: how much is left cannot be told
		if s.pages >= 2 && s.spent > worthWhile/2 {
			return 2 * p
		}
		return 1
	}
	left := r.pagesLeft(s)
	if left < 3 {
		return 1
	}
	alone := time.Duration(left * float64(s.spent) / float64(s.pages))
	tokens, each := r.c.bucket.budget()
	paced := time.Duration(max(0, left-float64(tokens)) * float64(each))
	together := max(paced, alone/time.Duration(p))
	if alone-together < worthWhile || alone < together*3/2 {
		return 1
	}
	return int(min(max(left/2, 2), float64(4*p)))
}

// pagesLeft estimates the pages behind the last one, if entries go on as dense
// as they were.
func (r *reading) pagesLeft(s *slice) float64 {
	done := Progress{From: s.from, To: s.to, Through: s.last}.Covered(r.q.NewestFirst)
	left := float64(4 * r.c.opts.Parallel)
	if done > 0 {
		left = float64(s.pages) * (1 - done) / done
	}
	if r.q.Limit > 0 {
		left = min(left, float64(r.q.Limit-s.fetched)/pageSize)
	}
	return left
}

// divide cuts what s has not read yet into n stretches of equal length. s
// keeps the first, and the others are read as there are slots for them, in
// their order: the slice that is delivered next is never the one that waits.
func (r *reading) divide(ctx context.Context, s *slice, n int) {
	at, end := s.last, s.to
	if r.q.NewestFirst {
		end = s.from
	}
	if at.IsZero() {
		at = s.from
		if r.q.NewestFirst {
			at = s.to
		}
	}
	step := end.Sub(at) / time.Duration(n)
	if step.Abs() < leastSlice {
		return
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
		more = append(more, r.newSlice(from, to))
	}
	s.stop = at.Add(step)
	r.mu.Lock()
	r.slices = append(r.slices, more...)
	r.mu.Unlock()
	r.running.Go(func() { r.launch(ctx, more) })
}

// launch runs slices as slots come free.
func (r *reading) launch(ctx context.Context, slices []*slice) {
	for _, s := range slices {
		select {
		case r.slots <- struct{}{}:
		case <-ctx.Done():
			s.err = ctx.Err()
			close(s.out)
			continue
		}
		r.running.Go(func() {
			defer func() { <-r.slots }()
			s.run(ctx)
		})
	}
}

func limitReason(q Query) string {
	side := "later"
	if q.NewestFirst {
		side = "older"
	}
	return fmt.Sprintf("the limit of %d entries was reached, and %s ones were left", q.Limit, side)
}
