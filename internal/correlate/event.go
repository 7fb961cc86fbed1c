package correlate

import (
	"strings"

	"logwhy/internal/logentry"
	"logwhy/internal/signature"
	"logwhy/internal/stacktrace"
)

// event is one logical occurrence: an observation, or several joined.
type event struct {
	parts []*observation // in order; at least one
	main  int            // index of the part that is cited: the exception line, else the first

	start, t logentry.Time // begin, and the instant at which it counts in order
	scope    logentry.Scope
	trace    string
	text     string
	level    logentry.Severity
	basis    logentry.Basis

	tr      stacktrace.Trace
	hasTr   bool
	matches []signature.Match
	prim    *signature.Match // the match that names the event; nil for a pattern
	role    signature.Role
	err     bool // an error event
	weak    bool // below ERROR, worded as a failure

	reason    string // what the event itself says about why; "" when it says nothing
	ownReason bool   // reason may be named as a cause

	finding *finding
	idx     int // position in order

	cause *link // to the nearest cause, after assignment
	// effects are the events that this one explains directly.
	effects []*event
}

func (ev *event) entry() *logentry.Entry { return ev.parts[ev.main].e }

func (ev *event) http() *logentry.HTTPRequest { return ev.entry().HTTP }

// sig returns the naming signature, nil for a pattern.
func (ev *event) sig() *signature.Signature {
	if ev.prim == nil {
		return nil
	}
	return ev.prim.Sig
}

func (ev *event) hasClass(class string) bool {
	for _, m := range ev.matches {
		if m.Sig.HasClass(class) {
			return true
		}
	}
	return false
}

// platform reports whether the platform logged the event, not the application.
func (ev *event) platform() bool {
	e := ev.entry()
	if e.Audit != nil || e.HTTP != nil {
		return true
	}
	id := e.LogID()
	return strings.HasSuffix(id, "varlog/system") || strings.HasPrefix(id, "cloudaudit.googleapis.com") ||
		id == "events" || strings.HasSuffix(id, "/requests")
}

// primary picks the match that names an event: a fault before known noise,
// that before what merely failed; the generic http pack last.
func primary(ms []signature.Match) *signature.Match {
	best := -1
	for i := range ms {
		if ms[i].Sig.Role == signature.RoleNone || strings.Contains(ms[i].Sig.ID, "#") {
			continue // a step of a sequence ("ID#step") names nothing by itself
		}
		if best < 0 || nameRank(ms[i].Sig) < nameRank(ms[best].Sig) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return &ms[best]
}

func nameRank(s *signature.Signature) int {
	r := 0
	switch s.Role {
	case signature.RoleFault:
		r = 0
	case signature.RoleNoise:
		r = 2
	case signature.RoleFailure:
		r = 4
	case signature.RoleImpact:
		r = 6
	case signature.RoleChange:
		r = 8
	default:
		r = 10
	}
	if s.Pack == "http" || s.Pack == "audit" {
		r++
	}
	return r
}

// identityKey names the finding of a match: the signature and its identity captures.
func identityKey(m signature.Match) string {
	if len(m.Sig.Identity) == 0 {
		return m.Sig.ID
	}
	var b strings.Builder
	b.WriteString(m.Sig.ID)
	for _, name := range m.Sig.Identity {
		b.WriteByte(0)
		b.WriteString(m.Value(name))
	}
	return b.String()
}

// newEvent joins parts, in order, into one event and names it anew: a
// condition over several lines holds only now.
func (x *explainer) newEvent(parts []*observation) *event {
	ev := &event{parts: parts}
	first := parts[0].e
	ev.start, ev.t = first.Time, first.End()
	ev.scope, ev.trace = first.Scope, first.Scope.Trace
	if len(parts) == 1 {
		ev.text = first.Text()
		ev.matches = parts[0].matches
	} else {
		ev.text = joinTexts(parts)
		joined := *first
		joined.Message, joined.Detail = ev.text, ""
		ev.matches = x.rematch(&joined, parts)
	}
	for _, p := range parts {
		ev.err = ev.err || p.err
		ev.weak = ev.weak || p.strength == weak
		if p.e.Severity > ev.level || p == parts[0] {
			ev.level, ev.basis = p.e.Severity, p.e.Basis
		}
	}
	if len(ev.text) < 256<<10 && hasExceptionMark(ev.text) {
		ev.tr, ev.hasTr = stacktrace.Parse(ev.text)
	}
	ev.prim = primary(ev.matches)
	if ev.prim != nil && ev.prim.Sig.Role == signature.RoleNoise && ownError(parts, ev.prim) {
		ev.prim = nil // a harmless line that announces an error does not name it
	}
	ev.role = signature.RoleFailure
	if ev.prim != nil {
		ev.role = ev.prim.Sig.Role
	}
	ev.main = mainPart(ev)
	x.fillScope(ev)
	ev.reason, ev.ownReason = reasonOf(ev)
	return ev
}

// ownError reports whether a part that m does not name is an error event.
func ownError(parts []*observation, m *signature.Match) bool {
	for _, p := range parts {
		if p.err && !names(p, m) {
			return true
		}
	}
	return false
}

func joinTexts(parts []*observation) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.e.Text())
	}
	return b.String()
}

