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

// change is something that was altered: an audit entry of a deploy or a
// configuration, or the first appearance of a revision.
type change struct {
	id      string
	ev      *event // nil for a first appearance
	t       logentry.Time
	kind    string
	scope   logentry.Scope
	title   incident.Prose
	details []incident.Prose
	stated  *StatedEvent // nil for what the entries show
}

// maxChanges bounds the changes that are listed, the newest.
const maxChanges = 500

// findChanges collects the changes in order of time. The first and last audit
// entry of one operation are one change.
func (x *explainer) findChanges() []*change {
	var out []*change
	seen := map[string]bool{}
	for _, ev := range x.events {
		if ev.role != signature.RoleChange {
			continue
		}
		e := ev.entry()
		if op := e.Operation; op != nil && op.ID != "" {
			if seen[op.ID] {
				continue
			}
			seen[op.ID] = true
		}
		c := &change{ev: ev, t: e.Time, kind: changeKind(ev), scope: ev.scope, title: x.title(ev.finding)}
		out = append(out, c)
	}
	stated := x.statedChanges()
	out = append(out, x.firstAppearances(announcing(out, stated))...)
	out = append(out, stated...)
	sort.SliceStable(out, func(i, j int) bool { return out[i].t < out[j].t })
	if len(out) > maxChanges {
		out = out[len(out)-maxChanges:]
	}
	for i, c := range out {
		c.id = fmt.Sprintf("C%d", i+1)
	}
	return out
}

func changeKind(ev *event) string {
	switch {
	case ev.hasClass("scale"):
		return "scale"
	case ev.hasClass("permission"):
		return "iam"
	case ev.hasClass("deploy"):
		return "deploy"
	}
	return "config"
}

// firstAppearances notes revisions that begin inside the window and that no
// audit entry announces.
func (x *explainer) firstAppearances(known []*change) []*change {
	if x.partial() {
		return nil // the first entry that was read need not be the first
	}
	type rev struct {
		first logentry.Time
		key   [3]string
	}
	byService := map[string][]rev{}
	for k, c := range x.c.scopes {
		if k[1] != "" && k[2] != "" && c.first.Known() {
			byService[k[0]+"\x00"+k[1]] = append(byService[k[0]+"\x00"+k[1]], rev{c.first, k})
		}
	}
	var out []*change
	for _, s := range sortedKeys(byService) {
		revs := byService[s]
		if len(revs) < 2 {
			continue
		}
		sort.Slice(revs, func(i, j int) bool {
			return revs[i].first < revs[j].first || revs[i].first == revs[j].first && revs[i].key[2] < revs[j].key[2]
		})
		for _, r := range revs[1:] {
			if announced(known, r.key, r.first) {
				continue
			}
			out = append(out, &change{t: r.first, kind: "first-seen", scope: logentry.Scope{Project: r.key[0], Service: r.key[1], Revision: r.key[2]},
				title: incident.Prose("first entry of revision " + incident.Code(r.key[2]))})
		}
	}
	return out
}

func announced(known []*change, key [3]string, t logentry.Time) bool {
	for _, c := range known {
		if c.scope.Service == key[1] && c.t <= t && t.Sub(c.t) < 10*time.Minute {
			return true
		}
	}
	return false
}

func (x *explainer) changeList() []incident.Change {
	out := []incident.Change{}
	for _, c := range x.changes {
		v := incident.Change{
			ID: c.id, Time: c.t.Time(), Kind: c.kind, Title: c.title, Details: c.details, Result: x.resultOf(c), Evidence: []string{},
			Scope: incident.Scope{Project: c.scope.Project, Location: c.scope.Location, Service: c.scope.Service, Kind: c.scope.Kind, Revision: c.scope.Revision},
		}
		v.Followed = x.followed(c)
		if c.stated != nil {
			v.By = c.stated.By
		}
		if c.ev != nil {
			v.Evidence = x.ev.events(c.ev)
			if p := c.ev.entry().Audit; p != nil {
				v.By = actor(p.Principal)
			}
		}
		out = append(out, v)
	}
	return out
}

// actor says who changed something only as a role.
func actor(principal string) string {
	switch {
	case principal == "":
		return ""
	case strings.HasSuffix(principal, ".gserviceaccount.com"):
		return "a service account"
	}
	return "a person"
}

// resultOf says whether the object became ready after the change.
func (x *explainer) resultOf(c *change) string {
	if c.ev == nil {
		return ""
	}
	if a := c.ev.entry().Audit; a != nil && a.StatusCode != 0 {
		return "rejected"
	}
	until := x.nextChange(c)
	list := x.index.service[c.scope.Service]
	for i := sort.Search(len(list), func(i int) bool { return list[i].t >= c.t }); i < len(list); i++ {
		ev := list[i]
		if until.Known() && ev.t >= until {
			break
		}
		if ev.hasClass("not-ready") || ev.role == signature.RoleFault && ev.entry().Audit != nil {
			return "not-ready"
		}
		if a := ev.entry().Audit; a != nil && a.Ready == "True" && ev != c.ev {
			return "ready"
		}
	}
	return "unknown"
}

func (x *explainer) nextChange(c *change) logentry.Time {
	from := sort.Search(len(x.changes), func(i int) bool { return x.changes[i].t > c.t })
	for _, o := range x.changes[from:] {
		if o.t > c.t && o.scope.Service == c.scope.Service && o.ev != nil {
			return o.t
		}
	}
	return logentry.NoTime
}

// followed says which incidents begin between a change and the next one.
func (x *explainer) followed(c *change) incident.Prose {
	until := x.nextChange(c)
	var ids []string
	for _, g := range x.groups {
		if !c.concerns(g) || !g.first.Known() {
			continue
		}
		for _, ev := range g.events {
			if t := timeOf(ev); t >= c.t && (!until.Known() || t < until) {
				ids = append(ids, "["+g.id+"]")
				break
			}
		}
	}
	return incident.Prose(strings.Join(ids, ", "))
}

// changesOf lists the changes that matter to an incident: those of its service
// before its last event, at most six.
func (x *explainer) changesOf(g *group) []*change {
	var out []*change
	for _, c := range x.changes {
		if c.concerns(g) && c.t <= g.last {
			out = append(out, c)
		}
	}
	if len(out) > 6 {
		out = out[len(out)-6:]
	}
	return out
}

// changedProse names the last change before onset.
func (x *explainer) changedProse(g *group) incident.Prose {
	var last *change
	for _, c := range x.changes {
		if c.concerns(g) && c.t <= g.first && c.kind != "alert" {
			last = c
		}
	}
	if last == nil {
		return x.noChange()
	}
	text := x.clock(last.t) + " " + string(lower(last.title)) + ", " + duration(g.first.Sub(last.t)) + " before the first occurrence"
	if last.ev != nil {
		text += refs(x.ev.events(last.ev))
	}
	for _, d := range last.details {
		if strings.HasPrefix(string(d), "image ") || strings.HasPrefix(string(d), "adds ") || strings.HasPrefix(string(d), "removes ") {
			text += "; " + string(d)
		}
	}
	return incident.Prose(text)
}
