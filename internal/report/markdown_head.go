package report

import (
	"strings"

	"logwhy/internal/incident"
)

// head writes the first screen: title, banner, and the five paragraphs.
func (m *markdown) head() {
	m.heading(0, capital(m.prose(m.title())))
	m.banner()
	switch len(m.a.Incidents) {
	case 0:
	case 1:
		m.firstScreen(&m.a.Incidents[0], "")
	default:
		m.para(m.prose(m.lead()))
		m.incidentTable()
		m.firstScreen(&m.a.Incidents[0], " of "+m.a.Incidents[0].ID)
	}
	m.end("the first screen")
}

// banner is the quote under the title: what this is, and what it cannot show.
func (m *markdown) banner() {
	lines := []string{strings.TrimSpace("**Draft, machine generated, not reviewed.** " + m.prose(m.standingWords()))}
	for _, r := range m.a.Reported {
		lines = append(lines, m.reported(r))
	}
	for _, p := range m.a.Coverage.Banner {
		lines = append(lines, m.bannerLine(p))
	}
	m.blank()
	for n, l := range lines {
		if n > 0 {
			m.b.WriteString(">\n")
		}
		m.b.WriteString("> " + markdownStart(l) + "\n")
	}
}

// bannerLine sets the first sentence of a limit in bold, when it is short.
func (m *markdown) bannerLine(p incident.Prose) string {
	s := m.prose(p)
	if i := strings.Index(s, ". "); i > 0 && i < 60 && !strings.Contains(s[:i], "`") {
		return "**" + s[:i+1] + "**" + s[i+1:]
	}
	return s
}

func (m *markdown) reported(r incident.Reported) string {
	s := "**Reported:** " + markdownCode(r.Text, false) + ". "
	if r.Observed {
		s += "**Observed:**"
	} else {
		s += "**Not observed:**"
	}
	note := m.prose(reportedNote(r))
	switch {
	case note != "":
	case r.Observed && m.findings[r.Finding] != nil:
		note = m.prose(m.findings[r.Finding].Title) + "."
	case r.Observed:
		note = "entries show it."
	default:
		note = "no entry shows it."
	}
	return s + " " + note
}

// reportedNote is the note without the verdict, which stands before it.
func reportedNote(r incident.Reported) incident.Prose {
	if r.Observed {
		return r.Note
	}
	return incident.Prose(stopped(strings.TrimPrefix(string(r.Note), "reported, not observed: ")))
}

// lead says how several incidents stand to each other; how many there are
// stands in the banner.
func (v *view) lead() incident.Prose {
	n, rest, ok := strings.Cut(string(v.a.Lead), " incidents. ")
	if ok && allDigits(n) {
		return incident.Prose(rest)
	}
	return v.a.Lead
}

// firstScreen writes the paragraphs of the incident that comes first.
func (m *markdown) firstScreen(i *incident.Incident, of string) {
	s := i.Summary
	if p := m.prose(s.Fails); p != "" {
		m.para("**What fails.** " + p)
	}
	m.about(i)
	m.para(strings.Join(strings.Fields(m.labelled("Since when", s.Since)+" "+m.labelled("What changed", s.Changed)+" "+m.labelled("Now", nowWords(i))), " "))
	if established(i) {
		m.para("**Most likely cause" + of + verdictInParens(s.Verdict) + ".** " + m.prose(s.Cause))
		if p := m.prose(s.Open); p != "" {
			m.para("**Not established.** " + p)
		}
	} else {
		m.para("**Cause" + of + ": not established.** " + strings.TrimSpace(m.prose(s.Cause)+" "+m.prose(s.Open)))
	}
	m.checks(checkLabel(s.Next), s.Next)
}

// nowWords say why an incident that is not ongoing is said to be quiet or over.
func nowWords(i *incident.Incident) incident.Prose {
	if i.Status == incident.Ongoing {
		return ""
	}
	return i.StatusWhy
}

// labelled is a bold label and a sentence, or nothing.
func (m *markdown) labelled(label string, p incident.Prose) string {
	s := m.prose(p)
	if s == "" {
		return ""
	}
	return "**" + label + ".** " + stopped(capital(s))
}

// stopped ends a sentence with a full stop.
func stopped(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// checkLabel ends in a full stop where a sentence follows on the same line.
func checkLabel(checks []incident.Check) string {
	if len(checks) == 1 {
		return "**Check next.**"
	}
	return "**Check next**"
}

func verdictInParens(v string) string {
	if v == "" {
		return ""
	}
	return " (" + verdictWords(v) + ")"
}

// firstIncidents is how many incidents the first screen lists; it must leave
// room for what follows.
const firstIncidents = 8

// incidentTable lists the incidents, the one to look at first on top.
func (m *markdown) incidentTable() {
	most := len(m.a.Incidents)
	if most > firstIncidents {
		most = firstIncidents - 1
	}
	m.incidentRows(most)
	if left := len(m.a.Incidents) - most; left > 0 {
		m.para("And " + many(left, "more incident") + ", in the table of all incidents below.")
	}
}

// allIncidents lists those that the first screen has no room for.
func (m *markdown) allIncidents() {
	if len(m.a.Incidents) <= firstIncidents {
		return
	}
	const title = "All incidents"
	m.heading(1, title)
	most := min(len(m.a.Incidents), maxIncidentRows)
	m.incidentRows(most)
	m.more(len(m.a.Incidents), most, "incident")
	m.end(title)
}

func (m *markdown) incidentRows(most int) {
	var rows [][]string
	for n := range most {
		i := &m.a.Incidents[n]
		id := i.ID
		if n == 0 {
			id = "**" + id + "**"
		}
		rows = append(rows, []string{id, m.clock.span(i.First, i.Last), m.cell(brief(i)), m.effect(i), standing(i)})
	}
	m.table([]string{"", "seen", "what", m.effectHeader(), "state"}, rows)
}

// effectHeader names the column that holds effects, or only counts.
func (v *view) effectHeader() string {
	for k := range v.a.Incidents {
		if v.a.Incidents[k].Effect != "" {
			return "effect"
		}
	}
	return "times"
}

// brief is what an incident is, in a cell.
func brief(i *incident.Incident) incident.Prose {
	if i.Brief != "" {
		return i.Brief
	}
	return i.Title
}

// effect is what an incident did, or how often its symptom was seen.
func (m *markdown) effect(i *incident.Incident) string {
	if i.Effect != "" {
		return m.cell(i.Effect)
	}
	if f := m.findings[i.Symptom]; f != nil {
		return counted(f)
	}
	return ""
}

// counted says how often a finding was seen.
func counted(f *incident.Finding) string {
	if f.AtLeast {
		return "at least " + amount(f.Count) + " times"
	}
	if f.Count == 1 {
		return "once"
	}
	return amount(f.Count) + " times"
}

// standing is the severity of what is not over, and the status.
func standing(i *incident.Incident) string {
	if i.Status == incident.Resolved {
		return i.Status
	}
	return markdownText(i.Severity, true) + ", **" + markdownText(i.Status, true) + "**"
}
