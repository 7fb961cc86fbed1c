package ingest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"logwhy/internal/logentry"
)

// corpus finds a folder beside the repository, or skips.
func corpus(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		path := filepath.Join(dir, "shared", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skipf("no corpus: shared/%s", name)
		}
		dir = up
	}
}

// readFile reads one file and returns copies of its entries.
func readFile(t testing.TB, path string, opts Options) ([]*logentry.Entry, *Report) {
	t.Helper()
	s, err := Open([]string{path}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return readSet(t, s)
}

// Every labelled export yields the number of entries that a person counted.
func TestCorpusCounts(t *testing.T) {
	labels := corpus(t, "labels")
	data, err := os.ReadFile(filepath.Join(labels, "labels.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files []struct {
		File, Shape, Encoding string
		First, Last           string
		Entries               *int
	}
	if err := json.Unmarshal(data, &files); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Entries == nil {
			continue
		}
		t.Run(f.File, func(t *testing.T) {
			path := filepath.Join(labels, "..", "corpus", f.File)
			if _, err := os.Stat(path); err != nil {
				t.Skip("not there")
			}
			s, err := Open([]string{path}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			_, rep := readSet(t, s)
			in := rep.Inputs[0]
			if got := in.Entries + in.Duplicates; got != *f.Entries {
				t.Errorf("%d entries, labelled %d (%s)", got, *f.Entries, f.Shape)
			}
			if want := map[string]string{"utf8": utf8Plain, "utf8-bom": utf8BOM, "utf16le": utf16LE}[f.Encoding]; in.Encoding != want {
				t.Errorf("encoding %s, labelled %s", in.Encoding, f.Encoding)
			}
			first, _ := parseStamp(f.First)
			last, _ := parseStamp(f.Last)
			if in.First != first.at || in.Last != last.at {
				t.Errorf("from %v to %v, labelled %s to %s", in.First, in.Last, f.First, f.Last)
			}
			if in.Skipped > 0 {
				t.Errorf("skipped %d: %+v", in.Skipped, in.Skips)
			}
		})
	}
}

func readSet(t testing.TB, s *Set) ([]*logentry.Entry, *Report) {
	t.Helper()
	lists := make([][]*logentry.Entry, s.opts.Workers)
	rep, err := s.Read(context.Background(), func(w int) func(*logentry.Entry) {
		return func(e *logentry.Entry) { lists[w] = append(lists[w], e.Clone()) }
	})
	if err != nil {
		t.Fatal(err)
	}
	return inOrder(lists), rep
}

// Documents that quote log lines yield those lines, each at its place, and
// nothing of their prose.
func TestSeedDocuments(t *testing.T) {
	es, rep := readFile(t, corpus(t, "seeds"), Options{})
	var lines [2][]int
	untimed := 0
	for _, e := range es {
		lines[e.Pos.Input] = append(lines[e.Pos.Input], e.Pos.Line)
		if !e.Time.Known() {
			untimed++
		}
	}
	if want := [2][]int{{21, 22, 27, 28, 29, 30}, {24, 25, 28, 30}}; !reflect.DeepEqual(lines, want) || untimed != 2 {
		t.Errorf("lines %v, %d without a time", lines, untimed)
	}
	if in := rep.Inputs[1]; !in.Lossy || in.Format != "markdown" || in.EqualTimeText != 1 {
		t.Errorf("%+v", in)
	}
}
