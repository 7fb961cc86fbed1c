package redact

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// tableLines returns the lines of a file in testdata, without notes.
func tableLines(t testing.TB, name string) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if line != "" && !strings.HasPrefix(line, "# ") {
			out = append(out, strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(line, `\\n`, "\x00"), `\n`, "\n"), "\x00", `\n`))
		}
	}
	if len(out) < 60 {
		t.Fatalf("%s holds %d texts, want at least 60", name, len(out))
	}
	return out
}

var (
	marked   = regexp.MustCompile(`(?s)«(.*?)»`)
	unmarker = strings.NewReplacer("«", "", "»", "")
)

// TestRedacted: nothing is missed, and no more than the value goes.
func TestRedacted(t *testing.T) {
	for _, line := range tableLines(t, "redacted.txt") {
		kind, text, _ := strings.Cut(line, "\t")
		want := marked.ReplaceAllString(text, "["+kind+":1]")
		r := New(Options{})
		if got := r.Text(unmarker.Replace(text)); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

// TestKept: what is no secret stays, byte for byte.
func TestKept(t *testing.T) {
	for _, line := range tableLines(t, "kept.txt") {
		r := New(Options{})
		if got := r.Text(line); got != line {
			t.Errorf("\n got %s\nwant %s", got, line)
		}
		if len(r.Counts()) != 0 && !t.Failed() {
			t.Errorf("%s: counted %v", line, r.Counts())
		}
	}
}

func TestStrict(t *testing.T) {
	for text, want := range map[string]string{
		"request 6ba7b810-9dad-11d1-80b4-00c04fd430c8 failed":              "request [uuid:1] failed",
		"123456789012-compute@developer.gserviceaccount.com may not":       "[service-account:1] may not",
		"session_id=8f14e45fceea167a5a36dedd4bea2543":                      "session_id=[session:1]",
		"commit 3f785a0c1e9b4d2f8a6c7b5e4d3c2b1a09f8e7d6":                  "commit 3f785a0c1e9b4d2f8a6c7b5e4d3c2b1a09f8e7d6",
		"trace=projects/acme/traces/4bf92f3577b34da6a3ce929d0e0e4736":      "trace=projects/acme/traces/4bf92f3577b34da6a3ce929d0e0e4736",
		"checkout-api-00042-xyz sha256:9f86d081884c7d659a2feaa0c55ad015a3": "checkout-api-00042-xyz sha256:9f86d081884c7d659a2feaa0c55ad015a3",
	} {
		if got := New(Options{Mode: Strict}).Text(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOneTagForOneValue(t *testing.T) {
	r := New(Options{})
	got := []string{
		r.Text("alice@acme.example.com to bob@acme.example.com"),
		r.Text("Bob@Acme.example.com, carol%40acme.example.com"),
		r.Text("password=hunter2 and password=hunter3"),
		r.Text(`{"password":"hunter3"}`),
	}
	want := []string{"[email:1] to [email:2]", "[email:2], [email:3]", "password=[password:1] and password=[password:2]", `{"password":"[password:2]"}`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := fmt.Sprint(r.Counts()); got != "[{email 3} {password 2}]" {
		t.Error(got)
	}
}

func TestKeyedTags(t *testing.T) {
	form := regexp.MustCompile(`^\[email:[0-9a-f]{6}\]$`)
	a := New(Options{Key: []byte("k")}).Text("alice@acme.example.com")
	r := New(Options{Key: []byte("k")})
	r.Text("bob@acme.example.com")
	if b := r.Text("ALICE@acme.example.com"); a != b || !form.MatchString(a) {
		t.Errorf("%s and %s", a, b)
	}
	if c := New(Options{Key: []byte("other")}).Text("alice@acme.example.com"); c == a {
		t.Error("another key gives the same tag")
	}
}

func TestOwnRules(t *testing.T) {
	rules := []Rule{
		{Kind: "customer", Pattern: regexp.MustCompile(`customer=(\d+)`), Group: 1, Literals: []string{"customer="}},
		{Kind: "digits", Pattern: regexp.MustCompile(`\d+`)},
	}
	r := New(Options{Rules: rules})
	if got := r.Text("customer=4711 password=hunter2 in 12 s"); got != "customer=[customer:1] password=[password:1] in [digits:1] s" {
		t.Error(got)
	}
}

func TestField(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"jsonPayload.db.password", "letmein", "[password:1]"},
		{"password", "required", "required"},
		{"token", "1d2e3f4a5b6c", "[secret:1]"},
		{"headers.Authorization", "Bearer 9f8e7d6c5b4a", "Bearer [bearer:1]"},
		{"cookie", "sid=31d4d96e; a=b", "[cookie:1]"},
		{"code", "ECONNRESET", "ECONNRESET"},
		{"module", "flask", "flask"},
		{"user", "alice@acme.example.com", "[email:1]"},
	} {
		if got := New(Options{}).Field(c.key, c.value); got != c.want {
			t.Errorf("%s: got %q, want %q", c.key, got, c.want)
		}
	}
}

func TestOff(t *testing.T) {
	if s := "password=hunter2"; New(Options{Mode: Off}).Text(s) != s {
		t.Error("redacted")
	}
}

// TestKeyOverEntries: the lines of a private key may be entries of their own.
func TestKeyOverEntries(t *testing.T) {
	r := New(Options{})
	in := []string{"MIIEowIBAAKCAQEAx1abcDEF123ghiJKL456mnoPQR789", "-----BEGIN RSA PRIVATE KEY-----", "MIIEowIBAAKCAQEAx1abcDEF123ghiJKL456mnoPQR789",
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "-----END RSA PRIVATE KEY-----", "MIIEowIBAAKCAQEAx1abcDEF123ghiJKL456mnoPQR789"}
	want := slices.Clone(in)
	want[2] = "[private-key:1]"
	for i := range in {
		in[i] = r.Text(in[i])
	}
	if d := cmp.Diff(want, in); d != "" {
		t.Error(d)
	}
}

func FuzzText(f *testing.F) {
	for _, name := range []string{"redacted.txt", "kept.txt"} {
		for _, line := range tableLines(f, name) {
			f.Add(unmarker.Replace(line), false)
		}
	}
	f.Add("password=[email:1]x a@b.com@c.com token=[secret:1][secret:2] Cookie: a=[cookie:1]; b=c", true)
	f.Fuzz(func(t *testing.T, s string, strict bool) {
		o := Options{}
		if strict {
			o.Mode = Strict
		}
		once := New(o).Text(s)
		r := New(o)
		if twice := r.Text(once); twice != once {
			t.Errorf("%q\nonce  %q\ntwice %q", s, once, twice)
		}
		if !utf8.ValidString(once) {
			t.Errorf("%q: not UTF-8: %q", s, once)
		}
	})
}

func BenchmarkText(b *testing.B) {
	var text []string
	n := 0
	for i := range 2000 {
		s := [...]string{
			`2026-01-25T09:54:00.123Z INFO  [checkout-api] handled POST /v1/orders status=201 latency=12ms trace=4bf92f3577b34da6a3ce929d0e0e4736`,
			`{"level":"info","ts":1706176440.123,"caller":"server/http.go:88","msg":"request done","method":"GET","path":"/healthz","status":200,"duration":0.00123,"remote":"10.8.0.3:51234"}`,
			`Traceback (most recent call last):\n  File "/app/main.py", line 12, in <module>\n    from orders import api\nModuleNotFoundError: No module named 'orders'`,
			`user alice@acme.example.com logged in from 93.184.216.34 with password=hunter2`,
			`HTTP 503 GET https://checkout-api-xyz.a.run.app/v1/orders/4711 0.123456789s`,
			`Ready condition status changed to False for Revision checkout-api-00042-xyz with message: The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable.`,
		}[i%6]
		text = append(text, s)
		n += len(s)
	}
	b.SetBytes(int64(n))
	r := New(Options{})
	for b.Loop() {
		for _, s := range text {
			r.Text(s)
		}
	}
}
