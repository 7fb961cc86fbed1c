package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

// stream is what a running program prints.
type stream struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *stream) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// watching is logwhy watch as a program, beside a server.
type watching struct {
	t        *testing.T
	srv      *cloudlogtest.Server
	cmd      *exec.Cmd
	out, err stream
	entries  *cloudlogtest.Entries
	sent     int
	begun    time.Time
}

// startWatch runs the program against a server that holds nothing yet. The
// example incident is moved so that it ends now.
func startWatch(t *testing.T, opts cloudlogtest.Options, args ...string) *watching {
	t.Helper()
	opts.Now = time.Now
	w := &watching{t: t, srv: cloudlogtest.New(t, opts), begun: time.Now()}
	src := cloudlogtest.FromFile(t, filepath.Join("..", "..", "testdata", "incident.json"))
	moved, err := src.Shift(w.begun.UTC().Sub(src.Newest()))
	if err != nil {
		t.Fatal(err)
	}
	w.entries = moved
	w.cmd = exec.Command("logwhy", append([]string{"watch", "--project", "acme-staging", "--endpoint", w.srv.Addr, "--insecure"}, args...)...)
	w.cmd.Dir = t.TempDir()
	w.cmd.Env = append(os.Environ(), "NO_COLOR=1", "HOME="+w.cmd.Dir, "XDG_CONFIG_HOME="+w.cmd.Dir)
	w.cmd.Stdout, w.cmd.Stderr = &w.out, &w.err
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cmd.Process.Kill() })
	return w
}

func (w *watching) until(what string, ok func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("waited for %s\nstdout:\n%s\nstderr:\n%s", what, w.out.String(), w.err.String())
		}
	}
}

func (w *watching) session() {
	w.t.Helper()
	w.until("a session", func() bool { return w.srv.Tails() > 0 && strings.Contains(w.err.String(), "watching") })
}

// send lets the next n entries arrive.
func (w *watching) send(n int) {
	w.t.Helper()
	texts := w.entries.Texts()
	n = min(n, len(texts)-w.sent)
	if err := w.srv.Add(texts[w.sent : w.sent+n]...); err != nil {
		w.t.Fatal(err)
	}
	w.sent += n
}

// interrupt is Ctrl-C; it returns the exit code.
func (w *watching) interrupt() int {
	w.t.Helper()
	if err := w.cmd.Process.Signal(os.Interrupt); err != nil {
		w.t.Fatal(err)
	}
	return w.wait()
}

func (w *watching) wait() int {
	err := w.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return w.cmd.ProcessState.ExitCode()
}

func (w *watching) analysis(name string) *incident.Analysis {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.cmd.Dir, name))
	if err != nil {
		w.t.Fatalf("%v\nstderr:\n%s", err, w.err.String())
	}
	a := &incident.Analysis{}
	if err := json.Unmarshal(data, a); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// A watch over an incident: what begins to fail is printed once, a server that
// goes away costs nothing, what was left out is said, and Ctrl-C gives the
// report that the same entries give when they are read from a file.
func TestWatchAnIncident(t *testing.T) {
	w := startWatch(t, cloudlogtest.Options{}, "--since", "1h", "-o", "json=watch.json", "-o", "md=watch.md")
	w.session()
	w.send(250)
	w.until("the failure", func() bool { return strings.Contains(w.out.String(), "POST /orders") })
	w.srv.Stop()
	w.until("the loss", func() bool { return strings.Contains(w.err.String(), "the session ended") })
	w.send(200)
	if err := w.srv.Restart(); err != nil {
		t.Fatal(err)
	}
	w.until("the gap", func() bool { return strings.Contains(w.err.String(), "that no session had brought") })
	w.send(100)
	w.srv.Suppress(cloudlogtest.RateLimit, 7)
	w.until("the suppression", func() bool { return strings.Contains(w.err.String(), "left out at least 7 entries") })
	if code := w.interrupt(); code != exitOK {
		t.Errorf("exit code %d\nstderr:\n%s", code, w.err.String())
	}
	if n := strings.Count(w.out.String(), "POST /orders fails with 500"); n != 1 {
		t.Errorf("%d lines of one failure:\n%s", n, w.out.String())
	}
	if !strings.Contains(w.out.String(), "change    checkout-api") {
		t.Errorf("no deploy:\n%s", w.out.String())
	}
	a := w.analysis("watch.json")
	if a.Coverage.Entries != w.entries.Len() {
		t.Errorf("%d entries of %d", a.Coverage.Entries, w.entries.Len())
	}
	if len(a.Coverage.Warnings) == 0 || a.Coverage.Warnings[0].Code != "suppressed" {
		t.Errorf("warnings %+v", a.Coverage.Warnings)
	}
	w.sameCause(a)
	md, err := os.ReadFile(filepath.Join(w.cmd.Dir, "watch.md"))
	if err != nil || !strings.Contains(string(md), "in 2 sessions") || !strings.Contains(string(md), "left out at least 7 entries") {
		t.Errorf("the report says nothing of it: %v\n%s", err, md)
	}
}

