package incident

import "time"

// States says how each failure stands against the runs before.
type States struct {
	First      bool           `json:"first,omitempty"`      // the first run: what was seen became the baseline
	From       time.Time      `json:"from,omitzero"`        // of what this run adds
	To         time.Time      `json:"to,omitzero"`          // up to here all has been looked at
	Before     time.Time      `json:"before,omitzero"`      // up to where the run before had looked
	Incomplete []Prose        `json:"incomplete,omitempty"` // why what was not seen cannot be called quiet
	Counts     []Count        `json:"counts"`               // failures by state, those that ask for somebody first
	Failures   []FailureState `json:"failures"`             // what was seen, and what changed its state
	AtRest     int            `json:"at_rest,omitempty"`    // failures that were quiet or over before, and still are
	Causes     []CauseState   `json:"causes,omitempty"`     // how causes differ from those of the run before
	Hits       []Prose        `json:"hits,omitempty"`       // what the policy says to
	Notes      []Prose        `json:"notes,omitempty"`
}

// FailureState is a failure as the runs know it.
type FailureState struct {
	Fingerprint string    `json:"fingerprint"`       // the same in all runs: <!-- logwhy:FINGERPRINT --> marks what is said of it
	Finding     string    `json:"finding,omitempty"` // in this analysis; empty when it was not seen
	Signature   string    `json:"signature"`
	Service     string    `json:"service,omitempty"`
	Title       Prose     `json:"title"`
	Severity    string    `json:"severity"` // of the worst incident that holds it
	State       string    `json:"state"`
	Was         string    `json:"was,omitempty"`      // in the run before
	Returned    bool      `json:"returned,omitempty"` // back without a deploy
	Why         Prose     `json:"why"`
	Hit         bool      `json:"hit,omitempty"` // the policy says to this one
	Count       int       `json:"count"`         // in this run, without what earlier runs counted
	Total       int       `json:"total"`         // in all runs
	First       time.Time `json:"first,omitzero"`
	Last        time.Time `json:"last,omitzero"`
	Revisions   []string  `json:"revisions,omitempty"`
}

// Kinds of differences between the causes of two runs or analyses.
const (
	CauseNew      = "new"
	CauseGone     = "gone"
	CauseStronger = "stronger" // a better verdict
	CauseWeaker   = "weaker"   // a worse one
	CauseSame     = "same"
)

// CauseState is how a cause of a symptom stands to the run before.
type CauseState struct {
	Kind    string `json:"kind"`
	Symptom Prose  `json:"symptom"`
	Service string `json:"service,omitempty"`
	Cause   Prose  `json:"cause"`
	Before  string `json:"before,omitempty"` // the verdict
	Now     string `json:"now,omitempty"`
}
