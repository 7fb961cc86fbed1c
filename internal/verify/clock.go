package verify

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/logentry"
)

// A clock is a time as a report gives it: exact to its digits, and often
// without a day.
type clock struct {
	start, end int    // in the text
	raw        string // as written
	day        string // 2006-01-02, or "" when none is given
	tod        time.Duration
	unit       time.Duration // of its last digit
	about      bool          // "~", "about"
	onwards    bool          // "4:05+"
	foreign    bool          // in a zone that is not known here
}

var (
	clockRE = regexp.MustCompile(`(?:(\d{4}-\d{2}-\d{2})[T ]\s?)?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s?([AaPp])\.?[Mm]\b\.?)?(?:\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2}\b|(?:CE|E|C|M|P|B|I|J|WE)S?[TD]?T\b))?(\+)?`)
	dayRE   = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)
	aboutRE = regexp.MustCompile(`(?i)(~|≈|\babout|\baround|\bapprox\w*\.?|\broughly)\s*$`)
)

// clocks finds the times in s. Day, where the text names exactly one beside
// them, is taken over.
func clocks(s string) []clock {
	var out []clock
	for _, m := range clockRE.FindAllStringSubmatchIndex(s, -1) {
		if c, ok := clockAt(s, m); ok {
			out = append(out, c)
		}
	}
	if days := dayRE.FindAllString(s, 3); len(days) == 1 {
		for i := range out {
			if out[i].day == "" {
				out[i].day = days[0]
			}
		}
	}
	return out
}

func clockAt(s string, m []int) (clock, bool) {
	part := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return s[m[2*i]:m[2*i+1]]
	}
	c := clock{start: m[0], end: m[1], raw: strings.TrimSpace(s[m[0]:m[1]]), day: part(1)}
	if c.start > 0 && strings.ContainsRune("0123456789:.,/@abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", rune(s[c.start-1])) {
		return c, false
	}
	if c.end < len(s) && (s[c.end] >= '0' && s[c.end] <= '9' || s[c.end] == ':' || s[c.end] == '/') {
		return c, false
	}
	h, _ := strconv.Atoi(part(2))
	min, _ := strconv.Atoi(part(3))
	sec, _ := strconv.Atoi(part(4))
	switch strings.ToLower(part(6)) {
	case "p":
		h = h%12 + 12
	case "a":
		h %= 12
	}
	if h > 23 || min > 59 || sec > 59 {
		return c, false
	}
	c.tod = time.Duration(h)*time.Hour + time.Duration(min)*time.Minute + time.Duration(sec)*time.Second
	c.unit = time.Minute
	if part(4) != "" {
		c.unit = time.Second
	}
	if f := part(5); f != "" {
		n, _ := strconv.Atoi((f + "000000000")[:9])
		c.tod += time.Duration(n)
		for range f {
			c.unit /= 10
		}
	}
	c.onwards, c.about = part(8) != "", aboutRE.MatchString(s[:c.start])
	c.zone(part(7))
	return c, true
}

// zone moves c to UTC; a zone known by its letters only is left alone.
func (c *clock) zone(z string) {
	switch {
	case z == "" || z == "Z" || z == "UTC" || z == "GMT":
		return
	case z[0] != '+' && z[0] != '-':
		c.foreign = true
		return
	}
	d := strings.ReplaceAll(z[1:], ":", "")
	h, _ := strconv.Atoi(d[:2])
	m, _ := strconv.Atoi(d[2:])
	if h > 14 || m > 59 {
		c.foreign = true // no zone is that far
		return
	}
	off := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if z[0] == '+' {
		off = -off
	}
	c.tod += off
	shift := 0
	if c.tod < 0 {
		c.tod, shift = c.tod+24*time.Hour, -1
	} else if c.tod >= 24*time.Hour {
		c.tod, shift = c.tod-24*time.Hour, 1
	}
	if c.day == "" || shift == 0 {
		return
	}
	if t, err := time.Parse(time.DateOnly, c.day); err == nil {
		c.day = t.AddDate(0, 0, shift).Format(time.DateOnly)
	}
}

// is says whether t is the time that c gives, cut or rounded to its digits.
func (c *clock) is(t logentry.Time) bool {
	if !t.Known() || c.day != "" && t.Time().Format(time.DateOnly) != c.day {
		return false
	}
	return c.holds(time.Duration(t-midnight(t)) - c.tod)
}

func (c *clock) holds(d time.Duration) bool {
	if c.about {
		return d > -5*time.Minute && d < 5*time.Minute+c.unit
	}
	if c.unit < time.Minute {
		return d >= -c.unit/2 && d < c.unit
	}
	return d >= 0 && d < c.unit
}

// on returns the instant that c names on the day of t, or on its own day.
func (c *clock) on(t logentry.Time) logentry.Time {
	if c.day != "" {
		if d, err := time.Parse(time.DateOnly, c.day); err == nil {
			return logentry.TimeOf(d).Add(c.tod)
		}
	}
	return midnight(t).Add(c.tod)
}

func midnight(t logentry.Time) logentry.Time {
	const day = logentry.Time(24 * time.Hour)
	m := t % day
	if m < 0 {
		m += day
	}
	return t - m
}

// second is the second of the day of t.
func second(t logentry.Time) int { return int((t - midnight(t)) / logentry.Time(time.Second)) }

// ago prints a length of time as a person would.
func ago(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	switch {
	case d < time.Second:
		return d.Round(time.Microsecond).String()
	case d < time.Minute:
		return d.Round(time.Millisecond).String()
	}
	return strings.TrimSuffix(d.Round(time.Second).String(), "m0s") + suffix(d.Round(time.Second))
}

func suffix(d time.Duration) string {
	if strings.HasSuffix(d.String(), "m0s") {
		return "m"
	}
	return ""
}
