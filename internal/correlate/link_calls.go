package correlate

import (
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// Calls from one service to another, joined by the host that an error names.
//
// It speaks when an application error of service A names a host of service B,
// and B shows a request that it answered with 5xx, or a crash, within the
// interval. The host is told to a service by the names that platforms give
// (SERVICE-hash-region.a.run.app, name.namespace.svc), by the addresses in B's
// own request log, by the hosts that people stated, and in an address also by
// the bare name of a service.
//
//	A error  -----1----   "connect ECONNREFUSED ledger.default.svc:8080"
//	B exit   ---2------   the cause: within CallDown, and nobody of B answers well
//	B 500    ----2-----   the cause, where path and status of the error agree
//
// It keeps silent where the host belongs to no service of the input, or to two;
// where B shows nothing that failed; where an instance of B that did not crash
// answers well around that time; where path or status differ; and where the
// error states a reason of its own and B's failure leads to none: then A's own
// words say more. Without a trace such a link is plausible at most.

const (
	// CallSkew is how far the clocks of two services may disagree.
	CallSkew = 100 * time.Millisecond
	// CallDown is how long after a crash refused connections belong to it:
	// back-offs of a platform begin at 10 s and reach a minute with the third.
	CallDown = time.Minute
	// maxCallText bounds how much of an error is searched for hosts.
	maxCallText = 4 << 10
)

// callee is a service that an error names as the one it called.
type callee struct {
	service string
	path    string // of the address; "" when it names none
	status  int    // that the error says it got; 0 when it says none
}

// byCall looks for the failure of a service that ev names by its host.
func (x *explainer) byCall(ev *event) *link {
	if ev.http() != nil || ev.platform() || !ev.err && !ev.weak || !ev.t.Known() || ev.role == signature.RoleFault {
		return nil
	}
	if x.index.calls != nil && x.index.calls.busy {
		return nil
	}
	var best *link
	for _, c := range x.calleesOf(ev) {
		best = nearer(nearer(best, x.failedRequest(ev, c)), x.crashed(ev, c))
	}
	if best != nil && ev.ownReason && !x.saysWhy(best.cause) {
		return nil
	}
	return best
}

// saysWhy reports whether an event leads to one that may be named as a cause.
// Calls are not followed: two services may name each other.
func (x *explainer) saysWhy(ev *event) bool {
	x.index.calls.busy = true
	defer func() { x.index.calls.busy = false }()
	for n := 0; n < 4; n++ {
		l := x.nearest(ev)
		if l == nil {
			return ev.role == signature.RoleFault || ev.ownReason
		}
		ev = l.cause
	}
	return false
}

// callCandidate reports whether c may be the failure behind a call at all.
func (x *explainer) callCandidate(c, ev *event) bool {
	return c != ev && c.finding != nil && c.finding != ev.finding && !x.banned[linkKey{c.finding, ev.finding}] &&
		(c.scope.Project == "" || ev.scope.Project == "" || c.scope.Project == ev.scope.Project)
}

// failedRequest looks for the nearest request that the callee answered with
// 5xx before the error, or, for a caller that gave up, is still working on.
func (x *explainer) failedRequest(ev *event, to callee) *link {
	list := x.index.service[to.service]
	ahead := CallSkew
	if gaveUp(ev.text) {
		ahead = CallDown
	}
	var best *link
	for i := firstFrom(list, ev.t.Add(-InstanceReach)); i < len(list) && list[i].t <= ev.t.Add(ahead); i++ {
		c := list[i]
		h := c.http()
		if h == nil || h.Status < 500 || to.status != 0 && h.Status != to.status || !samePath(h.URL, to.path) || !x.callCandidate(c, ev) {
			continue
		}
		lag := ev.t.Sub(c.t)
		if lag < -CallSkew && c.start > ev.t.Add(CallSkew) {
			continue // it began after the error
		}
		best = nearer(best, callLink(c, max(lag, 0)))
	}
	return best
}

// crashed looks for the last crash of a callee that gave no answer.
func (x *explainer) crashed(ev *event, to callee) *link {
	if to.status != 0 && to.status < 502 || !noAnswer(ev.text) {
		return nil
	}
	list := x.index.service[to.service]
	for i := firstFrom(list, ev.t.Add(CallSkew)) - 1; i >= 0 && ev.t.Sub(list[i].t) <= CallDown; i-- {
		c := list[i]
		down := c.hasClass("process-exit") || c.hasClass("not-ready") || c.hasClass("probe-failure") || c.hasClass("startup-failure") && c.role == signature.RoleFailure
		if !down || !x.callCandidate(c, ev) {
			continue
		}
		if x.othersAnswer(to.service, c, ev) {
			return nil
		}
		return callLink(c, max(ev.t.Sub(c.t), 0))
	}
	return nil
}

func callLink(c *event, lag time.Duration) *link {
	return &link{cause: c, rung: signature.RungService, lag: lag, basis: incident.BasisStated}
}

// firstFrom is the index of the first event of a list at t or later.
func firstFrom(list []*event, t logentry.Time) int {
	return sort.Search(len(list), func(i int) bool { return list[i].t >= t })
}

// othersAnswer reports whether an instance of a service other than the one
// that crashed answers requests well around that time.
func (x *explainer) othersAnswer(service string, crash, ev *event) bool {
	for k, h := range x.c.health {
		if k.service != service || !x.cat.At(k.sig).HasClass("traffic") || !h.first.Known() {
			continue
		}
		if k.instance != "" && k.instance == crash.scope.Instance {
			continue
		}
		if h.first <= ev.t && h.last >= crash.t {
			return true
		}
	}
	return false
}

// noAnswer reports whether an error says that nobody answered.
func noAnswer(text string) bool {
	return containsAny(text, "refused", "reset", "hang up", "timeout", "timed out", "unavailable", "unreachable", "notfound", "no such host",
		"502", "503", "504", "broken pipe", "closed", "eof", "connection error", "failed to connect", "could not connect", "fetch failed")
}

// gaveUp reports whether an error says that its caller stopped waiting.
func gaveUp(text string) bool {
	return containsAny(text, "timeout", "timed out", "deadline", "aborted", "canceled", "cancelled")
}

func containsAny(text string, words ...string) bool {
	text = strings.ToLower(text[:min(len(text), maxCallText)])
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// samePath reports whether a request may be the one of an error that names a
// path: an address without one says nothing.
func samePath(requested, named string) bool {
	if strings.Trim(named, "/") == "" {
		return true
	}
	u, err := url.Parse(requested)
	return err != nil || u.Path == "" || strings.TrimRight(u.Path, "/") == strings.TrimRight(named, "/")
}

var (
	// callHost finds names of hosts with at least one dot, or any host in an
	// address, with the path behind it.
	callHost = regexp.MustCompile(`(?i)(https?://)?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(:\d{1,5})?(/[^\s"'<>()\[\]{}?#,;]*)?`)
	// callStatus finds the status that a client says it got.
	callStatus = regexp.MustCompile(`(?i)\bstatus(?:[ _]?code)?["']?[^0-9a-z]{0,4}(?:of )?([1-5]\d\d)\b|\b(5\d\d) (?:internal server error|bad gateway|service unavailable|gateway time)`)
	runHash    = regexp.MustCompile(`^(?:[a-z0-9-]+---)?([a-z][a-z0-9-]*)-[a-z0-9]{10}-[a-z]{1,3}\.a\.run\.app$`)
	runNumber  = regexp.MustCompile(`^(?:[a-z0-9-]+---)?([a-z][a-z0-9-]*)-\d{6,}\.[a-z]+-[a-z]+\d+\.run\.app$`)
)

// calleesOf returns the services that an error names, other than its own, in
// the order in which the text names them.
func (x *explainer) calleesOf(ev *event) []callee {
	if x.index.calls == nil {
		x.index.calls = x.newCallIndex()
	}
	if cs, ok := x.index.calls.named[ev]; ok {
		return cs
	}
	text := ev.text[:min(len(ev.text), maxCallText)]
	if d := ev.entry().Detail; !strings.Contains(text, d) {
		text += "\n" + d[:min(len(d), maxCallText)]
	}
	if !x.index.calls.mayName(text, ev.scope.Service) {
		return nil
	}
	status := 0
	if m := callStatus.FindStringSubmatch(text); m != nil {
		status, _ = strconv.Atoi(m[1] + m[2])
	}
	var out []callee
	seen := map[string]bool{"": true, ev.scope.Service: true}
	for _, m := range callHost.FindAllStringSubmatch(text, -1) {
		s := x.serviceOf(strings.ToLower(m[2]), m[1] != "", m[3] != "", ev.scope.Namespace)
		if seen[s] {
			continue
		}
		seen[s] = true
		out = append(out, callee{service: s, path: m[4], status: status})
	}
	x.index.calls.named[ev] = out
	return out
}

// callIndex remembers which hosts belong to which service, and what each error
// names.
type callIndex struct {
	hosts map[string]string // host → service; "" where it belongs to two
	words []callWord        // what a text must hold to name a service
	named map[*event][]callee
	busy  bool // a callee is asked for its own cause
}

// callWord is a host or the name of a service, of which every host that is told
// by its form holds a part.
type callWord struct{ word, service string }

func (x *explainer) newCallIndex() *callIndex {
	ix := &callIndex{hosts: x.knownHosts(), named: map[*event][]callee{}}
	for _, h := range sortedKeys(ix.hosts) {
		ix.words = append(ix.words, callWord{h, ix.hosts[h]})
	}
	for _, s := range sortedKeys(x.index.service) {
		ix.words = append(ix.words, callWord{strings.ToLower(s), s})
	}
	return ix
}

// mayName reports whether a text holds a word of a service other than its own:
// most errors name none, and are not searched for hosts.
func (ix *callIndex) mayName(text, own string) bool {
	lower := ""
	for _, w := range ix.words {
		if w.service == own || w.service == "" {
			continue
		}
		if lower == "" {
			lower = strings.ToLower(text)
		}
		if strings.Contains(lower, w.word) {
			return true
		}
	}
	return false
}

// knownHosts are the hosts that people stated, which count first, and those
// under which requests of a service came in.
func (x *explainer) knownHosts() map[string]string {
	hosts := map[string]string{}
	for _, ev := range x.events {
		h := ev.http()
		if h == nil || ev.scope.Service == "" {
			continue
		}
		u, err := url.Parse(h.URL)
		if err != nil || u.Hostname() == "" {
			continue
		}
		name := strings.ToLower(u.Hostname())
		if s, ok := hosts[name]; ok && s != ev.scope.Service {
			hosts[name] = ""
			continue
		}
		hosts[name] = ev.scope.Service
	}
	for _, s := range x.opt.Context.Services {
		for _, h := range s.Hosts {
			hosts[h] = s.Name
		}
	}
	return hosts
}

// serviceOf tells which service of the input a host belongs to, "" for none. A
// word without a dot is a host only in an address, or with a port where people
// stated it: "ledger" may be any word.
func (x *explainer) serviceOf(host string, address, port bool, namespace string) string {
	if !strings.Contains(host, ".") && !address && !port {
		return ""
	}
	if s, ok := x.index.calls.hosts[host]; ok {
		return s
	}
	name := ""
	if m := runHash.FindStringSubmatch(host); m != nil {
		name = m[1]
	} else if m := runNumber.FindStringSubmatch(host); m != nil {
		name = m[1]
	} else if n, ns := clusterName(host); n != "" {
		if list := x.index.service[n]; len(list) > 0 && list[0].scope.Namespace != "" && list[0].scope.Namespace != ns {
			return ""
		}
		name = n
	} else if address && !strings.Contains(host, ".") {
		if list := x.index.service[host]; len(list) > 0 && list[0].scope.Namespace == namespace {
			name = host
		}
	}
	if len(x.index.service[name]) == 0 {
		return ""
	}
	return name
}

// clusterName splits name.namespace.svc, also with a pod before it and the
// domain of the cluster behind it.
func clusterName(host string) (name, namespace string) {
	parts := strings.Split(host, ".")
	for i, p := range parts {
		if p == "svc" && (i == 2 || i == 3) {
			return parts[i-2], parts[i-1]
		}
	}
	return "", ""
}

// calls reports whether a link joins two services by the host that one names.
func (l *linkStat) calls() bool {
	c, e := l.key.cause.service, l.key.effect.service
	return l.rung == signature.RungService && c != "" && e != "" && c != e
}

// joinWords says what the two ends of a link share.
func (l *linkStat) joinWords() string {
	if l.calls() {
		return "in the service whose host the error names"
	}
	return rungWords(l.rung)
}

// chainWords says what the ends of a chain share: its farthest link.
func (g *group) chainWords() string {
	for _, l := range g.chain {
		if l.calls() {
			return "in the service whose host the error names"
		}
	}
	return rungWords(g.worstRung())
}

// reachesCaller reports whether a failed request makes a request of another
// service fail: then that one is what people notice.
func reachesCaller(ev *event, service string, depth int) bool {
	if depth == 0 {
		return false
	}
	for _, e := range ev.effects {
		if e.role == signature.RoleImpact && e.scope.Service != "" && e.scope.Service != service || reachesCaller(e, service, depth-1) {
			return true
		}
	}
	return false
}
