package cloudlog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

// running goes on by itself, and stands for the clock of server and client.
type running struct{ start, base time.Time }

func newRunning() running { return running{time.Now(), time.Date(2026, 3, 3, 15, 0, 0, 0, time.UTC)} }

func (c running) now() time.Time { return c.base.Add(time.Since(c.start)) }

// tailed collects what a tail tells.
type tailed struct {
	mu      sync.Mutex
	ids     []string
	notices []cloudlog.Notice
}

func (t *tailed) add(r cloudlog.Record) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, rest, _ := strings.Cut(string(r.Line), `"insertId":"`)
	id, _, _ := strings.Cut(rest, `"`)
	t.ids = append(t.ids, id)
	return nil
}

func (t *tailed) told(n cloudlog.Notice) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notices = append(t.notices, n)
}

func (t *tailed) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.ids)
}

func (t *tailed) has(kind cloudlog.NoticeKind) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, x := range t.notices {
		if x.Kind == kind {
			n++
		}
	}
	return n
}

// scene is a server with a tail that runs.
type scene struct {
	*tailed
	srv   *cloudlogtest.Server
	clock running
	added int
	done  chan struct{}
	end   func() (cloudlog.TailResult, error)
}

func follow(t *testing.T, opts cloudlogtest.Options, f cloudlog.Follow) *scene {
	t.Helper()
	clk := newRunning()
	opts.Now = clk.now
	srv := cloudlogtest.New(t, opts)
	c, err := cloudlog.Dial(t.Context(), cloudlog.Options{Endpoint: srv.Addr, Insecure: true, Now: clk.now, Rate: -1,
		Sleep: func(ctx context.Context, d time.Duration) error { return pause(ctx, min(d, 5*time.Millisecond)) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s := &scene{tailed: &tailed{}, srv: srv, clock: clk}
	f.Resources, f.Add, f.Told = []string{"projects/acme-staging"}, s.add, s.told
	if !f.Since.IsZero() {
		f.Since = clk.now().Add(f.Since.Sub(time.Unix(0, 0)))
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	s.done = done
	var result cloudlog.TailResult
	go func() {
		defer close(done)
		result, err = c.Tail(ctx, f)
	}()
	s.end = func() (cloudlog.TailResult, error) {
		cancel()
		<-done
		return result, err
	}
	t.Cleanup(func() { s.end() })
	return s
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// until waits for something that happens soon.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for: %s", what)
		}
	}
}

// log adds n entries that happen now.
func (s *scene) log(t *testing.T, n int) {
	t.Helper()
	for range n {
		at := s.clock.now().UTC().Format(time.RFC3339Nano)
		e := fmt.Sprintf(`{"logName":"projects/acme-staging/logs/run.googleapis.com%%2Fstdout","insertId":"e%05d","timestamp":%q,"textPayload":"x"}`, s.added, at)
		if err := s.srv.Add([]byte(e)); err != nil {
			t.Fatal(err)
		}
		s.added++
	}
}

func (s *scene) connected(t *testing.T) {
	t.Helper()
	until(t, "a session", func() bool { return s.srv.Tails() > 0 })
}

// check ends the tail: each entry came once.
func (s *scene) check(t *testing.T) cloudlog.TailResult {
	t.Helper()
	until(t, "all entries", func() bool { return s.count() >= s.added })
	result, err := s.end()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(s.ids)
	if len(s.ids) != s.added || len(slices.Compact(slices.Clone(s.ids))) != s.added || result.Entries != s.added {
		t.Errorf("%d entries (%d told) of %d, %d different", len(s.ids), result.Entries, s.added, len(slices.Compact(slices.Clone(s.ids))))
	}
	return result
}

// in session   1-2-3-----------6-7
// server       ------gone-4-5-back
// want         1 2 3 4 5 6 7, each once
func TestTailLosesNothingWhenAServerGoesAway(t *testing.T) {
	s := follow(t, cloudlogtest.Options{}, cloudlog.Follow{})
	s.connected(t)
	s.log(t, 3)
	until(t, "the first entries and the first list", func() bool { return s.count() == 3 && s.has(cloudlog.Listed) == 1 })
	s.srv.Stop()
	until(t, "the loss", func() bool { return s.has(cloudlog.Lost) > 0 })
	s.log(t, 2)
	if err := s.srv.Restart(); err != nil {
		t.Fatal(err)
	}
	s.connected(t)
	s.log(t, 2)
	until(t, "the lists", func() bool { return s.has(cloudlog.Listed) == 2 })
	result := s.check(t)
	last := result.Gaps[len(result.Gaps)-1]
	if result.Sessions != 2 || len(result.Gaps) != 2 || !last.Complete || last.Entries < 2 || last.Why == "" {
		t.Errorf("result %+v, last gap %#v", result, last)
	}
}

// Sessions that the server ends, connections that break and refusals in between
// lose nothing and bring nothing twice.
func TestTailSurvivesWhatHappensToSessions(t *testing.T) {
	unavailable := cloudlogtest.Fault{Err: status.Error(codes.Unavailable, "gone")}
	s := follow(t, cloudlogtest.Options{Faults: cloudlogtest.Only(cloudlogtest.TailLogEntries, cloudlogtest.Script(
		unavailable, cloudlogtest.Fault{}, unavailable, cloudlogtest.Fault{Err: status.Error(codes.ResourceExhausted, "There are too many tail sessions open")}, cloudlogtest.Fault{}, cloudlogtest.Fault{Cut: true},
	))}, cloudlog.Follow{})
	for i := range 6 {
		s.connected(t)
		s.log(t, 5)
		switch i % 3 {
		case 0:
			s.srv.EndTails(nil)
		case 1:
			s.srv.CutConnections()
		case 2:
			s.srv.EndTails(status.Error(codes.Internal, "Internal error encountered."))
		}
		s.log(t, 5)
	}
	s.check(t)
}

// The list of a gap is asked for again until the server answers, and so are
// entries that arrive late in it.
func TestAGapIsListedUntilItIs(t *testing.T) {
	failing := cloudlogtest.Fault{Err: status.Error(codes.Unavailable, "gone")}
	s := follow(t, cloudlogtest.Options{Faults: cloudlogtest.Only(cloudlogtest.ListLogEntries, cloudlogtest.Script(
		cloudlogtest.Fault{}, failing, failing, failing, failing, failing, failing, failing))}, cloudlog.Follow{})
	s.connected(t)
	until(t, "the first list", func() bool { return s.has(cloudlog.Listed) == 1 })
	s.log(t, 1)
	until(t, "an entry", func() bool { return s.count() == 1 })
	s.srv.Stop()
	until(t, "the loss", func() bool { return s.has(cloudlog.Lost) > 0 })
	late := s.clock.now().Add(-5 * time.Minute).UTC().Format(time.RFC3339Nano)
	if err := s.srv.Add([]byte(fmt.Sprintf(`{"logName":"projects/acme-staging/logs/x","insertId":"late","timestamp":%q,"textPayload":"x"}`, late))); err != nil {
		t.Fatal(err)
	}
	s.added++
	if err := s.srv.Restart(); err != nil {
		t.Fatal(err)
	}
	s.check(t)
	if !slices.Contains(s.ids, "late") {
		t.Error("what arrived late in a gap is lost")
	}
}

// A silent session is replaced, and nobody is told.
func TestTailRenewsASilentSession(t *testing.T) {
	s := follow(t, cloudlogtest.Options{}, cloudlog.Follow{Idle: 30 * time.Millisecond})
	until(t, "three sessions", func() bool { return s.srv.Count(cloudlogtest.TailLogEntries) >= 3 })
	s.log(t, 3)
	result := s.check(t)
	if result.Sessions < 3 {
		t.Errorf("result %+v", result)
	}
	for _, n := range s.notices {
		if n.Kind == cloudlog.Lost && !n.Routine {
			t.Errorf("told of %+v", n)
		}
	}
}

// Whatever happens to sessions, lists and arrivals, each entry comes once.
func TestTailUnderSeededFaults(t *testing.T) {
	for seed := range uint64(12) {
		faults := cloudlogtest.Seeded(seed, 0.4)
		s := follow(t, cloudlogtest.Options{Faults: func(n int, c cloudlogtest.Call) cloudlogtest.Fault {
			f := faults(n, c)
			if status.Code(f.Err) == codes.ResourceExhausted {
				return cloudlogtest.Fault{} // it would be waited for until the next minute
			}
			return f
		}}, cloudlog.Follow{})
		until(t, "the first session", func() bool { return s.has(cloudlog.Connected) > 0 })
		r := rand.New(rand.NewPCG(seed, 7))
		for range 30 {
			s.log(t, 1+r.IntN(4))
			switch r.IntN(8) {
			case 0:
				s.srv.CutConnections()
			case 1:
				s.srv.EndTails(nil)
			case 2:
				s.srv.EndTails(status.Error(codes.Unavailable, "gone"))
			default:
				time.Sleep(time.Duration(r.IntN(3)) * time.Millisecond)
			}
		}
		until(t, "a session", func() bool { return s.srv.Tails() > 0 })
		s.check(t)
	}
}

func TestTailTellsOfSuppression(t *testing.T) {
	s := follow(t, cloudlogtest.Options{}, cloudlog.Follow{})
	s.connected(t)
	s.srv.Suppress(cloudlogtest.RateLimit, 40)
	s.srv.Suppress(cloudlogtest.NotConsumed, 2)
	s.srv.Suppress(cloudlogtest.RateLimit, 3)
	until(t, "the notices", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		n := 0
		for _, x := range s.notices {
			n += x.Count
		}
		return n == 45
	})
	if result := s.check(t); result.RateLimited != 43 || result.NotConsumed != 2 {
		t.Errorf("result %+v", result)
	}
}

func TestTailBeginsWithHistoryWhenAsked(t *testing.T) {
	old := func(id string, age time.Duration) []byte {
		at := newRunning().base.Add(-age).Format(time.RFC3339Nano)
		return []byte(fmt.Sprintf(`{"logName":"projects/acme-staging/logs/x","insertId":%q,"timestamp":%q,"receiveTimestamp":%q,"textPayload":"x"}`, id, at, at))
	}
	src := cloudlogtest.FromJSON(t, append(old("ten", 10*time.Minute), old("hour", time.Hour)...))
	s := follow(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{src}}, cloudlog.Follow{Since: time.Unix(0, 0).Add(-30 * time.Minute)})
	s.connected(t)
	s.log(t, 3)
	s.added++ // "ten"
	until(t, "both lists", func() bool { return s.has(cloudlog.Listed) == 2 })
	s.check(t)
	if !slices.Contains(s.ids, "ten") {
		t.Errorf("entries %v", s.ids)
	}
	without := follow(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{src}}, cloudlog.Follow{})
	without.connected(t)
	without.log(t, 1)
	until(t, "the list", func() bool { return without.has(cloudlog.Listed) == 1 })
	without.check(t)
}

