package baseline

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"logwhy/internal/incident"
)

// Compare says how two analyses differ: which causes are new, gone, weaker or
// stronger, and which failures are new, gone, or seen at another rate. The
// names are those of the two files.
func Compare(before, now *incident.Analysis, nameBefore, nameNow string) *incident.Diff {
	d := &differ{
		a: before, b: now, out: &incident.Diff{Schema: incident.DiffSchema, Causes: []incident.CauseState{}, Findings: []incident.FindingDiff{}},
	}
	d.out.Before, d.out.Now = stretchOf(before, nameBefore), stretchOf(now, nameNow)
	d.was, d.is = sideOf(before), sideOf(now)
	d.findings()
	d.causes()
	d.notes()
	return d.out
}

type differ struct {
	a, b    *incident.Analysis
	was, is map[string]*known
	out     *incident.Diff
}

// known is a failure of one analysis.
type known struct {
	f              *incident.Finding
	count          int
	severity       string
	causes, rivals []CauseRecord
	headline       bool
}

func stretchOf(a *incident.Analysis, name string) incident.Stretch {
	c := a.Coverage
	s := incident.Stretch{Name: name, From: c.From, To: c.To, Entries: c.Entries}
	if !c.From.IsZero() {
		s.Seconds = c.To.Sub(c.From).Seconds()
	}
	return s
}

// sideOf returns the failures of an analysis by fingerprint.
func sideOf(a *incident.Analysis) map[string]*known {
	out := map[string]*known{}
	for i := range a.Findings {
		f := &a.Findings[i]
		if f.Role != incident.RoleFault && f.Role != incident.RoleFailure && f.Role != incident.RoleImpact {
			continue
		}
		id := FingerprintOf(f)
		k := out[id]
		if k == nil {
			k = &known{f: f, severity: severityOf(a, f)}
			out[id] = k
		}
		k.count += f.Count
		for n := range a.Incidents {
			if inc := &a.Incidents[n]; inc.Symptom == f.ID && !k.headline {
				k.headline = true
				k.causes, k.rivals = causeRecords(a, inc)
				k.causes = slices.DeleteFunc(k.causes, func(c CauseRecord) bool { return c.ID == id })
			}
		}
	}
	return out
}

// findings pairs the failures, those of a renamed signature too.
func (d *differ) findings() {
	d.rename()
	ids := slices.Sorted(maps.Keys(d.is))
	for id := range d.was {
		if d.is[id] == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		d.out.Findings = append(d.out.Findings, d.finding(id, d.was[id], d.is[id]))
	}
	rank := []string{incident.RateNew, incident.RateRose, incident.RateVanished, incident.RateFell, incident.DiffUnknown, incident.RateSame}
	slices.SortStableFunc(d.out.Findings, func(x, y incident.FindingDiff) int {
		return cmp.Or(cmp.Compare(slices.Index(rank, x.Kind), slices.Index(rank, y.Kind)),
			cmp.Compare(severityRank(x.Severity), severityRank(y.Severity)), cmp.Compare(y.Now, x.Now), cmp.Compare(y.Before, x.Before), cmp.Compare(x.Fingerprint, y.Fingerprint))
	})
}

// rename gives the failures before the fingerprint of now, where the signature
// says that it had another id.
func (d *differ) rename() {
	for _, id := range slices.Sorted(maps.Keys(d.is)) {
		f := d.is[id].f
		for _, old := range f.Formerly {
			was := Fingerprint(old, f.Scope.Service, f.Identity)
			if d.was[id] == nil && d.was[was] != nil && d.is[was] == nil {
				d.was[id] = d.was[was]
				delete(d.was, was)
			}
		}
	}
}

func (d *differ) finding(id string, was, is *known) incident.FindingDiff {
	row := incident.FindingDiff{Fingerprint: id}
	shown := is
	if shown == nil {
		shown = was
	} else {
		row.Now = is.count
	}
	if was != nil {
		row.Before = was.count
	}
	row.Signature, row.Service, row.Title, row.Severity = shown.f.Signature, shown.f.Scope.Service, shown.f.Title, shown.severity
	switch {
	case was == nil:
		row.Kind = incident.RateNew
	case is == nil && !d.wouldShow(was.f.Scope.Service):
		row.Kind = incident.DiffUnknown
	case is == nil:
		row.Kind = incident.RateVanished
	default:
		row.Kind, row.Ratio = d.rate(row.Before, row.Now)
	}
	return row
}

// wouldShow reports whether the analysis of now would show a failure of a
// service: its data is complete, and the service is in it.
func (d *differ) wouldShow(service string) bool {
	return len(Missing(d.b)) == 0 && (service == "" || slices.Contains(d.b.Coverage.Services, service))
}

// rate compares two counts over their windows.
func (d *differ) rate(before, now int) (string, float64) {
	x, y := d.out.Before.Seconds, d.out.Now.Seconds
	if x < 60 || y < 60 || before == 0 || now == 0 {
		return incident.RateSame, 0
	}
	ratio := float64(now) / y * x / float64(before)
	unit := math.Pow(10, 1-math.Floor(math.Log10(ratio)))
	shown := math.Round(ratio*unit) / unit
	switch {
	case ratio >= escalateRatio && atLeast(now, now+before, y/(x+y)) < escalateChance:
		return incident.RateRose, shown
	case ratio <= 1/escalateRatio && atLeast(before, now+before, x/(x+y)) < escalateChance:
		return incident.RateFell, shown
	}
	return incident.RateSame, shown
}

// causes compares what is named for each symptom. Of a symptom that the data
// of now would not show nothing is said.
func (d *differ) causes() {
	ids := map[string]bool{}
	for _, side := range []map[string]*known{d.was, d.is} {
		for id, k := range side {
			ids[id] = ids[id] || k.headline
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		was, is := d.was[id], d.is[id]
		var changes []incident.CauseState
		switch {
		case !ids[id]:
		case is != nil && is.headline && was != nil:
			changes = causeChanges(was.causes, is.causes, is.rivals)
		case is != nil && is.headline:
			changes = causeChanges(nil, is.causes, nil)
		case is == nil && d.wouldShow(was.f.Scope.Service):
			changes = causeChanges(was.causes, nil, nil)
		}
		for _, c := range changes {
			shown := cmp.Or(is, was)
			c.Symptom, c.Service = shown.f.Title, shown.f.Scope.Service
			d.out.Causes = append(d.out.Causes, c)
		}
	}
	sortCauses(d.out.Causes)
}

func (d *differ) notes() {
	for _, p := range Missing(d.b) {
		d.out.Notes = append(d.out.Notes, "The later analysis is incomplete, so nothing of it is gone: "+p)
	}
	if d.out.Before.Seconds < 60 || d.out.Now.Seconds < 60 {
		d.out.Notes = append(d.out.Notes, "One side holds less than a minute of entries: no rates can be compared.")
	}
	if a, b := d.a.Tool.RuleSet, d.b.Tool.RuleSet; a != b && a != "" && b != "" {
		d.out.Notes = append(d.out.Notes, "The two were made with different rules: what is new or gone may have another name.")
	}
	if d.out.Now.To.Before(d.out.Before.From) {
		d.out.Notes = append(d.out.Notes, incident.Prose(fmt.Sprintf("The first analysis is the later one: it begins %s, after the second ends.", d.out.Before.From.UTC().Format(time.RFC3339))))
	}
}
