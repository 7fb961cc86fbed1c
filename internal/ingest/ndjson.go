package ingest

import "bytes"

// lineSplitter cuts text with one record a line: NDJSON as log sinks write it,
// and arrays that were printed with one element a line, whose brackets and
// commas it takes off. Blank lines are nothing.
type lineSplitter struct {
	array  bool // the text began as an array
	closed bool // the array was closed
	whole  bool // the last line ended in a line break
}

func (s *lineSplitter) split(data []byte, eof bool, c *chunk) int {
	n := bytes.LastIndexByte(data, '\n') + 1
	if eof {
		s.whole = n == len(data)
		n = len(data)
	}
	for i := 0; i < n; {
		end := lineBreak(data[:n], i)
		s.line(data, i, end, c)
		i = end + 1
	}
	return n
}

// line adds the record between data[i] and data[end], if there is one.
func (s *lineSplitter) line(data []byte, i, end int, c *chunk) {
	i += len(data[i:end]) - len(bytes.TrimPrefix(data[i:end], byteOrderMark))
	at := i
	for i < end && (isSpace(data[i]) || data[i] == ',' || data[i] == 0) {
		i++
	}
	if k := bytes.Count(data[at:i], nul); k > 0 {
		c.add(at, i, spanNUL)
	}
	for end > i && (isSpace(data[end-1]) || data[end-1] == ',' || data[end-1] == 0) {
		end--
	}
	if s.array {
		i, end = s.brackets(data, i, end)
	}
	switch {
	case i == end:
	case data[i] == '{':
		c.add(i, end, spanRecord)
	case data[i] == '[' && data[end-1] == ']':
		// A page of records on a line of its own; salvaging takes it apart.
		c.add(i, end, spanRecord)
	default:
		c.add(i, end, spanGarbage)
	}
}

// brackets takes off the brackets of an array around its elements.
func (s *lineSplitter) brackets(data []byte, i, end int) (int, int) {
	if i < end && data[i] == '[' {
		s.closed = false
		i = skipSpace(data[:end], i+1)
	}
	if end > i && data[end-1] == ']' && s.closes(data[i:end-1]) {
		s.closed = true
		for end--; end > i && (isSpace(data[end-1]) || data[end-1] == ','); {
			end--
		}
	}
	return i, end
}

// closes says whether the bracket behind a line's text closes the array, and
// not one inside of a record that was cut off.
func (s *lineSplitter) closes(text []byte) bool {
	text = bytes.TrimRight(text, " \t,")
	if len(text) == 0 {
		return true
	}
	end, how := valueEnd(text, 0)
	return how == scanWhole && end == len(text)
}

var nul = []byte{0}

func (s *lineSplitter) resync(data []byte) (int, bool) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, true
	}
	return len(data), false
}

func (s *lineSplitter) end(c *chunk) { c.truncated = c.truncated || s.array && !s.closed }