func TestTailEndsWhereItCannotBegin(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want cloudlog.Kind
	}{
		"permission": {cloudlogtest.PermissionDenied("logging.logEntries.list", "projects/acme-staging"), cloudlog.Permission},
		"disabled":   {cloudlogtest.ServiceDisabled("acme-staging"), cloudlog.APIDisabled},
		"login":      {cloudlogtest.Unauthenticated(), cloudlog.Credentials},
		"sessions":   {status.Error(codes.ResourceExhausted, "There are too many tail sessions open"), cloudlog.Quota},
		"away":       {status.Error(codes.Unavailable, "gone"), cloudlog.Unreachable},
	} {
		s := follow(t, cloudlogtest.Options{Faults: cloudlogtest.Every(1, cloudlogtest.Fault{Err: tt.err})}, cloudlog.Follow{})
		<-s.done
		var e *cloudlog.Error
		if _, err := s.end(); !errors.As(err, &e) || e.Kind != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An entry that cannot be taken ends the tail with its error.
func TestTailEndsWhenAddRefuses(t *testing.T) {
	clk := newRunning()
	srv := cloudlogtest.New(t, cloudlogtest.Options{Now: clk.now})
	c, err := cloudlog.Dial(t.Context(), cloudlog.Options{Endpoint: srv.Addr, Insecure: true, Now: clk.now})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	full := errors.New("the disk is full")
	done := make(chan error)
	go func() {
		_, err := c.Tail(t.Context(), cloudlog.Follow{Resources: []string{"projects/acme-staging"}, Add: func(cloudlog.Record) error { return full }})
		done <- err
	}()
	until(t, "a session", func() bool { return srv.Tails() > 0 })
	at := clk.now().Format(time.RFC3339Nano)
	if err := srv.Add([]byte(fmt.Sprintf(`{"logName":"projects/acme-staging/logs/x","insertId":"a","timestamp":%q}`, at))); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
}
