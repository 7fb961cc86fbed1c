package rules_test

import (
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"
	"testing"

	"logwhy/internal/diag"
	"logwhy/internal/rulecheck"
	"logwhy/internal/signature"
	"logwhy/rules"
)

// load reads the catalogue as the program does.
func load() (*signature.Catalog, diag.Problems, []signature.Source) {
	sources := []signature.Source{{FS: rules.FS(), Root: "rules", Builtin: true}}
	c, bad := signature.Load(sources, signature.Options{})
	return c, bad, sources
}

// TestRules checks every pack by itself, so that an author can run
//
//	go test ./rules -run 'TestRules/python'
//	go test ./rules -run 'TestRules/python/missing-module'
//
// while other packs are unfinished: what a pack needs from others is only
// logged here, and held by TestReferences.
func TestRules(t *testing.T) {
	c, bad, sources := load()
	lints := signature.Lint(c)
	cases := map[string][]rulecheck.Case{}
	for _, k := range rulecheck.Test(c, sources).Cases {
		cases[k.ID] = append(cases[k.ID], k)
	}
	for _, pack := range packs(t) {
		t.Run(pack, func(t *testing.T) {
			for _, name := range names(t, pack) {
				t.Run(name, func(t *testing.T) {
					id, dir := pack+"."+name, path.Join("rules", pack, name)
					report(t, "does not load", bad, dir)
					report(t, "lint", lints, dir)
					for _, k := range cases[id] {
						for _, f := range k.Failures {
							t.Errorf("%s: %s", k.File, f)
						}
					}
					if c.Lookup(id) == nil && !t.Failed() {
						t.Errorf("%s/rule.yaml: no signature %s was loaded", dir, id)
					}
				})
			}
		})
	}
}

// report fails for the problems of one folder; those that depend on other
// folders are logged.
func report(t *testing.T, what string, bad diag.Problems, dir string) {
	t.Helper()
	for _, p := range bad {
		switch {
		case path.Dir(p.File) != dir:
		case dependsOnOthers(p):
			t.Logf("so far: %s", p)
		default:
			t.Errorf("%s: %s", what, p)
		}
	}
}

// dependsOnOthers reports whether a problem may be solved in another pack.
func dependsOnOthers(p diag.Problem) bool {
	return p.Code == "reference" || p.Code == "cycle" || p.Code == "unreached"
}

// TestReferences holds the catalogue as a whole: every reference leads
// somewhere, nothing causes itself, and every fault reaches a symptom.
func TestReferences(t *testing.T) {
	c, bad, _ := load()
	for _, p := range append(bad, signature.Lint(c)...) {
		if dependsOnOthers(p) {
			t.Errorf("%s", p)
		}
	}
}

// TestFolders finds files that the catalogue would not see.
func TestFolders(t *testing.T) {
	err := fs.WalkDir(os.DirFS("."), ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(p, "/") {
			return err
		}
		ok := strings.Count(p, "/") == 2
		switch path.Base(p) {
		case "rule.yaml", "hit.json", "miss.json":
		default:
			ok = false
		}
		if !ok {
			t.Errorf("rules/%s: a signature folder is <pack>/<name> with rule.yaml, hit.json and miss.json, and nothing else", p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// packs lists the folders of the first level.
func packs(t *testing.T) []string { return folders(t, ".") }

// names lists the signature folders of a pack.
func names(t *testing.T, pack string) []string { return folders(t, pack) }

func folders(t *testing.T, dir string) []string {
	t.Helper()
	list, err := fs.ReadDir(rules.FS(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		if e.IsDir() {
			out = append(out, e.Name())
		}
	}
	sort.Strings(out)
	return out
}
