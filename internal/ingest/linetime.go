package ingest

import (
	"strings"

	"logwhy/internal/logentry"
)

// A lineTime is the time that a log line begins with.
type lineTime struct {
	at       logentry.Time // NoTime when the line does not tell the year or the day
	start    int           // of the time within the line
	end      int
	digits   int  // of the fraction
	zoned    bool // with a zone, written as RFC 3339 with "T"
	yearless bool
}

// maxPrefix is how far a time may stand from the start of a line, behind the
// name of a pod or a level.
const maxPrefix = 64

// lineTimeAt finds the time at the start of a line, in the forms that loggers
// print; year completes those without one. A bracket, a quote or a syslog
// priority may stand before it, and the words of an access log.
func lineTimeAt(line string, year int) (lineTime, bool) {
	i := colourEnd(line)
	if strings.HasPrefix(line[i:], "<") {
		if j := strings.IndexByte(line[i:], '>'); j > 0 && j <= 4 {
			i += j + 1
			if strings.HasPrefix(line[i:], "1 ") { // RFC 5424
				i += 2
			}
		}
	}
	for most := i + 4; i < len(line) && i < most && strings.IndexByte("[(\"'", line[i]) >= 0; i++ {
	}
	if len(line)-i < 8 {
		return lineTime{}, false
	}
	if t, ok := stampHere(line[i:], year); ok {
		t.start, t.end = t.start+i, t.end+i
		return t, true
	}
	return accessTime(line)
}

// colourEnd returns where the text begins behind colour codes.
func colourEnd(line string) int {
	i := 0
	for strings.HasPrefix(line[i:], "\x1b[") {
		end := i + 2
		for end < len(line) && (isDigit(line[end]) || line[end] == ';') {
			end++
		}
		if end == len(line) || line[end] != 'm' {
			break
		}
		i = end + 1
	}
	return i
}

// linePrefixTime finds a time behind a short prefix: "web_1  | ", "[pod/x/y] ",
// "ERROR ", "INFO:".
func linePrefixTime(line string) (lineTime, bool) {
	if line == "" || strings.IndexByte(" \t{", line[0]) >= 0 {
		return lineTime{}, false
	}
	for i := 1; i < maxPrefix && i+19 <= len(line); i++ {
		if !isDigit(line[i]) || isDigit(line[i-1]) || !strings.Contains(" [(|\"'\t:=", line[i-1:i]) {
			continue
		}
		if s, ok := parseStamp(line[i:]); ok {
			return lineTime{at: s.at, start: i, end: i + s.length}, true
		}
	}
	return lineTime{}, false
}

// stampHere reads a time at the very start of s.
func stampHere(s string, year int) (lineTime, bool) {
	switch c := s[0]; {
	case isDigit(c):
		return digitTime(s)
	case c == 'I' || c == 'W' || c == 'E' || c == 'F':
		if t, ok := klogTime(s, year); ok {
			return t, true
		}
	}
	return wordTime(s, year)
}

// digitTime reads times that begin with a digit.
func digitTime(s string) (lineTime, bool) {
	if st, ok := parseStamp(s); ok {
		t := lineTime{at: st.at, end: st.length, zoned: st.zoned && s[10]|0x20 == 't'}
		if len(s) > 20 && (s[19] == '.' || s[19] == ',') {
			t.digits = digits([]byte(s[20:min(len(s), 40)]))
		}
		return t, true
	}
	// 02/Jan/2006:15:04:05 and 02-Jan-2006 15:04:05.000
	if len(s) >= 20 && (s[2] == '/' || s[2] == '-') && s[6] == s[2] && (s[11] == ':' || s[11] == ' ') {
		return civil(digits4(s[7:]), monthOf(s[3:6]), digits2(s), s, 12)
	}
	// 15:04:05.000: a line begins here, but its day is unknown.
	if s[2] == ':' && s[5] == ':' && digits2(s) >= 0 && digits2(s[3:]) >= 0 && digits2(s[6:]) >= 0 && digits2(s) < 24 {
		_, n := fraction(s[8:])
		return lineTime{at: logentry.NoTime, end: 8 + n}, true
	}
	return lineTime{}, false
}

