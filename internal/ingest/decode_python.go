package ingest

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"logwhy/internal/logentry"
)

// jsonOfRepr turns the repr of a Python mapping, {'message': 'x'} or
// OrderedDict([('message', 'x')]), into a JSON object. Scripts that collect
// entries with the Python client print payloads so. ok is false for anything
// else; what has no counterpart in JSON, such as datetime(…), becomes a string.
func jsonOfRepr(s string) (object logentry.Value, ok bool) {
	s = strings.TrimSpace(s)
	r := repr{text: s, out: make([]byte, 0, len(s))}
	if !r.value(16) || r.at != len(s) || len(r.out) == 0 || r.out[0] != '{' {
		return nil, false
	}
	return r.out, true
}

type repr struct {
	text string
	at   int
	out  []byte
}

func (r *repr) space() {
	for r.at < len(r.text) && r.text[r.at] <= ' ' {
		r.at++
	}
}

// peek returns the next byte behind space, 0 at the end.
func (r *repr) peek() byte {
	r.space()
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

// take steps over c if it is next.
func (r *repr) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

func (r *repr) value(depth int) bool {
	if depth == 0 {
		return false
	}
	switch c := r.peek(); {
	case c == '\'' || c == '"':
		return r.quoted()
	case c == '{':
		r.at++
		return r.pairs('}', ':', depth)
	case c == '[':
		r.at++
		return r.list(']', depth)
	case c == '(':
		r.at++
		return r.list(')', depth)
	case c == '-' || c == '+' || isDigit(c):
		return r.number()
	case isLetter(c) || c == '_':
		return r.word(depth)
	}
	return false
}

// pairs reads "key: value, …" up to the bracket; with sep ',' each pair is a
// tuple, "(key, value), …", with '=' the keys are keywords.
func (r *repr) pairs(closing, sep byte, depth int) bool {
	r.out = append(r.out, '{')
	for first := true; !r.take(closing); first = false {
		if !first && !r.take(',') {
			return false
		}
		if r.take(closing) {
			break
		}
		if !first {
			r.out = append(r.out, ',')
		}
		if sep == ',' && !r.take('(') || !r.key(sep) || !r.take(sep) {
			return false
		}
		r.out = append(r.out, ':')
		if !r.value(depth-1) || sep == ',' && !r.take(')') {
			return false
		}
	}
	r.out = append(r.out, '}')
	return true
}

// key reads a key; those that are no strings become strings.
func (r *repr) key(sep byte) bool {
	if c := r.peek(); sep != '=' && (c == '\'' || c == '"' || isLetter(c)) {
		start := len(r.out)
		return r.value(2) && r.out[start] == '"'
	}
	start := r.at
	for r.at < len(r.text) && strings.IndexByte(":,=", r.text[r.at]) < 0 {
		r.at++
	}
	r.out = appendJSONString(r.out, strings.TrimSpace(r.text[start:r.at]))
	return true
}

func (r *repr) list(closing byte, depth int) bool {
	r.out = append(r.out, '[')
	for first := true; !r.take(closing); first = false {
		if !first && !r.take(',') {
			return false
		}
		if r.take(closing) {
			break
		}
		if !first {
			r.out = append(r.out, ',')
		}
		if !r.value(depth - 1) {
			return false
		}
	}
	r.out = append(r.out, ']')
	return true
}

func (r *repr) number() bool {
	start := r.at
	for r.at < len(r.text) && strings.IndexByte("+-.0123456789eE_", r.text[r.at]) >= 0 {
		r.at++
	}
	text := strings.ReplaceAll(r.text[start:r.at], "_", "")
	if !json.Valid([]byte(text)) { // what Python prints of finite numbers is
		return false
	}
	r.out = append(r.out, text...)
	return true
}

// word reads True, False, None, a string with a prefix, or a call.
func (r *repr) word(depth int) bool {
	start := r.at
	for r.at < len(r.text) && (isLetter(r.text[r.at]) || isDigit(r.text[r.at]) || r.text[r.at] == '_' || r.text[r.at] == '.') {
		r.at++
	}
	name := r.text[start:r.at]
	switch name {
	case "True":
		r.out = append(r.out, "true"...)
		return true
	case "False":
		r.out = append(r.out, "false"...)
		return true
	case "None", "nan", "inf":
		r.out = append(r.out, "null"...)
		return true
	}
	switch c := r.peek(); {
	case (c == '\'' || c == '"') && len(name) <= 2:
		return r.quoted()
	case c != '(':
		return false
	case name == "OrderedDict" || name == "collections.OrderedDict" || name == "dict":
		return r.mapping(depth)
	}
	return r.call(start)
}

// mapping reads the arguments of OrderedDict or dict: nothing, a list of pairs,
// a dict, or keywords.
func (r *repr) mapping(depth int) bool {
	r.at++
	switch r.peek() {
	case ')':
		r.at++
		r.out = append(r.out, "{}"...)
		return true
	case '[':
		r.at++
		return r.pairs(']', ',', depth) && r.take(')')
	case '{':
		r.at++
		return r.pairs('}', ':', depth) && r.take(')')
	}
	return r.pairs(')', '=', depth)
}

// call keeps an object of any other class as it was printed.
func (r *repr) call(start int) bool {
	depth := 0
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				r.at++
				r.out = appendJSONString(r.out, r.text[start:r.at])
				return true
			}
		case '\'', '"':
			end := closingQuote(r.text, r.at)
			if end < 0 {
				return false
			}
			r.at = end
		}
	}
	return false
}

// closingQuote returns the index of the quote that closes the one at i.
func closingQuote(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case s[i]:
			return j
		}
	}
	return -1
}

// quoted reads a Python string.
func (r *repr) quoted() bool {
	end := closingQuote(r.text, r.at)
	if end < 0 {
		return false
	}
	r.out = appendJSONString(r.out, pythonText(r.text[r.at+1:end]))
	r.at = end + 1
	return true
}

// pythonText resolves the escapes of a Python string literal.
func pythonText(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for len(s) > 0 {
		if s[0] != '\\' || len(s) < 2 {
			b = append(b, s[0])
			s = s[1:]
			continue
		}
		if s[1] == '\'' || s[1] == '"' {
			b = append(b, s[1])
			s = s[2:]
			continue
		}
		// The other escapes that repr prints are those of Go.
		if r, _, rest, err := strconv.UnquoteChar(s, 0); err == nil {
			b = utf8.AppendRune(b, r)
			s = rest
			continue
		}
		b = append(b, s[0], s[1])
		s = s[2:]
	}
	return string(b)
}

// appendJSONString appends s as a JSON string.
func appendJSONString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
