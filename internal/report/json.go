package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"logwhy/internal/incident"
)

// writeJSON writes the canonical form: indented by two spaces, fields in the
// order of the types, evidence by number, lists that the schema requires
// present even when empty, no HTML escapes. Hidden characters are written as
// JSON escapes, so that a terminal is safe and the value is the same.
func writeJSON(w io.Writer, a *incident.Analysis, _ Options) error {
	full := withoutNil(reflect.ValueOf(*a)).Interface().(incident.Analysis)
	if full.Schema == "" {
		full.Schema = incident.Schema
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document{full, full.Evidence}); err != nil {
		return err
	}
	_, err := io.WriteString(w, escapeHidden(b.String()))
	return err
}

// document is an analysis whose evidence stands in the order of its numbers.
// Its own field hides the embedded one of the same name.
type document struct {
	incident.Analysis
	Evidence byNumber `json:"evidence"`
}

type byNumber map[string]incident.Evidence

// MarshalJSON writes E2 before E10.
func (m byNumber) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, id := range slices.SortedFunc(maps.Keys(m), compareIDs) {
		if i > 0 {
			b.WriteByte(',')
		}
		for _, part := range []any{id, m[id]} {
			if err := appendJSON(&b, part); err != nil {
				return nil, err
			}
			b.WriteByte(':')
		}
		b.Truncate(b.Len() - 1)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func appendJSON(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the encoder's line feed
	return nil
}

// compareIDs orders E2 before E10: by the letters, then by the number.
func compareIDs(a, b string) int {
	la, lb := strings.TrimRight(a, "0123456789"), strings.TrimRight(b, "0123456789")
	return cmp.Or(
		cmp.Compare(la, lb),
		cmp.Compare(len(a)-len(la), len(b)-len(lb)),
		cmp.Compare(a, b),
	)
}

// withoutNil copies v with each nil slice and map that JSON would print as
// null made empty, and text made UTF-8.
func withoutNil(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Slice:
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(withoutNil(v.Index(i)))
		}
	case reflect.Map:
		out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for it := v.MapRange(); it.Next(); {
			out.SetMapIndex(withoutNil(it.Key()), withoutNil(it.Value()))
		}
	case reflect.Struct:
		out.Set(v)
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).IsExported() && !omitted(v.Type().Field(i), f) {
				out.Field(i).Set(withoutNil(f))
			}
		}
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		out.Set(reflect.New(v.Type().Elem()))
		out.Elem().Set(withoutNil(v.Elem()))
	case reflect.String: // the encoder would write U+FFFD as it is, and what is no UTF-8 as its escape
		if utf8.ValidString(v.String()) {
			return v
		}
		out.SetString(string([]rune(v.String())))
	default:
		return v
	}
	return out
}

// omitted reports whether encoding/json leaves the field out.
func omitted(f reflect.StructField, v reflect.Value) bool {
	tag := f.Tag.Get("json")
	return strings.Contains(tag, ",omitempty") && (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0
}

// escapeHidden writes the hidden characters inside the strings of a JSON text
// as escapes. Outside of strings there are none.
func escapeHidden(s string) string {
	if !strings.ContainsFunc(s, hiddenInJSON) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !hiddenInJSON(r):
			b.WriteRune(r)
		case r > 0xffff: // JSON knows only surrogate pairs
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		default:
			writeHidden(&b, r)
		}
	}
	return b.String()
}

func hiddenInJSON(r rune) bool { return r != '\n' && hidden(r) }

// Read reads a stored analysis. Fields that it does not know are ignored, as
// a version is only ever added to.
func Read(r io.Reader) (*incident.Analysis, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read analysis: %w", err)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, errors.New("read analysis: not UTF-8; write it again with -o json=FILE")
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("it is empty; the command that wrote it probably failed")
	}
	var a incident.Analysis
	if err := json.Unmarshal(data, &a); err != nil {
		return nil, fmt.Errorf("read analysis: %s", jsonPlace(data, err))
	}
	if a.Schema != incident.Schema {
		return nil, fmt.Errorf("read analysis: schema is %q, want %q; was this written with -o json?", a.Schema, incident.Schema)
	}
	return &a, nil
}

// jsonPlace adds the line and column to what encoding/json says.
func jsonPlace(data []byte, err error) string {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
		value, _, _ := strings.Cut(kind.Value, " ") // a number is given with its digits
		article := "a"
		if strings.HasPrefix(value, "a") || strings.HasPrefix(value, "o") {
			article = "an"
		}
		err = fmt.Errorf("%s is %s %s here", cmp.Or(kind.Field, "the document"), article, value)
	}
	if offset < 0 || offset > int64(len(data)) {
		return err.Error()
	}
	head := data[:offset]
	return fmt.Sprintf("%d:%d: %s", bytes.Count(head, []byte("\n"))+1, len(head)-bytes.LastIndexByte(head, '\n'), err)
}
