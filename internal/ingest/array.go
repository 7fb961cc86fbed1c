package ingest

import "bytes"

// blockSplitter cuts JSON that is printed over many lines, as gcloud and jq
// do: no raw line break stands inside a JSON string, so a line that begins with
// the indentation of the records and then a closing brace is the end of one.
type blockSplitter struct {
	open  bool   // an array was opened and not closed
	start []byte // a line break, the indentation, "{"
	stop  []byte // a line break, the indentation, "}"
	last  bool   // all text is there, and no stop follows
}

func newBlockSplitter(indent []byte) *blockSplitter {
	start := append([]byte{'\n'}, indent...)
	return &blockSplitter{
		start: append(bytes.Clone(start), '{'),
		stop:  append(bytes.Clone(start), '}'),
	}
}

func (s *blockSplitter) split(data []byte, eof bool, c *chunk) int {
	i := 0
	for {
		i = s.between(data, i)
		if i == len(data) {
			return i
		}
		end, kind := s.record(data, i, eof)
		s.last = s.last || eof && end < 0
		if end < 0 {
			if !eof {
				return i
			}
			end, kind = s.cutOff(data, i)
			c.truncated = c.truncated || end == len(data)
		}
		c.add(i, end, kind)
		i = end
	}
}

// between skips what separates records.
func (s *blockSplitter) between(data []byte, i int) int {
	for ; i < len(data); i++ {
		switch c := data[i]; {
		case isSpace(c), c == ',':
		case c == byteOrderMark[0] && bytes.HasPrefix(data[i:], byteOrderMark):
			i += 2
		case c == '[':
			s.open = true
		case c == ']':
			s.open = false
		default:
			return i
		}
	}
	return i
}

// record returns the end of what begins at data[i]; -1 when data end before.
func (s *blockSplitter) record(data []byte, i int, eof bool) (int, spanKind) {
	if data[i] != '{' {
		k := bytes.Index(data[i:], s.start)
		if k < 0 {
			return -1, spanGarbage
		}
		return i + k, garbageKind(data[i : i+k])
	}
	// A record among the others may be printed on one line.
	if nl := lineBreak(data, i); nl > i+2 {
		if end, how := valueEnd(data[:nl], i); how == scanWhole {
			return end, spanRecord
		}
	}
	end := s.stopAfter(data, i)
	if end < 0 && (eof || len(data)-i >= chunkBytes) {
		// Another indentation, from arrays that were put one behind the other?
		if end, how := valueEnd(data, i); how == scanWhole {
			return end, spanRecord
		}
	}
	return end, spanRecord
}

// stopAfter returns the index behind the first stop behind data[i], -1 without
// one. Braces are rarer than line breaks, so that it goes from one to the next.
func (s *blockSplitter) stopAfter(data []byte, i int) int {
	for !s.last {
		k := bytes.IndexByte(data[i:], '}')
		if k < 0 {
			return -1
		}
		i += k + 1
		if bytes.HasSuffix(data[:i], s.stop) {
			return i
		}
	}
	return -1
}

// cutOff returns the end of the last thing in the text when that has none:
// text behind the last record, or a record without its end. Records behind the
// latter, which it hides, are left for the next round.
func (s *blockSplitter) cutOff(data []byte, i int) (int, spanKind) {
	kind := spanShort
	if data[i] != '{' {
		kind = garbageKind(data[i:])
	}
	if k := bytes.Index(data[i+1:], s.start); k >= 0 {
		return i + 1 + k, spanGarbage
	}
	return len(data), kind
}

func garbageKind(b []byte) spanKind {
	if bytes.Count(b, nul) > len(b)/2 {
		return spanNUL
	}
	return spanGarbage
}

func (s *blockSplitter) resync(data []byte) (int, bool) {
	if i := bytes.Index(data, s.start); i >= 0 {
		return i + 1, true
	}
	return max(0, len(data)-len(s.start)), false
}

func (s *blockSplitter) end(c *chunk) { c.truncated = c.truncated || s.open }
