package correlate_test

import (
	"strings"
	"testing"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// started   1---2---3----   the platform starts an instance
// other     -1---2---3---   an error that also stands where requests are served
// missing   --1---2---3--   the cause
// exit      ---1---2---3-
var loopScene = `
	started  1-----2-----3-----4------
	other    -1-----2-----3-----4-----
	missing  --1-----2-----3----------
	exit     ----1-----2-----3--------
	ready    --------------------4----
	served   ---------------------4-4-`

func loopCast() map[string]line {
	return plus(map[string]line{
		"started": {text: "Starting new instance. Reason: MANUAL_OR_CUSTOMER_MIN_INSTANCE - Instance started because of customer-configured min-instances.", log: "run.googleapis.com/varlog/system", severity: logentry.SeverityInfo},
		"ready":   {text: `Default STARTUP TCP probe succeeded after 1 attempt for container "checkout-1" on port 8080.`, log: "run.googleapis.com/varlog/system", severity: logentry.SeverityInfo},
	})
}

// The matrix asks each candidate the same: what stands on a working instance
// too is told from the cause there.
func TestMatrixSetsCandidatesSideBySide(t *testing.T) {
	a := played(t, 100*time.Millisecond, loopCast(), loopScene)
	m := a.Incidents[0].Matrix
	if m == nil {
		t.Fatalf("no matrix:\n%s", outline(a))
	}
	row := func(title string) []incident.Prose {
		for _, r := range m.Rows {
			if strings.Contains(r[0].Plain(), title) {
				return r
			}
		}
		t.Fatalf("no row for %q in %v", title, m.Rows)
		return nil
	}
	for _, c := range []struct {
		title string
		want  []string // behind the candidate
	}{
		{"module is missing", []string{"supported", "3 of 3, 0.20 s", "0 of 3", "0 of 3", "no", "on 0 of 1"}},
		{"rejects the login", []string{"order-only", "3 of 3, 0.30 s", "0 of 3", "1 of 4", "no", "on 1 of 1"}},
	} {
		got := row(c.title)
		for i, want := range c.want {
			if got[i+1].Plain() != want {
				t.Errorf("%s, %s: %q, want %q", c.title, m.Header[i+1], got[i+1].Plain(), want)
			}
		}
	}
}

func TestOneCandidateNeedsNoMatrix(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1-----2------
		exit     ----1-----2----`)
	if m := a.Incidents[0].Matrix; m != nil {
		t.Errorf("a matrix of one: %v", m.Rows)
	}
}

// What a rival leaves open is asked where the service works, before the onset.
func TestSeparatingCheckAsksWhereItWorks(t *testing.T) {
	a := played(t, 100*time.Millisecond, loopCast(), `
		started  1-----2-----3-----
		other    -1-----2-----3----
		missing  --1-----2-----3---
		exit     ----1-----2-----3-`)
	next := a.Incidents[0].Summary.Next
	last := next[len(next)-1]
	for _, want := range []string{`resource.labels.service_name="checkout-api"`, "password authentication failed", `timestamp<"2026-03-03T14:00:00`} {
		if !strings.Contains(last.Command, want) {
			t.Errorf("the check does not ask %q:\n%s\n%s", want, last.Text, last.Command)
		}
	}
	if strings.Contains(last.Command, "revision_name") {
		t.Errorf("the check asks the failing revision only:\n%s", last.Command)
	}
}

func TestLoopSaysHowLongAStartLives(t *testing.T) {
	a := played(t, 100*time.Millisecond, loopCast(), loopScene)
	fails := a.Incidents[0].Summary.Fails.Plain()
	for _, want := range []string{"A start lives 0.40 s", "one ends every 0.60 s", "configured number of instances"} {
		if !strings.Contains(fails, want) {
			t.Errorf("no %q in: %s", want, fails)
		}
	}
	two := played(t, 100*time.Millisecond, loopCast(), `
		started  1-----2-----
		missing  --1-----2---
		exit     ----1-----2-`)
	if fails := two.Incidents[0].Summary.Fails.Plain(); strings.Contains(fails, "lives") {
		t.Errorf("two ends are no loop: %s", fails)
	}
}
