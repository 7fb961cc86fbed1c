package ingest

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"logwhy/internal/logentry"
)

// notReadable says what an input is that no format claims.
func (in *input) notReadable(h head, broken *damage) *InputError {
	e := &InputError{Name: in.title(), Expected: expected}
	if broken != nil && len(bytes.TrimSpace(h.text)) == 0 {
		e.Found, e.Err = broken.Error(), broken
		e.Next = "Fetch the file again; it was probably not copied completely."
		return e
	}
	e.Found, e.Next = describe(h)
	if e.Next == "" {
		e.Next = "Export again, for instance: gcloud logging read 'severity>=DEFAULT' --freshness=1h --format=json > export.json"
	}
	return e
}

// heldNothing is the error of an input that was recognised and yields no entry.
func (in *input) heldNothing(r *InputReport) *InputError {
	e := &InputError{Name: in.title(), Expected: expected, Next: "Export again, or give another file."}
	switch {
	case r.Skipped > 0:
		s := r.Skips[0]
		e.Found = fmt.Sprintf("looks like %s, but none of its %d records can be read; the first, at %s: %s",
			formatTitle(r.Format), r.Skipped, place(s), s.Reason)
	case r.Truncated:
		e.Found = fmt.Sprintf("looks like %s that was cut off before its first entry", formatTitle(r.Format))
	default:
		e.Found = fmt.Sprintf("looks like %s, and holds no log entry", formatTitle(r.Format))
	}
	return e
}

func place(s Skip) string {
	if s.Line > 0 {
		return fmt.Sprintf("line %d", s.Line)
	}
	return fmt.Sprintf("byte %d", s.Offset)
}

// formatTitle names a format in a sentence.
func formatTitle(format string) string {
	switch format {
	case "array":
		return "a JSON array"
	case "ndjson":
		return "lines of JSON"
	case "concatenated":
		return "JSON objects one behind the other"
	case "wrapped":
		return "a JSON object around log entries"
	case "pubsub":
		return "Pub/Sub messages"
	case "bigquery":
		return "rows of a BigQuery sink"
	case "log-analytics":
		return "rows of Log Analytics"
	case "embedded":
		return "text around JSON"
	case "yaml":
		return "YAML documents"
	case "flattened":
		return "fields printed by gcloud"
	case "csv":
		return "CSV"
	case "table":
		return "a table printed by gcloud"
	case "record":
		return "text blocks printed by gcloud"
	case "markdown":
		return "a document that quotes log lines"
	}
	return "log lines"
}

// signatures lists the first bytes of files that people take for exports.
var signatures = [...]struct{ magic, is, next string }{
	{"\x89PNG", "PNG image", ""},
	{"\xff\xd8\xff", "JPEG image", ""},
	{"GIF8", "GIF image", ""},
	{"RIFF", "RIFF media file", ""},
	{"%PDF", "PDF document", "Export the entries instead of printing the page."},
	{"PK\x03\x04", "ZIP archive", "Unpack it and give the folder."},
	{"BZh", "bzip2 data", "Unpack it first: bzip2 -dc FILE | logwhy report -"},
	{"\xfd7zXZ", "xz data", "Unpack it first: xz -dc FILE | logwhy report -"},
	{"7z\xbc\xaf", "7-Zip archive", "Unpack it and give the folder."},
	{"PAR1", "Parquet file", "Export the table as JSON lines instead."},
	{"Obj\x01", "Avro file", "Export the table as JSON lines instead."},
	{"SQLite format 3", "SQLite database", ""},
	{"\x7fELF", "program", ""},
	{"MZ", "Windows program", ""},
}

// describe says what a text is that is no export, and what to do about it.
func describe(h head) (found, next string) {
	t := bytes.TrimSpace(h.text)
	if len(h.text) == 0 {
		return "empty file", "The command that wrote it probably failed; run it again and look at what it prints. " +
			"gcloud prints [] when nothing matches, never nothing."
	}
	if len(t) == 0 {
		return "only white space", ""
	}
	for _, s := range signatures {
		if bytes.HasPrefix(h.text, []byte(s.magic)) {
			return s.is, s.next
		}
	}
	if len(h.text) > 262 && string(h.text[257:262]) == "ustar" {
		return "tar archive", "Unpack it and give the folder."
	}
	switch lower := bytes.ToLower(t[:min(len(t), 256)]); {
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return "HTML page", "A page was saved instead of an export: sign in, then use the download button or gcloud."
	case t[0] == '<':
		return "XML document", ""
	case t[0] == '{':
		return describeObject(t, h.whole), ""
	case t[0] == '[':
		return describeArray(t)
	}
	return describeText(t)
}

func describeObject(t []byte, whole bool) string {
	if _, how := valueEnd(t, 0); how == scanBroken {
		return "text that begins like a JSON object and is none"
	}
	var keys []string
	c := logentry.NewCursor(t)
	c.EnterObject()
	for len(keys) < 12 {
		key, _, ok := c.NextKey()
		if !ok {
			break
		}
		keys = append(keys, clip(string(key), 40))
		c.Skip()
	}
	if len(keys) == 0 {
		return "JSON object without log entries"
	}
	return "JSON object without log entries: keys " + strings.Join(keys, ", ")
}

func describeArray(t []byte) (found, next string) {
	i := skipSpace(t, 1)
	if i < len(t) && t[i] == '{' {
		if end, how := valueEnd(t, i); how == scanWhole {
			return "JSON array whose elements are no log entries; the first: " + strings.TrimPrefix(describeObject(t[i:end], true), "JSON object without log entries: "), ""
		}
	}
	return "JSON array without objects", "Leave out options such as --format='json(…)' or value(…) that drop all fields."
}

func describeText(t []byte) (found, next string) {
	if bytes.IndexByte(t, 0) >= 0 || !mostlyUTF8(t) {
		return "binary data", ""
	}
	line, _, _ := bytes.Cut(t, newline)
	return fmt.Sprintf("text without log lines; it begins %q", clip(string(line), 60)), ""
}

func mostlyUTF8(t []byte) bool {
	bad := 0
	n := len(t)
	for len(t) > 0 {
		r, size := utf8.DecodeRune(t)
		if r == utf8.RuneError && size == 1 {
			bad++
		}
		t = t[size:]
	}
	return bad*10 < n
}

// clip shortens s to n bytes at most, at a rune boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
