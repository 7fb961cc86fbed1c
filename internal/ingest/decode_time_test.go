package ingest

import (
	"testing"
	"time"

	"logwhy/internal/logentry"
)

func TestParseStamp(t *testing.T) {
	for _, c := range []struct {
		text, want string
		zoned      bool
		fraction   bool
		length     int
	}{
		{"2026-01-15T12:00:00Z", "2026-01-15T12:00:00Z", true, false, 20},
		{"2026-01-15T12:00:00.123456789Z", "2026-01-15T12:00:00.123456789Z", true, true, 30},
		{"2026-01-15T12:00:00.1234567899Z", "2026-01-15T12:00:00.123456789Z", true, true, 31},
		{"2026-01-15t12:00:00z", "2026-01-15T12:00:00Z", true, false, 20},
		{"2026-01-15T12:00:00.5+01:30", "2026-01-15T10:30:00.5Z", true, true, 27},
		{"2026-01-15T12:00:00-0800", "2026-01-15T20:00:00Z", true, false, 24},
		{"2026-01-15T12:00:00+02", "2026-01-15T10:00:00Z", true, false, 22},
		{"2026-01-15 12:00:00,789 - acme", "2026-01-15T12:00:00.789Z", false, true, 23},
		{"2026-01-15 12:00:00 +0000] [1]", "2026-01-15T12:00:00Z", true, false, 25},
		{"2026-01-15 12:00:00.123456 UTC", "2026-01-15T12:00:00.123456Z", true, true, 30},
		{"2026-01-15 12:00:00 GMT", "2026-01-15T12:00:00Z", true, false, 23},
		{"2026/01/15 12:00:00 [error]", "2026-01-15T12:00:00Z", false, false, 19},
		{"2026-01-15 12:00:00 - x", "2026-01-15T12:00:00Z", false, false, 19},
		{"2026-01-15 12:00:00. x", "2026-01-15T12:00:00Z", false, false, 19},
		{"2024-02-29T23:59:60Z", "2024-03-01T00:00:00Z", true, false, 20},
		{"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z", true, true, 22},
		{"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z", true, false, 20},
		{"2026-01-15T12:00:00+99:00", "2026-01-15T12:00:00Z", false, false, 19},
	} {
		s, ok := parseStamp(c.text)
		if !ok || s.at != at(c.want) || s.zoned != c.zoned || s.fraction != c.fraction || s.length != c.length {
			t.Errorf("parseStamp(%q) = %v, %+v, want %s zoned %v fraction %v length %d", c.text, s.at, s, c.want, c.zoned, c.fraction, c.length)
		}
	}
	for _, text := range []string{
		"", "now", "2026-01-15", "2026-01-15T12:00", "2026-13-15T12:00:00Z", "2026-00-15T12:00:00Z", "2026-02-30T12:00:00Z", "2025-02-29T12:00:00Z",
		"1900-02-29T00:00:00Z", "2026-04-31T12:00:00Z", "2026-01-15T24:00:00Z", "2026-01-15T12:60:00Z", "2026-01-15T12:00:61Z", "2026-01/15T12:00:00Z",
		"20x6-01-15T12:00:00Z", "2026-01-15T1x:00:00Z", "9999-01-15T12:00:00Z", "1600-01-15T12:00:00Z",
	} {
		if s, ok := parseStamp(text); ok {
			t.Errorf("parseStamp(%q) = %v", text, s.at)
		}
	}
}

// TestDaysSinceEpoch compares with package time over four hundred years.
func TestDaysSinceEpoch(t *testing.T) {
	for day := time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2201; day = day.AddDate(0, 0, 1) {
		if got := daysSinceEpoch(day.Year(), int(day.Month()), day.Day()); got*86400 != day.Unix() {
			t.Fatalf("%v is day %d", day, got)
		}
		if last := day.AddDate(0, 0, 1).Month() != day.Month(); last != (day.Day() == daysIn(day.Year(), int(day.Month()))) {
			t.Fatalf("length of the month of %v", day)
		}
	}
}

