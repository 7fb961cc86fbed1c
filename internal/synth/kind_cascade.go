package synth

import (
	"fmt"
	"time"
)

// call is one request to the front that fails because the back does: the back
// logs why, the front what it got. Both requests share a trace.
func (st *stage) call(front, back place, f fault, in *Incident, frontSays bool) {
	end, trace := st.spaced(), st.trace()
	inner := end.Add(-st.between(5*time.Millisecond, 60*time.Millisecond))
	in.Symptoms = append(in.Symptoms,
		st.served(front, end, st.between(300*time.Millisecond, 900*time.Millisecond), 502, "POST /checkout", trace),
		st.served(back, inner, st.between(40*time.Millisecond, 200*time.Millisecond), 500, "POST /quote", trace))
	in.Cause = append(in.Cause, st.raise(back, inner.Add(st.lag()/8), trace, f)...)
	if frontSays {
		st.stderr(front, end.Add(-st.upto(3*time.Millisecond)), "ERROR", trace, "call to pricing-api failed")
	}
}

// cascade is a front that fails with its back.
func (st *stage) cascade() {
	fronts, backs := st.fleet("checkout-api", 2), st.fleet("pricing-api", 2)
	if st.trait(2, "skew") {
		skew := st.between(-200*time.Millisecond, 200*time.Millisecond)
		for i := range backs {
			backs[i].skew = skew
		}
	}
	says := st.trait(2, "front-says")
	f := pick(st.rnd, requestFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	from := st.now
	for range 2 + st.rnd.IntN(8) {
		st.call(pick(st.rnd, fronts), pick(st.rnd, backs), f, &in, says)
	}
	st.traffic(fronts, from, st.now, 12, "POST /checkout", "GET /carts/81")
	st.traffic(backs, from, st.now, 12, "POST /quote")
	st.incident(in)
}

// playCascade has lines that carry the trace.
func playCascade(st *stage) {
	st.traced = true
	st.cascade()
}

// playCascadeBare has only request entries with a trace: the line that says
// why joins the request of the back by its instance.
func playCascadeBare(st *stage) {
	st.traced = false
	st.cascade()
}

// playTwoServices has two services that fail at once and have nothing in common.
func playTwoServices(st *stage) {
	for i, f := range st.draw(requestFaults, 2) {
		now := st.now
		ps := st.fleet([]string{"checkout-api", "mailer"}[i], 1)
		in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
		for range 3 + st.rnd.IntN(6) {
			st.fail(ps[0], st.spaced(), f, 500, []string{"POST /orders", "POST /letters"}[i], &in)
		}
		st.incident(in)
		if i == 0 {
			st.now = now
		}
	}
}

// playCoincidence has a cause in its requests, and errors of other kinds
// everywhere else: on the instance between requests, on other instances and in
// other services within the requests.
func playCoincidence(st *stage) {
	ps := st.fleet("checkout-api", 2)
	other := st.fleet("mailer", 1)[0]
	f := pick(st.rnd, requestFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	for range 3 + st.rnd.IntN(8) {
		i := st.rnd.IntN(2)
		end := st.spaced()
		st.fail(ps[i], end, f, 500, "POST /orders", &in)
		switch st.rnd.IntN(3) {
		case 0:
			st.coincide(ps[i], end.Add(st.between(1100*time.Millisecond, 1500*time.Millisecond)))
		case 1:
			st.coincide(ps[1-i], end.Add(-st.upto(50*time.Millisecond)))
		case 2:
			st.coincide(other, end.Add(-st.upto(50*time.Millisecond)))
		}
	}
	st.incident(in)
}

// playBackground has an error that comes all the time, in requests that are
// answered well as in those that fail, which say nothing.
func playBackground(st *stage) {
	ps := st.fleet("checkout-api", 1)
	f := pick(st.rnd, coincidences)
	in := Incident{Name: "background", Because: "the error that is near stands in as many requests that are answered well"}
	for i := range 16 + st.rnd.IntN(10) {
		end := st.spaced()
		status, latency := 200, st.between(100*time.Millisecond, 400*time.Millisecond)
		if i%5 == 2 {
			status = 500
		}
		id := st.served(ps[0], end, latency, status, "POST /orders", st.trace())
		if status == 500 {
			in.Symptoms = append(in.Symptoms, id)
		}
		st.truth.Coincidences = append(st.truth.Coincidences, st.raise(ps[0], end.Add(-st.upto(latency)), "", f)...)
	}
	st.incident(in)
}

// playSilentRequests has 5xx of which the application says nothing.
func playSilentRequests(st *stage) {
	ps := st.fleet("checkout-api", 2)
	in := Incident{Name: "silent-requests", Because: "the application logs nothing of them"}
	from := st.now
	for range 1 + st.rnd.IntN(9) {
		in.Symptoms = append(in.Symptoms, st.served(pick(st.rnd, ps), st.spaced(), st.between(10*time.Millisecond, time.Second), 500, "POST /orders", st.trace()))
	}
	st.traffic(ps, from, st.now, 20, "POST /orders")
	st.incident(in)
	if st.trait(2, "coincidence") {
		st.coincide(st.place("mailer"), st.now.Add(-time.Second))
	}
}

// playLost has entries without instance and without trace on the lines: the
// error and the answers cannot be tied, whatever they look like.
func playLost(st *stage) {
	st.nowhere, st.pathless, st.traced = true, true, false
	st.traits = append(st.traits, "no-instance", "no-trace")
	ps := st.fleet("checkout-api", 2)
	f := pick(st.rnd, requestFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Because: "the entries carry neither instance nor trace"}
	for range 2 + st.rnd.IntN(8) {
		st.fail(pick(st.rnd, ps), st.spaced(), f, 500, "POST /orders", &in)
	}
	st.incident(in)
}

// playClientErrors has answers 4xx, which need no cause.
func playClientErrors(st *stage) {
	ps := st.fleet("checkout-api", 1)
	from := st.now
	for range 3 + st.rnd.IntN(8) {
		st.served(ps[0], st.spaced(), st.between(4*time.Millisecond, 40*time.Millisecond), 401+3*st.rnd.IntN(2), fmt.Sprintf("GET /wp-login%d.php", st.rnd.IntN(5)), st.trace())
	}
	st.traffic(ps, from, st.now, 12, "POST /orders")
}

// kinds in a fixed order; seeds name them by place, so new ones go to the end.
var kinds = []kind{
	{"crash-loop", playCrashLoop},
	{"requests", playRequests},
	{"cascade", playCascade},
	{"three-causes", playThreeCauses},
	{"two-revisions", playTwoRevisions},
	{"blockers", playBlockers},
	{"silent-start", playSilentStart},
	{"platform-only", playPlatformOnly},
	{"job", playJob},
	{"secret", playSecret},
	{"no-instance", playNowhere},
	{"busy", playBusy},
	{"overlap", playOverlap},
	{"wrapped", playWrapped},
	{"restated", playRestated},
	{"fallback", playFallback},
	{"memory", playMemory},
	{"fixed", playFixed},
	{"gap", playGap},
	{"cut", playCut},
	{"cascade-bare", playCascadeBare},
	{"two-services", playTwoServices},
	{"coincidence", playCoincidence},
	{"background", playBackground},
	{"silent-requests", playSilentRequests},
	{"lost", playLost},
	{"client-errors", playClientErrors},
}
