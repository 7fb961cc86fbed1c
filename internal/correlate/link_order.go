package correlate

import (
	"fmt"

	"logwhy/internal/incident"
	"logwhy/internal/signature"
)

// testOrder asks whether the cause comes first. A request carries its start
// and stands at its end; its cause may be logged up to RequestSlack later.
//
//	cause   --1----2----
//	effect  ---1----2---   2 of 2, lag one step
func testOrder(_ *explainer, l *linkStat) (incident.Test, bool) {
	in := 0
	for _, p := range l.pairs {
		if p.lag >= -OrderSlack || l.rung <= signature.RungRequest {
			in++
		}
	}
	if held, _ := l.tally(nil); in == len(l.pairs) {
		in = held
	}
	least, median, most := l.lags()
	t := incident.Test{Name: "order", Question: "does it come first?", Result: incident.Pass}
	n := len(l.pairs)
	if held, _ := l.tally(nil); in == held {
		n = held
	}
	lead := fmt.Sprintf("yes, %d of %d", in, n)
	if in < n {
		t.Result = incident.Fail
		lead = fmt.Sprintf("%d of %d", in, n)
	}
	switch {
	case l.untimed():
		t.Text = incident.Prose(lead + "; by its place in the input, whose lines carry no time")
	case most <= 0 && least < 0:
		lead = fmt.Sprintf("logged with it, %d of %d", in, n)
		t.Text = incident.Prose(fmt.Sprintf("%s; %s after its end, as handlers log their error after the answer", lead, lengths(-most, -least)))
	case least < 0:
		t.Text = incident.Prose(fmt.Sprintf("%s; from %s before to %s after its end, as handlers log their error around the answer", lead, duration(most), duration(-least)))
	case n == 1:
		t.Text = incident.Prose(fmt.Sprintf("%s; %s before", lead, duration(most)))
	default:
		t.Text = incident.Prose(fmt.Sprintf("%s; %s at least, %s median, %s at most before", lead, duration(least), duration(median), duration(most)))
	}
	return t, true
}

// untimed reports whether the paired events carry no time.
func (l *linkStat) untimed() bool { return len(l.pairs) > 0 && !l.pairs[0].effect.t.Known() }
