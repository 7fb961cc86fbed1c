package stacktrace

import (
	"strings"
	"unicode/utf8"
)

// line is one line of a text, real or restored.
type line struct {
	s      string // without indentation, group bars and trailing space
	raw    int    // offset of the line in the text, with all that was stripped
	start  int    // offset of s in the text
	end    int    // offset behind s in the text
	indent int    // width of the indentation; a tab counts as 4
	bar    int    // column of the bar that Python draws beside the members of a group, -1 without
}

// verbatim reports whether l.s stands in the text as it is.
func (l line) verbatim() bool { return l.end-l.start == len(l.s) }

// splitLines cuts text into lines. A physical line that holds a flattened
// trace, with literal \n or with spaces where the breaks were, is cut into
// the lines it was made from.
func splitLines(text string) []line {
	if len(text) > maxText {
		text = text[:maxText]
	}
	ls := make([]line, 0, 16+strings.Count(text, "\n"))
	for at := 0; at <= len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			end = len(text)
		} else {
			end += at
		}
		ls = appendPhysical(ls, text, at, end)
		at = end + 1
	}
	return ls
}

func appendPhysical(ls []line, text string, start, end int) []line {
	s := text[start:end]
	switch {
	case hasEscapedBreaks(s):
		return appendEscaped(ls, text, start, end)
	case hasFlattenedFrames(s):
		return appendFlattened(ls, text, start, end)
	}
	return append(ls, makeLine(text, start, end))
}

// makeLine strips what is around a line and notes how far it was indented.
func makeLine(text string, start, end int) line {
	l := line{bar: -1, raw: start}
	start, l.indent = skipIndent(text, start, end)
	for end > start && isSpace(text[end-1]) {
		end--
	}
	if b := text[start:end]; strings.HasPrefix(b, "! ") { // Dropwizard marks each line of a trace
		start, l.indent = skipIndent(text, start+2, end)
	}
	if c := text[start:end]; c == "|" || strings.HasPrefix(c, "| ") {
		l.bar = l.indent
		start, l.indent = skipIndent(text, start+1, end)
		l.indent = max(0, l.indent-1) // the blank behind the bar
	} else if strings.HasPrefix(c, "+ Exception Group Traceback") {
		l.bar = l.indent
		start, l.indent = start+2, 0
	}
	l.start, l.end, l.s = start, end, text[start:end]
	return l
}

