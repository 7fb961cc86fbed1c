package stacktrace

import (
	"strconv"
	"strings"
)

// readSpecialHead reads the exception lines that do not begin with the type:
// Ruby, PHP, Go, Rust, Elixir and C++.
func readSpecialHead(s string) (head, bool) {
	if h, ok := readGoHead(s); ok {
		return h, true
	}
	if h, ok := readRustHead(s); ok {
		return h, true
	}
	if h, ok := readPHPHead(s); ok {
		return h, true
	}
	if h, ok := readRubyHead(s); ok {
		return h, true
	}
	if h, ok := readElixirHead(s); ok {
		return h, true
	}
	return readCppHead(s)
}

// readGoHead reads "panic: …", "fatal error: …" and what net/http logs for a
// panic in a handler.
func readGoHead(s string) (head, bool) {
	for _, p := range [...]struct{ lead, typ string }{{"panic: ", "panic"}, {"fatal error: ", "fatal error"}, {"http: panic serving ", "panic"}} {
		at := strings.Index(s, p.lead)
		if at < 0 || at > 200 || at != skipLogPrefix(s[:min(len(s), at+len(p.lead))]) && at != 0 {
			continue
		}
		h := head{typ: p.typ, at: at, msgAt: at + len(p.lead), lang: "go"}
		if p.lead[0] == 'h' {
			i := strings.Index(s[h.msgAt:], ": ")
			if i < 0 {
				continue
			}
			h.msgAt += i + 2
		}
		h.msg = s[h.msgAt:]
		for _, tail := range [...]string{" [recovered, repanicked]", " [recovered]"} {
			h.msg = strings.TrimSuffix(h.msg, tail)
		}
		return h, h.msg != ""
	}
	return head{}, false
}

// readRustHead reads both forms of the panic message:
//
//	thread 'main' panicked at src/main.rs:3:5:
//	thread 'main' (4711) panicked at 'message', src/main.rs:3:5
func readRustHead(s string) (head, bool) {
	at := strings.Index(s, "thread '")
	if at < 0 || at > 200 {
		return head{}, false
	}
	const verb = " panicked at "
	i := strings.Index(s[at:], verb)
	if i < 0 {
		return head{}, false
	}
	i += at + len(verb)
	h := head{typ: "panic", at: at, msgAt: len(s), lang: "rust"}
	rest := s[i:]
	if strings.HasPrefix(rest, "'") {
		if j := strings.LastIndex(rest, "', "); j > 0 {
			h.msg, h.msgAt = rest[1:j], i+1
			h.file, h.line, _ = cutPlace(rest[j+3:])
			return h, true
		}
	}
	h.file, h.line, _ = cutPlace(strings.TrimSuffix(rest, ":"))
	return h, h.line > 0
}

// cutPlace reads "path:12" or "path:12:34".
func cutPlace(s string) (file string, line int, ok bool) {
	head, last, ok := cutLastNumber(s)
	if !ok {
		return "", 0, false
	}
	if h, l, ok := cutLastNumber(head); ok {
		return h, l, true
	}
	return head, last, true
}

func cutLastNumber(s string) (string, int, bool) {
	i := strings.LastIndexByte(s, ':')
	if i <= 0 || i+1 == len(s) {
		return "", 0, false
	}
	n, err := strconv.Atoi(s[i+1:])
	return s[:i], n, err == nil && n >= 0 && s[i+1] != '+'
}

// readPHPHead reads "PHP Fatal error:  Uncaught X: msg in /f.php:12" and the
// plainer errors of PHP, which name the place in the same way.
func readPHPHead(s string) (head, bool) {
	at := strings.Index(s, "PHP ")
	rest := s
	if at >= 0 && at <= 120 {
		rest = s[at+4:]
	}
	level := ""
	for _, l := range [...]string{"Fatal error: ", "Parse error: ", "Recoverable fatal error: ", "Catchable fatal error: "} {
		if i := strings.Index(rest, l); i >= 0 && i <= 120 && (at >= 0 || i == 0) {
			level, rest = strings.TrimSuffix(l, ": "), strings.TrimLeft(rest[i+len(l):], " ")
			break
		}
	}
	if level == "" {
		return head{}, false
	}
	h := head{typ: level, at: max(0, at), lang: "php"}
	if t, ok := strings.CutPrefix(rest, "Uncaught "); ok {
		if n := typeLen(t); n > 0 {
			h.at, h.typ = len(s)-len(t), t[:n]
			rest = strings.TrimPrefix(t[n:], ":")
		}
	}
	rest = strings.TrimLeft(rest, " ")
	h.msgAt = len(s) - len(rest)
	h.msg, h.file, h.line = cutPHPPlace(rest)
	return h, h.line > 0 || at >= 0
}

