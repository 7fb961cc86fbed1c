package logentry

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCursorReadsOnce(t *testing.T) {
	c := NewCursor([]byte(" {\"a\" : 1 ,\n\"b\":{\"x\":[1,\"]}\"]}, \"c\\u0064\":\"e\\\"f\" , \"g\":[1, [2] ,{}],\"h\":{} } "))
	if !c.EnterObject() {
		t.Fatal("no object")
	}
	var got []string
	for {
		key, escaped, ok := c.NextKey()
		if !ok {
			break
		}
		if escaped {
			key, _ = AppendUnescaped(nil, key)
		}
		got = append(got, string(key)+"="+string(c.Value()))
	}
	want := []string{"a=1", `b={"x":[1,"]}"]}`, `cd="e\"f"`, "g=[1, [2] ,{}]", "h={}"}
	if diff := cmp.Diff(want, got); diff != "" || !c.OK() || !c.AtEnd() {
		t.Errorf("ok %v, at end %v\n%s", c.OK(), c.AtEnd(), diff)
	}
}

func TestCursorDescends(t *testing.T) {
	c := NewCursor([]byte(`{"a":{"b":"x","c":{}},"d":["y",7,{"e":true}],"f":null}`))
	var got []string
	c.EnterObject()
	c.NextKey()
	c.EnterObject()
	c.NextKey()
	text, escaped, ok := c.String()
	got = append(got, string(text))
	if escaped || !ok {
		t.Errorf("String: escaped %v, ok %v", escaped, ok)
	}
	c.NextKey()
	c.Skip()
	if _, _, ok := c.NextKey(); ok {
		t.Error("a member behind the last one")
	}
	c.NextKey()
	c.EnterArray()
	for c.NextElement() {
		got = append(got, string(c.Value()))
	}
	if rest := string(c.Rest()); rest != `,"f":null}` {
		t.Errorf("rest = %s", rest)
	}
	key, _, _ := c.NextKey()
	_, _, ok = c.String()
	got = append(got, string(key))
	if ok {
		t.Error("null is a string")
	}
	if diff := cmp.Diff([]string{"x", `"y"`, "7", `{"e":true}`, "f"}, got); diff != "" {
		t.Error(diff)
	}
	if _, _, ok := c.NextKey(); ok || !c.OK() || !c.AtEnd() {
		t.Error("not at the end")
	}
}

