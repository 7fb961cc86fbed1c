package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logwhy/internal/baseline"
	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

// checkLive runs check against a service that holds what has arrived by now.
func checkLive(t *testing.T, f *fortnight, now time.Time, state string, more ...string) (code int, out, diag string) {
	t.Helper()
	lines := bytes.Split(bytes.TrimSpace(f.export(f.start, now)), []byte("\n"))
	export := append(append([]byte("["), bytes.Join(lines, []byte(","))...), ']')
	s := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{cloudlogtest.FromJSON(t, export)}})
	rules, err := filepath.Abs(filepath.Join("..", "..", "testdata", "script", "check", "rules"))
	if err != nil {
		t.Fatal(err)
	}
	e, stdout, stderr := liveEnv(now)
	args := []string{
		"check", "--project", "acme-staging", "--endpoint", s.Addr, "--insecure", "--rate", "100000", "--baseline", state,
		"--no-builtin", "--rules", rules, "-o", "md=-",
	}
	return run(context.Background(), append(args, more...), e), stdout.String(), stderr.String()
}

func totals(t *testing.T, path string) map[string]int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := baseline.Decode(path, data)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, v := range s.Failures {
		out[v.Identity["provider"]] += v.Total()
	}
	return out
}

// TestCheckLive: a live run goes on where the last one ended, also after it
// was cut, or off for some hours; in the end each entry has counted once.
func TestCheckLive(t *testing.T) {
	f := newFortnight()
	state := filepath.Join(t.TempDir(), "state.json")
	for _, step := range []struct {
		hour int
		args []string
		code int
		want string
	}{
		{hour: 30, args: []string{"--since", "2h"}, code: 0, want: "First run: 2 failures"},
		{hour: 31, code: 0, want: "2 ongoing"},
		{hour: 32, args: []string{"--limit", "3"}, code: 4, want: "The data is incomplete"},
		{hour: 33, code: 0, want: "2 ongoing"},                              // reads two hours
		{hour: 38, args: []string{"--since", "1h"}, code: 1, want: "1 new"}, // and five, though one is asked for
		{hour: 39, code: 0, want: "3 ongoing"},
	} {
		code, out, diag := checkLive(t, f, f.start.Add(time.Duration(step.hour)*time.Hour), state, step.args...)
		if code != step.code || !strings.Contains(out, step.want) {
			t.Fatalf("hour %d: exit code %d, want %d with %q\n%s\n%s", step.hour, code, step.code, step.want, diag, out[:min(len(out), 1500)])
		}
	}
	want := map[string]int{}
	for _, e := range f.entries {
		_, text, failed := strings.Cut(string(e.line), "card refused by ")
		if end := f.at(0, 39, 0); failed && !e.at.Before(f.at(0, 28, 0)) && e.at.Before(end) && !e.readable.After(end) {
			want[text[:strings.IndexByte(text, '"')]]++
		}
	}
	got := totals(t, state)
	for who, n := range want {
		if got[who] != n {
			t.Errorf("%s counts %d times, want %d", who, got[who], n)
		}
	}
}
