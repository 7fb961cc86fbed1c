package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"logwhy/internal/incident"
)

// TestWording holds what the tool writes of its own to its manner: no word
// that claims more than logs can show, no tick marks.
func TestWording(t *testing.T) {
	banned := regexp.MustCompile(`(?i)\bconfirmed\b|\bultimate|\bobvious|should have|human error|100 ?%|[✅✔✓☑]`)
	for _, name := range cases(t) {
		if name == "hostile" {
			continue
		}
		a := stored(t, name)
		for _, format := range []string{"md", "term"} {
			if m := banned.FindString(render(t, format, a, Options{})); m != "" {
				t.Errorf("%s as %s says %q", name, format, m)
			}
		}
	}
}

// TestInert parses every stored analysis as Markdown in every guise.
func TestInert(t *testing.T) {
	for _, name := range cases(t) {
		a := stored(t, name)
		for _, o := range guises(t) {
			checkInert(t, render(t, "md", a, o), referencesOf(a)...)
		}
	}
}

func referencesOf(a *incident.Analysis) []string {
	var all []string
	for _, i := range a.Incidents {
		all = append(all, i.References...)
	}
	return all
}

func guises(t *testing.T) []Options {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	return []Options{
		{}, {Mermaid: true}, {Mermaid: true, Target: TargetGitLab}, {Mermaid: true, Target: TargetPlain},
		{Audience: AudienceOncall}, {Audience: AudienceCI, Zone: berlin}, {Zone: time.UTC},
	}
}

// TestSameBytes renders twice, since maps are walked in another order each time.
func TestSameBytes(t *testing.T) {
	for _, name := range cases(t) {
		for _, f := range Formats() {
			first := render(t, f.Name, stored(t, name), Options{Mermaid: true})
			for range 5 {
				if render(t, f.Name, stored(t, name), Options{Mermaid: true}) != first {
					t.Fatalf("%s as %s differs between runs", name, f.Name)
				}
			}
		}
	}
}

// TestFirstScreen: what an on-call engineer needs stands on top.
func TestFirstScreen(t *testing.T) {
	for _, name := range []string{"crash-loop", "successive-blockers", "insufficient", "two-phases", "two-services"} {
		a := stored(t, name)
		lines := strings.Split(render(t, "md", a, Options{}), "\n")
		if at := indexLine(lines, "**Check next"); at < 0 || at > 25 {
			t.Errorf("%s: the next check stands in line %d of the Markdown", name, at+1)
		}
		for _, width := range []int{80, 100, 132} {
			term := strings.Split(render(t, "term", a, Options{Width: width}), "\n")
			if n := indexContaining(term, "report: -o md=rca.md", "with the commands: -o md=rca.md") + 1; n == 0 || n > screenLines {
				t.Errorf("%s: the first screen takes %d lines of %d columns\n%s", name, n, width, strings.Join(term, "\n"))
			}
		}
		oncall, _, _ := strings.Cut(render(t, "md", a, Options{Audience: AudienceOncall}), "\n[E1]: ")
		if n := strings.Count(oncall, "\n"); n > 120 {
			t.Errorf("%s: %d lines for on-call:\n%s", name, n, oncall)
		}
	}
}

// indexContaining returns the first line that holds one of the texts, or -1.
func indexContaining(lines []string, texts ...string) int {
	return slices.IndexFunc(lines, func(l string) bool {
		return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(l, s) })
	})
}

func indexLine(lines []string, prefix string) int {
	for i, l := range lines {
		if strings.HasPrefix(l, prefix) {
			return i
		}
	}
	return -1
}

// TestZone shows a zone beside UTC in tables, with its own date where the day
// differs.
func TestZone(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Skip(err)
	}
	got := render(t, "md", stored(t, "crash-loop"), Options{Zone: tokyo})
	for _, want := range []string{
		"Times are UTC, 2025-11-04, with Asia/Tokyo beside them in tables.",
		"| into the start | time | Asia/Tokyo | what | |",
		"| 0.00 s | 14:07:13.328 | 23:07:13.328 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	late := clock{day: "2025-11-04", zone: tokyo}
	if got := late.local(time.Date(2025, 11, 4, 20, 0, 0, 0, time.UTC), 0); got != "2025-11-05 05:00:00" {
		t.Errorf("local = %q", got)
	}
}

