package correlate_test

import (
	"strings"
	"testing"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

const errorLevel = logentry.SeverityError

// verdictRows are the lines of the drawings below.
var verdictRows = plus(map[string]line{
	"odd":     {text: "LedgerError: book main has no entry for quarter 7", severity: errorLevel},
	"said":    {text: "Something went wrong", severity: errorLevel},
	"wrapper": {text: "Failed to process order", severity: errorLevel},
	"repeat":  {text: "Error while placing the order: column orders.voucher_id does not exist", severity: errorLevel},
	"redis":   {text: "redis.exceptions.ConnectionError: Error 111 connecting to 10.11.0.9:6379. Connection refused.", severity: errorLevel},
	"again":   {text: "Fallback price source also failed: file /srv/data/prices.json is empty", severity: errorLevel},
	"decoy":   {text: "ERROR: plugin 'metrics-bridge' is not installed, continuing without it", severity: errorLevel},
	"up":      {text: `Default STARTUP TCP probe succeeded after 1 attempt for container "checkout-api-1" on port 8080.`, log: "run.googleapis.com/varlog/system", severity: logentry.SeverityInfo},
	"probe":   {text: "Default STARTUP TCP probe failed 1 time consecutively for container \"checkout-api-1\" on port 8080. The instance was not started.\nConnection failed with status CANCELLED.", log: "run.googleapis.com/varlog/system", severity: errorLevel},
	"refused": {status: 403, latency: 10 * time.Millisecond, path: "/admin"},
	"old":     {text: cast["missing"].text, severity: errorLevel, revision: "checkout-api-00041-abc"},
	"oldexit": {text: cast["exit"].text, log: cast["exit"].log, severity: logentry.SeverityWarning, revision: "checkout-api-00041-abc"},
	"late":    {text: cast["other"].text, severity: errorLevel, revision: "checkout-api-00043-xyz"},
	"lateout": {text: cast["exit"].text, log: cast["exit"].log, severity: logentry.SeverityWarning, revision: "checkout-api-00043-xyz"},
	"deploy":  {text: "deployed", severity: logentry.SeverityInfo},
})

// What is named first, and how strongly. A drawing whose cause is "" must name none.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name, drawing string
		symptom       string // signature of the headline
		cause         string // text of the first cause, "" for none
		verdict       string
		known         string // why it is skipped, "" when it holds
	}{
		{name: "a declared mechanism on one instance is supported", symptom: "cloudrun.container-exit", cause: "No module", verdict: incident.Supported, drawing: `
			missing  --1----2---
			exit     ---1----2--`},
		{name: "an error that says why, alone in its request, is plausible", symptom: "http.server-error", cause: "no entry for quarter", verdict: incident.Plausible, drawing: `
			request  --1-----
			odd      ---1----`},
		{name: "an error that says nothing is no cause", symptom: "http.server-error", drawing: `
			request  --1-----
			said     ---1----`},
		{name: "a wrapper does not hide the reason inside", symptom: "http.server-error", cause: "UndefinedColumn", verdict: incident.Supported, drawing: `
			request  --1-----
			column   --1-----
			wrapper  ---1----`},
		{name: "a wrapper that repeats the reason leads to it", symptom: "http.server-error", cause: "voucher_id", verdict: incident.Supported, drawing: `
			request  --1-----
			column   ---1----
			repeat   ----1---`},
		{name: "a fallback that fails does not hide what failed first", symptom: "http.server-error", cause: "Error 111", verdict: incident.Plausible, drawing: `
			request  --1-----
			redis    --1-----
			again    ---1----`},
		{name: "the platform alone names no cause", symptom: "cloudrun.container-exit", drawing: `
			exit     --1----2----3---
			probe    ---1----2----3--`},
		{name: "the manager between cause and exit is a step, not the end", symptom: "cloudrun.container-exit", cause: "No module", verdict: incident.Supported, drawing: `
			missing  --1-----
			worker   ---1----
			exit     ----1---`},
		{name: "a line of every start is no cause", symptom: "cloudrun.container-exit", drawing: `
			decoy    --1---2-----3----4-----
			up       ---1---2---------------
			served   ----1---2--------------
			exit     -------------3----4----
			probe    --------------3----4---`},
		{name: "the nearer error on the instance is the cause", symptom: "cloudrun.container-exit", cause: "password", verdict: incident.Supported, drawing: `
			missing  --1---------
			other    -------1----
			exit     --------1---`},
		{name: "another instance's error is none", symptom: "http.server-error", drawing: `
			request  --1-----
			column   ---2----`},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			if c.known != "" {
				t.Skip("known: " + c.known)
			}
			a := played(t, 100*time.Millisecond, verdictRows, c.drawing)
			in := bySignature(t, a, c.symptom)
			sig, verdict := causeOf(t, a, in)
			switch {
			case c.cause == "" && sig != "":
				t.Errorf("%s is named (%s), want none:\n%s", sig, verdict, outline(a))
			case c.cause != "" && !quotes(a, in, c.cause):
				t.Errorf("%q is not named first:\n%s", c.cause, outline(a))
			case verdict != c.verdict:
				t.Errorf("%s, want %s:\n%s", verdict, c.verdict, outline(a))
			}
		})
	}
}

