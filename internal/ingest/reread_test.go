package ingest

import (
	"context"
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"logwhy/internal/logentry"
)

// A second look finds exactly the entries of the first whose time lies in a
// window, with the same positions, whatever the form and the wrapping.
func TestReread(t *testing.T) {
	big := map[string][]byte{}
	for x := range exports[:3] {
		text := many(4000, x)
		copy(text[len(text)/2:], "\x00}]garbage{\"")
		big[exports[x].name] = text
	}
	for _, file := range samples(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		big[file] = text
	}
	for name, text := range big {
		stored := map[string][]byte{
			"plain": text, "bom": append([]byte("\xef\xbb\xbf"), text...), "gzip": gzipped(text), "zstd": zstded(text),
			"utf16": toUTF16("\ufeff"+string(text), binary.LittleEndian),
		}
		for wrap, data := range stored {
			t.Run(name+"/"+wrap, func(t *testing.T) {
				path := write(t, "export", data)
				s, err := Open([]string{path}, Options{Workers: 3, HashMax: -1, Keep: everyThird()})
				if err != nil {
					t.Fatal(err)
				}
				first, _ := readSet(t, s)
				for _, windows := range windowsOf(first) {
					checkReread(t, s, first, windows)
				}
			})
		}
	}
}

// everyThird is a filter that depends on the entry alone.
func everyThird() func(*logentry.Entry) bool {
	return func(e *logentry.Entry) bool { return e.Pos.Record%3 != 0 }
}

// windowsOf makes windows of several sizes from the times of entries.
func windowsOf(es []*logentry.Entry) [][]Window {
	var times []logentry.Time
	for _, e := range es {
		if e.Time.Known() {
			times = append(times, e.Time)
		}
	}
	slices.Sort(times)
	all := [][]Window{{{logentry.NoTime, logentry.NoTime}}, {}, {{1, 2}}}
	if n := len(times); n > 0 {
		all = append(all,
			[]Window{{times[n/2], times[n/2] + 1}},
			[]Window{{times[n/3], times[n/2]}, {times[n-1], logentry.NoTime}},
			[]Window{{times[0], times[n-1]}, {times[0], times[n/2]}})
	}
	return all
}

func checkReread(t *testing.T, s *Set, first []*logentry.Entry, windows []Window) {
	t.Helper()
	var want []*logentry.Entry
	for _, e := range first {
		for _, w := range windows {
			if w.holds(e.Time) {
				want = append(want, e)
				break
			}
		}
	}
	var got []*logentry.Entry
	complete, err := s.Reread(context.Background(), windows, func(e *logentry.Entry) { got = append(got, e.Clone()) })
	if err != nil || !complete {
		t.Fatalf("complete %t, %v", complete, err)
	}
	sameEntries(t, want, got)
}

// Duplicates of the first pass are duplicates of the second.
func TestRereadDuplicates(t *testing.T) {
	a := write(t, "a.json", many(3000, 1))
	b := write(t, "b.json", many(4000, 2)) // the first 3000 are those of a
	s, err := Open([]string{a, b}, Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	first, rep := readSet(t, s)
	if len(first) != 4000 || rep.Inputs[1].Duplicates != 3000 {
		t.Fatalf("%d entries, %+v", len(first), rep.Inputs[1])
	}
	checkReread(t, s, first, []Window{{logentry.NoTime, logentry.NoTime}})
	checkReread(t, s, first, []Window{{first[2900].Time, first[3100].Time}})
}

// A file that changed since is not looked at again.
func TestRereadChanged(t *testing.T) {
	path := write(t, "a.json", many(100, 0))
	s, err := Open([]string{path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	readSet(t, s)
	if err := os.WriteFile(path, many(90, 0), 0o644); err != nil {
		t.Fatal(err)
	}
	n := 0
	complete, err := s.Reread(context.Background(), []Window{{logentry.NoTime, logentry.NoTime}}, func(*logentry.Entry) { n++ })
	if complete || err != nil || n != 0 {
		t.Errorf("complete %t, %v, %d entries", complete, err, n)
	}
}
