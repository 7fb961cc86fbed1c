package rulecheck

import (
	"errors"
	"fmt"
	"path"
	"sort"
	"strings"

	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// Case is one evidence file of one signature.
type Case struct {
	ID   string // of the signature
	File string // as shown to the user
	Kind string // "hit" or "miss"
	// Entries is how many entries were looked at; 0 when there is no file.
	Entries int
	// Failures say what is wrong and what to do; empty when the case passes.
	Failures []string
	// Missing is true when there is no file. Signatures that a user keeps
	// without evidence pass; built-in ones need both files.
	Missing bool
}

// Result is the outcome of Test.
type Result struct{ Cases []Case }

// Failed returns the cases that do not pass.
func (r Result) Failed() []Case {
	var out []Case
	for _, c := range r.Cases {
		if len(c.Failures) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// Test runs the hit and miss file of every signature of the catalog that was
// loaded from a folder of these sources. Cases are sorted by id, hit first.
func Test(c *signature.Catalog, sources []signature.Source) Result {
	t := &tester{c: c, m: c.NewMatcher()}
	var r Result
	for _, s := range c.Signatures {
		for _, src := range sources {
			dir, ok := folderOf(s, src)
			if !ok {
				continue
			}
			r.Cases = append(r.Cases, t.hit(s, src, dir), t.miss(s, src, dir))
			break
		}
	}
	return r
}

// folderOf returns the folder of s within a source.
func folderOf(s *signature.Signature, src signature.Source) (string, bool) {
	if path.Base(s.File) != "rule.yaml" || s.Builtin != src.Builtin {
		return "", false
	}
	dir := path.Dir(s.File)
	if src.Root == "" || src.Root == "." {
		return dir, true
	}
	if dir == path.Clean(src.Root) {
		return ".", true
	}
	return strings.CutPrefix(dir, strings.TrimSuffix(path.Clean(src.Root), "/")+"/")
}

type tester struct {
	c *signature.Catalog
	m *signature.Matcher
}

func (t *tester) read(s *signature.Signature, src signature.Source, dir, kind string) (Case, *evidence) {
	c := Case{ID: s.ID, File: path.Join(path.Dir(s.File), kind+".json"), Kind: kind}
	ev, err := readEvidence(src.FS, path.Join(dir, kind+".json"))
	switch {
	case errors.Is(err, errNoFile):
		c.Missing = true
		if s.Builtin {
			c.Failures = []string{"the file is missing: add entries that " + map[string]string{
				"hit": "must be recognised", "miss": "look alike and must not be recognised"}[kind]}
		}
		return c, nil
	case err != nil:
		c.Failures = []string{err.Error()}
		return c, nil
	}
	c.Entries = len(ev.entries)
	return c, ev
}

// hit checks that the entries give the expected number of observations, with
// the expected captures, and that no other fault sees itself in them.
func (t *tester) hit(s *signature.Signature, src signature.Source, dir string) Case {
	c, ev := t.read(s, src, dir, "hit")
	if ev == nil {
		return c
	}
	want := 1
	if ev.Expect != nil {
		want = *ev.Expect
	}
	if want < 1 {
		c.Failures = append(c.Failures, `"expect" must be at least 1; what must not be recognised belongs into miss.json`)
	}
	obs := t.observe(ev.entries)
	got := obs[s.ID]
	if len(got) != want {
		c.Failures = append(c.Failures, fmt.Sprintf("recognised %s, expected %s%s", times(len(got)), times(want), t.why(s, ev.entries, got)))
	}
	if len(got) > 0 {
		c.Failures = append(c.Failures, wrongCaptures(s, got[0], ev.Captures)...)
	}
	c.Failures = append(c.Failures, t.others(s, obs)...)
	return c
}

// miss checks that the entries are not recognised.
func (t *tester) miss(s *signature.Signature, src signature.Source, dir string) Case {
	c, ev := t.read(s, src, dir, "miss")
	if ev == nil {
		return c
	}
	if ev.Expect != nil && *ev.Expect != 0 {
		c.Failures = append(c.Failures, `"expect" belongs into hit.json`)
	}
	for _, o := range t.observe(ev.entries)[s.ID] {
		c.Failures = append(c.Failures, fmt.Sprintf("entry %d is recognised and must not be: %s", o.entry, clip(o.text)))
	}
	return c
}

// observation is one recognition in an evidence file.
type observation struct {
	entry  int // 1-based number in the file
	text   string
	values map[string]string
}

// observe returns what is recognised in entries, by id.
func (t *tester) observe(entries []*logentry.Entry) map[string][]observation {
	out := map[string][]observation{}
	trackers := t.trackers()
	for _, i := range inOrder(entries) {
		e := entries[i]
		for _, m := range t.m.Match(e, nil) {
			out[m.Sig.ID] = append(out[m.Sig.ID], observation{i + 1, e.Text(), valuesOf(m.Sig, m.Values)})
			for _, f := range t.c.Listeners(m.Sig) {
				trackers[f.ID].Add(occurrence(e, m, i))
			}
		}
	}
	for _, f := range t.c.Forms() {
		for _, h := range trackers[f.ID].Flush() {
			last := h.Refs[h.Named]
			out[f.ID] = append(out[f.ID], observation{last + 1, entries[last].Text(), valuesOf(f, h.Values)})
		}
	}
	for _, list := range out { // "the first" of a file is the first that stands in it
		sort.SliceStable(list, func(i, j int) bool { return list[i].entry < list[j].entry })
	}
	return out
}

func (t *tester) trackers() map[string]*signature.Tracker {
	out := map[string]*signature.Tracker{}
	for _, f := range t.c.Forms() {
		out[f.ID] = t.c.NewTracker(f)
	}
	return out
}

// inOrder returns the indices of the entries in the order of time.
func inOrder(entries []*logentry.Entry) []int {
	out := make([]int, len(entries))
	for i := range out {
		out[i] = i
	}
	sort.SliceStable(out, func(a, b int) bool { return entries[out[a]].End() < entries[out[b]].End() })
	return out
}

func occurrence(e *logentry.Entry, m signature.Match, ref int) signature.Occurrence {
	return signature.Occurrence{Match: m, Time: e.End(), Scope: m.Scope(e.Scope), Trace: e.Scope.Trace, Ref: ref}
}

func valuesOf(s *signature.Signature, values []string) map[string]string {
	out := map[string]string{}
	for i, v := range values {
		out[s.Captures[i]] = v
	}
	return out
}

// why lists the entries that were or were not recognised.
func (t *tester) why(s *signature.Signature, entries []*logentry.Entry, got []observation) string {
	seen := map[int]bool{}
	for _, o := range got {
		seen[o.entry] = true
	}
	var b strings.Builder
	for i, e := range entries {
		mark := "not recognised"
		if seen[i+1] {
			mark = "recognised"
		}
		fmt.Fprintf(&b, "\n    entry %d %s: %s", i+1, mark, clip(e.Text()))
	}
	return b.String()
}

func wrongCaptures(s *signature.Signature, o observation, want map[string]string) []string {
	var names, out []string
	for n := range want {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		got, ok := o.values[n]
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("captures: the signature has no capture %q, only %s", n, strings.Join(s.Captures, ", ")))
		case got != want[n]:
			out = append(out, fmt.Sprintf("capture %s is %q, expected %q", n, got, want[n]))
		}
	}
	return out
}

// others lists faults that recognise the hit file of s without being named in
// also_fires, and names in also_fires that do not.
func (t *tester) others(s *signature.Signature, obs map[string][]observation) []string {
	allowed := map[string]bool{s.ID: true}
	var out []string
	for _, id := range s.AlsoFires {
		allowed[id] = true
		if len(obs[id]) == 0 {
			out = append(out, fmt.Sprintf("also_fires names %s, which recognises nothing here: remove it", id))
		}
	}
	for _, o := range t.c.Signatures {
		if o.Role == signature.RoleFault && o.Builtin && !allowed[o.ID] && len(obs[o.ID]) > 0 {
			first := obs[o.ID][0]
			out = append(out, fmt.Sprintf("%s recognises entry %d too: narrow one of the two, or add it to also_fires: %s", o.ID, first.entry, clip(first.text)))
		}
	}
	return out
}

func times(n int) string {
	switch n {
	case 0:
		return "nothing"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 160 {
		s = string(r[:160]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
