package ingest

import (
	"strings"
	"testing"
)

// A heading stands for the member of LogEntry whose key ends with it.
func TestColumnPath(t *testing.T) {
	for heading, want := range map[string]string{
		"TIMESTAMP": "timestamp", "RECEIVE_TIMESTAMP": "receiveTimestamp", "SEVERITY": "severity", "TEXT_PAYLOAD": "textPayload",
		"JSON_PAYLOAD": "jsonPayload", "MESSAGE": "jsonPayload.message", "LOG_NAME": "logName", "INSERT_ID": "insertId",
		"TRACE": "trace", "SPAN_ID": "spanId", "TYPE": "resource.type", "INSTANCE_ID": "labels.instanceId",
		"STATUS": "httpRequest.status", "REQUEST_URL": "httpRequest.requestUrl", "METHOD_NAME": "protoPayload.methodName",
		"PRINCIPAL_EMAIL": "protoPayload.authenticationInfo.principalEmail", "SERVICE_NAME": "resource.labels.service_name",
		"COMMIT_SHA": "labels.commit_sha",
	} {
		if got := strings.Join(columnPath(heading), "."); got != want {
			t.Errorf("%s: %s, want %s", heading, got, want)
		}
	}
}

// Cells are where the headings are, in characters and not in bytes.
func TestTableCells(t *testing.T) {
	es, rep := readBytes(t, []byte(""+
		"SERVICE_NAME  TIMESTAMP             STATUS  REQUEST_URL\n"+
		"grüße-api     2025-01-22T13:29:37Z  503     https://grüße.example/v1\n"+
		"mailer        2025-01-22T13:29:38Z  200     https://mail.example/v1\n"+
		"              and more of it\n"+
		"SERVICE_NAME  TIMESTAMP             STATUS  REQUEST_URL\n"+
		"mailer        2025-01-22T13:29:39Z\n"))
	if len(es) != 3 || rep.Inputs[0].Skipped != 0 {
		t.Fatalf("%d entries, %+v", len(es), rep.Inputs[0])
	}
	if e := es[0]; e.Scope.Service != "grüße-api" || e.HTTP == nil || e.HTTP.Status != 503 || e.HTTP.URL != "https://grüße.example/v1" {
		t.Errorf("%+v", e)
	}
	if e := es[1]; e.HTTP.URL != "https://mail.example/v1\nand more of it" {
		t.Errorf("%q", e.HTTP.URL)
	}
	if e := es[2]; e.HTTP != nil || e.Scope.Service != "mailer" || e.Pos.Line != 6 {
		t.Errorf("%+v", e)
	}
}

// What stands before the first row of a table is told.
func TestTableGarbage(t *testing.T) {
	es, rep := readBytes(t, []byte("TIMESTAMP             TEXT_PAYLOAD\nERROR: quota\n2025-01-22T13:29:39Z  x\n"))
	in := rep.Inputs[0]
	if len(es) != 1 || in.Skipped != 1 || in.Skips[0].Line != 2 || in.Skips[0].Bytes != 12 {
		t.Errorf("%d entries, %+v", len(es), in)
	}
}
