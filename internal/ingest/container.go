package ingest

import (
	"bytes"

	"logwhy/internal/logentry"
)

// Container runtimes write a line of their own around each line of a container,
// and cut long ones into parts.

// A part says whether a line holds a whole line of a container.
type part uint8

const (
	partNone part = iota // it is no line of a container runtime
	partLast             // a whole line, or the last part of one
	partMore             // the next line goes on with it
)

// criPart looks behind the time of a line in the format of the container
// runtime interface, "TIME stdout P part" … "TIME stdout F last part"
// (https://kubernetes.io/docs/concepts/cluster-administration/logging/).
func criPart(rest []byte) part {
	if !bytes.HasPrefix(rest, []byte(" stdout ")) && !bytes.HasPrefix(rest, []byte(" stderr ")) {
		return partNone
	}
	tag := rest[len(" stdout "):]
	switch {
	case len(tag) == 0 || len(tag) > 1 && tag[1] != ' ':
	case tag[0] == 'F':
		return partLast
	case tag[0] == 'P':
		return partMore
	}
	return partNone
}

// dockerPart recognises a line of Docker's json-file driver,
// {"log":"text\n","stream":"stderr","time":"…"}. A part of a long line has no
// line break at its end.
func dockerPart(line []byte) part {
	rest, ok := bytes.CutPrefix(line, []byte(`{"log":"`))
	if !ok {
		return partNone
	}
	end := stringEnd(rest, 0)
	if end < 0 || !bytes.HasPrefix(rest[end:], []byte(`,"stream":"std`)) || line[len(line)-1] != '}' {
		return partNone
	}
	if bytes.HasSuffix(rest[:end-1], []byte(`\n`)) {
		return partLast
	}
	return partMore
}

// appendCRI converts the lines of one record. Lines between the parts that are
// not of the runtime stay lines of the text.
func (v *textConverter) appendCRI(dst, rec []byte, t lineTime) []byte {
	v.text = v.text[:0]
	more := false
	for line := range bytes.SplitSeq(rec, newline) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(v.text) > 0 && !more {
			v.text = append(v.text, '\n')
		}
		more = false
		if t, ok := v.form.timeOf(borrow(line)); ok {
			if tag := criPart(line[t.end:]); tag != partNone {
				more = tag == partMore
				line = line[min(t.end+len(" stdout F "), len(line)):]
			}
		}
		v.text = append(v.text, line...)
	}
	dst = appendPayload(dst, v.text)
	return appendStream(dst, rec[t.end+1:t.end+7])
}

// appendDocker converts the lines of one record. They have the time of the
// first.
func (v *textConverter) appendDocker(dst, rec []byte) []byte {
	v.text = v.text[:0]
	var first logentry.Value
	for line := range bytes.SplitSeq(rec, newline) {
		value := logentry.Value(bytes.TrimRight(line, " \t\r"))
		if first == nil {
			first = value
		}
		v.text = append(v.text, value.Get("log").Text()...)
	}
	dst = append(dst, '{')
	dst = appendMember(dst, "timestamp", []byte(first.Get("time").Text()))
	dst = appendPayload(dst, bytes.TrimRight(v.text, "\r\n"))
	return append(appendStream(dst, []byte(first.Get("stream").Text())), '}')
}

func appendStream(dst, stream []byte) []byte {
	dst = append(appendKey(dst, "labels"), '{')
	return append(appendMember(dst, "stream", stream), '}')
}

// appendPayload appends what a container wrote, as the agents of Cloud Logging
// do: a line that is a JSON object is a JSON payload, any other is text.
func appendPayload(dst, text []byte) []byte {
	if len(text) > 1 && text[0] == '{' && text[1] == '"' && bytes.IndexByte(text, '\n') < 0 {
		c := logentry.NewCursor(text)
		if c.Skip(); c.OK() && c.AtEnd() {
			return append(appendKey(dst, "jsonPayload"), text...)
		}
	}
	return appendText(appendKey(dst, "textPayload"), text)
}
