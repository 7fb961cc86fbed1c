package correlate

import (
	"fmt"
	"strings"

	"logwhy/internal/stacktrace"
)

// patternOf returns the id and the template of an error that no signature
// recognises. The id hashes a masked key that does not depend on other data:
// the last exception with the top frames of the user's own code for traces,
// else the first line of the message with its variable parts masked.
func patternOf(text string) (id, template string) {
	tr, ok := stacktrace.Trace{}, false
	if len(text) < 64<<10 && hasExceptionMark(text) {
		tr, ok = stacktrace.Parse(text)
	}
	if ok && len(tr.Chain) > 0 && tr.Raised().Type != "" {
		ex := tr.Raised()
		template = ex.Type + ": " + mask(firstLine(ex.Message))
		key := template
		for _, f := range userFrames(ex.Frames, 2) {
			key += "\x00" + f.File + "\x00" + f.Function
		}
		return patternID(key), template
	}
	template = mask(firstLine(text))
	return patternID(template), template
}

func hasExceptionMark(text string) bool {
	for _, m := range exceptionMarks {
		if strings.Contains(text, m) {
			return true
		}
	}
	return false
}

func patternID(key string) string { return fmt.Sprintf("pattern:%016x", hash64("p", key)) }

// userFrames returns the last n frames of the user's own code.
func userFrames(frames []stacktrace.Frame, n int) []stacktrace.Frame {
	var out []stacktrace.Frame
	for i := len(frames) - 1; i >= 0 && len(out) < n; i-- {
		if frames[i].User {
			out = append(out, frames[i])
		}
	}
	return out
}

func firstLine(s string) string {
	s = strings.TrimLeft(s, " \t\r\n")
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	if len(s) > 600 {
		s = s[:600]
	}
	return strings.TrimRight(s, " \t\r")
}

// mask replaces what varies from one occurrence to the next: ids, numbers that
// carry no name, times, addresses, quoted values. Words stay, and so do codes
// with a name (status 503, exit code 3, errno 111): they tell failures apart.
func mask(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	prev := ""
	for s != "" {
		i := 0
		for i < len(s) && isDelimiter(s[i]) {
			b.WriteByte(s[i])
			i++
		}
		s = s[i:]
		j := 0
		for j < len(s) && !isDelimiter(s[j]) {
			j++
		}
		if j == 0 {
			break
		}
		word := s[:j]
		b.WriteString(maskWord(word, prev))
		prev = word
		s = s[j:]
	}
	return b.String()
}

func isDelimiter(c byte) bool {
	switch c {
	case ' ', '\t', ',', ';', '(', ')', '[', ']', '{', '}', '"', '\'', '`', '=', '<', '>', '|', '/', '?', '&', ':':
		return true
	}
	return false
}

// codeNames precede numbers that name a condition.
var codeNames = map[string]bool{
	"status": true, "code": true, "errno": true, "exit": true, "error": true, "http": true, "line": true, "close": true,
	"statuscode": true, "exited": true, "signal": true, "sqlstate": true, "port": true, "returned": true,
}

func maskWord(w, prev string) string {
	digits, letters, hex := 0, 0, true
	for i := 0; i < len(w); i++ {
		c := w[i]
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			letters++
			if c|0x20 > 'f' {
				hex = false
			}
		case c == '-' || c == '_' || c == '.' || c == '+':
		default:
			hex = false
		}
	}
	switch {
	case digits == 0:
		return w
	case letters == 0:
		if codeNames[strings.ToLower(strings.Trim(prev, ".:"))] && digits <= 5 {
			return w
		}
		return "*"
	case hex && digits+letters >= 8:
		return "*"
	case digits >= 4, digits*2 > letters && digits+letters >= 6:
		return "*"
	}
	return w
}
