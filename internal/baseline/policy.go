package baseline

import (
	"fmt"
	"slices"
	"strings"

	"logwhy/internal/incident"
)

// Policy says which failures end a job.
type Policy struct {
	rules  []policyRule
	maxNew int // -1: any number
}

type policyRule struct {
	state    string
	severity string // at least; "" is any
}

// Returned is the word for a failure that is back without a deploy. As a state
// it is ongoing.
const Returned = "returned"

// DefaultFailOn is the policy where nobody states one: what asks for somebody.
var defaultFailOn = []string{incident.StateNew, incident.StateRegressed, incident.StateEscalating}

// DefaultFailOn returns the policy where nobody states one.
func DefaultFailOn() []string { return slices.Clone(defaultFailOn) }

// PolicyStates returns the words that a policy may name.
func PolicyStates() []string { return append(slices.Clone(stateOrder), Returned) }

// PolicyError is a word that a policy does not know.
type PolicyError struct {
	Word  string
	Known []string
	What  string // state or severity
}

// Error names the word and those that are known.
func (e *PolicyError) Error() string {
	return fmt.Sprintf("%q is no %s; there are %s", e.Word, e.What, strings.Join(e.Known, ", "))
}

// ParsePolicy reads STATE[:SEVERITY] words; "none" alone is no rule. maxNew
// below 0 sets no bound.
func ParsePolicy(words []string, maxNew int) (Policy, error) {
	p := Policy{maxNew: maxNew}
	for _, w := range words {
		w = strings.TrimSpace(w)
		if w == "" || w == "none" && len(words) == 1 {
			continue
		}
		state, severity, has := strings.Cut(w, ":")
		if !slices.Contains(PolicyStates(), state) {
			return p, &PolicyError{state, PolicyStates(), "state"}
		}
		if has && !slices.Contains(severities, severity) {
			return p, &PolicyError{severity, severities, "severity"}
		}
		p.rules = append(p.rules, policyRule{state, severity})
	}
	return p, nil
}

// Apply marks the failures that the policy says to, and says so in the states.
// The first run hits no policy: it only learns.
func (p Policy) Apply(s *incident.States) {
	s.Hits = nil
	if s.First {
		return
	}
	for _, r := range p.rules {
		n := 0
		for i := range s.Failures {
			if f := &s.Failures[i]; r.holds(f) {
				f.Hit = true
				n++
			}
		}
		if n > 0 {
			s.Hits = append(s.Hits, incident.Prose(fmt.Sprintf("%d %s (--fail-on %s)", n, r.words(), r)))
		}
	}
	n := 0
	for _, f := range s.Failures {
		if f.State == incident.StateNew {
			n++
		}
	}
	if p.maxNew >= 0 && n > p.maxNew {
		s.Hits = append(s.Hits, incident.Prose(fmt.Sprintf("%d new, more than %d (--max-new)", n, p.maxNew)))
	}
}

func (r policyRule) holds(f *incident.FailureState) bool {
	if r.severity != "" && severityRank(f.Severity) > severityRank(r.severity) {
		return false
	}
	if r.state == Returned {
		return f.Returned && f.State == incident.StateOngoing && f.Count > 0
	}
	return f.State == r.state
}

func (r policyRule) words() string {
	if r.severity == "" {
		return r.state
	}
	return r.state + ", " + r.severity + " or worse"
}

// String is the rule as it is written.
func (r policyRule) String() string {
	if r.severity == "" {
		return r.state
	}
	return r.state + ":" + r.severity
}
