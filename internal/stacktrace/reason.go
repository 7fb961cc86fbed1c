package stacktrace

import "strings"

// maxReason bounds how much of a text IsReason looks at.
const maxReason = 4 << 10

// IsReason reports whether a text says why something failed: it names a
// concrete object (an identifier, a quoted name, a path, a host, a column, a
// limit, an errno) or a concrete condition ("no space left on device").
//
// It is false for a text that only says that something failed: "Internal
// Server Error", "Health check failed", "403: Not authenticated", for the
// exceptions by which process managers stop, for exit codes and bare statuses,
// and for a text that ends in a colon or was cut off. A 4xx of an upstream
// counts as a reason where its number says what the matter is (429), or where
// a client library reports it as the answer to a request.
//
// It judges what the text says, not whether it is true, and not whether the
// event is an error at all. Of a wrapped error the innermost part decides.
func IsReason(text string) bool {
	text = strings.TrimSpace(cutText(text, maxText))
	if text == "" {
		return false
	}
	if t, ok := Parse(text); ok {
		e := t.Innermost()
		msg := cutText(e.Message, maxReason)
		if e.Code != "" && !strings.Contains(msg, e.Code) {
			msg = strings.TrimSpace(msg + " " + e.Code)
		}
		return reasonIn(e.Type, msg, true)
	}
	text = cutText(text, maxReason)
	return reasonIn("", text[skipLogPrefix(text):], false)
}

// reasonIn judges the innermost part of a text; trouble is true when it is
// known to tell of a failure.
func reasonIn(typ, s string, trouble bool) bool {
	if typ != "" && processExceptions[lastPart(typ)] {
		return false
	}
	trouble = trouble || examine(s).trouble
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "{") { // a line of JSON, perhaps cut
		if p, ok := messageValue(s, part{end: len(s)}); ok {
			s = strings.TrimSpace(s[p.start:p.end])
		}
	}
	if s != "" && wasCut(s) {
		s = wholeSentences(s)
	}
	ps := unwrap(s)
	if p := ps[len(ps)-1]; len(ps) > 1 || p.typ != "" {
		s = strings.TrimSpace(s[p.msgStart:p.end])
		if p.typ != "" {
			typ = p.typ
		}
		if s != "" && wasCut(s) {
			s = wholeSentences(s)
		}
	}
	if typ != "" && processExceptions[lastPart(typ)] {
		return false
	}
	if s == "" {
		return bareTypeReason(typ)
	}
	if s = withoutGuesses(s); s == "" {
		return false
	}
	if v, decided := statusReason(s); decided {
		return v
	}
	return examine(s).reason(typ, trouble)
}

func (t traits) reason(typ string, trouble bool) bool {
	switch {
	case t.outcome:
		return false
	case t.condition:
		return true
	case tellingTypes[lastPart(typ)] && (t.content > 0 || t.strong):
		return true
	case t.event || !trouble:
		return false
	}
	if n := examine(typeWords(typ)); n.condition || n.predicate && n.content > 0 {
		return true
	}
	return t.strong || t.limit || t.predicate && (t.weak || t.content > 0)
}

// bareTypeReason reports whether a type without a message says enough:
// OutOfMemoryError, ECONNREFUSED.
func bareTypeReason(typ string) bool {
	last := lastPart(typ)
	if last == "" {
		return false
	}
	return examine(typeWords(typ)).condition || tellingBare[last]
}

// typeWords returns the words of a class name, without what makes it an
// exception: "connection refused" of ConnectionRefusedError.
func typeWords(typ string) string {
	last := strings.TrimSuffix(lastPart(typ), "Exception")
	return spaceWords(strings.TrimSuffix(last, "Error"))
}

