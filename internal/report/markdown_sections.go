package report

import (
	"cmp"
	"strings"

	"logwhy/internal/incident"
)

// incidentSection writes one of several incidents: those that are over in two
// paragraphs, the others in full.
func (m *markdown) incidentSection(i *incident.Incident) {
	title := i.ID + " · " + capital(m.prose(withoutRefs(brief(i))))
	if i.Status == incident.Resolved {
		title += " (resolved)"
	}
	m.heading(1, title)
	switch first := i.ID == m.a.Incidents[0].ID; {
	case i.Status == incident.Resolved:
		m.over(i)
	case first && established(i):
		m.whyParagraphs(i)
		m.beside(i)
	case first:
		m.factsAndRivals(i)
	default:
		m.about(i)
		m.full(i)
	}
	if m.showsMatrix(i) && i.Status != incident.Resolved {
		titled := *i.Matrix
		titled.Title = cmp.Or(titled.Title, matrixTitle) + ":"
		m.ownTable(&titled)
	}
	m.end(title)
}

// over tells an incident that is over: what it was and why, then what ended it.
func (m *markdown) over(i *incident.Incident) {
	s := i.Summary
	text := m.prose(s.Fails)
	if p := m.prose(s.Cause); p != "" {
		text += " " + p
		if s.Verdict != "" {
			text += " *" + capital(verdictWords(s.Verdict)) + ".*"
		}
	}
	m.para(markdownStart(text))
	m.para(markdownStart(strings.TrimSpace(sentence(m.prose(i.StatusWhy)) + " " + notEstablished(m.prose(s.Open)))))
}

// full tells an incident that is not over and not the first.
func (m *markdown) full(i *incident.Incident) {
	s := i.Summary
	m.para(markdownStart(strings.TrimSpace(sentence(m.prose(s.Fails)) + " " + sentence(m.prose(i.StatusWhy)))))
	switch {
	case established(i) && len(i.Whys) > 0:
		m.whyParagraphs(i)
	case established(i):
		m.para("**Most likely cause" + verdictInParens(s.Verdict) + ".** " + m.prose(s.Cause))
	default:
		m.para("**Cause: not established.** " + strings.TrimSpace(m.prose(s.Cause)+" "+m.prose(s.Open)))
	}
	if established(i) {
		m.beside(i)
	} else {
		m.factsAndRivals(i)
	}
	if len(i.Questions) == 0 {
		next := m.unseen(s.Next)
		m.checks(checkLabel(next), next)
	}
}

// beside writes what stands beside the chain of one of several incidents.
func (m *markdown) beside(i *incident.Incident) {
	if len(i.Rivals) > 0 {
		m.para("Looked at as causes of " + i.ID + ":")
		m.rivalList(i.Rivals)
	}
	m.para(markdownStart(m.prose(alsoFailing(i))))
	m.ownTable(i.Table)
	for _, f := range mergedNotes(i.Facts) {
		m.para(markdownStart(m.prose(f)))
	}
	if m.o.Audience == AudienceOncall {
		return
	}
	if i.Steps != nil {
		m.para("**" + m.prose(i.Steps.Title) + ".**")
		m.stepTable(i)
	}
	if flow := m.flow(m.causeGraph(i)); flow != "" {
		m.b.WriteString(flow)
	}
	m.phaseTable(i)
}

// alsoFailing names the neighbours in scope and time, which no link joins.
func alsoFailing(i *incident.Incident) incident.Prose {
	if len(i.AlsoFailing) == 0 {
		return ""
	}
	var ids []string
	for _, id := range i.AlsoFailing[:min(len(i.AlsoFailing), 8)] {
		ids = append(ids, "["+id+"]")
	}
	if n := len(i.AlsoFailing) - len(ids); n > 0 {
		ids = append(ids, amount(n)+" more")
	}
	return incident.Prose("Failing at the same time, with no link to " + i.ID + ": " + joined(ids) + ".")
}

