package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/logentry"
)

// inOrder merges what the workers got, in the order of the inputs.
func inOrder(lists [][]*logentry.Entry) []*logentry.Entry {
	var all []*logentry.Entry
	for _, l := range lists {
		all = append(all, l...)
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i].Pos, all[j].Pos
		if a.Input != b.Input {
			return a.Input < b.Input
		}
		return a.Seq < b.Seq
	})
	return all
}

// many renders n entries in the given form, some of them broken.
func many(n int, x int) []byte {
	var b bytes.Buffer
	b.WriteString(exports[x].before)
	writeEntries(&b, n, exports[x].indent, exports[x].sep)
	b.WriteString(exports[x].after)
	return b.Bytes()
}

// A disk that fails half way is an error, packed or not; it is no cut-off export.
func TestFailingDisk(t *testing.T) {
	text := many(3000, 0)
	for name, data := range map[string][]byte{"plain": text, "gzip": gzipped(text), "zstd": zstded(text)} {
		disk := io.MultiReader(bytes.NewReader(data[:len(data)/2]), iotest.ErrReader(errors.New("input/output error")))
		s, err := Open([]string{"-"}, Options{Stdin: disk})
		if err == nil {
			_, err = s.Read(context.Background(), nil)
		}
		var ie *InputError
		if !errors.As(err, &ie) || !strings.Contains(ie.Found, "input/output error") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// One worker and eight read the same entries at the same positions, over
// several chunks and with records in between that cannot be read.
func TestWorkersAgree(t *testing.T) {
	for x := range exports[:3] {
		text := many(5000, x)
		for _, hole := range []int{len(text) / 3, len(text) / 2} {
			copy(text[hole:], "\x00\x00}}]garbage{{\"\x00")
		}
		path := write(t, exports[x].name, text)
		one, rep1 := readFile(t, path, Options{Workers: 1})
		eight, rep8 := readFile(t, path, Options{Workers: 8})
		if len(one) < 4900 {
			t.Errorf("%s: only %d entries survive: %+v", exports[x].name, len(one), rep1.Inputs[0])
		}
		sameEntries(t, one, eight)
		if d := cmp.Diff(rep1, rep8); d != "" {
			t.Errorf("%s: %s", exports[x].name, d)
		}
		if in := rep1.Inputs[0]; in.Skipped == 0 || in.Skips[0].Reason == "" || in.Skips[0].Record == 0 {
			t.Errorf("%s: broken records are not told: %+v", exports[x].name, in)
		}
	}
}

// sameEntries is a cmp.Diff that is fast on thousands of entries.
func sameEntries(t *testing.T, want, got []*logentry.Entry) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d entries, want %d", len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Fatalf("entry %d: %s", i, cmp.Diff(want[i], got[i]))
		}
	}
}

// Positions over several chunks are those of a naive reader.
func TestPositions(t *testing.T) {
	for x := range exports[:3] {
		text := many(4000, x)
		es, _ := readFile(t, write(t, exports[x].name, text), Options{Workers: 3})
		if len(es) != 4000 {
			t.Fatalf("%s: %d entries", exports[x].name, len(es))
		}
		for i, e := range es {
			line := 1 + bytes.Count(text[:e.Pos.Seq], newline)
			if exports[x].name == "oneline" {
				line = 0
			}
			if text[e.Pos.Seq] != '{' || e.Pos.Line != line || e.Pos.Record != i+1 {
				t.Fatalf("%s: entry %d at %+v, want line %d", exports[x].name, i, e.Pos, line)
			}
		}
	}
}

// However a file is cut off, nothing panics, the sum holds, what is left is
// read, and it is said that something is missing.
func TestTruncatedEverywhere(t *testing.T) {
	for _, file := range samples(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		whole, _ := readFile(t, file, Options{})
		for n := range text {
			// All places in small samples and at the end, some in between.
			if len(text) > 1500 && n%31 != 0 && n < len(text)-300 {
				continue
			}
			es, rep := tryBytes(t, text[:n])
			if rep == nil {
				continue
			}
			if got := rep.Inputs[0].Entries; got != len(es) || got > len(whole)+1 {
				t.Fatalf("%s cut at %d: %d entries, reported %d of %d", file, n, len(es), got, len(whole))
			}
			if in := rep.Inputs[0]; in.Format == "array" && !in.Truncated && n < len(text)-2 && !strings.Contains(file, "pages") {
				t.Fatalf("%s cut at %d: not told", file, n)
			}
		}
	}
}

