package ingest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logwhy/internal/logentry"
)

// What cannot be read is named, with what to do next.
func TestNothingReadable(t *testing.T) {
	cases := []struct{ name, text, found, next string }{
		{"empty", "", "empty file", "gcloud prints [] when nothing matches"},
		{"spaces", " \n\t\n", "only white space", "gcloud logging read"},
		{"image", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG image", "gcloud logging read"},
		{"zip", "PK\x03\x04\x14\x00", "ZIP archive", "Unpack"},
		{"xz", "\xfd7zXZ\x00\x00\x04", "xz data", "xz -dc"},
		{"html", "\n<!DOCTYPE html><html><body>Sign in</body></html>", "HTML page", "sign in"},
		{"xml", "<?xml version=\"1.0\"?><a/>", "XML document", "gcloud"},
		{"object", `{"collection_time":"2025-01-22","total":377,"by_severity":{"ERROR":[1,2]}}`, "JSON object without log entries: keys collection_time, total, by_severity", "gcloud"},
		{"summary", `{"timestamp":"2025-01-22T13:00:00Z","total_logs":3,"issues":{"mailer":[{"type":"auth","message":"m","timestamp":"2025-01-22T13:00:00Z","severity":"ERROR"}]}}`, "keys timestamp, total_logs, issues", "gcloud"},
		{"api error", `{"error":{"code":403,"message":"Permission denied","status":"PERMISSION_DENIED"}}`, "JSON object without log entries: keys error", "gcloud"},
		{"array of objects", `[{"name":"a"},{"name":"b"}]`, "JSON array whose elements are no log entries; the first: keys name", "gcloud"},
		{"array of numbers", `[1, 2, 3]`, "JSON array without objects", "--format"},
		{"array of texts", `["a", "b"]`, "JSON array without objects", "--format"},
		{"broken object", "{\"a\n\": 1}", "text that begins like a JSON object and is none", "gcloud"},
		{"binary", strings.Repeat("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x9c", 30), "binary data", "gcloud"},
		{"prose", "Dear diary,\nnothing happened today.\n", "text without log lines; it begins \"Dear diary,\"", "gcloud"},
		{"document", "# Notes\n\nNothing is quoted here, `make test` passes.\n", "text without log lines", "gcloud"},
		{"gzip of nothing", string(gzipped(nil)), "empty file", "gcloud"},
		{"broken gzip", "\x1f\x8b\x08\x00broken", "gzip data is damaged", "again"},
		{"tar", "a.json" + strings.Repeat("\x00", 251) + "ustar\x0000", "tar archive", "Unpack"},
		{"csv of others", "name,age\nana,7\n", "text without log lines", "gcloud"},
		{"opening bracket", "[", "cut off before its first entry", "again"},
		{"no good line", "{\"insertId\":\"a\",\"timestamp\":\"x\" \"\n{\"insertId\"}\n", "none of its 2 records", "again"},
		{"page without entries", `{"entries":[],"nextPageToken":"x"}`, "JSON object without log entries: keys entries, nextPageToken", "gcloud"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := readErr(t, c.text)
			var ie *InputError
			if !errors.As(err, &ie) {
				t.Fatalf("error %v", err)
			}
			if !strings.Contains(ie.Found, c.found) || !strings.Contains(ie.Next, c.next) || ie.Expected == "" {
				t.Errorf("found %q\nnext %q", ie.Found, ie.Next)
			}
			if !strings.HasPrefix(err.Error(), "standard input: ") {
				t.Errorf("%v", err)
			}
		})
	}
}

func readErr(t *testing.T, text string) error {
	t.Helper()
	s, err := Open([]string{"-"}, Options{Stdin: strings.NewReader(text)})
	if err == nil {
		_, err = s.Read(context.Background(), nil)
	}
	return err
}

// gcloud prints [] when nothing matched. That is an answer.
func TestEmptyArray(t *testing.T) {
	for _, text := range []string{"[]", "[]\n", " [ ]\r\n", "timestamp,severity,textPayload\n"} {
		_, rep := readBytes(t, []byte(text))
		if in := rep.Inputs[0]; !in.Empty || in.Read() != 0 || in.Truncated {
			t.Errorf("%q: %+v", text, in)
		}
	}
}

