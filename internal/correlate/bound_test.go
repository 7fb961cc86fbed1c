package correlate_test

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// flood makes entry n of a run in which everything fails: every twentieth is a
// known error that ends its container, the others are errors of patterns
// texts that no signature knows.
func flood(e *logentry.Entry, n, patterns int) {
	*e = logentry.Entry{
		Pos: logentry.Pos{Name: "flood.json", Line: n + 1, Record: n + 1, Seq: int64(n)}, Time: logentry.TimeOf(origin.Add(time.Duration(n) * time.Millisecond)),
		Severity: logentry.SeverityError, Basis: logentry.BasisDeclared, Payload: logentry.PayloadText,
		LogName: "projects/acme-staging/logs/run.googleapis.com%2Fstderr", ResourceType: "cloud_run_revision",
		Scope: logentry.Scope{Project: "acme-staging", Service: "checkout-api", Kind: "cloud_run_revision",
			Revision: "checkout-api-00042-hzt", Instance: "instance-" + strconv.Itoa(n/200)},
	}
	switch n % 20 {
	case 0:
		e.Message = "ModuleNotFoundError: No module named 'checkout.ledger'"
	case 1:
		e.Message, e.Severity = "Container called exit(1).", logentry.SeverityWarning
		e.LogName = "projects/acme-staging/logs/run.googleapis.com%2Fvarlog%2Fsystem"
	default:
		e.Message = "cannot close ledger " + letters(n%patterns)
	}
}

// letters spells n as a word, so that it is no number to be masked.
func letters(n int) string {
	var b strings.Builder
	for i := 0; i < 6; i++ {
		b.WriteByte("bdfgklmnprstvz"[n%14])
		b.WriteByte("aeiou"[n/14%5])
		n /= 70
	}
	return b.String()
}

// What does not fit is said, and single events are counted exactly all the same.
func TestBoundsAreSaidAndCountsStayExact(t *testing.T) {
	const n, patterns = 60_000, 3_000
	opt := correlate.Options{MaxKept: 1_000, MaxContext: 100, MaxPatterns: 500}
	c := correlate.NewCollector(catalogue(t), opt)
	var e logentry.Entry
	for i := range n {
		flood(&e, i, patterns)
		c.Add(&e)
	}
	a := correlate.Analyze(catalogue(t), c, correlate.Read{Inputs: []incident.Input{{Name: "flood.json", Entries: n}}}, opt)
	count := map[string]int{}
	for _, f := range a.Findings {
		name := f.Signature
		if f.Template != "" {
			name = f.Template
		}
		count[name] += f.Count
	}
	for sig, want := range map[string]int{"python.missing-module": n / 20, "cloudrun.container-exit": n / 20, "cannot close ledger *": n - n/10} {
		if count[sig] != want {
			t.Errorf("%s is counted %d times, want %d", sig, count[sig], want)
		}
	}
	said := map[string]bool{}
	for _, w := range a.Coverage.Warnings {
		said[w.Code] = true
	}
	for _, code := range []string{"bounded", "patterns-bounded"} {
		if !said[code] {
			t.Errorf("coverage does not warn of %q: %v", code, a.Coverage.Warnings)
		}
	}
}

// A collector that took over what another had trimmed counts as exactly.
func TestCountsStayExactOverMerges(t *testing.T) {
	for _, n := range []int{999, 1001, 1502, 5003} {
		cat := catalogue(t)
		empty, full := correlate.NewCollector(cat, correlate.Options{}), correlate.NewCollector(cat, correlate.Options{})
		var e logentry.Entry
		for i := range n {
			flood(&e, 20*i, 1)
			e.Scope.Instance = "instance-1"
			full.Add(&e)
		}
		empty.Merge(full)
		a := correlate.Analyze(cat, empty, correlate.Read{Inputs: []incident.Input{{Name: "flood.json", Entries: n}}}, correlate.Options{})
		if got := a.Findings[0].Count; got != n {
			t.Errorf("%d errors are counted %d times after a merge", n, got)
		}
	}
}

// Entries borrow their strings from a buffer that is used again: what counters
// are called must not change with it.
func TestCountersOwnTheirNames(t *testing.T) {
	c := correlate.NewCollector(catalogue(t), correlate.Options{})
	buf := []byte("projects/acme-staging/logs/ledger")
	for i := range 3 {
		copy(buf, "projects/acme-staging/logs/ledger")
		e := logentry.Entry{Pos: logentry.Pos{Name: "a.json", Line: i}, LogName: unsafe.String(&buf[0], len(buf)), Message: "cart loaded"}
		c.Add(&e)
		copy(buf, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
	}
	a := correlate.Analyze(catalogue(t), c, correlate.Read{Inputs: []incident.Input{{Name: "a.json", Entries: 3}}}, correlate.Options{})
	if len(a.Coverage.Logs) != 1 || a.Coverage.Logs[0].Name != "ledger" || a.Coverage.Logs[0].N != 3 {
		t.Errorf("logs are %v, want ledger 3", a.Coverage.Logs)
	}
}

// BenchmarkFlood observes b.N failing entries and then explains them: the heap
// at the end stays the same from a hundred thousand to ten million.
//
//	go test ./internal/correlate -run - -bench Flood -benchtime 10000000x
func BenchmarkFlood(b *testing.B) {
	for _, patterns := range []int{10, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("patterns=%d", patterns), func(b *testing.B) {
			cat := catalogue(b)
			c := correlate.NewCollector(cat, correlate.Options{})
			var e logentry.Entry
			b.ResetTimer()
			for i := range b.N {
				flood(&e, i, patterns)
				c.Add(&e)
			}
			b.StopTimer()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
			start := time.Now()
			a := correlate.Analyze(cat, c, correlate.Read{Inputs: []incident.Input{{Name: "flood.json", Entries: b.N}}}, correlate.Options{})
			b.ReportMetric(time.Since(start).Seconds(), "explain-s")
			b.ReportMetric(float64(len(a.Findings)), "findings")
		})
	}
}
