package lql

import (
	"strings"

	"logwhy/internal/logentry"
)

// A kind is the type of a field.
type kind uint8

const (
	kindText     kind = iota
	kindInt           // of any size
	kindBool          // as 0 and 1
	kindSeverity      // as its number
	kindTime          // in nanoseconds since the epoch
	kindDuration      // in nanoseconds
	kindLabels        // texts by any key
	kindStruct        // any JSON: jsonPayload, labels of metadata
	kindProto         // JSON of a protocol buffer: case of names does not count
	kindMessage       // a part of LogEntry that has fields of its own
	kindGroups        // errorGroups
)

// A property is a field of LogEntry,
// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry.
// Where the Entry holds it, text or number reads it there; the others are
// searched in its Raw.
type property struct {
	name   string
	kind   kind
	text   func(*logentry.Entry) string
	number func(*logentry.Entry) (n int64, ok bool)
	fields []property
}

var root = property{name: "LogEntry", kind: kindMessage, fields: []property{
	{name: "insertId", text: func(e *logentry.Entry) string { return e.InsertID }},
	{name: "logName", text: func(e *logentry.Entry) string { return e.LogName }},
	{name: "trace", text: func(e *logentry.Entry) string { return e.Trace }},
	{name: "spanId", text: func(e *logentry.Entry) string { return e.SpanID }},
	{name: "traceSampled", kind: kindBool},
	{name: "textPayload", text: textPayload},
	{name: "severity", kind: kindSeverity, number: severity},
	{name: "timestamp", kind: kindTime, number: func(e *logentry.Entry) (int64, bool) { return int64(e.Time), e.Time.Known() }},
	{name: "receiveTimestamp", kind: kindTime, number: func(e *logentry.Entry) (int64, bool) { return int64(e.Received), e.Received.Known() }},
	{name: "labels", kind: kindLabels},
	{name: "jsonPayload", kind: kindStruct},
	{name: "protoPayload", kind: kindProto},
	{name: "resource", kind: kindMessage, fields: []property{
		{name: "type", text: func(e *logentry.Entry) string { return e.ResourceType }},
		{name: "labels", kind: kindLabels},
	}},
	{name: "httpRequest", kind: kindMessage, fields: requestFields},
	{name: "operation", kind: kindMessage, fields: operationFields},
	{name: "sourceLocation", kind: kindMessage, fields: sourceFields},
	{name: "split", kind: kindMessage, fields: splitFields},
	{name: "errorGroups", kind: kindGroups, fields: []property{{name: "id", kind: kindGroups}}},
	{name: "metadata", kind: kindMessage, fields: []property{
		{name: "systemLabels", kind: kindStruct},
		{name: "userLabels", kind: kindStruct},
	}},
	{name: "apphub", kind: kindProto},
	{name: "apphubDestination", kind: kindProto},
	{name: "apphubSource", kind: kindProto},
	{name: "otel", kind: kindProto},
}}

var requestFields = []property{
	{name: "requestMethod", text: func(e *logentry.Entry) string { return request(e).Method }},
	{name: "requestUrl", text: func(e *logentry.Entry) string { return request(e).URL }},
	{name: "requestSize", kind: kindInt},
	{name: "status", kind: kindInt, number: func(e *logentry.Entry) (int64, bool) { return int64(request(e).Status), true }},
	{name: "responseSize", kind: kindInt},
	{name: "userAgent", text: func(e *logentry.Entry) string { return request(e).UserAgent }},
	{name: "remoteIp", text: func(e *logentry.Entry) string { return request(e).RemoteIP }},
	{name: "serverIp"},
	{name: "referer"},
	{name: "latency", kind: kindDuration, number: func(e *logentry.Entry) (int64, bool) { return int64(request(e).Latency), true }},
	{name: "cacheLookup", kind: kindBool},
	{name: "cacheHit", kind: kindBool},
	{name: "cacheValidatedWithOriginServer", kind: kindBool},
	{name: "cacheFillBytes", kind: kindInt},
	{name: "protocol"},
}

var operationFields = []property{
	{name: "id", text: func(e *logentry.Entry) string { return operation(e).ID }},
	{name: "producer", text: func(e *logentry.Entry) string { return operation(e).Producer }},
	{name: "first", kind: kindBool, number: func(e *logentry.Entry) (int64, bool) { return flag(operation(e).First), true }},
	{name: "last", kind: kindBool, number: func(e *logentry.Entry) (int64, bool) { return flag(operation(e).Last), true }},
}

var sourceFields = []property{
	{name: "file", text: func(e *logentry.Entry) string { return source(e).File }},
	{name: "line", kind: kindInt, number: func(e *logentry.Entry) (int64, bool) { return int64(source(e).Line), true }},
	{name: "function", text: func(e *logentry.Entry) string { return source(e).Function }},
}

var splitFields = []property{
	{name: "uid", text: func(e *logentry.Entry) string { return split(e).UID }},
	{name: "index", kind: kindInt, number: func(e *logentry.Entry) (int64, bool) { return int64(split(e).Index), true }},
	{name: "totalSplits", kind: kindInt, number: func(e *logentry.Entry) (int64, bool) { return int64(split(e).Total), true }},
}

// What an entry does not have reads as its zero value.
var (
	noRequest   logentry.HTTPRequest
	noOperation logentry.Operation
	noSource    logentry.SourceLocation
	noSplit     logentry.Split
)

func request(e *logentry.Entry) *logentry.HTTPRequest {
	if e.HTTP == nil {
		return &noRequest
	}
	return e.HTTP
}

func operation(e *logentry.Entry) *logentry.Operation {
	if e.Operation == nil {
		return &noOperation
	}
	return e.Operation
}

func source(e *logentry.Entry) *logentry.SourceLocation {
	if e.Source == nil {
		return &noSource
	}
	return e.Source
}

func split(e *logentry.Entry) *logentry.Split {
	if e.Split == nil {
		return &noSplit
	}
	return e.Split
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func textPayload(e *logentry.Entry) string {
	if e.Payload != logentry.PayloadText {
		return ""
	}
	return e.Message
}

// severity is the declared one, as the service compares it. What was no
// LogEntry, such as a line of text, has no log name and declares nothing: there
// the level that was read in it counts.
func severity(e *logentry.Entry) (int64, bool) {
	if e.Basis != logentry.BasisDeclared && e.LogName != "" {
		return 0, true
	}
	return int64(e.Severity), true
}

// find returns the field of p called name, folded.
func (p *property) find(name string) *property {
	for i := range p.fields {
		if foldName(p.fields[i].name) == name {
			return &p.fields[i]
		}
	}
	return nil
}

// names lists the fields of p as they are written behind prefix.
func (p *property) names(prefix string) []string {
	out := make([]string, len(p.fields))
	for i := range p.fields {
		out[i] = prefix + p.fields[i].name
	}
	return out
}

// severityNumber reads a name of LogSeverity, in any case, or its number.
func severityNumber(s string) (int64, bool) {
	switch strings.ToUpper(s) {
	case "DEFAULT":
		return 0, true
	case "DEBUG":
		return 100, true
	case "INFO":
		return 200, true
	case "NOTICE":
		return 300, true
	case "WARNING":
		return 400, true
	case "ERROR":
		return 500, true
	case "CRITICAL":
		return 600, true
	case "ALERT":
		return 700, true
	case "EMERGENCY":
		return 800, true
	}
	if len(s) <= 4 && allDigits(s) {
		n := int64(0)
		for i := range len(s) {
			n = n*10 + int64(s[i]-'0')
		}
		return n, true
	}
	return 0, false
}
