package correlate

import (
	"fmt"

	"logwhy/internal/incident"
)

// testNecessity asks how many effects come without this cause. Effects that a
// rival holds do not speak against it; those that nobody holds do.
//
//	cause   --1---------3--
//	effect  ---1----2----3-   1 of 3 without it
func testNecessity(x *explainer, l *linkStat) (incident.Test, bool) {
	count, n := l.tally(x.unheld(l))
	unheld := n - count
	held := 0
	for _, ev := range l.key.effect.events {
		if ev.cause != nil && ev.cause.cause.finding != l.key.cause {
			held++
		}
	}
	t := incident.Test{Name: "necessity", Question: incident.Prose(plural(n, "does it happen without it?", "how many come without it?")), Result: incident.Pass}
	text := fmt.Sprintf("%d of %d", unheld, n)
	if unheld > 0 {
		t.Result = incident.Told
		if unheld >= count {
			t.Result = incident.Fail
		}
	}
	if l.key.effect.sampled {
		text += fmt.Sprintf(" tested (of %d)", l.key.effect.count)
	}
	if held > 0 {
		text += fmt.Sprintf(". The other %d belong to other causes", held)
	}
	t.Text = incident.Prose(text)
	return t, true
}
