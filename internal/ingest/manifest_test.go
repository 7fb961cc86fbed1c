package ingest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"logwhy/internal/logentry"
)

const pulledLine = `{"insertId":"a","logName":"projects/acme-staging/logs/app","timestamp":"2026-01-25T09:00:00Z","textPayload":"ready"}` + "\n"

func manifestOf(entries int, size int) *Manifest {
	from := time.Date(2026, 1, 25, 9, 0, 0, 0, time.UTC)
	return &Manifest{
		Schema: ManifestSchema, Entries: entries, Bytes: int64(size), Complete: true,
		Query: ManifestQuery{Resources: []string{"projects/acme-staging"}, From: from, To: from.Add(time.Hour)},
	}
}

func readReport(t *testing.T, args ...string) *Report {
	t.Helper()
	s, err := Open(args, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Read(t.Context(), func(int) func(*logentry.Entry) { return func(*logentry.Entry) {} })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestManifestBesideAnInput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "logs.ndjson")
	write := func(text string, m *Manifest) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := m.Write(file); err != nil {
			t.Fatal(err)
		}
	}
	write(pulledLine, manifestOf(1, len(pulledLine)))
	for name, args := range map[string][]string{"file": {file}, "folder": {dir}, "glob": {filepath.Join(dir, "*")}} {
		r := readReport(t, args...)
		if len(r.Inputs) != 1 || r.Inputs[0].Manifest == nil || !r.Inputs[0].Manifest.Complete || r.Inputs[0].Entries != 1 {
			t.Errorf("%s: %+v", name, r.Inputs)
		}
	}
	write(pulledLine+pulledLine, manifestOf(1, len(pulledLine)))
	if r := readReport(t, file); r.Inputs[0].Manifest != nil {
		t.Error("a manifest of a file of another size was believed")
	}
	write("", manifestOf(0, 0))
	if r := readReport(t, file); !r.Inputs[0].Empty || r.Inputs[0].Manifest == nil {
		t.Errorf("an empty pull: %+v", r.Inputs[0])
	}
	other := manifestOf(1, len(pulledLine))
	other.Schema = "acme.manifest/v3"
	write(pulledLine, other)
	if r := readReport(t, file); r.Inputs[0].Manifest != nil {
		t.Error("a manifest of another kind was believed")
	}
}
