package incident

import "time"

// Baseline compares how often each finding is seen with a stretch that people
// call normal.
type Baseline struct {
	Before Stretch       `json:"before"` // the normal stretch
	Now    Stretch       `json:"now"`    // what the analysis is about
	Rows   []BaselineRow `json:"rows"`   // ranked: what is new first, what is as before last
	Notes  []Prose       `json:"notes,omitempty"`
}

// Stretch is one side of a comparison.
type Stretch struct {
	Name    string    `json:"name"` // the input, or the window as it was asked for
	From    time.Time `json:"from,omitzero"`
	To      time.Time `json:"to,omitzero"`
	Seconds float64   `json:"seconds"` // exposure: from the first entry to the last
	Entries int       `json:"entries"`
}

// Kinds of rows of a baseline.
const (
	RateNew      = "new"      // not seen in the normal stretch
	RateRose     = "rose"     // at least three times as often, beyond chance
	RateFell     = "fell"     // at most a third as often, beyond chance
	RateVanished = "vanished" // not seen now, beyond chance
	RateSame     = "same"     // no difference that chance would not give
)

// BaselineRow is a finding on both sides.
type BaselineRow struct {
	Finding   string  `json:"finding,omitempty"` // empty when it is not seen now
	Signature string  `json:"signature"`
	Service   string  `json:"service,omitempty"`
	Title     Prose   `json:"title"`
	Kind      string  `json:"kind"`
	Before    int     `json:"before"`
	Now       int     `json:"now"`
	Ratio     float64 `json:"ratio,omitempty"` // rate now by rate before, to two digits; 0 when either is none
}
