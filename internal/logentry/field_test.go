package logentry

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample is a request entry whose struct and record agree, as ingest fills it.
func sample() *Entry {
	raw := []byte(`{"insertId":"i1","jsonPayload":{"order":{"id":17,"lines":[{"sku":"A-1","qty":2},{"sku":"B-2"}]},
		"log.level":"error","flat":"x","none":null,"deep":{"a.b":{"c":true}},"tags":["red",["green"]],"text":"{\"inner\":{\"k\":\"v\"}}",
		"quote\"d":"q"},"httpRequest":{"status":503,"responseSize":"812"},"severity":"ERROR"}`)
	return &Entry{
		Time: TimeOf(time.Date(2026, 1, 15, 12, 0, 0, 500, time.UTC)), Received: NoTime,
		Severity: SeverityError, Basis: BasisDeclared, Payload: PayloadJSON,
		Message: "order failed", Detail: "no stock", InsertID: "i1", LogName: "projects/acme-staging/logs/run.googleapis.com%2Fstdout",
		Trace: "projects/acme-staging/traces/t1", SpanID: "s1", ResourceType: "cloud_run_revision",
		ResourceLabels: Labels{{"service_name", "checkout-api"}, {"location", "europe-west1"}},
		Labels:         Labels{{"k8s-pod/app", "checkout"}, {"run.googleapis.com/execution_name", "e1"}, {"empty", ""}},
		Scope: Scope{Project: "acme-staging", Location: "europe-west1", Service: "checkout-api", Revision: "r1", Instance: "in1",
			Execution: "e1", Namespace: "shop", Pod: "p1", Container: "c1"},
		HTTP: &HTTPRequest{Method: "GET", URL: "https://shop.example.com/orders/17?x=1", Status: 503, LatencyS: "0.25s",
			Latency: 250 * time.Millisecond, UserAgent: "curl", RemoteIP: "203.0.113.1"},
		ErrorGroups: []string{"g1", "g2"},
		Raw:         raw,
	}
}

func TestField(t *testing.T) {
	const absent = "\x00"
	e := sample()
	for path, want := range map[string]string{
		"message":            "order failed\nno stock",
		"detail":             "no stock",
		"textPayload":        absent,
		"severity":           "ERROR",
		"level":              "ERROR",
		"log":                "run.googleapis.com/stdout",
		"logName":            "projects/acme-staging/logs/run.googleapis.com%2Fstdout",
		"insertId":           "i1",
		"trace":              "projects/acme-staging/traces/t1",
		"spanId":             "s1",
		"timestamp":          "2026-01-15T12:00:00.0000005Z",
		"receiveTimestamp":   absent,
		"resource.type":      "cloud_run_revision",
		"errorGroups":        "g1",
		"errorGroups.id":     "g1",
		"project":            "acme-staging",
		"location":           "europe-west1",
		"service":            "checkout-api",
		"revision":           "r1",
		"instance":           "in1",
		"execution":          "e1",
		"namespace":          "shop",
		"pod":                "p1",
		"container":          "c1",
		"labels.k8s-pod/app": "checkout",
		"labels.empty":       "",
		"labels.none":        absent,
		"labels.run.googleapis.com/execution_name":   "e1",
		`labels."run.googleapis.com/execution_name"`: "e1",
		"resource.labels.service_name":               "checkout-api",
		"resource.labels.none":                       absent,
		"httpRequest.requestMethod":                  "GET",
		"httpRequest.requestUrl":                     "https://shop.example.com/orders/17?x=1",
		"httpRequest.status":                         "503",
		"httpRequest.latency":                        "0.25s",
		"httpRequest.userAgent":                      "curl",
		"httpRequest.remoteIp":                       "203.0.113.1",
		"httpRequest.responseSize":                   "812",
		"httpRequest.none":                           absent,
		"http.path":                                  "/orders/*",
		"http.host":                                  "shop.example.com",
		"http.latency":                               "0.25",
		"audit.method":                               absent,
		"protoPayload.methodName":                    absent,
		"jsonPayload.flat":                           "x",
		"jsonPayload.order.id":                       "17",
		"jsonPayload.order.lines.sku":                "A-1",
		"jsonPayload.order.lines[1].sku":             "B-2",
		"jsonPayload.order.lines[*].qty":             "2",
		"jsonPayload.order.lines[2].sku":             absent,
		"jsonPayload.order.lines[x].sku":             absent,
		"jsonPayload.order.lines[0":                  absent,
		"jsonPayload.order.lines[1]":                 `{"sku":"B-2"}`,
		"jsonPayload.log.level":                      "error",
		`jsonPayload."log.level"`:                    "error",
		"jsonPayload.none":                           absent,
		"jsonPayload.missing":                        absent,
		"jsonPayload.fla":                            absent,
		"jsonPayload.flatter":                        absent,
		"jsonPayload.deep.a.b.c":                     "true",
		"jsonPayload.text.inner.k":                   "v",
		"jsonPayload.flat.more":                      absent,
		"jsonPayload.tags":                           `["red",["green"]]`,
		`jsonPayload."unclosed`:                      absent,
		"":                                           absent,
		".":                                          absent,
	} {
		got, ok := e.Field(path)
		if ok != (want != absent) || ok && got != want {
			t.Errorf("Field(%q) = %q, %v, want %q", path, got, ok, want)
		}
	}
}

