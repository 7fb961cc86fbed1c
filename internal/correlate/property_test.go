package correlate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"testing"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
	"logwhy/internal/synth"
)

// scenarios is how many seeds each property is held against.
func scenarios() uint64 {
	n := uint64(len(synth.Kinds()))
	if testing.Short() {
		return 4 * n
	}
	return 20 * n
}

// share of the decidable incidents whose true cause must be named first.
const share = 0.95

// known lists what the engine is known not to do yet: a property and a kind of
// scenario, or "fault:" and a fault, with the reason. What is listed is counted
// and printed and does not fail the test.
var known = map[string]string{}

// outcome is what one scenario showed of one property.
type outcome struct {
	property string
	seed     uint64
	kind     string
	fault    string
	entries  int
	traits   string
	fail     string // "" when it holds
}

// everyScenario runs check on all seeds, on as many goroutines as there are
// processors, and returns the outcomes in the order of the seeds.
func everyScenario(n uint64, check func(s synth.Scenario) []outcome) []outcome {
	results := make([][]outcome, n)
	var next sync.Mutex
	seed := uint64(0)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				next.Lock()
				mine := seed
				seed++
				next.Unlock()
				if mine >= n {
					return
				}
				s := synth.Generate(mine)
				for _, o := range check(s) {
					o.seed, o.kind, o.entries, o.traits = s.Seed, s.Kind, len(s.Entries), strings.Join(s.Traits, ",")
					results[mine] = append(results[mine], o)
				}
			}
		}()
	}
	wg.Wait()
	var all []outcome
	for _, r := range results {
		all = append(all, r...)
	}
	return all
}

// row is a line of the table that -v prints.
type row struct{ n, held int }

// verdictOn prints what the outcomes show and fails below the share that must
// hold. Kinds that are known to fall short count apart.
func verdictOn(t *testing.T, property string, must float64, all []outcome) {
	t.Helper()
	rows, fails, smallest := map[string]*row{}, map[string]int{}, map[string]outcome{}
	n, held, excused := 0, 0, 0
	for _, o := range all {
		r := rows[o.kind]
		if r == nil {
			r = &row{}
			rows[o.kind] = r
		}
		r.n++
		if o.fail == "" {
			r.held++
			held++
			n++
			continue
		}
		key := o.kind + ": " + o.fail
		if reason := excuse(property, o); reason != "" {
			excused++
			key += " [known: " + reason + "]"
		} else {
			n++
		}
		fails[key]++
		if s, ok := smallest[key]; !ok || o.entries < s.entries {
			smallest[key] = o
		}
	}
	for _, k := range synth.Kinds() {
		if r := rows[k]; r != nil {
			t.Logf("%-16s %4d of %4d", k, r.held, r.n)
		}
	}
	for _, key := range sortedNames(fails) {
		o := smallest[key]
		t.Logf("%4d x %s; smallest: seed %d, %s, %d entries (%s)", fails[key], key, o.seed, o.fault, o.entries, o.traits)
	}
	t.Logf("%s: %d of %d hold, %d known not to", property, held, n, excused)
	if float64(held) < must*float64(n) {
		t.Errorf("%s: %d of %d hold, want %.0f %%", property, held, n, 100*must)
	}
}

func excuse(property string, o outcome) string {
	for _, key := range []string{property, property + " " + o.kind} {
		if r := known[key]; r != "" {
			return r
		}
	}
	return known["fault:"+o.fault]
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	sort.Strings(names)
	return names
}

// What one analysis of each scenario must show: the true cause is named first,
// with the verdict that the data allow; what merely happens at the same time is
// never supported; lines of every start are no cause of anything; and where the
// entries do not suffice, no cause is tied to the symptom.
func TestTruth(t *testing.T) {
	cat := catalogue(t)
	checks := []struct {
		property string
		must     float64
		check    func(*incident.Analysis, synth.Scenario) []outcome
	}{
		{"cause", share, namesCause},
		{"coincidence", 1, supportsNoCoincidence},
		{"decoy", 1, namesNoDecoy},
		{"open", 1, leavesOpen},
	}
	all := everyScenario(scenarios(), func(s synth.Scenario) []outcome {
		a := analyzeSynth(cat, s.Entries, s.Order, 1)
		var out []outcome
		for _, c := range checks {
			for _, o := range c.check(a, s) {
				o.property = c.property
				out = append(out, o)
			}
		}
		return out
	})
	for _, c := range checks {
		t.Run(c.property, func(t *testing.T) {
			var mine []outcome
			for _, o := range all {
				if o.property == c.property {
					mine = append(mine, o)
				}
			}
			verdictOn(t, c.property, c.must, mine)
		})
	}
}

