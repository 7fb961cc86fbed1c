package correlate

import (
	"regexp"
	"strings"
	"unicode"

	"logwhy/internal/logentry"
	"logwhy/internal/signature"
	"logwhy/internal/stacktrace"
)

// reasonOf says what an event itself states about why, and whether that may be
// named as a cause: a fault, or an error that names a concrete object or
// condition. Platform messages and bare statuses say that something failed and
// never why, unless the platform gives a reason behind its frame.
func reasonOf(ev *event) (reason string, own bool) {
	switch ev.role {
	case signature.RoleFault:
		if r := platformReason(ev.entry()); r != "" && ev.platform() {
			return r, true
		}
		return strings.TrimSpace(statedText(ev)), true
	case signature.RoleChange, signature.RoleHealthy, signature.RoleNoise, signature.RoleImpact:
		return "", false
	}
	e := ev.entry()
	if e.Audit != nil || ev.platform() {
		r := platformReason(e)
		return r, r != "" && stacktrace.IsReason(r)
	}
	if sig := ev.sig(); sig != nil && sig.HasClass("process-exit") && !ev.hasTr {
		return "", false // a process manager's word: that something ended, never why
	}
	text := statedText(ev)
	if endsOpen(text) {
		return "", false
	}
	return text, stacktrace.IsReason(text) && (ev.hasTr && !plainType(ev.tr.Raised().Type) || e.Detail != "" || !onlyAttempt(text)) || codeDefect(ev)
}

// plainType reports whether an exception type says nothing by its name.
func plainType(typ string) bool {
	switch typ {
	case "", "Error", "Exception", "RuntimeError", "RuntimeException", "java.lang.RuntimeException", "java.lang.Exception":
		return true
	}
	return false
}

