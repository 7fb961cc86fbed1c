package correlate

import (
	"sort"
	"strings"

	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// observation is one entry that is kept whole.
type observation struct {
	e        *logentry.Entry
	strength strength
	matches  []signature.Match
	unit     uint64 // hash of the join unit: instance, else trace, else service and minute
	what     uint64 // hash of what it will most likely be called
	err      bool   // an error event
}

// interesting tells observations from mere context lines.
func (o *observation) interesting() bool { return len(o.matches) > 0 || o.strength >= weak }

// minuteKey counts entries of a service by minute.
type minuteKey struct {
	service string
	minute  int64
}

// minuteCount counts all entries and error events.
type minuteCount struct{ n, errors int }

// healthKey is where something healthy was seen.
type healthKey struct {
	sig      int
	service  string
	revision string
	instance string
}

// routeKey is a route of a service, for denominators.
type routeKey struct {
	service, revision, method, path string
}

// Collector observes entries: one for each worker, merged at the end. All it
// keeps is the same for every partition of the entries over collectors.
type Collector struct {
	cat     *signature.Catalog
	matcher *signature.Matcher
	opt     Options

	kept, side sample // interesting observations, and context lines
	texts      interner

	cells   cells
	health  map[healthKey]*cell
	routes  map[routeKey]*routeCount
	minutes map[minuteKey]*minuteCount

	logs       map[string]*int
	app        map[string]*int // lines of the application, by service
	severities map[string]int
	scopes     map[[3]string]*cell // project, service, revision

	entries, untimed, errors int
	first, last              logentry.Time
	undeclaredErrors         int
	badUTF8                  int

	markers map[markerKey][]logentry.Time // stated markers of health, see countStated
	tally   map[tallyKey]int              // only with Options.Tally

	scratch []signature.Match
}

// routeCount counts answers of a route by hundreds of the status.
type routeCount struct {
	n           int
	by          [6]int
	first, last logentry.Time
}

// NewCollector returns an empty collector that matches with cat.
func NewCollector(cat *signature.Catalog, opt Options) *Collector {
	opt = opt.withDefaults()
	return &Collector{
		cat: cat, matcher: cat.NewMatcher(), opt: opt,
		kept: newSample(opt.MaxKept), side: newSample(opt.MaxContext), texts: interner{map[string]string{}},
		cells: newCells(opt.MaxPatterns), health: map[healthKey]*cell{}, routes: map[routeKey]*routeCount{},
		minutes: map[minuteKey]*minuteCount{}, logs: map[string]*int{}, app: map[string]*int{}, severities: map[string]int{},
		scopes: map[[3]string]*cell{}, first: logentry.NoTime, last: logentry.NoTime, tally: map[tallyKey]int{},
	}
}

// Add observes one entry. The entry is only borrowed.
func (c *Collector) Add(e *logentry.Entry) {
	c.count(e)
	c.scratch = c.matcher.Match(e, c.scratch[:0])
	c.countStated(e)
	str := strengthOf(e)
	if str == isError {
		c.errors++
		if e.Basis != logentry.BasisDeclared {
			c.undeclaredErrors++
		}
	}
	c.countMinute(e, str)
	if str <= context && onlyHealthy(c.scratch) {
		c.countHealth(e)
		if !marksUnit(c.scratch) {
			if str == context && e.HTTP == nil {
				c.side.add(c.observe(e, str, nil), &c.texts)
			}
			return
		}
	}
	if len(c.scratch) == 0 && str <= context {
		if str == context {
			c.side.add(c.observe(e, str, nil), &c.texts)
		}
		return
	}
	c.countHealth(e)
	o := c.observe(e, str, c.scratch)
	o.what = c.countCell(e, str)
	c.countTally(e, str)
	c.kept.add(o, &c.texts)
}

func (c *Collector) count(e *logentry.Entry) {
	c.entries++
	id := e.LogID()
	tick(c.logs, id)
	if e.HTTP == nil && e.Audit == nil && !strings.HasSuffix(id, "varlog/system") {
		tick(c.app, e.Scope.Service)
	}
	sev := ""
	if e.Basis == logentry.BasisDeclared {
		sev = e.Severity.String()
	}
	c.severities[sev]++
	c.badUTF8 += e.InvalidUTF8
	if !e.Time.Known() {
		c.untimed++
	} else {
		if c.first == logentry.NoTime || e.Time < c.first {
			c.first = e.Time
		}
		if c.last == logentry.NoTime || e.Time > c.last {
			c.last = e.Time
		}
	}
	k := [3]string{e.Scope.Project, e.Scope.Service, e.Scope.Revision}
	sc := c.scopes[k]
	if sc == nil {
		sc = newCell()
		c.scopes[[3]string{strings.Clone(k[0]), strings.Clone(k[1]), strings.Clone(k[2])}] = sc
	}
	sc.see(e.Time, e.Scope.Instance, 0)
	if e.HTTP != nil {
		c.countRoute(e)
	}
}

func (c *Collector) countRoute(e *logentry.Entry) {
	k := routeKey{e.Scope.Service, e.Scope.Revision, e.HTTP.Method, logentry.PathTemplate(e.HTTP.URL)}
	r := c.routes[k]
	if r == nil {
		if len(c.routes) >= 20_000 {
			k.path = "*"
			if r = c.routes[k]; r == nil {
				r = &routeCount{first: logentry.NoTime, last: logentry.NoTime}
			}
		} else {
			r = &routeCount{first: logentry.NoTime, last: logentry.NoTime}
		}
		k.service, k.revision, k.method, k.path = strings.Clone(k.service), strings.Clone(k.revision), strings.Clone(k.method), strings.Clone(k.path)
		c.routes[k] = r
	}
	r.n++
	if h := e.HTTP.Status / 100; h >= 0 && h < len(r.by) {
		r.by[h]++
	}
	r.first, r.last = widen(r.first, r.last, e.Time)
}

func (c *Collector) countMinute(e *logentry.Entry, str strength) {
	if !e.Time.Known() {
		return
	}
	k := minuteKey{e.Scope.Service, int64(e.Time) / 60e9}
	m := c.minutes[k]
	if m == nil {
		m = &minuteCount{}
		k.service = strings.Clone(k.service)
		c.minutes[k] = m
	}
	m.n++
	if str == isError {
		m.errors++
	}
}

// onlyHealthy reports whether all matches are markers of health or noise.
func onlyHealthy(ms []signature.Match) bool {
	for _, m := range ms {
		if m.Sig.Role != signature.RoleHealthy && m.Sig.Role != signature.RoleNoise {
			return false
		}
	}
	return len(ms) > 0
}

// marksUnit reports whether a healthy match is kept whole because it tells
// where a unit (a start) begins or ends. Served requests are only counted.
func marksUnit(ms []signature.Match) bool {
	for _, m := range ms {
		if m.Sig.Role == signature.RoleHealthy && !m.Sig.HasClass("traffic") || m.Sig.HasClass("instance-start") {
			return true
		}
	}
	return false
}

func (c *Collector) countHealth(e *logentry.Entry) {
	for _, m := range c.scratch {
		if m.Sig.Role != signature.RoleHealthy && m.Sig.Role != signature.RoleNoise {
			continue
		}
		k := healthKey{m.Sig.Index, e.Scope.Service, e.Scope.Revision, e.Scope.Instance}
		if len(c.health) > 50_000 {
			k.instance = ""
		}
		h := c.health[k]
		if h == nil {
			h = newCell()
			k.service, k.revision, k.instance = strings.Clone(k.service), strings.Clone(k.revision), strings.Clone(k.instance)
			c.health[k] = h
		}
		h.see(e.End(), "", e.Severity)
	}
}

// countCell counts an event exactly under what it will most likely be called,
// and returns the hash of that name.
func (c *Collector) countCell(e *logentry.Entry, str strength) uint64 {
	var what string
	var fill func(*cell)
	if m := primary(c.scratch); m != nil {
		what, fill = identityKey(*m), func(v *cell) { fillMatch(v, m) }
	} else if str >= weak {
		id, template := patternOf(e.Text())
		what, fill = id, func(v *cell) { fillPattern(v, template, e.Text()) }
	} else {
		return 0
	}
	c.cells.at(what, e.Scope.Service, e.Scope.Revision, fill).see(e.Time, "", e.Severity)
	return hash64(what, "")
}

func (c *Collector) observe(e *logentry.Entry, str strength, ms []signature.Match) *observation {
	o := &observation{strength: str, err: str == isError, unit: unitOf(e)}
	o.e = e
	o.matches = ms
	return o
}

// own replaces what the observation borrows by copies. Of what the second pass
// does not read (labels, the raw record) nothing is kept, and texts that come
// again and again are kept once.
func (o *observation) own(in *interner) {
	e := *o.e
	if len(e.Message) > maxMessage {
		e.Message = e.Message[:maxMessage]
	}
	if len(e.Detail) > maxMessage {
		e.Detail = e.Detail[:maxMessage]
	}
	e.Raw, e.Labels, e.ResourceLabels, e.ErrorGroups = nil, nil, nil, nil
	for _, s := range []*string{
		&e.Pos.Name, &e.DetailField, &e.LogName, &e.ResourceType,
		&e.Scope.Project, &e.Scope.Location, &e.Scope.Service, &e.Scope.Kind, &e.Scope.Revision, &e.Scope.Instance,
		&e.Scope.Execution, &e.Scope.Namespace, &e.Scope.Pod, &e.Scope.Container,
	} {
		*s = in.keep(*s)
	}
	if o.interesting() {
		e.Message, e.Detail = in.keep(e.Message), in.keep(e.Detail)
	} else {
		e.Message, e.Detail = strings.Clone(e.Message), ""
	}
	e.InsertID, e.SpanID = strings.Clone(e.InsertID), ""
	e.Trace, e.Scope.Trace = "", strings.Clone(e.Scope.Trace)
	if e.HTTP != nil {
		h := *e.HTTP
		h.Method, h.URL, h.LatencyS = in.keep(h.Method), in.keep(h.URL), ""
		h.UserAgent, h.RemoteIP = "", ""
		e.HTTP = &h
	}
	if e.Source != nil || e.Operation != nil || e.Split != nil || e.Audit != nil {
		clone := e.Clone()
		o.e = clone
	} else {
		o.e = &e
	}
	ms := make([]signature.Match, len(o.matches))
	for i, m := range o.matches {
		ms[i] = signature.Match{Sig: m.Sig, Values: make([]string, len(m.Values))}
		for j, v := range m.Values {
			ms[i].Values[j] = in.keep(v)
		}
	}
	o.matches = ms
}

// interner keeps one copy of a text that comes again.
type interner struct{ texts map[string]string }

// maxInterned bounds the texts that are remembered, maxInternedLen their length.
const (
	maxInterned    = 20_000
	maxInternedLen = 8 << 10
)

func (in *interner) keep(s string) string {
	if s == "" {
		return ""
	}
	if k, ok := in.texts[s]; ok {
		return k
	}
	c := strings.Clone(s)
	if len(s) <= maxInternedLen && len(in.texts) < maxInterned {
		in.texts[c] = c
	}
	return c
}

var unitSeed = uint64(14695981039346656037)

// unitOf hashes the join unit of an entry, the same in every process.
func unitOf(e *logentry.Entry) uint64 {
	switch {
	case e.Scope.Instance != "":
		return hash64("i", e.Scope.Instance)
	case e.Scope.Execution != "":
		return hash64("x", e.Scope.Execution)
	case e.Scope.Trace != "":
		return hash64("t", e.Scope.Trace)
	case e.Time.Known():
		return hash64("m"+e.Scope.Service, e.Time.Time().Format("200601021504"))
	}
	return hash64("s", e.Scope.Service)
}

// hash64 is FNV-1a with a final mix: stable over processes, unlike maphash.
func hash64(a, b string) uint64 {
	h := unitSeed
	for i := 0; i < len(a); i++ {
		h = (h ^ uint64(a[i])) * 1099511628211
	}
	h = (h ^ 0xff) * 1099511628211
	for i := 0; i < len(b); i++ {
		h = (h ^ uint64(b[i])) * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	return h
}

// sample keeps observations by unit: all while they fit, then those of the
// units with the smallest hash, so that cause and effect of a unit stay or go
// together; of one kind in one unit it keeps the first and last. The bounds
// decide what stays, not the order of arrival: the threshold is the largest
// power of two whose units fit, and a run counts toward it with what it keeps.
type sample struct {
	max     int
	limit   uint64 // units with a hash above are dropped
	size    int    // sum of what each run keeps
	seen    int
	runs    map[runKey]*run
	bounded bool
}

// runKey names the observations of one kind in one unit.
type runKey struct{ unit, what uint64 }

type run struct {
	obs     []*observation
	trimmed bool
	// lo and hi bound the middle that a trimmed run has given up: an entry
	// strictly between them is not even copied.
	lo, hi logentry.Time
}

// runEnds is how many observations a run keeps at each end.
const runEnds = 250

func newSample(max int) sample {
	return sample{max: max, limit: ^uint64(0), runs: map[runKey]*run{}}
}

func (s *sample) add(o *observation, in *interner) {
	s.seen++
	if o.unit > s.limit {
		s.bounded = true
		return
	}
	if r := s.runs[runKey{o.unit, o.what}]; r != nil && r.trimmed && r.lo < r.hi {
		if t := o.e.End(); t > r.lo && t < r.hi {
			return
		}
	}
	o.own(in)
	s.put(o)
	s.shrink()
}

func (s *sample) put(o *observation) {
	k := runKey{o.unit, o.what}
	r := s.runs[k]
	if r == nil {
		r = &run{}
		s.runs[k] = r
	}
	r.obs = append(r.obs, o)
	if len(r.obs) <= 2*runEnds {
		s.size++
	}
	if len(r.obs) > 4*runEnds {
		r.trim()
	}
}

// trim keeps the first and last of a run, in the order of time and place.
func (r *run) trim() {
	if len(r.obs) <= 2*runEnds {
		return
	}
	sort.Slice(r.obs, func(i, j int) bool { return before(r.obs[i].e, r.obs[j].e) })
	kept := append(r.obs[:runEnds:runEnds], r.obs[len(r.obs)-runEnds:]...)
	r.lo, r.hi = kept[runEnds-1].e.End(), kept[runEnds].e.End()
	r.obs, r.trimmed = kept, true
}

// shrink halves the threshold until the sample fits; the last unit stays.
func (s *sample) shrink() {
	for s.size > s.max && len(s.runs) > 1 {
		s.bounded = true
		s.limit >>= 1
		s.drop()
		if s.limit == 0 {
			return
		}
	}
}

func (s *sample) drop() {
	for k, r := range s.runs {
		if k.unit > s.limit {
			s.size -= min(len(r.obs), 2*runEnds)
			delete(s.runs, k)
		}
	}
}

func (s *sample) merge(t *sample) {
	s.seen += t.seen
	s.bounded = s.bounded || t.bounded
	s.limit = min(s.limit, t.limit)
	s.drop()
	for k, r := range t.runs {
		if k.unit > s.limit {
			s.bounded = true
			continue
		}
		for _, o := range r.obs {
			s.put(o)
		}
		if r.trimmed {
			s.runs[k].trimmed = true // what was given up there is given up here
		}
	}
	s.shrink()
}

// all returns what is kept, in the order of time and place.
func (s *sample) all() []*observation {
	var out []*observation
	for _, r := range s.runs {
		r.trim()
		s.bounded = s.bounded || r.trimmed
		out = append(out, r.obs...)
	}
	sort.Slice(out, func(i, j int) bool { return before(out[i].e, out[j].e) })
	return out
}

// Merge adds what d observed to c. d is not used afterwards.
func (c *Collector) Merge(d *Collector) {
	c.kept.merge(&d.kept)
	c.side.merge(&d.side)
	c.mergeTally(d)
	c.mergeStated(d)
	c.cells.merge(&d.cells)
	for k, v := range d.health {
		mergeCell(c.health, k, v)
	}
	for k, v := range d.scopes {
		mergeCell(c.scopes, k, v)
	}
	for k, v := range d.routes {
		r := c.routes[k]
		if r == nil {
			c.routes[k] = v
			continue
		}
		r.n += v.n
		for i := range r.by {
			r.by[i] += v.by[i]
		}
		r.first, r.last = widen(r.first, r.last, v.first)
		r.first, r.last = widen(r.first, r.last, v.last)
	}
	for k, v := range d.minutes {
		if m := c.minutes[k]; m != nil {
			m.n += v.n
			m.errors += v.errors
		} else {
			c.minutes[k] = v
		}
	}
	addTicks(c.logs, d.logs)
	addTicks(c.app, d.app)
	for k, v := range d.severities {
		c.severities[k] += v
	}
	c.entries += d.entries
	c.untimed += d.untimed
	c.errors += d.errors
	c.undeclaredErrors += d.undeclaredErrors
	c.badUTF8 += d.badUTF8
	c.first, c.last = widen(c.first, c.last, d.first)
	c.first, c.last = widen(c.first, c.last, d.last)
}

func newCell() *cell { return &cell{first: logentry.NoTime, last: logentry.NoTime} }

func (c *cell) see(t logentry.Time, instance string, level logentry.Severity) {
	c.n++
	c.first, c.last = widen(c.first, c.last, t)
	c.level = max(c.level, level)
	if instance == "" {
		return
	}
	h := hash64("i", instance)
	if _, ok := c.instances[h]; !ok && len(c.instances) < maxInstances {
		if c.instances == nil {
			c.instances = map[uint64]struct{}{}
		}
		c.instances[h] = struct{}{}
	}
}

func mergeCell[K comparable](m map[K]*cell, k K, v *cell) {
	if c := m[k]; c != nil {
		c.join(v)
		return
	}
	m[k] = v
}

func widen(first, last, t logentry.Time) (logentry.Time, logentry.Time) {
	if !t.Known() {
		return first, last
	}
	if !first.Known() || t < first {
		first = t
	}
	if !last.Known() || t > last {
		last = t
	}
	return first, last
}

// tick counts a key that is only borrowed: an assignment to a map of strings
// also stores the key that it is made with, so that must be a copy each time,
// and the counter is reached by a pointer instead.
func tick(m map[string]*int, k string) {
	if n := m[k]; n != nil {
		*n++
		return
	}
	n := 1
	m[strings.Clone(k)] = &n
}

// addTicks adds what another counted.
func addTicks(m, from map[string]*int) {
	for k, v := range from {
		if n := m[k]; n != nil {
			*n += *v
		} else {
			m[k] = v
		}
	}
}

// sortedKeys returns the keys of m in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
