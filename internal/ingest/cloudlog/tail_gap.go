package cloudlog

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"logwhy/internal/logentry"
)

const (
	// overlap is how much of what a session delivered the list of a gap asks for
	// again. Duplicates are dropped, a loss could not be made good; it covers
	// the server's buffer and clocks that disagree.
	overlap = time.Minute
	// lateness is how much older than its arrival an entry in a gap may be.
	lateness = 15 * time.Minute
)

// linger is how long a list that is under way may go on when the tail ends: what
// was missed is worth a moment's patience.
const linger = 10 * time.Second

// fill lists a gap. received is the newest receive time that the sessions before
// it delivered: all that the server received since may have been missed, also
// entries of an earlier time that arrived late.
func (t *tailing) fill(ctx context.Context, n int, gap Gap, received time.Time) {
	if !gap.since(t.f) {
		// What was received just before the session began is not readable yet. The
		// end of the tail cuts the pause short, and the list is made at once.
		_ = t.c.opts.Sleep(ctx, t.f.Settle)
	}
	gap.To = t.c.opts.Now()
	t.list(ctx, &gap, received)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known.release()
	t.result.Gaps[n] = gap
	t.told(Notice{Kind: Listed, Why: gap.Why, Gap: gap, Routine: gap.Routine && gap.Complete && gap.Entries == 0})
	if gap.since(t.f) && gap.Complete {
		// Listing history takes its time; the stretch at the begin of the session
		// is listed as any other gap.
		t.result.Gaps = append(t.result.Gaps, Gap{From: t.begun, To: gap.To, Reason: "it was not listed"})
		last := len(t.result.Gaps) - 1
		t.known.hold()
		t.lists.Go(func() { t.fill(ctx, last, Gap{From: t.begun}, time.Time{}) })
	}
}

// list reads a gap, again and again where the server fails: as what was
// delivered is known, nothing comes twice.
func (t *tailing) list(ctx context.Context, gap *Gap, received time.Time) {
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(linger, cancel)
		context.AfterFunc(patient, func() { timer.Stop() })
	})()
	for failed := 1; ; failed++ {
		res, err := t.c.Records(patient, t.gapQuery(*gap, received), func(r Record) error { return t.listed(gap, r) })
		gap.Complete, gap.Reason = res.Complete && err == nil, res.Reason
		var refused *Error
		hopeless := errors.As(err, &refused) && refused.Kind != Quota && refused.Kind != Unreachable && refused.Kind != Server
		if err == nil || hopeless || ctx.Err() != nil || t.c.opts.Sleep(ctx, t.c.jitter.backoff(failed)) != nil {
			return
		}
	}
}

// since reports whether a gap is the history that was asked for.
func (g Gap) since(f Follow) bool { return !f.Since.IsZero() && g.From.Equal(f.Since) && g.Why == "" }

// gapQuery asks for what arrived in a gap.
func (t *tailing) gapQuery(gap Gap, received time.Time) Query {
	q := Query{Resources: t.f.Resources, Filter: t.f.Filter, From: gap.From, To: gap.To.Add(overlap)}
	if gap.since(t.f) {
		return q
	}
	if received.IsZero() {
		received = gap.From
	}
	q.From = received.Add(-lateness)
	if gap.From.Before(received) {
		q.From = gap.From.Add(-lateness)
	}
	bound := fmt.Sprintf("receiveTimestamp>=%q", stamp(received.Add(-overlap)))
	if saysNothing(q.Filter) {
		q.Filter = bound
	} else {
		q.Filter = "(\n" + q.Filter + "\n)\nAND " + bound
	}
	return q
}

// listed delivers an entry of a list, unless a session did.
func (t *tailing) listed(gap *Gap, r Record) error {
	id, received := identify(r.Line)
	t.mu.Lock()
	defer t.mu.Unlock()
	if received.IsZero() {
		received = r.Time
	}
	if gap.Why == "" && !gap.since(t.f) && r.Time.Before(t.begun) {
		return nil // logged before anybody asked
	}
	if !t.known.first(received, r.Time, id) {
		return nil
	}
	gap.Entries++
	t.result.Entries++
	if err := t.f.Add(r); err != nil {
		t.stop(err)
		return err
	}
	return nil
}

// identify reads of an entry what tells it from others.
func identify(line []byte) (id identity, received time.Time) {
	for key, v := range logentry.Value(line).Members {
		switch key {
		case "logName":
			id.log = v.Text()
		case "insertId":
			id.id = v.Text()
		case "receiveTimestamp":
			if at, err := time.Parse(time.RFC3339Nano, v.Text()); err == nil {
				received = at
			}
		}
	}
	return id, received
}

// seen remembers which entries were delivered, by the minute in which the
// server received them, as long as a list may bring them again.
type seen struct {
	minutes map[int64]map[uint64]struct{}
	newest  int64
	held    int // lists under way
}

func newSeen() *seen { return &seen{minutes: map[int64]map[uint64]struct{}{}} }

// keptMinutes is how long entries are remembered while no list is under way:
// longer than the overlap, as entries do not come quite in the order of arrival.
const keptMinutes = 5

// hold keeps all that is remembered, until release.
func (s *seen) hold()    { s.held++ }
func (s *seen) release() { s.held-- }

// first remembers an entry, and reports whether it is new.
func (s *seen) first(received, at time.Time, id identity) bool {
	minute := received.Unix() / 60
	ids := s.minutes[minute]
	if ids == nil {
		ids = map[uint64]struct{}{}
		s.minutes[minute] = ids
		s.newest = max(s.newest, minute)
		s.forget()
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%d\x00%s", id.log, at.UnixNano(), id.id)
	sum := h.Sum64()
	if _, ok := ids[sum]; ok {
		return false
	}
	ids[sum] = struct{}{}
	return true
}

// forget drops what no list asks for any more.
func (s *seen) forget() {
	if s.held > 0 {
		return
	}
	for m := range s.minutes {
		if m < s.newest-keptMinutes {
			delete(s.minutes, m)
		}
	}
}
