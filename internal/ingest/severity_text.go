package ingest

import (
	"strings"
	"unicode/utf8"

	"logwhy/internal/logentry"
)

// levelWord reads a level name in any case.
func levelWord(s string) (logentry.Severity, bool) { return logentry.ParseSeverity(s) }

// How far into a text a level word is looked for, and behind how many items
// (times, brackets, logger names) it may stand.
const (
	headBytes = 240
	headItems = 12
)

// levelInText finds the level word that a logger printed at its usual place
// near the start of a line: "[ERROR]", "ERROR:", "2026-01-15 12:00:00 ERROR",
// "E0115 12:00:00", "level=error", "name - ERROR - text" and their like. A
// level word inside a sentence is none, and neither are "Error: …" and
// "fatal: …", which are how exceptions are printed and not levels.
func levelInText(s string) (logentry.Severity, bool) {
	if len(s) > headBytes {
		s = s[:headBytes]
	}
	s = strings.TrimLeft(s, " \t\r\n")
	if s == "" {
		return 0, false
	}
	if s[0] == '{' {
		return levelInJSON(s)
	}
	if sev, ok := toolLevel(s); ok {
		return sev, true
	}
	h := lineHead{text: s}
	for range headItems {
		sev, ok, more := h.next()
		if ok || !more {
			return sev, ok
		}
	}
	return 0, false
}

// levelInJSON finds the level of an object that was logged as text.
func levelInJSON(s string) (sev logentry.Severity, ok bool) {
	for key, v := range logentry.Value(s).Members {
		switch payloadField([]byte(key)) {
		case fieldLevel, fieldLevelName, fieldSeverity:
			text := v.Text()
			if text != "" && isDigit(text[0]) {
				return loggerNumber(wholeNumber(text))
			}
			if sev, ok = textLevel(text); ok {
				return sev, true
			}
		}
	}
	return 0, false
}

// toolLevels are the starts of lines that command line tools print.
var toolLevels = [...]struct {
	prefix string
	sev    logentry.Severity
}{
	{"npm ERR!", logentry.SeverityError},
	{"npm error ", logentry.SeverityError},
	{"npm WARN ", logentry.SeverityWarning},
	{"npm warn ", logentry.SeverityWarning},
	{"PHP Fatal error:", logentry.SeverityCritical},
	{"PHP Parse error:", logentry.SeverityCritical},
	{"PHP Warning:", logentry.SeverityWarning},
	{"PHP Notice:", logentry.SeverityNotice},
	{"PHP Deprecated:", logentry.SeverityNotice},
	{"prisma:error", logentry.SeverityError},
	{"prisma:warn", logentry.SeverityWarning},
	{"prisma:info", logentry.SeverityInfo},
}

func toolLevel(s string) (logentry.Severity, bool) {
	if !strings.HasPrefix(s, "npm ") && !strings.HasPrefix(s, "PHP ") && !strings.HasPrefix(s, "prisma:") {
		return 0, false
	}
	for _, t := range toolLevels {
		if strings.HasPrefix(s, t.prefix) {
			return t.sev, true
		}
	}
	return 0, false
}

// A lineHead steps over what loggers print before the level.
type lineHead struct {
	text  string
	at    int
	timed bool // a time was there
	group bool // a bracket was there
	named bool // something else was there: a number, a name closed by " - " or "|"
}

// next looks at one item. more is false when the head of the line is over.
func (h *lineHead) next() (sev logentry.Severity, ok, more bool) {
	h.skip(" \t-|:,#*>~")
	if h.at >= len(h.text) {
		return 0, false, false
	}
	switch c := h.text[h.at]; {
	case c == '[' || c == '(' || c == '{' || c == '<':
		return h.bracket()
	case isDigit(c):
		return 0, false, h.number()
	case c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_':
		return h.word()
	case c >= utf8.RuneSelf:
		return 0, false, h.symbol()
	}
	return 0, false, false
}

func (h *lineHead) skip(chars string) {
	for h.at < len(h.text) && strings.IndexByte(chars, h.text[h.at]) >= 0 {
		h.at++
	}
}

// symbol steps over an emoji or another character that is no letter.
func (h *lineHead) symbol() bool {
	r, n := utf8.DecodeRuneInString(h.text[h.at:])
	h.at += n
	return r >= 0x2000 && r < 0x2e80 || r >= 0xfe00 && r < 0xfe10 || r >= 0x1f000
}

// bracket reads "[…]", "(…)", "{…}", or the "<11>" with which syslog begins.
func (h *lineHead) bracket() (sev logentry.Severity, ok, more bool) {
	open := h.text[h.at]
	closing := byte(')')
	if open != '(' {
		closing = open + 2
	}
	rest := h.text[h.at+1:]
	end := strings.IndexByte(rest, closing)
	if end < 0 || end > 100 {
		return 0, false, false
	}
	if open == '<' {
		sev, ok = syslogLevel(rest[:end])
		return sev, ok && h.at == 0, false
	}
	h.at += end + 2
	h.group = true
	sev, ok = bracketLevel(strings.TrimSpace(rest[:end]))
	return sev, ok, true
}

