package signature

import (
	"strings"
	"testing"

	"logwhy/internal/logentry"
)

func TestExplainClauses(t *testing.T) {
	c := catalogOf(t, `id: a.a
title: A
role: failure
match:
  message: {contains: [Lock, stock], prefix: no}
  not: {level: {equals: DEBUG}}
  any: [{jsonPayload.x: {exists: true}}, {http.latency: {gt: 3}}]
`)
	s := c.Lookup("a.a")
	e := &logentry.Entry{Message: "the lock of the stock " + strings.Repeat("and more ", 20), HTTP: &logentry.HTTPRequest{LatencyS: "1s", Latency: 1e9}}
	var lines []string
	var walk func(c Clause)
	walk = func(c Clause) {
		lines = append(lines, c.Holds.String()+" "+c.Text+": "+c.Why)
		for _, s := range c.Subs {
			walk(s)
		}
	}
	walk(s.Explain(e))
	got := strings.Join(lines, "\n")
	for _, want := range []string{
		"no all: ", "no message contains Lock, stock: not in it: \"Lock\" (but for case)", "no message prefix no: it is \"the lock", "…\"",
		"yes not: ", "no level equals DEBUG: it is \"DEFAULT\"", "no any: ", "no jsonPayload.x exists true: the entry has no jsonPayload.x", "no http.latency gt 3: it is",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	near, far := s.Nearness(e), s.Nearness(&logentry.Entry{Message: "else"})
	if near <= far || near >= 1 {
		t.Errorf("nearness %v and %v", near, far)
	}
}

func TestNearnessOfRegexp(t *testing.T) {
	c := catalogOf(t, "id: a.a\ntitle: A\nrole: failure\nmatch: {message: {regex: 'could not lock (?:stock|shelf) of \\w+ in time'}}\n")
	s := c.Lookup("a.a")
	var last float64
	for _, text := range []string{"something else", "could not lock", "could not lock stock", "could not lock stock of x in time"} {
		n := s.Nearness(&logentry.Entry{Message: text})
		if n < last || text == "could not lock" && n == 0 {
			t.Errorf("%q is as near as %v, after %v", text, n, last)
		}
		last = n
	}
	if last != 1 || s.Nearness(&logentry.Entry{}) != 0 {
		t.Errorf("a hit is %v near", last)
	}
	if s.Explain(&logentry.Entry{Message: "could not lock stock"}).Why == "" {
		t.Error("no reason")
	}
}

func TestPartsAndRelax(t *testing.T) {
	c := catalogOf(t, "id: t.t\ntitle: T\nrole: failure\n"+steps("sequence", "a a b", "within: 1s\nabsent: [{match: {message: {contains: <x>}}}]"),
		"id: t.many\ntitle: T\nrole: failure\ncount: {match: {message: {contains: abc}}, at_least: 7, within: 1m}\n")
	s := c.Lookup("t.t")
	var got []string
	for _, p := range s.Parts() {
		got = append(got, p.Name+" "+p.Sig.ID+strings.Repeat("+", p.Count))
	}
	if g := strings.Join(got, ", "); g != "s0 t.t#s0++, s2 t.t#s2+, absent t.t#absent-1" {
		t.Error(g)
	}
	if p := c.Lookup("t.many").Parts(); len(p) != 1 || p[0].Count != 7 {
		t.Errorf("%+v", p)
	}
	single := c.Lookup("t.t#s0")
	if single.Parts() != nil || c.NewRelaxedTracker(single, Relax{}) != nil || s.Explain(&logentry.Entry{}).Text != "" || s.Nearness(&logentry.Entry{}) != 0 {
		t.Error("one event has no parts, several have no clauses")
	}
	if tr := c.NewRelaxedTracker(s, Relax{Window: true, Join: true, Absent: true}); len(tr.Flush()) != 0 {
		t.Error("hits of nothing")
	}
}
