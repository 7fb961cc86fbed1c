package report

import (
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"logwhy/internal/incident"
)

// ink is what a colour means. Every meaning is also a word or a sign, so that
// nothing is lost without colour.
type ink uint8

const (
	inkPlain ink = iota
	inkLabel     // fails, since …
	inkCode      // foreign text
	inkID        // evidence ids
	inkBad       // critical and high, while they last
	inkWarn      // medium; limits of the data; plausible
	inkGood      // resolved; supported
	inkFaint
)

// palette renders inks. It asks neither the environment nor a terminal.
type palette struct {
	styles [inkFaint + 1]lipgloss.Style
	links  bool
}

func newPalette(color, links bool) palette {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetHasDarkBackground(true)
	r.SetColorProfile(termenv.Ascii)
	if color {
		r.SetColorProfile(termenv.ANSI)
	}
	plain := r.NewStyle().Inline(true)
	colour := func(c string) lipgloss.Style { return plain.Foreground(lipgloss.Color(c)) }
	return palette{links: links, styles: [...]lipgloss.Style{
		inkPlain: plain,
		inkLabel: plain.Bold(true),
		inkCode:  colour("6"),
		inkID:    plain.Faint(true),
		inkBad:   colour("1").Bold(true),
		inkWarn:  colour("3"),
		inkGood:  colour("2"),
		inkFaint: plain.Faint(true),
	}}
}

// piece is text of one ink. Its text holds nothing that steers a terminal.
type piece struct {
	text string
	ink  ink
	link string // where a hyperlink leads
}

func (p palette) paint(x piece) string {
	s := x.text
	if x.ink != inkPlain {
		s = p.styles[x.ink].Render(s)
	}
	if p.links && x.link != "" {
		s = "\x1b]8;;" + x.link + "\x1b\\" + s + "\x1b]8;;\x1b\\"
	}
	return s
}

// word is what is never torn at a line's end unless it is longer than a line.
type word struct {
	pieces []piece
	width  int
	inside bool // the same foreign text goes on in the next word
}

func (w *word) add(p piece) {
	w.pieces = append(w.pieces, p)
	w.width += lipgloss.Width(p.text)
}

// last returns the last rune of a word, and whether it is foreign text.
func (w *word) last() (r rune, code bool) {
	if len(w.pieces) == 0 {
		return 0, false
	}
	p := w.pieces[len(w.pieces)-1]
	r, _ = utf8.DecodeLastRuneInString(p.text)
	return r, p.ink == inkCode
}

// phrase is prose for a terminal: words, and the evidence that stood in
// parentheses, which is set apart at the right edge. Each id belongs to the
// word that it stood behind.
type phrase struct {
	words []word
	ids   []string
	after []int // for each id, how many words stand before it; nil: all
}

// phrase turns prose into words. Evidence in parentheses, "([E1], [E2])", is
// lifted out; ids that a sentence uses as words stay.
func (t *terminal) phrase(p incident.Prose) phrase {
	var ph phrase
	open := false // whether the last word goes on without a space
	spans := p.Spans()
	for i := 0; i < len(spans); i++ {
		s := spans[i]
		x := piece{ink: inkPlain}
		switch s.Kind {
		case incident.SpanCode:
			x.ink = inkCode
		case incident.SpanRef:
			x.link = t.link(s.Text)
		}
		var ids []string
		if n, group := refGroup(s, spans[i+1:]); n > 0 {
			ids = group
			s.Text = strings.TrimSuffix(strings.TrimSuffix(s.Text, "("), " ")
			i += n - 1
			spans[i+1].Text = spans[i+1].Text[1:]
		}
		text := t.clean(s.Text, s.Kind == incident.SpanText)
		if s.Kind == incident.SpanCode {
			text = t.quoted(text)
		}
		parts := strings.Split(text, " ")
		for k, part := range parts {
			if k > 0 {
				open = false
			}
			if part == "" || part == "." && open && ph.endsWithDot() {
				continue
			}
			if !open {
				ph.words = append(ph.words, word{})
			}
			x.text = part
			if startsCommand(part) {
				x.text = `\u003a` + part[1:]
			}
			last := &ph.words[len(ph.words)-1]
			last.add(x)
			last.inside = s.Kind == incident.SpanCode && k < len(parts)-1
			open = true
		}
		for _, id := range ids {
			ph.ids = append(ph.ids, id)
			ph.after = append(ph.after, len(ph.words))
		}
	}
	return ph
}

