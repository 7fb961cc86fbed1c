package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// mainAt is main at a given time: logwhy-at TIME ARGS...
func mainAt() {
	at, err := time.Parse(time.RFC3339, os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	e, start := systemEnv(), time.Now()
	e.now = func() time.Time { return at.Add(time.Since(start)) }
	os.Exit(run(context.Background(), os.Args[2:], e))
}

// TestCheckScripts shows one behaviour of check a file: what it prints, its
// exit code, and the state file.
func TestCheckScripts(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "script", "check")
	testscript.Run(t, testscript.Params{
		Dir: unlessShort(dir), Files: ifShort(dir, "first_run", "two_writers", "back_after_deploy"),
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			if testdata, err := filepath.Abs(filepath.Join("..", "..", "testdata")); err == nil {
				e.Setenv("TESTDATA", testdata)
			}
			return os.CopyFS(filepath.Join(e.WorkDir, "rules"), os.DirFS(filepath.Join("..", "..", "testdata", "script", "check", "rules")))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "export": export},
	})
}

// export OUT SRC... writes an export of Cloud Logging from drawn lines:
//
//	10:00:00 INFO 00007 started
//
// The day is 2026-03-03 unless a line "day 2026-03-04" says otherwise, the
// service checkout-api unless "service mailer" does. Equal lines have equal
// insertIds; the newest entry comes last.
func export(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: export OUT SRC...")
	}
	var b strings.Builder
	for _, name := range args[1:] {
		out, err := drawn(ts.ReadFile(name))
		if err != nil {
			ts.Fatalf("%s: %v", name, err)
		}
		b.WriteString(out)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

func drawn(src string) (string, error) {
	var b strings.Builder
	day, service := "2026-03-03", "checkout-api"
	for line := range strings.Lines(src) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 4)
		switch {
		case len(f) == 2 && f[0] == "day":
			day = f[1]
			continue
		case len(f) == 2 && f[0] == "service":
			service = f[1]
			continue
		case line == "\n":
			continue
		case len(f) < 4:
			return "", fmt.Errorf("%q is no entry", line)
		}
		data, err := json.Marshal(drawnEntry(day+"T"+f[0]+"Z", f[1], service, f[2], f[3]))
		if err != nil {
			return "", err
		}
		b.Write(append(data, '\n'))
	}
	return b.String(), nil
}

// drawnEntry is a LogEntry of a container on Cloud Run. Revision "-" is none.
func drawnEntry(at, level, service, revision, text string) map[string]any {
	labels := map[string]string{"service_name": service, "project_id": "acme-staging", "location": "europe-west1"}
	if revision != "-" {
		labels["revision_name"] = service + "-" + revision
	}
	return map[string]any{
		"insertId": fmt.Sprintf("%x", at+service+text), "timestamp": at, "severity": level, "textPayload": text,
		"logName":  "projects/acme-staging/logs/run.googleapis.com%2Fstderr",
		"resource": map[string]any{"type": "cloud_run_revision", "labels": labels},
	}
}
