package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// clock shows times. When all that is printed is of one UTC day, the day is
// said once and times go without it.
type clock struct {
	day  string         // the one day, or ""
	zone *time.Location // shown beside UTC, or nil
}

// newClock looks at every time that a report may print.
func newClock(a *incident.Analysis, zone *time.Location) clock {
	c := clock{zone: zone}
	if zone == time.UTC {
		c.zone = nil
	}
	for _, t := range printedTimes(a) {
		if t.IsZero() {
			continue
		}
		day := t.UTC().Format(time.DateOnly)
		if c.day != "" && c.day != day {
			c.day = ""
			return c
		}
		c.day = day
	}
	return c
}

func printedTimes(a *incident.Analysis) []time.Time {
	ts := []time.Time{a.Coverage.From, a.Coverage.To}
	for _, in := range a.Inputs {
		ts = append(ts, in.First, in.Last)
	}
	for _, f := range a.Findings {
		ts = append(ts, f.First, f.Last)
	}
	for _, i := range a.Incidents {
		ts = append(ts, i.First, i.Last)
	}
	for _, c := range a.Changes {
		ts = append(ts, c.Time)
	}
	for _, e := range a.Timeline {
		ts = append(ts, e.Time, e.To)
	}
	for _, e := range a.Evidence {
		ts = append(ts, e.Time)
	}
	return append(ts, stateTimes(a.States)...)
}

// at shows t to the second.
func (c clock) at(t time.Time) string { return c.exact(t, 0) }

// exact shows t in UTC with so many digits of a second.
func (c clock) exact(t time.Time, digits int) string { return c.in(t, time.UTC, digits) }

// onDay is exact without the date where the row above is of the same day.
func (c clock) onDay(day *string, t time.Time, digits int) string {
	s := c.exact(t, digits)
	if len(s) <= len(time.DateOnly) || s[4] != '-' {
		return s
	}
	if s[:10] == *day {
		return s[11:]
	}
	*day = s[:10]
	return s
}

// local shows t in the zone beside UTC.
func (c clock) local(t time.Time, digits int) string { return c.in(t, c.zone, digits) }

func (c clock) in(t time.Time, zone *time.Location, digits int) string {
	if t.IsZero() {
		return "none"
	}
	layout := time.TimeOnly
	if digits > 0 {
		layout += "." + strings.Repeat("0", digits)
	}
	t = t.In(zone)
	if t.Format(time.DateOnly) != c.day {
		layout = time.DateOnly + " " + layout
	}
	return t.Format(layout)
}

// span shows a stretch: "00:41:13 – 00:42:59", or one time where both are of
// the same second.
func (c clock) span(from, to time.Time) string {
	a, b := c.at(from), c.at(to)
	switch {
	case from.IsZero() && to.IsZero():
		return ""
	case to.IsZero() || a == b:
		return a
	case c.day == "" && a[:10] == b[:10]:
		b = b[11:]
	}
	return a + " – " + b
}

// note says how times are to be read: "Times are UTC, 2025-09-16."
func (c clock) note() string {
	s := "Times are UTC"
	if c.day != "" {
		s += ", " + c.day
	}
	if c.zone != nil {
		s += ", with " + c.zoneName() + " beside them in tables"
	}
	return s + "."
}

func (c clock) zoneName() string {
	if c.zone == nil {
		return ""
	}
	if name := c.zone.String(); name != "Local" {
		return name
	}
	return "local time"
}

// digits returns how many digits of a second show all of ts exactly: 0, 3, 6
// or 9.
func digits(ts []time.Time) int {
	n := 0
	for _, t := range ts {
		switch ns := t.Nanosecond(); {
		case ns%1e3 != 0:
			n = max(n, 9)
		case ns%1e6 != 0:
			n = max(n, 6)
		case ns != 0:
			n = max(n, 3)
		}
	}
	return n
}

// lasting shows a duration as a person would: "399 µs", "0.40 s", "14.568 s",
// "1m47s", "23m39s", "2h05m", "3d04h".
func lasting(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + lasting(-d)
	case d == 0:
		return "0 s"
	case d < time.Millisecond:
		return strconv.FormatInt(max(d.Microseconds(), 1), 10) + " µs"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < 90*time.Second:
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", d.Seconds()), "0"), ".") + " s"
	}
	d = d.Truncate(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h >= 48:
		return fmt.Sprintf("%dd%02dh", h/24, h%24)
	case h > 0:
		return fmt.Sprintf("%dh%02dm", h, m)
	case s == 0:
		return fmt.Sprintf("%d min", m)
	}
	return fmt.Sprintf("%dm%02ds", m, s)
}