// explained says how the verdicts came about, when that was asked for.
func (m *markdown) explained() {
	if !m.o.Explain {
		return
	}
	const title = "How the verdicts came about"
	m.heading(1, title)
	before := m.b.Len()
	for k := range m.a.Incidents {
		i := &m.a.Incidents[k]
		var items []string
		for _, p := range explanations(i) {
			items = append(items, sentence(m.prose(p)))
		}
		if len(items) > 0 && len(m.a.Incidents) > 1 {
			m.para("**" + i.ID + "**")
		}
		m.list(items)
	}
	if m.b.Len() == before {
		m.b.Reset()
	}
	m.end(title)
}

// explanations say why an incident has its severity and status, and how its
// verdicts came about.
func explanations(i *incident.Incident) []incident.Prose {
	var out []incident.Prose
	if i.SeverityWhy != "" {
		out = append(out, incident.Prose("Severity "+i.Severity+": ")+i.SeverityWhy)
	}
	if i.StatusWhy != "" {
		out = append(out, incident.Prose("Status "+i.Status+": ")+i.StatusWhy)
	}
	return append(out, i.Explain...)
}

// phases is a section only where there is more than one.
func (m *markdown) phases(i *incident.Incident) {
	if i.Table != nil && len(i.Table.Rows) > 0 {
		t := *i.Table
		title := strings.TrimRight(m.prose(t.Title), ".: ")
		if t.Title = ""; title == "" {
			title = "Where it is seen"
		}
		m.heading(1, title)
		m.ownTable(&t)
		m.end(title)
	}
	if len(i.Phases) < 2 {
		return
	}
	const title = "Phases"
	m.heading(1, title)
	m.phaseTable(i)
	m.end(title)
}

func (m *markdown) phaseTable(i *incident.Incident) {
	if len(i.Phases) < 2 {
		return
	}
	var rows [][]string
	for _, p := range i.Phases {
		var seen []string
		for _, id := range p.Findings {
			if f := m.findings[id]; f != nil {
				seen = append(seen, m.cell(f.Title)+" ×"+amount(p.Counts[id]))
			}
		}
		rows = append(rows, []string{spelledPhase(p.N), m.clock.span(p.From, p.To), markdownText(p.Status, true), strings.Join(seen, "; ")})
	}
	m.table([]string{"phase", "from – to", "state", "what is active"}, rows)
}

func spelledPhase(n int) string { return amount(n) }

// changesTable lists what was altered and what followed.
func (m *markdown) changesTable() {
	if len(m.a.Changes) == 0 {
		return
	}
	const title = "What was changed, and what it did"
	m.heading(1, title)
	var rows [][]string
	for n := range m.a.Changes {
		c := &m.a.Changes[n]
		at, local := "not known", ""
		if !c.Time.IsZero() {
			at = m.clock.at(c.Time)
			if m.clock.zone != nil {
				local = m.clock.local(c.Time, 0)
			}
		}
		rows = append(rows, []string{c.ID, at, local, m.changeCell(c), m.followed(c)})
	}
	m.table([]string{"", "time", m.zoneHeader(), "change", "what followed"}, rows)
	m.end(title)
}

func (m *markdown) changeCell(c *incident.Change) string {
	s := m.cell(c.Title)
	for _, d := range c.Details {
		s += "; " + m.cell(d)
	}
	return s + m.inParens(without(c.Evidence, append([]incident.Prose{c.Title}, c.Details...)...))
}

func (m *markdown) followed(c *incident.Change) string {
	s := m.cell(m.followedWords(c))
	if s == "" && c.Result != "" {
		s = markdownText(strings.ReplaceAll(c.Result, "-", " "), true)
	}
	return s
}

// alsoInFile lists remarks and patterns that no incident holds.
func (m *markdown) alsoInFile() {
	title := "Also in the file"
	if len(m.a.Inputs) != 1 || m.a.Inputs[0].Format == "logging-api" {
		title = "Also in what was read"
	}
	var items []string
	for _, r := range m.a.Remarks[:min(len(m.a.Remarks), maxRemarks)] {
		items = append(items, m.withRefs(m.prose(r.Text), without(r.Evidence, r.Text)))
	}
	if len(items)+len(m.a.Unexplained) == 0 {
		return
	}
	m.heading(1, title)
	m.list(items)
	m.more(len(m.a.Remarks), len(items), "remark")
	m.unexplained()
	m.end(title)
}

