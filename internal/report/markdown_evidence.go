package report

import (
	"slices"
	"strconv"
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
	if page && m.o.Audience != AudienceOncall {
		m.para(m.readInOneLine())
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
		lines = append(append(slices.Clone(all[:3]), "…"), all[len(all)-10:]...)
	default:
		return all, ""
	}
	return lines, partOf(lines, all)
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

// howMade says what was read and how, so that another can do it again.
func (m *markdown) howMade() {
	const title = "How this was made"
	m.heading(1, title)
	var items []string
	items = append(items, m.commandLine())
	items = append(items, m.counts())
	items = append(items, m.scopes(), m.logs(), m.levels(), m.errors())
	for _, w := range m.a.Coverage.Warnings {
		if !slices.Contains(m.a.Coverage.Banner, w.Text) {
			items = append(items, m.prose(w.Text))
		}
	}
	for _, p := range m.a.Coverage.Notes {
		items = append(items, m.prose(p))
	}
	items = append(items, m.skips(), m.redactions(), m.constants())
	m.list(slices.DeleteFunc(items, func(s string) bool { return s == "" }))
	m.end(title)
}

// commandLine names the command, the rules and the input.
func (m *markdown) commandLine() string {
	t := m.a.Tool
	var parts []string
	if t.Command != "" {
		s := markdownCode(t.Command, false)
		if t.Version != "" {
			s += ", " + markdownText(t.Name+" "+t.Version, false)
		}
		if t.Rules > 0 {
			s += ", " + many(t.Rules, "rule")
			if t.RuleSet != "" {
				s += " (" + markdownText(t.RuleSet, false) + ")"
			}
		}
		parts = append(parts, s+".")
	}
	if len(m.a.Inputs) == 1 {
		parts = append(parts, "Input: "+m.input(m.a.Inputs[0])+".")
	} else if len(m.a.Inputs) > 1 {
		parts = append(parts, many(len(m.a.Inputs), "input")+":")
		const most = 10
		for _, in := range m.a.Inputs[:min(len(m.a.Inputs), most)] {
			parts = append(parts, "\n  - "+markdownCode(in.Name, false)+": "+m.input(in)+"; "+many(in.Entries, "entry")+dropped(in)+".")
		}
		if n := len(m.a.Inputs) - most; n > 0 {
			parts = append(parts, "\n  - and "+many(n, "more input")+".")
		}
	}
	return strings.ReplaceAll(strings.Join(parts, " "), " \n", "\n")
}

// input says what an input is: format, encoding, order, hash.
func (m *markdown) input(in incident.Input) string {
	parts := []string{formatWords(in.Format)}
	if in.Compression != "" {
		parts = append(parts, in.Compression)
	}
	parts = append(parts, encodingWords(in.Encoding), strings.ReplaceAll(in.Order, "-", " "))
	if in.Lossy {
		parts = append(parts, "not all fields of an entry are in it")
	}
	for i, p := range parts {
		parts[i] = markdownText(p, false)
	}
	if len(in.SHA256) >= 12 {
		parts = append(parts, "sha256 "+markdownCode(in.SHA256[:12]+"…", false))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

func formatWords(f string) string {
	switch f {
	case "array":
		return "JSON array"
	case "ndjson":
		return "JSON, one entry a line"
	case "logging-api":
		return "the Cloud Logging API"
	}
	return f
}

func encodingWords(e string) string {
	switch e {
	case "utf-8":
		return "UTF-8"
	case "utf-8-bom":
		return "UTF-8 with BOM"
	case "utf-16le":
		return "UTF-16 LE"
	case "utf-16be":
		return "UTF-16 BE"
	}
	return e
}

func dropped(in incident.Input) string {
	s := ""
	for _, c := range []incident.Count{{Name: "filtered", N: in.Filtered}, {Name: "skipped", N: in.Skipped}} {
		if c.N > 0 {
			s += ", " + amount(c.N) + " " + c.Name
		}
	}
	if in.Duplicates > 0 {
		s += ", " + many(in.Duplicates, "duplicate")
	}
	return s
}

// counts says how many entries were read, and what was left out.
func (m *markdown) counts() string {
	c := m.a.Coverage
	s := many(c.Entries, "entry") + " read, " + amount(c.Filtered) + " filtered, " + amount(c.Skipped) + " skipped, " + many(c.Duplicates, "duplicate") + "."
	if c.Duplicates == 0 {
		s = strings.Replace(s, "0 duplicate.", "0 duplicates.", 1)
	}
	if c.Untimed > 0 {
		s += " " + capital(many(c.Untimed, "entry")) + " without a time, quoted and counted and part of no order."
	}
	if c.Filter != "" {
		s += " Filter: " + markdownCode(c.Filter, false) + "."
	}
	return s
}

// scopes counts the services, revisions and instances.
func (m *markdown) scopes() string {
	c := m.a.Coverage
	var parts []string
	for _, n := range []incident.Count{{Name: "service", N: len(c.Services)}, {Name: "revision", N: len(c.Revisions)}, {Name: "instance", N: c.Instances}} {
		if n.N > 0 {
			parts = append(parts, many(n.N, n.Name))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return capital(strings.Join(parts, ", ")) + "."
}

func (m *markdown) logs() string {
	var parts []string
	for _, l := range m.a.Coverage.Logs {
		parts = append(parts, markdownCode(l.Name, false)+" "+amount(l.N))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Logs present: " + strings.Join(parts, ", ") + "."
}

// levels says how many entries declare a level.
func (m *markdown) levels() string {
	declared, none := 0, 0
	for _, s := range m.a.Coverage.Severities {
		if s.Name == "" {
			none += s.N
		} else {
			declared += s.N
		}
	}
	switch {
	case declared+none == 0:
		return ""
	case none == 0:
		return "Level: every entry declares one."
	case declared == 0:
		return "Level: no entry declares one; it is taken from the text where the text has one."
	}
	return "Level: " + amount(declared) + " entries declare one, " + amount(none) + " do not (taken from their text where it has one)."
}

// errors says what share of the errors the report explains.
func (m *markdown) errors() string {
	if m.nothingRead() {
		return ""
	}
	n := 0
	for _, u := range m.a.Unexplained {
		n += u.Count
	}
	return capital(many(m.a.Coverage.Errors, "error event")) + ", " + amount(n) + " unexplained."
}

func (m *markdown) skips() string {
	if len(m.a.Coverage.Skips) == 0 {
		return ""
	}
	var parts []string
	for _, s := range m.a.Coverage.Skips {
		parts = append(parts, markdownCode(s.Source, false)+" ("+markdownText(s.Reason, false)+")")
	}
	return "Skipped, the first " + strconv.Itoa(len(parts)) + ": " + strings.Join(parts, ", ") + "."
}

func (m *markdown) redactions() string {
	var parts []string
	for _, r := range m.a.Redactions {
		if r.N > 0 {
			parts = append(parts, amount(r.N)+" "+markdownText(r.Kind, false))
		}
	}
	if len(parts) == 0 {
		return "Redaction: nothing to redact."
	}
	return "Redaction: " + strings.Join(parts, ", ") + "."
}

func (m *markdown) constants() string {
	var parts []string
	for _, c := range m.a.Constants {
		s := markdownText(c.Name+" "+c.Value, false)
		if c.Reason != "" {
			s += " (" + markdownText(c.Reason, false) + ")"
		}
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		return ""
	}
	return "Values used: " + strings.Join(parts, "; ") + "."
}

// readInOneLine is the whole of "How this was made" on the short report.
func (m *markdown) readInOneLine() string {
	c := m.a.Coverage
	parts := []string{capital(m.counts())}
	if len(m.a.Inputs) == 1 {
		parts = append(parts, capital(m.input(m.a.Inputs[0]))+".")
	}
	if !c.From.IsZero() && c.To.After(c.From) {
		parts = append(parts, "The entries span "+lasting(c.To.Sub(c.From))+".")
	}
	for _, w := range c.Warnings {
		if !slices.Contains(c.Banner, w.Text) {
			parts = append(parts, m.prose(w.Text))
		}
	}
	for _, p := range c.Notes {
		parts = append(parts, m.prose(p))
	}
	parts = append(parts, m.redactions())
	if m.a.Tool.Command != "" {
		parts = append(parts, "Made by "+markdownCode(m.a.Tool.Command, false)+".")
	}
	return strings.Join(parts, " ")
}
