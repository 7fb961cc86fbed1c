package baseline

import (
	"strings"
	"testing"
	"time"

	"logwhy/internal/incident"
)

// side is an analysis of an hour with one incident: what failed, how often,
// and the verdict on its cause.
func side(count int, verdict string, rival bool) *incident.Analysis {
	a := &incident.Analysis{
		Coverage: incident.Coverage{Entries: 100, From: epoch, To: epoch.Add(time.Hour), Services: []string{"till"}},
		Findings: []incident.Finding{
			{ID: "F1", Signature: "shop.down", Title: "the till is down", Role: incident.RoleImpact, Severity: incident.High, Scope: incident.Scope{Service: "till"}, Count: count},
			{ID: "F2", Signature: "shop.locked", Title: "the table is locked", Role: incident.RoleFault, Severity: incident.High, Scope: incident.Scope{Service: "till"}, Count: 3},
		},
	}
	i := incident.Incident{ID: "I1", Severity: incident.High, Symptom: "F1"}
	switch {
	case rival:
		i.Rivals = []incident.Rival{{Finding: "F2", Title: "the table is locked", Verdict: verdict}}
	case verdict != "":
		i.Causes = []incident.Cause{{Finding: "F2", Title: "the table is locked", Verdict: verdict}}
	}
	a.Incidents = []incident.Incident{i}
	return a
}

func TestCompareCauses(t *testing.T) {
	for _, tt := range []struct {
		name        string
		before, now *incident.Analysis
		want        string
	}{
		{"same", side(5, incident.Supported, false), side(5, incident.Supported, false), "same supported>supported"},
		{"new", side(5, "", false), side(5, incident.Plausible, false), "new >plausible"},
		{"gone", side(5, incident.Plausible, false), side(5, "", false), "gone plausible>"},
		{"stronger", side(5, incident.Plausible, false), side(5, incident.Supported, false), "stronger plausible>supported"},
		{"weaker", side(5, incident.Supported, false), side(5, incident.Plausible, false), "weaker supported>plausible"},
		{"a rival now", side(5, incident.Supported, false), side(5, incident.Contradicted, true), "weaker supported>contradicted"},
	} {
		d := Compare(tt.before, tt.now, "a", "b")
		if len(d.Causes) != 1 {
			t.Fatalf("%s: %+v", tt.name, d.Causes)
		}
		c := d.Causes[0]
		if got := c.Kind + " " + c.Before + ">" + c.Now; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if d.Differs() != (c.Kind != incident.CauseSame) {
			t.Errorf("%s: differs: %v", tt.name, d.Differs())
		}
	}
}

func TestCompareFindings(t *testing.T) {
	kinds := func(d *incident.Diff) string {
		var out []string
		for _, f := range d.Findings {
			if f.Signature != "shop.locked" {
				out = append(out, f.Kind)
			}
		}
		return strings.Join(out, " ")
	}
	gone := side(5, "", false)
	gone.Findings, gone.Incidents = gone.Findings[1:], nil
	cut := side(5, "", false)
	cut.Findings, cut.Incidents = cut.Findings[1:], nil
	cut.Coverage.Warnings = []incident.Warning{{Code: "truncated", Text: "the tail is missing"}}
	silent := side(5, "", false)
	silent.Findings, silent.Incidents, silent.Coverage.Services = nil, nil, []string{"mailer"}
	renamed := side(5, "", false)
	renamed.Findings[0].Signature, renamed.Findings[0].Formerly = "shop.closed", []string{"shop.down"}
	base := side(5, "", false)
	for _, tt := range []struct {
		name        string
		before, now *incident.Analysis
		want        string
	}{
		{"same", base, side(6, "", false), incident.RateSame},
		{"rose", base, side(60, "", false), incident.RateRose},
		{"fell", side(60, "", false), base, incident.RateFell},
		{"new", gone, base, incident.RateNew},
		{"gone", base, gone, incident.RateVanished},
		{"gone in cut data", base, cut, incident.DiffUnknown},
		{"gone with its service", base, silent, incident.DiffUnknown},
		{"renamed", base, renamed, incident.RateSame},
	} {
		if got := kinds(Compare(tt.before, tt.now, "a", "b")); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if d := Compare(base, cut, "a", "b"); len(d.Notes) == 0 {
		t.Error("nothing says that the later side is incomplete")
	}
}

// TestObserve: what an analysis is held against a state by.
func TestObserve(t *testing.T) {
	a := side(5, incident.Supported, false)
	a.Findings = append(a.Findings,
		incident.Finding{ID: "F3", Signature: "http.client-error", Role: incident.RoleImpact, Severity: incident.Critical, Title: "404", Count: 2},
		incident.Finding{ID: "F4", Signature: "pattern:0123456789ab0000", Role: incident.RoleFailure, Severity: incident.Critical, Template: "user * not found", Count: 2},
		incident.Finding{ID: "F5", Signature: "shop.fine", Role: incident.RoleHealthy, Count: 2},
		incident.Finding{ID: "F6", Signature: "shop.beside", Role: incident.RoleFault, Count: 2})
	a.Tally = &incident.Tally{}
	for _, id := range []string{"F1", "F2", "F3", "F5"} {
		a.Tally.Counts = append(a.Tally.Counts, incident.CountTally{Finding: id, Minute: epoch, N: 1})
	}
	for _, key := range []string{"pattern:111111111111aaaa", "pattern:222222222222aaaa"} {
		a.Tally.Counts = append(a.Tally.Counts, incident.CountTally{Finding: "F4", Key: key, Minute: epoch, N: 1})
	}
	r := Observe(a, Window{})
	var got []string
	for _, o := range r.Failures {
		line := o.Findings[0] + " " + o.Severity
		if o.Remark {
			line += " remark"
		}
		if o.Merged {
			line += " merged"
		}
		got = append(got, line)
	}
	if g, want := strings.Join(got, ", "), "F1 high, F2 high, F3 medium remark, F4 medium merged"; g != want {
		t.Errorf("%s, want %s", g, want)
	}
	if len(r.Missing) > 0 || len(r.Failures[3].Others) != 2 || !r.Open || r.Stated {
		t.Errorf("%+v", r)
	}
	for _, code := range []string{"limit-reached", "truncated", "skipped-records", "unreadable-input", "query-incomplete", "deadline", "pull-incomplete", "patterns-bounded"} {
		a.Coverage.Warnings = []incident.Warning{{Code: code, Text: "x"}}
		if len(Missing(a)) != 1 {
			t.Errorf("%s is taken for complete", code)
		}
	}
	a.Coverage.Warnings = []incident.Warning{{Code: "no-audit-log"}, {Code: "severity-inferred"}, {Code: "gap"}}
	if m := Missing(a); len(m) > 0 {
		t.Errorf("%v", m)
	}
	a.Coverage.Entries = 0
	if len(Missing(a)) != 1 {
		t.Error("no entries are taken for complete")
	}
}
