// Package synth makes exports of incidents whose truth is known, to hold the
// causal engine against.
//
// Make draws one scenario of a kind from a seed: services with revisions and
// instances, traffic, a fault and what it does, lines that look guilty and are
// not, and errors that happen to be near. What comes out is what the platform
// would have exported, read by package ingest, together with the truth: which
// entries are the cause, which are its symptoms, and whether the entries
// suffice to tell. The same kind and seed give the same bytes.
//
// The package judges nothing and knows nothing of signatures or links; whether
// an engine finds the truth is for the tests of that engine. Services, errors
// and data are invented; the forms of messages are those of the platforms and
// runtimes that they name.
package synth

import (
	"fmt"
	"math/rand/v2"
	"sort"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
)

// Scenario is one export with its truth.
type Scenario struct {
	Kind string
	Seed uint64
	// Traits names what was drawn for this seed, such as "no-trace".
	Traits []string
	// Order is how the export lists its entries: "newest-first" or "oldest-first".
	Order string
	// Export is the export as JSON, Entries what package ingest reads from it.
	Export  []byte
	Entries []*logentry.Entry
	Truth   Truth
}

// Truth is what really happened. Entries are named by insertId.
type Truth struct {
	Incidents []Incident
	// Coincidences are errors that have nothing to do with any incident.
	Coincidences []string
	// Decoys are lines of every start, of those that serve as of those that fail.
	Decoys []string
}

// Knowledge says how much a catalogue of signatures can know of a cause.
type Knowledge string

// Degrees of knowledge.
const (
	Known  Knowledge = "known"  // a message of a platform or library
	Stated Knowledge = "stated" // an application's own words, which name the reason
)

// Incident is one cause and what it did.
type Incident struct {
	Name      string
	Cause     []string
	Symptoms  []string
	Knowledge Knowledge
	// Decidable tells whether the entries suffice to name the cause; Because
	// says why not.
	Decidable bool
	Because   string
}

// Kinds lists the names of all kinds of scenarios, in a fixed order.
func Kinds() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// kind is a way in which something fails.
type kind struct {
	name string
	play func(*stage)
}

// Generate draws a scenario: the kind goes round with the seed.
func Generate(seed uint64) Scenario {
	return Make(kinds[seed%uint64(len(kinds))].name, seed)
}

// Make draws a scenario of a kind. It panics for a kind that Kinds does not list.
func Make(name string, seed uint64) Scenario {
	for i, k := range kinds {
		if k.name == name {
			return playOut(k, uint64(i), seed)
		}
	}
	panic("synth: no kind called " + name)
}

func playOut(k kind, nth, seed uint64) Scenario {
	st := newStage(rand.New(rand.NewPCG(seed, nth)))
	k.play(st)
	return st.scenario(k.name, seed)
}

// scenario ends a play: it brings the records into the order of the export,
// cuts what the limit cuts, and reads them as entries.
func (st *stage) scenario(name string, seed uint64) Scenario {
	records := st.ordered()
	export := exportOf(records)
	entries, err := ingest.DecodeAll(export)
	if err != nil {
		panic(fmt.Sprintf("synth: %s/%d: %v", name, seed, err))
	}
	for i, e := range entries {
		e.Pos.Name, e.Pos.Line = "synth.json", i+2
	}
	order := "oldest-first"
	if st.newest {
		order = "newest-first"
	}
	st.truth.prune(entries)
	return Scenario{Kind: name, Seed: seed, Traits: st.traits, Order: order, Export: export, Entries: entries, Truth: st.truth}
}

// ordered sorts the records as gcloud lists them and keeps the newest where
// the export is limited.
func (st *stage) ordered() []record {
	if !st.limited && isRound(len(st.records)) {
		st.chatter(st.place("mailer"), st.now)
	}
	rs := st.records
	sort.SliceStable(rs, func(i, j int) bool {
		if !rs[i].at.Equal(rs[j].at) {
			return rs[i].at.Before(rs[j].at)
		}
		return rs[i].InsertID < rs[j].InsertID
	})
	if st.limited {
		rs = rs[len(rs)-limitFor(len(rs)):]
	}
	if st.newest {
		for i, j := 0, len(rs)-1; i < j; i, j = i+1, j-1 {
			rs[i], rs[j] = rs[j], rs[i]
		}
	}
	return rs
}

// limitFor is the largest number that people give to --limit and that cuts.
func limitFor(n int) int {
	for _, l := range []int{1000, 500, 200, 100, 50, 20, 10} {
		if l < n {
			return l
		}
	}
	return n
}

func isRound(n int) bool {
	for n >= 10 && n%10 == 0 {
		n /= 10
	}
	return n == 1 || n == 2 || n == 5
}

// prune forgets what a limit cut off. An incident whose cause is gone is not
// decidable; one that is gone altogether did not happen.
func (t *Truth) prune(entries []*logentry.Entry) {
	have := map[string]bool{}
	for _, e := range entries {
		have[e.InsertID] = true
	}
	kept := t.Incidents[:0]
	for _, in := range t.Incidents {
		had := len(in.Cause) > 0
		in.Cause, in.Symptoms = only(in.Cause, have), only(in.Symptoms, have)
		if len(in.Cause) == 0 && had {
			in.Decidable, in.Because = false, "the cause was cut off"
		}
		if len(in.Cause)+len(in.Symptoms) > 0 {
			kept = append(kept, in)
		}
	}
	t.Incidents = kept
	t.Coincidences, t.Decoys = only(t.Coincidences, have), only(t.Decoys, have)
}

func only(ids []string, have map[string]bool) []string {
	var out []string
	for _, id := range ids {
		if have[id] {
			out = append(out, id)
		}
	}
	return out
}
