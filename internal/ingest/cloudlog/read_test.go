package cloudlog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

var start = time.Date(2026, 1, 25, 9, 0, 0, 0, time.UTC)

// stillClock stands until somebody sleeps on it, or moves by tick whenever it is read.
type stillClock struct {
	mu   sync.Mutex
	t    time.Time
	tick time.Duration
}

func newStillClock() *stillClock { return &stillClock{t: start.Add(24 * time.Hour)} }

func (c *stillClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(c.tick)
	return c.t
}

func (c *stillClock) stands() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *stillClock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	return ctx.Err()
}

// entries makes n entries over an hour. Some share their time, also many at
// once, and some their insertId.
func entries(t testing.TB, n int) *cloudlogtest.Entries {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	var b bytes.Buffer
	at := start
	for i := range n {
		if r.IntN(3) > 0 && i%200 > 60 {
			at = at.Add(time.Duration(r.Int64N(int64(2 * time.Hour / time.Duration(n)))))
		}
		if !at.Before(start.Add(time.Hour)) {
			at = start.Add(time.Hour - 1)
		}
		fmt.Fprintf(&b, `{"logName":"projects/acme-staging/logs/run.googleapis.com%%2Fstdout","insertId":"%08x%d","timestamp":%q,"severity":%q,"textPayload":"line %d","resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging","service_name":"checkout-api"}},"errorGroups":[{"id":"g%d"}]}`+"\n",
			r.Uint32(), i, at.Format(time.RFC3339Nano), []string{"INFO", "ERROR"}[i%2], i, i)
	}
	return cloudlogtest.FromJSON(t, b.Bytes())
}

var hour = cloudlog.Query{Resources: []string{"projects/acme-staging"}, From: start, To: start.Add(time.Hour)}

func dial(t testing.TB, srv *cloudlogtest.Server, c *stillClock, o cloudlog.Options) *cloudlog.Client {
	t.Helper()
	o.Insecure = true
	if o.Endpoint = srv.Addr; o.Transport == cloudlog.REST {
		o.Endpoint = srv.URL
	}
	if c != nil {
		o.Now, o.Sleep = c.now, c.sleep
	}
	client, err := cloudlog.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// pull reads a query and returns the ids of its entries, in order.
func pull(ctx context.Context, c *cloudlog.Client, q cloudlog.Query) ([]string, cloudlog.Result, error) {
	var ids []string
	res, err := c.Read(ctx, q, func(line []byte) error {
		var e struct{ InsertID string }
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		ids = append(ids, e.InsertID)
		return nil
	})
	return ids, res, err
}

func idsOf(e *cloudlogtest.Entries, newestFirst bool) []string {
	ids := make([]string, e.Len())
	for i := range ids {
		at := i
		if newestFirst {
			at = e.Len() - 1 - i
		}
		ids[at] = e.Entry(i).InsertID
	}
	return ids
}

// sameIDs fails where what was pulled is not what is served.
func sameIDs(t testing.TB, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("entry %d is %s, want %s (%d pulled, %d served)", i, got[i], want[i], len(got), len(want))
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d pulled, %d served", len(got), len(want))
	}
}

// schedule breaks calls in all the ways that a reader must survive.
func schedule(seed uint64) func(int, cloudlogtest.Call) cloudlogtest.Fault {
	rate := 0.1 + 0.5*float64(seed%7)/6
	base := cloudlogtest.Seeded(seed, rate)
	return func(n int, c cloudlogtest.Call) cloudlogtest.Fault {
		f := base(n, c)
		r := rand.New(rand.NewPCG(seed+1000, uint64(n)))
		if n > 3 && n%4 != 3 && r.Float64() < rate/4 {
			f.Err = []error{
				status.Error(codes.Canceled, "The operation was cancelled."),
				status.Error(codes.Unknown, "Stream removed"),
				status.Error(codes.Aborted, "aborted"),
				cloudlogtest.PermissionDenied("logging.logEntries.list", "projects/acme-staging"),
			}[r.IntN(4)]
		}
		f.Delay = 0 // the clock stands still; a wait would only cost time
		return f
	}
}

