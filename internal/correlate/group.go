package correlate

import (
	"slices"
	"sort"
	"strings"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// group is an incident in the making: events that lead back to one cause, or
// symptoms of one kind that lead nowhere.
type group struct {
	key     string
	root    *finding // the finding of the last event of the chain
	caused  bool     // root may be named as a cause
	service string
	events  []*event // all members, in order
	roots   []*event

	headline *finding
	symptoms []*finding
	chain    []*linkStat // from the headline to the root, cause by cause
	members  map[*finding][]*event

	severity    string
	severityWhy incident.Prose
	status      string
	statusWhy   incident.Prose
	first, last logentry.Time
	usual       bool // seen as often in the baseline
	survived    bool // each of its errors says that the program goes on another way
	id          string
}

// group puts every event into the incident of its cause. An incident is joined
// by links only: what merely happened at the same time is another one.
func (x *explainer) group() {
	byKey := map[string]*group{}
	asked := map[*finding]bool{}
	for _, ev := range x.events {
		if x.asksForIncident(ev) {
			asked[terminal(ev).finding] = true
		}
	}
	for _, ev := range x.events {
		// What makes no incident by itself still belongs to the one whose
		// cause it repeats.
		if x.asksForIncident(ev) || ev.finding != nil && asked[ev.finding] && ev.cause == nil && ev.ownReason {
			x.groupOf(byKey, ev, terminal(ev)).add(ev)
		}
	}
	for _, g := range mergeAlike(byKey) {
		x.shape(g)
		x.groups = append(x.groups, g)
	}
	x.dropSilent()
	sort.SliceStable(x.groups, func(i, j int) bool { return groupLess(x.groups[i], x.groups[j]) })
}

// asksForIncident reports whether an event is part of an incident: a failure,
// an impact or a fault. A 4xx alone is a remark, and so is a warning that
// states no reason.
func (x *explainer) asksForIncident(ev *event) bool {
	if ev.finding == nil || ev.finding.decoy {
		return false
	}
	switch ev.role {
	case signature.RoleFault, signature.RoleImpact, signature.RoleFailure:
	default:
		return false
	}
	if ev.cause != nil || len(ev.effects) > 0 {
		return !ev.onlyWarns() || ev.tiedToError()
	}
	if clientError(ev) {
		return ev.role == signature.RoleFault && x.shutOut(ev)
	}
	switch {
	case ev.err, ev.role == signature.RoleImpact:
		return true
	case ev.role == signature.RoleFailure && ev.hasClass("process-exit"):
		return true // the platform logs the end of a process as a warning
	case ev.role == signature.RoleFault:
		// A caller without valid credentials is no incident by itself.
		return !callersFault(ev.sig()) || x.shutOut(ev)
	}
	if sig := ev.sig(); sig != nil && (!sig.Builtin || !sig.Single) {
		return true // a user's own rule, or a sequence that was completed
	}
	// Below ERROR nothing is an incident by itself that no fault signature
	// knows: faults are retried and survived. A reason that stands in a field
	// of its own is an exception: the application reports an error there.
	return ev.weak && ev.ownReason && ev.entry().Detail != ""
}

// callersFault reports whether a fault may lie with who calls: credentials that
// are answered with a 4xx. A login that a database refuses lies with the service.
func callersFault(sig *signature.Signature) bool {
	if sig.HasClass("client-error") {
		return true
	}
	if !sig.HasClass("auth") {
		return false
	}
	for i := range sig.LeadsTo {
		if sig.LeadsTo[i].Class == "client-error" {
			return true
		}
	}
	return false
}

// shutOut reports whether the platform refuses a caller at the door of a
// service that answers nobody else in the input: then nothing works from
// outside, and it is no matter of one caller.
func (x *explainer) shutOut(ev *event) bool {
	if !ev.platform() || ev.http() == nil || ev.scope.Service == "" {
		return false
	}
	refused := 0
	for k, r := range x.c.routes {
		if k.service != ev.scope.Service {
			continue
		}
		if r.by[1]+r.by[2]+r.by[3] > 0 {
			return false
		}
		refused += r.by[4]
	}
	return refused >= minShutOut
}

// minShutOut is how many refused calls make more than a stray one.
const minShutOut = 3

// onlyWarns reports whether an event is a warning that no rule knows.
func (ev *event) onlyWarns() bool {
	return ev.weak && !ev.err && ev.role == signature.RoleFailure && ev.sig() == nil
}

// tiedToError reports whether a warning explains an error or is explained by
// one: warnings that explain each other are no incident.
func (ev *event) tiedToError() bool {
	if ev.cause != nil && !ev.cause.cause.onlyWarns() {
		return true
	}
	for _, e := range ev.effects {
		if !e.onlyWarns() {
			return true
		}
	}
	return false
}

// clientError reports whether an event is a 4xx answer.
func clientError(ev *event) bool {
	if h := ev.http(); h != nil {
		return h.Status >= 400 && h.Status < 500
	}
	return ev.hasClass("client-error")
}

func (x *explainer) groupOf(byKey map[string]*group, ev, term *event) *group {
	key, caused := "", term.role == signature.RoleFault || term.ownReason
	switch {
	case caused && term.sig() == nil:
		// Errors that state the same reason have the same cause, whatever
		// their own words are; over services only where the text is the same
		// to the letter and long enough to be no coincidence.
		key = "reason\x00" + term.finding.service + "\x00" + reasonKey(term.reason)
		if r := firstRawLine(term.reason); len(r) >= 40 {
			key = "reason\x00" + r
		}
	case caused, term != ev, len(ev.effects) > 0:
		key = "cause\x00" + term.finding.service + "\x00" + term.finding.what
	case ev.sig() != nil:
		// Without any cause, symptoms that differ only in path or revision are one.
		key = "symptom\x00" + ev.finding.service + "\x00" + ev.sig().ID + "\x00" + statusOf(ev)
	default:
		key = "symptom\x00" + ev.finding.service + "\x00" + ev.finding.what
	}
	g := byKey[key]
	if g == nil {
		g = &group{key: key, root: term.finding, caused: caused, members: map[*finding][]*event{},
			first: logentry.NoTime, last: logentry.NoTime}
		byKey[key] = g
	}
	return g
}

// mergeAlike puts together the incidents of one pattern whose reasons differ
// only in part: the same check that fails on other fields is one incident.
func mergeAlike(byKey map[string]*group) []*group {
	var out []*group
	first := map[*finding][]*group{}
	grown := map[*group]bool{}
	for _, k := range sortedKeys(byKey) {
		g := byKey[k]
		if g.root.sig != nil || !g.caused {
			out = append(out, g)
			continue
		}
		merged := false
		for _, o := range first[g.root] {
			if alike(o.roots[0].reason, g.roots[0].reason) {
				o.events = append(o.events, g.events...)
				grown[o], merged = true, true
				break
			}
		}
		if !merged {
			if len(first[g.root]) < maxAlike {
				first[g.root] = append(first[g.root], g)
			}
			out = append(out, g)
		}
	}
	for g := range grown {
		g.settle()
	}
	return out
}

// maxAlike bounds how many reasons of one finding are compared with another.
const maxAlike = 50

// settle brings the events of a group that took in others into order.
func (g *group) settle() {
	sort.SliceStable(g.events, func(i, j int) bool { return g.events[i].idx < g.events[j].idx })
	events := g.events
	g.events, g.roots, g.members = nil, nil, map[*finding][]*event{}
	for _, ev := range events {
		g.add(ev)
	}
}

// alike reports whether most words of the shorter reason stand in the longer.
func alike(a, b string) bool {
	words := func(s string) map[string]bool {
		m := map[string]bool{}
		for _, w := range strings.FieldsFunc(mask(s), func(r rune) bool { return !('a' <= r|0x20 && r|0x20 <= 'z' || r == '_') }) {
			m[strings.ToLower(w)] = true
		}
		return m
	}
	wa, wb := words(a), words(b)
	if len(wa) > len(wb) {
		wa, wb = wb, wa
	}
	if len(wa) < 3 {
		return false
	}
	n := 0
	for w := range wa {
		if wb[w] {
			n++
		}
	}
	return 5*n >= 3*len(wa)
}

func statusOf(ev *event) string {
	if ev.prim == nil {
		return ""
	}
	return ev.prim.Value("status")
}

func (g *group) add(ev *event) {
	g.events = append(g.events, ev)
	g.members[ev.finding] = append(g.members[ev.finding], ev)
	if ev.cause == nil {
		g.roots = append(g.roots, ev)
	}
	g.first, g.last = widen(g.first, g.last, ev.entry().Time)
}

// shape finds the headline, the symptoms and the chain of a group, and what
// follows from them.
func (x *explainer) shape(g *group) {
	fs := make([]*finding, 0, len(g.members))
	for f := range g.members {
		fs = append(fs, f)
	}
	sort.Slice(fs, func(i, j int) bool { return headlineLess(g, fs[i], fs[j]) })
	g.headline = fs[0]
	leaf := map[*finding]bool{}
	for _, ev := range g.events {
		if len(ev.effects) == 0 {
			leaf[ev.finding] = true
		}
	}
	g.symptoms = []*finding{g.headline}
	for _, f := range fs[1:] {
		if leaf[f] && (f != g.root || len(fs) == 1) {
			g.symptoms = append(g.symptoms, f)
		}
	}
	g.chain = x.chainOf(g)
	g.service = g.headline.service
	g.severity, g.severityWhy = x.severity(g)
	g.survived = len(g.symptoms) == 1 && !slices.ContainsFunc(g.events, func(ev *event) bool { return !goesOn(ev) })
	g.status, g.statusWhy = x.status(g)
	g.usual = x.usual(g)
	if g.status == incident.Resolved && worse(g.severity, incident.Medium) {
		g.severity, g.severityWhy = incident.Medium, "resolved: medium at most"
	}
}

// headlineLess orders findings of a group by what people notice: impacts
// first, then what is not the cause itself, then exits and failed tries, then
// by number.
func headlineLess(g *group, a, b *finding) bool {
	if ra, rb := headlineRank(g, a), headlineRank(g, b); ra != rb {
		return ra < rb
	}
	if na, nb := len(g.members[a]), len(g.members[b]); na != nb {
		return na > nb
	}
	if a.first != b.first {
		return a.first < b.first
	}
	return findingLess(a, b)
}

func headlineRank(g *group, f *finding) int {
	ev := g.members[f][0]
	switch {
	case ev.hasClass("job-failure") && f != g.root:
		return 3 // its tries say more: how often, of how many
	case ev.role == signature.RoleImpact && !clientError(ev):
		if reachesCaller(ev, f.service, 8) {
			return 2 // callers of another service see it at the far end
		}
		return 0
	case ev.hasClass("process-exit"):
		return 1
	case f == g.root:
		return 9
	case ev.role == signature.RoleImpact:
		return 2
	case ev.hasClass("job-failure"):
		return 3
	case ev.hasClass("probe-failure"):
		return 4
	case ev.hasClass("not-ready"):
		return 5
	}
	return 6
}

// chainOf returns the links of the path that most events of the headline take
// to their root.
func (x *explainer) chainOf(g *group) []*linkStat {
	count := map[string]int{}
	paths := map[string][]*finding{}
	best := ""
	for _, ev := range g.members[g.headline] {
		p := pathOf(ev)
		var key strings.Builder
		for _, f := range p {
			key.WriteString(f.what + "\x01" + f.service + "\x02")
		}
		k := key.String()
		paths[k] = p
		count[k]++
		if best == "" || count[k] > count[best] || count[k] == count[best] && len(p) > len(paths[best]) {
			best = k
		}
	}
	var chain []*linkStat
	path := paths[best]
	for i := 0; i+1 < len(path); i++ {
		l := x.links[linkKey{path[i+1], path[i]}]
		if l == nil {
			break
		}
		chain = append(chain, l)
	}
	return chain
}

// pathOf lists the findings from an event to its root. Where a finding comes
// twice (a process manager says the same in several lines) the way between is
// left out.
func pathOf(ev *event) []*finding {
	var path []*finding
	for {
		for i, f := range path {
			if f == ev.finding {
				path = path[:i]
				break
			}
		}
		path = append(path, ev.finding)
		if ev.cause == nil {
			return path
		}
		ev = ev.cause.cause
	}
}

// dropSilent leaves out groups that say less than another one holds already:
// wrappers without a reason whose text restates a member of another group in
// the same scope and burst.
func (x *explainer) dropSilent() {
	for _, g := range x.groups {
		for f := range g.members {
			if f.group == nil || groupLess(g, f.group) {
				f.group = g
			}
		}
	}
}

var severityOrder = map[string]int{incident.Critical: 0, incident.High: 1, incident.Medium: 2, incident.Low: 3, incident.Info: 4}

func worse(a, b string) bool { return severityOrder[a] < severityOrder[b] }

var statusOrder = map[string]int{incident.Ongoing: 0, incident.Quiet: 1, incident.Resolved: 2}

// groupLess ranks incidents by what an on-call engineer looks at first.
func groupLess(a, b *group) bool {
	if a.severity != b.severity {
		return worse(a.severity, b.severity)
	}
	if a.usual != b.usual {
		return b.usual
	}
	if ta, tb := a.first.Known(), b.first.Known(); ta != tb {
		return ta
	}
	if a.survived != b.survived {
		return b.survived
	}
	if ia, ib := callers(a), callers(b); ia != ib {
		return ia
	}
	if sa, sb := statusOrder[a.status], statusOrder[b.status]; sa != sb {
		return sa < sb
	}
	if ia, ib := impactful(a), impactful(b); ia != ib {
		return ia
	}
	if a.caused != b.caused {
		return a.caused
	}
	if na, nb := len(a.members[a.headline]), len(b.members[b.headline]); na != nb {
		return na > nb
	}
	if a.last != b.last {
		return a.last > b.last
	}
	return a.key < b.key
}

// callers reports whether callers met the incident: a request failed with 5xx.
func callers(g *group) bool {
	return g.headline.role == signature.RoleImpact && g.status != incident.Resolved && !clientError(g.members[g.headline][0])
}

func impactful(g *group) bool { return len(g.members) > 1 || g.headline.role == signature.RoleImpact }

// severity is set by impact, never by level words.
func (x *explainer) severity(g *group) (string, incident.Prose) {
	n5xx, jobs, blocked, exits := 0, 0, 0, 0
	for _, ev := range g.events {
		switch {
		case ev.role == signature.RoleFault:
		case ev.hasClass("request-error") && ev.role == signature.RoleImpact && !clientError(ev):
			n5xx++
		case ev.hasClass("job-failure"):
			jobs++
		case ev.hasClass("not-ready"), ev.hasClass("probe-failure"):
			blocked++
		case ev.hasClass("process-exit"):
			exits++
		}
	}
	job := strings.Contains(g.headline.kind(), "job")
	startBlocked := !job && (blocked > 0 || exits > 0 || x.startupFailure(g))
	switch {
	case startBlocked && x.served(g):
		return incident.High, "starts fail, and the service has served requests in this window"
	case startBlocked && x.neverServed(g):
		return incident.High, "the service does not start; no revision of it is known to have served"
	case startBlocked:
		return incident.Critical, "the service does not start"
	case jobs > 0 || job && (exits > 0 || blocked > 0):
		return incident.High, "a job fails"
	case n5xx >= 2:
		return incident.High, "callers get 5xx answers, more than once"
	case n5xx == 1:
		return incident.Medium, "one caller got a 5xx answer"
	case g.root.role == signature.RoleFault && g.root.level != logentry.SeverityWarning:
		return incident.Medium, "a fault is stated; no impact is shown"
	}
	for _, ev := range g.events {
		if ev.err && (ev.ownReason || len(g.members[ev.finding]) > 1) {
			return incident.Medium, "errors are logged; no impact is shown"
		}
	}
	return incident.Low, "no impact is shown"
}

func (f *finding) kind() string {
	for _, ev := range f.events {
		if ev.scope.Kind != "" {
			return ev.scope.Kind
		}
	}
	return ""
}

func (x *explainer) startupFailure(g *group) bool {
	for _, ev := range g.events {
		if ev.role == signature.RoleFailure && ev.hasClass("startup-failure") {
			return true
		}
	}
	return false
}

// served reports whether the revisions that fail to start have answered
// requests well after the incident began.
func (x *explainer) served(g *group) bool {
	for k, h := range x.c.health {
		if k.service == g.service && x.cat.At(k.sig).HasClass("traffic") && h.last.Known() && h.last > g.first {
			return true
		}
	}
	return false
}

// neverServed reports whether the data show that no earlier revision serves:
// the failing revision is the first of its service.
func (x *explainer) neverServed(g *group) bool {
	for _, r := range g.revisions() {
		if !strings.Contains(r, "-00001-") {
			return false
		}
	}
	return len(g.revisions()) > 0
}

func (g *group) revisions() []string {
	m := map[string]bool{}
	for _, ev := range g.events {
		note(m, ev.scope.Revision)
	}
	return sortedSet(m)
}

func (g *group) instances() []string {
	m := map[string]bool{}
	for _, ev := range g.events {
		note(m, ev.scope.Instance)
	}
	return sortedSet(m)
}

// status says whether an incident goes on. Resolved needs positive evidence,
// not silence.
func (x *explainer) status(g *group) (string, incident.Prose) {
	end := x.c.last
	if !g.last.Known() || !end.Known() {
		return incident.Ongoing, "the entries carry no time"
	}
	if why := x.recovered(g); why != "" {
		return incident.Resolved, why
	}
	if why := x.healthyAfter(g); why != "" {
		return incident.Resolved, why
	}
	if end.Sub(g.last) < x.opt.QuietAfter {
		return incident.Ongoing, ""
	}
	return incident.Quiet, incident.Prose("not seen for " + duration(end.Sub(g.last)) + " at the end of the input; recovery is not shown")
}

// recovered looks for positive evidence after the last event: for a start that
// was blocked, an instance of the service that got further; for a job, a later
// try that passed the place; for requests, the same route answered well.
func (x *explainer) recovered(g *group) incident.Prose {
	kind := g.headline.kind()
	ev := g.members[g.headline][0]
	switch {
	case strings.Contains(kind, "job"):
		return x.laterTry(g)
	case ev.hasClass("not-ready"), ev.hasClass("probe-failure"), ev.hasClass("process-exit"):
		least := "" // of several, the same one each time
		for k, h := range x.c.health {
			if k.service == g.service && x.cat.At(k.sig).HasClass("traffic") && h.first.Known() && h.last > g.last &&
				k.revision != "" && !contains(g.revisions(), k.revision) && (least == "" || k.revision < least) {
				least = k.revision
			}
		}
		if least != "" {
			return incident.Prose("revision " + incident.Code(least) + " serves requests afterwards")
		}
	case ev.http() != nil && !clientError(ev):
		return x.routeWell(g)
	}
	return ""
}

// laterTry reports whether a later execution of the job got past the failure:
// its containers log, and none of it is a member of this incident.
func (x *explainer) laterTry(g *group) incident.Prose {
	own := map[string]bool{}
	for _, ev := range g.events {
		note(own, ev.scope.Execution)
	}
	for _, ev := range x.events {
		if ev.t > g.last && ev.scope.Service == g.service && ev.scope.Execution != "" && !own[ev.scope.Execution] && !ev.platform() {
			return incident.Prose("later execution " + incident.Code(ev.scope.Execution) + " passes the place that failed")
		}
	}
	return ""
}

func (x *explainer) routeWell(g *group) incident.Prose {
	for _, ev := range g.members[g.headline] {
		h := ev.http()
		path := logentry.PathTemplate(h.URL)
		ok := false
		for k, r := range x.c.routes {
			if k.service == g.service && k.method == h.Method && k.path == path && r.by[2] > 0 && r.last > g.last && r.by[4]+r.by[5] < r.n {
				ok = x.lastAnswerWell(k, g.last)
			}
		}
		if !ok {
			return ""
		}
	}
	return "the same routes are answered well afterwards"
}

// lastAnswerWell reports whether a route was answered with 2xx after t. The
// counters keep only the last answer of any kind, and every failing answer is
// an event of its own, so a last answer later than all failures is a good one.
func (x *explainer) lastAnswerWell(k routeKey, t logentry.Time) bool {
	r := x.c.routes[k]
	return r != nil && r.last > t
}
