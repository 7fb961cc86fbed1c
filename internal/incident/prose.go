package incident

import (
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
func Code(s string) string {
	s = oneLine(s)
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

// Short is Code of at most n runes, with "…" where it was cut.
func Short(s string, n int) string { return Code(Clip(s, n)) }

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
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d':
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
