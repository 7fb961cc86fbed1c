package cloudlogtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	logging "cloud.google.com/go/logging/apiv2"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/iterator"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

const (
	project  = "projects/acme-staging"
	incident = "../../../../testdata/incident.json"
)

// line is an entry of checkout-api, n seconds into the hour.
func line(n int, extra string) string {
	return fmt.Sprintf(`{"logName":"projects/acme-staging/logs/run.googleapis.com%%2Fstdout","insertId":"id%05d",`+
		`"timestamp":"2026-03-03T14:%02d:%02dZ","resource":{"type":"cloud_run_revision","labels":{"service_name":"checkout-api"}},"textPayload":"line %d"%s}`,
		n, n/60, n%60, n, extra)
}

func lines(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i, "") + "\n")
	}
	return b.String()
}

func withLines(t *testing.T, n int, opts cloudlogtest.Options) (*cloudlogtest.Server, *logging.Client) {
	t.Helper()
	opts.Sources = append(opts.Sources, cloudlogtest.FromJSON(t, lines(n)))
	srv := cloudlogtest.New(t, opts)
	return srv, dial(t, srv)
}

func dial(t *testing.T, srv *cloudlogtest.Server) *logging.Client {
	t.Helper()
	client, err := logging.NewClient(t.Context(), srv.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	client.CallOptions.ListLogEntries = nil // no retries but those that a test asks for
	return client
}

func list(ctx context.Context, c *logging.Client, req *loggingpb.ListLogEntriesRequest, opts ...gax.CallOption) ([]string, error) {
	if req.ResourceNames == nil {
		req.ResourceNames = []string{project}
	}
	var ids []string
	it := c.ListLogEntries(ctx, req, opts...)
	for {
		e, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return ids, nil
		}
		if err != nil {
			return ids, err
		}
		ids = append(ids, e.InsertId)
	}
}

// page asks for one page.
func page(t *testing.T, c *logging.Client, req *loggingpb.ListLogEntriesRequest) (ids []string, next string, err error) {
	t.Helper()
	if req.ResourceNames == nil {
		req.ResourceNames = []string{project}
	}
	it := c.ListLogEntries(t.Context(), req)
	entries, next, err := it.InternalFetch(int(req.PageSize), req.PageToken)
	for _, e := range entries {
		ids = append(ids, e.InsertId)
	}
	return ids, next, err
}

func TestAnIncidentIsServedInPages(t *testing.T) {
	src := cloudlogtest.FromFile(t, incident)
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{src}})
	c := dial(t, srv)
	ids, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{PageSize: 100})
	if err != nil || len(ids) != src.Len() {
		t.Fatalf("%d entries of %d: %v", len(ids), src.Len(), err)
	}
	if want := (src.Len() + 99) / 100; srv.Count(cloudlogtest.ListLogEntries) != want {
		t.Errorf("%d calls, want %d", srv.Count(""), want)
	}
	newest, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{PageSize: 7, OrderBy: "timestamp desc"})
	slices.Reverse(newest)
	if err != nil || !slices.Equal(ids, newest) {
		t.Errorf("newest first is not the reverse of oldest first (%v)", err)
	}
}

