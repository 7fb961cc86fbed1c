package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"logwhy/internal/incident"
)

// TestReadableRows draws a timeline as letters, a second each; "." is silence
// of a second, "|" a deploy, "+" a healthy marker, "~" ten minutes of silence.
func TestReadableRows(t *testing.T) {
	for in, want := range map[string]string{
		"":              "",
		"A":             "A",
		"AA":            "A A",
		"AAA":           "A×3-2s",
		"ABABAB":        "A×3-4s B×3-5s",
		"ABABAB|ABB":    "A×3-4s B×3-5s | A B B",
		"AB.AB.AB~A":    "A×3-6s B×3-7s A",
		"AAA+AAA":       "A×3-2s + A×3-6s",
		"CABABAB":       "C A×3-5s B×3-6s",
		"AB~AB~AB":      "A B A B A B",
		"AAAAAAAAAAAAB": "A×12-11s B",
		"A|A|A":         "A | A | A",
	} {
		a := &incident.Analysis{}
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		at := start
		for i, c := range in {
			e := incident.Event{Time: at, Kind: "finding", Finding: string(c), What: incident.Prose(c), Evidence: []string{fmt.Sprintf("E%d", i+1)}}
			switch c {
			case '~':
				at = at.Add(10 * time.Minute)
				continue
			case '|':
				e.Kind = kindChange
			case '+':
				e.Kind = kindHealthy
			}
			at = at.Add(time.Second)
			if c != '.' {
				a.Timeline = append(a.Timeline, e)
			}
		}
		var got []string
		total := 0
		for _, r := range readableRows(a) {
			s := string(r.event.What)
			if r.event.Count > 1 {
				s += fmt.Sprintf("×%d-%s", r.event.Count, r.event.To.Sub(start))
				if len(r.event.Evidence) != 2 {
					t.Errorf("%s: a run cites %v, want its first and last", in, r.event.Evidence)
				}
			}
			total += max(r.event.Count, 1)
			got = append(got, s)
		}
		if strings.Join(got, " ") != want || total != len(a.Timeline) {
			t.Errorf("%s: %s, want %s; %d of %d events", in, strings.Join(got, " "), want, total, len(a.Timeline))
		}
	}
}

// TestTimelineZone: on a terminal the time of the zone stands beside UTC.
func TestTimelineZone(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Skip(err)
	}
	var b strings.Builder
	if err := WriteTimeline(&b, "term", stored(t, "crash-loop"), Options{Zone: tokyo}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" Asia/Tokyo)", "\n14:07:", "  23:07:"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	readTerminal(t, b.String())
	if got := render(t, "term", stored(t, "crash-loop"), Options{Zone: tokyo}); !strings.Contains(got, "(23:07:11–23:08:58") {
		t.Error(got)
	}
}
