package report

import (
	"fmt"
	"strings"

	"logwhy/internal/incident"
)

// rates says in one or two lines what is new against a normal stretch.
func (t *terminal) rates() {
	b := t.a.Baseline
	if b == nil {
		return
	}
	t.blank()
	t.field("baseline", t.keep(rateSummary(b), 2))
}

// rateSummary counts the kinds of differences and names the first of what is
// new or more frequent.
func rateSummary(b *incident.Baseline) incident.Prose {
	if len(b.Notes) > 0 && len(b.Rows) == 0 {
		return b.Notes[0]
	}
	n := map[string]int{}
	var first *incident.BaselineRow
	for k := range b.Rows {
		r := &b.Rows[k]
		n[r.Kind]++
		if first == nil && (r.Kind == incident.RateNew || r.Kind == incident.RateRose) {
			first = r
		}
	}
	var parts []string
	for _, k := range []string{incident.RateNew, incident.RateRose, incident.RateVanished, incident.RateFell, incident.RateSame} {
		if n[k] > 0 {
			parts = append(parts, amount(n[k])+" "+k)
		}
	}
	if len(parts) == 0 {
		return incident.Prose("nothing failed in either, against " + incident.Code(b.Before.Name) + ".")
	}
	text := strings.Join(parts, ", ") + " against " + incident.Code(b.Before.Name) + "."
	if first != nil {
		text += fmt.Sprintf(" %s: %s, %s now and %s before.", capital(first.Kind), first.Title, amount(first.Now), amount(first.Before))
	}
	return incident.Prose(text)
}

// about is what people state of the services of an incident.
func (t *terminal) about(i *incident.Incident) {
	for n, p := range i.About[:min(len(i.About), 2)] {
		label := ""
		if n == 0 {
			label = "about"
		}
		t.field(label, t.keep(p, 1))
	}
}
