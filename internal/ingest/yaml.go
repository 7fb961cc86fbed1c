package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// claimYAML recognises what gcloud prints without --format: one YAML document
// for each entry.
func claimYAML(h head) *layout {
	text := bytes.TrimLeft(h.text, " \t\r\n")
	begun := isDocumentLine(text)
	for n := 0; n < 64 && len(text) > 0; n++ {
		line, rest, _ := bytes.Cut(text, newline)
		text = rest
		key, _, ok := bytes.Cut(line, []byte(":"))
		switch {
		case isDocumentLine(line), bytes.HasPrefix(line, []byte("#")), len(bytes.TrimSpace(line)) == 0:
		case ok && isEntryKey(string(key)):
			return &layout{
				format:       "yaml",
				tailed:       true,
				newSplitter:  func() splitter { return &yamlSplitter{} },
				newConverter: func() converter { return &yamlConverter{} },
			}
		case !begun:
			return nil
		}
	}
	return nil
}

// isEntryKey says whether key is a member of LogEntry that stands at the top of
// a document and is hardly anything else.
func isEntryKey(key string) bool {
	switch key {
	case "insertId", "logName", "textPayload", "jsonPayload", "protoPayload", "receiveTimestamp", "httpRequest":
		return true
	}
	return false
}

// isDocumentLine says whether text begins with a line that begins a document.
func isDocumentLine(text []byte) bool {
	rest, ok := bytes.CutPrefix(text, []byte("---"))
	return ok && (len(rest) == 0 || isSpace(rest[0]))
}

// yamlSplitter cuts a stream of documents at the lines that begin with "---",
// so that a bad document is one skipped record.
type yamlSplitter struct{}

func (s *yamlSplitter) split(data []byte, eof bool, c *chunk) int {
	from := 0 // of the document
	for i := 0; i < len(data); {
		nl := lineBreak(data, i)
		if nl == len(data) && !eof {
			return from
		}
		if isDocumentLine(data[i : nl+min(1, len(data)-nl)]) {
			s.document(data, from, i, c)
			from = i
		}
		i = nl + 1
	}
	if !eof {
		return from
	}
	s.document(data, from, len(data), c)
	return len(data)
}

// document adds what stands behind the "---", if anything does.
func (s *yamlSplitter) document(data []byte, from, end int, c *chunk) {
	if isDocumentLine(data[from:end]) {
		from += 3
	}
	from = skipSpace(data[:end], from)
	for end > from && isSpace(data[end-1]) {
		end--
	}
	if from == end || end-from == 3 && string(data[from:end]) == "..." {
		return
	}
	if kind := garbageKind(data[from:end]); kind == spanNUL {
		c.add(from, end, kind)
		return
	}
	c.add(from, end, spanText)
}

func (s *yamlSplitter) resync(data []byte) (int, bool) {
	for i := 0; i < len(data); {
		nl := lineBreak(data, i)
		if i > 0 && nl < len(data) && isDocumentLine(data[i:nl+1]) {
			return i, true
		}
		if nl == len(data) {
			return i, false
		}
		i = nl + 1
	}
	return len(data), false
}

func (s *yamlSplitter) end(*chunk) {}

// Bounds on a document, which takes long to parse, and on what it may become:
// aliases repeat what they name, and may repeat it again.
const (
	maxYAMLDepth = 200
	maxYAMLBytes = 4 << 20
)

var (
	errYAMLSize = errors.New("YAML that grows beyond all measure")
	errYAMLLong = errors.New("YAML document larger than any log entry")
	errYAMLMap  = errors.New("YAML that is no mapping")
)

// yamlConverter turns a YAML document into JSON.
type yamlConverter struct{}

func (yamlConverter) convert(dst, rec []byte, _ span) (json []byte, err error) {
	// The parser is foreign code and has panicked on malformed documents before.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed YAML: %v", p)
		}
	}()
	if len(rec) > maxYAMLBytes {
		return nil, errYAMLLong
	}
	var doc yaml.Node
	err = yaml.Unmarshal(rec, &doc)
	if err != nil {
		// A character that a terminal could not print became a question mark,
		// which opens a key in YAML: "textPayload: ? State changed: error".
		if fixed := quoteMarked(rec); fixed != nil {
			doc = yaml.Node{}
			err = yaml.Unmarshal(fixed, &doc)
		}
	}
	if err != nil {
		return nil, errors.New("malformed YAML: " + strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errYAMLMap
	}
	return appendNode(dst, doc.Content[0], 0, 2*maxYAMLBytes)
}

// quoteMarked quotes plain values of mappings that begin with a question mark;
// nil when there are none.
func quoteMarked(rec []byte) []byte {
	var out []byte
	changed := false
	for line := range bytes.Lines(rec) {
		key, value, ok := bytes.Cut(line, []byte(": ?"))
		if ok && plainKey(bytes.TrimLeft(key, " -")) {
			changed = true
			value = bytes.TrimRight(value, "\r\n")
			out = append(append(append(out, key...), ": '?"...), bytes.ReplaceAll(value, []byte("'"), []byte("''"))...)
			out = append(out, "'\n"...)
			continue
		}
		out = append(out, line...)
	}
	if !changed {
		return nil
	}
	return out
}

func plainKey(key []byte) bool {
	for _, c := range key {
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c == '/') {
			return false
		}
	}
	return len(key) > 0
}

// appendNode appends n as JSON.
func appendNode(dst []byte, n *yaml.Node, depth, limit int) ([]byte, error) {
	if depth > maxYAMLDepth || len(dst) > limit {
		return nil, errYAMLSize
	}
	switch n.Kind {
	case yaml.MappingNode:
		return appendMapping(dst, n, depth, limit)
	case yaml.SequenceNode:
		return appendSequence(dst, n, depth, limit)
	case yaml.AliasNode:
		return appendNode(dst, n.Alias, depth+1, limit)
	}
	return appendScalarNode(dst, n), nil
}

func appendMapping(dst []byte, n *yaml.Node, depth, limit int) ([]byte, error) {
	dst = append(dst, '{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		var err error
		dst = appendKey(dst, n.Content[i].Value)
		if dst, err = appendNode(dst, n.Content[i+1], depth+1, limit); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func appendSequence(dst []byte, n *yaml.Node, depth, limit int) ([]byte, error) {
	dst = append(dst, '[')
	for i, el := range n.Content {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendNode(dst, el, depth+1, limit); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

// appendScalarNode keeps numbers as they are written, where that is JSON: a
// float would round ids.
func appendScalarNode(dst []byte, n *yaml.Node) []byte {
	text := []byte(n.Value)
	switch n.ShortTag() {
	case "!!null":
		return append(dst, "null"...)
	case "!!bool":
		if n.Value == "true" || n.Value == "false" {
			return append(dst, text...)
		}
	case "!!int", "!!float":
		if isJSONNumber(text) {
			return append(dst, text...)
		}
	}
	return appendText(dst, text)
}
