package cloudlog

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Record is an entry as it is delivered.
type Record struct {
	// Line is the LogEntry as JSON without line breaks; it is valid only
	// during the call.
	Line []byte
	// Time is its timestamp; the zero Time when it has none.
	Time time.Time
}

// Progress tells how far a read has come.
type Progress struct {
	// From and To are the window; Through is the time up to which it is read.
	From, To, Through time.Time
	Entries, Calls    int
}

// Covered is the part of the window that was read, between 0 and 1.
func (p Progress) Covered(newestFirst bool) float64 {
	whole := p.To.Sub(p.From)
	if whole <= 0 || p.Through.IsZero() {
		return 0
	}
	part := p.Through.Sub(p.From)
	if newestFirst {
		part = p.To.Sub(p.Through)
	}
	return min(1, max(0, float64(part)/float64(whole)))
}

// Read implements Reader.
func (c *Client) Read(ctx context.Context, q Query, add func(line []byte) error) (Result, error) {
	return c.Records(ctx, q, func(r Record) error { return add(r.Line) })
}

// Records is Read for those who need the time of each entry.
//
// It asks page after page, always between both bounds of time, never faster
// than the client's rate, and again after errors that may pass; no entry is
// lost or delivered twice by that. Where the server is slow or finds little,
// the rest of the window is read as several slices of time at once, and still
// delivered in order. Memory is a few pages, whatever the window holds. Errors
// of the API are of type *Error.
func (c *Client) Records(ctx context.Context, q Query, add func(Record) error) (Result, error) {
	if err := q.check(); err != nil {
		return Result{Reason: err.Error()}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &reading{c: c, q: q, size: c.opts.PageSize, add: add}
	if q.Limit > 0 && q.Limit < r.size {
		r.size = q.Limit + 1 // one more, to know whether there is more
	}
	r.slices = []*slice{r.newSlice(q.From, q.To, ahead)}
	r.schedule(ctx)
	err := r.deliver(ctx)
	cancel()
	r.running.Wait()
	return r.result(err), err
}

// errLimit ends a read at its limit.
var errLimit = errors.New("the limit was reached")

// reading is one call of Records.
type reading struct {
	c    *Client
	q    Query
	size int
	add  func(Record) error

	pages, calls, retries atomic.Int64
	clock                 atomic.Pointer[time.Duration]
	running               sync.WaitGroup

	mu        sync.Mutex
	slices    []*slice // in the order in which they are delivered
	readers   int      // slices that are being read
	delivered int      // slices that are done with, from the first

	// Of the goroutine that delivers.
	printer  printer
	line     []byte
	entries  int
	through  time.Time
	complete bool
}

// slice returns the i-th slice, nil behind the last. A slice that divides
// itself adds the others behind it, before it ends.
func (r *reading) slice(i int) *slice {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i == len(r.slices) {
		return nil
	}
	return r.slices[i]
}

// deliver hands on all pages in order.
func (r *reading) deliver(ctx context.Context) error {
	for i := 0; ; i++ {
		s := r.slice(i)
		if s == nil {
			break
		}
		for p := range s.out {
			if err := r.deliverPage(&p); err != nil {
				if err == errLimit {
					return nil
				}
				return err
			}
		}
		if s.err != nil {
			return s.err
		}
		r.done(ctx, i+1)
	}
	r.complete = true
	r.progress(r.end())
	return nil
}

// done makes room for the slices behind the first n.
func (r *reading) done(ctx context.Context, n int) {
	r.mu.Lock()
	r.delivered = n
	r.mu.Unlock()
	r.schedule(ctx)
}

func (r *reading) deliverPage(p *page) error {
	for i := range p.entries {
		if r.q.Limit > 0 && r.entries == r.q.Limit {
			return errLimit
		}
		t := p.entries[i].time
		r.line = p.line(&r.printer, r.line[:0], i)
		if err := r.add(Record{r.line, t}); err != nil {
			return err
		}
		r.entries++
		if !t.IsZero() {
			r.through = t
		}
	}
	r.progress(r.through)
	return nil
}

// end is the edge of the window at which a read ends.
func (r *reading) end() time.Time {
	if r.q.NewestFirst {
		return r.q.From
	}
	return r.q.To
}

func (r *reading) progress(through time.Time) {
	if r.q.Progress != nil {
		r.q.Progress(Progress{From: r.q.From, To: r.q.To, Through: through, Entries: r.entries, Calls: int(r.calls.Load())})
	}
}

func (r *reading) result(err error) Result {
	res := Result{
		Entries: r.entries, Calls: int(r.calls.Load()), Retries: int(r.retries.Load()),
		Complete: r.complete, Through: r.through, ClockAhead: r.clock.Load(),
	}
	switch {
	case r.complete:
		res.Through = r.end()
	case errors.Is(err, context.Canceled):
		res.Reason = "the read was interrupted"
	case errors.Is(err, context.DeadlineExceeded):
		res.Reason = "the time allowed for the read was over"
	case err != nil:
		res.Reason = firstLine(err.Error())
	default:
		res.Reason = limitReason(r.q)
	}
	return res
}
