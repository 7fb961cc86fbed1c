package correlate

import (
	"sort"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// link ties one event to the event that may explain it.
type link struct {
	cause   *event
	rung    signature.Rung
	lag     time.Duration // effect minus cause; negative when the cause was logged later
	basis   string        // incident.BasisDeclared or BasisInferred
	because string        // the mechanism, for declared links
	via     *signature.Signature
}

// linkKey names a link between findings.
type linkKey struct{ cause, effect *finding }

// linkStat gathers what assignment gave a link between findings.
type linkStat struct {
	key     linkKey
	basis   string
	rung    signature.Rung // the farthest that was used
	because string
	pairs   []pair
	verdict string
	tests   []incident.Test
}

type pair struct {
	cause, effect *event
	lag           time.Duration
}

// joinIndex finds the events of a scope.
type joinIndex struct {
	instance, execution, revision, service, trace map[string][]*event
	nowhere                                       []*event            // events without any scope
	untimed                                       map[string][]*event // events without a time, by input
	calls                                         *callIndex
}

func buildIndex(events []*event) joinIndex {
	ix := joinIndex{
		instance: map[string][]*event{}, execution: map[string][]*event{}, revision: map[string][]*event{},
		service: map[string][]*event{}, trace: map[string][]*event{},
		untimed: map[string][]*event{},
	}
	for _, ev := range events {
		if !ev.t.Known() {
			put(ix.untimed, ev.entry().Pos.Name, ev)
			continue
		}
		s := ev.scope
		put(ix.instance, s.Instance, ev)
		put(ix.execution, s.Execution, ev)
		put(ix.revision, s.Revision, ev)
		put(ix.service, s.Service, ev)
		put(ix.trace, ev.trace, ev)
		if s.Instance == "" && s.Execution == "" && s.Revision == "" && s.Service == "" {
			ix.nowhere = append(ix.nowhere, ev)
		}
	}
	return ix
}

func put(m map[string][]*event, k string, ev *event) {
	if k != "" {
		m[k] = append(m[k], ev)
	}
}

// maxRounds bounds how often contradicted links are taken out and their
// occurrences assigned anew.
const maxRounds = 4

// link assigns every occurrence to its nearest candidate cause, tests the
// links between findings on what was assigned, takes out what the tests
// contradict, and assigns again.
func (x *explainer) link() {
	x.index = buildIndex(x.events)
	x.markDecoys()
	for round := 0; round < maxRounds; round++ {
		x.assign()
		if !x.test() {
			return
		}
	}
	x.assign()
	x.test()
}

func (x *explainer) assign() {
	x.links = map[linkKey]*linkStat{}
	for _, ev := range x.events {
		ev.cause, ev.effects = nil, nil
	}
	for _, ev := range x.events {
		if ev.finding == nil || !explainable(ev) {
			continue
		}
		l := x.nearest(ev)
		if l == nil || loops(ev, l.cause) {
			continue
		}
		ev.cause = l
		l.cause.effects = append(l.cause.effects, ev)
		k := linkKey{l.cause.finding, ev.finding}
		st := x.links[k]
		if st == nil {
			st = &linkStat{key: k, basis: l.basis, because: l.because}
			x.links[k] = st
		}
		if l.basis == incident.BasisDeclared || l.basis == incident.BasisStated && st.basis == incident.BasisInferred {
			st.basis, st.because = l.basis, l.because
		}
		st.rung = max(st.rung, l.rung)
		st.pairs = append(st.pairs, pair{l.cause, ev, l.lag})
	}
}

// explainable reports whether an event asks for a cause.
func explainable(ev *event) bool {
	switch ev.role {
	case signature.RoleFailure, signature.RoleImpact, signature.RoleFault:
		return true
	}
	return false
}

func loops(effect, cause *event) bool {
	for c := cause; c != nil; {
		if c == effect {
			return true
		}
		if c.cause == nil {
			return false
		}
		c = c.cause.cause
	}
	return false
}

// nearest returns the link to the nearest candidate: the closest rung of the
// join ladder that has one, then the smallest lag.
func (x *explainer) nearest(ev *event) *link {
	if !ev.t.Known() {
		if ev.entry().ResourceType != "build" {
			return nil // lists of logs may be newest-first, the output of a build is not
		}
		return x.byPlace(ev)
	}
	if ev.trace != "" {
		if l := x.byTrace(ev); l != nil {
			return l
		}
	}
	if l := x.byCall(ev); l != nil {
		return l
	}
	if h := ev.http(); h != nil {
		// An HTTP symptom joins only by trace, or request interval and instance.
		if l := x.byRequest(ev); l != nil {
			return l
		}
		if !ev.declaredEffect() {
			return nil
		}
	}
	if ev.scope.Instance != "" {
		if l := x.back(ev, x.index.instance[ev.scope.Instance], signature.RungInstance, InstanceReach); l != nil {
			return l
		}
	}
	if ev.scope.Execution != "" {
		if l := x.back(ev, x.index.execution[ev.scope.Execution], signature.RungExecution, ExecutionReach); l != nil {
			return l
		}
	}
	if ev.scope.Revision != "" {
		if l := x.back(ev, x.index.revision[ev.scope.Revision], signature.RungRevision, RevisionReach); l != nil {
			return l
		}
	}
	if ev.scope.Service != "" {
		if l := x.back(ev, x.index.service[ev.scope.Service], signature.RungService, InstanceReach); l != nil {
			return l
		}
	}
	if len(x.index.nowhere) > 1 && ev.scope.Service == "" && ev.scope.Instance == "" && ev.scope.Revision == "" {
		return x.back(ev, x.index.nowhere, signature.RungFile, FileReach)
	}
	return nil
}

// maxUntimed is how many events before one may explain it where the lines of
// an input carry no time.
const maxUntimed = 40

// byPlace looks at what stands before ev in an input whose lines carry no time:
// the output of a build, which is one execution. Their order is known, their
// distance is not.
func (x *explainer) byPlace(ev *event) *link {
	list := x.index.untimed[ev.entry().Pos.Name]
	pos := sort.Search(len(list), func(i int) bool { return list[i].idx >= ev.idx })
	var best *link
	for i, n := pos-1, 0; i >= 0 && n < maxUntimed; i, n = i-1, n+1 {
		l := x.candidate(list[i], ev, signature.RungExecution)
		if l == nil || best != nil && !best.empty() {
			continue
		}
		if best == nil || !l.empty() {
			best = l
		}
	}
	return best
}

// declaredEffect reports whether a signature of a request entry says more than
// its status: the platform's own text (malformed response, memory limit).
func (ev *event) declaredEffect() bool {
	for _, m := range ev.matches {
		if m.Sig.Pack != "http" {
			return true
		}
	}
	return false
}

// candidate reports whether c may explain ev over rung, and how.
func (x *explainer) candidate(c, ev *event, rung signature.Rung) *link {
	return x.candidateWithin(c, ev, rung, RequestSlack)
}

func (x *explainer) candidateWithin(c, ev *event, rung signature.Rung, slack time.Duration) *link {
	if c == ev || c.finding == nil || c.finding.decoy || c.finding == ev.finding || x.banned[linkKey{c.finding, ev.finding}] {
		return nil
	}
	if !sameScope(c, ev) || x.parted(c, ev, rung) {
		return nil
	}
	if notFound(ev) && rung != signature.RungTrace {
		return nil
	}
	lag := ev.t.Sub(c.t)
	if l := declared(c, ev, rung, lag, slack); l != nil {
		return l
	}
	if (inferable(c, ev, rung) || repeats(c, ev, rung)) && x.inReach(c, ev, rung, lag, slack) {
		return &link{cause: c, rung: rung, lag: lag, basis: incident.BasisInferred}
	}
	return nil
}

// repeats reports whether ev passes on the reason that c states, or says that
// what followed c failed too. Both join within a unit, by the words of the
// application.
func repeats(c, ev *event, rung signature.Rung) bool {
	if !c.ownReason || c.platform() || ev.platform() || rung > signature.RungExecution && rung != signature.RungFile {
		return false
	}
	if c.role != signature.RoleFault && c.role != signature.RoleFailure || ev.role == signature.RoleImpact {
		return false
	}
	if ev.reason != "" && reasonKey(ev.reason) == reasonKey(c.reason) {
		return false // the same thing said twice, not a chain
	}
	return fallsBack(ev) || ev.role != signature.RoleFault && restates(ev, c)
}

// notFound reports whether a request asked for something that is not there:
// that needs no cause, and an error near it is another matter.
func notFound(ev *event) bool {
	h := ev.http()
	return h != nil && (h.Status == 404 || h.Status == 405 || h.Status == 410)
}

// sameScope compares scopes on the fields that both have.
func sameScope(a, b *event) bool {
	differ := func(p, q string) bool { return p != "" && q != "" && p != q }
	s, t := a.scope, b.scope
	if a.trace != "" && a.trace == b.trace {
		return true
	}
	return !differ(s.Project, t.Project) && !differ(s.Service, t.Service) && !differ(s.Revision, t.Revision) &&
		!differ(s.Execution, t.Execution) && !differ(s.Instance, t.Instance)
}

// declared looks for an edge of one of c's signatures to one of ev's.
//
// A change is context, not a cause: that something was deployed before a
// failure says when, not why. Changes stand in their own section.
func declared(c, ev *event, rung signature.Rung, lag, slack time.Duration) *link {
	switch c.role {
	case signature.RoleFault, signature.RoleFailure, signature.RoleImpact:
	default:
		return nil
	}
	for i := range c.matches {
		sig := c.matches[i].Sig
		for j := range sig.LeadsTo {
			e := &sig.LeadsTo[j]
			if !reaches(e, ev) || !allows(e, rung, c, ev) || !within(e, rung, lag, slack, c, ev) {
				continue
			}
			return &link{cause: c, rung: rung, lag: lag, basis: incident.BasisDeclared, because: e.Because, via: sig}
		}
	}
	return nil
}

func reaches(e *signature.Edge, ev *event) bool {
	for i := range ev.matches {
		s := ev.matches[i].Sig
		if e.Effect != "" && s.ID == e.Effect {
			return true
		}
		// An edge to a class means what fails, not another fault of that class.
		if e.Class != "" && ev.role != signature.RoleFault && s.Role != signature.RoleFault && s.HasClass(e.Class) {
			return true
		}
	}
	return false
}

// allows reports whether an edge may join over a rung. Where no entry carries
// an instance, what an edge joins by instance is joined by revision.
func allows(e *signature.Edge, rung signature.Rung, c, ev *event) bool {
	if len(e.Join) == 0 {
		return rung <= signature.RungRevision
	}
	for _, r := range e.Join {
		if r == signature.RungInstance && placeless(c, ev) && (rung == signature.RungRevision || rung == signature.RungService && bare(c) && bare(ev)) {
			return true
		}
		if r == rung || rung == signature.RungRequest && (r == signature.RungTrace || r == signature.RungInstance) ||
			rung == signature.RungFile && r != signature.RungTrace {
			return true
		}
	}
	return false
}

// within reports whether the lag is one that the edge allows.
func within(e *signature.Edge, rung signature.Rung, lag, slack time.Duration, c, ev *event) bool {
	late := max(e.Late, OrderSlack)
	if rung == signature.RungRequest || rung == signature.RungTrace {
		return lag >= -max(e.Late, slack)
	}
	if lag < -late {
		return false
	}
	if lag < 0 && e.Late == 0 && c.entry().LogName == ev.entry().LogName {
		return false // one log of one instance is in order
	}
	if rung == signature.RungFile {
		return lag <= FileReach
	}
	if e.Within.Span != "" {
		return true
	}
	d := e.Within.Duration
	if d == 0 {
		d = reachOf(rung)
	}
	return lag <= d
}

func reachOf(r signature.Rung) time.Duration {
	switch r {
	case signature.RungExecution:
		return ExecutionReach
	case signature.RungRevision, signature.RungService:
		return RevisionReach
	case signature.RungFile:
		return FileReach
	}
	return InstanceReach
}

// bare reports whether an event says no more of its place than the service.
func bare(ev *event) bool { return ev.scope.Revision == "" && ev.scope.Execution == "" }

// placeless reports whether neither event carries an instance.
func placeless(a, b *event) bool { return a.scope.Instance == "" && b.scope.Instance == "" }

func (x *explainer) inReach(c, ev *event, rung signature.Rung, lag, slack time.Duration) bool {
	switch rung {
	case signature.RungTrace:
		return lag >= -TraceSlack
	case signature.RungRequest:
		return lag >= -slack
	}
	if lag < 0 || c.idx > ev.idx {
		return announces(ev, c, rung, lag)
	}
	return lag <= reachOf(rung)
}

// maxAnnounced is how many events behind its announcement a reason may stand.
const maxAnnounced = 3

// announces reports whether ev, an error that gives no reason, is the headline
// of c, which gives one right behind it in the same log: handlers print first
// that something failed and then the exception.
func announces(ev, c *event, rung signature.Rung, lag time.Duration) bool {
	return c.ownReason && ev.err && lag >= -OrderSlack && c.idx > ev.idx && c.idx-ev.idx <= maxAnnounced &&
		rung != signature.RungService && rung != signature.RungRevision &&
		c.entry().LogName == ev.entry().LogName && c.scope.Instance == ev.scope.Instance
}

// inferable reports whether an error may explain a failure that gives no
// reason of its own, without a declared mechanism: an error event of the
// application, in the same request, on the same instance or execution, or,
// without any scope, in the same second.
func inferable(c, ev *event, rung signature.Rung) bool {
	if !c.err && !warned(c) || c.platform() || ev.ownReason && !sameObject(c, ev) || ev.role == signature.RoleFault {
		return false
	}
	switch c.role {
	case signature.RoleFault, signature.RoleFailure:
	default:
		return false
	}
	if h := ev.http(); h != nil {
		if h.Status < 500 {
			return c.role == signature.RoleFault || c.hasClass("auth") || c.hasClass("permission")
		}
		return rung <= signature.RungRequest
	}
	switch rung {
	case signature.RungTrace, signature.RungInstance, signature.RungExecution, signature.RungFile:
	case signature.RungRevision:
		if !placeless(c, ev) || ev.t.Sub(c.t) > InstanceReach {
			return false
		}
	case signature.RungService:
		if !placeless(c, ev) || !bare(c) || !bare(ev) || ev.t.Sub(c.t) > InstanceReach {
			return false
		}
	default:
		return false
	}
	if ev.role == signature.RoleImpact || ev.platform() {
		return ev.hasClass("process-exit") || ev.hasClass("job-failure") || ev.hasClass("probe-failure") || ev.hasClass("request-error")
	}
	return true
}

// sameObject reports whether a fault that a rule knows and, right behind it, an
// error in the application's own words name the same thing: the fault is what
// the error passes on ("permission denied on secret LEDGER_KEY", "LEDGER_KEY is
// not available").
func sameObject(c, ev *event) bool {
	if c.role != signature.RoleFault || c.sig() == nil || ev.sig() != nil || ev.role != signature.RoleFailure {
		return false
	}
	if lag := ev.t.Sub(c.t); lag < 0 || lag > FileReach || c.idx > ev.idx {
		return false
	}
	for name := range objectsOf(c.text) {
		if objectsOf(ev.text)[name] {
			return true
		}
	}
	return false
}

// objectsOf are the names in capitals, with an underscore, on the first lines
// of a text: settings, variables, secrets.
func objectsOf(text string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsFuncSeq(firstLines(text, 3), func(r rune) bool {
		return r != '_' && !('A' <= r && r <= 'Z') && !('0' <= r && r <= '9') && !('a' <= r && r <= 'z')
	}) {
		if len(w) >= 6 && strings.Contains(w, "_") && w == strings.ToUpper(w) && w != "PERMISSION_DENIED" && w != "NOT_FOUND" && w != "INVALID_ARGUMENT" && w != "FAILED_PRECONDITION" {
			out[w] = true
		}
	}
	return out
}

// warned reports whether an event is a warning that states a reason which a
// rule knows: what an application logs of each attempt before it gives up.
func warned(c *event) bool { return c.weak && c.ownReason && c.sig() != nil }

// byTrace looks among the events of the same trace.
func (x *explainer) byTrace(ev *event) *link {
	var best *link
	for _, c := range x.index.trace[ev.trace] {
		if c.http() != nil && c.http().Status < 500 {
			continue
		}
		best = nearer(best, x.candidate(c, ev, signature.RungTrace))
	}
	return best
}

// byRequest looks among the errors of the request's instance within its
// interval, and shortly after: handlers log their error after the answer.
func (x *explainer) byRequest(ev *event) *link {
	if ev.scope.Instance == "" {
		return nil
	}
	list := x.index.instance[ev.scope.Instance]
	from, to := ev.start, ev.t.Add(RequestSlack)
	if x.lateCauses(ev.finding) {
		to = ev.t.Add(maxLate)
	}
	var best *link
	for i := sort.Search(len(list), func(i int) bool { return list[i].t >= from }); i < len(list) && list[i].t <= to; i++ {
		if list[i].http() != nil {
			continue
		}
		best = nearer(best, x.candidate(list[i], ev, signature.RungRequest))
	}
	if best == nil {
		return x.byLateRequest(ev, list)
	}
	return best
}

// byLateRequest looks beyond RequestSlack where there is one error only that
// can be meant and one request only that can mean it.
func (x *explainer) byLateRequest(ev *event, list []*event) *link {
	var only *event
	from, to := ev.t.Add(-LateSlack), ev.t.Add(LateSlack)
	for i := sort.Search(len(list), func(i int) bool { return list[i].t >= from }); i < len(list) && list[i].t <= to; i++ {
		c := list[i]
		switch {
		case c == ev:
		case c.http() != nil && c.http().Status >= 500:
			return nil
		case c.t <= ev.t.Add(RequestSlack) || !c.err || c.platform():
		case only != nil:
			return nil
		default:
			only = c
		}
	}
	if only == nil {
		return nil
	}
	return x.candidateWithin(only, ev, signature.RungRequest, LateSlack)
}

// nearer keeps the link with the smaller distance. A line that gives no reason
// and has no declared mechanism does not displace one that does: it is what an
// application says on its way out.
func nearer(a, b *link) *link {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	if ea, eb := a.empty(), b.empty(); ea != eb {
		if ea {
			return b
		}
		return a
	}
	if da, db := abs(a.lag), abs(b.lag); db < da || db == da && b.basis == incident.BasisDeclared && a.basis != incident.BasisDeclared {
		return b
	}
	return a
}

// empty reports whether a link is inferred from an error that says nothing.
func (l *link) empty() bool {
	return l.basis == incident.BasisInferred && !l.cause.ownReason
}

func abs(d time.Duration) time.Duration {
	if d < 0 {
		return -d
	}
	return d
}

// maxBack bounds how many events are looked at behind one.
const maxBack = 3000

// back walks backwards from ev in list and returns the nearest candidate. The
// walk also looks a little ahead where a declared edge says that the cause is
// logged late.
func (x *explainer) back(ev *event, list []*event, rung signature.Rung, reach time.Duration) *link {
	pos := sort.Search(len(list), func(i int) bool { return list[i].idx >= ev.idx })
	var best *link
	far := x.farCauses(ev.finding)
	for i, n := pos-1, 0; i >= 0 && n < maxBack; i, n = i-1, n+1 {
		c := list[i]
		lag := ev.t.Sub(c.t)
		if best != nil && !best.empty() && lag > best.lag || lag > reach && len(far) == 0 {
			break
		}
		if c.finding == nil || lag > reach && !far[c.finding] {
			continue
		}
		best = nearer(best, x.candidate(c, ev, rung))
	}
	late := OrderSlack
	if x.lateCauses(ev.finding) {
		late = maxLate
	}
	for i := pos; i < len(list) && list[i].t.Sub(ev.t) <= late; i++ {
		if list[i] == ev || best != nil && !best.empty() && list[i].t.Sub(ev.t) > best.lag {
			continue
		}
		if l := x.candidate(list[i], ev, rung); l != nil {
			best = nearer(best, l)
		}
	}
	return best
}

// farCauses are the findings whose edges to f reach further than the reach of
// a rung: effects that last as long as an instance or a revision does.
func (x *explainer) farCauses(f *finding) map[*finding]bool {
	if far, ok := x.far[f]; ok {
		return far
	}
	far := map[*finding]bool{}
	for _, c := range x.findings {
		for _, e := range edgesTo(c, f) {
			if e.Within.Span != "" || e.Within.Duration > InstanceReach {
				far[c] = true
			}
		}
	}
	x.far[f] = far
	return far
}

// lateCauses reports whether a cause of f may be logged well after it.
func (x *explainer) lateCauses(f *finding) bool {
	if late, ok := x.late[f]; ok {
		return late
	}
	late := false
	for _, c := range x.findings {
		for _, e := range edgesTo(c, f) {
			late = late || e.Late > OrderSlack
		}
	}
	x.late[f] = late
	return late
}

// edgesTo lists the edges from the signatures of one finding to another. It
// looks at the first events: all of a finding match the same signatures, but
// for texts that say more than one thing.
func edgesTo(c, f *finding) []*signature.Edge {
	var out []*signature.Edge
	for _, ev := range firstEvents(f) {
		for _, ce := range firstEvents(c) {
			for i := range ce.matches {
				sig := ce.matches[i].Sig
				for j := range sig.LeadsTo {
					if reaches(&sig.LeadsTo[j], ev) {
						out = append(out, &sig.LeadsTo[j])
					}
				}
			}
		}
	}
	return out
}

func firstEvents(f *finding) []*event { return f.events[:min(len(f.events), 3)] }

// maxLate is the longest time by which a platform logs a cause after its
// effect: a memory limit up to a minute after the request.
const maxLate = time.Minute

// terminal follows the causes of an event to the last.
func terminal(ev *event) *event {
	for ev.cause != nil {
		ev = ev.cause.cause
	}
	return ev
}

func timeOf(ev *event) logentry.Time { return ev.entry().Time }