// cutPHPPlace cuts " in /app/f.php:12" or " in /app/f.php on line 12" off a message.
func cutPHPPlace(s string) (msg, file string, line int) {
	i := strings.LastIndex(s, " in ")
	if i < 0 {
		return s, "", 0
	}
	place := s[i+4:]
	if f, n, ok := strings.Cut(place, " on line "); ok {
		l, err := strconv.Atoi(strings.TrimSpace(n))
		if err == nil {
			return s[:i], f, l
		}
	}
	if f, n, ok := cutLastNumber(place); ok && strings.HasPrefix(f, "/") || ok && strings.HasSuffix(f, ".php") {
		return s[:i], f, n
	}
	return s, "", 0
}

// readRubyHead reads "file.rb:12:in 'm': message (Type)" and the form in which
// Rails logs: "Type (message):".
func readRubyHead(s string) (head, bool) {
	f, n, ok := rubyPlace(s)
	if !ok {
		return readRailsHead(s)
	}
	rest, found := strings.CutPrefix(s[n:], ": ")
	if !found {
		return head{}, false
	}
	h := head{lang: "ruby", file: f.File, line: f.Line, fn: f.Function, msgAt: len(s) - len(rest), msg: rest}
	if i := strings.LastIndex(rest, " ("); i >= 0 && strings.HasSuffix(rest, ")") {
		if t := rest[i+2 : len(rest)-1]; typeLen(t) == len(t) && len(t) > 0 && isUpper(t[0]) {
			h.typ, h.msg = t, rest[:i]
		}
	}
	return h, true
}

func readRailsHead(s string) (head, bool) {
	at := skipLogPrefix(s)
	n := at + typeLen(s[at:])
	if n == at || !strings.HasPrefix(s[n:], " (") || !strings.HasSuffix(s, "):") || !isExceptionType(s[at:n]) {
		return head{}, false
	}
	return head{typ: s[at:n], at: at, msg: s[n+2 : len(s)-2], msgAt: n + 2, lang: "ruby"}, true
}

// readElixirHead reads "** (KeyError) key :name not found in: %{}".
func readElixirHead(s string) (head, bool) {
	for _, lead := range [...]string{"exception error", "exception exit", "exception throw"} { // Erlang
		if i := strings.Index(s, lead+": "); i >= 0 && i < 200 {
			at := i + len(lead) + 2
			return head{typ: lead, at: i, msg: s[at:], msgAt: at, lang: "elixir"}, true
		}
	}
	at := strings.Index(s, "** (")
	if at < 0 || at > 200 {
		return head{}, false
	}
	end := strings.IndexByte(s[at:], ')')
	if end < 0 {
		return head{}, false
	}
	t := s[at+4 : at+end]
	if n := typeLen(t); n == 0 || n < len(t) && t[n] != ' ' {
		return head{}, false
	}
	h := head{typ: t, at: at, msgAt: at + end + 1, lang: "elixir"}
	for h.msgAt < len(s) && s[h.msgAt] == ' ' {
		h.msgAt++
	}
	h.msg = s[h.msgAt:]
	return h, true
}

// readCppHead reads what libstdc++ prints before it aborts.
func readCppHead(s string) (head, bool) {
	const lead = "terminate called after throwing an instance of '"
	at := strings.Index(s, lead)
	if at < 0 || at > 200 {
		return head{}, false
	}
	rest := s[at+len(lead):]
	end := strings.IndexByte(rest, '\'')
	if end < 0 {
		return head{}, false
	}
	return head{typ: rest[:end], at: at, msgAt: len(s), lang: "cpp"}, true
}
