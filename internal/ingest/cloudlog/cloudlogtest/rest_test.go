package cloudlogtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/logging/apiv2/loggingpb"

	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

const odd = `{"logName":"projects/acme-staging/logs/x","insertId":"odd","timestamp":"2026-03-03T14:00:00.123456789Z","errorGroups":[{"id":"CKq"}],
 "httpRequest":{"requestUrl":"https://a/%zz","status":500},
 "protoPayload":{"@type":"type.googleapis.com/acme.v1.Unknown","note":"nobody knows"}}`

const nested = `{"logName":"projects/acme-staging/logs/cloudaudit.googleapis.com%2Factivity","insertId":"nested","timestamp":"2026-03-03T14:00:01Z",
 "protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"google.cloud.run.v1.Services.ReplaceService","neverHeardOf":1,
  "serviceData":{"@type":"type.googleapis.com/acme.v1.Delta","note":"nor this"}}}`

func post(t *testing.T, url, body string) (int, map[string]any) {
	t.Helper()
	resp, err := http.Post(url+"/v2/entries:list", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return resp.StatusCode, v
}

// REST carries an entry as it is; gRPC carries what its proto knows.
func TestOddEntriesOnBothTransports(t *testing.T) {
	srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{cloudlogtest.FromJSON(t, odd+nested)}})
	code, v := post(t, srv.URL, `{"resourceNames":["projects/acme-staging"],"orderBy":"timestamp desc","pageSize":10}`)
	entries, _ := v["entries"].([]any)
	if code != http.StatusOK || len(entries) != 2 {
		t.Fatal(code, v)
	}
	if e := entries[1].(map[string]any); e["errorGroups"] == nil || e["protoPayload"].(map[string]any)["note"] != "nobody knows" {
		t.Errorf("REST: %v", e)
	}
	it := dial(t, srv).ListLogEntries(t.Context(), &loggingpb.ListLogEntriesRequest{ResourceNames: []string{project}})
	first, err := it.Next()
	if err != nil {
		t.Fatal(err)
	}
	if p := first.GetProtoPayload(); p.GetTypeUrl() != "type.googleapis.com/acme.v1.Unknown" || len(p.Value) == 0 || first.HttpRequest.RequestUrl != "https://a/%zz" {
		t.Errorf("gRPC: %v", first)
	}
	second, err := it.Next()
	if err != nil || second.GetProtoPayload().GetTypeUrl() != "type.googleapis.com/google.cloud.audit.AuditLog" {
		t.Fatal(second, err)
	}
	if m, err := second.GetProtoPayload().UnmarshalNew(); err != nil || !strings.Contains(string(second.GetProtoPayload().Value), "acme.v1.Delta") {
		t.Errorf("audit: %v, %v", m, err)
	}
}

func TestRESTRefusesAndPages(t *testing.T) {
	srv, _ := withLines(t, 12, cloudlogtest.Options{Faults: cloudlogtest.Script(cloudlogtest.Fault{Err: cloudlogtest.QuotaError("acme-staging", cloudlogtest.Quota{PerMinute: 60})})})
	code, v := post(t, srv.URL, `{"resourceNames":["projects/acme-staging"]}`)
	e, _ := v["error"].(map[string]any)
	if code != http.StatusTooManyRequests || e["status"] != "RESOURCE_EXHAUSTED" || !strings.Contains(jsonText(t, e["details"]), `"quota_limit_value":"60"`) {
		t.Fatal(code, v)
	}
	n, token := 0, ""
	for {
		code, v = post(t, srv.URL, `{"resourceNames":["projects/acme-staging"],"pageSize":5,"pageToken":"`+token+`"}`)
		entries, _ := v["entries"].([]any)
		n += len(entries)
		if token, _ = v["nextPageToken"].(string); token == "" || code != http.StatusOK {
			break
		}
	}
	if n != 12 {
		t.Errorf("%d entries, %d %v", n, code, v)
	}
	if code, v = post(t, srv.URL, `{"resourceName":"x"}`); code != http.StatusBadRequest || !strings.Contains(jsonText(t, v), "resourceName") {
		t.Errorf("an unknown field: %d %v", code, v)
	}
	resp, err := http.Get(srv.URL + "/v2/projects/acme-staging/logs")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), "run.googleapis.com%2Fstdout") {
		t.Errorf("logs: %s, %v", body, err)
	}
	last := srv.Calls()[srv.Count("")-1]
	if last.Transport != "rest" || last.Method != cloudlogtest.ListLogs || last.Entries != 1 {
		t.Errorf("recorded: %+v", last)
	}
}

func jsonText(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
