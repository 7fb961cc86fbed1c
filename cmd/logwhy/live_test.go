package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"logwhy/internal/fetch"
	"logwhy/internal/incident"
	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/ingest/cloudlog/cloudlogtest"
	"logwhy/internal/synth"
)

// liveEnv runs at a fixed time, without a terminal.
func liveEnv(now time.Time) (env, *bytes.Buffer, *bytes.Buffer) {
	out, diag := &bytes.Buffer{}, &bytes.Buffer{}
	start := time.Now()
	return env{
		stdin: strings.NewReader(""), stdout: out, stderr: diag,
		getenv: func(string) string { return "" }, environ: func() []string { return nil },
		now: func() time.Time { return now.Add(time.Since(start)) }, local: time.UTC,
	}, out, diag
}

// incidentServer serves a crash loop and returns its export and the time just
// after it.
func incidentServer(t *testing.T, o cloudlogtest.Options) (*cloudlogtest.Server, synth.Scenario, time.Time) {
	t.Helper()
	sc := synth.Make("crash-loop", 3)
	entries := cloudlogtest.FromJSON(t, sc.Export)
	o.Sources = append(o.Sources, entries)
	return cloudlogtest.New(t, o), sc, entries.Newest().Add(time.Second)
}

func liveArgs(s *cloudlogtest.Server, more ...string) []string {
	return append([]string{"report", "--project", "acme-staging", "--endpoint", s.Addr, "--insecure", "--rate", "100000", "--since", "3h", "-o", "json=-"}, more...)
}

func parsed(t *testing.T, data []byte) *incident.Analysis {
	t.Helper()
	var a incident.Analysis
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return &a
}

// cause is the signature of the first cause of the first incident.
func cause(a *incident.Analysis) string {
	if len(a.Incidents) == 0 || len(a.Incidents[0].Causes) == 0 {
		return ""
	}
	for _, f := range a.Findings {
		if f.ID == a.Incidents[0].Causes[0].Finding {
			return f.Signature
		}
	}
	return ""
}

// A live read of what an export holds says the same as the export, over either
// protocol, and cites its entries by insertId and link.
func TestLiveSaysWhatTheExportSays(t *testing.T) {
	s, sc, now := incidentServer(t, cloudlogtest.Options{})
	file := filepath.Join(t.TempDir(), "logs.json")
	if err := os.WriteFile(file, sc.Export, 0o600); err != nil {
		t.Fatal(err)
	}
	e, out, diag := liveEnv(now)
	if code := run(context.Background(), []string{"report", file, "-o", "json=-"}, e); code != exitOK {
		t.Fatalf("exit code %d: %s", code, diag)
	}
	want := parsed(t, out.Bytes())
	for _, transport := range []string{"grpc", "rest"} {
		e, out, diag := liveEnv(now)
		args := liveArgs(s, "--transport", transport)
		if transport == "rest" {
			args[4] = s.URL
		}
		if code := run(context.Background(), args, e); code != exitOK {
			t.Fatalf("%s: exit code %d: %s", transport, code, diag)
		}
		got := parsed(t, out.Bytes())
		if cause(got) == "" || cause(got) != cause(want) {
			t.Errorf("%s: the cause is %q, of the export %q", transport, cause(got), cause(want))
		}
		if len(got.Incidents) != len(want.Incidents) {
			t.Errorf("%s: %d incidents, of the export %d", transport, len(got.Incidents), len(want.Incidents))
		}
		if len(got.Inputs) != 1 || got.Inputs[0].Format != "logging-api" || len(got.Coverage.Asked) == 0 {
			t.Errorf("%s: inputs %+v, asked %+v", transport, got.Inputs, got.Coverage.Asked)
		}
		for id, v := range got.Evidence {
			if v.InsertID == "" || !strings.HasPrefix(v.Link, "https://console.cloud.google.com/logs/query;query=") || v.Source != "Cloud Logging" {
				t.Errorf("%s: %s is cited as %q, %q, %q", transport, id, v.Source, v.InsertID, v.Link)
			}
		}
		for _, q := range got.Coverage.Asked {
			if !strings.HasPrefix(q.Link, "https://console.cloud.google.com/logs/query;") || !q.Complete {
				t.Errorf("%s: asked %+v", transport, q)
			}
		}
	}
}

