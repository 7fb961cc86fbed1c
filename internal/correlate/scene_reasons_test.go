package correlate_test

import (
	"strings"
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// causesOf returns the quoted lines of all that is named as a cause.
func causesOf(a *incident.Analysis) string {
	var b strings.Builder
	for _, i := range a.Incidents {
		for _, c := range i.Causes {
			for _, id := range c.Evidence {
				b.WriteString(a.Evidence[id].Message + "\n")
			}
		}
	}
	return b.String()
}

// headline  --1---   says that it failed; the reason stands 4 ms behind it
// reason    ---1--
func TestReasonBehindItsHeadline(t *testing.T) {
	rows := plus(map[string]line{
		"headline": {text: "Export of invoices went wrong", severity: logentry.SeverityError},
		"reason":   {text: "Error message: quota of bucket invoices-eu is exceeded", severity: logentry.SeverityError},
	})
	a := played(t, 4*time.Millisecond, rows, `
		headline --1--------
		reason   ---1-------`)
	if n := len(a.Incidents); n != 1 {
		t.Fatalf("%d incidents, want the headline with its reason:\n%s", n, outline(a))
	}
	if got := causesOf(a); !strings.Contains(got, "quota of bucket") {
		t.Errorf("the cause is %q", got)
	}
	late := played(t, 40*time.Millisecond, rows, `
		headline --1--------
		reason   ---1-------`)
	if len(late.Incidents) != 2 {
		t.Errorf("40 ms later it is another matter:\n%s", outline(late))
	}
}

// A warning that explains a warning is no incident.
func TestWarningsAmongThemselvesAreNoIncident(t *testing.T) {
	rows := plus(map[string]line{
		"check": {text: "Quality check failed: field vendor is missing, using the fallback model", severity: logentry.SeverityWarning},
		"again": {text: "Fallback failed too: field vendor is missing, using the fallback model", severity: logentry.SeverityWarning},
	})
	a := played(t, 10*time.Millisecond, rows, `
		check --1---1---1--
		again ---1---1---1-`)
	if len(a.Incidents) > 0 {
		t.Errorf("warnings made an incident:\n%s", outline(a))
	}
}

// lastword  --1---2---   printed without a level, and then the process ends
// exit      ---1---2--
func TestLastWordBeforeABadEnd(t *testing.T) {
	rows := plus(map[string]line{"lastword": {text: "/app/ledger.config does not exist"}})
	a := played(t, 100*time.Millisecond, rows, `
		lastword --1-----2---
		exit     ----1-----2-`)
	if got := causesOf(a); !strings.Contains(got, "ledger.config") {
		t.Errorf("the last word is not the cause: %q\n%s", got, outline(a))
	}
	// An instance that goes on prints it, too.
	a = played(t, 100*time.Millisecond, rows, `
		lastword --1-----2---3--------
		exit     ----1-----2----------
		served   -------------3-3-3---`)
	if got := causesOf(a); strings.Contains(got, "ledger.config") {
		t.Errorf("what a working instance prints is the cause:\n%s", outline(a))
	}
}

// The platform turns everybody away: an incident. One stranger: none.
func TestShutOut(t *testing.T) {
	refused := func(path string) *logentry.Entry {
		e := entry(line{status: 403, path: path, latency: time.Millisecond}, origin, "0", 0)
		e.Severity = logentry.SeverityWarning
		e.Message = "The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header."
		return e
	}
	all := []*logentry.Entry{refused("/a"), refused("/b"), refused("/c")}
	for i, e := range all {
		e.Time += logentry.Time(i) * logentry.Time(time.Second)
		e.InsertID += string(rune('a' + i))
	}
	if a := explain(t, catalogue(t), all, 1, correlate.Options{}); len(a.Incidents) != 1 || !strings.Contains(causesOf(a), "not authenticated") {
		t.Errorf("all are refused, and that is no incident:\n%s", outline(a))
	}
	served := append(all, entry(line{status: 200, path: "/a", latency: time.Millisecond}, origin.Add(time.Minute), "1", 9))
	if a := explain(t, catalogue(t), served, 1, correlate.Options{}); len(a.Incidents) != 0 {
		t.Errorf("others are served, and strangers make an incident:\n%s", outline(a))
	}
}
