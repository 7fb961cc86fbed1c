package baseline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/incident"
)

// happened is one event of a failure, and when it can be read.
type happened struct {
	at, readable time.Time
	revision     string
}

// window makes a run of what can be read of a window at its end. The service
// logs all the time.
func window(service string, from, to time.Time, events []happened) Run {
	r := Run{From: from, To: to, Stated: true, First: from, Entries: 1, Overlap: 5 * time.Minute, Failed: map[string]bool{}}
	revisions := map[string]*incident.ScopeTally{}
	o := Observed{Findings: []string{"F1"}, Fingerprint: Fingerprint("shop.late", service, nil), Signature: "shop.late", Service: service, Title: "late", Severity: incident.High}
	for _, e := range events {
		if e.at.Before(from) || !e.at.Before(to) || e.readable.After(to) {
			continue
		}
		r.Entries++
		o.Counts = append(o.Counts, incident.CountTally{Finding: "F1", Minute: e.at.Truncate(time.Minute), Revision: e.revision, N: 1})
		o.First, o.Last = earlier(o.First, e.at), later(o.Last, e.at)
		if revisions[e.revision] == nil {
			revisions[e.revision] = &incident.ScopeTally{Service: service, Revision: e.revision, First: e.at}
		}
		revisions[e.revision].Last = e.at
		revisions[e.revision].N++
	}
	r.Scopes = append(r.Scopes, incident.ScopeTally{Service: service, N: 1, First: from, Last: to})
	for _, s := range revisions {
		r.Scopes = append(r.Scopes, *s)
	}
	slices.SortFunc(r.Scopes, func(a, b incident.ScopeTally) int { return strings.Compare(a.Revision, b.Revision) })
	if len(o.Counts) > 0 {
		r.Failures = []Observed{o}
	}
	return r
}

// TestEachEventCountsOnce: whatever the windows, each event that arrives
// within the overlap counts once: over windows that overlap more than they
// must, runs that are made twice, runs that saw a part only, and late arrivals.
func TestEachEventCountsOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for round := range 400 {
		var events []happened
		for range r.IntN(60) {
			at := epoch.Add(time.Duration(r.IntN(6*3600)) * time.Second)
			events = append(events, happened{at, at.Add(time.Duration(r.IntN(300)) * time.Second), "r1"})
		}
		s := NewState()
		end := epoch.Add(6*time.Hour + 10*time.Minute)
		for to := epoch.Add(time.Duration(r.IntN(90)+1) * time.Minute); ; to = to.Add(time.Duration(r.IntN(7000)+1) * time.Second) {
			if to.After(end) {
				to = end
			}
			from := epoch
			if c := s.CountedThrough(); !c.IsZero() {
				from = c.Add(-5 * time.Minute).Truncate(time.Minute).Add(-time.Duration(r.IntN(2)*r.IntN(60)) * time.Minute)
			}
			run := window("till", from, to, events)
			if r.IntN(4) == 0 && to != end {
				run = window("till", from, to, some(r, events))
				run.Missing = []incident.Prose{"a part"}
			}
			s, _ = Apply(s, run)
			if r.IntN(5) == 0 {
				before := encoded(t, s)
				s, _ = Apply(s, run)
				if d := cmp.Diff(before, encoded(t, s)); d != "" {
					t.Fatalf("round %d: the same run again changes the state\n%s", round, d)
				}
			}
			if to == end {
				break
			}
		}
		total := 0
		for _, f := range s.Failures {
			total += f.Total()
		}
		if total != len(events) {
			t.Fatalf("round %d: %d events, %d counted", round, len(events), total)
		}
	}
}

func some(r *rand.Rand, events []happened) []happened {
	var out []happened
	for _, e := range events {
		if r.IntN(2) == 0 {
			out = append(out, e)
		}
	}
	return out
}

