package ingest

import (
	"bytes"
	"strings"
	"time"

	"logwhy/internal/logentry"
)

// A rowRewriter writes rows of a table as LogEntries. Both kinds of tables
// print columns without a value as null and numbers of 64 bits as text.
//
// A BigQuery sink (https://cloud.google.com/logging/docs/export/bigquery) keeps
// the names of LogEntry, but puts all names that users chose in lower case and
// underscores, and the type of a payload in its name; requests and responses of
// audit entries are JSON as text. Those names are restored that mean something
// to a reader.
//
// The views of Log Analytics (https://cloud.google.com/logging/docs/analyze/query-and-view)
// have names with underscores, and JSON as text where the form varies.
type rowRewriter struct {
	lowered bool // names are those of BigQuery
	text    []byte
}

func (r *rowRewriter) rewrite(dst, rec []byte) ([]byte, error) {
	c := logentry.NewCursor(rec)
	if !c.EnterObject() {
		return dst, errNotObject
	}
	start := len(dst)
	dst = append(dst, '{')
	for {
		key, escaped, ok := c.NextKey()
		if !ok {
			break
		}
		if escaped {
			key, _ = logentry.AppendUnescaped(nil, key)
		}
		if v := c.Value(); v.Kind() != logentry.ValueNull {
			dst = r.column(dst, key, v)
		}
	}
	if !c.OK() || !c.AtEnd() {
		return dst[:start], errMalformed
	}
	return append(dst, '}'), nil
}

// column writes one column.
func (r *rowRewriter) column(dst, key []byte, v logentry.Value) []byte {
	name := string(key)
	if field := analyticsColumn(name); field != "" {
		name = field
	}
	switch {
	case name == "timestamp" || name == "receiveTimestamp":
		return r.time(dst, name, v)
	case name == "jsonPayload" || bytes.HasPrefix(key, []byte("jsonpayload_")):
		return r.jsonPayload(dst, v)
	case bytes.HasPrefix(key, []byte("protopayload_")):
		return r.typedPayload(dst, name[len("protopayload_"):], v)
	case name == "protoPayload":
		return r.protoPayload(dst, v)
	}
	switch name {
	case "httpRequest":
		return r.object(dst, name, v, r.requestField)
	case "resource":
		return r.object(dst, name, v, r.resourceField)
	case "labels":
		return r.labels(dst, v, r.lowered)
	case "operation", "sourceLocation", "split":
		return r.object(dst, name, v, r.plainField)
	}
	return append(appendKey(dst, name), v...)
}

// time writes a time as the API does. What is no time stays for the decoder.
func (r *rowRewriter) time(dst []byte, name string, v logentry.Value) []byte {
	if s, ok := parseStamp(v.Text()); ok {
		dst = append(appendKey(dst, name), '"')
		dst = s.at.Time().AppendFormat(dst, "2006-01-02T15:04:05.999999999Z07:00")
		return append(dst, '"')
	}
	return append(appendKey(dst, name), v...)
}

// object writes the members of v below name with member; nothing when none has
// a value.
func (r *rowRewriter) object(dst []byte, name string, v logentry.Value, member func(dst []byte, key string, v logentry.Value) []byte) []byte {
	if v.Kind() != logentry.ValueObject {
		return append(appendKey(dst, name), v...)
	}
	before := len(dst)
	dst = append(appendKey(dst, name), '{')
	start := len(dst)
	for key, m := range v.Members {
		if m.Kind() != logentry.ValueNull {
			dst = member(dst, key, m)
		}
	}
	if len(dst) == start {
		return dst[:before]
	}
	return append(dst, '}')
}

// plainField writes a member of a part of LogEntry, and what is below it.
func (r *rowRewriter) plainField(dst []byte, key string, v logentry.Value) []byte {
	before := len(dst)
	dst = appendKey(dst, camelCase(key))
	start := len(dst)
	dst = appendFilled(dst, v, camelCase, maxNesting)
	if isEmpty(logentry.Value(dst[start:])) {
		return dst[:before]
	}
	return dst
}

func (r *rowRewriter) requestField(dst []byte, key string, v logentry.Value) []byte {
	switch key {
	case "latency":
		if d, ok := latencyOf(v); ok {
			return appendDuration(appendKey(dst, key), d)
		}
	case "status":
		if n := smallInt(v.Text()); n > 0 {
			return appendInt(appendKey(dst, key), n)
		}
	}
	return r.plainField(dst, key, v)
}

// latencyOf reads a number of seconds, or {"seconds": …, "nanos": …}.
func latencyOf(v logentry.Value) (time.Duration, bool) {
	if v.Kind() == logentry.ValueObject {
		d := time.Duration(wholeNumber(v.Get("seconds").Text()))*time.Second + time.Duration(wholeNumber(v.Get("nanos").Text()))
		return d, d >= 0
	}
	text := v.Text()
	if text == "" || strings.HasSuffix(text, "s") {
		return 0, false
	}
	d, err := time.ParseDuration(text + "s") // with exponents it is left to the decoder
	return d, err == nil && d >= 0
}

