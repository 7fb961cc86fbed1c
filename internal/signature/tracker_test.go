package signature

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"logwhy/internal/logentry"
)

// A timeline has a row for each kind of event. Its column is the time in
// seconds. An event is a letter or digit; the same letter in two rows of one
// column is one event of both kinds. Events of one column come in the order of
// their letters. A row "time" is for reading only.
type timeline struct {
	name string
	rule string // everything below "id", "title" and "role"
	rows string
	want string // hits as {1,2,3}, in the order in which they were completed
}

// steps writes a form of steps called a, b, c …, each a message.
func steps(kind, names, rest string) string {
	var b strings.Builder
	b.WriteString(kind + ":\n  steps:\n")
	for i, n := range strings.Fields(names) {
		fmt.Fprintf(&b, "    - {as: s%d, match: {message: {contains: \"<%s>\"}}}\n", i, n)
	}
	b.WriteString("  join: [file]\n")
	for _, l := range strings.Split(rest, "\n") {
		b.WriteString("  " + strings.TrimSpace(l) + "\n")
	}
	return b.String()
}

func (tl timeline) run(t *testing.T) {
	t.Helper()
	tl.rule = "id: t.t\ntitle: T\nrole: failure\n" + tl.rule
	runAs(t, tl, "t.t")
}

// runAs follows one signature of a rule file along a timeline.
func runAs(t *testing.T, tl timeline, id string) {
	t.Helper()
	c := catalogOf(t, tl.rule)
	s := c.Lookup(id)
	tr := c.NewTracker(s)
	var got []string
	events := parseTimeline(t, tl.rows)
	m := c.NewMatcher()
	for i, ev := range events {
		for _, match := range m.Match(&logentry.Entry{Message: ev.text}, nil) {
			if tr == nil {
				got = append(got, "{"+string(ev.label)+"}")
				continue
			}
			tr.Add(Occurrence{Match: match, Time: ev.at, Ref: i})
		}
	}
	var hits []Hit
	if tr != nil {
		hits = tr.Flush()
	}
	for _, h := range hits {
		var refs []string
		for _, r := range h.Refs {
			refs = append(refs, string(events[r].label))
		}
		got = append(got, "{"+strings.Join(refs, ",")+"}")
	}
	if g := strings.Join(got, " "); g != tl.want {
		t.Errorf("%s\n%s\n got %s\nwant %s", tl.name, tl.rows, g, tl.want)
	}
}

type drawn struct {
	label rune
	at    logentry.Time
	text  string
}

func parseTimeline(t *testing.T, rows string) []drawn {
	t.Helper()
	var out []drawn
	for _, line := range strings.Split(strings.TrimSpace(rows), "\n") {
		name, row, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "time" {
			continue
		}
		for col, r := range strings.TrimSpace(row) {
			if r == '-' {
				continue
			}
			at := logentry.Time(col) * logentry.Time(time.Second)
			found := false
			for i := range out {
				if out[i].label == r && out[i].at == at {
					out[i].text += "<" + name + ">"
					found = true
				}
			}
			if !found {
				out = append(out, drawn{r, at, "<" + name + ">"})
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].at != out[j].at {
			return out[i].at < out[j].at
		}
		return out[i].label < out[j].label
	})
	return out
}

func TestSequence(t *testing.T) {
	for _, tl := range []timeline{
		{"in order", steps("sequence", "a b", "within: 10s"), `
			a -1--
			b 0-2-`, "{1,2}"},
		{"only the first of a surplus is used", steps("sequence", "a b", "within: 10s"), `
			a -123-
			b ----4`, "{1,4}"},
		{"the surplus stays in the queue", steps("sequence", "a b", "within: 10s"), `
			a -123--
			b ----45`, "{1,4} {2,5}"},
		{"overlapping", steps("sequence", "a b c", "within: 20s"), `
			a -12-4--7----
			b ---3--6--9--
			c -----5--8--A`, "{1,3,5} {2,6,8} {4,9,A}"},
		{"what no order can use is dropped", steps("sequence", "a b c", "within: 50s"), `
			a -1--4-----A--
			b --23---89-B-
			c -----567---C`, "{1,2,5} {4,8,C}"},
		{"the end of the window counts", steps("sequence", "a b", "within: 3s"), `
			a -1---5---
			b ----2---6`, "{1,2} {5,6}"},
		{"too late", steps("sequence", "a b", "within: 3s"), `
			a -1---
			b -----2`, ""},
		{"a later start is in the window", steps("sequence", "a b", "within: 3s"), `
			a -1-2--
			b -----3`, "{2,3}"},
		{"equal times are in order", steps("sequence", "a b c", "within: 10s"), `
			a -1-
			b -2-
			c -3-`, "{1,2,3}"},
		{"equal times, added the other way round", steps("sequence", "a b", "within: 10s"), `
			a -2-
			b -1-`, ""},
		{"one event is not two steps", steps("sequence", "a b", "within: 10s"), `
			a -1--
			b -1--`, ""},
		{"one event may end one hit and begin another", steps("sequence", "a b", "within: 10s"), `
			a -12--
			b --23-`, "{1,2} {2,3}"},
		{"repeated step", steps("sequence", "a a a b", "within: 10s"), `
			a -1-3456---
			b --2----78-`, "{1,3,4,7}"},
	} {
		tl.run(t)
	}
}

