package cloudlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	logging "cloud.google.com/go/logging/apiv2"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Follow says what to tail.
type Follow struct {
	// Resources and Filter are those of Query. The filter holds no time bounds.
	Resources []string
	Filter    string
	// Since also lists what was logged from then on; zero begins now.
	Since time.Time
	// Buffer is how long the server holds entries back to bring them into
	// order, at most a minute; 0 leaves it at the server's two seconds.
	Buffer time.Duration
	// Idle ends a session in which nothing came for so long and opens another,
	// as a connection may break without anybody being told; 0 means 10 minutes.
	Idle time.Duration
	// Settle is how long after a session began the gap before it is listed: what
	// was received just then is not readable at once. 0 means 5 seconds.
	Settle time.Duration

	// Add is called for each entry, one call at a time, as they come: nearly in
	// order of time. An error ends the tail and is returned.
	Add func(Record) error
	// Told is called with what a person who watches should know, one call at a
	// time, also not during Add; nil tells nobody.
	Told func(Notice)
}

// NoticeKind is what a Notice is about.
type NoticeKind int

// The kinds of notices.
const (
	Connected  NoticeKind = iota // a session began
	Lost                         // it ended, and another is opened after Wait
	Listed                       // a stretch without a session was listed: Gap
	Suppressed                   // the server left out Count entries
)

// Notice tells of something beside entries.
type Notice struct {
	Kind NoticeKind
	// Why is a clause: why the session ended, or entries were left out.
	Why string
	// Wait is the pause before the next session.
	Wait time.Duration
	// Count is the number of entries that were left out, at least.
	Count int
	Gap   Gap
	// Routine says that a session was replaced as a precaution: nobody needs to
	// be told.
	Routine bool
}

// Gap is a stretch of time without a session. It is listed afterwards, so that
// what was logged in it is delivered all the same.
type Gap struct {
	// From and To are the time on our clock at which the session ended and at
	// which the gap was listed. For the first session From is its begin, or Since.
	From, To time.Time
	// Why is a clause; "" for the first session.
	Why string
	// Routine is that of Notice.
	Routine bool
	// Entries is the number of entries that the list brought and no session.
	Entries int
	// Complete says that the list came to its end; else Reason says why not.
	Complete bool
	Reason   string
}

// TailResult says what a tail came to.
type TailResult struct {
	// Entries is the number of records delivered, listed ones included.
	Entries int
	// Sessions is the number of sessions that the server accepted.
	Sessions int
	// RateLimited and NotConsumed count, at least, what the server left out: as
	// there was more than it sends in a minute, or as we read too slowly.
	RateLimited, NotConsumed int
	// Gaps are the stretches between sessions, in order, and what became of
	// them; the first is that before the first session.
	Gaps []Gap
}