func TestFieldOfAudit(t *testing.T) {
	e := &Entry{
		Payload: PayloadProto, Message: "AUDIT m :: s",
		Audit: &Audit{Method: "m", ServiceName: "run.googleapis.com", Resource: "namespaces/acme/services/a", Principal: "p@example.com",
			StatusCode: 9, Status: "s", Kind: "Service", Name: "a", Ready: "False", ReadyReason: "R"},
		Raw: []byte(`{"protoPayload":{"response":{"status":{"conditions":[{"type":"Ready","reason":"R"},{"type":"Other","reason":"O"}]}}}}`),
	}
	for path, want := range map[string]string{
		"audit.method": "m", "audit.status": "s", "audit.code": "9", "audit.kind": "Service", "audit.name": "a", "audit.ready": "False",
		"audit.reason": "R", "audit.principal": "p@example.com", "protoPayload.methodName": "m", "protoPayload.serviceName": "run.googleapis.com",
		"protoPayload.resourceName": "namespaces/acme/services/a", "protoPayload.status.code": "9", "protoPayload.status.message": "s",
		"protoPayload.authenticationInfo.principalEmail":        "p@example.com",
		"protoPayload.response.status.conditions[1].reason":     "O",
		"protoPayload.response.status.conditions.reason":        "R",
		"protoPayload.response.status.conditions[0]":            `{"type":"Ready","reason":"R"}`,
		"protoPayload.response.status.conditions[*].type":       "Ready",
		`"protoPayload".response."status".conditions[1]."type"`: "Other",
	} {
		if got, ok := e.Field(path); got != want || !ok {
			t.Errorf("Field(%q) = %q, %v, want %q", path, got, ok, want)
		}
	}
	if got, ok := e.Field("audit.none"); ok {
		t.Errorf("audit.none = %q", got)
	}
	if got, ok := e.Field("http.path"); ok {
		t.Errorf("http.path of an entry without a request = %q", got)
	}
	if got, ok := e.Field("httpRequest.status"); ok {
		t.Errorf("httpRequest.status of an entry without a request = %q", got)
	}
}

func TestFieldOfInferredSeverity(t *testing.T) {
	e := &Entry{Severity: SeverityError, Basis: BasisText, Payload: PayloadText, Message: "ERROR: x"}
	if got, ok := e.Field("severity"); ok {
		t.Errorf("severity = %q, but none was declared", got)
	}
	for path, want := range map[string]string{"level": "ERROR", "textPayload": "ERROR: x"} {
		if got, _ := e.Field(path); got != want {
			t.Errorf("%s = %q, want %q", path, got, want)
		}
	}
}

func TestFieldOfTableRow(t *testing.T) {
	e := &Entry{Raw: []byte(`{"json_payload":"{\"order\":{\"id\":17}}","http_request":{"protocol":"HTTP/2"}}`), HTTP: &HTTPRequest{}}
	for path, want := range map[string]string{"jsonPayload.order.id": "17", "httpRequest.protocol": "HTTP/2"} {
		if got, _ := e.Field(path); got != want {
			t.Errorf("%s = %q, want %q", path, got, want)
		}
	}
}

func TestFieldValues(t *testing.T) {
	e := sample()
	for path, want := range map[string][]string{
		"jsonPayload.order.lines.sku":    {"A-1", "B-2"},
		"jsonPayload.order.lines[*].sku": {"A-1", "B-2"},
		"jsonPayload.order.lines[0].sku": {"A-1"},
		"jsonPayload.tags":               {"red", "green"},
		"jsonPayload.none":               nil,
		"errorGroups.id":                 {"g1", "g2"},
		"service":                        {"checkout-api"},
		"textPayload":                    nil,
	} {
		if diff := cmp.Diff(want, e.FieldValues(path)); diff != "" {
			t.Errorf("%s\n%s", path, diff)
		}
	}
}

func TestFieldOfKnownPathsDoesNotAllocate(t *testing.T) {
	e := sample()
	e.Detail = ""
	for _, path := range []string{"message", "resource.type", "labels.k8s-pod/app", "http.latency", "jsonPayload.flat", "service"} {
		if n := testing.AllocsPerRun(100, func() { e.Field(path) }); n > 0 {
			t.Errorf("Field(%q) allocates %v times", path, n)
		}
	}
}

func TestFieldBoundsNesting(t *testing.T) {
	deep := strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000)
	e := &Entry{Raw: []byte(`{"jsonPayload":{"a":` + deep + `}}`)}
	if got, ok := e.Field("jsonPayload.a.b"); ok {
		t.Errorf("found %q", got)
	}
	if got := e.FieldValues("jsonPayload.a"); len(got) > 1 {
		t.Errorf("found %d values", len(got))
	}
}

func FuzzField(f *testing.F) {
	f.Add("jsonPayload.order.lines[1].sku", []byte(`{"jsonPayload":{"order":{"lines":[1,{"sku":"x"}]}}}`))
	f.Add(`a."b.c"[*].d`, []byte(`{"a":{"b.c":[{"d":"{\"e\":1}"}]}}`))
	f.Fuzz(func(t *testing.T, path string, raw []byte) {
		e := &Entry{Raw: raw}
		value, ok := e.Field(path)
		values := e.FieldValues(path)
		if ok && len(values) > 0 && value != values[0] && !strings.HasPrefix(value, "[") {
			t.Errorf("Field = %q, first of FieldValues = %q", value, values[0])
		}
	})
}
