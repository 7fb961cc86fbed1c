package fetch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
	"logwhy/internal/signature"
)

// before looks at what lies before the window: changes, and the beginning of
// what is already there when the window begins.
func (g *gatherer) before() error {
	if g.o.MaxLookback <= 0 {
		return nil
	}
	q := g.o.Query
	res, err := g.ask(query{
		what: "before the window: changes", where: changes(), from: q.From.Add(-g.o.MaxLookback), to: q.From,
		newest: true, limit: lookSize, glance: true,
	})
	if err != nil {
		return err
	}
	g.live.Audit = res.Complete && (g.live.Whole || g.audited) && !slices.ContainsFunc(q.Resources, isView)
	if err := g.observe(); err != nil {
		return err
	}
	return g.back()
}

// isView reports whether a resource is a view of one bucket: audit entries are
// in a bucket of their own.
func isView(resource string) bool { return strings.Contains(resource, "/views/") }

// back widens the window, each time by twice as much, until what is there at
// its beginning begins inside it.
func (g *gatherer) back() error {
	q := g.o.Query
	from, step := q.From, q.To.Sub(q.From)
	until := q.From.Add(-g.o.MaxLookback)
	for slice := step; ; slice = step / 2 {
		names := early(g.found, from.Add(edgeOf(slice)))
		if len(names) == 0 {
			return nil
		}
		if !from.After(until) {
			g.begun = fmt.Sprintf("what fails at the beginning of the window was already there %s before it, which is as far as was looked (--max-lookback)", g.o.MaxLookback)
			return nil
		}
		to := from
		if from = from.Add(-step); from.Before(until) {
			from = until
		}
		through, err := g.askBefore(names, from, to)
		if err != nil {
			return err
		}
		g.live.From, g.live.Whole = logentry.TimeOf(through), false
		if through.After(from) {
			g.begun = fmt.Sprintf("what fails at the beginning of the window was already there at %s, and so often that nothing before that was asked", clock(through))
			return g.observe()
		}
		step *= 2
		if err := g.observe(); err != nil {
			return err
		}
	}
}

// askBefore asks for a stretch before the window, the newest first, and
// returns the time down to which it was read.
func (g *gatherer) askBefore(names []string, from, to time.Time) (time.Time, error) {
	res, err := g.ask(query{
		what:  "before the window: the same, of services that fail from its beginning",
		where: lql.And(ServiceFilter(names), lql.Or(important(), worded(), g.seen())), from: from, to: to,
		newest: true, limit: mostBefore, glance: true,
	})
	if err != nil || res.Complete {
		return from, err
	}
	return res.Through, nil
}

// edgeOf is how near to the beginning of a window an onset may have been cut
// off: a twentieth of it.
func edgeOf(window time.Duration) time.Duration { return max(window/20, 10*time.Second) }

// early lists the services of incidents that are there before t. What is
// without impact is not followed.
func early(a *incident.Analysis, t time.Time) []string {
	var names []string
	if a == nil {
		return nil
	}
	for _, inc := range a.Incidents {
		if inc.First.IsZero() || !inc.First.Before(t) || inc.Severity == incident.Low || inc.Severity == incident.Info {
			continue
		}
		for _, s := range inc.Services {
			if s != "" && len(names) < mostServices && !slices.Contains(names, s) {
				names = append(names, s)
			}
		}
	}
	return names
}

// seen selects lines with a text of a signature that was found.
func (g *gatherer) seen() lql.Expr {
	found := map[*signature.Signature]bool{}
	for _, s := range g.spots {
		for _, sig := range s.Signatures {
			found[sig] = true
		}
	}
	parts := texts(g.o.Catalog, func(s *signature.Signature) bool { return found[s] }, g.room()/2)
	if len(parts) == 0 {
		return lql.Compare("severity", lql.Less, "DEFAULT") // nothing
	}
	return parts[0]
}
