package ingest

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

func appendLongInt(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

func appendQuoted(b []byte, s string) []byte { return strconv.AppendQuote(b, s) }

// validText replaces what is not UTF-8.
func validText(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// cutText returns at most n bytes of s, cut between characters.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// tidy removes what a terminal would have taken for itself: control sequences,
// the colour tags of loggers, space at the end. A stack trace that was printed
// on one line with escaped line ends gets its lines back.
func tidy(s string) string {
	if strings.IndexByte(s, 0x1b) >= 0 || strings.Contains(s, "\u009b") {
		s = stripControl(s)
	}
	if strings.IndexByte(s, '<') >= 0 && hasColourTag(s) {
		s = stripColourTags(s)
	}
	if strings.IndexByte(s, '\\') >= 0 && isFoldedTrace(s) {
		s = foldedLines.Replace(s)
	}
	return strings.TrimRight(s, " \t\r\n")
}

// stripControl removes ANSI escape sequences: CSI (ESC [ … letter), OSC
// (ESC ] … BEL or ESC \) and those of two characters.
func stripControl(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		switch {
		case s[i] == 0x1b:
			i += sequenceLen(s[i:], 1)
		case strings.HasPrefix(s[i:], "\u009b"):
			i += csiLen(s[i:], len("\u009b"))
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// sequenceLen returns the length of the escape sequence at the start of s.
func sequenceLen(s string, i int) int {
	switch {
	case i >= len(s):
		return i
	case s[i] == '[':
		return csiLen(s, i+1)
	case s[i] == ']':
		return oscLen(s, i+1)
	case s[i] >= 0x20 && s[i] < utf8.RuneSelf:
		return i + 1
	}
	return i
}

// oscLen returns the end of an operating system command whose text begins at
// i. One that does not end on its line is none: it would hide what follows.
func oscLen(s string, i int) int {
	for j := i; j < len(s) && s[j] != '\n'; j++ {
		switch {
		case s[j] == 0x07:
			return j + 1
		case s[j] == 0x1b && strings.HasPrefix(s[j+1:], `\`):
			return j + 2
		}
	}
	return i
}

// csiLen returns the end of a control sequence whose parameters begin at i.
func csiLen(s string, i int) int {
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0x40 && c <= 0x7e:
			return i + 1
		case c < 0x20 || c > 0x7e:
			return i
		}
	}
	return i
}

// colourTags are the tags that loguru prints when its markup is not rendered.
var colourTags = [...]string{
	"red", "green", "blue", "yellow", "cyan", "magenta", "white", "black", "level", "bold",
	"light-red", "light-green", "light-blue", "light-yellow", "light-cyan", "light-magenta",
}

// colourTagLen returns the length of the colour tag at the start of s, 0 when
// there is none.
func colourTagLen(s string) int {
	i := 1
	if len(s) > 1 && s[1] == '/' {
		i = 2
	}
	for _, name := range colourTags {
		if strings.HasPrefix(s[i:], name) && len(s) > i+len(name) && s[i+len(name)] == '>' {
			return i + len(name) + 1
		}
	}
	return 0
}

func hasColourTag(s string) bool {
	for i := strings.IndexByte(s, '<'); i >= 0; {
		if colourTagLen(s[i:]) > 0 {
			return true
		}
		next := strings.IndexByte(s[i+1:], '<')
		if next < 0 {
			return false
		}
		i += next + 1
	}
	return false
}

func stripColourTags(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] == '<' {
			if n := colourTagLen(s[i:]); n > 0 {
				i += n
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

var foldedLines = strings.NewReplacer(`\r\n`, "\n", `\n`, "\n", `\t`, "\t", `\"`, `"`)

// isFoldedTrace reports whether s is one line that holds a stack trace with
// escaped line ends.
func isFoldedTrace(s string) bool {
	if strings.IndexByte(s, '\n') >= 0 || !strings.Contains(s, `\n`) {
		return false
	}
	for _, mark := range [...]string{
		`Traceback (most recent call last):\n`, `\n  File "`, `\n  File \"`, `\n    at `, `\n\tat `, `\n\t at `, `\nCaused by: `, `\ngoroutine `,
	} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}
