package fetch

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
)

// collect reads sources into one collector.
func (g *gatherer) collect(sources []ingest.Source) (*correlate.Collector, error) {
	all := correlate.NewCollector(g.o.Catalog, g.o.Correlate)
	if len(sources) == 0 {
		return all, nil
	}
	set, err := ingest.Open(nil, ingest.Options{Sources: sources, Keep: g.o.Keep, Workers: g.o.Workers, HashMax: -1})
	if err != nil {
		return nil, err
	}
	var parts []*correlate.Collector
	_, err = set.Read(g.reading(), func(int) func(*logentry.Entry) {
		c := correlate.NewCollector(g.o.Catalog, g.o.Correlate)
		parts = append(parts, c)
		return c.Add
	})
	if err != nil {
		return nil, err
	}
	for _, c := range parts {
		all.Merge(c)
	}
	return all, nil
}

// reading is the context for looking at what is in memory: a deadline is one
// for asking.
func (g *gatherer) reading() context.Context {
	if errors.Is(g.ctx.Err(), context.DeadlineExceeded) {
		return context.WithoutCancel(g.ctx)
	}
	return g.ctx
}

// observe looks at what was read so far.
func (g *gatherer) observe() error {
	c, err := g.collect(g.sources)
	if err != nil {
		return err
	}
	// Requests that were the caller's fault are no reason to look further:
	// scanners make thousands. Where a fault of ours is behind them, it is seen itself.
	g.spots = slices.DeleteFunc(c.Spots(), func(s correlate.Spot) bool { return s.Request && s.Status < 500 })
	g.ready = c.ReadyInstances()
	g.found = correlate.Analyze(g.o.Catalog, c, correlate.Read{Live: &g.live}, g.o.Correlate)
	return nil
}

