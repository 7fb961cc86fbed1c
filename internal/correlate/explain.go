package correlate

import (
	"sort"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// explainer holds the state of the second pass.
type explainer struct {
	cat     *signature.Catalog
	matcher *signature.Matcher
	c       *Collector
	read    Read
	opt     Options

	obs      []*observation // nil once the events are made
	kept     int            // how many there were
	bounded  bool           // observations were dropped
	thinned  bool           // context lines were dropped
	unshown  int            // events that are counted and belong to no finding
	events   []*event
	findings []*finding
	byKey    map[string]*finding
	merged   map[string]mergedPattern // patterns as they are shown
	asides   []aside

	index    joinIndex
	links    map[linkKey]*linkStat
	far      map[*finding]map[*finding]bool // see farCauses
	late     map[*finding]bool
	starts   map[string][]start
	banned   map[linkKey]bool           // links whose tests contradict them
	outTaken []*linkStat                // those links, as they were tested
	serving  map[string]map[string]bool // instances that served, by service
	groups   []*group
	holders  map[*event]*group // the incident of an event, made when it is asked for
	changes  []*change

	ev *evidenceBook
}

func newExplainer(cat *signature.Catalog, c *Collector, read Read, opt Options) *explainer {
	return &explainer{
		cat: cat, matcher: cat.NewMatcher(), c: c, read: read, opt: opt,
		byKey: map[string]*finding{}, banned: map[linkKey]bool{}, far: map[*finding]map[*finding]bool{}, late: map[*finding]bool{}, starts: map[string][]start{},
		serving: map[string]map[string]bool{},
	}
}

// order brings observations and context lines into one order.
func (x *explainer) order() {
	obs := x.c.kept.all()
	side := x.c.side.all()
	x.bounded, x.thinned = x.c.kept.bounded, x.c.side.bounded
	obs = append(obs, side...)
	sort.SliceStable(obs, func(i, j int) bool { return before(obs[i].e, obs[j].e) })
	x.obs, x.kept = obs, len(obs)
	// The collector's copies are not needed any more: most context lines go
	// when the events are made.
	x.c.kept.runs, x.c.side.runs, x.c.texts.texts = nil, nil, nil
}

// finding is all events of one signature (and identity) or pattern in one service.
type finding struct {
	id       string
	what     string // signature id with identity, or pattern id
	service  string
	sig      *signature.Signature
	template string
	role     signature.Role
	events   []*event

	count       int
	sampled     bool // count is exact, events are a sample
	first, last logentry.Time
	revisions   []string
	instances   map[string]bool
	level       logentry.Severity

	decoy  bool   // a line of every start, whatever becomes of it
	beside bool   // a hit beside events that have a better name
	group  *group // the incident that holds it as a symptom or in its chain; nil when none
}

// find names every event and puts those of one name and service together.
func (x *explainer) find() {
	x.merged = x.mergeNames()
	for _, ev := range x.events {
		what, template := x.nameOf(ev)
		if what == "" {
			continue
		}
		if m, ok := x.merged[what]; ok {
			what, template = m.id, m.template
		}
		key := what + "\x01" + ev.scope.Service
		f := x.byKey[key]
		if f == nil {
			f = &finding{
				what: what, service: ev.scope.Service, sig: ev.sig(), template: template, role: ev.role,
				first: logentry.NoTime, last: logentry.NoTime, instances: map[string]bool{},
			}
			x.byKey[key] = f
			x.findings = append(x.findings, f)
		}
		f.add(ev)
	}
	x.addAsides()
	if x.bounded {
		x.countExactly()
	}
	for _, f := range x.findings {
		sort.Strings(f.revisions)
	}
}

// mergeNames merges, for display, patterns that differ only in slots that take
// many values.
func (x *explainer) mergeNames() map[string]mergedPattern {
	templates := map[string]string{}
	for _, ev := range x.events {
		if what, template := x.nameOf(ev); template != "" {
			templates[what] = template
		}
	}
	for k, c := range x.c.cells.m {
		if c.template != "" {
			templates[k.what] = c.template
		}
	}
	return mergePatterns(templates)
}

// nameOf returns what an event is: a signature with identity, or a pattern.
// Events that nothing names and that are no errors have no finding.
func (x *explainer) nameOf(ev *event) (what, template string) {
	if ev.prim != nil {
		return identityKey(*ev.prim), ""
	}
	if !ev.err && !ev.weak {
		return "", ""
	}
	id, template := patternOf(ev.text)
	return id, template
}

func (f *finding) add(ev *event) {
	ev.finding = f
	f.events = append(f.events, ev)
	f.count++
	f.first, f.last = widen(f.first, f.last, ev.entry().Time)
	f.level = max(f.level, ev.level)
	if r := ev.scope.Revision; r != "" && !contains(f.revisions, r) {
		f.revisions = append(f.revisions, r)
	}
	if i := ev.scope.Instance; i != "" {
		f.instances[i] = true
	}
}

// exact is what the cells say of one finding.
type exact struct {
	n           int
	first, last logentry.Time
	revisions   map[string]bool
}

func (t *exact) take(k cellKey, c *cell) {
	t.n += c.n
	t.first, t.last = widen(t.first, t.last, c.first)
	t.first, t.last = widen(t.first, t.last, c.last)
	if k.revision != "" {
		t.revisions[k.revision] = true
	}
}

// countExactly replaces the counts of sampled events by those of the cells.
// What was counted under a coarser name belongs to the finding that alone has
// events of that name; what belongs to none is told in the coverage.
func (x *explainer) countExactly() {
	owners := map[string]*finding{}
	if x.c.cells.bounded() {
		owners = x.coarseOwners()
	}
	totals := map[*finding]*exact{}
	for k, c := range x.c.cells.m {
		what := k.what
		if m, ok := x.merged[what]; ok {
			what = m.id
		}
		f := x.byKey[what+"\x01"+k.service]
		if f == nil {
			f = owners[k.what+"\x01"+k.service]
		}
		if f == nil {
			x.unshown += c.n
			continue
		}
		t := totals[f]
		if t == nil {
			t = &exact{first: logentry.NoTime, last: logentry.NoTime, revisions: map[string]bool{}}
			totals[f] = t
		}
		t.take(k, c)
	}
	for f, t := range totals {
		if t.n <= f.count {
			continue
		}
		f.count, f.sampled = t.n, true
		f.first, f.last = widen(f.first, f.last, t.first)
		f.first, f.last = widen(f.first, f.last, t.last)
		f.revisions = sortedKeys(t.revisions)
	}
}

// coarseOwners finds the finding that has all kept events of a coarser name.
func (x *explainer) coarseOwners() map[string]*finding {
	out := map[string]*finding{}
	for _, f := range x.findings {
		names := map[string]bool{}
		for _, ev := range f.events {
			switch {
			case f.sig == nil:
				id, _ := coarsePattern(ev.text)
				names[id] = true
			case len(f.sig.Identity) > 0:
				names[f.sig.ID+"\x00*"] = true
			}
		}
		for n := range names {
			k := n + "\x01" + f.service
			if _, taken := out[k]; taken {
				out[k] = nil
				continue
			}
			out[k] = f
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// severityOf returns the severity a finding has by itself.
func (f *finding) severity() string {
	if f.sig != nil && f.sig.Severity != "" {
		return f.sig.Severity
	}
	switch {
	case f.role == signature.RoleHealthy, f.role == signature.RoleNoise, f.role == signature.RoleChange:
		return incident.Info
	case f.level >= logentry.SeverityError, f.role == signature.RoleFault:
		return incident.Medium
	}
	return incident.Low
}
