package cloudlogtest

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"logwhy/internal/logentry"
)

// Page sizes of the service.
const (
	defaultPage = 50
	maxPage     = 1000
)

// service is the server as gRPC sees it.
type service struct {
	loggingpb.UnimplementedLoggingServiceV2Server
	s *Server
}

// page is the answer to a request: places of entries, and how to go on.
type page struct {
	refs []ref
	next string
}

// ref names an entry.
type ref struct {
	src Source
	i   int
}

func (r ref) message() (*loggingpb.LogEntry, error) {
	if f, ok := r.src.(Ready); ok {
		return f.Message(r.i)
	}
	return Message(r.src.Entry(r.i).Raw)
}

func (r ref) json() []byte {
	if f, ok := r.src.(Ready); ok {
		return compact(f.JSON(r.i))
	}
	return compact(r.src.Entry(r.i).Raw)
}

// ListLogEntries answers one page.
func (v service) ListLogEntries(ctx context.Context, req *loggingpb.ListLogEntriesRequest) (*loggingpb.ListLogEntriesResponse, error) {
	n, f := v.s.begin(ctx, ListLogEntries, req)
	p, err := v.s.page(ctx, n, f, req)
	resp := &loggingpb.ListLogEntriesResponse{NextPageToken: p.next}
	for _, r := range p.refs {
		m, merr := r.message()
		if merr != nil {
			err = status.Errorf(codes.Internal, "entry cannot be sent: %v", merr)
			break
		}
		resp.Entries = append(resp.Entries, m)
	}
	if err = v.s.end(n, len(resp.Entries), err); err != nil {
		return nil, err
	}
	return resp, nil
}

// page does what a list comes to on either transport.
func (s *Server) page(ctx context.Context, n int, f Fault, req *loggingpb.ListLogEntriesRequest) (page, error) {
	late := f
	if f.After {
		f.Cut = false
	}
	if err := s.admit(ctx, n, f, req.ResourceNames); err != nil {
		return page{}, err
	}
	l, err := s.listing(req)
	if err != nil {
		return page{}, err
	}
	if f.Empty {
		return page{next: l.token(l.after)}, nil
	}
	if f.Short > 0 {
		l.size = min(l.size, f.Short)
	}
	p, err := s.scan(ctx, l)
	if late.Cut && late.After {
		s.cut(s.call(n).remote)
		return page{}, status.Error(codes.Unavailable, "the connection was cut")
	}
	return p, err
}

// listing is a checked request.
type listing struct {
	filter *filter
	shows  reader
	desc   bool
	size   int
	after  position
	of     uint64
	now    time.Time
}

func (l listing) token(after position) string {
	return token{Of: l.of, After: after, Issued: l.now}.String()
}

// listing checks a request as the service does, and refuses with its codes.
func (s *Server) listing(req *loggingpb.ListLogEntriesRequest) (l listing, err error) {
	l.now, l.size = s.now(), int(req.PageSize)
	switch {
	case l.size < 0 || l.size > maxPage:
		return l, invalid("page_size must be between 0 and %d, and is %d", maxPage, l.size)
	case l.size == 0:
		l.size = defaultPage
	}
	switch strings.Join(strings.Fields(req.OrderBy), " ") {
	case "", "timestamp", "timestamp asc":
	case "timestamp desc":
		l.desc = true
	default:
		return l, invalid("order_by %q is not supported: use \"timestamp asc\" or \"timestamp desc\"", req.OrderBy)
	}
	if l.shows, err = s.readers(req.ResourceNames); err != nil {
		return l, err
	}
	if l.filter, err = s.filters.get(req.Filter); err != nil {
		return l, err
	}
	names := slices.Sorted(slices.Values(req.ResourceNames))
	direction := "asc"
	if l.desc {
		direction = "desc"
	}
	l.of = hash(append([]string{req.Filter, direction}, names...)...)
	l.after, err = s.parseToken(req.PageToken, l.of, l.now)
	return l, err
}

// scan collects a page.
func (s *Server) scan(ctx context.Context, l listing) (page, error) {
	var p page
	w := newWalk(s.sources(), l)
	var seen []string // projects that showed an entry of the current time and insertId
	for looked := 0; ; {
		if looked%4096 == 4095 && ctx.Err() != nil {
			return page{}, status.FromContextError(ctx.Err()).Err()
		}
		full := len(p.refs) == l.size || s.opts.ScanLimit > 0 && looked == s.opts.ScanLimit
		if full && !w.done() {
			p.next = l.token(w.at)
			return p, nil
		}
		r, e, ok := w.next()
		if !ok {
			return p, nil
		}
		if w.at.N == 1 {
			seen = seen[:0]
		}
		// What the last page held of this time and insertId is met again, as it
		// tells which entries are duplicates.
		again := w.at.Time == l.after.Time && w.at.ID == l.after.ID && w.at.N <= l.after.N
		if !again {
			looked++
		}
		if hidden(r.src, r.i, l.now) || s.opts.HidePrivate && private(e) || !l.shows(e) || !l.filter.match(e) {
			continue
		}
		parent, _, _ := strings.Cut(e.LogName, "/logs/")
		if slices.Contains(seen, parent) {
			continue
		}
		if seen = append(seen, parent); !again {
			p.refs = append(p.refs, r)
		}
	}
}

// walk goes over the entries of several sources in one order.
type walk struct {
	cursors []cursor
	desc    bool
	at      position // behind the last entry that next returned
}

