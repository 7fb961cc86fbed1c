package redact

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// idKeys are fields of a record by which it is found, and that others refer to.
var idKeys = wordSet("insertId trace spanId timestamp receiveTimestamp logName")

// Record appends raw, a JSON object, to dst with all of its texts redacted in
// place: on one line, the members in their order, numbers as they are written.
// A text under a key such as "password" is redacted as a whole; so is that of
// {"name": "DB_PASSWORD", "value": …}. ok is false when raw is not JSON; dst is
// returned as it was then.
func (r *Redactor) Record(dst, raw []byte) (out []byte, ok bool) {
	if !json.Valid(raw) {
		return dst, false
	}
	w := recordWriter{r: r, in: raw, out: dst}
	for w.i < len(w.in) {
		w.step()
	}
	return w.out, true
}

// recordWriter copies JSON text that is known to be valid.
type recordWriter struct {
	r     *Redactor
	in    []byte
	i     int
	out   []byte
	stack []level
	// key is that of the value that comes next, name what a member "name" said.
	key string
}

// level is an object or array that is open.
type level struct {
	object, isKey bool
	key           string // the array's own
	name          string // what the member "name" or "key" of the object says
}

func (w *recordWriter) step() {
	c := w.in[w.i]
	switch c {
	case ' ', '\t', '\r', '\n':
		w.i++
		return
	case '"':
		w.text()
		return
	case '{', '[':
		w.stack = append(w.stack, level{object: c == '{', isKey: c == '{', key: w.key})
	case '}', ']':
		w.stack = w.stack[:len(w.stack)-1]
	case ',':
		if l := w.top(); l != nil {
			l.isKey, w.key = l.object, l.key
		}
	case ':':
		w.top().isKey = false
	default:
		w.bare()
		return
	}
	w.out = append(w.out, c)
	w.i++
}

func (w *recordWriter) top() *level {
	if len(w.stack) == 0 {
		return nil
	}
	return &w.stack[len(w.stack)-1]
}

// text copies a string, which is a key or a value.
func (w *recordWriter) text() {
	end := w.i + 1
	for w.in[end] != '"' {
		if w.in[end] == '\\' {
			end++
		}
		end++
	}
	lit := w.in[w.i : end+1]
	w.i = end + 1
	s := unquote(lit)
	l := w.top()
	if l != nil && l.isKey {
		w.key = s
		w.put(lit, s, w.r.Text(s))
		return
	}
	key := w.key
	if l != nil && l.object {
		switch key {
		case "name", "key", "Name", "Key":
			l.name = s
		case "value", "Value":
			key = l.name
		}
	}
	if idKeys[key] {
		w.out = append(w.out, lit...)
		return
	}
	w.put(lit, s, w.r.Field(key, s))
}

// put writes the text that takes the place of s, which is written as lit.
func (w *recordWriter) put(lit []byte, s, t string) {
	if s == t {
		w.out = append(w.out, lit...)
		return
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(t); err != nil { // strings can be encoded
		t = ""
	}
	w.out = append(w.out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// bare copies a number, true, false or null. A number can be a card or, under
// a key such as "password", a secret; its tag is a string.
func (w *recordWriter) bare() {
	end := w.i
	for end < len(w.in) && bytes.IndexByte([]byte(",]} \t\r\n"), w.in[end]) < 0 {
		end++
	}
	lit := w.in[w.i:end]
	w.i = end
	s := string(lit)
	if !isDigit(lit[0]) || len(lit) < 3 || idKeys[w.key] || endsInID(w.key) {
		w.out = append(w.out, lit...)
		return
	}
	t := w.r.Field(w.key, s)
	if t == s {
		w.out = append(w.out, lit...)
		return
	}
	w.put(lit, s, t)
}

func endsInID(key string) bool {
	return len(key) >= 2 && (key[len(key)-2]|0x20) == 'i' && (key[len(key)-1]|0x20) == 'd'
}

// unquote reads a JSON string; most hold no escapes.
func unquote(lit []byte) string {
	inner := lit[1 : len(lit)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	if err := json.Unmarshal(lit, &s); err != nil { // the whole text was valid
		return string(inner)
	}
	return s
}
