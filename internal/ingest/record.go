package ingest

import (
	"bytes"
	"slices"
)

// claimBlocks recognises what gcloud prints for a table that is wider than the
// terminal: a block of lines "HEADING: value" for each entry.
func claimBlocks(h head) *layout {
	keys := blockKeys(h.text)
	if !slices.Contains(keys, "TIMESTAMP") || len(keys) < 2 {
		return nil
	}
	return &layout{
		format:       "record",
		lossy:        true,
		newSplitter:  func() splitter { return &recordSplitter{keys[0]} },
		newConverter: func() converter { return newRecordConverter(keys) },
	}
}

// blockKeys lists the headings of the first block, up to where the first one
// comes again.
func blockKeys(text []byte) []string {
	var keys []string
	for line := range bytes.SplitSeq(bytes.TrimLeft(text, "\r\n"), newline) {
		key, _, ok := blockLine(line)
		switch {
		case !ok && len(keys) == 0:
			return nil
		case !ok:
		case slices.Contains(keys, key):
			if key == keys[0] {
				return keys
			}
		default:
			keys = append(keys, key)
		}
	}
	return keys
}

// blockLine reads "HEADING: value".
func blockLine(line []byte) (key string, value []byte, ok bool) {
	k, v, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(k) > 40 || !isHeading(string(k)) || len(v) > 0 && !isSpace(v[0]) {
		return "", nil, false
	}
	return string(k), bytes.TrimPrefix(v, []byte(" ")), true
}

// recordSplitter cuts at the lines with the first heading.
type recordSplitter struct{ first string }

func (s *recordSplitter) split(data []byte, eof bool, c *chunk) int {
	return splitLines(data, eof, c, s.line)
}

func (s *recordSplitter) line(data []byte, i, end int, rec *textRecord, c *chunk) {
	line := bytes.TrimRight(data[i:end], " \t\r")
	end = i + len(line)
	key, _, ok := blockLine(line)
	switch {
	case len(line) == 0:
	case ok && key == s.first:
		rec.close(c)
		*rec = textRecord{start: i, end: end}
	case rec.start >= 0 && end-rec.start <= foldBytes:
		rec.end = end
	default:
		rec.close(c)
		c.add(i, end, garbageKind(line))
	}
}

func (s *recordSplitter) resync(data []byte) (int, bool) { return (&textSplitter{}).resync(data) }

func (s *recordSplitter) end(*chunk) {}

// recordConverter turns a block into an entry.
type recordConverter struct {
	keys  []string
	tree  *member
	cells [][]byte
}

func newRecordConverter(keys []string) *recordConverter {
	var paths [][]string
	for _, k := range keys {
		paths = append(paths, columnPath(k))
	}
	return &recordConverter{keys: keys, tree: treeOf(paths), cells: make([][]byte, len(keys))}
}

func (v *recordConverter) convert(dst, rec []byte, _ span) ([]byte, error) {
	clear(v.cells)
	at, next := 0, 0 // the heading that lines without one belong to, and the next
	from := 0        // where its value begins
	for i := 0; i < len(rec); {
		end := lineBreak(rec, i)
		line := bytes.TrimRight(rec[i:end], "\r")
		key, value, ok := blockLine(line)
		// Headings come in order: what looks like one in a text is text.
		if k := slices.Index(v.keys, key); ok && k >= next {
			at, next = k, k+1
			from = i + len(line) - len(value)
		}
		v.cells[at] = rec[from : i+len(line)]
		i = end + 1
	}
	return v.tree.appendObject(dst, v.cells), nil
}
