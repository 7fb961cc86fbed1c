package rulecheck

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"logwhy/internal/diag"
	"logwhy/internal/signature"
)

// docExamples reads the files of docs/signatures.md: those that are named in
// the line above, and rules without a name.
func docExamples(t *testing.T) (named, loose fstest.MapFS) {
	t.Helper()
	data, err := os.ReadFile("../../docs/signatures.md")
	if err != nil {
		t.Fatal(err)
	}
	named, loose = fstest.MapFS{}, fstest.MapFS{}
	name := ""
	lines := strings.Split(string(data), "\n")
	for i := 0; i < len(lines); i++ {
		if rest, ok := strings.CutPrefix(lines[i], "`my-rules/"); ok {
			name, _, _ = strings.Cut(rest, "`")
			continue
		}
		if !strings.HasPrefix(lines[i], "```") {
			continue
		}
		kind, from := lines[i][3:], i+1
		for i++; i < len(lines) && lines[i] != "```"; i++ {
		}
		body := &fstest.MapFile{Data: []byte(strings.Join(lines[from:i], "\n") + "\n")}
		switch {
		case name != "":
			named[name] = body
		case kind == "yaml":
			loose[fmt.Sprintf("%d.yaml", from)] = body
		}
		name = ""
	}
	return named, loose
}

// TestDocs runs the examples of the language's page.
func TestDocs(t *testing.T) {
	named, loose := docExamples(t)
	if len(named) != 3 || len(loose) < 3 {
		t.Fatalf("found %d and %d examples", len(named), len(loose))
	}
	builtin := signature.Source{FS: os.DirFS("../../rules"), Root: "rules", Builtin: true}
	mine := signature.Source{FS: named, Root: "my-rules"}
	c, bad := signature.Load([]signature.Source{builtin, mine, {FS: loose, Root: "docs"}}, signature.Options{})
	for _, p := range append(bad, signature.Lint(c)...) {
		if strings.HasPrefix(p.File, "my-rules/") || strings.HasPrefix(p.File, "docs/") && !isFinish(p) {
			t.Errorf("%s", p)
		}
	}
	for _, k := range Test(c, []signature.Source{mine}).Cases {
		if len(k.Failures) > 0 || k.Entries == 0 {
			t.Errorf("%s: %d entries, %v", k.File, k.Entries, k.Failures)
		}
	}
}

// isFinish reports lints that an excerpt may leave open.
func isFinish(p diag.Problem) bool { return p.Code == "references" || p.Code == "answer" }
