package correlate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// normal makes a baseline of a scene.
func normal(t *testing.T, cat *signature.Catalog, entries []*logentry.Entry) *correlate.Baseline {
	t.Helper()
	c := correlate.NewCollector(cat, correlate.Options{})
	for _, e := range entries {
		c.Add(e)
	}
	return correlate.NewBaseline(cat, c, "normal.json", correlate.Options{})
}

// repeat draws n marks, one every step columns.
func repeat(n, step int) string {
	return strings.Repeat("1"+strings.Repeat("-", step-1), n)
}

// What is new, more frequent, gone, less frequent or as before, by rates over
// the exposure of each side and not by bare counts.
func TestBaselineRows(t *testing.T) {
	cat := catalogue(t)
	rows := map[string]line{"chatter": cast["chatter"]}
	for _, n := range []string{"new", "rose", "fell", "gone", "same", "rare"} {
		rows[n] = line{text: fmt.Sprintf("%sError: the book of %s is not balanced", strings.ToUpper(n[:1])+n[1:], n), severity: logentry.SeverityError}
	}
	// The normal stretch is four times as long as now.
	before := "chatter " + repeat(400, 1) + "\nrose " + repeat(4, 100) + "\nfell " + repeat(400, 1) + "\ngone " + repeat(100, 4) + "\nsame " + repeat(80, 5) + "\nrare " + repeat(1, 400)
	now := "chatter " + repeat(100, 1) + "\nnew " + repeat(2, 50) + "\nrose " + repeat(25, 4) + "\nfell " + repeat(10, 10) + "\nsame " + repeat(20, 5)
	a := explain(t, cat, scene(time.Minute, rows, now), 2, correlate.Options{Baseline: normal(t, cat, scene(time.Minute, rows, before))})
	if a.Baseline == nil {
		t.Fatal("no baseline")
	}
	var got []string
	for _, r := range a.Baseline.Rows {
		got = append(got, fmt.Sprintf("%s %s %d %d %g", r.Kind, strings.SplitN(r.Title.Plain(), "Error", 2)[0], r.Before, r.Now, r.Ratio))
		if (r.Finding == "") != (r.Now == 0) {
			t.Errorf("%s: finding %q with %d now", r.Title, r.Finding, r.Now)
		}
	}
	want := "new New 0 2 0; rose Rose 4 25 25; vanished Gone 100 0 0; fell Fell 400 10 0.1; same Same 80 20 1; same Rare 1 0 0"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("rows:\n got %s\nwant %s", s, want)
	}
	if b := a.Baseline; b.Before.Name != "normal.json" || b.Before.Seconds != 399*60 || b.Now.Seconds != 99*60 || b.Before.Entries == 0 {
		t.Errorf("stretches: %+v, %+v", b.Before, b.Now)
	}
}

// A side that holds less than a minute gives no rate, and that is said.
func TestBaselineTooShort(t *testing.T) {
	cat := catalogue(t)
	short := scene(time.Second, cast, "chatter 1111")
	a := explain(t, cat, scene(time.Minute, cast, "mystery 1-1-1"), 1, correlate.Options{Baseline: normal(t, cat, short)})
	if len(a.Baseline.Rows) > 0 || len(a.Baseline.Notes) != 1 {
		t.Errorf("rows %v, notes %v", a.Baseline.Rows, a.Baseline.Notes)
	}
}

// An error that is as frequent in the normal stretch is no inferred cause,
// however loud and near it is; what is new takes its place. A declared cause
// stays, and the test says that it is usual.
//
//	normal   -n---n---n---n---n-
//	request  ----------r--r--r--
//	usual    -n---n----n--n--n--   near each request, and no cause of it
func TestUsualErrorsAreNoInferredCause(t *testing.T) {
	cat := catalogue(t)
	rows := map[string]line{
		"request": cast["request"], "chatter": cast["chatter"], "column": cast["column"],
		"usual": {text: "LedgerError: no price for SKU_4711 in price_list_eu", severity: logentry.SeverityError},
		"fresh": {text: "VoucherError: the column \"owner_id\" of vouchers has no value", severity: logentry.SeverityError},
	}
	quiet := scene(time.Second, rows, "usual "+repeat(300, 2))
	named := func(drawing string, b *correlate.Baseline) (cause string, test incident.Test) {
		a := explain(t, cat, scene(100*time.Millisecond, rows, drawing), 1, correlate.Options{Baseline: b})
		for _, i := range a.Incidents {
			for _, c := range i.Causes {
				for _, f := range a.Findings {
					if f.ID == i.Symptom && strings.HasPrefix(f.Signature, "http.") && f.ID != c.Finding {
						for _, tt := range c.Tests {
							if tt.Name == "baseline" {
								test = tt
							}
						}
						return a.Evidence[c.Evidence[0]].Message, test
					}
				}
			}
		}
		return "", test
	}
	loud := "request " + repeat(6, 200) + "\nusual " + repeat(60, 20)
	if got, _ := named(loud, nil); !strings.HasPrefix(got, "LedgerError") {
		t.Fatalf("without a baseline the cause is %q: the scene shows nothing", got)
	}
	if got, _ := named(loud, normal(t, cat, quiet)); got != "" {
		t.Errorf("what is usual is named: %q", got)
	}
	// The new error stands a little farther from the requests than the usual one.
	both := "request " + repeat(6, 200) + "\nfresh " + repeat(6, 200) + "\nusual -" + repeat(60, 20)
	if got, test := named(both, normal(t, cat, quiet)); !strings.HasPrefix(got, "VoucherError") || test.Result != incident.Pass {
		t.Errorf("the new error is not named: %q, %+v", got, test)
	}
	declared := scene(time.Second, rows, "column "+repeat(300, 2))
	if got, test := named("request "+repeat(6, 200)+"\ncolumn "+repeat(60, 20), normal(t, cat, declared)); !strings.Contains(got, "UndefinedColumn") ||
		test.Result != incident.Told || !strings.Contains(string(test.Text), "no more than usual") {
		t.Errorf("a declared cause that is usual: %q, %+v", got, test)
	}
}
