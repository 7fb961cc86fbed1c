package correlate_test

import (
	"context"
	"strings"
	"testing"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
)

// analyzeFiles reads files as the program does.
func analyzeFiles(t testing.TB, opt correlate.Options, files ...string) *incident.Analysis {
	t.Helper()
	cat := catalogue(t)
	set, err := ingest.Open(files, ingest.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	c := correlate.NewCollector(cat, opt)
	rep, err := set.Read(context.Background(), func(int) func(*logentry.Entry) { return c.Add })
	if err != nil {
		t.Fatal(err)
	}
	read := correlate.Read{}
	for _, in := range rep.Inputs {
		read.Inputs = append(read.Inputs, incident.Input{Name: in.Name, Format: in.Format, Order: in.Order, Entries: in.Entries, Duplicates: in.Duplicates})
		read.EqualTimeText += in.EqualTimeText
	}
	return correlate.Analyze(cat, c, read, opt)
}

const (
	phaseReport  = "../../testdata/seeds/phase-report.json"
	syntaxReport = "../../testdata/seeds/syntax-report.json"
)

// bySignature returns the incident whose symptom has a signature.
func bySignature(t testing.TB, a *incident.Analysis, sig string) incident.Incident {
	t.Helper()
	for _, i := range a.Incidents {
		if finding(t, a, i.Symptom).Signature == sig {
			return i
		}
	}
	t.Fatalf("no incident of %s", sig)
	return incident.Incident{}
}

func finding(t testing.TB, a *incident.Analysis, id string) incident.Finding {
	t.Helper()
	for _, f := range a.Findings {
		if f.ID == id {
			return f
		}
	}
	t.Fatalf("no finding %s", id)
	return incident.Finding{}
}

// prose is every sentence of an analysis, for what must not be said.
func prose(t testing.TB, a *incident.Analysis) string { return asJSON(t, a) }

// The thirteen traps of the two hand-written reports of one incident.
func TestSeeds(t *testing.T) {
	const syntax, encode = "python.syntax-error", "python.not-json-serializable"
	opt := correlate.Options{Symptoms: []string{"WebSocket close 1011"}}
	both := analyzeFiles(t, opt, phaseReport, syntaxReport)
	first := analyzeFiles(t, opt, phaseReport)
	second := analyzeFiles(t, opt, syntaxReport)

	t.Run("1 different root causes", func(t *testing.T) {
		for _, a := range []*incident.Analysis{both, first} {
			i := bySignature(t, a, encode)
			for _, w := range i.Whys {
				if w.Finding != "" && finding(t, a, w.Finding).Signature == syntax {
					t.Error("the syntax error stands in the chain of the serialization error")
				}
			}
			rival := ""
			for _, r := range i.Rivals {
				if r.Finding != "" && finding(t, a, r.Finding).Signature == syntax {
					rival = r.Verdict
					if !strings.Contains(string(r.Because), "23m39s") {
						t.Errorf("the rival does not say how far apart they are: %s", r.Because)
					}
				}
			}
			if rival != incident.Untestable && rival != incident.Contradicted {
				t.Errorf("the syntax error as a rival is %q, want untestable or contradicted", rival)
			}
		}
	})
	t.Run("2 two entries 60.249 s apart", func(t *testing.T) {
		n := 0
		for _, e := range both.Evidence {
			if strings.Contains(e.Message, "line 624") {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d entries about line 624 are cited, want both", n)
		}
	})
	t.Run("3 two lines mean two builds", func(t *testing.T) {
		if s := prose(t, both); !strings.Contains(s, "at least two builds") {
			t.Error("nothing says that two lines of one file mean two builds")
		}
		if s := prose(t, second); !strings.Contains(s, "at least two builds") {
			t.Error("the second report alone shows two lines too")
		}
	})
	t.Run("4 an older image is a rival", func(t *testing.T) {
		found := false
		for _, h := range both.Hypotheses {
			found = found || strings.Contains(string(h.Because)+string(h.Title), "3.12")
		}
		if !found {
			t.Error("no hypothesis names the version of Python")
		}
	})
	t.Run("5 something served", func(t *testing.T) {
		if s := prose(t, both); !strings.Contains(s, "[accepted]") {
			t.Error("the accepted connection is not mentioned")
		}
	})
	t.Run("6 reported, not observed", func(t *testing.T) {
		for _, a := range []*incident.Analysis{both, first, second} {
			if len(a.Reported) != 1 || a.Reported[0].Observed {
				t.Errorf("the reported symptom: %+v", a.Reported)
			}
		}
	})
	t.Run("7 first seen", func(t *testing.T) {
		i := bySignature(t, both, encode)
		if got := i.First.Format("15:04:05.000000"); got != "04:07:37.553902" {
			t.Errorf("first seen %s", got)
		}
	})
	t.Run("8 no lines is not recovery", func(t *testing.T) {
		i := bySignature(t, both, syntax)
		if i.Status != incident.Quiet {
			t.Errorf("the syntax errors are %s, want quiet", i.Status)
		}
		if s := prose(t, both); !strings.Contains(s, "no data, not recovery") {
			t.Error("the silent stretch is not called no data")
		}
	})
	t.Run("9 no rate without a denominator", func(t *testing.T) {
		if s := prose(t, both); strings.Contains(s, "100%") || strings.Contains(s, "100 %") {
			t.Error("a rate is printed")
		}
	})
	t.Run("10 business impact is a blank", func(t *testing.T) {
		i := bySignature(t, both, encode)
		found := false
		for _, p := range i.Prompts {
			found = found || strings.Contains(string(p), "what could they not do")
		}
		if !found {
			t.Error("no blank asks who is affected")
		}
	})
	t.Run("11 is the fix deployed is open", func(t *testing.T) {
		i := bySignature(t, both, encode)
		found := false
		for _, q := range i.Questions {
			found = found || strings.Contains(string(q.Text), "fix")
		}
		if !found {
			t.Error("no open question asks whether the running code has the fix")
		}
	})
	t.Run("12 redacted upstream", func(t *testing.T) {
		if s := prose(t, both); !strings.Contains(s, "AUTH=REDACTED") {
			t.Error("the text that was redacted before export was changed")
		}
		if len(both.Redactions) > 0 {
			t.Errorf("redactions are counted as ours: %v", both.Redactions)
		}
	})
	t.Run("13 ascending", func(t *testing.T) {
		for k := 1; k < len(both.Timeline); k++ {
			if both.Timeline[k].Time.Before(both.Timeline[k-1].Time) {
				t.Fatal("the timeline is not ascending")
			}
		}
	})
}
