package rulecheck

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"logwhy/internal/diag"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// Explanation says why a signature does or does not recognise entries.
type Explanation struct {
	Sig     *signature.Signature
	Entries int // how many were looked at
	Hits    int
	// Near are the entries that were recognised, else those that come nearest.
	Near []Near
	// Parts tell, for a sequence, set or count, how often each step was seen.
	Parts []PartCount
	// Shown rewrites what is shown of an entry, such as to take secrets out of
	// it; nil keeps it.
	Shown func(string) string
	// Without says which demand keeps the steps from being joined.
	Without []string
}

// Near is an entry and what each clause of a condition says of it.
type Near struct {
	Part   string // the step, for a signature of several events
	Entry  *logentry.Entry
	Clause signature.Clause
}

// PartCount is a step with the number of entries that are one.
type PartCount struct {
	signature.Part
	Seen int
}

// nearest is how many entries are explained for each condition.
const nearest = 3

// Explainer collects what Explanation tells. Entries may come in any order,
// and are only borrowed.
type Explainer struct {
	c     *signature.Catalog
	sig   *signature.Signature
	m     *signature.Matcher
	conds []*watched
	// occurrences of the parts, for signatures of several events
	seen    []signature.Occurrence
	entries int
}

// watched is one condition with the entries nearest to it.
type watched struct {
	part  string
	sig   *signature.Signature
	count int
	near  []scored
}

type scored struct {
	score float64
	e     *logentry.Entry
}

// maxOccurrences bounds what is kept to find out why steps do not join.
const maxOccurrences = 50_000

// NewExplainer returns an explainer for a signature, or an error that names
// the id that was probably meant.
func NewExplainer(c *signature.Catalog, id string) (*Explainer, error) {
	s := c.Lookup(id)
	if s == nil {
		var ids []string
		for _, s := range c.Signatures {
			ids = append(ids, s.ID)
		}
		hint := diag.DidYouMean(id, ids)
		if hint == "" {
			hint = "logwhy rules list  shows all of them."
		}
		return nil, fmt.Errorf("no signature is called %q\n%s", id, hint)
	}
	x := &Explainer{c: c, sig: s, m: c.NewMatcher()}
	if s.Single {
		x.conds = []*watched{{sig: s}}
	}
	for _, p := range s.Parts() {
		name := p.Name
		if p.Absent {
			name = "absent"
		}
		x.conds = append(x.conds, &watched{part: name, sig: p.Sig})
	}
	return x, nil
}

// Explain runs an explainer over entries.
func Explain(c *signature.Catalog, id string, entries []*logentry.Entry) (*Explanation, error) {
	x, err := NewExplainer(c, id)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		x.Add(e)
	}
	return x.Explanation(), nil
}

// Add looks at one entry.
func (x *Explainer) Add(e *logentry.Entry) {
	x.entries++
	matches := x.m.Match(e, nil)
	for _, w := range x.conds {
		hit := false
		for _, m := range matches {
			if m.Sig == w.sig {
				hit = true
				x.occurrence(e, m)
			}
		}
		if hit {
			w.count++
			w.offer(e, 1)
		} else if n := w.sig.Nearness(e); n > 0 {
			w.offer(e, n)
		}
	}
}

func (x *Explainer) occurrence(e *logentry.Entry, m signature.Match) {
	if x.sig.Single || len(x.seen) >= maxOccurrences {
		return
	}
	own := signature.Match{Sig: m.Sig}
	for _, v := range m.Values {
		own.Values = append(own.Values, strings.Clone(v))
	}
	c := e.Clone()
	x.seen = append(x.seen, occurrence(c, own, len(x.seen)))
}

// offer keeps e if it is among the nearest. Of equally near ones those that
// stand first in their input are kept, in whatever order they come.
func (w *watched) offer(e *logentry.Entry, score float64) {
	at := sort.Search(len(w.near), func(i int) bool {
		o := w.near[i]
		return o.score < score || o.score == score && before(e.Pos, o.e.Pos)
	})
	if at >= nearest {
		return
	}
	w.near = append(w.near, scored{})
	copy(w.near[at+1:], w.near[at:])
	w.near[at] = scored{score, e.Clone()}
	w.near = w.near[:min(len(w.near), nearest)]
}

func before(a, b logentry.Pos) bool {
	if a.Input != b.Input {
		return a.Input < b.Input
	}
	return a.Seq < b.Seq
}