// TestOrderOfWriters: two jobs that watch two services give the same state in
// either order.
func TestOrderOfWriters(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 200 {
		base := NewState()
		var runs []Run
		for _, service := range []string{"till", "mailer"} {
			var events []happened
			for range r.IntN(20) + 1 {
				at := epoch.Add(time.Duration(r.IntN(7200)) * time.Second)
				events = append(events, happened{at, at, fmt.Sprint("r", r.IntN(2))})
			}
			base, _ = Apply(base, window(service, epoch, epoch.Add(time.Hour), events))
			runs = append(runs, window(service, epoch.Add(55*time.Minute), epoch.Add(2*time.Hour), events))
		}
		one, _ := Apply(base, runs[0])
		one, _ = Apply(one, runs[1])
		two, _ := Apply(base, runs[1])
		two, _ = Apply(two, runs[0])
		for _, s := range []*State{one, two} { // what a run cannot see it calls unknown; the other has the say
			for _, f := range s.Failures {
				if f.State == incident.StateUnknown {
					f.State = incident.StateQuiet
				}
				f.State = strings.ReplaceAll(f.State, incident.StateResolved, incident.StateQuiet)
			}
		}
		for id, f := range one.Failures {
			g := two.Failures[id]
			if g == nil || g.Total() != f.Total() || !g.Last.Equal(f.Last) || !g.First.Equal(f.First) || text(g.Revisions) != text(f.Revisions) {
				t.Fatalf("%s\n%s", text(f), text(g))
			}
		}
		if len(one.Runs) != len(two.Runs) || len(one.Failures) != len(two.Failures) {
			t.Fatal("something is lost")
		}
	}
}

// The lives of a failure. Each column is an hour with a run at its end: a
// letter is an hour in which it is seen on that revision, a small one in which
// only the service logs, - in which nothing does, ? one with incomplete data.
func TestLives(t *testing.T) {
	for life, want := range map[string]string{
		"AAA":    "ongoing ongoing ongoing",
		"aAA":    "- new ongoing",
		"AaaA":   "ongoing quiet quiet returned",
		"AabB":   "ongoing quiet resolved regressed", // the revision that resolved it has it after all
		"AabC":   "ongoing quiet resolved regressed",
		"AaB":    "ongoing quiet regressed",
		"AB":     "ongoing ongoing",
		"A-A":    "ongoing unknown ongoing",
		"A-B":    "ongoing unknown ongoing", // never known to be quiet
		"A?A":    "ongoing unknown ongoing",
		"A?a":    "ongoing unknown quiet",
		"Aa?A":   "ongoing quiet quiet returned",
		"Aa-B":   "ongoing quiet quiet regressed",
		"AaaAaB": "ongoing quiet quiet returned quiet ongoing", // silent as long before
		"AbbA":   "ongoing resolved resolved returned",         // back to the revision that had it
	} {
		if got := live(t, life); got != want {
			t.Errorf("%s: %s, want %s", life, got, want)
		}
	}
}

func live(t *testing.T, life string) string {
	t.Helper()
	s := NewState()
	var states []string
	for h, c := range life {
		from := epoch.Add(time.Duration(h) * time.Hour)
		revision := strings.ToLower(string(c))
		var events []happened
		if c >= 'A' && c <= 'Z' {
			events = append(events, happened{from.Add(30 * time.Minute), from, revision})
		}
		run := window("till", from, from.Add(time.Hour), events)
		run.Scopes = nil
		if c != '-' && c != '?' {
			run.Scopes = []incident.ScopeTally{{Service: "till", Revision: revision, N: 9, First: from.Add(time.Minute), Last: from.Add(59 * time.Minute)}}
		} else {
			run.Scopes = []incident.ScopeTally{{Service: "other", N: 9, First: from, Last: from.Add(59 * time.Minute)}}
		}
		if c == '?' {
			run.Missing = []incident.Prose{"a part"}
		}
		run.key = ""
		var out *Outcome
		s, out = Apply(s, run)
		state := "-"
		for _, f := range s.Failures {
			state = f.State
			if f.Returned && len(out.States.Failures) > 0 {
				state = Returned
			}
		}
		states = append(states, state)
	}
	return strings.Join(states, " ")
}

