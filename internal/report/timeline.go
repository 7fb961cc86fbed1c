package report

import (
	"time"

	"logwhy/internal/incident"
)

// row is a line of the timeline, ready for any format.
type row struct {
	event incident.Event
	since time.Duration // after the row above it, 0 for the first
}

// timelineRows puts the events in order with the time since the one before.
// Events are in order already; those without a time come last.
func timelineRows(a *incident.Analysis) []row {
	var rows, untimed []row
	var last time.Time
	for _, e := range a.Timeline {
		if e.Time.IsZero() {
			untimed = append(untimed, row{event: e})
			continue
		}
		r := row{event: e}
		if !last.IsZero() && e.Time.After(last) {
			r.since = e.Time.Sub(last)
		}
		last = e.Time
		if e.Kind == kindGap && e.To.After(e.Time) {
			last = e.To
		}
		rows = append(rows, r)
	}
	return append(rows, untimed...)
}

// Kinds of events that are shown in their own way.
const (
	kindChange  = "change"
	kindGap     = "gap"
	kindPhase   = "phase"
	kindHealthy = "healthy"
)

// timelineDigits are the digits of a second that keep the rows apart: three,
// or as many as there are where rows lie closer together than 10 ms. The
// table of evidence has them in full.
func timelineDigits(rows []row) int {
	var times []time.Time
	close := false
	for _, r := range rows {
		times = append(times, r.event.Time)
		close = close || r.since > 0 && r.since < 10*time.Millisecond
	}
	if close {
		return digits(times)
	}
	return min(digits(times), 3)
}

// run says how often a collapsed run of events was seen, and until when.
func (c clock) run(e incident.Event) string {
	switch {
	case e.Kind == kindGap && e.To.After(e.Time):
		return lasting(e.To.Sub(e.Time))
	case e.Count < 2:
		return ""
	case e.To.IsZero() || e.To.Equal(e.Time):
		return "×" + amount(e.Count)
	}
	until := c.at(e.To)
	if len(until) > len(time.DateOnly) && until[:10] == e.Time.UTC().Format(time.DateOnly) {
		until = until[11:]
	}
	return "×" + amount(e.Count) + ", until " + until
}

// worthTimeline reports whether a timeline adds to what the steps of the first
// incident show.
func worthTimeline(a *incident.Analysis) bool {
	if len(a.Timeline) < 3 {
		return false
	}
	if len(a.Incidents) != 1 || a.Incidents[0].Steps == nil {
		return true
	}
	for _, e := range a.Timeline {
		if e.Kind == kindChange || e.Kind == kindGap || e.Kind == kindPhase {
			return true
		}
	}
	return false
}

// timeline is the section of a report.
func (m *markdown) timeline() {
	if !worthTimeline(m.a) || m.o.Audience == AudienceOncall {
		return
	}
	const title = "Timeline"
	m.heading(1, title)
	rows := timelineRows(m.a)
	m.timelineTable(rows[:min(len(rows), maxTimelineRows)])
	if n := len(rows) - maxTimelineRows; n > 0 {
		m.para("And " + many(n, "more event") + ": `logwhy timeline` prints them all.")
	}
	m.end(title)
}

func (m *markdown) timelineTable(rows []row) {
	n := timelineDigits(rows)
	services := len(m.a.Coverage.Services) > 1
	var cells [][]string
	day := ""
	for _, r := range rows {
		e := r.event
		line := []string{"", "", "", "", markdownText(e.Level, true), m.timelineWhat(e), m.refs(without(e.Evidence, e.What))}
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
		cells = append(cells, line)
	}
	m.table([]string{"time", m.zoneHeader(), "since the last", "service", "level", "what", ""}, cells)
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
