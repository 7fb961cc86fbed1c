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
