package report

import (
	"cmp"
	"slices"
	"time"

	"logwhy/internal/incident"
)

// row is a line of the timeline, ready for any format.
type row struct {
	event incident.Event
	since time.Duration // after the event before it, 0 for the first
}

// Kinds of events that are shown in their own way.
const (
	kindChange  = "change"
	kindGap     = "gap"
	kindPhase   = "phase"
	kindHealthy = "healthy"
)

// A stretch ends after so much silence; in it, a finding that is seen at least
// so often is one row.
const (
	stretchGap   = 5 * time.Minute
	collapseFrom = 3
)

// timelineRows puts the events in order with the time since the one before.
// Events are in order already; those without a time come last.
func timelineRows(a *incident.Analysis) []row {
	var rows, untimed []row
	cite := eventCiter(a)
	for _, e := range a.Timeline {
		if len(e.Evidence) == 0 {
			e.Evidence = cite(&e)
		}
		if e.Time.IsZero() {
			untimed = append(untimed, row{event: e})
		} else {
			rows = append(rows, row{event: e})
		}
	}
	return append(measured(rows), untimed...)
}

// eventCiter returns what finds the entry that shows an event which names none:
// among those of its finding or change, the one of its time.
func eventCiter(a *incident.Analysis) func(*incident.Event) []string {
	ids := map[string][]string{}
	for i := range a.Findings {
		ids[a.Findings[i].ID] = a.Findings[i].Evidence
	}
	for i := range a.Changes {
		ids[a.Changes[i].ID] = a.Changes[i].Evidence
	}
	return func(e *incident.Event) []string {
		for _, id := range append(slices.Clone(ids[e.Change]), ids[e.Finding]...) {
			if ev, ok := a.Evidence[id]; ok && !e.Time.IsZero() && ev.Time.Equal(e.Time) {
				return []string{id}
			}
		}
		return nil
	}
}

// measured sets how long after the rows above it each row stands: after the
// end of a run or a silence that is over by then, else after its beginning.
func measured(rows []row) []row {
	var last time.Time
	for i := range rows {
		e := rows[i].event
		rows[i].since = 0
		if e.Time.IsZero() {
			continue
		}
		for _, above := range rows[max(i-maxRunsAbove, 0):i] {
			if !above.event.To.After(e.Time) {
				last = latest(last, above.event.To)
			}
		}
		if !last.IsZero() && e.Time.After(last) {
			rows[i].since = e.Time.Sub(last)
		}
		last = latest(last, e.Time)
	}
	return rows
}

// maxRunsAbove bounds how many rows above are asked for the end of their run.
const maxRunsAbove = 50

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// readableRows are the rows with loops collapsed. A crash loop logs the same
// few lines over and over, one between the other: within a stretch that no
// change, phase, healthy marker or silence interrupts, each finding that is
// seen three times or more becomes one row, where it is first seen.
//
//	A B A B A B   deploy   A B B    gap    A
//	A×3 B×3       deploy   A B B    gap    A
func readableRows(a *incident.Analysis) []row {
	all := timelineRows(a)
	var out []row
	for start := 0; start < len(all); {
		end := start + 1
		for end < len(all) && continues(all[end-1], all[end]) {
			end++
		}
		out = append(out, collapse(all[start:end])...)
		start = end
	}
	return measured(out)
}

// continues reports whether a row belongs to the stretch of the row above it.
func continues(above, r row) bool {
	return plainEvent(above.event) && plainEvent(r.event) && r.since <= stretchGap
}

// plainEvent reports whether an event can be part of a loop.
func plainEvent(e incident.Event) bool {
	switch e.Kind {
	case kindChange, kindGap, kindPhase, kindHealthy:
		return false
	}
	return !e.Time.IsZero() && e.Role != incident.RoleHealthy
}

// incidentRows are the rows that a report shows: what incidents hold, and what
// happened around them. left counts the others.
func incidentRows(rows []row) (keep []row, left int) {
	for _, r := range rows {
		if r.event.Incident != "" || !plainEvent(r.event) {
			keep = append(keep, r)
		} else {
			left++
		}
	}
	return measured(keep), left
}

// loopKey is what makes two events the same line of a loop.
type loopKey struct {
	finding, service, level string
	what                    incident.Prose
}

func keyOf(e incident.Event) loopKey {
	return loopKey{e.Finding, e.Scope.Service, e.Level, e.What}
}

func collapse(stretch []row) []row {
	counts := map[loopKey]int{}
	for _, r := range stretch {
		counts[keyOf(r.event)] += max(r.event.Count, 1)
	}
	at := map[loopKey]int{}
	var out []row
	for _, r := range stretch {
		k := keyOf(r.event)
		i, seen := at[k]
		switch {
		case !plainEvent(r.event) || counts[k] < collapseFrom:
			out = append(out, r)
		case !seen:
			at[k] = len(out)
			r.event.Count = max(r.event.Count, 1)
			out = append(out, r)
		default:
			out[i].event = joinEvents(out[i].event, r.event)
		}
	}
	return out
}

// joinEvents adds a later event to the run that it repeats: the run cites its
// first and its last entry.
func joinEvents(run, e incident.Event) incident.Event {
	run.Count += max(e.Count, 1)
	run.To = latest(latest(run.To, e.Time), e.To)
	if n := len(e.Evidence); n > 0 {
		ids := slices.Clone(run.Evidence[:min(len(run.Evidence), 1)])
		if last := e.Evidence[n-1]; !slices.Contains(ids, last) {
			ids = append(ids, last)
		}
		run.Evidence = ids
	}
	run.Incident = cmp.Or(run.Incident, e.Incident)
	return run
}

// severalServices reports whether the rows name more than one service.
func severalServices(rows []row) bool {
	seen := map[string]bool{}
	for _, r := range rows {
		if s := r.event.Scope.Service; s != "" {
			seen[s] = true
		}
	}
	return len(seen) > 1
}

// timelineDigits are the digits of a second that keep the rows apart: three,
// or as many as there are where rows lie closer together than 10 ms. The
// table of evidence has them in full.
func timelineDigits(rows []row) int {
	var times []time.Time
	near := false
	for _, r := range rows {
		times = append(times, r.event.Time)
		near = near || r.since > 0 && r.since < 10*time.Millisecond
	}
	if near {
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