func TestCursorReportsMalformedText(t *testing.T) {
	for _, text := range []string{
		`{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{"a" 1}`, `{a:1}`, `{"a":"x}`, `{"a":"x\"}`,
		`{"a":[1,2}`, `{"a":{"b":1}`, `{"a":,"b":1}`, `{"a"}`, `{"a\`, `{"a":"\`,
	} {
		c := NewCursor([]byte(text))
		if c.EnterObject() {
			for {
				if _, _, ok := c.NextKey(); !ok {
					break
				}
				c.Skip()
			}
		}
		if c.OK() {
			t.Errorf("%s is taken for well formed", text)
		}
	}
}

func TestValue(t *testing.T) {
	v := Value(`{"s":"a\tb","n":-1.5e3,"t":true,"z":null,"o":{"k":"v","k":"w"},"l":[1,"x",{"y":2}],"e\"":1}`)
	for _, c := range []struct {
		at   []string
		kind ValueKind
		text string
	}{
		{[]string{"s"}, ValueString, "a\tb"},
		{[]string{"n"}, ValueNumber, "-1.5e3"},
		{[]string{"t"}, ValueBool, "true"},
		{[]string{"z"}, ValueNull, ""},
		{[]string{"o"}, ValueObject, ""},
		{[]string{"o", "k"}, ValueString, "w"},
		{[]string{"l"}, ValueArray, ""},
		{[]string{`e"`}, ValueNumber, "1"},
		{[]string{"none"}, ValueInvalid, ""},
		{[]string{"s", "none"}, ValueInvalid, ""},
	} {
		got := v.At(c.at...)
		if got.Kind() != c.kind || got.Text() != c.text {
			t.Errorf("At(%q) = %s, kind %d, text %q", c.at, got, got.Kind(), got.Text())
		}
	}
	var elements []string
	for el := range v.Get("l").Elements {
		elements = append(elements, string(el))
	}
	if diff := cmp.Diff([]string{"1", `"x"`, `{"y":2}`}, elements); diff != "" {
		t.Error(diff)
	}
	if (Value(`"\`)).Text() != `\` {
		t.Error("text without its closing quote")
	}
	for range Value(`{"a":1,"b":2}`).Members {
		break
	}
	for range Value(`[1,2]`).Elements {
		break
	}
	for range Value(`7`).Members {
		t.Error("a number has members")
	}
	for range Value(`7`).Elements {
		t.Error("a number has elements")
	}
}

func TestAppendUnescaped(t *testing.T) {
	for _, c := range []struct {
		in, want string
		replaced int
	}{
		{`plain`, "plain", 0},
		{`\"\\\/\b\f\n\r\t`, "\"\\/\b\f\n\r\t", 0},
		{`\u0041\u00e9\u20ac`, "Aé€", 0},
		{`\ud83d\ude00`, "😀", 0},
		{`\ud83d`, "\ufffd", 1},
		{`\ud83dx`, "\ufffdx", 1},
		{`\ud83d\u0041`, "\ufffdA", 1},
		{`\ude00\ud83d\ude00`, "\ufffd😀", 1},
		{"caf\xe9 \xff\xfe", "caf\ufffd \ufffd\ufffd", 3},
		{"\ufffd", "\ufffd", 0},
		{`\q\u12`, `\q\u12`, 0},
		{`end\`, `end\`, 0},
	} {
		got, replaced := AppendUnescaped([]byte(">"), []byte(c.in))
		if string(got) != ">"+c.want || replaced != c.replaced {
			t.Errorf("%q = %q with %d replaced, want %q with %d", c.in, got, replaced, c.want, c.replaced)
		}
	}
}

// TestStringEndAtEveryOffset moves a quote and an escape through the eight
// bytes that are looked at together.
func TestStringEndAtEveryOffset(t *testing.T) {
	for n := range 40 {
		text := strings.Repeat("a", n) + `"` + strings.Repeat("b", 20)
		if end, escaped := stringEnd([]byte(text), 0); end != n || escaped {
			t.Errorf("quote at %d found at %d, escaped %v", n, end, escaped)
		}
		text = strings.Repeat("a", n) + `\"` + strings.Repeat("!", 9) + `"`
		if end, escaped := stringEnd([]byte(text), 0); end != n+11 || !escaped {
			t.Errorf("quote at %d found at %d, escaped %v", n+11, end, escaped)
		}
	}
}

// tree builds what encoding/json builds, with the means of this package.
func tree(v Value) any {
	switch v.Kind() {
	case ValueObject:
		m := map[string]any{}
		for key, member := range v.Members {
			text, _ := AppendUnescaped(nil, []byte(key)) // keys without escapes may still not be UTF-8
			m[string(text)] = tree(member)
		}
		return m
	case ValueArray:
		l := []any{}
		for el := range v.Elements {
			l = append(l, tree(el))
		}
		return l
	case ValueString:
		return v.Text()
	case ValueNumber:
		return json.Number(v.Text())
	case ValueBool:
		return v.Text() == "true"
	}
	return nil
}

// FuzzValueAgainstEncodingJSON: of valid JSON both make the same, and no text
// makes this package panic or read outside of it.
func FuzzValueAgainstEncodingJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":[true,null,"x\u00e9\n"],"c":{"d":"\ud83d\ude00"}}`, `[]`, `"\ud800"`, `{"a":{"a":{"a":[[[]]]}}}`, `-0.1e+5`,
		"{\"a\":\"\xff\"}", `{"k\"":"v"}`, ` { "a" : [ 1 , 2 ] } `, `{"a":"` + strings.Repeat("x", 30) + `\\"}`, `{"a":1,"a":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		exact := bytes.TrimSpace(text)
		if len(exact) > 4096 {
			return // tree takes quadratic time for nested lists
		}
		boxed := append(make([]byte, 0, len(exact)), exact...) // no room behind: reading further would panic
		c := NewCursor(boxed)
		v := c.Value()
		got := tree(v)
		dec := json.NewDecoder(bytes.NewReader(exact))
		dec.UseNumber()
		var want any
		if dec.Decode(&want) != nil {
			return
		}
		if _, err := dec.Token(); err != io.EOF {
			return
		}
		if len(v) != len(exact) || !c.OK() || !c.AtEnd() {
			t.Fatalf("%q: read %q", exact, v)
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("%q\n%s", exact, cmp.Diff(want, got))
		}
	})
}
