package baseline

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/incident"
)

var epoch = time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)

// randomState is a small state; several of them have much in common, as copies
// that grew apart have.
func randomState(r *rand.Rand) *State {
	s := NewState()
	hour := func() time.Time { return epoch.Add(time.Duration(r.IntN(6)) * time.Hour) }
	key := func() string { return hour().Format(time.RFC3339) + "/" + string(rune('a'+r.IntN(3))) }
	for range r.IntN(4) {
		s.Runs[key()] = RunRecord{From: epoch, To: hour(), Entries: r.IntN(3), Complete: r.IntN(2) == 0}
	}
	for _, name := range []string{"", "till", "mailer"}[:r.IntN(4)] {
		v := s.service(name)
		v.Through, v.Counted = hour(), hour()
		for range r.IntN(3) {
			v.deployed(fmt.Sprintf("rev-%d", r.IntN(3)), hour())
		}
		for range r.IntN(3) {
			if v.Minutes == nil {
				v.Minutes = map[string]int{}
			}
			v.Minutes[key()] = r.IntN(60) + 1
		}
	}
	for i := range r.IntN(4) {
		s.Failures[fmt.Sprintf("%012x", i)] = randomFailure(r, hour, key)
	}
	return s
}

func randomFailure(r *rand.Rand, hour func() time.Time, key func() string) *Failure {
	f := &Failure{
		Signature: fmt.Sprintf("shop.s%d", r.IntN(2)), Title: incident.Prose(fmt.Sprintf("t%d", r.IntN(2))), Severity: severities[r.IntN(3)],
		State: fileStates[r.IntN(len(fileStates))], Run: key(), First: hour(), Last: hour(), Gap: r.IntN(3) * 60, Returned: r.IntN(2) == 0,
	}
	if r.IntN(3) == 0 {
		f.Older, f.OlderTo = r.IntN(9), key()
	}
	for range r.IntN(4) {
		if f.Counts == nil {
			f.Counts = map[string]int{}
		}
		if k := key(); k > f.OlderTo {
			f.Counts[k] = r.IntN(5) + 1
		}
	}
	for range r.IntN(3) {
		if f.Tail == nil {
			f.Tail, f.Revisions = map[string]int{}, map[string]time.Time{}
		}
		f.Tail[minuteKey(hour())] = r.IntN(4) + 1
		f.Revisions[fmt.Sprintf("rev-%d", r.IntN(3))] = hour()
		f.Also = []string{fmt.Sprintf("%012x", 100+r.IntN(3))}
	}
	if r.IntN(3) == 0 {
		f.Mute = &Mute{Set: hour(), Off: r.IntN(2) == 0, Reason: fmt.Sprint(r.IntN(2)), Until: hour()}
	}
	return f
}

func encoded(t *testing.T, s *State) string {
	t.Helper()
	data, err := Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestMergeLaws: the order of merging does not matter, nor how often.
func TestMergeLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		a, b, c := randomState(r), randomState(r), randomState(r)
		for _, law := range []struct {
			name string
			x, y *State
		}{
			{"commutative", Merge(a, b), Merge(b, a)},
			{"associative", Merge(Merge(a, b), c), Merge(a, Merge(b, c))},
			{"idempotent", Merge(Merge(a, b), b), Merge(a, b)},
			{"neutral", Merge(a, NewState()), Merge(NewState(), a)},
		} {
			if d := cmp.Diff(encoded(t, law.x), encoded(t, law.y)); d != "" {
				t.Fatalf("round %d: not %s\n%s", i, law.name, d)
			}
		}
	}
}

// TestMergeLosesNothing: each run, failure, count and mute of either is there.
func TestMergeLosesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		a, b := randomState(r), randomState(r)
		m := Merge(a, b)
		for _, s := range []*State{a, b} {
			for k := range s.Runs {
				if _, ok := m.Runs[k]; !ok {
					t.Fatalf("run %s is lost", k)
				}
			}
			for id, f := range s.Failures {
				g := m.Failures[id]
				if g == nil || g.First.After(f.First) || g.Last.Before(f.Last) || g.Gap < f.Gap {
					t.Fatalf("failure %s has lost something", id)
				}
				for k, n := range f.Counts {
					if k > g.OlderTo && g.Counts[k] < n {
						t.Fatalf("failure %s has lost a count", id)
					}
				}
				if f.Mute != nil && (g.Mute == nil || g.Mute.Set.Before(f.Mute.Set)) {
					t.Fatalf("failure %s has lost its mute", id)
				}
			}
		}
	}
}

// TestEncodeRoundTrip: what is written is read as it was.
func TestEncodeRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 1000 {
		s := randomState(r)
		s.service("end").Through = epoch
		s.service("=end").Through = epoch
		want := encoded(t, s)
		back, err := Decode("state.json", []byte(want))
		if err != nil {
			t.Fatal(err, want)
		}
		if d := cmp.Diff(want, encoded(t, back)); d != "" {
			t.Fatal(d)
		}
	}
}

// FuzzDecode: no file makes the reader panic, an error has a place in the
// file, and what is read can be written and read again.
func FuzzDecode(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 4 {
		data, err := Encode(randomState(r))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte(`{"schema":"logwhy.state/v1","through":"2026-03-03T10:00:00Z","failures":[{"signature":"a.b","count":3,"muted":{"reason":"x"}}]}`))
	f.Add([]byte("{\"schema\": \"logwhy.state/v2\",\n<<<<<<< ours\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode("state.json", data)
		if err != nil {
			re, ok := err.(*ReadError)
			if !ok || re.Line < 1 || re.Col < 1 || re.Message == "" {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		first := encoded(t, s)
		back, err := Decode("state.json", []byte(first))
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if second := encoded(t, back); first != second {
			t.Fatalf("%s\n%s", first, second)
		}
		s.trim()
		Merge(s, back)
	})
}