// spaceWords turns CamelCase into words.
func spaceWords(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i > 0 && isUpper(s[i]) && !isUpper(s[i-1]) {
			b.WriteByte(' ')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// withoutGuesses takes out the sentences in which a program guesses: "Table
// might be missing." What stands in brackets is left alone: services add "(or
// it may not exist)" to what they know.
func withoutGuesses(s string) string {
	if !guesses(s) {
		return s
	}
	var kept []string
	for part := range strings.SplitSeq(s, ". ") {
		if !guesses(part) {
			kept = append(kept, part)
		}
	}
	return strings.TrimSpace(strings.Join(kept, ". "))
}

func guesses(s string) bool {
	depth, l := 0, strings.ToLower(s)
	for i := 0; i < len(l); i++ {
		switch l[i] {
		case '(':
			depth++
		case ')':
			depth = max(0, depth-1)
		case 'm', 'p', 'c':
			if depth > 0 || i > 0 && isLetter(l[i-1]) {
				continue
			}
			for _, w := range guessWords {
				if strings.HasPrefix(l[i:], w) {
					return true
				}
			}
		}
	}
	return false
}

// guessWords begin what a program does not know.
var guessWords = []string{"might be", "might have", "maybe ", "may be missing", "may have been", "perhaps ", "possibly ", "probably ", "could be due", "could be caused"}

// wholeSentences returns the part of a text that was cut off for which that
// makes no difference: the sentences in front of the last one.
func wholeSentences(s string) string {
	s = strings.TrimRight(s, ".… :=([{")
	if i := openQuoteAt(s); i >= 0 {
		s = s[:i]
	}
	end := strings.LastIndex(s, ". ")
	if i := strings.LastIndexByte(s, '\n'); i > end {
		end = i
	}
	if end < 0 {
		return ""
	}
	s = strings.TrimSpace(s[:end])
	if s != "" && wasCut(s) {
		return ""
	}
	return s
}

// processExceptions end a process or a task because somebody asked for it, or
// report that a worker did; they are never the reason.
var processExceptions = map[string]bool{
	"HaltServer": true, "StopIteration": true, "StopAsyncIteration": true, "SystemExit": true, "CancelledError": true,
	"KeyboardInterrupt": true, "GeneratorExit": true, "WorkerTimeout": true, "InterruptedException": true, "CancellationException": true,
	"JobCancellationException": true, "TaskCanceledException": true, "OperationCanceledException": true, "ThreadDeath": true,
	"SignalException": true, "Interrupt": true, "UnhandledPromiseRejection": true, "WorkerLostError": true,
}

// tellingBare are types that say what the matter is without any message.
var tellingBare = wordSet(`OutOfMemoryError MemoryError StackOverflowError StackOverflowException RecursionError ZeroDivisionError
DivideByZeroException OutOfMemoryException OverflowError BrokenPipeError ConnectionRefusedError ConnectionResetError DeadlockLoserDataAccessException`)

// tellingTypes say by their name what the matter is, so that any message of
// theirs completes a reason.
var tellingTypes = map[string]bool{
	"SyntaxError": true, "IndentationError": true, "TabError": true, "KeyError": true, "NameError": true, "AttributeError": true,
	"ImportError": true, "ModuleNotFoundError": true, "FileNotFoundError": true, "ReferenceError": true, "UnboundLocalError": true,
	"IndexError": true, "ZeroDivisionError": true, "RecursionError": true, "UnicodeDecodeError": true, "UnicodeEncodeError": true,
	"NotImplementedError": true, "ArrayIndexOutOfBoundsException": true, "StringIndexOutOfBoundsException": true,
	"IndexOutOfBoundsException": true, "ClassNotFoundException": true, "NoClassDefFoundError": true, "NoSuchMethodError": true,
	"NoSuchFieldError": true, "ClassCastException": true, "NumberFormatException": true, "ArithmeticException": true,
	"UnsatisfiedLinkError": true, "UnsupportedClassVersionError": true, "NoMethodError": true, "LoadError": true, "ParseError": true,
	"UnknownHostException": true, "FileNotFoundException": true, "NoSuchFileException": true, "KeyNotFoundException": true,
	"UndefinedFunctionError": true, "FunctionClauseError": true, "MatchError": true, "DivideByZeroException": true,
	"ImproperlyConfigured": true, "TemplateNotFound": true, "TemplateDoesNotExist": true, "DoesNotExist": true,
}

// IsDefect reports whether an exception type tells by its name that the code is
// wrong or was given what it does not expect: IndexError, KeyError, TypeError,
// NullPointerException. Such an exception is its own reason where its place in
// the code is known.
func IsDefect(typ string) bool {
	last := lastPart(typ)
	return tellingTypes[last] || defectTypes[last]
}

// defectTypes are defects whose name alone, without a place, says too little.
var defectTypes = wordSet(`TypeError AssertionError ValueError LookupError RuntimeException NullPointerException NullReferenceException
IllegalArgumentException IllegalStateException ArgumentException ArgumentNullException InvalidCastException InvalidOperationException
AssertionFailedError RangeError NoSuchElementException ConcurrentModificationException NegativeArraySizeException ArgumentError
FrozenError FiberError ArithmeticError BadMatchError CaseClauseError`)

// wasCut reports whether a text was cut off, or leads to something that is
// not in it.
func wasCut(s string) bool {
	switch {
	case strings.HasSuffix(s, ":") || strings.HasSuffix(s, "=") || strings.HasSuffix(s, "[truncated]"):
		return true
	case strings.HasSuffix(s, "…"):
		return !ongoing(s)
	case strings.HasSuffix(s, "..."):
		return !ongoing(s)
	}
	if c := s[len(s)-1]; (c == '(' || c == '{' || c == '[') && !strings.HasSuffix(s, "'"+s[len(s)-1:]) {
		return true
	}
	return openQuoteAt(s) >= 0
}

// ongoing reports whether a text that ends in dots does so because it tells
// what happens next: "Timeout connecting to db. Retrying...".
func ongoing(s string) bool {
	s = strings.TrimRight(s, ".… ")
	i := strings.LastIndexAny(s, ".,;:!-–")
	first, _, _ := strings.Cut(strings.TrimSpace(s[i+1:]), " ")
	return strings.HasSuffix(first, "ing") || strings.EqualFold(first, "will") || strings.EqualFold(first, "retry")
}

// openQuoteAt returns where the quoted name begins in which the text ends, -1
// when there is none.
func openQuoteAt(s string) int {
	for i := 0; i < len(s); i++ {
		q := s[i]
		if q != '"' && q != '`' && q != '\'' {
			continue
		}
		if q == '\'' && i > 0 && strings.IndexByte(" ([{=:,\n\t<", s[i-1]) < 0 {
			continue // an apostrophe
		}
		if rest := s[i:]; rest == `"""` || strings.HasPrefix(rest, `"'"`) {
			return -1 // a quoted quote
		}
		end := closingMark(s, i+1, q)
		if end >= 0 {
			i = end
			continue
		}
		if q == '\'' && (i+1 == len(s) || isSpace(s[i+1]) || strings.IndexByte(s[i+1:], ' ') >= 0) {
			continue // an elision: 'til, 'em
		}
		return i
	}
	return -1
}

// closingMark is closingQuote over line breaks: names may end in one.
func closingMark(s string, from int, q byte) int {
	for i := from; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == q:
			if q == '\'' && i+1 < len(s) && isLetter(s[i+1]) && i > from && isLetter(s[i-1]) {
				continue
			}
			return i
		}
	}
	return -1
}

