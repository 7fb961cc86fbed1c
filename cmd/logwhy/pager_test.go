package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// terminal is an environment with a screen of ten lines.
func terminal(out io.Writer, vars map[string]string) env {
	if vars == nil {
		vars = map[string]string{}
	}
	if _, ok := vars["TERM"]; !ok {
		vars["TERM"] = "xterm"
	}
	return env{stdout: out, stderr: io.Discard, stdoutTTY: true, height: 10, getenv: func(k string) string { return vars[k] }}
}

func TestPagerCommand(t *testing.T) {
	for _, c := range []struct {
		name string
		vars map[string]string
		off  bool
		want string
	}{
		{"default", nil, false, "less -FIRX"},
		{"PAGER", map[string]string{"PAGER": "more -d"}, false, "more -d"},
		{"own first", map[string]string{"PAGER": "more", "LOGWHY_PAGER": "most"}, false, "most"},
		{"bare less", map[string]string{"PAGER": "less"}, false, "less -FIRX"},
		{"less with LESS", map[string]string{"PAGER": "less", "LESS": "-R"}, false, "less"},
		{"cat", map[string]string{"PAGER": "cat"}, false, ""},
		{"blank", map[string]string{"LOGWHY_PAGER": " "}, false, ""},
		{"dumb", map[string]string{"TERM": "dumb"}, false, ""},
		{"no TERM", map[string]string{"TERM": ""}, false, ""},
		{"--no-pager", nil, true, ""},
	} {
		if got := strings.Join(newPager(terminal(io.Discard, c.vars), c.off).argv(), " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	piped := terminal(io.Discard, nil)
	piped.stdoutTTY = false
	if newPager(piped, false).argv() != nil {
		t.Error("a pager without a terminal")
	}
}

// TestPager runs a fake pager, which marks what it shows.
func TestPager(t *testing.T) {
	fake := filepath.Join(t.TempDir(), "fake")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\necho shown\nhead -n 2\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	long, short := []byte(strings.Repeat("a line\n", 5000)), []byte("one\ntwo\n")
	for _, c := range []struct {
		name, pager string
		text        []byte
		want        string
	}{
		{"long", fake, long, "shown\na line\na line\n"},
		{"short", fake, short, "one\ntwo\n"},
		{"missing", filepath.Join(t.TempDir(), "none"), long, string(long)},
	} {
		var out bytes.Buffer
		p := newPager(terminal(&out, map[string]string{"LOGWHY_PAGER": c.pager}), false)
		if err := p.write(c.text); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if out.String() != c.want {
			t.Errorf("%s: got %.80q, want %.80q", c.name, out.String(), c.want)
		}
	}
}
