package lql

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// number converts a value to a field's type; ok is false where that is not
// possible, and hint says how the value is written.
func (k kind) number(s string) (n int64, ok bool, hint string) {
	switch k {
	case kindInt:
		n, err := strconv.ParseInt(strings.TrimPrefix(s, "+"), 10, 64)
		return n, err == nil, "Write a whole number, such as 500"
	case kindBool:
		n, ok = parseBool(s)
		return n, ok, "Write true or false"
	case kindSeverity:
		n, ok = severityNumber(s)
		return n, ok, ""
	case kindTime:
		n, ok = parseTime(s)
		return n, ok, `Write it as "2026-01-25T09:54:00Z", with Z or an offset, or as a date`
	case kindDuration:
		n, ok = parseDuration(s)
		return n, ok, `Write it with its unit: "1.5s", "300ms"`
	}
	return 0, false, ""
}

// name is the word for values of the kind.
func (k kind) name() string {
	switch k {
	case kindInt:
		return "whole number"
	case kindBool:
		return "boolean"
	case kindSeverity:
		return "severity"
	case kindTime:
		return "time"
	case kindDuration:
		return "duration"
	}
	return "text"
}

func parseBool(s string) (int64, bool) {
	switch strings.ToLower(s) {
	case "true":
		return 1, true
	case "false":
		return 0, true
	}
	return 0, false
}

// parseTime reads RFC 3339, or ISO 8601 without a zone or without a time, which
// is UTC then.
func parseTime(s string) (int64, bool) {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04"} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if y := t.Year(); y < 1678 || y > 2261 {
			return 0, false // beyond what nanoseconds hold
		}
		return t.UnixNano(), true
	}
	return 0, false
}

// parseDuration reads a signed decimal number and one unit.
func parseDuration(s string) (int64, bool) {
	digits := strings.TrimRight(s, "nuµmsh")
	unit, ok := durationUnit(s[len(digits):])
	if !ok || digits == "" || strings.ContainsAny(digits, "nuµmshIiNxXpP_") {
		return 0, false
	}
	f, err := strconv.ParseFloat(digits, 64)
	f *= float64(unit)
	if err != nil || math.Abs(f) >= math.MaxInt64 {
		return 0, false
	}
	return int64(math.Round(f)), true
}

func durationUnit(s string) (time.Duration, bool) {
	switch s {
	case "ns":
		return time.Nanosecond, true
	case "us", "µs":
		return time.Microsecond, true
	case "ms":
		return time.Millisecond, true
	case "s":
		return time.Second, true
	case "m":
		return time.Minute, true
	case "h":
		return time.Hour, true
	}
	return 0, false
}

// parseNumber reads what a JSON number is compared with.
func parseNumber(s string) (float64, bool) {
	if strings.ContainsAny(s, "xXpP_") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}
