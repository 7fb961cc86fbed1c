package synth

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
)

// decoyTexts stand in every start, whatever becomes of it.
var decoyTexts = []string{
	"WARNING: optional settings file /etc/acme/overrides.toml is not readable, using defaults",
	"ERROR: plugin 'metrics-bridge' is not installed, continuing without it",
	"Failed to load feature flags from flags.acme.internal: keeping the last known set",
	"UserWarning: pricing cache is not configured",
	"Could not find locale en_XA, falling back to en",
}

// chatterTexts are lines of a service that is well.
var chatterTexts = []string{
	"cart %d loaded", "order %d stored", "session %d refreshed", "cache warmed with %d items", "rendered page %d",
	"retry budget: 0 errors, %d ok", "queue depth %d",
}

// coincidences are errors of their own, which fail nobody.
var coincidences = []fault{
	{name: "newsletter", knowledge: Stated, lines: []string{"NewsletterError: template 'march' has no subject line"}},
	{name: "metrics-push", knowledge: Stated, lines: []string{"failed to push metrics: series acme_cart_total is out of order at sample %d"}},
	{name: "smtp", knowledge: Known, lines: []string{"redis.exceptions.ConnectionError: Error 111 connecting to 10.11.0.44:6379. Connection refused."}},
	{name: "search-index", knowledge: Stated, field: "err", lines: []string{"reindex skipped", "index catalogue-v%d has no mapping for field colour"}},
}

// chatter is one harmless line.
func (st *stage) chatter(p place, at time.Time) {
	text := pick(st.rnd, chatterTexts)
	text = fmt.Sprintf(text, 100+st.rnd.IntN(900))
	if st.rnd.IntN(2) == 0 {
		st.put(p, at, record{LogName: "run.googleapis.com/stdout", Severity: "INFO", JSON: map[string]string{"message": text, "severity": "INFO"}})
		return
	}
	st.put(p, at, record{LogName: "run.googleapis.com/stdout", Text: text})
}

// coincide logs an error that belongs to nothing.
func (st *stage) coincide(p place, at time.Time) {
	st.truth.Coincidences = append(st.truth.Coincidences, st.raise(p, at, "", pick(st.rnd, coincidences))...)
}

// traffic is n requests that are answered well, spread over a time, with
// chatter between.
func (st *stage) traffic(ps []place, from, to time.Time, n int, routes ...string) {
	for range n {
		p := pick(st.rnd, ps)
		at := from.Add(st.upto(to.Sub(from)))
		st.served(p, at, st.between(8*time.Millisecond, 400*time.Millisecond), 200, pick(st.rnd, routes), st.trace())
		if st.rnd.IntN(3) == 0 {
			st.chatter(p, at.Add(-st.upto(5*time.Millisecond)))
		}
	}
}

// boot logs what every start logs and returns when it is through.
func (st *stage) boot(p place, at time.Time) time.Time {
	if !p.job {
		st.system(p, at, "INFO", "Starting new instance. Reason: "+pick(st.rnd, []string{"AUTOSCALING", "DEPLOYMENT_ROLLOUT", "MANUAL_OR_CUSTOMER_MIN_INSTANCE"})+" - Instance started.")
	}
	at = at.Add(st.between(300*time.Millisecond, 1500*time.Millisecond))
	st.stderr(p, at, "INFO", "", fmt.Sprintf("[%s +0000] [1] [INFO] Listening at: http://0.0.0.0:8080 (1)", at.Format("2006-01-02 15:04:05")))
	for _, text := range st.decoys {
		at = at.Add(st.between(5*time.Millisecond, 300*time.Millisecond))
		st.truth.Decoys = append(st.truth.Decoys, st.stderr(p, at, "WARNING", "", text))
	}
	return at.Add(st.between(20*time.Millisecond, 900*time.Millisecond))
}

// bootWell is a start that ends in service.
func (st *stage) bootWell(p place, at time.Time) time.Time {
	at = st.boot(p, at)
	st.system(p, at, "INFO", fmt.Sprintf(`Default STARTUP TCP probe succeeded after 1 attempt for container "%s-1" on port 8080.`, p.service))
	st.stderr(p, at.Add(st.upto(20*time.Millisecond)), "INFO", "", "INFO:     Application startup complete.")
	return at.Add(50 * time.Millisecond)
}

// Noise makes n entries that have nothing to do with a scenario, within its
// time: harmless lines of its own instances, and errors and requests of
// services that it does not hold.
func Noise(s Scenario, seed uint64, n int) []*logentry.Entry {
	st := newStage(rand.New(rand.NewPCG(seed, 77)))
	first, last := s.span()
	strangers := []place{st.place("letters-api"), st.place("search-api")}
	for range n {
		at := first.Add(st.upto(last.Sub(first)))
		switch e := s.Entries[st.rnd.IntN(len(s.Entries))]; st.rnd.IntN(4) {
		case 0:
			st.chatter(pick(st.rnd, strangers), at)
		case 1:
			st.coincide(pick(st.rnd, strangers), at)
		case 2:
			st.served(pick(st.rnd, strangers), at, 30*time.Millisecond, 200+st.rnd.IntN(2)*204, "GET /letters", st.trace())
		default:
			if e.Scope.Instance == "" || strings.Contains(e.Scope.Kind, "job") {
				continue
			}
			st.chatter(place{service: e.Scope.Service, revision: e.Scope.Revision, instance: e.Scope.Instance}, at)
		}
	}
	entries, err := ingest.DecodeAll(exportOf(st.records))
	if err != nil {
		panic(fmt.Sprintf("synth: noise for %s/%d: %v", s.Kind, s.Seed, err))
	}
	for i, e := range entries {
		e.Pos.Name, e.Pos.Line, e.Pos.Seq = "synth.json", len(s.Entries)+i+2, int64(len(s.Entries)+i)
	}
	return entries
}

// span is the time of a scenario.
func (s Scenario) span() (first, last time.Time) {
	for _, e := range s.Entries {
		t := e.Time.Time()
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	return first, last.Add(time.Millisecond)
}
