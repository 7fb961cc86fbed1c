package correlate

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// StatedEvent is something that happened elsewhere, as people state it: a
// deploy, a decision, an alert. It is told and cuts epochs; it is never a
// cause, for that something changed before says when, not why.
type StatedEvent struct {
	Time     logentry.Time
	Title    string
	Kind     string // deploy, config, scale, decision, alert, other
	Service  string // "" concerns all
	Revision string
	URL      string
	By       string
	Source   string // the name of the file, such as "events.yaml"
}

// Context is what people state of the services.
type Context struct {
	Source     string // the name of the file, such as "context.yaml"
	Services   []ServiceContext
	Statements []Statement
}

// ServiceContext describes one service.
type ServiceContext struct {
	Name, Title, Owner, Purpose string
	DependsOn                   []string
	Healthy                     []string // texts, or ids of signatures, that show that it works
	Hosts                       []string // in lower case, without port
}

// Statement is a sentence about the business; About is a service, or "".
type Statement struct{ Text, About string }

const (
	// statedMargin is how far outside the entries a stated event is told.
	statedMargin = 24 * time.Hour
	// statedSlack is how exact times are that people write down: a cause and an
	// effect nearer than this are not parted by an event between them.
	statedSlack = time.Minute
)

// asStated names the file that a sentence stands in.
func asStated(source string) string { return "as stated in " + incident.Code(source) }

// statedChanges are the stated events within a day of the entries, and before
// that the last deploy of each service.
func (x *explainer) statedChanges() []*change {
	from, to := x.c.first.Add(-statedMargin), x.c.last.Add(statedMargin)
	early := map[string]*change{}
	var out []*change
	for i := range x.opt.Events {
		e := &x.opt.Events[i]
		c := statedChange(e)
		switch {
		case !x.c.first.Known() || e.Time >= from && e.Time <= to:
			out = append(out, c)
		case e.Time < from && c.alters():
			if o := early[e.Service]; o == nil || o.t <= c.t {
				early[e.Service] = c
			}
		}
	}
	for _, s := range sortedKeys(early) {
		out = append(out, early[s])
	}
	return out
}

func statedChange(e *StatedEvent) *change {
	c := &change{
		t: e.Time, kind: e.Kind, stated: e, scope: logentry.Scope{Service: e.Service, Revision: e.Revision},
		title: incident.Prose(incident.Short(e.Title, 160) + ", " + asStated(e.Source)),
	}
	if e.Revision != "" {
		c.details = append(c.details, incident.Prose("revision "+incident.Short(e.Revision, 80)))
	}
	if e.URL != "" {
		c.details = append(c.details, incident.Prose("see "+incident.Short(e.URL, 200)))
	}
	return c
}

// alters reports whether a stated event changes what runs.
func (c *change) alters() bool {
	return c.stated != nil && (c.kind == "deploy" || c.kind == "config" || c.kind == "scale")
}

// announcing are the changes that announce a revision: audit entries and
// stated deploys.
func announcing(seen, stated []*change) []*change {
	out := append([]*change(nil), seen...)
	for _, c := range stated {
		if c.alters() {
			out = append(out, c)
		}
	}
	return out
}

// concerns reports whether a change is one of the service that fails, of the
// one that holds the cause, or, where people state it so, of all services.
func (c *change) concerns(g *group) bool {
	return c.scope.Service == g.service || c.scope.Service == g.root.service || c.stated != nil && c.scope.Service == ""
}

// noChange says that nothing is known to have changed before an incident.
func (x *explainer) noChange() incident.Prose {
	audit := x.hasLog("cloudaudit.googleapis.com/activity")
	switch {
	case len(x.opt.Events) > 0 && audit:
		return incident.Prose("no change of this service is seen or stated in " + incident.Code(x.opt.Events[0].Source) + " before it")
	case len(x.opt.Events) > 0:
		return incident.Prose("none is stated in " + incident.Code(x.opt.Events[0].Source) + "; no audit log of changes is in the input")
	case !audit && x.auditAsked():
		return "no change of this service was logged: audit entries were asked for, also before the window, and none came"
	case !audit:
		return "unknown: no audit log of changes is in the input"
	}
	return "no change of this service is seen before it"
}

