package rulecheck

import (
	"strings"
	"testing"
	"testing/fstest"

	"logwhy/internal/signature"
)

const goodRule = `id: shop.lock
title: Lock
role: fault
match: {message: {regex: 'no lock of (?P<sku>\w+)'}}
identity: [sku]
`

func evidenceOf(extra string, texts ...string) string {
	var entries []string
	for i, s := range texts {
		entries = append(entries, line(i+1, s))
	}
	return "{" + extra + `"entries":[` + strings.Join(entries, ",") + "]}"
}

// run tests one built-in folder, beside another fault.
func run(t *testing.T, rule, hit, miss string) []Case {
	t.Helper()
	fsys := fstest.MapFS{
		"shop/lock/rule.yaml":  {Data: []byte(rule)},
		"shop/other/rule.yaml": {Data: []byte("id: shop.other\ntitle: Other\nrole: fault\nmatch: {message: {contains: deadlock}}\n")},
	}
	if hit != "" {
		fsys["shop/lock/hit.json"] = &fstest.MapFile{Data: []byte(hit)}
	}
	if miss != "" {
		fsys["shop/lock/miss.json"] = &fstest.MapFile{Data: []byte(miss)}
	}
	sources := []signature.Source{{FS: fsys, Root: "rules", Builtin: true}}
	c, bad := signature.Load(sources, signature.Options{})
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	var out []Case
	for _, k := range Test(c, sources).Cases {
		if k.ID == "shop.lock" {
			out = append(out, k)
		}
	}
	return out
}

func TestTest(t *testing.T) {
	miss := evidenceOf("", "a lock")
	tests := []struct {
		name, rule, hit, miss string
		wantHit, wantMiss     string // "" passes
	}{
		{"passes", goodRule, evidenceOf(`"expect":2,"captures":{"sku":"a"},`, "no lock of a", "fine", "no lock of b"), miss, "", ""},
		{"expects one unless said", goodRule, evidenceOf("", "no lock of a"), miss, "", ""},
		{"too few", goodRule, evidenceOf(`"expect":2,`, "no lock of a", "no locks"), miss, "recognised once, expected 2 times\n    entry 1 recognised: \"no lock of a\"\n    entry 2 not recognised: \"no locks\"", ""},
		{"capture differs", goodRule, evidenceOf(`"captures":{"sku":"x"},`, "no lock of a"), miss, `capture sku is "a", expected "x"`, ""},
		{"capture unknown", goodRule, evidenceOf(`"captures":{"skus":"x"},`, "no lock of a"), miss, `no capture "skus", only sku`, ""},
		{"fires on the miss file", goodRule, evidenceOf("", "no lock of a"), evidenceOf("", "x", "no lock of b"), "", `entry 2 is recognised and must not be: "no lock of b"`},
		{"no files", goodRule, "", "", "the file is missing: add entries that must be recognised", "look alike"},
		{"another fault fires", goodRule, evidenceOf("", "no lock of deadlock"), miss, "shop.other recognises entry 1 too", ""},
		{"another fault may fire", goodRule + "also_fires: [shop.other]\n", evidenceOf("", "no lock of deadlock"), miss, "", ""},
		{"another fault does not fire", goodRule + "also_fires: [shop.other]\n", evidenceOf("", "no lock of a"), miss, "also_fires names shop.other, which recognises nothing", ""},
		{"broken JSON", goodRule, "{\n\"entries\": [}", miss, "line 2: no valid JSON", ""},
		{"wrong kind", goodRule, "{\"expect\": \"x\"}", miss, "has the wrong kind of value, a string", ""},
		{"empty", goodRule, " ", miss, "empty or ends too early", ""},
		{"unknown key", goodRule, `{"expected": 1}`, miss, "the keys are expect, captures and entries", ""},
		{"no entries", goodRule, `{"expect": 1, "entries": []}`, miss, `"entries" is missing or empty`, ""},
		{"more text", goodRule, evidenceOf("", "no lock of a") + "x", miss, "behind the closing brace", ""},
		{"no entry", goodRule, `{"entries": [17]}`, miss, "record 1: not a JSON object", ""},
		{"expect nothing", goodRule, evidenceOf(`"expect":0,`, "x"), miss, "must be at least 1", ""},
		{"expect in the miss file", goodRule, evidenceOf("", "no lock of a"), evidenceOf(`"expect":1,`, "x"), "", "belongs into hit.json"},
	}
	for _, tt := range tests {
		cases := run(t, tt.rule, tt.hit, tt.miss)
		if len(cases) != 2 {
			t.Fatalf("%s: %d cases", tt.name, len(cases))
		}
		for i, want := range []string{tt.wantHit, tt.wantMiss} {
			got := strings.Join(cases[i].Failures, "; ")
			if (want == "") != (got == "") || !strings.Contains(got, want) {
				t.Errorf("%s: %s: %q, want %q", tt.name, cases[i].Kind, got, want)
			}
		}
		if failed := (Result{cases}).Failed(); (len(failed) > 0) != (tt.wantHit+tt.wantMiss != "") {
			t.Errorf("%s: Failed gives %d cases", tt.name, len(failed))
		}
	}
}

// TestUserFoldersNeedNoEvidence: a user's rule without files passes.
func TestUserFoldersNeedNoEvidence(t *testing.T) {
	fsys := fstest.MapFS{"shop/lock/rule.yaml": {Data: []byte(goodRule)}, "single.yaml": {Data: []byte(strings.Replace(goodRule, "shop.lock", "shop.b", 1))}}
	for _, root := range []string{"my", "", ".", "some/where/"} {
		sources := []signature.Source{{FS: fsys, Root: root}}
		c, bad := signature.Load(sources, signature.Options{})
		if len(bad) > 0 {
			t.Fatal(bad)
		}
		r := Test(c, sources)
		if len(r.Cases) != 2 || len(r.Failed()) > 0 || !r.Cases[0].Missing {
			t.Errorf("root %q: %+v", root, r.Cases)
		}
	}
}

// TestSequenceEvidence: a sequence is held to its evidence in the order of
// time, and its hit stands at its last event.
func TestSequenceEvidence(t *testing.T) {
	fsys := fstest.MapFS{
		"shop/pair/rule.yaml": {Data: []byte(pairRule)},
		"shop/pair/hit.json":  {Data: []byte(`{"expect":1,"entries":[` + line(2, "stock gone") + "," + line(1, "order paid") + "]}")},
		"shop/pair/miss.json": {Data: []byte(`{"entries":[` + line(1, "stock gone") + "," + line(2, "order paid") + "]}")},
	}
	sources := []signature.Source{{FS: fsys, Root: "rules", Builtin: true}}
	c, bad := signature.Load(sources, signature.Options{})
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	if failed := Test(c, sources).Failed(); len(failed) > 0 {
		t.Errorf("%+v", failed)
	}
}
