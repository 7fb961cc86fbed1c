package baseline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"logwhy/internal/incident"
)

// Run is what one run saw.
type Run struct {
	From, To time.Time // of the window: as asked for, else from the first to the last entry
	Stated   bool      // the beginning was asked for
	Open     bool      // the end was not
	First    time.Time // the oldest entry
	Entries  int
	Missing  []incident.Prose // why the data is not complete
	Partial  bool             // what is missing is accepted
	NoMemory bool             // there is no baseline, so all is new, also in a first run
	Rules    string
	Overlap  time.Duration // how long entries may be on their way
	Scopes   []incident.ScopeTally
	Deploys  []deploy
	Failed   map[string]bool // revisions that never became ready
	Failures []Observed

	key string
}

// deploy is a change that brought new code, with or without a revision.
type deploy struct {
	service, revision string
	at                time.Time
}

// Observed is a failure of one run.
type Observed struct {
	Findings    []string
	Fingerprint string
	Others      []string // fingerprints by which it may be known
	Signature   string
	Service     string
	Identity    map[string]string
	Template    string
	Merged      bool
	Remark      bool // it is told in passing: what a caller sees, in no incident, such as a 404
	Title       incident.Prose
	Severity    string
	First, Last time.Time
	Counts      []incident.CountTally
	Headline    bool          // it is the symptom of an incident
	Causes      []CauseRecord // which are named for it
	Rivals      []CauseRecord // which were looked at beside
}

// Window is what was asked for, where that is known.
type Window struct {
	From, To time.Time     // zero: as the entries are
	Overlap  time.Duration // how long an entry may be on its way
	Partial  bool          // --allow-partial
}

// Observe takes from an analysis, redacted and with its tally, what is compared
// with other runs.
func Observe(a *incident.Analysis, w Window) Run {
	r := Run{
		From: w.From, To: w.To, Stated: !w.From.IsZero(), Open: w.To.IsZero(), First: a.Coverage.From, Entries: a.Coverage.Entries, Partial: w.Partial,
		Rules: a.Tool.RuleSet, Overlap: w.Overlap, Missing: Missing(a), Failed: map[string]bool{},
	}
	if r.From.IsZero() {
		r.From = a.Coverage.From
	}
	if r.To.IsZero() {
		r.To = a.Coverage.To
	}
	if a.Tally != nil {
		r.Scopes = a.Tally.Scopes
	}
	for _, c := range a.Changes {
		switch {
		case c.Result == "rejected" || c.Result == "not-ready":
			r.Failed[c.Scope.Service+"\x00"+c.Scope.Revision] = true
		case c.Kind == "deploy" && !c.Time.IsZero() && c.Scope.Service != "":
			r.Deploys = append(r.Deploys, deploy{c.Scope.Service, c.Scope.Revision, c.Time})
		}
	}
	r.Failures = failuresOf(a)
	r.key = r.makeKey()
	return r
}

// makeKey names a run by its end and what it read, so that the same run has
// the same name wherever it is made again.
func (r *Run) makeKey() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %d", r.From.UTC().Format(time.RFC3339Nano), r.To.UTC().Format(time.RFC3339Nano), r.Entries)
	for _, s := range r.Scopes {
		fmt.Fprintf(h, "\x00%s\x00%s\x00%d", s.Service, s.Revision, s.N)
	}
	return r.To.UTC().Format(time.RFC3339) + "/" + hex.EncodeToString(h.Sum(nil))[:6]
}

// missingCodes are the warnings that mean that entries are not in the data.
// What is only less precise (no severity, text instead of JSON) is not of them.
var missingCodes = map[string]bool{
	"limit-reached": true, "truncated": true, "skipped-records": true, "unreadable-input": true,
	"patterns-bounded": true, "pull-incomplete": true, "query-incomplete": true, "deadline": true,
}

