package signature

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Reference returns the tables of keys, fields and classes as Markdown, for
// docs/signatures.md. They are made of the tables that the loader checks with.
func Reference() string {
	var b strings.Builder
	for _, t := range tables() {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n| key | takes | meaning |\n|---|---|---|\n", heading(t), t.doc)
		for _, k := range t.keys {
			need := ""
			if k.need {
				need = " **Required.**"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s%s For example %s. |\n", k.name, cell(k.wants()), cell(k.doc), need, cell(code(k.like)))
		}
		b.WriteByte('\n')
	}
	b.WriteString("### Fields\n\nBeside these, any path of a LogEntry may be named below ")
	for i, o := range openFields() {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "`%s`", o)
	}
	b.WriteString(", and " + codes(plainFields()) + ".\n\n| field | holds |\n|---|---|\n")
	for _, f := range knownFields() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.name, cell(f.doc))
	}
	b.WriteString("\n### Classes\n\n| class | means |\n|---|---|\n")
	for _, c := range classTable {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.name, c.doc)
	}
	return b.String()
}

func heading(t *table) string {
	if t.name == "rule" {
		return "The rule file"
	}
	return "`" + t.name + "`"
}

// tables lists every table of the language once, in the order of reading.
func tables() []*table {
	out := []*table{ruleTable(), joinTable(), testTable()}
	seen := map[string]bool{}
	for _, t := range out {
		seen[t.name] = true
	}
	for i := 0; i < len(out); i++ {
		for _, k := range out[i].keys {
			if k.sub != nil && !seen[k.sub.name] {
				seen[k.sub.name] = true
				out = append(out, k.sub)
			}
		}
	}
	return out
}

// wants says in words what a key takes.
func (k *key) wants() string {
	switch k.takes {
	case takesWord:
		return "one of " + codes(k.words)
	case takesWords:
		if len(k.words) > 12 {
			return "a list of classes, see below"
		}
		return "a list of " + codes(k.words)
	case takesWordOrList:
		return "one or a list of " + codes(k.words)
	case takesTexts:
		return "a list of texts"
	case takesTextOrList:
		return "a text or a list of texts"
	case takesNumber:
		return "a number"
	case takesFlag:
		return "`true` or `false`"
	case takesDuration:
		return "a duration"
	case takesSpan:
		return "a duration or one of " + codes(k.words)
	case takesMap:
		return "a mapping, see `" + k.sub.name + "`"
	case takesMaps:
		return "a list of mappings, see `" + k.sub.name + "`"
	case takesCondition:
		return "a condition"
	case takesConditions:
		return "a list of conditions"
	case takesCondOrList:
		return "a condition or a list of them"
	case takesFields:
		return "a mapping of names to fields"
	}
	return "a text"
}

// code is a code span, also of a text with backticks.
func code(s string) string {
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

func codes(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// Schema returns the JSON Schema of a rule file, for editors. It holds what
// can be said in one; the loader says more.
func Schema() ([]byte, error) {
	defs := map[string]any{"condition": conditionSchema(), "field": tableSchema(testTable())}
	for _, t := range tables() {
		if t.name != "rule" && t.name != "condition" && t.name != "field" {
			defs[t.name] = tableSchema(t)
		}
	}
	root := tableSchema(ruleTable())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "A logwhy signature"
	root["oneOf"] = []any{required("match"), required("sequence"), required("set"), required("count")}
	root["$defs"] = defs
	out, err := json.MarshalIndent(root, "", "  ")
	return append(out, '\n'), err
}

func required(names ...string) map[string]any { return map[string]any{"required": names} }

func tableSchema(t *table) map[string]any {
	props := map[string]any{}
	var need []string
	for _, k := range t.keys {
		s := k.schema()
		s["description"] = k.doc
		props[k.name] = s
		if k.need {
			need = append(need, k.name)
		}
	}
	out := map[string]any{"type": "object", "properties": props, "additionalProperties": false}
	if need != nil {
		out["required"] = need
	}
	return out
}

func conditionSchema() map[string]any {
	props := map[string]any{}
	for _, k := range joinTable().keys {
		s := k.schema()
		s["description"] = k.doc
		props[k.name] = s
	}
	for _, f := range knownFields() {
		props[f.name] = map[string]any{"$ref": "#/$defs/field", "description": f.doc}
	}
	for _, f := range plainFields() {
		props[f] = map[string]any{"$ref": "#/$defs/field"}
	}
	return map[string]any{
		"type": "object", "minProperties": 1, "properties": props, "additionalProperties": false,
		"patternProperties": map[string]any{"^(" + strings.Join(openFields(), "|") + `)\..+`: map[string]any{"$ref": "#/$defs/field"}},
	}
}

const durationPattern = `^-?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^-?[0-9]+d$`

func (k *key) schema() map[string]any {
	text := map[string]any{"type": []string{"string", "number", "boolean"}}
	word := map[string]any{"enum": k.words}
	list := func(item any) map[string]any { return map[string]any{"type": "array", "minItems": 1, "items": item} }
	either := func(a, b any) map[string]any { return map[string]any{"anyOf": []any{a, b}} }
	ref := func(name string) map[string]any { return map[string]any{"$ref": "#/$defs/" + name} }
	switch k.takes {
	case takesWord:
		return word
	case takesTexts:
		return list(text)
	case takesTextOrList:
		return either(text, list(text))
	case takesWords:
		return list(word)
	case takesWordOrList:
		return either(word, list(word))
	case takesNumber:
		return map[string]any{"type": "number"}
	case takesFlag:
		return map[string]any{"type": "boolean"}
	case takesDuration:
		return map[string]any{"type": "string", "pattern": durationPattern}
	case takesSpan:
		return either(word, map[string]any{"type": "string", "pattern": durationPattern})
	case takesMap:
		return ref(k.sub.name)
	case takesMaps:
		return list(ref(k.sub.name))
	case takesCondition:
		return ref("condition")
	case takesConditions:
		return list(ref("condition"))
	case takesCondOrList:
		return either(ref("condition"), list(ref("condition")))
	case takesFields:
		return map[string]any{"type": "object", "additionalProperties": text}
	}
	return text
}
