package stacktrace

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ExceptionLine reads one line that states an error by its type, such as
//
//	app.errors.QuotaError: bucket "acme-media" is over its quota
//	2026-01-02 03:04:05 ERROR Uncaught exception: SyntaxError: invalid syntax
//	Exception in thread "main" java.lang.IllegalStateException: no realm
//	panic: assignment to entry in nil map
//	config.rb:12:in 'load': no such key (KeyError)
//
// with or without what a logger wrote in front of it. A level word is no type:
// "ERROR: disk full" is not an exception line, "Error: disk full" is.
func ExceptionLine(line string) (typ, msg string, ok bool) {
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	line = strings.TrimRight(line, " \t\r")
	h, ok := readHead(line)
	if !ok {
		return "", "", false
	}
	return h.typ, h.msg, true
}

// head is the first line of an exception.
type head struct {
	typ, msg, code string
	at             int // where the type begins
	msgAt          int // where the message begins
	lang           string
	file           string // the place, where the line itself tells it
	line           int
	fn             string
}

// readHead finds the exception stated by s, which has no line break.
func readHead(s string) (head, bool) {
	if h, ok := readSpecialHead(s); ok {
		return h, true
	}
	at := skipLogPrefix(s)
	at += skipLead(s[at:])
	return readTyped(s, at)
}

// readTyped reads "Type: message" at s[at:].
func readTyped(s string, at int) (head, bool) {
	if at < len(s) && s[at] == '[' {
		return readBracketed(s, at)
	}
	h := head{at: at}
	n := typeLen(s[at:])
	if n == 0 {
		return h, false
	}
	h.typ = s[at : at+n]
	known := isExceptionType(h.typ)
	rest := at + n
	if known || h.typ == "error" {
		rest += skipTypeSuffix(s[rest:], &h)
	}
	switch {
	case rest == len(s):
		h.msgAt = rest
		return h, known && isBareType(h.typ)
	case s[rest] != ':' || rest+1 < len(s) && !isSpace(s[rest+1]):
		return h, false
	}
	h.msgAt = rest + 1
	for h.msgAt < len(s) && isSpace(s[h.msgAt]) {
		h.msgAt++
	}
	h.msg = s[h.msgAt:]
	return h, known || isLowerType(h.typ) && h.msg != ""
}

// readBracketed reads what Node.js prints for an error without a stack:
// "[TypeError: fetch failed] {".
func readBracketed(s string, at int) (head, bool) {
	body := strings.TrimSuffix(s[at:], " {")
	if !strings.HasSuffix(body, "]") {
		return head{}, false
	}
	h, ok := readTyped(s[:at+len(body)-1], at+1)
	h.at = at
	if ok && h.lang == "" {
		h.lang = "node"
	}
	return h, ok
}

// isLowerType holds the words that stand for a type in lower case: what
// node-postgres, git, Go and the command-line tools print.
func isLowerType(s string) bool {
	return s == "error" || s == "fatal" || s == "panic" || s == "exception"
}

// skipTypeSuffix skips what stands between a type and its colon: Node's
// " [ERR_X]", .NET's " (0x80004005)", and the generic arity "`1".
func skipTypeSuffix(s string, h *head) int {
	n := 0
	if strings.HasPrefix(s, "`") {
		for n++; n < len(s) && isDigit(s[n]); n++ {
		}
	}
	if n+2 < len(s) && s[n] == ' ' && (s[n+1] == '[' || s[n+1] == '(') {
		closing := byte(']')
		if s[n+1] == '(' {
			closing = ')'
		}
		end := strings.IndexByte(s[n:min(len(s), n+80)], closing)
		if end < 0 || end+n+1 < len(s) && s[end+n+1] != ':' {
			return n
		}
		if closing == ']' {
			if c := s[n+2 : n+end]; isCodeWord(c) {
				h.code = c
			}
		}
		n += end + 1
	}
	return n
}

