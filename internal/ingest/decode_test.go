package ingest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/logentry"
)

// decoded decodes one record that must be an entry.
func decoded(t *testing.T, record string) *logentry.Entry {
	t.Helper()
	var e logentry.Entry
	if err := newDecoder().decode([]byte(record), &e); err != nil {
		t.Fatalf("%v: %s", err, record)
	}
	return e.Clone()
}

func at(s string) logentry.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return logentry.TimeOf(t)
}

func TestDecodeFillsEveryField(t *testing.T) {
	record := `{
	  "insertId": "6975e86c", "logName": "projects/acme-staging/logs/run.googleapis.com%2Fstdout",
	  "timestamp": "2026-01-15T12:00:00.048213Z", "receiveTimestamp": "2026-01-15T12:00:00.198211364Z", "severity": "ERROR",
	  "resource": {"type": "cloud_run_revision", "labels": {"project_id": "acme-staging", "service_name": "checkout-api",
	    "revision_name": "checkout-api-00042-xuv", "location": "europe-west1"}, "extra": [1]},
	  "labels": {"instanceId": "0087", "k\u0065y": "v\"w"},
	  "jsonPayload": {"message": "order 17 failed", "err": {"type": "StockError", "message": "no stock"}, "order": {"id": 17}},
	  "httpRequest": {"requestMethod": "GET", "requestUrl": "https://a.example.com/x?y=1", "status": 500, "latency": "1.5s",
	    "userAgent": "curl", "remoteIp": "203.0.113.1", "serverIp": "x"},
	  "sourceLocation": {"file": "orders.py", "line": "42", "function": "price", "x": 1},
	  "operation": {"id": "op1", "producer": "acme", "first": true, "last": false, "x": 1},
	  "split": {"uid": "u1", "index": 1, "totalSplits": 3, "x": 1},
	  "trace": "projects/acme-staging/traces/4bf9", "spanId": "8d6f", "traceSampled": true,
	  "errorGroups": [{"id": "g1"}, {"id": "g2"}, {}], "apphub": {"a": {"b": "c"}}, "unknown": null
	}`
	got := decoded(t, record)
	want := &logentry.Entry{
		Time: at("2026-01-15T12:00:00.048213Z"), Received: at("2026-01-15T12:00:00.198211364Z"),
		Severity: logentry.SeverityError, Basis: logentry.BasisDeclared,
		Message: "order 17 failed", Detail: "StockError: no stock", DetailField: "jsonPayload.err",
		Payload: logentry.PayloadJSON, LogName: "projects/acme-staging/logs/run.googleapis.com%2Fstdout", InsertID: "6975e86c",
		Trace: "projects/acme-staging/traces/4bf9", SpanID: "8d6f", ResourceType: "cloud_run_revision",
		ResourceLabels: logentry.Labels{{Key: "project_id", Value: "acme-staging"}, {Key: "service_name", Value: "checkout-api"},
			{Key: "revision_name", Value: "checkout-api-00042-xuv"}, {Key: "location", Value: "europe-west1"}},
		Labels: logentry.Labels{{Key: "instanceId", Value: "0087"}, {Key: "key", Value: `v"w`}},
		Scope: logentry.Scope{Project: "acme-staging", Location: "europe-west1", Service: "checkout-api", Kind: "cloud_run_revision",
			Revision: "checkout-api-00042-xuv", Instance: "0087", Trace: "4bf9"},
		HTTP: &logentry.HTTPRequest{Method: "GET", URL: "https://a.example.com/x?y=1", Status: 500, Latency: 1500 * time.Millisecond,
			LatencyS: "1.5s", UserAgent: "curl", RemoteIP: "203.0.113.1"},
		Source:      &logentry.SourceLocation{File: "orders.py", Line: 42, Function: "price"},
		Operation:   &logentry.Operation{ID: "op1", Producer: "acme", First: true},
		Split:       &logentry.Split{UID: "u1", Index: 1, Total: 3},
		ErrorGroups: []string{"g1", "g2"},
		Raw:         []byte(record),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeToleratesForms(t *testing.T) {
	for _, c := range []struct{ name, record, field, want string }{
		{"nulls", `{"textPayload":null,"jsonPayload":{"message":"m"},"protoPayload":null,"labels":null,"resource":null,"httpRequest":null,"severity":null,"trace":null,"timestamp":null,"operation":null,"split":null,"sourceLocation":null,"errorGroups":null}`, "message", "m"},
		{"numbers as strings", `{"httpRequest":{"status":"503","requestMethod":"GET"}}`, "httpRequest.status", "503"},
		{"number with fraction", `{"httpRequest":{"status":503.0}}`, "httpRequest.status", "503"},
		{"offset", `{"timestamp":"2026-01-15T12:00:00.5+00:00","textPayload":"x"}`, "timestamp", "2026-01-15T12:00:00.5Z"},
		{"time key", `{"time":"2026-01-15T12:00:00.5Z","textPayload":"x"}`, "timestamp", "2026-01-15T12:00:00.5Z"},
		{"timestamp before time", `{"timestamp":"2026-01-15T12:00:00.5Z","time":"2025-01-15T12:00:00.5Z","textPayload":"x"}`, "timestamp", "2026-01-15T12:00:00.5Z"},
		{"snake case text", `{"insert_id":"i","text_payload":"x","log_name":"projects/p/logs/l"}`, "message", "x"},
		{"snake case id", `{"insert_id":"i","text_payload":"x"}`, "insertId", "i"},
		{"snake case payload", `{"json_payload":{"message":"m"},"resource":{"type":"t"}}`, "message", "m"},
		{"snake case request", `{"http_request":{"request_method":"GET","request_url":"https://a/b","status":503,"latency":{"seconds":1,"nanos":500000000},"user_agent":"u","remote_ip":"r"}}`, "message", "HTTP 503 GET https://a/b 1.5s"},
		{"resource as text", `{"resource":"cloud_run_revision","textPayload":"x"}`, "resource.type", "cloud_run_revision"},
		{"resource as list", `{"resource":[1],"textPayload":"x"}`, "message", "x"},
		{"payload as JSON text", `{"json_payload":"{\"message\":\"m\"}"}`, "message", "m"},
		{"payload as text", `{"jsonPayload":"plain"}`, "message", "plain"},
		{"payload as list", `{"jsonPayload":["a",1]}`, "message", `["a",1]`},
		{"text as object", `{"textPayload":{"message":"m"}}`, "message", "m"},
		{"text as list", `{"textPayload":["a"]}`, "message", `["a"]`},
		{"text as number", `{"textPayload":7}`, "message", "7"},
		{"empty text beside payload", `{"textPayload":"","jsonPayload":{"message":"m"}}`, "message", "m"},
		{"script", `{"timestamp":"2026-01-15T12:00:00Z","severity":"ERROR","message":"m"}`, "message", "m"},
		{"script with detail", `{"severity":"ERROR","message":"m","error":"e"}`, "detail", "e"},
		{"application line", `{"level":"error","msg":"m","service":"checkout-api"}`, "service", "checkout-api"},
		{"application level", `{"level":"error","msg":"m"}`, "level", "ERROR"},
		{"repr", `{"severity":"ERROR","raw_payload":"OrderedDict([('message', 'it\\'s'), ('n', 1)])"}`, "message", "it's"},
		{"repr that is text", `{"severity":"ERROR","raw_payload":"plain text"}`, "message", "plain text"},
		{"repr as object", `{"raw_payload":{"message":"m"}}`, "severity", ""},
		{"payload of a script", `{"severity":"ERROR","payload":{"message":"m"}}`, "message", "m"},
		{"text payload of a script", `{"severity":"ERROR","payload":"m"}`, "message", "m"},
		{"data beside a message", `{"severity":"ERROR","message":"m","payload":{"message":"x"}}`, "message", "m"},
		{"message object of a script", `{"severity":"ERROR","message":{"event":"m"}}`, "message", "m"},
		{"resource of a script", `{"resource":"Resource(type='cloud_run_revision', labels={'service_name': 'checkout-api'})","textPayload":"x"}`, "service", "checkout-api"},
		{"resource of a script, cut off", `{"resource":"Resource(type='cloud_run","textPayload":"x"}`, "resource.type", "Resource(type='cloud_run"},
		{"text beside repr", `{"text_payload":"t","raw_payload":"r"}`, "message", "t"},
		{"escaped keys", `{"text\u0050ayload":"x","resource":{"t\u0079pe":"t"}}`, "message", "x"},
		{"bare trace", `{"trace":"4bf9","textPayload":"x"}`, "trace", "4bf9"},
		{"trace in payload", `{"jsonPayload":{"message":"m","logging.googleapis.com/trace":"projects/p/traces/4bf9"}}`, "trace", "projects/p/traces/4bf9"},
		{"malformed fields", `{"timestamp":"yesterday","httpRequest":"no","labels":"no","operation":3,"split":[],"sourceLocation":"x","errorGroups":7,"insertId":{"a":1},"severity":[],"textPayload":"x"}`, "message", "x"},
	} {
		e := decoded(t, c.record)
		if got, _ := e.Field(c.field); got != c.want {
			t.Errorf("%s: %s = %q, want %q", c.name, c.field, got, c.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for record, want := range map[string]error{
		``:                              errNotObject,
		`null`:                          errNotObject,
		`[{"textPayload":"x"}]`:         errNotObject,
		`"textPayload"`:                 errNotObject,
		`{`:                             errMalformed,
		`{"textPayload":"x"`:            errMalformed,
		`{"textPayload":"x`:             errMalformed,
		`{"textPayload":}`:              errMalformed,
		`{"textPayload" "x"}`:           errMalformed,
		`{"textPayload":"x"} {}`:        errMalformed,
		`{"jsonPayload":{"message":"x"`: errMalformed,
		`{"jsonPayload":{"a" 1}}`:       errMalformed,
		`{"labels":{"a":"b}}`:           errMalformed,
		`{"resource":{"type":}}`:        errMalformed,
		`{"httpRequest":{"status":1`:    errMalformed,
		`{"operation":{"id":"a}}`:       errMalformed,
		`{}`:                            errNoEntry,
		`{"foo":1}`:                     errNoEntry,
		`{"message":{"data":"e30="}}`:   errNoEntry,
		`{"error":{"code":403}}`:        errNoEntry,
		`{"entries":[],"level":"x"}`:    errNoEntry,
	} {
		var e logentry.Entry
		if err := newDecoder().decode([]byte(record), &e); !errors.Is(err, want) {
			t.Errorf("decode(%s) = %v, want %v", record, err, want)
		}
	}
}

func TestDecodeKeepsPosition(t *testing.T) {
	e := logentry.Entry{Pos: logentry.Pos{Input: 1, Name: "export.json", Line: 7, Record: 3, Seq: 9}, Message: "before", Audit: &logentry.Audit{}}
	if err := newDecoder().decode([]byte(`{"textPayload":"after"}`), &e); err != nil {
		t.Fatal(err)
	}
	if e.Pos.Line != 7 || e.Pos.Seq != 9 || e.Message != "after" || e.Audit != nil {
		t.Errorf("%+v", e)
	}
}

// TestDecodeLeavesNothingBehind decodes a full record, then an empty one: what
// the decoder remembers must not reach the next entry.
func TestDecodeLeavesNothingBehind(t *testing.T) {
	full := `{"textPayload":"ERROR: x","severity":"ERROR","timestamp":"2026-01-15T12:00:00.5Z","labels":{"instanceId":"i"},"resource":{"type":"cloud_run_revision","labels":{"service_name":"s"}},"httpRequest":{"status":500},"errorGroups":[{"id":"g"}],"trace":"t"}`
	audit := `{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"/Services.ReplaceService","response":{"kind":"Revision","metadata":{"name":"s-00001-abc","labels":{"serving.knative.dev/service":"s"}},"spec":{"containers":[{"env":[{"name":"A"}]}]}}}}`
	payload := `{"jsonPayload":{"message":"m","err":"e","level":"error","service":"s","time":"2026-01-15T12:00:00.5Z"}}`
	for _, first := range []string{full, audit, payload} {
		d := newDecoder()
		var e logentry.Entry
		for _, record := range []string{first, `{"insertId":"only"}`} {
			if err := d.decode([]byte(record), &e); err != nil {
				t.Fatal(err)
			}
		}
		want := &logentry.Entry{Time: logentry.NoTime, Received: logentry.NoTime, InsertID: "only", Raw: []byte(`{"insertId":"only"}`)}
		if diff := cmp.Diff(want, e.Clone()); diff != "" {
			t.Errorf("after %.40s\n%s", first, diff)
		}
	}
}

func TestDecodeReplacesInvalidUTF8(t *testing.T) {
	e := decoded(t, "{\"textPayload\":\"caf\xe9 \\ud800 \xff\",\"labels\":{\"k\xe9\":\"v\xe9\"},\"insertId\":\"i\xe9\"}")
	if e.Message != "caf\ufffd \ufffd \ufffd" || e.InvalidUTF8 != 3 {
		t.Errorf("message %q with %d replaced", e.Message, e.InvalidUTF8)
	}
	if e.Labels[0] != (logentry.KV{Key: "k\ufffd", Value: "v\ufffd"}) || e.InsertID != "i\ufffd" {
		t.Errorf("labels %q, insertId %q", e.Labels, e.InsertID)
	}
	if e := decoded(t, "{\"jsonPayload\":{\"a\xe9\":\"b\xe9\"}}"); e.Message != "a\ufffd=b\ufffd" {
		t.Errorf("rendering %q", e.Message)
	}
}

func TestDecodeOfOrdinaryEntriesDoesNotAllocate(t *testing.T) {
	escaped := strings.Replace(benchText, "3 items", `3 \"items\"\n`, 1)
	source := strings.Replace(benchJSON, `"labels":`, `"sourceLocation":{"file":"a","line":"1"},"operation":{"id":"x"},"split":{"uid":"u"},"errorGroups":[{"id":"g"}],"labels":`, 1)
	detail := strings.Replace(benchJSON, `"level":"info"`, `"level":"error","err":"no stock","status":500`, 1)
	for name, record := range map[string]string{
		"request": benchRequest, "text": benchText, "json": benchJSON, "escaped": escaped, "source": source, "detail": detail,
	} {
		// Entries of failures are few; putting a detail together may cost some.
		d, raw := newDecoder(), []byte(record)
		var e logentry.Entry
		if n := testing.AllocsPerRun(100, func() { _ = d.decode(raw, &e) }); n > 2 || n > 0 && name != "detail" {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