// A report that cannot be written after Ctrl-C is an error, and says which.
func TestWatchWhoseReportCannotBeWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "reports")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "watch.json")
	w := startWatch(t, cloudlogtest.Options{}, "-o", "json="+file)
	w.session()
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if code := w.interrupt(); code != exitRead {
		t.Errorf("exit code %d", code)
	}
	if said := w.err.String(); !strings.Contains(said, "cannot write "+file) || strings.Contains(said, "nothing was written") {
		t.Errorf("stderr:\n%s", said)
	}
}

// sameCause compares with the report of a file of the same entries.
func (w *watching) sameCause(a *incident.Analysis) {
	w.t.Helper()
	path := filepath.Join(w.cmd.Dir, "file.json")
	if err := os.WriteFile(path, bytes.Join(w.entries.Texts(), []byte("\n")), 0o600); err != nil {
		w.t.Fatal(err)
	}
	out := filepath.Join(w.cmd.Dir, "file-report.json")
	if b, err := exec.Command("logwhy", "report", path, "-q", "-o", "json="+out).CombinedOutput(); err != nil {
		w.t.Fatalf("%v: %s", err, b)
	}
	b := w.analysis("file-report.json")
	if len(a.Incidents) == 0 || len(a.Incidents) != len(b.Incidents) || a.Incidents[0].Title != b.Incidents[0].Title {
		w.t.Fatalf("incidents differ: %d and %d", len(a.Incidents), len(b.Incidents))
	}
	causes := func(x *incident.Analysis) (out []string) {
		for _, c := range x.Incidents[0].Causes {
			out = append(out, fmt.Sprint(c.Title, " ", c.Verdict))
		}
		return out
	}
	if got, want := fmt.Sprint(causes(a)), fmt.Sprint(causes(b)); got != want {
		w.t.Errorf("causes %s\nof the file %s", got, want)
	}
}

// Into a pipe goes the report alone.
func TestWatchIntoAPipe(t *testing.T) {
	w := startWatch(t, cloudlogtest.Options{}, "--limit", "300")
	w.session()
	w.send(280)
	w.until("the failure", func() bool { return strings.Contains(w.err.String(), "POST /orders fails with 500") })
	w.send(100)
	if code := w.wait(); code != exitOK {
		t.Errorf("exit code %d\n%s", code, w.err.String())
	}
	if !strings.HasPrefix(w.out.String(), "# ") || strings.Contains(w.out.String(), "change    ") {
		t.Errorf("stdout:\n%.600s", w.out.String())
	}
	if !strings.Contains(w.out.String(), "The limit of 300 entries") {
		t.Errorf("the report does not say that the limit was reached:\n%s", w.out.String())
	}
}

func TestWatchEndsAtItsDeadline(t *testing.T) {
	w := startWatch(t, cloudlogtest.Options{}, "--deadline", "2s", "-o", "json=watch.json", "--quiet")
	if code := w.wait(); code != exitOK || w.out.String() != "" || w.err.String() != "" {
		t.Errorf("exit code %d\nstdout: %s\nstderr: %s", code, w.out.String(), w.err.String())
	}
	if a := w.analysis("watch.json"); a.Coverage.Entries != 0 || len(a.Incidents) != 0 || len(a.Coverage.Warnings) != 0 {
		t.Errorf("an empty watch: %+v", a.Coverage)
	}
}

func TestWatchRefuses(t *testing.T) {
	denied := cloudlogtest.Options{Access: func(cloudlogtest.Call, string) error {
		return cloudlogtest.PermissionDenied("logging.logEntries.list", "projects/acme-staging")
	}}
	for name, tt := range map[string]struct {
		opts cloudlogtest.Options
		args []string
		code int
		says string
	}{
		"permission": {denied, nil, exitRead, "roles/logging.viewer"},
		"transport":  {cloudlogtest.Options{}, []string{"--transport", "rest"}, exitUsage, "gRPC"},
		"filter":     {cloudlogtest.Options{}, []string{"--filter", "severity>="}, exitUsage, "--filter is not understood"},
		"input":      {cloudlogtest.Options{}, []string{"logs.json"}, exitUsage, "logs.json"},
		"severity":   {cloudlogtest.Options{}, []string{"--min-severity", "hihg"}, exitUsage, `Did you mean "high"?`},
	} {
		w := startWatch(t, tt.opts, tt.args...)
		if code := w.wait(); code != tt.code || !strings.Contains(w.err.String(), tt.says) || w.out.String() != "" {
			t.Errorf("%s: exit code %d\n%s%s", name, code, w.out.String(), w.err.String())
		}
	}
}

