package correlate_test

import (
	"strings"
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

func at(d time.Duration) logentry.Time { return logentry.TimeOf(origin.Add(d)) }

func stated(kind, service, title string, d time.Duration) correlate.StatedEvent {
	return correlate.StatedEvent{Time: at(d), Title: title, Kind: kind, Service: service, Source: "events.yaml"}
}

// What people state stands beside what the entries show: as a change, with its
// kind, without evidence, and before the onset that it precedes.
func TestStatedEvents(t *testing.T) {
	cat := catalogue(t)
	entries := scene(time.Minute, cast, `
		column  ------1-1-
		request ------1-1-
		chatter 1111111111`)
	opt := correlate.Options{Events: []correlate.StatedEvent{
		stated("deploy", "checkout-api", "Deploy of 0.9", -400*time.Hour),
		stated("deploy", "checkout-api", "Deploy of 1.0", -300*time.Hour),
		stated("deploy", "mailer", "Deploy of the mailer", time.Minute),
		stated("config", "", "Certificates renewed", 2*time.Minute),
		stated("deploy", "checkout-api", "Deploy of 1.4.2", 4*time.Minute),
		stated("alert", "checkout-api", "Error rate", 5*time.Minute),
		stated("decision", "", "Roll back tomorrow", 100*time.Hour),
	}}
	a := explain(t, cat, entries, 2, opt)
	var got []string
	for _, c := range a.Changes {
		got = append(got, c.Kind+" "+c.Title.Plain())
		if c.Evidence == nil || len(c.Evidence) > 0 {
			t.Errorf("%s: evidence %v, want an empty list", c.Title, c.Evidence)
		}
	}
	want := "deploy Deploy of 1.0, as stated in events.yaml; deploy Deploy of the mailer, as stated in events.yaml; " +
		"config Certificates renewed, as stated in events.yaml; deploy Deploy of 1.4.2, as stated in events.yaml; alert Error rate, as stated in events.yaml"
	if strings.Join(got, "; ") != want {
		t.Errorf("changes:\n got %s\nwant %s", strings.Join(got, "; "), want)
	}
	if len(a.Incidents) == 0 {
		t.Fatal("no incident")
	}
	i := a.Incidents[0]
	if s := i.Summary.Changed.Plain(); s != "14:04:00 Deploy of 1.4.2, as stated in events.yaml, 2m00s before the first occurrence" {
		t.Errorf("what changed: %s", s)
	}
	if strings.Join(i.Changes, " ") != "C1 C3 C4 C5" {
		t.Errorf("changes of the incident: %v", i.Changes)
	}
	rows := 0
	for _, r := range a.Timeline {
		if r.Kind == "change" && strings.Contains(string(r.What), "as stated in") {
			rows++
		}
		if r.Kind == "gap" && r.Time.Before(origin) {
			t.Errorf("silence before the first entry is told: %s", r.What)
		}
	}
	if rows != 5 {
		t.Errorf("%d rows in the timeline, want 5", rows)
	}
	if len(i.Causes) > 0 && i.Causes[0].Change != "" {
		t.Error("a stated event is named as a cause")
	}
}

// A stated deploy parts what comes before it from what comes after, where
// entries carry no revision; with revisions, those tell.
func TestStatedDeployPartsEpochs(t *testing.T) {
	cat := catalogue(t)
	rows := map[string]line{
		"stopped": {text: "googleapi: Error 409: Invalid request since instance is not running", severity: logentry.SeverityError},
		"refused": {text: `psycopg2.OperationalError: connection to server at "10.1.2.3", port 5432 failed: Connection refused`, severity: logentry.SeverityError},
	}
	entries := func(revision string) []*logentry.Entry {
		es := scene(10*time.Second, rows, `
			stopped --0---------------
			refused ---------------0--`)
		for _, e := range es {
			e.Scope.Revision = revision
		}
		return es
	}
	deploy := func(d time.Duration) correlate.Options {
		return correlate.Options{Events: []correlate.StatedEvent{stated("deploy", "checkout-api", "Deploy", d)}}
	}
	linked := func(es []*logentry.Entry, opt correlate.Options) bool {
		for _, i := range explain(t, cat, es, 1, opt).Incidents {
			if len(i.Whys) > 0 && i.Whys[0].Rung != "" {
				return true
			}
		}
		return false
	}
	if !linked(entries(""), correlate.Options{}) {
		t.Fatal("the scene shows nothing: without a deploy the two are not tied")
	}
	for _, tt := range []struct {
		name     string
		revision string
		opt      correlate.Options
		want     bool
	}{
		{"deploy between", "", deploy(60 * time.Second), false},
		{"deploy before", "", deploy(0), true},
		{"deploy after", "", deploy(time.Hour), true},
		{"of another service", "", correlate.Options{Events: []correlate.StatedEvent{stated("deploy", "mailer", "Deploy", time.Minute)}}, true},
		{"a decision between", "", correlate.Options{Events: []correlate.StatedEvent{stated("decision", "checkout-api", "Go on", time.Minute)}}, true},
		{"revisions tell", "checkout-api-00042-hzt", deploy(60 * time.Second), true},
	} {
		if got := linked(entries(tt.revision), tt.opt); got != tt.want {
			t.Errorf("%s: linked %v, want %v", tt.name, got, tt.want)
		}
	}
}

// What people state of a service is told as stated; a statement about the
// impact takes the place of the blank that asks for it.
func TestContext(t *testing.T) {
	cat := catalogue(t)
	entries := scene(time.Minute, cast, `
		column  ------1-1-----------
		request ------1-1-----------
		chatter 11111111111111111111`)
	plain := explain(t, cat, entries, 1, correlate.Options{}).Incidents[0]
	opt := correlate.Options{Context: correlate.Context{
		Source: "context.yaml",
		Services: []correlate.ServiceContext{
			{Name: "checkout-api", Title: "the till", Owner: "team payments", DependsOn: []string{"ledger"}, Healthy: []string{"order stored"}},
			{Name: "mailer", Owner: "team mail"},
		},
		Statements: []correlate.Statement{{Text: "A minute costs 40 orders.", About: "checkout-api"}, {Text: "Nobody reads mail.", About: "mailer"}},
	}}
	i := explain(t, cat, entries, 1, opt).Incidents[0]
	if len(i.About) != 1 || i.About[0].Plain() != "checkout-api: the till; owned by team payments; depends on ledger, and no entry of ledger is in the input (as stated in context.yaml)." {
		t.Errorf("about: %q", i.About)
	}
	if len(i.Stated) != 1 || i.Stated[0].Plain() != "Impact: A minute costs 40 orders. (as stated in context.yaml)." {
		t.Errorf("stated: %q", i.Stated)
	}
	if len(i.Prompts) != len(plain.Prompts)-1 || strings.HasPrefix(string(i.Prompts[0]), "who uses") {
		t.Errorf("the blank for the impact is still there: %q", i.Prompts)
	}
	opt.Context.Statements = opt.Context.Statements[1:]
	if i := explain(t, cat, entries, 1, opt).Incidents[0]; len(i.Prompts) != len(plain.Prompts) || len(i.Stated) > 0 {
		t.Error("a statement about another service fills the blank")
	}
}

// A stated marker of health ends an incident only where the failing instances
// do not show it while they fail.
func TestStatedHealth(t *testing.T) {
	cat := catalogue(t)
	rows := map[string]line{"stored": {text: "order stored in 12 ms", severity: logentry.SeverityInfo}, "mystery": cast["mystery"]}
	opt := correlate.Options{Context: correlate.Context{Source: "context.yaml",
		Services: []correlate.ServiceContext{{Name: "checkout-api", Healthy: []string{"order stored"}}}}}
	tests := []struct{ name, drawing, status, since string }{
		{"before and after", "stored 1-------2--\nmystery ---1-1-----", incident.Resolved, "order stored in"},
		{"before only", "stored 1----------\nmystery ---1-1-----", incident.Ongoing, ""},
		{"while it fails", "stored ----1---1---\nmystery ---1-1-----", incident.Ongoing, ""},
	}
	for _, tt := range tests {
		var want string
		for _, n := range []int{1, 3} {
			a := explain(t, cat, scene(10*time.Second, rows, tt.drawing), n, opt)
			i := a.Incidents[0]
			if i.Status != tt.status {
				t.Errorf("%s: %s (%s), want %s", tt.name, i.Status, i.StatusWhy, tt.status)
			}
			if got := asJSON(t, a); want != "" && got != want {
				t.Errorf("%s: %d collectors give another analysis", tt.name, n)
			} else {
				want = got
			}
		}
	}
}
