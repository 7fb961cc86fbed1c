package correlate

import (
	"slices"
	"sort"
	"strings"

	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// track follows the signatures of more than one event and gives their name to
// the event that completes them, or to the one that the signature says, unless that is a fault already: what ends a
// why-chain by itself is not renamed by what surrounds it. A hit on a fault is
// kept beside it, as a finding of its own that makes no incident.
func (x *explainer) track() {
	trackers := map[*signature.Signature]*signature.Tracker{}
	for _, s := range x.cat.Forms() {
		trackers[s] = x.cat.NewTracker(s)
	}
	for _, o := range x.occurrences() {
		for _, s := range x.cat.Listeners(o.Match.Sig) {
			trackers[s].Add(o)
		}
	}
	for _, s := range x.cat.Forms() {
		for _, h := range trackers[s].Flush() {
			x.hit(h)
		}
	}
}

// occurrences lists what trackers are fed, in the order of time: each line of a
// joined event by itself, as steps and counts speak of lines, and what only the
// whole of it shows.
func (x *explainer) occurrences() []signature.Occurrence {
	var out []signature.Occurrence
	for i, ev := range x.events {
		if !ev.t.Known() {
			continue
		}
		said := map[*signature.Signature]bool{}
		add := func(m signature.Match, t logentry.Time) {
			if len(x.cat.Listeners(m.Sig)) > 0 {
				out = append(out, signature.Occurrence{Match: m, Time: t, Scope: ev.scope, Trace: ev.trace, Ref: i})
			}
		}
		for _, p := range ev.parts {
			for _, m := range p.matches {
				said[m.Sig] = true
				add(m, p.e.End())
			}
		}
		for _, m := range ev.matches {
			if !said[m.Sig] {
				add(m, ev.t)
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Time < out[j].Time })
	return out
}

func (x *explainer) hit(h signature.Hit) {
	if len(h.Refs) == 0 || x.present(h) {
		return
	}
	last := x.events[h.Refs[h.Named]]
	m := signature.Match{Sig: h.Sig, Values: h.Values}
	if last.role == signature.RoleFault {
		x.asides = append(x.asides, aside{m, last})
		return
	}
	last.matches = append(last.matches, m)
	last.prim = &m
	last.role = h.Sig.Role
	if i := slices.IndexFunc(last.parts, func(p *observation) bool { return isStepOf(p, h.Sig) }); i >= 0 {
		last.main = i // the line that the step recognised
	}
	last.reason, last.ownReason = reasonOf(last)
}

func isStepOf(p *observation, sig *signature.Signature) bool {
	return slices.ContainsFunc(p.matches, func(m signature.Match) bool { return strings.HasPrefix(m.Sig.ID, sig.ID+"#") })
}

// aside is a completed sequence on an event that has a better name.
type aside struct {
	match signature.Match
	ev    *event
}

// present reports whether something that must be absent was seen.
func (x *explainer) present(h signature.Hit) bool {
	if len(h.Absent) > 0 && x.partial() && x.read.Live.Cut {
		return true // it may be among what did not come
	}
	for _, a := range h.Absent {
		for _, ev := range x.events {
			if !ev.t.Known() || ev.t < a.From || ev.t > a.To || !compatible(a.Scope, ev.scope) {
				continue
			}
			for _, m := range ev.matches {
				if m.Sig.ID == a.Signature {
					return true
				}
			}
		}
	}
	return false
}

// compatible compares scopes on the fields that both have.
func compatible(a, b logentry.Scope) bool {
	differ := func(p, q string) bool { return p != "" && q != "" && p != q }
	return !differ(a.Service, b.Service) && !differ(a.Revision, b.Revision) && !differ(a.Instance, b.Instance) && !differ(a.Execution, b.Execution)
}

// addAsides makes findings of the hits that were kept beside a fault.
func (x *explainer) addAsides() {
	for _, a := range x.asides {
		what := identityKey(a.match)
		key := what + "\x01" + a.ev.scope.Service
		f := x.byKey[key]
		if f == nil {
			f = &finding{
				what: what, service: a.ev.scope.Service, sig: a.match.Sig, role: a.match.Sig.Role, beside: true,
				first: logentry.NoTime, last: logentry.NoTime, instances: map[string]bool{},
			}
			x.byKey[key] = f
			x.findings = append(x.findings, f)
		}
		own := a.ev.finding
		f.add(a.ev)
		a.ev.finding = own
	}
}
