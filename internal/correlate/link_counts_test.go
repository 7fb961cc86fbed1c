package correlate_test

import (
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// missing  --1----2----3---   want: 0 of 3 exits without it, supported
// exit     ---1----2----3--
func TestNecessityAllHeld(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1----2----3---
		exit     ---1----2----3--`)
	wantTest(t, a, "No module", "necessity", incident.Pass, "0 of 3")
	if _, v := causeOf(t, a, about(t, a, "No module")); v != incident.Supported {
		t.Errorf("%s, want supported", v)
	}
}

// missing  --1---------3-----4---   exit 2 has no error before it
// exit     ---1----2----3-----4--   want: 1 of 4 without it, told, supported still
func TestNecessityTellsWhatIsLeft(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1---------3-----4---
		exit     ---1----2----3-----4--`)
	wantTest(t, a, "No module", "necessity", incident.Told, "1 of 4")
	if _, v := causeOf(t, a, about(t, a, "No module")); v != incident.Supported {
		t.Errorf("%s, want supported: most exits have it", v)
	}
}

// missing  --1-----------------5--   exits 2, 3, 4 have none
// exit     ---1--2--3--4--------5-   want: fails, plausible at most
func TestNecessityFailsForAMinority(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1-----------------5--
		exit     ---1--2--3--4--------5-`)
	wantTest(t, a, "No module", "necessity", incident.Fail, "3 of 5")
	if _, v := causeOf(t, a, about(t, a, "No module")); v != incident.Plausible {
		t.Errorf("%s, want plausible: it explains a minority", v)
	}
}

// missing  --1----2-----------   exit 3 belongs to the password
// other    ------------3------   want: 0 of 2; what a rival holds does not speak
// exit     ---1----2----3-----   against it
func TestNecessityLeavesOutWhatRivalsHold(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1----2-----------
		other    ------------3------
		exit     ---1----2----3-----`)
	wantTest(t, a, "No module", "necessity", incident.Pass, "0 of 2")
	wantTest(t, a, "password authentication", "necessity", incident.Pass, "0 of 1")
}

// The list is cut at its limit, newest first: the exit in its first moments
// may have had its cause before. It is not counted.
//
// cut      |
// exit     -1--------2--------3--   want: 0 of 2
// missing  ---------2--------3---
func TestNecessityDoesNotCountWhatIsCutOff(t *testing.T) {
	entries := scene(time.Second, cast, `
		missing  ----------2--------3---
		exit     -1---------2--------3--
		chatter  0----------------------`)
	filled := fill(entries, 10)
	a := explainCut(t, filled)
	wantTest(t, a, "No module", "necessity", incident.Pass, "0 of 2")
}

// fill adds chatter at the end until there are n entries.
func fill(entries []*logentry.Entry, n int) []*logentry.Entry {
	for i := len(entries); i < n; i++ {
		entries = append(entries, entry(cast["chatter"], origin.Add(30*time.Second), "0", i))
	}
	return entries
}

// explainCut explains a list of the newest entries, cut at a round number.
func explainCut(t testing.TB, entries []*logentry.Entry) *incident.Analysis {
	t.Helper()
	cat := catalogue(t)
	c := correlate.NewCollector(cat, correlate.Options{})
	for _, e := range entries {
		c.Add(e)
	}
	in := incident.Input{Name: "scene.json", Format: "array", Order: "newest-first", Entries: len(entries)}
	return correlate.Analyze(cat, c, correlate.Read{Inputs: []incident.Input{in}}, correlate.Options{})
}

// missing  --1----2----3---   instance 2 survives it
// exit     ---1---------3--   want: told, and never held against the cause
func TestSufficiencyIsToldOnly(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1----2----3---
		exit     ---1---------3--`)
	wantTest(t, a, "No module", "sufficiency", incident.Told, "1 of 3")
	if _, v := causeOf(t, a, about(t, a, "No module")); v != incident.Supported {
		t.Errorf("%s, want supported: faults are survived", v)
	}
}

// missing  --1----2---   want: 0 of 2 not followed; the manager between them
// worker   ---1----2--   does not hide that the exit follows
// exit     ----1----2-
func TestSufficiencyLooksThroughAChain(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1----2---
		worker   ---1----2--
		exit     ----1----2-`)
	wantTest(t, a, "No module", "sufficiency", incident.Told, "0 of 2")
}
