package signature_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
	"logwhy/rules"
)

// Whatever a signature matches in its own hit file meets one of its needs.
func TestNeedsAreMetByHits(t *testing.T) {
	cat, problems := signature.Load([]signature.Source{{FS: rules.FS(), Root: "rules", Builtin: true}}, signature.Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	m := cat.NewMatcher()
	met, texts := 0, 0
	for _, s := range cat.Signatures {
		data, err := fs.ReadFile(rules.FS(), strings.Replace(s.ID, ".", "/", 1)+"/hit.json")
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Entries json.RawMessage `json:"entries"`
		}
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		entries, err := ingest.DecodeAll(file.Entries)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			for _, hit := range m.Match(e, nil) {
				if !meets(e, hit.Sig.Needs()) {
					t.Errorf("%s is found in %q, which meets none of its needs %+v", hit.Sig.ID, e.Message, hit.Sig.Needs())
				}
				met++
			}
		}
		for _, n := range s.Needs() {
			texts += len(n.Texts)
		}
	}
	if met < 500 || texts < 500 {
		t.Errorf("%d hits, %d texts: too few to say anything", met, texts)
	}
}

func meets(e *logentry.Entry, needs []signature.Need) bool {
	text := strings.ToLower(e.Text())
	for _, n := range needs {
		ok := (!n.HTTP || e.HTTP != nil) && (!n.Audit || e.Audit != nil)
		for _, t := range n.Texts {
			ok = ok && strings.Contains(text, strings.ToLower(t))
		}
		for _, f := range n.Fields {
			switch f.Path {
			case "log":
				ok = ok && e.LogID() == f.Want
			case "resource.type":
				ok = ok && e.ResourceType == f.Want
			}
		}
		if ok {
			return true
		}
	}
	return false
}
