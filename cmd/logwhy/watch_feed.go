package main

import (
	"errors"
	"sync"
	"time"

	"logwhy/internal/fetch"
	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
)

// segmentBytes is how much is kept as it came before it is packed. What is
// looked at for new findings are the last two segments: enough for what belongs
// together, and little enough to be looked at every few seconds.
const segmentBytes = 8 << 20

// errEnough ends a watch at its --limit.
var errEnough = errors.New("the limit was reached")

// feed holds the entries that came: the newest as they are, the others packed.
type feed struct {
	limit   int // 0 is none
	segment int // the size from which a segment is packed
	now     func() time.Time

	mu      sync.Mutex
	packed  []ingest.Source
	open    []byte // lines
	entries int
	dirty   time.Time // since when there is something that was not looked at; zero: nothing
	touched time.Time // when the last entry came
	full    bool      // the limit was reached
}

// add takes an entry from the tail.
func (f *feed) add(r cloudlog.Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limit > 0 && f.entries == f.limit {
		f.full = true
		return errEnough
	}
	f.open = append(append(f.open, r.Line...), '\n')
	f.entries++
	f.touched = f.now()
	if f.dirty.IsZero() {
		f.dirty = f.touched
	}
	return nil
}

// ripe reports whether there is something new to look at, and nothing came for
// a moment that would belong to it: the lines of a stack trace come one by one.
func (f *feed) ripe(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.dirty.IsZero() && (now.Sub(f.touched) >= time.Second || now.Sub(f.dirty) >= 5*time.Second)
}

// recent are the last two segments. rest is one that fell out of them, and is
// looked at a last time; nil mostly.
func (f *feed) recent() (recent []ingest.Source, rest *ingest.Source, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dirty = time.Time{}
	if len(f.open) >= f.segment {
		if err := f.pack(); err != nil {
			return nil, nil, err
		}
		if n := len(f.packed); n > 1 {
			rest = &f.packed[n-2]
		}
	}
	if n := len(f.packed); n > 0 {
		recent = append(recent, f.packed[n-1])
	}
	return f.withOpen(recent), rest, nil
}

// all is everything that came.
func (f *feed) all() []ingest.Source {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.withOpen(append([]ingest.Source(nil), f.packed...))
}

// withOpen adds the open segment; what is added to it later goes behind the
// part that is handed out.
func (f *feed) withOpen(list []ingest.Source) []ingest.Source {
	if n := len(f.open); n > 0 {
		list = append(list, ingest.Source{Name: fetch.Name, Data: f.open[:n:n]})
	}
	return list
}

// pack closes the open segment.
func (f *feed) pack() error {
	spool, err := ingest.NewSpool(fetch.Name)
	if err != nil {
		return err
	}
	start := 0
	for i, c := range f.open {
		if c != '\n' {
			continue
		}
		if err := spool.Add(f.open[start:i]); err != nil {
			return err
		}
		start = i + 1
	}
	src, err := spool.Source()
	if err != nil {
		return err
	}
	f.packed = append(f.packed, src)
	f.open = nil // a look may still read the old one
	return nil
}
