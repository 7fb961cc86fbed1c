package correlate

import (
	"cmp"
	"slices"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// tallyKey names a counter of one minute.
type tallyKey struct {
	what, service, revision string
	minute                  int64 // since 1970; noMinute for an entry without a time
}

const noMinute = -1 << 62

func minuteOf(t logentry.Time) int64 {
	if !t.Known() {
		return noMinute
	}
	m := int64(t) / 60e9
	if int64(t)%60e9 < 0 {
		m--
	}
	return m
}

// countTally counts an event to the minute, where that was asked for.
func (c *Collector) countTally(e *logentry.Entry, str strength) {
	if !c.opt.Tally {
		return
	}
	what := ""
	if m := primary(c.scratch); m != nil {
		what = identityKey(*m)
	} else if str >= weak {
		what, _ = patternOf(e.Text())
	} else {
		return
	}
	c.tally[tallyKey{c.texts.keep(what), c.texts.keep(e.Scope.Service), c.texts.keep(e.Scope.Revision), minuteOf(e.Time)}]++
}

func (c *Collector) mergeTally(d *Collector) {
	for k, n := range d.tally {
		c.tally[k] += n
	}
}

// tally counts the findings to the minute: their events while all of them were
// kept, else what the collector counted.
func (x *explainer) tally() *incident.Tally {
	if !x.opt.Tally {
		return nil
	}
	out := &incident.Tally{Scopes: x.tallyScopes()}
	n := map[incident.CountTally]int{}
	for _, f := range x.findings {
		if f.rated() && !f.sampled {
			f.tallyEvents(x, n)
		}
	}
	if x.bounded {
		x.tallySampled(n)
	}
	for k, v := range n {
		k.N = v
		out.Counts = append(out.Counts, k)
	}
	slices.SortFunc(out.Counts, func(a, b incident.CountTally) int {
		return cmp.Or(cmp.Compare(a.Finding, b.Finding), cmp.Compare(a.Key, b.Key), a.Minute.Compare(b.Minute), cmp.Compare(a.Revision, b.Revision))
	})
	return out
}

func (f *finding) tallyEvents(x *explainer, n map[incident.CountTally]int) {
	for _, ev := range f.events {
		key := ""
		if f.sig == nil {
			key, _ = x.nameOf(ev)
		}
		n[incident.CountTally{Finding: f.id, Key: key, Minute: minuteTime(minuteOf(ev.entry().Time)), Revision: ev.scope.Revision}]++
	}
}

// tallySampled counts the findings of which only a sample was kept.
func (x *explainer) tallySampled(n map[incident.CountTally]int) {
	for k, v := range x.c.tally {
		what, key := k.what, ""
		if m, ok := x.merged[what]; ok {
			what, key = m.id, k.what
		}
		if f := x.byKey[what+"\x01"+k.service]; f != nil && f.rated() && f.sampled {
			n[incident.CountTally{Finding: f.id, Key: key, Minute: minuteTime(k.minute), Revision: k.revision}] += v
		}
	}
}

func minuteTime(m int64) time.Time {
	if m == noMinute {
		return time.Time{}
	}
	return time.Unix(m*60, 0).UTC()
}

func (x *explainer) tallyScopes() []incident.ScopeTally {
	type scope struct{ service, revision string }
	all := map[scope]*cell{}
	for k, c := range x.c.scopes {
		s := all[scope{k[1], k[2]}]
		if s == nil {
			s = newCell()
			all[scope{k[1], k[2]}] = s
		}
		s.n += c.n
		s.first, s.last = widen(s.first, s.last, c.first)
		s.first, s.last = widen(s.first, s.last, c.last)
	}
	var out []incident.ScopeTally
	for k, s := range all {
		out = append(out, incident.ScopeTally{Service: k.service, Revision: k.revision, N: s.n, First: s.first.Time(), Last: s.last.Time()})
	}
	slices.SortFunc(out, func(a, b incident.ScopeTally) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Revision, b.Revision))
	})
	return out
}

// identity returns the captures that tell a finding from others of its
// signature; nil where there are none.
func (f *finding) identity() map[string]string {
	if f.sig == nil || len(f.sig.Identity) == 0 || len(f.events) == 0 || f.events[0].prim == nil {
		return nil
	}
	out := map[string]string{}
	for _, name := range f.sig.Identity {
		if v := f.events[0].prim.Value(name); v != "" {
			out[name] = v
		}
	}
	return out
}

// formerly returns the earlier ids of the signature.
func (f *finding) formerly() []string {
	if f.sig == nil {
		return nil
	}
	return f.sig.Formerly
}
