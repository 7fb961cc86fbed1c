package correlate_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
)

// explainPulled explains a list of a round number of entries beside what is
// known of how it was pulled.
func explainPulled(t testing.TB, pulled ...correlate.Pulled) *incident.Analysis {
	t.Helper()
	cat := catalogue(t)
	c := correlate.NewCollector(cat, correlate.Options{})
	entries := fill(scene(time.Second, cast, `
		missing  -1---------2--------3--
		exit     --1---------2--------3-`), 10)
	for _, e := range entries {
		c.Add(e)
	}
	in := incident.Input{Name: "scene.json", Format: "ndjson", Order: "newest-first", Entries: len(entries)}
	return correlate.Analyze(cat, c, correlate.Read{Inputs: []incident.Input{in}, Pulled: pulled}, correlate.Options{})
}

func pulled(complete bool, reason string) correlate.Pulled {
	return correlate.Pulled{Input: "scene.json", Asked: incident.Asked{
		What: "everything", Resources: []string{"projects/acme-staging"}, From: origin.Add(-time.Hour), To: origin.Add(time.Hour),
		Entries: 10, Complete: complete, Reason: reason,
	}}
}

func warned(a *incident.Analysis, code string) bool {
	return slices.ContainsFunc(a.Coverage.Warnings, func(w incident.Warning) bool { return w.Code == code })
}

// Ten entries are a usual limit. Where it is known that they are all there is,
// the doubt is gone, and the calm hours at both ends are known to be calm.
func TestWhatWasPulledWholeIsNotDoubted(t *testing.T) {
	doubtful := explainPulled(t)
	if !warned(doubtful, "limit-reached") || !doubtful.Coverage.Cut {
		t.Fatalf("without a manifest nothing is doubted: %+v", doubtful.Coverage.Warnings)
	}
	a := explainPulled(t, pulled(true, ""))
	if warned(a, "limit-reached") || a.Coverage.Cut || len(a.Coverage.Banner) > 0 {
		t.Errorf("doubted all the same: %+v %v", a.Coverage.Warnings, a.Coverage.Banner)
	}
	if len(a.Coverage.Asked) != 1 || !a.Coverage.From.Equal(origin.Add(-time.Hour)) || !a.Coverage.To.Equal(origin.Add(time.Hour)) {
		t.Errorf("window %s – %s, asked %+v", a.Coverage.From, a.Coverage.To, a.Coverage.Asked)
	}
}

func TestWhatWasNotPulledWholeIsSaid(t *testing.T) {
	a := explainPulled(t, pulled(false, "the limit of 10 entries was reached"))
	if !warned(a, "pull-incomplete") || !warned(a, "limit-reached") {
		t.Errorf("warnings %+v", a.Coverage.Warnings)
	}
	for _, w := range a.Coverage.Warnings {
		if w.Code == "pull-incomplete" && !strings.Contains(string(w.Text), "`the limit of 10 entries was reached`") {
			t.Errorf("%s", w.Text)
		}
	}
	if a.Coverage.From.Equal(origin.Add(-time.Hour)) {
		t.Error("the window is that of the query, though not all of it was read")
	}
}
