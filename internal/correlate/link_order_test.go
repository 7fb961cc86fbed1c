package correlate_test

import (
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// missing  --1-----2------   the cause stands before its exit
// exit     ----1-----2----   want: 2 of 2
func TestOrderCauseBeforeEffect(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1-----2------
		exit     ----1-----2----`)
	wantTest(t, a, "No module named", "order", incident.Pass, "2 of 2")
}

// exit     --1------------   what is logged after the exit did not cause it
// missing  ----------1----   want: no link, and the exit without a cause
func TestOrderKeepsEffectBeforeCauseApart(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		exit     --1------------
		missing  ----------1----`)
	if explains(t, a, "No module", "cloudrun.container-exit") {
		t.Errorf("an error after the exit explains it:\n%s", outline(a))
	}
}

// request  --1==           200 ms long; its cause is logged late
// column   ----->1         by 3 ms, 400 ms: joins; by 600 ms: only as it is alone; by 2.2 s: does not
func TestOrderCauseAfterTheEndOfItsRequest(t *testing.T) {
	for _, c := range []struct {
		late   time.Duration
		joined bool
	}{
		{-150 * time.Millisecond, true}, {-3 * time.Millisecond, true}, {0, true},
		{3 * time.Millisecond, true}, {400 * time.Millisecond, true},
		{500 * time.Millisecond, true}, {600 * time.Millisecond, true}, {2200 * time.Millisecond, false}, {-250 * time.Millisecond, false},
	} {
		entries := scene(100*time.Millisecond, cast, `
			request  --1----------
			column   ----1--------`)
		a := explain(t, catalogue(t), shifted(entries, "UndefinedColumn", c.late), 1, correlate.Options{})
		if joined := explains(t, a, "UndefinedColumn", "http.server-error"); joined != c.joined {
			t.Errorf("%v after the end: joined %v, want %v", c.late, joined, c.joined)
		}
		if c.joined {
			wantTest(t, a, "UndefinedColumn", "order", incident.Pass, "1 of 1")
		}
	}
}

// Later than half a second a cause is plausible at most, and only where it and
// its request are alone on the instance.
//
// request  --1==--1==      two requests, one late error: it may be of either
// column   -------->1
func TestOrderLateCauseMustBeAlone(t *testing.T) {
	alone := explain(t, catalogue(t), shifted(scene(100*time.Millisecond, cast, `
		request  --1----------
		column   ----1--------`), "UndefinedColumn", time.Second), 1, correlate.Options{})
	if got := alone.Incidents[0].Causes; len(got) == 0 || got[0].Verdict != incident.Plausible {
		t.Errorf("a second late and alone: %v, want plausible\n%s", got, outline(alone))
	}
	two := explain(t, catalogue(t), shifted(scene(100*time.Millisecond, cast, `
		request  --1----1-----
		column   ----1--------`), "UndefinedColumn", 1500*time.Millisecond), 1, correlate.Options{})
	if explains(t, two, "UndefinedColumn", "http.server-error") {
		t.Errorf("of two requests one was chosen:\n%s", outline(two))
	}
}

// request  --1==                        fails as its instance is killed
// limit    ----->1                      30 s later the platform says why; after 90 s it is too late
func TestOrderMemoryLimitIsLoggedLate(t *testing.T) {
	rows := plus(map[string]line{"limit": {
		text: "Memory limit of 512 MiB exceeded with 520 MiB used. Consider increasing the memory limit",
		log:  "run.googleapis.com/varlog/system", severity: logentry.SeverityError}})
	for late, joined := range map[time.Duration]bool{30 * time.Millisecond: true, 30 * time.Second: true, 90 * time.Second: false} {
		entries := scene(100*time.Millisecond, rows, `
			request  --1----------
			limit    ----1--------`)
		a := explain(t, catalogue(t), shifted(entries, "Memory limit", late), 1, correlate.Options{})
		if got := explains(t, a, "Memory limit", "http.server-error"); got != joined {
			t.Errorf("%v after the end: joined %v, want %v", late, got, joined)
		}
	}
}

// exit     --1-----   10 ms before the error, by the clock of the platform
// missing  --1-----   want: within the slack of one instance, still the cause
func TestOrderSlackOfOneInstance(t *testing.T) {
	for late, joined := range map[time.Duration]bool{8 * time.Millisecond: true, 15 * time.Millisecond: false} {
		entries := scene(100*time.Millisecond, cast, `
			exit     --1-----
			missing  --1-----`)
		a := explain(t, catalogue(t), shifted(entries, "No module", late), 1, correlate.Options{})
		if got := explains(t, a, "No module", "cloudrun.container-exit"); got != joined {
			t.Errorf("%v late: joined %v, want %v", late, got, joined)
		}
	}
}
