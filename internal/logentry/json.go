package logentry

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// Cursor reads JSON text once, forward, without building anything. It is made
// for records of which few parts are wanted: what is not asked for is skipped
// by looking for quotes and brackets only, so that a Cursor accepts some text
// that is not JSON. It never reads outside the text. The zero Cursor is at the
// end of an empty text.
type Cursor struct {
	buf   []byte
	pos   int
	first bool // the next member or element is the first of its container
	bad   bool
}

// NewCursor returns a cursor at the start of text.
func NewCursor(text []byte) Cursor { return Cursor{buf: text} }

// OK reports whether the text read so far was well formed.
func (c *Cursor) OK() bool { return !c.bad }

// AtEnd reports whether only space is left.
func (c *Cursor) AtEnd() bool { return skipSpace(c.buf, c.pos) == len(c.buf) }

// Peek returns the first byte of the next value, 0 at the end.
func (c *Cursor) Peek() byte {
	c.pos = skipSpace(c.buf, c.pos)
	if c.pos == len(c.buf) {
		return 0
	}
	return c.buf[c.pos]
}

// Rest returns the text from the cursor on.
func (c *Cursor) Rest() []byte { return c.buf[c.pos:] }

// EnterObject steps into the object at the cursor; false when there is none.
func (c *Cursor) EnterObject() bool { return c.enter('{') }

// EnterArray steps into the array at the cursor; false when there is none.
func (c *Cursor) EnterArray() bool { return c.enter('[') }

func (c *Cursor) enter(bracket byte) bool {
	if c.Peek() != bracket {
		return false
	}
	c.pos++
	c.first = true
	return true
}

// NextKey moves to the next member of the object that was entered and returns
// its key as written, without quotes; escaped tells that it holds escapes. The
// cursor stands before the value, which must be read or skipped. ok is false
// behind the last member and at malformed text.
func (c *Cursor) NextKey() (key []byte, escaped, ok bool) {
	if !c.more('}') {
		return nil, false, false
	}
	if c.buf[c.pos] != '"' {
		c.bad = true
		return nil, false, false
	}
	start := c.pos + 1
	end, escaped := stringEnd(c.buf, start)
	i := skipSpace(c.buf, end+1)
	if end < 0 || i >= len(c.buf) || c.buf[i] != ':' {
		c.bad = true
		return nil, false, false
	}
	c.pos = i + 1
	return c.buf[start:end], escaped, true
}

// NextElement moves to the next element of the array that was entered; false
// behind the last one and at malformed text.
func (c *Cursor) NextElement() bool { return c.more(']') }

// more steps over the comma, or over the closing bracket and then is false.
func (c *Cursor) more(closing byte) bool {
	if c.bad {
		return false
	}
	ch := c.Peek()
	if ch == closing && ch != 0 {
		c.pos++
		c.first = false
		return false
	}
	if !c.first {
		if ch != ',' {
			c.bad = true
			return false
		}
		c.pos++
		ch = c.Peek()
	}
	c.first = false
	if ch == 0 || ch == closing || ch == ',' {
		c.bad = true
		return false
	}
	return true
}

// Skip steps over the next value.
func (c *Cursor) Skip() { c.Value() }

// Value reads the next value, without the space around it. It is empty when
// the text is malformed there.
func (c *Cursor) Value() Value {
	start := skipSpace(c.buf, c.pos)
	end := valueEnd(c.buf, start)
	if c.bad || end <= start {
		c.bad = true
		c.pos = len(c.buf)
		return nil
	}
	c.pos = end
	c.first = false
	return Value(c.buf[start:end])
}

// String reads the next value when it is a string: its text between the
// quotes, as written. ok is false, and the value is skipped, for anything else.
func (c *Cursor) String() (text []byte, escaped, ok bool) {
	start := skipSpace(c.buf, c.pos)
	if start >= len(c.buf) || c.buf[start] != '"' {
		c.Skip()
		return nil, false, false
	}
	start++
	end, escaped := stringEnd(c.buf, start)
	if end < 0 {
		c.bad = true
		c.pos = len(c.buf)
		return nil, false, false
	}
	c.pos = end + 1
	return c.buf[start:end], escaped, true
}

// Value is the text of one JSON value, as it stands in the record.
type Value []byte

// ValueKind tells what a Value holds.
type ValueKind uint8

// Kinds of values. Invalid is everything that begins like no JSON value.
const (
	ValueInvalid ValueKind = iota
	ValueNull
	ValueBool
	ValueNumber
	ValueString
	ValueObject
	ValueArray
)

// Kind looks at the first byte only.
func (v Value) Kind() ValueKind {
	if len(v) == 0 {
		return ValueInvalid
	}
	switch c := v[0]; {
	case c == '"':
		return ValueString
	case c == '{':
		return ValueObject
	case c == '[':
		return ValueArray
	case c == 'n':
		return ValueNull
	case c == 't', c == 'f':
		return ValueBool
	case c == '-', c >= '0' && c <= '9':
		return ValueNumber
	}
	return ValueInvalid
}

// Text returns the text of a string, or a number or a boolean as written; ""
// for everything else. It shares memory with v where there are no escapes.
func (v Value) Text() string {
	switch v.Kind() {
	case ValueString:
		s, escaped := v.quoted()
		if !escaped && utf8.Valid(s) {
			return borrow(s)
		}
		dst, _ := AppendUnescaped(nil, s)
		return borrow(dst)
	case ValueNumber, ValueBool:
		return borrow(v)
	}
	return ""
}

