package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"logwhy/internal/baseline"
	"logwhy/internal/incident"
)

// A fortnight of hourly runs. Each line is a failure, each column half a day,
// R a deploy of checkout-api:
//
//	          1   2   3   4   5   6   7   8   9   10  11  12  13  14
//	deploys           R               R               R
//	bank      ########                                -###############   gone with a deploy, back with one
//	visto        -#############-----                                     gone with a deploy
//	relay                -######  ######  ######                         of mailer, which logs by day only
//	night                 #   #       #                                  comes and goes, then back after a deploy
//	steady    ##############################!#########################   one rise
//
// Entries arrive up to four minutes late, and each run reads again the five
// minutes before its hour.
type fortnight struct {
	start   time.Time
	rng     *rand.Rand
	entries []delivered
	counts  map[string]int // of each failure, by provider
	late    int            // failures that arrive after the run of their hour
}

// delivered is an entry and when it can be read.
type delivered struct {
	at, readable time.Time
	line         []byte
}

const overlapMinutes = 5

func newFortnight() *fortnight {
	f := &fortnight{start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), rng: rand.New(rand.NewPCG(7, 11)), counts: map[string]int{}}
	f.every(f.at(0, 0, 0), f.at(14, 0, 0), 5*time.Minute, "checkout-api", "served", always)
	f.every(f.at(0, 0, 0), f.at(14, 0, 0), 10*time.Minute, "mailer", "sent", byDay)
	// Offsets keep failures off the full hour, so that each belongs to one run.
	f.fail("bank", f.at(0, 0, 7), f.at(3, 10, 20), 20*time.Minute, "checkout-api", always)
	f.fail("bank", f.at(11, 9, 27), f.at(14, 0, 0), 20*time.Minute, "checkout-api", always)
	f.fail("visto", f.at(1, 13, 7), f.at(7, 15, 40), 45*time.Minute, "checkout-api", always)
	f.fail("relay", f.at(4, 9, 30), f.at(9, 18, 0), 50*time.Minute, "mailer", byDay)
	for _, day := range []int{4, 5, 7} {
		f.fail("night", f.at(day, 20, 3), f.at(day, 23, 0), 7*time.Minute, "checkout-api", always)
	}
	f.fail("steady", f.at(0, 0, 29), f.at(14, 0, 0), 30*time.Minute, "checkout-api", always)
	f.fail("steady", f.at(9, 10, 1), f.at(9, 12, 0), time.Minute, "checkout-api", always)
	slices.SortStableFunc(f.entries, func(a, b delivered) int { return a.at.Compare(b.at) })
	return f
}

