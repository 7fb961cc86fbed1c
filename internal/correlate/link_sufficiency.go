package correlate

import (
	"fmt"

	"logwhy/internal/incident"
)

// testSufficiency asks how many causes are not followed by the effect. It is
// told and never held against a cause: faults are retried and survived.
//
//	cause   --1----2----3--
//	effect  ---1--------3-   1 of 3 not followed
func testSufficiency(_ *explainer, l *linkStat) (incident.Test, bool) {
	followed := map[*event]bool{}
	for _, p := range l.pairs {
		followed[p.cause] = true
	}
	n, not := 0, 0
	for _, c := range l.key.cause.events {
		n++
		if !followed[c] && !leadsInto(c, l.key.effect, 8) && !repeated(c, followed) {
			not++
		}
	}
	return incident.Test{
		Name: "sufficiency", Result: incident.Told, Question: "met without that effect?",
		Text: incident.Prose(fmt.Sprintf("%d of %d", not, n)),
	}, true
}

// repeated reports whether the same cause was said once more just before the
// effect: the lines of one failure are one occurrence.
func repeated(c *event, followed map[*event]bool) bool {
	for f := range followed {
		if f.scope.Instance != "" && f.scope.Instance == c.scope.Instance && f.t >= c.t && f.t.Sub(c.t) <= Burst {
			return true
		}
	}
	return false
}

// leadsInto reports whether an event leads to one of f through others.
func leadsInto(c *event, f *finding, depth int) bool {
	if depth == 0 {
		return false
	}
	for _, e := range c.effects {
		if e.finding == f || leadsInto(e, f, depth-1) {
			return true
		}
	}
	return false
}
