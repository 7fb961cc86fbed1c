package correlate

import (
	"fmt"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// incident writes one incident.
func (x *explainer) incident(g *group) incident.Incident {
	inc := incident.Incident{
		ID: g.id, Title: x.incidentTitle(g), Severity: g.severity, SeverityWhy: g.severityWhy, Status: g.status,
		StatusWhy: sentence(upper(g.statusWhy)), Scope: x.scopeOf(g.events), Services: g.services(), First: g.first.Time(), Last: g.last.Time(),
		Symptom: g.headline.id, Symptoms: findingIDs(g.symptoms), AlsoFailing: x.alsoFailing(g),
		Phases: x.phases(g), Whys: x.whys(g), Causes: x.causes(g), Changes: []string{}, Questions: []incident.Question{},
		Unit: g.unit(),
	}
	inc.Brief, inc.Effect = x.brief(g), x.effect(g)
	inc.Rivals = x.rivals(g)
	for _, c := range x.changesOf(g) {
		inc.Changes = append(inc.Changes, c.id)
	}
	inc.Steps = x.steps(g)
	inc.Facts = x.facts(g)
	inc.Questions = x.questions(g)
	inc.Summary = x.summary(g, &inc)
	inc.Prompts = x.prompts(g)
	if g.root.sig != nil && g.caused {
		for _, r := range g.root.sig.Remedy {
			inc.Remedies = append(inc.Remedies, x.ruleText(g.root.sig, r, g))
		}
		inc.References = g.root.sig.References
	}
	inc.Link = x.incidentLink(g)
	inc.Matrix = x.matrix(g, inc.Rivals)
	inc.Explain = x.explain(g, &inc)
	return inc
}

func (g *group) services() []string {
	m := map[string]bool{}
	for _, ev := range g.events {
		note(m, ev.scope.Service)
	}
	return sortedSet(m)
}

func findingIDs(fs []*finding) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = f.id
	}
	return out
}

// alsoFailing lists incidents of the same service and time that nothing ties
// to this one.
func (x *explainer) alsoFailing(g *group) []string {
	out := []string{}
	for _, o := range x.groups {
		if o == g || len(out) == 5 || o.service != g.service || o.status == incident.Resolved && g.status != incident.Resolved {
			continue
		}
		if o.first <= g.last.Add(x.opt.Gap) && g.first <= o.last.Add(x.opt.Gap) {
			out = append(out, o.id)
		}
	}
	return out
}

// unit is what is counted: never the log line where something better is known.
func (g *group) unit() string {
	ev := g.members[g.headline][0]
	switch {
	case ev.role == signature.RoleFault:
		return "" // a fault is counted by its lines: what it stopped is not shown
	case ev.http() != nil || ev.hasClass("request-error"):
		return "request"
	case strings.Contains(ev.scope.Kind, "job") && (ev.hasClass("process-exit") || ev.hasClass("job-failure")):
		return "try"
	case ev.hasClass("process-exit") || ev.hasClass("probe-failure"):
		return "start"
	}
	return ""
}

// incidentTitle says what does not work, and why if that is known.
func (x *explainer) incidentTitle(g *group) incident.Prose {
	what := x.subject(g)
	if !g.caused {
		if what == "" {
			return upper(x.title(g.headline))
		}
		return incident.Prose(what + ": the cause is not in the input")
	}
	if what == "" || g.root == g.headline {
		t := x.title(g.root)
		if what != "" {
			return incident.Prose(what+": ") + lower(t)
		}
		return upper(t)
	}
	return incident.Prose(what+": ") + lower(x.title(g.root))
}

// subject says what does not work, "" when the headline says it best.
func (x *explainer) subject(g *group) string {
	ev := g.members[g.headline][0]
	name := ""
	if g.service != "" {
		name = incident.Code(g.service)
	}
	switch {
	case name == "":
		return ""
	case strings.Contains(ev.scope.Kind, "job") && (ev.hasClass("process-exit") || ev.hasClass("job-failure")):
		return name + " does not complete"
	case ev.hasClass("not-ready"):
		return name + " does not become ready"
	case ev.hasClass("process-exit"), ev.hasClass("probe-failure"), ev.hasClass("startup-failure") && ev.role == signature.RoleFailure:
		return name + " does not start"
	case ev.http() != nil:
		return fmt.Sprintf("%s answers %s", name, statusWords(g))
	}
	return ""
}

func statusWords(g *group) string {
	seen := map[string]bool{}
	routes := map[string]bool{}
	for _, ev := range g.members[g.headline] {
		if h := ev.http(); h != nil {
			seen[fmt.Sprint(h.Status)] = true
			routes[h.Method+" "+logentry.PathTemplate(h.URL)] = true
		}
	}
	s := joinAnd(sortedSet(seen))
	if len(routes) == 1 {
		s += " to " + incident.Short(sortedSet(routes)[0], 60)
	}
	return s
}

