package rulecheck

import (
	"context"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// creFolder finds samples of CRE rules beside the repository, a folder each
// with the log that the rule must detect, or skips.
func creFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Skip(err)
	}
	for range 6 {
		d := filepath.Join(dir, "shared", "cre")
		if info, err := os.Stat(d); err == nil && info.IsDir() {
			return d
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("no CRE rules beside the repository")
	return ""
}

// hitsOf counts what a catalog of one rule finds in entries.
func hitsOf(c *signature.Catalog, entries []*logentry.Entry) int {
	t := &tester{c: c, m: c.NewMatcher()}
	n := 0
	for id, obs := range t.observe(entries) {
		if !strings.Contains(id, "#") {
			n += len(obs)
		}
	}
	return n
}

// plainLines makes an entry of each line, a millisecond apart. A line without a
// digit near its start continues the one before, if the first line has one.
func plainLines(text string) []*logentry.Entry {
	var out []*logentry.Entry
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	dated := func(s string) bool { return strings.ContainsAny(s[:min(len(s), 8)], "0123456789{") }
	for _, line := range lines {
		if n := len(out); n > 0 && dated(lines[0]) && !dated(line) {
			out[n-1].Message += "\n" + line
			continue
		}
		at := logentry.Time(len(out)) * logentry.Time(time.Millisecond)
		out = append(out, &logentry.Entry{Time: at, Message: line, Pos: logentry.Pos{Record: len(out) + 1}})
	}
	return out
}

// readLog reads a log as a user's file is read.
func readLog(t *testing.T, name string) []*logentry.Entry {
	t.Helper()
	set, err := ingest.Open([]string{name}, ingest.Options{Workers: 1, Year: 2025})
	if err != nil {
		return nil
	}
	var out []*logentry.Entry
	_, err = set.Read(context.Background(), func(int) func(*logentry.Entry) {
		return func(e *logentry.Entry) { out = append(out, e.Clone()) }
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Pos.Seq < out[j].Pos.Seq })
	return out
}

// TestCRERulesDetectTheirLogs: every rule is read, recognises its own log, and
// is silent on the log on which it must be.
func TestCRERulesDetectTheirLogs(t *testing.T) {
	root := creFolder(t)
	dirs, err := filepath.Glob(filepath.Join(root, "cre-*"))
	if err != nil || len(dirs) == 0 {
		t.Skip("no rules", err)
	}
	read := 0
	for _, dir := range dirs {
		c, bad := signature.Load([]signature.Source{{FS: os.DirFS(dir), Root: filepath.Base(dir)}}, signature.Options{})
		if len(bad) > 0 || len(c.Signatures) == 0 {
			t.Errorf("%s", bad)
			continue
		}
		log, err := os.ReadFile(filepath.Join(dir, "test.log"))
		if err != nil {
			t.Fatal(err)
		}
		if hitsOf(c, plainLines(string(log))) == 0 {
			t.Errorf("%s does not detect its own log", filepath.Base(dir))
		}
		if hitsOf(c, readLog(t, filepath.Join(dir, "test.log"))) > 0 {
			read++
		} else {
			t.Logf("%s does not detect its own log as it is read", filepath.Base(dir))
		}
		if log, err := os.ReadFile(filepath.Join(dir, "test-fp.log")); err == nil && hitsOf(c, plainLines(string(log))) > 0 {
			t.Errorf("%s fires on the log on which it must not", filepath.Base(dir))
		}
	}
	t.Logf("%d rules, %d detected as read by ingest", len(dirs), read)
}