// TestFailedDeployIsNone: what a rejected deploy logs is no deploy.
func TestFailedDeployIsNone(t *testing.T) {
	s, _ := Apply(NewState(), window("till", epoch, epoch.Add(time.Hour), []happened{{epoch.Add(time.Minute), epoch, "r1"}}))
	quiet := window("till", epoch.Add(time.Hour), epoch.Add(2*time.Hour), nil)
	quiet.Scopes = append(quiet.Scopes, incident.ScopeTally{Service: "till", Revision: "r2", N: 3, First: epoch.Add(61 * time.Minute), Last: epoch.Add(110 * time.Minute)})
	quiet.Failed["till\x00r2"] = true
	s, out := Apply(s, quiet)
	if got := out.States.Failures[0].State; got != incident.StateQuiet {
		t.Errorf("%s, though the revision never became ready", got)
	}
	quiet.Failed, quiet.key = map[string]bool{}, ""
	quiet.To, quiet.Entries = quiet.To.Add(time.Hour), 7
	quiet.Scopes[len(quiet.Scopes)-1].Last = quiet.To
	if _, out = Apply(s, quiet); out.States.Failures[0].State != incident.StateResolved {
		t.Errorf("%s, though a revision runs without it", out.States.Failures[0].State)
	}
}

func TestPolicy(t *testing.T) {
	states := func() *incident.States {
		return &incident.States{Failures: []incident.FailureState{
			{State: incident.StateNew, Severity: incident.Critical}, {State: incident.StateNew, Severity: incident.Low},
			{State: incident.StateOngoing, Severity: incident.High, Returned: true, Count: 1}, {State: incident.StateMuted, Severity: incident.Critical},
		}}
	}
	for _, tt := range []struct {
		words  []string
		maxNew int
		hits   int
	}{
		{[]string{"new"}, -1, 1}, {[]string{"new:high"}, -1, 1}, {[]string{"regressed"}, -1, 0}, {[]string{"none"}, -1, 0},
		{[]string{"returned:high", "new:critical"}, -1, 2}, {nil, 1, 1}, {nil, 2, 0}, {[]string{"muted"}, -1, 1}, {[]string{"returned:critical"}, -1, 0},
	} {
		p, err := ParsePolicy(tt.words, tt.maxNew)
		if err != nil {
			t.Fatal(err)
		}
		s := states()
		p.Apply(s)
		if len(s.Hits) != tt.hits {
			t.Errorf("%v, at most %d: %v", tt.words, tt.maxNew, s.Hits)
		}
		s.First = true
		if p.Apply(s); len(s.Hits) > 0 {
			t.Errorf("a first run hits %v", s.Hits)
		}
	}
	for _, bad := range []string{"old", "new:bad", "new:"} {
		if _, err := ParsePolicy([]string{bad}, -1); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// TestRise: a rise must be large, sure, and above what was there before.
func TestRise(t *testing.T) {
	for _, tt := range []struct {
		name  string
		hours []int
		want  bool
	}{
		{"steady", []int{10, 12, 9, 11, 10}, false},
		{"fivefold", []int{10, 12, 9, 11, 50}, true},
		{"twice", []int{10, 12, 9, 11, 22}, false},
		{"few", []int{0, 1, 0, 0, 4}, false},
		{"a level reached before", []int{1, 60, 1, 1, 61}, false},
		{"above the worst run", []int{1, 20, 1, 1, 61}, true},
		{"after a long time", []int{1, 0, 0, 0, 0, 0, 0, 0, 9}, true},
	} {
		s := NewState()
		var out *Outcome
		for h, n := range append([]int{1}, tt.hours...) {
			from := epoch.Add(time.Duration(h) * time.Hour)
			var events []happened
			for i := range n {
				events = append(events, happened{from.Add(time.Duration(i) * 40 * time.Second), from, "r1"})
			}
			s, out = Apply(s, window("till", from, from.Add(time.Hour), events))
		}
		got := out.States.Failures[0].State == incident.StateEscalating
		if rested := tt.name == "after a long time"; rested { // it was quiet: back, not rising
			got = out.States.Failures[0].Returned
		}
		if got != tt.want {
			t.Errorf("%s: %+v", tt.name, out.States.Failures[0])
		}
	}
}