// civil completes a date with the time of day at s[at:].
func civil(year, month, day int, s string, at int) (lineTime, bool) {
	if at+8 > len(s) || s[at+2] != ':' || s[at+5] != ':' {
		return lineTime{}, false
	}
	hour, minute, second := digits2(s[at:]), digits2(s[at+3:]), digits2(s[at+6:])
	if year < 1970 || year > 2200 || month < 1 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return lineTime{}, false
	}
	nanos, n := fraction(s[at+8:])
	offset, _, m := zone(s[at+8+n:])
	sec := daysSinceEpoch(year, month, day)*86400 + int64(hour*3600+minute*60+second-offset)
	t, ok := instant(sec, nanos)
	return lineTime{at: t, end: at + 8 + n + m}, ok
}

// klogTime reads "E0102 15:04:05.123456" and the dated "E20060102 15:04:05".
func klogTime(s string, year int) (lineTime, bool) {
	n := digits([]byte(s[1:min(len(s), 12)]))
	date := s[1:]
	switch {
	case n == 8 && len(s) > 18 && s[9] == ' ':
		return civil(digits4(date), digits2(date[4:]), digits2(date[6:]), s, 10)
	case n == 4 && len(s) > 14 && s[5] == ' ':
		return yearless(year, digits2(date), digits2(date[2:]), s, 6)
	}
	return lineTime{}, false
}

// yearless is civil for a date without a year; year is 0 when it is unknown.
func yearless(year, month, day int, s string, at int) (lineTime, bool) {
	known := year
	if known == 0 {
		known = 2000 // a leap year, to check the rest
	}
	t, ok := civil(known, month, day, s, at)
	if year == 0 {
		t.at = logentry.NoTime
	}
	t.yearless = true
	return t, ok
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// monthOf returns the number of a month's English short name, 0 for others.
func monthOf(s string) int {
	if i := strings.Index(months, s); i >= 0 && i%3 == 0 && len(s) == 3 {
		return i/3 + 1
	}
	return 0
}

// wordTime reads "Jan  2 15:04:05" of syslog and "Mon Jan  2 15:04:05.000 2006"
// of Apache and ctime.
func wordTime(s string, year int) (lineTime, bool) {
	i := 0
	if len(s) > 23 && s[3] == ' ' && monthOf(s[4:7]) > 0 && strings.Contains("MonTueWedThuFriSatSun", s[:3]) {
		i = 4
	}
	if len(s) < i+15 || monthOf(s[i:i+3]) == 0 || s[i+3] != ' ' || s[i+6] != ' ' {
		return lineTime{}, false
	}
	month, day := monthOf(s[i:i+3]), digits2(s[i+4:])
	if s[i+4] == ' ' && isDigit(s[i+5]) {
		day = int(s[i+5] - '0')
	}
	if i > 0 {
		_, n := fraction(s[i+15:])
		if at := i + 15 + n; len(s) >= at+5 && s[at] == ' ' && digits4(s[at+1:]) > 1970 {
			t, ok := civil(digits4(s[at+1:]), month, day, s, i+7)
			t.end = at + 5
			return t, ok
		}
	}
	return yearless(year, month, day, s, i+7)
}

// accessTime reads the time of the common log format, which stands in brackets
// behind host, identity and user.
func accessTime(line string) (lineTime, bool) {
	from := 0
	for range 4 {
		i := strings.IndexByte(line[from:min(len(line), 160)], '[')
		if i < 0 {
			return lineTime{}, false
		}
		from += i + 1
		if s := line[from:]; len(s) >= 20 && isDigit(s[0]) && s[2] == '/' && s[6] == '/' && s[11] == ':' {
			t, ok := digitTime(s)
			t.start, t.end = t.start+from, t.end+from
			return t, ok
		}
	}
	return lineTime{}, false
}