// syslogLevel reads the number of a syslog line, facility*8 + severity, of
// which there are 192 (RFC 5424, section 6.2.1).
func syslogLevel(digits string) (logentry.Severity, bool) {
	if !isNumber(digits) || wholeNumber(digits) > 191 {
		return 0, false
	}
	return journalNumber(wholeNumber(digits) % 8)
}

// bracketLevel reads the level in a bracket: alone, behind a time, behind a
// module, or before the name of a process.
func bracketLevel(s string) (logentry.Severity, bool) {
	if sev, ok := textLevel(s); ok {
		return sev, true
	}
	if s == "" || len(s) > 80 {
		return 0, false
	}
	if i := strings.LastIndexByte(s, ':'); i > 0 && strings.IndexByte(s, ' ') < 0 && !isDigit(s[0]) {
		return textLevel(s[i+1:])
	}
	timed := isDigit(s[0])
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && strings.IndexByte(" :/|,", s[end]) < 0 {
			end++
		}
		if word := s[i:end]; isUpper(word) {
			if sev, ok := textLevel(word); ok && (timed || i == 0) {
				return sev, true
			}
			if sev, ok := shortLevel(word); ok && timed {
				return sev, true
			}
		}
		if !timed {
			return 0, false
		}
		i = end + 1
	}
	return 0, false
}

// number steps over a token that begins with a digit: a time, a process id, an
// address.
func (h *lineHead) number() bool {
	start := h.at
	for h.at < len(h.text) && strings.IndexByte(" \t|[]({<\"=", h.text[h.at]) < 0 {
		h.at++
	}
	token := h.text[start:h.at]
	if len(token) > 45 {
		return false
	}
	if strings.ContainsAny(token, ":-/") && len(token) >= 5 {
		h.timed = true
	} else {
		h.named = true
	}
	return true
}

// word reads a token that begins with a letter: the level, or something that
// may stand before it.
func (h *lineHead) word() (sev logentry.Severity, ok, more bool) {
	start := h.at
	end := start
	for end < len(h.text) && isLetter(h.text[end]) {
		end++
	}
	word, rest := h.text[start:end], h.text[end:]
	if len(word) == 1 {
		if sev, ok = letterLevel(word[0], rest); ok {
			return sev, true, true
		}
	}
	if sev, ok = h.levelHere(word, rest); ok {
		return sev, true, true
	}
	if h.timed && isZoneWord(word) || isDateWord(word, rest) {
		h.at = end
		return 0, false, true
	}
	return h.name(start)
}

// levelHere decides whether word is a level, by what stands around it.
func (h *lineHead) levelHere(word, rest string) (logentry.Severity, bool) {
	upper := isUpper(word)
	headed := h.timed || h.group
	sev, ok := textLevel(word)
	if !ok {
		switch {
		case headed && word == "LOG" && (strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, " [")):
			return logentry.SeverityInfo, true // PostgreSQL, NestJS
		case upper && h.timed && (rest == "" || rest[0] == ' '), strings.HasPrefix(rest, "["):
			return shortLevel(word)
		case strings.HasPrefix(rest, ": "):
			return consoleLevel(word)
		}
		return 0, false
	}
	switch {
	case rest == "":
		return sev, upper && headed
	case rest[0] == ':':
		return sev, upper || !isWordBeforeColon(word)
	case rest[0] == '|', strings.HasPrefix(rest, " |"), rest[0] == '\t':
		return sev, true
	case strings.HasPrefix(rest, " - "):
		return sev, upper || headed || h.named
	case !upper:
		return 0, false
	case rest[0] == '[', rest[0] == '/', rest[0] == ']':
		return sev, true
	case rest[0] != ' ':
		return 0, false
	}
	return sev, headed || !h.named && beginsLine(word, rest)
}

// beginsLine reports whether a level in capitals at the very start of a line,
// followed by a space, is one. The common ones are; "CRITICAL STARTUP FAILURE"
// and "ALERT sent" are the beginning of a sentence unless a separator follows.
func beginsLine(word, rest string) bool {
	switch word {
	case "TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "ERR", "FATAL", "SEVERE":
		return true
	}
	rest = rest[1:]
	return rest != "" && strings.IndexByte(" -|[(", rest[0]) >= 0
}

// isWordBeforeColon reports words that, not in capitals and followed by a
// colon, are no level: runtimes and tools print exceptions and traces so, and
// applications what they call an alert.
func isWordBeforeColon(word string) bool {
	switch word {
	case "Error", "Fatal", "fatal", "Trace", "Alert", "alert", "Emergency", "emergency":
		return true
	}
	return false
}

// name steps over what may stand before a level: a logger or container name
// closed by " - " or "|", a program with its process id, a key=value pair, a
// logger name behind a time.
func (h *lineHead) name(start int) (sev logentry.Severity, ok, more bool) {
	end := start
	for end < len(h.text) && strings.IndexByte(" \t=|[](){}\"'", h.text[end]) < 0 {
		end++
	}
	token, rest := h.text[start:end], h.text[end:]
	if strings.HasPrefix(rest, "=") {
		return h.pair(token, rest[1:])
	}
	if h.timed || h.group {
		if sev, ok = channelLevel(token); ok {
			return sev, true, true
		}
	}
	if !h.mayName(token, rest) {
		return 0, false, false
	}
	h.at = end
	return 0, false, true
}