// Flags that cannot go together, and those that name nothing.
func TestLiveUsage(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"input and project":  {[]string{"logs.json", "--project", "p"}, "--project reads live and logs.json is an input"},
		"input and service":  {[]string{"logs.json", "--service", "s"}, "--service reads live"},
		"no project":         {[]string{"--service", "checkout-api"}, "Add --project ID"},
		"no such transport":  {[]string{"--project", "p", "--transport", "carrier-pigeon"}, "neither grpc nor rest"},
		"hostile service":    {[]string{"--project", "p", "--service", `x" OR "y`}, "not the name of a service"},
		"hostile project":    {[]string{"--project", "p/../q"}, "not the id of a project"},
		"insecure":           {[]string{"--project", "p", "--insecure"}, "goes with --endpoint"},
		"resource":           {[]string{"--project", "p", "--resource", "Cloud Run"}, "not a resource type"},
		"view":               {[]string{"--view", "projects/p/views/x"}, "--view"},
		"window to come":     {[]string{"--project", "p", "--from", "2126-01-01T00:00:00Z"}, "still to come"},
		"filter":             {[]string{"--project", "p", "--filter", "severity>>ERROR"}, "--filter is not understood"},
		"baseline window":    {[]string{"--project", "p", "--baseline-window", "2026-01-01T00:00:00Z/2026-01-01T01:00:00Z"}, "not a live read"},
		"negative limit":     {[]string{"--project", "p", "--limit", "-1"}, "is negative"},
		"max-lookback":       {[]string{"--project", "p", "--max-lookback", "long"}, "--max-lookback"},
		"folder":             {[]string{"--folder", "staging"}, "not a number"},
		"bucket of a folder": {[]string{"--project", "p", "--bucket", "a/b/c"}, "--bucket"},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, diag := liveEnv(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC))
			if code := run(context.Background(), append([]string{"report"}, c.args...), e); code != exitUsage {
				t.Errorf("exit code %d: %s", code, diag)
			}
			if !strings.Contains(diag.String(), c.want) {
				t.Errorf("said %q, want %q", diag, c.want)
			}
		})
	}
}

// Where to read, as the API names it.
func TestLiveResources(t *testing.T) {
	for name, c := range map[string]struct {
		flags liveFlags
		want  string
	}{
		"project":      {liveFlags{projects: []string{"acme-staging"}}, "projects/acme-staging"},
		"two":          {liveFlags{projects: []string{"a1", "b2"}}, "projects/a1 projects/b2"},
		"folder":       {liveFlags{folder: "folders/12"}, "folders/12"},
		"organization": {liveFlags{organization: "7"}, "organizations/7"},
		"bucket":       {liveFlags{projects: []string{"a1"}, bucket: "europe-west1/audit"}, "projects/a1/locations/europe-west1/buckets/audit/views/_AllLogs"},
		"bucket alone": {liveFlags{projects: []string{"a1"}, bucket: "audit"}, "projects/a1/locations/global/buckets/audit/views/_AllLogs"},
		"view":         {liveFlags{projects: []string{"a1"}, view: "errors"}, "projects/a1/locations/global/buckets/_Default/views/errors"},
		"full bucket":  {liveFlags{bucket: "projects/a1/locations/eu/buckets/b"}, "projects/a1/locations/eu/buckets/b/views/_AllLogs"},
		"full view":    {liveFlags{view: "folders/1/locations/eu/buckets/b/views/v"}, "folders/1/locations/eu/buckets/b/views/v"},
	} {
		got, err := c.flags.resources()
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, %v; want %s", name, got, err, c.want)
		}
	}
}

// The window that is asked for never reaches beyond now.
func TestLiveWindow(t *testing.T) {
	now := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		in       inputFlags
		from, to string
	}{
		"nothing": {inputFlags{}, "08:00", "09:00"},
		"since":   {inputFlags{since: "20m"}, "08:40", "09:00"},
		"from":    {inputFlags{from: "2026-03-03T07:15:00Z"}, "07:15", "09:00"},
		"to":      {inputFlags{to: "2026-03-03T07:15:00Z"}, "06:15", "07:15"},
		"both":    {inputFlags{from: "2026-03-03T07:00:00Z", to: "2026-03-03T07:15:00Z"}, "07:00", "07:15"},
		"around":  {inputFlags{around: "2026-03-03T08:55:00Z", window: "30m"}, "08:40", "09:00"},
		"later":   {inputFlags{from: "2026-03-03T08:00:00Z", to: "2026-03-04T00:00:00Z"}, "08:00", "09:00"},
	} {
		var f liveFlags
		e, _, _ := liveEnv(now)
		e.now = func() time.Time { return now }
		from, to, err := f.window(e, c.in)
		if err != nil || from.Format("15:04") != c.from || to.Format("15:04") != c.to {
			t.Errorf("%s: %s to %s, %v; want %s to %s", name, from, to, err, c.from, c.to)
		}
	}
}

