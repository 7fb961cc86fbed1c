package verify

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// A needle is a text that a report quotes. Where the report cut it ("…"),
// replaced what is secret ([email:3]) or what varies (<id>), the parts between
// must stand in an entry in that order.
type needle struct {
	text  string
	parts []string // nil where text is whole
	raw   []byte   // text as it stands inside JSON
}

// blankRE finds what stands for something else in a quoted text.
var blankRE = regexp.MustCompile(`…|\[\.\.\.\]|\.\.\.|\[[a-z][a-z0-9_-]*:[0-9a-f]+\]|<[a-zA-Z][\w -]*>|\*{3,}|\[?REDACTED\]?`)

func newNeedle(text string) needle {
	n := needle{text: text}
	if b, err := json.Marshal(text); err == nil {
		n.raw = b[1 : len(b)-1]
	}
	var parts []string
	for _, p := range blankRE.Split(text, -1) {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 || len(parts) == 1 && parts[0] == text {
		return n
	}
	n.parts = parts
	return n
}

// flat brings text on one line, as reports quote it.
func flat(s string) string { return incident.Clip(s, 1<<30) }

// in says whether an entry, whose flat text is given, holds the needle.
func (n *needle) in(text string, e *logentry.Entry) bool {
	if strings.Contains(text, n.text) || n.parts != nil && inOrder(text, n.parts) {
		return true
	}
	return len(n.raw) >= 16 && bytes.Contains(e.Raw, n.raw) // a field beside the message
}

func inOrder(text string, parts []string) bool {
	for _, p := range parts {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return true
}

var (
	levelRE  = regexp.MustCompile(`^[\[(|]?\s*(DEFAULT|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|ALERT|EMERGENCY)\b[\])|]?(?:\s*[:|-])?\s+`)
	failRE   = regexp.MustCompile(`(?i)\b\w*(?:errors?|exceptions?|panic|fatal|failed|failures?|denied|refused|timed out|timeout|crashed|does not exist|no such|not found|unable to)\b|HTTP [45]\d\d|\b(?:GET|POST|PUT|PATCH|DELETE) \S+ [45]\d\d\b`)
	codeRE   = regexp.MustCompile(`\(\)|[{};]|\s=\s|==|=>|->|^\s*(?:#|//|--|\$ )|\b(?:def|import|return|SELECT|except|raise|logger|console)\b|^[0-9a-f]{7,40}\b|^(?:git|gcloud|kubectl|python3?|curl|grep|npm|docker|logwhy|psql|make|go|pip|terraform)\b|^(?:fix|feat|chore|docs)(?:\(\w+\))?:`)
	hashOnly = regexp.MustCompile(`^[\w./:@-]*$`)
)

// logLike says whether text reads like a log line, so that a report that
// quotes it must have it from somewhere: it says that something failed, in
// several words, and is no code.
func logLike(text string) bool {
	return len(strings.Fields(text)) >= 3 && failRE.MatchString(text) && !codeRE.MatchString(text)
}

// quotable says whether a text is long enough to be looked for.
func quotable(text string) bool {
	return len(text) >= 6 && strings.IndexFunc(text, isLetter) >= 0 && !(hashOnly.MatchString(text) && len(text) < 10)
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127 }

// quotedEntry is a log line as a report quotes it.
type quotedEntry struct {
	at    *clock
	level string
	text  string // without time and level
	whole string // without time
}

// quotedLine says whether a line begins with a day and a time, as log lines do.
func quotedLine(s string) bool {
	m := clockRE.FindStringSubmatchIndex(s)
	return m != nil && m[2] >= 0 && m[0] <= 3 && strings.Trim(s[:m[0]], "`-*[> ") == "" && len(s) > m[1]+8 && (m[8] >= 0)
}

// splitQuote takes a quoted line apart.
func splitQuote(s string) quotedEntry {
	q := quotedEntry{}
	s = strings.TrimSpace(strings.TrimLeft(s, "> "))
	if m := clockRE.FindStringSubmatchIndex(s); m != nil && strings.Trim(s[:m[0]], "[-*` ") == "" && m[8] >= 0 {
		if c, ok := clockAt(s, m); ok {
			q.at = &c
			s = strings.TrimLeft(s[m[1]:], "],|:- \t")
		}
	}
	q.whole = flat(s)
	q.text = q.whole
	if m := levelRE.FindStringSubmatch(q.whole); m != nil {
		q.level, q.text = m[1], q.whole[len(m[0]):]
	}
	return q
}
