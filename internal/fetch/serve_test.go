package fetch

import (
	"context"
	"sort"
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
	"logwhy/internal/signature"
	"logwhy/rules"
)

// served answers queries from entries in memory, page by page, as the service
// does: it evaluates the filter, and counts a request for each page of 1,000.
type served struct {
	entries []*logentry.Entry // in the order of time, then insertId
	page    int
	calls   int
	queries []cloudlog.Query
	fail    func(n int) error // of the n-th query
}

func serve(entries []*logentry.Entry) *served {
	list := append([]*logentry.Entry(nil), entries...)
	sort.SliceStable(list, func(i, j int) bool {
		return list[i].Time < list[j].Time || list[i].Time == list[j].Time && list[i].InsertID < list[j].InsertID
	})
	return &served{entries: list, page: 1000}
}

// Read implements cloudlog.Reader.
func (s *served) Read(ctx context.Context, q cloudlog.Query, add func([]byte) error) (cloudlog.Result, error) {
	n := len(s.queries)
	s.queries = append(s.queries, q)
	if s.fail != nil {
		if err := s.fail(n); err != nil {
			s.calls++
			return cloudlog.Result{Calls: 1, Reason: err.Error()}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return cloudlog.Result{Reason: err.Error()}, err
	}
	f, err := lql.Parse(q.Filter)
	if err != nil {
		return cloudlog.Result{}, err
	}
	if len(q.Filter) > lql.MaxLength-200 {
		return cloudlog.Result{}, &cloudlog.Error{Kind: cloudlog.BadQuery, Text: "the filter is too long"}
	}
	from, to := logentry.TimeOf(q.From), logentry.TimeOf(q.To)
	res := cloudlog.Result{Complete: true, Through: q.To}
	if q.NewestFirst {
		res.Through = q.From
	}
	var last logentry.Time
	for i := range s.entries {
		e := s.entries[i]
		if q.NewestFirst {
			e = s.entries[len(s.entries)-1-i]
		}
		if e.Time < from || e.Time >= to || !f.Match(e) {
			continue
		}
		if q.Limit > 0 && res.Entries == q.Limit {
			res.Complete, res.Reason, res.Through = false, "the limit was reached", last.Time()
			break
		}
		if err := add(e.Raw); err != nil {
			return res, err
		}
		res.Entries++
		last = e.Time
	}
	res.Calls = res.Entries/s.page + 1
	s.calls += res.Calls
	return res, nil
}

var loaded *signature.Catalog

func catalogue(t testing.TB) *signature.Catalog {
	t.Helper()
	if loaded == nil {
		cat, problems := signature.Load([]signature.Source{{FS: rules.FS(), Root: "rules", Builtin: true}}, signature.Options{})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		loaded = cat
	}
	return loaded
}

// gathered is what the strategy makes of what r serves.
func gathered(t testing.TB, r cloudlog.Reader, o Options) (*incident.Analysis, *Harvest) {
	t.Helper()
	o.Catalog = catalogue(t)
	o.Query.Resources = []string{"projects/acme-staging"}
	o.Workers = 1
	h, err := Gather(context.Background(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	return analysed(t, h), h
}

func analysed(t testing.TB, h *Harvest) *incident.Analysis {
	t.Helper()
	cat := catalogue(t)
	all := correlate.NewCollector(cat, correlate.Options{})
	rep := &ingest.Report{}
	if len(h.Sources) > 0 {
		set, err := ingest.Open(nil, ingest.Options{Sources: h.Sources, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if rep, err = set.Read(context.Background(), func(int) func(*logentry.Entry) { return all.Add }); err != nil {
			t.Fatal(err)
		}
	}
	return correlate.Analyze(cat, all, h.Read(rep), correlate.Options{})
}

// window is the stretch that entries span, widened by a second.
func window(entries []*logentry.Entry) (from, to time.Time) {
	a, b := entries[0].Time, entries[0].Time
	for _, e := range entries {
		a, b = min(a, e.Time), max(b, e.Time)
	}
	return a.Add(-time.Second).Time(), b.Add(time.Second).Time()
}
