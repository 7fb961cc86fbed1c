package synth

import (
	"fmt"
	"time"
)

// crash is one start that ends in f.
func (st *stage) crash(p place, at time.Time, f fault) (cause, symptoms []string, end time.Time) {
	at = st.boot(p, at)
	if !f.node {
		st.stderr(p, at, "INFO", "", fmt.Sprintf("[%s +0000] [7] [ERROR] Exception in worker process", at.Format("2006-01-02 15:04:05")))
		at = at.Add(40 * time.Microsecond)
	}
	cause = st.raise(p, at, "", f)
	symptoms, end = st.exit(p, at.Add(st.between(3*time.Millisecond, 90*time.Millisecond)), f.node)
	return cause, symptoms, end
}

// exit is what the process manager and the platform say of a start that failed.
func (st *stage) exit(p place, at time.Time, node bool) (symptoms []string, end time.Time) {
	code := 1
	if !node {
		code = 3
		stamp := at.Format("2006-01-02 15:04:05")
		st.stderr(p, at, "INFO", "", "["+stamp+" +0000] [7] [INFO] Worker exiting (pid: 7)")
		st.stderr(p, at.Add(2*time.Millisecond), "ERROR", "", "["+stamp+" +0000] [1] [ERROR] Worker (pid:7) exited with code 3")
		st.stderr(p, at.Add(4*time.Millisecond), "ERROR", "", "["+stamp+" +0000] [1] [ERROR] Shutting down: Master")
		st.stderr(p, at.Add(5*time.Millisecond), "ERROR", "", "["+stamp+" +0000] [1] [ERROR] Reason: Worker failed to boot.")
		at = at.Add(8 * time.Millisecond)
	}
	at = at.Add(st.between(10*time.Millisecond, 600*time.Millisecond))
	symptoms = append(symptoms, st.system(p, at, "WARNING", fmt.Sprintf("Container called exit(%d).", code)))
	if p.job {
		return symptoms, at
	}
	at = at.Add(st.between(2*time.Millisecond, 60*time.Millisecond))
	return append(symptoms, st.system(p, at, "ERROR", fmt.Sprintf("Default STARTUP TCP probe failed 1 time consecutively for container \"%s-1\" on port 8080. The instance was not started.\nConnection failed with status CANCELLED.", p.service))), at
}

// notReady is the platform's verdict on a revision.
func (st *stage) notReady(p place, at time.Time) string {
	return st.audit(p, at, "system_event", "ERROR", "/Services.ReplaceService", "revisions/"+p.revision, 9,
		"Ready condition status changed to False for Revision "+p.revision+" with message: The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout. Logs for this revision might contain more information.")
}

// loop is n failing starts of p's revision; it moves the time on.
func (st *stage) loop(p place, n int, f fault, in *Incident) {
	for i := range n {
		q := st.started(p)
		cause, symptoms, end := st.crash(q, st.now, f)
		in.Cause, in.Symptoms = append(in.Cause, cause...), append(in.Symptoms, symptoms...)
		if i == 0 {
			in.Symptoms = append(in.Symptoms, st.notReady(q, end.Add(st.between(10*time.Millisecond, 800*time.Millisecond))))
		}
		st.now = end.Add(st.between(5*time.Second, 70*time.Second))
	}
}

// healthyPast is an older revision that starts and serves.
func (st *stage) healthyPast(p place, n int) place {
	for range 1 + st.rnd.IntN(2) {
		p = st.started(p)
		st.now = st.bootWell(p, st.now)
	}
	to := st.now.Add(st.between(time.Minute, 5*time.Minute))
	st.traffic([]place{p}, st.now, to, n, "POST /orders", "GET /carts/81")
	st.now = to
	return p
}

