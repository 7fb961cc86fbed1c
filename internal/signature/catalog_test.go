package signature

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"logwhy/internal/logentry"
)

const full = `id: shop.full
title: "{{name}} is missing"
role: fault
severity: critical
classes: [startup-failure, exception]
match:
  message: {regex: 'no (?P<name>\w+) in (?P<place>\w+)'}
  resource.type: {equals: cloud_run_revision}
identity: [name]
capture: {status: httpRequest.status}
reason: "{{name}} {{status}}"
answer: "` + "`{{name}}`" + ` is missing"
leads_to:
  - {effect: shop.effect, because: it stops, join: [instance, revision], within: 30s, late: 1m}
  - {effect: "class:request-error", because: it fails, within: revision}
contradicted_by:
  - {signature: shop.served, where: {same: instance}, because: it serves}
  - {signature: "class:healthy", where: {same: [trace, file], time: any}, because: it lives}
never_contradicted: no reason
expects:
  - {signature: shop.effect, where: {same: instance}, within: 10s, because: it ends}
notes:
  - {say: always}
  - {when: {distinct: place, per: name, over: 1}, say: many}
  - {when: {capture: name, matches: '^a'}, say: a}
  - {when: {capture: name, equals: b}, say: b}
alternatives: [{id: shop.other, because: old, check: "grep x"}]
next: [look]
remedy: [repair]
references: [https://example.com/]
also_fires: [shop.effect]
formerly: [shop.old]
`

const rest = `id: shop.effect
title: Effect
role: impact
classes: [request-error]
match: {message: {contains: effect}}
`

const served = `id: shop.served
title: Served
role: healthy
classes: [healthy]
match: {message: {contains: served}}
`

func TestLoadMapsEveryKey(t *testing.T) {
	c := catalogOf(t, full, rest, served)
	s := c.Lookup("shop.full")
	want := &Signature{
		Index: 1, ID: "shop.full", Pack: "shop", Title: "{{name}} is missing", Role: RoleFault, Severity: "critical",
		Classes: []string{"startup-failure", "exception"}, Captures: []string{"name", "place", "status"}, Identity: []string{"name"},
		Answer: "`{{name}}` is missing", Reason: "{{name}} {{status}}",
		LeadsTo: []Edge{
			{Effect: "shop.effect", Because: "it stops", Join: []Rung{RungInstance, RungRevision}, Within: Within{Duration: 30 * time.Second}, Late: time.Minute},
			{Class: "request-error", Because: "it fails", Join: []Rung{RungTrace, RungRequest, RungInstance, RungExecution, RungRevision}, Within: Within{Span: "revision"}},
		},
		ContradictedBy: []Contradiction{
			{Signature: "shop.served", Same: []Rung{RungInstance}, After: true, Because: "it serves"},
			{Class: "healthy", Same: []Rung{RungTrace, RungFile}, Because: "it lives"},
		},
		NeverContradicted: "no reason",
		Expects:           []Expectation{{Signature: "shop.effect", Same: []Rung{RungInstance}, Within: 10 * time.Second, Because: "it ends"}},
		Notes: []Note{{Say: "always"}, {Distinct: "place", Per: "name", Over: 1, Say: "many"},
			{Capture: "name", Say: "a"}, {Capture: "name", Equals: "b", Say: "b"}},
		Alternatives: []Alternative{{ID: "shop.other", Because: "old", Check: "grep x"}},
		Next:         []string{"look"}, Remedy: []string{"repair"}, References: []string{"https://example.com/"},
		AlsoFires: []string{"shop.effect"}, Formerly: []string{"shop.old"}, Single: true, File: "rules/000.yaml", Line: 1,
	}
	if d := cmp.Diff(want, s, cmpopts.IgnoreUnexported(Signature{}, Note{})); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if !s.Notes[0].Unconditional() || s.Notes[1].Unconditional() || s.Notes[0].Holds("a") {
		t.Error("only a note without when always holds")
	}
	for i, tt := range []struct {
		value string
		want  [2]bool
	}{{"abc", [2]bool{true, false}}, {"b", [2]bool{false, true}}, {"", [2]bool{}}} {
		if got := [2]bool{s.Notes[2].Holds(tt.value), s.Notes[3].Holds(tt.value)}; got != tt.want {
			t.Errorf("%d: notes for %q hold: %v, want %v", i, tt.value, got, tt.want)
		}
	}
}

