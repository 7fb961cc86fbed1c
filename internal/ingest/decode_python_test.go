package ingest

import (
	"encoding/json"
	"testing"
)

func TestJSONOfRepr(t *testing.T) {
	for repr, want := range map[string]string{
		`OrderedDict([('message', 'x'), ('n', 1)])`: `{"message":"x","n":1}`,
		`OrderedDict({'message': 'x'})`:             `{"message":"x"}`,
		`collections.OrderedDict()`:                 `{}`,
		`dict(a=1, b='x')`:                          `{"a":1,"b":"x"}`, `dict(`: ``,
		`dict([('a', None)])`: `{"a":null}`,
		`{'a': True, 'b': False, 'c': None, 'd': -1.5e3, 'e': 1_000,}`:     `{"a":true,"b":false,"c":null,"d":-1.5e3,"e":1000}`,
		`{'a': [1, 'b', (2, 3)], 'e': {}, 'f': [], 'g': ()}`:               `{"a":[1,"b",[2,3]],"e":{},"f":[],"g":[]}`,
		`{'a': "it's", "b": 'say "x"', u'c': b'raw'}`:                      `{"a":"it's","b":"say \"x\"","c":"raw"}`,
		`{'a': 'l1\nl2\t\\ \x41 \u20ac \' \q'}`:                            `{"a":"l1\nl2\t\\ A € ' \\q"}`,
		`{'at': datetime.datetime(2026, 1, 15, tzinfo=UTC('x)')), 'b': 1}`: `{"at":"datetime.datetime(2026, 1, 15, tzinfo=UTC('x)'))","b":1}`,
		`{1: 'a', (1, 2): 'b'}`:                                            ``,
		`{1: 'a', 2.5: 'b'}`:                                               `{"1":"a","2.5":"b"}`,
		`OrderedDict([('o', OrderedDict([('k', ['v'])]))])`:                `{"o":{"k":["v"]}}`,
		` {'a' : 1 } `:          `{"a":1}`,
		`{'a': nan, 'b': 'x'}`:  `{"a":null,"b":"x"}`,
		"{'a': 'tab\tand\x01'}": `{"a":"tab\u0009and\u0001"}`,
		``:                      ``, `plain`: ``, `[1]`: ``, `'x'`: ``, `{`: ``, `{'a'`: ``, `{'a':`: ``, `{'a': 1`: ``, `{'a': 1} x`: ``, `{'a': 'x`: ``, `{'a': 1 'b': 2}`: ``,
		`OrderedDict([('a', 1)`: ``, `OrderedDict([('a' 1)])`: ``, `OrderedDict(7)`: ``, `{'a': f(}`: ``, `{'a': f('}`: ``, `{'a': x}`: ``, `{'a': 1e}`: ``, `{[1]: 2}`: `{"[1]":2}`,
		`{'a': [1 2]}`: ``, `{'a': [`: ``, `{'a': (1`: ``, `{'a': 01}`: ``, `{'a': +1}`: ``, `{'a': +}`: ``, `{'a': f`: ``,
		`{'a': [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}`: ``,
	} {
		got, ok := jsonOfRepr(repr)
		if ok != (want != "") || ok && !equalJSON(string(got), want) {
			t.Errorf("jsonOfRepr(%s) = %s, %v, want %s", repr, got, ok, want)
		}
	}
}

func equalJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	ab, _ := json.Marshal(x)
	bb, _ := json.Marshal(y)
	return string(ab) == string(bb)
}

// FuzzDecodeRepr: what is taken for a mapping is a JSON object.
func FuzzDecodeRepr(f *testing.F) {
	f.Add(`OrderedDict([('message', 'it\'s'), ('n', [1, {'a': None}])])`)
	f.Add(`{'at': datetime.datetime(2026, 1, 15), "b": 1.5}`)
	f.Fuzz(func(t *testing.T, s string) {
		object, ok := jsonOfRepr(s)
		if !ok {
			return
		}
		var m map[string]any
		if err := json.Unmarshal(object, &m); err != nil {
			t.Errorf("%q became %q: %v", s, object, err)
		}
	})
}