// Tail follows the entries of f until ctx ends, which is no error. Sessions
// that end, after an hour or because a connection broke, are replaced by new
// ones, without end once the first was accepted; what came between is listed.
// Each entry is delivered once. The errors of the API are of type *Error.
func (c *Client) Tail(ctx context.Context, f Follow) (TailResult, error) {
	l, ok := c.list.(grpcLister)
	if !ok {
		return TailResult{}, badQuery("entries can be followed over gRPC only", "Leave out --transport rest.")
	}
	now := c.opts.Now()
	q := Query{Resources: f.Resources, Filter: f.Filter, From: now.Add(-time.Minute), To: now}
	if err := q.check(); err != nil {
		return TailResult{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := &tailing{c: c, api: l.api, f: f, stop: cancel, known: newSeen(), begun: now}
	t.f.Idle = orElse(f.Idle, 10*time.Minute)
	t.f.Settle = orElse(f.Settle, 5*time.Second)
	err := t.run(ctx)
	t.lists.Wait()
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		err = cause // Add refused an entry
	}
	return t.finish(), err
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// tailing is one call of Tail.
type tailing struct {
	c     *Client
	api   *logging.Client
	f     Follow
	stop  context.CancelCauseFunc
	begun time.Time
	lists sync.WaitGroup

	mu       sync.Mutex // guards what follows, and calls of Add and Told
	known    *seen
	received time.Time // the newest receive time that a session delivered
	result   TailResult
	open     *Gap // since the last session ended
	printer  printer
	line     []byte
}

// run holds one session after the other.
func (t *tailing) run(ctx context.Context) error {
	t.open = &Gap{From: t.begun}
	if !t.f.Since.IsZero() {
		t.open.From = t.f.Since
	}
	failed := 0
	for {
		before := t.sessions()
		err := t.session(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if t.sessions() > before {
			failed = 0
		}
		failed++
		why, wait, again := t.verdict(err, failed)
		if !again {
			return t.explain(err)
		}
		t.lost(why, wait, errors.Is(err, errIdle))
		if t.c.opts.Sleep(ctx, wait) != nil {
			return nil
		}
	}
}

// explain is explain for what a session can end with.
func (t *tailing) explain(err error) error {
	if status.Code(err) == codes.ResourceExhausted && quotaLimit(err) == 0 {
		return &Error{Kind: Quota, Text: "too many sessions are open: a project has 10 at the same time", Next: "End another watch, or a gcloud logging tail, and try again.", Err: err}
	}
	return explain(err, &Query{Resources: t.f.Resources, Filter: t.f.Filter})
}

func (t *tailing) sessions() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.result.Sessions
}

// errIdle ends a session that was silent for long.
var errIdle = errors.New("nothing came for long")

// verdict says why a session ended, and whether and when another is opened.
func (t *tailing) verdict(err error, failed int) (why string, wait time.Duration, again bool) {
	accepted := t.sessions() > 0
	code := status.Code(err)
	switch {
	case errors.Is(err, errIdle):
		return "nothing came for " + t.f.Idle.String() + ", and the connection may be dead", 0, true
	case code == codes.OutOfRange:
		return "the server ends a session after an hour", 0, true
	case errors.Is(err, io.EOF):
		return "the server ended the session", t.c.jitter.backoff(failed), true
	case code == codes.ResourceExhausted:
		if limit := quotaLimit(err); limit > 0 {
			return quotaWords(limit), t.c.bucket.exhausted(limit, retryAfter(err), t.c.jitter.around(2*time.Second)), accepted || failed < triesFirst
		}
		return "too many sessions are open, of at most 10 in a project", t.c.jitter.around(time.Minute), accepted || failed < triesFirst
	case code == codes.PermissionDenied:
		return "the server refused another session", t.c.jitter.backoff(failed), accepted && failed <= triesDenied && reason(err) == ""
	case mayPass(code) && !credentialsFailed(err):
		return "the server answered " + code.String(), t.c.jitter.backoff(failed), accepted || failed < triesFirst
	}
	return "", 0, false
}

// lost notes that there is no session any more.
func (t *tailing) lost(why string, wait time.Duration, routine bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = &Gap{From: t.c.opts.Now(), Why: why, Routine: routine}
	}
	t.told(Notice{Kind: Lost, Why: why, Wait: wait, Routine: routine})
}

// told passes a notice on; the caller holds the lock.
func (t *tailing) told(n Notice) {
	if t.f.Told != nil {
		t.f.Told(n)
	}
}

// answer is what the server sent, or why it sends no more.
type answer struct {
	resp *loggingpb.TailLogEntriesResponse
	err  error
}

// session opens a session and delivers what it brings until it ends.
func (t *tailing) session(ctx context.Context) error {
	if err := t.c.bucket.take(ctx); err != nil {
		return err
	}
	all := ctx
	// The stream does not know of a deadline: the server would end it at the same
	// moment as we do, and it would look as if it was lost.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(all, cancel)()
	stream, err := t.api.TailLogEntries(ctx, gax.WithRetry(func() gax.Retryer { return nil })) // retries are ours
	if err != nil {
		return err
	}
	req := &loggingpb.TailLogEntriesRequest{ResourceNames: t.f.Resources, Filter: t.f.Filter}
	if t.f.Buffer > 0 {
		req.BufferWindow = durationpb.New(t.f.Buffer)
	}
	if err := stream.Send(req); err != nil && !errors.Is(err, io.EOF) { // EOF: Recv tells why
		return err
	}
	accepted := make(chan struct{})
	go func() {
		if head, err := stream.Header(); err == nil && head != nil {
			close(accepted)
		}
	}()
	answers := make(chan answer, 4)
	go receive(ctx, stream, answers)
	return t.listen(all, accepted, answers)
}

func receive(ctx context.Context, stream loggingpb.LoggingServiceV2_TailLogEntriesClient, to chan<- answer) {
	for {
		resp, err := stream.Recv()
		select {
		case to <- answer{resp, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// grace is how long a session that says nothing is taken for refused rather
// than accepted: the server need not send anything before the first entry.
const grace = 3 * time.Second

// listen delivers what a session brings. ctx is that of the tail.
func (t *tailing) listen(ctx context.Context, accepted <-chan struct{}, answers <-chan answer) error {
	silent := time.NewTimer(grace)
	idle := time.NewTimer(t.f.Idle)
	defer silent.Stop()
	defer idle.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-idle.C:
			return errIdle
		case <-accepted:
			accepted = nil
			t.connected(ctx)
		case <-silent.C:
			t.connected(ctx)
		case a := <-answers:
			if a.err != nil {
				return a.err
			}
			t.connected(ctx)
			idle.Reset(t.f.Idle)
			if err := t.deliver(a.resp); err != nil {
				t.stop(err)
				return err
			}
		}
	}
}

// connected notes that a session is accepted, and lists the gap before it. It
// does nothing the second time.
func (t *tailing) connected(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		return
	}
	gap := *t.open
	t.open = nil
	t.result.Sessions++
	t.told(Notice{Kind: Connected, Routine: gap.Routine})
	n := len(t.result.Gaps)
	gap.To, gap.Reason = t.c.opts.Now(), "it was not listed"
	t.result.Gaps = append(t.result.Gaps, gap)
	received := t.received
	t.known.hold()
	t.lists.Go(func() { t.fill(ctx, n, gap, received) })
}

// deliver hands on what one response brings.
func (t *tailing) deliver(resp *loggingpb.TailLogEntriesResponse) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range resp.GetEntries() {
		at, received := e.GetTimestamp().AsTime(), e.GetReceiveTimestamp().AsTime()
		if e.GetReceiveTimestamp() == nil {
			received = at
		}
		if received.After(t.received) {
			t.received = received
		}
		if !t.known.first(received, at, identity{e.GetLogName(), e.GetInsertId()}) {
			continue
		}
		t.line = t.printer.decoded(t.line[:0], e)
		t.result.Entries++
		if err := t.f.Add(Record{t.line, at}); err != nil {
			return err
		}
	}
	for _, s := range resp.GetSuppressionInfo() {
		t.suppressed(s.GetReason(), int(s.GetSuppressedCount()))
	}
	return nil
}

func (t *tailing) suppressed(reason loggingpb.TailLogEntriesResponse_SuppressionInfo_Reason, n int) {
	why := "the server left them out for a reason that it did not name"
	switch reason {
	case loggingpb.TailLogEntriesResponse_SuppressionInfo_RATE_LIMIT:
		why = "there are more than the server sends in a minute"
		t.result.RateLimited += n
	default:
		t.result.NotConsumed += n
	}
	if reason == loggingpb.TailLogEntriesResponse_SuppressionInfo_NOT_CONSUMED {
		why = "they were not read fast enough"
	}
	t.told(Notice{Kind: Suppressed, Why: why, Count: n})
}

// finish closes the books: a tail that ends without a session has a last gap.
func (t *tailing) finish() TailResult {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open != nil {
		t.open.To, t.open.Reason = t.c.opts.Now(), "the watch ended before another session began"
		if t.result.Sessions == 0 {
			t.open.Reason = "no session began"
		}
		t.result.Gaps = append(t.result.Gaps, *t.open)
		t.open = nil
	}
	return t.result
}

func (g Gap) String() string {
	return fmt.Sprintf("%s – %s", stamp(g.From.Truncate(time.Second)), stamp(g.To.Truncate(time.Second)))
}