func TestTimeOfValue(t *testing.T) {
	d := newDecoder()
	d.clean = true
	for value, want := range map[string]string{
		`"2026-01-15T12:00:00.5Z"`:                   "2026-01-15T12:00:00.5Z",
		`" 2026-01-15T12:00:00.5Z "`:                 "2026-01-15T12:00:00.5Z",
		`1768478400`:                                 "2026-01-15T12:00:00Z",
		`1768478400.25`:                              "2026-01-15T12:00:00.25Z",
		`1768478400123`:                              "2026-01-15T12:00:00.123Z",
		`1768478400123456`:                           "2026-01-15T12:00:00.123456Z",
		`1768478400123456789`:                        "2026-01-15T12:00:00.123456789Z",
		`"1768478400"`:                               "2026-01-15T12:00:00Z",
		`1.7684784005e9`:                             "2026-01-15T12:00:00.5Z",
		`{"seconds":1768478400,"nanos":500000000}`:   "2026-01-15T12:00:00.5Z",
		`{"seconds":"1768478400","nanos":500000000}`: "2026-01-15T12:00:00.5Z",
		`{"seconds":1768478400}`:                     "2026-01-15T12:00:00Z",
		`17`:                                         "",
		`-1768478400`:                                "",
		`1e30`:                                       "",
		`{"nanos":5}`:                                "",
		`{"seconds":99999999999999}`:                 "",
		`"x"`:                                        "",
		`true`:                                       "",
		`null`:                                       "",
		`["2026-01-15T12:00:00.5Z"]`:                 "",
	} {
		if got := d.time(logentry.Value(value)).String(); got != want {
			t.Errorf("%s = %q, want %q", value, got, want)
		}
	}
}

func TestParseSeconds(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0.123456789s": 123456789, "1s": time.Second, "12.5s": 12500 * time.Millisecond, "0.1234567891s": 123456789, "3": 3 * time.Second,
		"": 0, "s": 0, "-1s": 0, "1m": 0, "1.x": 0, "99999999999s": 0, ".5s": 0,
	} {
		if got := parseSeconds(text); got != want {
			t.Errorf("parseSeconds(%q) = %v, want %v", text, got, want)
		}
	}
}

// The time inside orders an entry whose own stamp is coarser:
//
//	stamp   ---|--------    whole second
//	inner   ------|-----    within 2 s, finer, with a zone
func TestInnerTime(t *testing.T) {
	for _, c := range []struct{ name, record, want string }{
		{"own is fine", `{"timestamp":"2026-01-15T12:00:00.1Z","jsonPayload":{"message":"m","timestamp":"2026-01-15T12:00:00.9Z"}}`, "2026-01-15T12:00:00.1Z"},
		{"whole second", `{"timestamp":"2026-01-15T12:00:00Z","jsonPayload":{"message":"m","timestamp":"2026-01-15T12:00:00.9Z"}}`, "2026-01-15T12:00:00.9Z"},
		{"before it", `{"timestamp":"2026-01-15T12:00:01Z","jsonPayload":{"message":"m","ts":1768478400.5}}`, "2026-01-15T12:00:00.5Z"},
		{"too far", `{"timestamp":"2026-01-15T12:00:00Z","jsonPayload":{"message":"m","time":"2026-01-15T12:00:02.5Z"}}`, "2026-01-15T12:00:00Z"},
		{"no zone", `{"timestamp":"2026-01-15T12:00:00Z","textPayload":"2026-01-15 12:00:00,9 - m"}`, "2026-01-15T12:00:00Z"},
		{"no finer", `{"timestamp":"2026-01-15T12:00:00Z","textPayload":"2026-01-15T12:00:01Z m"}`, "2026-01-15T12:00:00Z"},
		{"text", `{"timestamp":"2026-01-15T12:00:00Z","textPayload":"[2026-01-15T12:00:00.436Z] [ERROR] m"}`, "2026-01-15T12:00:00.436Z"},
		{"missing", `{"jsonPayload":{"message":"m","time":1768478400123}}`, "2026-01-15T12:00:00.123Z"},
		{"missing, text without zone", `{"textPayload":"2026-01-15 12:00:00,789 - m"}`, "2026-01-15T12:00:00.789Z"},
		{"missing, received", `{"receiveTimestamp":"2026-01-15T12:00:00Z","textPayload":"m"}`, ""},
		{"malformed", `{"timestamp":"soon","textPayload":"m"}`, ""},
	} {
		if got := decoded(t, c.record).Time.String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