func playCrashLoop(st *stage) {
	old := st.place("checkout-api")
	if st.rnd.IntN(3) > 0 {
		old = st.healthyPast(old, 10)
	}
	st.deploy(old, st.now)
	st.now = st.now.Add(st.between(5*time.Second, 40*time.Second))
	f := pick(st.rnd, startFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	st.loop(st.deployed(old, 91), 2+st.rnd.IntN(9), f, &in)
	st.incident(in)
	if st.trait(2, "coincidence") {
		st.coincide(st.place("mailer"), st.now)
	}
}

// playTwoRevisions has one cause on two revisions: one incident.
func playTwoRevisions(st *stage) {
	p := st.place("checkout-api")
	f := pick(st.rnd, startFaults)
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	for n := 91; n < 93; n++ {
		st.deploy(p, st.now)
		st.now = st.now.Add(st.between(5*time.Second, 30*time.Second))
		st.loop(st.deployed(p, n), 1+st.rnd.IntN(3), f, &in)
	}
	st.incident(in)
}

// playBlockers has a new fault on each revision: incidents in sequence.
func playBlockers(st *stage) {
	p := st.place("checkout-api")
	for i, f := range st.draw(startFaults, 2+st.rnd.IntN(2)) {
		st.deploy(p, st.now)
		st.now = st.now.Add(st.between(5*time.Second, 30*time.Second))
		in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
		st.loop(st.deployed(p, 91+i), 1+st.rnd.IntN(3), f, &in)
		st.incident(in)
		st.now = st.now.Add(st.between(time.Minute, 8*time.Minute))
	}
	p = st.deployed(p, 99)
	st.now = st.bootWell(p, st.now)
	st.traffic([]place{p}, st.now, st.now.Add(time.Minute), 6, "POST /orders")
}

// playSilentStart has starts that end without a word of the application but
// for the decoys, which healthy starts show, too.
func playSilentStart(st *stage) {
	p := st.healthyPast(st.place("checkout-api"), 8)
	st.deploy(p, st.now)
	st.now = st.now.Add(20 * time.Second)
	in := Incident{Name: "silent", Because: "the application says nothing that healthy starts do not say, too"}
	p = st.deployed(p, 91)
	for range 2 + st.rnd.IntN(5) {
		q := st.started(p)
		symptoms, end := st.exit(q, st.boot(q, st.now), true)
		in.Symptoms = append(in.Symptoms, symptoms...)
		st.now = end.Add(st.between(5*time.Second, 60*time.Second))
	}
	st.incident(in)
}

// playPlatformOnly is an export that holds the lines of the platform alone.
func playPlatformOnly(st *stage) {
	st.decoys = nil
	p := st.place("checkout-api")
	in := Incident{Name: "platform-only", Because: "only the platform speaks"}
	for range 2 + st.rnd.IntN(5) {
		q := st.started(p)
		st.now = st.now.Add(st.between(10*time.Second, 60*time.Second))
		in.Symptoms = append(in.Symptoms, st.system(q, st.now, "WARNING", "Container called exit(1)."))
		st.now = st.now.Add(30 * time.Millisecond)
		in.Symptoms = append(in.Symptoms, st.system(q, st.now, "ERROR", "Default STARTUP TCP probe failed 1 time consecutively for container \"checkout-api-1\" on port 8080. The instance was not started.\nConnection failed with status CANCELLED."))
	}
	in.Symptoms = append(in.Symptoms, st.notReady(p, st.now.Add(time.Second)))
	st.incident(in)
}

// playJob is a job whose tries fail until its execution does.
func playJob(st *stage) {
	p := place{service: "ledger-export", job: true}
	f := pick(st.rnd, append([]fault{startFaults[0], startFaults[1], startFaults[3], startFaults[4], startFaults[6]}, requestFaults[0], requestFaults[5], requestFaults[7]))
	in := Incident{Name: f.name, Knowledge: f.knowledge, Decidable: true}
	for range 1 + st.rnd.IntN(3) {
		p.execution = "ledger-export-" + st.hex(5)
		for range 1 + st.rnd.IntN(4) {
			q := st.started(p)
			at := st.boot(q, st.now)
			in.Cause = append(in.Cause, st.raise(q, at, "", f)...)
			symptoms, end := st.exit(q, at.Add(st.upto(40*time.Millisecond)), true)
			in.Symptoms = append(in.Symptoms, symptoms...)
			st.now = end.Add(st.between(2*time.Second, 8*time.Second))
		}
		in.Symptoms = append(in.Symptoms, st.audit(p, st.now, "system_event", "ERROR", "/Jobs.RunJob", "executions/"+p.execution, 10,
			"Execution "+p.execution+" has failed to complete, 0/1 tasks were a success."))
		st.now = st.now.Add(st.between(time.Minute, 10*time.Minute))
	}
	st.incident(in)
}

// playSecret is a revision that the platform refuses, with its reason.
func playSecret(st *stage) {
	p := st.healthyPast(st.place("checkout-api"), 8)
	st.deploy(p, st.now)
	p = st.deployed(p, 91)
	id := st.audit(p, st.now.Add(st.between(2*time.Second, 20*time.Second)), "system_event", "ERROR", "/Services.ReplaceService", "revisions/"+p.revision, 9,
		"Ready condition status changed to False for Revision "+p.revision+" with message: spec.template.spec.containers[0].env[2].value_from.secret_key_ref.name: Permission denied on secret: projects/101010101010/secrets/ledger-db/versions/latest for Revision service account runner@acme-staging.iam.gserviceaccount.com. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.")
	st.incident(Incident{Name: "secret-denied", Cause: []string{id}, Symptoms: []string{id}, Knowledge: Known, Decidable: true})
	st.traffic([]place{p}, st.now, st.now.Add(time.Minute), 5, "POST /orders")
}

// playNowhere is a crash loop whose entries carry no instance: they join by
// their revision, which no rule of a start knows to be enough.
func playNowhere(st *stage) {
	st.nowhere = true
	st.traits = append(st.traits, "no-instance")
	p := st.place("checkout-api")
	f := pick(st.rnd, startFaults)
	in := Incident{Name: f.name, Knowledge: Stated, Decidable: true}
	st.loop(p, 2+st.rnd.IntN(4), f, &in)
	st.incident(in)
}
