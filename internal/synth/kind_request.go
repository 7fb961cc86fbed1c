package synth

import (
	"fmt"
	"strings"
	"time"
)

// lag is how long after the end of a request its error is logged: mostly within
// milliseconds around it, at most 400 ms.
func (st *stage) lag() time.Duration {
	switch n := st.rnd.IntN(76); {
	case n < 10:
		return -st.upto(60 * time.Millisecond)
	case n < 65:
		return st.upto(10 * time.Millisecond)
	case n < 68:
		return st.between(10*time.Millisecond, 100*time.Millisecond)
	case n < 73:
		return st.between(100*time.Millisecond, 200*time.Millisecond)
	}
	return st.between(200*time.Millisecond, 400*time.Millisecond)
}

// fail is one request that f fails, ending at end.
func (st *stage) fail(p place, end time.Time, f fault, status int, route string, in *Incident) (trace string) {
	trace = st.trace()
	latency := st.between(80*time.Millisecond, 900*time.Millisecond)
	in.Symptoms = append(in.Symptoms, st.served(p, end, latency, status, route, trace))
	in.Cause = append(in.Cause, st.raise(p, end.Add(st.lag()), trace, f)...)
	return trace
}

// fleet is a service with n instances that started well.
func (st *stage) fleet(service string, n int) []place {
	p := st.place(service)
	var ps []place
	for range n {
		p = st.started(p)
		st.now = st.bootWell(p, st.now)
		ps = append(ps, p)
	}
	return ps
}

// spaced moves the time on by so much that requests of one instance cannot be
// taken for one another.
func (st *stage) spaced() time.Time {
	st.now = st.now.Add(st.between(2500*time.Millisecond, 12*time.Second))
	return st.now
}

