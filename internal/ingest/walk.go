package ingest

import (
	"bytes"

	"logwhy/internal/logentry"
)

// maxNesting is how deep a walker looks for records. Looking costs a scan for
// each level, so that it must be bounded.
const maxNesting = 24

// walker finds records in JSON of any form by walking over it: one-line
// arrays, objects one behind the other, pages of an API, arrays below any key
// of an object, JSON with other text around it.
type walker struct {
	// search says that only objects that look like log entries are records and
	// that the others are searched; else every object outside of objects is one.
	search bool
	// prose says that text around the JSON is to be expected.
	prose bool
	open  []container // from the outside in
	key   []byte      // the last key read in an object
}

// A container is an array or object that the walker is inside of.
type container struct {
	object bool
	name   string // the key below which it stands
}

func (s *walker) split(data []byte, eof bool, c *chunk) int {
	for i := 0; ; {
		i = s.between(data, i)
		if i == len(data) {
			return i
		}
		next := s.step(data, i, eof, c)
		if next < 0 {
			return i
		}
		i = next
	}
}

// between skips what separates values.
func (s *walker) between(data []byte, i int) int {
	for i < len(data) {
		switch c := data[i]; {
		case isSpace(c), c == ',', c == ':' && s.inObject():
			i++
		case c == byteOrderMark[0] && bytes.HasPrefix(data[i:], byteOrderMark):
			i += len(byteOrderMark)
		default:
			return i
		}
	}
	return i
}

// step takes one token or record at data[i] and returns the index behind it,
// -1 when more data are needed.
func (s *walker) step(data []byte, i int, eof bool, c *chunk) int {
	switch data[i] {
	case '{':
		return s.object(data, i, eof, c)
	case '[':
		return s.array(data, i, eof, c)
	case '}', ']':
		return s.closing(data, i, c)
	}
	if len(s.open) == 0 {
		return s.outside(data, i, eof, c)
	}
	return s.scalar(data, i, eof, c)
}

func (s *walker) inObject() bool { return len(s.open) > 0 && s.open[len(s.open)-1].object }

func (s *walker) push(object bool) {
	s.open = append(s.open, container{object, string(s.key)})
	s.key = nil
}

// array enters an array. Too deep, or in prose where it begins no array of
// objects, it is passed over.
func (s *walker) array(data []byte, i int, eof bool, c *chunk) int {
	if len(s.open) == 0 && s.prose {
		j := skipSpace(data, i+1)
		if j == len(data) && !eof {
			return -1
		}
		if j == len(data) || data[j] != '{' {
			return i + 1
		}
	}
	if len(s.open) < maxNesting {
		s.push(false)
		return i + 1
	}
	end, how := valueEnd(data, i)
	if how == scanShort && !eof {
		return -1
	}
	return end
}

// closing leaves a container. A bracket that closes nothing is garbage.
func (s *walker) closing(data []byte, i int, c *chunk) int {
	if n := len(s.open); n > 0 {
		if s.open[n-1].object == (data[i] == '}') {
			s.open = s.open[:n-1]
			s.key = nil
			return i + 1
		}
	}
	if !s.prose {
		c.add(i, i+1, spanGarbage)
	}
	return i + 1
}

// object takes an object as a record, or enters it to search.
func (s *walker) object(data []byte, i int, eof bool, c *chunk) int {
	end, how := valueEnd(data, i)
	switch how {
	case scanWhole:
		return s.wholeObject(data, i, end, c)
	case scanShort:
		if s.search && len(s.open) < maxNesting && s.isWrapper(data, i, eof) {
			s.push(true)
			return i + 1
		}
		if !eof {
			return -1
		}
	}
	return s.broken(data, i, how, eof, c)
}

func (s *walker) wholeObject(data []byte, i, end int, c *chunk) int {
	if s.record(data[i:end]) {
		s.note(c)
		c.add(i, end, spanRecord)
		return end
	}
	if len(s.open) < maxNesting && (bytes.IndexByte(data[i+1:end], '{') >= 0) {
		s.push(true)
		return i + 1
	}
	return end
}

// record says whether an object where the walker stands is a record.
func (s *walker) record(object []byte) bool {
	if !s.search {
		return true
	}
	l := likeness(object)
	return l == likeEntry || l == likeRecord && s.firstLevelArray()
}

// firstLevelArray says that the walker is in an array that stands directly in
// the outermost object. There records of a script's own making are believed;
// deeper they are rather details of a summary.
func (s *walker) firstLevelArray() bool {
	return len(s.open) == 2 && s.open[0].object && !s.open[1].object
}

// isWrapper says whether an object whose end is not in sight is to be entered
// rather than waited for: when so much of it is there that it is no entry.
func (s *walker) isWrapper(data []byte, i int, eof bool) bool {
	return (eof || len(data)-i >= chunkBytes) && likeness(data[i:]) != likeEntry
}

// note marks what is taken from samples.
func (s *walker) note(c *chunk) {
	for _, o := range s.open {
		if o.name != "" && isSample(o.name) {
			c.lossy = true
		}
	}
}

