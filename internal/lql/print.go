package lql

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Print writes an expression as a filter, on one line. Disjunctions stand in
// parentheses wherever they stand beside something else, although OR binds
// stronger than AND: people expect the contrary.
func Print(x Expr) string {
	if x == nil {
		return ""
	}
	return string(appendExpr(nil, x, false))
}

// appendExpr prints x; in a value, texts need quotes only where they could be
// read otherwise.
func appendExpr(dst []byte, x Expr, value bool) []byte {
	switch x := x.(type) {
	case *Conjunction:
		return appendList(dst, x.Of, " AND ", value)
	case *Disjunction:
		return appendList(dst, x.Of, " OR ", value)
	case *Negation:
		return appendPart(append(dst, "NOT "...), x.Of, value)
	case *Text:
		return appendText(dst, x, value)
	case *Comparison:
		dst = appendArg(dst, x.Left)
		dst = append(dst, x.Op...)
		return appendValue(dst, x.Value)
	case *Call:
		return appendArg(dst, x)
	}
	return dst
}

func appendList(dst []byte, list []Expr, between string, value bool) []byte {
	for i, x := range list {
		if i > 0 {
			dst = append(dst, between...)
		}
		if _, ok := x.(*Negation); ok {
			dst = appendExpr(dst, x, value)
			continue
		}
		dst = appendPart(dst, x, value)
	}
	return dst
}

// appendPart prints x as a part of something else.
func appendPart(dst []byte, x Expr, value bool) []byte {
	switch x.(type) {
	case *Conjunction, *Disjunction, *Negation:
		return append(appendExpr(append(dst, '('), x, value), ')')
	}
	return appendExpr(dst, x, value)
}

func appendValue(dst []byte, x Expr) []byte { return appendPart(dst, x, true) }

func appendText(dst []byte, t *Text, value bool) []byte {
	switch {
	case t.Null:
		return append(dst, nullWord...)
	case t.Any:
		return append(dst, '*')
	case value && isPlain(t.Value):
		return append(dst, t.Value...)
	}
	return appendQuoted(dst, t.Value)
}

// appendArg prints a field, an argument or a function.
func appendArg(dst []byte, a any) []byte {
	switch a := a.(type) {
	case *Path:
		return appendPath(dst, a.Parts)
	case *Text:
		return appendText(dst, a, false)
	case Word:
		return append(dst, a...)
	case *Call:
		return appendCall(dst, a)
	}
	return dst
}

func appendCall(dst []byte, c *Call) []byte {
	form := functions[strings.ToLower(c.Name)]
	dst = append(append(dst, c.Name...), '(')
	for i, a := range c.Args {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if t, ok := a.(*Text); ok && form.arg(i) == argNumber {
			dst = appendText(dst, t, true)
		} else {
			dst = appendArg(dst, a)
		}
	}
	return append(dst, ')')
}

func appendPath(dst []byte, parts []string) []byte {
	for i, p := range parts {
		if i > 0 {
			dst = append(dst, '.')
		}
		if isName(p) {
			dst = append(dst, p...)
		} else {
			dst = appendQuoted(dst, p)
		}
	}
	return dst
}

// isName reports whether a part of a path needs no quotes.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && !isLetter(c) && (i == 0 || !isDigit(c) && c != '-') {
			return false
		}
	}
	return s != "" && !isKeyword(s)
}

// isPlain reports whether a value is commonly written without quotes: a number,
// a severity, a boolean.
func isPlain(s string) bool {
	switch s {
	case "true", "false":
		return true
	}
	if _, ok := severityNumber(s); ok && s[0] >= 'A' && s[0] <= 'Z' {
		return s == strings.ToUpper(s)
	}
	whole, frac, point := strings.Cut(s, ".")
	return allDigits(whole) && (!point || allDigits(frac))
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// Quote writes s as a quoted string. Invalid UTF-8 becomes U+FFFD.
func Quote(s string) string { return string(appendQuoted(nil, validText(s))) }

func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}

// unquote reads what stands between the quotes of a string. An escape that is
// not known stands for itself, backslash included, as regular expressions are
// often written with single backslashes.
func unquote(s string, regexp bool) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	dst := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 == len(s) {
			dst = append(dst, s[i])
			i++
			continue
		}
		var n int
		dst, n = appendEscape(dst, s[i:], regexp)
		i += n
	}
	return validText(string(dst))
}

// appendEscape appends what the escape at the start of s means and returns its
// length. In a regular expression those stay that RE2 reads itself: \b is the
// edge of a word there, \x2e a full stop and nothing else.
func appendEscape(dst []byte, s string, regexp bool) ([]byte, int) {
	switch c := s[1]; {
	case c == '"' || c == '\\':
		return append(dst, c), 2
	case c == 'n':
		return append(dst, '\n'), 2
	case c == 't':
		return append(dst, '\t'), 2
	case c == 'r':
		return append(dst, '\r'), 2
	case c == 'u' || c == 'U':
		return appendRune(dst, s)
	case c >= '0' && c <= '3':
		return appendByte(dst, s, 1, 3, 8, regexp)
	case regexp:
	case c == 'x':
		return appendByte(dst, s, 2, 2, 16, false)
	case strings.IndexByte("abfv", c) >= 0:
		return append(dst, "\a\b\f\v"[strings.IndexByte("abfv", c)]), 2
	}
	return append(dst, s[:2]...), 2
}

// appendByte reads n digits at s[from:]. In a regular expression only control
// characters are taken, as others may be operators there.
func appendByte(dst []byte, s string, from, n, base int, control bool) ([]byte, int) {
	if len(s) >= from+n {
		if v, err := strconv.ParseUint(s[from:from+n], base, 8); err == nil && (!control || v < ' ' || v == 0x7f) {
			return append(dst, byte(v)), from + n
		}
	}
	return append(dst, s[:2]...), 2
}

func appendRune(dst []byte, s string) ([]byte, int) {
	n := 4
	if s[1] == 'U' {
		n = 8
	}
	if len(s) >= 2+n {
		if v, err := strconv.ParseUint(s[2:2+n], 16, 32); err == nil && v <= utf8.MaxRune {
			return utf8.AppendRune(dst, rune(v)), 2 + n
		}
	}
	return append(dst, s[:2]...), 2
}