func skipIndent(text string, start, end int) (pos, width int) {
	for start < end {
		switch text[start] {
		case ' ':
			width++
		case '\t':
			width += 4
		case '\r':
		default:
			return start, width
		}
		start++
	}
	return start, width
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// hasEscapedBreaks reports whether s is a trace with literal \n for its line
// breaks. A literal \n alone is not enough: messages quote source and JSON.
func hasEscapedBreaks(s string) bool {
	for at := 0; ; {
		i := strings.Index(s[at:], `\n`)
		if i < 0 {
			return false
		}
		at += i + 2
		if startsStructure(strings.TrimLeft(trimEscapes(s[at:]), " \t|+")) {
			return true
		}
	}
}

// trimEscapes drops literal \t and \r at the start of s.
func trimEscapes(s string) string {
	for {
		t := strings.TrimLeft(s, " \t")
		if strings.HasPrefix(t, `\t`) || strings.HasPrefix(t, `\r`) {
			s = t[2:]
			continue
		}
		return t
	}
}

// startsStructure reports whether s begins with something only traces have.
func startsStructure(s string) bool {
	if s == "" {
		return false
	}
	switch s[0] {
	case 'F':
		return strings.HasPrefix(s, `File "`) || strings.HasPrefix(s, `File \"`)
	case 'a':
		return strings.HasPrefix(s, "at ")
	case 'C':
		return strings.HasPrefix(s, "Caused by: ")
	case 'D':
		return strings.HasPrefix(s, "During handling of the above")
	case 'T':
		return strings.HasPrefix(s, "The above exception was") || strings.HasPrefix(s, "Traceback (most recent")
	case 'g':
		return strings.HasPrefix(s, "goroutine ")
	case 'f':
		return strings.HasPrefix(s, "from ") && strings.Contains(s[:min(len(s), 200)], ":in ")
	case '#':
		return strings.HasPrefix(s, "#0 ")
	case '-':
		return strings.HasPrefix(s, "---> ") || strings.HasPrefix(s, "--- End of")
	}
	return false
}

// appendEscaped cuts at literal \n, however many backslashes it has.
func appendEscaped(ls []line, text string, start, end int) []line {
	inJSON := strings.Contains(text[start:end], `\"`)
	for at := start; at <= end; {
		cut, next := end, end+1
		for i := at; i < end; i++ {
			if text[i] != '\\' {
				continue
			}
			j := i
			for j < end && text[j] == '\\' {
				j++
			}
			if j < end && text[j] == 'n' {
				cut, next = i, j+1
				break
			}
			i = j
		}
		if inJSON && at > start {
			if q := bareQuote(text[at:cut]); q >= 0 { // the JSON string ends here
				return append(ls, makeEscaped(text, at, at+q))
			}
		}
		ls = append(ls, makeEscaped(text, at, cut))
		at = next
	}
	return ls
}

// bareQuote returns the position of the first quote that is not escaped.
func bareQuote(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func makeEscaped(text string, start, end int) line {
	tabs := 0
	for {
		t := strings.TrimLeft(text[start:end], " ")
		if !strings.HasPrefix(t, `\t`) && !strings.HasPrefix(t, `\r`) {
			break
		}
		if t[1] == 't' {
			tabs++
		}
		start = end - len(t) + 2
	}
	l := makeLine(text, start, end)
	l.indent += 4 * tabs
	if strings.IndexByte(l.s, '\\') >= 0 {
		l.s = unescape(l.s)
	}
	return l
}

var unescaper = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\'`, `'`, `\t`, "\t", `\r`, "")

func unescape(s string) string { return strings.TrimRight(unescaper.Replace(s), " \t") }

// hasFlattenedFrames reports whether s holds more than one line of a trace
// with blanks where the line breaks were.
func hasFlattenedFrames(s string) bool {
	if len(s) < 40 {
		return false
	}
	if i := strings.Index(s, "Traceback (most recent call last):"); i >= 0 {
		return strings.Contains(s[i:], ` File "`)
	}
	frames := 0
	for at := 1; frames < 2; {
		i := strings.Index(s[at:], "at ")
		if i < 0 {
			break
		}
		at += i
		if isSpace(s[at-1]) && flattenedAt(s, at) {
			frames++
		}
		at += 3
	}
	return frames >= 2 || frames == 1 && strings.Contains(s, "\tat ")
}

// flattenedAt reports whether an "at frame" of the JVM, Node.js or .NET begins
// at s[at:], told by its place: prose says "at" too.
func flattenedAt(s string, at int) bool {
	if !strings.HasPrefix(s[at:], "at ") {
		return false
	}
	rest := s[at+3:]
	if len(rest) > 400 {
		rest = rest[:400]
	}
	for _, next := range [...]string{" at ", "\tat "} {
		if end := strings.Index(rest, next); end >= 0 {
			rest = rest[:end]
		}
	}
	return hasPlace(rest)
}

