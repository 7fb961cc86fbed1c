package correlate_test

import (
	"testing"
	"time"

	"logwhy/internal/incident"
)

// column   --1---1---1--------------------   the last cause, and 5xx that go on
// request  --1---1---1-----------1---1----   want: told, 2 more
func TestRecoveryTellsWhatGoesOn(t *testing.T) {
	a := played(t, 5*time.Second, cast, `
		column   --1---1---1--------------------
		request  --1---1---1-----------1---1----`)
	wantTest(t, a, "UndefinedColumn", "recovery", incident.Told, "2 more")
}

// column   --1---1---1---   nothing goes on: nothing to say, and silence
// request  --1---1---1---   alone is no recovery
func TestRecoveryKeepsSilent(t *testing.T) {
	a := played(t, 5*time.Second, cast, `
		column   --1---1---1---
		request  --1---1---1---`)
	wantTest(t, a, "UndefinedColumn", "recovery", "", "")
}

// column   --1---1---1------------------   the 5xx that go on belong to another cause
// other    ----------------1---1-------
// request  --1---1---1-----1---1-------    want: silent
func TestRecoveryLeavesOutWhatRivalsHold(t *testing.T) {
	a := played(t, 5*time.Second, cast, `
		column   --1---1---1-----------------
		other    ----------------1---1-------
		request  --1---1---1-----1---1-------`)
	wantTest(t, a, "UndefinedColumn", "recovery", "", "")
}
