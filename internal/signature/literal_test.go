package signature

import (
	"fmt"
	"regexp/syntax"
	"sort"
	"strings"
	"testing"
)

// TestPathsOf shows which texts must stand in what a regexp matches: literals
// of one way joined by " + ", ways by " | ".
func TestPathsOf(t *testing.T) {
	tests := []struct{ pattern, want string }{
		{`No module named '(?P<m>[\w.]+)'`, `No module named '`},
		{`abc.*defg`, "abc + defg"},
		{`abc|defg`, "abc | defg"},
		{`foo(?:bar|xyz)qux`, "foobarqux | fooxyzqux"},
		{`foo(?:bar|baz)qux`, "fooba + qux"},
		{`foobar|foobaz|x`, "fooba | -"},
		{`abc(?:def)?ghi`, "abc + ghi"},
		{`abc(def)+ghi`, "abcdef + ghi"},
		{`abc(?:def){2,}ghi`, "abcdef + ghi"},
		{`abc(?:def){0,2}ghi`, "abc + ghi"},
		{`\babc\b def$`, "abc def"},
		{`(?m)^abc$\ndef`, "abc\ndef"},
		{`(?i)abc`, "(abc)"},
		{`(?i)askew`, "(askew)"},
		{"a\u212aelvin sign", "elvin sign"},
		{`Fail(?i:ed to)`, "(failed to)"},
		{`[Ee]rror: x`, "(error: x)"},
		{`größe`, "größe"},
		{`(?i)größe`, "-"},
		{`\d+ ms`, " ms"},
		{`..`, "-"},
		{``, "-"},
		{`a.b.c`, "-"},
	}
	for _, tt := range tests {
		re, err := syntax.Parse(tt.pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		var ways []string
		for _, p := range pathsOf(re) {
			var lits []string
			for _, l := range p.literals(minLiteral) {
				s := l.text
				if l.fold {
					s = "(" + s + ")"
				}
				lits = append(lits, s)
			}
			sort.Strings(lits)
			if len(lits) == 0 {
				lits = []string{"-"}
			}
			ways = append(ways, strings.Join(lits, " + "))
		}
		if got := strings.Join(ways, " | "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.pattern, got, tt.want)
		}
	}
}

func patternNeeds(t *testing.T, pattern string) []need {
	t.Helper()
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	return needsOf(pathsOf(re), minLiteral)
}

// TestNeedsAreBounded: patterns with very many ways give up what filters
// least, and still filter.
func TestNeedsAreBounded(t *testing.T) {
	ab := strings.Repeat("(?:aaa|bbb|ccc)(?:x|.)", 8)
	needs := patternNeeds(t, ab+"needle in a haystack")
	if len(needs) > 4*maxAlternatives {
		t.Errorf("%d ways", len(needs))
	}
	for _, n := range needs {
		found := false
		for _, l := range n.lits {
			found = found || strings.Contains(l.text, "needle in a haystack")
		}
		if !found {
			t.Errorf("the text that tells is lost: %v", n.lits)
		}
	}
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf("word%03d", i*7))
	}
	if needs := patternNeeds(t, "(?:"+strings.Join(many, "|")+") and the same end"); len(needs) == 0 || needs[0].worth() == 0 {
		t.Errorf("%v", needs)
	}
}

func TestAutomaton(t *testing.T) {
	lits := []literal{{"abc", false}, {"bcd", true}, {"a long literal with the rare QXZ part", false}, {"xyz0123456789", true}, {"abc", true}}
	a := newAutomaton(lits, newGrams(lits))
	for _, tt := range []struct{ text, want string }{
		{"abcd", "0 1 4"}, {"ABCD", "1 4"}, {"xabc", "0 4"}, {"ab cd", ""}, {"", ""},
		{"here: a long literal with the rare QXZ part.", "2"},
		{"here: a long literal with the rare qxz part.", ""},
		{"with the rare QXZ part", ""},
		{"XYZ0123456789", "3"}, {"xyz012345678", ""}, {"23456789", ""},
	} {
		var got []string
		s := uint32(0)
		found := map[int32]bool{}
		for i := 0; i < len(tt.text); i++ {
			s = a.table[s+uint32(a.class[tt.text[i]])] &^ hasOutput
			n := s / uint32(a.classes)
			for _, l := range a.outputs[a.start[n]:a.start[n+1]] {
				if a.lits[l].at(tt.text, i+1) {
					found[l] = true
				}
			}
		}
		for i := range lits {
			if found[int32(i)] {
				got = append(got, fmt.Sprint(i))
			}
		}
		if g := strings.Join(got, " "); g != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, g, tt.want)
		}
	}
}
