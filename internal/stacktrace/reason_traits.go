package stacktrace

import (
	"slices"
	"strings"
)

// traits is what examine finds in a text.
type traits struct {
	strong    bool // a name that stands for one thing: quoted, a path, a host, an identifier
	weak      bool // a proper name or an acronym
	condition bool // words that state a condition by themselves
	predicate bool // words that state something about an object
	limit     bool // a number that something exceeded, lasted or lacked
	outcome   bool // words with which platforms say that something ended, never why
	trouble   bool // any word of failure
	event     bool // nothing but the name of an event: "order_sync.failed"
	content   int  // words that are neither grammar nor generic
}

// maxTokens bounds the work for one text.
const maxTokens = 400

// examine looks at the words and names of a text.
func examine(s string) traits {
	var t traits
	words := make([]string, 0, 32)
	tokens := 0
	for at := 0; at < len(s) && tokens < maxTokens; {
		c := s[at]
		if isBreak(c) {
			at++
			continue
		}
		if q := c; (q == '"' || q == '\'' || q == '`') && opensQuote(s, at) {
			if end := closingMark(s, at+1, q); end > 0 {
				words = t.quoted(s[at+1:end], words)
				at = end + 1
				tokens++
				continue
			}
		}
		end := at
		for end < len(s) && !isBreak(s[end]) && !(end > at && (s[end] == '"' || s[end] == '`')) {
			end++
		}
		if end == at {
			end++
		}
		words = t.token(s[at:end], words)
		at = end
		tokens++
	}
	t.event = t.strong && tokens == 1 && strings.ContainsAny(s, "._") && !strings.ContainsAny(s, " /\"'")
	t.phrases(words)
	return t
}

func isBreak(c byte) bool {
	return isSpace(c) || c == ',' || c == ';' || c == '(' || c == ')' || c == '{' || c == '}' || c == '<' || c == '>' || c == '|'
}

func opensQuote(s string, at int) bool {
	return s[at] != '\'' || at == 0 || !(isLetter(s[at-1]) || isDigit(s[at-1]))
}

// quoted takes a quoted text: a name, or a sentence that is read on.
func (t *traits) quoted(q string, words []string) []string {
	trimmed := strings.TrimSpace(q)
	if trimmed == "" {
		return append(words, `""`)
	}
	if strings.Count(trimmed, " ") >= 2 {
		for w := range strings.FieldsSeq(trimmed) {
			if len(words) < maxTokens {
				words = t.token(w, words)
			}
		}
		return words
	}
	l := strings.ToLower(trimmed)
	if !genericWords[l] && !statusTexts[l] && !isRandomID(trimmed) {
		t.strong = true
	}
	return append(words, `""`)
}

// token takes one word.
func (t *traits) token(w string, words []string) []string {
	if i := strings.IndexByte(w, '='); i > 0 && i+1 < len(w) && !strings.HasPrefix(w, "--") { // key=value
		return t.keyValue(w[:i], w[i+1:], words)
	}
	w = strings.Trim(w, ".,:;!?'’\"`*#")
	if w == "" {
		return words
	}
	l := strings.ToLower(w)
	switch {
	case isRandomID(w):
		return append(words, "#id")
	case isNumber(w):
		return append(words, "#"+unitOf(l))
	case isErrno(w):
		t.condition = true
	case genericNames[w]:
	case isName(w, words):
		t.strong = true
	case isProper(w):
		t.weak = true
	}
	return append(words, strings.Trim(l, "[]"))
}

// keyValue takes "host=db" and "JWT=REDACTED": what was taken out of a text
// is no name.
func (t *traits) keyValue(key, value string, words []string) []string {
	value = strings.Trim(value, ".,:;!?'\"`[]")
	l := strings.ToLower(value)
	if strings.Contains(value, "REDACTED") || strings.Trim(value, "*x") == "" {
		return append(words, "token")
	}
	if l != "none" && l != "null" && !isRandomID(value) && !isNumber(value) && len(value) > 1 && !genericWords[l] {
		t.strong = t.strong || strings.ContainsAny(value, "._-/:") || isName(value, nil)
	}
	return append(words, strings.ToLower(strings.Trim(key, "[]'\"")), l)
}

// isRandomID reports whether w is an id that was made up for one occasion: a
// UUID, a hash, an address, "req_2f94". It says who, never why.
func isRandomID(w string) bool {
	if strings.HasPrefix(w, "0x") {
		return true
	}
	if i := strings.IndexByte(w, ':'); i > 0 && i < 8 && hexRun(w[i+1:]) >= 16 { // sha256:…
		return true
	}
	if len(w) == 36 && strings.Count(w, "-") == 4 {
		return true
	}
	for part := range strings.FieldsFuncSeq(w, func(r rune) bool { return r == '_' || r == '-' || r == '/' }) {
		if n := hexRun(part); n == len(part) && n >= 8 && strings.ContainsAny(part, "0123456789") && strings.ContainsAny(part, "abcdefABCDEF") {
			return !strings.ContainsAny(w, "/.")
		}
	}
	return false
}

