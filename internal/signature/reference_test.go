package signature

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

const (
	docsFile   = "../../docs/signatures.md"
	schemaFile = "../../docs/signature.schema.json"
	docsBegin  = "<!-- generated from the program, see internal/signature/reference.go -->\n"
	docsEnd    = "<!-- end -->\n"
)

// TestDocsAreCurrent holds the tables of docs/signatures.md and the JSON
// Schema to the tables of the loader; -update rewrites them.
func TestDocsAreCurrent(t *testing.T) {
	data, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(data), docsBegin)
	_, tail, too := strings.Cut(rest, docsEnd)
	if !ok || !too {
		t.Fatal("the marks of the generated part are gone")
	}
	schema, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	current(t, docsFile, data, []byte(head+docsBegin+"\n"+Reference()+"\n"+docsEnd+tail))
	old, _ := os.ReadFile(schemaFile)
	current(t, schemaFile, old, schema)
}

func current(t *testing.T, name string, old, new []byte) {
	t.Helper()
	if bytes.Equal(old, new) {
		return
	}
	if !*update {
		t.Errorf("%s is not current; run go test ./internal/signature -run TestDocs -update", name)
		return
	}
	if err := os.WriteFile(name, new, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryKeyIsDescribed: what users read is complete.
func TestEveryKeyIsDescribed(t *testing.T) {
	for _, tab := range tables() {
		if !strings.HasSuffix(tab.doc, ".") {
			t.Errorf("%s: %q", tab.name, tab.doc)
		}
		for _, k := range tab.keys {
			if k.like == "" || !strings.HasSuffix(k.doc, ".") {
				t.Errorf("%s.%s: doc %q, example %q", tab.name, k.name, k.doc, k.like)
			}
		}
	}
	for _, f := range knownFields() {
		if !strings.HasSuffix(f.doc, ".") && !strings.HasSuffix(f.doc, "…") {
			t.Errorf("field %s: %q", f.name, f.doc)
		}
	}
}
