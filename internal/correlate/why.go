package correlate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/signature"
)

// whys writes the why-tree along the best chain. It stops where the evidence
// stops: the last why of a chain that ends in no fault says so.
func (x *explainer) whys(g *group) []incident.Why {
	out := []incident.Why{}
	at := g.headline
	for i, l := range g.chain {
		w := incident.Why{
			N: len(out) + 1, Question: x.question(g, at, i == 0), Finding: l.key.cause.id, Verdict: l.verdict, Rung: l.rung.String(),
			Against: []incident.Prose{}, Checks: []incident.Check{}, Rivals: []incident.Rival{},
		}
		causes, effects := g.linked(l)
		w.Evidence = x.ev.events(append(show(causes, 2), show(effects, 1)...)...)
		w.Answer = x.linkAnswer(g, l, causes)
		if l.because != "" && i == len(g.chain)-1 {
			w.Notes = append(w.Notes, sentence(upper(incident.Prose(l.because)))+ruleMark(l))
		}
		if i == len(g.chain)-1 {
			w.Tests = l.tests
			w.WrongIf = x.wrongIf(l)
		}
		w.Against = x.against(l)
		out = append(out, w)
		at = l.key.cause
	}
	if w, ok := x.innerWhy(g, len(out)+1); ok {
		out = append(out, w)
	}
	if len(g.chain) == 0 && g.caused {
		out = append(out, x.statedWhy(g, len(out)+1))
	}
	if len(out) > 0 && g.root.sig != nil && g.caused {
		out[len(out)-1].Notes = append(out[len(out)-1].Notes, x.notes(g)...)
	}
	if len(out) > 0 && g.caused {
		out[len(out)-1].Notes = append(out[len(out)-1].Notes, x.envNotes(g)...)
	}
	return append(out, x.lastWhy(g, len(out)+1))
}

func ruleMark(l *linkStat) incident.Prose {
	if l.key.cause.sig == nil {
		return ""
	}
	return incident.Prose(" (rule " + incident.Code(l.key.cause.sig.ID) + ")")
}

// linked returns the events of a group that a link joins.
func (g *group) linked(l *linkStat) (causes, effects []*event) {
	seen := map[*event]bool{}
	for _, ev := range g.members[l.key.effect] {
		if ev.cause == nil || ev.cause.cause.finding != l.key.cause {
			continue
		}
		effects = append(effects, ev)
		if c := ev.cause.cause; !seen[c] {
			seen[c] = true
			causes = append(causes, c)
		}
	}
	return causes, effects
}

// question asks why a finding happens, in words that fit what it is.
func (x *explainer) question(g *group, f *finding, first bool) incident.Prose {
	ev := g.members[f][0]
	switch {
	case ev.http() != nil:
		return "Why are these requests answered this way?"
	case ev.hasClass("process-exit") && strings.Contains(ev.scope.Kind, "job"):
		return "Why do the tries end?"
	case ev.hasClass("process-exit"):
		return "Why does the container exit?"
	case ev.hasClass("probe-failure"):
		return "Why does the probe fail?"
	case ev.hasClass("not-ready"):
		return "Why is it not ready?"
	case ev.hasClass("job-failure"):
		return "Why does the execution fail?"
	case first && len(g.chain) > 0:
		return incident.Prose("Why " + quoted(ev, 90) + "?")
	}
	return incident.Prose("Why " + quoted(ev, 90) + "?")
}

