package stacktrace

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func traces(tb testing.TB) []string {
	files, err := filepath.Glob("testdata/traces/*.txt")
	if err != nil || len(files) == 0 {
		tb.Fatal("no traces", err)
	}
	var out []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

// check holds for every text.
func check(tb testing.TB, text string) {
	tb.Helper()
	tr, ok := Parse(text)
	if ok != (len(tr.Chain) > 0) {
		tb.Fatalf("ok %v with %d exceptions", ok, len(tr.Chain))
	}
	if len(tr.Chain) > 3*keepExceptions || len(tr.Beside) > 2*keepExceptions {
		tb.Fatalf("chain %d, beside %d", len(tr.Chain), len(tr.Beside))
	}
	for i, e := range append(append([]Exception{}, tr.Chain...), tr.Beside...) {
		if e.Start < 0 || e.Start > e.End || e.End > len(text) {
			tb.Fatalf("exception %d at %d..%d of %d", i, e.Start, e.End, len(text))
		}
		if len(e.Frames) > 2*keepFrames || len(e.Message) > maxMessage {
			tb.Fatalf("exception %d: %d frames, message of %d", i, len(e.Frames), len(e.Message))
		}
		for _, f := range e.Frames {
			if f.Line < 0 || f.File == "" && f.Function == "" {
				tb.Fatalf("frame %+v", f)
			}
		}
		if utf8.ValidString(text) && !utf8.ValidString(e.Message) {
			tb.Fatalf("message was cut inside a rune: %q", e.Message)
		}
	}
	if ok {
		if tr.Chain[0].Relation != RelNone {
			tb.Fatalf("the first exception is a %v", tr.Chain[0].Relation)
		}
		for _, e := range tr.Chain[1:] {
			if e.Relation == RelNone {
				tb.Fatal("an inner exception without a relation")
			}
		}
	}
	parts := UnwrapReason(text)
	if len(parts) == 0 {
		tb.Fatal("no parts")
	}
	for _, p := range parts {
		if !strings.Contains(text, p) {
			tb.Fatalf("part %q is not in the text", p)
		}
	}
	IsReason(text)
	prev := KindNone
	for line := range strings.SplitSeq(text, "\n") {
		ExceptionLine(line)
		Continues(prev, line)
		prev = Classify(line)
	}
}

func FuzzStacktrace(f *testing.F) {
	for _, s := range traces(f) {
		f.Add(s)
		f.Add(strings.ReplaceAll(s, "\n", `\n`))
		f.Add(strings.ReplaceAll(s, "\n", " "))
	}
	for _, m := range []map[string][]string{statedReasons, noReasons} {
		for _, texts := range m {
			for _, s := range texts {
				f.Add(s)
			}
		}
	}
	f.Fuzz(func(t *testing.T, s string) { check(t, s) })
}

// A trace that was cut anywhere, and at any start, is read without harm.
func TestCutAnywhere(t *testing.T) {
	for _, s := range traces(t) {
		for i := 0; i < len(s); i += 7 {
			check(t, s[:i])
			check(t, s[i:])
		}
	}
}

// The offsets point at the exception line.
func TestOffsets(t *testing.T) {
	for _, s := range traces(t) {
		tr, ok := Parse(s)
		if !ok {
			t.Fatalf("nothing in %q", s)
		}
		for _, e := range tr.Chain {
			first, _, _ := strings.Cut(e.Message, "\n")
			if line := s[e.Start:e.End]; e.Start < e.End && !strings.Contains(line, first) && !strings.Contains(line, lastPart(e.Type)) {
				t.Errorf("%q is not the line of %q: %q", line, e.Type, first)
			}
		}
	}
}

func TestLongStacksKeepBothEnds(t *testing.T) {
	var b strings.Builder
	b.WriteString("Traceback (most recent call last):\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "  File \"/app/f%d.py\", line %d, in f%d\n    call()\n", i, i+1, i)
	}
	b.WriteString("RecursionError: maximum recursion depth exceeded\n")
	tr, ok := Parse(b.String())
	if !ok {
		t.Fatal("nothing")
	}
	fs := tr.Chain[0].Frames
	if len(fs) != 200 || fs[0].Function != "f0" || fs[99].Function != "f99" || fs[100].Function != "f4900" || fs[199].Function != "f4999" {
		t.Errorf("%d frames, %s … %s %s … %s", len(fs), fs[0].Function, fs[99].Function, fs[100].Function, fs[len(fs)-1].Function)
	}
}

