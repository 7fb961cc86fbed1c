package report

import (
	"strings"

	"logwhy/internal/incident"
)

// maxStateRows bounds the table of states; the state file has all of them.
const maxStateRows = 100

// states says how each failure stands against the runs before: what the policy
// says, what asks for somebody, how causes differ. In a job's summary it comes
// first and gives the title.
func (m *markdown) states() {
	s := m.a.States
	const title = "Against the runs before"
	if m.o.Audience == AudienceCI {
		m.heading(0, statesTitle(s))
	} else {
		m.heading(1, title)
		m.para(capital(stateCounts(s)) + ".")
	}
	m.para(m.prose(m.statesWindow()))
	var lines []string
	for _, p := range m.statesLines() {
		lines = append(lines, m.prose(p))
	}
	m.list(lines)
	m.stateTable(s)
	m.causeTable(s)
	m.end(title)
}

func (m *markdown) stateTable(s *incident.States) {
	var rows [][]string
	for i := range s.Failures {
		if len(rows) == maxStateRows {
			break
		}
		f := &s.Failures[i]
		rows = append(rows, []string{
			boldState(f.State), m.cell(f.Title) + " " + marker(f.Fingerprint), serviceName(f.Service), markdownText(f.Severity, true),
			amount(f.Count), m.stateSpan(f), m.cell(f.Why), markdownCode(hexOnly(f.Fingerprint), true),
		})
	}
	if len(rows) == 0 {
		return
	}
	m.table([]string{"state", "what", "service", "severity", "times", "seen", "because", "fingerprint"}, rows)
	m.more(len(s.Failures), len(rows), "failure")
	if s.AtRest > 0 {
		m.para(many(s.AtRest, "known failure") + " not seen, as in the run before.")
	}
}

func (m *markdown) causeTable(s *incident.States) {
	var rows [][]string
	for i := range s.Causes {
		if len(rows) == maxIncidentRows {
			break
		}
		kind, symptom, cause, verdicts := causeRow(&s.Causes[i])
		rows = append(rows, []string{kind, m.cell(cause), markdownText(verdicts, true), m.cell(symptom), serviceName(s.Causes[i].Service)})
	}
	if len(rows) == 0 {
		return
	}
	m.para("Causes, against the run before:")
	m.table([]string{"cause is", "cause", "verdict", "of", "service"}, rows)
	m.more(len(s.Causes), len(rows), "cause")
}

// boldState sets the states that ask for somebody in bold.
func boldState(s string) string {
	if asksForSomebody(s) {
		return "**" + s + "**"
	}
	return strings.TrimSpace(markdownText(s, true))
}
