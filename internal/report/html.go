package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"io"
	"strconv"
	"strings"

	"logwhy/internal/incident"
)

//go:embed html.css
var htmlStyle string

//go:embed html.js
var htmlScript string

// How much of a list the page holds.
const (
	maxHTMLRows     = 1000
	maxHTMLEvidence = 1000
	evidenceLines   = 40 // of an entry before the rest is folded away
)

// writeHTML writes the report as one page that needs nothing else: style and
// script are inside and named by their hash in the policy of the page, and
// there is no request to anywhere. Without scripts it is the same page, less
// the filter and the zoom.
func writeHTML(w io.Writer, a *incident.Analysis, o Options) error {
	p := &page{view: newView(a, o), shown: map[string]bool{}}
	p.body()
	_, err := io.WriteString(w, p.document())
	return err
}

// page builds the body of the document and its table of contents.
type page struct {
	view
	b     strings.Builder
	toc   []tocEntry
	shown map[string]bool // checks that stand on the page already
}

type tocEntry struct{ id, title string }

// document puts head, navigation and body together.
func (p *page) document() string {
	policy := "default-src 'none'; style-src '" + hashSource(htmlStyle) + "'; script-src '" + hashSource(htmlScript) + "'; img-src data:; base-uri 'none'; form-action 'none'"
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	b.WriteString("<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy + "\">\n")
	b.WriteString("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n")
	b.WriteString("<title>" + htmlText(clip(p.title().Plain(), 120)) + "</title>\n<style>" + htmlStyle + "</style>\n</head>\n<body>\n")
	b.WriteString("<nav><div><span class=\"toc\">")
	for _, t := range p.toc {
		b.WriteString(`<a href="#` + t.id + `">` + t.title + "</a> ")
	}
	b.WriteString("</span><span class=\"tools\"><input id=\"filter\" type=\"search\" placeholder=\"filter ( / )\" aria-label=\"Filter findings, events and evidence\"><span id=\"count\" class=\"mute\" aria-live=\"polite\"></span><button id=\"theme\" type=\"button\">light / dark</button></span></div></nav>\n")
	b.WriteString("<main>\n" + p.b.String() + "</main>\n<script>" + htmlScript + "</script>\n</body>\n</html>\n")
	return b.String()
}

// hashSource is a hash as a Content-Security-Policy names it.
func hashSource(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p *page) body() {
	p.head()
	p.states()
	p.rates()
	p.lanesSection()
	if len(p.a.Incidents) == 0 {
		p.healthy()
	}
	for n := range min(len(p.a.Incidents), maxIncidentSections) {
		p.incident(&p.a.Incidents[n])
	}
	p.hypotheses()
	p.changesTable()
	p.timelineTable()
	p.findingsTable()
	p.also()
	p.questions()
	p.people()
	p.evidence()
	p.explained()
	p.made()
}

// put writes lines of markup that is safe already.
func (p *page) put(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
	p.b.WriteByte('\n')
}

// section opens a heading with an id; words for the table of contents may be
// shorter than the title.
func (p *page) section(id, title, short string) {
	p.put(`<h2 id="`, id, `">`, title, "</h2>")
	if short != "" {
		p.toc = append(p.toc, tocEntry{id, short})
	}
}

// prose writes p as inline markup.
func (p *page) prose(t incident.Prose) string {
	var b strings.Builder
	for _, s := range t.Spans() {
		switch s.Kind {
		case incident.SpanCode:
			b.WriteString("<code>" + htmlText(oneLine(s.Text)) + "</code>")
		case incident.SpanRef:
			b.WriteString(p.ref(s.Text))
		default:
			b.WriteString(htmlText(spaced(s.Text)))
		}
	}
	return strings.TrimSpace(b.String())
}

// ref is an id that leads to its place on the page, where it has one.
func (p *page) ref(id string) string {
	_, evidence := p.a.Evidence[id]
	_, change := p.changes[id]
	_, finding := p.findings[id]
	if evidence || change || finding || p.hasIncident(id) || p.hasQuestion(id) {
		return `<a class="ref" href="#` + htmlText(id) + `">` + htmlText(id) + "</a>"
	}
	return htmlText(id)
}