func (x *explainer) linkAnswer(g *group, l *linkStat, causes []*event) incident.Prose {
	f := l.key.cause
	ev := causes[0]
	text := quoted(ev, 200)
	if f.sig != nil {
		text = strings.TrimSuffix(string(upper(x.title(f))), ".") + ": " + text
	}
	least, _, most := l.lags()
	lag := duration(most) + " before"
	switch {
	case most < 0:
		lag = "within " + duration(least) + " after its end"
	case least < 0:
		lag = "between " + duration(most) + " before and " + duration(least) + " after its end"
	case len(l.pairs) > 1 && duration(least) != duration(most):
		lag = duration(least) + " to " + duration(most) + " before"
	}
	held, n := l.tally(x.unheld(l))
	if l.untimed() {
		return incident.Prose(text + refs(x.ev.events(causes[0])) + ". It stands before it in the input, whose lines carry no time.")
	}
	return incident.Prose(fmt.Sprintf("%s%s. It stands %s, %s, in %d of %d.", text, refs(x.ev.events(causes[0])), lag, l.joinWords(), held, n))
}

// against lists what speaks against a link: effects it does not hold, and
// declared contradictions.
func (x *explainer) against(l *linkStat) []incident.Prose {
	out := []incident.Prose{}
	for _, t := range l.tests {
		if t.Result == incident.Fail || t.Name == "recovery" || t.Name == "declared" {
			out = append(out, t.Question+" "+t.Text)
		}
	}
	return out
}

func (x *explainer) wrongIf(l *linkStat) incident.Prose {
	if l.calls() {
		return "another caller met that failure: the entries share the host and the time, and no trace"
	}
	switch l.rung {
	case signature.RungRequest:
		return "another request on the same instance logged the error: the join is by instance and time, the entries carry no trace"
	case signature.RungService, signature.RungRevision:
		return "the two concern different instances: the join is by " + incident.Prose(l.rung.String()) + " only"
	case signature.RungFile:
		return "the lines come from different places: they carry no instance, revision or trace"
	}
	if l.basis == incident.BasisInferred {
		return "the error is another failure of the same moment: no rule says that it leads to this"
	}
	return ""
}

// innerWhy is the step inside one event: an exception that wraps another. The
// text itself says so, so the step is observed.
func (x *explainer) innerWhy(g *group, n int) (incident.Why, bool) {
	ev := g.members[g.root]
	if !g.caused || len(ev) == 0 || !ev[0].hasTr || len(ev[0].tr.Chain) < 2 {
		return incident.Why{}, false
	}
	outer, inner := ev[0].tr.Outermost(), ev[0].tr.Raised()
	if outer.Type == inner.Type && outer.Message == inner.Message {
		return incident.Why{}, false
	}
	return incident.Why{
		N: n, Question: incident.Prose("Why " + incident.Short(outer.Type+": "+firstLine(outer.Message), 120) + "?"),
		Answer: incident.Prose(fmt.Sprintf("It wraps %s; the trace shows both as one chain%s.",
			incident.Short(inner.Type+": "+firstLine(inner.Message), 200), refs(x.ev.events(ev[0])))),
		Finding: g.root.id, Verdict: incident.Supported, Evidence: x.ev.events(ev[0]),
		Against: []incident.Prose{}, Checks: []incident.Check{}, Rivals: []incident.Rival{},
	}, true
}

// statedWhy is the answer that an error gives itself.
func (x *explainer) statedWhy(g *group, n int) incident.Why {
	evs := g.members[g.root]
	w := incident.Why{
		N: n, Question: x.question(g, g.root, true), Finding: g.root.id, Verdict: x.causeVerdict(g),
		Evidence: x.ev.events(show(evs, 3)...), Against: []incident.Prose{}, Checks: []incident.Check{}, Rivals: []incident.Rival{},
	}
	if g.root.sig != nil {
		// The question quotes the line already.
		w.Answer = sentence(upper(x.title(g.root)))
		if g.root.sig.Answer != "" {
			w.Answer = sentence(upper(x.answer(g.root)))
		}
	} else {
		w.Answer = incident.Prose("The error states it itself: " + incident.Short(evs[0].reason, 240) + ".")
	}
	return w
}

