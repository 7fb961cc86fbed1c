package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// brokenOutput is a disk without room.
type brokenOutput struct{}

func (brokenOutput) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: errors.New("no space left on device")}
}

// What does not arrive at standard output is no success, whichever command
// prints it.
func TestBrokenOutput(t *testing.T) {
	for _, line := range []string{
		"--help", "report --help", "version", "man", "completion bash", "rules list", "rules show python.missing-module",
		"rules graph", "report ../../testdata/incident.json --explain I1", "report ../../testdata/incident.json",
		"redact ../../testdata/incident.json", "check ../../testdata/incident.json --baseline none --allow-partial",
	} {
		t.Run(line, func(t *testing.T) {
			var stderr bytes.Buffer
			e := env{stdin: strings.NewReader(""), stdout: brokenOutput{}, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now, local: time.UTC}
			if code := run(context.Background(), strings.Fields(line), e); code != exitRead {
				t.Errorf("exit code %d, want %d", code, exitRead)
			}
			if got := stderr.String(); !strings.Contains(got, "cannot write to standard output: no space left on device") || strings.Contains(got, "cannot write to standard output: write") {
				t.Errorf("standard error: %s", got)
			}
		})
	}
}