func (p *page) hasIncident(id string) bool {
	for k := range min(len(p.a.Incidents), maxIncidentSections) {
		if p.a.Incidents[k].ID == id {
			return true
		}
	}
	return false
}

func (p *page) hasQuestion(id string) bool {
	for k := range p.a.Incidents {
		for _, q := range p.a.Incidents[k].Questions {
			if q.ID == id {
				return true
			}
		}
	}
	return false
}

func (p *page) refs(ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, p.ref(id))
	}
	return strings.Join(out, " ")
}

// inParens writes " (E3, E4)", or nothing.
func (p *page) inParens(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	var out []string
	for _, id := range ids {
		out = append(out, p.ref(id))
	}
	return " (" + strings.Join(out, ", ") + ")"
}

// para writes a paragraph; empty ones are left out.
func (p *page) para(markup string) {
	if markup != "" {
		p.put("<p>", markup, "</p>")
	}
}

// list writes bullets of markup.
func (p *page) list(items []string) {
	if len(items) == 0 {
		return
	}
	p.put("<ul>")
	for _, i := range items {
		p.put("<li>", i, "</li>")
	}
	p.put("</ul>")
}

// column of a table: its head and the class of its cells.
type column struct{ head, class string }

// table writes a table of markup. Columns that are empty in every row are left
// out. With find the rows take part in the filter; ids name the rows.
func (p *page) table(columns []column, rows [][]string, ids []string, find bool) {
	keep := make([]bool, len(columns))
	for _, r := range rows {
		for i := range columns {
			keep[i] = keep[i] || r[i] != ""
		}
	}
	p.put(`<div class="scroll"><table class="stack"><thead><tr>`)
	for i, c := range columns {
		if keep[i] {
			p.b.WriteString("<th" + classAttr(c.class) + ">" + c.head + "</th>")
		}
	}
	p.put("</tr></thead><tbody>")
	for n, r := range rows {
		p.b.WriteString("<tr")
		if ids != nil && ids[n] != "" {
			p.b.WriteString(` id="` + htmlText(ids[n]) + `"`)
		}
		if find {
			p.b.WriteString(" data-find")
		}
		p.b.WriteByte('>')
		for i, c := range columns {
			if keep[i] {
				p.b.WriteString("<td" + classAttr(c.class) + ">" + r[i] + "</td>")
			}
		}
		p.put("</tr>")
	}
	p.put("</tbody></table></div>")
}

func classAttr(class string) string {
	if class == "" {
		return ""
	}
	return ` class="` + class + `"`
}

// command writes a command or filter with its copy button.
func (p *page) command(c incident.Check) {
	if c.Command != "" {
		p.put(`<div class="command"><pre>`, htmlText(strings.TrimRight(c.Command, "\n")), "</pre></div>")
	}
}

// checks writes what to look at as a numbered list.
func (p *page) checks(checks []incident.Check) {
	if len(checks) == 0 {
		return
	}
	p.put("<ol>")
	for _, c := range checks {
		p.shown[checkKey(c)] = true
		p.put("<li>", p.prose(c.Text))
		p.command(c)
		p.para(p.prose(c.Note))
		p.put("</li>")
	}
	p.put("</ol>")
}

// head is the title, the banner and the first screen.
func (p *page) head() {
	p.put("<h1>", capitalMarkup(p.prose(p.title())), "</h1>")
	p.put(`<div class="banner">`)
	p.put("<p><strong>Draft, machine generated, not reviewed.</strong> ", p.prose(p.standingWords()), "</p>")
	for _, r := range p.a.Reported {
		p.para(p.reported(r))
	}
	for _, b := range p.a.Coverage.Banner {
		p.para(p.prose(b))
	}
	p.put("</div>")
	if len(p.a.Incidents) == 0 {
		return
	}
	p.para(p.prose(p.lead()))
	if len(p.a.Incidents) > 1 {
		p.incidentTable()
	}
	p.firstScreen(&p.a.Incidents[0])
}

