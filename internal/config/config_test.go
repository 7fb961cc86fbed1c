package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/diag"
)

func TestParseEvents(t *testing.T) {
	const doc = `
- time: 2026-03-03T15:00:00+01:00
  title: Deploy of 1.4.2
  kind: deploy
  service: checkout-api
  revision: checkout-api-00042-hzt
  url: https://ci.example.com/runs/17
  by: release pipeline
- {time: "2026-03-03 13:30Z", title: Feature flag voucher on}
`
	want := []Event{
		{Time: time.Date(2026, 3, 3, 13, 30, 0, 0, time.UTC), Title: "Feature flag voucher on", Kind: "other", Line: 9},
		{Time: time.Date(2026, 3, 3, 14, 0, 0, 0, time.UTC), Title: "Deploy of 1.4.2", Kind: "deploy", Service: "checkout-api",
			Revision: "checkout-api-00042-hzt", URL: "https://ci.example.com/runs/17", By: "release pipeline", Line: 2},
	}
	got, bad := ParseEvents("events.yaml", []byte(doc))
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	json := "[\n\t{\"time\": \"2026-03-03T13:30:00Z\", \"title\": \"Feature flag voucher on\", \"kind\": \"config\"}\n]\n"
	if got, bad := ParseEvents("events.json", []byte(json)); len(bad) > 0 || len(got) != 1 || got[0].Kind != "config" {
		t.Errorf("JSON: %v, %v", got, bad)
	}
}

func TestParseContext(t *testing.T) {
	const doc = `
services:
  checkout-api:
    title: the till
    owner: team payments
    purpose: takes orders
    depends_on: [ledger, mailer]
    healthy: [order stored, http.served]
    hosts: [Till.example.com, "till.internal:8080"]
  ledger:
statements:
  - {text: "A minute without orders costs about 40 of them.", about: checkout-api}
  - text: The shop is closed on Sundays.
`
	want := Context{
		Services: []Service{
			{Name: "checkout-api", Title: "the till", Owner: "team payments", Purpose: "takes orders", DependsOn: []string{"ledger", "mailer"},
				Healthy: []string{"order stored", "http.served"}, Hosts: []string{"till.example.com", "till.internal"}},
			{Name: "ledger"},
		},
		Statements: []Statement{{"A minute without orders costs about 40 of them.", "checkout-api"}, {Text: "The shop is closed on Sundays."}},
	}
	got, bad := ParseContext("context.yaml", []byte(doc))
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// What is wrong in a file is said with its place and the nearest word.
func TestProblems(t *testing.T) {
	tests := []struct{ name, doc, want string }{
		{"empty", "", "f: the file is empty [empty]"},
		{"only a comment", "# later\n", "f: the file is empty [empty]"},
		{"unknown key", "- {time: 2026-03-03T14:00:00Z, titel: x, title: y}", `f:1:32: unknown key "titel" [key] Did you mean "title"?`},
		{"unknown kind", "- {time: 2026-03-03T14:00:00Z, title: y, kind: deply}", `f:1:48: unknown kind "deply" [kind] Did you mean "deploy"?`},
		{"far kind", "- {time: 2026-03-03T14:00:00Z, title: y, kind: party}", `f:1:48: unknown kind "party" [kind] Known are: deploy, config, scale, decision, alert, other.`},
		{"twice", "- {time: 2026-03-03T14:00:00Z, title: y, title: z}", `f:1:42: "title" stands twice [key]`},
		{"no zone", "- {time: 2026-03-03T14:00:00, title: y}", `f:1:10: the time "2026-03-03T14:00:00" has no zone [time] Write it as 2026-03-03T14:00:00Z for UTC, or with an offset such as +01:00.`},
		{"no time", "- {title: y}", `f:1:3: the time is missing [missing]`},
		{"empty title", "- {time: 2026-03-03T14:00:00Z, title: ''}", `f:1:39: the title is missing [missing]`},
		{"no list", "time: 2026", "f:1:1: the file is not a list of events [form] For example:  - {time: 2026-03-03T14:00:00Z, title: Deploy of 1.4.2, kind: deploy, service: checkout-api}"},
		{"no address", "- {time: 2026-03-03T14:00:00Z, title: y, url: 'javascript:1'}", `f:1:47: "javascript:1" is not an address of the web [url] Write it as https://…`},
		{"alias", "- &a {time: 2026-03-03T14:00:00Z, title: y}\n- *a", `f:2:3: aliases (*a) are not read [yaml] Write the value out; put a text that begins with * in quotes.`},
		{"not UTF-8", "- \xff", "f: the file is not valid UTF-8 [yaml] Save the file as UTF-8."},
		{"second document", "- {time: 2026-03-03T14:00:00Z, title: y}\n---\n- {}\n", "f:3:1: the file holds a second document [document] Put everything above the line ---."},
	}
	for _, tt := range tests {
		_, bad := ParseEvents("f", []byte(tt.doc))
		if got := oneLine(bad); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	tests = []struct{ name, doc, want string }{
		{"unknown key", "service: {}", `f:1:1: unknown key "service" [key] Did you mean "services"?`},
		{"unknown key of a service", "services: {a: {dependson: [b]}}", `f:1:16: unknown key "dependson" [key] Did you mean "depends_on"?`},
		{"address as host", "services: {a: {hosts: ['https://x.example.com/y']}}", `f:1:24: "https://x.example.com/y" is not the name of a host [host] Give the name alone, such as ledger.example.com.`},
		{"one host of two", "services: {a: {hosts: [x.test]}, b: {hosts: x.test}}", `f:1:45: "x.test" is a host of a already [host]`},
		{"short marker", "services: {a: {healthy: [ok]}}", `f:1:26: "ok" stands in too many lines to show health [healthy] Give a longer piece of the line.`},
		{"about nobody", "services: {checkout-api: {}}\nstatements: [{text: x, about: checkout-ap}]", `f:2:31: no service is called "checkout-ap" [about] Did you mean "checkout-api"?`},
		{"statement without text", "statements: [{about: x}]", `f:1:14: the text is missing [missing]`},
		{"list as text", "services: {a: {owner: [x]}}", `f:1:23: the owner is not a text [form]`},
	}
	for _, tt := range tests {
		_, bad := ParseContext("f", []byte(tt.doc))
		if got := oneLine(bad); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func oneLine(bad diag.Problems) string {
	var out []string
	for _, p := range bad {
		head, _, _ := strings.Cut(p.String(), "\n")
		if p.Hint != "" {
			head += " " + p.Hint
		}
		out = append(out, head)
	}
	return strings.Join(out, "; ")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("- {time: 2026-03-03T14:00:00Z, title: y, kind: deploy}"))
	f.Add([]byte("services: {a: {hosts: [x.test], healthy: x}}\nstatements: [{text: x}]"))
	f.Add([]byte("services: [\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, bad := ParseEvents("f", data)
		for _, ev := range events {
			if len(bad) == 0 && (ev.Title == "" || ev.Time.IsZero() && ev.Line == 0) {
				t.Errorf("an event without title or place: %+v", ev)
			}
		}
		_, bad = ParseContext("f", data)
		for _, p := range bad {
			if p.Message == "" {
				t.Error("a problem without a message")
			}
		}
	})
}
