package report

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// whys writes the why-tree as numbered paragraphs, with the tests of the
// deepest tested link as a table.
func (m *markdown) whys(i *incident.Incident, title string) {
	if len(i.Whys) == 0 {
		return
	}
	m.heading(1, title)
	m.whyParagraphs(i)
	m.end(title)
}

func (m *markdown) whyParagraphs(i *incident.Incident) {
	tested := deepestTested(i.Whys)
	for n := range i.Whys {
		m.why(&i.Whys[n], n == tested && m.o.Audience != AudienceOncall, i)
	}
}

// deepestTested returns the index of the last why that has tests, or -1.
func deepestTested(whys []incident.Why) int {
	for n := len(whys) - 1; n >= 0; n-- {
		if len(whys[n].Tests) > 0 && whys[n].Verdict != "" {
			return n
		}
	}
	return -1
}

func (m *markdown) why(w *incident.Why, withTests bool, i *incident.Incident) {
	text := "**" + strconv.Itoa(w.N) + ". " + m.prose(w.Question) + "** "
	text += m.withRefs(m.prose(w.Answer), without(w.Evidence, w.Answer))
	if withTests {
		m.para(text + " *" + capital(verdictWords(w.Verdict)) + ":*")
		m.testTable(w.Tests)
	} else {
		if w.Verdict != "" {
			text += " *" + capital(verdictWords(w.Verdict)) + ".*"
		}
		m.para(text)
	}
	m.whyTail(w, i)
}

// whyTail writes what else is known about a why: rule knowledge, what speaks
// against it, its rivals and checks, as far as they do not stand elsewhere.
func (m *markdown) whyTail(w *incident.Why, i *incident.Incident) {
	for _, note := range mergedNotes(w.Notes) {
		m.para(markdownStart(m.prose(note)))
	}
	if len(w.Against) > 0 {
		var parts []string
		for _, p := range w.Against {
			parts = append(parts, sentence(m.prose(p)))
		}
		m.para("Against it: " + strings.Join(parts, " "))
	}
	if p := m.prose(w.WrongIf); p != "" {
		m.para("How this could be wrong: " + stopped(p))
	}
	for n := range w.Rivals {
		if !listed(i.Rivals, &w.Rivals[n]) {
			m.para("Rival: " + m.rival(&w.Rivals[n]))
			m.rivalCheck(&w.Rivals[n], "")
		}
	}
	var checks []incident.Check
	for _, c := range w.Checks {
		if !asked(i, c) {
			checks = append(checks, c)
		}
	}
	m.checks("Check:", m.unseen(checks))
}

var ruleAtEnd = regexp.MustCompile("\\.? ?\\(rule `[^`]+`\\)\\.?$")

// mergedNotes joins notes that one rule gives to a paragraph that names the
// rule once, at its end.
func mergedNotes(notes []incident.Prose) []incident.Prose {
	var out []incident.Prose
	last := ""
	for _, n := range notes {
		rule := strings.Trim(ruleAtEnd.FindString(string(n)), ". ")
		body := ruleAtEnd.ReplaceAllString(string(n), "")
		if k := len(out) - 1; rule != "" && rule == last {
			out[k] = incident.Prose(ruleAtEnd.ReplaceAllString(string(out[k]), "") + ". " + body + " " + rule + ".")
			continue
		}
		last = rule
		if rule != "" {
			n = incident.Prose(body + " " + rule + ".")
		}
		out = append(out, n)
	}
	return out
}

// asked reports whether a check stands among the open questions.
func asked(i *incident.Incident, c incident.Check) bool {
	for _, q := range i.Questions {
		for _, have := range q.Checks {
			if have.Command == c.Command && (c.Command != "" || have.Text == c.Text) {
				return true
			}
		}
	}
	return false
}

// listed reports whether a rival stands in the incident's own list.
func listed(rivals []incident.Rival, r *incident.Rival) bool {
	for _, have := range rivals {
		if have.Title == r.Title || have.Finding+have.Change+have.Hypothesis != "" &&
			have.Finding == r.Finding && have.Change == r.Change && have.Hypothesis == r.Hypothesis {
			return true
		}
	}
	return false
}

func (m *markdown) testTable(tests []incident.Test) {
	var rows [][]string
	for _, t := range tests {
		rows = append(rows, []string{m.cell(t.Question), m.cell(t.Text) + m.inParens(without(t.Evidence, t.Text))})
	}
	m.table([]string{"asked", "answer"}, rows)
}

// steps shows one unit step by step, with the flow below.
func (m *markdown) steps(i *incident.Incident) {
	title := "Step by step"
	if i.Steps != nil {
		title = m.prose(i.Steps.Title)
		m.heading(1, title)
		m.stepTable(i)
	}
	if flow := m.flow(m.stepSequence(i)); flow != "" && i.Flow == nil {
		m.b.WriteString(flow)
	}
	if flow := m.flow(m.causeGraph(i)); flow != "" {
		if i.Steps == nil || i.Flow == nil {
			m.end(title)
			title = "What led to what"
			m.heading(1, title)
		}
		m.b.WriteString(flow)
	}
	m.end(title)
}

