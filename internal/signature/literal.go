package signature

import (
	"regexp/syntax"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A literal is a text that must stand in the message if a condition holds.
type literal struct {
	text string // in lower case when fold is set
	fold bool   // ASCII case does not count
}

// minLiteral is the shortest literal that is worth looking for in every
// message, minGate the shortest that is looked for before a regexp is run, in
// bytes. A byte of rareBytes is worth that by itself.
const (
	minLiteral = 3
	minGate    = 2
	rareBytes  = "\\|{}<>@#$%^&*~`_="
)

// Bounds of the alternatives that are told apart. Beyond them the part that
// filters less is given up: the filter lets more through, never less.
const (
	maxAlternatives = 64
	maxProduct      = 32
	maxLiterals     = 8
)

// run is a stretch of runes that stand one after the other.
type run struct {
	text string
	fold bool
}

// path is one way through a regexp: runs with gaps between them. open says
// that the last run is followed directly by whatever comes next.
type pathOf struct {
	runs []run
	// head and tail say whether the first run begins, and the last one ends,
	// where the expression does.
	head, tail bool
}

// emptyPath matches nothing but the empty text.
func emptyPath() pathOf { return pathOf{head: true, tail: true} }

// gap matches anything.
func gap() []pathOf { return []pathOf{{runs: nil}} }

// isEmpty reports whether the path is the empty text.
func (p pathOf) isEmpty() bool { return len(p.runs) == 0 && p.head }

// then puts q behind p.
func (p pathOf) then(q pathOf) pathOf {
	switch {
	case p.isEmpty():
		return q
	case q.isEmpty():
		return p
	}
	out := pathOf{head: p.head, tail: q.tail}
	out.runs = append(out.runs, p.runs...)
	if p.tail && q.head && len(p.runs) > 0 && len(q.runs) > 0 {
		last := &out.runs[len(out.runs)-1]
		*last = run{last.text + q.runs[0].text, last.fold || q.runs[0].fold}
		out.runs = append(out.runs, q.runs[1:]...)
		return out
	}
	out.runs = append(out.runs, q.runs...)
	return out
}

// literals returns the runs of at least some length, the most telling ones first.
func (p pathOf) literals(least int) []literal {
	var out []literal
	for _, r := range p.runs {
		text := r.text
		if r.fold {
			text = lowerASCII(text)
		}
		if len(text) >= least || least == minGate && strings.ContainsAny(text, rareBytes) {
			out = addLiteral(out, literal{text, r.fold})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].weight() > out[j].weight() })
	return out[:min(len(out), maxLiterals)]
}

// addLiteral adds l unless it follows from one that is there.
func addLiteral(list []literal, l literal) []literal {
	for _, o := range list {
		if o == l || !l.fold && !o.fold && strings.Contains(o.text, l.text) {
			return list
		}
	}
	return append(list, l)
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// letters counts the letters and digits of a literal: what a lint asks for.
func (l literal) letters() int {
	n := 0
	for _, r := range l.text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// pathsOf lists the ways through a regexp.
func pathsOf(re *syntax.Regexp) []pathOf {
	switch re.Op {
	case syntax.OpLiteral:
		return []pathOf{literalPath(re.Rune, re.Flags&syntax.FoldCase != 0)}
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []pathOf{emptyPath()}
	case syntax.OpCapture:
		return pathsOf(re.Sub[0])
	case syntax.OpConcat:
		out := []pathOf{emptyPath()}
		for _, sub := range re.Sub {
			out = product(out, pathsOf(sub))
		}
		return out
	case syntax.OpAlternate:
		var out []pathOf
		for _, sub := range re.Sub {
			out = append(out, pathsOf(sub)...)
		}
		if len(out) > maxAlternatives {
			return gap()
		}
		return out
	case syntax.OpPlus:
		return product(pathsOf(re.Sub[0]), gap())
	case syntax.OpRepeat:
		if re.Min >= 1 {
			return product(pathsOf(re.Sub[0]), gap())
		}
	}
	return gap()
}

// product puts every path of b behind every path of a.
func product(a, b []pathOf) []pathOf {
	if len(a)*len(b) > maxProduct && len(a) > 1 && len(b) > 1 {
		if worth(b) > worth(a) {
			return product(gap(), b)
		}
		return product(a, gap())
	}
	out := make([]pathOf, 0, len(a)*len(b))
	for _, p := range a {
		for _, q := range b {
			out = append(out, p.then(q))
		}
	}
	return out
}

// worth is how well the poorest of the paths filters.
func worth(paths []pathOf) int {
	least := 1 << 30
	for _, p := range paths {
		best := 0
		for _, l := range p.literals(minLiteral) {
			best = max(best, l.weight())
		}
		least = min(least, best)
	}
	return least
}

// literalPath is the path of a literal. Letters beyond ASCII fold in ways that
// the automaton does not know: under (?i) the literal is cut there.
func literalPath(runes []rune, fold bool) pathOf {
	p := emptyPath()
	var b strings.Builder
	folded := false
	flush := func() {
		if b.Len() > 0 {
			p = p.then(pathOf{runs: []run{{b.String(), folded}}, head: true, tail: true})
		}
		b.Reset()
		folded = false
	}
	for _, r := range runes {
		folds := fold && unicode.SimpleFold(r) != r
		if r == utf8.RuneError || r == kelvin || r == longS || folds && r >= utf8.RuneSelf {
			flush()
			p = p.then(pathOf{})
			continue
		}
		b.WriteRune(r)
		folded = folded || folds
	}
	flush()
	return p
}

// Two letters beyond ASCII fold to ASCII ones: under (?i) a k in a pattern
// also means the Kelvin sign, and an s the long s. Literals are looked for in a
// text in which they stand as k and s, see plainLetters.
const (
	kelvin = '\u212a'
	longS  = '\u017f'
)

// foreignFold reports whether a text holds one of the two letters. It is asked
// for every message, so it looks for their first bytes.
func foreignFold(text string) bool {
	return strings.IndexByte(text, 0xc5) >= 0 && strings.Contains(text, string(longS)) ||
		strings.IndexByte(text, 0xe2) >= 0 && strings.Contains(text, string(kelvin))
}

// plainLetters replaces the two letters by those that they fold to.
func plainLetters(text string) string {
	return strings.NewReplacer(string(kelvin), "k", string(longS), "s").Replace(text)
}

// weight estimates how seldom a literal is met, before all literals are known:
// long ones and those with rare bytes weigh more.
func (l literal) weight() int {
	w := len(l.text)
	for i := 0; i < len(l.text); i++ {
		w += rarity(l.text[i])
	}
	return w
}

// windowLen is how many bytes of a literal the automaton looks for. The rest
// is compared when they are found, so that the automaton stays small enough
// for the cache.
const windowLen = 8

// rarity says how rare a byte is in log messages, roughly.
func rarity(c byte) int {
	switch {
	case strings.IndexByte(" etaoinrs", c) >= 0:
		return 1
	case strings.IndexByte("lcdumpfg.:/-_0123456789", c) >= 0:
		return 2
	case c >= 'a' && c <= 'z', strings.IndexByte(",'\"()[]=", c) >= 0:
		return 3
	}
	return 4
}
