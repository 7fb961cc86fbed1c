package ingest

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"logwhy/internal/logentry"
)

var update = flag.Bool("update", false, "rewrite the .want files")

// samples lists the files below testdata that stand for a form of export.
func samples(t testing.TB) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/*/*")
	if err != nil || len(all) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	var files []string
	for _, f := range all {
		if !strings.HasSuffix(f, ".want") && !strings.Contains(f, "fuzz") {
			files = append(files, f)
		}
	}
	return files
}

// listing renders what was read in a form that a person can check.
func listing(es []*logentry.Entry, rep *Report) string {
	var b strings.Builder
	for _, e := range es {
		fmt.Fprintf(&b, "%d #%d  %s  %s/%d  %s  %s\n  %q\n", e.Pos.Line, e.Pos.Record, e.Time, e.Severity, e.Basis, e.InsertID, e.Scope.Service, e.Text())
	}
	in := rep.Inputs[0]
	fmt.Fprintf(&b, "-- %s order=%s lossy=%t truncated=%t empty=%t\n", in.Format, in.Order, in.Lossy, in.Truncated, in.Empty)
	fmt.Fprintf(&b, "-- read %d = entries %d + filtered %d + skipped %d + duplicates %d; untimed %d, equal %d\n",
		in.Read(), in.Entries, in.Filtered, in.Skipped, in.Duplicates, in.Untimed, in.EqualTimeText)
	for _, s := range in.Skips {
		fmt.Fprintf(&b, "-- skipped line %d #%d: %d bytes, %s\n", s.Line, s.Record, s.Bytes, s.Reason)
	}
	return b.String()
}

// Each sample is read as its .want file says.
func TestSamples(t *testing.T) {
	for _, file := range samples(t) {
		t.Run(file, func(t *testing.T) {
			es, rep := readFile(t, file, Options{})
			got := listing(es, rep)
			want := file + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			text, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(text), got); d != "" {
				t.Error(d)
			}
		})
	}
}

// The same entries in another JSON or YAML form are the same entries.
func TestFormsAgree(t *testing.T) {
	want, _ := readFile(t, "testdata/array/pretty.json", Options{})
	for _, file := range []string{
		"array/oneline.json", "array/lines.json", "array/hugging.json", "array/tabs.json", "array/pages.json",
		"ndjson/sink.json", "ndjson/spaced.json", "concatenated/pretty.json", "concatenated/oneline.json",
		"wrapped/page.json", "wrapped/oneline.json", "wrapped/slurped.json", "embedded/terminal.txt", "yaml/gcloud.yaml",
	} {
		t.Run(file, func(t *testing.T) {
			got, _ := readFile(t, "testdata/"+file, Options{})
			compareEntries(t, want, got)
		})
	}
}

func compareEntries(t *testing.T, want, got []*logentry.Entry) {
	t.Helper()
	if d := cmp.Diff(bare(want), bare(got)); d != "" {
		t.Error(d)
	}
}

// bare copies entries without what says where they were read.
func bare(es []*logentry.Entry) []logentry.Entry {
	var out []logentry.Entry
	for _, e := range es {
		c := *e
		c.Pos, c.Raw = logentry.Pos{}, nil
		out = append(out, c)
	}
	return out
}

// wraps are the ways in which a text gets stored.
var wraps = []struct {
	name, encoding, compression string
	wrap                        func(text []byte) []byte
}{
	{"bom", utf8BOM, "", func(t []byte) []byte { return append([]byte("\xef\xbb\xbf"), t...) }},
	{"utf16le-bom", utf16LE, "", func(t []byte) []byte { return toUTF16("\ufeff"+string(t), binary.LittleEndian) }},
	{"utf16be-bom", utf16BE, "", func(t []byte) []byte { return toUTF16("\ufeff"+string(t), binary.BigEndian) }},
	{"utf16le", utf16LE, "", func(t []byte) []byte { return toUTF16(string(t), binary.LittleEndian) }},
	{"utf16be", utf16BE, "", func(t []byte) []byte { return toUTF16(string(t), binary.BigEndian) }},
	{"crlf", utf8Plain, "", toCRLF},
	{"utf16le-crlf", utf16LE, "", func(t []byte) []byte { return toUTF16("\ufeff"+string(toCRLF(t)), binary.LittleEndian) }},
	{"gzip", utf8Plain, "gzip", gzipped},
	{"gzip-members", utf8Plain, "gzip", func(t []byte) []byte { return append(gzipped(t[:len(t)/3]), gzipped(t[len(t)/3:])...) }},
	{"gzip-utf16", utf16LE, "gzip", func(t []byte) []byte { return gzipped(toUTF16("\ufeff"+string(t), binary.LittleEndian)) }},
	{"gzip-twice", utf8Plain, "gzip+gzip", func(t []byte) []byte { return gzipped(gzipped(t)) }},
	{"zstd", utf8Plain, "zstd", zstded},
	{"zstd-frames", utf8Plain, "zstd", func(t []byte) []byte { return append(zstded(t[:len(t)/2]), zstded(t[len(t)/2:])...) }},
}

func toUTF16(s string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func toCRLF(t []byte) []byte { return bytes.ReplaceAll(t, []byte("\n"), []byte("\r\n")) }

func gzipped(t []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(t)
	w.Close()
	return b.Bytes()
}

func zstded(t []byte) []byte {
	w, _ := zstd.NewWriter(nil)
	defer w.Close()
	return w.EncodeAll(t, nil)
}

// Every sample in every encoding yields the entries, at the lines, of the
// plain file.
func TestEncodings(t *testing.T) {
	for _, file := range samples(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, plain := readFile(t, file, Options{})
		for _, w := range wraps {
			t.Run(file+"/"+w.name, func(t *testing.T) {
				got, rep := readBytes(t, w.wrap(text))
				compareEntries(t, withoutCR(want), withoutCR(got))
				for i := range min(len(want), len(got)) {
					if want[i].Pos.Line != got[i].Pos.Line || want[i].Pos.Record != got[i].Pos.Record {
						t.Errorf("entry %d at %v, want %v", i, got[i].Pos, want[i].Pos)
					}
				}
				in := rep.Inputs[0]
				if in.Encoding != w.encoding || in.Compression != w.compression {
					t.Errorf("%s %s, want %s %s", in.Encoding, in.Compression, w.encoding, w.compression)
				}
				if in.Format != plain.Inputs[0].Format || in.Skipped != plain.Inputs[0].Skipped || in.Truncated != plain.Inputs[0].Truncated {
					t.Errorf("%+v, want %+v", in, plain.Inputs[0])
				}
			})
		}
	}
}

// withoutCR takes carriage returns out of messages: within a record of many
// lines they are part of the text.
func withoutCR(es []*logentry.Entry) []*logentry.Entry {
	out := make([]*logentry.Entry, len(es))
	for i, e := range es {
		c := *e
		c.Message = strings.ReplaceAll(c.Message, "\r", "")
		out[i] = &c
	}
	return out
}

// readBytes reads data as standard input.
func readBytes(t testing.TB, data []byte) ([]*logentry.Entry, *Report) {
	t.Helper()
	s, err := Open([]string{"-"}, Options{Stdin: bytes.NewReader(data)})
	if err != nil {
		t.Fatal(err)
	}
	return readSet(t, s)
}

// A stutter reads in small and uneven steps, as pipes do.
type stutter struct {
	r io.Reader
	n int
}

func (s *stutter) Read(p []byte) (int, error) {
	s.n = (s.n*7 + 13) % 101
	return s.r.Read(p[:min(len(p), s.n+1)])
}
