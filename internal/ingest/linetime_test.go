package ingest

import "testing"

func TestLineTime(t *testing.T) {
	for _, c := range []struct {
		line, at string
		start    int
	}{
		{"2025-01-22T13:29:37.801307Z  WARNING  x", "2025-01-22T13:29:37.801307Z", 0},
		{"2025-01-22 13:29:37,695 - x", "2025-01-22T13:29:37.695Z", 0},
		{"2025/01/22 13:29:37 x", "2025-01-22T13:29:37Z", 0},
		{"[2025-01-22T14:29:37+01:00] x", "2025-01-22T13:29:37Z", 1},
		{"\"2025-01-22 13:29:37\", x", "2025-01-22T13:29:37Z", 1},
		{"\x1b[2m2025-01-22T13:29:37Z\x1b[0m x", "2025-01-22T13:29:37Z", 4},
		{"\x1b[1;32m[2025-01-22T13:29:37Z] x", "2025-01-22T13:29:37Z", 8},
		{"I0122 13:29:36.000100       1 main.go:42] x", "2024-01-22T13:29:36.0001Z", 0},
		{"E20250122 13:29:36.5 1 main.cc:42] x", "2025-01-22T13:29:36.5Z", 0},
		{"Jan 22 13:29:37 web-1 x", "2024-01-22T13:29:37Z", 0},
		{"Jan  2 13:29:37 web-1 x", "2024-01-02T13:29:37Z", 0},
		{"Feb 29 13:29:37 web-1 x", "2024-02-29T13:29:37Z", 0},
		{"<11>Jan 22 13:29:37 web-1 x", "2024-01-22T13:29:37Z", 4},
		{"<165>1 2025-01-22T13:29:37.003Z web-1 x", "2025-01-22T13:29:37.003Z", 7},
		{"[Wed Jan 22 13:29:37.695852 2025] [proxy:error] x", "2025-01-22T13:29:37.695852Z", 1},
		{"Wed Jan 22 13:29:37 2025 x", "2025-01-22T13:29:37Z", 0},
		{`203.0.113.9 - ana [22/Jan/2025:13:29:38 +0100] "GET / HTTP/1.1" 200 2`, "2025-01-22T12:29:38Z", 19},
		{"22-Jan-2025 13:29:37.123 SEVERE [main] x", "2025-01-22T13:29:37.123Z", 0},
		{"13:29:37.123 [main] ERROR x", "", 0},
	} {
		got, ok := lineTimeAt(c.line, 2024)
		if !ok || got.at.String() != c.at || got.start != c.start {
			t.Errorf("%q: %v at %d, %t; want %s at %d", c.line, got.at, got.start, ok, c.at, c.start)
		}
		if got.end <= got.start || got.end > len(c.line) {
			t.Errorf("%q: time ends at %d", c.line, got.end)
		}
	}
}

func TestNoLineTime(t *testing.T) {
	for _, line := range []string{
		"", "2025", "2025-01-22", "2025-13-22T13:29:37Z x", "2025-01-22T25:29:37Z x", "at 2025-01-22T13:29:37Z",
		"Error: connect ECONNREFUSED", "E0122 is no time", "Januar 22 13:29:37", "I0199 13:29:36.000100 x", "Feb 30 13:29:37 x",
		"99:99:99.123 x", "192.168.10.12:8080 x", "[22/Foo/2025:13:29:38 +0100]", "<999999>Jan 22 13:29:37", "    2025-01-22T13:29:37Z x",
		"12:34:5", "\x1b[2m", "\x1b[", "[[[[[[[", "Mon Jan 22",
	} {
		if got, ok := lineTimeAt(line, 2024); ok {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// A date that exists only in leap years is no time in others.
func TestLeapDay(t *testing.T) {
	if got, ok := lineTimeAt("Feb 29 13:29:37 web-1 x", 2025); ok {
		t.Errorf("%v", got)
	}
	if got, ok := lineTimeAt("Feb 29 13:29:37 web-1 x", 0); !ok || got.at.Known() || !got.yearless {
		t.Errorf("%v %t", got, ok)
	}
}

func TestPrefixTime(t *testing.T) {
	for line, start := range map[string]int{
		"web-1  | 2025-01-22 13:29:37.695 ERROR x":    9,
		"[pod/mailer-7d9/app] 2025-01-22T13:29:37Z x": 21,
		"INFO 2025-01-22 13:29:37,695 x":              5,
		"ERROR:2025-01-22 13:29:37,695:x":             6,
		"  indented 2025-01-22 13:29:37":              -1,
		"id 12025-01-22 13:29:37":                     -1,
		`{"timestamp":"2025-01-22T13:29:37Z"}`:        -1,
		"the time 2025-01-22 is no time":              -1,
		"a prefix of more than sixty-four bytes makes a sentence, not a line of a log 2025-01-22T13:29:37Z": -1,
	} {
		got, ok := linePrefixTime(line)
		if ok != (start >= 0) || ok && got.start != start {
			t.Errorf("%q: %+v, %t", line, got, ok)
		}
	}
}