func isSample(key string) bool {
	k := bytes.ToLower([]byte(key))
	return bytes.Contains(k, []byte("sample")) || bytes.Contains(k, []byte("example"))
}

// broken passes over an object that is not JSON or has no end.
func (s *walker) broken(data []byte, i int, how scanEnd, eof bool, c *chunk) int {
	if s.prose && len(s.open) == 0 {
		return i + 1
	}
	next := nextObject(data, i+1)
	if next < 0 {
		if !eof {
			return -1
		}
		next = len(data)
	}
	kind := spanGarbage
	if next == len(data) && how == scanShort {
		kind = spanShort
		c.truncated = true
	}
	c.add(i, next, kind)
	return next
}

// nextObject returns where at or behind i an object begins that may be a
// record, -1 without one: at the beginning of a line, or with a key that a
// LogEntry begins with in the exports of gcloud and the console.
func nextObject(data []byte, i int) int {
	for i < len(data) {
		j := bytes.IndexByte(data[i:], '{')
		if j < 0 {
			return -1
		}
		i += j
		if startsLine(data, i) || beginsEntry(data[i:]) {
			return i
		}
		i++
	}
	return -1
}

func startsLine(data []byte, i int) bool {
	for i--; i >= 0 && (data[i] == ' ' || data[i] == '\t'); i-- {
	}
	return i >= 0 && data[i] == '\n'
}

// beginsEntry says whether the first key of an object is one that nothing but
// a LogEntry has.
func beginsEntry(object []byte) bool {
	i := skipSpace(object, 1)
	for _, key := range [...]string{`"insertId"`, `"logName"`, `"textPayload"`, `"jsonPayload"`, `"protoPayload"`, `"httpRequest"`, `"receiveTimestamp"`, `"insert_id"`, `"log_name"`} {
		if bytes.HasPrefix(object[i:], []byte(key)) {
			return true
		}
	}
	return false
}

// outside passes over text that stands outside of all JSON.
func (s *walker) outside(data []byte, i int, eof bool, c *chunk) int {
	end := i
	for end < len(data) && data[end] != '{' && data[end] != '[' {
		end++
	}
	if !s.prose {
		if end == len(data) && !eof {
			return -1
		}
		c.add(i, end, garbageKind(data[i:end]))
	}
	return end
}

// scalar passes over a key, a string, a number or a word. In an array of
// records it is a record that cannot be read.
func (s *walker) scalar(data []byte, i int, eof bool, c *chunk) int {
	end := i + 1
	if data[i] == '"' {
		end = stringEnd(data, i+1)
		if nl := lineBreak(data, i); nl < len(data) && (end < 0 || nl < end) {
			end = nl // not closed on its line: broken
		}
	} else {
		for end < len(data) && !isSpace(data[end]) && bytes.IndexByte([]byte(`,:[]{}"`), data[end]) < 0 {
			end++
		}
		if end == len(data) && !eof {
			end = -1
		}
	}
	if end < 0 {
		if !eof {
			return -1
		}
		end = len(data)
	}
	if s.inObject() {
		if data[i] == '"' && end > i+1 {
			s.key = bytes.Clone(data[i+1 : end-1])
		}
	} else if !s.search {
		c.add(i, end, garbageKind(data[i:end]))
	}
	return end
}

// state is the number of open arrays. A search opens objects too; its records
// are remembered, as cutting a part again might find others.
func (s *walker) state() int { return len(s.open) }

func (s *walker) resume(state int) { s.open = make([]container, state) }

func (s *walker) resync(data []byte) (int, bool) {
	if i := nextObject(data, 0); i >= 0 {
		return i, true
	}
	return max(0, len(data)-32), false
}

func (s *walker) end(c *chunk) {
	c.truncated = c.truncated || len(s.open) > 0 && !s.prose
}

// How much an object resembles a log entry.
type like uint8

const (
	likeNothing like = iota
	likeRecord       // it has two of time, level and message, as any logger writes
	likeEntry        // it has what only a LogEntry has
)

// likeness looks at the keys of an object, which may be cut off.
func likeness(object []byte) like {
	var time, level, message, identity, place bool
	c := logentry.NewCursor(object)
	if !c.EnterObject() {
		return likeNothing
	}
	for {
		key, _, ok := c.NextKey()
		if !ok {
			break
		}
		switch string(key) {
		case "textPayload", "jsonPayload", "protoPayload", "text_payload", "json_payload", "proto_payload", "protopayload_auditlog", "raw_payload":
			return likeEntry
		case "insertId", "insert_id", "logName", "log_name":
			identity = true
		case "httpRequest", "http_request", "resource":
			place = true
		case "timestamp", "receiveTimestamp", "receive_timestamp", "time", "ts", "@timestamp", "datetime":
			time = true
		case "message", "msg", "event", "log", "text":
			message = true
			if string(key) == "message" && c.Peek() == '{' && isMessage(object) {
				return likeEntry
			}
		case "severity", "level", "levelname":
			level = true
		}
		c.Skip()
	}
	switch {
	case time && (identity || place), identity && place:
		return likeEntry
	case time && message, time && level, level && message:
		return likeRecord
	}
	return likeNothing
}