func TestSequenceRepeats(t *testing.T) {
	for _, tl := range []timeline{
		{"all alike", steps("sequence", "a a a", "within: 10s"), `
			a -1234567`, "{1,2,3} {4,5,6}"},
		{"two and two", steps("sequence", "a a b b", "within: 10s"), `
			a -12---
			b ---34-`, "{1,2,3,4}"},
		{"out of the window", steps("sequence", "a a a b", "within: 4s"), `
			a -12345---
			b ---------8`, ""},
		{"the last that fit", steps("sequence", "a a a b", "within: 3s"), `
			a -1234567-
			b --------8`, "{5,6,7,8}"},
		{"equal times", steps("sequence", "a a a b", "within: 3s"), `
			a -1--
			a -2--
			a -3--
			a -4--
			a -5--
			a -6--
			b -7--
			b --8-`, "{1,2,3,7} {4,5,6,8}"},
		{"apart", steps("sequence", "a a b a a c", "within: 5s"), `
			a -12-456-89-
			b ---3---7---
			c ----------A`, "{5,6,7,8,9,A}"},
		{"a count is a repeated step", `sequence:
  steps:
    - {as: many, count: 3, match: {message: {contains: "<a>"}}}
    - {as: end, match: {message: {contains: "<b>"}}}
  join: [file]
  within: 10s
`, `
			a -123--
			b ----4-`, "{1,2,3,4}"},
	} {
		tl.run(t)
	}
}

func TestSet(t *testing.T) {
	for _, tl := range []timeline{
		{"any order", steps("set", "a b c", "within: 10s"), `
			a ---3--
			b -1----
			c --2---`, "{3,1,2}"},
		{"one event for several steps", steps("set", "a b", "within: 10s"), `
			a -1--
			b -1--`, "{1,1}"},
		{"the window slides", steps("set", "a b", "within: 2s"), `
			a -1-3---
			b -----5-`, "{3,5}"},
		{"too far apart", steps("set", "a b", "within: 2s"), `
			a -1---
			b ----4`, ""},
		{"the surplus stays", steps("set", "a b", "within: 10s"), `
			a -12---
			b ---34-`, "{1,3} {2,4}"},
		{"multiplicity", steps("set", "a b a", "within: 10s"), `
			a -1-3-
			b --2--`, "{1,2,3}"},
		{"multiplicity not reached", steps("set", "a b a", "within: 10s"), `
			a -1---
			b --2--`, ""},
		{"a single step: every match is a hit", steps("set", "a", ""), `
			a -1-2-`, "{1} {2}"},
	} {
		tl.run(t)
	}
}

func TestCount(t *testing.T) {
	rule := "count: {match: {message: {contains: \"<a>\"}}, at_least: 3, within: 4s, by: file}\n"
	for _, tl := range []timeline{
		{"enough", rule, `
			a -1-2-3`, "{1,2,3}"},
		{"twice", rule, `
			a -123456`, "{1,2,3} {4,5,6}"},
		{"too slow", rule, `
			a -1--2--3--4`, ""},
		{"the burst within", rule, `
			a -1-----345`, "{3,4,5}"},
	} {
		tl.run(t)
	}
}

func absent(how string) string {
	return "within: 5s\nabsent: [{match: {message: {contains: \"<x>\"}}, " + how + "}]"
}