func TestArguments(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"run.googleapis.com/stderr/2025/01/22/12:00:00_12:59:59_S0.json": `{"insertId":"b","timestamp":"2025-01-22T12:00:00Z","textPayload":"x"}`,
		"run.googleapis.com/stderr/2025/01/22/11:00:00_11:59:59_S0.json": `{"insertId":"a","timestamp":"2025-01-22T11:00:00Z","textPayload":"x"}`,
		"run.googleapis.com/stdout/2025/01/22/12:00:00_12:59:59_S0.json": `{"insertId":"c","timestamp":"2025-01-22T12:00:00Z","textPayload":"x"}`,
		"app.log.gz":    string(gzipped([]byte("2025-01-22T13:00:00Z ERROR gone\n"))),
		"README.md":     "# Exports\n```\n2025-01-22T13:00:00Z ERROR gone\n```\n",
		"shot.png":      "\x89PNG\r\n",
		".hidden.json":  `{"insertId":"h","timestamp":"2025-01-22T12:00:00Z","textPayload":"x"}`,
		".git/log.json": `{"insertId":"g","timestamp":"2025-01-22T12:00:00Z","textPayload":"x"}`,
		"zz.csv":        "insertId,timestamp,textPayload\nd,2025-01-22T13:00:00Z,y\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	es, rep := readFile(t, dir, Options{})
	var got []string
	for _, e := range es {
		got = append(got, e.Pos.Name[strings.LastIndexByte(e.Pos.Name, '/')+1:]+":"+e.InsertID)
	}
	want := "app.log.gz:, 11:00:00_11:59:59_S0.json:a, 12:00:00_12:59:59_S0.json:b, 12:00:00_12:59:59_S0.json:c, zz.csv:d"
	if strings.Join(got, ", ") != want {
		t.Errorf("read %v", got)
	}
	if es[1].Pos.Name != "11:00:00_11:59:59_S0.json" || !strings.HasSuffix(es[2].Pos.Name, "/stderr/2025/01/22/12:00:00_12:59:59_S0.json") {
		t.Errorf("names: %q and %q", es[1].Pos.Name, es[2].Pos.Name)
	}
	unread := map[string]string{}
	for _, in := range rep.Inputs {
		if in.Unreadable != "" {
			unread[in.Name] = in.Unreadable
		}
	}
	if len(unread) != 2 || unread["shot.png"] != "PNG image" || !strings.Contains(unread["README.md"], "document") {
		t.Errorf("unreadable: %v", unread)
	}
	if es, _ := readFile(t, filepath.Join(dir, "README.md"), Options{}); len(es) != 1 {
		t.Errorf("a document that is named is read: %v", es)
	}
	if es, _ := readFile(t, filepath.Join(dir, "*.csv"), Options{}); len(es) != 1 {
		t.Errorf("pattern: %v", es)
	}
}

func TestArgumentErrors(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args  []string
		found string
		is    error
	}{
		{nil, "nothing to read", nil},
		{[]string{filepath.Join(dir, "none.json")}, "no such file", fs.ErrNotExist},
		{[]string{"testdata/array/pretty.json", filepath.Join(dir, "none.json")}, "no such file", fs.ErrNotExist},
		{[]string{filepath.Join(dir, "*.json")}, "no file matches", fs.ErrNotExist},
		{[]string{filepath.Join(dir, "[a")}, "not a valid pattern", filepath.ErrBadPattern},
		{[]string{dir}, "a folder without files", nil},
		{[]string{"-"}, "there is no standard input", nil},
	} {
		_, err := Open(c.args, Options{})
		var ie *InputError
		if !errors.As(err, &ie) || !strings.Contains(ie.Found, c.found) || ie.Next == "" || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%v: %v", c.args, err)
		}
	}
	_, err := Open([]string{"-", "-"}, Options{Stdin: strings.NewReader("[]")})
	if err == nil || !strings.Contains(err.Error(), "given twice") {
		t.Errorf("%v", err)
	}
	write := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("\x89PNG"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.png")
	write("b.png")
	if _, err := Open([]string{dir}, Options{}); err == nil || !strings.Contains(err.Error(), "none of the 2 files") {
		t.Errorf("%v", err)
	}
}

// A named file that is no export is told beside one that is.
func TestUnreadableBesideReadable(t *testing.T) {
	png := write(t, "a.png", []byte("\x89PNG"))
	s, err := Open([]string{png, "testdata/array/pretty.json"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	es, rep := readSet(t, s)
	if len(es) != 6 || es[0].Pos.Input != 1 || rep.Inputs[0].Unreadable != "PNG image" {
		t.Errorf("%d entries, %+v", len(es), rep.Inputs[0])
	}
}

// An input that cannot be opened any more is an error, not an empty input.
func TestVanished(t *testing.T) {
	path := write(t, "export.json", []byte(`[{"textPayload":"x"}]`))
	s, err := Open([]string{path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(context.Background(), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// A pipe that is given by name, as <(…) in a shell is, is read once.
func TestNamedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		w.Write(many(2000, 1))
		w.Close()
	}()
	s, err := Open([]string{"-"}, Options{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	if newest, err := s.Newest(context.Background()); err != nil || !newest.Known() {
		t.Errorf("newest %v, %v", newest, err)
	}
	if es, _ := readSet(t, s); len(es) != 2000 {
		t.Errorf("%d entries", len(es))
	}
}

func TestNewest(t *testing.T) {
	s, err := Open([]string{"testdata/array/pretty.json", "testdata/text/mixed.log"}, Options{
		To: 1, Keep: func(*logentry.Entry) bool { return false },
	})
	if err != nil {
		t.Fatal(err)
	}
	newest, err := s.Newest(context.Background())
	if err != nil || newest.String() != "2025-01-22T13:29:38Z" {
		t.Errorf("%v, %v", newest, err)
	}
}

// Beyond what is kept of a pipe, it can be read once and not again.
func TestLargePipe(t *testing.T) {
	line := []byte(`{"insertId":"a","timestamp":"2025-01-22T13:00:00Z","textPayload":"` + strings.Repeat("x", 1<<20) + "\"}\n")
	text := bytes.Repeat(line, 66)
	open := func() *Set {
		s, err := Open([]string{"-"}, Options{Stdin: bytes.NewReader(text), HashMax: -1})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	_, err := s.Newest(context.Background())
	mustExplain(t, err)
	if es, _ := readSet(t, s); len(es) != 66 {
		t.Errorf("%d entries after Newest had refused", len(es))
	}
	if complete, err := s.Reread(context.Background(), []Window{{logentry.NoTime, logentry.NoTime}}, func(*logentry.Entry) {}); complete || err != nil {
		t.Errorf("%t, %v", complete, err)
	}
	_, err = s.Read(context.Background(), nil)
	mustExplain(t, err)
}
