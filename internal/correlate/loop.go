package correlate

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// loop is a crash loop: the same start ends the same way again and again.
type loop struct {
	lives   []time.Duration // from the start of an instance to its end, where both are in the input
	periods []time.Duration // from one end to the next, over all instances
	begun   *event          // one of the starts
}

// loopOf measures the starts whose end is the headline. Starts without their
// beginning in the input give a period and no life.
func (x *explainer) loopOf(g *group) loop {
	var out loop
	ends := map[string]*event{}
	for _, ev := range g.members[g.headline] {
		if i := ev.scope.Instance; i != "" && ev.t.Known() && ends[i] == nil {
			ends[i] = ev
		}
	}
	var at []logentry.Time
	for _, i := range sortedKeys(ends) {
		end := ends[i]
		at = append(at, end.t)
		for _, ev := range x.index.instance[i] {
			if ev.hasClass("instance-start") && ev.t <= end.t {
				out.lives = append(out.lives, end.t.Sub(ev.t))
				if out.begun == nil || ev.t < out.begun.t {
					out.begun = ev
				}
				break
			}
		}
	}
	sort.Slice(at, func(i, j int) bool { return at[i] < at[j] })
	for i := 1; i < len(at); i++ {
		out.periods = append(out.periods, at[i].Sub(at[i-1]))
	}
	sort.Slice(out.lives, func(i, j int) bool { return out.lives[i] < out.lives[j] })
	sort.Slice(out.periods, func(i, j int) bool { return out.periods[i] < out.periods[j] })
	return out
}

// minLoop is the number of ends from which starts count as a loop.
const minLoop = 3

// prose says how long a start lives and how soon the next one ends. It says
// nothing of a period where the ends do not come at a steady pace: starts in
// parallel, or pauses between.
func (l loop) prose(x *explainer, unit string) string {
	if len(l.periods) < minLoop-1 {
		return ""
	}
	text := ""
	if n := len(l.lives); n > 0 {
		text = fmt.Sprintf(" A %s lives %s", unit, lengths(l.lives[0], l.lives[n-1]))
		if n <= len(l.periods) {
			text += fmt.Sprintf(" (%d are complete)", n)
		}
	}
	n := len(l.periods)
	median := l.periods[n/2]
	if steady := l.periods[n-1] <= 2*median && 2*l.periods[0] >= median; steady {
		every := fmt.Sprintf("one ends every %s", lengths(l.periods[0], l.periods[n-1]))
		if text == "" {
			text = " " + string(upper(incident.Prose(every)))
		} else {
			text += "; " + every
		}
	}
	if text == "" {
		return ""
	}
	return text + "." + l.reason(x)
}

// reason is what the platform says of why it starts instances, as the rule
// reads it.
func (l loop) reason(x *explainer) string {
	if l.begun == nil || l.begun.prim == nil || !l.begun.prim.Sig.HasClass("instance-start") {
		return ""
	}
	sig := l.begun.prim.Sig
	for i := range sig.Notes {
		if n := &sig.Notes[i]; x.noteHolds(sig, n, []*event{l.begun}) {
			return " " + strings.TrimSuffix(sig.FillProse(n.Say, values([]*event{l.begun}), incident.Code), ".") + refs(x.ev.events(l.begun)) + "."
		}
	}
	return ""
}

// lengths prints a range of lengths of time, and one where both print alike.
func lengths(least, most time.Duration) string {
	a, b := duration(least), duration(most)
	if a == b {
		return a
	}
	return a + " to " + b
}
