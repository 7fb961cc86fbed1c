package incident

import "time"

// Tally counts to the minute what an analysis holds, for comparing runs whose
// windows overlap. It is no part of the public form.
type Tally struct {
	Scopes []ScopeTally
	Counts []CountTally
}

// ScopeTally says from when to when a revision of a service logged.
type ScopeTally struct {
	Service, Revision string
	N                 int
	First, Last       time.Time
}

// CountTally counts the events of a finding in one minute on one revision.
type CountTally struct {
	Finding  string
	Key      string    // the id of the pattern before patterns were merged for display; empty for signatures
	Minute   time.Time // its begin; zero for events without a time
	Revision string
	N        int
}