// surroundings asks for all lines around what was found.
func (g *gatherer) surroundings() error {
	for _, step := range []func() error{g.around, g.traced, g.started, g.served} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// How far around a failure all lines are asked for, and for how many of one
// kind: the first and last, and some between.
const (
	aroundBefore = 3 * time.Second
	aroundStart  = 60 * time.Second // a start that fails takes longer to say why
	aroundAfter  = 2 * time.Second
	kindFirst    = 10
	kindLast     = 5
	kindBetween  = 10
	mostParts    = 3 // queries for intervals
)

// interval is what one instance logs in a stretch of time.
type interval struct {
	field, name string
	from, to    logentry.Time
	cheap       bool // an instance that does not serve logs little
	rank        int  // of its spot among those of its kind
}

// around asks for every line near failures on the same instance.
func (g *gatherer) around() error {
	list := intervals(chooseSpots(g.spots, kindFirst, kindLast, kindBetween))
	per := g.density()
	var exprs []lql.Expr
	expected, used, parts := 0.0, 0, 1
	from, to := logentry.NoTime, logentry.NoTime
	room := g.room() - 100
	flush := func() error {
		if len(exprs) == 0 {
			return nil
		}
		k := query{what: "all lines around what was found, on the same instances", where: lql.Or(exprs...), from: from.Time(), to: to.Time().Add(time.Nanosecond), limit: mostAround, glance: true}
		exprs, expected, used, from, to = nil, 0, 0, logentry.NoTime, logentry.NoTime
		_, err := g.ask(k)
		return err
	}
	for _, iv := range list {
		x := within(iv.field, iv.name, iv.from, iv.to)
		n := utf8.RuneCountInString(lql.Print(x)) + 6
		cost := 0.0
		if !iv.cheap {
			cost = per * iv.to.Sub(iv.from).Seconds()
		}
		if used+n > room || expected+cost > mostAround && len(exprs) >= 5 {
			if parts == mostParts {
				break
			}
			parts++
			if err := flush(); err != nil {
				return err
			}
		}
		exprs, used, expected = append(exprs, x), used+n, expected+cost
		if !from.Known() || iv.from < from {
			from = iv.from
		}
		to = max(to, iv.to)
	}
	return flush()
}

// density is how many entries an instance logs in a second, as far as the
// sample tells.
func (g *gatherer) density() float64 {
	span := g.o.Query.To.Sub(g.o.Query.From).Seconds()
	if g.found == nil || span <= 0 {
		return 0
	}
	return float64(g.estimate) / span / float64(max(g.found.Coverage.Instances, 1))
}

// chooseSpots keeps the first, the last and some between of each kind in each
// service, in the order of their rank, so that every kind is looked at before
// any is looked at twice.
func chooseSpots(spots []correlate.Spot, first, last, between int) []correlate.Spot {
	type kind struct{ what, service string }
	byKind := map[kind][]correlate.Spot{}
	var order []kind
	for _, s := range spots {
		k := kind{s.What, s.Scope.Service}
		if byKind[k] == nil {
			order = append(order, k)
		}
		byKind[k] = append(byKind[k], s)
	}
	type ranked struct {
		rank int
		spot correlate.Spot
	}
	var all []ranked
	for _, k := range order {
		for i, s := range spread(byKind[k], first, last, between) {
			all = append(all, ranked{i, s})
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]correlate.Spot, len(all))
	for i, r := range all {
		out[i] = r.spot
	}
	return out
}

// spread keeps the first, the last and some between, the ends first.
func spread(list []correlate.Spot, first, last, between int) []correlate.Spot {
	if len(list) <= first+last+between {
		return list
	}
	out := slices.Clone(list[:first])
	out = append(out, list[len(list)-last:]...)
	mid := list[first : len(list)-last]
	for i := range between {
		out = append(out, mid[i*len(mid)/between])
	}
	return out
}

// intervals are the stretches around spots, in the order of their rank; those
// of one instance that meet are one.
func intervals(spots []correlate.Spot) []interval {
	byName := map[string][]int{}
	var out []interval
	for i, s := range spots {
		field, name := whereOf(s.Scope)
		if name == "" {
			continue
		}
		iv := interval{field: field, name: name, from: s.Time.Add(-aroundBefore), to: s.End.Add(aroundAfter), rank: i}
		if s.Start {
			iv.from, iv.cheap = s.Time.Add(-aroundStart), true
		}
		merged := false
		for _, j := range byName[name] {
			if o := &out[j]; iv.from <= o.to && iv.to >= o.from {
				o.from, o.to, o.cheap = min(o.from, iv.from), max(o.to, iv.to), o.cheap && iv.cheap
				merged = true
				break
			}
		}
		if !merged {
			byName[name] = append(byName[name], len(out))
			out = append(out, iv)
		}
	}
	return out
}

// whereOf is the field that names the instance of a scope.
func whereOf(s logentry.Scope) (field, name string) {
	switch {
	case s.Pod != "":
		return "resource.labels.pod_name", s.Pod
	case s.Instance == "":
		return "", ""
	case s.Kind == "gce_instance":
		return "resource.labels.instance_id", s.Instance
	case strings.HasPrefix(s.Kind, "cloud_run"), strings.HasPrefix(s.Kind, "cloud_function"):
		return "labels.instanceId", s.Instance
	}
	return "", ""
}

// instanceField is the field that names an instance of which nothing else is
// known: those of Cloud Run are long hexadecimal numbers, those of Kubernetes pods.
func instanceField(name string) string {
	if len(name) >= 32 && strings.Trim(name, "0123456789abcdef") == "" {
		return "labels.instanceId"
	}
	return "resource.labels.pod_name"
}

// maxTraces is how many requests are asked for: a trace takes 90 characters.
const maxTraces = 120

// traced asks for every line of requests that failed.
func (g *gatherer) traced() error {
	names := map[string]bool{}
	var list []string
	for _, s := range chooseSpots(g.spots, 2*kindFirst, 2*kindLast, 2*kindBetween) {
		if name := traceName(s); name != "" && !names[name] && len(list) < maxTraces {
			names[name] = true
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return nil
	}
	for len(list) > 0 && utf8.RuneCountInString(lql.Print(lql.Compare("trace", lql.Equal, list...))) > g.room() {
		list = list[:len(list)-1]
	}
	_, err := g.ask(query{
		what: "all lines of requests that failed, by their traces", where: lql.Compare("trace", lql.Equal, list...),
		from: g.o.Query.From, to: g.o.Query.To, limit: mostTraced, glance: true,
	})
	return err
}

// traceName is a trace as it is logged. Entries carry it with the project.
func traceName(s correlate.Spot) string {
	if s.Scope.Trace == "" || s.Scope.Project == "" {
		return ""
	}
	return "projects/" + s.Scope.Project + "/traces/" + s.Scope.Trace
}

// maxReady is how many starts are followed.
const maxReady = 60

// started asks whether instances that came up served: starts that go well are
// what those that fail are compared with. It looks a short while after each
// start, where a busy instance serves at once, and further for those that do
// not.
func (g *gatherer) started() error {
	if len(g.spots) == 0 {
		return nil
	}
	for _, reach := range []time.Duration{10 * time.Second, 5 * time.Minute, 24 * time.Hour} {
		open := slices.DeleteFunc(slices.Clone(g.ready), func(r correlate.ReadyInstance) bool { return r.Served })
		if len(open) == 0 {
			return nil
		}
		before := len(g.sources)
		if err := g.askStarted(open[:min(len(open), maxReady)], reach); err != nil {
			return err
		}
		c, err := g.collect(g.sources[before:])
		if err != nil {
			return err
		}
		g.markServed(c.ServingInstances())
	}
	return nil
}

func (g *gatherer) markServed(serving map[string]bool) {
	for i := range g.ready {
		g.ready[i].Served = g.ready[i].Served || serving[g.ready[i].Instance]
	}
}

func (g *gatherer) askStarted(ready []correlate.ReadyInstance, reach time.Duration) error {
	var exprs []lql.Expr
	from, to, room := logentry.NoTime, logentry.NoTime, g.room()-100
	for _, r := range ready {
		a, b := r.At, min(r.At.Add(reach), logentry.TimeOf(g.o.Query.To))
		x := within(instanceField(r.Instance), r.Instance, a, b)
		if room -= utf8.RuneCountInString(lql.Print(x)) + 6; room < 0 {
			break
		}
		exprs = append(exprs, x)
		if !from.Known() || a < from {
			from = a
		}
		to = max(to, b)
	}
	if len(exprs) == 0 {
		return nil
	}
	_, err := g.ask(query{
		what: "requests served by instances that came up", where: lql.And(anyLog(requestLogs), lql.Or(exprs...)),
		from: from.Time(), to: to.Time(), limit: lookSize, glance: true,
	})
	return err
}

// mostServices is of how many services that fail requests are asked for.
const mostServices = 4

// served asks for requests answered well just before a service began to fail
// and after it failed last: silence is no recovery.
func (g *gatherer) served() error {
	for _, s := range failingServices(g.found, mostServices) {
		well := lql.And(serviceOf(s.kind, s.name), lql.Compare("httpRequest.status", lql.AtLeast, "200"), lql.Compare("httpRequest.status", lql.Less, "400"))
		err := g.askServed(well, "requests that a failing service answered well", s.first, s.last)
		if err != nil {
			return err
		}
	}
	for _, r := range failingRoutes(g.spots, mostRoutes) {
		well := lql.And(
			serviceOf(r.kind, r.service), lql.Compare("httpRequest.requestMethod", lql.Equal, r.method),
			lql.Compare("httpRequest.requestUrl", lql.Has, r.path), lql.Compare("httpRequest.status", lql.Less, "400"),
			lql.Compare("httpRequest.status", lql.AtLeast, "200"),
		)
		if err := g.askServed(well, "requests answered well on a route that fails", r.first, r.last); err != nil {
			return err
		}
	}
	return nil
}

func (g *gatherer) askServed(well lql.Expr, what string, first, last time.Time) error {
	q := g.o.Query
	if first.After(q.From) {
		if _, err := g.ask(query{what: what + ", the last before it failed", where: well, from: q.From, to: first, newest: true, limit: mostServed, glance: true}); err != nil {
			return err
		}
	}
	if after := last.Add(time.Nanosecond); after.Before(q.To) {
		if _, err := g.ask(query{what: what + ", the first after it failed last", where: well, from: after, to: q.To, limit: mostServed, glance: true}); err != nil {
			return err
		}
	}
	return nil
}

// failingService is a service of incidents, from its first failure to its last.
type failingService struct {
	name, kind  string
	first, last time.Time
}

// failingServices lists the services of the first incidents.
func failingServices(a *incident.Analysis, most int) []failingService {
	var out []failingService
	if a == nil {
		return nil
	}
	for _, inc := range a.Incidents {
		if inc.First.IsZero() || inc.Last.IsZero() {
			continue
		}
		for _, name := range inc.Services {
			i := slices.IndexFunc(out, func(s failingService) bool { return s.name == name })
			switch {
			case i >= 0:
				if inc.First.Before(out[i].first) {
					out[i].first = inc.First
				}
				if inc.Last.After(out[i].last) {
					out[i].last = inc.Last
				}
			case len(out) < most && name != "":
				out = append(out, failingService{name, inc.Scope.Kind, inc.First, inc.Last})
			}
		}
	}
	return out
}

const mostRoutes = 4

// failingRoute is a route that answers with 5xx.
type failingRoute struct {
	kind, service, method, path string
	n                           int
	first, last                 time.Time
}

// failingRoutes lists the routes that fail most often.
func failingRoutes(spots []correlate.Spot, most int) []failingRoute {
	index := map[correlate.Route]int{}
	var out []failingRoute
	for _, s := range spots {
		if !s.Request || s.Scope.Service == "" {
			continue
		}
		path := stablePath(s.URL)
		if path == "" {
			continue
		}
		k := correlate.Route{Service: s.Scope.Service, Method: s.Method, Path: path}
		i, ok := index[k]
		if !ok {
			i = len(out)
			index[k] = i
			out = append(out, failingRoute{kind: s.Scope.Kind, service: k.Service, method: k.Method, path: path, first: s.Time.Time()})
		}
		out[i].n++
		out[i].last = s.End.Time()
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].n > out[j].n })
	return out[:min(len(out), most)]
}

// stablePath is the beginning of a path without ids, as it can be looked for
// in a URL; "" when nothing telling is left.
func stablePath(url string) string {
	path, _, _ := strings.Cut(logentry.PathTemplate(url), "*")
	if len(path) < 2 {
		return ""
	}
	return path
}
