package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"logwhy": main, "logwhy-at": mainAt})
}

// TestScripts runs the command line as a user would: each file of
// testdata/script shows one behaviour, with its output and exit code.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "testdata", "script")
	testscript.Run(t, testscript.Params{
		Dir: unlessShort(dir), Files: ifShort(dir, "report_example", "report_inputs", "baseline_window", "redact_export", "timeline", "settings"),
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("TESTDATA", filepath.Join(root, "testdata"))
			e.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// In short mode, which is that of the race detector, some scripts stand for all:
// each command loads the whole catalogue, at ten times the usual cost.
func unlessShort(dir string) string {
	if testing.Short() {
		return ""
	}
	return dir
}

func ifShort(dir string, names ...string) []string {
	if !testing.Short() {
		return nil
	}
	files := make([]string, len(names))
	for i, n := range names {
		files[i] = filepath.Join(dir, n+".txtar")
	}
	return files
}

// exits CODE COMMAND... runs a command and checks its exit code; testscript's
// own "!" tells success from failure only.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = exitCode(err)
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

func exitCode(err error) string {
	type coder interface{ ExitCode() int }
	if c, ok := err.(coder); ok {
		return strconv.Itoa(c.ExitCode())
	}
	return err.Error()
}
