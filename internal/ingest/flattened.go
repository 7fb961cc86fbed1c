package ingest

import (
	"bytes"
	"strings"
)

// claimFlattened recognises what gcloud prints with --format=flattened: a line
// "resource.labels.location: value" for each field, entries apart by "---". It
// resembles YAML and is none, as values are not quoted.
func claimFlattened(h head) *layout {
	text := bytes.TrimLeft(h.text, " \t\r\n")
	if !isDocumentLine(text) {
		return nil
	}
	nested := false
	for n := 0; n < 64 && len(text) > 0 && !nested; n++ {
		var line []byte
		line, text, _ = bytes.Cut(text, newline)
		key, _, ok := flatLine(line)
		nested = ok && strings.ContainsAny(key, ".[")
	}
	if !nested {
		return nil
	}
	return &layout{
		format:       "flattened",
		tailed:       true,
		newSplitter:  func() splitter { return &yamlSplitter{} },
		newConverter: func() converter { return &flatConverter{} },
	}
}

// flatLine reads "path.of.a.field:   value"; ok is false for other lines.
func flatLine(line []byte) (key string, value []byte, ok bool) {
	k, v, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(v) > 0 && !isSpace(v[0]) || len(k) == 0 || len(k) > 300 || isSpace(k[0]) {
		return "", nil, false
	}
	first := string(k)
	if i := strings.IndexAny(first, ".["); i >= 0 {
		first = first[:i]
	}
	switch first {
	case "timestamp", "spanId", "traceSampled", "errorGroups", "operation", "sourceLocation", "split", "receiveTimestamp", "apphub", "metadata":
	default:
		if !isEntryColumn(first) {
			return "", nil, false
		}
	}
	return string(k), bytes.TrimSpace(v), true
}

// flatConverter builds the nested entry from its fields. Lines that are no
// field go on with the text before them.
type flatConverter struct{}

func (flatConverter) convert(dst, rec []byte, _ span) ([]byte, error) {
	var paths [][]string
	var cells [][]byte
	from := 0 // where the last value begins
	for i := 0; i < len(rec); {
		end := lineBreak(rec, i)
		line := bytes.TrimRight(rec[i:end], " \t\r")
		if key, value, ok := flatLine(line); ok {
			paths = append(paths, splitPath(key))
			cells = append(cells, value)
			from = i + len(line) - len(value)
		} else if n := len(cells); n > 0 {
			cells[n-1] = rec[from : i+len(line)]
		}
		i = end + 1
	}
	return treeOf(paths).appendObject(dst, cells), nil
}
