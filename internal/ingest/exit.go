package ingest

import (
	"bytes"

	"logwhy/internal/logentry"
)

// Entries leave Cloud Logging by other exits than its API, and look different
// behind them: Pub/Sub wraps each in a message, BigQuery and Log Analytics keep
// them as rows of a table. Each record is written anew as the LogEntry it was,
// so that everything behind sees but one form.

// An exit is one of the forms that are not that of LogEntry.
type exit struct {
	format      string
	newRewriter func() rewriter
}

// A rewriter writes a record as a LogEntry, to dst. The error is the reason
// why it cannot.
type rewriter interface {
	rewrite(dst, rec []byte) ([]byte, error)
}

var (
	pubsubExit    = exit{"pubsub", func() rewriter { return &messageRewriter{} }}
	bigqueryExit  = exit{"bigquery", func() rewriter { return &rowRewriter{lowered: true} }}
	analyticsExit = exit{"log-analytics", func() rewriter { return &rowRewriter{} }}
)

// exitOf tells by its keys what the object, which may be cut off, came
// through; nil for a LogEntry, and for what is none at all.
func exitOf(object []byte) *exit {
	c := logentry.NewCursor(object)
	if !c.EnterObject() {
		return nil
	}
	if isMessage(object) {
		return &pubsubExit
	}
	columns, entry, plainTime := 0, false, false
	for {
		key, _, ok := c.NextKey()
		if !ok {
			break
		}
		switch name := string(key); {
		case name == "timestamp" || name == "receiveTimestamp":
			plainTime = plainTime || isTableTime(c.Value())
			entry = entry || name != "timestamp"
			continue
		case isTypedColumn(key):
			return &bigqueryExit
		case analyticsColumn(name) != "":
			columns++
		case name == "logName" || name == "insertId" || name == "textPayload" || name == "jsonPayload" || name == "httpRequest":
			entry = true
		}
		c.Skip()
	}
	switch {
	case columns >= 2 && !entry:
		return &analyticsExit
	case plainTime && entry && columns == 0:
		return &bigqueryExit
	}
	return nil
}

// isTableTime recognises "2026-03-03 10:00:00.25 UTC", as BigQuery prints times;
// bq leaves the zone out.
func isTableTime(v logentry.Value) bool {
	return v.Kind() == logentry.ValueString && len(v) > 20 && v[11] == ' ' && isDigit(v[12]) && !hasByte(v, '+')
}

// isTypedColumn recognises the payloads whose type is part of the name, such
// as protopayload_auditlog.
func isTypedColumn(key []byte) bool {
	return bytes.HasPrefix(key, []byte("protopayload_")) || bytes.HasPrefix(key, []byte("jsonpayload_"))
}

// analyticsColumn returns the field of LogEntry that a column of a Log
// Analytics view is, where the two are called differently.
func analyticsColumn(name string) string {
	switch name {
	case "log_name":
		return "logName"
	case "log_id":
		return "logId"
	case "insert_id":
		return "insertId"
	case "receive_timestamp":
		return "receiveTimestamp"
	case "text_payload":
		return "textPayload"
	case "json_payload":
		return "jsonPayload"
	case "proto_payload":
		return "protoPayload"
	case "http_request":
		return "httpRequest"
	case "source_location":
		return "sourceLocation"
	case "severity_number":
		return "severityNumber"
	case "span_id":
		return "spanId"
	case "trace_sampled":
		return "traceSampled"
	case "error_groups":
		return "errorGroups"
	case "storage_bytes":
		return "storageBytes"
	}
	return ""
}

// through makes the layout one for records that came through x.
func (l *layout) through(x *exit) *layout {
	l.format, l.newRewriter = x.format, x.newRewriter
	return l
}