// onlyAttempt reports whether a text says what could not be done and not why:
// "could not select from orders". What could not be reached, found or read is
// a condition of its own.
func onlyAttempt(text string) bool {
	l := strings.ToLower(strings.TrimSpace(firstRawLine(text)))
	if i := strings.Index(l, "] "); strings.HasPrefix(l, "[") && i > 0 {
		l = l[i+2:]
	}
	l = strings.TrimLeftFunc(l, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, typ := range [...]string{"error: ", "exception: ", "runtimeerror: ", "java.lang.runtimeexception: "} {
		l = strings.TrimPrefix(l, typ)
	}
	for _, w := range [...]string{"no se pudo ", "error al ", "não foi possível ", "falha ao ", "erro ao ", "impossible de ", "fehler beim ", "impossibile "} {
		if rest, ok := strings.CutPrefix(l, w); ok {
			return !strings.Contains(rest, ": ")
		}
	}
	for _, w := range [...]string{"could not ", "couldn't ", "cannot ", "can't ", "failed to ", "unable to "} {
		rest, ok := strings.CutPrefix(l, w)
		if !ok {
			continue
		}
		verb, object, _ := strings.Cut(rest, " ")
		return attempts[verb] && !strings.Contains(object, ": ") && !strings.Contains(object, " because ") && !strings.Contains(object, " due to ")
	}
	return false
}

// attempts are verbs of the application's own business.
var attempts = map[string]bool{
	"select": true, "insert": true, "update": true, "delete": true, "save": true, "store": true, "create": true, "generate": true, "process": true,
	"send": true, "fetch": true, "get": true, "list": true, "sync": true, "handle": true, "complete": true, "execute": true, "run": true, "perform": true,
	"start": true, "initialize": true, "initialise": true, "init": true, "set": true, "add": true, "render": true, "publish": true, "schedule": true,
	"collect": true, "prerender": true, "compile": true, "build": true, "bundle": true, "export": true, "deploy": true, "push": true,
}

// codeDefect reports whether an event is an exception that tells of wrong code
// by its type, raised from a place in the user's own code: however little its
// text says ("IndexError: 1"), type and place name the matter.
func codeDefect(ev *event) bool {
	if !ev.hasTr {
		return false
	}
	raised := ev.tr.Raised()
	_, user := raised.LastUser()
	return user && stacktrace.IsDefect(raised.Type)
}

// platformReason is what stands behind the frame of a platform message or in
// the status of a refused call; "" when only generic advice is left.
func platformReason(e *logentry.Entry) string {
	if r := logentry.PlatformReason(e.Message); r != "" {
		return r
	}
	if e.Audit != nil && e.Audit.StatusCode != 0 {
		return strings.TrimSpace(e.Audit.Status)
	}
	return ""
}

// statedText is the innermost text that says why: the innermost exception of
// the trace, the detail beside the message, else the innermost of a wrapped
// message.
func statedText(ev *event) string {
	if ev.hasTr && !(len(ev.parts) > 1 && names(ev.parts[ev.main], ev.prim) && ev.tr.Raised().Type == "") {
		if text := raisedText(ev.tr); text != "" {
			return text
		}
	}
	e := ev.entry()
	if e.Detail != "" {
		return strings.TrimSpace(firstLines(e.Detail, 4))
	}
	text := ev.text
	if len(ev.parts) > 1 && (names(ev.parts[ev.main], ev.prim) || stacktrace.IsReason(headless(e.Message))) {
		text = e.Message // what was printed in the same breath adds nothing
	}
	msg := headless(strings.TrimSpace(firstLines(text, 4)))
	parts := stacktrace.UnwrapReason(msg)
	// The innermost part that is a reason; an inner text such as "403" alone
	// says less than the words around it.
	for i := len(parts) - 1; i >= 0 && len(parts) > 1; i-- {
		if stacktrace.IsReason(parts[i]) {
			return parts[i]
		}
	}
	return msg
}

// raisedText is what the exception that says why says.
func raisedText(tr stacktrace.Trace) string {
	ex := sayingWhy(tr)
	if ex.Type == "" || strings.TrimSpace(ex.Message) == "" {
		return ""
	}
	return strings.TrimSpace(firstLines(ex.Text(), 4))
}

// sayingWhy is the innermost exception of a chain that says why; where none
// does, the innermost. A client library may raise first what only leads to its
// details: "RPC that terminated with:".
func sayingWhy(tr stacktrace.Trace) stacktrace.Exception {
	raised := tr.Raised()
	says := func(ex stacktrace.Exception) bool {
		text := strings.TrimSpace(firstLines(ex.Text(), 4))
		return ex.Type != "" && !endsOpen(firstRawLine(text)) && stacktrace.IsReason(text)
	}
	if len(tr.Chain) < 2 || says(raised) {
		return raised
	}
	for i := len(tr.Chain) - 1; i >= 0; i-- {
		if says(tr.Chain[i]) {
			return tr.Chain[i]
		}
	}
	return raised
}

// reasonKey is what two events share when they state the same reason: its
// first sentence with the variable parts masked.
func reasonKey(reason string) string {
	r := firstRawLine(reason)
	if i := strings.Index(r, ". "); i > 12 {
		r = r[:i]
	}
	return mask(strings.TrimRight(r, ". "))
}

// heads are what loggers put before a message: a time, a level, a process id,
// the name of the logger, with or without brackets and bars between.
var heads = []*regexp.Regexp{
	regexp.MustCompile(`^\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,:]\d+)?(?:Z| ?[+-]\d\d:?\d\d| UTC)?\]?[\s|,:-]*`),
	regexp.MustCompile(`^\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?[\s|,:-]*`),
	regexp.MustCompile(`^\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|CRITICAL|FATAL|SEVERE)\]?(?:\s*[|:-]\s*|\s+)`),
	regexp.MustCompile(`^\[(?:\d+|-|[\w.@:/-]{1,60})\]\s*[|:-]?\s*`),
	regexp.MustCompile(`^[a-zA-Z_][\w]*(?:\.[\w<>]+)+(?::[\w<>]+)*(?::\d+)?\s+[|-]\s+`),
	regexp.MustCompile(`^[\w.]+(?::[\w<>]+)?:\d+\s*[|-]\s+`),
	regexp.MustCompile(`^[\w-]+(?:\.[\w-]+)*\s+[|-]\s+(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\s+[|-]\s+`),
}

// headless is a message without what its logger put before it. At most six
// parts are taken off, and never all of it.
func headless(msg string) string {
	for n := 0; n < 6; n++ {
		cut := false
		for _, re := range heads {
			if loc := re.FindStringIndex(msg); loc != nil && loc[1] > 0 && loc[1] < len(msg) {
				msg = msg[loc[1]:]
				cut = true
				break
			}
		}
		if !cut {
			break
		}
	}
	return msg
}

func firstLines(s string, n int) string {
	s = strings.TrimSpace(s)
	for i := 0; i < len(s); i++ {
		if s[i] == '\n' {
			if n--; n == 0 {
				return s[:i]
			}
		}
	}
	return s
}

func endsOpen(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || strings.HasSuffix(s, ":") || strings.HasSuffix(s, "{")
}

// restates reports whether outer repeats the reason of inner: a wrapper, whose
// text itself shows where it comes from.
func restates(outer, inner *event) bool {
	r := firstRawLine(inner.reason)
	if i := strings.Index(r, ": "); i > 0 && i < 60 && inner.hasTr {
		r = r[i+2:] // a wrapper often drops the type of the exception
	}
	r = strings.TrimSpace(r)
	return len(r) >= 20 && strings.Contains(outer.text, r)
}

// fallsBack reports whether an error says that a second attempt failed too: it
// must not hide the first.
func fallsBack(ev *event) bool {
	t := strings.ToLower(firstRawLine(ev.text))
	return strings.Contains(t, "fallback") && (strings.Contains(t, "also") || strings.Contains(t, "failed"))
}

// goesOn reports whether an error says itself that the program continues
// another way.
func goesOn(ev *event) bool {
	t := strings.ToLower(firstLines(ev.text, 2))
	for _, w := range [...]string{"falling back", "fall back to", "fallback to", "using fallback", "in-memory fallback", "continuing without", "continue without", "will retry", "retrying in"} {
		if strings.Contains(t, w) {
			return true
		}
	}
	return false
}
