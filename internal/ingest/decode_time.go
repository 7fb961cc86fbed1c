package ingest

import (
	"math"
	"strconv"
	"strings"

	"logwhy/internal/logentry"
)

// A stamp is a time as it was written.
type stamp struct {
	at       logentry.Time
	zoned    bool // it carries a zone, or is a count of seconds since the epoch
	fraction bool // it is written finer than whole seconds
	length   int  // bytes of the text that belong to it
}

// time reads a time value; NoTime for what is none. A time without a zone is
// UTC: containers run in UTC.
func (d *decoder) time(v logentry.Value) logentry.Time {
	s, _ := d.stampOf(v)
	return s.at
}

// stampOf reads a time written as text, as a number of seconds, milliseconds,
// microseconds or nanoseconds since the epoch, or as {"seconds", "nanos"}.
func (d *decoder) stampOf(v logentry.Value) (stamp, bool) {
	none := stamp{at: logentry.NoTime}
	switch v.Kind() {
	case logentry.ValueString:
		text := strings.TrimSpace(d.valueText(v))
		if s, ok := parseStamp(text); ok {
			return s, true
		}
		if s, ok := epochStamp(text); ok {
			return s, true
		}
	case logentry.ValueNumber:
		if s, ok := epochStamp(borrow(v)); ok {
			return s, true
		}
	case logentry.ValueObject:
		seconds := v.Get("seconds")
		if seconds == nil {
			return none, false
		}
		sec, nanos := wholeNumber(d.valueText(seconds)), wholeNumber(d.valueText(v.Get("nanos")))
		if at, ok := instant(sec, nanos); ok {
			return stamp{at: at, zoned: true, fraction: nanos != 0}, true
		}
	}
	return none, false
}

// Bounds of a plausible count since the epoch: 1990 to 2100. Outside of them a
// number is something else.
const (
	leastEpoch = 631_152_000
	mostEpoch  = 4_102_444_800
)

// epochStamp reads a count since the epoch; its size tells the unit.
func epochStamp(text string) (stamp, bool) {
	none := stamp{at: logentry.NoTime}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || f < leastEpoch {
		return none, false
	}
	unit := int64(1)
	for f >= mostEpoch {
		if unit >= 1_000_000_000 {
			return none, false
		}
		f, unit = f/1000, unit*1000
	}
	if f < leastEpoch {
		return none, false
	}
	// A whole number is read exactly: nanoseconds do not fit a float.
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		at, ok := instant(n/unit, n%unit*(1_000_000_000/unit))
		return stamp{at: at, zoned: true, fraction: unit > 1}, ok
	}
	sec := math.Floor(f)
	at, ok := instant(int64(sec), int64(math.Round((f-sec)*1e6))*1000)
	return stamp{at: at, zoned: true, fraction: true}, ok
}

// instant makes a Time of seconds and nanoseconds; false outside the years
// that a Time holds.
func instant(sec, nanos int64) (logentry.Time, bool) {
	const most = math.MaxInt64/1_000_000_000 - 1
	if sec < -most || sec > most || nanos < 0 || nanos > 1_000_000_000 {
		return logentry.NoTime, false
	}
	return logentry.Time(sec*1_000_000_000 + nanos), true
}

// parseStamp reads the time at the start of s in the forms that exports and
// loggers use: RFC 3339 with any of "T", "t", space or "/" in its places, any
// number of fraction digits after a dot or a comma, and "Z", "±hh:mm", "±hhmm",
// " UTC" or nothing as zone. What follows the time is not looked at; length
// says where it begins.
func parseStamp(s string) (stamp, bool) {
	none := stamp{at: logentry.NoTime}
	if len(s) < 19 || !dateShape(s) {
		return none, false
	}
	year := digits4(s)
	month, day := digits2(s[5:]), digits2(s[8:])
	hour, minute, second := digits2(s[11:]), digits2(s[14:]), digits2(s[17:])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return none, false
	}
	nanos, n := fraction(s[19:])
	offset, zoned, m := zone(s[19+n:])
	sec := daysSinceEpoch(year, month, day)*86400 + int64(hour*3600+minute*60+second-offset)
	at, ok := instant(sec, nanos)
	return stamp{at: at, zoned: zoned, fraction: n > 0, length: 19 + n + m}, ok
}

func dateShape(s string) bool {
	return (s[4] == '-' || s[4] == '/') && s[7] == s[4] && s[13] == ':' && s[16] == ':' &&
		(s[10] == 'T' || s[10] == ' ' || s[10] == 't')
}

// fraction reads ".123456789" or ",123" and returns nanoseconds and its length.
func fraction(s string) (nanos int64, length int) {
	if len(s) < 2 || (s[0] != '.' && s[0] != ',') || !isDigit(s[1]) {
		return 0, 0
	}
	unit := int64(100_000_000)
	i := 1
	for ; i < len(s) && isDigit(s[i]); i++ {
		nanos += int64(s[i]-'0') * unit
		unit /= 10
	}
	return nanos, i
}

// zone reads the zone behind a time: seconds east of UTC and its length.
func zone(s string) (offset int, zoned bool, length int) {
	switch {
	case s == "":
		return 0, false, 0
	case s[0] == 'Z' || s[0] == 'z':
		return 0, true, 1
	case strings.HasPrefix(s, " UTC"), strings.HasPrefix(s, " GMT"):
		return 0, true, 4
	case s[0] == ' ' && len(s) > 5 && (s[1] == '+' || s[1] == '-'):
		if offset, length = numericZone(s[1:]); length > 0 {
			return offset, true, length + 1
		}
	case s[0] == '+' || s[0] == '-':
		offset, length = numericZone(s)
		return offset, length > 0, length
	}
	return 0, false, 0
}

// numericZone reads "+hh:mm", "+hhmm" or "+hh".
func numericZone(s string) (offset, length int) {
	if len(s) < 3 {
		return 0, 0
	}
	hour, minute, length := digits2(s[1:]), 0, 3
	rest := s[3:]
	if len(rest) >= 3 && rest[0] == ':' {
		minute, length = digits2(rest[1:]), 6
	} else if len(rest) >= 2 && isDigit(rest[0]) {
		minute, length = digits2(rest), 5
	}
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, 0
	}
	offset = hour*3600 + minute*60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, length
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digits2 reads two digits, a negative number when they are none.
func digits2(s string) int {
	if !isDigit(s[0]) || !isDigit(s[1]) {
		return -1
	}
	return int(s[0]-'0')*10 + int(s[1]-'0')
}

func digits4(s string) int {
	high, low := digits2(s), digits2(s[2:])
	if high < 0 || low < 0 {
		return -1
	}
	return high*100 + low
}

// daysSinceEpoch counts days from 1970-01-01 in the Gregorian calendar.
// The year is taken to begin in March, which puts the leap day at its end
// (https://howardhinnant.github.io/date_algorithms.html#days_from_civil).
func daysSinceEpoch(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return int64(era)*146097 + int64(dayOfEra) - 719468
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
