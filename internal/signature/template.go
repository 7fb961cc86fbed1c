package signature

import (
	"strings"
)

// missingValue stands for a capture without a value and without words of its own.
const missingValue = "(not stated)"

// part is a stretch of a template: text, or a capture with its default words.
type part struct {
	text    string
	capture string // "" for text
	words   string // printed where the capture has no value
}

// splitTemplate splits s into text and captures. open is the rest of s from a
// {{ that is never closed or holds no name.
func splitTemplate(s string) (parts []part, open string) {
	for {
		before, rest, ok := strings.Cut(s, "{{")
		if before != "" {
			parts = append(parts, part{text: before})
		}
		if !ok {
			return parts, ""
		}
		inner, after, ok := strings.Cut(rest, "}}")
		name, words, _ := strings.Cut(inner, "|")
		name, words = strings.TrimSpace(name), strings.TrimSpace(words)
		if !ok || name == "" || strings.ContainsAny(name, "{} ") {
			return parts, "{{" + rest
		}
		parts = append(parts, part{capture: name, words: words})
		s = after
	}
}

// Fill replaces {{capture}} by its value, and by its default words, else
// "(not stated)", where it has none. The result holds log text as it is: use
// it for plain names and comparisons, FillProse for sentences.
func (s *Signature) Fill(template string, values map[string]string) string {
	parts, open := splitTemplate(template)
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.plain(values))
	}
	return b.String() + open
}

func (p part) plain(values map[string]string) string {
	if p.capture == "" {
		return p.text
	}
	if v := values[p.capture]; v != "" {
		return v
	}
	if p.words != "" {
		return p.words
	}
	return missingValue
}

// FillProse fills a sentence so that log text stands only in what quote
// returns. A code span of the template that holds captures is quoted as a
// whole; a capture outside of one is quoted by itself. Default words are the
// tool's own and are not quoted, unless the span holds more than them.
func (s *Signature) FillProse(template string, values map[string]string, quote func(string) string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "`")
		b.WriteString(fillOutside(before, values, quote))
		if !ok {
			return b.String()
		}
		span, after, ok := strings.Cut(rest, "`")
		if !ok { // an unpaired backtick is text
			b.WriteString("`" + fillOutside(rest, values, quote))
			return b.String()
		}
		b.WriteString(s.fillSpan(span, values, quote))
		template = after
	}
}

func fillOutside(t string, values map[string]string, quote func(string) string) string {
	parts, open := splitTemplate(t)
	var b strings.Builder
	for _, p := range parts {
		if v := values[p.capture]; p.capture != "" && v != "" {
			b.WriteString(quote(v))
		} else {
			b.WriteString(p.plain(values))
		}
	}
	return b.String() + open
}

// fillSpan fills the inside of a code span.
func (s *Signature) fillSpan(span string, values map[string]string, quote func(string) string) string {
	parts, open := splitTemplate(span)
	if len(parts) == 1 && open == "" && parts[0].capture != "" && values[parts[0].capture] == "" {
		return parts[0].plain(values)
	}
	return quote(s.Fill(span, values))
}

// ScopeWords are the names that templates may use beside captures: they are
// filled from the scope of the observation. job is the name of a job, where
// service would read oddly.
func ScopeWords() []string {
	return []string{"project", "location", "service", "revision", "instance", "execution", "job", "namespace", "pod", "container"}
}

func isScopeWord(name string) bool {
	for _, w := range ScopeWords() {
		if w == name {
			return true
		}
	}
	return false
}
