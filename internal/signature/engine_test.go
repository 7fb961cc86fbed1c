package signature

import (
	"encoding/json"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"logwhy/internal/logentry"
)

var all = flag.Bool("all", false, "compare the matcher with the naive loop on every text there is, which takes minutes")

// sampled thins texts out to about n, the same ones every time: the naive loop
// takes a millisecond for each.
func sampled(texts []string, n int) []string {
	slices.Sort(texts)
	texts = slices.Compact(texts)
	if *all || len(texts) <= n {
		return texts
	}
	var out []string
	for i := 0; i < len(texts); i += len(texts)/n + 1 {
		out = append(out, texts[i])
	}
	return out
}

// builtins loads the catalogue as it stands, whatever is wrong in it.
func builtins(t testing.TB) *Catalog {
	t.Helper()
	c, _ := Load([]Source{{FS: os.DirFS("../../rules"), Root: "rules", Builtin: true}}, Options{})
	if len(c.Signatures) == 0 {
		t.Fatal("no signature was loaded")
	}
	return c
}

func TestMatchEqualsNaiveOnGeneratedMessages(t *testing.T) {
	c := builtins(t)
	m := c.NewMatcher()
	r := rand.New(rand.NewPCG(1, 2))
	hits, n := 0, 0
	for i := range c.Len() {
		s := c.At(i)
		if !s.Single {
			continue
		}
		for range 6 {
			for _, text := range append(examples(s, r), "an event") {
				e := randomEntry(disturb(text, r), r)
				if r.IntN(3) == 0 {
					addRecord(e, s, r)
				}
				if n++; *all || n%40 == 0 {
					same(t, m, e)
				}
				if sameFor(t, m, e, s) {
					hits++
				}
			}
		}
	}
	if hits < c.Len() {
		t.Errorf("only %d hits of %d signatures: the generator is of no use", hits, c.Len())
	}
	t.Logf("%d entries, %d hits", n, hits)
}

// sameFor compares the matcher with the condition of one signature.
func sameFor(t *testing.T, m *Matcher, e *logentry.Entry, s *Signature) bool {
	t.Helper()
	got := false
	for _, match := range m.Match(e, nil) {
		got = got || match.Sig == s
	}
	want := s.cond.holds(&view{e: e})
	if got != want {
		t.Fatalf("%s on %q %s: %v, want %v", s.ID, clip(e.Text()), e.Raw, got, want)
	}
	return got
}

// randomEntry puts text into an entry with some fields.
func randomEntry(text string, r *rand.Rand) *logentry.Entry {
	e := &logentry.Entry{Message: text}
	switch r.IntN(5) {
	case 0:
		i := r.IntN(len(text) + 1)
		e.Message, e.Detail = strings.ToValidUTF8(text[:i], ""), strings.ToValidUTF8(text[i:], "")
	case 1:
		e.HTTP = &logentry.HTTPRequest{Method: "GET", URL: "https://a.example/x/1", Status: []int{200, 404, 500, 503, 504}[r.IntN(5)]}
		e.LogName, e.ResourceType = "projects/p/logs/run.googleapis.com%2Frequests", "cloud_run_revision"
	case 2:
		e.Audit = &logentry.Audit{Method: "google.cloud.run.v1.Services.ReplaceService", StatusCode: r.IntN(8), Status: text, Kind: "Revision", Ready: "False"}
		e.LogName = "projects/p/logs/cloudaudit.googleapis.com%2Fsystem_event"
	case 3:
		e.LogName, e.ResourceType = "projects/p/logs/run.googleapis.com%2Fvarlog%2Fsystem", "cloud_run_revision"
	}
	return e
}

// addRecord gives e a JSON payload with the fields that s asks about, some of
// them in lists.
func addRecord(e *logentry.Entry, s *Signature, r *rand.Rand) {
	payload := map[string]any{}
	s.cond.walk(false, func(t *test, _ bool) {
		path := strings.Split(t.field.path, ".")
		if path[0] != "jsonPayload" || len(path) < 2 || len(t.words) == 0 {
			return
		}
		at := payload
		for _, p := range path[1 : len(path)-1] {
			next, ok := at[p].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[p] = next
			}
			at = next
		}
		var v any = t.words[r.IntN(len(t.words))]
		switch r.IntN(4) {
		case 0:
			v = []any{"other", v}
		case 1:
			v = "other"
		}
		at[path[len(path)-1]] = v
	})
	if len(payload) > 0 {
		e.Payload = logentry.PayloadJSON
		e.Raw, _ = json.Marshal(map[string]any{"jsonPayload": payload})
	}
}

// TestMatchEqualsNaiveOnEvidence takes every entry of the catalogue's own
// evidence, with its fields.
func TestMatchEqualsNaiveOnEvidence(t *testing.T) {
	compareTexts(t, "../../rules")
}

// TestMatchEqualsNaiveOnCorpus takes the texts of real exports, where a folder
// with them stands beside the repository.
func TestMatchEqualsNaiveOnCorpus(t *testing.T) {
	compareTexts(t, corpus(t))
}