// brief is what stopped it, in a table cell.
func (x *explainer) brief(g *group) incident.Prose {
	f := g.root
	if !g.caused {
		f = g.headline
	}
	return lower(x.title(f)) + incident.Prose(refs(x.ev.events(g.members[f][0])))
}

// effect is what that did, in a table cell.
func (x *explainer) effect(g *group) incident.Prose {
	n := len(g.members[g.headline])
	ev := g.members[g.headline][0]
	switch g.unit() {
	case "request":
		return incident.Prose(fmt.Sprintf("%d %s: %s", n, plural(n, "request", "requests"), statusWords(g)))
	case "try", "start":
		if u := g.units(); u > 0 {
			return incident.Prose(fmt.Sprintf("%d %s: %s", u, plural(u, g.unit(), plural(2, "", unitPlural(g.unit()))), quoted(ev, 60)))
		}
	}
	if g.root == g.headline {
		return incident.Prose(times(n))
	}
	return lower(x.title(g.headline)) + incident.Prose(", "+times(n))
}

func unitPlural(u string) string {
	if u == "try" {
		return "tries"
	}
	return u + "s"
}

// units counts the starts or tries that the headline speaks of: instances
// where they are known.
func (g *group) units() int {
	m := map[string]bool{}
	for _, ev := range g.members[g.headline] {
		note(m, ev.scope.Instance)
	}
	if len(m) > 0 {
		return len(m)
	}
	return len(g.members[g.headline])
}

// phases cut an incident where nothing was seen for longer than the gap.
func (x *explainer) phases(g *group) []incident.Phase {
	var out []incident.Phase
	var cur *incident.Phase
	var last logentry.Time
	for _, ev := range g.events {
		t := timeOf(ev)
		if !t.Known() {
			continue
		}
		if cur == nil || t.Sub(last) > x.opt.Gap {
			out = append(out, incident.Phase{N: len(out) + 1, From: t.Time(), Counts: map[string]int{}, Status: incident.Quiet, Findings: []string{}})
			cur = &out[len(out)-1]
		}
		if !contains(cur.Findings, ev.finding.id) {
			cur.Findings = append(cur.Findings, ev.finding.id)
		}
		cur.Counts[ev.finding.id]++
		if tt := t.Time(); tt.After(cur.To) {
			cur.To = tt
		}
		last = max(last, t)
	}
	if out == nil {
		return []incident.Phase{}
	}
	out[len(out)-1].Status = g.status
	return out
}

// causes names what may be named: the root of the chain when it is a fault or
// states a reason, and what the chain passes on the way if that states one too.
func (x *explainer) causes(g *group) []incident.Cause {
	out := []incident.Cause{}
	if !g.caused {
		return out
	}
	evs := g.members[g.root]
	c := incident.Cause{
		Finding: g.root.id, Title: x.title(g.root), Basis: incident.BasisStated, Verdict: x.causeVerdict(g),
		Evidence: x.ev.events(show(evs, 3)...), Tests: []incident.Test{},
	}
	if n := len(g.chain); n > 0 {
		c.Basis, c.Tests = g.chain[n-1].basis, g.chain[n-1].tests
	}
	return append(out, c)
}

// show picks the events that show a cause best: the first, one of another
// text, the last.
func show(evs []*event, n int) []*event { return spread(evs, n) }

// causeVerdict is the weakest verdict of the chain; without a chain, a stated
// reason is plausible, and supported where the platform states it of the very
// object it reports on.
func (x *explainer) causeVerdict(g *group) string {
	if len(g.chain) == 0 {
		ev := g.members[g.root][0]
		if ev.role == signature.RoleFault && ev.entry().Audit != nil {
			return incident.Supported
		}
		return incident.Plausible
	}
	v := incident.Supported
	for _, l := range g.chain {
		if l.verdict != incident.Supported {
			v = incident.Plausible
		}
	}
	return v
}

// summary is the first screen.
func (x *explainer) summary(g *group, inc *incident.Incident) incident.Summary {
	s := incident.Summary{
		Fails: x.failsProse(g), Since: x.sinceProse(g), Changed: x.changedProse(g), Cause: x.causeProse(g),
		Open: x.openProse(g), Next: x.nextWith(g, inc.Rivals),
	}
	if g.caused {
		s.Verdict = x.causeVerdict(g)
	}
	for _, r := range inc.Rivals {
		if len(s.NotIt) < 2 {
			s.NotIt = append(s.NotIt, r.Title+incident.Prose(" ("+r.Verdict+")"))
		}
	}
	return s
}

