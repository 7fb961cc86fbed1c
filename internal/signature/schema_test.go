package signature

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// conform checks a value against the part of JSON Schema that Schema uses.
func conform(root, schema map[string]any, v any, at string) error {
	if ref, ok := schema["$ref"].(string); ok {
		def, ok := root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		if !ok {
			return fmt.Errorf("%s: %s leads nowhere", at, ref)
		}
		return conform(root, def, v, at)
	}
	for key, most := range map[string]int{"anyOf": 1 << 30, "oneOf": 1} {
		list, ok := schema[key].([]any)
		if !ok {
			continue
		}
		n := 0
		for _, s := range list {
			if conform(root, s.(map[string]any), v, at) == nil {
				n++
			}
		}
		if n == 0 || n > most {
			return fmt.Errorf("%s: %d of %s", at, n, key)
		}
	}
	if enum, ok := schema["enum"].([]any); ok {
		for _, e := range enum {
			if e == v {
				return nil
			}
		}
		return fmt.Errorf("%s: %v is none of %v", at, v, enum)
	}
	if t, ok := schema["type"]; ok && !strings.Contains(fmt.Sprint(t), typeOf(v)) {
		return fmt.Errorf("%s: %v is no %v", at, v, t)
	}
	if p, ok := schema["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(fmt.Sprint(v)) {
		return fmt.Errorf("%s: %v does not match %s", at, v, p)
	}
	switch x := v.(type) {
	case []any:
		items, ok := schema["items"].(map[string]any)
		for i, y := range x {
			if !ok {
				break
			}
			if err := conform(root, items, y, fmt.Sprint(at, "/", i)); err != nil {
				return err
			}
		}
	case map[string]any:
		return conformObject(root, schema, x, at)
	}
	return nil
}

func conformObject(root, schema, v map[string]any, at string) error {
	need, _ := schema["required"].([]any)
	for _, k := range need {
		if _, ok := v[k.(string)]; !ok {
			return fmt.Errorf("%s: %v is missing", at, k)
		}
	}
	props, _ := schema["properties"].(map[string]any)
	patterns, _ := schema["patternProperties"].(map[string]any)
	for k, y := range v {
		sub, ok := props[k].(map[string]any)
		for p, s := range patterns {
			if !ok && regexp.MustCompile(p).MatchString(k) {
				sub, ok = s.(map[string]any), true
			}
		}
		if !ok {
			if extra, too := schema["additionalProperties"].(map[string]any); too {
				sub = extra
			} else if schema["additionalProperties"] == false {
				return fmt.Errorf("%s: unknown %s", at, k)
			} else {
				continue
			}
		}
		if err := conform(root, sub, y, at+"/"+k); err != nil {
			return err
		}
	}
	return nil
}

func typeOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// asJSON reads YAML as an editor does that checks it with a JSON Schema.
func asJSON(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	j, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(j, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSchemaAcceptsTheCatalogue(t *testing.T) {
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	c := builtins(t)
	for _, s := range c.Signatures {
		rule, err := os.ReadFile(filepath.Join("../..", s.File))
		if err != nil {
			t.Fatal(err)
		}
		if err := conform(schema, schema, asJSON(t, rule), s.ID); err != nil {
			t.Error(err)
		}
	}
	if err := conform(schema, schema, asJSON(t, []byte(full)), "full"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		"id: a.a", "id: a.a\ntitle: A\nrole: faul\nmatch: {message: {contains: x}}",
		"id: a.a\ntitle: A\nrole: fault\nmatch: {message: plain}", "id: a.a\ntitle: A\nrole: fault\nmatch: {mesage: {contains: x}}",
		"id: a.a\ntitle: A\nrole: fault\nmatch: {message: {contains: x}}\ncount: {match: {message: {contains: x}}, at_least: 2, within: 1m}",
		"id: a.a\ntitle: A\nrole: fault\nmatch: {message: {contains: x}}\nleads_to: [{effect: b.b, because: x, within: 30}]",
	} {
		if conform(schema, schema, asJSON(t, []byte(bad)), "bad") == nil {
			t.Errorf("accepted:\n%s", bad)
		}
	}
}