func namesCause(a *incident.Analysis, s synth.Scenario) []outcome {
	var out []outcome
	for _, in := range s.Truth.Incidents {
		if in.Decidable {
			out = append(out, outcome{fault: in.Name, fail: shortfall(judge(a, in), in)})
		}
	}
	return out
}

// shortfall says how an answer falls short of a decidable truth, "" when it does not.
func shortfall(ans answer, in synth.Incident) string {
	alone := len(in.Symptoms) == 1 && len(in.Cause) == 1 && in.Symptoms[0] == in.Cause[0]
	switch {
	case ans.wrong != "":
		return "another cause is " + ans.wrong
	case !ans.named:
		return "no cause named"
	case !ans.linked && !alone:
		return "cause not linked to its symptom"
	case ans.split > 1:
		return "one cause, several incidents"
	case ans.verdict == incident.Supported, ans.verdict == incident.Plausible && in.Knowledge == synth.Stated:
		return ""
	}
	return "cause only " + ans.verdict
}

func supportsNoCoincidence(a *incident.Analysis, s synth.Scenario) []outcome {
	var o outcome
	if supportedBy(a, idSet(s.Truth.Coincidences)) || supportedBy(a, idSet(s.Truth.Decoys)) {
		o.fail = "supported"
	} else if mixes(a, s.Truth) {
		o.fail = "cause of one incident in the chain of another"
	}
	return []outcome{o}
}

// mixes reports whether a why-tree leads from the symptom of one true incident
// to the cause of another.
func mixes(a *incident.Analysis, truth synth.Truth) bool {
	for i := range a.Incidents {
		in := &a.Incidents[i]
		if len(in.Causes) == 0 {
			continue
		}
		for k := range truth.Incidents {
			if !cites(a, in.Causes[0].Evidence, idSet(truth.Incidents[k].Cause)) {
				continue
			}
			for m := range truth.Incidents {
				if m != k && cites(a, told(in), idSet(truth.Incidents[m].Symptoms)) {
					return true
				}
			}
		}
	}
	return false
}

func namesNoDecoy(a *incident.Analysis, s synth.Scenario) []outcome {
	if s.Kind == "cut" || !servedWell(s) {
		return nil // without a healthy start, from its beginning, the test is unknown
	}
	decoys := idSet(s.Truth.Decoys)
	for i := range a.Incidents {
		for _, c := range a.Incidents[i].Causes {
			if cites(a, c.Evidence, decoys) {
				return []outcome{{fail: "named, " + c.Verdict}}
			}
		}
	}
	return []outcome{{}}
}

// servedWell reports whether a start that shows a decoy is in the window to its
// end, and answers a request well.
func servedWell(s synth.Scenario) bool {
	decoys, shows, whole := idSet(s.Truth.Decoys), map[string]bool{}, map[string]bool{}
	for _, e := range s.Entries {
		if decoys[e.InsertID] {
			shows[e.Scope.Instance] = true
		}
		if strings.Contains(e.Message, "probe succeeded") {
			whole[e.Scope.Instance] = true
		}
	}
	for _, e := range s.Entries {
		if i := e.Scope.Instance; e.HTTP != nil && e.HTTP.Status == 200 && shows[i] && whole[i] {
			return true
		}
	}
	return false
}

func leavesOpen(a *incident.Analysis, s synth.Scenario) []outcome {
	var out []outcome
	for _, in := range s.Truth.Incidents {
		if in.Decidable {
			continue
		}
		o := outcome{fault: in.Name}
		if ans := judge(a, in); ans.linked || ans.wrong != "" {
			o.fail = "a cause is " + better(ans.wrong, ans.verdict)
		}
		out = append(out, o)
	}
	return out
}

// Without the entries of the cause no chain to another one is supported.
func TestWithoutItsCauseNothingIsSupported(t *testing.T) {
	cat := catalogue(t)
	verdictOn(t, "removed", 1, everyScenario(scenarios(), func(s synth.Scenario) []outcome {
		var out []outcome
		for _, in := range s.Truth.Incidents {
			symptoms := without(idSet(in.Symptoms), in.Cause)
			if !in.Decidable || len(symptoms) == 0 {
				continue
			}
			a := analyzeSynth(cat, leaveOut(s.Entries, idSet(in.Cause)), s.Order, 1)
			o := outcome{fault: in.Name}
			for i := range a.Incidents {
				c := a.Incidents[i].Causes
				if len(c) > 0 && c[0].Verdict == incident.Supported && cites(a, told(&a.Incidents[i]), symptoms) {
					o.fail = "supported by something else"
				}
			}
			out = append(out, o)
		}
		return out
	}))
}

func without(ids map[string]bool, less []string) map[string]bool {
	for _, id := range less {
		delete(ids, id)
	}
	return ids
}

