package report

import (
	"testing"

	"logwhy/internal/incident"
)

func TestStatesTitle(t *testing.T) {
	one := []incident.FailureState{{Fingerprint: "2bb84c41c4f7"}}
	missing := []incident.Prose{"A limit was reached."}
	for want, s := range map[string]*incident.States{
		"First run: 1 failure in the baseline":              {First: true, Failures: one},
		"First run: 0 failures in the baseline":             {First: true},
		"First run: 1 failure seen, the data is incomplete": {First: true, Failures: one, Incomplete: missing},
		"1 new, 2 as before":                                {Counts: []incident.Count{{Name: "new", N: 1}}, AtRest: 2},
	} {
		if got := statesTitle(s); got != want {
			t.Errorf("title %q, want %q", got, want)
		}
	}
}

func TestStatusCount(t *testing.T) {
	ongoing := incident.Incident{Status: incident.Ongoing, Severity: incident.Medium}
	for n, want := range map[int]string{2: "both ongoing (medium)", 3: "all ongoing (medium)"} {
		a := &incident.Analysis{}
		for range n {
			a.Incidents = append(a.Incidents, ongoing)
		}
		if got := statusCount(a, incident.Ongoing); got != want {
			t.Errorf("%d incidents: %q, want %q", n, got, want)
		}
	}
}

func TestLowered(t *testing.T) {
	for in, want := range map[string]string{
		"ClickHouse cannot be reached":           "ClickHouse cannot be reached",
		"Redis refuses connections":              "Redis refuses connections",
		"The column `a` does not exist":          "the column `a` does not exist",
		"A Python module lacks an attribute":     "a Python module lacks an attribute",
		"How it came about that nothing answers": "how it came about that nothing answers",
		"":                                       "",
	} {
		if got := lowered(in); got != want {
			t.Errorf("lowered(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLevelWords(t *testing.T) {
	for want, n := range map[string][2]int{
		"Level: 1 entry declares one, 49 do not (taken from their text where it has one).":   {1, 49},
		"Level: 29 entries declare one, 1 does not (taken from its text where it has one).":  {29, 1},
		"Level: 29 entries declare one, 71 do not (taken from their text where it has one).": {29, 71},
	} {
		v := &view{a: &incident.Analysis{}}
		v.a.Coverage.Severities = []incident.Count{{Name: "ERROR", N: n[0]}, {N: n[1]}}
		if got := string(v.levelWords()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
