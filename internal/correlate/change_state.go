package correlate

import (
	"fmt"
	"sort"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// snapshot is what an audit entry shows of the whole specification of a
// service, job or function. Requests are none: they leave parts out.
type snapshot struct {
	t  logentry.Time
	ev *event
	a  *logentry.Audit
}

// snapshots collects them by project and service, in the order of time.
func (x *explainer) snapshots() map[string][]snapshot {
	out := map[string][]snapshot{}
	for _, ev := range x.events {
		if a := ev.entry().Audit; a != nil && a.HasSpec && ev.t.Known() {
			k := objectKey(ev)
			out[k] = append(out[k], snapshot{ev.t, ev, a})
		}
	}
	return out
}

func objectKey(ev *event) string { return ev.scope.Project + "\x00" + ev.scope.Service }

// around returns the first snapshot that shows what a change made, from the
// change on until the next one, and the last one of the same kind of object
// before it: an execution names an image by its digest where its job has a tag.
func around(list []snapshot, c *change, until logentry.Time) (before, after *snapshot) {
	i := sort.Search(len(list), func(i int) bool { return list[i].t >= c.t })
	for j := i; j < len(list) && (!until.Known() || list[j].t < until); j++ {
		if after == nil || after.a.Kind != c.ev.entry().Audit.Kind && list[j].a.Kind == c.ev.entry().Audit.Kind {
			after = &list[j]
		}
	}
	kind := c.ev.entry().Audit.Kind
	if after != nil {
		kind = after.a.Kind
	}
	for j := i - 1; j >= 0 && before == nil; j-- {
		if list[j].a.Kind == kind {
			before = &list[j]
		}
	}
	return before, after
}

// describeChanges says what each change of an audit entry altered, against what
// the entries before it show of the same object.
func (x *explainer) describeChanges() {
	all := x.snapshots()
	for _, c := range x.changes {
		if c.ev == nil || c.ev.entry().Audit == nil {
			continue
		}
		before, after := around(all[objectKey(c.ev)], c, x.nextChange(c))
		if c.details = x.keptGeneration(all[objectKey(c.ev)], c); c.details == nil {
			c.details = x.detailsOf(c, before, after)
		}
	}
}

// keptGeneration says that a change left the specification as it was: the
// request of the next one still names the generation of before. A request
// states the generation that its client had read.
func (x *explainer) keptGeneration(list []snapshot, c *change) []incident.Prose {
	kind := c.ev.entry().Audit.Kind
	var next *logentry.Audit
	for _, o := range x.changes {
		if o.t > c.t && o.ev != nil && objectKey(o.ev) == objectKey(c.ev) {
			next = o.ev.entry().Audit
			break
		}
	}
	if next == nil || next.HasSpec || next.Kind != kind || next.Generation == 0 {
		return nil
	}
	for i := len(list) - 1; i >= 0; i-- {
		if s := list[i]; s.t < c.t && s.a.Kind == kind {
			if s.a.Generation == next.Generation {
				return []incident.Prose{incident.Prose(fmt.Sprintf("generation %d, as before: the specification did not change", next.Generation))}
			}
			return nil
		}
	}
	return nil
}

func (x *explainer) detailsOf(c *change, before, after *snapshot) []incident.Prose {
	now := c.ev.entry().Audit
	if after == nil {
		// Only the request is shown: what it names is so, what it leaves out is unknown.
		if now.Image == "" || before != nil && before.a.Image == now.Image {
			return nil
		}
		return []incident.Prose{incident.Prose("image " + incident.Short(now.Image, 90))}
	}
	out := generationDetail(before, after)
	if after.a.Image != "" && (before == nil || before.a.Image != after.a.Image) {
		out = append(out, incident.Prose("image "+incident.Short(after.a.Image, 90)))
	}
	if before == nil {
		return out
	}
	out = append(out, envDetails(before.a.Env, after.a.Env)...)
	for _, f := range []struct{ what, from, to string }{
		{"memory limit", before.a.MemoryLimit, after.a.MemoryLimit},
		{"CPU limit", before.a.CPULimit, after.a.CPULimit},
		{"Cloud SQL connection", before.a.CloudSQL, after.a.CloudSQL},
		{"timeout", seconds(before.a.TimeoutSeconds), seconds(after.a.TimeoutSeconds)},
		{"retries", count(before.a.MaxRetries), count(after.a.MaxRetries)},
	} {
		out = append(out, fieldDetail(f.what, f.from, f.to)...)
	}
	return out
}

// generationDetail compares generations of one object: where they are equal,
// its specification did not change.
func generationDetail(before, after *snapshot) []incident.Prose {
	n := after.a.Generation
	switch {
	case n == 0 || after.a.Kind == "Execution" || after.a.Kind == "Revision":
		return nil // theirs is not that of what was changed
	case before == nil || before.a.Kind != after.a.Kind || before.a.Name != after.a.Name || before.a.Generation == 0:
		return []incident.Prose{incident.Prose(fmt.Sprintf("generation %d", n))}
	case before.a.Generation == n:
		return []incident.Prose{incident.Prose(fmt.Sprintf("generation %d, as before: the specification did not change", n))}
	}
	return []incident.Prose{incident.Prose(fmt.Sprintf("generation %d, before %d", n, before.a.Generation))}
}

// envDetails names variables that came and went, and those that are read from
// elsewhere now. Never their values.
func envDetails(before, after []logentry.EnvVar) []incident.Prose {
	had, has := envByName(before), envByName(after)
	var added, removed, moved []string
	for _, v := range after {
		switch old, ok := had[v.Name]; {
		case !ok:
			added = append(added, envWords(v))
		case old.Secret != v.Secret || old.SecretVersion != v.SecretVersion:
			moved = append(moved, envWords(v))
		}
	}
	for _, v := range before {
		if _, ok := has[v.Name]; !ok {
			removed = append(removed, incident.Code(v.Name))
		}
	}
	var out []incident.Prose
	for _, l := range []struct {
		verb string
		list []string
	}{{"adds", added}, {"removes", removed}, {"changes", moved}} {
		if len(l.list) > 0 {
			out = append(out, incident.Prose(l.verb+" "+joinAnd(l.list)))
		}
	}
	return out
}

func envByName(list []logentry.EnvVar) map[string]logentry.EnvVar {
	m := make(map[string]logentry.EnvVar, len(list))
	for _, v := range list {
		m[v.Name] = v
	}
	return m
}

func envWords(v logentry.EnvVar) string {
	s := incident.Code(v.Name)
	if v.Secret != "" {
		s += " from secret " + incident.Code(v.Secret)
	}
	return s
}

func fieldDetail(what, from, to string) []incident.Prose {
	switch {
	case from == to, to == "":
		return nil
	case from == "":
		return []incident.Prose{incident.Prose("adds " + what + " " + incident.Short(to, 80))}
	}
	return []incident.Prose{incident.Prose(fmt.Sprintf("%s %s, before %s", what, incident.Short(to, 80), incident.Short(from, 80)))}
}

func seconds(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d s", n)
}

// count prints a number that is -1 where nothing is stated.
func count(n int) string {
	if n < 0 {
		return ""
	}
	return fmt.Sprint(n)
}
