package report

import (
	"io"
	"regexp"
	"strconv"
	"strings"

	"logwhy/internal/incident"
)

// How much of a list is printed. The analysis as JSON always holds all of it.
const (
	maxIncidentSections = 12 // incidents with a section of their own
	maxIncidentRows     = 60
	maxTimelineRows     = 60
	maxUnexplained      = 20
	maxRemarks          = 20
	maxEvidenceRows     = 120
	maxQuotes           = 3
)

// writeMarkdown writes the report for people: see the package comment for its
// order.
func writeMarkdown(w io.Writer, a *incident.Analysis, o Options) error {
	_, err := io.WriteString(w, newMarkdown(a, o, 1).document(0))
	return err
}

// markdown builds a document section by section, and notes which evidence the
// text has cited so far.
type markdown struct {
	view
	top      int // level of the title
	pictures int // characters of Mermaid so far
	sections []section
	cited    map[string]bool
	shown    map[string]bool // commands that stand in the report already
	b        strings.Builder // the section in the making
}

// section is a part of the document that can be left out as a whole.
type section struct {
	title string
	text  string
	cites []string
}

// newMarkdown builds the sections of a report whose title is a heading of the
// given level.
func newMarkdown(a *incident.Analysis, o Options, top int) *markdown {
	m := &markdown{view: newView(a, o), top: top, cited: map[string]bool{}, shown: map[string]bool{}}
	if a.States != nil && o.Audience == AudienceCI {
		m.states()
		m.top++
	}
	m.head()
	if a.States != nil && o.Audience != AudienceCI {
		m.states()
	}
	m.baseline()
	m.rates()
	switch {
	case len(a.Incidents) == 0:
		m.healthy()
	case m.pageOnly():
		m.page()
	case len(a.Incidents) == 1:
		m.single()
	default:
		m.several()
	}
	return m
}

// page is what follows the first screen when no cause is known.
func (m *markdown) page() {
	m.told(&m.a.Incidents[0])
	m.matrix(&m.a.Incidents[0])
	if m.o.Audience != AudienceOncall {
		m.changesTable()
	}
	m.alsoInFile()
	m.questions()
	m.forPeople()
	m.evidence(true)
	m.explained()
}

// single is what follows the first screen of one incident.
func (m *markdown) single() {
	i := &m.a.Incidents[0]
	m.whys(i, "Why")
	if m.o.Audience != AudienceOncall {
		m.steps(i)
	}
	m.rivals(i)
	m.matrix(i)
	m.hypotheses()
	if m.o.Audience != AudienceOncall {
		m.phases(i)
		m.timeline()
	}
	m.changesTable()
	m.rest()
}

// several is what follows the first screen of more than one incident.
func (m *markdown) several() {
	early := len(m.a.Changes) == 0 // else the table of changes tells the order
	if early {
		m.timeline()
	}
	for n := range min(len(m.a.Incidents), maxIncidentSections) {
		if i := &m.a.Incidents[n]; m.o.Audience != AudienceOncall || i.Status != incident.Resolved {
			m.incidentSection(i)
		}
		if n == 0 {
			m.changesTable()
		}
	}
	if !early {
		m.timeline()
	}
	m.hypotheses()
	m.allIncidents()
	m.rest()
}

// rest is what follows the incidents.
func (m *markdown) rest() {
	m.alsoInFile()
	m.questions()
	if m.o.Audience != AudienceOncall {
		m.forPeople()
	}
	m.evidence(false)
	m.explained()
	if m.o.Audience != AudienceOncall {
		m.howMade()
	}
}

// document puts the sections together. With a budget above 0 it leaves out
// sections from the bottom, and says so, until the text fits.
func (m *markdown) document(budget int) string {
	whole := m.assemble(len(m.sections))
	if budget <= 0 || len(whole) <= budget {
		return whole
	}
	for n := len(m.sections) - 1; n > 0; n-- {
		if s := m.assemble(n); len(s) <= budget {
			return s
		}
	}
	return cutLines(m.assemble(1), budget)
}

