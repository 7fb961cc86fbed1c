package report

import "logwhy/internal/incident"

// maxTermStates is how many failures get a line.
const maxTermStates = 8

// states says how failures stand against the runs before: counts, then a line
// for each that asks for somebody.
func (t *terminal) states() {
	s := t.a.States
	if s == nil {
		return
	}
	t.blank()
	label := "states"
	for _, p := range append([]incident.Prose{incident.Prose(statesTitle(s) + ".")}, t.statesLines()...) {
		t.field(label, t.keep(p, 3))
		label = ""
	}
	left := 0
	shown := 0
	for i := range s.Failures {
		f := &s.Failures[i]
		if !asksForSomebody(f.State) && !f.Hit && f.State != incident.StateUnknown {
			continue
		}
		if shown++; shown > maxTermStates {
			left++
			continue
		}
		t.field(stateLabel(f.State), t.phrase(stateLine(f)))
	}
	if left > 0 {
		t.field("", t.phrase(incident.Prose("and "+many(left, "more failure")+".")))
	}
	for i := range s.Causes[:min(len(s.Causes), 3)] {
		kind, symptom, cause, verdicts := causeRow(&s.Causes[i])
		t.field("cause", t.phrase(incident.Prose(kind+": ")+cause+incident.Prose(" ("+verdicts+"), of ")+symptom+"."))
	}
	t.blank()
}

// stateLabel is a state, in the width of a label.
func stateLabel(s string) string {
	if s == incident.StateEscalating {
		return "rising"
	}
	return clip(s, labelWidth)
}

func stateLine(f *incident.FailureState) incident.Prose {
	p := f.Title
	if f.Service != "" {
		p += " in " + incident.Prose(incident.Code(f.Service))
	}
	return p + incident.Prose(", "+many(f.Count, "time")+": ") + f.Why + "."
}
