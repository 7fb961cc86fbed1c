package redact

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/incident"
)

func at(s int) time.Time { return time.Date(2026, 3, 3, 10, 0, s, 0, time.UTC) }

func sample() *incident.Analysis {
	code := func(s string) incident.Prose { return incident.Prose(incident.Code(s)) }
	return &incident.Analysis{
		Schema: incident.Schema,
		Title:  "Logins of " + code("bob@acme.example.com") + " fail ([E2])",
		Tool:   incident.Tool{Command: "logwhy report x.json --symptom 'mail to carol@acme.example.com'"},
		Findings: []incident.Finding{{
			ID: "F1", Signature: "app.login", Title: "login with " + code("s3cr3t-Value") + " refused",
			Captures: map[string][]string{"user": {"bob@acme.example.com"}, "value": {"s3cr3t-Value"}},
			Scope:    incident.Scope{Service: "checkout-api", Revision: "checkout-api-00042-xyz"},
		}},
		Incidents: []incident.Incident{{
			ID: "I1", Title: code("login of alice@acme.example.com with password=s3cr3t-Va…"),
			Table: &incident.Table{Rows: [][]incident.Prose{{code("from 93.184.216.34")}}},
		}},
		Evidence: map[string]incident.Evidence{
			"E1": {Time: at(9), Message: "login of alice@acme.example.com failed", InsertID: "4111111111111111"},
			"E2": {Time: at(1), Message: "login of bob@acme.example.com with password=s3cr3t-Value failed",
				Excerpt: []string{"key", "-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQ", "-----END PRIVATE KEY-----"},
				Fields:  map[string]string{"jsonPayload.token": "1d2e3f4a5b6c", "jsonPayload.alice@acme.example.com": "x"}},
			"E10": {Message: "no time: dave@acme.example.com"},
		},
	}
}

func TestApply(t *testing.T) {
	a := sample()
	Apply(a, Options{})
	got := []string{string(a.Title), a.Tool.Command, string(a.Findings[0].Title), a.Findings[0].Captures["user"][0], a.Findings[0].Captures["value"][0],
		string(a.Incidents[0].Title), string(a.Incidents[0].Table.Rows[0][0]), a.Evidence["E1"].Message, a.Evidence["E1"].InsertID, a.Evidence["E2"].Message,
		strings.Join(a.Evidence["E2"].Excerpt, "|"), a.Evidence["E2"].Fields["jsonPayload.token"], a.Evidence["E10"].Message, a.Findings[0].Scope.Revision}
	want := []string{
		"Logins of `[email:1]` fail ([E2])", "logwhy report x.json --symptom 'mail to [email:4]'", "login with `[password:1]` refused", "[email:1]", "[password:1]",
		"`login of [email:2] with password=[password:1]`", "`from [ip:1]`", "login of [email:2] failed", "4111111111111111", "login of [email:1] with password=[password:1] failed",
		"key|[private-key:1]", "[secret:1]", "no time: [email:3]", "checkout-api-00042-xyz"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]incident.Redaction{{Kind: "email", N: 4}, {Kind: "ip", N: 1}, {Kind: "password", N: 1}, {Kind: "private-key", N: 1}, {Kind: "secret", N: 1}}, a.Redactions); d != "" {
		t.Error(d)
	}
	text, _ := json.Marshal(a)
	for _, secret := range []string{"acme.example.com", "s3cr3t", "MIIEvQ", "1d2e3f4a5b6c", "93.184"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s is left", secret)
		}
	}
}

// TestApplyAgain: a second run changes no text and counts nothing more.
func TestApplyAgain(t *testing.T) {
	a := sample()
	Apply(a, Options{})
	once, _ := json.Marshal(a)
	Apply(a, Options{})
	if twice, _ := json.Marshal(a); string(twice) != string(once) {
		t.Error(cmp.Diff(string(once), string(twice)))
	}
}