func hexRun(s string) int {
	i := 0
	for i < len(s) && (isDigit(s[i]) || 'a' <= s[i]|0x20 && s[i]|0x20 <= 'f') {
		i++
	}
	return i
}

// isNumber reads "25.0s", "5,000", "30000ms", "[5]", "100%", "512MiB".
func isNumber(w string) bool {
	w = strings.Trim(w, "[]+-~%")
	n := 0
	for n < len(w) && (isDigit(w[n]) || (w[n] == '.' || w[n] == ',') && n > 0) {
		n++
	}
	return n > 0 && isDigit(w[0]) && len(w)-n <= 4 && strings.Trim(strings.ToLower(w[n:]), "abcdefghijklmnopqrstuvwxyz%") == "" && strings.Count(w[:n], ".") <= 1
}

// unitOf returns the unit of a number, "" without.
func unitOf(l string) string { return strings.Trim(l, "0123456789.,[]+-~") }

// isErrno reads ECONNREFUSED, ERR_MODULE_NOT_FOUND, ORA-00942, SQLSTATE[42P01],
// P1012 and the like: codes that stand for one condition each.
func isErrno(w string) bool {
	w = strings.Trim(w, "[]")
	if errnoNames[w] {
		return true
	}
	if strings.HasPrefix(w, "ERR_") || strings.HasPrefix(w, "SQLSTATE[") || strings.HasPrefix(w, "ER_") {
		return len(w) > 6
	}
	if len(w) > 4 && strings.HasPrefix(w, "ORA-") && isDigit(w[4]) {
		return true
	}
	return len(w) == 5 && (w[0] == 'P' || w[0] == 'E') && digits(w[1:]) == 4
}