func compareTexts(t *testing.T, dir string) {
	t.Helper()
	var texts []string
	eachString(t, dir, func(text string) { texts = append(texts, text) })
	m := builtins(t).NewMatcher()
	hits := 0
	sample := sampled(texts, 800)
	for _, text := range sample {
		e := &logentry.Entry{Message: text}
		same(t, m, e)
		hits += len(m.Match(e, nil))
	}
	t.Logf("%d of %d texts, %d hits", len(sample), len(texts), hits)
}

// corpus finds the folder of real exports, or skips.
func corpus(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Skip(err)
	}
	for range 6 {
		if d := filepath.Join(dir, "shared", "corpus"); isDir(d) {
			return d
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("no corpus beside the repository")
	return ""
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// eachString calls visit with the longer strings of all JSON files below dir.
func eachString(t testing.TB, dir string, visit func(string)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(p) != ".json" {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		var v any
		if json.Unmarshal(data, &v) == nil {
			eachLeaf(v, visit)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func eachLeaf(v any, visit func(string)) {
	switch x := v.(type) {
	case string:
		if len(x) > 15 {
			visit(x)
		}
	case []any:
		for _, y := range x {
			eachLeaf(y, visit)
		}
	case map[string]any:
		for _, y := range x {
			eachLeaf(y, visit)
		}
	}
}

func FuzzMatchEqualsNaive(f *testing.F) {
	c := builtins(f)
	r := rand.New(rand.NewPCG(3, 4))
	every := 1
	if testing.Short() {
		every = 20 // each text is matched with each signature, one by one
	}
	for i := 0; i < c.Len(); i += every {
		for _, text := range examples(c.At(i), r) {
			f.Add(text, "", 0)
		}
	}
	f.Add("HTTP 503 GET https://a.example/ 1s", "k", 503)
	f.Add("\u212aelvin No module named '", "x'", 0)
	f.Fuzz(func(t *testing.T, message, detail string, status int) {
		e := &logentry.Entry{Message: message, Detail: detail}
		if status > 0 {
			e.HTTP = &logentry.HTTPRequest{Status: status}
		}
		same(t, c.NewMatcher(), e)
	})
}

// TestLongMessage holds that the head and the tail of a long message are seen,
// and the middle is not.
func TestLongMessage(t *testing.T) {
	c := catalogOf(t, "id: a.a\ntitle: A\nrole: failure\nmatch: {message: {regex: 'needle (?P<x>\\d+)'}}\n")
	m := c.NewMatcher()
	pad := strings.Repeat("padding of no meaning ", 10_000)
	for _, tt := range []struct {
		text string
		want int
	}{{"needle 1 " + pad, 1}, {pad + "needle 2", 1}, {pad + "needle 3" + pad, 0}, {"needle 1" + pad + "needle 2", 1}} {
		e := &logentry.Entry{Message: tt.text}
		if got := len(m.Match(e, nil)); got != tt.want {
			t.Errorf("%d bytes: %d hits, want %d", len(tt.text), got, tt.want)
		}
		same(t, m, e)
	}
}

// TestValuesOutliveTheCall holds that captures do not borrow from scratch
// space, which the next call overwrites.
func TestValuesOutliveTheCall(t *testing.T) {
	c := catalogOf(t, "id: a.a\ntitle: A\nrole: failure\nmatch: {message: {regex: 'needle (?P<x>\\w+)'}}\n")
	m := c.NewMatcher()
	first := m.Match(&logentry.Entry{Message: "failed", Detail: "needle one"}, nil)
	m.Match(&logentry.Entry{Message: "failed", Detail: "needle two"}, nil)
	if got := first[0].Value("x"); got != "one" {
		t.Errorf("the value became %q", got)
	}
}

func TestMatchAllocatesNothingWithoutHits(t *testing.T) {
	m := builtins(t).NewMatcher()
	entries := []*logentry.Entry{
		{Message: "cart 4711 was updated in 12 ms"},
		{Message: "payment declined", Detail: "card expired", LogName: "projects/p/logs/run.googleapis.com%2Fstdout"},
		{Message: strings.Repeat("long ", 30_000)},
	}
	var dst []Match
	run := func() {
		for _, e := range entries {
			dst = m.Match(e, dst[:0])
		}
	}
	run()
	if len(dst) > 0 {
		t.Fatalf("%s is recognised", describe(dst))
	}
	if n := testing.AllocsPerRun(100, run); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestMatchersShareACatalog: matchers of one catalog work side by side; the
// race detector looks on.
func TestMatchersShareACatalog(t *testing.T) {
	c := builtins(t)
	r := rand.New(rand.NewPCG(8, 8))
	var entries []*logentry.Entry
	for i := 0; i < c.Len(); i += 7 {
		for _, text := range examples(c.At(i), r) {
			entries = append(entries, &logentry.Entry{Message: text})
		}
	}
	results := make([]string, 3)
	var wg sync.WaitGroup
	for g := range results {
		wg.Go(func() {
			m := c.NewMatcher()
			for _, e := range entries {
				results[g] += describe(m.Match(e, nil))
			}
		})
	}
	wg.Wait()
	if results[0] == "" || results[0] != results[1] || results[1] != results[2] {
		t.Error("matchers of one catalog differ")
	}
}
