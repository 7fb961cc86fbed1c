package signature

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestLintProblems prints the lints of a set of rules.
func TestLint(t *testing.T) {
	a := readArchive(t, "testdata/lint.txtar")
	c, bad := Load([]Source{{FS: tree(a, "rules"), Root: "rules"}}, Options{})
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	var b strings.Builder
	Lint(c).WriteTo(&b)
	golden(t, a, "testdata/lint.txtar", b.String())
}

// TestLintOfOneAlternative: one alternative without a text is enough to cost.
func TestLintCost(t *testing.T) {
	for cond, want := range map[string]bool{
		`message: {contains: ab}`:                                              true,
		`message: {contains: "]: "}`:                                           true,
		`message: {contains: abc}`:                                             false,
		`message: {regex: '\d+ ab'}`:                                           true,
		`message: {regex: '(?:abc|.)'}`:                                        true,
		`message: {regex: 'abc'}`:                                              false,
		`message: {regex: '日本語'}`:                                              false,
		`any: [{message: {contains: abc}}, {message: {regex: '.+'}}]`:          true,
		`any: [{message: {contains: abc}}, {httpRequest.status: {ge: 500}}]`:   false,
		`all: [{message: {regex: '.'}}, {resource.type: {equals: k8s_node}}]`:  false,
		`all: [{message: {regex: '.'}}, {jsonPayload.reason: {exists: true}}]`: true,
		`jsonPayload.reason: {equals: [BackOff, Failed]}`:                      false,
		`not: {message: {contains: abc}}`:                                      true,
		`audit.method: {contains: Replace}`:                                    false,
		`httpRequest.status: {exists: false}`:                                  true,
	} {
		fsys := fstest.MapFS{"a.yaml": {Data: []byte("id: a.a\ntitle: A\nrole: failure\nmatch:\n  " + cond + "\n")}}
		c, bad := Load([]Source{{FS: fsys}}, Options{})
		if len(bad) > 0 {
			t.Fatal(bad)
		}
		got := false
		for _, p := range Lint(c) {
			got = got || p.Code == "cost"
		}
		if got != want {
			t.Errorf("%s: cost %v, want %v", cond, got, want)
		}
	}
}