// assemble joins the first n sections and the definitions of the links that
// they cite.
func (m *markdown) assemble(n int) string {
	var b strings.Builder
	var cites, left []string
	for k, s := range m.sections {
		if k >= n {
			left = append(left, s.title)
			continue
		}
		b.WriteString(s.text)
		cites = append(cites, s.cites...)
	}
	if len(left) > 0 {
		b.WriteString("\n_Left out to fit the size limit of this page: " + strings.Join(left, "; ") + ". The whole report: `-o md=FILE`._\n")
	}
	if defs := m.definitions(cites); defs != "" {
		b.WriteString("\n" + defs)
	}
	return b.String()
}

// definitions are the targets of the evidence ids, by number.
func (m *markdown) definitions(cites []string) string {
	used := map[string]bool{}
	for _, id := range cites {
		used[id] = true
	}
	var b strings.Builder
	for _, id := range m.evidenceIDs() {
		if !used[id] {
			continue
		}
		link := m.link(id)
		if link == "" {
			link = "#evidence"
		}
		b.WriteString("[" + id + "]: " + link + "\n")
	}
	return b.String()
}

// cutLines cuts s at a line so that it fits with the note, and closes a fence
// that the cut left open.
func cutLines(s string, budget int) string {
	const note = "\n_Cut here to fit the size limit of this page. The whole report: `-o md=FILE`._\n"
	room := budget - len(note) - 8
	if room < 0 {
		return ""
	}
	s = s[:min(room, len(s))]
	s = s[:strings.LastIndexByte(s, '\n')+1]
	fence := ""
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		marks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case len(marks) < 3:
		case fence == "":
			fence = marks
		case line == fence:
			fence = ""
		}
	}
	if fence != "" {
		s += fence + "\n"
	}
	return s + note
}

var citation = regexp.MustCompile(`\[E[0-9]+\]`)

// end closes the section in the making under its title. Without text there is
// no section.
func (m *markdown) end(title string) {
	text := m.b.String()
	m.b.Reset()
	if strings.TrimSpace(text) == "" {
		return
	}
	var cites []string
	for _, id := range citation.FindAllString(text, -1) {
		cites = append(cites, strings.Trim(id, "[]"))
	}
	if len(m.sections) > 0 {
		text = "\n" + text
	}
	m.sections = append(m.sections, section{title, text, cites})
}

// heading opens a section; level counts from the title, which is 0.
func (m *markdown) heading(level int, text string) {
	m.blank()
	m.b.WriteString(strings.Repeat("#", min(m.top+level, 6)) + " " + text + "\n")
}

// blank leaves an empty line, unless the section is empty yet.
func (m *markdown) blank() {
	if m.b.Len() > 0 {
		m.b.WriteByte('\n')
	}
}

// para writes a paragraph of Markdown.
func (m *markdown) para(text string) {
	if text = strings.TrimSpace(text); text != "" {
		m.blank()
		m.b.WriteString(text + "\n")
	}
}

// prose writes p as inline Markdown.
func (m *markdown) prose(p incident.Prose) string { return m.inline(p, false) }

// cell writes p for a table cell.
func (m *markdown) cell(p incident.Prose) string { return m.inline(p, true) }

func (m *markdown) inline(p incident.Prose, cell bool) string {
	var b strings.Builder
	for _, s := range p.Spans() {
		var part string
		switch s.Kind {
		case incident.SpanCode:
			part = markdownCode(s.Text, cell)
		case incident.SpanRef:
			part = m.ref(s.Text)
		default:
			part = markdownText(s.Text, cell)
		}
		if strings.HasPrefix(part, "`") && strings.HasSuffix(b.String(), "`") {
			b.WriteByte(' ') // two code spans that touch would be one
		}
		b.WriteString(part)
	}
	return strings.TrimSpace(b.String())
}

