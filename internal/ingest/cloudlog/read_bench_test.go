package cloudlog_test

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	logging "cloud.google.com/go/logging/apiv2"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"cloud.google.com/go/logging/logadmin"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

// many serves n entries of an hour without holding them.
func many(t testing.TB, n int) *cloudlogtest.Server {
	t.Helper()
	templates := cloudlogtest.FromJSON(t, `[
{"logName":"projects/acme-staging/logs/run.googleapis.com%2Fstdout","insertId":"a","timestamp":"2026-01-25T09:00:00Z","severity":"INFO","jsonPayload":{"message":"order accepted","order":1234,"customer":{"tier":"gold"}},"resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging","service_name":"checkout-api","revision_name":"checkout-api-00042-abc","location":"europe-west1"}},"labels":{"instanceId":"0069c7a988"}},
{"logName":"projects/acme-staging/logs/run.googleapis.com%2Frequests","insertId":"b","timestamp":"2026-01-25T09:00:01Z","severity":"INFO","httpRequest":{"requestMethod":"GET","requestUrl":"https://checkout.example.com/orders/1","status":200,"responseSize":"512","latency":"0.012s","remoteIp":"203.0.113.7"},"resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging","service_name":"checkout-api","revision_name":"checkout-api-00042-abc","location":"europe-west1"}},"trace":"projects/acme-staging/traces/0123456789abcdef","spanId":"1","traceSampled":true},
{"logName":"projects/acme-staging/logs/run.googleapis.com%2Fstderr","insertId":"c","timestamp":"2026-01-25T09:00:02Z","severity":"ERROR","textPayload":"Traceback (most recent call last):\n  File \"/app/main.py\", line 10, in handle\nKeyError: 'sku'","resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging","service_name":"checkout-api","revision_name":"checkout-api-00042-abc","location":"europe-west1"}},"labels":{"instanceId":"0069c7a988"}}]`)
	src, err := cloudlogtest.Repeat(templates, start, time.Hour/time.Duration(n), n)
	if err != nil {
		t.Fatal(err)
	}
	return cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{src}})
}

