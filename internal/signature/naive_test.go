package signature

import (
	"fmt"
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
	"testing/fstest"

	"logwhy/internal/logentry"
)

// naive is what Match must equal: every condition, evaluated for every entry.
func naive(c *Catalog, e *logentry.Entry) []Match {
	var out []Match
	for i := range c.Len() {
		s := c.At(i)
		v := &view{e: e}
		if s.Single && s.cond.holds(v) {
			out = append(out, s.match(v))
		}
	}
	return out
}

// same compares the matcher with the naive loop.
func same(t testing.TB, m *Matcher, e *logentry.Entry) {
	t.Helper()
	got, want := describe(m.Match(e, nil)), describe(naive(m.c, e))
	if got != want {
		t.Errorf("message %q:\n got %s\nwant %s", clip(e.Text()), got, want)
	}
}

func describe(ms []Match) string {
	var b strings.Builder
	for _, m := range ms {
		fmt.Fprintf(&b, "%s%q ", m.Sig.ID, m.Values)
	}
	return b.String()
}

// example writes a text that re matches, choosing at random where there is a
// choice.
func example(re *syntax.Regexp, r *rand.Rand) string {
	switch re.Op {
	case syntax.OpLiteral:
		var b strings.Builder
		for _, c := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 && r.IntN(2) == 0 {
				c = foldOf(c, r)
			}
			b.WriteRune(c)
		}
		return b.String()
	case syntax.OpCharClass:
		i := r.IntN(len(re.Rune)/2) * 2
		lo, hi := re.Rune[i], re.Rune[i+1]
		if lo < 'z' && hi > 'a' {
			return string('a' + r.Int32N(26)%(hi-lo+1))
		}
		return string(lo + r.Int32N(min(hi-lo+1, 50)))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return string("abc xyz.:'/Kks09é"[r.IntN(17)])
	case syntax.OpCapture:
		return example(re.Sub[0], r)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		return repeat(re, r)
	case syntax.OpConcat:
		var b strings.Builder
		for _, s := range re.Sub {
			b.WriteString(example(s, r))
		}
		return b.String()
	case syntax.OpAlternate:
		return example(re.Sub[r.IntN(len(re.Sub))], r)
	}
	return ""
}

func repeat(re *syntax.Regexp, r *rand.Rand) string {
	least, most := 0, 3
	switch re.Op {
	case syntax.OpPlus:
		least = 1
	case syntax.OpQuest:
		most = 1
	case syntax.OpRepeat:
		least, most = re.Min, re.Max
		if most < 0 {
			most = least + 3
		}
	}
	var b strings.Builder
	for range least + r.IntN(most-least+1) {
		b.WriteString(example(re.Sub[0], r))
	}
	return b.String()
}

// foldOf returns another case of c, the Kelvin sign and the long s included.
func foldOf(c rune, r *rand.Rand) rune {
	switch {
	case c == 'k' || c == 'K':
		return []rune{'k', 'K', '\u212a'}[r.IntN(3)]
	case c == 's' || c == 'S':
		return []rune{'s', 'S', '\u017f'}[r.IntN(3)]
	case c >= 'a' && c <= 'z':
		return c - 32
	case c >= 'A' && c <= 'Z':
		return c + 32
	}
	return c
}

// texts returns texts that the conditions on message of s are about.
func examples(s *Signature, r *rand.Rand) []string {
	var out []string
	s.cond.walk(false, func(t *test, _ bool) {
		if t.field.path != "message" {
			return
		}
		switch t.kind {
		case testRegex:
			if re, err := syntax.Parse(t.re.String(), syntax.Perl); err == nil {
				out = append(out, example(re, r), example(re.Simplify(), r))
			}
		case testContains:
			out = append(out, strings.Join(t.words, " "))
		default:
			out = append(out, t.words...)
		}
	})
	return out
}

// disturb changes a text a little: case, a lost character, text around.
func disturb(s string, r *rand.Rand) string {
	switch r.IntN(7) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return strings.ToLower(s)
	case 2:
		if len(s) > 1 {
			i := r.IntN(len(s))
			return strings.ToValidUTF8(s[:i]+s[i+1:], "\uFFFD")
		}
	case 3:
		return "2026-03-02 10:00:00,123 ERROR [main] " + s + "\n    at handler (app.js:1:2)"
	case 4:
		return s + " " + s
	case 5:
		return "\u00e9" + s + "\u212a"
	}
	return s
}

// catalogOf loads rules from texts; the ids are taken from the rules.
func catalogOf(t testing.TB, rules ...string) *Catalog {
	t.Helper()
	fsys := fstest.MapFS{}
	for i, r := range rules {
		fsys[fmt.Sprintf("%03d.yaml", i)] = &fstest.MapFile{Data: []byte(r)}
	}
	c, bad := Load([]Source{{FS: fsys, Root: "rules"}}, Options{})
	if len(bad) > 0 {
		var b strings.Builder
		bad.WriteTo(&b)
		t.Fatal(b.String())
	}
	return c
}