func TestRulesOfARequest(t *testing.T) {
	_, c := withLines(t, 60, cloudlogtest.Options{})
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint("projects/p", i)
	}
	for _, tt := range []struct {
		name string
		req  *loggingpb.ListLogEntriesRequest
		want string // in the error; "" for none
		n    int
	}{
		{"default page", &loggingpb.ListLogEntriesRequest{}, "", 50},
		{"largest page", &loggingpb.ListLogEntriesRequest{PageSize: 1000}, "", 60},
		{"negative page", &loggingpb.ListLogEntriesRequest{PageSize: -1}, "page_size", 0},
		{"page too large", &loggingpb.ListLogEntriesRequest{PageSize: 1001}, "page_size", 0},
		{"order", &loggingpb.ListLogEntriesRequest{OrderBy: "severity desc"}, "order_by", 0},
		{"filter too long", &loggingpb.ListLogEntriesRequest{Filter: strings.Repeat("x", 20001)}, "too long", 0},
		{"filter wrong", &loggingpb.ListLogEntriesRequest{Filter: `(("`}, "Unparseable filter", 0},
		{"no resource", &loggingpb.ListLogEntriesRequest{ResourceNames: []string{}}, "resource name", 0},
		{"resources", &loggingpb.ListLogEntriesRequest{ResourceNames: many}, "At most 100", 0},
		{"not a resource", &loggingpb.ListLogEntriesRequest{ResourceNames: []string{"acme-staging"}}, "pattern", 0},
		{"other project", &loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/acme"}}, "", 0},
		{"filter", &loggingpb.ListLogEntriesRequest{Filter: `timestamp>="2026-03-03T14:00:10Z" AND timestamp<"2026-03-03T14:00:20Z"`}, "", 10},
		{"token", &loggingpb.ListLogEntriesRequest{PageToken: "guess"}, "page_token", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ids, _, err := page(t, c, tt.req)
			if tt.want == "" && (err != nil || len(ids) != tt.n) {
				t.Errorf("%d entries, %v; want %d", len(ids), err, tt.n)
			}
			if tt.want != "" && (status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want InvalidArgument with %q", err, tt.want)
			}
		})
	}
}

// A token belongs to filter, order and resources; the page size may change.
func TestPageTokensAreBound(t *testing.T) {
	now := time.Date(2026, 3, 3, 15, 0, 0, 0, time.UTC)
	_, c := withLines(t, 60, cloudlogtest.Options{Now: func() time.Time { return now }, TokenLife: time.Hour})
	_, next, err := page(t, c, &loggingpb.ListLogEntriesRequest{PageSize: 10})
	if err != nil || next == "" {
		t.Fatal(next, err)
	}
	for _, tt := range []struct {
		name string
		req  *loggingpb.ListLogEntriesRequest
		ok   bool
	}{
		{"same", &loggingpb.ListLogEntriesRequest{PageSize: 10}, true},
		{"other size", &loggingpb.ListLogEntriesRequest{PageSize: 3}, true},
		{"other filter", &loggingpb.ListLogEntriesRequest{PageSize: 10, Filter: `severity="ERROR"`}, false},
		{"other order", &loggingpb.ListLogEntriesRequest{PageSize: 10, OrderBy: "timestamp desc"}, false},
		{"other resources", &loggingpb.ListLogEntriesRequest{PageSize: 10, ResourceNames: []string{project, "projects/acme"}}, false},
	} {
		tt.req.PageToken = next
		ids, _, err := page(t, c, tt.req)
		if tt.ok != (err == nil) || tt.ok && ids[0] != "id00010" {
			t.Errorf("%s: %v, %v", tt.name, ids, err)
		}
	}
	now = now.Add(61 * time.Minute)
	if _, _, err := page(t, c, &loggingpb.ListLogEntriesRequest{PageSize: 10, PageToken: next}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("an old token: %v", err)
	}
}

// Entries of equal time stand in order of insertId, equal ones come once, and
// pages cut between them lose nothing.
func TestTiesAndDuplicates(t *testing.T) {
	var b strings.Builder
	var want []string
	for i := range 20 {
		e := line(5, "")
		id := fmt.Sprintf("tie%02d", 19-i)
		b.WriteString(strings.Replace(e, "id00005", id, 1))
		b.WriteString(strings.Replace(e, "id00005", id, 1)) // again
		want = append(want, id)
	}
	slices.Reverse(want)
	other := strings.Replace(line(5, ""), "acme-staging/logs", "acme-prod/logs", 1)
	b.WriteString(strings.Replace(other, "id00005", "tie07", 1)) // another project: no duplicate
	want = slices.Insert(want, 8, "tie07")
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{cloudlogtest.FromJSON(t, b.String())}})
	c := dial(t, srv)
	for _, size := range []int32{1, 2, 7, 100} {
		got, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{PageSize: size, ResourceNames: []string{project, "projects/acme-prod"}})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("pages of %d: %v (%v)\nwant %v", size, got, err, want)
		}
		down, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{PageSize: size, OrderBy: "timestamp desc", ResourceNames: []string{project, "projects/acme-prod"}})
		slices.Reverse(down)
		if err != nil || !slices.Equal(down, want) {
			t.Errorf("pages of %d, newest first: %v (%v)", size, down, err)
		}
	}
}

