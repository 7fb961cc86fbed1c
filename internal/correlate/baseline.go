package correlate

import (
	"fmt"
	"math"
	"sort"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

const (
	// BaselineRatio is how many times as often a finding must be seen to have
	// risen: less is what a busier hour does.
	BaselineRatio = 3.0
	// BaselineChance is how probable a difference may be by accident.
	BaselineChance = 0.001
	// baselineLeast is the shortest stretch that gives a rate.
	baselineLeast = time.Minute
)

// Baseline holds how often each finding is seen in a stretch that people call
// normal.
type Baseline struct {
	name        string
	first, last logentry.Time
	entries     int
	seen        map[string]usual // by finding key: name and service
}

// usual is a finding of a baseline.
type usual struct {
	n         int
	signature string
	service   string
	title     incident.Prose
}

// NewBaseline counts the findings of a normal stretch, joined and named as
// those of an analysis are, so that the two compare. name is how reports call
// the stretch.
func NewBaseline(cat *signature.Catalog, c *Collector, name string, opt Options) *Baseline {
	x := newExplainer(cat, c, Read{}, opt.withDefaults())
	x.order()
	x.joinEvents()
	x.track()
	x.find()
	b := &Baseline{name: name, first: c.first, last: c.last, entries: c.entries, seen: map[string]usual{}}
	for _, f := range x.findings {
		if f.rated() {
			b.seen[f.key()] = usual{n: f.count, signature: f.signatureID(), service: f.service, title: x.title(f)}
		}
	}
	return b
}

// rated reports whether a finding is one whose rate matters: what failed.
func (f *finding) rated() bool {
	switch f.role {
	case signature.RoleFault, signature.RoleFailure, signature.RoleImpact:
		return !f.beside && len(f.events) > 0
	}
	return false
}

func (f *finding) key() string { return f.what + "\x01" + f.service }

// span is the exposure of a baseline.
func (b *Baseline) span() time.Duration {
	if b.entries == 0 || !b.first.Known() {
		return 0
	}
	return b.last.Sub(b.first)
}

// comparable reports whether both stretches are long enough to give rates.
func (x *explainer) comparable() bool {
	return x.opt.Baseline != nil && x.opt.Baseline.span() >= baselineLeast && x.exposure() >= baselineLeast
}

func (x *explainer) exposure() time.Duration {
	if !x.c.first.Known() {
		return 0
	}
	return x.c.last.Sub(x.c.first)
}

// rate compares one count with another over their exposures.
type rate struct {
	before, now          int
	beforeSpan, nowSpan  time.Duration
	ratio                float64 // of the rates; 0 when either count is none
	chanceUp, chanceDown float64 // of as much as this, or more, if nothing changed
	kind                 string
}

// compare tests whether two Poisson counts have the same rate: given their
// sum, the later one is binomial with the later share of the exposure.
func compare(before, now int, beforeSpan, nowSpan time.Duration) rate {
	share := nowSpan.Seconds() / (nowSpan.Seconds() + beforeSpan.Seconds())
	r := rate{before: before, now: now, beforeSpan: beforeSpan, nowSpan: nowSpan}
	r.chanceUp = binomialTail(now, before+now, share)
	r.chanceDown = binomialTail(before, before+now, 1-share)
	if before > 0 && now > 0 {
		r.ratio = float64(now) / nowSpan.Seconds() * beforeSpan.Seconds() / float64(before)
	}
	switch {
	case before == 0 && now > 0:
		r.kind = incident.RateNew
	case r.ratio >= BaselineRatio && r.chanceUp < BaselineChance:
		r.kind = incident.RateRose
	case now == 0 && before > 0 && r.chanceDown < BaselineChance:
		r.kind = incident.RateVanished
	case now > 0 && r.ratio <= 1/BaselineRatio && r.chanceDown < BaselineChance:
		r.kind = incident.RateFell
	default:
		r.kind = incident.RateSame
	}
	return r
}

// notHigher reports whether the data show no rise at all: neither the ratio of
// a rise nor a number that accident seldom gives.
func (r rate) notHigher() bool {
	return r.kind != incident.RateNew && r.kind != incident.RateRose && r.ratio < BaselineRatio && r.chanceUp > 0.05
}

// binomialTail returns P(X >= k) of n trials with probability p.
func binomialTail(k, n int, p float64) float64 {
	if k <= 0 {
		return 1
	}
	if p <= 0 || p >= 1 {
		return 1
	}
	if n > 1_000_000 { // the normal law is exact enough there, and the sum long
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

// rateOf compares a finding with the baseline.
func (x *explainer) rateOf(f *finding) rate {
	b := x.opt.Baseline
	return compare(b.seen[f.key()].n, f.count, b.span(), x.exposure())
}

// testBaseline asks whether the cause is more frequent than in a stretch that
// is called normal. What is as frequent there is usual, and cannot be inferred
// as a cause; a declared one stays, and the report says so. It is silent
// without a baseline, and where a stretch is too short to give a rate.
//
//	normal  -c---c---c---c---
//	now     -c---c-X-c---c---   c is as frequent: no inferred cause of X
func testBaseline(x *explainer, l *linkStat) (incident.Test, bool) {
	if !x.comparable() || !l.key.cause.rated() {
		return incident.Test{}, false
	}
	r := x.rateOf(l.key.cause)
	t := incident.Test{Name: "baseline", Question: "is it more frequent than usual?", Result: incident.Told}
	words := fmt.Sprintf("%d in %s, %d in %s of %s", r.now, duration(r.nowSpan), r.before, duration(r.beforeSpan), incident.Code(x.opt.Baseline.name))
	switch {
	case r.kind == incident.RateNew:
		t.Result, words = incident.Pass, "new: "+words
	case r.kind == incident.RateRose:
		t.Result, words = incident.Pass, fmt.Sprintf("%s times as often: %s", number(r.ratio), words)
	case r.notHigher():
		t.Result, words = incident.Fail, "no more than usual: "+words
		if l.basis == incident.BasisDeclared {
			t.Result = incident.Told
			words += "; a rule declares the mechanism, so it stays a cause"
		}
	default:
		words = "too few to tell: " + words
	}
	t.Text = incident.Prose(words)
	return t, true
}

// usual reports whether the baseline shows the headline of an incident and
// what it leads back to as often: such an incident is looked at later.
func (x *explainer) usual(g *group) bool {
	return x.comparable() && x.rateOf(g.headline).notHigher() && x.rateOf(g.root).notHigher()
}

// baseline writes the comparison; nil without one.
func (x *explainer) baseline() *incident.Baseline {
	b := x.opt.Baseline
	if b == nil {
		return nil
	}
	out := &incident.Baseline{
		Before: incident.Stretch{Name: b.name, From: b.first.Time(), To: b.last.Time(), Seconds: b.span().Seconds(), Entries: b.entries},
		Now:    incident.Stretch{Name: x.inputName(), From: x.c.first.Time(), To: x.c.last.Time(), Seconds: x.exposure().Seconds(), Entries: x.c.entries},
		Rows:   []incident.BaselineRow{},
	}
	if !x.comparable() {
		out.Notes = append(out.Notes, incident.Prose(fmt.Sprintf("One side holds less than %s of entries: no rates can be compared.", duration(baselineLeast))))
		return out
	}
	now := map[string]bool{}
	for _, f := range x.findings {
		if !f.rated() {
			continue
		}
		now[f.key()] = true
		row := baselineRow(x.rateOf(f))
		row.Finding, row.Signature, row.Service, row.Title = f.id, f.signatureID(), f.service, x.title(f)
		out.Rows = append(out.Rows, row)
	}
	for _, k := range sortedKeys(b.seen) {
		if u := b.seen[k]; !now[k] {
			row := baselineRow(compare(u.n, 0, b.span(), x.exposure()))
			row.Signature, row.Service, row.Title = u.signature, u.service, u.title
			out.Rows = append(out.Rows, row)
		}
	}
	sort.SliceStable(out.Rows, func(i, j int) bool { return baselineLess(&out.Rows[i], &out.Rows[j]) })
	if x.bounded {
		out.Notes = append(out.Notes, "Events were counted on a sample where several entries form one event.")
	}
	return out
}

func baselineRow(r rate) incident.BaselineRow {
	row := incident.BaselineRow{Kind: r.kind, Before: r.before, Now: r.now}
	if r.ratio > 0 {
		digits := math.Pow(10, 1-math.Floor(math.Log10(r.ratio)))
		row.Ratio = math.Round(r.ratio*digits) / digits
	}
	return row
}

// baselineLess ranks what is new by number, what rose by ratio, then what
// vanished, what fell and what is as before.
func baselineLess(a, b *incident.BaselineRow) bool {
	rank := map[string]int{incident.RateNew: 0, incident.RateRose: 1, incident.RateVanished: 2, incident.RateFell: 3, incident.RateSame: 4}
	if ra, rb := rank[a.Kind], rank[b.Kind]; ra != rb {
		return ra < rb
	}
	switch {
	case a.Kind == incident.RateRose && a.Ratio != b.Ratio:
		return a.Ratio > b.Ratio
	case a.Now != b.Now:
		return a.Now > b.Now
	case a.Before != b.Before:
		return a.Before > b.Before
	case a.Signature != b.Signature:
		return a.Signature < b.Signature
	}
	return a.Service < b.Service
}

// inputName names what the analysis is about.
func (x *explainer) inputName() string {
	switch len(x.read.Inputs) {
	case 0:
		return "the input"
	case 1:
		return x.read.Inputs[0].Name
	}
	return fmt.Sprintf("%d inputs", len(x.read.Inputs))
}

// number prints a ratio with as many digits as it is worth.
func number(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
