package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

var pullStart = time.Date(2026, 1, 25, 9, 0, 0, 0, time.UTC)

// pullServer serves n entries of an hour, three at each time, of about 300 bytes.
func pullServer(t *testing.T, n int, o cloudlogtest.Options) *cloudlogtest.Server {
	t.Helper()
	var b bytes.Buffer
	for i := range n {
		at := pullStart.Add(time.Duration(i/3) * time.Hour / time.Duration(n/3+1))
		fmt.Fprintf(&b, `{"logName":"projects/acme-staging/logs/run.googleapis.com%%2Fstderr","insertId":"%08d","timestamp":%q,"severity":"INFO","textPayload":"order %d accepted %s","resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging","service_name":"checkout-api"}}}`+"\n",
			i, at.Format(time.RFC3339Nano), i, strings.Repeat("x", 100))
	}
	o.Sources = append(o.Sources, cloudlogtest.FromJSON(t, b.Bytes()))
	return cloudlogtest.New(t, o)
}

func pullArgs(s *cloudlogtest.Server, file string, more ...string) []string {
	return append([]string{"pull", "--project", "acme-staging", "--endpoint", s.Addr, "--insecure", "--rate", "100000",
		"--from", "2026-01-25T09:00:00Z", "--to", "2026-01-25T10:00:00Z", "-o", file}, more...)
}

