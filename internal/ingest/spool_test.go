package ingest_test

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"testing"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
)

func record(i int) string {
	return fmt.Sprintf(`{"insertId":"id-%03d","logName":"projects/acme-staging/logs/app","timestamp":"2026-03-03T09:00:%02dZ","textPayload":"line %d"}`, i, i%60, i)
}

func source(t *testing.T, name string, from, to int) ingest.Source {
	t.Helper()
	sp, err := ingest.NewSpool(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := from; i < to; i++ {
		if err := sp.Add([]byte(record(i))); err != nil {
			t.Fatal(err)
		}
	}
	if sp.Len() != to-from {
		t.Fatalf("Len %d, want %d", sp.Len(), to-from)
	}
	src, err := sp.Source()
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// What two queries both bring is read once, as it would be of two files.
func TestSourcesAreReadAsFiles(t *testing.T) {
	set, err := ingest.Open(nil, ingest.Options{Workers: 1, Sources: []ingest.Source{source(t, "a", 0, 40), source(t, "b", 30, 50)}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a source can be read again
		var got []string
		rep, err := set.Read(context.Background(), func(int) func(*logentry.Entry) {
			return func(e *logentry.Entry) { got = append(got, e.Pos.Name+" "+e.InsertID) }
		})
		if err != nil {
			t.Fatal(err)
		}
		sort.Strings(got)
		if len(got) != 50 || got[0] != "a id-000" || got[49] != "b id-049" {
			t.Fatalf("%d entries: %s", len(got), strings.Join(got, ", "))
		}
		if d := rep.Inputs[1].Duplicates; d != 10 {
			t.Errorf("%d duplicates, want 10", d)
		}
		if c := rep.Inputs[0].Compression; c != "zstd" {
			t.Errorf("compression %q", c)
		}
	}
	n := 0
	w := ingest.Window{From: logentry.Time(1772528400e9 + 5e9), To: logentry.Time(1772528400e9 + 7e9)}
	if complete, err := set.Reread(context.Background(), []ingest.Window{w}, func(*logentry.Entry) { n++ }); err != nil || !complete || n != 2 {
		t.Errorf("looked back at %d entries, complete %v, %v", n, complete, err)
	}
}

func TestEmptySourceIsNoInput(t *testing.T) {
	_, err := ingest.Open(nil, ingest.Options{Sources: []ingest.Source{source(t, "a", 0, 0)}})
	if err == nil {
		t.Fatal("an empty source was read")
	}
}