// quoted puts foreign text of several words in quotes, since colour alone does
// not tell it from the tool's own words.
func (t *terminal) quoted(s string) string {
	if !strings.Contains(s, " ") {
		return s
	}
	if t.o.ASCII {
		return `"` + s + `"`
	}
	return "“" + s + "”"
}

// endsWithDot reports whether the last word is foreign and ends in a full
// stop, behind which the sentence needs none of its own.
func (ph phrase) endsWithDot() bool {
	if len(ph.words) == 0 {
		return false
	}
	w := ph.words[len(ph.words)-1]
	text := w.pieces[len(w.pieces)-1].text
	_, code := w.last()
	return code && strings.HasSuffix(strings.TrimRight(text, "”\""), ".")
}

// clean makes text safe for a terminal. Spaces at the ends of the tool's own
// words stay, since spans follow one another.
func (t *terminal) clean(s string, own bool) string {
	if own {
		s = spaced(visibleText(s))
	} else {
		s = oneLine(s)
	}
	if t.o.ASCII {
		s = toASCII(s)
	}
	return s
}

// refGroup reads a group of evidence ids in parentheses that opens at the end
// of s, and returns how many spans stand from s to the one that closes it; 0
// when anything else stands between.
func refGroup(s incident.Span, next []incident.Span) (n int, ids []string) {
	if s.Kind != incident.SpanText || !strings.HasSuffix(s.Text, "(") {
		return 0, nil
	}
	for i, s := range next {
		switch {
		case s.Kind == incident.SpanRef && s.Text[0] == 'E':
			ids = append(ids, s.Text)
		case s.Kind == incident.SpanText && len(ids) > 0 && strings.HasPrefix(s.Text, ")"):
			return i + 1, ids
		case s.Kind == incident.SpanText && (s.Text == ", " || s.Text == " " || s.Text == " and "):
		default:
			return 0, nil
		}
	}
	return 0, nil
}

// sentences splits a phrase after each full stop of the tool's own words that
// a new sentence follows.
func (ph phrase) sentences() [][]word {
	var out [][]word
	start := 0
	for i := range ph.words {
		if i+1 < len(ph.words) && endsSentence(&ph.words[i]) && startsSentence(&ph.words[i+1]) {
			out = append(out, ph.words[start:i+1])
			start = i + 1
		}
	}
	if start < len(ph.words) {
		out = append(out, ph.words[start:])
	}
	return out
}

// endsSentence looks at a full stop inside foreign text too, since phrase
// drops the one behind it.
func endsSentence(w *word) bool {
	r, code := w.last()
	if code {
		return !w.inside && strings.HasSuffix(strings.TrimRight(w.pieces[len(w.pieces)-1].text, "”\""), ".")
	}
	return (r == '.' || r == '?' || r == '!') && w.width > 2
}

func startsSentence(w *word) bool {
	if w.pieces[0].ink == inkCode {
		return true
	}
	r, _ := utf8.DecodeRuneInString(w.pieces[0].text)
	return unicode.IsUpper(r) || unicode.IsDigit(r)
}

// firstSentences keeps n sentences and what they cite. A single sentence
// stands without its full stop.
func (ph phrase) firstSentences(n int) phrase {
	var out phrase
	all := ph.sentences()
	for _, s := range all[:min(n, len(all))] {
		out.words = append(out.words, s...)
	}
	for k, id := range ph.ids {
		if ph.after == nil || ph.after[k] <= len(out.words) {
			out.ids = append(out.ids, id)
		}
	}
	if min(n, len(all)) == 1 {
		out.dropStop()
	}
	return out
}

// dropStop takes the full stop of the tool's own words from the end.
func (ph *phrase) dropStop() {
	w := &ph.words[len(ph.words)-1]
	r, code := w.last()
	if r != '.' || code {
		return
	}
	pieces := slices.Clone(w.pieces)
	p := &pieces[len(pieces)-1]
	p.text = strings.TrimSuffix(p.text, ".")
	*w = word{pieces: pieces, width: w.width - 1}
}

