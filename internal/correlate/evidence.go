package correlate

import (
	"fmt"
	"sort"
	"strings"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// evidenceBook gives ids to the entries that a report cites. The analysis is
// written twice: the first time to learn which entries are cited, the second
// time with ids in the order of time.
type evidenceBook struct {
	ids     map[*logentry.Entry]string
	cited   []*logentry.Entry
	notes   map[*logentry.Entry]incident.Prose
	numbers bool
}

func newEvidenceBook() *evidenceBook {
	return &evidenceBook{ids: map[*logentry.Entry]string{}, notes: map[*logentry.Entry]incident.Prose{}}
}

// number gives out the ids in the order of time.
func (b *evidenceBook) number() {
	sort.SliceStable(b.cited, func(i, j int) bool { return before(b.cited[i], b.cited[j]) })
	for i, e := range b.cited {
		b.ids[e] = fmt.Sprintf("E%d", i+1)
	}
	b.numbers = true
}

func (b *evidenceBook) cite(e *logentry.Entry) string {
	id, ok := b.ids[e]
	if !ok {
		id = fmt.Sprintf("E%d", 1000000+len(b.cited))
		b.ids[e] = id
		b.cited = append(b.cited, e)
	}
	return id
}

// event cites the entry of an event that shows it.
func (b *evidenceBook) event(ev *event) string { return b.cite(ev.entry()) }

// events cites several events, without repetition.
func (b *evidenceBook) events(evs ...*event) []string {
	var out []string
	for _, ev := range evs {
		if ev == nil {
			continue
		}
		if id := b.event(ev); !contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// whole cites events, at most n entries. Of one that is joined of several
// entries it cites its first line too, beside the one that says what it is.
func (b *evidenceBook) whole(n int, evs ...*event) []string {
	var out []string
	add := func(e *logentry.Entry) {
		if len(out) == n {
			return
		}
		if id := b.cite(e); !contains(out, id) {
			out = append(out, id)
		}
	}
	for i, ev := range evs {
		add(ev.entry())
		if i == 0 && ev.main > 0 {
			add(ev.parts[0].e)
		}
	}
	for _, ev := range evs {
		if ev.main > 0 {
			add(ev.parts[0].e)
		}
	}
	return out
}

// refs prints ids as a sentence cites them: ([E1], [E2]).
func refs(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = "[" + id + "]"
	}
	return " (" + strings.Join(out, ", ") + ")"
}

// evidence writes the cited entries.
func (x *explainer) evidence() map[string]incident.Evidence {
	out := make(map[string]incident.Evidence, len(x.ev.cited))
	for _, e := range x.ev.cited {
		v := incident.Evidence{
			Time: e.Time.Time(), Message: e.Message, Project: e.Scope.Project, Service: e.Scope.Service,
			Revision: e.Scope.Revision, Instance: e.Scope.Instance, Source: x.source(e.Pos), InsertID: e.InsertID,
			LogName: e.LogName, Link: logentry.EntryLink(e.Scope.Project, e.Time, e.InsertID), Note: x.ev.notes[e],
		}
		if e.Basis == logentry.BasisDeclared {
			v.Severity = e.Severity.String()
		} else if e.Basis != logentry.BasisNone {
			v.Basis = basisWord(e.Basis) + " " + e.Severity.String()
		}
		if e.DetailField != "" && e.Detail != "" {
			v.Fields = map[string]string{e.DetailField: e.Detail}
		}
		out[x.ev.ids[e]] = v
	}
	return out
}

func basisWord(b logentry.Basis) string {
	switch b {
	case logentry.BasisPayload:
		return "payload"
	case logentry.BasisText:
		return "text"
	case logentry.BasisHTTP:
		return "status"
	}
	return ""
}

// source says where an entry stands: file:line, or file#n for the n-th record
// where one line holds many.
func source(p logentry.Pos) string {
	if p.Line > 0 {
		return fmt.Sprintf("%s:%d", p.Name, p.Line)
	}
	return fmt.Sprintf("%s#%d", p.Name, p.Record)
}
