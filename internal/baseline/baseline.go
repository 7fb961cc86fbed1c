// Package baseline remembers failures from run to run: an analysis and the
// state of the runs before go in, the new state and how each failure stands
// come out.
//
// The steps are:
//
//  1. Observe. The failures of an analysis get a fingerprint: signature,
//     service and identity captures, or the pattern; never a line, an id or a
//     revision.
//  2. Count. Windows overlap, so counts are compared minute by minute with what
//     was counted before: nothing counts twice, and what arrived late counts.
//  3. Decide. Each known failure is ongoing, escalating, regressed, quiet,
//     resolved or unknown; what is not known is new. Deploys decide about
//     regressions, not the clock. Data with a hole makes nothing quiet.
//  4. Keep. The state is written whole or not at all, sorted, one failure a
//     line. Merge joins two states in any order, any number of times.
//
// The result depends on the analysis and the state alone. Package baseline
// reads no clock and no environment; only Store touches files.
package baseline

import (
	"time"

	"logwhy/internal/incident"
)

// Bounds of what is remembered.
const (
	keptRuns      = 60   // runs, and counts of a failure by run
	keptDeploys   = 30   // deploys of a service
	keptRevisions = 20   // revisions of a failure
	keptAlso      = 40   // further fingerprints of a failure
	keptTail      = 1500 // minutes that are still open, of a failure
	keptCauses    = 3    // causes of a failure
)

// State is what is known after a run.
type State struct {
	Runs     map[string]RunRecord // by key: the end of the window, and a hash
	Services map[string]*Service
	Failures map[string]*Failure // by fingerprint
}

// NewState returns the state before the first run.
func NewState() *State {
	return &State{Runs: map[string]RunRecord{}, Services: map[string]*Service{}, Failures: map[string]*Failure{}}
}

// Empty reports whether there was no run yet.
func (s *State) Empty() bool { return len(s.Runs) == 0 && len(s.Failures) == 0 }

// RunRecord is what is kept of a run.
type RunRecord struct {
	From     time.Time `json:"from,omitzero"`
	To       time.Time `json:"to,omitzero"`
	Entries  int       `json:"entries"`
	Complete bool      `json:"complete"`
	Rules    string    `json:"rules,omitempty"` // hash of the rules
	Open     bool      `json:"open,omitempty"`  // the end was not asked for: it is that of the newest entry
}

// Service is what is kept of a service. The empty name holds what belongs to none.
type Service struct {
	Through time.Time            `json:"through,omitzero"` // up to here its entries have been counted
	Counted time.Time            `json:"counted,omitzero"` // minutes before are counted for good; later ones are in the tails
	Minutes map[string]int       `json:"minutes,omitempty"`
	Deploys map[string]time.Time `json:"deploys,omitempty"` // by revision, else by "@" and the time
}

// Failure is what is kept of a failure.
type Failure struct {
	Signature string               `json:"signature"`
	Service   string               `json:"service,omitempty"`
	Identity  map[string]string    `json:"identity,omitempty"`
	Template  string               `json:"template,omitempty"`
	Merged    bool                 `json:"merged,omitempty"` // the template stands for several patterns
	Also      []string             `json:"also,omitempty"`   // other fingerprints of it
	Title     incident.Prose       `json:"title"`
	Severity  string               `json:"severity"`
	State     string               `json:"state"`
	Returned  bool                 `json:"returned,omitempty"`
	Run       string               `json:"run,omitempty"` // which decided the state
	First     time.Time            `json:"first,omitzero"`
	Last      time.Time            `json:"last,omitzero"`
	Gap       int                  `json:"gap_s,omitempty"` // the longest silence that ended without a deploy
	Older     int                  `json:"older,omitempty"` // counts of runs up to OlderTo
	OlderTo   string               `json:"older_to,omitempty"`
	Counts    map[string]int       `json:"counts,omitempty"` // by run
	Revisions map[string]time.Time `json:"revisions,omitempty"`
	Tail      map[string]int       `json:"tail,omitempty"` // counts of minutes that the next window reads again
	Causes    []CauseRecord        `json:"causes,omitempty"`
	Mute      *Mute                `json:"mute,omitempty"`
}

// CauseRecord is a cause that the last run named.
type CauseRecord struct {
	ID      string         `json:"id"`
	Title   incident.Prose `json:"title"`
	Verdict string         `json:"verdict"`
}

// Mute says that a person wants to hear no more of a failure. It does not say who.
type Mute struct {
	Set    time.Time `json:"set"`           // when it was last changed
	Off    bool      `json:"off,omitempty"` // it was taken back
	Reason string    `json:"reason,omitempty"`
	Until  time.Time `json:"until,omitzero"` // zero: for good
}

// Active reports whether the mute holds at a time.
func (m *Mute) Active(at time.Time) bool {
	return m != nil && !m.Off && (m.Until.IsZero() || at.Before(m.Until))
}

// Total is how often the failure was seen in all runs.
func (f *Failure) Total() int {
	n := f.Older
	for _, c := range f.Counts {
		n += c
	}
	return n
}

// Through returns up to where some run has looked.
func (s *State) Through() time.Time {
	var t time.Time
	for _, r := range s.Runs {
		if r.To.After(t) {
			t = r.To
		}
	}
	return t
}

// CountedThrough returns up to where all entries are counted: the end of the
// last run that could tell. A live read begins there, less the overlap.
func (s *State) CountedThrough() time.Time {
	var t time.Time
	for _, v := range s.Services {
		if v.Through.After(t) {
			t = v.Through
		}
	}
	return t
}
