package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// logwhy runs a command line and returns its exit code and output.
func logwhy(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out, diag bytes.Buffer
	e := env{stdin: strings.NewReader(""), stdout: &out, stderr: &diag, getenv: func(string) string { return "" }, now: func() time.Time { return time.Unix(0, 0) }, local: time.UTC}
	code := run(context.Background(), args, e)
	if code > 1 {
		t.Fatalf("logwhy %s: exit code %d\n%s", strings.Join(args, " "), code, diag.String())
	}
	return code, out.String()
}

// What our own reports say of an input holds against that input, in each form
// that can be verified.
func TestOwnReportsHold(t *testing.T) {
	dir := t.TempDir()
	for _, input := range []string{"incident.json", "seeds/phase-report.json", "seeds/syntax-report.json"} {
		input = filepath.Join("..", "..", "testdata", filepath.FromSlash(input))
		md, js := filepath.Join(dir, "own.md"), filepath.Join(dir, "own.json")
		logwhy(t, "report", input, "-o", "md="+md, "-o", "json="+js, "-q")
		for _, report := range []string{md, js} {
			code, out := logwhy(t, "verify", report, "--against", input)
			if code != 0 || strings.HasPrefix(out, "0 supported") {
				t.Errorf("%s, %s: exit code %d\n%s", input, filepath.Base(report), code, out)
			}
			if strings.Contains(out, ": note: ") {
				t.Errorf("%s, %s: nothing is to be noted\n%s", input, filepath.Base(report), out)
			}
		}
	}
}

// One wrong character in a report is found.
func TestChangedReportsDoNotHold(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join("..", "..", "testdata", "incident.json")
	md, js := filepath.Join(dir, "own.md"), filepath.Join(dir, "own.json")
	logwhy(t, "report", input, "-o", "md="+md, "-o", "json="+js, "-q")
	for _, c := range []struct{ file, old, new, why string }{
		{md, "31 of 67 requests", "37 of 67 requests", "the data hold 31 of 67"},
		{md, "31 of 67 requests", "31 of 87 requests", "the data hold 31 of 67"},
		{md, "| 14:18:59.922324 |", "| 14:18:59.922325 |", "the entry is of 2026-03-03T14:18:59.922324Z"},
		{md, "column orders.voucher_id does not exist` (", "column orders.coupon_id does not exist` (", "no entry has this text"},
		{md, "insertId%3D%2269a6eb950002bb921f20bf01", "insertId%3D%2269a6eb950002bb921f20bf02", "no entry has the insertId"},
		{md, "513 entries read", "514 entries read", "the input holds 513 entries"},
		{js, `"insertId": "69a6eb950002bb921f20bf01"`, `"insertId": "69a6eb950002bb921f20bf02"`, "no entry has the insertId"},
		{js, `"first": "2026-03-03T14:09:25`, `"first": "2026-03-03T14:08:26`, "no entry is at 2026-03-03T14:08:26"},
		{js, `"count": 5,`, `"count": 6,`, "counted again, the data hold 5"},
	} {
		data, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(data, []byte(c.old)) {
			t.Errorf("the report no longer says %q", c.old)
			continue
		}
		changed := filepath.Join(dir, "changed"+filepath.Ext(c.file))
		if err := os.WriteFile(changed, bytes.Replace(data, []byte(c.old), []byte(c.new), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out := logwhy(t, "verify", changed, "--against", input); code != 1 || !strings.Contains(out, c.why) {
			t.Errorf("%q for %q: exit code %d, want %q\n%s", c.new, c.old, code, c.why, out)
		}
	}
}
