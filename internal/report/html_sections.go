package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// incident writes the section of one incident: why, one unit step by step,
// the graph, what else was looked at, phases.
func (p *page) incident(i *incident.Incident) {
	title := "Why"
	if len(p.a.Incidents) > 1 {
		title = htmlText(i.ID) + " · " + capitalMarkup(p.prose(withoutRefs(brief(i))))
	}
	short := "Why"
	if len(p.a.Incidents) > 1 {
		short = htmlText(i.ID)
	}
	if !established(i) && len(p.a.Incidents) == 1 {
		title, short = "What the entries do tell", "What they tell"
	}
	p.section(htmlText(i.ID), title, short)
	if i.ID != p.a.Incidents[0].ID {
		p.para(tags(i) + p.prose(i.Summary.Fails))
		p.about(i)
		p.para(verdictTag(i.Summary.Verdict) + p.prose(i.Summary.Cause))
		p.para(sentence(p.prose(i.StatusWhy)) + " " + notEstablished(p.prose(i.Summary.Open)))
	}
	p.whys(i)
	p.graph(i)
	p.steps(i)
	if i.Flow == nil {
		p.picture(p.stepSequence(i))
	}
	p.rivals(i)
	p.matrix(i.Matrix)
	p.ownTable(i.Table)
	var facts []string
	for _, f := range mergedNotes(i.Facts) {
		facts = append(facts, p.prose(f))
	}
	p.list(facts)
	p.para(p.prose(alsoFailing(i)))
	p.phases(i)
}

func (p *page) whys(i *incident.Incident) {
	if len(i.Whys) == 0 {
		return
	}
	tested := deepestTested(i.Whys)
	p.put(`<ol class="whys">`)
	for n := range i.Whys {
		p.why(&i.Whys[n], i, n == tested)
	}
	p.put("</ol>")
}

func (p *page) why(w *incident.Why, i *incident.Incident, withTests bool) {
	p.put("<li><h3>", p.prose(w.Question), "</h3>")
	p.para(verdictTag(w.Verdict) + p.prose(w.Answer) + p.inParens(without(w.Evidence, w.Answer)))
	if withTests {
		p.tests(w.Tests)
	}
	for _, n := range mergedNotes(w.Notes) {
		p.para(p.prose(n))
	}
	if len(w.Against) > 0 {
		var parts []string
		for _, a := range w.Against {
			parts = append(parts, sentence(p.prose(a)))
		}
		p.para("<strong>Against it:</strong> " + strings.Join(parts, " "))
	}
	if w.WrongIf != "" {
		p.para("<strong>How this could be wrong:</strong> " + p.prose(w.WrongIf))
	}
	for n := range w.Rivals {
		if !listed(i.Rivals, &w.Rivals[n]) {
			p.para("<strong>Rival:</strong> " + p.rival(&w.Rivals[n]))
		}
	}
	var checks []incident.Check
	for _, c := range w.Checks {
		if !asked(i, c) && !p.shown[checkKey(c)] {
			checks = append(checks, c)
		}
	}
	p.checks(checks)
	p.put("</li>")
}

func (p *page) tests(tests []incident.Test) {
	var rows [][]string
	for _, t := range tests {
		rows = append(rows, []string{p.prose(t.Question), p.prose(t.Text) + p.inParens(without(t.Evidence, t.Text))})
	}
	p.table([]column{{"asked", ""}, {"answer", ""}}, rows, nil, false)
}

func (p *page) rival(r *incident.Rival) string {
	s := "<strong>" + capitalMarkup(p.prose(r.Title)) + "</strong>" + p.inParens(without(r.Evidence, r.Title, r.Because)) + " "
	return s + verdictTag(r.Verdict) + sentence(p.prose(r.Because))
}