// quotes reports whether the first cause of an incident is shown by text.
func quotes(a *incident.Analysis, in incident.Incident, text string) bool {
	if len(in.Causes) == 0 {
		return false
	}
	for _, id := range in.Causes[0].Evidence {
		if strings.Contains(a.Evidence[id].Message, text) {
			return true
		}
	}
	return false
}

// A process that ends with an error is an incident, whatever level the platform
// gives the line and whatever else is in the input.
//
// exit  --1----2----3---
func TestExitAloneIsAnIncident(t *testing.T) {

	a := played(t, time.Second, cast, `exit  --1----2----3---`)
	if in := bySignature(t, a, "cloudrun.container-exit"); len(in.Causes) > 0 {
		t.Errorf("a cause is named:\n%s", outline(a))
	}
}

// One symptom, three causes: each occurrence goes to its nearest, and the
// incident splits.
//
// request  --1---1---1---1---1---1----
// column   --1---1---1----------------   3 of 6
// redis    --------------1---1--------   2 of 6
// odd      ----------------------1----   1 of 6
func TestSeveralCausesSplitTheIncident(t *testing.T) {
	a := played(t, time.Second, verdictRows, `
		request  --1---1---1---1---1---1----
		column   --1---1---1----------------
		redis    --------------1---1--------
		odd      ----------------------1----`)
	for _, text := range []string{"UndefinedColumn", "Error 111", "no entry for quarter"} {
		if !explains(t, a, text, "http.server-error") {
			t.Errorf("%q explains none of the answers:\n%s", text, outline(a))
		}
	}
	if len(a.Incidents) != 3 {
		t.Errorf("%d incidents, want 3:\n%s", len(a.Incidents), outline(a))
	}
	wantTest(t, a, "UndefinedColumn", "necessity", incident.Pass, "0 of 3")
}

// The same cause on two revisions is one incident, not fixed by the second.
//
// old      --1----------   revision 41
// oldexit  ---1---------
// missing  --------2----   revision 42
// exit     ---------2---
func TestOneCauseOverTwoRevisions(t *testing.T) {
	a := played(t, time.Second, verdictRows, `
		old      --1----------
		oldexit  ---1---------
		missing  --------2----
		exit     ---------2---`)
	if len(a.Incidents) != 1 {
		t.Fatalf("%d incidents, want one:\n%s", len(a.Incidents), outline(a))
	}
	if f := finding(t, a, a.Incidents[0].Symptom); len(f.Revisions) != 2 {
		t.Errorf("revisions %v, want both", f.Revisions)
	}
}

// What blocks one revision after the other are incidents in sequence: the
// second is no effect of the first.
//
// missing  --1----2-----------------   revision 42
// exit     ---1----2----------------
// late     ----------------3----4---   revision 43, another fault
// lateout  -----------------3----4--
func TestBlockersInSequenceStayApart(t *testing.T) {
	a := played(t, time.Second, verdictRows, `
		missing  --1----2-----------------
		exit     ---1----2----------------
		late     ----------------3----4---
		lateout  -----------------3----4--`)
	for _, text := range []string{"No module", "password authentication"} {
		if !explains(t, a, text, "cloudrun.container-exit") {
			t.Errorf("%q explains no exit:\n%s", text, outline(a))
		}
	}
	for _, in := range a.Incidents {
		if len(in.Whys) > 3 {
			t.Errorf("one blocker stands in the chain of the other:\n%s", outline(a))
		}
	}
}