// TestLoadMapsEveryKeyOfTheTable fails when a key is added to the tables and
// not to the example above.
func TestLoadMapsEveryKeyOfTheTable(t *testing.T) {
	var check func(tab *table)
	check = func(tab *table) {
		for _, k := range tab.keys {
			if !strings.Contains(full, k.name+":") && k.name != "sequence" && k.name != "set" && k.name != "count" {
				t.Errorf("key %q of %s is in no example", k.name, tab.name)
			}
			if k.sub != nil && k.takes != takesCondition && k.name != "sequence" && k.name != "set" && k.name != "count" {
				check(k.sub)
			}
		}
	}
	check(ruleTable())
}

func TestCatalogGraph(t *testing.T) {
	c := catalogOf(t, full, rest, served, `id: shop.also
title: Also
role: fault
classes: [request-error]
match: {message: {contains: also}}
`)
	s, effect := c.Lookup("shop.full"), c.Lookup("shop.effect")
	var effects []string
	for _, l := range c.Effects(s) {
		effects = append(effects, l.Effect.ID+" "+l.Edge.Because)
	}
	// A fault of the class is no effect of everything that leads to the class.
	if got := strings.Join(effects, ", "); got != "shop.effect it stops, shop.effect it fails" {
		t.Error(got)
	}
	if l := c.Causes(effect); len(l) != 2 || l[0].Cause != s {
		t.Errorf("causes %v", l)
	}
	if l := c.ByClass("request-error"); len(l) != 2 || l[0].ID != "shop.also" {
		t.Errorf("class %v", l)
	}
	if c.Lookup("shop.none") != nil || c.Len() != 4 || c.At(3) != c.Signatures[3] {
		t.Error("lookup by id or index")
	}
	if !s.HasClass("exception") || s.HasClass("healthy") {
		t.Error("HasClass")
	}
}

func TestMatchValues(t *testing.T) {
	c := catalogOf(t, full, rest, served)
	m := c.NewMatcher()
	e := &logentry.Entry{Message: "no flour in kitchen, served", ResourceType: "cloud_run_revision", HTTP: &logentry.HTTPRequest{Status: 503}}
	got := m.Match(e, nil)
	if len(got) != 2 || got[0].Sig.ID != "shop.full" || got[1].Sig.ID != "shop.served" {
		t.Fatalf("%s", describe(got))
	}
	if want := []string{"flour", "kitchen", "503"}; !reflect.DeepEqual(got[0].Values, want) {
		t.Errorf("%q, want %q", got[0].Values, want)
	}
	if got[0].Value("place") != "kitchen" || got[0].Value("none") != "" || got[1].Value("name") != "" {
		t.Error("Value")
	}
}

func TestMatchScope(t *testing.T) {
	c := catalogOf(t, "id: a.a\ntitle: A\nrole: failure\nmatch: {message: {regex: 'job (?P<job>\\S+) rev (?P<revision>\\S+) run (?P<execution>\\S+)'}}\n")
	ms := c.NewMatcher().Match(&logentry.Entry{Message: "job mailer rev r7 run x1"}, nil)
	got := ms[0].Scope(logentry.Scope{Project: "p", Revision: "known"})
	if want := (logentry.Scope{Project: "p", Service: "mailer", Revision: "known", Execution: "x1"}); got != want {
		t.Errorf("%+v", got)
	}
}

