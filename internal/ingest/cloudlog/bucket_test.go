package cloudlog

import (
	"context"
	"sync"
	"testing"
	"time"
)

// clock is a clock that stands until somebody sleeps on it.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 1, 25, 9, 54, 7, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	return ctx.Err()
}

// take lets n requests through and returns when each was sent.
func takes(t *testing.T, b *bucket, c *clock, n int) []time.Time {
	t.Helper()
	var at []time.Time
	for range n {
		if err := b.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		at = append(at, c.now())
	}
	return at
}

// most is the largest number of requests in any minute.
func most(at []time.Time) int {
	n := 0
	for i, from := range at {
		k := i
		for k < len(at) && at[k].Sub(from) < time.Minute {
			k++
		}
		n = max(n, k-i)
	}
	return n
}

func TestBucketNeverExceedsItsRate(t *testing.T) {
	for _, rate := range []int{1, 10, 50, 100, 600} {
		c := newClock()
		b := newBucket(rate, c.now, c.sleep, func(Wait) {})
		at := takes(t, b, c, 5*rate)
		if got, limit := most(at), rate+max(1, rate/5); got > limit {
			t.Errorf("rate %d: %d requests in one minute, at most %d are allowed", rate, got, limit)
		}
		if got, want := at[len(at)-1].Sub(at[0]), 4*time.Minute; got < want {
			t.Errorf("rate %d: five minutes' requests took %s", rate, got)
		}
	}
}

func TestBucketAdaptsToTheQuotaThatIsNamed(t *testing.T) {
	c := newClock()
	b := newBucket(600, c.now, c.sleep, func(Wait) {})
	takes(t, b, c, 30)
	pause := b.exhausted(60, 0, time.Second)
	if want := 53*time.Second + time.Second; pause > want || pause < 50*time.Second {
		t.Errorf("pause of %s: the next minute begins in at most %s", pause, want)
	}
	at := takes(t, b, c, 300)
	if got := most(at); got > 60 {
		t.Errorf("%d requests in one minute after a quota of 60 was named", got)
	}
}

// Where others use the same quota, the rate goes down, and comes back.
func TestBucketMakesWayAndReturns(t *testing.T) {
	c := newClock()
	b := newBucket(50, c.now, c.sleep, func(Wait) {})
	takes(t, b, c, 20)
	b.exhausted(60, 0, 0)
	slow := takes(t, b, c, 20)
	if got := most(slow); got > 45 {
		t.Errorf("%d requests in a minute just after the quota was used up", got)
	}
	takes(t, b, c, 400)
	if b.rate != b.limit {
		t.Errorf("rate %v after ten quiet minutes, want %v again", b.rate, b.limit)
	}
}

func TestBucketWithoutLimit(t *testing.T) {
	c := newClock()
	b := newBucket(-1, c.now, c.sleep, func(Wait) {})
	at := takes(t, b, c, 1000)
	if !at[999].Equal(at[0]) {
		t.Error("a bucket without limit waited")
	}
	b.exhausted(0, 0, 0)
	if next := takes(t, b, c, 1)[0]; next.Sub(at[0]) < 50*time.Second {
		t.Error("it did not wait for the next minute after the quota was used up")
	}
}

func TestBucketStopsWithItsContext(t *testing.T) {
	c := newClock()
	b := newBucket(1, c.now, sleep, func(Wait) {})
	ctx, cancel := context.WithCancel(t.Context())
	if err := b.take(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := b.take(ctx); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}
