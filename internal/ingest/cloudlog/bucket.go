package cloudlog

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// bucket paces requests. It gives perMinute tokens a minute and holds at most
// a fifth of them, so that a short read does not wait and no minute ever sees
// more than perMinute + a fifth: 60 with the default of 50. Where the server
// says that its quota is used up, it pauses and slows down; while all is well
// it returns to its rate.
type bucket struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
	tell  func(Wait)

	mu     sync.Mutex
	limit  float64 // requests per minute that were asked for; 0 is no limit
	rate   float64 // those that are given now
	tokens float64 // may be negative: those who wait
	last   time.Time
	paused time.Time // no request before it
	taken  int
}

func newBucket(perMinute int, now func() time.Time, sleep func(context.Context, time.Duration) error, tell func(Wait)) *bucket {
	b := &bucket{now: now, sleep: sleep, tell: tell}
	if perMinute > 0 {
		b.limit = float64(perMinute)
		b.rate = b.limit
		b.tokens = b.burst()
		b.last = now()
	}
	return b
}

func (b *bucket) burst() float64 { return max(1, b.rate/5) }

// take waits for a token.
func (b *bucket) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	wait, why, paused := b.reserve()
	for wait > 0 {
		b.tell(Wait{why, wait})
		if err := b.sleep(ctx, wait); err != nil {
			return err
		}
		wait, paused = b.pausedSince(paused)
		why = quotaUsedUp
	}
	return nil
}

const quotaUsedUp = "the quota is used up"

// reserve takes a token and returns how long to wait for it, why, and until
// when all requests pause.
func (b *bucket) reserve() (wait time.Duration, why string, paused time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken++
	now := b.now()
	pause := b.paused.Sub(now)
	if b.limit == 0 {
		return max(pause, 0), quotaUsedUp, b.paused
	}
	b.fill(now)
	b.tokens--
	if b.tokens < 0 {
		wait = time.Duration(-b.tokens / b.rate * float64(time.Minute))
	}
	if pause > wait {
		return pause, quotaUsedUp, b.paused
	}
	return wait, fmt.Sprintf("at most %.0f requests per minute", b.rate), b.paused
}

// pausedSince returns how long to wait because another request met the quota
// while this one slept.
func (b *bucket) pausedSince(known time.Time) (time.Duration, time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paused.Equal(known) {
		return 0, known
	}
	return b.paused.Sub(b.now()), b.paused
}

// fill adds the tokens of the time that has passed, and lets a rate that was
// slowed down grow by a tenth of the limit a minute.
func (b *bucket) fill(now time.Time) {
	d := now.Sub(b.last)
	if d <= 0 {
		return
	}
	b.last = now
	b.tokens = min(b.tokens+b.rate*d.Minutes(), b.burst())
	if now.After(b.paused) {
		b.rate = min(b.limit, b.rate+b.limit/10*d.Minutes())
	}
}

// exhausted takes note that the server refused a request at its quota of so
// many per minute, 0 when it did not say, and returns the pause until the next
// minute begins, when quotas are counted anew; at least, if the server named
// a time, that.
func (b *bucket) exhausted(quota int, after time.Duration, jitter time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	pause := max(now.Truncate(time.Minute).Add(time.Minute).Sub(now), after) + jitter
	first := now.After(b.paused)
	if until := now.Add(pause); until.After(b.paused) {
		b.paused = until
	}
	if b.limit == 0 {
		return pause
	}
	b.fill(now)
	switch named := float64(quota) * 5 / 6; {
	case quota > 0 && named < b.limit:
		b.limit = max(1, named) // with the burst, the quota itself
		b.rate = min(b.rate, b.limit)
	case first: // others use the same quota
		b.rate = max(b.limit/8, b.rate/2, 1)
	}
	// What was saved up is gone with the quota.
	b.tokens = min(b.tokens, 0)
	return pause
}

// budget tells how many requests may be sent at once, and how long each
// further one waits.
func (b *bucket) budget() (tokens int, each time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.limit == 0 {
		return 1 << 20, 0
	}
	b.fill(b.now())
	return max(0, int(b.tokens)), time.Duration(float64(time.Minute) / b.rate)
}