// Whatever goes wrong, what is pulled is what is served: 200 schedules, over
// both transports, both orders, one slice and several, tokens that expire.
func TestEveryFaultScheduleEndsWithWhatIsServed(t *testing.T) {
	served := entries(t, 1200)
	var divided, rewound, failed atomic.Int64
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := newStillClock()
			o := cloudlog.Options{PageSize: 20 + int(seed%3)*30, Seed: seed, Rate: -1}
			so := cloudlogtest.Options{Sources: []cloudlogtest.Source{served}, Faults: schedule(seed), Now: c.stands}
			if seed%4 == 3 {
				o.Transport = cloudlog.REST
			}
			if seed%3 == 1 {
				c.tick = 300 * time.Millisecond // slow pages: the window is divided
			}
			if seed%5 == 2 {
				so.TokenLife = 2 * time.Second
			}
			if seed%5 == 4 {
				so.ScanLimit = 30
			}
			q := hour
			q.NewestFirst = seed%2 == 1
			srv := cloudlogtest.New(t, so)
			got, res, err := pull(t.Context(), dial(t, srv, c, o), q)
			if err != nil {
				t.Fatal(err)
			}
			sameIDs(t, got, idsOf(served, q.NewestFirst))
			if !res.Complete || res.Entries != len(got) || res.Calls < srv.Count("")-5 {
				t.Errorf("result %+v, and the server saw %d calls", res, srv.Count(""))
			}
			count(srv, &divided, &rewound, &failed)
		})
	}
	t.Cleanup(func() {
		if divided.Load() < 30 || rewound.Load() < 20 || failed.Load() < 1000 {
			t.Errorf("too little was tried: %d reads were divided, %d rewound, %d calls failed", divided.Load(), rewound.Load(), failed.Load())
		}
	})
}

// count notes what a server was put through.
func count(srv *cloudlogtest.Server, divided, rewound, failed *atomic.Int64) {
	filters := map[string]bool{}
	expired := false
	for _, c := range srv.Calls() {
		filters[c.Request.(*loggingpb.ListLogEntriesRequest).Filter] = true
		if c.Err != nil {
			failed.Add(1)
			expired = expired || strings.Contains(c.Err.Error(), "page_token has expired")
		}
	}
	if expired {
		rewound.Add(1)
	} else if len(filters) > 1 {
		divided.Add(1)
	}
}

func callTimes(srv *cloudlogtest.Server) (at []time.Time, refused int) {
	for _, c := range srv.Calls() {
		at = append(at, c.Time)
		if status.Code(c.Err) == codes.ResourceExhausted {
			refused++
		}
	}
	return at, refused
}

// most is the largest number of calls in any minute.
func most(at []time.Time) int {
	n := 0
	for i, from := range at {
		k := i
		for k < len(at) && at[k].Sub(from) < time.Minute {
			k++
		}
		n = max(n, k-i)
	}
	return n
}

func TestRateStaysBelowTheBucket(t *testing.T) {
	served := entries(t, 3000)
	tests := []struct {
		name          string
		rate, quota   int
		most, refused int
	}{
		{"default", 0, 60, 60, 0},
		{"slow", 10, 60, 12, 0},
		{"the quota is lower than thought", 0, 30, 60, 2},
		{"far too fast", 6000, 60, 1 << 20, 12},
	}
	for _, tt := range tests {
		for _, tr := range []cloudlog.Transport{cloudlog.GRPC, cloudlog.REST} {
			t.Run(tt.name+"/"+string(tr), func(t *testing.T) {
				c := newStillClock()
				srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{served}, Now: c.now, Quota: cloudlogtest.Quota{PerMinute: tt.quota}})
				got, res, err := pull(t.Context(), dial(t, srv, c, cloudlog.Options{PageSize: 20, Rate: tt.rate, Transport: tr}), hour)
				if err != nil {
					t.Fatal(err)
				}
				sameIDs(t, got, idsOf(served, false))
				at, refused := callTimes(srv)
				if n := most(at); n > tt.most {
					t.Errorf("%d calls in a minute, at most %d are allowed", n, tt.most)
				}
				if refused > tt.refused {
					t.Errorf("%d calls were refused, want at most %d", refused, tt.refused)
				}
				if res.Calls != len(at) {
					t.Errorf("%d calls told, %d seen", res.Calls, len(at))
				}
			})
		}
	}
}

