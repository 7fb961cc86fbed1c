package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// rate draws how often the symptom was seen over the window, where that says
// something: several slices, and not all alike.
func (t *terminal) rate(i *incident.Incident) {
	f := t.findings[i.Symptom]
	if f == nil || !telling(f.Spark) || t.drop >= dropRate {
		return
	}
	ph := t.phrase(incident.Prose(amount(slices.Max(f.Spark)) + " at most in " + t.sliceWords(len(f.Spark))))
	var bars word
	bars.add(piece{text: sparkline(f.Spark, t.o.ASCII)})
	ph.words = append([]word{bars}, ph.words...)
	t.field("rate", ph)
}

// telling reports whether counts over time have a shape worth drawing.
func telling(counts []int) bool {
	if len(counts) < 6 || len(counts) > 60 {
		return false
	}
	filled := 0
	for _, c := range counts {
		if c > 0 {
			filled++
		}
	}
	return filled > 2 && slices.Max(counts) >= 3 && slices.Max(counts) > 2*max(slices.Min(counts), 1)
}

// sliceWords says how long one slice of the window is.
func (t *terminal) sliceWords(n int) string {
	c := t.a.Coverage
	if c.From.IsZero() || !c.To.After(c.From) {
		return "a slice"
	}
	return lasting(c.To.Sub(c.From) / time.Duration(n))
}

// sparkline draws counts as bars of eight heights; an empty slice is a low
// line, so that every slice is seen.
func sparkline(counts []int, ascii bool) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	if ascii {
		bars = []rune("_.-:=+*#")
	}
	most := max(slices.Max(counts), 1)
	var b strings.Builder
	for _, c := range counts {
		k := 0
		if c > 0 {
			k = 1 + (c*(len(bars)-2)+most/2)/most
		}
		b.WriteRune(bars[min(k, len(bars)-1)])
	}
	return b.String()
}

// other shows a further incident that is not over, as a short block.
func (t *terminal) other(i *incident.Incident) {
	t.heading(i)
	s := i.Summary
	t.field("fails", t.keep(s.Fails, 1))
	t.field("since", t.keep(s.Since, 1))
	t.cause(i)
	if established(i) {
		t.field("open", t.keep(s.Open, 1))
	}
}

// compact lists the other incidents, one line each: those that are not over,
// then those that are.
func (t *terminal) compact() {
	over := t.incidentsBy(func(i *incident.Incident) bool { return i.Status == incident.Resolved })
	t.compactList("also", "more "+plural(len(t.openOthers()), "incident"), t.openOthers())
	t.compactList("over", plural(len(over), "incident")+" that "+beVerb(len(over))+" over", over)
}

