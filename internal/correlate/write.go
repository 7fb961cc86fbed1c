package correlate

import (
	"fmt"
	"sort"

	"logwhy/internal/incident"
	"logwhy/internal/signature"
)

// write builds the analysis: once to learn what is cited, once with the final ids.
func (x *explainer) write() *incident.Analysis {
	x.changes = x.findChanges()
	x.describeChanges()
	x.nameFindings()
	x.ev = newEvidenceBook()
	x.compose()
	x.ev.number()
	a := x.compose()
	a.Evidence = x.evidence()
	return a
}

func (x *explainer) compose() *incident.Analysis {
	a := &incident.Analysis{
		Schema: incident.Schema, Tool: x.read.Tool, Inputs: x.read.Inputs,
		Findings: []incident.Finding{}, Incidents: []incident.Incident{}, Changes: []incident.Change{},
		Hypotheses: []incident.Hypothesis{}, Unexplained: []incident.Unexplained{},
	}
	for i, g := range x.groups {
		g.id = fmt.Sprintf("I%d", i+1)
	}
	for _, g := range x.groups {
		a.Incidents = append(a.Incidents, x.withStated(g, x.incident(g)))
	}
	a.Findings = x.findingList()
	a.Changes = x.changeList()
	a.Baseline = x.baseline()
	a.Unexplained = x.unexplained()
	a.Hypotheses = x.hypotheses()
	a.Remarks = x.remarks()
	a.Reported = x.reported()
	if x.ev.numbers { // the timeline cites nothing, so the first writing needs none
		a.Timeline = x.timeline()
	}
	a.Coverage = x.coverage()
	a.Constants = x.constants()
	a.Tally = x.tally()
	x.titles(a)
	return a
}

// nameFindings numbers the findings: by role and time, worst first.
func (x *explainer) nameFindings() {
	sort.SliceStable(x.findings, func(i, j int) bool {
		a, b := x.findings[i], x.findings[j]
		if ra, rb := roleRank(a.role), roleRank(b.role); ra != rb {
			return ra < rb
		}
		if a.first != b.first {
			if !a.first.Known() || !b.first.Known() {
				return a.first.Known()
			}
			return a.first < b.first
		}
		return findingLess(a, b)
	})
	for i, f := range x.findings {
		f.id = fmt.Sprintf("F%d", i+1)
	}
}

func roleRank(r signature.Role) int {
	switch r {
	case signature.RoleFault, signature.RoleFailure, signature.RoleImpact:
		return 0
	case signature.RoleChange:
		return 1
	case signature.RoleHealthy:
		return 2
	}
	return 3
}

func (x *explainer) findingList() []incident.Finding {
	out := make([]incident.Finding, 0, len(x.findings))
	for _, f := range x.findings {
		v := incident.Finding{
			ID: f.id, Signature: f.signatureID(), Identity: f.identity(), Formerly: f.formerly(), Template: f.template, Title: x.title(f), Role: f.role.String(),
			Severity: f.severity(), Scope: x.scopeOf(f.events), Count: f.count, First: f.first.Time(), Last: f.last.Time(),
			Revisions: f.revisions, Instances: len(f.instances), Captures: captures(f.events),
			Evidence: x.ev.whole(5, spread(f.events, 5)...), Spark: x.spark(f), Reason: x.reasonProse(f),
		}
		if f.level > 0 {
			v.Level = f.level.String()
		}
		if f.sig == nil {
			v.Why = "same text but for ids, numbers and times"
			if f.events[0].hasTr {
				v.Why = "same exception, same place in the code"
			}
		}
		if f.last.Known() && x.c.last.Sub(f.last) < x.opt.QuietAfter {
			v.Status = incident.Ongoing
		} else if f.last.Known() {
			v.Status = incident.Quiet
		}
		out = append(out, v)
	}
	return out
}

func (f *finding) signatureID() string {
	if f.sig != nil {
		return f.sig.ID
	}
	return f.what
}