// refusing is a server that fails the test when anything connects to it.
func refusing(t *testing.T) (addr string, touched *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	touched = &atomic.Int32{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			touched.Add(1)
			c.Close()
		}
	}()
	return l.Addr().String(), touched
}

// thisProgram is logwhy as a file: under that name the test binary runs main.
func thisProgram(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "logwhy")
	if err := os.Symlink(exe, program); err != nil {
		t.Skip(err)
	}
	return program
}

// With INPUT there is no network, ever: every way out leads to a server that
// nobody may touch, credentials lie in a file that cannot be read as such, and
// the settings name a project and an endpoint.
func TestNoNetworkWithInput(t *testing.T) {
	addr, touched := refusing(t)
	dir := t.TempDir()
	program := thisProgram(t)
	sc := synth.Make("crash-loop", 3)
	file := filepath.Join(dir, "logs.json")
	if err := os.WriteFile(file, sc.Export, 0o600); err != nil {
		t.Fatal(err)
	}
	// A pipe blocks whoever opens it: a look for credentials would hang.
	key := filepath.Join(dir, "credentials.json")
	if err := mkfifo(key); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".logwhy.yaml"), []byte("project: [acme-staging]\nservice: [checkout-api]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"report", file}, {"timeline", file}, {"report", "-"}, {"report", file, "-o", "html=-"}} {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Dir = dir
		cmd.Stdin = bytes.NewReader(sc.Export)
		cmd.Env = []string{
			"HOME=" + dir, "PATH=/nonexistent", "GOOGLE_APPLICATION_CREDENTIALS=" + key, "GCE_METADATA_HOST=" + addr,
			"HTTP_PROXY=http://" + addr, "HTTPS_PROXY=http://" + addr, "ALL_PROXY=socks5://" + addr, "http_proxy=http://" + addr, "https_proxy=http://" + addr,
			"LOGWHY_ENDPOINT=" + addr, "LOGWHY_PROJECT=acme-staging",
		}
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	if n := touched.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}

// The program itself, against the server.
func TestLiveProgram(t *testing.T) {
	s, sc, now := incidentServer(t, cloudlogtest.Options{})
	program := thisProgram(t)
	for _, command := range []string{"report", "timeline"} {
		cmd := exec.Command(program, command, "--project", "acme-staging", "--endpoint", s.Addr, "--insecure", "--rate", "100000",
			"--from", sc.Entries[0].Time.Add(-3*time.Hour).String(), "--to", now.Format(time.RFC3339), "-o", "md=-", "--config", "none")
		cmd.Env = []string{"HOME=" + t.TempDir()}
		var out, diag bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &diag
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, &diag)
		}
		if !strings.Contains(out.String(), "checkout-api") {
			t.Errorf("%s:\n%s", command, &out)
		}
	}
}