// seenAs is an analysis that shows one finding n times.
func seenAs(n int) *incident.Analysis {
	return &incident.Analysis{Findings: []incident.Finding{{
		Signature: "x.y", Role: incident.RoleFailure, Severity: incident.High, Title: "Orders fail", Scope: incident.Scope{Service: "checkout-api"},
		Count: n, First: time.Date(2026, 3, 3, 14, 9, 25, 0, time.UTC),
	}}}
}

// seen    1-9-10--99-100-----------------(10m)---101
// printed 1---10-----100-----------------quiet---again
func TestLinesTellWhatIsNew(t *testing.T) {
	cat, err := loadCatalog(ruleFlags{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	s := newSightings(&b, cat, correlate.Options{}, incident.Low)
	now := time.Date(2026, 3, 3, 14, 10, 0, 0, time.UTC)
	for _, n := range []int{1, 9, 10, 99, 100} {
		a := seenAs(n)
		s.look(a, s.keys(a), now)
		now = now.Add(time.Minute)
	}
	s.hush(now)
	now = now.Add(10 * time.Minute)
	s.hush(now)
	s.hush(now)
	a := seenAs(60)
	s.settle(a, s.keys(a)) // they are not looked at any more
	a = seenAs(41)
	s.look(a, s.keys(a), now)
	calm := seenAs(3)
	calm.Findings[0].Role, calm.Findings[0].Signature = incident.RoleNoise, "x.noise"
	s.look(calm, s.keys(calm), now)
	want := `14:09:25Z  high      checkout-api  Orders fail  (once)
14:12:00Z  high      checkout-api  Orders fail  (10 times since 14:09:25Z)
14:14:00Z  high      checkout-api  Orders fail  (100 times since 14:09:25Z)
14:25:00Z  high      checkout-api  Orders fail  (not seen for 10m, 100 times in all)
14:25:00Z  high      checkout-api  Orders fail  (again, 101 times so far)
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// What nobody could have seen is not said to be quiet, and of too much that is
// new the worst is told.
func TestLinesWhenBlindAndWhenFlooded(t *testing.T) {
	cat, err := loadCatalog(ruleFlags{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	s := newSightings(&b, cat, correlate.Options{}, incident.Low)
	now := time.Date(2026, 3, 3, 14, 10, 0, 0, time.UTC)
	a := seenAs(1)
	for i := range 40 {
		f := a.Findings[0]
		f.Signature, f.Severity, f.First = fmt.Sprint("x.mild", i), incident.Low, f.First.Add(-time.Minute)
		a.Findings = append(a.Findings, f)
	}
	s.look(a, s.keys(a), now)
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 21 || !strings.Contains(lines[19], "high") || !strings.Contains(lines[20], "and 21 more") {
		t.Errorf("%d lines:\n%s", len(lines), b.String())
	}
	b.Reset()
	s.blind(now.Add(9 * time.Minute))
	s.hush(now.Add(11 * time.Minute))
	if b.Len() > 0 {
		t.Errorf("quiet, while nothing could be seen:\n%s", b.String())
	}
	s.hush(now.Add(20 * time.Minute))
	if n := strings.Count(b.String(), "not seen for 10m"); n != 20 {
		t.Errorf("%d of the 20 that were told are quiet", n)
	}
}

// All that came is in all, whatever was packed; what falls out of the recent
// segments is handed out once.
func TestFeedKeepsEverything(t *testing.T) {
	f := &feed{segment: 300, now: time.Now}
	counted, rested := 0, 0
	for i := range 50 {
		line := fmt.Sprintf(`{"insertId":"e%03d","timestamp":"2026-03-03T14:00:00Z","textPayload":"x"}`, i)
		if err := f.add(cloudlog.Record{Line: []byte(line)}); err != nil {
			t.Fatal(err)
		}
		recent, rest, err := f.recent()
		if err != nil {
			t.Fatal(err)
		}
		if rest != nil {
			rested += entriesOf(t, []ingest.Source{*rest})
		}
		counted = entriesOf(t, recent)
	}
	if n := entriesOf(t, f.all()); n != 50 {
		t.Errorf("%d entries of 50", n)
	}
	if rested+counted != 50 {
		t.Errorf("%d looked at for the last time, %d recent", rested, counted)
	}
	f.limit = 50
	if err := f.add(cloudlog.Record{Line: []byte(`{}`)}); !errors.Is(err, errEnough) {
		t.Errorf("beyond the limit: %v", err)
	}
}

func entriesOf(t *testing.T, sources []ingest.Source) int {
	t.Helper()
	set, err := ingest.Open(nil, ingest.Options{Sources: sources})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := loadCatalog(ruleFlags{noBuiltin: true})
	if err != nil {
		t.Fatal(err)
	}
	_, rep, err := collect(t.Context(), set, cat, correlate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return rep.Total().Entries
}
