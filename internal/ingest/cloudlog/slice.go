package cloudlog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	// tokenLife is how long a page token is trusted; the API keeps it for 24 h.
	tokenLife = 23 * time.Hour
	// ahead is how many pages of the first slice may wait to be delivered: it is
	// delivered while it is read.
	ahead = 2
	// buffered is how many pages of a further slice may wait for those before it.
	// It is read whole meanwhile, if it is no longer than that.
	buffered = 6
	// maxRewinds ends a slice that gets nowhere after its tokens were refused.
	maxRewinds = 20
)

// slice reads one stretch of time, page after page, in its own goroutine. It
// survives errors: the page token is asked again, and where the token itself is
// refused the slice starts over at the time of its last entry and leaves out
// what it has had of that time.
type slice struct {
	r        *reading
	from, to time.Time // asked: from <= time < to
	// stop cuts the slice short of what was asked: entries on its far side
	// belong to other slices. Zero where nothing is cut.
	stop time.Time

	token   string
	issued  time.Time
	last    time.Time        // of the entries had so far; zero before the first
	before  time.Time        // last as it was before the last page
	had     map[identity]int // those of time last
	resume  time.Time        // where the last rewind started over; zero without one
	skip    map[identity]int // what was had of that time, and will come once more
	rewound int              // how often, since something new came

	pages, empties, fetched int
	spent                   time.Duration
	slow                    bool // a request ran out of time

	started bool // guarded by reading.mu

	out chan page
	err error // valid once out is closed
}

func (r *reading) newSlice(from, to time.Time, buffer int) *slice {
	return &slice{r: r, from: from, to: to, out: make(chan page, buffer)}
}

// run reads the slice into out.
func (s *slice) run(ctx context.Context) {
	defer close(s.out)
	for {
		p, err := s.fetch(ctx)
		if err != nil {
			s.err = err
			return
		}
		done := p.next == ""
		s.advance(&p)
		done = s.trim(&p) || done
		if len(p.entries) > 0 {
			select {
			case s.out <- p:
			case <-ctx.Done():
				s.err = ctx.Err()
				return
			}
		}
		if done || s.r.q.Limit > 0 && s.fetched > s.r.q.Limit {
			return
		}
		s.r.consider(ctx, s)
		if pause := emptyPause(s.empties); pause > 0 {
			s.r.c.tell(Wait{"pages without entries", pause})
			if s.err = s.r.c.opts.Sleep(ctx, pause); s.err != nil {
				return
			}
		}
	}
}

// request asks for the next page.
func (s *slice) request() pageRequest {
	q := &s.r.q
	r := pageRequest{resources: q.Resources, order: q.order(), size: s.r.size, token: s.token}
	switch {
	case s.resume.IsZero():
		r.filter = q.bounded(">=", s.from, "<", s.to)
		return r
	case q.NewestFirst:
		r.filter = q.bounded(">=", s.from, "<=", s.resume)
	default:
		r.filter = q.bounded(">=", s.resume, "<", s.to)
	}
	r.size = min(pageSize, r.size+len(s.skip)) // what comes again must not fill the page
	return r
}

// fetch gets the next page, however often it has to ask.
func (s *slice) fetch(ctx context.Context) (page, error) {
	if s.token != "" && s.r.c.opts.Now().Sub(s.issued) > tokenLife {
		s.rewind()
	}
	var f failures
	for {
		t := trip{now: s.r.c.opts.Now}
		p, err := s.r.c.list.entries(withTrip(ctx, &t), s.request())
		s.r.calls.Add(int64(t.calls))
		s.spent += t.spent
		s.r.noteClock(t.date)
		if err == nil {
			s.token, s.issued = p.next, s.r.c.opts.Now()
			s.pages++
			s.r.pages.Add(1)
			return p, nil
		}
		if ctx.Err() != nil {
			return page{}, ctx.Err()
		}
		if s.token != "" && s.rewound < maxRewinds && refusesToken(err) {
			s.rewind()
			continue
		}
		if status.Code(err) == codes.DeadlineExceeded {
			s.slow = true
			if f.slow++; f.slow > 1 && s.narrow(ctx) {
				f = failures{pages: f.pages}
				s.r.retries.Add(1)
				continue
			}
		}
		if n := s.r.pages.Load(); n > f.pages { // the server answers others
			f = failures{pages: n}
		}
		if perr := s.r.c.pause(ctx, err, &f, f.pages > 0, &s.r.q); perr != nil {
			if ctx.Err() == context.DeadlineExceeded { // what it waited for is worth knowing
				perr = fmt.Errorf("%w; the last answer was: %w", perr, explain(err, &s.r.q))
			}
			return page{}, perr
		}
		s.r.retries.Add(1)
	}
}

// refusesToken tells errors that a good request gets only for its token.
func refusesToken(err error) bool {
	switch status.Code(err) {
	case codes.InvalidArgument, codes.NotFound, codes.FailedPrecondition, codes.OutOfRange:
		return true
	}
	return false
}

// rewind gives up the token: the next request starts at the time of the last entry.
func (s *slice) rewind() {
	s.rewound++
	s.restart()
}

func (s *slice) restart() {
	s.token = ""
	if !s.last.IsZero() {
		s.resume, s.skip = s.last, maps.Clone(s.had)
	}
}

// narrow gives most of what is left to other slices, and asks for the rest
// alone: the server could not search the whole in the time it has.
func (s *slice) narrow(ctx context.Context) bool {
	if !s.r.divide(s, 4) {
		return false
	}
	if s.r.q.NewestFirst {
		s.from = s.stop
	} else {
		s.to = s.stop
	}
	s.stop = time.Time{}
	if s.token != "" { // it belongs to the wider query
		s.restart()
	}
	s.r.schedule(ctx)
	return true
}

// advance leaves out of p what was had before, and moves behind the rest.
func (s *slice) advance(p *page) {
	if len(s.skip) > 0 {
		p.entries = slices.DeleteFunc(p.entries, s.again)
	}
	n := len(p.entries)
	if n == 0 {
		s.empties++
		return
	}
	s.empties, s.rewound = 0, 0
	s.fetched += n
	s.before = s.last
	if t := p.entries[n-1].time; s.had == nil || !t.IsZero() && !t.Equal(s.last) {
		s.last, s.had = t, map[identity]int{}
	}
	for i := n - 1; i >= 0 && p.entries[i].time.Equal(s.last); i-- {
		s.had[p.entries[i].identity()]++
	}
}

// again tells the entries that were had before the last rewind, each as often
// as it was had.
func (s *slice) again(e rawEntry) bool {
	if !e.time.Equal(s.resume) {
		return false
	}
	id := e.identity()
	if s.skip[id] == 0 {
		return false
	}
	s.skip[id]--
	return true
}

// trim drops what lies beyond the stop, and says whether that was reached.
func (s *slice) trim(p *page) bool {
	if s.stop.IsZero() {
		return false
	}
	all := len(p.entries)
	n := all
	for n > 0 && s.beyond(p.entries[n-1].time) {
		n--
	}
	p.entries = p.entries[:n]
	return n < all
}

func (s *slice) beyond(t time.Time) bool {
	if s.r.q.NewestFirst {
		return t.Before(s.stop)
	}
	return !t.Before(s.stop)
}
