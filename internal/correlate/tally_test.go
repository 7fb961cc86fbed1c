package correlate_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/synth"
)

// tallied counts a scenario to the minute, with so many observations kept
// whole and so many workers.
func tallied(t *testing.T, export []byte, kept, workers int) *incident.Analysis {
	t.Helper()
	file := filepath.Join(t.TempDir(), "logs.json")
	if err := os.WriteFile(file, export, 0o600); err != nil {
		t.Fatal(err)
	}
	cat := catalogue(t)
	opt := correlate.Options{Tally: true, MaxKept: kept}
	set, err := ingest.Open([]string{file}, ingest.Options{Workers: workers, From: logentry.NoTime, To: logentry.NoTime})
	if err != nil {
		t.Fatal(err)
	}
	var all []*correlate.Collector
	if _, err := set.Read(context.Background(), func(int) func(*logentry.Entry) {
		c := correlate.NewCollector(cat, opt)
		all = append(all, c)
		return c.Add
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range all[1:] {
		all[0].Merge(c)
	}
	return correlate.Analyze(cat, all[0], correlate.Read{}, opt)
}

// TestTally: the counts of the minutes of a finding are its count, whatever is
// kept whole and however many workers read.
func TestTally(t *testing.T) {
	for _, name := range synth.Kinds()[:4] {
		sc := synth.Make(name, 5)
		whole := tallied(t, sc.Export, 0, 1)
		for _, a := range []*incident.Analysis{whole, tallied(t, sc.Export, 0, 3), tallied(t, sc.Export, 60, 2)} {
			sums := map[string]int{}
			for _, c := range a.Tally.Counts {
				sums[c.Finding] += c.N
			}
			counted := 0
			for _, f := range a.Findings {
				if n, ok := sums[f.ID]; ok {
					counted++
					if n != f.Count {
						t.Errorf("%s: %s (%s) is seen %d times, %d by minutes", name, f.ID, f.Signature, f.Count, n)
					}
				}
			}
			if counted == 0 || len(a.Tally.Scopes) == 0 {
				t.Errorf("%s: nothing was counted", name)
			}
		}
		if d := cmp.Diff(whole.Tally, tallied(t, sc.Export, 0, 3).Tally); d != "" {
			t.Errorf("%s: workers change the counts\n%s", name, d)
		}
	}
}
