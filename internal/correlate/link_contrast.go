package correlate

import (
	"fmt"
	"sort"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// testContrast asks whether units that do well show the cause, too. A line
// whose share among healthy starts is no smaller than among failing ones is
// noise. Without a healthy start the test is silent; a start that the window
// cuts off counts as neither.
//
//	cause   --1----2----3----4--
//	exit    ----1----2----------   starts 3 and 4 go on: 2 of 2 healthy starts show it
func testContrast(x *explainer, l *linkStat) (incident.Test, bool) {
	if l.rung != signature.RungInstance && l.rung != signature.RungRequest || lasting(l) {
		return incident.Test{}, false
	}
	if l.rung == signature.RungRequest {
		return x.contrastRequests(l)
	}
	failing, healthy := map[string]bool{}, map[string]bool{}
	for _, ev := range l.key.effect.events {
		note(failing, ev.scope.Instance)
	}
	service := l.key.effect.service
	for _, u := range x.startsOf(service) {
		if !failing[u.instance] && u.settled {
			healthy[u.instance] = true
		}
	}
	if len(healthy) == 0 || len(failing) == 0 {
		return incident.Test{}, false
	}
	in, well := 0, 0
	for inst := range l.key.cause.instances {
		switch {
		case failing[inst]:
			in++
		case healthy[inst]:
			well++
		}
	}
	t := incident.Test{
		Name: "contrast", Result: incident.Pass, Question: "do starts that go well show it?",
		Text: incident.Prose(fmt.Sprintf("%d of %d that go well, %d of %d that fail", well, len(healthy), in, len(failing))),
	}
	if well*len(failing) >= in*len(healthy) {
		t.Result = incident.Fail
	} else if well > 0 {
		t.Result = incident.Told
	}
	return t, true
}

// contrastRequests compares how often the cause comes with requests that fail
// and how often it comes at all: an error that is logged all the time stands
// near every failure, too.
func (x *explainer) contrastRequests(l *linkStat) (incident.Test, bool) {
	if t, ok := x.contrastAnswers(l); ok {
		return t, true
	}
	n, all := len(l.pairs), 0
	for _, c := range l.key.cause.events {
		if !holdsSomething(c) {
			all++
		}
	}
	if all < 5 || all < 3*n {
		return incident.Test{}, false
	}
	span := x.c.last.Sub(x.c.first).Seconds()
	if span <= 0 {
		return incident.Test{}, false
	}
	// The share of the time of its instances in which a request of the usual
	// length would meet one by accident.
	reach := RequestSlack.Seconds()
	for _, p := range l.pairs {
		if h := p.effect.http(); h != nil {
			reach += h.Latency.Seconds() / float64(n)
		}
	}
	units := float64(max(len(l.key.cause.instances), 1))
	rate := float64(len(l.key.cause.events)) / span / units
	expected := float64(n+len(x.unheld(l))) * (1 - expNeg(rate*reach))
	t := incident.Test{
		Name: "contrast", Result: incident.Told, Question: "does it come without that, too?",
		Text: incident.Prose(fmt.Sprintf("%d of %d stand by no failing request; %.2g would meet one by accident, %d do", all, len(l.key.cause.events), expected, n)),
	}
	if float64(n) < 3*expected {
		t.Result = incident.Fail
	}
	return t, true
}

// contrastAnswers compares shares: of the failing requests, those that hold the
// cause; of those that are answered well, how many of the remaining causes would
// fill them. What stands in as many good answers as bad ones explains neither.
// Causes inside a failing request speak of that request alone: an application
// that tries three times logs three of them.
func (x *explainer) contrastAnswers(l *linkStat) (incident.Test, bool) {
	good, known := x.goodAnswers(l.key.effect.service)
	beside, failing := 0, 0
	for _, c := range l.key.cause.events {
		if len(c.effects) == 0 && !x.inFailing(c) {
			beside++
		}
	}
	for _, ev := range l.key.effect.events {
		if ev.cause == nil || ev.cause.cause.finding == l.key.cause {
			failing++
		}
	}
	if !known || good < 5 || beside == 0 || beside*failing < len(l.pairs)*good {
		return incident.Test{}, false
	}
	return incident.Test{
		Name: "contrast", Result: incident.Fail, Question: "do requests that are answered well show it?",
		Text: incident.Prose(fmt.Sprintf("%d come beside %d good answers, %d with %d that fail", beside, good, len(l.pairs), failing)),
	}, true
}

// inFailing reports whether c stands in a request that failed.
func (x *explainer) inFailing(c *event) bool {
	list := x.index.instance[c.scope.Instance]
	for i := sort.Search(len(list), func(i int) bool { return list[i].t.Add(RequestSlack) >= c.t }); i < len(list); i++ {
		h := list[i].http()
		if h != nil && h.Status >= 500 && list[i].start <= c.t {
			return true
		}
		if list[i].t.Sub(c.t) > time.Minute {
			break // longer requests are left out: a walk must end
		}
	}
	return false
}

func holdsSomething(c *event) bool { return len(c.effects) > 0 }

// start is one instance of a service, as far as the input shows it.
type start struct {
	instance string
	begin    logentry.Time
	settled  bool // it was seen long enough after its start to have failed
}

// settleTime is how long an instance must be seen to count as a start that
// went well: the longest measured crash comes 5.8 s after its start.
const settleTime = 15 * time.Second

// startsOf lists the instances of a service that log a start, or whose first
// entry is well inside the window.
func (x *explainer) startsOf(service string) []start {
	if s, ok := x.starts[service]; ok {
		return s
	}
	type health struct {
		last   logentry.Time
		served bool
	}
	byInstance := map[string]health{}
	for k, h := range x.c.health {
		v := byInstance[k.instance]
		v.last = max(v.last, h.last)
		v.served = v.served || x.cat.At(k.sig).HasClass("traffic")
		byInstance[k.instance] = v
	}
	var out []start
	seen := map[string]bool{}
	for _, ev := range x.index.service[service] {
		inst := ev.scope.Instance
		if inst == "" || seen[inst] || !ev.hasClass("healthy") && !ev.hasClass("scale") {
			continue
		}
		seen[inst] = true
		list := x.index.instance[inst]
		h := byInstance[inst]
		last := max(list[len(list)-1].t, h.last)
		out = append(out, start{inst, ev.t, h.served || last.Sub(ev.t) >= settleTime})
	}
	x.starts[service] = out
	return out
}