// quoted returns what stands between the quotes of a string.
func (v Value) quoted() (text []byte, escaped bool) {
	end, escaped := stringEnd(v, 1)
	if end < 0 {
		end = len(v)
	}
	return v[1:end], escaped
}

// Get returns the member called key; nil when v is no object or has none. Of
// equal keys the last counts, as in encoding/json.
func (v Value) Get(key string) Value {
	var found Value
	c := NewCursor(v)
	if !c.EnterObject() {
		return nil
	}
	for {
		k, escaped, ok := c.NextKey()
		if !ok {
			return found
		}
		val := c.Value()
		if keyIs(k, escaped, key) {
			found = val
		}
	}
}

// At follows keys through nested objects; nil where one is missing.
func (v Value) At(keys ...string) Value {
	for _, k := range keys {
		v = v.Get(k)
	}
	return v
}

func keyIs(k []byte, escaped bool, key string) bool {
	if !escaped {
		return string(k) == key
	}
	dst, _ := AppendUnescaped(nil, k)
	return string(dst) == key
}

// Elements calls yield for each element of an array until it returns false.
func (v Value) Elements(yield func(Value) bool) {
	c := NewCursor(v)
	if !c.EnterArray() {
		return
	}
	for c.NextElement() {
		if el := c.Value(); el == nil || !yield(el) {
			return
		}
	}
}

// Members calls yield for each member of an object until it returns false.
func (v Value) Members(yield func(key string, val Value) bool) {
	c := NewCursor(v)
	if !c.EnterObject() {
		return
	}
	for {
		k, escaped, ok := c.NextKey()
		if !ok {
			return
		}
		key := borrow(k)
		if escaped {
			dst, _ := AppendUnescaped(nil, k)
			key = borrow(dst)
		}
		if val := c.Value(); val == nil || !yield(key, val) {
			return
		}
	}
}

// borrow views b as a string without copying.
func borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func skipSpace(b []byte, i int) int {
	for i >= 0 && i < len(b) && b[i] <= ' ' {
		i++
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stringEnd returns the index of the quote that closes the string whose text
// begins at i, -1 when there is none. Eight bytes are looked at at a time: a
// byte of w^quotes is zero where w has a quote, and the lowest mark left by
// (x-ones)&^x&highs is exact.
func stringEnd(b []byte, i int) (end int, escaped bool) {
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		q := w ^ (ones * '"')
		s := w ^ (ones * '\\')
		mark := ((q - ones) &^ q & highs) | ((s - ones) &^ s & highs)
		if mark == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(mark) >> 3
		if b[i] == '"' {
			return i, escaped
		}
		escaped = true
		i += 2
	}
	for i < len(b) {
		switch b[i] {
		case '"':
			return i, escaped
		case '\\':
			escaped = true
			i++
		}
		i++
	}
	return -1, escaped
}

// valueEnd returns the index behind the value that begins at i, -1 when the
// text ends before it does.
func valueEnd(b []byte, i int) int {
	if i < 0 || i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		end, _ := stringEnd(b, i+1)
		if end < 0 {
			return -1
		}
		return end + 1
	case '{', '[':
		return nestedEnd(b, i)
	}
	for i < len(b) {
		switch c := b[i]; {
		case c == ',', c == '}', c == ']', c <= ' ', c == ':', c == '"':
			return i
		}
		i++
	}
	return i
}

// nestedEnd steps over an object or array by counting brackets outside strings.
func nestedEnd(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end, _ := stringEnd(b, i+1)
			if end < 0 {
				return -1
			}
			i = end
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// AppendUnescaped appends the text of a JSON string, given without its quotes.
// Bytes that are not UTF-8 and surrogates without their half become U+FFFD,
// each counted in replaced. Escapes that JSON does not know stay as they are.
func AppendUnescaped(dst, s []byte) (text []byte, replaced int) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\\':
			var n, bad int
			dst, n, bad = appendEscape(dst, s[i:])
			i, replaced = i+n, replaced+bad
		case c < utf8.RuneSelf:
			start := i
			for i < len(s) && s[i] < utf8.RuneSelf && s[i] != '\\' {
				i++
			}
			dst = append(dst, s[start:i]...)
		default:
			r, n := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && n == 1 {
				replaced++
			}
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return dst, replaced
}

// appendEscape appends what the escape at the start of s means, and returns
// the number of bytes it takes.
func appendEscape(dst, s []byte) (text []byte, n, replaced int) {
	if len(s) < 2 {
		return append(dst, s...), len(s), 0
	}
	switch c := s[1]; c {
	case '"', '\\', '/':
		return append(dst, c), 2, 0
	case 'n':
		return append(dst, '\n'), 2, 0
	case 't':
		return append(dst, '\t'), 2, 0
	case 'r':
		return append(dst, '\r'), 2, 0
	case 'b':
		return append(dst, '\b'), 2, 0
	case 'f':
		return append(dst, '\f'), 2, 0
	case 'u':
		return appendUnicodeEscape(dst, s)
	}
	return append(dst, '\\'), 1, 0
}

func appendUnicodeEscape(dst, s []byte) (text []byte, n, replaced int) {
	r, ok := hex4(s)
	if !ok {
		return append(dst, '\\'), 1, 0
	}
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(dst, r), 6, 0
	}
	if low, ok := hex4(s[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return utf8.AppendRune(dst, pair), 12, 0
		}
	}
	return utf8.AppendRune(dst, utf8.RuneError), 6, 1
}

// hex4 reads the escape \uXXXX at the start of s.
func hex4(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