// pullRun runs logwhy within the test.
func pullRun(ctx context.Context, args []string) (code int, stdout, stderr string) {
	e, out, diag := liveEnv(pullStart.Add(24 * time.Hour))
	code = run(ctx, args, e)
	return code, out.String(), diag.String()
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unzstd(t *testing.T, b []byte) []byte {
	t.Helper()
	d, err := zstd.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	out, err := io.ReadAll(d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPullWritesWhatIsServed(t *testing.T) {
	s := pullServer(t, 2500, cloudlogtest.Options{})
	dir := t.TempDir()
	plain, packed := filepath.Join(dir, "logs.ndjson"), filepath.Join(dir, "logs.ndjson.zst")
	for _, f := range []string{plain, packed} {
		if code, _, diag := pullRun(t.Context(), pullArgs(s, f)); code != exitOK || !strings.Contains(diag, "2500 entries") {
			t.Fatalf("exit %d: %s", code, diag)
		}
		m := ingest.ReadManifest(f)
		if m == nil || !m.Complete || m.Entries != 2500 || m.Checkpoint != nil || m.Bytes != int64(len(readFile(t, f))) || m.Requests != 3 {
			t.Fatalf("manifest %+v", m)
		}
		if m.Query.Resources[0] != "projects/acme-staging" || !m.Query.From.Equal(pullStart) || !m.First.Equal(pullStart) || m.Last.IsZero() {
			t.Errorf("manifest %+v", m)
		}
	}
	text := readFile(t, plain)
	if lines := bytes.Count(text, []byte("\n")); lines != 2500 {
		t.Errorf("%d lines", lines)
	}
	if !bytes.Equal(unzstd(t, readFile(t, packed)), text) {
		t.Error("the packed file holds something else")
	}
	code, out, _ := pullRun(t.Context(), pullArgs(s, "-"))
	if code != exitOK || out != string(text) {
		t.Errorf("standard output: exit %d, %d bytes, want %d", code, len(out), len(text))
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.part*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// What was pulled whole is not doubted, though 1000 is a usual limit; what was
// cut by --limit is.
func TestReportBelievesTheManifest(t *testing.T) {
	s := pullServer(t, 1000, cloudlogtest.Options{})
	file := filepath.Join(t.TempDir(), "logs.ndjson")
	if code, _, diag := pullRun(t.Context(), pullArgs(s, file)); code != exitOK {
		t.Fatalf("exit %d: %s", code, diag)
	}
	analyze := func() string {
		t.Helper()
		code, out, diag := pullRun(t.Context(), []string{"report", file, "-o", "json=-"})
		if code != exitOK {
			t.Fatalf("exit %d: %s", code, diag)
		}
		return out
	}
	a := parsed(t, []byte(analyze()))
	if len(a.Coverage.Asked) != 1 || !a.Coverage.Asked[0].Complete || !a.Coverage.To.Equal(pullStart.Add(time.Hour)) {
		t.Errorf("coverage %+v", a.Coverage)
	}
	if !slices.Contains(a.Coverage.Notes, "`logs.ndjson` was pulled from `projects/acme-staging`: every entry from 2026-01-25T09:00:00Z to 2026-01-25T10:00:00Z; all of it is there.") {
		t.Errorf("notes %q", a.Coverage.Notes)
	}
	if strings.Contains(analyze(), "limit-reached") {
		t.Error("the limit is doubted")
	}
	if code, _, diag := pullRun(t.Context(), pullArgs(s, file, "--limit", "500")); code != exitIncomplete || !strings.Contains(diag, "the limit of 500 entries was reached") || !strings.Contains(diag, "--allow-partial") {
		t.Fatalf("exit %d: %s", code, diag)
	}
	if m := ingest.ReadManifest(file); m == nil || m.Complete || m.Entries != 500 || m.Reason == "" {
		t.Fatalf("manifest %+v", m)
	}
	if out := analyze(); !strings.Contains(out, "pull-incomplete") {
		t.Error("nothing is said of a pull that was cut")
	}
	if code, _, diag := pullRun(t.Context(), pullArgs(s, file, "--limit", "500", "--allow-partial")); code != exitOK || !strings.Contains(diag, "limit of 500") {
		t.Errorf("--allow-partial: exit %d: %s", code, diag)
	}
}

func TestPullWithoutEntries(t *testing.T) {
	s := pullServer(t, 30, cloudlogtest.Options{})
	file := filepath.Join(t.TempDir(), "logs.ndjson")
	code, _, diag := pullRun(t.Context(), pullArgs(s, file, "--filter", "severity>=EMERGENCY"))
	if code != exitIncomplete || !strings.Contains(diag, "no entries") {
		t.Errorf("exit %d: %s", code, diag)
	}
	if code, out, diag := pullRun(t.Context(), []string{"report", file}); code != exitOK {
		t.Errorf("report of nothing: exit %d: %s%s", code, out, diag)
	}
}

func TestPullFailures(t *testing.T) {
	down := status.Error(codes.PermissionDenied, "no")
	tests := []struct {
		name   string
		faults []cloudlogtest.Fault
		more   []string
		code   int
		want   string
		kept   bool // FILE.part is kept
		done   bool // FILE is there
	}{
		{"refused", []cloudlogtest.Fault{{Err: down}}, nil, exitRead, "roles/logging.viewer", false, false},
		{"in the middle", []cloudlogtest.Fault{{}, {Err: cloudlogtest.ServiceDisabled("p")}}, nil, exitIncomplete, "are kept in", true, false},
		{"in the middle, allowed", []cloudlogtest.Fault{{}, {Err: cloudlogtest.ServiceDisabled("p")}}, []string{"--allow-partial"}, exitOK, "not everything was read: the Cloud Logging API is not enabled", false, true},
		{"no flags", nil, []string{"--project", "Bad Name"}, exitUsage, "not the id of a project", false, false},
		{"bad filter", nil, []string{"--filter", "severity>=("}, exitUsage, "--filter is not understood", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := pullServer(t, 9000, cloudlogtest.Options{Faults: cloudlogtest.Script(tt.faults...)})
			file := filepath.Join(t.TempDir(), "logs.ndjson")
			code, _, diag := pullRun(t.Context(), pullArgs(s, file, tt.more...))
			if code != tt.code || !strings.Contains(diag, tt.want) {
				t.Errorf("exit %d, want %d: %s", code, tt.code, diag)
			}
			if _, err := os.Stat(file + ".part"); (err == nil) != tt.kept {
				t.Errorf("%s.part: %v", file, err)
			}
			if _, err := os.Stat(file); (err == nil) != tt.done {
				t.Errorf("%s: %v", file, err)
			}
		})
	}
	if code, _, diag := pullRun(t.Context(), []string{"pull", "-o", "x"}); code != exitUsage || !strings.Contains(diag, "--project") {
		t.Errorf("without a project: exit %d: %s", code, diag)
	}
}

// cutOff returns a context that ends when the server is asked for page n.
func cutOff(t *testing.T, n int) (context.Context, func(int, cloudlogtest.Call) cloudlogtest.Fault) {
	ctx, cancel := context.WithCancel(t.Context())
	return ctx, func(i int, _ cloudlogtest.Call) cloudlogtest.Fault {
		if i == n {
			cancel()
			return cloudlogtest.Fault{Delay: time.Second}
		}
		return cloudlogtest.Fault{}
	}
}

// An interrupted pull says what it keeps, and goes on to the same bytes. The
// window of --since is that of the first run.
func TestPullGoesOnAfterAnInterrupt(t *testing.T) {
	whole := pullServer(t, 15000, cloudlogtest.Options{})
	dir := t.TempDir()
	for _, name := range []string{"logs.ndjson", "logs.ndjson.zst"} {
		want := filepath.Join(dir, "whole-"+name)
		if code, _, diag := pullRun(t.Context(), pullArgs(whole, want)); code != exitOK {
			t.Fatal(diag)
		}
		file := filepath.Join(dir, name)
		ctx, faults := cutOff(t, 12)
		s := pullServer(t, 15000, cloudlogtest.Options{Faults: faults})
		code, _, diag := pullRun(ctx, pullArgs(s, file))
		if code != exitInterrupted || !strings.Contains(diag, "are kept in "+file+".part\nGive the same command again") {
			t.Fatalf("exit %d: %s", code, diag)
		}
		if m := ingest.ReadManifest(file + ".part"); m == nil || m.Checkpoint == nil || m.Complete || m.Checkpoint.Entries == 0 || m.Bytes != int64(len(readFile(t, file+".part"))) {
			t.Fatalf("manifest %+v", m)
		}
		if code, _, diag := pullRun(t.Context(), append(pullArgs(s, file), "--filter", "severity>=INFO")); code != exitUsage || !strings.Contains(diag, "--restart") {
			t.Errorf("another query: exit %d: %s", code, diag)
		}
		code, _, diag = pullRun(t.Context(), pullArgs(s, file))
		if code != exitOK || !strings.Contains(diag, "going on at") {
			t.Fatalf("exit %d: %s", code, diag)
		}
		if !bytes.Equal(readFile(t, file), readFile(t, want)) {
			t.Errorf("%s differs from a pull that was not interrupted", name)
		}
		if m := ingest.ReadManifest(file); m == nil || !m.Complete || m.Entries != 15000 {
			t.Errorf("manifest %+v", m)
		}
	}
}

func TestPullOfTheLastHourGoesOnWithItsWindow(t *testing.T) {
	file := filepath.Join(t.TempDir(), "logs.ndjson")
	ctx, faults := cutOff(t, 12)
	s := pullServer(t, 15000, cloudlogtest.Options{Faults: faults})
	args := []string{"pull", "--project", "acme-staging", "--endpoint", s.Addr, "--insecure", "--rate", "100000", "--since", "25h", "-o", file}
	if code, _, diag := pullRun(ctx, args); code != exitInterrupted {
		t.Fatalf("exit %d: %s", code, diag)
	}
	asked := ingest.ReadManifest(file + ".part").Query
	time.Sleep(10 * time.Millisecond) // now is later
	if code, _, diag := pullRun(t.Context(), args); code != exitOK {
		t.Fatalf("exit %d: %s", code, diag)
	}
	m := ingest.ReadManifest(file)
	if !m.Query.From.Equal(asked.From) || !m.Query.To.Equal(asked.To) || m.Entries != 15000 {
		t.Errorf("%+v, begun with %+v", m, asked)
	}
}

// A pull that is killed again and again, at any moment, ends with the same
// bytes.
func TestPullSurvivesBeingKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program many times")
	}
	exe := thisProgram(t)
	s := pullServer(t, 12000, cloudlogtest.Options{Faults: cloudlogtest.Every(1, cloudlogtest.Fault{Delay: 20 * time.Millisecond})})
	dir := t.TempDir()
	for _, name := range []string{"logs.ndjson", "logs.ndjson.zst"} {
		want := filepath.Join(dir, "whole-"+name)
		if code, _, diag := pullRun(t.Context(), pullArgs(s, want)); code != exitOK {
			t.Fatal(diag)
		}
		file := filepath.Join(dir, name)
		kills := 0
		for done := false; !done; {
			cmd := exec.Command(exe, pullArgs(s, file)...)
			cmd.Env = []string{"HOME=" + dir}
			cmd.Dir = dir
			var diag bytes.Buffer
			cmd.Stderr = &diag
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(time.Duration(60+37*(kills%11))*time.Millisecond, func() { _ = cmd.Process.Kill() })
			err := cmd.Wait()
			timer.Stop()
			var exit *exec.ExitError
			switch {
			case err == nil:
				done = true
			case errors.As(err, &exit) && exit.ExitCode() == -1:
				kills++
			default:
				t.Fatalf("%v: %s", err, diag.String())
			}
			if kills > 200 {
				t.Fatal("it gets nowhere")
			}
		}
		t.Logf("%s: killed %d times", name, kills)
		if kills == 0 {
			t.Error("it was never killed")
		}
		if !bytes.Equal(readFile(t, file), readFile(t, want)) {
			t.Errorf("%s differs from a pull that was not killed", name)
		}
		var got, whole ingest.Manifest
		for f, m := range map[string]*ingest.Manifest{file: &got, want: &whole} {
			if err := json.Unmarshal(readFile(t, ingest.ManifestPath(f)), m); err != nil {
				t.Fatal(err)
			}
		}
		if got.Entries != whole.Entries || !got.Complete || !got.First.Equal(whole.First) || !got.Last.Equal(whole.Last) || got.Bytes != whole.Bytes {
			t.Errorf("manifest %+v\nwant %+v", got, whole)
		}
	}
}

// The program itself, as in a script: doctor, then a pull into a report.
func TestPullIntoReport(t *testing.T) {
	s := pullServer(t, 300, cloudlogtest.Options{})
	exe, home := thisProgram(t), t.TempDir()
	logwhy := func(stdin io.Reader, args ...string) (string, error) {
		cmd := exec.Command(exe, args...)
		cmd.Env, cmd.Dir, cmd.Stdin = []string{"HOME=" + home}, home, stdin
		var out, diag bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &diag
		err := cmd.Run()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, &diag)
		}
		return out.String(), err
	}
	if out, err := logwhy(nil, "doctor", "--project", "acme-staging", "--endpoint", s.Addr, "--insecure"); err != nil || !strings.Contains(out, "ok    rules") {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	lines, err := logwhy(nil, pullArgs(s, "-")...)
	if err != nil || strings.Count(lines, "\n") != 300 {
		t.Fatalf("pull: %v, %d lines", err, strings.Count(lines, "\n"))
	}
	if out, err := logwhy(strings.NewReader(lines), "report", "-", "-o", "json=-"); err != nil || parsed(t, []byte(out)).Coverage.Entries != 300 {
		t.Errorf("report: %v", err)
	}
}

// --deadline ends a pull for now: what was read is kept, and the next run ends it.
func TestPullStopsAtItsDeadline(t *testing.T) {
	slow := func(n int, _ cloudlogtest.Call) cloudlogtest.Fault {
		if n == 4 {
			return cloudlogtest.Fault{Delay: time.Minute}
		}
		return cloudlogtest.Fault{}
	}
	s := pullServer(t, 9000, cloudlogtest.Options{Faults: slow})
	file := filepath.Join(t.TempDir(), "logs.ndjson")
	code, _, diag := pullRun(t.Context(), pullArgs(s, file, "--deadline", "2s"))
	if code != exitIncomplete || !strings.Contains(diag, "--deadline is over\n") || !strings.Contains(diag, "Give the same command again") {
		t.Fatalf("exit %d: %s", code, diag)
	}
	if code, _, diag := pullRun(t.Context(), pullArgs(s, file)); code != exitOK || !strings.Contains(diag, "9000 entries") {
		t.Errorf("exit %d: %s", code, diag)
	}
}
