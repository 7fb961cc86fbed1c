package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/ingest/cloudlog/cloudlogtest"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
)

var noon = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

// failures writes one request with its error for each step from a to b.
func failures(t *testing.T, a, b time.Time, step time.Duration) []*logentry.Entry {
	t.Helper()
	var text bytes.Buffer
	for i, at := 0, a; at.Before(b); i, at = i+1, at.Add(step) {
		for k, line := range []string{
			`"logName":"projects/acme-staging/logs/run.googleapis.com%2Fstderr","severity":"ERROR","textPayload":"sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) FATAL:  password authentication failed for user \"ledger\""`,
			`"logName":"projects/acme-staging/logs/run.googleapis.com%2Frequests","severity":"ERROR","httpRequest":{"requestMethod":"POST","requestUrl":"https://ledger-abc-ew.a.run.app/entries","status":500,"latency":"0.2s"}`,
		} {
			fmt.Fprintf(&text, `{"insertId":"%06d-%d","timestamp":"%s",%s,"trace":"projects/acme-staging/traces/%032d","resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging","service_name":"ledger","revision_name":"ledger-00007-abc","location":"europe-west1"}},"labels":{"instanceId":"00aa"}}`+"\n",
				i, k, at.Add(time.Duration(k)*10*time.Millisecond).Format(time.RFC3339Nano), line, i)
		}
	}
	list, err := ingest.DecodeAll(text.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func lastHour(o Options) Options {
	o.Query.From, o.Query.To = noon.Add(-time.Hour), noon
	return o
}

// What is there when the window begins is followed back until its beginning.
//
//	asked            |----------1 h----------|
//	failures     x x x x x x x x x x x x x x
//	before   |--2 h--|
func TestLooksBackToTheBeginning(t *testing.T) {
	onset := noon.Add(-200 * time.Minute)
	for name, c := range map[string]struct {
		lookback time.Duration
		first    time.Time
		said     string
	}{
		"far enough":     {24 * time.Hour, onset, ""},
		"not far enough": {90 * time.Minute, noon.Add(-150 * time.Minute), "as far as was looked"},
		"not at all":     {0, noon.Add(-time.Hour), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := serve(failures(t, onset, noon, 30*time.Second))
			a, h := gathered(t, r, lastHour(Options{MaxLookback: c.lookback}))
			if len(a.Incidents) != 1 || a.Incidents[0].First.Sub(c.first).Abs() > time.Minute {
				t.Errorf("%d incidents, the first from %s; want from %s", len(a.Incidents), a.Incidents[0].First, c.first)
			}
			if said := fmt.Sprint(h.Warnings); strings.Contains(said, "as far as was looked") != (c.said != "") {
				t.Errorf("warnings: %s", said)
			}
			for _, q := range r.queries {
				if q.From.Before(noon.Add(-time.Hour-c.lookback)) || q.To.After(noon) {
					t.Errorf("asked from %s to %s", q.From, q.To)
				}
			}
		})
	}
}

// A failure that is always there is not read back for a day.
func TestLookingBackIsBounded(t *testing.T) {
	r := serve(failures(t, noon.Add(-5*time.Hour), noon, time.Second))
	_, h := gathered(t, r, lastHour(Options{MaxLookback: 24 * time.Hour}))
	if h.Entries > 2*mostBefore+15_000 {
		t.Errorf("%d entries were read", h.Entries)
	}
	if said := fmt.Sprint(h.Warnings); !strings.Contains(said, "so often that nothing before that was asked") {
		t.Errorf("warnings: %s", said)
	}
}

// An onset inside the window is no reason to look back.
func TestOnsetInsideTheWindow(t *testing.T) {
	r := serve(failures(t, noon.Add(-20*time.Minute), noon, 30*time.Second))
	_, h := gathered(t, r, lastHour(Options{MaxLookback: 24 * time.Hour}))
	if len(r.queries) != 2 || len(h.Warnings) != 0 {
		t.Errorf("%d queries, %v", len(r.queries), h.Warnings)
	}
}

// later is a reader that works until the n-th query.
func later(r *served, n int, err error) *served {
	r.fail = func(i int) error {
		if i < n {
			return nil
		}
		return err
	}
	return r
}

func TestErrors(t *testing.T) {
	entries := busyEntries(t)
	broken := &cloudlog.Error{Kind: cloudlog.Server, Text: "the server is on fire", Next: "Try again."}
	o := lastHour(Options{Catalog: catalogue(t), lookSize: 5, smallWindow: 1, sampleSize: 20})
	o.Query.Resources = []string{"projects/acme-staging"}

	if _, err := Gather(context.Background(), later(serve(entries), 0, broken), o); !errors.Is(err, broken) {
		t.Errorf("first query: %v", err)
	}
	for n := 1; n < 8; n++ {
		a, h := gathered(t, later(serve(entries), n, broken), o)
		if h.Complete() || len(h.Live.Asked) == 0 {
			t.Errorf("query %d failed and the harvest is complete: %+v", n, h.Live)
		}
		if !strings.Contains(fmt.Sprint(a.Coverage.Warnings), "the server is on fire") {
			t.Errorf("query %d failed, and nothing says so: %v", n, a.Coverage.Warnings)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := serve(entries)
	r.fail = func(i int) error {
		if i == 3 {
			cancel()
		}
		return nil
	}
	if _, err := Gather(ctx, r, o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// busyEntries is half an hour of a service that fails at its end.
func busyEntries(t *testing.T) []*logentry.Entry {
	return append(failures(t, noon.Add(-50*time.Minute), noon.Add(-49*time.Minute), time.Second), failures(t, noon.Add(-10*time.Minute), noon, 5*time.Second)...)
}

// expiring is a context whose deadline passes when it is told so.
type expiring struct {
	context.Context
	over *bool
}

func (c expiring) Err() error {
	if *c.over {
		return context.DeadlineExceeded
	}
	return c.Context.Err()
}

// What came before the deadline is reported, and that it was not all.
func TestDeadline(t *testing.T) {
	over := false
	r := serve(busyEntries(t))
	r.fail = func(i int) error { over = over || i == 4; return nil }
	o := lastHour(Options{Catalog: catalogue(t), lookSize: 5, smallWindow: 1, sampleSize: 20})
	o.Query.Resources = []string{"projects/acme-staging"}
	h, err := Gather(expiring{context.Background(), &over}, r, o)
	if err != nil {
		t.Fatal(err)
	}
	if h.Complete() || !strings.Contains(fmt.Sprint(h.Warnings), "--deadline") || h.Entries == 0 {
		t.Errorf("complete %v, %d entries, %v", h.Complete(), h.Entries, h.Warnings)
	}
	over = true
	if _, err := Gather(expiring{context.Background(), &over}, serve(busyEntries(t)), o); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing came: %v", err)
	}
}

// The limit holds over all queries together, and is said.
func TestLimit(t *testing.T) {
	for _, limit := range []int{1, 7, 40, 100} {
		o := lastHour(Options{lookSize: 5, smallWindow: 1, sampleSize: 20})
		o.Query.Limit = limit
		_, h := gathered(t, serve(busyEntries(t)), o)
		if h.Entries > limit {
			t.Errorf("%d entries with a limit of %d", h.Entries, limit)
		}
		if h.Complete() || !strings.Contains(fmt.Sprint(h.Warnings), fmt.Sprintf("limit of %d entries", limit)) {
			t.Errorf("limit %d: complete %v, %v", limit, h.Complete(), h.Warnings)
		}
	}
}

// A question with more answers than it may bring gets the oldest and the newest.
//
//	all   1 2 3 4 5 6 7 8 9
//	read  1 2           8 9   of at most four
func TestBothEnds(t *testing.T) {
	entries := failures(t, noon.Add(-time.Hour), noon, time.Minute)
	o := lastHour(Options{Catalog: catalogue(t)})
	a := &asker{ctx: context.Background(), r: serve(entries), o: &o}
	if err := a.askBothEnds(query{what: "all", from: o.Query.From, to: o.Query.To, limit: 8}); err != nil {
		t.Fatal(err)
	}
	if len(a.live.Asked) != 2 || a.entries != 8 || !a.live.Cut {
		t.Fatalf("%d queries, %d entries, cut %v", len(a.live.Asked), a.entries, a.live.Cut)
	}
	if first, last := firstOf(t, a.sources[0]), firstOf(t, a.sources[1]); !first.Equal(entries[0].Time.Time()) || !last.Equal(entries[len(entries)-1].Time.Time()) {
		t.Errorf("from %s, and back from %s", first, last)
	}
	a = &asker{ctx: context.Background(), r: serve(entries), o: &o}
	if err := a.askBothEnds(query{what: "all", from: o.Query.From, to: o.Query.To, limit: 180}); err != nil || a.live.Cut || a.entries < 120 {
		t.Errorf("two halves that hold all: cut %v, %d entries, %v", a.live.Cut, a.entries, err)
	}
}

func firstOf(t *testing.T, src ingest.Source) time.Time {
	t.Helper()
	set, err := ingest.Open(nil, ingest.Options{Sources: []ingest.Source{src}, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	var first time.Time
	if _, err := set.Read(context.Background(), func(int) func(*logentry.Entry) {
		return func(e *logentry.Entry) {
			if first.IsZero() {
				first = e.Time.Time()
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	return first
}

// Every filter is one that the service takes, whatever a person adds to it.
func TestFiltersFit(t *testing.T) {
	for _, n := range []int{0, 200, 5_000, 12_000} {
		r := serve(busyEntries(t))
		o := lastHour(Options{MaxLookback: 24 * time.Hour, lookSize: 5, smallWindow: 1, sampleSize: 20})
		if n > 0 {
			o.Query.Filter = `resource.labels.service_name="ledger" -- ` + strings.Repeat("x", n)
		}
		_, h := gathered(t, r, o)
		if h.Live.Cut {
			t.Errorf("filter of %d characters: %v", n, h.Warnings)
		}
		for _, q := range r.queries {
			bounds := len(` AND timestamp>="2026-03-03T12:00:00.123456789Z"`) * 2
			if got := len(q.Filter) + bounds; got > lql.MaxLength {
				t.Errorf("filter of %d characters: a query has %d", n, got)
			}
			if _, err := lql.Parse(q.Filter); err != nil {
				t.Errorf("%v\n%s", err, q.Filter)
			}
		}
	}
}

// The same entries are asked the same way.
func TestAskedTheSameWay(t *testing.T) {
	var asked []string
	for range 3 {
		r := serve(busyEntries(t))
		_, h := gathered(t, r, lastHour(Options{MaxLookback: time.Hour, lookSize: 5, smallWindow: 1, sampleSize: 20}))
		asked = append(asked, fmt.Sprintf("%+v %v %v", r.queries, h.Notes, h.Warnings))
	}
	if asked[0] != asked[1] || asked[1] != asked[2] {
		t.Error("two reads of the same entries differ")
	}
}

// A small window is read whole, in few calls, and nothing is left unknown.
func TestSmallWindowIsReadWhole(t *testing.T) {
	r := serve(failures(t, noon.Add(-time.Hour), noon, time.Second)) // 7,200 entries
	a, h := gathered(t, r, lastHour(Options{}))
	if !h.Live.Whole || a.Coverage.Entries != 7200 || r.calls > 15 {
		t.Errorf("whole %v, %d entries, %d calls", h.Live.Whole, a.Coverage.Entries, r.calls)
	}
	for _, n := range h.Notes {
		if strings.HasPrefix(string(n), "Not asked") {
			t.Errorf("said %s", n)
		}
	}
}

// What was asked stands in the report, with links; what was not asked, too.
func TestCoverageSaysWhatWasAsked(t *testing.T) {
	a, h := gathered(t, serve(busyEntries(t)), lastHour(Options{MaxLookback: time.Hour, lookSize: 5, smallWindow: 1, sampleSize: 20}))
	if len(a.Coverage.Asked) < 8 {
		t.Fatalf("asked %+v", a.Coverage.Asked)
	}
	calls, entries := 0, 0
	for _, q := range a.Coverage.Asked {
		calls, entries = calls+q.Calls, entries+q.Entries
		if q.What == "" || q.From.IsZero() || !q.From.Before(q.To) {
			t.Errorf("asked %+v", q)
		}
		if q.Link == "" && len(q.Filter) < 1000 {
			t.Errorf("no link: %+v", q)
		}
	}
	if calls != h.Calls || entries != h.Entries {
		t.Errorf("%d calls and %d entries in the account, %d and %d in all", calls, entries, h.Calls, h.Entries)
	}
	said := fmt.Sprint(h.Notes)
	for _, want := range []string{"Asked from 2026-03-03 11:00:00Z to 2026-03-03 12:00:00Z, in ", "WARNING and above", "Asked before that, back to 2026-03-03 10:00:00Z", "Not asked: calm lines"} {
		if !strings.Contains(said, want) {
			t.Errorf("the notes do not say %q: %s", want, said)
		}
	}
	if in := a.Inputs; len(in) != 1 || in[0].Format != "logging-api" || in[0].Name != Name {
		t.Errorf("inputs %+v", in)
	}
	for _, e := range a.Evidence {
		if e.Source != Name || e.Link == "" {
			t.Errorf("cited as %q, %q", e.Source, e.Link)
		}
	}
}

// standing is a clock that moves only while somebody sleeps on it.
type standing struct {
	mu sync.Mutex
	t  time.Time
}

func (c *standing) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *standing) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	return ctx.Err()
}

// Over the real protocol the requests never exceed what the bucket allows, and
// a service with that quota refuses none of them.
func TestRateIsNeverExceeded(t *testing.T) {
	const rate = 6
	templates := cloudlogtest.FromJSON(t, `{"logName":"projects/acme-staging/logs/run.googleapis.com%2Fstdout","severity":"INFO","textPayload":"cart 7 loaded","timestamp":"2026-03-03T11:00:00Z","resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging","service_name":"cart"}}}`)
	calmHour, err := cloudlogtest.Repeat(templates, noon.Add(-time.Hour), 2*time.Second, 1_800)
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	for _, e := range busyEntries(t) {
		raw.Write(e.Raw)
		raw.WriteByte('\n')
	}
	clock := &standing{t: noon}
	s := cloudlogtest.New(t, cloudlogtest.Options{
		Sources: []cloudlogtest.Source{calmHour, cloudlogtest.FromJSON(t, raw.Bytes())}, Now: clock.now, Quota: cloudlogtest.Quota{PerMinute: 2 * rate},
	})
	c, err := cloudlog.Dial(context.Background(), cloudlog.Options{Endpoint: s.Addr, Insecure: true, Rate: rate, Now: clock.now, Sleep: clock.sleep})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	a, h := gathered(t, c, lastHour(Options{MaxLookback: time.Hour, lookSize: 100, smallWindow: 200, sampleSize: 300}))
	if h.Live.Whole || h.Live.Cut || len(a.Incidents) == 0 {
		t.Errorf("whole %v, cut %v, %d incidents, %v", h.Live.Whole, h.Live.Cut, len(a.Incidents), h.Warnings)
	}
	calls := s.Calls()
	if len(calls) < 2*rate {
		t.Fatalf("%d calls test nothing", len(calls))
	}
	for i, first := range calls {
		n := 0
		for _, c := range calls[i:] {
			if c.Time.Sub(first.Time) < time.Minute {
				n++
			}
		}
		// A bucket that was full gives its burst and then its rate.
		if n > 2*rate {
			t.Fatalf("%d calls in the minute from %s", n, first.Time)
		}
		if status.Code(first.Err) == codes.ResourceExhausted {
			t.Errorf("call %d was refused: %v", i, first.Err)
		}
	}
	if elapsed := calls[len(calls)-1].Time.Sub(calls[0].Time); elapsed < time.Duration(len(calls)-2*rate)*time.Minute/rate {
		t.Errorf("%d calls in %s", len(calls), elapsed)
	}
}