func TestViewsShowTheirBucket(t *testing.T) {
	at := func(log, id string) string {
		return strings.NewReplacer("run.googleapis.com%2Fstdout", log, "id00001", id).Replace(line(1, ""))
	}
	src := cloudlogtest.FromJSON(t, at("run.googleapis.com%2Fstdout", "app")+at("cloudaudit.googleapis.com%2Factivity", "deploy")+
		at("cloudaudit.googleapis.com%2Fsystem_event", "system")+at("cloudaudit.googleapis.com%2Fdata_access", "private"))
	bucket := project + "/locations/global/buckets/"
	mine := project + "/locations/europe-west1/buckets/mine/views/stdout"
	opts := cloudlogtest.Options{Sources: []cloudlogtest.Source{src}, Views: map[string]string{mine: `log="run.googleapis.com/stdout"`}}
	opts.Views[mine] = `insertId="app"`
	c := dial(t, cloudlogtest.New(t, opts))
	opts.HidePrivate = true
	public := dial(t, cloudlogtest.New(t, opts))
	for _, tt := range []struct {
		name, all, public string
	}{
		{project, "app deploy private system", "app deploy system"},
		{bucket + "_Default/views/_AllLogs", "app private", "app"},
		{bucket + "_Default/views/_Default", "app", "app"},
		{bucket + "_Required/views/_AllLogs", "deploy system", "deploy system"},
		{mine, "app", "app"},
	} {
		for who, client := range map[string]*logging.Client{tt.all: c, tt.public: public} {
			ids, err := list(t.Context(), client, &loggingpb.ListLogEntriesRequest{ResourceNames: []string{tt.name}})
			if got := strings.Join(ids, " "); err != nil || got != who {
				t.Errorf("%s: %q, %v; want %q", tt.name, got, err, who)
			}
		}
	}
	if _, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{ResourceNames: []string{bucket + "nobody/views/_AllLogs"}}); status.Code(err) != codes.NotFound {
		t.Errorf("an unknown view: %v", err)
	}
	it := c.ListLogs(t.Context(), &loggingpb.ListLogsRequest{Parent: project, PageSize: 3})
	var logs []string
	for name, err := it.Next(); err == nil; name, err = it.Next() {
		logs = append(logs, name)
	}
	if len(logs) != 4 || logs[0] != project+"/logs/cloudaudit.googleapis.com%2Factivity" {
		t.Errorf("logs: %v", logs)
	}
}

