package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seedReports finds the two reports by hand that lie in the folder of corpora
// beside the repository.
func seedReports(t *testing.T) []*Document {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for up := filepath.Dir(dir); up != dir; dir, up = up, filepath.Dir(up) {
		files, err := filepath.Glob(filepath.Join(up, "shared", "seeds", "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		var docs []*Document
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, Parse(filepath.Base(f), data))
		}
		if len(docs) == 2 {
			return docs
		}
	}
	t.Skip("the reports by hand are not here")
	return nil
}

func claimAt(r *Result, file string, line int, kind string) *Claim {
	for i, c := range r.Claims {
		if strings.HasPrefix(c.File, file) && c.Line == line && c.Kind == kind {
			return &r.Claims[i]
		}
	}
	return &Claim{Why: "no such claim"}
}

// What the two reports by hand say without support is found.
func TestReportsByHand(t *testing.T) {
	docs := seedReports(t)
	phase, syntax := "../../testdata/seeds/phase-report.json", "../../testdata/seeds/syntax-report.json"
	both := run(t, docs, phase, syntax)
	for _, c := range []struct {
		file      string
		line      int
		kind, why string
	}{
		{"000_", 13, KindTime, "the first entry of this kind is at 2025-09-08T04:07:37.553902Z"}, // 4:05+
		{"000_", 48, KindTime, "2m38s later"},                                                    // since 4:05
		{"000_", 115, KindTime, "04:07:37.553902Z"},                                              // 04:05:00+ begin
		{"000_", 48, KindRate, "without a denominator"},                                          // 100 %
		{"000_", 135, KindRate, "without a denominator"},                                         // 100 %
		{"000_", 114, KindAbsence, "no entry of any kind"},                                       // resolution period
		{"000_", 123, KindAbsence, "silence is no data"},                                         // resolved by ~03:44
		{"000_", 19, KindAbsence, "silence is no data"},                                          // (RESOLVED)
		{"000_", 9, KindQuote, "no entry has this text"},                                         // 1011
		{"004_", 12, KindQuote, "no entry has this text"},                                        // 1011
		{"000_", 360, KindAbsence, "2 such entries"},                                             // a tick for what was not reached
	} {
		got := claimAt(both, c.file, c.line, c.kind)
		if got.Verdict != NotSupported || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s line %d: %s is %q: %s; want %q", c.file, c.line, c.kind, got.Verdict, got.Why, c.why)
		}
	}
	// The entry of line 624 has two times: with both exports two entries.
	for _, c := range []struct {
		file string
		line int
	}{{"000_", 22}, {"004_", 25}} {
		got := claimAt(both, c.file, c.line, KindQuote)
		if got.Verdict != Supported || !strings.Contains(got.Note, "2 entries have this text: at 2025-09-08T03:42:43.683867Z, 2025-09-08T03:43:43.933157Z") {
			t.Errorf("%s line %d: %q, note %q", c.file, c.line, got.Verdict, got.Note)
		}
	}
	// With one export the other report is wrong.
	if got := claimAt(run(t, docs, phase), "004_", 25, KindQuote); got.Verdict != NotSupported || !strings.Contains(got.Why, "at 2025-09-08T03:42:43.683867Z; the report says 2025-09-08T03:43:43.933157Z") {
		t.Errorf("against one export: %q: %s", got.Verdict, got.Why)
	}
	// What is true is not doubted, and what no log can tell is left alone.
	for _, line := range []int{12, 27, 28, 29, 30, 44, 113} {
		for _, c := range both.Claims {
			if strings.HasPrefix(c.File, "000_") && c.Line == line && c.Verdict == NotSupported {
				t.Errorf("line %d: %s: %s", line, c.Text, c.Why)
			}
		}
	}
	for _, c := range both.Claims {
		if c.Verdict == NotSupported && (strings.Contains(c.Text, "90%") || strings.Contains(c.Text, "$120K")) {
			t.Errorf("business numbers are judged: %+v", c)
		}
	}
}
