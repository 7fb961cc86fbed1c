package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"logwhy/internal/incident"
)

// TestSummary: a job's summary starts below the job's own headings and is
// never larger than GitHub takes.
func TestSummary(t *testing.T) {
	for _, name := range cases(t) {
		got := render(t, "github", stored(t, name), Options{Mermaid: true})
		checkInert(t, got, referencesOf(stored(t, name))...)
		if !strings.HasPrefix(got, "### ") || !strings.HasSuffix(got, "\n\n") && !strings.HasSuffix(got, "\n") {
			t.Errorf("%s: starts with %.20q", name, got)
		}
		if strings.Contains(got, "TODO(human)") {
			t.Errorf("%s: a job asks people to fill in blanks", name)
		}
	}
}

// TestSummaryLimit: whatever the size of the analysis and of what the summary
// holds already, it stays below its limit: detail goes from the bottom, a note
// says which, and the numbers above it are those of the whole.
func TestSummaryLimit(t *testing.T) {
	long := func(words int) *incident.Analysis {
		a := huge()
		for i := range a.Incidents {
			a.Incidents[i].Summary.Next = []incident.Check{{Text: "read it all", Command: strings.Repeat(fmt.Sprintf("x%d ", i), words)}}
		}
		return a
	}
	for _, tt := range []struct {
		a       *incident.Analysis
		written int64
		note    string
	}{
		{huge(), 0, ""},
		{huge(), 880 << 10, "Left out to fit the size limit of this page: "},
		{long(40_000), 0, "Left out to fit the size limit of this page: "},
		{long(400_000), 0, "Cut here to fit the size limit of this page."},
		{huge(), 5 << 20, "to fit the size limit of this page"},
	} {
		got := render(t, "github", tt.a, Options{Written: tt.written})
		if room := max(summaryBudget-tt.written, leastSummary); int64(len(got)) > room {
			t.Errorf("%d bytes of summary in a room of %d", len(got), room)
		}
		if !strings.Contains(got, tt.note) || tt.note == "" && strings.Contains(got, "size limit") {
			t.Errorf("no note %q in\n%.3000s", tt.note, got)
		}
		for _, want := range []string{"200 incidents, all ongoing (medium).", "And 193 more incidents, in the table of all incidents below."} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%.3000s", want, got)
			}
		}
		checkInert(t, got)
	}
	got := render(t, "github", long(40_000), Options{})
	note := got[strings.Index(got, "_Left out"):]
	for _, s := range newMarkdown(long(40_000), Options{Audience: AudienceCI}, 3).sections {
		if kept := strings.Contains(got, s.text); kept == strings.Contains(note, s.title) {
			t.Errorf("section %q: kept %v, named among the left out %v", s.title, kept, !kept)
		}
	}
}