func (p *page) reported(r incident.Reported) string {
	state, note := "not observed", "no entry shows it."
	if r.Observed {
		state, note = "observed", "entries show it."
	}
	if r.Note != "" {
		note = p.prose(reportedNote(r))
	}
	return "<strong>Reported:</strong> <code>" + htmlText(oneLine(r.Text)) + "</code>. <strong>" + capital(state) + ":</strong> " + note
}

func (p *page) incidentTable() {
	var rows [][]string
	var ids []string
	for n := range min(len(p.a.Incidents), maxHTMLRows) {
		i := &p.a.Incidents[n]
		ref := htmlText(i.ID)
		if n < maxIncidentSections {
			ref = p.ref(i.ID)
		}
		effect := p.prose(i.Effect)
		if f := p.findings[i.Symptom]; effect == "" && f != nil {
			effect = counted(f)
		}
		rows = append(rows, []string{ref, p.clock.span(i.First, i.Last), p.prose(brief(i)), effect, tags(i)})
		ids = append(ids, "")
	}
	effect := column{"effect", ""}
	if p.effectHeader() == "times" {
		effect = column{"times", "state"}
	}
	columns := []column{{"", ""}, {"seen", "time"}, {"what", ""}, effect, {"state", "state"}}
	if len(rows) <= firstIncidents {
		p.table(columns, rows, ids, true)
		return
	}
	p.table(columns, rows[:firstIncidents-1], ids, true)
	p.put("<details><summary>And ", many(len(rows)-firstIncidents+1, "more incident"), "</summary>")
	p.table(columns, rows[firstIncidents-1:], ids[firstIncidents-1:], true)
	p.put("</details>")
	p.more(len(p.a.Incidents), len(rows), "incident")
}

// tags are the severity of what is not over, and the status.
func tags(i *incident.Incident) string {
	s := `<span class="tag ` + severityClass(i.Severity) + `">` + htmlText(i.Severity) + "</span>"
	if i.Status == incident.Resolved {
		return `<span class="tag good">` + htmlText(i.Status) + "</span>"
	}
	return s + `<span class="tag mute">` + htmlText(i.Status) + "</span>"
}

func severityClass(s string) string {
	switch s {
	case incident.Critical, incident.High:
		return "bad"
	case incident.Medium:
		return "warn"
	}
	return "mute"
}

func verdictTag(v string) string {
	class := "mute"
	switch v {
	case "":
		return ""
	case incident.Supported:
		class = "good"
	case incident.Plausible:
		class = "warn"
	}
	return `<span class="tag ` + class + `">` + htmlText(verdictWords(v)) + "</span>"
}

// firstScreen is the five answers that an on-call engineer needs.
func (p *page) firstScreen(i *incident.Incident) {
	s := i.Summary
	p.put(`<dl class="screen">`)
	p.answer("State", tags(i)+" "+p.prose(i.StatusWhy))
	p.answer("What fails", p.prose(s.Fails))
	var about []string
	for _, t := range i.About {
		about = append(about, p.prose(t))
	}
	p.answer("About", strings.Join(about, " "))
	p.answer("Since when", p.prose(s.Since))
	p.answer("What changed", p.prose(s.Changed))
	if established(i) {
		p.answer("Most likely cause", verdictTag(s.Verdict)+p.prose(s.Cause))
		p.answer("Not established", p.prose(s.Open))
	} else {
		p.answer("Cause", `<span class="tag mute">not established</span>`+strings.TrimSpace(p.prose(s.Cause)+" "+p.prose(s.Open)))
	}
	if len(s.NotIt) > 0 {
		p.put("<dt>Not it</dt><dd>")
		var items []string
		for _, n := range s.NotIt {
			items = append(items, p.prose(n))
		}
		p.list(items)
		p.put("</dd>")
	}
	if len(s.Next) > 0 {
		p.put("<dt>Check next</dt><dd>")
		p.checks(s.Next)
		p.put("</dd>")
	}
	p.put("</dl>")
}

func (p *page) answer(label, markup string) {
	if strings.TrimSpace(markup) != "" {
		p.put("<dt>", label, "</dt><dd>", markup, "</dd>")
	}
}

// percent is a share of the window as an SVG length.
func percent(share float64) string {
	return strconv.FormatFloat(100*share, 'f', 3, 64) + "%"
}
