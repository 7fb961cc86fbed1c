package incident

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Prose is a sentence of the tool. Log text stands in it only inside code
// spans (as made by Code), and evidence is named as [E1], changes as [C1],
// incidents as [I1]. Everything outside code spans is the tool's own words, so
// that a renderer can escape the two differently. See Spans.
type Prose string

// SpanKind is the kind of a part of Prose.
type SpanKind uint8

// Kinds of spans.
const (
	SpanText SpanKind = iota // the tool's words
	SpanCode                 // foreign text: names, log lines, commands
	SpanRef                  // an id in brackets; Text is the id alone
)

// Span is a part of Prose.
type Span struct {
	Kind SpanKind
	Text string
}

// Code makes a code span of foreign text: control characters are made
// visible, line breaks become spaces, and the fence is longer than any run of
// backticks inside. Empty text gives the span of one space.
func Code(s string) string { return fenced(oneLine(s)) }

func fenced(s string) string {
	if strings.TrimSpace(s) == "" {
		return "` `"
	}
	longest, run := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	if longest == 0 {
		return "`" + s + "`"
	}
	fence := strings.Repeat("`", longest+1)
	return fence + " " + s + " " + fence
}

// Short is Code that shows at most n runes, with "…" where it is cut. The span
// keeps what is not shown until the sentence is settled (see Settle): whoever
// takes secrets out of it must see them whole, since half a password is not
// told from a word. Spans gives what is shown.
func Short(s string, n int) string {
	s = oneLine(s)
	if utf8.RuneCountInString(s) <= n {
		return fenced(s)
	}
	return fenced(MarkCut(s, n))
}

// cutMark stands between the whole text of a span and the number of runes to
// which it is shown. It is no character, and oneLine shows one of a log as
// \ufdd0.
const cutMark = '\ufdd0'

// maxWhole bounds, in bytes, what a span keeps beyond what it shows: private
// keys and tokens are shorter.
const maxWhole = 16 << 10

// MarkCut writes the text of a span that is shown to n runes; see CutOf.
func MarkCut(whole string, n int) string {
	if most := 4*n + maxWhole; len(whole) > most {
		whole = strings.ToValidUTF8(whole[:most], "")
	}
	return whole + string(cutMark) + strconv.Itoa(n)
}

// CutOf takes the text of a span as Whole gives it apart: the whole text, and
// to how many runes it is shown. n is 0 for a text that is shown as it is.
func CutOf(span string) (whole string, n int) {
	i := strings.LastIndex(span, string(cutMark))
	if i < 0 {
		return span, 0
	}
	n, err := strconv.Atoi(span[i+len(string(cutMark)):])
	if err != nil || n <= 0 {
		return span, 0
	}
	return span[:i], n
}

// Settle cuts p to what it shows. keep, when it is set, returns where a text
// that would be cut at byte i is cut instead, so that nothing is torn apart.
func (p Prose) Settle(keep func(s string, i int) int) Prose {
	if !strings.ContainsRune(string(p), cutMark) {
		return p
	}
	var b strings.Builder
	for _, s := range p.Whole() {
		switch s.Kind {
		case SpanCode:
			b.WriteString(Code(shown(s.Text, keep)))
		case SpanRef:
			b.WriteString("[" + s.Text + "]")
		default:
			b.WriteString(s.Text)
		}
	}
	return Prose(b.String())
}

// MarshalText writes what p shows, so that JSON never holds more.
func (p Prose) MarshalText() ([]byte, error) { return []byte(p.Settle(nil)), nil }

// shown is what a span of Whole shows.
func shown(span string, keep func(string, int) int) string {
	whole, n := CutOf(span)
	if n == 0 || utf8.RuneCountInString(whole) <= n {
		return whole
	}
	i := 0
	for range n - 1 {
		_, size := utf8.DecodeRuneInString(whole[i:])
		i += size
	}
	if keep != nil {
		i = min(max(keep(whole, i), 0), len(whole))
	}
	if i == len(whole) {
		return whole
	}
	return strings.TrimRight(whole[:i], " ") + "…"
}

// Clip cuts s, on one line, to at most n runes.
func Clip(s string, n int) string {
	s = oneLine(s)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimRight(string(r[:n-1]), " ") + "…"
}

func oneLine(s string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.TrimSpace(s) {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		case unicode.IsControl(r) || r == cutMark || unicode.Is(unicode.Cf, r) && r != '\u200d':
			b.WriteString(visible(r))
		default:
			b.WriteRune(r)
		}
		space = false
	}
	return b.String()
}

// visible writes a control or format character as \u001b or \U000e0041.
func visible(r rune) string {
	const hex = "0123456789abcdef"
	out := []byte(`\u0000`)
	if r > 0xffff {
		out = []byte(`\U00000000`)
	}
	for i := len(out) - 1; i >= 2; i-- {
		out[i] = hex[r&0xf]
		r >>= 4
	}
	return string(out)
}

// Spans splits p into its parts, in order. It follows CommonMark: a code span
// is closed by a run of backticks as long as the one that opened it, and one
// space inside both fences is dropped.
func (p Prose) Spans() []Span {
	out := p.Whole()
	if strings.ContainsRune(string(p), cutMark) {
		for i := range out {
			if out[i].Kind == SpanCode {
				out[i].Text = shown(out[i].Text, nil)
			}
		}
	}
	return out
}

// Whole is Spans with the text of a span that Short made as a whole, with its
// mark: see CutOf.
func (p Prose) Whole() []Span {
	var out []Span
	s := string(p)
	text := func(t string) {
		for t != "" {
			i := strings.IndexByte(t, '[')
			if i < 0 {
				out = append(out, Span{SpanText, t})
				return
			}
			j := strings.IndexByte(t[i:], ']')
			if j < 0 || !isRef(t[i+1:i+j]) {
				out = append(out, Span{SpanText, t[:i+1]})
				t = t[i+1:]
				continue
			}
			if i > 0 {
				out = append(out, Span{SpanText, t[:i]})
			}
			out = append(out, Span{SpanRef, t[i+1 : i+j]})
			t = t[i+j+1:]
		}
	}
	for s != "" {
		i := strings.IndexByte(s, '`')
		if i < 0 {
			break
		}
		n := 1
		for i+n < len(s) && s[i+n] == '`' {
			n++
		}
		end := closing(s[i+n:], n)
		if end < 0 { // an unpaired fence is text
			text(s[:i+n])
			s = s[i+n:]
			continue
		}
		text(s[:i])
		code := s[i+n : i+n+end]
		if len(code) > 2 && code[0] == ' ' && code[len(code)-1] == ' ' && strings.TrimSpace(code) != "" {
			code = code[1 : len(code)-1]
		}
		out = append(out, Span{SpanCode, code})
		s = s[i+n+end+n:]
	}
	text(s)
	return out
}

// Plain is p without fences: for places that cannot mark code.
func (p Prose) Plain() string {
	var b strings.Builder
	for _, s := range p.Spans() {
		if s.Kind == SpanRef {
			b.WriteString("[" + s.Text + "]")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func closing(s string, n int) int {
	for i := 0; i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		run := 1
		for i+run < len(s) && s[i+run] == '`' {
			run++
		}
		if run == n {
			return i
		}
		i += run
	}
	return -1
}

// isRef reports whether s is an id such as E12, I1, C3, Q2, H1 or F4.
func isRef(s string) bool {
	if len(s) < 2 || !strings.ContainsRune("EICQHF", rune(s[0])) {
		return false
	}
	for _, r := range s[1:] {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
