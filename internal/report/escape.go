package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The escape_*.go files are the only place where foreign text is made safe
// for a format. Foreign is whatever came out of a log: messages, names,
// labels, links. Renderers never write such text in any other way, and the
// fuzz tests drive hostile strings through every one of these functions.

// visibleText returns s with everything that a reader cannot see, or that
// would steer a terminal, written out: control characters (C0, DEL, C1),
// format characters (BiDi, zero width, tags) and the Unicode line and
// paragraph separators become \u001b and the like; invalid UTF-8 becomes
// U+FFFD. Line feeds and tabs stay, CR LF becomes LF. The zero width joiner
// stays, because emoji are made with it.
//
// It also breaks the openings of CI workflow commands, since a report may be
// printed by a job whose runner reads its output. See guardCommands.
func visibleText(s string) string {
	if plainASCII(s) {
		return guardCommands(s)
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\r' && strings.HasPrefix(s[i+1:], "\n"):
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case hidden(r):
			writeHidden(&b, r)
		default:
			b.WriteRune(r) // U+FFFD where the bytes are not UTF-8
		}
		i += n
	}
	return guardCommands(b.String())
}

// plainASCII reports whether s holds nothing that visibleText would change,
// which is true of nearly every log line.
func plainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x7f || c < 0x20 && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// hidden reports whether r is a control, format or separator character.
func hidden(r rune) bool {
	if r < 0x7f {
		return r < 0x20
	}
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Cf, r) && r != '\u200d'
}

// writeHidden writes r as \u001b, or \U000e0041 beyond the first plane.
func writeHidden(b *strings.Builder, r rune) {
	const hex = "0123456789abcdef"
	digits := 4
	b.WriteByte('\\')
	if r > 0xffff {
		digits = 8
		b.WriteByte('U')
	} else {
		b.WriteByte('u')
	}
	for i := digits - 1; i >= 0; i-- {
		b.WriteByte(hex[r>>(4*i)&0xf])
	}
}

// oneLine is visibleText on one line: each run of white space is one space,
// none at the ends.
func oneLine(s string) string {
	return guardCommands(strings.Join(strings.Fields(visibleText(s)), " "))
}

// clip is oneLine cut to at most n runes, with "…" where it was cut.
func clip(s string, n int) string {
	s = oneLine(s)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimRight(string(r[:max(n-1, 0)]), " ") + "…"
}

// guardCommands breaks what the runner of a CI job would take for a command
// when it stands in the job's output: "::name" at the start of a line, white
// space not counted (GitHub), and "##[" or "##name[" anywhere in a line
// (GitHub and Azure, TeamCity). One character of it is written as an escape.
//
// See https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
func guardCommands(s string) string {
	if !strings.Contains(s, "::") && !strings.Contains(s, "##") {
		return s
	}
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		trimmed := strings.TrimLeft(line, " \t")
		if startsCommand(trimmed) {
			b.WriteString(line[:len(line)-len(trimmed)])
			b.WriteString(`\u003a`)
			line = trimmed[1:]
		}
		b.WriteString(guardBrackets(line))
	}
	return b.String()
}

// startsCommand reports whether s opens with "::" and a letter.
func startsCommand(s string) bool {
	return len(s) > 2 && s[0] == ':' && s[1] == ':' && asciiLetter(s[2])
}

// guardBrackets breaks "##[" and "##name[" wherever they stand.
func guardBrackets(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "##")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i+1])
		s = s[i+1:]
		end := 1
		for end < len(s) && asciiLetter(s[end]) {
			end++
		}
		if end < len(s) && s[end] == '[' {
			b.WriteString(`\u0023`)
			s = s[1:]
		}
	}
}

func asciiLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func asciiDigit(c byte) bool { return c >= '0' && c <= '9' }

// toASCII writes s with the 95 printable characters of ASCII alone: the signs
// that reports use have a plain twin, everything else is written as \u00e9.
func toASCII(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch twin, ok := asciiTwin(r); {
		case ok:
			b.WriteString(twin)
		case r < 0x7f:
			b.WriteRune(r)
		default:
			writeHidden(&b, r)
		}
	}
	return b.String()
}

// asciiTwin returns how a sign of the report's own words is written in ASCII.
func asciiTwin(r rune) (string, bool) {
	switch r {
	case '–', '—', '−':
		return "-", true
	case '…':
		return "...", true
	case '·':
		return "-", true
	case '→':
		return "->", true
	case '×':
		return "x", true
	case 'µ', 'μ':
		return "u", true
	case '≥':
		return ">=", true
	case '≤':
		return "<=", true
	case '“', '”':
		return `"`, true
	case '‘', '’':
		return "'", true
	case '\u00a0', '\u202f':
		return " ", true
	}
	return "", false
}
