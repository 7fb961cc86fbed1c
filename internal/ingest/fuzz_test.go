package ingest

import (
	"bytes"
	"context"
	"os"
	"reflect"
	"strings"
	"testing"

	"logwhy/internal/logentry"
)

// checkRead holds what must be true of any bytes: no panic; what is refused is
// explained; every record is counted once and has a place; neither the number
// of workers nor the size of chunks nor a second look changes what is read.
func checkRead(t *testing.T, data []byte) {
	t.Helper()
	one, rep := fuzzRead(t, data, Options{Workers: 1})
	if rep == nil {
		return
	}
	in := rep.Inputs[0]
	if len(one) != in.Entries || in.Filtered+in.Duplicates != 0 || in.Read() != in.Entries+in.Skipped {
		t.Fatalf("%d entries of %+v", len(one), in)
	}
	if in.Skipped > 0 && (len(in.Skips) == 0 || len(in.Skips) > maxSkips) {
		t.Fatalf("skips: %+v", in)
	}
	for _, s := range in.Skips {
		if s.Reason == "" || s.Record < 1 || s.Offset < 0 {
			t.Fatalf("skip without reason or place: %+v", s)
		}
	}
	for i, e := range one {
		if e.Pos.Record < 1 || e.Pos.Line < 0 || e.Pos.Seq < 0 || i > 0 && e.Pos.Seq <= one[i-1].Pos.Seq {
			t.Fatalf("place of entry %d: %+v", i, e.Pos)
		}
	}
	three, rep3 := fuzzRead(t, data, Options{Workers: 3, chunk: 64})
	if rep3 == nil {
		t.Fatal("small chunks yield nothing")
	}
	if len(three) != len(one) {
		t.Fatalf("small chunks yield %d entries, not %d", len(three), len(one))
	}
	for i := range one {
		if !reflect.DeepEqual(one[i].Raw, three[i].Raw) || one[i].Pos.Seq != three[i].Pos.Seq || one[i].Pos.Line != three[i].Pos.Line {
			t.Fatalf("small chunks change entry %d:\n%+v\n%+v", i, one[i], three[i])
		}
	}
}

// fuzzRead reads data and looks a second time; nil when they are refused.
func fuzzRead(t *testing.T, data []byte, opts Options) ([]*logentry.Entry, *Report) {
	t.Helper()
	opts.Stdin, opts.HashMax = bytes.NewReader(data), -1
	s, err := Open([]string{"-"}, opts)
	if err != nil {
		mustExplain(t, err)
		return nil, nil
	}
	lists := make([][]*logentry.Entry, s.opts.Workers)
	rep, err := s.Read(context.Background(), func(w int) func(*logentry.Entry) {
		return func(e *logentry.Entry) { lists[w] = append(lists[w], e.Clone()) }
	})
	if err != nil {
		mustExplain(t, err)
		return nil, nil
	}
	all := inOrder(lists)
	var timed []*logentry.Entry
	for _, e := range all {
		if e.Time.Known() {
			timed = append(timed, e)
		}
	}
	var again []*logentry.Entry
	complete, err := s.Reread(context.Background(), []Window{{logentry.NoTime, logentry.NoTime}}, func(e *logentry.Entry) { again = append(again, e.Clone()) })
	if !complete || err != nil || !reflect.DeepEqual(timed, again) {
		t.Fatalf("second look: complete %t, %v, %d entries, want %d", complete, err, len(again), len(timed))
	}
	return all, rep
}

// seed adds the samples below the given folders, whole and cut in half.
func seed(f *testing.F, folders ...string) {
	f.Helper()
	for _, file := range samples(f) {
		for _, folder := range folders {
			if strings.HasPrefix(file, "testdata/"+folder+"/") {
				text, err := os.ReadFile(file)
				if err != nil {
					f.Fatal(err)
				}
				// Fuzzing is faster on small inputs.
				f.Add(text[:min(len(text), 3000)])
				f.Add(text[len(text)/2:])
			}
		}
	}
}

func FuzzJSON(f *testing.F) {
	seed(f, "array", "ndjson", "concatenated", "wrapped", "embedded")
	f.Add([]byte(`[{"textPayload":"x"},null,[{"textPayload":"y"}],{"entries":[{"textPayload":"z"}]}]`))
	f.Add([]byte("[\n  {\n    \"textPayload\": \"x\"},\n  {\n    \"a\n  }\n  {\n    \"textPayload\": \"y\"\n  }\n]\n"))
	f.Fuzz(func(t *testing.T, data []byte) { checkRead(t, data) })
}

func FuzzText(f *testing.F) {
	seed(f, "text", "table", "record", "markdown")
	f.Fuzz(func(t *testing.T, data []byte) { checkRead(t, data) })
}

func FuzzYAML(f *testing.F) {
	seed(f, "yaml", "flattened")
	f.Add([]byte("---\ninsertId: &a [*a, *a]\n---\ninsertId: {? {a: b} : c}\n---\n- x\n---\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkRead(t, append([]byte("---\ninsertId: a\ntextPayload: x\n"), data...))
	})
}

func FuzzCSV(f *testing.F) {
	seed(f, "csv")
	f.Add([]byte("a,2025-01-22T13:00:00Z,\"one\ntwo\",1\nb,,\"\"\"\",{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkRead(t, data)
		checkRead(t, append([]byte("insertId,timestamp,textPayload,jsonPayload.a[0].b\n"), data...))
	})
}

// FuzzEncoding reads arbitrary bytes through every wrapping.
func FuzzEncoding(f *testing.F) {
	text := []byte(`[{"insertId":"a","timestamp":"2025-01-22T13:00:00Z","textPayload":"Grüße 📬"}]`)
	f.Add(text)
	for _, w := range wraps {
		f.Add(w.wrap(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkRead(t, data) })
}
