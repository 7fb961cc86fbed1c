package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// shop has what a file can hold: flags of one and of several commands, a word
// that is a flag and a command, and a command below a command.
func shop() Command {
	common := []Flag{{Name: "project"}, {Name: "rules", Kind: List}, {Name: "redact"}, {Name: "gap", Kind: Duration}, {Name: "quiet", Kind: Switch}}
	return Command{Commands: []Command{
		{Name: "report", Flags: common},
		{Name: "check", Flags: append([]Flag{{Name: "fail-on", Kind: List}, {Name: "max-new", Kind: Number}, {Name: "baseline"}}, common...)},
		{Name: "redact", Flags: []Flag{{Name: "output", Kind: List, Own: true}}},
		{Name: "rules", Commands: []Command{{Name: "list", Flags: []Flag{{Name: "pack"}, {Name: "rules", Kind: List}}}}},
	}}
}

func TestParseSettings(t *testing.T) {
	const doc = `
# every command
project: acme-staging
rules: [signatures, more]
redact: strict
redact:
  output: ndjson=-
quiet: true
check:
  fail-on:
    - new:high
    - regressed
  max-new: 3
  gap: 10m
rules:
  rules: own
  list:
    pack: cloudrun
report:
`
	want := []Setting{
		{Flag: "project", Values: []string{"acme-staging"}, Line: 3},
		{Flag: "rules", Values: []string{"signatures", "more"}, Line: 4},
		{Flag: "redact", Values: []string{"strict"}, Line: 5},
		{Command: "redact", Flag: "output", Values: []string{"ndjson=-"}, Line: 7},
		{Flag: "quiet", Values: []string{"true"}, Line: 8},
		{Command: "check", Flag: "fail-on", Values: []string{"new:high", "regressed"}, Line: 10},
		{Command: "check", Flag: "max-new", Values: []string{"3"}, Line: 13},
		{Command: "check", Flag: "gap", Values: []string{"10m"}, Line: 14},
		{Command: "rules", Flag: "rules", Values: []string{"own"}, Line: 16},
		{Command: "rules list", Flag: "pack", Values: []string{"cloudrun"}, Line: 18},
	}
	got, bad := ParseSettings(".logwhy.yaml", []byte(doc), shop())
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Setting{})); d != "" {
		t.Error(d)
	}
}

// A file in which all lines are comments is what a template begins as.
func TestSettingsOfNothing(t *testing.T) {
	for _, doc := range []string{"", "# project: acme-staging\n", "check:\n  # max-new: 3\n"} {
		if got, bad := ParseSettings("f", []byte(doc), shop()); len(got)+len(bad) > 0 {
			t.Errorf("%q: %v %v", doc, got, bad)
		}
	}
}

func TestSettingsProblems(t *testing.T) {
	tests := []struct{ name, doc, want string }{
		{"unknown key", "projct: x", `f:1:1: unknown key "projct" [key] Did you mean "project"?`},
		{"underscore", "check: {fail_on: x}", `f:1:9: unknown key "fail_on" of check [key] Did you mean "fail-on"?`},
		{"far key", "rules: {list: {zzzzzz: x}}", `f:1:16: unknown key "zzzzzz" of rules list [key] Known are: pack, rules.`},
		{"key of another command", "report: {max-new: 3}", `f:1:10: unknown key "max-new" of report [key] It is a setting of check.`},
		{"command as flag", "check: true", `f:1:8: check is a command [form] Write its flags below it, indented.`},
		{"own to each command", "output: x", `f:1:1: output means something else in each command [key] Write it below a command.`},
		{"twice", "project: x\nproject: y", `f:2:1: "project" stands twice [key]`},
		{"no switch", "quiet: yes", `f:1:8: quiet: "yes" is not true or false [value] Write true or false.`},
		{"no number", "check: {max-new: many}", `f:1:18: max-new: "many" is not a whole number [value] Write a whole number such as 3.`},
		{"no duration", "gap: 5", `f:1:6: gap: "5" is not a duration [value] Write a duration such as 90s, 5m or 2h.`},
		{"list as text", "project: [a, b]", `f:1:10: project is a list [form] Write one text.`},
		{"mapping as text", "project: {a: b}", `f:1:10: project is a mapping [form] Write one text.`},
		{"no value", "project:", `f:1:9: project has no value [value] Leave the line out, or write '' for an empty text.`},
		{"list in list", "check: {fail-on: [[a]]}", `f:1:19: a text in fail-on is not a text [form]`},
		{"empty text in list", "check: {fail-on: ['']}", `f:1:19: a text in fail-on is missing [missing]`},
		{"a list", "[project]", `f:1:1: the file is not a mapping of flags to values [form] For example:  project: acme-staging`},
		{"all at once", "projct: x\ngap: 5", `f:1:1: unknown key "projct" [key] Did you mean "project"?; f:2:6: gap: "5" is not a duration [value] Write a duration such as 90s, 5m or 2h.`},
	}
	for _, tt := range tests {
		_, bad := ParseSettings("f", []byte(tt.doc), shop())
		if got := oneLine(bad); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// What a command finds wrong later points into the file as well.
func TestSettingProblem(t *testing.T) {
	got, _ := ParseSettings("f", []byte("check:\n  gap: 10m\n"), shop())
	want := "f:2:8: too long [value]\n  |\n2 |   gap: 10m\n  |        ^~~\n"
	if s := got[0].Problem("too long").String(); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
}

func FuzzParseSettings(f *testing.F) {
	f.Add([]byte("project: x\ncheck: {fail-on: [a, b], max-new: 3}\n"))
	f.Add([]byte("rules: {list: {pack: x}, rules: y}\nquiet: maybe\n"))
	f.Add([]byte("? [a]\n: b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, bad := ParseSettings("f", data, shop())
		for _, s := range got {
			if s.Flag == "" || len(s.Values) == 0 || s.Line == 0 {
				t.Errorf("a setting without name, value or place: %+v", s)
			}
		}
		for _, p := range bad {
			if p.Message == "" {
				t.Error("a problem without a message")
			}
		}
	})
}
