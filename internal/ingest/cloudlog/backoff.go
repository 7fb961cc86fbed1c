package cloudlog

import (
	"math/rand/v2"
	"sync"
	"time"
)

// jitter spreads pauses, so that readers that failed together do not come
// back together. The same seed gives the same pauses.
type jitter struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func newJitter(seed uint64) *jitter {
	return &jitter{rng: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))}
}

// around returns something between d/2 and d.
func (j *jitter) around(d time.Duration) time.Duration {
	if d <= 1 {
		return d
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return d/2 + time.Duration(j.rng.Int64N(int64(d/2)+1))
}

// backoff is the pause before the n-th repetition, n from 1: 1 s, 2 s, 4 s …
// at most a minute, each shortened by up to a half.
func (j *jitter) backoff(n int) time.Duration {
	return j.around(doubled(time.Second, n-1, time.Minute))
}

// emptyPause is the pause before the request that follows n empty pages in a
// row, n from 1. The first is followed at once. The server was not done
// searching, and asking at full speed would use up the minute's quota for nothing.
func emptyPause(n int) time.Duration {
	if n < 2 {
		return 0
	}
	return doubled(100*time.Millisecond, n-2, 5*time.Second)
}

func doubled(d time.Duration, n int, most time.Duration) time.Duration {
	for ; n > 0 && d < most; n-- {
		d *= 2
	}
	return min(d, most)
}
