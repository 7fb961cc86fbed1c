package report

import (
	"io"
	"slices"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// Sizes of the terminal's page.
const (
	defaultWidth = 80
	widest       = 132 // longer lines are hard to read
	narrowest    = 24
	narrow       = 60 // below, labels stand above their text
	screenLines  = 25 // what the first screen may take
	labelWidth   = 9
	mostIDs      = 4
)

// writeTerminal writes the first screen: what is failing, since when, what
// changed, the most likely cause and the next check. Below it stand the other
// incidents that are not over.
func writeTerminal(w io.Writer, a *incident.Analysis, o Options) error {
	var t *terminal
	for drop := range dropAll + 1 {
		t = newTerminal(a, o, drop)
		t.summary()
		if len(t.lines) <= t.screen() {
			break
		}
	}
	t.drop = 0
	t.others()
	t.sparks()
	_, err := io.WriteString(w, t.String())
	return err
}

// screen is how many lines the first screen may take. A narrow one is that of
// a phone or a split window, which scrolls anyway.
func (t *terminal) screen() int {
	if t.width < narrow {
		return 2 * screenLines
	}
	return screenLines
}

// terminal lays out lines. drop says how much is left to the whole report: the
// page is laid out again with less while it is longer than a screen.
type terminal struct {
	view
	palette palette
	width   int // usable columns
	drop    int
	unsaid  bool // a check has a command that is not shown
	lines   []line
}

// What is dropped, in this order; each step includes those before it.
const (
	dropCommands  = iota + 1 // commands of all checks but the first
	dropRate                 // the drawing
	dropRivals               // all but two lines of what it is not
	dropHeads                // the words over lists of incidents
	dropTwice                // what the headline has said already
	dropCause                // all but two sentences of what the cause rests on
	dropRival                // all but one line of what it is not
	dropHeader               // the second line of the header
	dropSentences            // all but one sentence of the other fields
	dropLists                // all but two lines of each list, and effects in them
	dropEdges                // the empty lines above the first and below the last field
	dropChecks               // all checks but two
	dropCommand              // the first command
	dropBlanks               // empty lines
	dropAll       = dropBlanks
)

func newTerminal(a *incident.Analysis, o Options, drop int) *terminal {
	width := o.Width
	if width <= 0 {
		width = defaultWidth
	}
	return &terminal{
		view: newView(a, o), palette: newPalette(o.Color, o.Hyperlinks),
		width: min(max(width, narrowest), widest) - 1, drop: drop,
	}
}

func (t *terminal) String() string {
	var b strings.Builder
	for _, l := range t.lines {
		b.WriteString(t.palette.paintLine(l) + "\n")
	}
	return b.String()
}

func (t *terminal) summary() {
	t.header()
	t.limits()
	t.states()
	if len(t.a.Incidents) == 0 {
		t.healthy()
	} else {
		t.first(&t.a.Incidents[0])
	}
	t.compact()
	t.rates()
	t.next()
	t.lastLine()
}

// maxTermBlocks is how many incidents get a block below the first screen.
const maxTermBlocks = 4

// others shows further incidents that are not over, as short blocks.
func (t *terminal) others() {
	open := t.openOthers()
	for _, i := range open[:min(len(open), maxTermBlocks)] {
		t.other(i)
	}
}

func (t *terminal) openOthers() []*incident.Incident {
	return t.incidentsBy(func(i *incident.Incident) bool { return i.Status != incident.Resolved })
}

func (t *terminal) put(l line) { t.lines = append(t.lines, l) }

func (t *terminal) blank() {
	if t.drop >= dropBlanks {
		return
	}
	if n := len(t.lines); n > 0 && len(t.lines[n-1].pieces) > 0 {
		t.put(line{})
	}
}

// own is text of the report itself.
func (t *terminal) own(s string, k ink) piece { return piece{text: t.clean(s, true), ink: k} }

// header names the tool, the input and the window.
func (t *terminal) header() {
	what := t.own(t.windowWords(), inkPlain)
	name := t.inputName(t.width - 12)
	if room := t.width - len("logwhy    ") - textLine(0, what).width; t.drop >= dropHeader && room >= 16 {
		name = t.inputName(room)
	}
	head := []piece{t.own("logwhy", inkLabel), {text: "  "}, {text: name, ink: inkCode}}
	l := textLine(0, head...)
	if l.width+2+textLine(0, what).width <= t.width {
		l.add(piece{text: "  "})
		l.add(what)
		t.put(l)
		return
	}
	t.put(l)
	for _, l := range wrap(t.phrase(incident.Prose(what.text)).words, t.width-8) {
		t.put(textLine(8, l.pieces...))
	}
}

// inputName is what was read, in at most so many columns.
func (t *terminal) inputName(room int) string {
	name := many(len(t.a.Inputs), "file")
	switch len(t.a.Inputs) {
	case 0:
		name = "no input"
	case 1:
		name = t.clean(t.a.Inputs[0].Name, false)
	}
	if r := []rune(name); textLine(0, piece{text: name}).width > room {
		keep := max(room-2, 8)
		name = t.clean("…", true) + string(r[max(len(r)-keep, 0):])
	}
	return name
}

// windowWords says how many entries there are, and from when to when.
func (t *terminal) windowWords() string {
	c := t.a.Coverage
	s := many(c.Entries, "entry")
	if c.Untimed > 0 {
		s += " (" + amount(c.Untimed) + " without a time)"
	}
	if c.From.IsZero() {
		return s
	}
	a, b := t.clock.at(c.From), t.clock.at(c.To)
	if c.To.Sub(c.From) > 10*time.Minute {
		a, b = a[:len(a)-3], b[:len(b)-3]
	}
	if a == b {
		s += ", " + a + " UTC"
	} else {
		s += ", " + a + "–" + b + " UTC"
	}
	if t.clock.day != "" {
		s += ", " + t.clock.day
	}
	if zone := t.clock.zoneName(); zone != "" {
		if a, b = t.clock.local(c.From, 0), t.clock.local(c.To, 0); a != b {
			a += "–" + b
		}
		s += " (" + a + " " + zone + ")"
	}
	return s
}

// limits are what the reader must know before the first finding.
func (t *terminal) limits() {
	for _, p := range t.a.Coverage.Banner {
		t.marked(t.phrase(p))
	}
	for _, r := range t.a.Reported {
		state := "not observed, no entry shows it"
		if r.Observed {
			state = "observed"
		}
		t.marked(t.phrase("reported " + incident.Prose(incident.Code(r.Text)) + ": " + incident.Prose(state)))
	}
	t.blank()
}

func (t *terminal) marked(ph phrase) {
	for n, l := range wrap(ph.words, t.width-2) {
		mark := piece{text: "! ", ink: inkWarn}
		if n > 0 {
			mark = piece{text: "  "}
		}
		t.put(textLine(0, append([]piece{mark}, l.pieces...)...))
	}
}

// first shows the incident to look at first.
func (t *terminal) first(i *incident.Incident) {
	t.heading(i)
	if t.drop < dropEdges {
		t.blank()
	}
	s := i.Summary
	t.field("fails", t.keep(s.Fails, 2))
	t.about(i)
	t.field("since", t.keep(s.Since, 2))
	t.rate(i)
	t.field("changed", t.keep(s.Changed, 2))
	t.field("now", t.keep(nowWords(i), 2))
	t.cause(i)
	if established(i) {
		t.field("open", t.keep(t.openWords(i), 2))
	}
	for n, p := range s.NotIt {
		if n > 0 && t.drop >= dropRival || n > 1 && t.drop >= dropRivals {
			break
		}
		label := ""
		if n == 0 {
			label = "not it"
		}
		t.field(label, t.keep(p, 1))
	}
}

// openWords say what is not established, shorter where they would only repeat
// the cause.
func (t *terminal) openWords(i *incident.Incident) incident.Prose {
	rest, ok := strings.CutPrefix(string(i.Summary.Open), "How it came about that ")
	if ok && strings.EqualFold(strings.TrimSuffix(rest, "."), strings.TrimSuffix(string(i.Causes[0].Title), ".")) {
		return "how that came about"
	}
	return i.Summary.Open
}

// keep takes so many sentences, or fewer where the screen is short.
func (t *terminal) keep(p incident.Prose, n int) phrase {
	if t.drop >= dropSentences {
		n = 1
	}
	return t.phrase(p).firstSentences(n)
}

// heading writes "critical, ongoing   what", and where.
func (t *terminal) heading(i *incident.Incident) {
	t.blank()
	var head line
	if len(t.a.Incidents) > 1 {
		head.add(piece{text: t.clean(i.ID, false) + "  ", ink: inkLabel})
	}
	head.add(piece{text: t.clean(i.Severity+", "+i.Status, true), ink: severityInk(i)})
	body := wrap(t.phrase(i.Title).words, t.width-head.width-3)
	indent := head.width + 3
	if t.width < narrow {
		t.put(head)
		body, indent = wrap(t.phrase(i.Title).words, t.width), 0
	}
	if s := t.where(i.Scope); s != "" && len(t.a.Incidents) == 1 || s != "" && i.ID == t.a.Incidents[0].ID {
		for _, l := range wrap(t.phrase(incident.Prose(s)).words, t.width-indent) {
			for n := range l.pieces {
				l.pieces[n].ink = inkFaint
			}
			body = append(body, l)
		}
	}
	for n, l := range body {
		if n == 0 && t.width >= narrow {
			head.pad(indent)
			for _, p := range l.pieces {
				head.add(p)
			}
			t.put(head)
			continue
		}
		t.put(textLine(indent, l.pieces...))
	}
}

func severityInk(i *incident.Incident) ink {
	switch {
	case i.Status == incident.Resolved:
		return inkGood
	case i.Severity == incident.Critical || i.Severity == incident.High:
		return inkBad
	case i.Severity == incident.Medium:
		return inkWarn
	}
	return inkPlain
}

// where names the scope: "acme-staging, europe-west1, revision …-00231-vam".
func (t *terminal) where(s incident.Scope) string {
	var parts []string
	add := func(prefix, v string) {
		if v != "" {
			parts = append(parts, prefix+incident.Code(v))
		}
	}
	add("", s.Project)
	add("", s.Location)
	if kind := kindWords(s.Kind); kind != "" {
		parts = append(parts, kind)
	}
	rev := s.Revision
	if rest, ok := strings.CutPrefix(rev, s.Service); ok && s.Service != "" && rest != "" {
		rev = "…" + rest
	}
	add("revision ", rev)
	add("execution ", s.Execution)
	return strings.Join(parts, ", ")
}

// cause writes the verdict and the name of the cause, then what it rests on.
func (t *terminal) cause(i *incident.Incident) {
	s := i.Summary
	if !established(i) {
		ph := t.phrase(incident.Prose(strings.TrimSpace("not established. " + string(s.Cause) + " " + string(s.Open))))
		t.field("cause", ph.firstSentences(3))
		return
	}
	head := phrase{ids: i.Causes[0].Evidence}
	verdict := s.Verdict
	if verdict == "" {
		verdict = i.Causes[0].Verdict
	}
	var w word
	w.add(piece{text: t.clean(verdictWords(verdict)+":", true), ink: verdictInk(verdict)})
	head.words = append(head.words, w)
	most := 4
	if t.drop >= dropCause {
		most = 2
	}
	if t.saidTwice(i) {
		why := t.phrase(s.Cause).firstSentences(most)
		head.words, head.ids = append(head.words, why.words...), append(why.ids, head.ids...)
		t.field("cause", head)
		return
	}
	head.words = append(head.words, t.phrase(incident.Prose(lowered(string(i.Causes[0].Title)))).words...)
	t.field("cause", head)
	if !strings.Contains(i.Causes[0].Title.Plain(), strings.TrimSuffix(s.Cause.Plain(), ".")) {
		t.field("", t.phrase(s.Cause).firstSentences(most).withoutIDs(head.ids))
	}
}

// saidTwice reports whether the name of the cause opens the sentence that says
// what it rests on or, where room is short, stands in the headline.
func (t *terminal) saidTwice(i *incident.Incident) bool {
	title := strings.TrimRight(i.Causes[0].Title.Plain(), ".…")
	why := i.Summary.Cause.Plain()
	return title != "" && len(why) > len(title)+2 && strings.HasPrefix(why, title) ||
		t.drop >= dropTwice && why != "" && strings.Contains(strings.ToLower(i.Title.Plain()), strings.ToLower(title))
}

func verdictInk(v string) ink {
	switch v {
	case incident.Supported:
		return inkGood
	case incident.Plausible:
		return inkWarn
	}
	return inkPlain
}

// field writes a label and its text as a block, with the evidence ids at the
// right edge.
func (t *terminal) field(label string, ph phrase) { t.block(label, piece{}, ph) }

// line is a block cut to one line.
func (t *terminal) line(label string, mark piece, ph phrase) {
	width := t.width - 2 - labelWidth - textLine(0, mark).width
	if _, w := t.idPieces(ph.ids); w > 0 {
		width -= w + 2
	}
	if lines := wrap(ph.words, width); len(lines) > 1 {
		end := word{}
		end.add(piece{text: t.clean("…", true)})
		cut := wrap(ph.words, width-end.width-1)
		ph.words = append(slices.Clone(ph.words[:cut[min(1, len(cut)-1)].first]), end)
	}
	t.block(label, mark, ph)
}

// block is a field whose text hangs behind a mark, such as a number.
func (t *terminal) block(label string, mark piece, ph phrase) {
	if len(ph.words) == 0 {
		return
	}
	indent := 2 + labelWidth
	head := textLine(2, piece{text: label, ink: inkLabel})
	if t.width < narrow {
		indent = 4
		if label != "" {
			t.put(head)
		}
		head = line{}
	}
	head.pad(indent)
	head.add(mark)
	indent = head.width
	for n, l := range t.withIDs(ph, t.width-indent) {
		if n > 0 {
			head = textLine(indent)
		}
		for _, p := range l.pieces {
			head.add(p)
		}
		t.put(head)
	}
}

// withIDs wraps a phrase and sets its evidence ids at the right edge of the
// last line, which is broken once more where they would not fit.
func (t *terminal) withIDs(ph phrase, width int) []line {
	lines := wrap(ph.words, width)
	if len(lines) == 0 {
		lines = []line{{}}
	}
	pieces, w := t.idPieces(ph.ids)
	if w == 0 {
		return lines
	}
	at := len(lines) - 1
	if lines[at].width+2+w > width && width >= narrow-8 && len(ph.words) > 0 {
		lines = append(lines[:at], wrap(ph.words[lines[at].first:], width-w-2)...)
		at = len(lines) - 1
	}
	if lines[at].width+2+w > width {
		lines = append(lines, line{})
		at++
	}
	lines[at].pad(width - w)
	for _, p := range pieces {
		lines[at].add(p)
	}
	return lines
}

// idPieces are ids that exist, once each, at most four of them.
func (t *terminal) idPieces(ids []string) (pieces []piece, width int) {
	seen := map[string]bool{}
	for _, id := range ids {
		if _, ok := t.a.Evidence[id]; !ok || seen[id] || len(seen) == mostIDs {
			continue
		}
		seen[id] = true
		if len(pieces) > 0 {
			pieces = append(pieces, piece{text: " "})
			width++
		}
		pieces = append(pieces, piece{text: id, ink: inkID, link: t.link(id)})
		width += len(id)
	}
	return pieces, width
}