// parted reports whether a stated deploy of their service lies between a cause
// and an effect. It speaks only where revisions do not tell epochs apart, and
// not of neighbours in time.
//
//	cause   --1-----------
//	deploy  -----D--------   stated, minutes later
//	effect  ----------1---   of another epoch: not tied
func (x *explainer) parted(c, ev *event, rung signature.Rung) bool {
	if len(x.opt.Events) == 0 || rung <= signature.RungRequest || c.scope.Revision != "" && ev.scope.Revision != "" || ev.t.Sub(c.t) <= statedSlack {
		return false
	}
	all := x.opt.Events
	for i := sort.Search(len(all), func(i int) bool { return all[i].Time > c.t }); i < len(all) && all[i].Time <= ev.t; i++ {
		if e := &all[i]; e.Service != "" && e.Service == ev.scope.Service && (e.Kind == "deploy" || e.Kind == "config") {
			return true
		}
	}
	return false
}

// serviceContext is what is stated of a service, nil when nothing is.
func (x *explainer) serviceContext(name string) *ServiceContext {
	for i := range x.opt.Context.Services {
		if x.opt.Context.Services[i].Name == name {
			return &x.opt.Context.Services[i]
		}
	}
	return nil
}

// about tells what people state of the services of an incident.
func (x *explainer) about(g *group) []incident.Prose {
	var out []incident.Prose
	for _, name := range g.services() {
		s := x.serviceContext(name)
		if s == nil {
			continue
		}
		var parts []string
		add := func(before, text, after string) {
			if text != "" {
				parts = append(parts, before+incident.Short(text, 160)+after)
			}
		}
		add("", s.Title, "")
		add("", s.Purpose, "")
		add("owned by ", s.Owner, "")
		if len(s.DependsOn) > 0 {
			parts = append(parts, x.dependencies(s))
		}
		if len(parts) > 0 {
			out = append(out, incident.Prose(incident.Code(name)+": "+strings.Join(parts, "; ")+" ("+asStated(x.opt.Context.Source)+")."))
		}
	}
	return out
}

// dependencies names what a service needs, and which of it the input is silent on.
func (x *explainer) dependencies(s *ServiceContext) string {
	var silent []string
	for _, d := range s.DependsOn {
		if !x.hasService(d) {
			silent = append(silent, d)
		}
	}
	text := "depends on " + codeList(s.DependsOn)
	if len(silent) > 0 {
		text += ", and no entry of " + codeList(silent) + " is in the input"
	}
	return text
}

func (x *explainer) hasService(name string) bool {
	for k := range x.c.scopes {
		if k[1] == name {
			return true
		}
	}
	return false
}

// statements quotes what people state of the impact on the services of an incident.
func (x *explainer) statements(g *group) []incident.Prose {
	var out []incident.Prose
	for _, s := range x.opt.Context.Statements {
		if s.About == "" || contains(g.services(), s.About) {
			out = append(out, incident.Prose("Impact: "+incident.Short(s.Text, 400)+" ("+asStated(x.opt.Context.Source)+")."))
		}
	}
	return out
}

// markerKey is where a stated marker of health was seen.
type markerKey struct {
	marker, service, instance string
}

// countStated notes the markers of health that people stated for the service
// of an entry. Ids of signatures are counted with the other matches.
func (c *Collector) countStated(e *logentry.Entry) {
	if len(c.opt.Context.Services) == 0 || !e.Time.Known() {
		return
	}
	for i := range c.opt.Context.Services {
		s := &c.opt.Context.Services[i]
		if s.Name != e.Scope.Service {
			continue
		}
		for _, m := range s.Healthy {
			if !strings.Contains(e.Text(), m) && !matched(c, m) {
				continue
			}
			k := markerKey{m, s.Name, strings.Clone(e.Scope.Instance)}
			if len(c.markers) > 50_000 {
				k.instance = ""
			}
			if c.markers == nil {
				c.markers = map[markerKey][]logentry.Time{}
			}
			c.markers[k] = keepTime(c.markers[k], e.End())
		}
	}
}