// TestTargets: GitLab draws small diagrams, and none where they do not fit;
// plain Markdown has a list.
func TestTargets(t *testing.T) {
	a := stored(t, "successive-blockers")
	for _, tt := range []struct {
		o    Options
		want bool
	}{
		{Options{Mermaid: true}, true}, {Options{Mermaid: true, Target: TargetGitLab}, true},
		{Options{Mermaid: true, Target: TargetPlain}, false}, {Options{}, false},
	} {
		got := render(t, "md", a, tt.o)
		if strings.Contains(got, "```mermaid") != tt.want {
			t.Errorf("%+v: mermaid = %v", tt.o, !tt.want)
		}
		if !tt.want && !strings.Contains(got, "- `password has control characters` → `4zzxc, fmg88: 7 of 7 tries exit 1`") {
			t.Errorf("%+v: no list of the flow", tt.o)
		}
	}
	for k := range a.Incidents[0].Flow.Nodes {
		a.Incidents[0].Flow.Nodes[k].Label = strings.Repeat("long label ", 30)
	}
	flow := *a.Incidents[0].Flow
	for i := range 30 {
		flow.Nodes = append(flow.Nodes, incident.FlowNode{ID: fmt.Sprint("x", i), Label: strings.Repeat("wide ", 20)})
	}
	a.Incidents[0].Flow = &flow
	if got := render(t, "md", a, Options{Mermaid: true, Target: TargetGitLab}); strings.Contains(got, "```mermaid") {
		t.Error("GitLab gets a diagram that it does not draw")
	}
}

// huge is an analysis larger than anybody reads: 500 findings, 200 incidents.
func huge() *incident.Analysis {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	a := &incident.Analysis{Schema: incident.Schema, Evidence: map[string]incident.Evidence{},
		Coverage: incident.Coverage{Entries: 4_000_000, Errors: 90_000, From: start, To: start.Add(20 * time.Hour)}}
	for n := range 500 {
		id, ev := fmt.Sprintf("F%d", n+1), fmt.Sprintf("E%d", n+1)
		at := start.Add(time.Duration(n) * time.Minute)
		a.Findings = append(a.Findings, incident.Finding{ID: id, Signature: "pattern:x", Title: incident.Prose(incident.Code(fmt.Sprintf("worker %d failed: out of cheese", n))),
			Role: incident.RoleFailure, Severity: incident.Medium, Count: n + 1, First: at, Last: at.Add(time.Hour), Status: incident.Ongoing, Evidence: []string{ev}})
		a.Evidence[ev] = incident.Evidence{Time: at, Severity: "ERROR", Message: strings.Repeat(fmt.Sprintf("frame %d of a long trace\n", n), 40), Source: fmt.Sprintf("big.json:%d", n*7)}
		a.Timeline = append(a.Timeline, incident.Event{Time: at, Kind: "finding", What: a.Findings[n].Title, Finding: id, Incident: fmt.Sprintf("I%d", n+1), Evidence: []string{ev}})
		switch {
		case n < 200:
			a.Incidents = append(a.Incidents, incident.Incident{ID: fmt.Sprintf("I%d", n+1), Title: a.Findings[n].Title, Severity: incident.Medium, Status: incident.Ongoing,
				First: at, Last: at.Add(time.Hour), Symptom: id, Summary: incident.Summary{Fails: a.Findings[n].Title + incident.Prose(" (["+ev+"])."), Cause: "Not stated."}})
		default:
			a.Unexplained = append(a.Unexplained, incident.Unexplained{ID: "pattern:x", Finding: id, Template: "worker <*> failed", Count: n, Severity: "ERROR", Evidence: []string{ev}})
		}
	}
	return a
}

// TestHuge: a report stays a report, and says what it leaves out.
func TestHuge(t *testing.T) {
	a := huge()
	got := render(t, "md", a, Options{})
	checkInert(t, got)
	if len(got) > 120_000 {
		t.Errorf("%d bytes of Markdown", len(got))
	}
	for _, want := range []string{"And 140 more incidents, in the analysis as JSON.", "more rows of lesser weight or further down: `logwhy timeline` prints them all.", "And 280 more patterns, in the analysis as JSON."} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
	if at := indexLine(strings.Split(got, "\n"), "**Cause of I1"); at < 0 || at > 25 {
		t.Errorf("the cause stands in line %d", at+1)
	}
	term := render(t, "term", a, Options{})
	if n := strings.Count(term, "\n"); n > 60 || !strings.Contains(term, "and 195 more in the report") {
		t.Errorf("%d lines on the terminal:\n%s", n, term)
	}
}

// TestBudget: a document that is too long loses sections from the bottom, and
// says which.
func TestBudget(t *testing.T) {
	a := stored(t, "successive-blockers")
	whole := newMarkdown(a, Options{Mermaid: true}, 1).document(0)
	for budget := len(whole) + 100; budget > 300; budget -= 397 {
		got := newMarkdown(a, Options{Mermaid: true}, 1).document(budget)
		if len(got) > budget {
			t.Fatalf("%d bytes in a budget of %d", len(got), budget)
		}
		checkInert(t, got)
		if budget < len(whole) && !strings.Contains(got, "to fit the size limit of this page") {
			t.Fatalf("budget %d: nothing says that this is cut:\n%s", budget, got)
		}
		if strings.Count(got, "```")%2 != 0 {
			t.Fatalf("budget %d: a fence is left open:\n%s", budget, got)
		}
	}
}

