package baseline

import (
	"fmt"
	"math"
	"time"
)

// A failure escalates when all of these hold. The numbers are printed in
// docs/check.md.
const (
	// escalateLeast is how often it is seen at least: fewer are an accident.
	escalateLeast = 5
	// escalateRatio is how many times its usual rate it has at least.
	escalateRatio = 3.0
	// escalateChance is how probable so many are at most, if nothing changed.
	escalateChance = 0.001
	// peakChance is how probable so many are at most at the rate of the run that
	// had the highest one: a level that was reached before is no rise.
	peakChance = 0.05
	// shortRun is the shortest exposure that a single run's rate is taken of.
	shortRun = 10
)

// history is how often a failure was seen in the runs before, and for how long.
type history struct {
	n, minutes         int
	peakN, peakMinutes int // of the run with the highest rate
}

// historyOf sums the runs since the failure is known in which its service was
// looked at. The run that saw it first counts from then on. What a run without
// a complete window has counted belongs to the next one that had it.
func (a *applier) historyOf(f *Failure) history {
	var h history
	oldest := a.r.key
	for key, minutes := range a.s.service(f.Service).Minutes {
		run, ok := a.s.Runs[key]
		if !ok || key == a.r.key || !run.To.After(f.First) {
			continue
		}
		minutes = min(minutes, minutesUp(run.To.Sub(f.First)))
		h.minutes += minutes
		if n, m := f.Counts[key], max(minutes, shortRun); h.peakMinutes == 0 || n*h.peakMinutes > h.peakN*m {
			h.peakN, h.peakMinutes = n, m
		}
		oldest = min(oldest, key)
	}
	for key, n := range f.Counts {
		if key != a.r.key && key >= oldest {
			h.n += n
		}
	}
	return h
}

// escalates reports whether a failure is seen far more often than before, and
// says so in numbers.
func (a *applier) escalates(f *Failure, now seenNow) (string, bool) {
	h := a.historyOf(f)
	minutes := a.minutes[f.Service]
	if h.minutes == 0 || h.n == 0 || now.n < escalateLeast {
		return "", false
	}
	rate, usual := float64(now.n)/float64(minutes), float64(h.n)/float64(h.minutes)
	chance := atLeast(now.n, now.n+h.n, float64(minutes)/float64(minutes+h.minutes))
	peak := atLeast(now.n, now.n+h.peakN, float64(minutes)/float64(minutes+h.peakMinutes))
	if rate < escalateRatio*usual || chance >= escalateChance || peak >= peakChance {
		return "", false
	}
	return fmt.Sprintf("%d in %s, %s times as often as before (%d in %s), more than in any run before, and by chance in less than one of a thousand",
		now.n, span(time.Duration(minutes)*time.Minute), digits(rate/usual), h.n, span(time.Duration(h.minutes)*time.Minute)), true
}

func digits(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// atLeast returns P(X >= k) of n trials with probability p. Two Poisson counts
// of one rate are, given their sum, binomial in the share of the exposure.
func atLeast(k, n int, p float64) float64 {
	if k <= 0 || p <= 0 || p >= 1 {
		return 1
	}
	if n > 100_000 { // the normal law is exact enough there, and the sum long
		mean := float64(n) * p
		return 0.5 * math.Erfc((float64(k)-0.5-mean)/math.Sqrt(2*mean*(1-p)))
	}
	lg := func(v int) float64 { g, _ := math.Lgamma(float64(v) + 1); return g }
	sum := 0.0
	for i := k; i <= n; i++ {
		t := math.Exp(lg(n) - lg(i) - lg(n-i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
		sum += t
		if float64(i) > float64(n)*p && t < 1e-18 {
			break
		}
	}
	return math.Min(sum, 1)
}
