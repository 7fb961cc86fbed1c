package cloudlogtest_test

import (
	"testing"
	"time"

	logging "cloud.google.com/go/logging/apiv2"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

func openTail(t *testing.T, c *logging.Client, req *loggingpb.TailLogEntriesRequest) loggingpb.LoggingServiceV2_TailLogEntriesClient {
	t.Helper()
	stream, err := c.TailLogEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if req.ResourceNames == nil {
		req.ResourceNames = []string{project}
	}
	if err := stream.Send(req); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Header(); err != nil {
		t.Fatal(err)
	}
	return stream
}

func TestTailSendsWhatIsAdded(t *testing.T) {
	srv, c := withLines(t, 5, cloudlogtest.Options{})
	stream := openTail(t, c, &loggingpb.TailLogEntriesRequest{Filter: `severity>=ERROR`})
	if err := srv.Add([]byte(line(700, `,"severity":"ERROR"`)), []byte(line(650, `,"severity":"ERROR"`)), []byte(line(660, ""))); err != nil {
		t.Fatal(err)
	}
	resp, err := stream.Recv()
	if err != nil || len(resp.Entries) != 2 || resp.Entries[0].InsertId != "id00650" {
		t.Fatalf("%v, %v", resp, err)
	}
	if ids, err := list(t.Context(), c, &loggingpb.ListLogEntriesRequest{}); err != nil || len(ids) != 8 {
		t.Errorf("a list sees %d entries, %v", len(ids), err)
	}
	srv.Suppress(cloudlogtest.NotConsumed, 12)
	resp, err = stream.Recv()
	if err != nil || len(resp.SuppressionInfo) != 1 || resp.SuppressionInfo[0].SuppressedCount != 12 {
		t.Fatalf("%v, %v", resp, err)
	}
	srv.EndTails(nil)
	if _, err = stream.Recv(); status.Code(err) != codes.OutOfRange {
		t.Errorf("the end: %v", err)
	}
	if call := srv.Calls()[0]; call.Method != cloudlogtest.TailLogEntries || call.Entries != 2 {
		t.Errorf("recorded %+v", call)
	}
}

// Beyond its rate a session gets counts instead of entries.
func TestTailIsLimited(t *testing.T) {
	now := time.Date(2026, 3, 3, 15, 0, 0, 0, time.UTC)
	srv, c := withLines(t, 0, cloudlogtest.Options{Now: func() time.Time { return now }, TailPerMinute: 3})
	stream := openTail(t, c, &loggingpb.TailLogEntriesRequest{})
	for i := range 5 {
		if err := srv.Add([]byte(line(i, ""))); err != nil {
			t.Fatal(err)
		}
	}
	entries, suppressed := 0, int32(0)
	for entries < 3 || suppressed < 2 {
		resp, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		entries += len(resp.Entries)
		for _, s := range resp.SuppressionInfo {
			if s.Reason != cloudlogtest.RateLimit {
				t.Errorf("reason %s", s.Reason)
			}
			suppressed += s.SuppressedCount
		}
	}
	if entries != 3 || suppressed != 2 {
		t.Errorf("%d entries, %d suppressed", entries, suppressed)
	}
}

func TestTailSessions(t *testing.T) {
	_, c := withLines(t, 0, cloudlogtest.Options{TailLife: 20 * time.Millisecond})
	stream := openTail(t, c, &loggingpb.TailLogEntriesRequest{})
	if _, err := stream.Recv(); status.Code(err) != codes.OutOfRange {
		t.Errorf("after its life: %v", err)
	}
	bad, err := c.TailLogEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := bad.Send(&loggingpb.TailLogEntriesRequest{ResourceNames: []string{project}, BufferWindow: durationpb.New(2 * time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if _, err := bad.Recv(); status.Code(err) != codes.InvalidArgument {
		t.Errorf("buffer of two minutes: %v", err)
	}

	srv, c := withLines(t, 0, cloudlogtest.Options{})
	for range 10 {
		openTail(t, c, &loggingpb.TailLogEntriesRequest{})
	}
	eleventh, err := c.TailLogEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := eleventh.Send(&loggingpb.TailLogEntriesRequest{ResourceNames: []string{project}}); err != nil {
		t.Fatal(err)
	}
	if _, err := eleventh.Recv(); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("an eleventh session: %v", err)
	}
	srv.CutConnections()
	if _, err := eleventh.Recv(); err == nil {
		t.Error("a cut connection answers")
	}
}