func TestLasting(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 500: "1 µs", 399 * time.Microsecond: "399 µs", 440 * time.Millisecond: "440 ms", 60249 * time.Millisecond: "60.249 s", 5 * time.Second: "5 s",
		107 * time.Second: "1m47s", 120 * time.Second: "2 min", 1419999 * time.Millisecond: "23m39s", 7500 * time.Second: "2h05m", 76 * time.Hour: "3d04h", -time.Second: "-1 s",
	} {
		if got := lasting(d); got != want {
			t.Errorf("lasting(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		many(1, "entry"): "1 entry", many(0, "try"): "0 tries", many(34000, "start"): "34,000 starts", many(2, "day"): "2 days", many(3, "match"): "3 matches",
		many(2, "process"): "2 processes", amount(1234567): "1,234,567", joined([]string{"a", "b", "c"}): "a, b and c", capital("é"): "É",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestSparks: below the first screen each finding that came more than once has
// a drawing as wide as the others, in ASCII too.
func TestSparks(t *testing.T) {
	a := stored(t, "two-services")
	start := a.Coverage.From
	for i := range a.Findings {
		a.Findings[i].Spark, a.Findings[i].Count = nil, 2
		if i < 3 {
			a.Findings[i].Spark, a.Findings[i].First, a.Findings[i].Role = make([]int, 30), start, incident.RoleFailure
			a.Findings[i].Spark[i] = 5
		}
	}
	for _, o := range []Options{{}, {Width: 50}, {ASCII: true}} {
		got := render(t, "term", a, o)
		_, below, found := strings.Cut(got, "\n  seen")
		drawing := regexp.MustCompile(`[_.:*#=+▁▂▃▄▅▆▇█-]{15}`)
		if n := len(drawing.FindAllString(below, -1)); !found || n != 3 {
			t.Errorf("%+v: %d drawings in\n%s", o, n, got)
		}
		for _, l := range readTerminal(t, got) {
			if len([]rune(l)) >= 80 {
				t.Errorf("%+v: a line of %d columns: %s", o, len([]rune(l)), l)
			}
		}
	}
	if got := folded([]int{1, 2, 3}); len(got) != 3 {
		t.Errorf("folded = %v", got)
	}
	sum := 0
	for _, n := range folded(make([]int, 60)) {
		sum += n
	}
	if n := len(folded(make([]int, 60))); n != 20 || sum != 0 {
		t.Errorf("60 counts fold to %d", n)
	}
}

// TestDerivedWords: what the renderers add of their own is arithmetic on what
// the analysis holds.
func TestDerivedWords(t *testing.T) {
	at := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
	a := &incident.Analysis{
		Lead:     "2 incidents. Nothing ties one to another.",
		Reported: []incident.Reported{{Text: "close 1011", Note: "reported, not observed: no entry shows it"}},
		Coverage: incident.Coverage{Entries: 3, Logs: []incident.Count{{Name: "", N: 3}}},
		Incidents: []incident.Incident{
			{ID: "I1", Title: "it fails", First: at.Add(400 * time.Millisecond), Last: at.Add(time.Second)}, {ID: "I2", Title: "that fails"},
		},
		Changes:  []incident.Change{{ID: "C1", Time: at, Title: "a deploy", Followed: "[I1]", Evidence: []string{"E1"}}, {ID: "C2", Time: at, Title: "a scale", Followed: "[I1] and [I2]"}},
		Timeline: []incident.Event{{Time: at, Kind: kindChange, Change: "C1", What: "a deploy"}, {Time: at.Add(time.Second), Kind: kindChange, Change: "C1", What: "an echo"}},
		Evidence: map[string]incident.Evidence{"E1": {Time: at, Message: "deploy"}},
	}
	for format, wants := range map[string][]string{
		"md": {
			"**Reported:** `close 1011`. **Not observed:** no entry shows it.\n", "\nNothing ties one to another.\n", "- No entry names its log.\n",
			"| a deploy ([E1]) | I1, 400 ms later |", "| a scale | I1 and I2 |",
		},
		"html": {"<strong>Not observed:</strong> no entry shows it.</p>", "<p>Nothing ties one to another.</p>", "I1</a>, 400 ms later</td>"},
	} {
		got := render(t, format, a, Options{})
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q in\n%s", format, want, got)
			}
		}
	}
	var b strings.Builder
	if err := WriteTimeline(&b, "md", a, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| **a deploy** | [E1] |", "| **an echo** | |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the timeline lacks %q in\n%s", want, b.String())
		}
	}
}