// The quota is that of a minute of the clock, and its error is the real one.
func TestQuota(t *testing.T) {
	now := time.Date(2026, 3, 3, 15, 0, 59, 0, time.UTC)
	srv, c := withLines(t, 10, cloudlogtest.Options{Now: func() time.Time { return now }, Quota: cloudlogtest.Quota{PerMinute: 3, RetryAfter: 2 * time.Second}})
	var err error
	for range 3 {
		if _, _, err = page(t, c, &loggingpb.ListLogEntriesRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err = page(t, c, &loggingpb.ListLogEntriesRequest{})
	var info *errdetails.ErrorInfo
	var retry *errdetails.RetryInfo
	for _, d := range status.Convert(err).Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			info = d
		case *errdetails.RetryInfo:
			retry = d
		}
	}
	if status.Code(err) != codes.ResourceExhausted || info == nil || info.Metadata["quota_limit_value"] != "3" ||
		info.Metadata["quota_limit"] != "ReadRequestsPerMinutePerProject" || retry.GetRetryDelay().AsDuration() != 2*time.Second {
		t.Fatalf("%v\n%v\n%v", err, info, retry)
	}
	now = now.Add(time.Second)
	if _, _, err = page(t, c, &loggingpb.ListLogEntriesRequest{}); err != nil {
		t.Errorf("in the next minute: %v", err)
	}
	if last := srv.Calls()[3]; status.Code(last.Err) != codes.ResourceExhausted || last.Entries != 0 {
		t.Errorf("recorded: %+v", last)
	}
}

func TestFaultsAreScripted(t *testing.T) {
	srv, c := withLines(t, 30, cloudlogtest.Options{Faults: cloudlogtest.Script(
		cloudlogtest.Fault{Err: status.Error(codes.Unavailable, "gone")},
		cloudlogtest.Fault{Empty: true},
		cloudlogtest.Fault{Short: 4},
		cloudlogtest.Fault{Cut: true},
		cloudlogtest.Fault{Cut: true, After: true},
		cloudlogtest.Fault{Delay: 5 * time.Millisecond},
	)})
	retry := gax.WithRetry(func() gax.Retryer {
		return gax.OnCodes([]codes.Code{codes.Unavailable}, gax.Backoff{Initial: time.Millisecond})
	})
	ids, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{PageSize: 13}, retry)
	if err != nil || len(ids) != 30 || !slices.IsSorted(ids) {
		t.Fatalf("%d entries, %v", len(ids), err)
	}
	var got []string
	for _, call := range srv.Calls() {
		got = append(got, fmt.Sprintf("%s %d", status.Code(call.Err), call.Entries))
	}
	want := []string{"Unavailable 0", "OK 0", "OK 4", "Unavailable 0", "Unavailable 0", "OK 13", "OK 13"}
	if !slices.Equal(got, want) {
		t.Errorf("calls %q\nwant  %q", got, want)
	}
}

// A client that repeats what failed gets every entry once, whatever the seed.
func TestSeededFaultsLoseNothing(t *testing.T) {
	for seed := range uint64(20) {
		srv, c := withLines(t, 50, cloudlogtest.Options{Faults: cloudlogtest.Seeded(seed, 0.5)})
		retry := gax.WithRetry(func() gax.Retryer {
			return gax.OnCodes([]codes.Code{codes.Unavailable, codes.Internal, codes.DeadlineExceeded, codes.ResourceExhausted}, gax.Backoff{Initial: time.Millisecond, Max: time.Millisecond})
		})
		ids, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{PageSize: 9}, retry)
		if err != nil || len(ids) != 50 || !slices.IsSorted(ids) {
			t.Errorf("seed %d: %d entries after %d calls, %v", seed, len(ids), srv.Count(""), err)
		}
	}
}

func TestAccessIsRefused(t *testing.T) {
	denied := cloudlogtest.PermissionDenied("logging.logEntries.list", "projects/secret")
	srv, c := withLines(t, 3, cloudlogtest.Options{Access: func(_ cloudlogtest.Call, resource string) error {
		switch resource {
		case "projects/secret":
			return denied
		case "projects/off":
			return cloudlogtest.ServiceDisabled("off")
		case "projects/stale":
			return cloudlogtest.Unauthenticated()
		}
		return nil
	}})
	for name, want := range map[string]codes.Code{"secret": codes.PermissionDenied, "off": codes.PermissionDenied, "stale": codes.Unauthenticated} {
		_, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{ResourceNames: []string{project, "projects/" + name}})
		if status.Code(err) != want || len(status.Convert(err).Details()) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-goog-user-project", "acme-billing")
	if _, err := list(ctx, c, &loggingpb.ListLogEntriesRequest{}); err != nil {
		t.Fatal(err)
	}
	calls := srv.Calls()
	if got := calls[len(calls)-1].Metadata.Get("x-goog-user-project"); !slices.Equal(got, []string{"acme-billing"}) {
		t.Errorf("metadata: %v", got)
	}
}

