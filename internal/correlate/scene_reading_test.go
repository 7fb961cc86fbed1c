package correlate_test

import (
	"strings"
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// options are those of a user without flags.
var options correlate.Options

// plus returns a cast with further lines.
func plus(more map[string]line) map[string]line {
	all := make(map[string]line, len(cast)+len(more))
	for k, v := range cast {
		all[k] = v
	}
	for k, v := range more {
		all[k] = v
	}
	return all
}

// causeOf returns what an incident names first: the signature or pattern, and
// the verdict; "" when it names nothing.
func causeOf(t testing.TB, a *incident.Analysis, in incident.Incident) (signature, verdict string) {
	t.Helper()
	if len(in.Causes) == 0 {
		return "", ""
	}
	return finding(t, a, in.Causes[0].Finding).Signature, in.Causes[0].Verdict
}

// about returns the incident of which a quoted line holds text, as the cause
// where one is named, else as the symptom.
func about(t testing.TB, a *incident.Analysis, text string) incident.Incident {
	t.Helper()
	for _, in := range a.Incidents {
		ids := finding(t, a, in.Symptom).Evidence
		if len(in.Causes) > 0 {
			ids = in.Causes[0].Evidence
		}
		for _, id := range ids {
			if e := a.Evidence[id]; strings.Contains(e.Message, text) || strings.Contains(e.Fields["jsonPayload.err"], text) {
				return in
			}
		}
	}
	t.Fatalf("no incident is about %q in\n%s", text, outline(a))
	return incident.Incident{}
}

// explains reports whether an incident names text as its cause and shows a
// symptom of a signature.
func explains(t testing.TB, a *incident.Analysis, text, symptom string) bool {
	t.Helper()
	for _, in := range a.Incidents {
		if len(in.Causes) == 0 || finding(t, a, in.Symptom).Signature != symptom {
			continue
		}
		for _, id := range in.Causes[0].Evidence {
			if strings.Contains(a.Evidence[id].Message, text) {
				return true
			}
		}
	}
	return false
}

// testOf returns the outcome of a test at the deepest link of an incident.
func testOf(in incident.Incident, name string) (incident.Test, bool) {
	for _, c := range in.Causes {
		for _, x := range c.Tests {
			if x.Name == name {
				return x, true
			}
		}
	}
	return incident.Test{}, false
}

// outline says what an analysis holds, for failures.
func outline(a *incident.Analysis) string {
	var b strings.Builder
	for _, in := range a.Incidents {
		b.WriteString(string(in.Title) + "\n")
		for _, c := range in.Causes {
			b.WriteString("  cause " + string(c.Title) + ", " + c.Basis + ", " + c.Verdict + "\n")
		}
		for _, e := range in.Explain {
			b.WriteString("  " + string(e) + "\n")
		}
	}
	return b.String()
}

// wantTest checks a test of the incident that names text as its cause. An
// empty result means that the test must keep silent.
func wantTest(t testing.TB, a *incident.Analysis, text, name, result, words string) {
	t.Helper()
	got, ok := testOf(about(t, a, text), name)
	switch {
	case result == "" && ok:
		t.Errorf("%s speaks: %s %s, want silence", name, got.Result, got.Text)
	case result != "" && !ok:
		t.Errorf("%s keeps silent, want %s in\n%s", name, result, outline(a))
	case result != "" && (got.Result != result || !strings.Contains(string(got.Text), words)):
		t.Errorf("%s: %s %q, want %s %q", name, got.Result, got.Text, result, words)
	}
}

// played explains a drawing with the built-in signatures.
func played(t testing.TB, step time.Duration, rows map[string]line, drawing string) *incident.Analysis {
	t.Helper()
	return explain(t, catalogue(t), scene(step, rows, drawing), 1, correlate.Options{})
}

// shifted moves the entries whose message holds text.
func shifted(entries []*logentry.Entry, text string, by time.Duration) []*logentry.Entry {
	for _, e := range entries {
		if strings.Contains(e.Message, text) {
			e.Time = e.Time.Add(by)
		}
	}
	return entries
}

// traced puts the entries of one column-wise drawing into traces: all entries
// of an instance share one.
func traced(entries []*logentry.Entry) []*logentry.Entry {
	for _, e := range entries {
		id := strings.Repeat("ab", 15) + e.Scope.Instance[len(e.Scope.Instance)-1:] + "0"
		e.Trace, e.Scope.Trace = "projects/acme-staging/traces/"+id, id
	}
	return entries
}
