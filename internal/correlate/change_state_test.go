package correlate_test

import (
	"strings"
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// audited is an audit entry of job migrate; spec says that it shows the whole
// specification, as responses do.
func audited(at time.Duration, method string, a logentry.Audit) *logentry.Entry {
	e := entry(line{log: "cloudaudit.googleapis.com/activity", severity: logentry.SeverityNotice}, origin.Add(at), "0", int(at/time.Second))
	e.ResourceType, e.Scope.Kind, e.Scope.Service, e.Scope.Revision = "cloud_run_job", "cloud_run_job", "migrate", ""
	a.Method, a.ServiceName, a.MaxRetries = method, "run.googleapis.com", -1
	a.ReadyTime, a.Provisioned = logentry.NoTime, logentry.NoTime
	e.Audit, e.Message = &a, "AUDIT "+method
	if a.Ready != "" {
		e.LogName = "projects/acme-staging/logs/cloudaudit.googleapis.com%2Fsystem_event"
		e.Message += " :: Ready condition status changed to " + a.Ready + " for Job migrate."
	}
	return e
}

// What a change altered is read from the specifications around it; a request
// that still names the generation of before says that it altered nothing.
func TestChangesFromSpecifications(t *testing.T) {
	const replace = "google.cloud.run.v1.Jobs.ReplaceJob"
	env := func(names ...string) (out []logentry.EnvVar) {
		for _, n := range names {
			out = append(out, logentry.EnvVar{Name: n})
		}
		return out
	}
	entries := []*logentry.Entry{
		audited(0, replace, logentry.Audit{Kind: "Job", Name: "migrate", Generation: 1}),
		audited(time.Second, "/Jobs.ReplaceJob", logentry.Audit{Kind: "Job", Name: "migrate", Generation: 1, HasSpec: true, Ready: "True", Image: "migrate:latest", Env: env("MODE")}),
		audited(time.Minute, replace, logentry.Audit{Kind: "Job", Name: "migrate", Generation: 1}),
		audited(61*time.Second, "/Jobs.ReplaceJob", logentry.Audit{Kind: "Job", Name: "migrate", Generation: 2, HasSpec: true, Ready: "True", Image: "migrate:latest", Env: env("MODE", "LEDGER_KEY")}),
		audited(2*time.Minute, replace, logentry.Audit{Kind: "Job", Name: "migrate", Generation: 2}),
		audited(3*time.Minute, replace, logentry.Audit{Kind: "Job", Name: "migrate", Generation: 2}),
	}
	a := explain(t, catalogue(t), entries, 1, correlate.Options{})
	want := []string{"generation 1", "generation 2, before 1; adds LEDGER_KEY", "as before: the specification did not change", ""}
	if len(a.Changes) != len(want) {
		t.Fatalf("%d changes, want %d: %v", len(a.Changes), len(want), a.Changes)
	}
	for i, w := range want {
		var got []string
		for _, d := range a.Changes[i].Details {
			got = append(got, incident.Prose(d).Plain())
		}
		if text := strings.Join(got, "; "); !strings.Contains(text, w) || w == "" && text != "" {
			t.Errorf("change %d says %q, want %q", i+1, text, w)
		}
	}
}
