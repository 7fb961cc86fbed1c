package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// A csvForm is what the heading of a CSV export tells.
type csvForm struct {
	comma   byte
	heading string // the line itself
	paths   [][]string
	// guarded says that values which a spreadsheet might take for a formula are
	// written behind a single quote, as the Logs Explorer does.
	guarded bool
}

// claimCSV recognises the CSV of the Logs Explorer and of Log Analytics: a line
// of headings, members of LogEntry with dots in their names.
func claimCSV(h head) *layout {
	text := bytes.TrimLeft(h.text, "\r\n")
	end := rowEnd(text, 0)
	if end < 0 {
		end = len(text)
	}
	first := bytes.TrimRight(text[:end], "\r\n")
	form := headingOf(first)
	if form == nil {
		return nil
	}
	form.guarded = form.guarded || bytes.Contains(text[end:], []byte(`,"'`)) || bytes.Contains(text[end:], []byte(",'"))
	return &layout{
		format:       "csv",
		lossy:        true,
		empty:        h.whole && len(bytes.TrimSpace(text[end:])) == 0,
		tailed:       true,
		newSplitter:  func() splitter { return &csvSplitter{form: form} },
		newConverter: func() converter { return &csvConverter{form: form, tree: treeOf(form.paths)} },
	}
}

// headingOf reads the headings, nil when they are not those of log entries.
func headingOf(line []byte) *csvForm {
	for _, comma := range []byte{',', ';', '\t'} {
		cells, ok := splitRow(nil, line, comma, nil)
		if !ok || len(cells) < 2 {
			continue
		}
		form := &csvForm{comma: comma, heading: string(line)}
		timed, known := false, 0
		for _, cell := range cells {
			name := string(cell)
			if strings.HasPrefix(name, "'") {
				form.guarded = true
				name = name[1:]
			}
			path := splitPath(strings.TrimSpace(name))
			form.paths = append(form.paths, fullPath(path))
			timed = timed || isTimeColumn(path[0])
			if isEntryColumn(path[0]) {
				known++
			}
		}
		if known > 0 && (timed || known > 1) {
			return form
		}
	}
	return nil
}

// fullPath puts the columns of gcloud's --format=csv(…), whose names are only
// the last part of the key, where they belong.
func fullPath(path []string) []string {
	if len(path) > 1 || isTimeColumn(path[0]) || isEntryColumn(path[0]) {
		return path
	}
	if full := columnPath(strings.ToUpper(path[0])); full[0] != "labels" && strings.ToLower(path[0]) == path[0] {
		return full
	}
	return path
}

func isTimeColumn(name string) bool {
	return name == "timestamp" || name == "receiveTimestamp" || name == "receive_timestamp"
}

func isEntryColumn(name string) bool {
	switch name {
	case "textPayload", "jsonPayload", "protoPayload", "insertId", "logName", "severity", "resource", "httpRequest", "labels",
		"text_payload", "json_payload", "proto_payload", "insert_id", "log_name", "http_request", "trace":
		return true
	}
	return false
}

// splitPath splits "labels.\"a.b\".c" at the dots outside of quotes.
func splitPath(name string) []string {
	var path []string
	for name != "" {
		if name[0] == '"' {
			if end := strings.IndexByte(name[1:], '"'); end >= 0 {
				path = append(path, name[1:1+end])
				name = strings.TrimPrefix(name[2+end:], ".")
				continue
			}
		}
		part, rest, _ := strings.Cut(name, ".")
		path = append(path, part)
		name = rest
	}
	if len(path) == 0 {
		path = []string{""}
	}
	return path
}