func TestLimit(t *testing.T) {
	served := entries(t, 500)
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{served}})
	tests := []struct {
		limit, page, want int
		complete          bool
		calls             int
	}{
		{1, 0, 1, false, 1},
		{10, 0, 10, false, 1},
		{499, 0, 499, false, 1},
		{500, 0, 500, true, 1},
		{501, 0, 500, true, 1},
		{100, 40, 100, false, 3},
		{500, 100, 500, true, 5},
		{0, 100, 500, true, 5},
	}
	for _, tt := range tests {
		for _, newest := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d of pages %d newest first %v", tt.limit, tt.page, newest), func(t *testing.T) {
				q := hour
				q.Limit, q.NewestFirst = tt.limit, newest
				got, res, err := pull(t.Context(), dial(t, srv, newStillClock(), cloudlog.Options{PageSize: tt.page, Rate: -1}), q)
				if err != nil {
					t.Fatal(err)
				}
				sameIDs(t, got, idsOf(served, newest)[:tt.want])
				if res.Complete != tt.complete || (res.Reason == "") != tt.complete {
					t.Errorf("complete %v (%s), want %v", res.Complete, res.Reason, tt.complete)
				}
				if res.Calls != tt.calls {
					t.Errorf("%d calls, want %d", res.Calls, tt.calls)
				}
			})
		}
	}
}

// A limit that comes before the end of the window costs no request for what is
// behind it, also where pages are so slow that a window is divided otherwise.
func TestLimitAsksForNoPageTooMany(t *testing.T) {
	for _, n := range []int{2000, 20000} {
		served := entries(t, n)
		for _, limit := range []int{200, 500, 1000} {
			for _, newest := range []bool{false, true} {
				c := newStillClock()
				c.tick = time.Second
				srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{served}, Now: c.stands})
				q := hour
				q.Limit, q.NewestFirst = limit, newest
				got, res, err := pull(t.Context(), dial(t, srv, c, cloudlog.Options{PageSize: 50, Rate: -1}), q)
				if err != nil {
					t.Fatal(err)
				}
				sameIDs(t, got, idsOf(served, newest)[:limit])
				if want := limit/50 + 1; res.Calls != want || srv.Count("") != want {
					t.Errorf("%d of %d, newest first %v: %d calls, want %d", limit, n, newest, srv.Count(""), want)
				}
			}
		}
	}
}

// Neither a comment nor an operator in the filter reaches the bounds of time.
func TestBoundsHoldWhateverTheFilter(t *testing.T) {
	served := entries(t, 200)
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{served}})
	c := dial(t, srv, newStillClock(), cloudlog.Options{})
	q := hour
	q.From, q.To = start.Add(10*time.Minute), start.Add(20*time.Minute)
	_, rest := served.Until(q.From)
	want, _ := rest.Until(q.To)
	for _, filter := range []string{
		"", "  \n", "-- all of it", `severity>=DEFAULT -- a comment`, "severity=INFO OR severity=ERROR", "severity=INFO OR\nseverity=ERROR\n-- end",
		`textPayload:"timestamp" OR textPayload:"line"`, "NOT severity=CRITICAL",
	} {
		q.Filter = filter
		got, _, err := pull(t.Context(), c, q)
		if err != nil {
			t.Fatalf("%q: %v", filter, err)
		}
		sameIDs(t, got, idsOf(want, false))
	}
	for _, call := range srv.Calls() {
		f := call.Request.(*loggingpb.ListLogEntriesRequest).Filter
		last := f[strings.LastIndex(f, "\n")+1:]
		if !strings.Contains(last, "timestamp>=") || !strings.Contains(last, "timestamp<") {
			t.Errorf("the last line of the filter holds no bounds:\n%s", f)
		}
	}
}