func beVerb(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (t *terminal) compactList(label, words string, list []*incident.Incident) {
	if len(list) == 0 {
		return
	}
	most := 4
	if t.drop >= dropLists {
		most = 2
	}
	if len(list) == most+1 {
		most++ // the line that counts the rest holds it as well
	}
	if t.drop < dropHeads {
		t.blank()
		t.field(label, t.phrase(incident.Prose(capital(spelled(len(list)))+" "+words)))
		label = ""
	}
	for _, i := range list[:min(len(list), most)] {
		text := brief(i)
		if i.Effect != "" && i.Status == incident.Resolved && t.drop < dropLists {
			text += ": " + i.Effect
		}
		ids := refsIn(brief(i))
		if f := t.findings[i.Symptom]; f != nil && len(ids) == 0 {
			ids = f.Evidence[:min(len(f.Evidence), 2)]
		}
		ph := t.phrase(text)
		ph.ids = ids
		if t.drop >= dropLists && t.width >= narrow {
			t.line(label, t.listMark(i), ph)
		} else {
			t.block(label, t.listMark(i), ph)
		}
		label = ""
	}
	if n := len(list) - most; n > 0 {
		t.field("", t.phrase(incident.Prose("and "+amount(n)+" more in the report")))
	}
}

// listMark opens the line of an incident in a list: when an incident that is
// over began, and of the others the id under which they stand below.
func (t *terminal) listMark(i *incident.Incident) piece {
	if i.Status != incident.Resolved {
		return piece{text: t.clean(i.ID, false) + "  " + t.clean(i.Severity+", "+i.Status, true) + "  ", ink: severityInk(i)}
	}
	at := t.clock.at(i.First)
	return piece{text: at[:max(len(at)-3, 0)] + "  ", ink: inkFaint}
}

// next numbers what to look at, with its command where that is short.
func (t *terminal) next() {
	if len(t.a.Incidents) == 0 {
		return
	}
	checks := t.a.Incidents[0].Summary.Next
	if len(checks) == 0 {
		return
	}
	t.blank()
	if t.drop >= dropChecks {
		checks = checks[:min(len(checks), 2)]
	}
	for n, c := range checks {
		label := ""
		if n == 0 {
			label = "next"
		}
		t.check(label, n, c)
	}
}

func (t *terminal) check(label string, n int, c incident.Check) {
	var lines []string
	if c.Lang == "sh" && (n == 0 && t.drop < dropCommand || t.drop < dropCommands) {
		lines = t.commandLines(c.Command)
	}
	text := c.Text
	if len(lines) == 0 && c.Command != "" {
		text = incident.Prose(strings.TrimRight(string(text), ": "))
		if len(strings.Fields(string(text))) < 2 { // "Run:"
			text += " the command in the report"
		}
		t.unsaid = true
	}
	ph := t.phrase(text)
	if t.drop >= dropSentences {
		ph = ph.firstSentences(1)
	}
	number := piece{text: strconv.Itoa(n+1) + "  ", ink: inkLabel}
	t.block(label, number, ph)
	indent := 2 + labelWidth + len(number.text)
	if t.width < narrow {
		indent = 4 + len(number.text)
	}
	for _, l := range lines {
		t.put(textLine(indent, piece{text: l, ink: inkCode}))
	}
}

// mostCommandLines is the longest command that the page shows.
const mostCommandLines = 5

// commandLines lays a command out anew, broken with a backslash where the
// shell allows it; nil when it takes too many lines.
func (t *terminal) commandLines(command string) []string {
	command = visibleText(command)
	if t.o.ASCII {
		command = strings.ReplaceAll(toASCII(command), `\u000a`, "\n")
	}
	out := foldCommand(unfoldCommand(command), t.width-2-labelWidth-3)
	if len(out) > mostCommandLines {
		return nil
	}
	return out
}

// unfoldCommand joins lines that a backslash continues.
func unfoldCommand(command string) string {
	var b strings.Builder
	for i, l := range strings.Split(command, "\n") {
		s := b.String()
		switch {
		case i == 0:
		case strings.HasSuffix(s, " \\"):
			b.Reset()
			b.WriteString(strings.TrimSuffix(s, "\\"))
			l = strings.TrimLeft(l, " ")
		default:
			b.WriteByte('\n')
		}
		b.WriteString(l)
	}
	return b.String()
}

// foldCommand breaks a command before words that do not fit and continues it
// two columns further in. It never breaks inside quotes, which may span lines:
// there a line stays as long as it is.
func foldCommand(command string, width int) []string {
	var out []string
	quote := rune(0)
	for _, l := range strings.Split(command, "\n") {
		for {
			at, after := foldAt(l, width-2, quote)
			if len([]rune(l)) <= width || at <= 0 {
				break
			}
			quote = after
			out = append(out, l[:at]+` \`)
			l = "  " + strings.TrimLeft(l[at:], " ")
		}
		out = append(out, l)
		quote = quoteAfter(l, quote)
	}
	return out
}

// foldAt returns the last space outside quotes within width, or else the first
// one behind it; 0 when there is none. quote is the quote that is open where
// the line starts; the one that is open where it is folded is always none.
func foldAt(l string, width int, quote rune) (at int, after rune) {
	started := false
	for i, r := range l {
		if i > width && at > 0 {
			break
		}
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == ' ' && started && strings.TrimSpace(l[i:]) != "":
			at = i
		}
		started = started || r != ' '
	}
	return at, 0
}

// quoteAfter returns the quote that is open at the end of a line.
func quoteAfter(l string, quote rune) rune {
	for _, r := range l {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		}
	}
	return quote
}

// healthy says that nothing failed, and in what.
func (t *terminal) healthy() {
	t.put(textLine(0, t.own(t.title().Plain(), inkLabel)))
	t.blank()
	c := t.a.Coverage
	if len(c.Services) > 0 {
		t.field("read", t.phrase(incident.Prose(t.serviceNames(6))))
	}
	var logs []string
	for _, l := range c.Logs {
		if l.Name == "" {
			continue // said where the report is made
		}
		logs = append(logs, incident.Code(l.Name)+" "+amount(l.N))
	}
	t.field("logs", t.phrase(incident.Prose(strings.Join(logs, ", "))))
	for n, w := range c.Warnings {
		label := ""
		if n == 0 {
			label = "unknown"
		}
		t.field(label, t.phrase(w.Text))
	}
	for n, r := range t.a.Remarks[:min(len(t.a.Remarks), 3)] {
		label := ""
		if n == 0 {
			label = "also"
		}
		ph := t.phrase(r.Text)
		ph.ids = append(ph.ids, r.Evidence...)
		t.field(label, ph)
	}
}

// lastLine says what share of the errors is explained, and where the rest of
// the report is.
func (t *terminal) lastLine() {
	if t.drop < dropEdges {
		t.blank()
	}
	left := many(t.a.Coverage.Errors, "error event") + ", " + amount(t.unexplainedErrors()) + " unexplained"
	if t.nothingRead() {
		left = "nothing was read"
	}
	right := "report: "
	if t.unsaid {
		right = "report, with the commands: "
	}
	if t.o.Report != "" {
		right += t.clean(t.o.Report, false)
	} else {
		right += "-o md=rca.md"
	}
	l := textLine(0, t.own(left, inkPlain))
	r := t.own(right, inkFaint)
	if l.width+2+textLine(0, r).width <= t.width {
		l.pad(t.width - textLine(0, r).width)
		l.add(r)
		t.put(l)
		return
	}
	t.put(l)
	for _, l := range wrap(t.phrase(incident.Prose(right)).words, t.width) {
		t.put(l)
	}
}
