package baseline

import (
	"cmp"
	"slices"

	"logwhy/internal/incident"
)

// causes notes what is named as the cause of the incident whose symptom a
// finding is, and what was looked at beside.
func (o *Observed) causes(a *incident.Analysis, finding string) {
	for i := range a.Incidents {
		n := &a.Incidents[i]
		if n.Symptom != finding {
			continue
		}
		o.Headline = true
		o.Causes, o.Rivals = causeRecords(a, n)
		// That an error is its own stated reason is no news.
		o.Causes = slices.DeleteFunc(o.Causes, func(c CauseRecord) bool { return c.ID == o.Fingerprint })
		if len(o.Causes) > keptCauses {
			o.Causes = o.Causes[:keptCauses]
		}
		return
	}
}

// causeRecords returns the causes and the rivals of an incident, best first.
func causeRecords(a *incident.Analysis, i *incident.Incident) (causes, rivals []CauseRecord) {
	for _, c := range i.Causes {
		causes = append(causes, CauseRecord{causeID(a, c.Finding, c.Change, c.Hypothesis), incident.Prose(untagged(string(c.Title))), c.Verdict})
	}
	all := slices.Clone(i.Rivals)
	for _, w := range i.Whys {
		all = append(all, w.Rivals...)
	}
	for _, r := range all {
		rivals = append(rivals, CauseRecord{causeID(a, r.Finding, r.Change, r.Hypothesis), incident.Prose(untagged(string(r.Title))), r.Verdict})
	}
	return causes, rivals
}

// causeID names a cause in all runs: the fingerprint of a finding, the kind
// and service of a change (its revision is another one each time), the
// hypothesis.
func causeID(a *incident.Analysis, finding, change, hypothesis string) string {
	for i := range a.Findings {
		if a.Findings[i].ID == finding && finding != "" {
			return FingerprintOf(&a.Findings[i])
		}
	}
	for i := range a.Changes {
		if c := &a.Changes[i]; c.ID == change && change != "" {
			return "change:" + c.Kind + ":" + c.Scope.Service
		}
	}
	for i := range a.Hypotheses {
		if h := &a.Hypotheses[i]; h.ID == hypothesis && hypothesis != "" {
			return "hypothesis:" + cmp.Or(h.Rule, string(h.Title))
		}
	}
	return "other"
}

// verdicts, best first.
var verdicts = []string{incident.Supported, incident.Plausible, incident.OrderOnly, incident.Untestable, incident.Contradicted}

func verdictRank(v string) int {
	if i := slices.Index(verdicts, v); i >= 0 {
		return i
	}
	return len(verdicts)
}

// causeChanges compares what is named for one symptom before and now. A cause
// that is only a rival now has become weaker, not gone.
func causeChanges(before, now, rivals []CauseRecord) []incident.CauseState {
	var out []incident.CauseState
	for _, c := range now {
		old, had := findCause(before, c.ID)
		st := incident.CauseState{Kind: incident.CauseNew, Cause: c.Title, Now: c.Verdict}
		if had {
			st.Before, st.Kind = old.Verdict, stronger(old.Verdict, c.Verdict)
		}
		out = append(out, st)
	}
	for _, c := range before {
		if _, still := findCause(now, c.ID); still {
			continue
		}
		st := incident.CauseState{Kind: incident.CauseGone, Cause: c.Title, Before: c.Verdict}
		if r, is := findCause(rivals, c.ID); is && verdictRank(r.Verdict) > verdictRank(c.Verdict) {
			st.Kind, st.Now = incident.CauseWeaker, r.Verdict
		}
		out = append(out, st)
	}
	return out
}

func findCause(list []CauseRecord, id string) (CauseRecord, bool) {
	i := slices.IndexFunc(list, func(c CauseRecord) bool { return c.ID == id })
	if i < 0 {
		return CauseRecord{}, false
	}
	return list[i], true
}

func stronger(before, now string) string {
	switch d := verdictRank(now) - verdictRank(before); {
	case d < 0:
		return incident.CauseStronger
	case d > 0:
		return incident.CauseWeaker
	}
	return incident.CauseSame
}

// causeKinds in the order in which they are told.
var causeKinds = []string{incident.CauseNew, incident.CauseStronger, incident.CauseWeaker, incident.CauseGone, incident.CauseSame}

// compareCauses notes how the causes of a failure differ from those that the
// last run named. Of what was not seen nothing is said, unless it is over.
func (a *applier) compareCauses(f *Failure, o *Observed, seen bool) {
	if a.again {
		return
	}
	var now, rivals []CauseRecord
	switch {
	case seen && o.Headline:
		now, rivals = o.Causes, o.Rivals
	case !seen && (f.State == incident.StateQuiet || f.State == incident.StateResolved):
	default:
		return
	}
	if !a.first {
		for _, c := range causeChanges(f.Causes, now, rivals) {
			if c.Kind != incident.CauseSame {
				c.Symptom, c.Service = f.Title, f.Service
				a.causes = append(a.causes, c)
			}
		}
	}
	f.Causes = slices.Clone(now)
}

func sortCauses(list []incident.CauseState) {
	slices.SortStableFunc(list, func(x, y incident.CauseState) int {
		return cmp.Or(cmp.Compare(slices.Index(causeKinds, x.Kind), slices.Index(causeKinds, y.Kind)),
			cmp.Compare(x.Service, y.Service), cmp.Compare(x.Symptom, y.Symptom), cmp.Compare(x.Cause, y.Cause))
	})
}
