package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"logwhy/internal/incident"
)

// DiffFormats returns the names of the formats of a difference.
func DiffFormats() []string { return []string{"md", "term", "json"} }

// WriteDiff writes how two analyses differ.
func WriteDiff(w io.Writer, format string, d *incident.Diff, o Options) error {
	switch format {
	case "json":
		return diffJSON(w, d)
	case "md":
		_, err := io.WriteString(w, diffMarkdown(d, o))
		return err
	case "term":
		_, err := io.WriteString(w, diffTerminal(d, o))
		return err
	}
	return fmt.Errorf("no format %q; there are %s", format, strings.Join(DiffFormats(), ", "))
}

func diffJSON(w io.Writer, d *incident.Diff) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return err
	}
	_, err := io.WriteString(w, escapeHidden(b.String()))
	return err
}

// diffLead names the two sides.
func diffLead(d *incident.Diff) incident.Prose {
	return rateLead(&incident.Baseline{Before: d.Before, Now: d.Now})
}

// diffCounts says how many differences there are of each kind.
func diffCounts(d *incident.Diff) string {
	n := map[string]int{}
	for _, c := range d.Causes {
		n["cause "+c.Kind]++
	}
	for _, f := range d.Findings {
		n[f.Kind]++
	}
	var parts []string
	for _, k := range []string{incident.CauseNew, incident.CauseStronger, incident.CauseWeaker, incident.CauseGone} {
		if n["cause "+k] > 0 {
			parts = append(parts, many(n["cause "+k], "cause")+" "+k)
		}
	}
	for _, k := range []string{incident.RateNew, incident.RateRose, incident.RateVanished, incident.RateFell, incident.DiffUnknown} {
		if n[k] > 0 {
			parts = append(parts, many(n[k], "failure")+" "+k)
		}
	}
	if len(parts) == 0 {
		return "no difference"
	}
	return strings.Join(parts, ", ")
}

func diffMarkdown(d *incident.Diff, o Options) string {
	m := &markdown{view: newView(&incident.Analysis{}, o), top: 1, cited: map[string]bool{}, shown: map[string]bool{}}
	m.heading(0, capital(diffCounts(d)))
	m.para(m.prose(diffLead(d)))
	for _, n := range d.Notes {
		m.para(m.prose(n))
	}
	var rows [][]string
	same := 0
	for i := range d.Causes {
		if d.Causes[i].Kind == incident.CauseSame {
			same++
			continue
		}
		kind, symptom, cause, verdicts := causeRow(&d.Causes[i])
		rows = append(rows, []string{markdownText(kind, true), m.cell(withoutRefs(cause)), markdownText(verdicts, true), m.cell(withoutRefs(symptom)), serviceName(d.Causes[i].Service)})
	}
	if len(rows) > 0 {
		m.heading(1, "Causes")
		m.table([]string{"cause is", "cause", "verdict", "of", "service"}, rows)
	}
	if same > 0 {
		m.para(many(same, "cause") + " as before.")
	}
	m.diffFindings(d)
	return m.b.String()
}

func (m *markdown) diffFindings(d *incident.Diff) {
	var rows [][]string
	same := 0
	for i := range d.Findings {
		f := &d.Findings[i]
		if f.Kind == incident.RateSame {
			same++
			continue
		}
		rows = append(rows, []string{
			boldRate(oneLine(f.Kind)), m.cell(withoutRefs(f.Title)) + " " + marker(f.Fingerprint), serviceName(f.Service), markdownText(f.Severity, true),
			amount(f.Now), amount(f.Before), diffRatio(f),
		})
	}
	if len(rows) > 0 {
		m.heading(1, "Failures")
		m.table([]string{"", "what", "service", "severity", "now", "before", "rate"}, rows)
	}
	if same > 0 {
		m.para(many(same, "failure") + " as before.")
	}
}

func diffRatio(f *incident.FindingDiff) string {
	return ratioWords(&incident.BaselineRow{Ratio: f.Ratio})
}

func diffTerminal(d *incident.Diff, o Options) string {
	t := newTerminal(&incident.Analysis{}, o, 0)
	t.field("diff", t.phrase(incident.Prose(capital(diffCounts(d))+".")))
	t.field("", t.phrase(diffLead(d)))
	for _, n := range d.Notes {
		t.field("", t.phrase(n))
	}
	for i := range d.Causes {
		if d.Causes[i].Kind == incident.CauseSame {
			continue
		}
		kind, symptom, cause, verdicts := causeRow(&d.Causes[i])
		t.field("cause", t.phrase(incident.Prose(kind+": ")+withoutRefs(cause)+incident.Prose(" ("+verdicts+"), of ")+withoutRefs(symptom)+"."))
	}
	for i := range d.Findings {
		f := &d.Findings[i]
		if f.Kind == incident.RateSame {
			continue
		}
		p := withoutRefs(f.Title)
		if f.Service != "" {
			p += " in " + incident.Prose(incident.Code(f.Service))
		}
		t.field(clip(f.Kind, labelWidth), t.phrase(p+incident.Prose(fmt.Sprintf(", %s now, %s before%s.", amount(f.Now), amount(f.Before), prefixed(", ", diffRatio(f))))))
	}
	return t.String()
}