func TestAbsence(t *testing.T) {
	for _, tl := range []timeline{
		{"between", steps("sequence", "a b", absent("between: [s0, s1]")), `
			a -1---5---
			b ---3---7-
			x --2------`, "{5,7}"},
		{"the end of the interval counts", steps("sequence", "a b", absent("anchor: 0")), `
			a -1--
			b --2-
			x --3-`, ""},
		{"as long as the match", steps("sequence", "a b", absent("anchor: 0")), `
			a -1---
			b --2--
			x ---3-`, "{1,2}"},
		{"longer than the match", steps("sequence", "a b", absent("window: 3s")), `
			a -1-----
			b --2----
			x -----3-`, ""},
		{"longer than the match, and then it comes", steps("sequence", "a b", absent("window: 3s")), `
			a -1-----
			b --2----
			x ------3`, "{1,2}"},
		{"absolute", steps("sequence", "a b", absent("window: 2s, absolute: true")), `
			a -1---
			b -----2
			x ----3-`, "{1,2}"},
		{"looking back", steps("sequence", "a b", absent("window: 4s, slide: -3s, absolute: true")), `
			a --2-----8-
			b ---3-----9
			x 1---------`, "{8,9}"},
		{"slid to the right", steps("sequence", "a b", absent("window: 2s, slide: 3s, absolute: true")), `
			a -1----6---
			b --2----7--
			x -----3----`, "{6,7}"},
		{"at the second step", steps("sequence", "a b", absent("anchor: 1, window: 2s, absolute: true")), `
			a -1-----
			b ---3---
			x --2----`, "{1,3}"},
		{"a later step takes the place of the dropped one", steps("sequence", "a b c", absent("anchor: 2, window: 2s, slide: -2s, absolute: true")), `
			a -1-----
			b ---3---
			c ----4-6
			x --2----`, "{1,3,6}"},
		{"set, a single step", steps("set", "a", "absent: [{match: {message: {contains: \"<x>\"}}, window: 2s}]"), `
			a -1---5-
			x --2----`, "{5}"},
		{"set, the anchor counts in time", steps("set", "b a", absent("anchor: 0, window: 1s, absolute: true")), `
			a -1---5-
			b ---3---7
			x --2-----`, "{3,5}"},
		{"before anything has begun", steps("sequence", "a b", absent("anchor: 0")), `
			a -1--
			b --2-
			x 0---`, "{1,2}"},
	} {
		tl.run(t)
	}
}

// TestJoin holds the ladder: what has to be shared.
func TestJoin(t *testing.T) {
	rule := "id: t.t\ntitle: T\nrole: failure\nsequence:\n  steps:\n" +
		"    - {as: a, match: {message: {contains: <a>}}}\n    - {as: b, match: {message: {regex: '<b>(?P<who>\\w*)'}}}\n" +
		"  join: [trace, instance, service]\n  within: 10s\n  absent: [{match: {message: {contains: <x>}}, between: [a, b]}]\nanswer: '{{who}}'\n"
	c := catalogOf(t, rule)
	type ev struct{ text, trace, instance, service string }
	for _, tt := range []struct {
		name   string
		events []ev
		want   string
	}{
		{"same trace", []ev{{"<a>", "t1", "i1", "s"}, {"<b>", "t1", "i2", "s"}}, "[0 1] trace"},
		{"two traces, crossed", []ev{{"<a>", "t1", "i", "s"}, {"<a>", "t2", "i", "s"}, {"<b>", "t2", "i", "s"}, {"<b>", "t1", "i", "s"}}, "[1 2] trace [0 3] trace"},
		{"other trace, same instance", []ev{{"<a>", "t1", "i", "s"}, {"<b>", "t2", "i", "s"}}, ""},
		{"one without a trace", []ev{{"<a>", "", "i", "s"}, {"<b>", "t2", "i", "s"}}, "[0 1] instance"},
		{"other instance", []ev{{"<a>", "", "i1", "s"}, {"<b>", "", "i2", "s"}}, ""},
		{"no instance on one", []ev{{"<a>", "", "", "s"}, {"<b>", "", "i2", "s"}}, "[0 1] service"},
		{"other service", []ev{{"<a>", "", "", "s1"}, {"<b>", "", "", "s2"}}, ""},
		{"nothing known", []ev{{"<a>", "", "", ""}, {"<b>", "", "", ""}}, ""},
		{"the closer one first", []ev{{"<a>", "", "i", "s"}, {"<a>", "t", "i", "s"}, {"<b>", "t", "i", "s"}, {"<b>", "", "i", "s"}}, "[1 2] trace [0 3] instance"},
		{"forbidden on the same instance without a trace", []ev{{"<a>", "t", "i", "s"}, {"<x>", "", "i", "s"}, {"<b>", "t", "i", "s"}}, ""},
		{"forbidden elsewhere", []ev{{"<a>", "t", "i", "s"}, {"<x>", "", "i2", "s"}, {"<b>", "t", "i", "s"}}, "[0 2] trace"},
	} {
		tr := c.NewTracker(c.Lookup("t.t"))
		m := c.NewMatcher()
		for i, e := range tt.events {
			for _, match := range m.Match(&logentry.Entry{Message: e.text}, nil) {
				tr.Add(Occurrence{Match: match, Time: logentry.Time(i) * 1e9, Ref: i, Trace: e.trace,
					Scope: logentry.Scope{Instance: e.instance, Service: e.service}})
			}
		}
		var got []string
		for _, h := range tr.Flush() {
			got = append(got, fmt.Sprint(h.Refs)+" "+h.Rung.String())
		}
		if g := strings.Join(got, " "); g != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, g, tt.want)
		}
	}
}

