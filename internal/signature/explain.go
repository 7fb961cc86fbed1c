package signature

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"logwhy/internal/logentry"
)

// Truth is what can be said of a clause.
type Truth uint8

// The truths. A clause is unknown when the entry does not carry the field that
// it asks about.
const (
	False Truth = iota
	True
	Unknown
)

// String returns yes, no or unknown.
func (t Truth) String() string { return [...]string{"no", "yes", "unknown"}[t] }

// Clause is a part of a condition, judged on one entry.
type Clause struct {
	// Text is all, any or not, or a test as it stands in the rule.
	Text  string
	Line  int // in the rule file; 0 for all, any and not
	Holds Truth
	// Why says what is there instead, when a test does not hold.
	Why  string
	Subs []Clause
}

// Explain judges every clause of a signature of one event on an entry. For
// other signatures it returns the zero Clause: explain their Parts.
func (s *Signature) Explain(e *logentry.Entry) Clause {
	if s.cond == nil {
		return Clause{}
	}
	return s.cond.explain(&view{e: e})
}

func (c *condition) explain(v *view) Clause {
	if c.op == opTest {
		return c.test.explain(v)
	}
	out := Clause{Text: [...]string{"all", "any", "not"}[c.op]}
	for _, s := range c.subs {
		out.Subs = append(out.Subs, s.explain(v))
	}
	if c.holds(v) {
		out.Holds = True
	}
	return out
}

func (t *test) explain(v *view) Clause {
	c := Clause{Text: t.source, Line: t.line}
	if t.holds(v) {
		c.Holds = True
		return c
	}
	value := t.field.get(v)
	if value == "" {
		c.Holds, c.Why = Unknown, "the entry has no "+t.field.path
		if t.kind == testExists {
			c.Holds = False
		}
		return c
	}
	c.Why = t.whyNot(value)
	return c
}

// whyNot says what stands in the field instead.
func (t *test) whyNot(value string) string {
	switch t.kind {
	case testContains:
		return "not in it: " + strings.Join(t.missing(value), ", ")
	case testRegex:
		return regexpWhyNot(t.re.String(), value)
	}
	return "it is " + excerpt(value)
}

func (t *test) missing(value string) []string {
	var out []string
	for _, w := range t.words {
		if strings.Contains(value, w) {
			continue
		}
		quoted := fmt.Sprintf("%q", w)
		if strings.Contains(strings.ToLower(value), strings.ToLower(w)) {
			quoted += " (but for case)"
		}
		out = append(out, quoted)
	}
	return out
}