func (p *page) rivals(i *incident.Incident) {
	if len(i.Rivals) == 0 {
		return
	}
	if established(i) {
		p.put("<h3>", htmlText(strings.ReplaceAll(rivalsTitle(i), `\`, "")), "</h3>")
	}
	p.put("<ul>")
	for n := range i.Rivals {
		p.put("<li>", p.rival(&i.Rivals[n]))
		if c := i.Rivals[n].Check; c != nil {
			p.para(p.prose(c.Text))
			p.command(*c)
		}
		p.put("</li>")
	}
	p.put("</ul>")
}

func (p *page) steps(i *incident.Incident) {
	if i.Steps == nil || len(i.Steps.Rows) == 0 {
		return
	}
	p.put("<h3>", p.prose(i.Steps.Title), "</h3>")
	p.para(p.prose(i.Steps.Intro))
	var times []time.Time
	for _, r := range i.Steps.Rows {
		times = append(times, r.Time)
	}
	n := min(digits(times), 3)
	var rows [][]string
	for _, r := range i.Steps.Rows {
		row := []string{htmlText(r.Offset), "", "", p.prose(r.What), p.refs(without(r.Evidence, r.What))}
		if !r.Time.IsZero() {
			row[1], row[2] = p.clock.exact(r.Time, n), p.local(r.Time, n)
		}
		rows = append(rows, row)
	}
	into := "after"
	if i.Unit != "" {
		into = "into the " + htmlText(i.Unit)
	}
	p.table([]column{{into, "time"}, {"time", "time"}, {htmlText(p.clock.zoneName()), "time"}, {"what", ""}, {"", ""}}, rows, nil, false)
}

// local is a time in the zone beside UTC, or nothing.
func (p *page) local(t time.Time, digits int) string {
	if p.clock.zone == nil || t.IsZero() {
		return ""
	}
	return p.clock.local(t, digits)
}

func (p *page) ownTable(t *incident.Table) {
	if t == nil || len(t.Rows) == 0 {
		return
	}
	p.para(p.prose(t.Title))
	var columns []column
	for _, h := range t.Header {
		columns = append(columns, column{htmlText(h), ""})
	}
	var rows [][]string
	for _, r := range t.Rows {
		row := make([]string, len(columns))
		for i := range min(len(columns), len(r)) {
			row[i] = p.prose(r[i])
		}
		rows = append(rows, row)
	}
	p.table(columns, rows, nil, false)
}

// matrix holds each candidate against the same tests.
func (p *page) matrix(t *incident.Table) {
	if t == nil || len(t.Rows) == 0 {
		return
	}
	untitled := *t
	untitled.Title = ""
	p.put("<details><summary>", p.prose(cmp.Or(t.Title, matrixTitle)), "</summary>")
	p.ownTable(&untitled)
	p.put("</details>")
}

func (p *page) phases(i *incident.Incident) {
	if len(i.Phases) < 2 {
		return
	}
	var rows [][]string
	for _, ph := range i.Phases {
		var seen []string
		for _, id := range ph.Findings {
			if f := p.findings[id]; f != nil {
				seen = append(seen, p.prose(f.Title)+" ×"+amount(ph.Counts[id]))
			}
		}
		rows = append(rows, []string{strconv.Itoa(ph.N), p.clock.span(ph.From, ph.To), htmlText(ph.Status), strings.Join(seen, "; ")})
	}
	p.put("<h3>Phases</h3>")
	p.table([]column{{"phase", "num"}, {"from – to", "time"}, {"state", ""}, {"what is active", ""}}, rows, nil, false)
}

func (p *page) hypotheses() {
	var rows [][]string
	var ids []string
	for _, h := range p.a.Hypotheses {
		check := ""
		if h.Check != "" {
			check = "<code>" + htmlText(h.Check) + "</code>"
		}
		rows = append(rows, []string{htmlText(h.ID), p.prose(h.Title), htmlText(h.Status), p.prose(h.Because), check})
		ids = append(ids, h.ID)
	}
	if len(rows) == 0 {
		return
	}
	p.section("hypotheses", "What logs alone cannot show", "")
	p.table([]column{{"", ""}, {"explanation", ""}, {"state", ""}, {"because", ""}, {"what would decide", ""}}, rows, ids, false)
}

func (p *page) changesTable() {
	if len(p.a.Changes) == 0 {
		return
	}
	p.section("changes", "What was changed, and what it did", "Changes")
	var rows [][]string
	var ids []string
	for n := range p.a.Changes {
		c := &p.a.Changes[n]
		what := p.prose(c.Title)
		for _, d := range c.Details {
			what += "; " + p.prose(d)
		}
		followed := p.prose(p.followedWords(c))
		if followed == "" {
			followed = htmlText(strings.ReplaceAll(c.Result, "-", " "))
		}
		at := "not known"
		if !c.Time.IsZero() {
			at = p.clock.at(c.Time)
		}
		rows = append(rows, []string{htmlText(c.ID), at, p.local(c.Time, 0), what, p.refs(without(c.Evidence, append(c.Details, c.Title)...)), followed})
		ids = append(ids, c.ID)
	}
	p.table([]column{{"", ""}, {"time", "time"}, {htmlText(p.clock.zoneName()), "time"}, {"change", ""}, {"", ""}, {"what followed", ""}}, rows, ids, true)
}

func (p *page) timelineTable() {
	rows := readableRows(p.a)
	if len(rows) == 0 {
		return
	}
	p.section("timeline", "Timeline", "Timeline")
	n, day := timelineDigits(rows), ""
	var cells [][]string
	for _, r := range rows[:min(len(rows), maxHTMLRows)] {
		e := r.event
		m := marks[markOf(e)]
		row := []string{"", "", "", htmlText(e.Scope.Service), htmlText(e.Level), m.word, p.prose(e.What), p.refs(without(e.Evidence, e.What))}
		if !e.Time.IsZero() && e.Kind != kindGap {
			row[0], row[1] = p.clock.onDay(&day, e.Time, n), p.local(e.Time, n)
			if r.since > 0 {
				row[2] = lasting(r.since)
			}
		}
		if run := p.clock.run(e); e.Kind == kindGap {
			row[2] = run
		} else if run != "" {
			row[6] += ", " + run
		}
		cells = append(cells, row)
	}
	p.table([]column{{"time", "time"}, {htmlText(p.clock.zoneName()), "time"}, {"since the last", "time"}, {"service", ""}, {"level", ""}, {"", "mute"}, {"what", ""}, {"", ""}}, cells, nil, true)
	p.more(len(rows), maxHTMLRows, "event")
}

func (p *page) more(all, most int, word string) {
	if all > most {
		p.para("And " + many(all-most, "more "+word) + ", in the analysis as JSON.")
	}
}

func (p *page) findingsTable() {
	if len(p.a.Findings) == 0 {
		return
	}
	p.section("findings", "Findings", "Findings")
	var rows [][]string
	var ids []string
	for _, f := range p.a.Findings[:min(len(p.a.Findings), maxHTMLRows)] {
		count := amount(f.Count)
		if f.AtLeast {
			count = "≥ " + count
		}
		rows = append(rows, []string{htmlText(f.ID), p.prose(f.Title), "<code>" + htmlText(f.Signature) + "</code>", htmlText(f.Role), htmlText(f.Level), count,
			p.clock.span(f.First, f.Last), htmlText(f.Scope.Service), htmlText(f.Status), p.refs(f.Evidence)})
		ids = append(ids, f.ID)
	}
	p.table([]column{{"", ""}, {"what", ""}, {"rule", "rule"}, {"role", ""}, {"level", ""}, {"times", "num"}, {"seen", "time"}, {"service", ""}, {"state", ""}, {"", ""}}, rows, ids, true)
	p.more(len(p.a.Findings), maxHTMLRows, "finding")
}

func (p *page) also() {
	if len(p.a.Remarks)+len(p.a.Unexplained) == 0 {
		return
	}
	p.section("also", "Also in what was read", "")
	var items []string
	for _, r := range p.a.Remarks[:min(len(p.a.Remarks), maxHTMLRows)] {
		items = append(items, p.prose(r.Text)+p.inParens(without(r.Evidence, r.Text)))
	}
	p.list(items)
	if len(p.a.Unexplained) == 0 {
		return
	}
	p.para("Errors that are linked to no incident:")
	var rows [][]string
	for _, u := range p.a.Unexplained[:min(len(p.a.Unexplained), maxHTMLRows)] {
		rows = append(rows, []string{amount(u.Count), htmlText(u.Severity), "<code>" + htmlText(clip(u.Template, 300)) + "</code>", p.refs(u.Evidence)})
	}
	p.table([]column{{"times", "num"}, {"level", ""}, {"pattern", ""}, {"", ""}}, rows, nil, true)
	p.more(len(p.a.Unexplained), maxHTMLRows, "pattern")
}

func (p *page) questions() {
	all := p.allQuestions()
	if len(all) == 0 {
		return
	}
	p.section("questions", "Open questions", "Questions")
	for _, q := range all {
		p.put(`<div id="`, htmlText(q.ID), `">`)
		p.para("<strong>" + htmlText(q.ID) + ".</strong> " + p.prose(q.Text))
		for _, c := range q.Checks {
			p.para(p.prose(c.Text))
			p.command(c)
			p.para(p.prose(c.Note))
		}
		p.put("</div>")
	}
}

func (p *page) people() {
	items := []string{}
	for _, t := range p.stated() {
		items = append(items, p.prose(t))
	}
	for _, t := range p.prompts() {
		items = append(items, `<span class="todo">TODO(human): `+p.prose(t)+"</span>")
	}
	remedies, references := p.advice()
	if len(items)+len(remedies)+len(references) == 0 {
		return
	}
	p.section("people", "For people to fill in", "")
	p.list(items)
	if len(remedies) > 0 {
		p.para("Candidates for actions, from the rules:")
		p.list(remedies)
	}
	if len(references) > 0 {
		p.para("To read: " + strings.Join(references, ", ") + ".")
	}
}

// advice collects what the rules propose and where they point, each once.
func (p *page) advice() (remedies, references []string) {
	for k := range p.a.Incidents {
		for _, r := range p.a.Incidents[k].Remedies {
			if text := p.prose(r); !slices.Contains(remedies, text) {
				remedies = append(remedies, text)
			}
		}
		for _, r := range p.a.Incidents[k].References {
			link := safeURL(r)
			markup := `<a class="out" rel="noopener noreferrer" target="_blank" href="` + htmlText(link) + `">` + htmlText(linkWords(link)) + "</a>"
			if link != "" && !slices.Contains(references, markup) {
				references = append(references, markup)
			}
		}
	}
	return remedies, references
}

// evidence writes every entry that the analysis keeps, with its place and its
// whole message.
func (p *page) evidence() {
	ids := p.evidenceIDs()
	if len(ids) == 0 {
		return
	}
	p.section("evidence", "Evidence", "Evidence")
	for _, id := range ids[:min(len(ids), maxHTMLEvidence)] {
		p.entry(id, p.a.Evidence[id])
	}
	p.more(len(ids), maxHTMLEvidence, "entry")
	p.queries()
}

func (p *page) entry(id string, e incident.Evidence) {
	p.put(`<div class="evidence" id="`, htmlText(id), `" data-find>`)
	head := []string{"<b>" + htmlText(id) + "</b>"}
	if !e.Time.IsZero() {
		head = append(head, p.clock.exact(e.Time, digits([]time.Time{e.Time})))
		if local := p.local(e.Time, 0); local != "" {
			head = append(head, local+" "+htmlText(p.clock.zoneName()))
		}
	}
	words, _ := p.source(e.Source)
	for _, s := range []string{level(e), e.Service, e.Revision, words} {
		if s != "" {
			head = append(head, htmlText(s))
		}
	}
	if e.InsertID != "" {
		head = append(head, "insertId "+htmlText(e.InsertID))
	}
	if e.Note != "" {
		head = append(head, p.prose(e.Note))
	}
	if link := safeURL(e.Link); link != "" {
		head = append(head, `<a class="out" rel="noopener noreferrer" target="_blank" href="`+htmlText(link)+`">Logs Explorer</a>`)
	}
	p.put(`<div class="head">`, strings.Join(head, " · "), "</div>")
	p.message(e)
	for _, k := range sortedKeys(e.Fields) {
		p.put("<p><code>", htmlText(k), "</code>: <code>", htmlText(e.Fields[k]), "</code></p>")
	}
	p.put("</div>")
}

// message shows the first lines and folds the rest away.
func (p *page) message(e incident.Evidence) {
	lines := strings.Split(strings.TrimRight(e.Message, "\n"), "\n")
	if len(lines) <= evidenceLines {
		p.put("<pre>", htmlText(strings.Join(lines, "\n")), "</pre>")
		return
	}
	short, part := excerpt(e)
	p.put("<pre>", htmlText(strings.Join(short, "\n")), "</pre>")
	p.put("<details><summary>", htmlText(part), "; all of it</summary><pre>", htmlText(strings.Join(lines, "\n")), "</pre></details>")
}

// explained says how the verdicts came about, when that was asked for.
func (p *page) explained() {
	if !p.o.Explain || len(p.a.Incidents) == 0 {
		return
	}
	p.section("explained", "How the verdicts came about", "")
	for k := range p.a.Incidents {
		var items []string
		for _, e := range explanations(&p.a.Incidents[k]) {
			items = append(items, sentence(p.prose(e)))
		}
		if len(items) > 0 {
			p.para(p.ref(p.a.Incidents[k].ID))
		}
		p.list(items)
	}
}

func (p *page) made() {
	p.section("made", "How this was made", "")
	var items []string
	for _, l := range p.madeLines() {
		items = append(items, p.prose(l))
	}
	p.list(items)
}

func (p *page) healthy() {
	p.section("read", "What was read", "")
	p.para(p.prose(p.readWords()))
	if !p.nothingRead() {
		p.para(p.prose(p.lookedForWords()))
	}
	var items []string
	for _, l := range p.limitLines() {
		items = append(items, p.prose(l))
	}
	if len(items) > 0 {
		p.put("<h3>What this cannot show</h3>")
		p.list(items)
	}
}
