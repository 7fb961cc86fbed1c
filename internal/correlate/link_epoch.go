package correlate

import (
	"logwhy/internal/incident"
)

// testEpoch asks whether a deploy lies between cause and effect. It speaks
// only when they are of different revisions, which sameScope lets through for
// links by trace alone.
func testEpoch(_ *explainer, l *linkStat) (incident.Test, bool) {
	for _, p := range l.pairs {
		a, b := p.cause.scope, p.effect.scope
		if a.Service == b.Service && a.Revision != "" && b.Revision != "" && a.Revision != b.Revision {
			return incident.Test{
				Name: "epoch", Result: incident.Told, Question: "is a deploy between them?",
				Text: incident.Prose("separated by revision " + incident.Code(b.Revision)),
			}, true
		}
	}
	return incident.Test{}, false
}
