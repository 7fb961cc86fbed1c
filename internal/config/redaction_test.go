package config

import (
	"strings"
	"testing"
)

func TestParseRedaction(t *testing.T) {
	text := `redact:
  - kind: customer
    pattern: 'customer=(\d+)'
    hit: [customer=4711, "the customer=1"]
    miss: customers=12
  - {kind: ticket-2, pattern: 'T-(\d+)-(\d+)', group: 2, literals: [T-]}
  - {kind: whole, pattern: '[A-Z]{3}\d{6}'}
`
	rules, bad := ParseRedaction("r.yaml", []byte(text))
	if len(bad) > 0 || len(rules) != 3 {
		t.Fatal(bad, rules)
	}
	if r := rules[0]; r.Kind != "customer" || r.Group != 1 || strings.Join(r.Literals, ",") != "customer=" {
		t.Errorf("%+v", r)
	}
	if r := rules[1]; r.Group != 2 || strings.Join(r.Literals, ",") != "T-" {
		t.Errorf("%+v", r)
	}
	if r := rules[2]; r.Group != 0 || len(r.Literals) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestRedactionProblems(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "r.yaml: the file is empty [empty]",
		"redact: [\n":                            "[yaml]",
		"- a\n":                                  "r.yaml:1:1: the file is not a mapping",
		"redcat: []\n":                           "Did you mean \"redact\"?",
		"redact: []\n":                           "the file has no rules [empty]",
		"redact: x\n":                            "r.yaml:1:9: redact is not a list [form]",
		"redact:\n  - x\n":                       "r.yaml:2:5: a rule is not a mapping",
		"redact: []\n---\nredact: []":            "a second document",
		"redact:\n  - kind: a1\n    patern: x\n": "r.yaml:3:5: unknown key \"patern\" [key]",
		"redact:\n  - kind: a1\n":                "r.yaml:2:5: pattern is missing [missing]",
		"redact:\n  - pattern: x\n":              "kind is missing",
		"redact:\n  - {kind: A B, pattern: x}\n": "lower-case letters",
		"redact:\n  - {kind: a1, kind: b1, pattern: x}\n":                      "stands twice",
		"redact:\n  - {kind: a1, pattern: '('}\n":                              "r.yaml:2:25: not a regular expression: missing closing ): `(` [pattern]",
		"redact:\n  - {kind: a1, pattern: '(?=x)y'}\n":                         "neither ahead nor back",
		"redact:\n  - {kind: a1, pattern: 'x*'}\n":                             "matches empty text",
		"redact:\n  - {kind: a1, pattern: '(x)', group: 2}\n":                  "has no group 2",
		"redact:\n  - {kind: a1, pattern: '(x)', group: one}\n":                "number from 0",
		"redact:\n  - {kind: a1, pattern: 'x\\d', hit: [xy]}\n":                "r.yaml:2:38: the rule a1 does not match this [hit]",
		"redact:\n  - {kind: a1, pattern: 'x\\d', literals: [y], hit: [x1]}\n": "does not match this [hit]",
		"redact:\n  - {kind: a1, pattern: 'x\\d', miss: [x1]}\n":               "the rule a1 matches this [miss]",
		"redact:\n  - {kind: a1, pattern: 'x\\d', literals: [[x]]}\n":          "is not a text",
	} {
		rules, bad := ParseRedaction("r.yaml", []byte(text))
		var b strings.Builder
		if _, err := bad.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		if len(bad) == 0 || !strings.Contains(b.String(), want) {
			t.Errorf("%q: got %s (%d rules), want %s", text, b.String(), len(rules), want)
		}
	}
}

func FuzzRedaction(f *testing.F) {
	f.Add("redact:\n  - {kind: a1, pattern: '(x)', group: 1, literals: [x], hit: x, miss: [y]}\n")
	f.Add("a: &a [*a]\n")
	f.Add("redact: !!binary x\n")
	f.Fuzz(func(t *testing.T, s string) {
		rules, bad := ParseRedaction("r.yaml", []byte(s))
		for _, r := range rules {
			if len(bad) == 0 && (r.Pattern == nil || r.Group > r.Pattern.NumSubexp()) {
				t.Errorf("%q: %+v", s, r)
			}
		}
	})
}