func (x *explainer) reasonProse(f *finding) incident.Prose {
	for _, ev := range f.events {
		if ev.ownReason {
			return incident.Prose(incident.Short(ev.reason, 200))
		}
	}
	return ""
}

// spread picks at most n events that show a finding: the first, one of each
// further text, and the last.
func spread(evs []*event, n int) []*event {
	if len(evs) <= n {
		return evs
	}
	if n <= 1 {
		return evs[:n]
	}
	picked := []*event{evs[0]}
	texts := map[string]bool{evs[0].text: true}
	for _, ev := range evs[1 : len(evs)-1] {
		if len(picked) == n-1 {
			break
		}
		if !texts[ev.text] {
			texts[ev.text] = true
			picked = append(picked, ev)
		}
	}
	return append(picked, evs[len(evs)-1])
}

// captures collects the values of all captures, at most ten each, in order.
func captures(evs []*event) map[string][]string {
	out := map[string][]string{}
	for _, ev := range evs {
		if ev.prim == nil {
			continue
		}
		for i, name := range ev.prim.Sig.Captures {
			if i >= len(ev.prim.Values) {
				break
			}
			if v := ev.prim.Values[i]; v != "" && len(out[name]) < 10 && !contains(out[name], v) {
				out[name] = append(out[name], v)
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// scopeOf is what all events have in common.
func (x *explainer) scopeOf(evs []*event) incident.Scope {
	if len(evs) == 0 {
		return incident.Scope{}
	}
	s := evs[0].scope
	for _, ev := range evs[1:] {
		t := ev.scope
		for _, p := range []struct {
			a *string
			b string
		}{
			{&s.Project, t.Project}, {&s.Location, t.Location}, {&s.Service, t.Service}, {&s.Kind, t.Kind},
			{&s.Revision, t.Revision}, {&s.Instance, t.Instance}, {&s.Execution, t.Execution},
			{&s.Namespace, t.Namespace}, {&s.Pod, t.Pod}, {&s.Container, t.Container},
		} {
			if *p.a == "" {
				*p.a = p.b
			} else if p.b != "" && *p.a != p.b {
				*p.a = "\x00"
			}
		}
	}
	clean := func(v string) string {
		if v == "\x00" {
			return ""
		}
		return v
	}
	return incident.Scope{
		Project: clean(s.Project), Location: clean(s.Location), Service: clean(s.Service), Kind: clean(s.Kind),
		Revision: clean(s.Revision), Instance: clean(s.Instance), Execution: clean(s.Execution),
		Namespace: clean(s.Namespace), Pod: clean(s.Pod), Container: clean(s.Container),
	}
}

// sparkSlices is the width of a sparkline.
const sparkSlices = 20

func (x *explainer) spark(f *finding) []int {
	span := x.c.last.Sub(x.c.first)
	if !x.c.first.Known() || span <= 0 || len(f.events) < 2 {
		return nil
	}
	out := make([]int, sparkSlices)
	for _, ev := range f.events {
		if t := timeOf(ev); t.Known() {
			i := int(float64(t.Sub(x.c.first)) / float64(span) * sparkSlices)
			out[min(max(i, 0), sparkSlices-1)]++
		}
	}
	return out
}

// unexplained lists the patterns that no incident holds.
func (x *explainer) unexplained() []incident.Unexplained {
	out := []incident.Unexplained{}
	for _, f := range x.findings {
		if f.sig != nil || f.group != nil || f.role != signature.RoleFailure {
			continue
		}
		out = append(out, incident.Unexplained{
			ID: f.what, Finding: f.id, Template: f.template, Count: f.count, Severity: f.level.String(),
			Evidence: x.ev.events(spread(f.events, 2)...),
		})
	}
	return out
}

// hypotheses lists the rival explanations that signatures of causes name and
// logs cannot show.
func (x *explainer) hypotheses() []incident.Hypothesis {
	out := []incident.Hypothesis{}
	seen := map[string]bool{}
	for _, g := range x.groups {
		if g.root.sig == nil {
			continue
		}
		for _, alt := range g.root.sig.Alternatives {
			if seen[alt.ID] {
				continue
			}
			seen[alt.ID] = true
			out = append(out, incident.Hypothesis{
				ID: fmt.Sprintf("H%d", len(out)+1), Title: x.ruleText(g.root.sig, alt.Because, g), Status: "open",
				Check: x.ruleCommand(g.root.sig, alt.Check, g), Rule: g.root.sig.ID,
			})
		}
	}
	return out
}

// remarks are true and of low rank: answers 4xx that no fault explains, known
// noise in numbers.
func (x *explainer) remarks() []incident.Remark {
	var out []incident.Remark
	n := 0
	statuses := map[string]int{}
	var first *event
	for _, f := range x.findings {
		if f.group != nil || len(f.events) == 0 || !clientError(f.events[0]) {
			continue
		}
		n += f.count
		if h := f.events[0].http(); h != nil {
			statuses[fmt.Sprint(h.Status)] += f.count
		}
		if first == nil {
			first = f.events[0]
		}
	}
	if n > 0 {
		var parts []string
		for _, s := range sortedKeys(statuses) {
			parts = append(parts, fmt.Sprintf("%d with %s", statuses[s], s))
		}
		text := fmt.Sprintf("%d %s answered with 4xx", n, plural(n, "request was", "requests were"))
		if len(parts) > 0 {
			text += " (" + joinAnd(parts) + ")"
		}
		out = append(out, incident.Remark{
			Text: incident.Prose(text + "; no fault in the input explains them, which is usual for wrong addresses and missing logins" + refs(x.ev.events(first)) + "."), Finding: first.finding.id, Evidence: x.ev.events(first),
		})
	}
	return append(out, x.unplacedHealth()...)
}

// unplacedHealth mentions signs of health that carry no time or no scope: they
// neither support nor contradict anything.
func (x *explainer) unplacedHealth() []incident.Remark {
	var out []incident.Remark
	for _, f := range x.findings {
		if f.role != signature.RoleHealthy || f.beside || len(f.events) == 0 {
			continue
		}
		ev := f.events[0]
		lacks := ""
		switch {
		case !ev.t.Known():
			lacks = "no time"
		case ev.scope.Revision == "" && ev.scope.Instance == "" && ev.scope.Service == "":
			lacks = "no revision and no instance"
		default:
			continue
		}
		out = append(out, incident.Remark{
			Text: incident.Prose(fmt.Sprintf("%s%s shows something that works; it has %s, so it neither supports nor contradicts a failure.",
				quoted(ev, 120), refs(x.ev.events(ev)), lacks)), Finding: f.id, Evidence: x.ev.events(ev),
		})
	}
	return out
}

func (x *explainer) constants() []incident.Constant {
	used := []incident.Constant{
		{Name: "reach on one instance", Value: duration(InstanceReach), Reason: "measured lags from the last error to the exit are below 1 s"},
		{Name: "quiet after", Value: x.opt.QuietAfter.String(), Reason: "a shorter silence is not told from chance"},
	}
	for _, l := range x.links {
		switch l.rung {
		case signature.RungRequest:
			used = appendConstant(used, incident.Constant{Name: "request end to cause", Value: duration(RequestSlack), Reason: "handlers log their error after the answer; 76 of 76 measured pairs within 400 ms"})
		case signature.RungExecution:
			used = appendConstant(used, incident.Constant{Name: "reach on one execution", Value: duration(ExecutionReach), Reason: "a failed execution is reported up to 5.3 s after its container ended"})
		case signature.RungFile:
			used = appendConstant(used, incident.Constant{Name: "reach without any scope", Value: duration(FileReach), Reason: "nothing but time ties the entries"})
		}
	}
	sort.SliceStable(used[2:], func(i, j int) bool { return used[2+i].Name < used[2+j].Name })
	return used
}

func appendConstant(list []incident.Constant, c incident.Constant) []incident.Constant {
	for _, have := range list {
		if have.Name == c.Name {
			return list
		}
	}
	return append(list, c)
}
