package redact

import (
	"slices"
	"strings"

	"logwhy/internal/incident"
)

// proseOf rewrites a sentence: the text of each code span by itself, and the
// tool's words, in which nothing should be found, as well. What does not change
// keeps its bytes.
func proseOf(p incident.Prose, fn rewrite) incident.Prose {
	var b strings.Builder
	var codes []string // of the result
	changed := false
	for _, part := range partsOf(string(p)) {
		if !part.code {
			t := fn("", part.raw)
			changed = changed || t != part.raw
			b.WriteString(t)
			continue
		}
		whole, n := incident.CutOf(part.text)
		t := fn("", whole)
		if t == whole {
			codes = append(codes, part.text)
			b.WriteString(part.raw)
			continue
		}
		changed = true
		code := codeOf(t, n, fn)
		codes = append(codes, codesOf(incident.Prose(code))...)
		b.WriteString(code)
	}
	if !changed {
		return p
	}
	out := incident.Prose(b.String())
	if !slices.Equal(codesOf(out), codes) { // a stray fence was set free: all is foreign text then
		return incident.Prose(codeOf(fn("", p.Plain()), 0, fn))
	}
	return out
}

// codeOf makes a code span of rewritten text. The span shows hidden characters
// and joins lines, so what it holds is looked at once more. With n above 0 the
// span is shown to n runes, and what is not shown stays in it until it is
// settled.
func codeOf(t string, n int, fn rewrite) string {
	code := incident.Code(t)
	for range maxRounds {
		held := codesOf(incident.Prose(code))
		if len(held) != 1 {
			break
		}
		next := fn("", held[0])
		if next == held[0] {
			if n > 0 {
				return incident.Short(next, n)
			}
			break
		}
		code = incident.Code(next)
	}
	if n > 0 {
		return incident.Short(incident.Prose(code).Plain(), n)
	}
	return code
}

// settle cuts sentences to what they show. A tag is never cut: it stands for
// the whole of the value, of which a part would have been seen.
func settle(p incident.Prose) incident.Prose {
	return p.Settle(func(s string, i int) int {
		for _, tag := range tagsIn(s) {
			if tag[0] < i && i < tag[1] {
				return tag[1]
			}
		}
		return i
	})
}

// part is a stretch of prose; text is what a code span holds.
type part struct {
	raw, text string
	code      bool
}

// partsOf cuts prose at its code spans, as Prose.Whole does, and keeps the bytes.
func partsOf(s string) []part {
	var out []part
	rest := s
	for _, sp := range incident.Prose(s).Whole() {
		if sp.Kind != incident.SpanCode {
			continue
		}
		i := fenceOf(rest, sp.Text)
		if i.to == 0 {
			break // cannot happen: Spans has found it
		}
		if i.from > 0 {
			out = append(out, part{raw: rest[:i.from]})
		}
		out = append(out, part{raw: rest[i.from:i.to], text: sp.Text, code: true})
		rest = rest[i.to:]
	}
	if rest != "" {
		out = append(out, part{raw: rest})
	}
	return out
}

// fence is where a code span with its backticks stands.
type fence struct{ from, to int }

// fenceOf finds the next code span in s, which holds text.
func fenceOf(s, text string) fence {
	for i := 0; i < len(s); i++ {
		if s[i] != '`' {
			continue
		}
		n := run(s, i)
		for j := i + n; j < len(s); j++ {
			if s[j] != '`' {
				continue
			}
			m := run(s, j)
			if m == n {
				if inner := s[i+n : j]; inner == text || len(inner) > 2 && inner[1:len(inner)-1] == text {
					return fence{i, j + m}
				}
				break
			}
			j += m - 1
		}
		i += n - 1
	}
	return fence{}
}

// run counts the backticks at s[i:].
func run(s string, i int) int {
	n := 0
	for i+n < len(s) && s[i+n] == '`' {
		n++
	}
	return n
}

func codesOf(p incident.Prose) []string {
	var out []string
	for _, s := range p.Whole() {
		if s.Kind == incident.SpanCode {
			out = append(out, s.Text)
		}
	}
	return out
}
