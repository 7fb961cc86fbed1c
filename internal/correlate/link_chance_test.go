package correlate_test

import (
	"testing"
	"time"

	"logwhy/internal/incident"
)

// An unknown error in each of six requests, and never else.
//
// request  --1=-------1=-------1=-------1=-------1=-------1=---
// mystery  ----1--------1--------1--------1--------1--------1--
// want: far more pairs than its rate gives
func TestChancePassesForARareError(t *testing.T) {
	rows := plus(map[string]line{"odd": {text: "LedgerError: book main has no entry for quarter 7", severity: cast["mystery"].severity}})
	a := played(t, time.Second, rows, `
		request  --1---------1---------1---------1---------1---------1---
		odd      --1---------1---------1---------1---------1---------1---`)
	wantTest(t, a, "no entry for quarter", "chance", incident.Pass, "6 seen")
}

// Four are too few for the question; so is a declared link, which needs no such help.
func TestChanceKeepsSilent(t *testing.T) {
	rows := plus(map[string]line{"odd": {text: "LedgerError: book main has no entry for quarter 7", severity: cast["mystery"].severity}})
	a := played(t, time.Second, rows, `
		request  --1---------1---------1---------1--
		odd      --1---------1---------1---------1--`)
	wantTest(t, a, "no entry for quarter", "chance", "", "")
	a = played(t, time.Second, cast, `
		request  --1---------1---------1---------1---------1---------1---
		column   --1---------1---------1---------1---------1---------1---`)
	wantTest(t, a, "UndefinedColumn", "chance", "", "")
}

// An error that comes four times a second stands near every failure.
//
// request  ---1=-------1=-------1=-------1=-------1=----
// hum      -1111111111111111111111111111111111111111111-
// want: no cause of the answers
func TestChanceFailsForAHum(t *testing.T) {
	rows := plus(map[string]line{"hum": {text: "MetricsError: series cart_total has no sample for minute 12", severity: cast["mystery"].severity}})
	a := played(t, 250*time.Millisecond, rows, `
		request  ---1-------------1-------------1-------------1-------------1-----
		hum      -111111111111111111111111111111111111111111111111111111111111111-`)
	for _, in := range a.Incidents {
		if finding(t, a, in.Symptom).Signature == "http.server-error" && len(in.Causes) > 0 {
			t.Errorf("what comes all the time is named as the cause:\n%s", outline(a))
		}
	}
}
