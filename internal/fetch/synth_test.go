package fetch

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"logwhy/internal/incident"
	"logwhy/internal/synth"
)

// verdicts are what an analysis says, without numbers: for each incident its
// service, its symptom and its causes with their verdicts.
func verdicts(a *incident.Analysis) []string {
	names := map[string]string{}
	for _, f := range a.Findings {
		names[f.ID] = f.Signature
	}
	var out []string
	for _, i := range a.Incidents {
		var causes []string
		for _, c := range i.Causes[:min(len(i.Causes), 1)] {
			causes = append(causes, names[c.Finding]+" "+c.Verdict)
		}
		out = append(out, fmt.Sprintf("%s: %s because %s", strings.Join(i.Services, ","), names[i.Symptom], strings.Join(causes, ", ")))
	}
	sort.Strings(out)
	return out
}

// What the strategy reads gives the verdicts that all entries give, over every
// kind of incident whose truth is known.
func TestSameVerdictsAsOfAll(t *testing.T) {
	seeds := uint64(6)
	if testing.Short() {
		seeds = 1
	}
	same, n := 0, 0
	for _, kind := range synth.Kinds() {
		for seed := range seeds {
			sc := synth.Make(kind, seed)
			from, to := window(sc.Entries)
			all := Options{Deep: true}
			all.Query.From, all.Query.To = from, to
			part := Options{lookSize: 5, smallWindow: 1, sampleSize: 20}
			part.Query.From, part.Query.To = from, to
			want, _ := gathered(t, serve(sc.Entries), all)
			got, h := gathered(t, serve(sc.Entries), part)
			n++
			if fmt.Sprint(verdicts(got)) == fmt.Sprint(verdicts(want)) {
				same++
				continue
			}
			t.Logf("%s/%d %v, %d of %d entries, %d calls\n got  %s\n want %s", kind, seed, sc.Traits, got.Coverage.Entries, want.Coverage.Entries, h.Calls,
				strings.Join(verdicts(got), "\n      "), strings.Join(verdicts(want), "\n      "))
		}
	}
	// The windows are so small here that a sample holds few requests of each
	// service: where a share of them decides, it may fall to either side.
	if n-same > max(n/50, 1) {
		t.Errorf("%d of %d are the same", same, n)
	}
}
