package correlate

import "strings"

// isCode reports whether the piece in[i:j] is a code with a name: a number
// that tells one failure from another, and is part of the key for that reason.
func (m *masker) isCode(i, j int) bool {
	w := m.in[i:j]
	n, digits := len(w), 0
	if n > 11 {
		return false
	}
	for k := 0; k < n; k++ {
		if classes[w[k]]&isDigit != 0 {
			digits++
		} else if k > 0 && w[k] == '.' {
			return false
		}
	}
	switch {
	case digits == n && n == 3 && m.isStatus(i, j):
		return true
	case lettered(w) && m.stands(i, j):
		return true
	}
	number := digits == n && n <= 6 || digits == n-1 && w[0] == '-'
	hex := n > 2 && n <= 10 && w[0] == '0' && w[1]|0x20 == 'x' && allHex(w[2:])
	if !number && !hex && n > 6 {
		return false
	}
	return m.isCodeName(m.prev, i, w, number || hex) ||
		m.prev.to > m.prev.from && isConnector(m.word(m.prev)) && m.isCodeName(m.prev2, m.prev.from, w, number || hex)
}

// stands reports whether a piece stands where messages have their code: at the
// beginning, after a colon, before a colon, in brackets.
func (m *masker) stands(i, j int) bool {
	s := m.in
	return i == 0 || i > 1 && s[i-1] == ' ' && s[i-2] == ':' || j < len(s) && (s[j] == ':' || s[j] == ']')
}

// lettered reports codes such as ORA-00001, E11000, TS2304, P2002.
func lettered(w string) bool {
	k := 0
	for k < len(w) && classes[w[k]]&isUpper != 0 {
		k++
	}
	letters := k
	if k < len(w) && w[k] == '-' {
		k++
	}
	digits := len(w) - k
	for ; k < len(w); k++ {
		if classes[w[k]]&isDigit == 0 {
			return false
		}
	}
	return letters >= 1 && letters <= 5 && digits >= 3 && digits <= 5
}

func isConnector(w string) bool {
	switch w {
	case "with", "of", "is", "was", "by", "a", "value", "number", "no":
		return true
	}
	return false
}

// isCodeName reports whether the word at name, which stands before the place
// i, makes w a code.
func (m *masker) isCodeName(name span, i int, w string, number bool) bool {
	if name.to <= name.from || name.to > i || i-name.to > 4 {
		return false
	}
	between := m.in[name.to:i]
	switch kindOfName(m.in[name.from:name.to]) {
	case anyCode:
		return true
	case numericCode:
		return number
	case errorNumber:
		// "error: 23 rows" counts rows; "error 23" and "error=23" name one.
		return number && !strings.Contains(between, ":")
	case closeNumber:
		return number && between == " " && len(w) == 4 && (w[:2] == "10" || w[0] == '4')
	}
	return false
}

// nameKind is what a word makes of the value behind it.
type nameKind uint8

const (
	noCode      nameKind = iota
	anyCode              // code, SQLSTATE: digits and letters
	numericCode          // status, errno, exit, signal
	errorNumber          // error, err
	closeNumber          // close, closed: of a WebSocket
)

// kindOfName looks at the last word of a name: status_code, exit-code,
// statusCode.
func kindOfName(name string) nameKind {
	if len(name) > 40 {
		return noCode
	}
	if strings.HasPrefix(name, "HTTP/") {
		return numericCode
	}
	for cut := len(name) - 1; cut > 0; cut-- {
		if c := name[cut]; c == '_' || c == '-' || c == '.' {
			name = name[cut+1:]
			break
		} else if classes[c]&isUpper != 0 && classes[name[cut-1]]&isLower != 0 {
			name = name[cut:]
			break
		}
	}
	var low [12]byte
	if len(name) > len(low) {
		return noCode
	}
	for k := 0; k < len(name); k++ {
		low[k] = name[k]
		if classes[name[k]]&isUpper != 0 {
			low[k] |= 0x20
		}
	}
	switch string(low[:len(name)]) {
	case "sqlstate", "code":
		return anyCode
	case "status", "errno", "exit", "exited", "http", "hresult", "statuscode", "exitcode", "signal", "errorcode", "errcode",
		"rc", "closecode", "ntstatus", "abnormally":
		return numericCode
	case "error", "err":
		return errorNumber
	case "close", "closed":
		return closeNumber
	}
	return noCode
}

// isStatus reports an HTTP status that stands by itself: before its reason
// phrase, or at the beginning before a word.
func (m *masker) isStatus(i, j int) bool {
	s := m.in
	if m.prev.to > m.prev.from && s[i] >= '4' && s[i] <= '5' && i-m.prev.to <= 2 && (j == len(s) || s[j] != ' ') {
		switch m.word(m.prev) {
		case "with", "returned", "got", "received", "response", "responded", "answered", "returns":
			return true
		}
	}
	if s[i] < '1' || s[i] > '5' || j+1 >= len(s) || s[j] != ' ' || classes[s[j+1]]&isUpper == 0 {
		return false
	}
	if i == 0 || i > 1 && s[i-1] == ' ' && s[i-2] == ':' {
		return true
	}
	k := j + 1
	for k < len(s) && classes[s[k]]&isLetter != 0 {
		k++
	}
	switch s[j+1 : k] {
	case "OK", "Not", "Bad", "Forbidden", "Unauthorized", "Internal", "Service", "Gateway", "Too", "Conflict", "Created",
		"Moved", "Found", "Unprocessable", "Payment", "Method", "Request", "Gone", "Precondition", "Locked", "Server", "Client", "Proxy":
		return true
	}
	return false
}