func TestDisable(t *testing.T) {
	builtin := Source{FS: fstest.MapFS{"shop/full/rule.yaml": {Data: []byte(full)}, "shop/effect/rule.yaml": {Data: []byte(rest)},
		"shop/served/rule.yaml": {Data: []byte(served)}}, Root: "rules", Builtin: true}
	mine := Source{FS: fstest.MapFS{"served.yaml": {Data: []byte(strings.Replace(served, "Served", "Mine", 1))}}, Root: "mine"}

	c, bad := Load([]Source{builtin}, Options{Disable: []string{"shop.served"}})
	if len(bad) != 0 || c.Lookup("shop.served") != nil || len(c.Lookup("shop.full").ContradictedBy) != 1 {
		t.Errorf("references to what is disabled are dropped without a word: %v", bad)
	}
	c, bad = Load([]Source{builtin, mine}, Options{Disable: []string{"shop.served"}})
	if len(bad) != 0 || c.Lookup("shop.served").Title != "Mine" || c.Lookup("shop.served").Builtin {
		t.Errorf("a user's signature takes the place of a disabled one: %v", bad)
	}
	_, bad = Load([]Source{builtin, mine}, Options{})
	if len(bad) != 1 || bad[0].File != "mine/served.yaml" || !strings.Contains(bad[0].Hint, "--disable shop.served") {
		t.Errorf("a built-in id is taken: %v", bad)
	}
	_, bad = Load([]Source{builtin}, Options{Disable: []string{"shop.servd"}})
	if len(bad) != 1 || bad[0].Hint != `Did you mean "shop.served"?` {
		t.Errorf("an unknown id cannot be disabled: %v", bad)
	}
}

func TestHash(t *testing.T) {
	load := func(root string, rules ...string) string {
		fsys := fstest.MapFS{}
		for i, r := range rules {
			fsys[fmt.Sprint(i, ".yaml")] = &fstest.MapFile{Data: []byte(r)}
		}
		c, _ := Load([]Source{{FS: fsys, Root: root}}, Options{})
		return c.Hash()
	}
	a := load("x", rest, served)
	if b := load("y", served, rest); a != b {
		t.Error("the hash depends on the place of the files")
	}
	if b := load("x", rest, served+"# more\n"); a == b {
		t.Error("the hash does not depend on the rules")
	}
	if len(a) != 16 {
		t.Error(a)
	}
}

func TestLoadWithoutFiles(t *testing.T) {
	c, bad := Load([]Source{{FS: fstest.MapFS{}, Root: "rules"}}, Options{})
	if len(bad) != 0 || c.Len() != 0 || len(c.NewMatcher().Match(&logentry.Entry{Message: "abc"}, nil)) != 0 {
		t.Error("an empty catalog recognises nothing")
	}
}

func TestWords(t *testing.T) {
	if RoleImpact.String() != "impact" || RungExecution.String() != "execution" || RoleNone.String() != "" {
		t.Error("words of roles and rungs")
	}
	if len(Classes()) != len(classTable) || Classes()[0] != "startup-failure" {
		t.Error(Classes())
	}
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{full, rest, served, "a: [", "{{", "- x", "id: &a b\nx: *a", "sequence: {steps: [1]}",
		"count: {match: {any: [{}]}, at_least: x}", "match: {message: {regex: '('}}", "\xff", "a: b\n---\nc", "? [a]: b",
		cre(`sequence: {window: 9s, order: [first, {regex: "b", count: 2}], negate: [{value: x, anchor: 1, slide: -5s}]}`, "terms: {first: {value: a}}\n")} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"a.yaml": {Data: data}, "b.yaml": {Data: []byte(rest)}}
		c, bad := Load([]Source{{FS: fsys, Root: "rules"}}, Options{})
		var b strings.Builder
		bad.WriteTo(&b)
		Lint(c).WriteTo(&b)
		c.NewMatcher().Match(&logentry.Entry{Message: string(data)}, nil)
		for _, s := range c.Forms() {
			c.NewTracker(s).Flush()
		}
	})
}
