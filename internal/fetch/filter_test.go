package fetch

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
	"logwhy/internal/signature"
	"logwhy/rules"
)

// questions are the filters that are asked of every window.
func questions(t *testing.T, cat *signature.Catalog) []*lql.Filter {
	t.Helper()
	list := []lql.Expr{important(), changes(), worded(), refused()}
	list = append(list, texts(cat, failing, lql.MaxLength-400)...)
	list = append(list, texts(cat, healthy, lql.MaxLength-400)...)
	out := make([]*lql.Filter, len(list))
	for i, x := range list {
		f, err := lql.Parse(lql.Print(x))
		if err != nil {
			t.Fatalf("%v\n%s", err, lql.Print(x))
		}
		if n := len(lql.Print(x)); n > lql.MaxLength-300 {
			t.Errorf("a filter has %d characters", n)
		}
		out[i] = f
	}
	return out
}

func asked(list []*lql.Filter, e *logentry.Entry) bool {
	for _, f := range list {
		if f.Match(e) {
			return true
		}
	}
	return false
}

// Whatever a signature of a failure recognises is asked for: every entry of
// every hit file, with the level that it has there and without any.
func TestEverySignatureIsAskedFor(t *testing.T) {
	cat := catalogue(t)
	list := questions(t, cat)
	if len(list) > 8 {
		t.Errorf("%d questions are many", len(list))
	}
	m := cat.NewMatcher()
	n := 0
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
				if hit.Sig.ID != s.ID || !failing(hit.Sig) || served2xx(e) {
					continue
				}
				n++
				if !asked(list, e) {
					t.Errorf("%s: nobody asks for %s %s %q", s.ID, e.Severity, e.LogID(), e.Text())
				}
			}
		}
	}
	if n < 1500 {
		t.Errorf("%d entries test little", n)
	}
}

// served2xx reports a request that was answered: of those a sample is enough.
func served2xx(e *logentry.Entry) bool { return e.HTTP != nil && e.HTTP.Status < 400 }

// What services log that are well is not asked for.
func TestCalmLinesAreNotAskedFor(t *testing.T) {
	list := questions(t, catalogue(t))
	for _, v := range everyday() {
		calm := v.entry.Severity < logentry.SeverityWarning
		if calm && asked(list, v.entry) {
			t.Errorf("asked for %s", v.raw)
		}
	}
}

func TestCutText(t *testing.T) {
	for in, want := range map[string]string{
		"short":                  "short",
		strings.Repeat("x", 40):  strings.Repeat("x", longestText),
		strings.Repeat("é", 20):  strings.Repeat("é", longestText/2),
		"a\nlonger second line":  "longer second line",
		"a longer first line\nb": "a longer first line",
		"\n":                     "",
	} {
		if got := cutText(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestAbsorb(t *testing.T) {
	got := absorb([]string{"Password Authentication failed", "authentication", "zebra", "zebra", "AUTHENTICATION FAILED"})
	if strings.Join(got, ",") != "authentication,zebra" {
		t.Errorf("%q", got)
	}
}

func TestShare(t *testing.T) {
	for in, want := range map[float64]float64{0.0030004: 0.003, 0.0847: 0.085, 0.5: 0.5, 1: 1, 3: 1, 0: 1, 0.00012345: 0.00012} {
		if got := shareDigits(in); got != want {
			t.Errorf("%v became %v, want %v", in, got, want)
		}
	}
}
