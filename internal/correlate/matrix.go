package correlate

import (
	"fmt"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/signature"
)

// matrix sets every candidate of an incident against the same tests on the
// same occurrences: those of the headline. Links are tested on what assignment
// gave them; here each candidate is asked as if it stood alone, so that a
// reader sees what separates them. It is nil where there is one candidate only.
func (x *explainer) matrix(g *group, rivals []incident.Rival) *incident.Table {
	t := &incident.Table{
		Title:  "Candidates and tests",
		Header: []string{"candidate", "verdict", "stands before", "missing before", "not followed", "goes on after its last", "where it works"},
	}
	add := func(f *finding, verdict string) {
		c := x.confront(g, f)
		t.Rows = append(t.Rows, []incident.Prose{
			incident.Prose(f.id+" ") + lower(x.title(f)), incident.Prose(verdict), c.before(), c.without(), c.unfollowed(), c.goesOn(), x.whereItWorks(f),
		})
	}
	seen := map[*finding]bool{g.headline: true}
	if g.caused {
		for i := len(g.chain) - 1; i >= 0; i-- {
			if l := g.chain[i]; !seen[l.key.cause] {
				seen[l.key.cause] = true
				add(l.key.cause, l.verdict)
			}
		}
	}
	for _, r := range rivals {
		if f := x.findingByID(r.Finding); f != nil && !seen[f] {
			seen[f] = true
			add(f, r.Verdict)
		}
	}
	if len(t.Rows) < 2 {
		return nil
	}
	return t
}

func (x *explainer) findingByID(id string) *finding {
	for _, f := range x.findings {
		if f.id == id {
			return f
		}
	}
	return nil
}

// confrontation is one candidate against the occurrences of a headline.
type confrontation struct {
	held, all   int // occurrences that have it within reach, of all that can be tested
	least, most time.Duration
	follows, of int // occurrences of the candidate that the headline follows
	after       int // occurrences later than its last and beyond its reach
	late        time.Duration
	joined      bool // the two share an id to join by
}

func (x *explainer) confront(g *group, c *finding) confrontation {
	var out confrontation
	followed := map[*event]bool{}
	reach := InstanceReach
	if n := len(g.chain); n > 0 {
		_, _, _, most := g.spanLags()
		reach = max(reach, most)
	}
	for _, ev := range g.members[g.headline] {
		list := x.beforeList(ev)
		if list == nil || !ev.t.Known() {
			continue
		}
		near := nearestOf(list, c, ev, reach, followed)
		if near == nil && x.cutOff(ev, reach) {
			continue
		}
		out.joined = true
		out.all++
		if near == nil {
			if c.last.Known() && ev.t > c.last.Add(reach) {
				out.after++
				out.late = max(out.late, ev.t.Sub(c.last))
			}
			continue
		}
		lag := ev.t.Sub(near.t)
		if out.held == 0 || lag < out.least {
			out.least = lag
		}
		if out.held == 0 || lag > out.most {
			out.most = lag
		}
		out.held++
	}
	out.of, out.follows = len(c.events), len(followed)
	return out
}

// beforeList is the list of events on which a candidate must stand to be tied
// to ev: the closest rung that ev has.
func (x *explainer) beforeList(ev *event) []*event {
	switch s := ev.scope; {
	case s.Instance != "":
		return x.index.instance[s.Instance]
	case ev.trace != "":
		return x.index.trace[ev.trace]
	case s.Execution != "":
		return x.index.execution[s.Execution]
	case s.Revision != "":
		return x.index.revision[s.Revision]
	case s.Service != "":
		return x.index.service[s.Service]
	}
	return x.index.nowhere
}

// nearestOf finds the nearest event of c before ev within reach, for a request
// also up to RequestSlack after its end, and notes all that ev follows.
func nearestOf(list []*event, c *finding, ev *event, reach time.Duration, followed map[*event]bool) *event {
	var best *event
	slack := OrderSlack
	if ev.http() != nil {
		slack = RequestSlack
	}
	for _, o := range list {
		if o.finding != c || o == ev {
			continue
		}
		lag := ev.t.Sub(o.t)
		if lag < -slack || lag > reach {
			continue
		}
		followed[o] = true
		if best == nil || abs(lag) < abs(ev.t.Sub(best.t)) {
			best = o
		}
	}
	return best
}