// Missing says why an analysis cannot show that something is absent; nil when
// it can.
func Missing(a *incident.Analysis) []incident.Prose {
	var out []incident.Prose
	for _, w := range a.Coverage.Warnings {
		if missingCodes[w.Code] {
			out = append(out, w.Text)
		}
	}
	switch {
	case a.Coverage.Entries == 0:
		out = append(out, "No entries were read.")
	case a.Coverage.From.IsZero() && a.Coverage.To.IsZero():
		out = append(out, "No entry carries a time, so that runs cannot be told apart.")
	}
	return out
}

func failuresOf(a *incident.Analysis) []Observed {
	counts := map[string][]incident.CountTally{}
	if a.Tally != nil {
		for _, c := range a.Tally.Counts {
			counts[c.Finding] = append(counts[c.Finding], c)
		}
	}
	var out []Observed
	for i := range a.Findings {
		f := &a.Findings[i]
		if f.Role != incident.RoleFault && f.Role != incident.RoleFailure && f.Role != incident.RoleImpact || len(counts[f.ID]) == 0 {
			continue
		}
		o := Observed{
			Findings: []string{f.ID}, Fingerprint: FingerprintOf(f), Signature: f.Signature, Service: f.Scope.Service, Identity: untaggedMap(f.Identity),
			Title: f.Title, Severity: severityOf(a, f), First: f.First, Last: f.Last, Counts: counts[f.ID],
		}
		if isPattern(f.Signature) {
			o.Template = f.Template
		}
		o.Remark = f.Role == incident.RoleImpact && !held(a, f.ID)
		o.name(f)
		o.causes(a, f.ID)
		out = append(out, o)
	}
	return out
}

// FingerprintOf is the fingerprint of a finding of a redacted analysis.
func FingerprintOf(f *incident.Finding) string {
	return Fingerprint(f.Signature, f.Scope.Service, f.Identity)
}

func untaggedMap(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	out := map[string]string{}
	for k, v := range m {
		out[k] = untagged(v)
	}
	return out
}

// name notes by what else a failure may be known: earlier ids of its
// signature, or the patterns that were merged for display.
func (o *Observed) name(f *incident.Finding) {
	for _, id := range f.Formerly {
		o.Others = append(o.Others, Fingerprint(id, f.Scope.Service, f.Identity))
	}
	for _, c := range o.Counts {
		if c.Key != "" && c.Key != f.Signature {
			o.Merged = true
			o.Others = append(o.Others, Fingerprint(c.Key, f.Scope.Service, nil))
		}
	}
	slices.Sort(o.Others)
	o.Others = slices.Compact(o.Others)
}

// severities, worst first.
var severities = []string{incident.Critical, incident.High, incident.Medium, incident.Low, incident.Info}

func severityRank(s string) int {
	if i := slices.Index(severities, s); i >= 0 {
		return i
	}
	return len(severities)
}

// severityOf is the severity of the worst incident that a finding is a symptom
// or a cause of. Without any it is its own, and medium at most: no impact shows.
func severityOf(a *incident.Analysis, f *incident.Finding) string {
	worst := ""
	for i := range a.Incidents {
		if n := &a.Incidents[i]; holds(n, f.ID) && (worst == "" || severityRank(n.Severity) < severityRank(worst)) {
			worst = n.Severity
		}
	}
	switch {
	case worst != "":
		return worst
	case severityRank(f.Severity) < severityRank(incident.Medium):
		return incident.Medium
	}
	return cmp.Or(f.Severity, incident.Low)
}

// held reports whether an incident holds a finding.
func held(a *incident.Analysis, finding string) bool {
	return slices.ContainsFunc(a.Incidents, func(i incident.Incident) bool { return holds(&i, finding) })
}

func holds(i *incident.Incident, finding string) bool {
	return i.Symptom == finding || slices.Contains(i.Symptoms, finding) ||
		slices.ContainsFunc(i.Causes, func(c incident.Cause) bool { return c.Finding == finding }) ||
		slices.ContainsFunc(i.Whys, func(w incident.Why) bool { return w.Finding == finding })
}