func ours(b testing.TB, addr string) int {
	c, err := cloudlog.Dial(b.Context(), cloudlog.Options{Endpoint: addr, Insecure: true, Rate: -1, Now: time.Now, Parallel: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	n := 0
	res, err := c.Read(b.Context(), hour, func(line []byte) error { n += min(1, len(line)); return nil })
	if err != nil || !res.Complete {
		b.Fatal(res, err)
	}
	return n
}

// plainLoop is what a programmer writes first.
func plainLoop(b testing.TB, options []option.ClientOption, use func(*loggingpb.LogEntry)) int {
	c, err := logging.NewClient(b.Context(), options...)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	it := c.ListLogEntries(b.Context(), &loggingpb.ListLogEntriesRequest{
		ResourceNames: hour.Resources, PageSize: 1000, OrderBy: "timestamp asc", Filter: bounds(hour),
	})
	for n := 0; ; n++ {
		e, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return n
		} else if err != nil {
			b.Fatal(err)
		}
		use(e)
	}
}

func adminLoop(b testing.TB, options []option.ClientOption) int {
	c, err := logadmin.NewClient(b.Context(), "acme-staging", options...)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	it := c.Entries(b.Context(), logadmin.Filter(bounds(hour)), logadmin.PageSize(1000))
	for n := 0; ; n++ {
		if _, err := it.Next(); errors.Is(err, iterator.Done) {
			return n
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

func bounds(q cloudlog.Query) string {
	return fmt.Sprintf("timestamp>=%q AND timestamp<%q", q.From.Format(time.RFC3339Nano), q.To.Format(time.RFC3339Nano))
}

// frozen answers every request with the same page, made beforehand, so that a
// benchmark measures the client. It says that so many pages follow each other.
type frozen struct {
	page  []byte
	pages int
}

func freeze(b testing.TB, pages int) (addr string) {
	b.Helper()
	c, err := logging.NewClient(b.Context(), many(b, 1000).ClientOptions()...)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	all, _, err := c.ListLogEntries(b.Context(), &loggingpb.ListLogEntriesRequest{ResourceNames: hour.Resources, PageSize: 1000}).InternalFetch(1000, "")
	if err != nil || len(all) != 1000 {
		b.Fatal(len(all), err)
	}
	page, err := proto.Marshal(&loggingpb.ListLogEntriesResponse{Entries: all})
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	f := &frozen{page, pages}
	srv := grpc.NewServer(grpc.ForceServerCodec(f), grpc.UnknownServiceHandler(f.answer))
	go srv.Serve(l)
	b.Cleanup(srv.Stop)
	return l.Addr().String()
}

// answer sends the page with the token of the next.
func (f *frozen) answer(_ any, s grpc.ServerStream) error {
	var req []byte
	if err := s.RecvMsg(&req); err != nil {
		return err
	}
	var r loggingpb.ListLogEntriesRequest
	if err := proto.Unmarshal(req, &r); err != nil {
		return err
	}
	n, _ := strconv.Atoi(r.PageToken) // none is the first
	token := &loggingpb.ListLogEntriesResponse{}
	if n+1 < f.pages {
		token.NextPageToken = strconv.Itoa(n + 1)
	}
	tail, err := proto.Marshal(token)
	if err != nil {
		return err
	}
	return s.SendMsg(append(f.page[:len(f.page):len(f.page)], tail...))
}

// Marshal, Unmarshal and Name make it a codec of bytes.
func (f *frozen) Marshal(v any) ([]byte, error)      { return v.([]byte), nil }
func (f *frozen) Unmarshal(data []byte, v any) error { *v.(*[]byte) = slices.Clone(data); return nil }
func (f *frozen) Name() string                       { return "frozen" }

// ways are the reader, which makes a line of JSON of each entry, loops that
// only hold them, and one that makes the same lines.
func ways(addr string) []way {
	options := []option.ClientOption{option.WithEndpoint(addr), option.WithoutAuthentication(), option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials()))}
	return []way{
		{"ours", func(b testing.TB) int { return ours(b, addr) }},
		{"plain", func(b testing.TB) int { return plainLoop(b, options, func(*loggingpb.LogEntry) {}) }},
		{"logadmin", func(b testing.TB) int { return adminLoop(b, options) }},
		{"plain+protojson", func(b testing.TB) int {
			return plainLoop(b, options, func(e *loggingpb.LogEntry) {
				if _, err := protojson.Marshal(e); err != nil {
					b.Fatal(err)
				}
			})
		}},
	}
}

type way struct {
	name string
	read func(testing.TB) int
}

const benchPages = 50

func (w way) run(b testing.TB) time.Duration {
	at := time.Now()
	if got := w.read(b); got != benchPages*1000 {
		b.Fatalf("%s: %d entries of %d", w.name, got, benchPages*1000)
	}
	return time.Since(at)
}

func BenchmarkRead(b *testing.B) {
	for _, w := range ways(freeze(b, benchPages)) {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.run(b)
			}
			b.ReportMetric(benchPages*1000*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

// BenchmarkReadBeside runs all ways in turn, so that what else the machine does
// meets them alike, and reports the median of how long the reader takes
// beside each of the others: below 1 it is the faster one.
func BenchmarkReadBeside(b *testing.B) {
	all := ways(freeze(b, benchPages))
	ratios := make([][]float64, len(all))
	for b.Loop() {
		ours := all[0].run(b)
		for i, w := range all[1:] {
			ratios[i] = append(ratios[i], float64(ours)/float64(w.run(b)))
		}
	}
	for i, w := range all[1:] {
		slices.Sort(ratios[i])
		b.ReportMetric(ratios[i][len(ratios[i])/2], "of-"+w.name)
	}
}

// An entry is not taken apart on its way: all that is needed for a page, the
// server's part included, is less than one allocation for each entry. A loop
// over decoded entries makes fifty.
func TestReadingAllocatesLittle(t *testing.T) {
	addr := freeze(t, benchPages)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := ours(t, addr)
	runtime.ReadMemStats(&after)
	if each := float64(after.Mallocs-before.Mallocs) / float64(n); n != benchPages*1000 || each > 1 {
		t.Errorf("%.2f allocations for each of %d entries", each, n)
	}
}

// Six times the entries take no more memory, also where several slices are
// read at once.
func TestMemoryIsFlat(t *testing.T) {
	begun := time.Now()
	slow := func() time.Time { return begun.Add(50 * time.Since(begun)) } // so that the window is divided
	peak := func(n int) uint64 {
		srv := many(t, n)
		c := dial(t, srv, nil, cloudlog.Options{Rate: -1, PageSize: 100, Now: slow})
		runtime.GC()
		var most uint64
		seen := 0
		res, err := c.Read(t.Context(), hour, func([]byte) error {
			if seen++; seen%(n/10) == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
			return nil
		})
		if err != nil || res.Entries != n || res.Calls == n/100 {
			t.Fatal(res, err)
		}
		return most
	}
	small, large := peak(10_000), peak(60_000)
	// 50,000 lines are 27 MB; between two measurements buffers of both sides come
	// and go, a few MB of them.
	if large > small+8<<20 {
		t.Errorf("%d KiB are held for 60,000 entries and %d for 10,000", large>>10, small>>10)
	}
}

// Where entries are taken more slowly than they come, the reader waits.
func TestASlowTakerHoldsTheReader(t *testing.T) {
	srv := many(t, 20_000)
	begun := time.Now()
	slow := func() time.Time { return begun.Add(50 * time.Since(begun)) } // so that the window is divided
	c := dial(t, srv, nil, cloudlog.Options{Rate: -1, PageSize: 20, Now: slow})
	seen := 0
	most := 0
	res, err := c.Read(t.Context(), hour, func([]byte) error {
		if seen++; seen%20 == 0 {
			time.Sleep(3 * time.Millisecond)
			most = max(most, srv.Count("")-seen/20)
		}
		return nil
	})
	if err != nil || res.Entries != 20_000 || res.Calls == 1000 {
		t.Fatal(res, err)
	}
	if most > 200 { // the slices that may wait are a tenth of the window
		t.Errorf("%d of %d requests were ahead", most, res.Calls)
	}
}
