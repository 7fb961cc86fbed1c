package stacktrace

import "strings"

// LineKind says what part a single line may have in a stack trace.
type LineKind uint8

// The kinds of lines.
const (
	KindNone      LineKind = iota // nothing that only traces have
	KindStart                     // a trace begins: "Traceback (most recent call last):", "goroutine 1 [running]:", "panic: …"
	KindFrame                     // a call, in the form of any runtime
	KindSource                    // what stands between the frames: source lines, markers, the properties of an error
	KindChain                     // what ties exceptions to each other: "Caused by: …", "... 12 more"
	KindException                 // a line that states an exception
)

// String returns a word for k.
func (k LineKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return ""
}

var kindNames = [...]string{"none", "start", "frame", "source", "chain", "exception"}

// Classify reads one line as it stands, without what a logger puts in front:
// a line with a time or a level is a record of its own and no part of the
// trace before it. Only the indented forms of source lines count as
// KindSource, so that the kind says little for a line alone; ask Continues.
func Classify(line string) LineKind {
	l := makeLine(line, 0, len(line))
	s := l.s
	if s == "" {
		return KindNone
	}
	if isStartLine(s) {
		return KindStart
	}
	if isFrameLine(s, l.indent) {
		return KindFrame
	}
	if isChainLine(s) {
		return KindChain
	}
	if isStatedException(s, l.indent) {
		return KindException
	}
	if isSourceLine(s, l.indent) {
		return KindSource
	}
	return KindNone
}

func isStartLine(s string) bool {
	switch {
	case s == pyTraceback, s == "Exception Group "+pyTraceback, strings.HasPrefix(s, "+ Exception Group Traceback"):
		return true
	case isGoroutine(s), s == "Stack trace:", s == "[stacktrace]", strings.EqualFold(s, "stack backtrace:"):
		return true
	case strings.HasPrefix(s, "Exception in thread "):
		return true
	}
	if strings.HasPrefix(s, "panic: ") || strings.HasPrefix(s, "fatal error: ") || strings.HasPrefix(s, "thread '") {
		h, ok := readSpecialHead(s)
		return ok && h.at == 0
	}
	return false
}

func isFrameLine(s string, indent int) bool {
	if _, ok := pythonFrame(s); ok {
		return true
	}
	if place, ok := strings.CutPrefix(s, "at "); ok {
		_, _, ok := atFrame(s)
		if !ok && indent > 0 {
			_, _, ok = cutPlace(place) // Rust
		}
		return ok
	}
	if _, ok := phpFrame(s); ok {
		return true
	}
	if _, ok := elixirFrame(s); ok && (s[0] == '(' || s[0] == 'i') {
		return true
	}
	if f, ok := rubyFrame(s); ok {
		return f.Line > 0
	}
	if _, _, ok := goFile(s); ok && indent > 0 {
		return true
	}
	if _, ok := rustFunction(s); ok && indent > 0 {
		return true
	}
	return isGoCall(s)
}

// isGoCall reads the first line of a Go frame by its argument list, which
// holds addresses or dots: "main.run(0xc000…)", "main.main()".
func isGoCall(s string) bool {
	if strings.HasPrefix(s, "created by ") {
		_, ok := goFunction(s)
		return ok
	}
	if !strings.HasSuffix(s, ")") {
		return false
	}
	fn, ok := goFunction(s)
	if !ok || len(fn) == len(s) {
		return false
	}
	args := s[len(fn):]
	return args == "()" || args == "(...)" || strings.HasPrefix(args, "(0x") || strings.HasPrefix(args, "({0x")
}

func isChainLine(s string) bool {
	if isPythonConnector(s) != RelNone || isMoreFrames(s) {
		return true
	}
	if _, ok := isGroupRule(s); ok {
		return true
	}
	if _, kind := javaChain(s); kind != 0 {
		return true
	}
	for _, lead := range [...]string{"Caused by:", "--- End of ", "---> ", "[cause]: ", "[errors]: [", "[CIRCULAR REFERENCE", "[previous exception]", "[Previous line repeated "} {
		if strings.HasPrefix(s, lead) {
			return true
		}
	}
	if rest, ok := strings.CutPrefix(s, "Next "); ok {
		_, ok := readTyped(rest, 0)
		return ok
	}
	return s == "Causes:" || reactorNote(s)
}

// isStatedException reports whether the line begins with its exception.
func isStatedException(s string, indent int) bool {
	if !mayState(s) {
		return false
	}
	h, ok := readHead(s)
	if !ok {
		return false
	}
	if h.at == 0 {
		return indent < 4 || h.lang == "elixir" || h.lang == ""
	}
	return leadLen(s) > 0 && leadLen(s)+1 >= h.at // "Uncaught TypeError: …"
}

// mayState is a quick answer for the many lines that state no exception:
// it looks at the first word only.
func mayState(s string) bool {
	if n := typeLen(s); n > 0 {
		if n == len(s) || s[n] == ':' || s[n] == '`' {
			return true
		}
		if s[n] != ' ' || n+1 == len(s) {
			return strings.HasPrefix(s[n:], ".rb:") || strings.Contains(s[:min(len(s), 200)], ":in ")
		}
		return s[n+1] == '[' || s[n+1] == '(' || leadLen(s) > 0 || strings.HasPrefix(s, "PHP ") || strings.HasPrefix(s, "exception ") ||
			strings.HasPrefix(s, "terminate called ") || strings.HasPrefix(s, "http: panic")
	}
	switch s[0] {
	case '[', '(', '*', '-':
		return true
	case '/', '<', '.':
		return strings.Contains(s[:min(len(s), 500)], ":in ")
	}
	return false
}

// isSourceLine reads what stands between frames: anything indented, and the
// lines that close the dump of an error.
func isSourceLine(s string, indent int) bool {
	if indent >= 2 {
		return true
	}
	for _, lead := range [...]string{"[signal ", "exit status ", "note: ", "Require stack:", "- /", "(Background on this error at", "[SQL: ", "[parameters: "} {
		if strings.HasPrefix(s, lead) {
			return true
		}
	}
	return strings.Trim(s, "^~") == "" || isDumpEnd(s) || strings.HasPrefix(s, "Node.js v") || strings.HasPrefix(s, "thrown in ") || s == `"}`
}

// Continues reports whether line may follow a line of kind prev in the same
// trace. It is for entries that hold one line each, of one process and close
// in time. An empty line continues any trace.
//
// It errs on the side of false: a line of a message that is neither indented
// nor tied to the trace is not taken.
func Continues(prev LineKind, line string) bool {
	if prev == KindNone {
		return false
	}
	t := makeLine(line, 0, len(line)).s
	if t == "" {
		return true
	}
	if startsRecord(t) && Classify(line) != KindFrame {
		return false
	}
	switch next := Classify(line); next {
	case KindFrame, KindSource, KindChain:
		return true
	case KindStart:
		// "panic: …" is followed by goroutines, a connector by a traceback,
		// and a goroutine by the next one.
		return prev != KindException || !strings.HasPrefix(line, "Exception in thread ") && t != pyTraceback
	case KindException:
		return prev != KindException || isSpace(line[0]) && strings.HasPrefix(t, "** (") // nested exits of the BEAM
	}
	fn, ok := goFunction(t) // without arguments, as github.com/pkg/errors prints it
	return ok && prev == KindFrame && len(fn) == len(t)
}
