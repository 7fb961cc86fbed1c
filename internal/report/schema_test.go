package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"logwhy/internal/incident"
)

const schemaFile = "../../docs/analysis.schema.json"

// TestSchema holds docs/analysis.schema.json to the Go types: names and kinds
// come from reflection, descriptions from the comments in the source. -update
// rewrites it.
func TestSchema(t *testing.T) {
	s := schemaOf(t)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.MkdirAll(filepath.Dir(schemaFile), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, schemaFile, b.String())
}

// TestAnalysesMatchSchema checks every stored analysis against the schema as
// written, by a reader of JSON Schema that shares nothing with the generator.
func TestAnalysesMatchSchema(t *testing.T) {
	raw, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	for _, name := range cases(t) {
		var doc any
		if err := json.Unmarshal([]byte(render(t, "json", stored(t, name), Options{})), &doc); err != nil {
			t.Fatal(err)
		}
		for _, problem := range validate(schema, schema, doc, "") {
			t.Errorf("%s: %s", name, problem)
		}
	}
	bad := map[string]any{"schema": "logwhy.analysis/v1", "incidents": []any{map[string]any{"id": 7.0}}}
	if got := validate(schema, schema, bad, ""); len(got) < 3 {
		t.Errorf("a wrong document passes: %v", got)
	}
}

// object is a JSON object that keeps its order.
type object []member

type member struct {
	key   string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		for _, part := range []any{m.key, m.value} {
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

func schemaOf(t *testing.T) object {
	docs := sourceDocs(t)
	defs := map[string]object{}
	root := structSchema(reflect.TypeFor[incident.Analysis](), docs, defs)
	names := make([]string, 0, len(defs))
	for n := range defs {
		names = append(names, n)
	}
	slices.Sort(names)
	var all object
	for _, n := range names {
		all = append(all, member{n, defs[n]})
	}
	head := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "urn:logwhy:analysis:v1"},
		{"title", "logwhy analysis, version 1"},
	}
	return append(append(head, root...), member{"$defs", all})
}

func structSchema(typ reflect.Type, docs map[string]string, defs map[string]object) object {
	var props object
	var required []string
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" { // no part of the public form
			continue
		}
		p := typeSchema(f.Type, docs, defs)
		if name == "schema" {
			p = object{{"const", incident.Schema}}
		}
		if values := enumOf(typ.Name() + "." + f.Name); values != nil {
			p = append(p, member{"enum", values})
		}
		if d := docs[typ.Name()+"."+f.Name]; d != "" {
			p = append(p, member{"description", d})
		}
		props = append(props, member{name, p})
		if opts == "" {
			required = append(required, name)
		}
	}
	out := object{{"type", "object"}}
	if d := docs[typ.Name()]; d != "" {
		out = append(out, member{"description", d})
	}
	return append(out, member{"properties", props}, member{"required", required})
}

func typeSchema(typ reflect.Type, docs map[string]string, defs map[string]object) object {
	switch {
	case typ == reflect.TypeFor[time.Time]():
		return object{{"type", "string"}, {"format", "date-time"}}
	case typ == reflect.TypeFor[incident.Prose]():
		if _, ok := defs["Prose"]; !ok {
			defs["Prose"] = object{{"type", "string"}, {"description", docs["Prose"]}}
		}
		return object{{"$ref", "#/$defs/Prose"}}
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return typeSchema(typ.Elem(), docs, defs)
	case reflect.Struct:
		if _, ok := defs[typ.Name()]; !ok {
			defs[typ.Name()] = nil
			defs[typ.Name()] = structSchema(typ, docs, defs)
		}
		return object{{"$ref", "#/$defs/" + typ.Name()}}
	case reflect.Slice:
		return object{{"type", "array"}, {"items", typeSchema(typ.Elem(), docs, defs)}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", typeSchema(typ.Elem(), docs, defs)}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int, reflect.Int64:
		return object{{"type", "integer"}}
	case reflect.Float64:
		return object{{"type", "number"}}
	}
	return object{{"type", "string"}}
}

// enumOf lists the values of the fields that take one of a few.
func enumOf(field string) []string {
	severities := []string{incident.Critical, incident.High, incident.Medium, incident.Low, incident.Info}
	statuses := []string{incident.Ongoing, incident.Quiet, incident.Resolved}
	verdicts := []string{incident.Supported, incident.Plausible, incident.OrderOnly, incident.Untestable, incident.Contradicted}
	states := []string{incident.StateNew, incident.StateRegressed, incident.StateEscalating, incident.StateUnknown, incident.StateOngoing,
		incident.StateQuiet, incident.StateResolved, incident.StateMuted}
	switch field {
	case "Finding.Role":
		return []string{incident.RoleChange, incident.RoleFault, incident.RoleFailure, incident.RoleImpact, incident.RoleHealthy, incident.RoleNoise}
	case "Finding.Severity", "Incident.Severity":
		return severities
	case "Incident.Status", "Phase.Status":
		return statuses
	case "Finding.Status":
		return append(statuses, "")
	case "Cause.Verdict":
		return verdicts
	case "Why.Verdict", "Rival.Verdict", "Summary.Verdict", "FlowEdge.Verdict":
		return append(verdicts, "")
	case "Cause.Basis":
		return []string{incident.BasisDeclared, incident.BasisInferred, incident.BasisStated}
	case "FailureState.State":
		return states
	case "FailureState.Was", "Finding.State":
		return append(states, "")
	case "FailureState.Severity":
		return severities
	case "CauseState.Kind":
		return []string{incident.CauseNew, incident.CauseGone, incident.CauseStronger, incident.CauseWeaker, incident.CauseSame}
	case "CauseState.Before", "CauseState.Now":
		return append(verdicts, "")
	case "BaselineRow.Kind":
		return []string{incident.RateNew, incident.RateRose, incident.RateFell, incident.RateVanished, incident.RateSame}
	case "Test.Result":
		return []string{incident.Pass, incident.Fail, incident.Unknown, incident.Told}
	}
	return nil
}

// sourceDocs reads the comments of the types and their fields.
func sourceDocs(t *testing.T) map[string]string {
	docs := map[string]string{}
	files, err := filepath.Glob("../incident/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source: %v", err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, s := range g.Specs {
				addDocs(docs, s.(*ast.TypeSpec), g.Doc)
			}
		}
	}
	return docs
}

