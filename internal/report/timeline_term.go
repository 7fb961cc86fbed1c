package report

import (
	"io"
	"time"

	"logwhy/internal/incident"
)

// writeTimelineTerminal writes every event of the timeline, one block each:
// when, how long after the one before, a mark, and what.
func writeTimelineTerminal(w io.Writer, a *incident.Analysis, o Options) error {
	t := newTerminal(a, o, 0)
	t.header()
	t.limits()
	t.timeline()
	_, err := io.WriteString(w, t.String())
	return err
}

// Marks of the rows, named in the legend.
var marks = []struct {
	sign, word string
	ink        ink
}{
	markFailure: {"x", "failure", inkBad},
	markChange:  {">", "change", inkWarn},
	markHealthy: {"+", "healthy", inkGood},
	markPhase:   {"=", "phase", inkLabel},
	markGap:     {"~", "silence", inkFaint},
	markOther:   {"-", "other", inkFaint},
}

const (
	markFailure = iota
	markChange
	markHealthy
	markPhase
	markGap
	markOther
)

func markOf(e incident.Event) int {
	switch {
	case e.Kind == kindChange:
		return markChange
	case e.Kind == kindGap:
		return markGap
	case e.Kind == kindPhase:
		return markPhase
	case e.Kind == kindHealthy || e.Role == incident.RoleHealthy:
		return markHealthy
	case e.Role == incident.RoleNoise:
		return markOther
	}
	return markFailure
}

func (t *terminal) timeline() {
	rows := readableRows(t.a)
	if len(rows) == 0 {
		t.put(textLine(0, t.own("No event in what was read.", inkPlain)))
		return
	}
	n, services := timelineDigits(rows), severalServices(rows)
	day, used := t.clock.day, map[int]bool{}
	for _, r := range rows {
		if d := dayOf(r.event.Time); d != "" && d != day {
			day = d
			t.blank()
			t.put(textLine(0, t.own(d, inkLabel)))
		}
		used[markOf(r.event)] = true
		t.timelineRow(r, n, services)
	}
	t.blank()
	var legend line
	for k, m := range marks {
		if used[k] {
			legend.add(piece{m.sign, m.ink, ""})
			legend.add(piece{text: " " + m.word + "   ", ink: inkFaint})
		}
	}
	t.put(legend)
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// timelineRow writes time, distance, mark and the event as a block.
func (t *terminal) timelineRow(r row, digits int, services bool) {
	e := r.event
	at, since := "", ""
	if !e.Time.IsZero() && e.Kind != kindGap {
		at = timeOfDay(e.Time, digits)
		if r.since > 0 {
			since = lasting(r.since)
		}
	}
	if e.Kind == kindGap {
		since = t.clock.run(e)
	}
	m := marks[markOf(e)]
	head := textLine(0, t.own(at, inkPlain))
	width := 8 + digits + min(digits, 1)
	if t.clock.zone != nil && t.width >= narrow {
		head.pad(width + 2)
		if at != "" {
			head.add(piece{text: e.Time.In(t.clock.zone).Format(time.TimeOnly), ink: inkFaint})
		}
		width += 10
	}
	if t.width >= narrow {
		since = t.clean(since, true)
		head.pad(width + max(10-len([]rune(since)), 1))
		head.add(piece{text: since, ink: inkFaint})
		head.pad(width + 12)
	} else {
		head.add(piece{text: " "})
	}
	head.add(piece{text: m.sign + " ", ink: m.ink})
	ph := t.timelinePhrase(e, services)
	ph.ids = without(e.Evidence, e.What)
	indent := head.width
	for n, l := range t.withIDs(ph, t.width-indent) {
		if n > 0 {
			head = textLine(indent)
		}
		for _, p := range l.pieces {
			head.add(p)
		}
		t.put(head)
	}
}

// timeOfDay is a time without its date, for rows under a day.
func timeOfDay(at time.Time, digits int) string {
	return clock{day: dayOf(at)}.exact(at, digits)
}

// timelinePhrase is the service where there are several, the event, and the
// run that it stands for.
func (t *terminal) timelinePhrase(e incident.Event, services bool) phrase {
	text := e.What
	if services && e.Scope.Service != "" {
		text = incident.Prose(incident.Code(e.Scope.Service)) + ": " + text
	}
	if run := t.clock.run(e); run != "" && e.Kind != kindGap {
		text += ", " + incident.Prose(run)
	}
	return t.phrase(text)
}