// isCodeWord reports whether s is a code such as ECONNREFUSED or ERR_INVALID_ARG.
func isCodeWord(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !('A' <= c && c <= 'Z' || c == '_' || isDigit(c)) {
			return false
		}
	}
	return len(s) > 2
}

// typeLen returns the length of the class name that s begins with, as any of
// the languages writes it: a.b.C, A::B, A\B, a.B$C, a/b.C.
func typeLen(s string) int {
	if s == "" || !isLetter(s[0]) && s[0] != '_' {
		return 0
	}
	i := 0
	for i < len(s) {
		c := s[i]
		if isLetter(c) || isDigit(c) || c == '_' || c == '$' {
			i++
			continue
		}
		if (c == '.' || c == '\\' || c == '+' || c == '/') && i+1 < len(s) && (isLetter(s[i+1]) || s[i+1] == '_' || s[i+1] == '<') {
			i++
			continue
		}
		if c == ':' && i+2 < len(s) && s[i+1] == ':' && isLetter(s[i+2]) {
			i += 2
			continue
		}
		if strings.HasPrefix(s[i:], "<locals>.") { // a class defined inside a function, in Python
			i += len("<locals>.")
			continue
		}
		break
	}
	return i
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isUpper(c byte) bool  { return 'A' <= c && c <= 'Z' }

// lastPart returns the class without package, namespace or outer class.
func lastPart(typ string) string {
	if i := strings.LastIndexAny(typ, `.$:\+/`); i >= 0 {
		return typ[i+1:]
	}
	return typ
}

// isExceptionType reports whether typ is named as exceptions are.
func isExceptionType(typ string) bool {
	last := lastPart(typ)
	if last == "" || !isUpper(last[0]) {
		return false
	}
	if knownTypes[last] {
		return true
	}
	for _, suffix := range [...]string{"Error", "Exception", "Throwable", "Rejection", "Panic"} {
		if strings.HasSuffix(last, suffix) {
			return true
		}
	}
	qualified := len(last) < len(typ)
	if qualified && strings.Contains(typ, "::") {
		return isRubyType(typ, last)
	}
	for _, suffix := range [...]string{"Failure", "Fault", "Interrupt", "Abort", "Timeout", "DoesNotExist", "NotFound"} {
		if strings.HasSuffix(last, suffix) {
			return qualified || len(last) > len(suffix) && suffix != "NotFound" && suffix != "Timeout"
		}
	}
	return qualified && inErrorModule(typ[:len(typ)-len(last)])
}

// inErrorModule reports whether a package is one that holds exceptions:
// requests.exceptions.ConnectTimeout, sqlalchemy.orm.exc.NoResultFound.
func inErrorModule(pkg string) bool {
	for p := range strings.FieldsFuncSeq(pkg, func(r rune) bool { return r == '.' || r == '\\' || r == '$' || r == '/' }) {
		switch strings.ToLower(p) {
		case "exceptions", "exception", "exc", "errors", "error":
			return true
		}
	}
	return false
}

// isRubyType knows the namespaces and endings of Ruby's exceptions, which
// rarely end in Error: Errno::ECONNREFUSED, PG::ConnectionBad.
func isRubyType(typ, last string) bool {
	ns, _, _ := strings.Cut(typ, "::")
	switch ns {
	case "Errno", "PG", "ActiveRecord", "ActionController", "ActionView", "Net", "OpenSSL", "Faraday", "Mysql2", "SQLite3", "Redis":
		return true
	}
	for _, suffix := range [...]string{"Invalid", "NotFound", "NotUnique", "Timeout", "Bad", "Refused", "Missing", "Violation", "Denied", "Failed", "Unauthorized", "Forbidden", "NotSaved", "Exhausted"} {
		if strings.HasSuffix(last, suffix) {
			return true
		}
	}
	return false
}

// isBareType reports whether typ alone on a line is an exception without a
// message: "AssertionError", "java.lang.NullPointerException", but not the
// words "Error" or "Exception".
func isBareType(typ string) bool {
	last := lastPart(typ)
	return len(last) < len(typ) || last != "Error" && last != "Exception" && last != "Throwable" && last != "Panic" && last != "Abort"
}

// knownTypes are exceptions that are not named like one.
var knownTypes = map[string]bool{
	"SystemExit": true, "KeyboardInterrupt": true, "StopIteration": true, "StopAsyncIteration": true, "GeneratorExit": true,
	"HaltServer": true, "WorkerTimeout": true, "ExceptionGroup": true, "BaseExceptionGroup": true, "Http404": true,
	"MultipleObjectsReturned": true, "NoResultFound": true, "MultipleResultsFound": true, "TemplateNotFound": true,
	"TemplateDoesNotExist": true, "ImproperlyConfigured": true, "AppRegistryNotReady": true, "ObjectDoesNotExist": true,
	"ConnectionClosedOK": true, "ThreadDeath": true, "UnhandledPromiseRejection": true, "ConnectTimeout": true, "ReadTimeout": true,
	"NoBrokersAvailable": true, "WebSocketDisconnect": true, "ClientDisconnect": true, "DoesNotExist": true, "NoMatches": true,
}

// leads are the words that runtimes put before an exception. They are
// compared without case, and the exception must follow.
var leads = [...]string{
	"uncaught exception: ", "uncaught exception ", "unhandled exception: ", "unhandled exception. ", "unhandled exception at ",
	"uncaught (in promise) ", "uncaught error: ", "uncaught ", "unhandled error: ", "unhandled rejection: ", "unhandled rejection ",
	"unhandled promise rejection: ", "unhandledpromiserejectionwarning: ", "unhandledrejection: ", "uncaughtexception: ",
	"unhandled promise rejection ", "caused by: ", "wrapped by: ", "causing: ", "suppressed: ", "nested exception is ", "exception caught: ",
	"php fatal error:  uncaught ", "php fatal error: uncaught ", "fatal error: uncaught ", "caught exception: ", "error occurred: ", "last exception: ", "details: ", "---> ",
}

// skipLead skips leads, at most three in a row.
func skipLead(s string) int {
	at := 0
	for range 3 {
		n := leadLen(s[at:])
		if n == 0 {
			return at
		}
		at += n
		for at < len(s) && isSpace(s[at]) {
			at++
		}
	}
	return at
}

func leadLen(s string) int {
	if rest, ok := strings.CutPrefix(s, "Exception in thread "); ok {
		rest = strings.TrimLeft(rest, " ")
		if strings.HasPrefix(rest, `"`) {
			if i := strings.Index(rest[1:], `" `); i >= 0 {
				return len(s) - len(rest) + i + 3
			}
		}
		return 0
	}
	if strings.HasPrefix(s, "(Inner Exception #") {
		if i := strings.Index(s, ") "); i >= 0 && i < 40 {
			return i + 2
		}
	}
	for _, l := range leads {
		if len(s) >= len(l) && strings.EqualFold(s[:len(l)], l) {
			return len(l)
		}
	}
	return 0
}

// skipLogPrefix returns where the text of a log line begins: behind times,
// levels, bracket groups, thread and logger names.
func skipLogPrefix(s string) int {
	at := 0
	for at < len(s) {
		n := prefixToken(s[at:])
		if n == 0 {
			return at
		}
		at += n
	}
	return 0 // nothing but prefix: leave it alone
}

// prefixToken returns the length of one token of a log prefix, with the
// blanks behind it; 0 when the text begins here.
func prefixToken(s string) int {
	c := s[0]
	switch {
	case isSpace(c) || c == '|' || c == '>' || c == '*':
		return 1
	case c == '-' && (len(s) == 1 || s[1] == '-' || isSpace(s[1])) && !strings.HasPrefix(s, "--->"):
		return 1
	case c == ':' && (len(s) == 1 || isSpace(s[1]) || s[1] == ':'):
		return 1
	case c == 0x1b:
		return ansiLen(s)
	case c == '[':
		return groupLen(s, ']')
	case c == '(':
		return groupLen(s, ')')
	case isDigit(c):
		return stampLen(s)
	case c >= utf8.RuneSelf:
		r, n := utf8.DecodeRuneInString(s)
		if unicode.IsLetter(r) {
			return 0
		}
		return n
	}
	return wordPrefix(s)
}

func ansiLen(s string) int {
	for i := 1; i < len(s) && i < 20; i++ {
		if isLetter(s[i]) {
			return i + 1
		}
	}
	return 1
}

// groupLen measures "[…]" or "(…)", unless it holds an exception.
func groupLen(s string, closing byte) int {
	end := strings.IndexByte(s[:min(len(s), 120)], closing)
	if end < 0 || end+1 < len(s) && !isSpace(s[end+1]) && s[end+1] != ':' && s[end+1] != '[' && s[end+1] != '-' {
		return 0
	}
	body := s[1:end]
	if n := typeLen(body); n > 0 && isExceptionType(body[:n]) && (n == len(body) || strings.HasPrefix(body[n:], ": ")) {
		return 0
	}
	return end + 1
}

// stampLen measures a time, a date or a process id.
func stampLen(s string) int {
	i := 0
	for i < len(s) && (isDigit(s[i]) || strings.IndexByte(":.,-+/TZ", s[i]) >= 0) {
		i++
	}
	if i < len(s) && !isSpace(s[i]) && s[i] != '|' && s[i] != ']' {
		return 0
	}
	return i
}

// wordPrefix measures a level, or a logger or container name with the
// separator that loggers put behind it.
func wordPrefix(s string) int {
	i := 0
	for i < len(s) && (isLetter(s[i]) || isDigit(s[i]) || strings.IndexByte("_.-/$@", s[i]) >= 0) {
		i++
	}
	if i == 0 {
		return 0
	}
	word, rest := s[:i], s[i:]
	if n := klogLen(s); n > 0 {
		return n
	}
	if isUpper(word[0]) && strings.ToUpper(word) != word && !strings.HasPrefix(rest, ":") {
		// "Critical: …" is a level, "Fatal error" the beginning of a text.
	} else if levelWords[word] && (rest == "" || strings.IndexByte(" \t:|]-,", rest[0]) >= 0) {
		return i + min(1, len(rest))
	}
	if isUpper(word[0]) && isExceptionType(word) || isLowerType(word) {
		return 0
	}
	switch {
	case strings.HasPrefix(rest, " - "), strings.HasPrefix(rest, " | "):
		return i + 3
	case strings.HasPrefix(rest, " : "):
		return i + 3
	case len(rest) > 1 && rest[0] == ':' && !isSpace(rest[1]) && rest[1] != ':' && strings.ToLower(word) == word:
		return i + 1 // root:, app.main:handler:12
	case strings.HasPrefix(rest, "  |"), strings.HasPrefix(rest, "  -"):
		return i + 3
	}
	return 0
}

// klogLen measures "E0102 03:04:05.678901       1 main.go:12] ".
func klogLen(s string) int {
	if len(s) < 20 || strings.IndexByte("IWEF", s[0]) < 0 || digits(s[1:]) != 4 || s[5] != ' ' || !isDigit(s[6]) {
		return 0
	}
	if i := strings.Index(s[:min(len(s), 120)], "] "); i > 0 {
		return i + 2
	}
	return 0
}

var levelWords = map[string]bool{
	"ERROR": true, "WARN": true, "WARNING": true, "INFO": true, "DEBUG": true, "TRACE": true, "FATAL": true, "CRITICAL": true,
	"NOTICE": true, "ALERT": true, "EMERGENCY": true, "SEVERE": true, "ERR": true, "CRIT": true, "EMERG": true,
	"Critical": true, "Severe": true, "Fatal": true, "UTC": true, "AM": true, "PM": true, "E": true, "W": true, "F": true, "I": true, "D": true,
}
