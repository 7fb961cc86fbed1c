package correlate_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
	"logwhy/rules"
)

// loaded holds the built-in signatures, which no test changes: loading takes
// longer than most tests.
var loaded = sync.OnceValues(func() (*signature.Catalog, error) {
	cat, problems := signature.Load([]signature.Source{{FS: rules.FS(), Root: "rules", Builtin: true}}, signature.Options{})
	if len(problems) > 0 {
		return nil, fmt.Errorf("the built-in rules have problems, the first: %v", problems[0])
	}
	return cat, nil
})

// catalogue returns the built-in signatures.
func catalogue(t testing.TB) *signature.Catalog {
	t.Helper()
	cat, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// origin is the time of the first column of a scene.
var origin = time.Date(2026, 3, 3, 14, 0, 0, 0, time.UTC)

// line is what a row of a scene logs.
type line struct {
	text     string
	log      string // log id; "" is run.googleapis.com/stderr
	severity logentry.Severity
	basis    logentry.Basis
	status   int // of a request
	latency  time.Duration
	path     string
	revision string
}

// scene turns rows of a drawing into entries. A column is one step; a digit
// logs the row's line on the instance of that number, '-' is silence.
//
//	cause   --1----2----
//	effect  ---1----2---
func scene(step time.Duration, rows map[string]line, drawing string) []*logentry.Entry {
	var out []*logentry.Entry
	for _, row := range strings.Split(strings.TrimSpace(drawing), "\n") {
		name, marks, _ := strings.Cut(strings.TrimSpace(row), " ")
		l, ok := rows[name]
		if !ok {
			panic("no line called " + name)
		}
		for col, c := range strings.TrimSpace(marks) {
			if c == '-' {
				continue
			}
			out = append(out, entry(l, origin.Add(time.Duration(col)*step), string(c), len(out)))
		}
	}
	return out
}

func entry(l line, at time.Time, instance string, n int) *logentry.Entry {
	log := l.log
	if log == "" {
		log = "run.googleapis.com/stderr"
	}
	rev := l.revision
	if rev == "" {
		rev = "checkout-api-00042-hzt"
	}
	e := &logentry.Entry{
		Pos: logentry.Pos{Name: "scene.json", Line: n + 1, Record: n + 1, Seq: int64(n)}, Time: logentry.TimeOf(at), Received: logentry.TimeOf(at),
		Severity: l.severity, Basis: l.basis, Message: l.text, Payload: logentry.PayloadText,
		LogName:  "projects/acme-staging/logs/" + strings.ReplaceAll(log, "/", "%2F"),
		InsertID: fmt.Sprintf("%08x%08x%08x", at.Unix(), at.Nanosecond()/1000, n), ResourceType: "cloud_run_revision",
		Scope: logentry.Scope{Project: "acme-staging", Service: "checkout-api", Kind: "cloud_run_revision", Revision: rev, Location: "europe-west1"},
	}
	if instance != "0" {
		e.Scope.Instance = "instance-" + instance
	}
	if l.severity != 0 && l.basis == logentry.BasisNone {
		e.Basis = logentry.BasisDeclared
	}
	if l.status != 0 {
		e.Payload = logentry.PayloadNone
		e.LogName = "projects/acme-staging/logs/run.googleapis.com%2Frequests"
		e.HTTP = &logentry.HTTPRequest{Method: "POST", URL: "https://checkout-api.a.run.app" + l.path, Status: l.status, Latency: l.latency, LatencyS: fmt.Sprintf("%.9fs", l.latency.Seconds())}
		e.Message = fmt.Sprintf("HTTP %d POST https://checkout-api.a.run.app%s %s", l.status, l.path, e.HTTP.LatencyS)
		e.Severity, e.Basis = logentry.SeverityInfo, logentry.BasisDeclared
		if l.status >= 500 {
			e.Severity = logentry.SeverityError
		}
	}
	return e
}

// explain analyses entries with n collectors, dealt round robin.
func explain(t testing.TB, cat *signature.Catalog, entries []*logentry.Entry, n int, opt correlate.Options) *incident.Analysis {
	t.Helper()
	cs := make([]*correlate.Collector, n)
	for i := range cs {
		cs[i] = correlate.NewCollector(cat, opt)
	}
	for i, e := range entries {
		cs[i%n].Add(e)
	}
	for _, c := range cs[1:] {
		cs[0].Merge(c)
	}
	return correlate.Analyze(cat, cs[0], correlate.Read{Inputs: []incident.Input{{Name: "scene.json", Format: "array", Entries: len(entries)}}}, opt)
}

func asJSON(t testing.TB, a *incident.Analysis) string {
	t.Helper()
	b, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Lines of the scenes.
var cast = map[string]line{
	"missing":  {text: "ModuleNotFoundError: No module named 'checkout.ledger'", severity: logentry.SeverityError},
	"worker":   {text: "[2026-03-03 14:00:00 +0000] [1] [ERROR] Reason: Worker failed to boot.", severity: 0},
	"exit":     {text: "Container called exit(3).", log: "run.googleapis.com/varlog/system", severity: logentry.SeverityWarning},
	"request":  {status: 500, latency: 200 * time.Millisecond, path: "/orders"},
	"served":   {status: 200, latency: 50 * time.Millisecond, path: "/orders"},
	"column":   {text: "psycopg2.errors.UndefinedColumn: column orders.voucher_id does not exist", severity: logentry.SeverityError},
	"other":    {text: "psycopg2.OperationalError: FATAL:  password authentication failed for user \"checkout\"", severity: logentry.SeverityError},
	"chatter":  {text: "cart loaded", severity: logentry.SeverityInfo},
	"mystery":  {text: "LedgerError: entry 4711 of book main is not balanced", severity: logentry.SeverityError},
	"restated": {text: "Something went wrong", severity: logentry.SeverityError},
}

// The same entries, shuffled and dealt to any number of collectors, give the
// same analysis.
func TestOrderAndPartitionDoNotMatter(t *testing.T) {
	cat := catalogue(t)
	entries := scene(100*time.Millisecond, cast, `
		missing  --1---------2---------3---------
		worker   ---1---------2---------3--------
		exit     ----1---------2---------3-------
		request  -------------------------------4
		mystery  --------------------------------4
		chatter  -1-1-1-2-2-2-3-3-3-4-4-4-1-2-3-4`)
	want := asJSON(t, explain(t, cat, entries, 1, correlate.Options{}))
	rnd := rand.New(rand.NewSource(7))
	for n := 1; n <= 8; n++ {
		shuffled := append([]*logentry.Entry(nil), entries...)
		rnd.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := asJSON(t, explain(t, cat, shuffled, n, correlate.Options{})); got != want {
			t.Fatalf("%d collectors give another analysis", n)
		}
	}
}
