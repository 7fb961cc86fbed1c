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

// around returns the last snapshot before a change and the first that shows
// what the change made: from the change on, until the next one.
func around(list []snapshot, c *change, until logentry.Time) (before, after *snapshot) {
	i := sort.Search(len(list), func(i int) bool { return list[i].t >= c.t })
	if i > 0 {
		before = &list[i-1]
	}
	if i < len(list) && (!until.Known() || list[i].t < until) {
		after = &list[i]
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
		c.details = x.detailsOf(c, before, after)
	}
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
	case n == 0:
		return nil
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
