// Package signature reads failure signatures from YAML and recognises them in
// entries.
//
// A Catalog is loaded once (Load), checked as a whole, and immutable. Every
// worker takes its own Matcher from it and calls Match for each entry; Match
// is stateless, allocates only for hits, and depends on nothing but the entry
// and the catalog. Signatures of more than one event (sequence, set, count)
// are followed by a Tracker, which package correlate feeds in time order.
//
// Nothing is compiled or validated while matching. The package reads no
// entries and links no findings; it knows what a signature says, not whether
// it is true.
package signature

import (
	"regexp"
	"time"

	"logwhy/internal/diag"
	"logwhy/internal/logentry"
)

// Role says what part a signature plays in an incident.
type Role uint8

// The roles, see docs/signatures.md.
const (
	RoleNone    Role = iota
	RoleChange       // something was altered: deploy, config, scale
	RoleFault        // a defect or state that can end a why-chain
	RoleFailure      // a part stops working because of something
	RoleImpact       // what a caller sees
	RoleHealthy      // proof that something works
	RoleNoise        // known and benign; counted, never blamed
)

// String returns the word used in YAML.
func (r Role) String() string {
	return [...]string{"", "change", "fault", "failure", "impact", "healthy", "noise"}[r]
}

// Rung is a rung of the join ladder: what two observations must share to be
// joined. The lower the number, the closer the join.
type Rung uint8

// The rungs, closest first.
const (
	RungNone      Rung = iota
	RungTrace          // trace, or a correlation id in the message
	RungRequest        // the interval of a request, on its instance
	RungInstance       // container instance, pod or VM
	RungExecution      // job or function execution
	RungRevision       // revision, also when only named in the message
	RungService        // service or job
	RungFile           // nothing but the input; plausible at most, within a second
)

// String returns the word used in YAML and reports.
func (r Rung) String() string {
	return [...]string{"", "trace", "request", "instance", "execution", "revision", "service", "file"}[r]
}

// Signature is one failure pattern. All fields are read-only after Load.
type Signature struct {
	Index int    // position in Catalog.Signatures
	ID    string // "<pack>.<name>"
	Pack  string
	// Formerly lists the ids that it had before.
	Formerly []string
	Title    string
	Role     Role
	Severity string // critical, high, medium, low, info, or "" when not stated
	Classes  []string

	// Captures names the captures in a fixed order; Match.Values has the same
	// order. Captures named like a field of logentry.Scope (service, revision,
	// instance, execution, project, pod, container, namespace) or "job" fill
	// that field of the observation's scope where the entry leaves it empty.
	Captures []string
	// Identity lists the captures that tell findings of this signature apart.
	Identity []string
	// Answer says in one sentence what was seen, with {{capture}} filled in by FillProse.
	Answer string
	// Reason is the template of the stated reason, "" when the whole message is.
	Reason string

	LeadsTo        []Edge
	ContradictedBy []Contradiction
	// NeverContradicted says why no observation can speak against it.
	NeverContradicted string
	Expects           []Expectation
	Notes             []Note
	Alternatives      []Alternative
	Next              []string
	Remedy            []string
	References        []string
	// AlsoFires lists other faults that may fire on the hit file.
	AlsoFires []string

	// Builtin is true for signatures of the catalogue that comes with the program.
	Builtin bool
	// Owner is the signature that a hidden step belongs to, else nil. Hidden
	// steps have ids "<owner>#<step>"; Match reports them like any other, and
	// only the tracker of their owner reads them.
	Owner *Signature

	// Single is true when one event is enough: Match reports the signature.
	// Otherwise it is followed by a Tracker.
	Single bool

	// File and Line say where the signature is defined, for diagnostics.
	File string
	Line int

	cond   *condition              // of a Single signature
	fields []fieldCapture          // captures that are read from fields
	form   *form                   // of all others
	places map[string]diag.Problem // where its keys stand, for lints
}

// Within bounds a link in time.
type Within struct {
	// Duration is how long after the cause the effect may begin; 0 when Span is set.
	Duration time.Duration
	// Span is "instance", "execution", "revision" or "epoch" when the effect
	// lasts as long as that does, else "".
	Span string
}

