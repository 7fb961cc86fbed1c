package fetch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
	"logwhy/internal/synth"
)

// hour serves a busy hour without holding it: n lines of everyday life, made
// from templates when they are asked for, and the entries of an incident among
// them.
type hour struct {
	from      time.Time
	step      time.Duration
	n         int
	templates []template
	kinds     []uint8           // the template of each line
	incident  []*logentry.Entry // in the order of time
	calls     int
	queries   []cloudlog.Query
}

// template is a line that comes again and again. Its JSON has a place for the
// time and one for the insertId.
type template struct {
	entry    *logentry.Entry
	raw      string
	timeAt   int
	idAt     int
	inAMilli int // how many of a million lines are of it
}

const (
	timeForm  = "2006-01-02T15:04:05.000000Z"
	timePlace = "2026-03-03T09:00:00.000000Z"
	idPlace   = "000000000000"
)

// everyday lists what services log that are well, with scanners, slow queries
// and a mailer that never was without errors.
func everyday() []template {
	var out []template
	add := func(share int, service, instance, log, severity, rest string) {
		raw := fmt.Sprintf(`{"insertId":"%s","timestamp":"%s","logName":"projects/acme-staging/logs/%s","resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging","location":"europe-west1","service_name":"%s","revision_name":"%s-00041-bcd","configuration_name":"%s"}},"labels":{"instanceId":"%s"},%s%s}`,
			idPlace, timePlace, strings.ReplaceAll(log, "/", "%2F"), service, service, service, instance, severity, rest)
		list, err := ingest.DecodeAll([]byte(raw))
		if err != nil || len(list) != 1 {
			panic(fmt.Sprint(err, raw))
		}
		out = append(out, template{list[0], raw, strings.Index(raw, timePlace), strings.Index(raw, idPlace), share})
	}
	request := func(share int, service, instance, method, path string, status int) {
		level := "INFO"
		if status >= 400 {
			level = "WARNING"
		}
		add(share, service, instance, "run.googleapis.com/requests", `"severity":"`+level+`",`, fmt.Sprintf(`"httpRequest":{"requestMethod":"%s","requestUrl":"https://%s-abcdefghij-ew.a.run.app%s","status":%d,"latency":"0.031s"}`, method, service, path, status))
	}
	for i, service := range []string{"checkout-api", "catalog", "search", "mailer", "identity"} {
		for k := range 4 {
			instance := strings.Repeat(fmt.Sprintf("%02x", 16*i+k), 32)
			request(36_000, service, instance, "GET", "/items/4711", 200)
			request(7_000, service, instance, "POST", "/orders", 201)
			request(1_000, service, instance, "GET", "/health", 204)
			request(150, service, instance, "GET", "/wp-login.php", 404)
			add(4_500, service, instance, "run.googleapis.com/stdout", "", fmt.Sprintf(`"textPayload":"cart %d loaded"`, 100*i+k))
			add(800, service, instance, "run.googleapis.com/stdout", `"severity":"INFO",`, `"jsonPayload":{"message":"retry budget: 0 errors, 12 ok"}`)
			add(30, service, instance, "run.googleapis.com/stderr", `"severity":"WARNING",`, `"jsonPayload":{"message":"slow query: 1.2 s for the list of orders"}`)
		}
	}
	add(60, "mailer", strings.Repeat("30", 32), "run.googleapis.com/stderr", `"severity":"ERROR",`, `"textPayload":"NewsletterError: template 'march' has no subject line"`)
	return out
}

// busyHour spreads the entries of sc over the middle of an hour of n lines.
func busyHour(n int, sc synth.Scenario) *hour {
	h := &hour{n: n, templates: everyday(), incident: serve(sc.Entries).entries}
	first := h.incident[0].Time.Time()
	h.from = first.Add(-25 * time.Minute).Truncate(time.Second)
	h.step = time.Hour / time.Duration(n)
	h.choose()
	return h
}

func (h *hour) to() time.Time { return h.from.Add(time.Hour) }
func (h *hour) time(i int) logentry.Time {
	return logentry.TimeOf(h.from.Add(time.Duration(i) * h.step).Truncate(time.Microsecond))
}

// choose gives each line a template, the same one each time.
func (h *hour) choose() {
	total := 0
	for _, t := range h.templates {
		total += t.inAMilli
	}
	r := rand.New(rand.NewPCG(7, 7))
	h.kinds = make([]uint8, h.n)
	for i := range h.kinds {
		v := r.IntN(total)
		for k, t := range h.templates {
			if v -= t.inAMilli; v < 0 {
				h.kinds[i] = uint8(k)
				break
			}
		}
	}
}

func id(i int) string { return fmt.Sprintf("%012x", uint64(i)*0x9e3779b97f4a7c15>>16) }