// Packed data that is cut off yields what was packed before.
func TestTruncatedPacked(t *testing.T) {
	text := many(3000, 0)
	for name, packed := range map[string][]byte{"gzip": gzipped(text), "zstd": zstded(text)} {
		es, rep := readBytes(t, packed[:len(packed)*2/3])
		in := rep.Inputs[0]
		if len(es) < 300 || len(es) >= 3000 || !in.Truncated || in.Skipped == 0 {
			t.Errorf("%s: %d entries, %+v", name, len(es), in)
		}
		if last := in.Skips[len(in.Skips)-1]; !strings.Contains(last.Reason, "packed") {
			t.Errorf("%s: %+v", name, in.Skips)
		}
	}
}

// tryBytes reads data as standard input; nil when it is refused.
func tryBytes(t testing.TB, data []byte) ([]*logentry.Entry, *Report) {
	t.Helper()
	s, err := Open([]string{"-"}, Options{Stdin: bytes.NewReader(data), Workers: 2, HashMax: -1})
	if err != nil {
		mustExplain(t, err)
		return nil, nil
	}
	lists := make([][]*logentry.Entry, 2)
	rep, err := s.Read(context.Background(), func(w int) func(*logentry.Entry) {
		return func(e *logentry.Entry) { lists[w] = append(lists[w], e.Clone()) }
	})
	if err != nil {
		mustExplain(t, err)
		return nil, nil
	}
	return inOrder(lists), rep
}

func mustExplain(t testing.TB, err error) {
	t.Helper()
	ie, ok := err.(*InputError)
	if !ok || ie.Found == "" || ie.Next == "" {
		t.Fatalf("error does not say what was found and what to do: %v", err)
	}
}

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGarbageBetweenRecords(t *testing.T) {
	a := `{"insertId":"a","timestamp":"2025-01-22T13:00:00Z","textPayload":"one"}`
	b := `{"insertId":"b","timestamp":"2025-01-22T13:00:01Z","textPayload":"two"}`
	pretty := func(s string) string { return strings.NewReplacer("{", "  {\n    ", "}", "\n  }").Replace(s) }
	cases := []struct {
		name, text string
		ids        string
		skipped    int
		truncated  bool
	}{
		{"lines", a + "\nnot json\n" + b + "\n", "ab", 1, false},
		{"NUL bytes", a + "\n\x00\x00\x00\x00" + b + "\n", "ab", 1, false},
		{"two on a line", a + b + "\n" + a + ", " + b + "\n", "abab", 0, false},
		{"pages on lines", a + "\n[" + a + "," + b + "]\n", "aab", 0, false},
		{"cut off inside a line", a + "\n" + a[:30] + b + "\n", "ab", 1, false},
		{"last line cut off", a + "\n" + b[:40], "a", 1, true},
		{"last line broken", a + "\n" + b[:40] + "\n", "a", 1, false},
		{"pretty with a cut record", "[\n" + pretty(a) + ",\n" + pretty(a)[:40] + "\n" + pretty(b) + "\n]\n", "ab", 1, false},
		{"pretty with a compact record", "[\n" + pretty(a) + ",\n  " + b + ",\n" + pretty(b) + "\n]\n", "abb", 0, false},
		{"pretty with text between", "[\n" + pretty(a) + ",\nERROR: quota\n" + pretty(b) + "\n]\n", "ab", 1, false},
		{"pretty cut off", "[\n" + pretty(a) + ",\n" + pretty(b)[:30], "a", 1, true},
		{"pretty not closed", "[\n" + pretty(a) + ",\n" + pretty(b) + "\n", "ab", 0, true},
		{"one line with scalars", "[" + a + ",null, 5," + b + "]", "ab", 2, false},
		{"one line cut off", "[" + a + "," + b[:30], "a", 1, true},
		{"one line with a broken record", "[" + a + "," + b[:30] + "," + b + "]", "ab", 1, false},
		{"bracket too much", "[" + a + "]]" + b, "ab", 1, false},
		{"marks between files", "\ufeff" + a + "\n\ufeff" + b + "\n", "ab", 0, false},
		{"marks between arrays", "\ufeff[\n" + pretty(a) + "\n]\n\ufeff[\n" + pretty(b) + "\n]\n", "ab", 0, false},
		{"marks between one-line arrays", "\ufeff[" + a + "]\ufeff[" + b + "]", "ab", 0, false},
		{"first line cut off", a[:30] + "\n" + a + "\n" + b + "\n", "ab", 1, false},
		{"first block cut off", "[\n" + pretty(a)[:30] + "\n" + pretty(a) + ",\n" + pretty(b) + "\n]\n", "ab", 1, false},
		{"numbers only", a + "\n{\"x\":1}\n" + b + "\n", "ab", 1, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			es, rep := readBytes(t, []byte(c.text))
			ids := ""
			for _, e := range es {
				ids += e.InsertID
			}
			in := rep.Inputs[0]
			if ids != c.ids || in.Skipped != c.skipped || in.Truncated != c.truncated {
				t.Errorf("read %q, skipped %d, truncated %t; want %q, %d, %t\n%+v", ids, in.Skipped, in.Truncated, c.ids, c.skipped, c.truncated, in)
			}
			for _, s := range in.Skips {
				if s.Reason == "" || s.Record == 0 || s.Line == 0 && !strings.HasPrefix(c.text, "[{") {
					t.Errorf("skip without reason or place: %+v", s)
				}
			}
		})
	}
}