// rowEnd returns the index behind the line break that ends the row at
// text[from:], -1 when it is not there. Line breaks within quotes are text.
func rowEnd(text []byte, from int) int {
	for i := from; ; {
		nl := bytes.IndexByte(text[i:], '\n')
		if nl < 0 {
			return -1
		}
		nl += i
		quote := bytes.IndexByte(text[i:nl], '"')
		if quote < 0 {
			return nl + 1
		}
		closing := bytes.IndexByte(text[i+quote+1:], '"')
		if closing < 0 {
			return -1
		}
		i += quote + 1 + closing + 1
	}
}

// csvSplitter cuts CSV into rows.
type csvSplitter struct {
	form *csvForm
	past bool // the headings are behind us
}

func (s *csvSplitter) split(data []byte, eof bool, c *chunk) int {
	i := 0
	for i < len(data) {
		end := rowEnd(data, i)
		switch {
		case end >= 0 && end-i <= chunkBytes:
		case end < 0 && !eof && len(data)-i <= chunkBytes:
			return i
		default:
			// A row without an end, or with one far away, is the last row or has a
			// stray quote: what is given up is one line of it.
			end = min(lineBreak(data, i)+1, len(data))
			if end == len(data) && !eof {
				return i
			}
		}
		s.row(data, i, end, c)
		i = end
	}
	return i
}

// row adds data[i:end] as a record, if it is one.
func (s *csvSplitter) row(data []byte, i, end int, c *chunk) {
	row := bytes.TrimRight(data[i:end], "\r\n")
	switch {
	case len(bytes.TrimSpace(row)) == 0:
	case !s.past || string(row) == s.form.heading:
		s.past = true
	case garbageKind(row) == spanNUL:
		c.add(i, i+len(row), spanNUL)
	default:
		c.add(i, i+len(row), spanText)
	}
}

func (s *csvSplitter) resync(data []byte) (int, bool) { return (&textSplitter{}).resync(data) }

func (s *csvSplitter) end(*chunk) {}

func (s *csvSplitter) state() int {
	if s.past {
		return 1
	}
	return 0
}

func (s *csvSplitter) resume(state int) { s.past = state == 1 }

// splitRow appends the cells of a row to cells. Cells with doubled quotes are
// written to *memory, if there is one. ok is false when quotes do not match.
func splitRow(cells [][]byte, row []byte, comma byte, memory *[]byte) (_ [][]byte, ok bool) {
	var own []byte
	if memory == nil {
		memory = &own
	}
	for {
		if len(row) == 0 || row[0] != '"' {
			cell, rest, more := bytes.Cut(row, []byte{comma})
			cells = append(cells, cell)
			if !more {
				return cells, true
			}
			row = rest
			continue
		}
		cell, rest, ok := quotedCell(row[1:], memory)
		if !ok {
			return cells, false
		}
		cells = append(cells, cell)
		if len(rest) == 0 {
			return cells, true
		}
		if rest[0] != comma {
			return cells, false
		}
		row = rest[1:]
	}
}

// quotedCell reads a cell behind its opening quote.
func quotedCell(s []byte, memory *[]byte) (cell, rest []byte, ok bool) {
	start := len(*memory)
	copied := false
	for i := 0; ; {
		q := bytes.IndexByte(s[i:], '"')
		if q < 0 {
			return nil, nil, false
		}
		q += i
		if q+1 < len(s) && s[q+1] == '"' {
			*memory = append(*memory, s[i:q+1]...)
			copied = true
			i = q + 2
			continue
		}
		if !copied {
			return s[:q], s[q+1:], true
		}
		*memory = append(*memory, s[i:q]...)
		return (*memory)[start:len(*memory):len(*memory)], s[q+1:], true
	}
}

var (
	errCSVQuotes = errors.New("quotes in the CSV row do not match")
	errCSVCells  = errors.New("the CSV row has not as many cells as there are headings")
)

// csvConverter builds the nested entry that a row was made of.
type csvConverter struct {
	form   *csvForm
	tree   *member
	cells  [][]byte
	memory []byte
}