// regexpWhyNot finds what keeps a pattern from matching: a flag, or the part up
// to which it matches.
func regexpWhyNot(pattern, value string) string {
	for _, f := range []struct{ flag, says string }{
		{"(?i)", "it matches if case does not count, (?i)"}, {"(?m)", "it matches if ^ and $ mean lines, (?m)"},
		{"(?s)", "it matches if . may be a line break, (?s)"}, {"(?ms)", "it matches with (?ms)"},
	} {
		if re, err := regexp.Compile(f.flag + pattern); err == nil && re.MatchString(value) {
			return f.says
		}
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	fits, next := fitting(re, value)
	if fits == "" {
		return "nothing of it stands in " + excerpt(value)
	}
	return fmt.Sprintf("it matches up to %s; then comes %s, which does not", inCode(fits), inCode(next))
}

// fitting returns the longest beginning of a pattern that matches, and the
// part behind it.
func fitting(re *syntax.Regexp, value string) (fits, next string) {
	switch re.Op {
	case syntax.OpCapture:
		return fitting(re.Sub[0], value)
	case syntax.OpAlternate:
		for _, s := range re.Sub {
			if f, n := fitting(s, value); len(f) > len(fits) {
				fits, next = f, n
			}
		}
		return fits, next
	case syntax.OpConcat:
		for k := len(re.Sub) - 1; k > 0; k-- {
			head := (&syntax.Regexp{Op: syntax.OpConcat, Sub: re.Sub[:k], Flags: re.Flags}).String()
			if r, err := regexp.Compile(head); err == nil && r.MatchString(value) && !r.MatchString("") {
				return head, re.Sub[k].String()
			}
		}
	}
	return "", ""
}

// inCode shows a part of a pattern as it stands.
func inCode(pattern string) string {
	const most = 120
	if r := []rune(pattern); len(r) > most {
		pattern = "…" + string(r[len(r)-most:])
	}
	return "`" + pattern + "`"
}

// excerpt quotes a value on one line.
func excerpt(s string) string {
	const most = 90
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// Nearness estimates how near an entry comes to a signature of one event,
// from 0 to 1. It is cheap: it looks for the texts that must be there and does
// not take a regexp apart.
func (s *Signature) Nearness(e *logentry.Entry) float64 {
	if s.cond == nil {
		return 0
	}
	return s.cond.nearness(&view{e: e})
}

func (c *condition) nearness(v *view) float64 {
	switch {
	case c.op == opTest:
		return c.test.nearness(v)
	case c.holds(v):
		return 1
	}
	best, sum, n, factor := 0.0, 0.0, 0, 1.0
	for _, s := range c.subs {
		if s.op == opNot { // what is not there brings no entry nearer
			if !s.holds(v) {
				factor /= 2
			}
			continue
		}
		near := s.nearness(v)
		best, sum, n = max(best, near), sum+near, n+1
	}
	switch {
	case n == 0 || c.op == opNot:
		return 0
	case c.op == opAny:
		return best * factor
	}
	return sum / float64(n) * factor
}

func (t *test) nearness(v *view) float64 {
	if t.holds(v) {
		return 1
	}
	value := t.field.get(v)
	if value == "" {
		return 0
	}
	switch t.kind {
	case testContains:
		return 0.9 * (1 - float64(len(t.missing(value)))/float64(len(t.words)))
	case testRegex:
		return 0.9 * t.literalShare(value)
	}
	return 0
}

// literalShare is the share of the texts that a pattern must have, by length,
// for the best of its ways. Of a text that is not there as a whole its words
// count a little less.
func (t *test) literalShare(value string) float64 {
	lower := lowerASCII(value)
	best := 0.0
	for _, n := range t.ways {
		all, found := 0.0, 0.0
		for _, l := range n.lits {
			text := lowerASCII(l.text)
			all += float64(len(text))
			if strings.Contains(lower, text) {
				found += float64(len(text))
			} else {
				found += 0.8 * float64(wordsIn(lower, text))
			}
		}
		if all > 0 {
			best = max(best, found/all)
		}
	}
	return best
}

// wordsIn adds up the length of the words of text that are words of value.
func wordsIn(value, text string) int {
	n := 0
	for _, w := range strings.Fields(text) {
		if len(w) >= minLiteral && hasWord(value, w) {
			n += len(w)
		}
	}
	return n
}

func hasWord(value, w string) bool {
	for from := 0; ; {
		i := strings.Index(value[from:], w)
		if i < 0 {
			return false
		}
		i += from
		if end := i + len(w); (i == 0 || !isLetter(value[i-1])) && (end == len(value) || !isLetter(value[end])) {
			return true
		}
		from = i + 1
	}
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

// Part is a step or an absence of a signature of several events.
type Part struct {
	Name   string
	Sig    *Signature
	Count  int // how often a step has to occur
	Absent bool
}

// Parts lists the steps and absences of a sequence, set or count; nothing for
// a signature of one event.
func (s *Signature) Parts() []Part {
	if s.form == nil {
		return nil
	}
	var out []Part
	for _, st := range s.form.steps {
		if n := len(out); n > 0 && out[n-1].Sig == st.sig {
			out[n-1].Count++
			continue
		}
		out = append(out, Part{Name: st.name, Sig: st.sig, Count: 1})
	}
	if s.form.kind == formCount {
		out[0].Count = s.form.atLeast
	}
	for _, a := range s.form.absent {
		out = append(out, Part{Name: "absent", Sig: a.sig, Absent: true})
	}
	return out
}

// Relax names what a relaxed tracker does not ask for.
type Relax struct{ Window, Join, Absent bool }

// NewRelaxedTracker returns a tracker that leaves some of the demands of a
// signature out: whoever explains why it does not fire tries which one it is.
func (c *Catalog) NewRelaxedTracker(sig *Signature, r Relax) *Tracker {
	if sig.form == nil {
		return nil
	}
	f := *sig.form
	if r.Window {
		f.within = 100 * 365 * 24 * 3600 * 1e9
	}
	if r.Absent {
		f.absent = nil
	}
	join := f.join
	if r.Join {
		join = []Rung{RungFile}
	}
	return &Tracker{sig: sig, join: join, plan: newPlan(&f)}
}
