package report

import "logwhy/internal/incident"

// states lists where findings stand against the runs before, those that ask
// for somebody first.
func (p *page) states() {
	if p.a.States != nil {
		p.knownStates()
		return
	}
	var rows [][]string
	total := 0
	for _, state := range stateOrder {
		for n := range p.a.Findings {
			f := &p.a.Findings[n]
			if f.State != state {
				continue
			}
			if total++; len(rows) < maxHTMLRows {
				rows = append(rows, []string{stateTag(state), p.prose(f.Title), htmlText(f.Scope.Service), counted(f), p.clock.span(f.First, f.Last), p.prose(f.StateWhy)})
			}
		}
	}
	if len(rows) == 0 {
		return
	}
	p.section("states", "Against the runs before", "States")
	p.table([]column{{"state", "state"}, {"what", ""}, {"service", ""}, {"times", "num"}, {"seen", "time"}, {"because", ""}}, rows, nil, true)
	p.more(total, len(rows), "finding")
}

// knownStates is the same with what the runs before knew.
func (p *page) knownStates() {
	s := p.a.States
	p.section("states", "Against the runs before", "States")
	p.para(htmlText(statesTitle(s) + "."))
	p.para(p.prose(p.statesWindow()))
	for _, l := range p.statesLines() {
		p.para(p.prose(l))
	}
	var rows [][]string
	for i := range s.Failures[:min(len(s.Failures), maxHTMLRows)] {
		f := &s.Failures[i]
		rows = append(rows, []string{
			stateTag(f.State), p.prose(f.Title) + marker(f.Fingerprint), htmlText(f.Service), htmlText(f.Severity), amount(f.Count), p.stateSpan(f),
			p.prose(f.Why), "<code>" + hexOnly(f.Fingerprint) + "</code>",
		})
	}
	if len(rows) > 0 {
		p.table([]column{{"state", "state"}, {"what", ""}, {"service", ""}, {"severity", ""}, {"times", "num"}, {"seen", "time"}, {"because", ""}, {"fingerprint", ""}}, rows, nil, true)
		p.more(len(s.Failures), len(rows), "failure")
	}
	rows = nil
	for i := range s.Causes[:min(len(s.Causes), maxHTMLRows)] {
		kind, symptom, cause, verdicts := causeRow(&s.Causes[i])
		rows = append(rows, []string{htmlText(kind), p.prose(cause), htmlText(verdicts), p.prose(symptom)})
	}
	if len(rows) > 0 {
		p.table([]column{{"cause is", ""}, {"cause", ""}, {"verdict", ""}, {"of", ""}}, rows, nil, true)
	}
}

// stateTag marks the states that ask for somebody.
func stateTag(s string) string {
	class := "mute"
	switch s {
	case incident.StateNew, incident.StateRegressed, incident.StateEscalating:
		class = "bad"
	case incident.StateUnknown:
		class = "warn"
	}
	return `<span class="tag ` + class + `">` + htmlText(s) + "</span>"
}

// rates compares what is seen with a normal stretch.
func (p *page) rates() {
	b := p.a.Baseline
	if b == nil {
		return
	}
	p.section("baseline", "Against the baseline", "Baseline")
	p.para(p.prose(rateLead(b)))
	var rows [][]string
	total := 0
	for n := range b.Rows {
		r := &b.Rows[n]
		if r.Kind == incident.RateSame {
			continue
		}
		if total++; len(rows) < maxHTMLRows {
			rows = append(rows, []string{rateTag(r.Kind), p.prose(r.Title), htmlText(r.Service), amount(r.Now), amount(r.Before), ratioWords(r), p.firstOf(r.Finding)})
		}
	}
	if len(rows) > 0 {
		p.table([]column{{"", "state"}, {"what", ""}, {"service", ""}, {"now", "num"}, {"before", "num"}, {"rate", ""}, {"", ""}}, rows, nil, true)
	}
	p.more(total, len(rows), "finding")
	p.para(p.prose(sameWords(b)))
	for _, n := range b.Notes {
		p.para(p.prose(n))
	}
}

// rateTag marks what is new or more frequent.
func rateTag(kind string) string {
	class := "mute"
	if kind == incident.RateNew || kind == incident.RateRose {
		class = "bad"
	}
	return `<span class="tag ` + class + `">` + htmlText(kind) + "</span>"
}

// firstOf cites the first entry of a finding.
func (p *page) firstOf(id string) string {
	f := p.findings[id]
	if f == nil || len(f.Evidence) == 0 {
		return ""
	}
	return p.refs(f.Evidence[:1])
}

// about is what people state of the services of an incident.
func (p *page) about(i *incident.Incident) {
	for _, t := range i.About {
		p.para(p.prose(t))
	}
}
