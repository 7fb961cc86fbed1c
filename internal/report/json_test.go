package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"logwhy/internal/incident"
)

// TestJSONRoundTrip: a stored analysis is read back as it was, and written
// again gives the same bytes.
func TestJSONRoundTrip(t *testing.T) {
	for _, name := range cases(t) {
		a := stored(t, name)
		first := render(t, "json", a, Options{})
		back, err := Read(strings.NewReader(first))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(a, back, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
		if again := render(t, "json", back, Options{}); again != first {
			t.Errorf("%s: written twice, it differs:\n%s", name, cmp.Diff(first, again))
		}
	}
}

func TestJSONForm(t *testing.T) {
	a := &incident.Analysis{
		Incidents: []incident.Incident{{ID: "I1", Whys: []incident.Why{{N: 1}}}},
		Evidence:  map[string]incident.Evidence{"E10": {Message: "<a> & \u202e\u009b\x7f\U000e0041 \"q\""}, "E2": {Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, "E1": {}},
	}
	got := render(t, "json", a, Options{})
	for _, want := range []string{
		`"schema": "logwhy.analysis/v1"`, `"also_failing": []`, `"against": []`, `"findings": []`, `"inputs": []`, `"warnings": []`,
		`"message": "<a> & \u202e\u009b\u007f\udb40\udc41 \"q\""`, `"time": "2026-01-02T03:04:05Z"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	for _, not := range []string{"null", `"rivals": null`, `"phases": null`, "0001-01-01"} {
		if strings.Contains(got, not) {
			t.Errorf("%s in\n%s", not, got)
		}
	}
	if i, j, k := strings.Index(got, `"E1"`), strings.Index(got, `"E2"`), strings.Index(got, `"E10"`); i > j || j > k || i < 0 {
		t.Errorf("evidence is not in the order of its numbers:\n%s", got)
	}
	if a.Findings != nil || a.Schema != "" {
		t.Error("writing changed the analysis")
	}
	back, err := Read(strings.NewReader("\ufeff" + got))
	if err != nil || back.Evidence["E10"].Message != a.Evidence["E10"].Message {
		t.Errorf("read back: %v, %q", err, back.Evidence["E10"].Message)
	}
}

func TestReadErrors(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "is empty",
		"[]":                                "array",
		"{}":                                `schema is "", want "logwhy.analysis/v1"`,
		`{"schema":"logwhy.analysis/v2"}`:   `schema is "logwhy.analysis/v2"`,
		"{\n  \"schema\": \"x\",\n  x\n}":   "3:4: invalid character 'x'",
		`{"findings":[{"count":"many"}]}`:   "findings.count is a string here",
		"\xff\xfe{\x00":                     "not UTF-8",
		`{"schema":"logwhy.analysis/v1"} x`: "after top-level value",
	} {
		_, err := Read(strings.NewReader(in))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read(%q): %v, want %q", in, err, want)
		}
	}
}

func TestWriteUnknownFormat(t *testing.T) {
	err := Write(&bytes.Buffer{}, "pdf", &incident.Analysis{}, Options{})
	if err == nil || !strings.Contains(err.Error(), `no format "pdf"; there are md, json`) {
		t.Errorf("Write: %v", err)
	}
}

// FuzzRead: a stored analysis may be edited or made by others. Whatever can be
// read can be rendered, in every format, and stays inert.
func FuzzRead(f *testing.F) {
	for _, name := range cases(f) {
		f.Add([]byte(render(f, "json", stored(f, name), Options{})))
	}
	f.Add([]byte(`{"schema":"logwhy.analysis/v1","incidents":[{"id":"I1","phases":[{"n":1},{"n":2}],"causes":[{}]},{}],"changes":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		checkInert(t, render(t, "md", a, Options{Mermaid: true, Explain: true}), referencesOf(a)...)
		readTerminal(t, render(t, "term", a, Options{Color: true, Hyperlinks: true}))
		var b bytes.Buffer
		for _, format := range FormatNames(TimelineFormats()) {
			if err := WriteTimeline(&b, format, a, Options{Width: 50}); err != nil {
				t.Fatal(err)
			}
		}
		for _, format := range FormatNames(Formats()) {
			render(t, format, a, Options{Audience: AudienceOncall, Width: 30, ASCII: true})
		}
	})
}