// Read implements cloudlog.Reader.
func (h *hour) Read(_ context.Context, q cloudlog.Query, add func([]byte) error) (cloudlog.Result, error) {
	h.queries = append(h.queries, q)
	f, err := lql.Parse(q.Filter)
	if err != nil {
		return cloudlog.Result{}, err
	}
	a := &answer{q: q, add: add, res: cloudlog.Result{Complete: true, Through: q.To}}
	if q.NewestFirst {
		a.res.Through = q.From
	}
	from, to := logentry.TimeOf(q.From), logentry.TimeOf(q.To)
	lo := sort.Search(h.n, func(i int) bool { return h.time(i) >= from })
	hi := sort.Search(h.n, func(i int) bool { return h.time(i) >= to })
	own := h.incident[sort.Search(len(h.incident), func(i int) bool { return h.incident[i].Time >= from }):sort.Search(len(h.incident), func(i int) bool { return h.incident[i].Time >= to })]
	m := newMatcher(f, h)
	k := 0
	for i := range hi - lo {
		at := lo + i
		if q.NewestFirst {
			at = hi - 1 - i
		}
		t := h.time(at)
		for k < len(own) && a.before(own, k, t) {
			if err := a.give(own, k, f); err != nil {
				return a.done(h), err
			}
			k++
		}
		if a.full {
			break
		}
		if m.match(at, t) {
			if err := a.line(t, m.line(at, t)); err != nil {
				return a.done(h), err
			}
		}
	}
	for ; k < len(own); k++ {
		if err := a.give(own, k, f); err != nil {
			return a.done(h), err
		}
	}
	return a.done(h), nil
}

// answer is one query that is being answered.
type answer struct {
	q    cloudlog.Query
	add  func([]byte) error
	res  cloudlog.Result
	last logentry.Time
	full bool
}

// nth is the k-th entry of the incident in the order of the query.
func (a *answer) nth(own []*logentry.Entry, k int) *logentry.Entry {
	if a.q.NewestFirst {
		return own[len(own)-1-k]
	}
	return own[k]
}

func (a *answer) before(own []*logentry.Entry, k int, t logentry.Time) bool {
	if a.q.NewestFirst {
		return a.nth(own, k).Time > t
	}
	return a.nth(own, k).Time <= t
}

func (a *answer) give(own []*logentry.Entry, k int, f *lql.Filter) error {
	e := a.nth(own, k)
	if !f.Match(e) {
		return nil
	}
	return a.line(e.Time, e.Raw)
}

func (a *answer) line(t logentry.Time, raw []byte) error {
	if a.full {
		return nil
	}
	if a.q.Limit > 0 && a.res.Entries == a.q.Limit {
		a.full = true
		a.res.Complete, a.res.Reason, a.res.Through = false, "the limit was reached", a.last.Time()
		return nil
	}
	a.res.Entries++
	a.last = t
	return a.add(raw)
}

func (a *answer) done(h *hour) cloudlog.Result {
	a.res.Calls = a.res.Entries/1000 + 1
	h.calls += a.res.Calls
	return a.res
}

// matcher asks a filter of each template once, unless the filter speaks of
// what differs between its lines.
type matcher struct {
	h     *hour
	f     *lql.Filter
	known []bool
	does  []bool
	each  bool
	buf   []byte
}

func newMatcher(f *lql.Filter, h *hour) *matcher {
	return &matcher{
		h: h, f: f, known: make([]bool, len(h.templates)), does: make([]bool, len(h.templates)),
		each: f.Mentions("timestamp") || f.Mentions("insertId") || strings.Contains(f.String(), "sample("),
	}
}

func (m *matcher) match(i int, t logentry.Time) bool {
	k := m.h.kinds[i]
	if m.each {
		e := *m.h.templates[k].entry
		e.Time, e.InsertID = t, id(i)
		return m.f.Match(&e)
	}
	if !m.known[k] {
		m.known[k], m.does[k] = true, m.f.Match(m.h.templates[k].entry)
	}
	return m.does[k]
}

func (m *matcher) line(i int, t logentry.Time) []byte {
	v := &m.h.templates[m.h.kinds[i]]
	m.buf = append(m.buf[:0], v.raw...)
	copy(m.buf[v.timeAt:], t.Time().Format(timeForm))
	copy(m.buf[v.idAt:], id(i))
	return m.buf
}

// An hour of a million entries holds one incident. What the strategy asks for
// names the cause that all entries name, with at most one request in twenty.
func TestBusyHour(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n = 30_000
	}
	for _, kind := range []string{"crash-loop", "requests"} {
		t.Run(kind, func(t *testing.T) { busy(t, n, kind) })
	}
}

func busy(t *testing.T, n int, kind string) {
	sc := synth.Make(kind, 3)
	deep, part := busyHour(n, sc), busyHour(n, sc)
	o := Options{Deep: true} // nothing lies before the window; looking there would decode all once more
	o.Query.From, o.Query.To = deep.from, deep.to()
	want, _ := gathered(t, deep, o)
	o.Deep, o.MaxLookback = false, 24*time.Hour
	got, h := gathered(t, part, o)
	t.Logf("%d lines: all in %d calls; what matters in %d calls (%.1f %%), %d entries", n, deep.calls, part.calls, 100*float64(part.calls)/float64(deep.calls), h.Entries)
	for _, a := range h.Live.Asked {
		t.Logf("%6d entries %3d calls complete %v  %s", a.Entries, a.Calls, a.Complete, a.What)
	}
	if len(want.Incidents) == 0 || len(want.Incidents[0].Causes) == 0 {
		t.Fatal("all entries name no cause: there is nothing to compare with")
	}
	if g, w := strings.Join(verdicts(got), "\n"), strings.Join(verdicts(want), "\n"); g != w {
		t.Errorf("got\n%s\nof all entries\n%s", g, w)
	}
	if n == 1_000_000 && part.calls*20 > deep.calls {
		t.Errorf("%d calls are more than 5 %% of %d", part.calls, deep.calls)
	}
	if part.calls >= deep.calls {
		t.Errorf("%d calls, and %d read everything", part.calls, deep.calls)
	}
}
