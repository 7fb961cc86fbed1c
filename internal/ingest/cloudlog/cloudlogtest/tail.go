package cloudlogtest

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Limits of tail sessions.
const (
	maxSessions   = 10 // open at once, in a project
	tailPerMinute = 60000
	tailQueue     = 10000
	tailLife      = time.Hour
	maxBuffer     = time.Minute
	tailBuffer    = 2 * time.Second
	maxBatch      = 1000
)

// Reasons for which entries are left out of a tail session.
const (
	RateLimit   = loggingpb.TailLogEntriesResponse_SuppressionInfo_RATE_LIMIT
	NotConsumed = loggingpb.TailLogEntriesResponse_SuppressionInfo_NOT_CONSUMED
)

// session is one open TailLogEntries.
type session struct {
	s       *Server
	project string
	filter  *filter
	shows   reader
	buffer  time.Duration

	wake chan struct{} // something is there to send

	mu         sync.Mutex
	queue      []ref
	suppressed map[loggingpb.TailLogEntriesResponse_SuppressionInfo_Reason]int32
	minute     time.Time
	sent       int // in that minute
	over       error
}

// TailLogEntries streams what Add brings, until the session is over.
func (v service) TailLogEntries(stream loggingpb.LoggingServiceV2_TailLogEntriesServer) error {
	req, err := stream.Recv()
	if err != nil {
		return err
	}
	n, f := v.s.begin(stream.Context(), TailLogEntries, req)
	sent, err := v.s.tail(stream, n, f, req)
	return v.s.end(n, sent, err)
}

func (s *Server) tail(stream loggingpb.LoggingServiceV2_TailLogEntriesServer, n int, f Fault, req *loggingpb.TailLogEntriesRequest) (int, error) {
	if err := s.admit(stream.Context(), n, f, req.ResourceNames); err != nil {
		return 0, err
	}
	t, err := s.open(req)
	if err != nil {
		return 0, err
	}
	defer s.closeTail(t)
	if err := stream.SendHeader(nil); err != nil { // the client knows that it is connected
		return 0, err
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			if _, err := stream.Recv(); err != nil {
				if errors.Is(err, io.EOF) {
					return // the client will say no more: the session is over
				}
				return
			}
		}
	}()
	life := time.NewTimer(cmp.Or(s.opts.TailLife, tailLife))
	defer life.Stop()
	return t.run(stream, gone, life.C)
}

// open checks a request and registers its session.
func (s *Server) open(req *loggingpb.TailLogEntriesRequest) (*session, error) {
	t := &session{s: s, project: projectOf(req.ResourceNames), wake: make(chan struct{}, 1), buffer: tailBuffer}
	t.suppressed = map[loggingpb.TailLogEntriesResponse_SuppressionInfo_Reason]int32{}
	var err error
	if t.shows, err = s.readers(req.ResourceNames); err != nil {
		return nil, err
	}
	if t.filter, err = s.filters.get(req.Filter); err != nil {
		return nil, err
	}
	if w := req.BufferWindow; w != nil {
		if t.buffer = w.AsDuration(); t.buffer < 0 || t.buffer > maxBuffer {
			return nil, invalid("buffer_window must be between 0 and %s, and is %s", maxBuffer, t.buffer)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	open := 0
	for other := range s.tails {
		if other.project == t.project {
			open++
		}
	}
	if open >= maxSessions {
		return nil, status.Errorf(codes.ResourceExhausted, "There are too many tail sessions open: %d of %d", open, maxSessions)
	}
	s.tails[t] = true
	return t, nil
}

func (s *Server) closeTail(t *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tails, t)
}

// Tails is the number of open tail sessions.
func (s *Server) Tails() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tails)
}

// Suppress tells all tail sessions that n entries were left out for a reason:
// RateLimit or NotConsumed.
func (s *Server) Suppress(reason loggingpb.TailLogEntriesResponse_SuppressionInfo_Reason, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.tails {
		t.mu.Lock()
		t.suppressed[reason] += int32(n)
		t.mu.Unlock()
		t.signal()
	}
}