// What came first and lies apart is a rival that is ruled out, never part of a chain.
//
// column   --1---1---1------------------------------   an earlier incident
// request  --1---1---1------------------------1---1-   and one that nothing explains
func TestWhatCameFirstIsARivalAtMost(t *testing.T) {
	rows := plus(map[string]line{"billing": {status: 503, latency: 200 * time.Millisecond, path: "/invoices"}})
	a := played(t, 10*time.Second, rows, `
		column   --1---1---1-----------------------
		request  --1---1---1-----------------------
		billing  -------------------------1---1----`)
	for _, in := range a.Incidents {
		if !strings.Contains(string(in.Title), "503") {
			continue
		}
		if len(in.Causes) > 0 {
			t.Errorf("what came first is named:\n%s", outline(a))
		}
		for _, r := range in.Rivals {
			if r.Verdict != incident.Contradicted && r.Verdict != incident.Untestable && r.Verdict != incident.OrderOnly {
				t.Errorf("rival %s is %s", r.Title, r.Verdict)
			}
		}
		return
	}
	t.Fatalf("no incident of the 503:\n%s", outline(a))
}

// The lines of one stack trace, stored as one entry each, are one event, cited
// by its exception.
//
// lines    --1----   a µs apart
// exit     ----1--
func TestSplitTraceIsOneCause(t *testing.T) {
	entries := scene(100*time.Millisecond, cast, `exit  ----1--`)
	for i, text := range []string{
		"Traceback (most recent call last):",
		`  File "/app/checkout/main.py", line 12, in <module>`,
		"    from checkout.ledger import book",
		"ModuleNotFoundError: No module named 'checkout.ledger'",
	} {
		at := origin.Add(200*time.Millisecond + time.Duration(i)*40*time.Microsecond)
		entries = append(entries, entry(line{text: text}, at, "1", len(entries)))
	}
	a := explain(t, catalogue(t), entries, 1, options)
	in := bySignature(t, a, "cloudrun.container-exit")
	if !quotes(a, in, "No module named") || len(a.Incidents) != 1 {
		t.Errorf("want one incident, by its exception:\n%s", outline(a))
	}
	if f := finding(t, a, in.Causes[0].Finding); f.Count != 1 {
		t.Errorf("the trace counts %d times", f.Count)
	}
}

// Answers 4xx that nothing explains are a remark.
//
// refused  --1-1-1-1---
func TestClientErrorsAreARemark(t *testing.T) {
	a := played(t, time.Second, verdictRows, `refused  --1-1-1-1---`)
	if len(a.Incidents) != 0 || len(a.Remarks) != 1 {
		t.Errorf("%d incidents and %d remarks, want a remark alone:\n%s", len(a.Incidents), len(a.Remarks), outline(a))
	}
}

// The exit of an instance without an id cannot be tied to the error of another.
//
// missing  --1-----   instance known
// exit     ---0----   instance unknown: compared on what both have, the revision
func TestUnknownInstanceIsNotSupported(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1-----
		exit     ---0----`)
	for _, in := range a.Incidents {
		for _, c := range in.Causes {
			if c.Verdict == incident.Supported {
				t.Errorf("supported without a common instance:\n%s", outline(a))
			}
		}
	}
}

// Two later revisions serve. Which one a report names must not be left to the
// order of a map.
//
// missing  --1-----------
// exit     ---1----------
// next     ------2-3-2---   revision 43
// after    -------4-5-4--   revision 44
func TestResolvedNamesTheSameRevisionEachTime(t *testing.T) {

	rows := plus(map[string]line{
		"next":  {status: 200, latency: time.Millisecond, path: "/orders", revision: "checkout-api-00043-abc"},
		"after": {status: 200, latency: time.Millisecond, path: "/orders", revision: "checkout-api-00044-def"},
	})
	entries := scene(time.Second, rows, `
		missing  --1-----------
		exit     ---1----------
		next     ------2-3-2---
		after    -------4-5-4--`)
	want := explain(t, catalogue(t), entries, 1, options).Incidents[0].StatusWhy
	for range 30 {
		if got := explain(t, catalogue(t), entries, 1, options).Incidents[0].StatusWhy; got != want {
			t.Fatalf("%q, then %q", want, got)
		}
	}
}
