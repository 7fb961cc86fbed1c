package stacktrace

import "strings"

// part is a piece of a message: msg[start:end], with the type that stands in
// front of msg[msgStart:end].
type part struct {
	start, end, msgStart int
	typ                  string
}

// maxUnwrap bounds how much of a message is looked at.
const maxUnwrap = 4 << 10

// UnwrapReason cuts a message made of wrapped errors into its parts, the
// outermost first and the innermost reason last. A message that is no such
// chain comes back whole.
//
//	failed to start: open /etc/acme/app.yaml: no such file or directory
//	→ failed to start
//	→ open /etc/acme/app.yaml: no such file or directory
//
// It cuts only where both sides look like errors, so never inside quotes,
// brackets, URLs, times or lists of keys and values, and it keeps the name
// that a bare condition is about with it. Every part is a piece of msg.
func UnwrapReason(msg string) []string {
	ps := unwrap(msg)
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = strings.TrimSpace(msg[p.start:p.end])
	}
	return out
}

// unwrap is UnwrapReason with places. The result is never empty.
func unwrap(msg string) []part {
	whole := part{start: 0, end: len(msg)}
	from, to := reasonLine(msg)
	ps := splitWrapped(msg, from, to)
	ps = mergeLeaf(msg, ps)
	last := ps[len(ps)-1]
	if inner, ok := causedByArgs(msg, last); ok {
		ps = append(ps, inner)
		if more := splitWrapped(msg, inner.msgStart, inner.end); len(more) > 1 {
			ps = append(ps, more[1:]...)
		}
	} else if inner, ok := messageValue(msg, last); ok {
		ps = append(ps, inner)
	}
	if len(ps) == 1 && ps[0].typ == "" && from == firstText(msg) {
		return []part{whole}
	}
	if from > firstText(msg) { // the header line of Prisma and the like is the wrapper
		head := part{start: 0, end: lineEnd(msg, firstText(msg))}
		ps = append([]part{head}, ps...)
	}
	return ps
}

func firstText(msg string) int {
	for i := 0; i < len(msg); i++ {
		if !isSpace(msg[i]) {
			return i
		}
	}
	return len(msg)
}

