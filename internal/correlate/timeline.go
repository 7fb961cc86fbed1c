package correlate

import (
	"fmt"
	"sort"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// maxTimeline bounds the rows of the timeline; runs are collapsed before that.
const maxTimeline = 2000

// timeline lists what happened, ascending: runs of one finding collapse while
// nothing else comes between. A row is made only where a run begins.
func (x *explainer) timeline() []incident.Event {
	var rows []incident.Event
	changes := x.changes
	var last *event
	for _, ev := range x.events {
		t := timeOf(ev)
		if ev.finding == nil || !t.Known() || ev.role == signature.RoleNoise {
			continue
		}
		for len(changes) > 0 && changes[0].t <= t {
			if c := changes[0]; c.ev == nil {
				rows, last = append(rows, changeRow(c)), nil
			}
			changes = changes[1:]
		}
		if last != nil && x.sameRun(last, ev) {
			rows[len(rows)-1].Count++
			rows[len(rows)-1].To = t.Time()
			continue
		}
		if len(rows) >= maxTimeline {
			break
		}
		rows, last = append(rows, x.row(ev)), ev
	}
	for _, c := range changes {
		if c.ev == nil && len(rows) < maxTimeline {
			rows = append(rows, changeRow(c))
		}
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Time.Before(rows[j].Time) })
	return x.withGaps(rows)
}

// groupHolding returns the incident of an event: events of one finding may
// belong to several, each to that of its cause.
func (x *explainer) groupHolding(ev *event) *group {
	if x.holders == nil {
		x.holders = map[*event]*group{}
		for _, g := range x.groups {
			for _, e := range g.events {
				if x.holders[e] == nil {
					x.holders[e] = g
				}
			}
		}
	}
	if g := x.holders[ev]; g != nil {
		return g
	}
	return ev.finding.group
}

// sameRun reports whether two events are rows of one run.
func (x *explainer) sameRun(a, b *event) bool {
	return a.finding == b.finding && x.groupHolding(a) == x.groupHolding(b) && a.scope.Service == b.scope.Service && a.scope.Revision == b.scope.Revision
}

func changeRow(c *change) incident.Event {
	return incident.Event{Time: c.t.Time(), Kind: "change", Count: 1, Change: c.id, What: c.title, Role: "change",
		Scope: incident.Scope{Project: c.scope.Project, Service: c.scope.Service, Revision: c.scope.Revision}}
}

func (x *explainer) row(ev *event) incident.Event {
	r := incident.Event{
		Time: timeOf(ev).Time(), Kind: "finding", Count: 1, Role: ev.role.String(), Finding: ev.finding.id,
		What: incident.Prose(quoted(ev, 160)), Scope: x.scopeOf([]*event{ev}),
	}
	if ev.basis != logentry.BasisNone {
		r.Level = ev.level.String()
	}
	switch ev.role {
	case signature.RoleChange:
		r.Kind = "change"
	case signature.RoleHealthy:
		r.Kind = "healthy"
	}
	if g := x.groupHolding(ev); g != nil {
		r.Incident = g.id
	}
	for _, c := range x.changes {
		if c.ev == ev {
			r.Change = c.id
		}
	}
	return r
}

func (x *explainer) withGaps(rows []incident.Event) []incident.Event {
	var out []incident.Event
	for i, r := range rows {
		if i > 0 {
			prev := rows[i-1].Time
			if !rows[i-1].To.IsZero() {
				prev = rows[i-1].To
			}
			if d := r.Time.Sub(prev); d > x.opt.Gap && x.inside(prev, r.Time) {
				text := duration(d) + " without anything of note"
				if !x.anyBetween(logentry.TimeOf(prev), logentry.TimeOf(r.Time)) {
					text = duration(d) + " without any entry at all: no data, not recovery"
				}
				out = append(out, incident.Event{Time: prev, To: r.Time, Kind: "gap", What: incident.Prose(text)})
			}
		}
		out = append(out, r)
	}
	return out
}

// anyBetween reports whether any entry at all lies between two instants, by
// whole minutes.
func (x *explainer) anyBetween(a, b logentry.Time) bool {
	if x.partial() {
		return true // calm entries were not asked for
	}
	for k := range x.c.minutes {
		if k.minute > int64(a)/60e9 && k.minute < int64(b)/60e9 {
			return true
		}
	}
	return false
}

// steps shows one unit step by step: the first start or try that is complete.
func (x *explainer) steps(g *group) *incident.Steps {
	u := g.unit()
	if u != "start" && u != "try" || len(g.chain) == 0 {
		return nil
	}
	var best *incident.Steps
	var shown []*event
	for i, head := range g.members[g.headline] {
		if i == 20 {
			break
		}
		if head.scope.Instance == "" {
			continue
		}
		list := x.index.instance[head.scope.Instance]
		if s, picked := x.stepsOf(head, list, u); s != nil && (best == nil || len(s.Rows) > len(best.Rows)) {
			best, shown = s, picked
		}
	}
	for i, ev := range shown {
		best.Rows[i].Evidence = x.ev.events(ev)
	}
	return best
}

func (x *explainer) stepsOf(head *event, list []*event, unit string) (*incident.Steps, []*event) {
	var picked []*event
	for _, ev := range list {
		if ev.finding == nil || ev.role == signature.RoleNoise && !ev.hasClass("instance-start") || ev.http() != nil {
			continue
		}
		if ev.role == signature.RoleFailure && ev.sig() == nil && !ev.err {
			continue
		}
		picked = append(picked, ev)
		if ev == head {
			break
		}
	}
	if len(picked) < 3 || len(picked) > 14 {
		return nil, nil
	}
	name := head.scope.Instance
	if len(name) > 12 {
		name = "…" + name[len(name)-12:]
	}
	s := &incident.Steps{Title: incident.Prose("One " + unit + ", step by step"), Intro: incident.Prose("Instance " + incident.Code(name) + ".")}
	for _, ev := range picked {
		s.Rows = append(s.Rows, incident.Step{
			Offset: fmt.Sprintf("%.2f s", ev.t.Sub(picked[0].t).Seconds()), Time: timeOf(ev).Time(), What: incident.Prose(quoted(ev, 110)),
		})
	}
	return s, picked
}