// failsProse says what fails, in the unit that counts.
func (x *explainer) failsProse(g *group) incident.Prose {
	evs := g.members[g.headline]
	first, last := evs[0], evs[len(evs)-1]
	n := len(evs)
	cite := refs(x.ev.events(first, last))
	span := x.spanWords(evs)
	line := quoted(first, 140)
	switch g.unit() {
	case "request":
		if first.http() != nil {
			text := x.requestsProse(g, evs, cite)
			if sig := g.headline.sig; sig != nil && sig.Pack != "http" && sig.Answer != "" {
				text += " " + sentence(upper(x.answer(g.headline)))
			}
			return text
		}
	case "start", "try":
		u := g.units()
		of := ""
		if total := x.unitsOf(g); total > u {
			of = fmt.Sprintf(" of %d", total)
		}
		unit := plural(u, g.unit(), unitPlural(g.unit()))
		where := ""
		if revs := g.revisions(); len(revs) == 1 {
			where = " of revision " + incident.Code(revs[0])
		} else if len(revs) > 1 {
			where = fmt.Sprintf(" of %d revisions", len(revs))
		} else if ex := g.executions(); len(ex) > 0 {
			where = " of " + codeList(ex)
		}
		return incident.Prose(fmt.Sprintf("%d%s %s%s %s in %s, %s%s.", u, of, unit, where, plural(u, "ends", "end"), line, span, cite) + x.loopOf(g).prose(x, g.unit()))
	}
	text := fmt.Sprintf("%s, %s, %s%s.", line, times(n), span, cite)
	if g.headline.sampled {
		text = fmt.Sprintf("%s, %d times, %s%s.", line, g.headline.count, span, cite)
	}
	if sig := g.headline.sig; sig != nil && sig.Answer != "" && g.headline.role != signature.RoleFault {
		text += " " + string(sentence(upper(x.answer(g.headline))))
	}
	return incident.Prose(text)
}

func (g *group) executions() []string {
	m := map[string]bool{}
	for _, ev := range g.events {
		note(m, ev.scope.Execution)
	}
	return sortedSet(m)
}

// unitsOf counts all starts or tries of the service that the input shows to
// their end, whatever ended them.
func (x *explainer) unitsOf(g *group) int {
	m := map[string]bool{}
	for _, ev := range x.events {
		if ev.scope.Service == g.service && ev.hasClass("process-exit") {
			note(m, ev.scope.Instance)
		}
	}
	return len(m)
}

func (x *explainer) requestsProse(g *group, evs []*event, cite string) incident.Prose {
	type route struct{ method, path string }
	fails := map[route]int{}
	statuses := map[string]bool{}
	for _, ev := range evs {
		h := ev.http()
		if h == nil {
			continue
		}
		fails[route{h.Method, logentry.PathTemplate(h.URL)}]++
		statuses[fmt.Sprint(h.Status)] = true
	}
	where := fmt.Sprintf("%d routes", len(fails))
	if len(fails) == 1 {
		for r := range fails {
			where = incident.Short(r.method+" "+r.path, 80)
		}
	}
	of := x.answeredOf(g.service, len(evs), func(method, path string) bool { return fails[route{method, path}] > 0 })
	return incident.Prose(fmt.Sprintf("%s %s answered with %s: %s, %s%s.", where, plural(len(fails), "is", "are"), joinAnd(sortedSet(statuses)), of, x.spanWords(evs), cite))
}

// spanWords says from when to when.
func (x *explainer) spanWords(evs []*event) string {
	first, last := logentry.NoTime, logentry.NoTime
	for _, ev := range evs {
		first, last = widen(first, last, timeOf(ev))
	}
	switch {
	case !first.Known():
		return "at an unknown time"
	case first == last:
		return "at " + x.clock(first)
	}
	return "from " + x.clock(first) + " to " + x.clock(last)
}

// clock prints a time of day; with the date where the input spans several.
func (x *explainer) clock(t logentry.Time) string {
	if !t.Known() {
		return "an unknown time"
	}
	if x.c.first.Known() && x.c.first.Time().Format(time.DateOnly) != x.c.last.Time().Format(time.DateOnly) {
		return t.Time().Format("2006-01-02 15:04:05")
	}
	return t.Time().Format("15:04:05")
}

func (x *explainer) sinceProse(g *group) incident.Prose {
	if !g.first.Known() {
		return "the entries carry no time"
	}
	first, last := g.events[0], g.events[len(g.events)-1]
	cite := refs(x.ev.events(first, last))
	begin := x.clock(g.first)
	if x.cut() && g.first.Sub(x.c.first) < time.Second {
		begin = "before " + begin + ", the first entry"
	} else if clean, ok := x.lastClean(g); ok {
		begin += ", after " + clean
	}
	if x.clock(g.first) == x.clock(g.last) {
		return incident.Prose(begin + cite)
	}
	end := "last " + x.clock(g.last)
	if d := x.c.last.Sub(g.last); d < time.Second {
		end += ", at the end of the input"
	}
	return incident.Prose(begin + "; " + end + cite)
}

