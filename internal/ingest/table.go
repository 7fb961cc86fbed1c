package ingest

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A column of a table that gcloud prints: its name, its member of LogEntry and
// where it begins, in characters.
type column struct {
	path  []string
	start int
}

// columnPath tells which member of LogEntry a heading stands for. gcloud takes
// the last part of the key, in capitals.
func columnPath(heading string) []string {
	switch heading {
	case "TIMESTAMP":
		return []string{"timestamp"}
	case "RECEIVE_TIMESTAMP":
		return []string{"receiveTimestamp"}
	case "SEVERITY":
		return []string{"severity"}
	case "TEXT_PAYLOAD":
		return []string{"textPayload"}
	case "JSON_PAYLOAD":
		return []string{"jsonPayload"}
	case "MESSAGE", "MSG", "EVENT", "ERROR":
		return []string{"jsonPayload", strings.ToLower(heading)}
	case "LOG_NAME":
		return []string{"logName"}
	case "INSERT_ID":
		return []string{"insertId"}
	case "TRACE":
		return []string{"trace"}
	case "SPAN_ID":
		return []string{"spanId"}
	case "TYPE":
		return []string{"resource", "type"}
	case "INSTANCE_ID":
		return []string{"labels", "instanceId"}
	case "STATUS", "LATENCY", "REQUEST_METHOD", "REQUEST_URL", "USER_AGENT", "REMOTE_IP":
		return []string{"httpRequest", camel(heading)}
	case "METHOD_NAME", "RESOURCE_NAME":
		return []string{"protoPayload", camel(heading)}
	case "PRINCIPAL_EMAIL":
		return []string{"protoPayload", "authenticationInfo", "principalEmail"}
	case "SERVICE_NAME", "REVISION_NAME", "CONFIGURATION_NAME", "LOCATION", "REGION", "PROJECT_ID", "JOB_NAME", "FUNCTION_NAME",
		"CLUSTER_NAME", "NAMESPACE_NAME", "POD_NAME", "CONTAINER_NAME", "MODULE_ID", "VERSION_ID", "DATABASE_ID":
		return []string{"resource", "labels", strings.ToLower(heading)}
	}
	return []string{"labels", strings.ToLower(heading)}
}

// camel turns "REQUEST_URL" into "requestUrl".
func camel(heading string) string {
	var b strings.Builder
	for i, part := range strings.Split(strings.ToLower(heading), "_") {
		if i > 0 && part != "" {
			part = strings.ToUpper(part[:1]) + part[1:]
		}
		b.WriteString(part)
	}
	return b.String()
}

// isHeading says whether s could be the heading of a column.
func isHeading(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && c != '_' && (i == 0 || !isDigit(c)) {
			return false
		}
	}
	return len(s) > 1
}

// claimTable recognises a table printed by gcloud with --format=table(…): a
// line of headings, TIMESTAMP among them, and cells below them.
func claimTable(h head) *layout {
	text := bytes.TrimLeft(h.text, "\r\n")
	line, _, _ := bytes.Cut(text, newline)
	t := tableOf(strings.TrimRight(string(line), " \r"))
	if t == nil {
		return nil
	}
	return &layout{
		format:       "table",
		lossy:        true,
		newSplitter:  func() splitter { return &tableSplitter{t} },
		newConverter: func() converter { return &tableConverter{table: t, tree: treeOf(t.paths())} },
	}
}

// A table knows its columns.
type table struct {
	heading string
	columns []column
	time    int // index of the column TIMESTAMP
}

func tableOf(heading string) *table {
	t := &table{heading: heading, time: -1}
	for i := 0; i < len(heading); {
		if heading[i] == ' ' {
			i++
			continue
		}
		end := i
		for end < len(heading) && heading[end] != ' ' {
			end++
		}
		if !isHeading(heading[i:end]) {
			return nil
		}
		if heading[i:end] == "TIMESTAMP" {
			t.time = len(t.columns)
		}
		t.columns = append(t.columns, column{columnPath(heading[i:end]), i})
		i = end
	}
	if t.time < 0 || len(t.columns) < 2 {
		return nil
	}
	return t
}

func (t *table) paths() [][]string {
	var p [][]string
	for _, c := range t.columns {
		p = append(p, c.path)
	}
	return p
}

// cell returns the text of the i-th column in a line.
func (t *table) cell(line []byte, i int) []byte {
	end := len(line)
	if i+1 < len(t.columns) {
		end = charIndex(line, t.columns[i+1].start)
	}
	return bytes.TrimSpace(line[min(charIndex(line, t.columns[i].start), end):end])
}

// begins says whether a line begins a row: there is a time in its column.
func (t *table) begins(line []byte) bool {
	_, ok := parseStamp(borrow(t.cell(line, t.time)))
	return ok
}

// charIndex returns the index of the n-th character of a line, or its length.
func charIndex(line []byte, n int) int {
	i := 0
	for ; n > 0 && i < len(line); n-- {
		if line[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := utf8.DecodeRune(line[i:])
		i += size
	}
	return i
}

// tableSplitter cuts a table into rows. A row goes on over lines without a time.
type tableSplitter struct{ table *table }

func (s *tableSplitter) split(data []byte, eof bool, c *chunk) int {
	return splitLines(data, eof, c, s.line)
}

func (s *tableSplitter) line(data []byte, i, end int, rec *textRecord, c *chunk) {
	line := bytes.TrimRight(data[i:end], " \t\r")
	end = i + len(line)
	switch {
	case len(line) == 0:
	case string(line) == s.table.heading:
		rec.close(c)
	case s.table.begins(line):
		rec.close(c)
		*rec = textRecord{start: i, end: end}
	case rec.start >= 0 && end-rec.start <= foldBytes:
		rec.end = end
	default:
		rec.close(c)
		c.add(i, end, garbageKind(line))
	}
}

func (s *tableSplitter) resync(data []byte) (int, bool) { return (&textSplitter{}).resync(data) }

func (s *tableSplitter) end(*chunk) {}

// tableConverter turns a row into an entry.
type tableConverter struct {
	table *table
	tree  *member
	cells [][]byte
	text  []byte
}

func (v *tableConverter) convert(dst, rec []byte, _ span) ([]byte, error) {
	line, more, _ := bytes.Cut(rec, newline)
	line = bytes.TrimRight(line, " \t\r")
	v.cells = v.cells[:0]
	for i := range v.table.columns {
		v.cells = append(v.cells, v.table.cell(line, i))
	}
	if len(more) > 0 {
		last := len(v.cells) - 1
		v.cells[last] = v.join(v.cells[last], more)
	}
	return v.tree.appendObject(dst, v.cells), nil
}

// join adds the lines below a row to its last cell, without the indentation
// that puts them below it.
func (v *tableConverter) join(first, more []byte) []byte {
	v.text = append(v.text[:0], first...)
	indent := v.table.columns[len(v.table.columns)-1].start
	for line := range bytes.SplitSeq(more, newline) {
		line = bytes.TrimRight(line, " \t\r")
		lead := len(line) - len(bytes.TrimLeft(line, " "))
		v.text = append(append(v.text, '\n'), line[min(lead, indent):]...)
	}
	return v.text
}