// rematch matches the joined text and keeps the matches of the parts that the
// joined text does not repeat.
func (x *explainer) rematch(joined *logentry.Entry, parts []*observation) []signature.Match {
	ms := x.matcher.Match(joined, nil)
	have := map[int]bool{}
	for _, m := range ms {
		have[m.Sig.Index] = true
	}
	for _, p := range parts {
		for _, m := range p.matches {
			if !have[m.Sig.Index] {
				have[m.Sig.Index] = true
				ms = append(ms, m)
			}
		}
	}
	return ms
}

// mainPart picks the entry to cite: the one that holds the innermost exception
// line, else the first that a signature names, else the first.
func mainPart(ev *event) int {
	if len(ev.parts) == 1 {
		return 0
	}
	named := -1
	for i, p := range ev.parts {
		for _, m := range p.matches {
			if ev.prim != nil && m.Sig == ev.prim.Sig && named < 0 {
				named = i
			}
		}
	}
	fault := ev.prim != nil && ev.prim.Sig.Role == signature.RoleFault
	if raised := sayingWhy(ev.tr); ev.hasTr && raised.Type != "" {
		want := firstLine(raised.Message)
		for i, p := range ev.parts {
			if strings.Contains(p.e.Message, raised.Type) && (want == "" || strings.Contains(p.e.Message, want)) {
				if named < 0 || !fault || names(ev.parts[i], ev.prim) {
					return i
				}
			}
		}
	}
	return max(named, 0)
}

// names reports whether an observation has the match by itself.
func names(o *observation, m *signature.Match) bool {
	for i := range o.matches {
		if m != nil && o.matches[i].Sig == m.Sig {
			return true
		}
	}
	return false
}

// fillScope lets captures such as revision or job fill what the entry leaves
// open: platform entries name the object in their text.
func (x *explainer) fillScope(ev *event) {
	for _, m := range ev.matches {
		for i, name := range m.Sig.Captures {
			if i >= len(m.Values) || m.Values[i] == "" {
				continue
			}
			v := m.Values[i]
			switch name {
			case "service", "job":
				fillEmpty(&ev.scope.Service, v)
			case "revision":
				fillEmpty(&ev.scope.Revision, v)
			case "instance":
				fillEmpty(&ev.scope.Instance, v)
			case "execution":
				fillEmpty(&ev.scope.Execution, v)
			case "project":
				fillEmpty(&ev.scope.Project, v)
			case "pod":
				fillEmpty(&ev.scope.Pod, v)
			case "container":
				fillEmpty(&ev.scope.Container, v)
			case "namespace":
				fillEmpty(&ev.scope.Namespace, v)
			}
		}
	}
}

func fillEmpty(dst *string, v string) {
	if *dst == "" {
		*dst = v
	}
}
