package report

import (
	"io"
	"strings"

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
	var names []string
	for _, s := range m.a.Coverage.Services[:min(len(m.a.Coverage.Services), 4)] {
		names = append(names, markdownCode(s, false))
	}
	if len(names) == 0 {
		return "Timeline"
	}
	if n := len(m.a.Coverage.Services) - len(names); n > 0 {
		names = append(names, many(n, "more service"))
	}
	return strings.TrimSpace("Timeline of " + joined(names))
}
