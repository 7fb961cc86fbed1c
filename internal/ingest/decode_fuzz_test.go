package ingest

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"logwhy/internal/logentry"
)

// An oracle reads the main fields of a record with encoding/json.
type oracle map[string]any

func newOracle(raw []byte) (oracle, bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var o map[string]any
	if dec.Decode(&o) != nil || o == nil {
		return nil, false
	}
	_, err := dec.Token()
	return o, err == io.EOF
}

// text returns the text at the keys as decode reads it: strings, numbers and
// booleans, "" for everything else.
func (o oracle) text(keys ...string) string {
	var v any = map[string]any(o)
	for _, key := range keys {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

func (o oracle) object(keys ...string) map[string]any {
	var v any = map[string]any(o)
	for _, key := range keys {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	m, _ := v.(map[string]any)
	return m
}

// has reports whether the record has one of the keys, which are other names
// of a field.
func (o oracle) has(keys ...string) bool {
	for _, key := range keys {
		if _, ok := o[key]; ok {
			return true
		}
	}
	return false
}

// mainFields compares what decode found with what encoding/json finds, as far
// as both speak of the same thing, and reports each difference.
func (o oracle) mainFields(e *logentry.Entry, report func(field, got, want string)) {
	check := func(field, got, want string) {
		if got != want {
			report(field, got, want)
		}
	}
	if !o.has("insert_id") {
		check("insertId", e.InsertID, o.text("insertId"))
	}
	if !o.has("log_name") {
		check("logName", e.LogName, o.text("logName"))
	}
	if trace := o.text("trace"); trace != "" {
		check("trace", e.Trace, trace)
	}
	if !o.has("span_id") {
		check("spanId", e.SpanID, o.text("spanId"))
	}
	if o.object("resource") != nil {
		check("resource.type", e.ResourceType, o.text("resource", "type"))
		o.labels("resource.labels", e.ResourceLabels, o.object("resource", "labels"), report)
	}
	o.labels("labels", e.Labels, o.object("labels"), report)
	if o.object("httpRequest") != nil && !o.has("http_request") && e.HTTP != nil {
		for key, got := range map[string]string{"requestMethod": e.HTTP.Method, "requestUrl": e.HTTP.URL, "userAgent": e.HTTP.UserAgent, "remoteIp": e.HTTP.RemoteIP} {
			if _, snake := o.object("httpRequest")[snakeCase(key)]; !snake {
				check("httpRequest."+key, got, o.text("httpRequest", key))
			}
		}
	}
	o.message(e, check)
}

func snakeCase(camel string) string {
	var b strings.Builder
	for _, r := range camel {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (o oracle) labels(field string, got logentry.Labels, want map[string]any, report func(field, got, want string)) {
	last := map[string]string{}
	for _, kv := range got {
		last[kv.Key] = kv.Value
	}
	if len(last) != len(want) {
		report(field, "of another size", "")
		return
	}
	for key := range want {
		if text := (oracle(want)).text(key); last[key] != text {
			report(field+"."+key, last[key], text)
		}
	}
}

// message compares the two plain sources of a message.
func (o oracle) message(e *logentry.Entry, check func(field, got, want string)) {
	if o.has("text_payload", "json_payload") {
		return
	}
	if text, ok := o["textPayload"].(string); ok && text != "" {
		check("textPayload", e.Message, tidy(text))
		return
	}
	if text, ok := o.object("jsonPayload")["message"].(string); ok && tidy(text) != "" && o["textPayload"] == nil {
		check("jsonPayload.message", e.Message, tidy(text))
	}
}

// FuzzDecodeAgainstEncodingJSON: of a valid record both read the same; nothing
// makes decode panic, read outside of the record, or make texts that are not
// UTF-8; the position stays.
func FuzzDecodeAgainstEncodingJSON(f *testing.F) {
	for _, seed := range []string{
		benchRequest, benchText, benchJSON,
		`{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"m","response":{"kind":"Revision","metadata":{"name":"a-00001-abc"},"spec":{"containers":[{"image":"a@sha256:1","env":[{"name":"A"}]}]},"status":{"conditions":[{"type":"Ready","status":"False"}]}},"status":{"code":9,"message":"x for Revision r with message: y"}}}`,
		`{"severity":"ERROR","raw_payload":"OrderedDict([('message', 'it\\'s'), ('n', 1)])"}`,
		`{"jsonPayload":{"message":{"message":"x","stack":"y"},"err":[{"type":"A","message":"b"}],"status":503,"level":50,"time":1768478400123}}`,
		"{\"textPayload\":\"caf\xe9 \\ud800 \\u001b[31m<red>x</red> Traceback (most recent call last):\\\\n\",\"time\":\"2026-01-15 12:00:00,1\"}",
		`{"message":"m","level":"error","service":{"name":"s"}}`,
	} {
		f.Add([]byte(seed))
	}
	d := newDecoder()
	f.Fuzz(func(t *testing.T, text []byte) {
		raw := append(make([]byte, 0, len(text)), text...)
		e := logentry.Entry{Pos: logentry.Pos{Line: 3}}
		err := d.decode(raw, &e)
		if e.Pos.Line != 3 {
			t.Error("the position is gone")
		}
		o, valid := newOracle(raw)
		if valid && err == errMalformed {
			t.Fatalf("refused: %q", raw)
		}
		if err != nil {
			return
		}
		for name, s := range map[string]string{"message": e.Message, "detail": e.Detail, "insertId": e.InsertID, "service": e.Scope.Service} {
			if !utf8.ValidString(s) {
				t.Errorf("%s is not UTF-8: %q", name, s)
			}
		}
		if valid {
			o.mainFields(&e, func(field, got, want string) { t.Errorf("%s = %q, want %q: %q", field, got, want, raw) })
		}
	})
}