// telling reports whether a word tells one failure from another: it is never
// merged into a slot.
func telling(w string) bool {
	if w == "" || w == "*" {
		return false
	}
	var has uint8
	upper := true
	for i := 0; i < len(w); i++ {
		has |= classes[w[i]]
		upper = upper && (classes[w[i]]&isUpper != 0 || w[i] == '_')
	}
	switch {
	case has&isDigit != 0:
		return true // what mask left is a code
	case has&isLetter == 0:
		return false
	case upper && isConstant(w), isExceptionType(w):
		return true
	}
	// Of a path, a host, a dotted name the last part tells what it is. A file
	// is one of many, whatever its name.
	w = strings.TrimRight(w, "*.:")
	if k := strings.LastIndexAny(w, `/\`); k >= 0 && strings.IndexByte(w[k:], '.') > 0 {
		return false
	} else if k := strings.LastIndexAny(w, `./\@:`); k >= 0 {
		w = w[k+1:]
	}
	for w != "" {
		sub := firstSubword(w)
		w = w[len(sub):]
		if l := strings.ToLower(strings.Trim(sub, "_-.*/\\#$%+@!~^")); tellsState(l) {
			return true
		}
	}
	return false
}

// firstSubword cuts a word at separators and where its case changes.
func firstSubword(w string) string {
	for i := 1; i < len(w); i++ {
		a, b := classes[w[i-1]], classes[w[i]]
		switch {
		case a&isLetter == 0 || b&isLetter == 0:
			if a&isLetter != 0 || b&isLetter != 0 {
				return w[:i]
			}
		case a&isLower != 0 && b&isUpper != 0:
			return w[:i]
		case a&isUpper != 0 && b&isUpper != 0 && i+1 < len(w) && classes[w[i+1]]&isLower != 0:
			return w[:i]
		}
	}
	return w
}

// isConstant knows the forms of names of codes in capitals: ECONNREFUSED,
// SIGKILL, DEADLINE_EXCEEDED.
func isConstant(w string) bool {
	return len(w) >= 5 && (w[0] == 'E' || strings.HasPrefix(w, "SIG") || strings.IndexByte(w, '_') > 0)
}

func isExceptionType(w string) bool {
	for _, end := range exceptionEnds {
		if strings.HasSuffix(w, end) && (len(w) > len(end) || w[0] <= 'Z') {
			return true
		}
	}
	return false
}

var exceptionEnds = []string{"Error", "Exception", "Failure", "Fault", "Timeout", "Interrupt", "Warning", "Exit", "Violation"}

// tellsState reports whether a lower-case word is one of polarity, state or action:
// those in the list, and all that look like a participle, since a list never
// holds every verb.
func tellsState(w string) bool {
	if tellingWords[w] {
		return true
	}
	n := len(w)
	return n >= 5 && (w[n-2:] == "ed" || n >= 6 && w[n-3:] == "ing")
}

// tellingWords is read only.
var tellingWords = wordSet(`
	not no non none never cannot cant without nor neither un
	true false yes ok null nil empty full
	up down on off in out open opens close closes shut
	start starts stop stops begin begins end ends pause pauses resume resumes restart run ran
	pass passes fail fails failure success succeed succeeds successful successfully unsuccessful error errors
	connect connects disconnect disconnects connection disconnection attach detach join leave joins leaves
	enable enables disable disables active inactive activate deactivate
	accept accepts reject rejects allow allows deny denies permit grant revoke block unblock
	valid invalid available unavailable reachable unreachable known unknown found lost missing present absent
	healthy unhealthy alive dead live ready unready busy idle
	online offline primary secondary master slave leader follower
	read write reads writes reading writing get put post patch delete head options send sent receive recv sender receiver
	add adds remove removes create creates destroy destroys insert update upsert drop alter select
	lock unlock acquire release load unload mount unmount map unmap bind unbind register unregister subscribe unsubscribe
	push pull pop commit rollback abort aborts retry login logout install uninstall
	upload download import export encode decode encrypt decrypt compress decompress increase decrease
	high low above below over under before after first last max min more less
	timeout refused reset broken kill abnormal normal abnormally
	expired unexpected expected supported unsupported bound unbound
	input output inbound outbound ingress egress client server upstream downstream
	warning fatal critical internal external authenticated unauthenticated authorized unauthorized forbidden
	insecure secure transient permanent temporary local remote
`)

func wordSet(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}
