package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"logwhy/internal/logentry"
)

// shownTimes is how many times of a text are named.
const shownTimes = 5

// An instant is an entry as far as its place in time goes. A request counts at
// its start and at its end, since reports speak of both.
type instant struct {
	time, end logentry.Time
	level     logentry.Severity
	declared  bool
	source    string
}

func (i instant) is(c *clock) bool { return c.is(i.time) || i.end != i.time && c.is(i.end) }

// tally counts entries of one kind. Tallies add up to the same in any order.
type tally struct {
	n, untimed  int
	first, last logentry.Time // of the ends too
	seconds     map[int64]int // entries by second since the epoch
	early       []instant     // the first few
	exact       []instant     // those in a second that a report names
}

func newTally() tally {
	return tally{first: logentry.NoTime, last: logentry.NoTime, seconds: map[int64]int{}}
}

func (t *tally) add(i instant, named bool) {
	t.n++
	if !i.time.Known() {
		t.untimed++
		return
	}
	t.first, t.last = earlier(t.first, i.time), later(t.last, i.end)
	t.seconds[int64(i.time)/int64(time.Second)]++
	if named {
		t.exact = append(t.exact, i)
	}
	if len(t.early) < shownTimes || i.time < t.early[len(t.early)-1].time {
		t.keepEarly(i)
	}
}

func (t *tally) keepEarly(i instant) {
	t.early = append(t.early, i)
	slices.SortFunc(t.early, func(a, b instant) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.source, b.source))
	})
	t.early = t.early[:min(len(t.early), shownTimes)]
}

func (t *tally) merge(u *tally) {
	t.n += u.n
	t.untimed += u.untimed
	t.first, t.last = earlier(t.first, u.first), later(t.last, u.last)
	for s, n := range u.seconds {
		t.seconds[s] += n
	}
	t.exact = append(t.exact, u.exact...)
	for _, i := range u.early {
		t.keepEarly(i)
	}
}

func earlier(a, b logentry.Time) logentry.Time {
	if !a.Known() || b.Known() && b < a {
		return b
	}
	return a
}

func later(a, b logentry.Time) logentry.Time {
	if !a.Known() || b.Known() && b > a {
		return b
	}
	return a
}

// between counts entries from from on and before to, by whole seconds.
func (t *tally) between(from, to logentry.Time) int {
	n, lo, hi := 0, int64(from)/int64(time.Second), (int64(to)+int64(time.Second)-1)/int64(time.Second)
	for s, k := range t.seconds {
		if s >= lo && s < hi {
			n += k
		}
	}
	return n
}

// after returns the second of the first entry at or behind at; NoTime without.
func (t *tally) after(at logentry.Time) logentry.Time {
	found := logentry.NoTime
	for s := range t.seconds {
		if v := logentry.Time(s * int64(time.Second)); v >= at {
			found = earlier(found, v)
		}
	}
	return found
}

// before returns the second of the last entry before at; NoTime without.
func (t *tally) before(at logentry.Time) logentry.Time {
	found := logentry.NoTime
	for s := range t.seconds {
		if v := logentry.Time(s * int64(time.Second)); v < at {
			found = later(found, v)
		}
	}
	return found
}

// at returns the entries that stand at c.
func (t *tally) at(c *clock) []instant {
	var out []instant
	for _, i := range t.exact {
		if i.is(c) {
			out = append(out, i)
		}
	}
	return out
}

// distinct counts the different times among the first few.
func (t *tally) distinct() int {
	n := 0
	for i := range t.early {
		if i == 0 || t.early[i].time != t.early[i-1].time {
			n++
		}
	}
	return n
}

// times lists the times of the first few entries.
func (t *tally) times() string {
	if len(t.early) == 0 {
		return "without a time"
	}
	var s []string
	for _, i := range t.early {
		s = append(s, i.time.String())
	}
	out := "at " + strings.Join(s, ", ")
	if more := t.n - t.untimed - len(t.early); more > 0 {
		out += fmt.Sprintf(" and %d more, the last at %s", more, t.last)
	}
	return out
}
