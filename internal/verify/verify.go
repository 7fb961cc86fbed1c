// Package verify holds a report against the log entries that it speaks of.
//
// In come documents, a report in Markdown or a stored analysis, written by this
// tool or by hand, and the inputs that they are to be checked against. Out comes
// one claim after the other, each with the line on which it stands and a verdict:
// supported by the data, not supported, or not checked.
//
// The steps are:
//
//  1. Parse. A document is cut into blocks; quoted lines, times, counts, rates
//     and claims of absence become claims, and each notes what it must know.
//  2. Collect. The inputs are read once. For what was noted, and for nothing
//     else, exact numbers are kept; collectors merge to the same in any order.
//  3. Judge. Each claim is held against the numbers.
//
// A claim is called not supported only where the data speak against it, or
// where it cites a log line that the data do not hold. What nobody can check
// from logs (plans, code, business numbers) is counted and left alone. The
// result depends on the documents and the entries only. Package verify writes
// nothing.
package verify

import (
	"context"
	"fmt"
	"slices"

	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
)

// Verdicts on claims.
const (
	Supported    = "supported"
	NotSupported = "not supported"
	NotChecked   = "not checked"
)

// Kinds of claims.
const (
	KindQuote    = "quote"    // a log line, with or without time and level
	KindTime     = "time"     // when something began, ended or was seen
	KindCount    = "count"    // how often
	KindRate     = "rate"     // a percentage
	KindAbsence  = "absence"  // that something is not there any more
	KindEvidence = "evidence" // an entry cited under an id
	KindInput    = "input"    // what was read
)

// Claim is one statement of a report and what the data say to it.
type Claim struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // 1-based
	Kind    string `json:"kind"`
	Text    string `json:"text"` // as it stands in the report, clipped
	Verdict string `json:"verdict"`
	Why     string `json:"why,omitempty"`
	// Note tells what a reader should know though the claim holds, such as
	// that more entries have the quoted text.
	Note string `json:"note,omitempty"`
}

// Result is all claims in the order of the documents.
type Result struct {
	Schema       string  `json:"schema"`
	Supported    int     `json:"supported"`
	NotSupported int     `json:"not_supported"`
	NotChecked   int     `json:"not_checked"`
	Entries      int     `json:"entries"` // that the reports were held against
	Claims       []Claim `json:"claims"`
}

// Schema names the version of the JSON form of Result.
const Schema = "logwhy.verify/v1"

// Options say how claims are told.
type Options struct {
	// Redact takes secrets out of what is shown of the documents and of the
	// entries. It sees texts before they are clipped. Nil keeps them.
	Redact func(string) string
	// Recount explains the same inputs once more, for the findings of a stored
	// analysis that signatures counted. Nil leaves those unchecked.
	Recount func(context.Context) (*incident.Analysis, error)
}

// Against reads the inputs of set and holds the documents against them.
func Against(ctx context.Context, docs []*Document, set *ingest.Set, o Options) (*Result, error) {
	w := newWanted()
	var claims []*claim
	for _, d := range docs {
		claims = append(claims, d.claims(w)...)
	}
	var parts []*collector
	rep, err := set.Read(ctx, func(int) func(*logentry.Entry) {
		c := newCollector(w)
		parts = append(parts, c)
		return c.add
	})
	if err != nil {
		return nil, err
	}
	all := newCollector(w)
	for _, c := range parts {
		all.merge(c)
	}
	f := &facts{collector: all, inputs: rep}
	if o.Recount != nil && slices.ContainsFunc(docs, func(d *Document) bool { return d.analysis != nil }) {
		if f.again, err = o.Recount(ctx); err != nil {
			return nil, err
		}
	}
	return judge(claims, f, o), nil
}

// judge asks each claim, and notes where reports give one text different times.
func judge(claims []*claim, f *facts, o Options) *Result {
	r := &Result{Schema: Schema, Entries: f.all.n, Claims: []Claim{}}
	for _, c := range claims {
		a := c.ask(f)
		if a.verdict == "" {
			continue
		}
		c.Verdict, c.Why, c.Note = a.verdict, o.shown(a.why, 400), o.shown(a.note, 400)
	}
	noteOtherTimes(claims, f)
	for _, c := range claims {
		c.Text = o.shown(c.Text, 160)
	}
	seen := map[string]bool{}
	for _, c := range claims {
		key := fmt.Sprint(c.File, c.Line, c.Kind, c.Text, c.Why)
		if c.Verdict == "" || seen[key] {
			continue
		}
		seen[key] = true
		switch c.Verdict {
		case Supported:
			r.Supported++
		case NotSupported:
			r.NotSupported++
		default:
			r.NotChecked++
		}
		r.Claims = append(r.Claims, c.Claim)
	}
	return r
}

// shown is a text as a claim shows it.
func (o Options) shown(s string, n int) string {
	if o.Redact != nil {
		s = o.Redact(s)
	}
	return incident.Clip(s, n)
}

// noteOtherTimes tells of entries that have a quoted text at a time that the
// document does not give: two reports that quote the same words may speak of
// two entries.
func noteOtherTimes(claims []*claim, f *facts) {
	quoted := map[int]map[string][]int{} // text → document → claims
	for i, c := range claims {
		if c.text < 0 || !c.timed || c.Kind != KindQuote || c.Verdict == "" {
			continue
		}
		if quoted[c.text] == nil {
			quoted[c.text] = map[string][]int{}
		}
		quoted[c.text][c.File] = append(quoted[c.text][c.File], i)
	}
	for i, c := range claims {
		if c.Verdict != Supported || !slices.Contains(quoted[max(c.text, 0)][c.File], i) || c.text < 0 {
			continue
		}
		t := &f.texts[c.text].tally
		if here := len(quoted[c.text][c.File]); t.distinct() > here && t.n <= shownTimes {
			c.Note = fmt.Sprintf("%d entries have this text: %s; the report quotes %s", t.n, t.times(), timesWord(here))
		}
	}
}

func timesWord(n int) string {
	if n == 1 {
		return "one of them"
	}
	return fmt.Sprintf("%d of them", n)
}

// claim is a Claim on its way to a verdict.
type claim struct {
	Claim
	text  int  // the quoted text, an index into the wanted ones; -1 without
	timed bool // the quote gives a time
	ask   func(*facts) answer
}

// answer is what the data say; without a verdict the claim is dropped.
type answer struct{ verdict, why, note string }

func supported() answer { return answer{verdict: Supported} }
func unsupported(format string, args ...any) answer {
	return answer{verdict: NotSupported, why: fmt.Sprintf(format, args...)}
}
func unchecked(format string, args ...any) answer {
	return answer{verdict: NotChecked, why: fmt.Sprintf(format, args...)}
}