// Explanation returns what was found out.
func (x *Explainer) Explanation() *Explanation {
	out := &Explanation{Sig: x.sig, Entries: x.entries}
	for _, w := range x.conds {
		for _, n := range w.near {
			if w.count > 0 && n.score < 1 || n.score < w.near[0].score/2 {
				break // what is recognised needs no near miss, what is far tells nothing
			}
			out.Near = append(out.Near, Near{Part: w.part, Entry: n.e, Clause: w.sig.Explain(n.e)})
		}
	}
	if x.sig.Single {
		out.Hits = x.conds[0].count
		return out
	}
	for i, p := range x.sig.Parts() {
		out.Parts = append(out.Parts, PartCount{p, x.conds[i].count})
	}
	if out.Hits = x.hits(signature.Relax{}); out.Hits == 0 {
		out.Without = x.relaxed(out.Parts)
	}
	return out
}

// hits counts what a tracker finds that leaves some demands out.
func (x *Explainer) hits(r signature.Relax) int {
	t := x.c.NewRelaxedTracker(x.sig, r)
	seen := append([]signature.Occurrence(nil), x.seen...)
	sort.SliceStable(seen, func(i, j int) bool { return seen[i].Time < seen[j].Time })
	for _, o := range seen {
		t.Add(o)
	}
	return len(t.Flush())
}

// relaxed finds the demands without which the steps would join.
func (x *Explainer) relaxed(parts []PartCount) []string {
	for _, p := range parts {
		if !p.Absent && p.Seen < p.Count {
			return []string{fmt.Sprintf("step %s was seen %s and is needed %s", p.Name, frequency(p.Seen), frequency(p.Count))}
		}
	}
	for _, r := range []struct {
		relax signature.Relax
		says  string
	}{
		{signature.Relax{Absent: true}, "what must be absent is there: without absent it would be recognised %s"},
		{signature.Relax{Window: true}, "the steps are too far apart: without within it would be recognised %s"},
		{signature.Relax{Join: true}, "the steps do not share what join asks for: without join it would be recognised %s"},
		{signature.Relax{Window: true, Join: true}, "the steps are too far apart and do not share what join asks for: without both it would be recognised %s"},
	} {
		if n := x.hits(r.relax); n > 0 {
			return []string{fmt.Sprintf(r.says, frequency(n))}
		}
	}
	return []string{"the steps were seen, and never in this order"}
}

func frequency(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// WriteTo prints the explanation as plain text.
func (x *Explanation) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	s := x.Sig
	fmt.Fprintf(&b, "%s (%s:%d) is recognised %s in %d entries.\n", s.ID, s.File, s.Line, frequency(x.Hits), x.Entries)
	for _, p := range x.Parts {
		needed := "needed " + frequency(p.Count)
		if p.Absent {
			needed = "must be absent"
		}
		fmt.Fprintf(&b, "  %-12s %s: seen %s, %s\n", p.Name, p.Sig.ID, frequency(p.Seen), needed)
	}
	for _, line := range x.Without {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	if len(x.Near) == 0 {
		b.WriteString("No entry has anything of it.\n")
	}
	for _, n := range x.Near {
		b.WriteByte('\n')
		n.write(&b, x.shown)
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func (x *Explanation) shown(s string) string {
	if x.Shown == nil {
		return s
	}
	return x.Shown(s)
}

func (n Near) write(b *strings.Builder, shown func(string) string) {
	e := n.Entry
	if n.Part != "" {
		b.WriteString("step " + n.Part + ": ")
	}
	fmt.Fprintf(b, "%s %s %s\n", place(e.Pos), e.Time, clip(shown(e.Text())))
	writeClause(b, n.Clause, "  ", shown)
}

// place is file:line, else file#n.
func place(p logentry.Pos) string {
	name := p.Name
	if name == "" {
		name = "entry"
	}
	if p.Line > 0 {
		return fmt.Sprintf("%s:%d", name, p.Line)
	}
	return fmt.Sprintf("%s#%d", name, p.Record)
}

func writeClause(b *strings.Builder, c signature.Clause, indent string, shown func(string) string) {
	text := c.Text
	if r := []rune(text); len(r) > 100 {
		text = string(r[:100]) + "…"
	}
	at := ""
	if c.Line > 0 {
		at = fmt.Sprintf(" (line %d)", c.Line)
	}
	fmt.Fprintf(b, "%s%-7s %s%s\n", indent, c.Holds, text, at)
	if c.Why != "" {
		fmt.Fprintf(b, "%s        %s\n", indent, shown(c.Why))
	}
	for _, s := range c.Subs {
		writeClause(b, s, indent+"  ", shown)
	}
}