// lastClean finds the last sign of health of the service before the onset.
func (x *explainer) lastClean(g *group) (string, bool) {
	best := logentry.NoTime
	for k, h := range x.c.health {
		if k.service != g.service || !x.cat.At(k.sig).HasClass("traffic") || !h.first.Known() || h.first >= g.first {
			continue
		}
		t := h.first
		if h.last < g.first {
			t = h.last
		}
		if !best.Known() || t > best {
			best = t
		}
	}
	if !best.Known() {
		return "", false
	}
	return "a request served at " + x.clock(best), true
}

func (x *explainer) answer(f *finding) incident.Prose {
	return incident.Prose(f.sig.FillProse(f.sig.Answer, values(f.events), func(s string) string { return incident.Short(s, 160) }))
}

// causeProse states the best-supported cause with its evidence and its join.
func (x *explainer) causeProse(g *group) incident.Prose {
	if !g.caused {
		return x.whyNoCause(g)
	}
	evs := g.members[g.root]
	ev := evs[0]
	text := string(sentence(upper(x.rootStatement(g))))
	text = strings.TrimSuffix(text, ".") + refs(x.ev.events(show(evs, 2)...)) + "."
	if n := len(g.chain); n > 0 {
		text += " " + x.tieProse(g)
	} else if ev.role != signature.RoleFault || g.root == g.headline {
		text += " The entry states this itself; nothing else is tied to it."
	}
	return incident.Prose(text)
}

// rootStatement says what the cause is: the rule's answer, and the words of the log.
func (x *explainer) rootStatement(g *group) incident.Prose {
	f := g.root
	ev := g.members[f][0]
	if f.sig != nil {
		t := x.title(f)
		if f.sig.Answer != "" {
			t = x.answer(f)
		}
		if quotesReason(t, ev) {
			return t
		}
		return t + incident.Prose(": "+quoted(ev, 160))
	}
	return incident.Prose(quoted(ev, 220))
}

// quotesReason reports whether a sentence quotes the reason of an event already.
func quotesReason(t incident.Prose, ev *event) bool {
	msg := firstLine(ev.reason)
	if ev.hasTr {
		msg = firstLine(ev.tr.Raised().Message)
	}
	told := 0
	for _, s := range t.Spans() {
		if s.Kind == incident.SpanCode && strings.Contains(msg, s.Text) {
			told += len(s.Text)
		}
	}
	return told >= 8 && 5*told >= 2*len(msg)
}

// tieProse says how cause and headline hang together over the whole chain.
func (x *explainer) tieProse(g *group) string {
	n, of, least, most := g.spanLags()
	if n == 0 {
		return ""
	}
	if g.chain[0].untimed() {
		return "It stands before it in the input, whose lines carry no time."
	}
	what := plural(of, "it", fmt.Sprintf("%d of %d", n, of))
	if of == 1 {
		what = "the one that is seen"
	}
	lag := duration(most) + " before"
	if n > 1 && duration(least) != duration(most) {
		lag = duration(least) + " to " + duration(most) + " before"
	}
	if most < 0 {
		lag = "within " + duration(-least) + " after the end of"
	} else if least < 0 {
		ends := plural(of, "the request ends", fmt.Sprintf("the requests end, %d of %d", n, of))
		return fmt.Sprintf("It is logged as %s, %s.", ends, g.chainWords())
	}
	return fmt.Sprintf("It stands %s %s, %s.", lag, what, g.chainWords())
}

func rungWords(r signature.Rung) string {
	switch r {
	case signature.RungTrace:
		return "on the same trace"
	case signature.RungRequest:
		return "on the same instance, inside the request"
	case signature.RungInstance:
		return "on the same instance"
	case signature.RungExecution:
		return "on the same execution"
	case signature.RungRevision:
		return "on the same revision"
	case signature.RungService:
		return "in the same service"
	}
	return "with nothing but time in common"
}

// spanLags measures from the root to the headline over the whole chain.
func (g *group) spanLags() (n, of int, least, most time.Duration) {
	for _, ev := range g.members[g.headline] {
		of++
		t := terminal(ev)
		if t == ev {
			continue
		}
		lag := ev.t.Sub(t.t)
		if n == 0 || lag < least {
			least = lag
		}
		if n == 0 || lag > most {
			most = lag
		}
		n++
	}
	return n, of, least, most
}

func (g *group) worstRung() signature.Rung {
	r := signature.RungNone
	for _, l := range g.chain {
		r = max(r, l.rung)
	}
	return r
}