// withoutIDs leaves out ids that stand elsewhere.
func (ph phrase) withoutIDs(ids []string) phrase {
	out := phrase{words: ph.words}
	for _, id := range ph.ids {
		if !slices.Contains(ids, id) {
			out.ids = append(out.ids, id)
		}
	}
	return out
}

// wrap breaks words into lines of at most width columns.
func wrap(words []word, width int) []line {
	var out []line
	var cur line
	for n, w := range words {
		for _, part := range w.split(width) {
			if len(cur.pieces) > 0 && cur.width+1+part.width > width {
				out = append(out, cur)
				cur = line{first: n}
			}
			if len(cur.pieces) > 0 {
				cur.add(between(cur.pieces[len(cur.pieces)-1], part.pieces[0]))
			}
			for _, p := range part.pieces {
				cur.add(p)
			}
		}
	}
	if len(cur.pieces) > 0 {
		out = append(out, cur)
	}
	return out
}

// between is the space between two words: of their ink where they share it.
func between(a, b piece) piece {
	if a.ink == b.ink && a.link == b.link {
		return piece{" ", a.ink, a.link}
	}
	return piece{text: " "}
}

// split tears a word that is longer than a line, after a separator where
// there is one in its second half.
func (w word) split(width int) []word {
	if w.width <= width || width < 2 {
		return []word{w}
	}
	var out []word
	var cur word
	for _, p := range w.pieces {
		for p.text != "" {
			head, tail := cutWidth(p.text, width-cur.width)
			if head == "" && cur.width == 0 { // a single character wider than the line
				head, tail = p.text, ""
			}
			if head != "" {
				cur.add(piece{head, p.ink, p.link})
			}
			p.text = tail
			if tail != "" {
				out = append(out, cur)
				cur = word{}
			}
		}
	}
	return append(out, cur)
}

// cutWidth cuts s to at most n columns.
func cutWidth(s string, n int) (head, tail string) {
	w, good := 0, 0
	for i, r := range s {
		rw := lipgloss.Width(string(r))
		if w+rw > n {
			if good > n/2 {
				i = good
			}
			for i > 1 && startsCommand(s[i:]) { // never open a line with "::name"
				_, k := utf8.DecodeLastRuneInString(s[:i])
				i -= k
			}
			return s[:i], s[i:]
		}
		w += rw
		if strings.ContainsRune("/.,_-:;&?=", r) {
			good = i + utf8.RuneLen(r)
		}
	}
	return s, ""
}

// line is a line of the output.
type line struct {
	pieces []piece
	width  int
	first  int // index of its first word, in a wrapped phrase
}

func (l *line) add(p piece) {
	if p.text == "" {
		return
	}
	l.width += lipgloss.Width(p.text)
	if n := len(l.pieces); n > 0 && l.pieces[n-1].ink == p.ink && l.pieces[n-1].link == p.link {
		l.pieces[n-1].text += p.text
		return
	}
	l.pieces = append(l.pieces, p)
}

func (l *line) pad(width int) {
	if n := width - l.width; n > 0 {
		l.add(piece{text: strings.Repeat(" ", n)})
	}
}

func textLine(indent int, pieces ...piece) line {
	var l line
	l.pad(indent)
	for _, p := range pieces {
		l.add(p)
	}
	return l
}

// paintLine paints a line. A line that would open with a workflow command
// after wrapping gets the escape that guardCommands gives.
func (p palette) paintLine(l line) string {
	var plain strings.Builder
	for _, x := range l.pieces {
		plain.WriteString(x.text)
	}
	guard := startsCommand(strings.TrimLeft(plain.String(), " "))
	var b strings.Builder
	for _, x := range l.pieces {
		if guard && strings.HasPrefix(strings.TrimLeft(x.text, " "), ":") {
			x.text = strings.Replace(x.text, ":", `\u003a`, 1)
			guard = false
		}
		b.WriteString(p.paint(x))
	}
	return strings.TrimRight(b.String(), " ")
}