// A record that is too large is one skipped record, wherever it stands, and
// reading goes on behind it.
func TestLargeRecords(t *testing.T) {
	const limit = 3 << 20
	big := strings.Repeat("x", 9<<20)
	entry := func(id, text string) string {
		return `{"insertId":"` + id + `","timestamp":"2025-01-22T13:00:00Z","textPayload":"` + text + `"}`
	}
	pretty := func(s string) string { return strings.NewReplacer("{", "  {\n    ", "}", "\n  }").Replace(s) }
	a, x, b := entry("a", "one"), entry("x", big), entry("b", "two")
	for name, text := range map[string]string{
		"lines":   a + "\n" + x + "\n" + b + "\n",
		"pretty":  "[\n" + pretty(a) + ",\n" + pretty(x) + ",\n" + pretty(b) + "\n]\n",
		"oneline": "[" + a + "," + x + "," + b + "]",
		"wrapped": `{"entries":[` + a + "," + x + "," + b + "]}",
		"yaml":    "---\ninsertId: a\ntextPayload: one\n---\ninsertId: x\ntextPayload: " + big + "\n---\ninsertId: b\ntextPayload: two\n",
		"text":    "2025-01-22T13:00:00Z a\n2025-01-22T13:00:00Z " + big + "\n2025-01-22T13:00:00Z b\n",
		"table":   "TIMESTAMP             TEXT_PAYLOAD\n2025-01-22T13:00:00Z  a\n2025-01-22T13:00:00Z  " + big + "\n2025-01-22T13:00:00Z  b\n",
		"csv":     "insertId,timestamp,textPayload\na,2025-01-22T13:00:00Z,one\nx,2025-01-22T13:00:00Z," + big + "\nb,2025-01-22T13:00:00Z,two\n",
	} {
		t.Run(name, func(t *testing.T) {
			es, rep := readFile(t, write(t, name, []byte(text)), Options{MaxEntryBytes: limit, Workers: 2})
			in := rep.Inputs[0]
			if len(es) != 2 || in.Skipped != 1 {
				t.Fatalf("%d entries, %+v", len(es), in)
			}
			s := in.Skips[0]
			if s.Record != 2 || s.Bytes < 9<<20 || s.Reason != skipReasons[spanLarge] {
				t.Errorf("%+v", s)
			}
			if es[1].Pos.Record != 3 {
				t.Errorf("record behind it is number %d", es[1].Pos.Record)
			}
			if want := 1 + strings.Count(text[:es[1].Pos.Seq], "\n"); es[1].Pos.Line != want && s.Line > 0 {
				t.Errorf("record behind it at line %d, want %d", es[1].Pos.Line, want)
			}
		})
	}
}