type cursor struct {
	src     Source
	i, stop int // next entry, and where to end, going up or down
}

// newWalk stands at l.after, within the bounds that the filter gives.
func newWalk(sources []Source, l listing) *walk {
	w := &walk{desc: l.desc}
	for _, src := range sources {
		lo, hi := span(src, l.filter.from, l.filter.to)
		c := cursor{src, lo, hi}
		if l.desc {
			c = cursor{src, hi - 1, lo - 1}
		}
		w.cursors = append(w.cursors, c)
	}
	if l.after != (position{}) {
		w.skip(l.after)
	}
	return w
}

// span are the entries of src with from <= time <= to, as lo <= i < hi.
func span(src Source, from, to time.Time) (lo, hi int) {
	n := src.Len()
	hi = n
	if !from.IsZero() {
		lo = sort.Search(n, func(i int) bool { return !src.Time(i).Before(from) })
	}
	if !to.IsZero() {
		hi = sort.Search(n, func(i int) bool { return src.Time(i).After(to) })
	}
	return lo, max(lo, hi)
}

// skip moves to the first entry with the time and insertId of p.
func (w *walk) skip(p position) {
	t := p.Time.Time()
	for k := range w.cursors {
		c := &w.cursors[k]
		if w.desc {
			_, hi := span(c.src, time.Time{}, t)
			c.i = min(c.i, hi-1)
		} else {
			lo, _ := span(c.src, t, time.Time{})
			c.i = max(c.i, lo)
		}
	}
	for {
		k := w.nearest()
		if k < 0 {
			break
		}
		c := w.cursors[k]
		e := c.src.Entry(c.i)
		order := cmp.Or(cmp.Compare(e.Time, p.Time), cmp.Compare(e.InsertID, p.ID))
		if w.desc {
			order = -order
		}
		if order >= 0 {
			break
		}
		w.next()
	}
	w.at = position{}
}

func (w *walk) done() bool { return w.nearest() < 0 }

// nearest is the cursor that stands at the next entry; -1 at the end.
func (w *walk) nearest() int {
	best := -1
	for k, c := range w.cursors {
		if c.i == c.stop || w.desc && c.i < c.stop || !w.desc && c.i > c.stop {
			continue
		}
		if best < 0 || w.before(c, w.cursors[best]) {
			best = k
		}
	}
	return best
}

// before reports whether the entry at a comes before the one at b.
func (w *walk) before(a, b cursor) bool {
	order := a.src.Time(a.i).Compare(b.src.Time(b.i))
	if order == 0 {
		order = cmp.Compare(a.src.Entry(a.i).InsertID, b.src.Entry(b.i).InsertID)
	}
	if w.desc {
		return order > 0
	}
	return order < 0
}

func (w *walk) next() (ref, *logentry.Entry, bool) {
	k := w.nearest()
	if k < 0 {
		return ref{}, nil, false
	}
	c := &w.cursors[k]
	r := ref{c.src, c.i}
	e := c.src.Entry(c.i)
	if w.desc {
		c.i--
	} else {
		c.i++
	}
	if w.at.Time == e.Time && w.at.ID == e.InsertID {
		w.at.N++
	} else {
		w.at = position{e.Time, e.InsertID, 1}
	}
	return r, e, true
}

// ListLogs answers with the names of the logs that hold entries.
func (v service) ListLogs(ctx context.Context, req *loggingpb.ListLogsRequest) (*loggingpb.ListLogsResponse, error) {
	n, f := v.s.begin(ctx, ListLogs, req)
	names, next, err := v.s.logs(ctx, n, f, req)
	if err = v.s.end(n, len(names), err); err != nil {
		return nil, err
	}
	return &loggingpb.ListLogsResponse{LogNames: names, NextPageToken: next}, nil
}

// logs lists the names of a page. The token is bound to the parent.
func (s *Server) logs(ctx context.Context, n int, f Fault, req *loggingpb.ListLogsRequest) ([]string, string, error) {
	resources := req.ResourceNames
	if req.Parent != "" {
		resources = append([]string{req.Parent}, resources...)
	}
	if err := s.admit(ctx, n, f, resources); err != nil {
		return nil, "", err
	}
	shows, err := s.readers(resources)
	if err != nil {
		return nil, "", err
	}
	of := hash(append([]string{"logs"}, resources...)...)
	after, err := s.parseToken(req.PageToken, of, s.now())
	if err != nil {
		return nil, "", err
	}
	names := s.logNames(shows)
	start := min(after.N, len(names))
	size := int(req.PageSize)
	if size <= 0 {
		size = defaultPage
	}
	end := min(start+size, len(names))
	if end == len(names) {
		return names[start:], "", nil
	}
	return names[start:end], token{Of: of, After: position{N: end}, Issued: s.now()}.String(), nil
}

func (s *Server) logNames(shows reader) []string {
	found := map[string]bool{}
	now := s.now()
	for _, src := range s.sources() {
		for i := range src.Len() {
			if e := src.Entry(i); !hidden(src, i, now) && !(s.opts.HidePrivate && private(e)) && shows(e) {
				found[encoded(e.LogName)] = true
			}
		}
	}
	var names []string
	for n := range found {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// encoded writes a log name with its id in percent encoding, as the service does.
func encoded(name string) string {
	parent, id, ok := strings.Cut(name, "/logs/")
	if !ok || !strings.Contains(id, "/") {
		return name
	}
	return parent + "/logs/" + url.PathEscape(id)
}
