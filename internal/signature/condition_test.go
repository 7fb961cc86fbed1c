package signature

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"logwhy/internal/logentry"
)

// probe is an entry with a value in every field that conditions can name.
func probe() *logentry.Entry {
	return &logentry.Entry{
		Message: "first line\nSecond: 42 things", Detail: "boom at 7", Severity: logentry.SeverityError, Basis: logentry.BasisText,
		LogName: "projects/acme/logs/run.googleapis.com%2Fstderr", InsertID: "i1", Trace: "projects/acme/traces/t1", SpanID: "s1",
		ResourceType: "cloud_run_revision", Payload: logentry.PayloadJSON,
		Labels: logentry.Labels{{Key: "run.googleapis.com/execution_name", Value: "mailer-x1"}},
		Scope: logentry.Scope{Project: "acme", Location: "europe-west1", Service: "checkout-api", Revision: "r7", Instance: "in1",
			Execution: "x1", Namespace: "shop", Pod: "pod-1", Container: "app"},
		HTTP: &logentry.HTTPRequest{Method: "POST", URL: "https://api.acme.example/orders/4711?q=1", Status: 503, Latency: 2500 * time.Millisecond,
			LatencyS: "2.500s", UserAgent: "curl/8", RemoteIP: "10.0.0.1"},
		Audit: &logentry.Audit{Method: "ReplaceService", ServiceName: "run.googleapis.com", Resource: "namespaces/acme/services/x", Status: "denied",
			StatusCode: 7, Kind: "Service", Name: "x", Ready: "False", ReadyReason: "ContainerMissing", Principal: "ci@acme.example", Image: "app:1"},
		Raw: []byte(`{"jsonPayload":{"n":12,"deep":{"list":["a","b"]},"flag":true,"took":"1.5s"}}`),
	}
}

func TestConditions(t *testing.T) {
	tests := []struct {
		cond string
		want bool
	}{
		{`message: {contains: "line"}`, true},
		{`message: {contains: "Line"}`, false},
		{`message: {contains: [line, things, boom]}`, true},
		{`message: {contains: [line, nothing]}`, false},
		{`message: {prefix: first}`, true},
		{`message: {prefix: [x, first]}`, true},
		{`message: {prefix: line}`, false},
		{`message: {equals: "first line"}`, false},
		{`message: {regex: '(?m)^Second'}`, true},
		{`message: {regex: '^Second'}`, false},
		{`message: {regex: 'things\nboom'}`, true},
		{`message: {exists: true}`, true},
		{`detail: {equals: "boom at 7"}`, true},
		{`detail: {exists: false}`, false},
		{`level: {equals: ERROR}`, true},
		{`severity: {exists: false}`, true},
		{`severity: {equals: ERROR}`, false},
		{`log: {equals: run.googleapis.com/stderr}`, true},
		{`logName: {contains: "%2F"}`, true},
		{`insertId: {equals: i1}`, true},
		{`trace: {prefix: projects/}`, true},
		{`spanId: {equals: s1}`, true},
		{`resource.type: {equals: [gce_instance, cloud_run_revision]}`, true},
		{`httpRequest.status: {ge: 500, lt: 600}`, true},
		{`httpRequest.status: {gt: 503}`, false},
		{`httpRequest.status: {le: 503}`, true},
		{`httpRequest.status: {eq: 503}`, true},
		{`httpRequest.status: {equals: 503}`, true},
		{`httpRequest.status: {equals: [500, 503]}`, true},
		{`httpRequest.status: {regex: '^5'}`, true},
		{`httpRequest.requestMethod: {equals: POST}`, true},
		{`httpRequest.requestUrl: {contains: "?q="}`, true},
		{`httpRequest.latency: {gt: 2}`, true},
		{`httpRequest.userAgent: {prefix: curl}`, true},
		{`httpRequest.remoteIp: {equals: 10.0.0.1}`, true},
		{`http.path: {equals: /orders/*}`, true},
		{`http.host: {equals: api.acme.example}`, true},
		{`http.latency: {ge: 2.5}`, true},
		{`http.latency: {equals: 2.5}`, true},
		{`audit.method: {equals: ReplaceService}`, true},
		{`audit.service: {equals: run.googleapis.com}`, true},
		{`audit.resource: {contains: services}`, true},
		{`audit.status: {equals: denied}`, true},
		{`audit.code: {eq: 7}`, true},
		{`audit.code: {equals: 7}`, true},
		{`audit.kind: {equals: Service}`, true},
		{`audit.name: {equals: x}`, true},
		{`audit.ready: {equals: "False"}`, true},
		{`audit.reason: {equals: ContainerMissing}`, true},
		{`audit.principal: {contains: "@"}`, true},
		{`audit.image: {equals: "app:1"}`, true},
		{`project: {equals: acme}`, true},
		{`location: {equals: europe-west1}`, true},
		{`service: {equals: checkout-api}`, true},
		{`revision: {equals: r7}`, true},
		{`instance: {equals: in1}`, true},
		{`execution: {equals: x1}`, true},
		{`namespace: {equals: shop}`, true},
		{`pod: {equals: pod-1}`, true},
		{`container: {equals: app}`, true},
		{`labels.run.googleapis.com/execution_name: {equals: mailer-x1}`, true},
		{`jsonPayload.n: {gt: 10}`, true},
		{`jsonPayload.took: {lt: 2}`, true},
		{`jsonPayload.took: {lt: 1}`, false},
		{`jsonPayload.flag: {equals: "true"}`, true},
		{`jsonPayload.deep.list: {equals: b}`, true},
		{`jsonPayload.deep.list: {regex: '^b$'}`, true},
		{`jsonPayload.none: {exists: true}`, false},
		{`jsonPayload.none: {exists: false}`, true},
		{`jsonPayload.none: {lt: 5}`, false},
		{`all: [{message: {contains: first}}, {jsonPayload.n: {eq: 12}}]`, true},
		{`any: [{message: {contains: none}}, {jsonPayload.n: {eq: 12}}]`, true},
		{`any: [{message: {contains: none}}, {jsonPayload.n: {eq: 13}}]`, false},
		{`not: {message: {contains: none}}`, true},
		{`not: [{message: {contains: none}}, {message: {contains: first}}]`, false},
		{"message: {contains: first}\n  not: {jsonPayload.none: {eq: 1}}", true},
		{"message: {contains: first, prefix: second}", false},
	}
	for _, tt := range tests {
		c := catalogOf(t, "id: a.a\ntitle: A\nrole: failure\nmatch:\n  "+tt.cond+"\n")
		m := c.NewMatcher()
		if got := len(m.Match(probe(), nil)) == 1; got != tt.want {
			t.Errorf("%s: %v, want %v", tt.cond, got, tt.want)
		}
		same(t, m, probe())
		same(t, m, &logentry.Entry{})
	}
}