func TestQueriesThatCannotBeAsked(t *testing.T) {
	srv := cloudlogtest.New(t, cloudlogtest.Options{})
	c := dial(t, srv, newStillClock(), cloudlog.Options{})
	for name, change := range map[string]func(*cloudlog.Query){
		"no resource":   func(q *cloudlog.Query) { q.Resources = nil },
		"101 resources": func(q *cloudlog.Query) { q.Resources = make([]string, 101) },
		"no from":       func(q *cloudlog.Query) { q.From = time.Time{} },
		"no to":         func(q *cloudlog.Query) { q.To = time.Time{} },
		"empty window":  func(q *cloudlog.Query) { q.To = q.From },
		"long filter":   func(q *cloudlog.Query) { q.Filter = strings.Repeat("x ", 9970) + "----------------------" },
		"negative":      func(q *cloudlog.Query) { q.Limit = -1 },
	} {
		q := hour
		change(&q)
		_, res, err := pull(t.Context(), c, q)
		var ce *cloudlog.Error
		if !errors.As(err, &ce) || ce.Kind != cloudlog.BadQuery || ce.Next == "" {
			t.Errorf("%s: got %v", name, err)
		}
		if res.Complete || srv.Count("") > 0 {
			t.Errorf("%s: complete %v, %d calls", name, res.Complete, srv.Count(""))
		}
	}
}

// An interrupted read tells what it has delivered and leaves nothing running.
func TestReadEndsWithItsContext(t *testing.T) {
	served := entries(t, 500)
	for _, tr := range []cloudlog.Transport{cloudlog.GRPC, cloudlog.REST} {
		srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{served}, Faults: func(n int, _ cloudlogtest.Call) cloudlogtest.Fault {
			if n == 3 {
				return cloudlogtest.Fault{Delay: time.Minute}
			}
			return cloudlogtest.Fault{}
		}})
		c := dial(t, srv, newStillClock(), cloudlog.Options{PageSize: 100, Transport: tr})
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		res, err := c.Read(ctx, hour, func([]byte) error {
			if n++; n == 300 {
				cancel()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) || res.Complete || res.Entries < 300 || res.Reason != "the read was interrupted" {
			t.Errorf("%s: %v, %+v", tr, err, res)
		}
		if want := served.Time(res.Entries - 1); !res.Through.Equal(want) {
			t.Errorf("%s: through %s, want %s", tr, res.Through, want)
		}
	}
}

func TestErrorOfAddEndsTheRead(t *testing.T) {
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{entries(t, 50)}})
	full := errors.New("the disk is full")
	res, err := dial(t, srv, newStillClock(), cloudlog.Options{PageSize: 5}).Read(t.Context(), hour, func([]byte) error { return full })
	if err != full || res.Complete || res.Entries != 0 {
		t.Errorf("%v, %+v", err, res)
	}
}

// A search that finds little is not repeated at full speed.
func TestEmptyPagesDoNotUseUpTheQuota(t *testing.T) {
	served := entries(t, 3000)
	c := newStillClock()
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{served}, ScanLimit: 50, Now: c.now, Quota: cloudlogtest.Quota{PerMinute: 60}})
	q := hour
	q.Filter = `textPayload="line 2999"`
	got, _, err := pull(t.Context(), dial(t, srv, c, cloudlog.Options{Rate: 600}), q)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	at, refused := callTimes(srv)
	if n := most(at); n > 30 || refused > 0 {
		t.Errorf("%d of %d calls in one minute for pages without entries, %d refused", n, len(at), refused)
	}
	if d := at[1].Sub(at[0]); d > 0 {
		t.Errorf("the first empty page was followed after %s: an answer at once is likely", d)
	}
}

