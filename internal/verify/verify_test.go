package verify

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logwhy/internal/ingest"
)

// outage is a small export: a mailer that is refused twice, requests of which
// two of five fail, and a silence of an hour.
const outage = `[
{"insertId":"a1","timestamp":"2026-03-03T09:58:00.100000Z","severity":"INFO","textPayload":"mailer: started"},
{"insertId":"a2","timestamp":"2026-03-03T10:02:00.250000Z","severity":"ERROR","textPayload":"mailer: connection refused by smtp.acme.test"},
{"insertId":"a3","timestamp":"2026-03-03T10:02:30.000000Z","httpRequest":{"requestMethod":"POST","requestUrl":"https://shop.acme.test/orders/17?x=1","status":500,"latency":"1.5s"}},
{"insertId":"a4","timestamp":"2026-03-03T10:02:31.000000Z","httpRequest":{"requestMethod":"POST","requestUrl":"https://shop.acme.test/orders/18","status":200,"latency":"0.1s"}},
{"insertId":"a5","timestamp":"2026-03-03T10:02:32.000000Z","httpRequest":{"requestMethod":"POST","requestUrl":"https://shop.acme.test/orders/19","status":500,"latency":"0.1s"}},
{"insertId":"a6","timestamp":"2026-03-03T10:02:33.000000Z","httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.acme.test/health","status":200,"latency":"0.1s"}},
{"insertId":"a7","timestamp":"2026-03-03T10:02:34.000000Z","httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.acme.test/health","status":200,"latency":"0.1s"}},
{"insertId":"a8","timestamp":"2026-03-03T10:06:00.000000Z","severity":"ERROR","textPayload":"mailer: connection refused by smtp.acme.test"},
{"insertId":"a9","timestamp":"2026-03-03T10:07:00.000000Z","severity":"INFO","textPayload":"mailer: queue length 12"},
{"insertId":"b1","timestamp":"2026-03-03T11:10:00.000000Z","severity":"WARNING","jsonPayload":{"message":"quota nearly used","user":"kim@acme.test"}}
]`

// against holds a document against entries.
func against(t testing.TB, name, doc string, exports ...string) *Result {
	t.Helper()
	dir := t.TempDir()
	var inputs []string
	for i, x := range exports {
		p := filepath.Join(dir, "export"+string(rune('a'+i))+".json")
		if err := os.WriteFile(p, []byte(x), 0o600); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, p)
	}
	return run(t, []*Document{Parse(name, []byte(doc))}, inputs...)
}

