package rulecheck

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// analyse runs the whole analysis over entries.
func analyse(t *testing.T, c *signature.Catalog, entries []*logentry.Entry) *incident.Analysis {
	t.Helper()
	col := correlate.NewCollector(c, correlate.Options{})
	for _, e := range entries {
		col.Add(e)
	}
	return correlate.Analyze(c, col, correlate.Read{}, correlate.Options{})
}

func errorLine(at int, text string) string {
	return strings.Replace(line(at, text), `"timestamp"`, `"severity":"ERROR","timestamp"`, 1)
}

func sampleEntries(t *testing.T) []*logentry.Entry {
	var records []string
	for i := range 6 {
		records = append(records, errorLine(i, fmt.Sprintf("could not lock stock of SKU-%d within 2s: it's \"held\" [by {{someone}}]", 1000+i)))
	}
	for i := range 3 {
		records = append(records, errorLine(10+i, fmt.Sprintf("could not send mail %d to the customer", 77000+i)))
	}
	records = append(records, errorLine(20, "could not lock the door"), errorLine(21, "no"), errorLine(22, "known failure"))
	return decode(t, records...)
}

const knownRule = "id: shop.known\ntitle: Known\nrole: failure\nmatch: {message: {contains: known failure}}\n"

// TestPropose holds that what is proposed loads, passes its own test, and does
// not take ids that are taken.
func TestPropose(t *testing.T) {
	c := catalog(t, knownRule, "id: local.could-not-send-mail-to\ntitle: T\nrole: failure\nmatch: {message: {contains: xyz}}\n")
	a := analyse(t, c, sampleEntries(t))
	proposals := Propose(c, a, "local", 10)
	if len(proposals) < 3 || proposals[0].Count != 6 {
		t.Fatalf("%+v", proposals)
	}
	fsys := fstest.MapFS{}
	ids := map[string]bool{}
	for _, p := range proposals {
		if ids[p.ID] || c.Lookup(p.ID) != nil {
			t.Errorf("id %s is taken", p.ID)
		}
		ids[p.ID] = true
		for _, f := range p.Files {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	if !ids["local.could-not-send-mail-to-2"] {
		t.Errorf("ids %v", ids)
	}
	sources := []signature.Source{{FS: fsys, Root: "new", Builtin: true}}
	made, bad := signature.Load(sources, signature.Options{})
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	r := Test(made, sources)
	if len(r.Cases) != 2*len(proposals) {
		t.Errorf("%d cases of %d proposals", len(r.Cases), len(proposals))
	}
	for _, k := range r.Failed() {
		t.Errorf("%s: %v", k.File, k.Failures)
	}
	if again := Propose(c, a, "local", 1); len(again) != 1 || string(again[0].Files[0].Data) != string(proposals[0].Files[0].Data) {
		t.Error("another run proposes something else")
	}
}

func TestProposeText(t *testing.T) {
	a := &incident.Analysis{
		Findings: []incident.Finding{{Signature: "pattern:1", Count: 6, Evidence: []string{"E1"},
			Template: "could not lock stock of * within 2s: it's \"held\" [by {{someone}}]"}},
		Evidence: map[string]incident.Evidence{"E1": {Message: "could not lock stock of SKU-1 within 2s: it's \"held\" [by {{someone}}]"}},
	}
	got := string(Propose(catalog(t, knownRule), a, "local", 1)[0].Files[0].Data)
	for _, want := range []string{
		"# Proposed from 6 events.", "id: local.could-not-lock-stock-of\n", "role: failure", "(?P<name>…)",
		`message: {regex: 'could not lock stock of [^\s"'',;()\[\]{}]+ within 2s: it''s "held" \[by \{\{someone\}\}\]'}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestWildcard(t *testing.T) {
	for _, tt := range []struct {
		template, want string
		ok             bool
	}{
		{"could not read *", `could not read [^\s"',;()\[\]{}]+`, true},
		{"* : *", "", false},
		{"a\x1bb and more text", "", false},
		{strings.Repeat("long words ", 40), strings.TrimSpace(strings.Repeat("long words ", 14)) + " long", true},
	} {
		w, ok := wildcardOf(tt.template)
		if ok != tt.ok || ok && w.regexp() != tt.want {
			t.Errorf("%q: %q, %v", tt.template, w.regexp(), ok)
		}
	}
	for _, tt := range []struct{ template, text string }{
		{"could not read *", "x could not read a/b"}, {"could not read *", "could not read "}, {"could not read *", "could not read (x"},
		{"read * of * in the end", "read 1 of 2 in the end"}, {"read * of * in the end", "read 1 of read 2 of 3 in the end"},
		{"read * of * in the end", "read 1 2 of 3 in the end"}, {"read *-* in the end", "read a-b-c in the end"},
		{"* was not there", "it was not there"}, {"* was not there", " was not there"}, {"no stars here", "there are no stars here"},
	} {
		w, ok := wildcardOf(tt.template)
		if want := regexp.MustCompile(w.regexp()).MatchString(tt.text); !ok || w.in(tt.text) != want {
			t.Errorf("%q in %q: %v, want %v", tt.template, tt.text, w.in(tt.text), want)
		}
	}
}

func TestCover(t *testing.T) {
	c := catalog(t, knownRule, "id: shop.idle\ntitle: T\nrole: failure\nmatch: {message: {contains: xyz}}\n",
		"id: shop.fine\ntitle: Fine\nrole: healthy\nmatch: {message: {contains: all is well}}\n")
	entries := append(sampleEntries(t), decode(t, line(30, "all is well"), errorLine(31, "known failure"))...)
	cov := Cover(c, analyse(t, c, entries))
	if cov.KnownEvents != 2 || cov.UnknownEvents < 10 || cov.Unknown[0].Count != 6 || cov.Idle < 1 {
		t.Errorf("%+v", cov)
	}
	var b strings.Builder
	cov.WriteTo(&b)
	for _, want := range []string{"Signatures recognise 2 of ", "Not recognised:", `6  failure  pattern:`, "could not lock stock of", "Recognised:", "shop.known  \"Known\"", "signatures recognised nothing."} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestCoverAddsUp: findings of one signature in several services are one row.
func TestCoverAddsUp(t *testing.T) {
	a := &incident.Analysis{Findings: []incident.Finding{
		{Signature: "pattern:1", Template: "x", Count: 2, Role: "failure"}, {Signature: "shop.known", Count: 3, Role: "failure", AtLeast: true},
		{Signature: "pattern:1", Template: "x", Count: 2, Role: "failure"}, {Signature: "shop.noise", Count: 9, Role: "noise"},
	}}
	cov := Cover(catalog(t, knownRule), a)
	if len(cov.Unknown) != 1 || cov.UnknownEvents != 4 || cov.KnownEvents != 3 || cov.Idle != 0 {
		t.Errorf("%+v", cov)
	}
	var b strings.Builder
	cov.WriteTo(&b)
	if !strings.Contains(b.String(), "≥3") {
		t.Error(b.String())
	}
}

// TestProposeEvidence: entries are written in the form of their resource.
func TestProposeEvidence(t *testing.T) {
	e := logEntry(incident.Evidence{Message: "m", Service: "s", Project: "p", LogName: "l", Severity: "ERROR"}, "cloud_run_job", 4)
	if got := fmt.Sprint(e); got != "map[insertId:entry-5 logName:l resource:map[labels:map[job_name:s project_id:p] type:cloud_run_job] severity:ERROR textPayload:m]" {
		t.Error(got)
	}
	a := &incident.Analysis{Evidence: map[string]incident.Evidence{}}
	if got := string(evidenceText(a, incident.Finding{Template: "could not"}, nil, false)); !strings.Contains(got, `"could …"`) {
		t.Error(got)
	}
}