// notes is what the signature of the cause knows beyond its text, where its
// conditions hold.
func (x *explainer) notes(g *group) []incident.Prose {
	sig := g.root.sig
	var out []incident.Prose
	for i := range sig.Notes {
		n := &sig.Notes[i]
		if !x.noteHolds(sig, n, g.members[g.root]) {
			continue
		}
		out = append(out, sentence(x.ruleText(sig, n.Say, g))+incident.Prose(" (rule "+incident.Code(sig.ID)+")"))
	}
	return out
}

func (x *explainer) noteHolds(sig *signature.Signature, n *signature.Note, evs []*event) bool {
	if n.Distinct != "" {
		per := map[string]map[string]bool{}
		for _, ev := range evs {
			if ev.prim == nil {
				continue
			}
			k, v := ev.prim.Value(n.Per), ev.prim.Value(n.Distinct)
			if v == "" {
				continue
			}
			if per[k] == nil {
				per[k] = map[string]bool{}
			}
			per[k][v] = true
			if len(per[k]) > n.Over {
				return true
			}
		}
		return false
	}
	if n.Capture == "" {
		return true
	}
	for _, ev := range evs {
		if ev.prim != nil && n.Holds(ev.prim.Value(n.Capture)) {
			return true
		}
	}
	return false
}

// lastWhy asks for what lies behind the cause, or for the cause itself.
func (x *explainer) lastWhy(g *group, n int) incident.Why {
	w := incident.Why{N: n, Evidence: []string{}, Against: []incident.Prose{}, Checks: x.next(g), Rivals: []incident.Rival{}}
	if !g.caused {
		at := g.headline
		if len(g.chain) > 0 {
			at = g.root
		}
		w.Question = x.question(g, at, true)
		w.Evidence = x.ev.events(show(g.members[at], 2)...)
		w.Answer = incident.Prose("Not established by these logs. " + string(x.whyNoCause(g)))
		return w
	}
	w.Question = "Why is that so?"
	if g.root.sig != nil {
		w.Question = incident.Prose("How does it come about that " + string(strings.TrimSuffix(string(lower(x.title(g.root))), ".")) + "?")
	}
	w.Answer = "Not established by these logs."
	if g.root.sig != nil && len(g.root.sig.Alternatives) > 0 {
		var alts []string
		for _, alt := range g.root.sig.Alternatives {
			alts = append(alts, string(x.ruleText(g.root.sig, alt.Because, g)))
		}
		w.Answer = incident.Prose("Not established by these logs. What would look the same from here (rule " +
			incident.Code(g.root.sig.ID) + "): " + strings.Join(alts, "; ") + ".")
	}
	return w
}

// whyNoCause says what the entries do and do not hold.
func (x *explainer) whyNoCause(g *group) incident.Prose {
	app, plat := 0, 0
	for _, ev := range g.events {
		if ev.platform() {
			plat++
		} else {
			app++
		}
	}
	n := len(g.events)
	if d, ok := x.beforeWindow(g); ok {
		return incident.Prose("The input begins " + duration(d) + " before, so what led to it cannot be tested.")
	}
	switch {
	case app == 0 && plat > 0 && x.noAppLog(g):
		return incident.Prose(fmt.Sprintf("The %d %s from the platform: that it failed, not why. No line of the application is in the input.", n, plural(n, "entry comes", "entries come")))
	case app == 0:
		return incident.Prose(fmt.Sprintf("The %d %s from the platform or the request log: that it failed, not why. No error of the application stands near %s.", n, plural(n, "entry comes", "entries come"), plural(n, "it", "them")))
	}
	return "The error lines restate that it failed and name no object or condition."
}

// beforeWindow reports whether every occurrence stands so close to the cut
// start of the input that its cause may lie before it.
func (x *explainer) beforeWindow(g *group) (time.Duration, bool) {
	var most time.Duration
	for _, ev := range g.members[g.headline] {
		if !ev.t.Known() || !x.cutOff(ev, InstanceReach) {
			return 0, false
		}
		most = max(most, ev.start.Sub(x.c.first))
	}
	return most, len(g.members[g.headline]) > 0
}

