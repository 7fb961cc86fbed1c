package report

import (
	"strings"
	"testing"

	"logwhy/internal/incident"
)

func compared() *incident.Analysis {
	return &incident.Analysis{
		Schema: incident.Schema, Evidence: map[string]incident.Evidence{"E1": {Message: "x"}},
		Findings: []incident.Finding{{ID: "F1", Evidence: []string{"E1"}}},
		Incidents: []incident.Incident{{
			ID: "I1", Title: "it fails", About: []incident.Prose{"`till`: owned by `team | payments` (as stated in `context.yaml`)."},
			Stated: []incident.Prose{"Impact: `40 <b>orders</b>` (as stated in `context.yaml`)."}, Prompts: []incident.Prose{"how was this noticed?"},
		}, {
			ID: "I2", Title: "another", Stated: []incident.Prose{"Impact: `40 <b>orders</b>` (as stated in `context.yaml`)."},
		}},
		Baseline: &incident.Baseline{
			Before: incident.Stretch{Name: "a`b.json", Seconds: 90000, Entries: 2000}, Now: incident.Stretch{Name: "now.json", Seconds: 5400, Entries: 1},
			Rows: []incident.BaselineRow{
				{Finding: "F1", Title: "`a | b` fails", Service: "till", Kind: incident.RateRose, Before: 4, Now: 25, Ratio: 25},
				{Title: "gone", Kind: incident.RateVanished, Before: 1200},
				{Title: "as ever", Kind: incident.RateSame, Before: 3, Now: 3, Ratio: 1},
			},
		},
	}
}

func TestBaselineMarkdown(t *testing.T) {
	got := render(t, "md", compared(), Options{})
	for _, want := range []string{
		"## Against the baseline\n\nNow is `now.json`, 1 entry in 90 min; before is `` a`b.json ``, 2000 entries in 25 h.\n",
		"| **rose** | `a \\| b` fails | `till` | 25 | 4 | 25 times | [E1] |\n| vanished | gone | | 0 | 1200 | | |\n",
		"1 finding shows no difference beyond chance.",
		"`till`: owned by `team | payments` (as stated in `context.yaml`).",
		"- Impact: `40 <b>orders</b>` (as stated in `context.yaml`).\n- _TODO(human)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Count(got, "Impact:") != 1 || strings.Contains(got, "as ever") {
		t.Error("a statement stands twice, or what is as before is listed")
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestBaselineTerminal(t *testing.T) {
	got := render(t, "term", compared(), Options{Width: 100})
	if !strings.Contains(got, "baseline 1 rose, 1 vanished, 1 same against a`b.json.") || !strings.Contains(got, "Rose: “a | b” fails, 25 now and 4 before.") {
		t.Error(got)
	}
	a := compared()
	a.Baseline = nil
	for _, f := range []string{"md", "term"} {
		if got := render(t, f, a, Options{}); strings.Contains(got, "baseline") {
			t.Errorf("%s: a baseline is told where there is none:\n%s", f, got)
		}
	}
}

func TestStatedInHTML(t *testing.T) {
	if got := render(t, "html", compared(), Options{}); !strings.Contains(got, "Impact:") || strings.Contains(got, "40 <b>orders") {
		t.Error("the statement is missing or not escaped")
	}
}

// TestBaselineHTML: the page holds what Markdown holds of the comparison, of
// what people state and of the matrix.
func TestBaselineHTML(t *testing.T) {
	a := compared()
	a.Incidents[0].Matrix = &incident.Table{Title: "Candidates and tests", Header: []string{"candidate", "missing before"}, Rows: [][]incident.Prose{{"F1 `a <b>`", "2 of 5"}, {"F2", "0 of 5"}}}
	got := render(t, "html", a, Options{})
	for _, want := range []string{
		`<h2 id="baseline">Against the baseline</h2>`,
		"<p>Now is <code>now.json</code>, 1 entry in 90 min; before is <code>a`b.json</code>, 2000 entries in 25 h.</p>",
		`<span class="tag bad">rose</span></td><td><code>a | b</code> fails</td><td>till</td><td class="num">25</td><td class="num">4</td><td>25 times</td><td><a class="ref" href="#E1">E1</a></td>`,
		"1 finding shows no difference beyond chance.",
		"<code>till</code>: owned by <code>team | payments</code> (as stated in <code>context.yaml</code>).",
		"<summary>Candidates and tests</summary>", "<td>F1 <code>a &lt;b&gt;</code></td><td>2 of 5</td>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(got, "as ever") {
		t.Error("what is as before is listed")
	}
	checkPage(t, got)
	md := render(t, "md", a, Options{})
	if !strings.Contains(md, "| candidate | missing before |\n|---|---|\n| F1 `a <b>` | 2 of 5 |") {
		t.Error(md)
	}
}

// TestStatesEverywhere: how findings stand against the runs before is told
// wherever a job may publish it.
func TestStatesEverywhere(t *testing.T) {
	for format, want := range map[string]string{
		"html":   `<span class="tag bad">regressed</span></td><td>state regressed</td>`,
		"slack":  "*Against the runs before:* 1 new, 1 regressed, 1 escalating, 1 unknown, 1 ongoing, 1 quiet, ",
		"github": "| **regressed** | state regressed |",
		"md":     "| **regressed** | state regressed |",
	} {
		if got := render(t, format, withStates(), Options{}); !strings.Contains(got, want) {
			t.Errorf("%s lacks %s in\n%s", format, want, got)
		}
	}
	for format, want := range map[string]string{"slack": "*Baseline:* 1 rose, 1 vanished, 1 same against `a'b.json`.", "github": "| **rose** |"} {
		if got := render(t, format, compared(), Options{}); !strings.Contains(got, want) {
			t.Errorf("%s lacks %s in\n%s", format, want, got)
		}
	}
	if got := render(t, "slack", compared(), Options{}); !strings.Contains(got, "*About:* `till`") {
		t.Error(got)
	}
}
