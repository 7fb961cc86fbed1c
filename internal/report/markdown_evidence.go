package report

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"logwhy/internal/incident"
)

// evidence quotes the entries that the text cites: a few in full, the others
// as rows of a table. On the short report, what was read stands below them.
func (m *markdown) evidence(page bool) {
	if m.o.Audience == AudienceOncall && m.allLinked() {
		return
	}
	m.heading(1, "Evidence")
	before := m.b.Len()
	quotes := m.quotes()
	for _, id := range quotes {
		m.quote(id)
	}
	m.evidenceTable(quotes)
	m.linkNote()
	m.queries()
	if page && m.o.Audience != AudienceOncall {
		m.para(m.prose(m.readInOneLine()))
	}
	if m.b.Len() == before {
		m.b.Reset()
	}
	m.end("Evidence")
}

// quotes picks the entries to quote in full: those of the causes first, then
// those of the whys, when they have more to say than a row can hold, and end
// in a line that no other quote ends in.
func (m *markdown) quotes() []string {
	var out []string
	var endings []string
	for _, id := range m.quotable() {
		e := m.a.Evidence[id]
		if len(out) == maxQuotes || slices.Contains(out, id) || !m.cited[id] || !worthQuoting(e) {
			continue
		}
		ending := lastLine(e.Message)
		if len(e.Excerpt) == 0 && slices.Contains(endings, ending) {
			continue
		}
		endings = append(endings, ending)
		out = append(out, id)
	}
	return out
}

func (m *markdown) quotable() []string {
	var ids []string
	for k := range m.a.Incidents {
		for _, c := range m.a.Incidents[k].Causes {
			ids = append(ids, c.Evidence...)
		}
	}
	for k := range m.a.Incidents {
		for _, w := range m.a.Incidents[k].Whys {
			ids = append(ids, w.Evidence...)
		}
		if f := m.findings[m.a.Incidents[k].Symptom]; f != nil && !established(&m.a.Incidents[k]) {
			ids = append(ids, f.Evidence...)
		}
	}
	return ids
}

