package fetch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
)

// errStopped ends the asking: what was read until then stands.
var errStopped = errors.New("no more is asked")

// query is one question.
type query struct {
	what     string // in words, for the account; without log text
	where    lql.Expr
	from, to time.Time
	newest   bool
	limit    int
	// glance marks queries of which a part is enough: meeting the limit makes
	// nothing unknown that was known before.
	glance bool
	// essential marks queries without whose answer there is nothing to say.
	essential bool
}

// asker asks one query after the other and keeps account.
type asker struct {
	ctx     context.Context
	r       cloudlog.Reader
	o       *Options
	sources []ingest.Source
	live    correlate.Live
	calls   int
	entries int
	stopped string // why nothing more is asked
	limited bool   // the limit of all queries together was met
	cut     []string
}

// ask sends a query and keeps its records. The error is errStopped when no
// further query should be sent, that of the query when nothing was read yet,
// or that of a cancelled context.
func (a *asker) ask(k query) (cloudlog.Result, error) {
	q := cloudlog.Query{Resources: a.o.Query.Resources, Filter: a.filter(k.where), From: k.from, To: k.to, NewestFirst: k.newest, Limit: k.limit}
	if left, bounded := a.left(); bounded && (q.Limit == 0 || left < q.Limit) {
		q.Limit = left
		if left == 0 {
			a.limited = true
			a.stopped = fmt.Sprintf("the limit of %d entries (--limit) was reached", a.o.Query.Limit)
		}
	}
	if a.stopped != "" {
		a.account(k, q, cloudlog.Result{Reason: "not asked: " + a.stopped})
		return cloudlog.Result{}, errStopped
	}
	if !k.from.Before(k.to) {
		return cloudlog.Result{Complete: true, Through: k.to}, nil
	}
	q.Progress = a.progress(k)
	spool, err := ingest.NewSpool(Name)
	if err != nil {
		return cloudlog.Result{}, err
	}
	res, err := a.r.Read(a.ctx, q, spool.Add)
	a.calls += res.Calls
	a.entries += res.Entries
	if spool.Len() > 0 {
		src, packed := spool.Source()
		if packed != nil {
			return res, packed
		}
		a.sources = append(a.sources, src)
	}
	return res, a.settle(k, q, res, err)
}

// left is how many entries may still be read.
func (a *asker) left() (n int, bounded bool) {
	if a.o.Query.Limit == 0 {
		return 0, false
	}
	return max(a.o.Query.Limit-a.entries, 0), true
}

// settle writes a query into the account and says whether to go on.
func (a *asker) settle(k query, q cloudlog.Query, res cloudlog.Result, err error) error {
	if errors.Is(err, context.Canceled) && errors.Is(a.ctx.Err(), context.Canceled) {
		return err
	}
	if err != nil && res.Reason == "" {
		res.Reason = err.Error()
	}
	a.account(k, q, res)
	if left, bounded := a.left(); bounded && left == 0 && !res.Complete {
		a.limited = true
	}
	if err == nil {
		return nil
	}
	a.live.Cut = true
	if !slices.Contains(a.cut, k.what) {
		a.cut = append(a.cut, k.what)
	}
	if errors.Is(a.ctx.Err(), context.DeadlineExceeded) {
		a.stopped = "the time allowed for reading was over (--deadline)"
		if a.entries == 0 && k.essential {
			return err
		}
		return errStopped
	}
	if a.entries == 0 && k.essential {
		return err
	}
	a.stopped = "a query before failed"
	return errStopped
}

// account notes what a query came to.
func (a *asker) account(k query, q cloudlog.Query, res cloudlog.Result) {
	v := incident.Asked{
		What: incident.Prose(k.what), Resources: q.Resources, Filter: q.Filter, From: q.From.UTC(), To: q.To.UTC(),
		Calls: res.Calls, Entries: res.Entries, Complete: res.Complete, Reason: res.Reason,
	}
	if len(q.Resources) > 0 {
		v.Link = logentry.QueryLink(q.Resources[0], q.Filter, q.From, q.To)
	}
	if !res.Complete && !k.glance {
		a.live.Cut = true
		a.cut = append(a.cut, k.what)
	}
	a.live.Asked = append(a.live.Asked, v)
}

// newestOfRest marks the second half of a question.
const newestOfRest = ", the newest of the rest"

// askBothEnds asks for the oldest half of what its limit allows and, where
// that is not all, for the newest: the beginning of a failure and its end.
func (a *asker) askBothEnds(k query) error {
	most := k.limit
	first, glance := k, k.glance
	first.limit, first.glance = most/2, true
	res, err := a.ask(first)
	switch {
	case err != nil:
		a.live.Cut = a.live.Cut || !glance
		return err
	case res.Complete:
		return nil
	}
	last := k
	last.what += newestOfRest
	last.from, last.newest, last.limit = res.Through, true, most-most/2
	rest, err := a.ask(last)
	if err == nil && rest.Complete {
		a.live.Asked[len(a.live.Asked)-2].Reason += "; the rest was asked next"
	}
	return err
}

// filter joins what a query asks with what everything must pass. The latter
// stands in parentheses and lines of its own: it is a person's, and may end in a
// comment.
func (a *asker) filter(where lql.Expr) string {
	text := lql.Print(where)
	switch {
	case a.o.Query.Filter == "":
		return text
	case text == "":
		return a.o.Query.Filter
	}
	return "(\n" + a.o.Query.Filter + "\n)\nAND (" + text + ")"
}

// room is how many characters a filter may have beside that of the options
// and the bounds of time.
func (a *asker) room() int { return lql.MaxLength - len(a.o.Query.Filter) - 400 }

func (a *asker) progress(k query) func(cloudlog.Progress) {
	if a.o.Progress == nil {
		return nil
	}
	n := len(a.live.Asked) + 1
	calls, entries := a.calls, a.entries
	return func(p cloudlog.Progress) {
		a.o.Progress(Progress{
			What: k.what, Covered: p.Covered(k.newest), Through: p.Through,
			Entries: entries + p.Entries, Calls: calls + p.Calls, Query: n,
		})
	}
}