// TestCut: what is cut off has the tag of the whole, and an address that stays
// stays when it is cut off.
func TestCut(t *testing.T) {
	r := New(Options{})
	r.Text("alice@acme.example.com password=s3cret-long mailer@acme-staging.iam.gserviceaccount.com")
	for in, want := range map[string]string{
		"for alice@acme.ex…":   "for [email:1]",
		"for mailer@acme-st…":  "for mailer@acme-st…",
		"with password=s3cr…":  "with password=[password:1]",
		"with password=s3cr*":  "with password=[password:1]",
		"for somebody@else.e…": "for [email:2]",
	} {
		if got := r.Text(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestApplyOff(t *testing.T) {
	a := sample()
	Apply(a, Options{Mode: Off})
	if a.Evidence["E1"].Message != "login of alice@acme.example.com failed" {
		t.Error(a.Evidence["E1"].Message)
	}
	if d := cmp.Diff([]incident.Redaction{{Kind: "off"}}, a.Redactions); d != "" {
		t.Error(d)
	}
}

func TestProse(t *testing.T) {
	r := New(Options{})
	for in, want := range map[string]string{
		"`a` and `password=hunter2` and [E1]":             "`a` and `password=[password:1]` and [E1]",
		"`` x`y password=hunter2 `` then `b`":             "`` x`y password=[password:1] `` then `b`",
		"a stray ` and then `` password=hunter2 `` stays": "`` a stray ` and then password=[password:1] stays ``",
		"nothing here":             "nothing here",
		"`` `password=hunter2` ``": "`` `password=[password:1]` ``",
		"`nothing` ``  here  `` ` ` `password: must be set` .": "`nothing` ``  here  `` ` ` `password: must be set` .",
	} {
		if got := string(proseOf(incident.Prose(in), r.Field)); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

// FuzzProse: code spans stay code spans, and a second run changes nothing.
func FuzzProse(f *testing.F) {
	f.Add("`a` and `password=hunter2` [E1]")
	f.Add("a ` b `` password=a`b ``` c")
	f.Add("password=`x` `` ` token=abc123` ``")
	f.Fuzz(func(t *testing.T, s string) {
		once := proseOf(incident.Prose(s), New(Options{}).Field)
		if twice := proseOf(once, New(Options{}).Field); twice != once {
			t.Errorf("%q\nonce  %q\ntwice %q", s, once, twice)
		}
		if len(codesOf(once)) != len(codesOf(incident.Prose(s))) && !strings.HasPrefix(string(once), "`") {
			t.Errorf("%q: %d spans in %q", s, len(codesOf(once)), once)
		}
	})
}

func TestRecord(t *testing.T) {
	in := `{
  "insertId": "4111111111111111", "trace": "projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736",
  "jsonPayload": {"password": "letmein", "n": 1.50, "tokens": ["a", 512], "card": 4111111111111111, "message_id": 4111111111111111,
    "env": [{"name": "DB_PASSWORD", "value": "letmein"}, {"name": "PORT", "value": "8080"}],
    "message": "mail \"alice@acme.example.com\"\n<b>", "bob@acme.example.com": {"token": null}, "list": {"apiKey": ["a8f5f167f44f4964"]}},
  "httpRequest": {"requestUrl": "https://x.example/?token=8c1fa7", "remoteIp": "93.184.216.34"},
  "labels": {"commit-sha": "3f785a0c1e9b4d2f8a6c7b5e4d3c2b1a09f8e7d6"}
}`
	want := `{"insertId":"4111111111111111","trace":"projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736",` +
		`"jsonPayload":{"password":"[password:1]","n":1.50,"tokens":["a",512],"card":"[card:1]","message_id":4111111111111111,` +
		`"env":[{"name":"DB_PASSWORD","value":"[password:1]"},{"name":"PORT","value":"8080"}],` +
		`"message":"mail \"[email:1]\"\n<b>","[email:2]":{"token":null},"list":{"apiKey":["[secret:1]"]}},` +
		`"httpRequest":{"requestUrl":"https://x.example/?token=[url-secret:1]","remoteIp":"[ip:1]"},` +
		`"labels":{"commit-sha":"3f785a0c1e9b4d2f8a6c7b5e4d3c2b1a09f8e7d6"}}`
	got, ok := New(Options{}).Record(nil, []byte(in))
	if d := cmp.Diff(want, string(got)); !ok || d != "" {
		t.Error(ok, d)
	}
	if out, ok := New(Options{}).Record([]byte("x"), []byte(`{"a":`)); ok || string(out) != "x" {
		t.Error(ok, string(out))
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"password":"letmein","a":[1,"alice@acme.example.com",{"name":"token","value":"abc123def"}],"b":{}}`))
	f.Add([]byte(`"x"`))
	f.Add([]byte(`[{"\u0000":"\ud800 password=hunter2"}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, ok := New(Options{}).Record(nil, raw)
		if ok != json.Valid(raw) || ok && !json.Valid(out) {
			t.Fatalf("%q: %v, %q", raw, ok, out)
		}
		again, _ := New(Options{}).Record(nil, out)
		if ok && string(again) != string(out) {
			t.Errorf("%q\nonce  %q\ntwice %q", raw, out, again)
		}
	})
}

func TestRulesInApply(t *testing.T) {
	a := sample()
	Apply(a, Options{Rules: []Rule{{Kind: "service", Pattern: regexp.MustCompile(`checkout-[a-z]+`)}}})
	if s := a.Findings[0].Scope; s.Service != "[service:1]" || s.Revision != "[service:1]-00042-xyz" {
		t.Errorf("%+v", s)
	}
}