func lineEnd(msg string, at int) int {
	if i := strings.IndexByte(msg[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(msg)
}

// reasonLine returns the line of a message that holds the reason: the first,
// but for those whose first line only announces it.
func reasonLine(msg string) (from, to int) {
	from = firstText(msg)
	to = min(lineEnd(msg, from), from+maxUnwrap)
	first := msg[from:to]
	switch {
	case isPrismaHead(first):
		if f, t, ok := prismaReason(msg, to); ok {
			return f, t
		}
	case strings.HasSuffix(strings.TrimSpace(first), ":") && !isPydanticHead(first):
		next := to + firstText(msg[to:])
		if next < len(msg) {
			return next, min(lineEnd(msg, next), next+maxUnwrap)
		}
	}
	return from, to
}

// isPrismaHead reads "Invalid `prisma.user.findMany()` invocation", below
// which Prisma prints an excerpt of the source and then the reason.
func isPrismaHead(s string) bool {
	return strings.HasPrefix(s, "Invalid `") && strings.Contains(s, "` invocation")
}

// isPydanticHead reads "2 validation errors for Settings", below which each
// field has lines of its own.
func isPydanticHead(s string) bool {
	n := digits(s)
	return n > 0 && strings.HasPrefix(s[n:], " validation error")
}

func prismaReason(msg string, at int) (from, to int, ok bool) {
	for at < len(msg) && at < maxUnwrap {
		at += firstText(msg[at:])
		end := lineEnd(msg, at)
		l := msg[at:end]
		_, _, place := cutPlace(strings.TrimSuffix(l, ":"))
		if l != "" && !place && !isDigit(l[0]) && !strings.HasPrefix(l, "→") && strings.IndexByte(l, ' ') > 0 && isUpper(l[0]) {
			return at, end, true
		}
		at = end + 1
	}
	return 0, 0, false
}

// splitWrapped cuts msg[from:to] at the colons between wrapped errors.
func splitWrapped(msg string, from, to int) []part {
	var ps []part
	cur := part{start: from, end: to, msgStart: from}
	cur.takeType(msg, to)
	sc := colonScanner{s: msg[:to], at: cur.msgStart}
	for len(ps) < keepExceptions {
		i, next, typed := sc.next()
		if i < 0 {
			break
		}
		to = len(sc.s)
		left, right := msg[cur.msgStart:i], msg[next:to]
		if !typed && !cuts(left, right) {
			continue
		}
		cur.end = i
		ps = append(ps, cur)
		cur = part{start: next, end: to, msgStart: next}
		cur.takeType(msg, to)
		sc.at = max(sc.at, cur.msgStart)
	}
	cur.end = to
	return append(ps, cur)
}

// takeType recognises "(psycopg2.OperationalError) text" and "TypeError: text"
// at the start of a part.
func (p *part) takeType(msg string, to int) {
	s := msg[p.start:to]
	if strings.HasPrefix(s, "(") {
		n := typeLen(s[1:])
		if n > 0 && strings.HasPrefix(s[1+n:], ") ") && isExceptionType(s[1:1+n]) {
			p.typ, p.msgStart = s[1:1+n], p.start+n+3
		}
		return
	}
	if h, ok := readTyped(s, 0); ok && h.msg != "" && !isLowerType(h.typ) {
		p.typ, p.msgStart = h.typ, p.start+h.msgAt
	}
}

// colonScanner finds the places where a message may be cut: ": " outside of
// quotes and brackets, and the words that join errors.
type colonScanner struct {
	s      string
	at     int
	closed [256]bool // no further closing quote of this kind
}

// joints are words that stand between an outer error and an inner one.
var joints = [...]string{"; nested exception is ", " desc = ", ", caused by: ", " caused by: ", " ---> "}

// next returns where the outer part ends and where the inner one begins;
// typed is true where nothing else needs to be asked.
func (c *colonScanner) next() (end, next int, typed bool) {
	for c.at < len(c.s) {
		i := c.at
		switch b := c.s[i]; b {
		case '"', '`', '\'':
			c.at = c.skipQuoted(i, b)
			continue
		case '(', '[', '{':
			c.at = skipBrackets(c.s, i)
			continue
		case ':':
			if i+1 < len(c.s) && isSpace(c.s[i+1]) {
				c.at = i + 1 + firstText(c.s[i+1:])
				if strings.HasPrefix(c.s[c.at:], "desc = ") {
					c.at += len("desc = ")
					c.unquote()
					return i, c.at, true
				}
				return i, c.at, false
			}
		case ';', ' ', ',':
			for _, j := range joints {
				if strings.HasPrefix(c.s[i:], j) {
					c.at = i + len(j)
					c.unquote()
					return i, c.at, true
				}
			}
		}
		c.at++
	}
	return -1, -1, false
}

// unquote steps into a quoted text: gRPC quotes an inner status.
func (c *colonScanner) unquote() {
	if c.at < len(c.s) && c.s[c.at] == '"' && strings.HasSuffix(c.s, `"`) && c.at+1 < len(c.s) {
		c.at++
		c.s = c.s[:len(c.s)-1]
	}
}

// skipQuoted returns the position behind the quoted text that begins at i, or
// behind the mark when it opens nothing.
func (c *colonScanner) skipQuoted(i int, q byte) int {
	if c.closed[q] || q == '\'' && i > 0 && (isLetter(c.s[i-1]) || isDigit(c.s[i-1])) {
		return i + 1 // an apostrophe
	}
	end := closingQuote(c.s, i+1, q)
	if end < 0 {
		c.closed[q] = true
		return i + 1
	}
	return end + 1
}

// closingQuote finds the mark that ends a quoted text. An apostrophe inside a
// word ends nothing, nor does an escaped mark.
func closingQuote(s string, from int, q byte) int {
	for i := from; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '\n' && q != '`':
			return -1
		case s[i] == q:
			if q == '\'' && i+1 < len(s) && isLetter(s[i+1]) && i > from && isLetter(s[i-1]) {
				continue
			}
			return i
		}
	}
	return -1
}

