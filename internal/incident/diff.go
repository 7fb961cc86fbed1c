package incident

// DiffSchema names the version of the JSON form of a Diff.
const DiffSchema = "logwhy.diff/v1"

// Diff is how two analyses differ.
type Diff struct {
	Schema   string        `json:"schema"`
	Before   Stretch       `json:"before"`
	Now      Stretch       `json:"now"`
	Causes   []CauseState  `json:"causes"`   // those that are the same come last
	Findings []FindingDiff `json:"findings"` // of failures, ranked: what is new first, what is as before last
	Notes    []Prose       `json:"notes,omitempty"`
}

// DiffUnknown is the kind of a finding that is not seen now, in data that
// would not have shown it. The other kinds are those of a BaselineRow.
const DiffUnknown = "unknown"

// FindingDiff is a failure on both sides.
type FindingDiff struct {
	Kind        string  `json:"kind"`
	Fingerprint string  `json:"fingerprint"`
	Signature   string  `json:"signature"`
	Service     string  `json:"service,omitempty"`
	Title       Prose   `json:"title"`
	Severity    string  `json:"severity"` // now, else before
	Before      int     `json:"before"`
	Now         int     `json:"now"`
	Ratio       float64 `json:"ratio,omitempty"` // rate now by rate before, to two digits; 0 when either is none
}

// Differs reports whether anything is not as before.
func (d *Diff) Differs() bool {
	for _, c := range d.Causes {
		if c.Kind != CauseSame {
			return true
		}
	}
	for _, f := range d.Findings {
		if f.Kind != RateSame && f.Kind != DiffUnknown {
			return true
		}
	}
	return false
}
