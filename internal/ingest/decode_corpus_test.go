package ingest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf16"

	"logwhy/internal/logentry"
)

// TestDecodeCorpus decodes the real exports that stand beside a checkout, if
// there are any, and compares the main fields with encoding/json.
func TestDecodeCorpus(t *testing.T) {
	root := corpusFolder()
	if root == "" {
		t.Skip("no corpus beside the checkout")
	}
	d, files, entries := newDecoder(), 0, 0
	err := filepath.WalkDir(root, func(path string, file os.DirEntry, err error) error {
		if err != nil || file.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var records []json.RawMessage
		if json.Unmarshal(plainText(data), &records) != nil || !areEntries(records) {
			return nil // another format, which readers take care of
		}
		files++
		for i, raw := range records {
			var e logentry.Entry
			if err := d.decode(raw, &e); err != nil {
				t.Errorf("%s, record %d: %v", file.Name(), i+1, err)
				continue
			}
			entries++
			compareWithOracle(t, file.Name(), i+1, raw, &e)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d entries in %d files", entries, files)
}

func compareWithOracle(t *testing.T, name string, record int, raw []byte, e *logentry.Entry) {
	t.Helper()
	o, ok := newOracle(raw)
	if !ok {
		t.Errorf("%s, record %d: no oracle", name, record)
		return
	}
	o.mainFields(e, func(field, got, want string) {
		t.Errorf("%s, record %d: %s = %q, want %q", name, record, field, got, want)
	})
	if want, err := time.Parse(time.RFC3339Nano, o.text("timestamp")); err == nil && want.Nanosecond() != 0 && e.Time != logentry.TimeOf(want) {
		t.Errorf("%s, record %d: time %s, want %s", name, record, e.Time, want)
	}
	if e.Message == "" && tidy(o.text("textPayload")) != "" {
		t.Errorf("%s, record %d: no message", name, record)
	}
}

// areEntries tells an export from other arrays of objects.
func areEntries(records []json.RawMessage) bool {
	return len(records) > 0 && (bytes.Contains(records[0], []byte(`"logName"`)) || bytes.Contains(records[0], []byte(`"timestamp"`)))
}

// corpusFolder looks for shared/corpus beside the repository root.
func corpusFolder() string {
	dir, err := os.Getwd()
	for err == nil {
		folder := filepath.Join(dir, "shared", "corpus")
		if info, statErr := os.Stat(folder); statErr == nil && info.IsDir() {
			return folder
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// plainText turns UTF-16 with a byte order mark into UTF-8, and removes that
// of UTF-8.
func plainText(data []byte) []byte {
	if rest, ok := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); ok {
		return rest
	}
	if !bytes.HasPrefix(data, []byte("\xff\xfe")) {
		return data
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		units = append(units, uint16(data[i])|uint16(data[i+1])<<8)
	}
	return []byte(string(utf16.Decode(units)))
}