// isName reports whether w names one thing by its form. before are the words
// in front of it: a link behind "see" names no cause.
func isName(w string, before []string) bool {
	if strings.Contains(w, "://") {
		return !isAdvice(before)
	}
	switch {
	case strings.HasPrefix(w, "/") && len(w) > 2, strings.HasPrefix(w, "./"), strings.HasPrefix(w, "~/"):
		return !isAdvice(before)
	case strings.HasPrefix(w, "--") && len(w) > 4, strings.HasPrefix(w, "@") && strings.Contains(w, "/"), strings.HasPrefix(w, "$") && len(w) > 2:
		return true
	case strings.Contains(w, `:\`), strings.Contains(w, "->"), strings.Contains(w, "::") && len(w) > 4:
		return true
	}
	return isCompound(w)
}

// isAdvice reports whether the words before a link make it a pointer to help.
func isAdvice(before []string) bool {
	for i := len(before) - 1; i >= 0 && i >= len(before)-4; i-- {
		switch before[i] {
		case "see", "visit", "read", "information", "info", "details", "docs", "documentation", "more", "background", "help", "refer", "report", "troubleshooting":
			return true
		}
	}
	return false
}

// isCompound reads identifiers: snake_case, lowerCamel, a.b.c, f(), env[5],
// host:port, file.py, models/x-1.
func isCompound(w string) bool {
	letters, lower, humps, digitsSeen := 0, 0, 0, 0
	inner := byte(0)
	for i := 0; i < len(w); i++ {
		switch c := w[i]; {
		case isLetter(c):
			letters++
			if !isUpper(c) {
				lower++
			} else if i > 0 && isLetter(w[i-1]) && !isUpper(w[i-1]) {
				humps++
			}
		case isDigit(c):
			digitsSeen++
		case c == '_' || c == '.' || c == ':' || c == '[' || c == '@' || c == '\\' || c == '/':
			if i > 0 && i+1 < len(w) {
				inner = better(inner, c)
			}
		}
	}
	switch {
	case isDottedNumber(w):
		return strings.Count(w, ".") == 3 // an IP address
	case letters < 2:
		return false
	case inner == '_':
		return true
	case inner == '.':
		return !abbreviation(w)
	case inner == ':':
		i := strings.IndexByte(w, ':')
		return digits(w[i+1:]) > 0 || strings.Count(w, ":") > 1
	case inner == '[' || inner == '@' || inner == '\\':
		return lower > 0 || inner == '@'
	case inner == '/':
		return digitsSeen > 0 || strings.Count(w, "/") > 1 || strings.Contains(w, "-") || isUpper(w[0]) && lower == 0 && w != "I/O" && w != "N/A" && w != "TCP/IP"
	}
	return humps > 0 && !isUpper(w[0]) && len(w) > 3
}

// better prefers the mark that tells most about a name.
func better(a, b byte) byte {
	const order = "_.:[@\\/"
	if a == 0 || strings.IndexByte(order, b) < strings.IndexByte(order, a) {
		return b
	}
	return a
}

func isDottedNumber(w string) bool {
	host, _, _ := strings.Cut(w, ":")
	return strings.Trim(host, "0123456789.") == "" && strings.IndexByte(host, '.') > 0
}

// abbreviation reads "e.g", "i.e", "U.S", "vs.the": dots that make no name.
func abbreviation(w string) bool {
	for p := range strings.SplitSeq(w, ".") {
		if len(p) > 1 {
			return strings.Count(w, ".") == 1 && isUpper(w[strings.IndexByte(w, '.')+1]) && !isUpper(w[0]) // "done.Then"
		}
	}
	return true
}

// isProper reads CamelCase and acronyms: the names of products and classes.
func isProper(w string) bool {
	upper, lower := 0, 0
	for i := 0; i < len(w); i++ {
		if isUpper(w[i]) {
			upper++
		} else if isLetter(w[i]) {
			lower++
		}
	}
	return upper >= 2 && (lower > 0 && isUpper(w[0]) || lower == 0) && len(w) > 2 && !levelWords[w]
}

// phrases matches the words against what is known, and counts those that
// carry meaning.
func (t *traits) phrases(words []string) {
	for i := 0; i < len(words); {
		w := words[i]
		kind, n := longestPhrase(words[i:])
		switch kind {
		case phraseCondition:
			t.condition, t.trouble = true, true
		case phrasePredicate:
			t.predicate, t.trouble = true, true
		case phraseOutcome:
			t.outcome, t.trouble = true, true
		case phraseBecause:
			t.trouble = true
			t.predicate = t.predicate || slices.ContainsFunc(words[i+n:], telling)
		case phraseEmpty:
			t.trouble = true
			// "invalid token" says nothing, "invalid token audience" does.
			if next := i + n; w == "invalid" && next < len(words) && telling(words[next]) {
				t.predicate = true
			}
		default:
			n = 1
			t.trouble = t.trouble || troubleWord(w)
			t.predicate = t.predicate || t.content > 0 && denied(words[i:])
			t.count(words, i)
		}
		i += n
	}
}

// denied reports whether words say of what stands before them what it is not:
// "is not balanced", "does not match the invoice".
func denied(words []string) bool {
	if len(words) < 3 || !auxiliary[words[0]] || words[1] != "not" {
		return false
	}
	return telling(words[2]) || len(words) > 3 && small[words[2]] && telling(words[3])
}

// small are the words that may stand before what is denied: "is not in table
// road", "is not a member of the group".
var small = wordSet(`in on at of for from with within a an the part`)

var auxiliary = wordSet(`is are was were does do did has have had can could may`)

// count takes a word that begins no phrase.
func (t *traits) count(words []string, i int) {
	w := words[i]
	if strings.HasPrefix(w, "#") {
		t.limit = t.limit || w != "#id" && limitAround(words, i)
		return
	}
	if telling(w) {
		t.content++
	}
}

// telling reports whether a word is neither grammar nor generic.
func telling(w string) bool {
	return len(w) >= 3 && w[0] != '#' && w != `""` && !grammar[w] && !genericWords[w] && !troubleWord(w)
}

// limitAround reports whether a number stands near a word of measure.
func limitAround(words []string, i int) bool {
	if u := words[i]; len(u) > 1 && i > 0 { // a number with a unit, behind a word of time
		if j := max(0, i-4); anyOf(words[j:i], measureWords) {
			return true
		}
	}
	j, k := max(0, i-3), min(len(words), i+4)
	return anyOf(words[j:k], limitWords)
}

func anyOf(words []string, set map[string]bool) bool {
	for _, w := range words {
		if set[w] {
			return true
		}
	}
	return false
}

// troubleWord reports whether w is a word of failure.
func troubleWord(w string) bool {
	if troubleWords[w] || strings.HasSuffix(w, "n't") || strings.HasSuffix(w, "n’t") || strings.HasSuffix(w, "error") || strings.HasSuffix(w, "exception") {
		return true
	}
	for _, p := range [...]string{"fail", "crash", "abort", "corrupt", "violat", "exceed", "reject", "refus", "unexpect", "unresolv", "unsupport", "unreach", "unavail", "unhandl", "unrecogn", "mismatch", "error"} {
		if strings.HasPrefix(w, p) {
			return true
		}
	}
	return false
}
