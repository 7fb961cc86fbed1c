package report

import (
	"io"

	"logwhy/internal/incident"
)

// writeTimelineMarkdown writes the timeline as a document of its own: what it
// covers, every event, and where the ids lead.
func writeTimelineMarkdown(w io.Writer, a *incident.Analysis, o Options) error {
	m := &markdown{view: newView(a, o), top: 1, cited: map[string]bool{}, shown: map[string]bool{}}
	m.heading(0, m.timelineTitle())
	m.banner()
	m.end("the head")
	if rows := timelineRows(a); len(rows) == 0 {
		m.para("No event in what was read.")
	} else {
		m.timelineTable(rows)
	}
	m.end("the timeline")
	m.evidence(false)
	_, err := io.WriteString(w, m.document(0))
	return err
}

func (m *markdown) timelineTitle() string {
	if len(m.a.Coverage.Services) == 0 {
		return "Timeline"
	}
	return m.prose(incident.Prose("Timeline of " + m.serviceNames(4)))
}

// timeline is the section of a report.
func (m *markdown) timeline() {
	if !worthTimeline(m.a) || m.o.Audience == AudienceOncall {
		return
	}
	rows, left := readableRows(m.a), 0
	if len(m.a.Incidents) > 0 {
		rows, left = incidentRows(rows)
	}
	if len(rows) < 3 {
		return
	}
	const title = "Timeline"
	m.heading(1, title)
	m.timelineTable(rows[:min(len(rows), maxTimelineRows)])
	if left += max(len(rows)-maxTimelineRows, 0); left > 0 {
		m.para("And " + many(left, "more row") + " of lesser weight or further down: `logwhy timeline` prints them all.")
	}
	m.end(title)
}

func (m *markdown) timelineTable(rows []row) {
	n := timelineDigits(rows)
	services := severalServices(rows)
	var cells [][]string
	day := ""
	for _, r := range rows {
		e := r.event
		line := []string{"", "", "", "", "", markdownText(e.Level, true), m.timelineWhat(e), m.refs(without(e.Evidence, e.What))}
		if !e.Time.IsZero() && e.Kind != kindGap {
			line[0] = m.clock.onDay(&day, e.Time, n)
			if m.clock.zone != nil {
				line[1] = m.clock.local(e.Time, n)
			}
			if r.since > 0 {
				line[2] = lasting(r.since)
			}
		}
		if e.Kind == kindGap {
			line[2] = m.clock.run(e)
		}
		if services && e.Scope.Service != "" {
			line[3] = markdownCode(e.Scope.Service, true)
		}
		if len(m.a.Incidents) > 1 {
			line[4] = markdownText(e.Incident, true)
		}
		cells = append(cells, line)
	}
	m.table([]string{"time", m.zoneHeader(), "since the last", "service", "", "level", "what", ""}, cells)
}

// timelineWhat marks deploys and phases, and appends the run.
func (m *markdown) timelineWhat(e incident.Event) string {
	s := m.cell(e.What)
	if e.Kind == kindChange || e.Kind == kindPhase {
		s = "**" + s + "**"
	}
	if run := m.clock.run(e); run != "" && e.Kind != kindGap {
		s += ", " + run
	}
	return s
}
