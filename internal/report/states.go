package report

import (
	"io"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// states in the order in which a job wants to see them.
var stateOrder = []string{
	incident.StateNew, incident.StateRegressed, incident.StateEscalating, incident.StateUnknown,
	incident.StateOngoing, incident.StateQuiet, incident.StateResolved, incident.StateMuted,
}

// asksForSomebody reports whether a state is one that a job wants to hear of.
func asksForSomebody(state string) bool {
	return state == incident.StateNew || state == incident.StateRegressed || state == incident.StateEscalating
}

// marker is a comment that names a failure in all runs, so that what is posted
// of it can be found and changed instead of posted again.
func marker(fingerprint string) string {
	return "<!-- logwhy:" + hexOnly(fingerprint) + " -->"
}

// hexOnly keeps what a fingerprint is made of: a stored analysis may hold
// anything.
func hexOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'f' {
			return r
		}
		return -1
	}, s)
}

// stateCounts says how many failures are in which state: "1 new, 2 ongoing".
func stateCounts(s *incident.States) string {
	var parts []string
	for _, c := range s.Counts {
		parts = append(parts, amount(c.N)+" "+oneLine(c.Name))
	}
	if s.AtRest > 0 {
		parts = append(parts, amount(s.AtRest)+" as before")
	}
	if len(parts) == 0 {
		return "nothing failed, and nothing was known to"
	}
	return strings.Join(parts, ", ")
}

// statesTitle is what a job's summary is called.
func statesTitle(s *incident.States) string {
	if s.First {
		seen := "First run: " + many(len(s.Failures), "failure")
		if len(s.Incomplete) > 0 { // which makes no baseline by itself
			return seen + " seen, the data is incomplete"
		}
		return seen + " in the baseline"
	}
	return capital(stateCounts(s))
}

// statesWindow says what the states are about.
func (v *view) statesWindow() incident.Prose {
	s := v.a.States
	if s.To.IsZero() {
		return ""
	}
	words := "Looked at: " + v.clock.span(s.From, s.To) + " UTC" + prefixed(", ", v.clock.day) + "."
	if !s.Before.IsZero() && s.Before.Before(s.To) && s.Before.After(s.From) {
		words += " Up to " + v.clock.at(s.Before) + " the last run had counted; what arrived late is added."
	}
	return incident.Prose(words)
}

// statesLines are the sentences that stand with the table of states: what the
// policy says, what is missing, and notes.
func (v *view) statesLines() []incident.Prose {
	s := v.a.States
	var out []incident.Prose
	for _, h := range s.Hits {
		out = append(out, "The policy says no: "+h+".")
	}
	if len(s.Incomplete) > 0 {
		out = append(out, "The data is incomplete, so what was not seen is unknown, not quiet.")
		out = append(out, s.Incomplete...)
	}
	return append(out, s.Notes...)
}

// causeRow is how a cause stands to the last run, cell by cell.
func causeRow(c *incident.CauseState) (kind string, symptom, cause incident.Prose, verdicts string) {
	before, now := c.Before, c.Now
	switch {
	case before == "":
		verdicts = verdictWords(now)
	case now == "":
		verdicts = "was " + verdictWords(before)
	default:
		verdicts = verdictWords(before) + " → " + verdictWords(now)
	}
	return oneLine(c.Kind), c.Symptom, c.Cause, oneLine(verdicts)
}

func (v *view) stateSpan(f *incident.FailureState) string {
	if f.First.IsZero() && f.Last.IsZero() {
		return ""
	}
	return v.clock.span(f.First, f.Last)
}

func stateTimes(s *incident.States) []time.Time {
	if s == nil {
		return nil
	}
	ts := []time.Time{s.From, s.To, s.Before}
	for _, f := range s.Failures {
		ts = append(ts, f.First, f.Last)
	}
	return ts
}

// annotateStates writes the failures that ask for somebody as workflow
// commands, and one that the data is incomplete: the worst as errors, the
// others as warnings.
func annotateStates(w io.Writer, s *incident.States) error {
	errors, warnings, left := 0, 0, 0
	if len(s.Incomplete) > 0 {
		warnings++
		if err := annotation(w, "warning", "logwhy: incomplete data", "What was not seen is unknown, not quiet. "+bare(s.Incomplete[0])); err != nil {
			return err
		}
	}
	for i := range s.Failures {
		f := &s.Failures[i]
		if !asksForSomebody(f.State) && !f.Hit {
			continue
		}
		kind, count := "warning", &warnings
		if f.Severity == incident.Critical || f.Severity == incident.High {
			kind, count = "error", &errors
		}
		if *count == maxAnnotations-1 {
			left++ // one is kept for saying so
			continue
		}
		*count++
		text := strings.Join([]string{counted1(f) + prefixed(" in ", oneLine(f.Service)), clip(bare(f.Why), 600), "logwhy:" + hexOnly(f.Fingerprint)}, "\n")
		if err := annotation(w, kind, f.State+", "+f.Severity+": "+bare(f.Title), text); err != nil {
			return err
		}
	}
	if left > 0 {
		return annotation(w, "warning", "logwhy", "and "+many(left, "more failure")+", in the summary of the job")
	}
	return nil
}

func counted1(f *incident.FailureState) string { return many(f.Count, "time") }