func playRequests(st *stage) {
	ps := st.fleet("checkout-api", 1+st.rnd.IntN(3))
	f := pick(st.rnd, requestFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	from := st.now
	for range 1 + st.rnd.IntN(14) {
		st.fail(pick(st.rnd, ps), st.spaced(), f, 500, "POST /orders", &in)
	}
	st.traffic(ps, from, st.now, 25, "POST /orders", "GET /carts/81")
	st.incident(in)
}

// playBusy has requests that overlap on one instance.
func playBusy(st *stage) {
	ps := st.fleet("checkout-api", 1)
	f := pick(st.rnd, requestFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	from := st.now
	for range 4 + st.rnd.IntN(20) {
		st.now = st.now.Add(st.between(10*time.Millisecond, 900*time.Millisecond))
		st.fail(ps[0], st.now, f, 500, "POST /orders", &in)
	}
	st.traffic(ps, from, st.now, 25, "GET /carts/81")
	st.incident(in)
}

// playThreeCauses has one symptom with three causes.
func playThreeCauses(st *stage) {
	ps := st.fleet("checkout-api", 2)
	for i, f := range st.draw(requestFaults, 3) {
		in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
		for range []int{17, 6, 2}[i] {
			st.fail(pick(st.rnd, ps), st.spaced(), f, 500, "POST /orders", &in)
		}
		st.incident(in)
	}
	st.traffic(ps, st.now.Add(-time.Minute), st.now, 12, "GET /carts/81")
}

// playOverlap has two incidents at once on routes of their own.
func playOverlap(st *stage) {
	ps := st.fleet("checkout-api", 2)
	fs := st.draw(requestFaults, 2)
	ins := []Incident{{Name: fs[0].name, Knowledge: fs[0].knowledge, Decidable: true}, {Name: fs[1].name, Knowledge: fs[1].knowledge, Decidable: true}}
	from := st.now
	for k := range 8 + st.rnd.IntN(14) {
		i := k % 2
		st.fail(pick(st.rnd, ps), st.spaced(), fs[i], 500, []string{"POST /orders", "GET /invoices"}[i], &ins[i])
	}
	st.traffic(ps, from, st.now, 25, "POST /orders", "GET /invoices")
	st.truth.Incidents = append(st.truth.Incidents, ins...)
}

// playWrapped logs lines that restate the failure after the reason.
func playWrapped(st *stage) {
	ps := st.fleet("checkout-api", 1)
	f := pick(st.rnd, requestFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	wrapper := pick(st.rnd, wrappers)
	for range 1 + st.rnd.IntN(8) {
		end, trace := st.spaced(), st.trace()
		in.Symptoms = append(in.Symptoms, st.served(ps[0], end, st.between(80*time.Millisecond, 700*time.Millisecond), 500, "POST /orders", trace))
		in.Cause = append(in.Cause, st.raise(ps[0], end.Add(-st.between(4*time.Millisecond, 40*time.Millisecond)), trace, f)...)
		if st.rnd.IntN(2) == 0 {
			st.stderr(ps[0], end.Add(-2*time.Millisecond), "ERROR", trace, wrapper)
		} else {
			st.structured(ps[0], end.Add(-2*time.Millisecond), "ERROR", trace, wrapper, "", "")
		}
	}
	st.incident(in)
}

// playRestated logs a wrapper that repeats the reason: "A: reason".
func playRestated(st *stage) {
	ps := st.fleet("checkout-api", 1)
	f := pick(st.rnd, []fault{requestFaults[0], requestFaults[1], requestFaults[4], requestFaults[6]})
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	inner := f.lines[len(f.lines)-1]
	if strings.Contains(inner, "%d") {
		inner = fmt.Sprintf(inner, 4711)
	}
	f.lines = append(append([]string(nil), f.lines[:len(f.lines)-1]...), inner)
	for range 1 + st.rnd.IntN(8) {
		end := st.spaced()
		trace := st.fail(ps[0], end, f, 500, "POST /orders", &in)
		// The wrapper states the same reason, so it is as good an answer.
		in.Cause = append(in.Cause, st.stderr(ps[0], end.Add(time.Millisecond), "ERROR", trace, "Error while placing the order: "+inner))
	}
	st.incident(in)
}

// playFallback has a second attempt that fails too; the first failure is why.
// No catalogue can know that the second attempt ends the request, so the whole
// chain is as strong as the application's word for it.
func playFallback(st *stage) {
	ps := st.fleet("checkout-api", 1)
	f := pick(st.rnd, []fault{requestFaults[4], requestFaults[5], requestFaults[6]})
	in := Incident{Name: f.name, Knowledge: Stated, Decidable: true}
	for range 1 + st.rnd.IntN(6) {
		end, trace := st.spaced(), st.trace()
		in.Symptoms = append(in.Symptoms, st.served(ps[0], end, st.between(200*time.Millisecond, 900*time.Millisecond), 500, "POST /orders", trace))
		in.Cause = append(in.Cause, st.raise(ps[0], end.Add(-st.between(60*time.Millisecond, 150*time.Millisecond)), trace, f)...)
		st.stderr(ps[0], end.Add(-st.between(3*time.Millisecond, 20*time.Millisecond)), "ERROR", trace, "Fallback price source also failed: file /srv/data/prices.json is empty")
	}
	st.incident(in)
}

// playMemory has instances killed at their limit; the platform says so late.
func playMemory(st *stage) {
	ps := st.fleet("checkout-api", 2)
	in := Incident{Name: "memory", Knowledge: Known, Decidable: true}
	for _, p := range ps {
		kill := st.spaced()
		for range 1 + st.rnd.IntN(3) {
			end := kill.Add(st.upto(30 * time.Millisecond))
			in.Symptoms = append(in.Symptoms, st.served(p, end, st.between(500*time.Millisecond, 4*time.Second), 500+3*st.rnd.IntN(2), "POST /reports", st.trace()))
		}
		in.Cause = append(in.Cause, st.system(p, kill.Add(st.between(50*time.Millisecond, 30*time.Second)), "ERROR",
			fmt.Sprintf("Memory limit of 512 MiB exceeded with %d MiB used. Consider increasing the memory limit, see https://cloud.google.com/run/docs/configuring/memory-limits", 513+st.rnd.IntN(20))))
		st.now = st.now.Add(40 * time.Second)
	}
	st.incident(in)
}

// playFixed has a revision that fails requests, and one that does not.
func playFixed(st *stage) {
	ps := st.fleet("checkout-api", 2)
	f := pick(st.rnd, requestFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	for range 3 + st.rnd.IntN(8) {
		st.fail(pick(st.rnd, ps), st.spaced(), f, 500, "POST /orders", &in)
	}
	st.incident(in)
	st.deploy(ps[0], st.now.Add(10*time.Second))
	p := st.deployed(ps[0], 91)
	st.now = st.bootWell(p, st.now.Add(30*time.Second))
	to := st.now.Add(15 * time.Minute)
	st.traffic([]place{p}, st.now, to, 25, "POST /orders", "GET /carts/81")
	st.now = to
}

// playGap has a stretch without any entry between two bursts of one cause.
func playGap(st *stage) {
	ps := st.fleet("checkout-api", 1)
	f := pick(st.rnd, requestFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	for range 2 {
		for range 2 + st.rnd.IntN(4) {
			st.fail(ps[0], st.spaced(), f, 500, "POST /orders", &in)
		}
		st.now = st.now.Add(st.between(20*time.Minute, 3*time.Hour))
	}
	st.incident(in)
}

// playCut is a list cut at its limit: the incident is older than the list.
func playCut(st *stage) {
	st.newest, st.limited = true, true
	ps := st.fleet("checkout-api", 2)
	f := pick(st.rnd, requestFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	from := st.now
	for range 8 + st.rnd.IntN(14) {
		st.fail(pick(st.rnd, ps), st.spaced(), f, 500, "POST /orders", &in)
	}
	st.traffic(ps, from, st.now, 40, "POST /orders", "GET /carts/81")
	st.incident(in)
}