// Unrelated entries make no verdict stronger, and take none away.
func TestNoiseChangesNoVerdict(t *testing.T) {
	cat := catalogue(t)
	verdictOn(t, "noise", 1, everyScenario(scenarios(), func(s synth.Scenario) []outcome {
		if s.Kind == "cut" {
			return nil // a cut list is known by its number of entries
		}
		noise := synth.Noise(s, s.Seed, 40)
		quiet := analyzeSynth(cat, s.Entries, s.Order, 1)
		loud := analyzeSynth(cat, unround(append(append([]*logentry.Entry(nil), s.Entries...), noise...)), s.Order, 1)
		o := outcome{}
		for _, in := range s.Truth.Incidents {
			o.fault = in.Name
			if q, l := judge(quiet, in), judge(loud, in); q != l {
				o.fail = fmt.Sprintf("%+v becomes %+v", q, l)
				break
			}
		}
		ids := map[string]bool{}
		for _, e := range noise {
			ids[e.InsertID] = true
		}
		if supportedBy(loud, ids) {
			o.fail = "noise is supported"
		}
		return []outcome{o}
	}))
}

// unround drops an entry where the number would look like a limit.
func unround(entries []*logentry.Entry) []*logentry.Entry {
	if n := len(entries); n%10 == 0 {
		return entries[:n-1]
	}
	return entries
}

// The order of the entries and the collectors they are dealt to do not matter.
func TestShuffledAndDealtEntriesSayTheSame(t *testing.T) {
	cat := catalogue(t)
	verdictOn(t, "order", 1, everyScenario(scenarios(), func(s synth.Scenario) []outcome {
		if !testing.Short() && s.Seed%3 != 0 && s.Seed > 81 {
			return nil
		}
		want := plainJSON(analyzeSynth(cat, s.Entries, s.Order, 1))
		rnd := rand.New(rand.NewPCG(s.Seed, 1))
		shuffled := append([]*logentry.Entry(nil), s.Entries...)
		rnd.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		o := outcome{}
		if n := 1 + int(s.Seed%8); plainJSON(analyzeSynth(cat, shuffled, s.Order, n)) != want {
			o.fail = "shuffled entries give another analysis"
		}
		return []outcome{o}
	}))
}

// An export in two overlapping files says what it says in one.
func TestOverlappingFilesSayTheSame(t *testing.T) {
	cat := catalogue(t)
	dir := t.TempDir()
	verdictOn(t, "files", 1, everyScenario(uint64(2*len(synth.Kinds())), func(s synth.Scenario) []outcome {
		if s.Kind == "cut" {
			return nil // a cut list is known by its number of entries
		}
		lines := strings.Split(strings.TrimSpace(string(s.Export)), "\n")
		lines = lines[1 : len(lines)-1]
		name := func(part string) string { return filepath.Join(dir, fmt.Sprintf("%d-%s.json", s.Seed, part)) }
		n := len(lines)
		write(name("a"), lines)
		write(name("b"), lines[:n*2/3])
		write(name("c"), lines[n/3:])
		one, err := readFiles(cat, name("a"))
		if err != nil {
			return []outcome{{fail: err.Error()}}
		}
		two, err := readFiles(cat, name("b"), name("c"))
		if err != nil {
			return []outcome{{fail: err.Error()}}
		}
		if one != two {
			return []outcome{{fail: "two files give another analysis"}}
		}
		return []outcome{{}}
	}))
}

func write(name string, lines []string) {
	text := strings.TrimSuffix(strings.Join(lines, "\n"), ",")
	if err := os.WriteFile(name, []byte("[\n"+text+"\n]\n"), 0o600); err != nil {
		panic(err)
	}
}

// readFiles analyses files as the program does, and leaves out what may differ:
// the names of the inputs and the place of an entry in them.
func readFiles(cat *signature.Catalog, files ...string) (string, error) {
	set, err := ingest.Open(files, ingest.Options{Workers: 2})
	if err != nil {
		return "", err
	}
	var cs []*correlate.Collector
	var mu sync.Mutex
	_, err = set.Read(context.Background(), func(int) func(*logentry.Entry) {
		mu.Lock()
		defer mu.Unlock()
		c := correlate.NewCollector(cat, correlate.Options{})
		cs = append(cs, c)
		return c.Add
	})
	if err != nil {
		return "", err
	}
	for _, c := range cs[1:] {
		cs[0].Merge(c)
	}
	a := correlate.Analyze(cat, cs[0], correlate.Read{}, correlate.Options{})
	for id, e := range a.Evidence {
		e.Source = ""
		a.Evidence[id] = e
	}
	return plainJSON(a), nil
}

func plainJSON(a *incident.Analysis) string {
	b, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return string(b)
}