// TestHit holds what a hit carries.
func TestHit(t *testing.T) {
	c := catalogOf(t, `id: t.login
title: T
role: healthy
match: {message: {regex: 'user (?P<user>\w+) is in'}}
`, `id: t.t
title: T
role: failure
sequence:
  steps:
    - {as: auth, signature: t.login}
    - {as: error, match: {message: {regex: '(?P<user>\w*)error (?P<code>\d+)'}}}
  join: [file]
  within: 1m
  absent: [{match: {message: {contains: goodbye}}, between: [auth, error]}]
identity: [user]
answer: "{{user}} met {{code}}"
`)
	s := c.Lookup("t.t")
	tr := c.NewTracker(s)
	m := c.NewMatcher()
	for i, text := range []string{"user ada is in", "error 17"} {
		for _, match := range m.Match(&logentry.Entry{Message: text}, nil) {
			tr.Add(Occurrence{Match: match, Time: logentry.Time(i+1) * 1e9, Ref: 10 + i})
		}
	}
	hits := tr.Flush()
	if len(hits) != 1 {
		t.Fatalf("%d hits", len(hits))
	}
	h := hits[0]
	want := Interval{Signature: "t.t#absent-1", From: 1e9, To: 2e9}
	if fmt.Sprint(h.Refs) != "[10 11]" || len(h.Absent) != 1 || h.Absent[0] != want || h.AtLeast {
		t.Errorf("%+v", h)
	}
	if got := fmt.Sprint(s.Captures, h.Values); got != "[user code] [ada 17]" {
		t.Errorf("captures %s", got)
	}
	if l := c.Listeners(c.Lookup("t.login")); len(l) != 1 || l[0] != s || len(c.Forms()) != 1 {
		t.Error("the sequence does not listen to its step")
	}
	if len(c.Steps) != 2 || c.Steps[0].Owner != s {
		t.Errorf("hidden steps: %v", c.Steps)
	}
	if len(tr.Flush()) != 0 {
		t.Error("a flushed tracker gives its hits again")
	}
	if c.NewTracker(c.Lookup("t.login")) != nil {
		t.Error("a signature of one event has no tracker")
	}
}

// TestTrackerProperties: hits are in order, within the window, and no event is
// twice in one place.
func TestTrackerProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := range 300 {
		kind := []string{"sequence", "set"}[n%2]
		c := catalogOf(t, "id: t.t\ntitle: T\nrole: failure\n"+steps(kind, "a b c", "within: 6s"))
		tr, m := c.NewTracker(c.Lookup("t.t")), c.NewMatcher()
		times := make([]logentry.Time, 40)
		at := logentry.Time(0)
		for i := range times {
			at += logentry.Time(r.IntN(3)) * 1e9
			times[i] = at
			text := "<" + string("abcd"[r.IntN(4)]) + "><" + string("abcd"[r.IntN(4)]) + ">"
			for _, match := range m.Match(&logentry.Entry{Message: text}, nil) {
				tr.Add(Occurrence{Match: match, Time: at, Ref: i})
			}
		}
		seen := map[string]bool{}
		for _, h := range tr.Flush() {
			lo, hi := times[h.Refs[0]], times[h.Refs[0]]
			for i, ref := range h.Refs {
				if kind == "sequence" && i > 0 && (times[ref] < times[h.Refs[i-1]] || ref == h.Refs[i-1]) {
					t.Fatalf("out of order: %v", h.Refs)
				}
				lo, hi = min(lo, times[ref]), max(hi, times[ref])
				if k := fmt.Sprint(i, ref); seen[k] {
					t.Fatalf("event %d stands for step %d twice", ref, i)
				} else {
					seen[k] = true
				}
			}
			if hi.Sub(lo) > 6*time.Second {
				t.Fatalf("%v spans %v", h.Refs, hi.Sub(lo))
			}
		}
	}
}
