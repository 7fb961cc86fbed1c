// Package stacktrace reads exceptions out of text: a stack trace in the form
// of some runtime, or a single line that states an error, becomes a chain of
// exceptions with frames.
//
// It knows Python, the JVM languages, Node.js, Go, .NET, Ruby, PHP, Rust and
// the BEAM languages, whole or cut off at either end, and traces that a logger
// has flattened to one line.
//
// Beside whole traces there are four smaller tools: ExceptionLine for one
// line, Classify and Continues to join entries that hold one line of a trace
// each, UnwrapReason for wrapped errors ("A: B: C"), and IsReason, which says
// whether a text names a cause or only says that something failed.
//
// All functions are pure and take linear time. What cannot be read is left
// out, never guessed, and nothing panics on any input.
package stacktrace

import "strings"

// Frame is one call on the stack.
type Frame struct {
	Function string // as printed, without arguments; "" when not printed
	File     string // as printed; "" when not printed
	Line     int    // 1-based; 0 when not printed
	User     bool   // the user's own code: not the runtime, a framework or an installed package
}

// Relation says how an exception relates to the one before it in a Chain,
// which is further out.
type Relation uint8

// The relations.
const (
	RelNone    Relation = iota // the first of a chain
	RelCause                   // stated as its cause: "Caused by", "direct cause", [cause]
	RelContext                 // it was being handled when the outer one was raised
	RelWrapped                 // its text is the inner part of the outer one's message: "A: B: C"
	RelMember                  // the first member of a group: ExceptionGroup, AggregateError
)

// String returns a word for r.
func (r Relation) String() string {
	if int(r) < len(relationNames) {
		return relationNames[r]
	}
	return ""
}

var relationNames = [...]string{"", "cause", "context", "wrapped", "member"}

// Exception is one exception of a trace.
type Exception struct {
	// Type is the class as printed, without its message; "panic" or "fatal
	// error" for Go and Rust; "" where the text names none.
	Type string
	// Message may have several lines. It is cut at 8 KiB.
	Message string
	// Code is the code that Node.js prints beside an error, such as
	// ECONNREFUSED; else "".
	Code string
	// Frames is in order of execution: outermost call first, the most recent
	// call last. Of more than 200 the first and the last 100 are kept.
	Frames   []Frame
	Relation Relation
	// Start and End are the byte offsets of the exception line in the text,
	// from the type to the end of the line. They are equal where the text does
	// not hold the line, because it was cut off.
	Start, End int

	// msgAt is where Message begins in the text, -1 where it is not one piece of it.
	msgAt int
}

// Text returns the exception in one piece: type, message and code, as far as
// they are known. It is what IsReason is asked about.
func (e Exception) Text() string {
	s := e.Message
	switch {
	case e.Type == "":
	case s == "":
		s = e.Type
	default:
		s = e.Type + ": " + s
	}
	if e.Code != "" && !strings.Contains(s, e.Code) {
		s = strings.TrimSpace(s + " (" + e.Code + ")")
	}
	return s
}

// LastUser returns the most recent frame in the user's own code.
func (e Exception) LastUser() (Frame, bool) {
	for i := len(e.Frames) - 1; i >= 0; i-- {
		if e.Frames[i].User {
			return e.Frames[i], true
		}
	}
	return Frame{}, false
}

// Trace is what Parse found in a text.
type Trace struct {
	// Language is "python", "java", "node", "go", "dotnet", "ruby", "php",
	// "rust", "elixir" or "cpp"; "" for an exception line that fits several.
	Language string
	// Chain holds the exception that surfaced first and where it began last.
	// It is never empty when Parse reports true. At most 64 are kept, those in
	// the middle are dropped.
	Chain []Exception
	// Beside holds exceptions of the text that are not on that line: suppressed
	// ones, and the further members of a group. At most 64 are kept.
	Beside []Exception
	// Prefix is the text before the trace, such as the message it was logged with.
	Prefix string
}

// Innermost returns the last exception of the chain, which may be a part of
// the message of the one before it (RelWrapped).
func (t Trace) Innermost() Exception {
	if len(t.Chain) == 0 {
		return Exception{}
	}
	return t.Chain[len(t.Chain)-1]
}

// Outermost returns the exception that surfaced.
func (t Trace) Outermost() Exception {
	if len(t.Chain) == 0 {
		return Exception{}
	}
	return t.Chain[0]
}

// Raised returns the innermost exception that was raised as such: the last of
// the chain that is not a part of another's message. Its type and frames are
// what identifies the place of the failure.
func (t Trace) Raised() Exception {
	for i := len(t.Chain) - 1; i >= 0; i-- {
		if t.Chain[i].Relation != RelWrapped {
			return t.Chain[i]
		}
	}
	return Exception{}
}

// Limits of what is kept of a text.
const (
	keepFrames     = 100     // at either end of a stack
	keepExceptions = 32      // at either end of a chain
	maxMessage     = 8 << 10 // bytes of a message
	maxText        = 4 << 20 // bytes of a text that are looked at
	maxLookBack    = 60      // lines of a message between its exception line and the first frame
)

// frameList collects frames in the order of the text and forgets those in the
// middle of long stacks, as runaway recursion prints them.
type frameList struct {
	head, tail []Frame
}

func (l *frameList) add(f Frame) {
	if len(l.head) < keepFrames {
		l.head = append(l.head, f)
		return
	}
	if len(l.tail) == 2*keepFrames {
		n := copy(l.tail, l.tail[keepFrames:])
		l.tail = l.tail[:n]
	}
	l.tail = append(l.tail, f)
}

func (l *frameList) empty() bool { return len(l.head) == 0 }

// frames returns the outermost call first. Runtimes that print the most recent
// call first are reversed.
func (l *frameList) frames(recentFirst bool) []Frame {
	tail := l.tail
	if len(tail) > keepFrames {
		tail = tail[len(tail)-keepFrames:]
	}
	if len(l.head) == 0 {
		return nil
	}
	out := make([]Frame, 0, len(l.head)+len(tail))
	out = append(append(out, l.head...), tail...)
	if recentFirst {
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out
}

// node is an exception under construction.
type node struct {
	Exception
	stack  frameList
	indent int
	begin  int // where the trace begins in the text, when this is its first exception
	lines  int // of the message so far
}

// addMessage appends a continuation line to the message, with its indentation.
func (n *node) addMessage(l line) {
	if len(n.Message)+len(l.s) >= maxMessage || n.lines > maxLookBack {
		return
	}
	n.lines++
	n.Message += "\n" + strings.Repeat(" ", max(0, min(8, l.indent-n.indent))) + l.s
}

// limitNodes drops the middle of a chain that is too long.
func limitNodes(ns []*node) []*node {
	if len(ns) <= 2*keepExceptions {
		return ns
	}
	n := copy(ns[keepExceptions:], ns[len(ns)-keepExceptions:])
	return ns[:keepExceptions+n]
}
