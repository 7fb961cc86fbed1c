package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/incident"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// cases returns the names of the stored analyses.
func cases(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no analyses in testdata: %v", err)
	}
	var names []string
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".json"); !strings.Contains(name, ".") {
			names = append(names, name)
		}
	}
	return names
}

func stored(t testing.TB, name string) *incident.Analysis {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, err := Read(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return a
}

func render(t testing.TB, format string, a *incident.Analysis, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, a, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden renders each stored analysis in each format.
func TestGolden(t *testing.T) {
	for _, name := range cases(t) {
		a := stored(t, name)
		for _, f := range Formats() {
			t.Run(name+f.Extension, func(t *testing.T) {
				compare(t, filepath.Join("testdata", name+f.Extension), render(t, f.Name, a, Options{Mermaid: true, Explain: name == "cut-window"}))
			})
		}
	}
}

// TestTimelineGolden renders the timeline of each stored analysis alone.
func TestTimelineGolden(t *testing.T) {
	for _, name := range cases(t) {
		a := stored(t, name)
		for _, f := range TimelineFormats() {
			if f.Name == "csv" {
				continue // the same as in a report
			}
			t.Run(name+f.Extension, func(t *testing.T) {
				var b bytes.Buffer
				if err := WriteTimeline(&b, f.Name, a, Options{}); err != nil {
					t.Fatal(err)
				}
				compare(t, filepath.Join("testdata", name+".timeline"+f.Extension), b.String())
			})
		}
	}
}

// compare checks got against a golden file, or rewrites the file.
func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; run with -update to accept):\n%s", path, diff)
	}
}

// TestCasesAreThere: what a report must stand for has a golden in each format.
func TestCasesAreThere(t *testing.T) {
	for _, name := range []string{"two-phases", "crash-loop", "two-services", "cut-window", "healthy", "insufficient", "hostile", "huge", "successive-blockers", "empty"} {
		for _, f := range Formats() {
			file := filepath.Join("testdata", name+f.Extension)
			if f.Name == "json" {
				file = filepath.Join("testdata", name+".json")
			}
			if info, err := os.Stat(file); err != nil || info.Size() == 0 {
				t.Errorf("no golden %s", file)
			}
		}
	}
}