// noAppLog reports whether the application of a service logged nothing at all.
func (x *explainer) noAppLog(g *group) bool {
	return x.c.app[g.service] == nil
}

func (x *explainer) openProse(g *group) incident.Prose {
	if !g.caused {
		return ""
	}
	if g.root.sig != nil {
		return incident.Prose("How it came about that " + strings.TrimSuffix(string(lower(x.title(g.root))), ".") + ".")
	}
	return "What led to that error."
}

// explain prints how the verdicts came about, for --explain: link by link with
// the events that were paired, then each candidate against the same tests.
func (x *explainer) explain(g *group, inc *incident.Incident) []incident.Prose {
	var out []incident.Prose
	for _, l := range g.chain {
		held, of := l.tally(x.unheld(l))
		causes, effects := g.linked(l)
		out = append(out, incident.Prose(fmt.Sprintf("%s explains %s: %s, %s, joined by %s, %d of %d%s",
			l.key.cause.id, l.key.effect.id, l.verdict, l.basis, l.rung, held, of,
			refs(x.ev.events(append(show(causes, 2), show(effects, 2)...)...)))))
		if l.because != "" {
			out = append(out, incident.Prose("mechanism: "+l.because)+ruleMark(l))
		}
		for _, t := range l.tests {
			out = append(out, incident.Prose(t.Name+" ("+t.Result+"): ")+t.Text+incident.Prose(refs(t.Evidence)))
		}
	}
	for _, l := range x.dismissed(g) {
		out = append(out, incident.Prose(fmt.Sprintf("%s does not explain %s: %s, %s, joined by %s",
			l.key.cause.id, l.key.effect.id, l.verdict, l.basis, l.rung)))
		for _, t := range l.tests {
			if t.Result == incident.Fail {
				out = append(out, incident.Prose(t.Name+" ("+t.Result+"): ")+t.Text+incident.Prose(refs(t.Evidence)))
			}
		}
	}
	for _, r := range inc.Rivals {
		out = append(out, incident.Prose("rival "+r.Finding+", "+r.Verdict+": ")+r.Because+incident.Prose(refs(r.Evidence)))
	}
	if g.severityWhy != "" {
		out = append(out, incident.Prose("severity "+g.severity+": ")+g.severityWhy)
	}
	if g.statusWhy != "" {
		out = append(out, incident.Prose("status "+g.status+": ")+g.statusWhy)
	}
	return out
}

// dismissed are the links to findings of a group that the tests took out.
func (x *explainer) dismissed(g *group) []*linkStat {
	var out []*linkStat
	for _, l := range x.outTaken {
		if len(g.members[l.key.effect]) > 0 {
			out = append(out, l)
		}
	}
	return out
}

// envNotes says which variable an index of a specification stands for, where
// the same audit entry carries the specification: a message such as
// "env[5].value_from.secret_key_ref" names a place, not a thing.
func (x *explainer) envNotes(g *group) []incident.Prose {
	var out []incident.Prose
	seen := map[string]bool{}
	for _, ev := range g.members[g.root] {
		e := ev.entry()
		if e.Audit == nil || len(e.Audit.Env) == 0 {
			continue
		}
		m := envIndex.FindStringSubmatch(e.Message)
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n >= len(e.Audit.Env) || seen[m[1]] {
			continue
		}
		seen[m[1]] = true
		v := e.Audit.Env[n]
		text := fmt.Sprintf("By the specification in the same entry, %s is %s", incident.Code("env["+m[1]+"]"), incident.Code(v.Name))
		if v.Secret != "" {
			text += " from secret " + incident.Code(v.Secret)
		}
		out = append(out, incident.Prose(text+refs(x.ev.events(ev))+"."))
	}
	return out
}

var envIndex = regexp.MustCompile(`\benv\[(\d{1,3})\]`)