func TestAServerStopsAndComesBack(t *testing.T) {
	srv, c := withLines(t, 30, cloudlogtest.Options{})
	_, next, err := page(t, c, &loggingpb.ListLogEntriesRequest{PageSize: 10})
	if err != nil {
		t.Fatal(err)
	}
	srv.Stop()
	if _, _, err = page(t, c, &loggingpb.ListLogEntriesRequest{PageSize: 10, PageToken: next}); status.Code(err) != codes.Unavailable {
		t.Errorf("while it is away: %v", err)
	}
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	c = dial(t, srv)
	ids, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{PageToken: next})
	if err != nil || len(ids) != 20 {
		t.Errorf("%d entries, %v", len(ids), err)
	}
}

// Entries that arrive late are seen by lists that begin after their arrival, and
// those that time has passed by are lost to a list under way.
func TestLateArrivals(t *testing.T) {
	now := time.Date(2026, 3, 3, 15, 0, 0, 0, time.UTC)
	srv, c := withLines(t, 10, cloudlogtest.Options{Now: func() time.Time { return now }})
	if err := srv.AddLate(now.Add(time.Minute), []byte(line(100, "")), []byte(strings.Replace(line(3, ""), "id00003", "late", 1))); err != nil {
		t.Fatal(err)
	}
	first, next, err := page(t, c, &loggingpb.ListLogEntriesRequest{PageSize: 5})
	if err != nil || slices.Contains(first, "late") {
		t.Fatal(first, err)
	}
	now = now.Add(2 * time.Minute)
	rest, _, err := page(t, c, &loggingpb.ListLogEntriesRequest{PageSize: 100, PageToken: next})
	if err != nil || slices.Contains(rest, "late") || !slices.Contains(rest, "id00100") {
		t.Error(rest, err)
	}
	if all, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{}); err != nil || len(all) != 12 {
		t.Error(all, err)
	}
}

// A million entries need no memory, and a page in the middle is found at once.
func TestAMillionEntries(t *testing.T) {
	from := time.Date(2026, 3, 3, 14, 0, 0, 0, time.UTC)
	hour, err := cloudlogtest.Repeat(cloudlogtest.FromJSON(t, line(0, "")+line(1, `,"severity":"INFO"`)), from, 3600*time.Microsecond, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	failure := strings.Replace(line(1800, `,"severity":"ERROR"`), "id01800", "the-one", 1)
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{hour, cloudlogtest.FromJSON(t, failure)}})
	c := dial(t, srv)
	ids, _, err := page(t, c, &loggingpb.ListLogEntriesRequest{PageSize: 1000, Filter: `timestamp>="2026-03-03T14:30:00Z"`})
	if err != nil || len(ids) != 1000 || !slices.Contains(ids[:2], "the-one") {
		t.Fatal(len(ids), err)
	}
	ids, err = list(t.Context(), c, &loggingpb.ListLogEntriesRequest{PageSize: 1000, Filter: `severity>=ERROR`})
	if err != nil || !slices.Equal(ids, []string{"the-one"}) {
		t.Errorf("%v, %v", ids, err)
	}
}

// A service that has no time left answers with what it has, and a token.
func TestScanLimitGivesEmptyPages(t *testing.T) {
	srv, c := withLines(t, 100, cloudlogtest.Options{ScanLimit: 30})
	ids, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{Filter: `insertId="id00095"`})
	if err != nil || len(ids) != 1 || srv.Count("") != 4 {
		t.Errorf("%v in %d calls, %v", ids, srv.Count(""), err)
	}
}