func worthQuoting(e incident.Evidence) bool {
	return len(e.Excerpt) > 0 || strings.Contains(strings.TrimSpace(e.Message), "\n") || utf8.RuneCountInString(e.Message) > 240
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// quote writes one entry as a fence, with a line that says what it is.
func (m *markdown) quote(id string) {
	e := m.a.Evidence[id]
	intro := []string{m.ref(id)}
	if !e.Time.IsZero() {
		intro = append(intro, m.clock.exact(e.Time, digits([]time.Time{e.Time})))
	}
	intro = append(intro, m.sourceWords(e, false), level(e))
	if note := m.prose(e.Note); note != "" {
		intro = append(intro, note)
	}
	lines, part := excerpt(e)
	if part != "" {
		intro = append(intro, part)
	}
	m.para(strings.Join(intro, ", ") + ":")
	m.b.WriteString(markdownFence("text", strings.Join(lines, "\n"), ""))
}

// excerpt returns the lines to quote and, if they are not all, what part of
// the entry they are.
func excerpt(e incident.Evidence) (lines []string, part string) {
	all := strings.Split(strings.TrimRight(e.Message, "\n"), "\n")
	lines = e.Excerpt
	switch {
	case len(lines) > 0:
	case len(all) > 16:
		lines = append(append(slices.Clone(all[:2]), "…"), tail(all, 10)...)
	default:
		return all, ""
	}
	return lines, partOf(lines, all)
}

// tail returns about the last n lines, from where a frame starts.
func tail(all []string, n int) []string {
	last := all[len(all)-n:]
	for i, l := range last[:4] {
		if strings.HasPrefix(l, "  File ") || strings.HasPrefix(strings.TrimSpace(l), "at ") {
			return last[i:]
		}
	}
	return last
}

func partOf(lines, all []string) string {
	n := len(lines)
	for _, l := range lines {
		if strings.TrimSpace(l) == "…" {
			n--
		}
	}
	switch {
	case n >= len(all) || len(all) < 2:
		return ""
	case n == len(lines) && slices.Equal(all[len(all)-n:], lines):
		return "last " + many(n, "line") + " of " + amount(len(all))
	case n == len(lines) && slices.Equal(all[:n], lines):
		return "first " + many(n, "line") + " of " + amount(len(all))
	}
	return amount(n) + " of " + many(len(all), "line")
}

// evidenceTable lists the cited entries that were not quoted.
func (m *markdown) evidenceTable(quoted []string) {
	var ids []string
	var times []time.Time
	for _, id := range m.evidenceIDs() {
		if m.cited[id] && !slices.Contains(quoted, id) {
			ids = append(ids, id)
			times = append(times, m.a.Evidence[id].Time)
		}
	}
	if len(ids) == 0 {
		return
	}
	all, n := len(ids), digits(times)
	ids = ids[:min(all, maxEvidenceRows)]
	var rows [][]string
	lines := true
	for _, id := range ids {
		e := m.a.Evidence[id]
		words, foreign := m.source(e.Source)
		lines = lines && !foreign && strings.HasPrefix(words, "line ")
		local := ""
		if m.clock.zone != nil {
			local = m.clock.local(e.Time, n)
		}
		rows = append(rows, []string{m.ref(id), m.clock.exact(e.Time, n), local, markdownText(level(e), true), m.sourceWords(e, true), m.entryCell(e)})
	}
	source := "source"
	if lines {
		source = "line of the file"
		for _, r := range rows {
			r[4] = strings.TrimPrefix(r[4], "line ")
		}
	}
	m.table([]string{"", "time", m.zoneHeader(), "level", source, "entry"}, rows)
	m.more(all, len(ids), "entry")
}

// entryCell is the entry on one line, with the other field that matched and
// the note.
func (m *markdown) entryCell(e incident.Evidence) string {
	text, part := tellingLine(e.Message)
	s := markdownCode(clip(text, 240), true)
	if part != "" {
		s += " (" + part + ")"
	}
	for _, name := range sortedKeys(e.Fields) {
		s += ", " + markdownCode(name, true) + ": " + markdownCode(clip(e.Fields[name], 160), true)
	}
	if note := m.cell(e.Note); note != "" {
		s += " (" + note + ")"
	}
	return s
}

// tellingLine returns the line of an entry that a row shows: the last of a
// Python traceback, which names the exception, else the first. part says
// which it is where there are more.
func tellingLine(message string) (line, part string) {
	lines := strings.Split(strings.TrimSpace(message), "\n")
	switch {
	case len(lines) == 1:
		return lines[0], ""
	case strings.HasPrefix(lines[0], "Traceback (most recent call last)"):
		return lines[len(lines)-1], "last of " + amount(len(lines)) + " lines"
	}
	return lines[0], "first of " + amount(len(lines)) + " lines"
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// sourceWords says where an entry stands: its line, or its insertId where it
// was read from no file.
func (m *markdown) sourceWords(e incident.Evidence, cell bool) string {
	if e.InsertID != "" && !strings.ContainsAny(e.Source, ":#") {
		return "insertId " + markdownCode(e.InsertID, cell)
	}
	if e.Source == "" {
		return ""
	}
	words, foreign := m.source(e.Source)
	if foreign {
		return markdownCode(words, cell)
	}
	return words
}

// allLinked reports whether each cited id leads somewhere by itself.
func (m *markdown) allLinked() bool {
	for id := range m.cited {
		if m.link(id) == "" {
			return false
		}
	}
	return true
}

// linkNote says where the ids lead.
func (m *markdown) linkNote() {
	for id := range m.cited {
		if m.link(id) != "" {
			m.para("The ids link to the entries in Logs Explorer.")
			return
		}
	}
}

// howMade says what was read and how.
func (m *markdown) howMade() {
	const title = "How this was made"
	m.heading(1, title)
	var items []string
	for _, l := range m.madeLines() {
		items = append(items, m.prose(l))
	}
	m.list(items)
	m.end(title)
}