// matched reports whether the entry at hand is one of a signature.
func matched(c *Collector, id string) bool {
	for i := range c.scratch {
		if c.scratch[i].Sig.ID == id {
			return true
		}
	}
	return false
}

// keepTime keeps the first and the last of some times, in order: what lies
// between tells nothing that they do not.
func keepTime(ts []logentry.Time, t logentry.Time) []logentry.Time {
	if len(ts) == 0 {
		return []logentry.Time{t, t}
	}
	ts[0], ts[1] = min(ts[0], t), max(ts[1], t)
	return ts
}

func (c *Collector) mergeStated(d *Collector) {
	for k, ts := range d.markers {
		if c.markers == nil {
			c.markers = map[markerKey][]logentry.Time{}
		}
		for _, t := range ts {
			c.markers[k] = keepTime(c.markers[k], t)
		}
	}
}

// healthyBefore finds a stated marker of health before an incident: the latest
// of the first and last of each instance.
func (x *explainer) healthyBefore(g *group) (logentry.Time, string) {
	best, words := logentry.NoTime, ""
	for _, k := range x.markersOf(g) {
		for _, t := range x.c.markers[k] {
			if t < g.first && (!best.Known() || t > best) {
				best, words = t, incident.Short(k.marker, 80)+" at "+x.clock(t)
			}
		}
	}
	return best, words
}

// healthyAfter tells that a stated marker is seen after the last event of an
// incident. What the failing instances show too proves only itself.
func (x *explainer) healthyAfter(g *group) incident.Prose {
	failing := g.instances()
	shown := map[string]bool{}
	for _, k := range x.markersOf(g) {
		for _, t := range x.c.markers[k] {
			if contains(failing, k.instance) && t >= g.first && t <= g.last {
				shown[k.marker] = true
			}
		}
	}
	for _, k := range x.markersOf(g) {
		if ts := x.c.markers[k]; !shown[k.marker] && ts[1] > g.last {
			return incident.Prose(fmt.Sprintf("%s is seen afterwards, which shows that it works, %s", incident.Short(k.marker, 80), asStated(x.opt.Context.Source)))
		}
	}
	return ""
}

// markersOf lists the stated markers of an incident's service, in a fixed order.
func (x *explainer) markersOf(g *group) []markerKey {
	var out []markerKey
	for k := range x.c.markers {
		if k.service == g.service {
			out = append(out, k)
		}
	}
	sortMarkers(out)
	return out
}

func sortMarkers(ks []markerKey) {
	sort.Slice(ks, func(i, j int) bool {
		a, b := ks[i], ks[j]
		if a.marker != b.marker {
			return a.marker < b.marker
		}
		return a.instance < b.instance
	})
}

// withStated adds to an incident what people state of it. A statement about
// the impact takes the place of the blank that asks for it.
func (x *explainer) withStated(g *group, inc incident.Incident) incident.Incident {
	inc.About = x.about(g)
	inc.Stated = x.statements(g)
	if len(inc.Stated) > 0 && len(inc.Prompts) > 0 {
		inc.Prompts = inc.Prompts[1:]
	}
	if t, words := x.healthyBefore(g); t.Known() && !strings.Contains(string(inc.Summary.Since), ", after ") {
		inc.Summary.Since += incident.Prose("; before it, " + words)
	}
	return inc
}

// inside reports whether a stretch lies within the entries that were read:
// outside them silence is no news.
func (x *explainer) inside(from, to time.Time) bool {
	return !from.Before(x.c.first.Time()) && !to.After(x.c.last.Time())
}
