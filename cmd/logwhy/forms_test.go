package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
	"gopkg.in/yaml.v3"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
)

// TestSameEntriesSameBytes reads one incident in every arrangement, encoding
// and packing, in every order, spread over overlapping files, and with 1 and 8
// workers: the analysis is the same byte for byte, but for what speaks of the
// files themselves.
func TestSameEntriesSameBytes(t *testing.T) {
	raw, err := os.ReadFile("../../testdata/incident.json")
	if err != nil {
		t.Fatal(err)
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(raw, &entries); err != nil {
		t.Fatal(err)
	}
	shuffled := append([]json.RawMessage(nil), entries...)
	rand.New(rand.NewSource(3)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	reversed := make([]json.RawMessage, len(entries))
	for i, e := range entries {
		reversed[len(entries)-1-i] = e
	}
	third := len(entries) / 3
	forms := []struct {
		name  string
		files map[string][]byte
	}{
		{"pretty array", map[string][]byte{"a.json": raw}},
		{"one-line array", map[string][]byte{"a.json": oneLine(t, entries)}},
		{"ndjson", map[string][]byte{"a.json": ndjson(t, entries)}},
		{"oldest first", map[string][]byte{"a.json": ndjson(t, reversed)}},
		{"shuffled", map[string][]byte{"a.json": oneLine(t, shuffled)}},
		{"utf-16le", map[string][]byte{"a.json": utf16le(raw)}},
		{"utf-8 with a mark", map[string][]byte{"a.json": append([]byte("\xef\xbb\xbf"), raw...)}},
		{"crlf", map[string][]byte{"a.json": bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))}},
		{"gzip", map[string][]byte{"a.json.gz": gzipped(t, raw)}},
		{"zstd", map[string][]byte{"a.json.zst": zstdPacked(t, raw)}},
		{"yaml", map[string][]byte{"a.yaml": yamlDocuments(t, entries)}},
		{"api page", map[string][]byte{"a.json": apiPage(t, entries)}},
		{"three files that overlap", map[string][]byte{
			"a.json": oneLine(t, entries[:third+40]), "b.json": ndjson(t, entries[third:2*third+40]), "c.json": oneLine(t, entries[2*third:]),
		}},
	}
	want := ""
	for _, f := range forms {
		for _, workers := range []int{1, 8} {
			got := analysisOf(t, f.files, workers)
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s with %d workers: another analysis, first difference %s", f.name, workers, firstDifference(want, got))
			}
		}
	}
}

// analysisOf writes files into a folder, reads them, and prints the analysis
// without what speaks of the files.
func analysisOf(t *testing.T, files map[string][]byte, workers int) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := analyze(context.Background(), env{stderr: os.Stderr, now: systemEnv().now}, []string{dir},
		inputFlags{workers: workers, quiet: true, window: "30m"}, ruleFlags{}, correlate.Options{}, incident.Tool{})
	if err != nil {
		t.Fatal(err)
	}
	a.Inputs, a.Coverage.Warnings, a.Coverage.Duplicates = nil, nil, 0
	for id, e := range a.Evidence {
		e.Source = ""
		a.Evidence[id] = e
	}
	b, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func firstDifference(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	from := max(0, n-80)
	return "want …" + a[from:min(len(a), n+80)] + "…\ngot …" + b[from:min(len(b), n+80)] + "…"
}

func oneLine(t *testing.T, entries []json.RawMessage) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, e := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := json.Compact(&b, e); err != nil {
			t.Fatal(err)
		}
	}
	b.WriteString("]\n")
	return b.Bytes()
}

func ndjson(t *testing.T, entries []json.RawMessage) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		if err := json.Compact(&b, e); err != nil {
			t.Fatal(err)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func apiPage(t *testing.T, entries []json.RawMessage) []byte {
	b, err := json.MarshalIndent(map[string]any{"entries": entries, "nextPageToken": "x"}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func utf16le(b []byte) []byte {
	units := utf16.Encode([]rune(string(b)))
	out := make([]byte, 2, 2+2*len(units))
	out[0], out[1] = 0xff, 0xfe
	for _, u := range units {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func gzipped(t *testing.T, b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstdPacked(t *testing.T, b []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

func yamlDocuments(t *testing.T, entries []json.RawMessage) []byte {
	var out bytes.Buffer
	for _, e := range entries {
		var v any
		if err := json.Unmarshal(e, &v); err != nil {
			t.Fatal(err)
		}
		b, err := yaml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n")
		out.Write(b)
	}
	return out.Bytes()
}
