package report

import (
	"slices"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// view is an analysis with what every renderer looks up in it.
type view struct {
	a        *incident.Analysis
	o        Options
	clock    clock
	findings map[string]*incident.Finding
	changes  map[string]*incident.Change
	file     string // the one input's name, or ""
}

func newView(a *incident.Analysis, o Options) view {
	v := view{
		a: a, o: o, clock: newClock(a, o.Zone),
		findings: make(map[string]*incident.Finding, len(a.Findings)),
		changes:  make(map[string]*incident.Change, len(a.Changes)),
	}
	for i := range a.Findings {
		v.findings[a.Findings[i].ID] = &a.Findings[i]
	}
	for i := range a.Changes {
		v.changes[a.Changes[i].ID] = &a.Changes[i]
	}
	if len(a.Inputs) == 1 {
		v.file = a.Inputs[0].Name
	}
	return v
}

// evidenceIDs returns the ids of all evidence, by number.
func (v *view) evidenceIDs() []string {
	ids := make([]string, 0, len(v.a.Evidence))
	for id := range v.a.Evidence {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, compareIDs)
	return ids
}

// link returns the link of an evidence id, or "".
func (v *view) link(id string) string { return safeURL(v.a.Evidence[id].Link) }

// title is the title of the whole.
func (v *view) title() incident.Prose {
	switch {
	case v.a.Title != "":
		return v.a.Title
	case len(v.a.Incidents) > 0:
		return v.a.Incidents[0].Title
	case v.nothingRead():
		return "No entries were read"
	}
	return "Nothing failed in what was read"
}

// nothingRead reports that there was no entry at all.
func (v *view) nothingRead() bool { return v.a.Coverage.Entries == 0 }

// established reports whether a cause is named, of whatever verdict.
func established(i *incident.Incident) bool { return len(i.Causes) > 0 }

// pageOnly reports that the report is the short one: a single incident of
// which no cause is known. It has no why-tree, no timeline and no diagram.
func (v *view) pageOnly() bool {
	return len(v.a.Incidents) == 1 && !established(&v.a.Incidents[0])
}

// source splits where an entry stands into how to say it: "line 29915",
// "record 12" where the only input is meant anyway, or the source itself.
func (v *view) source(s string) (words string, foreign bool) {
	if rest, ok := strings.CutPrefix(s, v.file); ok && v.file != "" && len(rest) > 1 && allDigits(rest[1:]) {
		switch rest[0] {
		case ':':
			return "line " + rest[1:], false
		case '#':
			return "record " + rest[1:], false
		}
	}
	return s, true
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// level is the declared level of an entry, or "none".
func level(e incident.Evidence) string {
	if e.Severity == "" {
		return "none"
	}
	return e.Severity
}

// refsIn returns the evidence ids that p names.
func refsIn(p incident.Prose) []string {
	var ids []string
	for _, s := range p.Spans() {
		if s.Kind == incident.SpanRef && s.Text[0] == 'E' {
			ids = append(ids, s.Text)
		}
	}
	return ids
}

// withoutRefs takes groups of evidence ids in parentheses out of p, for titles.
func withoutRefs(p incident.Prose) incident.Prose {
	var b strings.Builder
	spans := p.Spans()
	for i := 0; i < len(spans); i++ {
		s := spans[i]
		if n, _ := refGroup(s, spans[i+1:]); n > 0 {
			s.Text = strings.TrimSuffix(strings.TrimSuffix(s.Text, "("), " ")
			i += n - 1
			spans[i+1].Text = spans[i+1].Text[1:]
		}
		switch s.Kind {
		case incident.SpanCode:
			b.WriteString(incident.Code(s.Text))
		case incident.SpanRef:
			b.WriteString("[" + s.Text + "]")
		default:
			b.WriteString(s.Text)
		}
	}
	return incident.Prose(b.String())
}

// bare is prose as plain text on one line, without evidence in parentheses.
func bare(p incident.Prose) string { return oneLine(withoutRefs(p).Plain()) }

// without returns the ids that none of the texts names.
func without(ids []string, in ...incident.Prose) []string {
	var named, out []string
	for _, p := range in {
		named = append(named, refsIn(p)...)
	}
	for _, id := range ids {
		if !slices.Contains(named, id) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// allQuestions are the open questions of all incidents, by number.
func (v *view) allQuestions() []incident.Question {
	var all []incident.Question
	for k := range v.a.Incidents {
		all = append(all, v.a.Incidents[k].Questions...)
	}
	slices.SortStableFunc(all, func(a, b incident.Question) int { return compareIDs(a.ID, b.ID) })
	return all
}

// prompts are the blanks for people, each once.
func (v *view) prompts() []incident.Prose {
	var all []incident.Prose
	seen := map[incident.Prose]bool{}
	for k := range v.a.Incidents {
		for _, p := range v.a.Incidents[k].Prompts {
			if !seen[p] {
				seen[p] = true
				all = append(all, p)
			}
		}
	}
	return all
}

// incidentsBy returns pointers to the incidents after the first that f picks.
func (v *view) incidentsBy(f func(*incident.Incident) bool) []*incident.Incident {
	var out []*incident.Incident
	for i := 1; i < len(v.a.Incidents); i++ {
		if f(&v.a.Incidents[i]) {
			out = append(out, &v.a.Incidents[i])
		}
	}
	return out
}

// findingRanks ranks findings by the incident that holds them.
func (v *view) findingRanks() map[string]int {
	rank := map[string]int{}
	set := func(id string, n int) {
		if have, ok := rank[id]; id != "" && (!ok || n < have) {
			rank[id] = n
		}
	}
	for i := range v.a.Findings {
		rank[v.a.Findings[i].ID] = len(v.a.Incidents) + i
	}
	for n := range v.a.Incidents {
		i := &v.a.Incidents[n]
		for _, id := range i.Symptoms {
			set(id, n)
		}
		set(i.Symptom, n)
		for _, c := range i.Causes {
			set(c.Finding, n)
		}
		for _, w := range i.Whys {
			set(w.Finding, n)
		}
	}
	return rank
}

// followedWords say what followed a change and, where that is an incident and
// nothing else is said of it, how long after.
func (v *view) followedWords(c *incident.Change) incident.Prose {
	id := strings.Trim(string(c.Followed), "[]")
	for k := range v.a.Incidents {
		if i := &v.a.Incidents[k]; i.ID == id && !c.Time.IsZero() && i.First.After(c.Time) {
			return c.Followed + incident.Prose(", "+lasting(i.First.Sub(c.Time).Round(time.Millisecond))+" later")
		}
	}
	return c.Followed
}