func run(t testing.TB, docs []*Document, inputs ...string) *Result {
	t.Helper()
	set, err := ingest.Open(inputs, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Against(context.Background(), docs, set, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// verdict returns the worst verdict of a kind and why.
func verdict(r *Result, kind string) (string, string) {
	out, why := "", ""
	for _, c := range r.Claims {
		if c.Kind == kind && (out == "" || c.Verdict == NotSupported || out == NotChecked && c.Verdict == Supported) {
			out, why = c.Verdict, c.Why
			if out == NotSupported {
				break
			}
		}
	}
	return out, why
}

func TestClaims(t *testing.T) {
	for _, c := range []struct {
		name, doc, kind, want, why string
	}{
		{"line with time and level", "```\n2026-03-03T10:02:00.250Z ERROR mailer: connection refused by smtp.acme.test\n```", KindQuote, Supported, ""},
		{"time cut to its digits", "```\n2026-03-03 10:02:00 ERROR mailer: connection refused by smtp.acme.test\n```", KindQuote, Supported, ""},
		{"a digit is wrong", "```\n2026-03-03T10:02:00.251Z ERROR mailer: connection refused by smtp.acme.test\n```", KindQuote, NotSupported, "2 entries have this text: at 2026-03-03T10:02:00.25Z"},
		{"another day", "```\n2026-03-04T10:02:00.25Z ERROR mailer: connection refused by smtp.acme.test\n```", KindQuote, NotSupported, "the report says 2026-03-04"},
		{"in another zone", "```\n2026-03-03T11:02:00.25+01:00 ERROR mailer: connection refused by smtp.acme.test\n```", KindQuote, Supported, ""},
		{"level is wrong", "```\n2026-03-03T10:02:00.25Z CRITICAL mailer: connection refused by smtp.acme.test\n```", KindQuote, NotSupported, "is of severity ERROR; the report says CRITICAL"},
		{"no such line", "```\n2026-03-03T10:02:00Z ERROR mailer: quota exceeded\n```", KindQuote, NotSupported, "no entry has this text"},
		{"cut with an ellipsis", "`mailer: connection … smtp.acme.test`", KindQuote, Supported, ""},
		{"parts in the wrong order", "It logs `connection refused … mailer: failed by smtp`.", KindQuote, NotSupported, "no entry has this text"},
		{"blockquote", "> 2026-03-03T10:06:00Z ERROR mailer: connection refused by smtp.acme.test", KindQuote, Supported, ""},
		{"quoted in prose", `Logs show "mailer: connection refused by smtp.acme.test".`, KindQuote, Supported, ""},
		{"reported by a caller", `Clients got "1011 internal error" after that.`, KindQuote, NotSupported, "no entry has this text"},
		{"a field beside the message", "`\"user\": \"kim@acme.test\"`", KindQuote, NotChecked, ""},
		{"replaced by a tag", "Logged: `connection refused by [host:1]`", KindQuote, Supported, ""},
		{"code is left alone", "Use `except ConnectionError as e: raise`.", KindQuote, NotChecked, ""},
		{"code in a fence", "```python\nraise ConnectionError('failed to connect')\n```", KindQuote, NotChecked, ""},
		{"a commit is left alone", "`535861bd8 fix: resolve error causing startup failure`", KindQuote, NotChecked, ""},
		{"two lines hold the same", "~~~text\nmailer: started\nmailer: queue length 12\n~~~", KindQuote, Supported, ""},

		{"onset is right", "Connection errors since 10:02.", KindTime, Supported, ""},
		{"onset to the second", "Mailer connection errors began at 10:02:00 UTC.", KindTime, Supported, ""},
		{"onset is too early", "Connection errors since 10:00 UTC.", KindTime, NotSupported, "2m later; between 2026-03-03T09:58:00Z and 2026-03-03T10:02:00Z there is no entry at all"},
		{"onset is too late", "Connection errors since 10:05.", KindTime, NotSupported, "earlier"},
		{"about", "Connection errors since about 10:00.", KindTime, Supported, ""},
		{"before the input begins", "Connection errors since 06:00.", KindTime, NotChecked, "the input begins"},
		{"a range holds it", "**10:00 - 10:06 UTC**: connection errors", KindTime, Supported, ""},
		{"a range does not", "**10:03 - 10:05 UTC**: connection errors", KindTime, NotSupported, "no entry at all is there"},
		{"a moment", "The error of 10:06:00.", KindTime, Supported, ""},
		{"a moment without an entry", "An error at 10:04:00.", KindTime, NotSupported, "no entry is at 10:04:00"},
		{"what people did", "10:04 deployed version 7 to fix the error", KindTime, NotChecked, ""},
		{"a line of a file is no time", "See utils.py:74:12 and 10.0.0.1:59990.", KindTime, "", ""},
		{"pm", "The error at 10:06 PM.", KindTime, NotChecked, "covers"},

		{"share of a route", "`POST /orders/{id}` fails with 500: 2 of 3 requests.", KindCount, Supported, ""},
		{"share is wrong", "`POST /orders/{id}` fails with 500: 3 of 3 requests.", KindCount, NotSupported, "the data hold 2 of 3"},
		{"share of a route by number", "`POST /orders/17` answers 500 in 2 of 3 requests.", KindCount, Supported, ""},
		{"more than all", "`POST /orders/{id}`: 4 of 3 requests.", KindCount, NotSupported, "cannot be"},
		{"times", "`mailer: connection refused by smtp.acme.test` is logged 2 times.", KindCount, Supported, ""},
		{"twice", "`mailer: connection refused by smtp.acme.test`, twice", KindCount, Supported, ""},
		{"times is wrong", "`mailer: connection refused by smtp.acme.test` is logged 31 times.", KindCount, NotSupported, "2 entries have this text"},
		{"what is counted is not said", "4 out of 10 test modules fail.", KindCount, NotChecked, ""},
		{"over two lines", "`POST /orders/{id}` fails with 500: 2 of\n3 requests.", KindCount, Supported, ""},

		{"rate is right", "An error rate of 40% of requests.", KindRate, Supported, ""},
		{"rate is wrong", "A 100% failure rate of requests.", KindRate, NotSupported, "2 of 5 requests (40.0 %)"},
		{"rate of a route", "`POST /orders/{id}`: 67% of requests fail.", KindRate, Supported, ""},
		{"no denominator", "100% WebSocket connection failure rate.", KindRate, NotSupported, "without a denominator"},
		{"business numbers", "It blocks 90% of business value.", KindRate, NotChecked, ""},
		{"a target", "Target: error rate of requests <1%.", KindRate, NotChecked, ""},

		{"gone, and other entries follow", "No connection errors after 10:06.", KindAbsence, Supported, ""},
		{"still there", "No connection errors after 10:03.", KindAbsence, NotSupported, "1 such entries are there"},
		{"not in the logs at all", "No mailer connection errors in the logs.", KindAbsence, NotSupported, "2 such entries are there"},
		{"silence is no recovery", "The mailer connection errors were resolved by 10:08.", KindAbsence, NotSupported, "silence is no data"},
		{"an empty stretch", "**10:10 - 11:00**: no connection errors", KindAbsence, NotSupported, "no entry of any kind"},
		{"a plan", "Verify that no connection errors appear.", KindAbsence, NotChecked, "a plan"},
		{"unsure", "It is unknown whether no connection errors follow.", KindAbsence, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := against(t, "r.md", c.doc, outage)
			got, why := verdict(r, c.kind)
			if got != c.want || !strings.Contains(why, c.why) {
				t.Errorf("%q: %s is %q (%s), want %q (%s)\nall: %+v", c.doc, c.kind, got, why, c.want, c.why, r.Claims)
			}
		})
	}
}

func TestClaimsHaveTheirLines(t *testing.T) {
	doc := "# Title\n\nProse.\n\n```\nmailer: started\n2026-03-03T10:05:00Z ERROR mailer: connection refused by smtp.acme.test\n```\nText\nand `mailer: failed to send mail`\n\n| when | what |\n|---|---|\n| 10:06:00.5 | `mailer: connection refused by smtp.acme.test` |\n"
	var lines []int
	for _, c := range against(t, "r.md", doc, outage).Claims {
		if c.Verdict == NotSupported {
			lines = append(lines, c.Line)
		}
	}
	if len(lines) != 3 || lines[0] != 7 || lines[1] != 10 || lines[2] != 14 {
		t.Errorf("lines are %v, want 7 10 14", lines)
	}
}

// Two reports quote the same words and give them different times. With one of
// the exports one of them is wrong; with both there are two entries, and each
// report is told of the other.
func TestOneTextTwoTimes(t *testing.T) {
	entry := func(at string) string {
		return `[{"timestamp":"` + at + `","severity":"CRITICAL","textPayload":"SyntaxError: unterminated string literal (cart.py, line 12)"}]`
	}
	quote := func(at string) string {
		return "```\n" + at + " CRITICAL SyntaxError: unterminated string literal (cart.py, line 12)\n```\n"
	}
	const first, second = "2026-03-03T10:02:43.683867Z", "2026-03-03T10:03:43.933157Z"
	r := against(t, "one.md", quote(second), entry(first))
	if v, why := verdict(r, KindQuote); v != NotSupported || !strings.Contains(why, "1 entry has this text: at "+first+"; the report says "+second) {
		t.Errorf("%s: %s", v, why)
	}
	r = against(t, "one.md", quote(second), entry(first), entry(second))
	if len(r.Claims) != 1 || r.Claims[0].Verdict != Supported || !strings.Contains(r.Claims[0].Note, "2 entries have this text: at "+first+", "+second) {
		t.Errorf("claims are %+v", r.Claims)
	}
}

func TestOwnEvidenceRows(t *testing.T) {
	const head = "## Evidence\n\n| | time | level | line of the file | entry |\n|---|---|---|---|---|\n"
	const foot = "\n## How this was made\n\n- `logwhy report exporta.json`, logwhy devel, 9 rules (`x`).\n- 10 entries read, 0 filtered, 0 skipped, 0 duplicates.\n"
	for _, c := range []struct{ name, row, want, why string }{
		{"right", "| [E1] | 10:02:00.250000 | ERROR | 3 | `mailer: connection refused by smtp.acme.test` |", Supported, ""},
		{"time", "| [E1] | 10:02:00.350000 | ERROR | 3 | `mailer: connection refused by smtp.acme.test` |", NotSupported, "the entry is of 2026-03-03T10:02:00.25Z"},
		{"level", "| [E1] | 10:02:00.250000 | INFO | 3 | `mailer: connection refused by smtp.acme.test` |", NotSupported, "of severity ERROR"},
		{"line", "| [E1] | 10:02:00.250000 | ERROR | 9 | `mailer: connection refused by smtp.acme.test` |", NotSupported, "the entry is of"},
		{"text", "| [E1] | 10:02:00.250000 | ERROR | 3 | `mailer: connection timed out` |", NotSupported, "another text"},
	} {
		r := against(t, "own.md", head+c.row+foot, outage)
		if v, why := verdict(r, KindEvidence); v != c.want || !strings.Contains(why, c.why) {
			t.Errorf("%s: %s: %s", c.name, v, why)
		}
	}
	r := against(t, "own.md", "It fails ([E2]).\n\n"+head+"| [E1] | 10:02:00.250000 | ERROR | 3 | `mailer: connection refused by smtp.acme.test` |"+foot, outage)
	if v, why := verdict(r, KindEvidence); v != NotSupported || !strings.Contains(why, "[E2] is cited and not listed") {
		t.Errorf("%s: %s", v, why)
	}
	link := "\n[E1]: https://console.cloud.google.com/logs/query;query=timestamp%3D%222026-03-03T10:02:00.25Z%22%0AinsertId%3D%22"
	if v, _ := verdict(against(t, "own.md", link+"a2%22", outage), KindEvidence); v != Supported {
		t.Errorf("definition: %s", v)
	}
	if v, why := verdict(against(t, "own.md", link+"zz%22", outage), KindEvidence); v != NotSupported || !strings.Contains(why, "insertId zz") {
		t.Errorf("definition of no entry: %s: %s", v, why)
	}
}

func TestStoredAnalysis(t *testing.T) {
	const stored = `{"schema":"logwhy.analysis/v1","findings":[
{"id":"F1","title":"t","captures":{"method":["POST"],"path":["/orders/{id}"],"status":["500"]},"count":COUNT,"first":"2026-03-03T10:02:30Z","evidence":["E1"]}],
"evidence":{"E1":{"time":"2026-03-03T10:02:30Z","severity":"","message":"HTTP 500 POST https://shop.acme.test/orders/17 1.5s","source":"exporta.json:4","insertId":"INSERT"}}}`
	with := func(count, insert string) string {
		return strings.NewReplacer("COUNT", count, "INSERT", insert).Replace(stored)
	}
	if r := against(t, "a.json", with("2", "a3"), outage); r.NotSupported != 0 || r.Supported != 3 {
		t.Errorf("%+v", r.Claims)
	}
	if v, why := verdict(against(t, "a.json", with("3", "a3"), outage), KindCount); v != NotSupported || !strings.Contains(why, "hold 2 such requests") {
		t.Errorf("count: %s: %s", v, why)
	}
	if v, why := verdict(against(t, "a.json", with("2", "a4"), outage), KindEvidence); v != NotSupported || !strings.Contains(why, "the entry is of 2026-03-03T10:02:31Z") {
		t.Errorf("evidence: %s: %s", v, why)
	}
}

// The result does not depend on how the entries come.
func TestSameForEveryNumberOfWorkers(t *testing.T) {
	dir := t.TempDir()
	p := filepath.Join(dir, "export.json")
	if err := os.WriteFile(p, []byte(outage), 0o600); err != nil {
		t.Fatal(err)
	}
	doc := Parse("r.md", []byte("`mailer: connection refused by smtp.acme.test`, 3 times since 10:00, error rate 9% of requests\n"))
	var want []Claim
	for workers := 1; workers <= 4; workers++ {
		set, err := ingest.Open([]string{p}, ingest.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		r, err := Against(context.Background(), []*Document{doc}, set, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = r.Claims
		}
		for i := range want {
			if r.Claims[i] != want[i] {
				t.Errorf("%d workers: %+v, want %+v", workers, r.Claims[i], want[i])
			}
		}
	}
}
