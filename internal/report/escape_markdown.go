package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"logwhy/internal/incident"
)

// markdownCode writes foreign text as one inline code span. In a table cell
// pipes are escaped, as GitHub's tables want it even inside code.
func markdownCode(s string, cell bool) string {
	s = incident.Code(oneLine(s))
	if cell {
		s = strings.ReplaceAll(s, "|", `\|`)
	}
	return s
}

// markdownFence writes foreign text as a fenced block that nothing inside can
// close. Each line is indented by indent, as inside a list item.
func markdownFence(info, text, indent string) string {
	text = strings.TrimRight(visibleText(text), "\n")
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	var b strings.Builder
	b.WriteString(indent + fence + info + "\n")
	for _, line := range strings.Split(text, "\n") {
		if line != "" {
			b.WriteString(indent + line)
		}
		b.WriteByte('\n')
	}
	b.WriteString(indent + fence + "\n")
	return b.String()
}

// longestRun returns the length of the longest run of c in s.
func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// markdownText writes the tool's own words. They should hold nothing foreign,
// but a stored analysis may have been edited, so no character of theirs can
// open an element either. A word that GitHub or GitLab brings to life even
// behind a backslash (@name, #12, a bare URL, $math$, HTML, an entity) becomes
// code. Text on one line goes in, text on one line comes out; space at the
// ends stays, since spans follow one another.
func markdownText(s string, cell bool) string {
	s = spaced(visibleText(s))
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, ' ')
		if i == 0 {
			b.WriteByte(' ')
			s = s[1:]
			continue
		}
		if i < 0 {
			i = len(s)
		}
		b.WriteString(markdownWord(s[:i], cell))
		s = s[i:]
	}
	return b.String()
}

// spaced turns every run of white space into one space.
func spaced(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if space {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	if space {
		b.WriteByte(' ')
	}
	return b.String()
}

func markdownWord(w string, cell bool) string {
	lead := len(w) - len(strings.TrimLeft(w, `("'`))
	tail := len(strings.TrimRight(w, `.,;:!?)"'`))
	if lead < tail && liveWord(w[lead:tail]) {
		return markdownEscape(w[:lead], cell) + markdownCode(w[lead:tail], cell) + markdownEscape(w[tail:], cell)
	}
	return markdownEscape(w, cell)
}

// liveWord reports whether a renderer would make more of w than text.
func liveWord(w string) bool {
	if strings.ContainsAny(w, "@$") || strings.Contains(w, "://") || hasFold(w, "www.") {
		return true
	}
	for i := 0; i+1 < len(w); i++ {
		next := w[i+1]
		switch w[i] {
		case '<':
			if asciiLetter(next) || next == '/' || next == '!' || next == '?' {
				return true
			}
		case '&':
			if asciiLetter(next) || next == '#' {
				return true
			}
		case '#':
			if asciiDigit(next) {
				return true
			}
		}
	}
	return hasFold(w, "gh-") || hasFold(w, "mailto:") || hasFold(w, "xmpp:") || commitLike(w)
}

func hasFold(s, sub string) bool {
	for i := 0; i+len(sub) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(sub)], sub) {
			return true
		}
	}
	return false
}

// commitLike reports whether w could be an abbreviated commit: GitHub links
// those to whatever repository the page is in.
func commitLike(w string) bool {
	digits, letters := 0, 0
	for i := 0; i < len(w); i++ {
		switch c := w[i]; {
		case asciiDigit(c):
			digits++
		case c >= 'a' && c <= 'f':
			letters++
		default:
			return false
		}
	}
	return len(w) >= 7 && len(w) <= 40 && digits > 0 && letters > 0
}

// markdownEscape puts a backslash before what could open an element.
func markdownEscape(w string, cell bool) string {
	var b strings.Builder
	for i := 0; i < len(w); i++ {
		c := w[i]
		switch c {
		case '\\', '`', '*', '[', ']', '~':
			b.WriteByte('\\')
		case '_':
			if !insideWord(w, i) {
				b.WriteByte('\\')
			}
		case '|':
			if cell {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// insideWord reports whether the byte at i stands between letters or digits,
// where an underscore is only an underscore.
func insideWord(w string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(w[:i])
	after, _ := utf8.DecodeRuneInString(w[i+1:])
	return (unicode.IsLetter(before) || unicode.IsDigit(before)) && (unicode.IsLetter(after) || unicode.IsDigit(after))
}

// markdownStart keeps a line of text from being read as a heading, a quote, a
// list, a rule or an indented block.
func markdownStart(s string) string {
	s = strings.TrimLeft(s, " ")
	if s == "" {
		return s
	}
	if strings.ContainsRune("#>-+=", rune(s[0])) {
		return `\` + s
	}
	digits := 0
	for digits < len(s) && asciiDigit(s[digits]) {
		digits++
	}
	if digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')') && (digits+1 == len(s) || s[digits+1] == ' ') {
		return s[:digits] + `\` + s[digits:]
	}
	return s
}

// safeURL returns a link target of ours with everything percent-encoded that
// could end it early, or "" when it is not plain https.
func safeURL(link string) string {
	if !strings.HasPrefix(link, "https://") || len(link) == len("https://") {
		return ""
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(link); i++ {
		c := link[i]
		if asciiLetter(c) || asciiDigit(c) || strings.IndexByte("-._~:/?#@!$&*+,;=%", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&0xf])
	}
	return b.String()
}
