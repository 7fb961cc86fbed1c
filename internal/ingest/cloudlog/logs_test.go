package cloudlog_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

const threeLogs = `[
{"logName":"projects/acme-staging/logs/run.googleapis.com%2Fstderr","insertId":"a","timestamp":"2026-01-25T09:00:00Z","textPayload":"x"},
{"logName":"projects/acme-staging/logs/run.googleapis.com%2Fstderr","insertId":"b","timestamp":"2026-01-25T09:00:00Z","textPayload":"x"},
{"logName":"projects/acme-staging/logs/cloudaudit.googleapis.com%2Factivity","insertId":"c","timestamp":"2026-01-25T09:00:00Z","textPayload":"x"}]`

func TestLogs(t *testing.T) {
	busy := cloudlogtest.Fault{Err: status.Error(codes.Unavailable, "busy")}
	const stderr, activity = "projects/acme-staging/logs/run.googleapis.com%2Fstderr", "projects/acme-staging/logs/cloudaudit.googleapis.com%2Factivity"
	for _, tr := range []cloudlog.Transport{cloudlog.GRPC, cloudlog.REST} {
		srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{cloudlogtest.FromJSON(t, threeLogs)}, Faults: cloudlogtest.Script(busy, cloudlogtest.Fault{Cut: true})})
		c := dial(t, srv, newStillClock(), cloudlog.Options{Transport: tr})
		for _, resource := range []string{"projects/acme-staging", "projects/acme-staging/locations/global/buckets/_Default/views/_AllLogs"} {
			got, err := c.Logs(t.Context(), resource)
			if want := []string{activity, stderr}; err != nil || !slices.Equal(got, want) {
				t.Errorf("%s, %s: %q, want %q: %v", tr, resource, got, want, err)
			}
		}
		srv.Stop()
		var ce *cloudlog.Error
		if _, err := c.Logs(t.Context(), "projects/acme-staging"); !errors.As(err, &ce) || ce.Kind != cloudlog.Unreachable {
			t.Errorf("%s: got %v", tr, err)
		}
	}
}

// The server's clock is compared where it is told: the test server tells the
// real time over REST, and the client's clock stands in 2026.
func TestClocksAreCompared(t *testing.T) {
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{entries(t, 3)}})
	behind := func() time.Time { return time.Now().Add(-time.Hour) }
	c := dial(t, srv, nil, cloudlog.Options{Transport: cloudlog.REST, Now: behind})
	_, res, err := pull(t.Context(), c, hour)
	if err != nil || res.ClockAhead == nil || (*res.ClockAhead-time.Hour).Abs() > 3*time.Second {
		t.Errorf("%+v: %v", res, err)
	}
}
