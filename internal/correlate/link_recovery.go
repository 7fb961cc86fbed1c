package correlate

import (
	"fmt"

	"logwhy/internal/incident"
)

// testRecovery asks whether effects that nobody holds go on after the last
// cause. It keeps silent where the cause lasts (its edge says within: instance,
// revision or epoch) and where nothing goes on.
//
//	cause   --1--2----------
//	effect  ---1--2-----3--4   goes on after the last cause
func testRecovery(x *explainer, l *linkStat) (incident.Test, bool) {
	if lasting(l) {
		return incident.Test{}, false
	}
	last := l.key.cause.last.Add(max(reachOf(l.rung), l.maxLag()))
	n := 0
	var latest *event
	for _, ev := range l.key.effect.events {
		if ev.cause == nil && ev.t.Known() && ev.t > last {
			n++
			latest = ev
		}
	}
	if n == 0 {
		return incident.Test{}, false
	}
	return incident.Test{
		Name: "recovery", Question: "does it end with the cause?", Result: incident.Told,
		Text: incident.Prose(fmt.Sprintf("not all: %d more, up to %s after the last cause; this cause does not explain those",
			n, duration(latest.t.Sub(l.key.cause.last)))),
	}, true
}

func lasting(l *linkStat) bool {
	if l.key.cause.sig == nil {
		return false
	}
	for _, e := range l.key.cause.sig.LeadsTo {
		if e.Within.Span != "" {
			return true
		}
	}
	return false
}