// appendDuration writes a duration as the JSON of protocol buffers has it: with
// no, three, six or nine digits behind the point.
func appendDuration(dst []byte, d time.Duration) []byte {
	dst = appendInt(append(dst, '"'), int(d/time.Second))
	nanos, digits := int(d%time.Second), 9
	for ; nanos > 0 && digits > 3 && nanos%1000 == 0; digits -= 3 {
		nanos /= 1000
	}
	if nanos > 0 {
		dst = append(dst, '.')
		for unit := pow10(digits - 1); unit > 0; unit /= 10 {
			dst = append(dst, byte('0'+nanos/unit%10))
		}
	}
	return append(dst, 's', '"')
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

func (r *rowRewriter) resourceField(dst []byte, key string, v logentry.Value) []byte {
	if key == "labels" {
		return r.labels(dst, v, false)
	}
	return r.plainField(dst, key, v)
}

// labels writes labels, which may be JSON as text. Restored says that their
// names are to be.
func (r *rowRewriter) labels(dst []byte, v logentry.Value, restored bool) []byte {
	if json, ok := r.jsonText(v); ok {
		v = json
	}
	return r.object(dst, "labels", v, func(dst []byte, key string, v logentry.Value) []byte {
		if restored {
			key = labelName(key)
		}
		return append(appendKey(dst, key), v...)
	})
}

// jsonText returns the JSON object or list that a text holds.
func (r *rowRewriter) jsonText(v logentry.Value) (logentry.Value, bool) {
	text, _, ok := stringOf(v)
	if !ok || len(text) < 2 {
		return nil, false
	}
	// The text outlives the next call only in dst, where it is copied to.
	r.text, _ = logentry.AppendUnescaped(r.text[:0], text)
	json := bytes.TrimSpace(r.text)
	if len(json) < 2 || json[0] != '{' && json[0] != '[' {
		return nil, false
	}
	c := logentry.NewCursor(json)
	c.Skip()
	return logentry.Value(json), c.OK() && c.AtEnd()
}

// jsonPayload writes an object payload.
func (r *rowRewriter) jsonPayload(dst []byte, v logentry.Value) []byte {
	if json, ok := r.jsonText(v); ok {
		return append(appendKey(dst, "jsonPayload"), json...)
	}
	if !r.lowered {
		return append(appendKey(dst, "jsonPayload"), v...)
	}
	before := len(dst)
	dst = appendKey(dst, "jsonPayload")
	start := len(dst)
	dst = appendFilled(dst, v, payloadName, maxNesting)
	if isEmpty(logentry.Value(dst[start:])) {
		return dst[:before]
	}
	return dst
}

const (
	auditLogURL   = "type.googleapis.com/google.cloud.audit.AuditLog"
	requestLogURL = "type.googleapis.com/google.appengine.logging.v1.RequestLog"
)

// typedPayload writes a payload of BigQuery whose type is in the name of the
// column.
func (r *rowRewriter) typedPayload(dst []byte, kind string, v logentry.Value) []byte {
	switch kind {
	case "auditlog":
		return r.message(dst, auditLogURL, v)
	case "requestlog":
		return r.message(dst, requestLogURL, v)
	}
	return r.message(dst, kind, v)
}

// protoPayload writes a payload of Log Analytics, which has a member for each
// type. One that has the form of LogEntry already stays as it is.
func (r *rowRewriter) protoPayload(dst []byte, v logentry.Value) []byte {
	if json, ok := r.jsonText(v); ok {
		return append(appendKey(dst, "protoPayload"), json...)
	}
	kind := v.Get("type").Text()
	for _, m := range [...]struct{ name, kind string }{{"audit_log", auditLogURL}, {"request_log", requestLogURL}} {
		if inner := v.Get(m.name); inner.Kind() == logentry.ValueObject {
			if kind == "" {
				kind = m.kind
			}
			return r.message(dst, kind, inner)
		}
	}
	if v.Get("@type") != nil || v.Get("methodName") != nil {
		return append(appendKey(dst, "protoPayload"), v...)
	}
	return r.message(dst, kind, v)
}

// message writes a protocol buffer with its type.
func (r *rowRewriter) message(dst []byte, kind string, v logentry.Value) []byte {
	before := len(dst)
	dst = r.object(dst, "protoPayload", v, r.protoField)
	if len(dst) == before || dst[len(dst)-1] != '}' {
		return dst
	}
	dst = appendKey(dst[:len(dst)-1], "@type")
	return append(appendText(dst, []byte(kind)), '}')
}

// protoField writes a member of a protocol buffer. Those that take any object
// are JSON, as text or not, whose names are not touched.
func (r *rowRewriter) protoField(dst []byte, key string, v logentry.Value) []byte {
	name := key
	if r.lowered {
		name = strings.TrimSuffix(key, "Json")
		if strings.HasPrefix(key, "servicedata_") {
			name = "serviceData"
		}
	}
	switch name = camelCase(name); name {
	case "request", "response", "metadata", "serviceData", "resourceOriginalState":
		if json, ok := r.jsonText(v); ok {
			return append(appendKey(dst, name), json...)
		}
		if !r.lowered {
			return append(appendKey(dst, name), v...)
		}
	case "latency":
		if d, ok := latencyOf(v); ok {
			return appendDuration(appendKey(dst, name), d)
		}
	}
	return r.plainField(dst, name, v)
}