func TestLongChainsKeepBothEnds(t *testing.T) {
	var b strings.Builder
	b.WriteString("com.acme.E0Exception: m0\n\tat com.acme.F.g(F.java:1)\n")
	for i := range 500 {
		fmt.Fprintf(&b, "Caused by: com.acme.E%dException: m%d\n\tat com.acme.F.g(F.java:1)\n", i+1, i+1)
	}
	tr, _ := Parse(b.String())
	if n := len(tr.Chain); n > 64 || tr.Outermost().Message != "m0" || tr.Innermost().Message != "m500" {
		t.Errorf("%d exceptions, %q … %q", n, tr.Outermost().Message, tr.Innermost().Message)
	}
}

// hostile are texts that a careless parser takes quadratic time for.
func hostile(n int) map[string]string {
	rep := func(s string) string { return strings.Repeat(s, n/len(s)) }
	return map[string]string{
		"colons":       rep(": "),
		"quotes":       rep(`"`),
		"open quotes":  rep(`'a `),
		"brackets":     rep("("),
		"closed":       rep("()"),
		"backslashes":  rep(`\`),
		"escaped":      "Traceback (most recent call last):" + rep(`\n  File \"a\", line 1, in f`),
		"tabs":         rep(`\n\t`),
		"at":           rep(" at a"),
		"at frames":    rep(" at a.b(c:1)"),
		"files":        "Traceback (most recent call last): " + rep(` File "a", line 1, in f `),
		"types":        "Traceback (most recent call last): File \"a\", line 1, in f " + rep("A.B "),
		"traceback":    rep("Traceback (most recent call last):\n"),
		"groups":       "  + Exception Group Traceback (most recent call last):\n" + rep("  +-+---------------- 1 ----------------\n"),
		"nested group": nestedGroups(n),
		"caused":       "a.BException: c\n\tat a.b(C.java:1)\n" + rep("Caused by: a.BException: c\n"),
		"arrows":       "System.Exception: a" + rep(" ---> System.Exception: a") + "\n   at A.B()\n",
		"inner":        "System.Exception: a\n" + rep(" ---> System.Exception: a\n"),
		"next":         "#0 /a.php(1): f()\n" + rep("Next A\\BException: c in /a.php:1\n"),
		"errors":       "Error: a\n    at f (/a.js:1:2) {\n  [errors]: [\n" + rep("    Error: b\n"),
		"newlines":     rep("\n"),
		"words":        rep("not found "),
		"word":         rep("a"),
		"dots":         rep("a."),
		"digits":       rep("1:"),
		"prefixes":     rep("[a] "),
		"dashes":       rep("- "),
		"json":         rep(`{"message":`),
		"caused args":  "(Caused by " + rep("A("),
		"steps":        rep("open a b: "),
		"go":           "panic: a\n" + rep("\tpanic: b\n"),
		"goroutines":   "goroutine 1 [running]:\n" + rep("goroutine 2 [running]:\n"),
		"elixir":       rep("** (A) b\n"),
		"rust":         "Error: a\n\nCaused by:\n" + rep("    0: a\n"),
		"long message": "java.lang.Error: a\n" + rep("more of it\n") + "\tat a.b.C(C.java:1)",
	}
}

func nestedGroups(n int) string {
	var b strings.Builder
	b.WriteString("  + Exception Group Traceback (most recent call last):\n")
	for i := 0; b.Len() < n; i++ {
		pad := strings.Repeat(" ", 2*(i%400)+2)
		b.WriteString(pad + "| ExceptionGroup: g (1 sub-exception)\n" + pad + "+-+---------------- 1 ----------------\n")
	}
	return b.String()
}

// The time for a text of 1 MB is some ten times that for one of 100 KB, not a
// hundred times. The bound is wide: the machine may be busy.
//
// It measures time, so it runs only when it is asked for: a busy machine would
// fail it.
func TestLinearTime(t *testing.T) {
	if os.Getenv("LOGWHY_TIMED") == "" {
		t.Skip("measures time; set LOGWHY_TIMED=1 on a quiet machine")
	}
	small, large := hostile(100_000), hostile(1_000_000)
	for name := range large {
		run := func(s string) time.Duration {
			best := time.Hour
			for range 2 {
				begin := time.Now()
				Parse(s)
				UnwrapReason(s)
				IsReason(s)
				ExceptionLine(s)
				Classify(s)
				best = min(best, time.Since(begin))
			}
			return best
		}
		a, b := run(small[name]), run(large[name])
		if b > 40*a+200*time.Millisecond {
			t.Errorf("%s: %v for 100 KB, %v for 1 MB", name, a, b)
		}
		if b > 5*time.Second {
			t.Errorf("%s: %v for 1 MB", name, b)
		}
	}
}

func TestHostileTextsHoldTheRules(t *testing.T) {
	for name, s := range hostile(3000) {
		t.Run(name, func(t *testing.T) { check(t, s) })
	}
}

func TestExceptionText(t *testing.T) {
	tests := []struct {
		e    Exception
		want string
	}{
		{Exception{Type: "KeyError", Message: "'x'"}, "KeyError: 'x'"},
		{Exception{Message: "open /x: denied"}, "open /x: denied"},
		{Exception{Type: "AggregateError", Code: "ECONNREFUSED"}, "AggregateError (ECONNREFUSED)"},
		{Exception{Type: "Error", Message: "connect ECONNREFUSED", Code: "ECONNREFUSED"}, "Error: connect ECONNREFUSED"},
		{Exception{}, ""},
	}
	for _, tt := range tests {
		if got := tt.e.Text(); got != tt.want {
			t.Errorf("%+v: %q", tt.e, got)
		}
	}
}

func TestTraceEnds(t *testing.T) {
	var none Trace
	if none.Innermost().Type != "" || none.Outermost().Type != "" || none.Raised().Type != "" {
		t.Error("an empty trace has no exceptions")
	}
	tr, _ := Parse("Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in f\n    g()\n" +
		"  File \"/usr/lib/python3/dist-packages/x.py\", line 1, in g\nRuntimeError: Setup failed: no module named 'acme'")
	if tr.Innermost().Message != "no module named 'acme'" || tr.Raised().Type != "RuntimeError" {
		t.Errorf("%+v", tr)
	}
	if f, ok := tr.Raised().LastUser(); !ok || f.File != "/app/a.py" {
		t.Errorf("%+v", f)
	}
	if _, ok := tr.Innermost().LastUser(); ok {
		t.Error("a wrapped part has no frames")
	}
}

func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"python_chained", "java_caused_by", "node_cause", "go_panic", "bare_uncaught"} {
		text, err := os.ReadFile("testdata/traces/" + name + ".txt")
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Parse(string(text))
			}
		})
	}
}

