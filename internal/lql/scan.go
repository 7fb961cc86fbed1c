package lql

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A span is a stretch of the text of a filter, in bytes.
type span struct{ start, end int }

// A part is one name of a path, or a text.
type part struct {
	text   string
	quoted bool
	span
}

func texts(parts []part) []string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = p.text
	}
	return out
}

// A fault says what is wrong in an expression; at is what it is about.
type fault struct {
	at            any
	code          string
	message, hint string
}

// A syntaxError is a fault at a place of the text.
type syntaxError struct {
	span
	code, message, hint string
}

// A scanner reads the text of a filter. There are no tokens, as what a
// character means depends on where it stands: a full stop belongs to a value,
// and divides the names of a path.
type scanner struct {
	text string
	pos  int
}

func (s *scanner) atEnd() bool { return s.pos >= len(s.text) }

// peek returns the byte at the position, 0 at the end.
func (s *scanner) peek() byte {
	if s.atEnd() {
		return 0
	}
	return s.text[s.pos]
}

func (s *scanner) rest() string { return s.text[s.pos:] }

// skipSpace passes over white space and comments.
func (s *scanner) skipSpace() {
	for !s.atEnd() {
		if strings.HasPrefix(s.rest(), "--") {
			n := strings.IndexByte(s.rest(), '\n')
			if n < 0 {
				n = len(s.rest())
			}
			s.pos += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s.rest())
		if !unicode.IsSpace(r) {
			return
		}
		s.pos += n
	}
}

// isSpecial reports whether the character at s.text[i] ends unquoted text.
func (s *scanner) isSpecial(i int) bool {
	switch c := s.text[i]; c {
	case '"', '\'', '(', ')', '=', '<', '>', ':', ',', '~', '*':
		return true
	case '!':
		return i+1 < len(s.text) && (s.text[i+1] == '=' || s.text[i+1] == '~')
	default:
		if c <= ' ' {
			return true
		}
		if c < utf8.RuneSelf {
			return false
		}
		r, _ := utf8.DecodeRuneInString(s.text[i:])
		return unicode.IsSpace(r) || isCurlyQuote(r)
	}
}

func isCurlyQuote(r rune) bool { return r >= '\u2018' && r <= '\u201F' }

// bare reads unquoted text; dots says whether full stops belong to it.
func (s *scanner) bare(dots bool) part {
	start := s.pos
	for !s.atEnd() && !s.isSpecial(s.pos) && (dots || s.peek() != '.') {
		_, n := utf8.DecodeRuneInString(s.rest())
		s.pos += n
	}
	return part{text: s.text[start:s.pos], span: span{start, s.pos}}
}

// quoted reads a string; the position is at its first quote.
func (s *scanner) quoted(regexp bool) (part, *syntaxError) {
	start := s.pos
	for i := start + 1; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			s.pos = i + 1
			return part{unquote(s.text[start+1:i], regexp), true, span{start, s.pos}}, nil
		}
	}
	s.pos = len(s.text)
	end := len(s.text)
	if nl := strings.IndexByte(s.text[start:], '\n'); nl >= 0 {
		end = start + nl
	}
	return part{}, &syntaxError{span{start, end}, "string", "the quote is not closed",
		`Add a " at the end; a quote inside a text is written \"`}
}

// path reads names that are divided by full stops.
func (s *scanner) path() ([]part, *syntaxError) {
	var parts []part
	for {
		var p part
		if s.peek() == '"' {
			var err *syntaxError
			if p, err = s.quoted(false); err != nil {
				return nil, err
			}
		} else {
			p = s.bare(false)
		}
		if !p.quoted && p.start == p.end && len(parts) == 0 && s.peek() != '.' {
			return nil, nil
		}
		parts = append(parts, p)
		if s.peek() != '.' {
			return parts, nil
		}
		s.pos++
	}
}

// operator reads an operator; op is "" where there is none.
func (s *scanner) operator() (op Op, err *syntaxError) {
	for _, w := range [...]struct{ text, instead string }{
		{"=~", ""}, {"!~", ""}, {"!=", ""}, {">=", ""}, {"<=", ""},
		{"==", "="}, {"=>", ">="}, {"=<", "<="}, {"<>", "!="}, {"~=", "=~"}, {"~", "=~"}, {":=", "="}, {"=!", "!="},
		{"=", ""}, {">", ""}, {"<", ""}, {":", ""},
	} {
		if !strings.HasPrefix(s.rest(), w.text) {
			continue
		}
		start := s.pos
		s.pos += len(w.text)
		if w.instead != "" {
			return "", &syntaxError{span{start, s.pos}, "operator", "there is no operator " + w.text, "Write " + w.instead}
		}
		return Op(w.text), nil
	}
	return "", nil
}

// keyword reports whether one of AND, OR and NOT stands at the position, as a
// word of its own.
func (s *scanner) keyword() string {
	for _, k := range [...]string{"AND", "OR", "NOT"} {
		if !strings.HasPrefix(s.rest(), k) {
			continue
		}
		next := s.pos + len(k)
		if next == len(s.text) || s.isSpecial(next) && strings.IndexByte("=<>:~!,*", s.text[next]) < 0 {
			return k
		}
	}
	return ""
}

func isKeyword(s string) bool { return s == "AND" || s == "OR" || s == "NOT" }

const nullWord = "NULL_VALUE"

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
