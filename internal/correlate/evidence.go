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
			LogName: e.LogName, Link: entryLink(e), Note: x.ev.notes[e],
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

// entryLink opens the entry in Logs Explorer. insertId and timestamp stand in
// the query, so that it works whatever the page does with cursors; see
// https://cloud.google.com/logging/docs/view/logs-explorer-interface.
func entryLink(e *logentry.Entry) string {
	if e.InsertID == "" || !e.Time.Known() || e.Scope.Project == "" {
		return ""
	}
	query := fmt.Sprintf("timestamp=%q\ninsertId=%q", e.Time.String(), e.InsertID)
	return "https://console.cloud.google.com/logs/query;query=" + escapeQuery(query) + "?project=" + escapeQuery(e.Scope.Project)
}

// escapeQuery escapes every byte that Logs Explorer's matrix parameters do not
// take as it is.
func escapeQuery(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.~$&+,:@", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