// skipBrackets returns the position behind the bracket group that opens at i,
// or behind the bracket when it is not closed on the line within 2 KiB.
func skipBrackets(s string, i int) int {
	depth := 0
	for j := i; j < len(s) && j < i+2048 && s[j] != '\n'; j++ {
		switch s[j] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
			if depth == 0 {
				return j + 1
			}
		}
	}
	return i + 1
}

// cuts decides whether the colon between left and right joins two errors.
func cuts(left, right string) bool {
	left = strings.TrimSpace(left)
	if len(left) < 3 || len(left) > 400 || right == "" || isValue(right) {
		return false
	}
	if isCallLike(left) || labelEnds(left) && !isStep(left) {
		return false
	}
	if h, ok := readTyped(right, 0); ok && h.typ != "" && (h.msg != "" || isExceptionType(h.typ)) {
		return !isTag(left)
	}
	return !isTag(left) && (hasFailWord(left) || isStep(left))
}

// isCallLike reads the repr of an object, "HTTPSConnectionPool(host='x')":
// what follows is said about it.
func isCallLike(left string) bool {
	left = strings.TrimPrefix(left, "Error ")
	n := typeLen(left)
	return n > 0 && n < len(left) && left[n] == '(' && skipBrackets(left, n) == len(left)
}

// isValue reports whether what follows a colon is a value, not an error: one
// word, one quoted text, a number, a URL.
func isValue(s string) bool {
	s = strings.TrimRight(s, ".! ")
	if s == "" || s[0] == '{' || s[0] == '<' {
		return true
	}
	if q := s[0]; q == '"' || q == '\'' || q == '`' {
		end := closingQuote(s, 1, q)
		return end < 0 || end == len(s)-1 || s[end+1] == ',' || strings.HasPrefix(s[end+1:], " and ") || strings.HasPrefix(s[end+1:], " (")
	}
	if s[0] == '[' && strings.HasSuffix(s, "]") && skipBrackets(s, 0) == len(s) {
		return true
	}
	sp := strings.IndexByte(s, ' ')
	if sp < 0 {
		h, ok := readTyped(s, 0)
		return !ok || h.typ == ""
	}
	if first := s[:sp]; strings.HasSuffix(first, ",") {
		return true
	}
	letters := 0
	for i := 0; i < min(len(s), 64) && letters < 3; i++ {
		if isLetter(s[i]) || s[i] >= 0x80 {
			letters++
		}
	}
	return letters < 3
}

// labelEnds reports whether left ends in the name of a value: "error code: 7".
func labelEnds(left string) bool {
	i := strings.LastIndexByte(left, ' ')
	switch strings.ToLower(strings.Trim(left[i+1:], "\"'`.,")) {
	case "code":
		return strings.Count(left, " ") < 3
	case "count", "type", "id", "name", "status", "number", "level", "time", "at", "line", "url", "path", "version", "kind",
		"rate", "key", "value", "body", "args", "params", "parameters", "class", "host", "port", "user", "method", "file", "hint", "note", "see",
		"query", "sql", "statement", "tests", "attempt", "attempts", "data", "payload", "response", "trace", "id(s)", "ids", "for", "on", "in", "from", "to":
		return true
	}
	return false
}

// isTag reports whether left is no error of its own but a label of what
// follows: a package, a level, a status, "Error 1045 (28000)".
func isTag(left string) bool {
	words := strings.Fields(left)
	if len(words) > 4 {
		return false
	}
	if digits(left) == 3 && len(words[0]) == 3 { // "503 Server Error"
		return true
	}
	plain := 0
	for _, w := range words {
		l := strings.ToLower(strings.Trim(w, "[]()#.:"))
		if l == "" || isDigit(l[0]) || tagWords[l] || levelWords[strings.ToUpper(l)] || isCodeWord(strings.Trim(w, "[]()")) && digits(w[len(w)-1:]) > 0 {
			continue
		}
		plain++
	}
	return plain == 0
}

