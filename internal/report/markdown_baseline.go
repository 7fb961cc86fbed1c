package report

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"logwhy/internal/incident"
)

// maxRateRows bounds the rows of the comparison with a baseline.
const maxRateRows = 15

// rates compares what is seen with a normal stretch: what is new or more
// frequent, and what is gone. What is as before is counted only.
func (m *markdown) rates() {
	b := m.a.Baseline
	if b == nil {
		return
	}
	const title = "Against the baseline"
	m.heading(1, title)
	m.para(m.prose(rateLead(b)))
	var rows [][]string
	total := 0
	for n := range b.Rows {
		r := &b.Rows[n]
		if r.Kind == incident.RateSame {
			continue
		}
		if total++; len(rows) < maxRateRows {
			rows = append(rows, []string{boldRate(r.Kind), m.cell(r.Title), serviceName(r.Service), amount(r.Now), amount(r.Before), ratioWords(r), m.firstOf(r.Finding)})
		}
	}
	if len(rows) > 0 {
		m.table([]string{"", "what", "service", "now", "before", "rate", ""}, rows)
	}
	m.more(total, len(rows), "finding")
	m.para(m.prose(sameWords(b)))
	for _, n := range b.Notes {
		m.para(m.prose(n))
	}
	m.end(title)
}

// rateLead names the two sides and how long each is.
func rateLead(b *incident.Baseline) incident.Prose {
	return incident.Prose(fmt.Sprintf("Now is %s, %s; before is %s, %s.",
		incident.Code(b.Now.Name), exposure(b.Now), incident.Code(b.Before.Name), exposure(b.Before)))
}

func exposure(s incident.Stretch) string {
	return many(s.Entries, "entry") + " in " + spanWords(s.Seconds)
}

// spanWords prints a number of seconds as 45 s, 12 min, 2.5 h or 3 days.
func spanWords(seconds float64) string {
	short := func(v float64, unit string) string {
		return strconv.FormatFloat(float64(int(v*10+0.5))/10, 'f', -1, 64) + " " + unit
	}
	switch d := time.Duration(seconds * float64(time.Second)); {
	case d < 2*time.Minute:
		return short(seconds, "s")
	case d < 2*time.Hour:
		return short(seconds/60, "min")
	case d < 48*time.Hour:
		return short(seconds/3600, "h")
	}
	return short(seconds/86400, "days")
}

// sameWords counts what shows no difference.
func sameWords(b *incident.Baseline) incident.Prose {
	n := 0
	for _, r := range b.Rows {
		if r.Kind == incident.RateSame {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	verb := " show"
	if n == 1 {
		verb = " shows"
	}
	return incident.Prose(many(n, "finding") + verb + " no difference beyond chance.")
}

// firstOf cites the first entry of a finding.
func (m *markdown) firstOf(id string) string {
	f := m.findings[id]
	if f == nil || len(f.Evidence) == 0 {
		return ""
	}
	return m.refs(f.Evidence[:1])
}

// ratioWords says how the rates stand, where both are known.
func ratioWords(r *incident.BaselineRow) string {
	if r.Ratio == 0 {
		return ""
	}
	return strconv.FormatFloat(r.Ratio, 'g', -1, 64) + " times"
}

func boldRate(kind string) string {
	if kind == incident.RateNew || kind == incident.RateRose {
		return "**" + kind + "**"
	}
	return markdownText(kind, true)
}

func serviceName(s string) string {
	if s == "" {
		return ""
	}
	return markdownCode(s, true)
}

// about is what people state of the services of an incident.
func (m *markdown) about(i *incident.Incident) {
	for _, p := range i.About {
		m.para(markdownStart(m.prose(p)))
	}
}

// answers are what people state of the impact, in the place of the blank that
// asks for it.
func (m *markdown) answers() []string {
	var out []string
	for _, p := range m.stated() {
		out = append(out, m.prose(p))
	}
	return out
}

// stated is what people state of the impact, each sentence once.
func (v *view) stated() []incident.Prose {
	var out []incident.Prose
	for k := range v.a.Incidents {
		for _, p := range v.a.Incidents[k].Stated {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}