// mayName reports whether token, followed by rest, is a name and not the first
// word of the message.
func (h *lineHead) mayName(token, rest string) bool {
	trimmed := strings.TrimLeft(rest, " ")
	switch {
	case strings.HasPrefix(trimmed, "- ") && trimmed != rest, strings.HasPrefix(trimmed, "|"):
		h.named = true
		return true
	case len(rest) > 1 && rest[0] == '[' && isDigit(rest[1]) && !h.group: // "program[12]: "
		return true
	}
	return h.timed && strings.ContainsAny(token, "._/:") && !strings.HasSuffix(token, ".")
}

// channelLevel reads the form of Monolog, "channel.ERROR:".
func channelLevel(token string) (logentry.Severity, bool) {
	token, colon := strings.CutSuffix(token, ":")
	i := strings.LastIndexByte(token, '.')
	if !colon || i <= 0 {
		return 0, false
	}
	return textLevel(token[i+1:])
}

// pair reads the value of key=value; the level if key names it.
func (h *lineHead) pair(key, value string) (sev logentry.Severity, ok, more bool) {
	text, n := value, len(value)
	if strings.HasPrefix(value, `"`) {
		i := strings.IndexByte(value[1:], '"')
		if i < 0 {
			return 0, false, false
		}
		text, n = value[1:i+1], i+2
	} else if i := strings.IndexAny(value, " \t"); i >= 0 {
		text, n = value[:i], i
	}
	switch key {
	case "level", "lvl", "severity", "loglevel", "log_level", "levelname", "log.level":
		sev, ok = textLevel(text)
		return sev, ok, false
	case "time", "ts", "timestamp":
		h.timed = true
	}
	h.at = len(h.text) - len(value) + n
	return 0, false, true
}

// textLevel is levelWord without the words that are levels only in a field of
// that name: in a text they are words like others.
func textLevel(word string) (logentry.Severity, bool) {
	switch word {
	case "FAIL", "fail", "Fail":
		return logentry.SeverityError, word == "FAIL"
	}
	sev, ok := levelWord(word)
	if !ok || sev == logentry.SeverityDefault {
		return 0, false
	}
	switch word[0] | 0x20 {
	case 'l': // LOG
		return 0, false
	case 'c': // CONFIG, but CRITICAL and CRIT
		return sev, word[1]|0x20 == 'r'
	case 's': // SUCCESS, SILLY, but SEVERE
		return sev, word[1]|0x20 == 'e'
	case 'f': // FINE, FINER, FINEST, FAILURE, but FATAL
		return sev, word[1]|0x20 == 'a' && word[2]|0x20 == 't'
	}
	return sev, true
}

// shortLevel reads the abbreviations of zerolog and Serilog (three letters) and
// logrus (four).
func shortLevel(word string) (logentry.Severity, bool) {
	switch word {
	case "TRC", "VRB", "DBG", "TRAC", "DEBU":
		return logentry.SeverityDebug, true
	case "INF":
		return logentry.SeverityInfo, true
	case "WRN":
		return logentry.SeverityWarning, true
	case "ERRO":
		return logentry.SeverityError, true
	case "FTL", "PNC", "FATA", "PANI":
		return logentry.SeverityCritical, true
	}
	return 0, false
}

// consoleLevel reads the abbreviations of the .NET console logger.
func consoleLevel(word string) (logentry.Severity, bool) {
	switch word {
	case "trce", "dbug":
		return logentry.SeverityDebug, true
	case "fail":
		return logentry.SeverityError, true
	}
	return 0, false
}

// letterLevel reads the one-letter levels of klog, "E0115 12:00:00.123", and of
// Ruby's Logger, "E, [2026-…".
func letterLevel(letter byte, rest string) (logentry.Severity, bool) {
	klog := len(rest) > 8 && strings.Trim(rest[:4], "0123456789") == "" && rest[4] == ' ' && isDigit(rest[5])
	if !klog && !strings.HasPrefix(rest, ", [") {
		return 0, false
	}
	switch letter {
	case 'D':
		return logentry.SeverityDebug, true
	case 'I':
		return logentry.SeverityInfo, true
	case 'W':
		return logentry.SeverityWarning, true
	case 'E':
		return logentry.SeverityError, true
	case 'F':
		return logentry.SeverityCritical, true
	}
	return 0, false
}

func isZoneWord(word string) bool {
	switch word {
	case "UTC", "GMT", "AM", "PM", "Z", "CET", "CEST", "EST", "EDT", "PST", "PDT":
		return true
	}
	return false
}

// isDateWord reports the name of a month or a weekday before a day.
func isDateWord(word, rest string) bool {
	if len(word) != 3 || !strings.Contains("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun", word) {
		return false
	}
	rest = strings.TrimLeft(rest, ", ")
	return rest != "" && (isDigit(rest[0]) || rest[0] >= 'A' && rest[0] <= 'S')
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isUpper(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return s != ""
}
