package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// readAnalysis reads a stored analysis; nil when it is none.
func readAnalysis(data []byte) *incident.Analysis {
	var a incident.Analysis
	if json.Unmarshal(data, &a) != nil || !strings.HasPrefix(a.Schema, "logwhy.analysis/") {
		return nil
	}
	return &a
}

// stored reads a stored analysis: each entry it quotes and each number it
// gives for a finding.
func (x *draft) stored(a *incident.Analysis) {
	for i := range a.Inputs {
		x.storedInput(&a.Inputs[i])
	}
	for _, id := range byNumber(a.Evidence) {
		x.storedEvidence(a, id)
	}
	for i := range a.Findings {
		x.storedFinding(a, &a.Findings[i])
	}
	for i := range a.Incidents {
		x.storedIncident(a, &a.Incidents[i])
	}
}

func byNumber(m map[string]incident.Evidence) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
}

// place makes a block of the line that holds key, so that claims have a line.
func (x *draft) place(key string) *block {
	i := max(0, strings.Index(x.d.text, key))
	return &block{lines: []mark{{0, 1 + strings.Count(x.d.text[:i], "\n")}}}
}

func (x *draft) storedInput(in *incident.Input) {
	b := x.place(`"name": ` + strconv.Quote(in.Name))
	want := *in
	x.claim(b, 0, KindInput, fmt.Sprintf("%s: %d entries", in.Name, in.Entries), func(f *facts) answer {
		for _, got := range f.inputs.Inputs {
			if got.Name != want.Name {
				continue
			}
			if want.SHA256 != "" && got.SHA256 != want.SHA256 {
				return unchecked("the analysis was made from another file of this name")
			}
			if n := got.Entries + got.Filtered + got.Duplicates; n != want.Entries+want.Filtered+want.Duplicates {
				return unsupported("the input holds %d entries", n)
			}
			return supported()
		}
		return unchecked("no input has this name")
	})
}

func (x *draft) storedEvidence(a *incident.Analysis, id string) {
	e := a.Evidence[id]
	b := x.place(strconv.Quote(id) + ": {")
	r := reference{id: id, insertID: e.InsertID, source: e.Source, level: e.Severity, text: -1}
	if t := flat(e.Message); quotable(t) {
		r.text = x.w.text(t)
	}
	if !e.Time.IsZero() {
		r.at = x.clockOf(e.Time.UTC().Format("2006-01-02T15:04:05.000000000Z"))
	}
	x.refer(b, 0, r, "["+id+"] "+e.Message)
}

// storedFinding recounts requests by method, path and status, and the rest by
// an analysis of the same inputs, where there is one.
func (x *draft) storedFinding(a *incident.Analysis, fi *incident.Finding) {
	b := x.place(`"id": ` + strconv.Quote(fi.ID))
	shown := fmt.Sprintf("%s: %d × %s", fi.ID, fi.Count, fi.Title.Plain())
	n, asked := fi.Count, -1
	status := ""
	if m, p, s := only(fi.Captures["method"]), only(fi.Captures["path"]), only(fi.Captures["status"]); m != "" && p != "" && s != "" && ofRequests(a, fi) {
		asked, status = x.w.route(route{m, p}), s
	}
	service := fi.Scope.Service
	x.claim(b, 0, KindCount, shown, func(f *facts) answer {
		switch {
		case n > f.all.n:
			return unsupported("the data hold %d entries in all", f.all.n)
		case asked < 0 || f.routes[asked].total.n == 0:
			return recount(a, fi, f.again)
		case f.routes[asked].count(keeper(status)) == n:
			return supported()
		case f.routes[asked].count(keeper(status)) > n && service != "":
			return unchecked("the data hold %d such requests, of other services too", f.routes[asked].count(keeper(status)))
		}
		return unsupported("the data hold %d such requests", f.routes[asked].count(keeper(status)))
	})
	x.storedTime(b, fi.ID+" first", fi.First)
	x.storedTime(b, fi.ID+" last", fi.Last)
	for _, id := range fi.Evidence {
		x.storedRef(a, b, fi.ID, id)
	}
}

// recount holds a finding against those of an analysis of the same inputs: one
// of the same signature and service that begins at the same time. Another set
// of rules, or another part of the input, counts otherwise.
func recount(a *incident.Analysis, fi *incident.Finding, again *incident.Analysis) answer {
	switch {
	case again == nil:
		return unchecked("counted by signature")
	case a.Tool.RuleSet != again.Tool.RuleSet:
		return unchecked("counted by other signatures than those at hand")
	case a.Tool.Version != again.Tool.Version:
		return unchecked("counted by version %s, and this is %s", a.Tool.Version, again.Tool.Version)
	case a.Coverage.Entries != again.Coverage.Entries || a.Baseline != nil:
		return unchecked("counted in another part of the input")
	}
	var counts []string
	for i := range again.Findings {
		g := &again.Findings[i]
		if g.Signature != fi.Signature || g.Scope.Service != fi.Scope.Service || !g.First.Equal(fi.First) {
			continue
		}
		if g.Count == fi.Count && g.AtLeast == fi.AtLeast {
			return supported()
		}
		counts = append(counts, strconv.Itoa(g.Count))
	}
	if counts == nil {
		return unsupported("no finding of %s begins at this time", fi.Signature)
	}
	return unsupported("counted again, the data hold %s", strings.Join(counts, " or "))
}

// ofRequests says whether a finding is of request entries, and not of lines of
// text that tell of requests.
func ofRequests(a *incident.Analysis, fi *incident.Finding) bool {
	return len(fi.Evidence) > 0 && strings.HasPrefix(a.Evidence[fi.Evidence[0]].Message, "HTTP ")
}

func only(s []string) string {
	if len(s) != 1 {
		return ""
	}
	return s[0]
}

func (x *draft) storedTime(b *block, what string, t time.Time) {
	if t.IsZero() {
		return
	}
	s := logentry.TimeOf(t).String()
	at := x.clockOf(t.UTC().Format("2006-01-02T15:04:05.000000000Z"))
	if at == nil {
		return
	}
	x.claim(b, 0, KindTime, what+" "+s, func(f *facts) answer {
		if f.seen(at) {
			return supported()
		}
		return unsupported("no entry is at %s", s)
	})
}

func (x *draft) storedIncident(a *incident.Analysis, in *incident.Incident) {
	b := x.place(`"id": ` + strconv.Quote(in.ID))
	x.storedTime(b, in.ID+" first", in.First)
	x.storedTime(b, in.ID+" last", in.Last)
	for i := range in.Causes {
		for _, id := range in.Causes[i].Evidence {
			x.storedRef(a, b, in.ID, id)
		}
	}
	for i := range in.Whys {
		for _, id := range in.Whys[i].Evidence {
			x.storedRef(a, b, in.ID, id)
		}
	}
}

// storedRef says when an id is cited that is not there.
func (x *draft) storedRef(a *incident.Analysis, b *block, by, id string) {
	if _, ok := a.Evidence[id]; ok {
		return
	}
	x.claim(b, 0, KindEvidence, by+" cites "+id, func(*facts) answer {
		return unsupported("%s is cited and not among the evidence", id)
	})
}
