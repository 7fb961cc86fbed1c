package main

// failedRequest is a request that ends with 500 and, within milliseconds of
// its end, what the application says about it.
func (x *world) failedRequest(at origin) {
	trace := x.trace()
	latency := x.request(at, 500, trace)
	end := x.now + latency + x.rng.Int64N(40e6)
	f := failures[x.rng.IntN(len(failures))]
	d := due{at: end, origin: at, trace: trace, text: x.fill(f.text)}
	switch x.rng.IntN(3) {
	case 0:
		d.kind, d.text = dueEvent, f.event
	case 1:
		d.kind = dueStderr
	default:
		d.kind = dueError
	}
	x.plan(d)
}

// crashLoop plans some starts of a revision that never becomes ready, each on
// a new instance: a start, lines of the application, an exception, an exit.
func (x *world) crashLoop(svc *service) {
	rev := &svc.revisions[2]
	t := x.now
	crash := crashes[svc.language]
	for range 3 + x.rng.IntN(12) {
		at := origin{svc: svc, rev: rev, instance: x.hex(126)}
		say := func(after int64, kind dueKind, text string) {
			t += after + x.rng.Int64N(after/2+1)
			x.plan(due{at: t, kind: kind, origin: at, text: text})
		}
		say(7e9, dueStarted, "Starting new instance. Reason: AUTOSCALING - Instance started due to configured scaling factors (e.g. CPU utilization, request throughput, etc.) or no existing capacity for current traffic.")
		say(2e9, dueStderr, "loading settings")
		say(3e8, dueStderr, x.fill(crash.hint))
		say(4e6, dueError, x.fill(crash.trace))
		say(4e8, dueSystem, "Container called exit(1).")
		say(1e8, dueSystem, "Default STARTUP TCP probe failed 1 time consecutively for container \""+svc.name+"-1\" on port 8080. The instance was not started.\nConnection failed with status CANCELLED.")
	}
}

// scheduled writes an entry that was planned.
func (x *world) scheduled(d due) {
	x.now = max(x.now, d.at)
	switch d.kind {
	case dueStderr:
		x.stderr(d.origin, d.text, "")
	case dueError:
		x.stderr(d.origin, d.text, "ERROR")
	case dueEvent:
		x.structured(d.origin, d.text, "error")
	case dueSystem, dueStarted:
		severity := "WARNING"
		if d.kind == dueStarted {
			severity = "INFO"
		} else if len(d.text) > 40 {
			severity = "ERROR"
		}
		x.system(d.origin, d.text, severity)
	}
}