var tagWords = map[string]bool{
	"error": true, "errors": true, "fatal": true, "exception": true, "pq": true, "sql": true, "tls": true, "x509": true, "grpc": true, "http": true,
	"googleapi": true, "redis": true, "mysql": true, "sqlite": true, "sqlite3": true, "mongo": true, "json": true, "yaml": true, "xml": true,
	"strconv": true, "connect": true, "read": true, "write": true, "exec": true, "io": true, "net": true, "net/http": true, "http2": true,
	"oauth2": true, "context": true, "template": true, "url": true, "rpc": true, "npm": true, "err!": true, "err": true, "err_": true, "kafka": true,
	"reason": true, "cause": true, "message": true, "details": true, "detail": true, "sqlstate": true, "ora": true, "remote": true, "status": true,
	"docker": true, "git": true, "s3": true, "storage": true, "pubsub": true, "bigquery": true, "firestore": true, "spanner": true, "jwt": true,
	"errno": true, "runtime": true, "bash": true, "sh": true, "unhandled": true, "uncaught": true, "critical": true, "general": true, "db": true,
}

// isStep reports whether left is what Go programs put in front of an error:
// "open /etc/app.yaml", "query orders", "loading settings".
func isStep(left string) bool {
	first, rest, _ := strings.Cut(left, " ")
	if len(left) > 200 || strings.Count(left, " ") > 9 {
		return false
	}
	if (first == "Get" || first == "Post" || first == "Put" || first == "Delete" || first == "Head" || first == "Patch") && strings.HasPrefix(rest, `"`) {
		return true
	}
	for i := 0; i < len(first); i++ {
		if c := first[i]; !('a' <= c && c <= 'z' || c == '-' || c == '/') {
			return false
		}
	}
	return stepVerbs[first] || len(first) > 5 && strings.HasSuffix(first, "ing") && rest != ""
}

var stepVerbs = wordSet(`accept acquire add apply allocate append authenticate authorize begin bind build call cancel check clone close
commit compile compute configure connect consume convert copy create decode decrypt delete deploy deserialize dial discover download drop
encode encrypt enqueue ensure exec execute export fetch find flush fork/exec generate get handle handshake import init initialize insert
install invoke issue join list listen load lock lookup lstat make map marshal merge migrate mkdir mount move new open parse patch perform
ping poll post prepare process provision publish pull push put query read receive reconcile record refresh register remove rename render
replace request reserve resolve restore retrieve rollback rotate run save scan schedule seal search seek select send serialize serve set
setup sign snapshot spawn start stat stop store stream subscribe sync transform truncate unlink unmarshal unmount unpack unzip update
upgrade upload upsert use validate verify wait walk watch write`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// hasFailWord reports whether s says that something went wrong.
func hasFailWord(s string) bool {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !(r == '\'' || r == '’' || isLetterRune(r)) }) {
		if len(w) > 20 {
			continue
		}
		l := strings.ToLower(w)
		if failWords[l] || strings.HasSuffix(l, "n't") || strings.HasPrefix(l, "fail") || strings.HasSuffix(l, "error") || strings.HasSuffix(l, "exception") {
			return true
		}
	}
	return strings.Contains(s, "ould not ") || strings.Contains(s, "did not ") || strings.Contains(s, "was not ")
}

func isLetterRune(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }

var failWords = wordSet(`errors errored unable cannot unsuccessful unsuccessfully rejected aborted crashed crash invalid panic problem problems
refused denied exceeded terminated timeout unexpected fatal broken`)

// mergeLeaf keeps a bare condition together with what it is about: "open
// /etc/app.yaml" with "no such file or directory".
func mergeLeaf(msg string, ps []part) []part {
	if len(ps) < 2 {
		return ps
	}
	last, prev := ps[len(ps)-1], ps[len(ps)-2]
	if last.typ != "" {
		return ps
	}
	in := examine(msg[last.msgStart:last.end])
	out := examine(msg[prev.msgStart:prev.end])
	switch {
	case in.strong:
		return ps
	case out.strong && !bareOutcome(msg[prev.msgStart:prev.end]):
	case out.condition && !in.condition && !in.predicate:
	default:
		return ps
	}
	ps = ps[:len(ps)-1]
	ps[len(ps)-1].end = last.end
	return ps
}

