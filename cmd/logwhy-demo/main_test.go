package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	logging "cloud.google.com/go/logging/apiv2"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// output is what the server prints while it runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func serve(t *testing.T, now time.Time, args ...string) (*output, *logging.Client) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, done := &output{}, make(chan error, 1)
	go func() { done <- run(ctx, args, out, io.Discard, func() time.Time { return now }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for !strings.Contains(out.String(), "Ctrl-C") {
		select {
		case err := <-done:
			done <- err
			t.Fatal("ended:", err)
		case <-time.After(time.Millisecond):
		}
	}
	addr := regexp.MustCompile(`gRPC at (\S+),`).FindStringSubmatch(out.String())[1]
	c, err := logging.NewClient(t.Context(), option.WithEndpoint(addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return out, c
}

func TestTheIncidentIsInTheLastHour(t *testing.T) {
	now := time.Date(2027, 1, 2, 3, 4, 5, 6, time.UTC)
	out, c := serve(t, now)
	if !strings.Contains(out.String(), "logwhy report --project acme-staging --endpoint 127.0.0.1:") || !strings.Contains(out.String(), "--insecure --since 1h") {
		t.Errorf("printed:\n%s", out)
	}
	it := c.ListLogEntries(t.Context(), &loggingpb.ListLogEntriesRequest{ResourceNames: []string{"projects/acme-staging"}, PageSize: 1000})
	n := 0
	for {
		e, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if at := e.Timestamp.AsTime(); at.After(now) || at.Before(now.Add(-time.Hour)) {
			t.Fatalf("an entry at %s, now is %s", at, now)
		}
		n++
	}
	if n != 513 {
		t.Errorf("%d entries", n)
	}
}

func TestTimesMayBeKept(t *testing.T) {
	out, _ := serve(t, time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC), "--keep-times")
	if !strings.Contains(out.String(), "--from 2026-03-03T13:57:00Z --to 2026-03-03T14:33:58Z") {
		t.Errorf("printed:\n%s", out)
	}
}

func TestEntriesArriveWhileSomebodyWatches(t *testing.T) {
	_, c := serve(t, time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC), "--play", "100000")
	stream, err := c.TailLogEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&loggingpb.TailLogEntriesRequest{ResourceNames: []string{"projects/acme-staging"}}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for n < 513 {
		resp, err := stream.Recv()
		if err != nil {
			t.Fatal(n, err)
		}
		n += len(resp.Entries)
	}
}

func TestArgumentsAreChecked(t *testing.T) {
	for _, args := range [][]string{{"extra"}, {"--faults", "2"}, {"--file", "nowhere.json"}, {"--nonsense"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard, time.Now); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