func (f *fortnight) at(day, hour, minute int) time.Time {
	return f.start.Add(time.Duration(day)*24*time.Hour + time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

func always(time.Time) bool  { return true }
func byDay(t time.Time) bool { return t.Hour() >= 6 && t.Hour() < 22 }

// revision is what runs of a service at a time.
func (f *fortnight) revision(service string, t time.Time) string {
	if service == "mailer" {
		return "00001"
	}
	n := 1
	for _, deploy := range []time.Time{f.at(3, 10, 20), f.at(7, 15, 40), f.at(11, 9, 5)} {
		if !t.Before(deploy) {
			n++
		}
	}
	return fmt.Sprintf("%05d", n)
}

func (f *fortnight) fail(provider string, from, to time.Time, step time.Duration, service string, when func(time.Time) bool) {
	f.counts[provider] += f.every(from, to, step, service, "card refused by "+provider, when)
}

// every writes an entry each step; one of five arrives late.
func (f *fortnight) every(from, to time.Time, step time.Duration, service, text string, when func(time.Time) bool) int {
	n := 0
	for t := from; t.Before(to); t = t.Add(step) {
		if !when(t) {
			continue
		}
		at := t.Add(time.Duration(f.rng.IntN(20_000)) * time.Millisecond)
		level := "INFO"
		if strings.HasPrefix(text, "card") {
			level = "ERROR"
			n++
		}
		entry := drawnEntry(at.Format(time.RFC3339Nano), level, service, f.revision(service, at), text)
		entry["insertId"] = fmt.Sprintf("%d", len(f.entries))
		data, _ := json.Marshal(entry)
		readable := at
		if f.rng.IntN(5) == 0 {
			readable = at.Add(time.Duration(f.rng.IntN(240)) * time.Second)
			if level == "ERROR" && !readable.Truncate(time.Hour).Equal(at.Truncate(time.Hour)) {
				f.late++
			}
		}
		f.entries = append(f.entries, delivered{at, readable, data})
	}
	return n
}

// export is what can be read of a window at its end.
func (f *fortnight) export(from, to time.Time) []byte {
	var b bytes.Buffer
	for _, e := range f.entries {
		if !e.at.Before(from) && e.at.Before(to) && !e.readable.After(to) {
			b.Write(e.line)
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func provider(f incident.FailureState) string {
	return strings.Trim(strings.Fields(string(f.Title))[4], "`")
}

// TestFortnight: exactly the right changes of state, nothing counted twice,
// nothing lost.
func TestFortnight(t *testing.T) {
	if testing.Short() {
		t.Skip("336 runs")
	}
	dir := t.TempDir()
	f := newFortnight()
	state, logs, out := filepath.Join(dir, "state.json"), filepath.Join(dir, "logs.json"), filepath.Join(dir, "out.json")
	rules, err := filepath.Abs(filepath.Join("..", "..", "testdata", "script", "check", "rules"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	last, seen := map[string]string{}, map[string]int{}
	if f.late < 20 {
		t.Errorf("only %d entries arrive after the run of their hour", f.late)
	}
	for hour := 1; hour <= 14*24; hour++ {
		to := f.start.Add(time.Duration(hour) * time.Hour)
		from := to.Add(-time.Hour - overlapMinutes*time.Minute)
		if hour == 1 {
			from = f.start
		}
		if err := os.WriteFile(logs, f.export(from, to), 0o600); err != nil {
			t.Fatal(err)
		}
		e, _, diag := liveEnv(to)
		code := run(context.Background(), []string{
			"check", logs, "--from", from.Format(time.RFC3339), "--to", to.Format(time.RFC3339), "--baseline", state,
			"--no-builtin", "--rules", rules, "-o", "json=" + out, "--fail-on", "new,regressed,escalating",
		}, e)
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err, diag)
		}
		a := parsed(t, data)
		hits := 0
		for _, row := range a.States.Failures {
			who := provider(row)
			seen[who] += row.Count
			word := row.State
			if row.Returned && row.Count > 0 {
				word = baseline.Returned
			}
			if word != last[who] {
				got = append(got, to.Format("02 15:04 ")+who+" "+word)
				last[who] = word
			}
			if row.State == incident.StateNew || row.State == incident.StateRegressed || row.State == incident.StateEscalating {
				hits++
			}
		}
		if want := min(hits, 1); code != want {
			t.Errorf("%s: exit code %d, want %d\n%s", to, code, want, diag)
		}
	}
	if d := gocmp.Diff(fortnightChanges, got); d != "" {
		t.Errorf("changes of state, -want +got\n%s", d)
	}
	if d := gocmp.Diff(f.counts, seen); d != "" {
		t.Errorf("counted in all runs together, -want +got\n%s", d)
	}
	checkFortnightState(t, f, state)
}

// checkFortnightState: the file says the same, and no run left a hole.
func checkFortnightState(t *testing.T, f *fortnight, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := baseline.Decode(path, data)
	if err != nil {
		t.Fatal(err)
	}
	totals := map[string]int{}
	for _, v := range s.Failures {
		totals[v.Identity["provider"]] += v.Total()
	}
	if d := gocmp.Diff(f.counts, totals); d != "" {
		t.Errorf("counts in the state, -want +got\n%s", d)
	}
	runs := slices.SortedFunc(maps.Values(s.Runs), func(a, b baseline.RunRecord) int { return cmp.Compare(a.To.Unix(), b.To.Unix()) })
	for i := 1; i < len(runs); i++ {
		if runs[i].From.After(runs[i-1].To) {
			t.Errorf("nobody read from %s to %s", runs[i-1].To, runs[i].From)
		}
	}
	if len(data) > 40_000 {
		t.Errorf("the state has grown to %d bytes", len(data))
	}
}

// fortnightChanges are the changes of state that follow from the drawing.
var fortnightChanges = []string{
	"02 01:00 bank ongoing", "02 01:00 steady ongoing", // the baseline
	"03 14:00 visto new", "03 15:00 visto ongoing",
	"05 12:00 bank resolved", // deployed at 10:20, last seen before
	"06 10:00 relay new", "06 11:00 relay ongoing",
	"06 21:00 night new", "06 22:00 night ongoing",
	"06 23:00 relay unknown", // the mailer logs nothing by night
	"07 00:00 night quiet",
	"07 07:00 relay ongoing",
	"07 21:00 night returned", "07 22:00 night ongoing", // no deploy since
	"07 23:00 relay unknown",
	"08 00:00 night quiet",
	"08 07:00 relay ongoing", "08 23:00 relay unknown", "09 07:00 relay ongoing",
	"09 17:00 visto resolved",                            // deployed at 15:40
	"09 21:00 night regressed", "09 22:00 night ongoing", // silent for 45 h, 21 h before
	"09 23:00 relay unknown",
	"10 00:00 night quiet",
	"10 07:00 relay ongoing", "10 23:00 relay unknown", "11 07:00 relay ongoing",
	"11 11:00 steady escalating", "11 12:00 steady ongoing", // the second hour is as the first
	"11 19:00 relay quiet",                             // no deploy of the mailer
	"13 10:00 bank regressed", "13 11:00 bank ongoing", // deployed at 9:05
	"14 07:00 night resolved", // it was silent for 21 h before, so this takes as long
}
