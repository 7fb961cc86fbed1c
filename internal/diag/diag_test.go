package diag

import (
	"strings"
	"testing"
)

func TestString(t *testing.T) {
	tests := []struct {
		name string
		p    Problem
		want string
	}{
		{"all", Problem{File: "rules/a/rule.yaml", Line: 7, Col: 5, EndCol: 14, Code: "key", Message: `unknown key "serverity"`,
			Hint: `Did you mean "severity"?`, Snippet: "    serverity: high"}, `rules/a/rule.yaml:7:5: unknown key "serverity" [key]
  |
7 |     serverity: high
  |     ^~~~~~~~~
  Did you mean "severity"?
`},
		{"gutter as wide as the number", Problem{File: "x", Line: 120, Col: 1, EndCol: 3, Message: "m", Snippet: "ab: 1"},
			"x:120:1: m\n    |\n120 | ab: 1\n    | ^~\n"},
		{"no column", Problem{File: "x", Line: 2, Message: "m", Snippet: "ab"}, "x:2: m\n  |\n2 | ab\n"},
		{"no place", Problem{File: "x", Message: "empty", Code: "empty"}, "x: empty [empty]\n"},
		{"no file", Problem{Message: "m", Hint: "Try a.\nOr b."}, "m\n  Try a.\n  Or b.\n"},
		{"end unknown", Problem{File: "x", Line: 1, Col: 2, Message: "m", Snippet: "abc"}, "x:1:2: m\n  |\n1 | abc\n  |  ^\n"},
		{"end behind the line", Problem{File: "x", Line: 1, Col: 2, EndCol: 99, Message: "m", Snippet: "abc"}, "x:1:2: m\n  |\n1 | abc\n  |  ^~\n"},
		{"column behind the line", Problem{File: "x", Line: 1, Col: 9, Message: "m", Snippet: "abc"}, "x:1:9: m\n  |\n1 | abc\n  |    ^\n"},
		{"tabs and escapes keep columns", Problem{File: "x", Line: 1, Col: 3, EndCol: 4, Message: "m", Snippet: "\t\x1b[x"},
			"x:1:3: m\n  |\n1 |  \uFFFD[x\n  |   ^\n"},
	}
	for _, tt := range tests {
		if got := tt.p.String(); got != tt.want {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestLongLineIsCutAroundThePlace(t *testing.T) {
	line := strings.Repeat("a", 300) + "HERE" + strings.Repeat("b", 300)
	got := Problem{File: "x", Line: 1, Col: 301, EndCol: 305, Message: "m", Snippet: line}.String()
	lines := strings.Split(got, "\n")
	at := strings.Index(lines[2], "HERE") - len("…") + 1
	if caret := strings.Index(lines[3], "^~~~"); at < 0 || caret != at {
		t.Errorf("caret at %d, word at %d:\n%s", caret, at, got)
	}
	if n := len([]rune(lines[2])); n > snippetWidth+4 {
		t.Errorf("snippet has %d characters", n)
	}
}

func TestSortAndWriteTo(t *testing.T) {
	p := Problems{{File: "b", Line: 1, Message: "3"}, {File: "a", Line: 2, Message: "2"}, {File: "a", Line: 1, Message: "1"}}
	p.Sort()
	var b strings.Builder
	n, err := p.WriteTo(&b)
	want := "a:1: 1\n\na:2: 2\n\nb:1: 3\n"
	if err != nil || b.String() != want || n != int64(len(want)) {
		t.Errorf("got %q (%d, %v)", b.String(), n, err)
	}
	if p.Error() != "a:1: 1\na:2: 2\nb:1: 3" {
		t.Errorf("Error: %q", p.Error())
	}
	if Problems(nil).Err() != nil || p.Err() == nil {
		t.Error("Err: nil for no problems, else an error")
	}
}

func TestNearest(t *testing.T) {
	words := []string{"severity", "sequence", "set", "match", "id"}
	tests := []struct{ word, want string }{
		{"serverity", "severity"}, {"Severity", "severity"}, {"sevreity", "severity"}, {"mach", "match"},
		{"sets", "set"}, {"xyz", ""}, {"", ""}, {"if", ""}, {"ID", "id"}, {"squence", "sequence"},
	}
	for _, tt := range tests {
		if got := Nearest(tt.word, words); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
	if got := DidYouMean("mach", words); got != `Did you mean "match"?` {
		t.Error(got)
	}
	if Nearest("a", nil) != "" || DidYouMean("zzz", words) != "" {
		t.Error("nothing near must give nothing")
	}
}