// TestFieldsAgree holds that the fields known here and those of package
// logentry give the same values.
func TestFieldsAgree(t *testing.T) {
	e := probe()
	for _, k := range knownFields() {
		v := &view{e: e}
		want, ok := e.Field(k.name)
		if !ok {
			continue // an addition of this package
		}
		if got := k.get(v); got != want {
			t.Errorf("%s: %q here, %q there", k.name, got, want)
		}
		if k.num != nil {
			n, _ := k.num(v)
			if p, _ := parseNumber(want); p != n {
				t.Errorf("%s: %v is not %q", k.name, n, want)
			}
			if _, ok := k.num(&view{e: &logentry.Entry{}}); ok {
				t.Errorf("%s: a number of nothing", k.name)
			}
		}
		if got := k.get(&view{e: &logentry.Entry{}}); got != "" && k.name != "level" {
			t.Errorf("%s: %q of nothing", k.name, got)
		}
	}
}

// TestCaptures: the first alternative that holds gives the values, later ones
// fill what is empty, and what stands under a not gives none.
func TestCaptures(t *testing.T) {
	c := catalogOf(t, `id: a.a
title: A
role: failure
match:
  any:
    - message: {regex: 'first (?P<a>\w+)'}
    - message: {regex: '(?P<b>\w+) second (?P<a>\w+)'}
    - jsonPayload.list: {regex: 'x(?P<c>\d)'}
  not: {message: {regex: 'never (?P<d>\w+)'}}
capture: {path: http.path}
`)
	m := c.NewMatcher()
	for _, tt := range []struct {
		e    *logentry.Entry
		want string
	}{
		{&logentry.Entry{Message: "first 1"}, "a=1 b= c= d= path="},
		{&logentry.Entry{Message: "x second 2"}, "a=2 b=x c= d= path="},
		{&logentry.Entry{Message: "first 1 y second 2"}, "a=1 b=y c= d= path="},
		{&logentry.Entry{Message: "z", Payload: logentry.PayloadJSON, Raw: []byte(`{"jsonPayload":{"list":["a","x3"]}}`)}, "a= b= c=3 d= path="},
		{&logentry.Entry{Message: "first 1", HTTP: &logentry.HTTPRequest{URL: "https://h/p/12345"}}, "a=1 b= c= d= path=/p/*"},
	} {
		got := m.Match(tt.e, nil)
		if len(got) != 1 {
			t.Fatalf("%q: %d matches", tt.e.Message, len(got))
		}
		var parts []string
		for i, n := range got[0].Sig.Captures {
			parts = append(parts, fmt.Sprintf("%s=%s", n, got[0].Values[i]))
		}
		if s := strings.Join(parts, " "); s != tt.want {
			t.Errorf("%q: %s, want %s", tt.e.Message, s, tt.want)
		}
	}
}
