package correlate

import (
	"fmt"
	"sort"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// maxRivals bounds what is listed beside a cause.
const maxRivals = 4

// rivals are what was seen in the same units before the headline and is not
// the cause: errors and warnings that stand nearer to something else, and
// success messages that prove only themselves.
func (x *explainer) rivals(g *group) []incident.Rival {
	in := map[*finding]bool{g.root: true, g.headline: true}
	for _, l := range g.chain {
		in[l.key.cause], in[l.key.effect] = true, true
	}
	for f := range g.members {
		in[f] = true
	}
	var out []incident.Rival
	for _, r := range x.seenBeside(g, in) {
		if len(out) == maxRivals {
			break
		}
		out = append(out, r)
	}
	return append(out, x.earlier(g)...)
}

// earlier names the incidents that came first and that nothing ties to this
// one: what people blame, because it came before.
func (x *explainer) earlier(g *group) []incident.Rival {
	var out []incident.Rival
	for _, o := range x.groups {
		if len(out) == 2 {
			break
		}
		if o == g || !o.caused || !o.last.Known() || !g.first.Known() || o.last >= g.first || !sameService(o, g) {
			continue
		}
		gap := duration(g.first.Sub(o.last))
		r := incident.Rival{Finding: o.root.id, Title: lower(x.title(o.root)) + incident.Prose(" (["+o.id+"])"), Evidence: x.ev.events(o.members[o.root][0])}
		if len(g.instances()) == 0 && len(g.revisions()) == 0 {
			r.Verdict = incident.Untestable
			r.Because = incident.Prose("it came first; " + gap + " lie between, and the entries share no id that could tie or separate them")
		} else {
			r.Verdict = incident.Contradicted
			n := len(g.members[g.headline])
			r.Because = incident.Prose(fmt.Sprintf("it was last seen %s before, and %s within reach", gap,
				plural(n, "the one occurrence does not have it", fmt.Sprintf("none of the %d occurrences has it", n))))
		}
		if o.root.sig != nil {
			for i := range o.root.sig.ContradictedBy {
				c := &o.root.sig.ContradictedBy[i]
				for _, w := range x.witnesses(c, o, g) {
					r.Because += incident.Prose("; " + c.Because + refs(x.ev.events(w)) + " (rule " + incident.Code(o.root.sig.ID) + ")")
					r.Evidence = append(r.Evidence, x.ev.event(w))
				}
			}
		}
		out = append(out, r)
	}
	return out
}

func sameService(a, b *group) bool {
	return a.service == b.service || a.service == "" || b.service == ""
}

// witnesses finds the first event that a contradiction speaks of, between the
// end of one incident and the end of another.
func (x *explainer) witnesses(c *signature.Contradiction, o, g *group) []*event {
	for _, ev := range x.events {
		if !ev.t.Known() || ev.t <= o.last || ev.t > g.last {
			continue
		}
		for _, m := range ev.matches {
			if c.Signature != "" && m.Sig.ID == c.Signature || c.Class != "" && m.Sig.HasClass(c.Class) {
				return []*event{ev}
			}
		}
	}
	return nil
}

// beside counts in how many units of a headline a finding was seen before it.
type beside struct {
	f     *finding
	units map[string]bool
	least time.Duration
	most  time.Duration
	shown *event
}

func (x *explainer) seenBeside(g *group, in map[*finding]bool) []incident.Rival {
	units := map[string]bool{}
	found := map[*finding]*beside{}
	for _, ev := range g.members[g.headline] {
		if ev.scope.Instance == "" || !ev.t.Known() {
			continue
		}
		units[ev.scope.Instance] = true
		list := x.index.instance[ev.scope.Instance]
		i := sort.Search(len(list), func(i int) bool { return list[i].idx >= ev.idx }) - 1
		for n := 0; i >= 0 && n < 200 && ev.t.Sub(list[i].t) <= Burst; i, n = i-1, n+1 {
			noteBeside(found, in, list[i], ev)
		}
	}
	all := make([]*beside, 0, len(found))
	for _, b := range found {
		all = append(all, b)
	}
	sort.Slice(all, func(i, j int) bool {
		if a, b := besideRank(all[i]), besideRank(all[j]); a != b {
			return a < b
		}
		if len(all[i].units) != len(all[j].units) {
			return len(all[i].units) > len(all[j].units)
		}
		return findingLess(all[i].f, all[j].f)
	})
	var out []incident.Rival
	for _, b := range all {
		out = append(out, x.rivalOf(g, b, len(units)))
	}
	return out
}

func besideRank(b *beside) int {
	switch b.f.role {
	case signature.RoleHealthy:
		return 0
	case signature.RoleFault:
		return 1
	case signature.RoleFailure:
		return 2
	}
	return 3
}

func noteBeside(found map[*finding]*beside, in map[*finding]bool, c, ev *event) {
	f := c.finding
	if f == nil || in[f] || c.http() != nil || f.role == signature.RoleNoise || f.role == signature.RoleChange || f.role == signature.RoleImpact {
		return
	}
	if f.role == signature.RoleHealthy && (f.sig == nil || !f.sig.HasClass("healthy")) {
		return
	}
	b := found[f]
	lag := ev.t.Sub(c.t)
	if b == nil {
		b = &beside{f: f, units: map[string]bool{}, least: lag, most: lag, shown: c}
		found[f] = b
	}
	b.units[ev.scope.Instance] = true
	b.least, b.most = min(b.least, lag), max(b.most, lag)
}

func (x *explainer) rivalOf(g *group, b *beside, units int) incident.Rival {
	r := incident.Rival{Finding: b.f.id, Title: x.title(b.f), Verdict: incident.OrderOnly, Evidence: x.ev.events(b.shown)}
	share := fmt.Sprintf("in %d of %d", len(b.units), units)
	lag := duration(b.most)
	if duration(b.least) != lag {
		lag = duration(b.least) + " to " + lag
	}
	unit := g.unit()
	if unit == "" {
		unit = "unit"
	}
	unit = plural(units, unit, unitPlural(unit))
	switch {
	case b.f.role == signature.RoleHealthy:
		r.Because = incident.Prose(fmt.Sprintf("%s failing %s, %s before; it proves only itself, not that the service works", share, unit, lag))
	case b.f.level < logentry.SeverityError:
		r.Because = incident.Prose(fmt.Sprintf("%s, %s before; the application goes on after it and fails elsewhere", share, lag))
	default:
		r.Because = incident.Prose(fmt.Sprintf("%s, %s before; another error stands nearer", share, lag))
	}
	return r
}