// ref writes an id: evidence that exists as a link, all else as it is.
func (m *markdown) ref(id string) string {
	if _, ok := m.a.Evidence[id]; !ok {
		return id
	}
	m.cited[id] = true
	return "[" + id + "]"
}

// refs writes ids one after the other, as in the last column of a table.
func (m *markdown) refs(ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, m.ref(id))
	}
	return strings.Join(out, " ")
}

// inParens writes " ([E3], [E4])", or nothing.
func (m *markdown) inParens(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	var out []string
	for _, id := range ids {
		out = append(out, m.ref(id))
	}
	return " (" + strings.Join(out, ", ") + ")"
}

// withRefs puts evidence ids in parentheses at the end of a sentence, before
// its full stop.
func (m *markdown) withRefs(text string, ids []string) string {
	refs := m.inParens(ids)
	if rest, ok := strings.CutSuffix(text, "."); ok && refs != "" && !strings.HasSuffix(rest, "`") {
		return rest + refs + "."
	}
	return text + refs
}

// table writes a table whose cells are Markdown already. Columns that are
// empty in every row are left out.
func (m *markdown) table(header []string, rows [][]string) {
	keep := make([]bool, len(header))
	for _, row := range rows {
		for i := range header {
			keep[i] = keep[i] || i < len(row) && row[i] != ""
		}
	}
	line := func(cells []string) {
		m.b.WriteByte('|')
		for i := range header {
			if !keep[i] {
				continue
			}
			text := ""
			if i < len(cells) {
				text = cells[i]
			}
			m.b.WriteString(" " + text)
			if text != "" {
				m.b.WriteByte(' ')
			}
			m.b.WriteByte('|')
		}
		m.b.WriteByte('\n')
	}
	m.blank()
	line(header)
	m.b.WriteByte('|')
	for i := range header {
		if keep[i] {
			m.b.WriteString("---|")
		}
	}
	m.b.WriteByte('\n')
	for _, row := range rows {
		line(row)
	}
}

// list writes bullets.
func (m *markdown) list(items []string) {
	if len(items) == 0 {
		return
	}
	m.blank()
	for _, item := range items {
		m.b.WriteString("- " + markdownStart(item) + "\n")
	}
}

// more says what a list leaves out.
func (m *markdown) more(all, shown int, word string) {
	if all > shown {
		m.para("And " + many(all-shown, "more "+word) + ", in the analysis as JSON.")
	}
}

// checks writes what to look at: one as a paragraph, several as a list.
func (m *markdown) checks(label string, checks []incident.Check) {
	if len(checks) == 0 {
		return
	}
	if len(checks) == 1 {
		m.para(label + " " + m.prose(checks[0].Text))
		m.command(checks[0], "")
		if note := m.prose(checks[0].Note); note != "" {
			m.b.WriteString(markdownStart(note) + "\n")
		}
		return
	}
	m.para(label)
	m.blank()
	for n, c := range checks {
		m.b.WriteString(strconv.Itoa(n+1) + ". " + markdownStart(m.prose(c.Text)) + "\n")
		m.command(c, "   ")
		if note := m.prose(c.Note); note != "" {
			m.b.WriteString("   " + markdownStart(note) + "\n")
		}
	}
}

// command writes the command of a check as a fence.
func (m *markdown) command(c incident.Check, indent string) {
	m.shown[checkKey(c)] = true
	if c.Command == "" {
		return
	}
	info := ""
	if c.Lang == "sh" || c.Lang == "sql" {
		info = c.Lang
	}
	m.b.WriteString(markdownFence(info, c.Command, indent))
}

// checkKey is what makes two checks the same: the command, or without one the
// words.
func checkKey(c incident.Check) string {
	if c.Command != "" {
		return c.Command
	}
	return "text:" + string(c.Text)
}

// unseen returns the checks that do not stand in the report yet.
func (m *markdown) unseen(checks []incident.Check) []incident.Check {
	var out []incident.Check
	for _, c := range checks {
		if !m.shown[checkKey(c)] {
			out = append(out, c)
		}
	}
	return out
}