// What goes wrong has its exit code, and says what to do.
func TestLiveErrors(t *testing.T) {
	denied := func(cloudlogtest.Call, string) error {
		return status.Error(codes.PermissionDenied, "Permission 'logging.logEntries.list' denied on resource (or it may not exist).")
	}
	s, _, now := incidentServer(t, cloudlogtest.Options{Access: denied})
	e, out, diag := liveEnv(now)
	if code := run(context.Background(), liveArgs(s), e); code != exitRead {
		t.Errorf("denied: exit code %d", code)
	}
	if out.Len() > 0 || !strings.Contains(diag.String(), "roles/logging.viewer") {
		t.Errorf("denied: wrote %q, said %q", out, diag)
	}

	s, _, now = incidentServer(t, cloudlogtest.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e, out, _ = liveEnv(now)
	if code := run(ctx, liveArgs(s), e); code != exitInterrupted || out.Len() > 0 {
		t.Errorf("interrupted: exit code %d, wrote %q", code, out)
	}

	e, out, diag = liveEnv(now)
	if code := run(context.Background(), liveArgs(s, "--limit", "7"), e); code != exitOK {
		t.Errorf("limit: exit code %d: %s", code, diag)
	}
	if !strings.Contains(diag.String(), "limit of 7 entries") || !strings.Contains(out.String(), `"limit-reached"`) {
		t.Errorf("the limit is not loud: %s", diag)
	}
	if a := parsed(t, out.Bytes()); a.Coverage.Entries > 7 {
		t.Errorf("%d entries were read with --limit 7", a.Coverage.Entries)
	}

	e, out, diag = liveEnv(now.Add(-300 * 24 * time.Hour))
	if code := run(context.Background(), liveArgs(s, "--max-lookback", "0"), e); code != exitOK {
		t.Errorf("nothing there: exit code %d: %s", code, diag)
	}
	if a := parsed(t, out.Bytes()); len(a.Incidents) != 0 || a.Coverage.Entries != 0 {
		t.Errorf("nothing there: %d entries", a.Coverage.Entries)
	}
	_, _ = io.Copy(io.Discard, out)
}

// --service is exact, though the query lets through names that hold the name.
func TestLiveService(t *testing.T) {
	var all []string
	for i, name := range []string{"mail", "mail-relay", "mailer"} {
		for k := range 20 {
			all = append(all, fmt.Sprintf(`{"insertId":"%d-%02d","timestamp":"2026-03-03T08:%02d:00Z","severity":"ERROR","textPayload":"MailError: %s cannot reach its queue","logName":"projects/acme-staging/logs/run.googleapis.com%%2Fstderr","resource":{"type":"k8s_container","labels":{"project_id":"acme-staging","namespace_name":"prod","container_name":"app","pod_name":"%s-6d4b75cb6d-hftl4"}}}`, i, k, 30+k, name, name))
		}
	}
	s := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{cloudlogtest.FromJSON(t, strings.Join(all, "\n"))}})
	e, out, diag := liveEnv(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC))
	if code := run(context.Background(), liveArgs(s, "--service", "mail"), e); code != exitOK {
		t.Fatalf("exit code %d: %s", code, diag)
	}
	a := parsed(t, out.Bytes())
	if a.Coverage.Entries != 20 || strings.Join(a.Coverage.Services, " ") != "mail" {
		t.Errorf("%d entries of %v", a.Coverage.Entries, a.Coverage.Services)
	}
	for _, q := range a.Coverage.Asked {
		if !strings.Contains(q.Filter, "mail") {
			t.Errorf("asked %q", q.Filter)
		}
	}
}

// A deadline that passes before anything came is a failed read.
func TestLiveDeadline(t *testing.T) {
	s, _, now := incidentServer(t, cloudlogtest.Options{})
	e, out, diag := liveEnv(now)
	if code := run(context.Background(), liveArgs(s, "--deadline", "1ns"), e); code != exitRead || out.Len() > 0 {
		t.Errorf("exit code %d, wrote %q", code, out)
	}
	if !strings.Contains(diag.String(), "--deadline") {
		t.Errorf("said %s", diag)
	}
}

// On a terminal the progress is one line that goes away.
func TestLiveProgress(t *testing.T) {
	e, _, diag := liveEnv(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC))
	e.stderrTTY, e.width = true, 60
	p := newLiveProgress(e, false)
	p.set(fetch.Progress{What: "every entry of the window", Covered: 0.43, Through: e.now(), Entries: 12000, Calls: 12, Query: 1})
	p.wait(cloudlog.Wait{Why: "the quota of 60 requests per minute is used up", For: 12 * time.Second})
	p.done()
	said := diag.String()
	for _, want := range []string{"43 % of query 1: every entry of the window", "waiting 12s: the quota"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q does not say %q", said, want)
		}
	}
	for _, line := range strings.Split(said, "\r") {
		if len(line) >= 60 && strings.TrimSpace(line) != "" {
			t.Errorf("%d columns: %q", len(line), line)
		}
	}
	if !strings.HasSuffix(said, "\r") || strings.Contains(said, "\n") {
		t.Errorf("%q stays", said)
	}

	e, _, diag = liveEnv(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC))
	p = newLiveProgress(e, false)
	p.set(fetch.Progress{What: "x"})
	p.wait(cloudlog.Wait{Why: "a hiccup", For: time.Second})
	p.wait(cloudlog.Wait{Why: "quota", For: time.Minute})
	p.done()
	if diag.String() != "waiting 1m0s: quota\n" {
		t.Errorf("without a terminal: %q", diag)
	}
}
