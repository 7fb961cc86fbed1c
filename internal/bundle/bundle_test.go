package bundle

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"logwhy/internal/incident"
)

func analysis() *incident.Analysis {
	return &incident.Analysis{
		Schema: incident.Schema,
		Tool:   incident.Tool{Name: "logwhy", Version: "1.2.3", Command: "logwhy report export.json", RuleSet: "abc"},
		Inputs: []incident.Input{{Name: "export.json", SHA256: "12", Bytes: 3, Entries: 12}},
		Evidence: map[string]incident.Evidence{
			"E10": {Message: "tenth", Source: "export.json:3"},
			"E2": {Message: "second <b>", Severity: "ERROR", Time: time.Date(2026, 3, 3, 10, 0, 1, 5000, time.UTC),
				Project: "acme-staging", Service: "mailer", Instance: "i1", InsertID: "x2", Fields: map[string]string{"jsonPayload.err": "refused"}},
		},
	}
}

func written(t *testing.T) []byte {
	t.Helper()
	a := analysis()
	encoded, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, a, encoded); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWrittenIsOpened(t *testing.T) {
	data := written(t)
	if !Is(bytes.NewReader(data)) {
		t.Error("not recognised")
	}
	b, err := Open(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(analysis())
	if !bytes.Equal(b.Analysis, want) {
		t.Errorf("analysis is %s, want %s", b.Analysis, want)
	}
	const entries = `{"insertId":"x2","timestamp":"2026-03-03T10:00:01.000005Z","severity":"ERROR","jsonPayload":{"err":"refused","message":"second <b>"},"labels":{"instanceId":"i1","logwhy/evidence":"E2"},"resource":{"labels":{"project_id":"acme-staging","service_name":"mailer"}}}
{"textPayload":"tenth","labels":{"logwhy/evidence":"E10","logwhy/source":"export.json:3"}}
`
	if string(b.Entries) != entries {
		t.Errorf("entries are\n%s\nwant\n%s", b.Entries, entries)
	}
	m := b.Manifest
	if m.Tool.Command != "logwhy report export.json" || m.Tool.RuleSet != "abc" || len(m.Inputs) != 1 || m.Inputs[0].SHA256 != "12" || len(m.Files) != 2 {
		t.Errorf("manifest is %+v", m)
	}
}

func TestSameAnalysisSameBytes(t *testing.T) {
	if !bytes.Equal(written(t), written(t)) {
		t.Error("two runs differ")
	}
}

func TestHeadersTellNothingOfTheMachine(t *testing.T) {
	z, err := zstd.NewReader(bytes.NewReader(written(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var names []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		if h.Mode != 0o600 || h.ModTime.Unix() != 0 || h.Uid != 0 || h.Uname != "" {
			t.Errorf("%s: header is %+v", h.Name, h)
		}
	}
	if got := strings.Join(names, " "); got != "manifest.json analysis.json entries.ndjson" {
		t.Errorf("files are %s", got)
	}
}

func packed(t *testing.T, files ...content) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pack(&b, files); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOpenRefuses(t *testing.T) {
	data := written(t)
	manifest := func(s string) content { return content{ManifestName, []byte(s)} }
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"text":           {[]byte("not zstd"), "not a bundle"},
		"empty":          {nil, "not a bundle"},
		"other archive":  {packed(t, content{"readme", nil}), "not a bundle"},
		"no json":        {packed(t, manifest("{")), "manifest is damaged"},
		"other schema":   {packed(t, manifest(`{"schema":"logwhy.bundle/v9"}`)), `schema is "logwhy.bundle/v9"`},
		"no analysis":    {packed(t, manifest(`{"schema":"logwhy.bundle/v1"}`)), "holds no analysis.json"},
		"other analysis": {packed(t, manifest(`{"schema":"logwhy.bundle/v1","files":[{"name":"analysis.json","sha256":"00"}]}`), content{AnalysisName, []byte("{}")}), "not as it was packed"},
		"cut off":        {data[:len(data)-20], ""},
	} {
		_, err := Open(bytes.NewReader(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q", name, err, c.want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	var b bytes.Buffer
	a := analysis()
	encoded, _ := json.Marshal(a)
	_ = Write(&b, a, encoded)
	f.Add(b.Bytes())
	f.Add([]byte("\x28\xb5\x2f\xfd"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Open(bytes.NewReader(data))
		if err == nil && b.Analysis == nil {
			t.Error("no error and no analysis")
		}
	})
}
