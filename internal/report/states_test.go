package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"logwhy/internal/incident"
)

// known is an analysis that was held against the runs before; text is foreign.
func known(text string) *incident.Analysis {
	at := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
	s := &incident.States{
		From: at, To: at.Add(time.Hour), Before: at.Add(5 * time.Minute), AtRest: 2, Hits: []incident.Prose{"1 new (--fail-on new)"},
		Incomplete: []incident.Prose{incident.Prose(incident.Code(text) + " was left out")}, Notes: []incident.Prose{"The rules changed."},
		Causes: []incident.CauseState{{Kind: incident.CauseWeaker, Symptom: incident.Prose(incident.Code(text)), Cause: "a cause", Before: incident.Supported, Now: incident.OrderOnly}},
	}
	a := &incident.Analysis{Schema: incident.Schema, Coverage: incident.Coverage{Entries: 10}, States: s, Evidence: map[string]incident.Evidence{}}
	for i, state := range stateOrder {
		f := incident.FailureState{
			Fingerprint: fmt.Sprintf("%012x", i+1), Signature: "x.y", Service: text, Title: incident.Prose("state " + state + " of " + incident.Code(text)),
			Severity: incident.High, State: state, Why: incident.Prose("because of " + incident.Code(text)), Count: i, Total: i, First: at, Last: at,
		}
		if state == incident.StateNew {
			f.Finding = "F1"
			a.Findings = append(a.Findings, incident.Finding{ID: "F1", Signature: f.Signature, Title: f.Title, Role: incident.RoleFailure, Severity: f.Severity,
				State: state, StateWhy: f.Why, Scope: incident.Scope{Service: text}, First: at, Last: at, Count: 1})
		}
		s.Failures = append(s.Failures, f)
		s.Counts = append(s.Counts, incident.Count{Name: state, N: 1})
	}
	return a
}

// TestStatesFirst: the summary of a job opens with the states, each failure
// with its marker, and is the same from a stored analysis.
func TestStatesFirst(t *testing.T) {
	a := known("till")
	got := render(t, "github", a, Options{})
	if !strings.HasPrefix(got, "### 1 new, 1 regressed, 1 escalating, 1 unknown, 1 ongoing, 1 quiet, 1 resolved, 1 muted, 2 as before\n") {
		t.Error("the states do not come first")
	}
	for _, want := range []string{
		"The policy says no: 1 new (--fail-on new).", "The data is incomplete", "`till` was left out",
		"| **new** | state new of `till` <!-- logwhy:000000000001 --> | `till` | high | 0 | 10:00:00 | because of `till` | `000000000001` |",
		"| weaker | a cause | supported → order only | `till` |", "2 known failures not seen",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
	stored, err := Read(strings.NewReader(render(t, "json", a, Options{})))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Formats() {
		if x, y := render(t, f.Name, a, Options{}), render(t, f.Name, stored, Options{}); x != y {
			t.Errorf("%s: a stored analysis gives other bytes", f.Name)
		} else if f.Name != "csv" && !strings.Contains(strings.ToLower(x), "regressed") {
			t.Errorf("%s: no states", f.Name)
		}
	}
}

func TestStatesCSV(t *testing.T) {
	a := known("till")
	a.Timeline = []incident.Event{{Time: a.States.From, Kind: "finding", Finding: "F1", What: "it fails"}}
	if got := render(t, "csv", a, Options{}); !strings.Contains(got, ",link,state\n") || !strings.Contains(got, ",new\n") {
		t.Error(got)
	}
}

func TestStatesJUnit(t *testing.T) {
	var r junitReport
	if err := xml.Unmarshal([]byte(render(t, "junit", known("till"), Options{})), &r); err != nil {
		t.Fatal(err)
	}
	if r.Tests != 9 || r.Failures != 3 || r.Skipped != 2 {
		t.Errorf("%d tests, %d failures, %d skipped", r.Tests, r.Failures, r.Skipped)
	}
}

func TestStatesSlack(t *testing.T) {
	got := render(t, "slack", known("till"), Options{})
	if strings.Count(got, `"block_id": "logwhy:00000000000`) != 3 {
		t.Errorf("no block for each failure:\n%s", got)
	}
}

func TestStateAnnotations(t *testing.T) {
	a := known("till")
	for i := range 40 {
		f := a.States.Failures[0]
		f.Fingerprint = fmt.Sprintf("%012x", 100+i)
		f.Severity = severitiesForTest[i%2]
		a.States.Failures = append(a.States.Failures, f)
	}
	var b bytes.Buffer
	if err := WriteAnnotations(&b, a, Options{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	errors, warnings := strings.Count(b.String(), "::error "), strings.Count(b.String(), "::warning ")
	if errors > maxAnnotations || warnings > maxAnnotations || len(lines) != errors+warnings || !strings.Contains(b.String(), "more failures") {
		t.Errorf("%d errors, %d warnings:\n%s", errors, warnings, b.String())
	}
}

var severitiesForTest = []string{incident.Critical, incident.Medium}

// FuzzStates: foreign text in states steers nothing.
func FuzzStates(f *testing.F) {
	addHostile(f)
	f.Add("::error::x")
	f.Add("--> <script>")
	f.Fuzz(func(t *testing.T, s string) {
		a := known(s)
		var b bytes.Buffer
		if err := WriteAnnotations(&b, a, Options{}); err != nil {
			t.Fatal(err)
		}
		line := regexp.MustCompile(`^::(error|warning) title=[^:,\n]*::[^\n]*$`)
		for _, l := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
			if !line.MatchString(l) {
				t.Fatalf("no annotation: %q", l)
			}
		}
		if got := render(t, "html", a, Options{}); strings.Contains(got, "<script>alert") || strings.Count(got, "<script") != 1 {
			t.Fatalf("%q steers the page", s)
		}
		md := render(t, "github", a, Options{})
		if rows := regexp.MustCompile(`(?m)^\| (\*\*)?[a-z]+(\*\*)? \| state `).FindAllString(md, -1); len(rows) != len(stateOrder) {
			t.Fatalf("%q changes the table: %d rows\n%s", s, len(rows), md)
		}
		checkVisible(t, strings.ReplaceAll(md, "\n", " "))
		checkVisible(t, strings.ReplaceAll(render(t, "term", a, Options{Width: 100}), "\n", " "))
	})
}