func addDocs(docs map[string]string, s *ast.TypeSpec, doc *ast.CommentGroup) {
	docs[s.Name.Name] = commentText(doc)
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range st.Fields.List {
		text := commentText(f.Doc)
		if text == "" {
			text = commentText(f.Comment)
		}
		for _, n := range f.Names {
			docs[s.Name.Name+"."+n.Name] = text
		}
	}
}

func commentText(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	return strings.Join(strings.Fields(c.Text()), " ")
}

// validate checks a value against the parts of JSON Schema that the schema
// uses.
func validate(root, schema map[string]any, v any, path string) []string {
	if ref, ok := schema["$ref"].(string); ok {
		def, ok := root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		if !ok {
			return []string{path + ": no " + ref}
		}
		return validate(root, def, v, path)
	}
	var out []string
	if c, ok := schema["const"]; ok && c != v {
		out = append(out, fmt.Sprintf("%s: %v, want %v", path, v, c))
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		out = append(out, fmt.Sprintf("%s: %v is none of %v", path, v, enum))
	}
	switch schema["type"] {
	case "object":
		return append(out, validateObject(root, schema, v, path)...)
	case "array":
		list, ok := v.([]any)
		if !ok {
			return append(out, fmt.Sprintf("%s: %T is no array", path, v))
		}
		for i, e := range list {
			out = append(out, validate(root, schema["items"].(map[string]any), e, fmt.Sprintf("%s[%d]", path, i))...)
		}
	case "string":
		s, ok := v.(string)
		if !ok {
			out = append(out, fmt.Sprintf("%s: %T is no string", path, v))
		}
		if schema["format"] == "date-time" && !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`).MatchString(s) {
			out = append(out, fmt.Sprintf("%s: %q is no time in UTC", path, s))
		}
	case "integer":
		if n, ok := v.(float64); !ok || n != float64(int64(n)) {
			out = append(out, fmt.Sprintf("%s: %v is no integer", path, v))
		}
	case "number":
		if _, ok := v.(float64); !ok {
			out = append(out, fmt.Sprintf("%s: %v is no number", path, v))
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			out = append(out, fmt.Sprintf("%s: %T is no boolean", path, v))
		}
	}
	return out
}

func validateObject(root, schema map[string]any, v any, path string) []string {
	m, ok := v.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s: %T is no object", path, v)}
	}
	var out []string
	props, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, r := range required {
		if _, ok := m[r.(string)]; !ok {
			out = append(out, path+": no "+r.(string))
		}
	}
	other, _ := schema["additionalProperties"].(map[string]any)
	for k, e := range m {
		p, ok := props[k].(map[string]any)
		switch {
		case ok:
			out = append(out, validate(root, p, e, path+"."+k)...)
		case other != nil:
			out = append(out, validate(root, other, e, path+"."+k)...)
		case props != nil:
			out = append(out, path+": "+k+" is not in the schema")
		}
	}
	return out
}
