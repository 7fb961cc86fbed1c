package correlate

import (
	"sort"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/signature"
)

// linkTest asks one question of a link. It returns ok = false where the data
// cannot tell and nothing is worth saying. Each test stands in a file of its
// own, link_<name>.go.
type linkTest func(x *explainer, l *linkStat) (t incident.Test, ok bool)

// linkTests in the order in which reports print them.
var linkTests = []linkTest{
	testOrder, testNecessity, testSufficiency, testChance, testContrast, testRecovery, testScope, testEpoch, testDeclared, testBaseline,
}

// test runs all tests on all links and gives each its verdict. It reports
// whether a link was taken out, so that its occurrences must be assigned anew.
func (x *explainer) test() (changed bool) {
	for _, k := range x.linkKeys() {
		l := x.links[k]
		l.tests = nil
		for _, t := range linkTests {
			if res, ok := t(x, l); ok {
				l.tests = append(l.tests, res)
			}
		}
		l.verdict = x.verdict(l)
		if l.verdict == incident.Contradicted || l.verdict == incident.OrderOnly {
			x.banned[k] = true
			x.outTaken = append(x.outTaken, l)
			changed = true
		}
	}
	return changed
}

// linkKeys returns the links in a fixed order.
func (x *explainer) linkKeys() []linkKey {
	keys := make([]linkKey, 0, len(x.links))
	for k := range x.links {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		if a.cause != b.cause {
			return findingLess(a.cause, b.cause)
		}
		return findingLess(a.effect, b.effect)
	})
	return keys
}

func findingLess(a, b *finding) bool {
	if a.what != b.what {
		return a.what < b.what
	}
	return a.service < b.service
}

// verdict says what the tests allow.
func (x *explainer) verdict(l *linkStat) string {
	if failed(l.tests, "declared") || failed(l.tests, "contrast") {
		return incident.Contradicted
	}
	if l.basis == incident.BasisInferred && (failed(l.tests, "chance") || failed(l.tests, "baseline")) {
		return incident.OrderOnly
	}
	held, unheld := len(l.pairs), len(x.unheld(l))
	most := held > unheld
	known := l.key.cause.sig != nil
	switch {
	case l.basis == incident.BasisDeclared && known && l.rung <= signature.RungRevision && most && !l.farLate():
		return incident.Supported
	case l.basis == incident.BasisDeclared, l.basis == incident.BasisInferred, l.basis == incident.BasisStated:
		return incident.Plausible
	}
	return incident.OrderOnly
}

// farLate reports whether some cause was logged so long after its request that
// only being alone there ties it.
func (l *linkStat) farLate() bool {
	if l.rung != signature.RungRequest {
		return false
	}
	late := RequestSlack
	for i := range l.edgesLate() {
		late = max(late, l.edgesLate()[i])
	}
	for _, p := range l.pairs {
		if p.lag < -late {
			return true
		}
	}
	return false
}

// edgesLate are what the edges of the cause allow to be logged late.
func (l *linkStat) edgesLate() []time.Duration {
	if l.key.cause.sig == nil {
		return nil
	}
	var out []time.Duration
	for i := range l.key.cause.sig.LeadsTo {
		out = append(out, l.key.cause.sig.LeadsTo[i].Late)
	}
	return out
}

func failed(tests []incident.Test, name string) bool {
	for _, t := range tests {
		if t.Name == name && t.Result == incident.Fail {
			return true
		}
	}
	return false
}

// unheld returns the effects that no cause holds, within the stretch in which
// this cause is seen, in the scopes in which it is seen. Those near a cut start
// of the window are untestable and not counted.
func (x *explainer) unheld(l *linkStat) []*event {
	reach := max(reachOf(l.rung), l.maxLag())
	from, to := l.key.cause.first, l.key.cause.last.Add(reach)
	var out []*event
	for _, ev := range l.key.effect.events {
		if ev.cause != nil || !ev.t.Known() || ev.t < from || ev.t > to || x.cutOff(ev, reach) {
			continue
		}
		out = append(out, ev)
	}
	return out
}

// cutOff reports whether the cause of an event may lie before the first entry.
func (x *explainer) cutOff(ev *event, reach time.Duration) bool {
	return x.c.first.Known() && ev.start.Sub(x.c.first) < reach && x.cut()
}

// cut reports whether the input is likely cut off at its beginning.
func (x *explainer) cut() bool {
	for _, in := range x.read.Inputs {
		if roundLimit(in.Entries+in.Duplicates) && in.Order != "oldest-first" && !x.whole(in.Name) {
			return true
		}
	}
	return false
}

// roundLimit reports whether n is what people give to --limit: 5, 10, 20, 50
// times a power of ten, but for the smallest, which many whole files have too.
func roundLimit(n int) bool {
	if n < 5 {
		return false
	}
	for n%10 == 0 {
		n /= 10
	}
	return n == 1 || n == 2 || n == 5
}

// tally counts the effects that a link holds, of all that it could hold: by
// start where the effect ends a start, as a process manager says the same in
// several lines, else by event.
func (l *linkStat) tally(unheld []*event) (held, of int) {
	starts, all := map[string]bool{}, map[string]bool{}
	for _, p := range l.pairs {
		ev := p.effect
		if l.rung != signature.RungInstance || ev.scope.Instance == "" || !ev.hasClass("startup-failure") && !ev.hasClass("process-exit") && !ev.hasClass("probe-failure") {
			return len(l.pairs), len(l.pairs) + len(unheld)
		}
		starts[ev.scope.Instance], all[ev.scope.Instance] = true, true
	}
	for _, ev := range unheld {
		all[ev.scope.Instance] = true
	}
	return len(starts), len(all)
}

func (l *linkStat) maxLag() time.Duration {
	var m time.Duration
	for _, p := range l.pairs {
		m = max(m, p.lag)
	}
	return m
}

// lags returns the least, median and most lag.
func (l *linkStat) lags() (least, median, most time.Duration) {
	d := make([]time.Duration, len(l.pairs))
	for i, p := range l.pairs {
		d[i] = p.lag
	}
	sort.Slice(d, func(i, j int) bool { return d[i] < d[j] })
	return d[0], d[len(d)/2], d[len(d)-1]
}
