package report

import "logwhy/internal/incident"

// maxSlackStates is how many failures get a block of their own.
const maxSlackStates = 8

// slackStates says how failures stand against the runs before. A failure has a
// block of its own, whose id is the same in all runs.
func (v *view) slackStates() []slackBlock {
	s := v.a.States
	if s == nil {
		return nil
	}
	var out []slackBlock
	section := func(id string, lines ...string) {
		if text := slackJoin(lines); text != "" {
			out = append(out, slackBlock{Type: "section", BlockID: id, Text: &slackWords{"mrkdwn", text}})
		}
	}
	lines := []string{"*Against the runs before:* " + slackText(stateCounts(s))}
	for _, p := range v.statesLines() {
		lines = append(lines, slackClip(slackProse(p), slackField))
	}
	section("", lines...)
	shown, left := 0, 0
	for i := range s.Failures {
		f := &s.Failures[i]
		if !asksForSomebody(f.State) && !f.Hit {
			continue
		}
		if shown++; shown > maxSlackStates {
			left++
			continue
		}
		section("logwhy:"+hexOnly(f.Fingerprint), "*"+slackText(capital(f.State))+"*, "+slackText(f.Severity)+": "+slackClip(slackProse(stateLine(f)), slackField))
	}
	if left > 0 {
		section("", "and "+many(left, "more failure"))
	}
	if len(s.Causes) > 0 {
		section("", slackCauses(s)...)
	}
	return out
}

func slackCauses(s *incident.States) []string {
	var lines []string
	for i := range s.Causes[:min(len(s.Causes), 3)] {
		kind, symptom, cause, verdicts := causeRow(&s.Causes[i])
		lines = append(lines, slackClip("*Cause "+slackText(kind)+":* "+slackProse(cause)+" ("+slackText(verdicts)+"), of "+slackProse(symptom), slackField))
	}
	return lines
}