// hasPlace looks for "(File.java:12)", "(Native Method)", ":12:34" or
// ":line 12" in one frame.
func hasPlace(s string) bool {
	if strings.Contains(s, "(Native Method)") || strings.Contains(s, "(Unknown Source)") || strings.Contains(s, ":line ") {
		return true
	}
	for i := 0; i+1 < len(s); i++ {
		if s[i] == ':' && isDigit(s[i+1]) {
			j := i + 1
			for j < len(s) && isDigit(s[j]) {
				j++
			}
			if j < len(s) && s[j] == ')' {
				return true
			}
			if j+1 < len(s) && s[j] == ':' && isDigit(s[j+1]) {
				return true
			}
			i = j - 1
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// appendFlattened cuts before each marker and gives the pieces the indentation
// that they would have had.
func appendFlattened(ls []line, text string, start, end int) []line {
	from, indent, inPython := start, 0, false
	emit := func(to int) {
		if strings.TrimSpace(text[from:to]) == "" {
			from = to
			return
		}
		if indent == 2 && inPython {
			ls = appendFlatFrame(ls, text, from, to)
		} else {
			l := makeLine(text, from, to)
			if indent > 0 || len(ls) > 0 {
				l.indent = indent
			}
			ls = append(ls, l)
		}
		from = to
	}
	for i := start; i < end; i++ {
		if i > start && !isSpace(text[i-1]) {
			continue
		}
		kind, cut := flatMarker(text[start:end], i-start)
		if !cut {
			continue
		}
		emit(i)
		indent = kind
		if text[i] == 'T' {
			inPython = inPython || strings.HasPrefix(text[i:end], "Traceback")
		}
		if n := flatConnector(text[i:end]); n > 0 {
			from = i
			emit(i + n)
			indent = 0
			i += n - 1
		}
	}
	emit(end)
	return ls
}

// flatMarker reports whether a line began at s[i:], and its indentation.
func flatMarker(s string, i int) (indent int, ok bool) {
	r := s[i:]
	switch r[0] {
	case 'F':
		return 2, strings.HasPrefix(r, `File "`) && strings.Contains(r[:min(len(r), 500)], `", line `)
	case 'a':
		return 4, flattenedAt(s, i)
	case 'T', 'D', 'C':
		return 0, startsStructure(r)
	case 'S':
		return 4, strings.HasPrefix(r, "Suppressed: ")
	case '.':
		return 4, strings.HasPrefix(r, "... ") && len(r) > 4 && isDigit(r[4])
	}
	return 0, false
}

// flatConnector returns the length of the whole line that s begins with.
func flatConnector(s string) int {
	for _, c := range [...]string{
		"Traceback (most recent call last):",
		"During handling of the above exception, another exception occurred:",
		"The above exception was the direct cause of the following exception:",
	} {
		if strings.HasPrefix(s, c) {
			return len(c)
		}
	}
	return 0
}

// appendFlatFrame cuts `File "x", line 1, in f source Error: message` into the
// frame, its source line and the exception line.
func appendFlatFrame(ls []line, text string, start, end int) []line {
	s := text[start:end]
	frame := len(s)
	if i := strings.Index(s, ", in "); i >= 0 {
		frame = i + 5
		for frame < len(s) && !isSpace(s[frame]) {
			frame++
		}
	} else if i := strings.Index(s, `", line `); i >= 0 {
		frame = i + 8
		for frame < len(s) && isDigit(s[frame]) {
			frame++
		}
	}
	add := func(from, to, indent int) {
		if strings.TrimSpace(s[from:to]) != "" {
			l := makeLine(text, start+from, start+to)
			l.indent = indent
			ls = append(ls, l)
		}
	}
	add(0, frame, 2)
	exc := flatException(s, frame)
	add(frame, exc, 4)
	add(exc, len(s), 0)
	return ls
}

// flatException finds the exception that follows a source line on one line.
func flatException(s string, from int) int {
	for i := from; i < len(s); i++ {
		if !isSpace(s[i]) {
			continue
		}
		for i+1 < len(s) && isSpace(s[i+1]) {
			i++
		}
		n := typeLen(s[i+1:])
		if n == 0 || !isExceptionType(s[i+1:i+1+n]) {
			continue
		}
		if after := s[i+1+n:]; after == "" || strings.HasPrefix(after, ": ") || after == ":" {
			return i + 1
		}
	}
	return len(s)
}

// cutText returns at most n bytes of s, whole runes.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