func (c confrontation) before() incident.Prose {
	if !c.joined {
		return "no id to join by"
	}
	if c.held == 0 {
		return incident.Prose(fmt.Sprintf("0 of %d", c.all))
	}
	lag := duration(c.most)
	if c.most < 0 {
		lag = duration(-c.most) + " after"
	}
	if duration(c.least) != duration(c.most) {
		lag = duration(c.least) + " to " + lag
	}
	return incident.Prose(fmt.Sprintf("%d of %d, %s", c.held, c.all, lag))
}

func (c confrontation) without() incident.Prose {
	if !c.joined {
		return "unknown"
	}
	return incident.Prose(fmt.Sprintf("%d of %d", c.all-c.held, c.all))
}

func (c confrontation) unfollowed() incident.Prose {
	return incident.Prose(fmt.Sprintf("%d of %d", c.of-c.follows, c.of))
}

func (c confrontation) goesOn() incident.Prose {
	if c.after == 0 {
		return "no"
	}
	return incident.Prose(fmt.Sprintf("%d, up to %s", c.after, duration(c.late)))
}

// whereItWorks says on how many instances that served requests a candidate
// was seen too.
func (x *explainer) whereItWorks(f *finding) incident.Prose {
	served := x.servedInstances(f.service)
	if len(served) == 0 {
		return "none that serves"
	}
	n := map[string]bool{}
	for _, ev := range f.events {
		if served[ev.scope.Instance] {
			n[ev.scope.Instance] = true
		}
	}
	return incident.Prose(fmt.Sprintf("on %d of %d", len(n), len(served)))
}

// servedInstances are the instances of a service that answered a request well.
func (x *explainer) servedInstances(service string) map[string]bool {
	if m, ok := x.serving[service]; ok {
		return m
	}
	m := map[string]bool{}
	for k := range x.c.health {
		if sig := x.cat.At(k.sig); k.service == service && k.instance != "" && sig.Role == signature.RoleHealthy && sig.HasClass("traffic") {
			m[k.instance] = true
		}
	}
	x.serving[service] = m
	return m
}

// maxSeparated bounds the texts that one separating filter asks for.
const maxSeparated = 4

// separating is the check that best tells the rivals that are left from the
// cause: whether they also stand where the service works. A line that does is
// no cause; what stands only in failing units remains.
func (x *explainer) separating(g *group, rivals []incident.Rival) (incident.Check, bool) {
	ev := g.members[g.headline][0]
	var texts []string
	for _, r := range rivals {
		f := x.findingByID(r.Finding)
		if f == nil || f.role == signature.RoleHealthy || r.Verdict == incident.Contradicted || len(texts) == maxSeparated {
			continue
		}
		if t := filterText(f.events[0].entry().Message); t != "" {
			texts = append(texts, t)
		}
	}
	if len(texts) == 0 || ev.scope.Project == "" || ev.scope.Service == "" || !g.first.Known() {
		return incident.Check{}, false
	}
	scope := ev.scope
	scope.Revision, scope.Pod = "", ""
	filter := x.scopeFilter(scope)
	if filter == "" {
		return incident.Check{}, false
	}
	any := fmt.Sprintf("%q", texts[0])
	for _, t := range texts[1:] {
		any += fmt.Sprintf(" OR %q", t)
	}
	return incident.Check{
		Text: "Do the other lines that stand before it appear where the service works, too?", Lang: "lql",
		Command: fmt.Sprintf("%s\n(%s)\ntimestamp>=%q timestamp<%q", strings.ReplaceAll(filter, "\n  ", "\n"), any,
			g.first.Add(-24*time.Hour).Time().Format(time.RFC3339), g.first.Time().Format(time.RFC3339Nano)),
		Note: "What is found there before the onset is no cause; what is not found stays a rival.",
	}, true
}

// filterText is the longest part of a line that is no value, as a Logging
// query asks for it; "" where the line has none of at least ten bytes.
func filterText(message string) string {
	best := ""
	for part := range strings.FieldsFuncSeq(mask(headless(firstLine(message))), func(r rune) bool { return r == '*' || r == '"' || r == '\\' }) {
		if part = strings.Trim(part, " \t:;,.-=()[]{}<>'`"); len(part) > len(best) {
			best = part
		}
	}
	if len(best) < 10 {
		return ""
	}
	return incident.Clip(best, 80)
}