// REST keeps what the published protocol does not know.
func TestTransportsDifferInWhatTheyCarry(t *testing.T) {
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{entries(t, 1)}})
	for tr, want := range map[cloudlog.Transport]bool{cloudlog.GRPC: false, cloudlog.REST: true} {
		_, err := dial(t, srv, newStillClock(), cloudlog.Options{Transport: tr}).Read(t.Context(), hour, func(line []byte) error {
			if got := bytes.Contains(line, []byte(`"errorGroups"`)); got != want || bytes.ContainsAny(line, "\n") {
				t.Errorf("%s: errorGroups %v, want %v: %s", tr, got, want, line)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestProgressGrowsToTheEnd(t *testing.T) {
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{entries(t, 500)}})
	for _, newest := range []bool{false, true} {
		q := hour
		q.NewestFirst = newest
		var covered []float64
		q.Progress = func(p cloudlog.Progress) { covered = append(covered, p.Covered(newest)) }
		if _, _, err := pull(t.Context(), dial(t, srv, newStillClock(), cloudlog.Options{PageSize: 50, Rate: -1}), q); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(covered); i++ {
			if covered[i] < covered[i-1] {
				t.Errorf("progress went back: %v", covered)
			}
		}
		if len(covered) < 10 || covered[len(covered)-1] != 1 {
			t.Errorf("progress %v", covered)
		}
	}
}

// Where pages are slow, several stretches of time are read at once.
func TestSlowPagesAreReadInParallel(t *testing.T) {
	served := entries(t, 2000)
	begun := time.Now()
	fast := func() time.Time { return begun.Add(20 * time.Since(begun)) } // 20 ms look like 400
	took := map[int]time.Duration{}
	calls := map[int]int{}
	for _, parallel := range []int{1, 4} {
		srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{served}, Faults: cloudlogtest.Every(1, cloudlogtest.Fault{Delay: 20 * time.Millisecond}), Now: fast})
		c := dial(t, srv, nil, cloudlog.Options{PageSize: 50, Rate: -1, Parallel: parallel, Now: fast})
		at := time.Now()
		got, res, err := pull(t.Context(), c, hour)
		if err != nil {
			t.Fatal(err)
		}
		took[parallel], calls[parallel] = time.Since(at), res.Calls
		sameIDs(t, got, idsOf(served, false))
	}
	if took[4] > took[1]*2/3 {
		t.Errorf("4 slices took %s, one took %s", took[4], took[1])
	}
	if calls[4] > calls[1]+20 {
		t.Errorf("4 slices sent %d requests, one sent %d", calls[4], calls[1])
	}
}

// While pages are dense and fast, one slice is all there is.
func TestDenseWindowsAreNotDivided(t *testing.T) {
	c := newStillClock()
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{entries(t, 2000)}, Now: c.now})
	_, res, err := pull(t.Context(), dial(t, srv, c, cloudlog.Options{PageSize: 50}), hour)
	if err != nil || res.Calls != 40 {
		t.Errorf("%d calls for 40 pages: %v", res.Calls, err)
	}
}

// A search for which the server has not time enough is asked for in parts.
func TestSearchesThatTakeTooLongAreNarrowed(t *testing.T) {
	served := entries(t, 600)
	bounds := regexp.MustCompile(`timestamp>="([^"]+)" AND timestamp<=?"([^"]+)"`)
	for _, newest := range []bool{false, true} {
		for _, pages := range []int{0, 2} { // from the beginning, and in the middle
			n := 0
			tooLong := func(_ int, c cloudlogtest.Call) cloudlogtest.Fault {
				m := bounds.FindStringSubmatch(c.Request.(*loggingpb.ListLogEntriesRequest).Filter)
				from, _ := time.Parse(time.RFC3339Nano, m[1])
				to, _ := time.Parse(time.RFC3339Nano, m[2])
				if n++; n > pages && to.Sub(from) > 5*time.Minute {
					return cloudlogtest.Fault{Err: status.Error(codes.DeadlineExceeded, "Deadline expired before operation could complete.")}
				}
				return cloudlogtest.Fault{}
			}
			srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{served}, Faults: tooLong})
			q := hour
			q.NewestFirst = newest
			got, res, err := pull(t.Context(), dial(t, srv, newStillClock(), cloudlog.Options{PageSize: 50, Rate: -1}), q)
			if err != nil {
				t.Fatal(err)
			}
			sameIDs(t, got, idsOf(served, newest))
			if res.Calls > 120 {
				t.Errorf("%d requests", res.Calls)
			}
		}
	}
}
