package correlate

import (
	"fmt"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// testDeclared asks whether something was seen that the signature of the cause
// says cannot be if it is the cause, such as a request served afterwards by an
// instance whose process cannot start. It fails only when every occurrence is
// contradicted: one survivor among many starts does not clear the others.
func testDeclared(x *explainer, l *linkStat) (incident.Test, bool) {
	sig := l.key.cause.sig
	if sig == nil || len(sig.ContradictedBy) == 0 || l.basis != incident.BasisDeclared {
		return incident.Test{}, false
	}
	for i := range sig.ContradictedBy {
		c := &sig.ContradictedBy[i]
		contradicted := 0
		for _, p := range l.pairs {
			if x.seenAfter(c, p.cause, p.effect) {
				contradicted++
			}
		}
		if contradicted == 0 {
			continue
		}
		t := incident.Test{
			Name: "declared", Result: incident.Told, Question: "is there anything that speaks against it?",
			Text: incident.Prose(fmt.Sprintf("in %d of %d: %s (rule %s)", contradicted, len(l.pairs), c.Because, incident.Code(sig.ID))),
		}
		if contradicted == len(l.pairs) {
			t.Result = incident.Fail
		}
		return t, true
	}
	return incident.Test{}, false
}

// seenAfter reports whether the contradicting observation occurs in the same
// scope as the cause, after it.
func (x *explainer) seenAfter(c *signature.Contradiction, cause, effect *event) bool {
	for _, sig := range x.contradicting(c) {
		for k, h := range x.c.health {
			if k.sig != sig.Index || !h.last.Known() {
				continue
			}
			if c.After && h.last <= cause.t {
				continue
			}
			if sharesHealth(c.Same, k, cause.scope) {
				return true
			}
		}
	}
	return false
}

func (x *explainer) contradicting(c *signature.Contradiction) []*signature.Signature {
	if c.Signature != "" {
		if s := x.cat.Lookup(c.Signature); s != nil {
			return []*signature.Signature{s}
		}
		return nil
	}
	return x.cat.ByClass(c.Class)
}

// sharesHealth reports whether a health counter is of the scope that a
// contradiction demands. An unknown field decides nothing.
func sharesHealth(same []signature.Rung, k healthKey, s logentry.Scope) bool {
	for _, r := range same {
		switch r {
		case signature.RungInstance:
			if s.Instance == "" || k.instance != s.Instance {
				return false
			}
		case signature.RungRevision:
			if s.Revision == "" || k.revision != s.Revision {
				return false
			}
		case signature.RungService:
			if s.Service == "" || k.service != s.Service {
				return false
			}
		default:
			return false
		}
	}
	return len(same) > 0
}