// Edge declares that a signature may cause another.
type Edge struct {
	// Effect is a signature id, or Class names a class; one of the two is set.
	Effect string
	Class  string
	// Because is the mechanism, in words.
	Because string
	Join    []Rung // allowed rungs, closest first
	Within  Within // the zero value means the default reach of the rung
	// Late is how long after its effect the cause may be logged (memory limit: 60 s).
	Late time.Duration
}

// Contradiction names an observation that speaks against a signature as a cause.
type Contradiction struct {
	Signature string // id, or Class
	Class     string
	Same      []Rung // what both must share
	After     bool   // it counts only after the cause (where.time: after)
	Because   string
}

// Expectation names an observation that should be there if this is the cause.
type Expectation struct {
	Signature string
	Class     string
	Same      []Rung
	Within    time.Duration
	Because   string
}

// Note is knowledge that holds under a condition.
type Note struct {
	// Distinct and Per with Over > 0: more than Over different values of
	// capture Distinct for one value of capture Per.
	Distinct, Per string
	Over          int
	// Capture with Equals or Matches: a capture has this value. With all empty
	// the note always holds.
	Capture string
	Equals  string
	Say     string
	matches *regexp.Regexp
}

// Unconditional reports whether the note always holds.
func (n *Note) Unconditional() bool { return n.Distinct == "" && n.Capture == "" }

// Holds reports whether value fulfils a note on one capture: with neither
// Equals nor Matches, any value does.
func (n *Note) Holds(value string) bool {
	switch {
	case n.Capture == "" || value == "":
		return false
	case n.matches != nil:
		return n.matches.MatchString(value)
	}
	return n.Equals == "" || n.Equals == value
}

// Alternative is a rival explanation: a hypothesis that logs cannot show.
type Alternative struct {
	ID      string
	Because string
	Check   string // read-only command
}

// Match is one signature found in one entry.
type Match struct {
	Sig *Signature
	// Values holds the captures in the order of Sig.Captures; "" where a
	// capture took no part. The strings borrow from the entry.
	Values []string
}

// Value returns the capture called name, "" when absent.
func (m Match) Value(name string) string {
	for i, n := range m.Sig.Captures {
		if n == name && i < len(m.Values) {
			return m.Values[i]
		}
	}
	return ""
}

// Scope returns s with what is empty filled from the captures of that name.
func (m Match) Scope(s logentry.Scope) logentry.Scope {
	fields := map[string]*string{
		"project": &s.Project, "location": &s.Location, "service": &s.Service, "job": &s.Service, "revision": &s.Revision,
		"instance": &s.Instance, "execution": &s.Execution, "namespace": &s.Namespace, "pod": &s.Pod, "container": &s.Container,
	}
	for i, name := range m.Sig.Captures {
		if f := fields[name]; f != nil && *f == "" && i < len(m.Values) {
			*f = m.Values[i]
		}
	}
	return s
}

// Occurrence is what a Tracker is fed: one match of a step, in time order.
type Occurrence struct {
	Match Match
	Time  logentry.Time
	Scope logentry.Scope
	Trace string
	Ref   int // the caller's name for the observation
}

// Hit is one completed sequence, set or count.
type Hit struct {
	Sig     *Signature
	Refs    []int // Ref of each step, in order
	Named   int   // index into Refs: the event that the hit gives its name to
	Values  []string
	Rung    Rung
	AtLeast bool // observations were bounded: absence of steps is unknown
	// Absent holds the outcome of each absent clause: true when the data would
	// have shown it and did not. Correlate decides; the tracker only reports
	// the intervals to look at.
	Absent []Interval
}

// Interval is a stretch in which a signature must not occur.
type Interval struct {
	Signature string
	From, To  logentry.Time
	Scope     logentry.Scope
}

// HasClass reports whether the signature is of the class called name.
func (s *Signature) HasClass(name string) bool {
	for _, c := range s.Classes {
		if c == name {
			return true
		}
	}
	return false
}
