package synth_test

import (
	"bytes"
	"testing"

	"logwhy/internal/logentry"
	"logwhy/internal/synth"
)

// The same kind and seed give the same bytes, another seed gives others.
func TestDeterminism(t *testing.T) {
	for i, kind := range synth.Kinds() {
		a, b, c := synth.Make(kind, uint64(i)), synth.Make(kind, uint64(i)), synth.Make(kind, uint64(i+1))
		if !bytes.Equal(a.Export, b.Export) {
			t.Errorf("%s: two runs of one seed differ", kind)
		}
		if bytes.Equal(a.Export, c.Export) {
			t.Errorf("%s: two seeds give the same export", kind)
		}
	}
}

// The truth speaks of entries that are there, each of one part only, and says
// why an incident is not decidable.
func TestTruthIsInTheExport(t *testing.T) {
	for seed := uint64(0); seed < 270; seed++ {
		s := synth.Generate(seed)
		have := map[string]bool{}
		for _, e := range s.Entries {
			if have[e.InsertID] {
				t.Fatalf("%s/%d: insertId %s stands twice", s.Kind, seed, e.InsertID)
			}
			have[e.InsertID] = true
		}
		owner := map[string]string{}
		claim := func(who string, ids []string) {
			for _, id := range ids {
				if !have[id] {
					t.Errorf("%s/%d: %s names %s, which is not in the export", s.Kind, seed, who, id)
				}
				if o := owner[id]; o != "" && o != who {
					t.Errorf("%s/%d: %s belongs to %s and to %s", s.Kind, seed, id, o, who)
				}
				owner[id] = who
			}
		}
		for i, in := range s.Truth.Incidents {
			who := in.Name + string(rune('0'+i))
			claim(who, in.Cause)
			claim(who, in.Symptoms)
			if !in.Decidable && in.Because == "" {
				t.Errorf("%s/%d: %s is not decidable and nothing says why", s.Kind, seed, in.Name)
			}
			if in.Decidable && len(in.Cause) == 0 {
				t.Errorf("%s/%d: %s is decidable without a cause", s.Kind, seed, in.Name)
			}
		}
		claim("coincidences", s.Truth.Coincidences)
		claim("decoys", s.Truth.Decoys)
	}
}

// Entries stand in the order that the export claims, and carry the levels and
// scopes that the platform would give them.
func TestEntriesAreAsExported(t *testing.T) {
	for seed := uint64(0); seed < 270; seed++ {
		s := synth.Generate(seed)
		for i, e := range s.Entries {
			if !e.Time.Known() || e.LogID() == "" || e.Scope.Service == "" || e.Scope.Project == "" {
				t.Fatalf("%s/%d: entry %d has no time, log, service or project: %+v", s.Kind, seed, i, e)
			}
			if i == 0 {
				continue
			}
			if d := e.Time - s.Entries[i-1].Time; s.Order == "newest-first" && d > 0 || s.Order == "oldest-first" && d < 0 {
				t.Fatalf("%s/%d: entry %d breaks the order %s", s.Kind, seed, i, s.Order)
			}
		}
	}
}

// A list that is cut is cut at its oldest end, to a number that people type.
func TestCutKeepsTheNewest(t *testing.T) {
	for seed := uint64(0); seed < 30; seed++ {
		s := synth.Make("cut", seed)
		if n := len(s.Entries); n != 50 && n != 100 && n != 200 && n != 20 {
			t.Errorf("seed %d: cut to %d entries", seed, n)
		}
		if s.Order != "newest-first" {
			t.Errorf("seed %d: %s", seed, s.Order)
		}
	}
}

// Noise lies within the time of its scenario, and its errors in services of its own.
func TestNoiseIsUnrelated(t *testing.T) {
	s := synth.Make("requests", 5)
	services := map[string]bool{}
	for _, e := range s.Entries {
		services[e.Scope.Service] = true
	}
	noise := synth.Noise(s, 9, 60)
	if len(noise) < 30 {
		t.Fatalf("%d entries of noise", len(noise))
	}
	for _, e := range noise {
		if services[e.Scope.Service] && (e.Severity >= logentry.SeverityWarning || e.HTTP != nil) {
			t.Errorf("noise in %s: %s", e.Scope.Service, e.Message)
		}
	}
}