// EndTails ends all tail sessions once what waits is sent; nil ends them as the
// service does after an hour, with OUT_OF_RANGE.
func (s *Server) EndTails(err error) {
	if err == nil {
		err = outOfRange()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.tails {
		t.mu.Lock()
		t.over = err
		t.mu.Unlock()
		t.signal()
	}
}

func outOfRange() error {
	return status.Error(codes.OutOfRange, "The maximum duration for tail has been met. The command may be repeated to continue.")
}

func (t *session) signal() {
	select {
	case t.wake <- struct{}{}:
	default: // it is awake already
	}
}

// offer gives a session new entries. The caller holds the server's lock.
func (t *session) offer(batch *Entries) {
	now := batch.Newest()
	if t.s.opts.Now != nil {
		now = t.s.opts.Now()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if minute := now.Truncate(time.Minute); !minute.Equal(t.minute) {
		t.minute, t.sent = minute, 0
	}
	for i := range batch.Len() {
		e := batch.Entry(i)
		if t.s.opts.HidePrivate && private(e) || !t.shows(e) || !t.filter.match(e) {
			continue
		}
		switch {
		case t.sent >= cmp.Or(t.s.opts.TailPerMinute, tailPerMinute):
			t.suppressed[RateLimit]++
		case len(t.queue) >= cmp.Or(t.s.opts.TailQueue, tailQueue):
			t.suppressed[NotConsumed]++
		default:
			t.sent++
			t.queue = append(t.queue, ref{batch, i})
		}
	}
	t.signal()
}

// run sends what is offered until the session is over, and counts it.
func (t *session) run(stream loggingpb.LoggingServiceV2_TailLogEntriesServer, gone <-chan struct{}, life <-chan time.Time) (int, error) {
	total := 0
	for {
		resp, over, err := t.take()
		if err != nil {
			return total, err
		}
		if len(resp.Entries) > 0 || len(resp.SuppressionInfo) > 0 {
			if err := stream.Send(resp); err != nil {
				return total, err
			}
			total += len(resp.Entries)
			continue
		}
		if over != nil {
			return total, over
		}
		select {
		case <-t.wake:
		case <-gone:
			return total, nil
		case <-stream.Context().Done():
			return total, status.FromContextError(stream.Context().Err()).Err()
		case <-life:
			return total, outOfRange()
		}
		if t.s.opts.TailBuffer {
			if err := wait(stream.Context(), t.buffer); err != nil {
				return total, status.FromContextError(err).Err()
			}
		}
	}
}

// take is the next response: entries in order of time, and what was left out.
func (t *session) take() (*loggingpb.TailLogEntriesResponse, error, error) {
	t.mu.Lock()
	refs := t.queue[:min(len(t.queue), maxBatch)]
	t.queue = t.queue[len(refs):]
	resp := &loggingpb.TailLogEntriesResponse{}
	for _, reason := range []loggingpb.TailLogEntriesResponse_SuppressionInfo_Reason{RateLimit, NotConsumed} {
		if n := t.suppressed[reason]; n > 0 {
			resp.SuppressionInfo = append(resp.SuppressionInfo, &loggingpb.TailLogEntriesResponse_SuppressionInfo{Reason: reason, SuppressedCount: n})
			delete(t.suppressed, reason)
		}
	}
	over := t.over
	t.mu.Unlock()
	slices.SortStableFunc(refs, func(a, b ref) int { return a.src.Time(a.i).Compare(b.src.Time(b.i)) })
	for _, r := range refs {
		m, err := r.message()
		if err != nil {
			return nil, nil, status.Errorf(codes.Internal, "entry cannot be sent: %v", err)
		}
		resp.Entries = append(resp.Entries, m)
	}
	return resp, over, nil
}
