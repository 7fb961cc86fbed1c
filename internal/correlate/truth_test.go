package correlate_test

import (
	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
	"logwhy/internal/synth"
)

// analyzeSynth explains the entries of a scenario, dealt to n collectors.
func analyzeSynth(cat *signature.Catalog, entries []*logentry.Entry, order string, n int) *incident.Analysis {
	cs := make([]*correlate.Collector, n)
	for i := range cs {
		cs[i] = correlate.NewCollector(cat, correlate.Options{})
	}
	for i, e := range entries {
		cs[i%n].Add(e)
	}
	for _, c := range cs[1:] {
		cs[0].Merge(c)
	}
	in := incident.Input{Name: "synth.json", Format: "array", Order: order, Entries: len(entries)}
	return correlate.Analyze(cat, cs[0], correlate.Read{Inputs: []incident.Input{in}}, correlate.Options{})
}

// answer is what an analysis says of one true incident.
type answer struct {
	linked  bool   // an incident that shows a symptom names the true cause first
	named   bool   // some incident names the true cause first
	verdict string // of the true cause where it is linked, else where it is named
	wrong   string // the verdict of a cause of other origin that an incident with a symptom names, "" when none
	split   int    // incidents that name the true cause
}

// judge holds an analysis against one true incident.
func judge(a *incident.Analysis, truth synth.Incident) answer {
	cause, symptoms := idSet(truth.Cause), idSet(truth.Symptoms)
	var ans answer
	for i := range a.Incidents {
		in := &a.Incidents[i]
		if len(in.Causes) == 0 {
			continue
		}
		right := cites(a, in.Causes[0].Evidence, cause)
		shows := cites(a, told(in), symptoms)
		switch {
		case right:
			ans.named = true
			ans.split++
			if shows {
				ans.linked = true
				ans.verdict = better(ans.verdict, in.Causes[0].Verdict)
			} else if !ans.linked && ans.verdict == "" {
				ans.verdict = in.Causes[0].Verdict
			}
		case shows:
			ans.wrong = better(ans.wrong, in.Causes[0].Verdict)
		}
	}
	return ans
}

// told lists the entries that the why-tree of an incident stands on.
func told(in *incident.Incident) []string {
	var ids []string
	for _, w := range in.Whys {
		ids = append(ids, w.Evidence...)
	}
	return ids
}

func cites(a *incident.Analysis, evidence []string, ids map[string]bool) bool {
	for _, e := range evidence {
		if ids[a.Evidence[e].InsertID] {
			return true
		}
	}
	return false
}

func idSet(ids []string) map[string]bool {
	m := make(map[string]bool, len(ids))
	for _, id := range ids {
		m[id] = true
	}
	return m
}

// better returns the stronger of two verdicts.
func better(a, b string) string {
	rank := map[string]int{incident.Supported: 3, incident.Plausible: 2, incident.Untestable: 1}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// supportedBy reports whether an incident names one of ids as a supported cause.
func supportedBy(a *incident.Analysis, ids map[string]bool) bool {
	for i := range a.Incidents {
		for _, c := range a.Incidents[i].Causes {
			if c.Verdict == incident.Supported && cites(a, c.Evidence, ids) {
				return true
			}
		}
	}
	return false
}

// leaveOut leaves out entries by insertId.
func leaveOut(entries []*logentry.Entry, ids map[string]bool) []*logentry.Entry {
	var out []*logentry.Entry
	for _, e := range entries {
		if !ids[e.InsertID] {
			out = append(out, e)
		}
	}
	return out
}