// bareOutcome reports whether a part only repeats what was attempted, in
// words: then the condition stands better alone.
func bareOutcome(s string) bool {
	return len(s) > 120 && !strings.ContainsAny(s[:60], `/"'`+"`")
}

// causedByArgs reads the inner error in what urllib3 prints:
//
//	… (Caused by ConnectTimeoutError(<…>, 'Connection to db.acme.example timed out.'))
func causedByArgs(msg string, p part) (part, bool) {
	const lead = "(Caused by "
	i := strings.Index(msg[p.start:p.end], lead)
	if i < 0 {
		return part{}, false
	}
	at := p.start + i + len(lead)
	in := part{start: at, end: p.end}
	for range 8 {
		n := typeLen(msg[at:p.end])
		if n == 0 || at+n >= p.end || msg[at+n] != '(' {
			break
		}
		in.typ = msg[at : at+n]
		at += n + 1
	}
	if in.typ == "" {
		return part{}, false
	}
	from, to := lastQuoted(msg[at:p.end])
	if from < 0 {
		return part{}, false
	}
	in.start, in.msgStart, in.end = at+from, at+from, at+to
	if s := msg[in.start:in.end]; strings.HasPrefix(s, "<") { // the repr of an object
		if j := strings.Index(s, ">: "); j > 0 {
			in.start += j + 3
			in.msgStart = in.start
		}
	}
	return in, in.start < in.end
}

// lastQuoted returns the bounds of the last quoted text in s.
func lastQuoted(s string) (from, to int) {
	from, to = -1, -1
	for i := 0; i < len(s); i++ {
		if q := s[i]; q == '"' || q == '\'' {
			end := closingQuote(s, i+1, q)
			if end < 0 {
				return from, to
			}
			from, to = i+1, end
			i = end
		}
	}
	return from, to
}

// messageKeys are the keys under which an error that is printed as an object
// has its text, best first. 'M' is PostgreSQL's own field.
var messageKeys = [...]string{"message", "error_description", "error_message", "errorMessage", "detail", "msg", "error", "reason", "M"}

// messageValue finds the message of an object that a part holds, as JSON or as
// the repr of a Python dict.
func messageValue(msg string, p part) (part, bool) {
	s := msg[p.start:p.end]
	if len(s) > maxUnwrap {
		s = s[:maxUnwrap]
	}
	open := strings.IndexByte(s, '{')
	if open < 0 {
		return part{}, false
	}
	for _, key := range messageKeys {
		for _, q := range [...]string{`"`, `'`, ""} {
			if from, to, ok := valueOf(s[open:], q+key+q); ok && strings.IndexByte(s[open+from:open+to], ' ') > 0 {
				at := p.start + open + from
				return part{start: at, msgStart: at, end: p.start + open + to}, true
			}
		}
	}
	return part{}, false
}

// valueOf returns the bounds of the quoted value of a key.
func valueOf(s, key string) (from, to int, ok bool) {
	i := strings.Index(s, key)
	if i <= 0 || (key[0] != '"' && key[0] != '\'') && !isSpace(s[i-1]) && s[i-1] != '{' && s[i-1] != ',' {
		return 0, 0, false
	}
	at := i + len(key)
	for at < len(s) && s[at] == ' ' {
		at++
	}
	if at >= len(s) || s[at] != ':' {
		return 0, 0, false
	}
	at++
	at += firstText(s[at:])
	if at >= len(s) || (s[at] != '"' && s[at] != '\'') {
		return 0, 0, false
	}
	end := closingQuote(s, at+1, s[at])
	if end < 0 {
		return 0, 0, false
	}
	return at + 1, end, true
}