func (v *csvConverter) convert(dst, rec []byte, _ span) ([]byte, error) {
	v.memory = slices.Grow(v.memory[:0], len(rec))
	cells, ok := splitRow(v.cells[:0], rec, v.form.comma, &v.memory)
	v.cells = cells
	if !ok {
		return nil, errCSVQuotes
	}
	if len(cells) != len(v.form.paths) {
		return nil, errCSVCells
	}
	if v.form.guarded {
		for i, c := range cells {
			cells[i] = bytes.TrimPrefix(c, []byte("'"))
		}
	}
	return v.tree.appendObject(dst, cells), nil
}

// A member is a node of the objects that the columns of a table describe.
type member struct {
	key      string
	cell     int // index of its column, -1 when it has members
	text     bool
	members  []*member
	elements bool // its members are elements of an array
}

// treeOf builds the tree of all paths. A column below one that is a value
// itself is left out.
func treeOf(paths [][]string) *member {
	root := &member{cell: -1}
	for i, path := range paths {
		root.put(path, i, !isTyped(path))
	}
	return root
}

// isTyped says whether values below a path may be numbers and booleans.
// Elsewhere LogEntry has text.
func isTyped(path []string) bool {
	switch path[0] {
	case "jsonPayload", "protoPayload", "json_payload", "proto_payload":
		return true
	case "httpRequest", "http_request", "operation", "sourceLocation", "split", "traceSampled":
		return true
	}
	return false
}

func (m *member) put(path []string, cell int, text bool) {
	for n, key := range path {
		name, index, isElement := cutIndex(key)
		if isElement {
			path = append([]string{name, index}, path[n+1:]...)
			if m = m.at(name); m == nil {
				return
			}
			m.elements = true
			m.put(path[1:], cell, text)
			return
		}
		if m = m.at(key); m == nil {
			return
		}
	}
	if len(m.members) == 0 {
		m.cell, m.text = cell, text
	}
}

// at returns the member with a key, nil below a value.
func (m *member) at(key string) *member {
	if m.cell >= 0 {
		return nil
	}
	for _, k := range m.members {
		if k.key == key {
			return k
		}
	}
	k := &member{key: key, cell: -1}
	m.members = append(m.members, k)
	return k
}

// cutIndex splits "name[0]".
func cutIndex(key string) (name, index string, ok bool) {
	name, index, ok = strings.Cut(key, "[")
	if !ok || !strings.HasSuffix(index, "]") {
		return key, "", false
	}
	index = index[:len(index)-1]
	_, err := strconv.Atoi(index)
	return name, index, err == nil && name != ""
}

func (m *member) filled(cells [][]byte) bool {
	if m.cell >= 0 {
		return len(cells[m.cell]) > 0
	}
	return slices.ContainsFunc(m.members, func(k *member) bool { return k.filled(cells) })
}

// appendObject appends the object, or array, of the cells that are not empty.
func (m *member) appendObject(dst []byte, cells [][]byte) []byte {
	if m.elements {
		dst = append(dst, '[')
		for _, k := range m.members {
			if k.filled(cells) {
				if dst[len(dst)-1] != '[' {
					dst = append(dst, ',')
				}
				dst = k.appendValue(dst, cells)
			}
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	for _, k := range m.members {
		if k.filled(cells) {
			dst = k.appendValue(appendKey(dst, k.key), cells)
		}
	}
	return append(dst, '}')
}

func (m *member) appendValue(dst []byte, cells [][]byte) []byte {
	if m.cell < 0 {
		return m.appendObject(dst, cells)
	}
	cell := cells[m.cell]
	switch {
	case m.key == "textPayload" || m.key == "text_payload":
	case cell[0] == '{' || cell[0] == '[':
		if json.Valid(cell) {
			return append(dst, cell...)
		}
	case m.text:
	case isJSONNumber(cell) && len(cell) <= 15, string(cell) == "true", string(cell) == "false":
		return append(dst, cell...)
	}
	return appendText(dst, cell)
}