// unexplained lists error patterns that are linked to no incident.
func (m *markdown) unexplained() {
	if len(m.a.Unexplained) == 0 {
		return
	}
	m.para("Errors that are linked to no incident:")
	var rows [][]string
	for _, u := range m.a.Unexplained[:min(len(m.a.Unexplained), maxUnexplained)] {
		seen := ""
		if f := m.findings[u.Finding]; f != nil {
			seen = m.clock.span(f.First, f.Last)
		}
		rows = append(rows, []string{amount(u.Count), markdownText(u.Severity, true), seen, markdownCode(clip(u.Template, 200), true), m.refs(u.Evidence)})
	}
	m.table([]string{"times", "level", "seen", "pattern", ""}, rows)
	m.more(len(m.a.Unexplained), len(rows), "pattern")
}

// questions lists what is open, with the checks that would answer it.
func (m *markdown) questions() {
	const title = "Open questions"
	all := m.allQuestions()
	if len(all) == 0 {
		return
	}
	m.heading(1, title)
	for _, q := range all {
		m.question(q)
	}
	m.end(title)
}

func (m *markdown) question(q incident.Question) {
	text := "**" + markdownText(q.ID, false) + ". " + m.question1(q.Text)
	checks := q.Checks
	if len(checks) > 0 && checks[0].Text != "" {
		text += " " + m.prose(checks[0].Text)
	}
	m.para(text)
	for n, c := range checks {
		if n > 0 && c.Text != "" {
			m.para(markdownStart(m.prose(c.Text)))
		}
		m.command(c, "")
		if note := m.prose(c.Note); note != "" {
			m.b.WriteString(markdownStart(note) + "\n")
		}
	}
}

// question1 ends the bold stretch after the question mark of the first
// sentence, so that the question stands out and its remarks do not.
func (m *markdown) question1(p incident.Prose) string {
	s := m.prose(p)
	if i := strings.Index(s, "? "); i >= 0 && strings.Count(s[:i], "`")%2 == 0 {
		return s[:i+1] + "**" + s[i+1:]
	}
	return s + "**"
}

// forPeople are the blanks that logs cannot fill.
func (m *markdown) forPeople() {
	if m.o.Audience == AudienceOncall || m.o.Audience == AudienceCI {
		return
	}
	items := m.answers()
	for _, p := range m.prompts() {
		items = append(items, "_TODO(human): "+m.prose(p)+"_")
	}
	remedies, references := m.advice()
	if len(items)+len(remedies)+len(references) == 0 {
		return
	}
	const title = "For people to fill in"
	m.heading(1, title)
	m.list(items)
	if len(remedies) > 0 {
		m.para("Candidates for actions, from the rules:")
		m.list(remedies)
	}
	if len(references) > 0 {
		m.para("To read: " + strings.Join(references, ", ") + ".")
	}
	m.end(title)
}

// advice collects what the rules propose and where they point, each once.
func (m *markdown) advice() (remedies, references []string) {
	seen := map[string]bool{}
	for k := range m.a.Incidents {
		for _, p := range m.a.Incidents[k].Remedies {
			if text := m.prose(p); !seen[text] {
				seen[text] = true
				remedies = append(remedies, text)
			}
		}
		for _, r := range m.a.Incidents[k].References {
			if link := safeURL(r); link != "" && !seen[link] {
				seen[link] = true
				references = append(references, "["+markdownEscape(linkWords(link), false)+"]("+link+")")
			}
		}
	}
	return remedies, references
}

// linkWords is a link without its scheme, as the words to click on.
func linkWords(link string) string {
	return clip(strings.TrimSuffix(strings.TrimPrefix(link, "https://"), "/"), 60)
}