func (m *markdown) stepTable(i *incident.Incident) {
	m.para(markdownStart(m.prose(i.Steps.Intro)))
	var times []time.Time
	for _, r := range i.Steps.Rows {
		times = append(times, r.Time)
	}
	n := min(digits(times), 3)
	var rows [][]string
	for _, r := range i.Steps.Rows {
		row := []string{markdownText(r.Offset, true), "", "", m.cell(r.What), m.refs(without(r.Evidence, r.What))}
		if !r.Time.IsZero() {
			row[1] = m.clock.exact(r.Time, n)
			if m.clock.zone != nil {
				row[2] = m.clock.local(r.Time, n)
			}
		}
		rows = append(rows, row)
	}
	into := "after"
	if i.Unit != "" {
		into = "into the " + markdownText(i.Unit, true)
	}
	m.table([]string{into, "time", m.zoneHeader(), "what", ""}, rows)
}

// zoneHeader names the zone shown beside UTC, for the head of a column.
func (m *markdown) zoneHeader() string { return markdownText(m.clock.zoneName(), true) }

// rivals lists what was looked at beside the best chain.
func (m *markdown) rivals(i *incident.Incident) {
	if len(i.Rivals) == 0 {
		return
	}
	title := rivalsTitle(i)
	m.heading(1, title)
	m.rivalList(i.Rivals)
	m.end(title)
}

// matrixTitle heads the matrix where the analysis gives it no title.
const matrixTitle incident.Prose = "Candidates and tests"

// matrix holds each candidate against the same tests, for those who look
// behind the verdicts.
func (m *markdown) matrix(i *incident.Incident) {
	if !m.showsMatrix(i) {
		return
	}
	t := *i.Matrix
	title := m.prose(cmp.Or(t.Title, matrixTitle))
	t.Title = ""
	m.heading(1, title)
	m.ownTable(&t)
	m.end(title)
}

func (m *markdown) showsMatrix(i *incident.Incident) bool {
	return i.Matrix != nil && len(i.Matrix.Rows) > 0 && m.o.Audience != AudienceOncall && m.o.Audience != AudienceCI
}

// rivalsTitle claims that these are not the cause only where none is open.
func rivalsTitle(i *incident.Incident) string {
	for _, r := range i.Rivals {
		switch r.Verdict {
		case incident.Supported, incident.Plausible, incident.Untestable:
			return "Other explanations"
		}
	}
	if i.Unit == "" {
		return "Looked at, and not the cause"
	}
	return "Seen in the same " + markdownText(plural(2, i.Unit), false) + ", and not the cause"
}

func (m *markdown) rivalList(rivals []incident.Rival) {
	m.blank()
	for n := range rivals {
		m.b.WriteString("- " + m.rival(&rivals[n]) + "\n")
		m.rivalCheck(&rivals[n], "  ")
	}
}

// rival is one line: what, its verdict, and why.
func (m *markdown) rival(r *incident.Rival) string {
	s := "**" + capital(m.prose(r.Title)) + "**" + m.inParens(without(r.Evidence, r.Title, r.Because))
	if r.Verdict != "" {
		s += ": *" + verdictWords(r.Verdict) + "*"
	}
	return strings.TrimSpace(s + ". " + sentence(m.prose(r.Because)))
}

func (m *markdown) rivalCheck(r *incident.Rival, indent string) {
	if r.Check == nil || len(m.unseen([]incident.Check{*r.Check})) == 0 {
		return
	}
	if p := m.prose(r.Check.Text); p != "" {
		m.b.WriteString(indent + markdownStart(p) + "\n")
	}
	m.command(*r.Check, indent)
}

// hypotheses lists candidate causes that logs alone cannot show.
func (m *markdown) hypotheses() {
	var rows [][]string
	for _, h := range m.a.Hypotheses {
		check := ""
		if h.Check != "" {
			check = markdownCode(h.Check, true)
		}
		rows = append(rows, []string{h.ID, m.cell(h.Title), markdownText(h.Status, true), m.cell(h.Because), check})
	}
	if len(rows) == 0 {
		return
	}
	const title = "What logs alone cannot show"
	m.heading(1, title)
	m.table([]string{"", "explanation", "state", "because", "what would decide"}, rows)
	m.end(title)
}

// told lists what the entries do tell when no cause is known.
func (m *markdown) told(i *incident.Incident) {
	const title = "What the entries do tell"
	if len(i.Facts)+len(i.Rivals) == 0 && i.Table == nil {
		return
	}
	m.heading(1, title)
	m.factsAndRivals(i)
	m.end(title)
}

func (m *markdown) factsAndRivals(i *incident.Incident) {
	m.ownTable(i.Table)
	if len(i.Facts)+len(i.Rivals) == 0 {
		return
	}
	m.rivalList(i.Rivals)
	for _, f := range mergedNotes(i.Facts) {
		m.b.WriteString("- " + markdownStart(m.prose(f)) + "\n")
	}
}

// ownTable writes a table that the analysis brings along.
func (m *markdown) ownTable(t *incident.Table) {
	if t == nil || len(t.Rows) == 0 {
		return
	}
	m.para(markdownStart(m.prose(t.Title)))
	var header []string
	for _, h := range t.Header {
		header = append(header, markdownText(h, true))
	}
	var rows [][]string
	for _, r := range t.Rows {
		var row []string
		for _, c := range r {
			row = append(row, m.cell(c))
		}
		rows = append(rows, row)
	}
	m.table(header, rows)
}