// statusReason decides the texts that are little more than a status: HTTP,
// gRPC, exit codes.
func statusReason(s string) (reason, decided bool) {
	l := strings.ToLower(strings.TrimRight(s, ". "))
	if i := strings.Index(l, "request failed with status code "); i >= 0 { // axios
		code := l[i+32:]
		return strings.HasPrefix(code, "4") && !strings.HasPrefix(code, "400"), true // a bare 400 says nothing
	}
	if i := strings.LastIndex(l, ": "); i > 0 && strings.IndexByte(l[:i], ' ') < 0 && !strings.ContainsAny(l[:i], `/"'`) { // label: 403: text
		if _, code := cutStatus(l[:i]); code == 0 {
			l = strings.TrimSpace(l[i+2:])
		}
	} else if j := strings.Index(l, ": "); j > 0 && i > j && strings.IndexByte(l[:j], ' ') < 0 && digits(l[j+2:]) == 3 {
		l = l[j+2:]
	}
	if isAccessLine(s) {
		return false, true
	}
	rest, code := cutStatus(l)
	if code == 0 {
		return false, grpcOnly(l)
	}
	if telling := tellingStatus(code); rest == "" || statusTexts[rest] {
		return telling, true
	}
	return false, false
}

// tellingStatus are the statuses whose number says what the matter is: a
// payment, a size, a rate.
func tellingStatus(code int) bool {
	return code == 402 || code == 413 || code == 429 || code == 431 || code == 507
}

// cutStatus takes "http 503", "status 503:", "error 403:" or "503" off the
// front of a lower-case text.
func cutStatus(l string) (rest string, code int) {
	for _, lead := range [...]string{"http error ", "http/1.1 ", "http status ", "http ", "status code ", "status: ", "status=", "status ", "error code: ", "error ", "code "} {
		if r, ok := strings.CutPrefix(l, lead); ok {
			l = r
			break
		}
	}
	if digits(l) != 3 || l[0] < '1' || l[0] > '5' {
		return l, 0
	}
	return strings.Trim(l[3:], " :-.()'\""), atoi(l[:3])
}

// grpcOnly reports whether a text is a gRPC status without a description.
func grpcOnly(l string) bool {
	l = strings.TrimPrefix(l, "rpc error: ")
	if r, ok := strings.CutPrefix(l, "code = "); ok {
		return strings.IndexByte(r, ' ') < 0 || strings.HasSuffix(r, "desc =")
	}
	l = strings.TrimLeft(l, "0123456789 ")
	name, rest, _ := strings.Cut(l, ":")
	return statusTexts[strings.ReplaceAll(name, "_", " ")] && strings.TrimSpace(rest) == "" && strings.IndexByte(name, '_') > 0
}

// isAccessLine reads what access logs print: "POST /api/orders 500",
// `"GET /ws HTTP/1.1" 403`.
func isAccessLine(s string) bool {
	s = strings.TrimSpace(s[skipLogPrefix(s):])
	if i := strings.IndexByte(s[:min(len(s), 80)], '"'); i >= 0 && strings.Contains(s, ` HTTP/`) {
		s = s[i+1:]
	}
	if r, ok := strings.CutPrefix(s, "HTTP "); ok && digits(r) == 3 {
		s = strings.TrimLeft(r[3:], " ")
	}
	method, rest, ok := strings.Cut(s, " ")
	if !ok || !httpMethods[method] {
		return false
	}
	path, rest, _ := strings.Cut(rest, " ")
	if !strings.HasPrefix(path, "/") && !strings.Contains(path, "://") && path != "*" {
		return false
	}
	rest = strings.TrimLeft(rest, `" -:`)
	return rest == "" || digits(rest) == 3 || strings.HasPrefix(rest, "HTTP/") || isDigit(rest[0])
}

var httpMethods = map[string]bool{
	"GET": true, "HEAD": true, "POST": true, "PUT": true, "DELETE": true, "PATCH": true, "OPTIONS": true, "CONNECT": true, "TRACE": true, "WebSocket": true,
}