func TestAnnotations(t *testing.T) {
	line := regexp.MustCompile(`^::(error|warning) title=[^:,\n]*::[^\n]*$`)
	for _, a := range []*incident.Analysis{stored(t, "hostile"), stored(t, "successive-blockers"), huge(), filled("a\n::error::b,c:d%")} {
		var b bytes.Buffer
		if err := WriteAnnotations(&b, a, Options{}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if len(lines) > maxAnnotations {
			t.Errorf("%d annotations", len(lines))
		}
		for _, l := range lines {
			if !line.MatchString(l) {
				t.Errorf("no annotation: %q", l)
			}
		}
	}
	var b bytes.Buffer
	if err := WriteAnnotations(&b, huge(), Options{}); err != nil || !strings.Contains(b.String(), "and 191 more incidents") {
		t.Errorf("%v:\n%s", err, b.String())
	}
}

// withStates is an analysis after a comparison with a baseline.
func withStates() *incident.Analysis {
	a := &incident.Analysis{Schema: incident.Schema, Coverage: incident.Coverage{Entries: 10}}
	for i, s := range append([]string{""}, stateOrder...) {
		a.Findings = append(a.Findings, incident.Finding{ID: fmt.Sprintf("F%d", i+1), Signature: "x.y", Title: incident.Prose("state " + s), Role: incident.RoleFailure,
			Severity: incident.High, Status: incident.Ongoing, State: s, StateWhy: "because", Count: i, Scope: incident.Scope{Service: "checkout-api"}})
	}
	a.Findings = append(a.Findings, incident.Finding{ID: "F9", Signature: "x.over", Title: "over", Role: incident.RoleFault, Status: incident.Resolved, Scope: incident.Scope{Service: "checkout-api"}},
		incident.Finding{ID: "F10", Signature: "x.noise", Title: "noise", Role: incident.RoleNoise, Status: incident.Ongoing})
	return a
}

// TestJUnitStates: what is new fails, what is known passes, what is muted or
// could not have been seen is skipped.
func TestJUnitStates(t *testing.T) {
	got := render(t, "junit", withStates(), Options{})
	var r junitReport
	if err := xml.Unmarshal([]byte(got), &r); err != nil {
		t.Fatal(err)
	}
	if r.Tests != 11 || r.Failures != 4 || r.Skipped != 2 || r.Errors != 0 {
		t.Errorf("tests %d, failures %d, skipped %d, errors %d in\n%s", r.Tests, r.Failures, r.Skipped, r.Errors, got)
	}
	for _, c := range r.Suites[1].Cases {
		state := strings.TrimPrefix(c.Name, "x.y: state")
		want := map[string]string{"": "fail", " new": "fail", " regressed": "fail", " escalating": "fail", " muted": "skip", " unknown": "skip"}[state]
		have := map[bool]string{c.Failure != nil: "fail", c.Skipped != nil: "skip"}[true]
		if have != want {
			t.Errorf("%q: %q, want %q", c.Name, have, want)
		}
	}
	md := render(t, "md", withStates(), Options{})
	for _, want := range []string{"## Against the runs before", "| **new** | state new |", "| muted | state muted |", "| because |"} {
		if !strings.Contains(md, want) {
			t.Errorf("no %q in\n%s", want, md)
		}
	}
}

// FuzzJUnit: the report is XML, and its text is visible.
func FuzzJUnit(f *testing.F) {
	addHostile(f)
	f.Fuzz(func(t *testing.T, s string) {
		a := filled(s)
		a.Findings[0].Role = incident.RoleFailure
		var r junitReport
		got := render(t, "junit", a, Options{})
		if err := xml.Unmarshal([]byte(got), &r); err != nil {
			t.Fatalf("%v in\n%s", err, got)
		}
		if len(r.Suites) != 2 || len(r.Suites[1].Cases) != 1 {
			t.Fatalf("%q changes the report:\n%s", s, got)
		}
		checkVisible(t, strings.ReplaceAll(got, "\n", " "))
	})
}

// FuzzSlack: the message is JSON within Slack's limits, and no text names a
// channel, a user or a link.
func FuzzSlack(f *testing.F) {
	addHostile(f)
	f.Fuzz(func(t *testing.T, s string) {
		var m slackMessage
		got := render(t, "slack", filled(s), Options{})
		if err := json.Unmarshal([]byte(got), &m); err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, b := range m.Blocks {
			text := ""
			if b.Text != nil {
				text = b.Text.Text
			}
			if len(b.Elements) > 0 {
				text = b.Elements[0].(map[string]any)["text"].(string)
			}
			if b.Type != "header" && regexp.MustCompile(`[<>]|&(?:[^a-z]|$)`).MatchString(text) {
				t.Fatalf("%q gives %q", s, text)
			}
			if n := utf8.RuneCountInString(text); n > 3000 || b.Type == "header" && n > 150 || n == 0 {
				t.Fatalf("%d characters in a %s", n, b.Type)
			}
			total += utf8.RuneCountInString(text)
		}
		if total > 12_000 {
			t.Fatalf("%d characters", total)
		}
	})
}
