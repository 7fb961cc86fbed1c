package signature

import (
	"strings"
	"testing"

	"logwhy/internal/logentry"
)

// cre wraps a rule of the CRE form; the body is in flow style or indented by
// six spaces.
func cre(body, terms string) string {
	return "rules:\n  - cre: {id: T-t-t, severity: 2, title: T}\n    rule:\n      " + body + "\n" + terms
}

// TestCRESemantics draws what rules of the CRE form match; the events are
// messages such as "<a>".
func TestCRESemantics(t *testing.T) {
	for _, tl := range []timeline{
		{"one event: every line is a hit", cre(`set: {match: ["<a>"]}`, ""), `
			a -1-2-
			b --3--`, "{1} {2}"},
		{"value is a substring, case counts", cre(`set: {match: [{value: "<A>"}]}`, ""), `
			a -1-2-`, ""},
		{"regex", cre(`set: {match: [{regex: "<[ab]>"}]}`, ""), `
			a -1---
			b ---2-`, "{1} {2}"},
		{"set within a window", cre(`set: {window: 3s, match: ["<a>", "<b>"]}`, ""), `
			a --2-----5-
			b -1--4-----`, "{2,1}"},
		{"sequence", cre(`sequence: {window: 3s, order: ["<a>", "<b>"]}`, ""), `
			a --2---4-
			b -1-3---5`, "{2,3} {4,5}"},
		{"sequence wins over set", cre(`{sequence: {window: 3s, order: ["<a>", "<b>"]}, set: {match: ["<a>"]}}`, ""), `
			a -1--
			b --2-`, "{1,2}"},
		{"count repeats a term", cre(`sequence: {window: 9s, order: [{value: "<a>", count: 2}, "<b>"]}`, ""), `
			a -1-2-4-
			b --3-5--`, "{1,2,5}"},
		{"count in a set", cre(`set: {window: 9s, match: [{value: "<a>", count: 2}, "<b>"]}`, ""), `
			a -1---4-
			b --3----`, "{1,4,3}"},
		{"negate between the first and the last", cre(`sequence: {window: 9s, order: ["<a>", "<b>"], negate: ["<x>"]}`, ""), `
			a -1-----5---
			b ----3----7-
			x --2--------`, "{5,7}"},
		{"negate at the second event drops that one", cre(`sequence: {window: 9s, order: ["<a>", "<b>"], negate: [{value: "<x>", window: 4s, anchor: 1, absolute: true}]}`, ""), `
			a -1------5----
			b --3------6---
			x ----4--------`, "{1,6}"},
		{"slide to the left looks back", cre(`set: {match: ["<a>"], negate: [{value: "<x>", slide: -2s, window: 2s}]}`, ""), `
			a ---2-----4-
			x -1---3-----`, "{4}"},
		{"the end of the input ends the wait", cre(`set: {match: ["<a>"], negate: [{value: "<x>", window: 1h}]}`, ""), `
			a -1--`, "{1}"},
		{"terms by name", cre(`sequence: {window: 9s, order: [first, {value: second, count: 2}]}`, "terms:\n  first: <a>\n  second: {regex: '<[bc]>'}\n"), `
			a -1---
			b --2--
			c ---3-`, "{1,2,3}"},
		{"a field", cre(`set: {match: [{value: "<a>", field: message}, {value: "<b>", field: message}], window: 5s}`, ""), `
			a -1--
			b --2-`, "{1,2}"},
	} {
		runAs(t, tl, "cre.t-t-t")
	}
}

// TestCRESignature holds where the words of a rule go.
func TestCRESignature(t *testing.T) {
	c := catalogOf(t, `rules:
  - cre:
      id: CRE-2030-0001
      severity: 1
      title: "Stock is gone. "
      description: ignored
      cause: |
        - The first cause,
          over two lines.
        - A {{second}} one.
      impact: It fails.
      mitigation: |
        - Do this.
        - Do that.
      references: [https://example.com/]
    rule: {set: {match: ["stock is gone"]}}
`)
	s := c.Lookup("cre.cre-2030-0001")
	if s == nil || !s.Single || s.Role != RoleFailure || s.Severity != "high" || s.Title != "Stock is gone" || s.Pack != "cre" {
		t.Fatalf("%+v", s)
	}
	var notes []string
	for _, n := range s.Notes {
		notes = append(notes, n.Say)
	}
	if got := strings.Join(notes, "|"); got != "The first cause, over two lines.|A { {second}} one.|It fails." {
		t.Error(got)
	}
	if got := strings.Join(s.Remedy, "|"); got != "Do this.|Do that." || len(s.References) != 1 {
		t.Error(got)
	}
}

// TestCREText: rules see the message, the payload of structured entries, and
// lines that continue an entry as if they stood in one.
func TestCREText(t *testing.T) {
	c := catalogOf(t, cre(`set: {match: [{regex: "^status.*gone$"}]}`, ""), strings.Replace(cre(`set: {match: ["\"code\":503"]}`, ""), "T-t-t", "T-t-u", 1))
	m := c.NewMatcher()
	payload := &logentry.Entry{Message: "sent", Payload: logentry.PayloadJSON, Raw: []byte(`{"jsonPayload":{"message":"sent","code":503},"insertId":"503"}`)}
	silent := &logentry.Entry{Payload: logentry.PayloadJSON, Raw: []byte(`{"jsonPayload":{"code":503}}`)}
	for _, tt := range []struct {
		e    *logentry.Entry
		want string
	}{
		{&logentry.Entry{Message: "status\nit is\ngone"}, `cre.t-t-t[] `},
		{&logentry.Entry{Message: "the status is gone"}, ""},
		{payload, `cre.t-t-u[] `},
		{silent, `cre.t-t-u[] `},
		{&logentry.Entry{Message: "code", Raw: []byte(`{"textPayload":"code","x":{"code":503}}`)}, ""},
	} {
		if got := describe(m.Match(tt.e, nil)); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.e.Message, got, tt.want)
		}
		same(t, m, tt.e)
	}
}

func TestCRELint(t *testing.T) {
	c := catalogOf(t, cre(`set: {window: 1m, match: ["core", "5\\d\\d error in gateway", "a text that says enough"]}`, ""))
	var codes []string
	for _, p := range Lint(c) {
		codes = append(codes, p.Code)
	}
	if got := strings.Join(codes, " "); got != "references short value" {
		t.Error(got)
	}
}