// A text of 1 MB without any trace, and one of nothing but frames.
func BenchmarkParseLarge(b *testing.B) {
	texts := map[string]string{
		"plain":  strings.Repeat("the ledger has posted 17 orders for customer acme in 12 ms\n", 17_000),
		"frames": "java.lang.Error: a\n" + strings.Repeat("\tat com.acme.shop.Shop.pay(Shop.java:17)\n", 24_000),
		"one":    "Traceback (most recent call last):" + strings.Repeat(`\n  File "/app/a.py", line 1, in f\n    g()`, 24_000),
	}
	for name, s := range texts {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Parse(s)
			}
		})
	}
}

func BenchmarkIsReason(b *testing.B) {
	texts := []string{
		"Health check failed",
		"failed to connect: dial tcp 10.20.0.3:5432: connect: connection refused",
		"2026-01-02 03:04:05,678 - acme.ledger - ERROR - Task 17 failed: column \"paid_at\" of relation \"orders\" does not exist",
	}
	for b.Loop() {
		for _, s := range texts {
			IsReason(s)
		}
	}
}

func BenchmarkClassify(b *testing.B) {
	for name, line := range map[string]string{
		"frame": "\tat com.acme.shop.Shop.pay(Shop.java:17)",
		"plain": "the ledger has posted 17 orders for customer acme in 12 ms",
		"stamp": "2026-01-02 03:04:05,678 - acme.ledger - INFO - posted 17 orders: ok",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Classify(line)
			}
		})
	}
}
