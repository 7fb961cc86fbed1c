package redact

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"logwhy/internal/incident"
)

// tagForm is what a tag looks like.
var tagForm = regexp.MustCompile(`\[[a-z][a-z0-9-]*:(?:[0-9]{1,20}|[0-9a-f]{6}|more)\]`)

// FuzzTags: tags are found where the pattern finds them.
func FuzzTags(f *testing.F) {
	for _, s := range []string{"", "[", "[[a:1]]", "a [email:12] b [ip:0a1b2c][x:more]", "[A:1]", "[a:]", "[a:12", "[a-b:1]x", "[a:abc]", "[a:1[b:2]", "[a:more]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want [][2]int
		for _, m := range tagForm.FindAllStringIndex(s, -1) {
			want = append(want, [2]int{m[0], m[1]})
		}
		if got := tagsIn(s); !slices.Equal(got, want) {
			t.Errorf("%q: tags at %v, want %v", s, got, want)
		}
		if got, want := withoutTags(s), tagForm.ReplaceAllString(s, ""); got != want {
			t.Errorf("%q without tags is %q, want %q", s, got, want)
		}
	})
}

// shownAt redacts an analysis that shows text to n runes, and returns what it
// shows then.
func shownAt(text string, n int, o Options) string {
	a := &incident.Analysis{Title: incident.Prose("it says " + incident.Short(text, n) + ".")}
	Apply(a, o)
	for _, s := range a.Title.Whole() {
		if s.Kind == incident.SpanCode {
			return s.Text
		}
	}
	return ""
}

// TestCutAnywhere cuts every text with a secret at every place: what is shown
// is the beginning of the text with its tag, so that no part of a secret is
// left, and the tag stays whole.
func TestCutAnywhere(t *testing.T) {
	tagsOnly := regexp.MustCompile(`\[[a-z-]+:?[0-9]*$`)
	for _, line := range tableLines(t, "redacted.txt") {
		_, text, _ := strings.Cut(line, "\t")
		text = unmarker.Replace(text)
		whole := shownAt(text, 1<<20, Options{})
		for n := 1; n < utf8.RuneCountInString(text); n++ {
			got := shownAt(text, n, Options{})
			head, cut := strings.CutSuffix(got, "…")
			if !cut && got != whole || !strings.HasPrefix(whole, head) {
				t.Fatalf("cut at %d shows %q, want the beginning of %q", n, got, whole)
			}
			if cut && tagsOnly.MatchString(head) {
				t.Fatalf("cut at %d tears a tag: %q", n, got)
			}
		}
	}
}

// TestCutKept: what is no secret is cut where it would be without redaction.
func TestCutKept(t *testing.T) {
	for _, line := range tableLines(t, "kept.txt") {
		for _, n := range []int{1, 7, 20, 33} {
			if tagForm.MatchString(line) {
				continue // what looks like a tag is not cut either
			}
			want := incident.Clip(line, n)
			for _, mode := range []Mode{Default, Off} {
				if got := shownAt(line, n, Options{Mode: mode}); strings.TrimSpace(got) != strings.TrimSpace(want) {
					t.Errorf("%s: cut at %d shows %q, want %q", mode, n, got, want)
				}
			}
		}
	}
}

// TestCutIsSettled: nothing of what is not shown is left in the analysis.
func TestCutIsSettled(t *testing.T) {
	long := "the mail of " + strings.Repeat("x", 100) + " ends here"
	for _, mode := range []Mode{Default, Off} {
		short := incident.Prose(incident.Short(long, 20))
		a := &incident.Analysis{
			Incidents: []incident.Incident{{Table: &incident.Table{Rows: [][]incident.Prose{{short}}}}},
			Changes:   []incident.Change{{Details: []incident.Prose{short}}},
			Evidence:  map[string]incident.Evidence{"E1": {Note: short}},
		}
		Apply(a, Options{Mode: mode})
		for _, p := range []incident.Prose{a.Incidents[0].Table.Rows[0][0], a.Changes[0].Details[0], a.Evidence["E1"].Note} {
			if p != "`the mail of xxxxxxx…`" {
				t.Errorf("%s: %q", mode, p)
			}
		}
	}
}

// TestExcerptOfKey: lines of a private key in an excerpt have the tag of the key.
func TestExcerptOfKey(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----"
	a := &incident.Analysis{Evidence: map[string]incident.Evidence{"E1": {Message: "key is\n" + key + "\nnot usable", Excerpt: []string{"…", "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "not usable"}}}}
	Apply(a, Options{})
	if got := strings.Join(a.Evidence["E1"].Excerpt, "|"); got != "…|[private-key:1]|not usable" {
		t.Error(got)
	}
}