// A duplicate is one of an entry in an earlier input; within an input, and
// without an insertId, nothing is dropped.
func TestDuplicates(t *testing.T) {
	line := func(id, text string) string {
		if id != "" {
			id = `"insertId":"` + id + `",`
		}
		return `{` + id + `"logName":"l","timestamp":"2025-01-22T13:00:00Z","textPayload":"` + text + `"}` + "\n"
	}
	dir := t.TempDir()
	files := map[string]string{
		"1.json": line("a", "one") + line("a", "one") + line("", "no id") + line("b", "two"),
		"2.json": line("c", "three") + line("a", "other text") + line("", "no id") + line("b", "two"),
		"3.json": line("c", "three") + line("d", "four"),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, workers := range []int{1, 8} {
		es, rep := readFile(t, dir, Options{Workers: workers})
		var got []string
		for _, e := range es {
			got = append(got, fmt.Sprintf("%s:%d:%s", e.Pos.Name, e.Pos.Line, e.InsertID))
		}
		want := []string{"1.json:1:a", "1.json:2:a", "1.json:3:", "1.json:4:b", "2.json:1:c", "2.json:3:", "3.json:2:d"}
		if !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		if n := rep.Inputs[1].Duplicates; n != 2 || rep.Inputs[1].DuplicatesAtLeast || rep.Inputs[1].EqualTimeText != 1 {
			t.Errorf("%+v", rep.Inputs[1])
		}
		if total := rep.Total(); total.Duplicates != 3 || total.Entries != 7 || total.Read() != 10 {
			t.Errorf("%+v", total)
		}
	}
}

// With few ids to remember, duplicates are a lower bound that says so, and the
// same for every number of workers.
func TestDuplicatesBounded(t *testing.T) {
	path := write(t, "export.json", many(5000, 0))
	count := func(workers, ids int) InputReport {
		s, err := Open([]string{path, path, path}, Options{Workers: workers, MaxIDs: ids})
		if err != nil {
			t.Fatal(err)
		}
		_, rep := readSet(t, s)
		if rep.Inputs[0].Duplicates != 0 || rep.Inputs[0].DuplicatesAtLeast {
			t.Errorf("first input: %+v", rep.Inputs[0])
		}
		return rep.Inputs[2]
	}
	if all := count(2, 0); all.Duplicates != 5000 || all.DuplicatesAtLeast {
		t.Errorf("%+v", all)
	}
	one, eight := count(1, 1000), count(8, 1000)
	if d := cmp.Diff(one, eight); d != "" {
		t.Error(d)
	}
	if n := one.Duplicates; n < 300 || n > 1000 || !one.DuplicatesAtLeast || one.Read() != 5000 {
		t.Errorf("%+v", one)
	}
}

func TestFilters(t *testing.T) {
	path := "testdata/array/pretty.json"
	at := func(s string) logentry.Time {
		st, ok := parseStamp(s)
		if !ok {
			t.Fatal(s)
		}
		return st.at
	}
	es, rep := readFile(t, path, Options{
		From: at("2025-01-22T13:29:31.244Z"),
		To:   at("2025-01-22T13:29:37.695852Z"),
		Keep: func(e *logentry.Entry) bool { return e.InsertID != "1q9k2zrf3h7m" },
	})
	in := rep.Inputs[0]
	if len(es) != 2 || in.Filtered != 4 || in.Read() != 6 {
		t.Errorf("%d entries, %+v", len(es), in)
	}
	if in.First.String() != "2025-01-22T13:29:31Z" || in.Last.String() != "2025-01-22T13:29:37.801307Z" {
		t.Errorf("the window is that of the file: %v to %v", in.First, in.Last)
	}
	es, _ = readFile(t, "testdata/text/mixed.log", Options{From: at("2026-01-01T00:00:00Z")})
	if len(es) != 1 || es[0].Message != "Segmentation fault" {
		t.Errorf("entries without a time are kept: %v", es)
	}
}

func TestYear(t *testing.T) {
	line := []byte("I0122 13:29:36.000100       1 main.go:42] starting\nE0122 13:29:37.5       1 store.go:17] refused\n")
	for year, want := range map[int]string{0: "", 2024: "2024-01-22T13:29:37.5Z"} {
		s, err := Open([]string{"-"}, Options{Stdin: bytes.NewReader(line), Year: year})
		if err != nil {
			t.Fatal(err)
		}
		es, rep := readSet(t, s)
		if len(es) != 2 || es[1].Time.String() != want {
			t.Errorf("year %d: %v", year, es)
		}
		if year == 0 && rep.Inputs[0].Untimed != 2 {
			t.Errorf("%+v", rep.Inputs[0])
		}
	}
}

func TestHash(t *testing.T) {
	text := many(2000, 0)
	packed := gzipped(text)
	for _, data := range [][]byte{text, packed, packed[:len(packed)/2], []byte("\xef\xbb\xbf" + string(text))} {
		sum := sha256.Sum256(data)
		_, rep := readFile(t, write(t, "export", data), Options{})
		if got := rep.Inputs[0]; got.SHA256 != hex.EncodeToString(sum[:]) || got.Bytes != int64(len(data)) {
			t.Errorf("%s of %d bytes, want %x of %d", got.SHA256, got.Bytes, sum, len(data))
		}
		_, rep = readFile(t, write(t, "export", data), Options{HashMax: 1000})
		if rep.Inputs[0].SHA256 != "" {
			t.Error("hashed beyond the limit")
		}
	}
}

func TestProgress(t *testing.T) {
	text := many(3000, 0)
	path := write(t, "export", text)
	var done, total int64
	if _, _ = readFile(t, path, Options{Progress: func(d, t int64) { done, total = d, t }}); done != int64(len(text)) || total != done {
		t.Errorf("%d of %d, want %d", done, total, len(text))
	}
}

// Reading stops when the context does.
func TestCancelled(t *testing.T) {
	s, err := Open([]string{write(t, "export", many(20_000, 0))}, Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err = s.Read(ctx, func(int) func(*logentry.Entry) {
		return func(*logentry.Entry) { cancel() }
	})
	if err != context.Canceled {
		t.Errorf("%v", err)
	}
}

func TestOrder(t *testing.T) {
	at := func(seconds ...int) string {
		var b strings.Builder
		for _, s := range seconds {
			fmt.Fprintf(&b, "{\"textPayload\":\"x\",\"timestamp\":\"2025-01-22T13:00:%02dZ\"}\n", s)
		}
		return b.String()
	}
	for text, want := range map[string]string{
		at(1, 2, 3): OldestFirst, at(3, 2, 1): NewestFirst, at(1, 3, 2): MixedOrder, at(1): "", at(1, 1): "",
		at(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 20): OldestFirst,
	} {
		if _, rep := readBytes(t, []byte(text)); rep.Inputs[0].Order != want {
			t.Errorf("%q, want %q", rep.Inputs[0].Order, want)
		}
	}
}

// Equal entries without an insertId are counted and kept.
func TestEqualTimeText(t *testing.T) {
	text := "2025-01-22T13:00:00Z a\n2025-01-22T13:00:00Z b\n2025-01-22T13:00:00Z a\n2025-01-22T13:00:01Z a\n"
	es, rep := readBytes(t, []byte(text))
	if len(es) != 4 || rep.Inputs[0].EqualTimeText != 1 {
		t.Errorf("%d entries, %+v", len(es), rep.Inputs[0])
	}
}

// A pipe that comes in pieces is read as a file is.
func TestStutteringPipe(t *testing.T) {
	text := many(3000, 1)
	want, _ := readFile(t, write(t, "stdin", text), Options{})
	s, err := Open([]string{"-"}, Options{Stdin: &stutter{r: bytes.NewReader(gzipped(text))}})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := readSet(t, s)
	sameEntries(t, want, got)
}
