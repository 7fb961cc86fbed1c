package lql_test

import (
	"strings"
	"testing"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
)

// The entries, A to H.
const records = `
{"insertId":"a-1","logName":"projects/acme-staging/logs/run.googleapis.com%2Frequests","timestamp":"2026-03-03T10:00:00.25Z","receiveTimestamp":"2026-03-03T10:00:01Z","severity":"ERROR",
 "resource":{"type":"cloud_run_revision","labels":{"service_name":"checkout-api","revision_name":"checkout-api-00007-abc","location":"europe-west1"}},
 "labels":{"instanceId":"00f1a2"},"trace":"projects/acme-staging/traces/4bf9","spanId":"00f067","traceSampled":true,
 "httpRequest":{"requestMethod":"POST","requestUrl":"https://shop.example.com/orders/17?x=1","status":503,"latency":"1.204s","requestSize":"812","responseSize":"2048","userAgent":"curl/8.5","remoteIp":"10.1.2.77","serverIp":"1:2::9","protocol":"HTTP/1.1","cacheHit":false}}
{"insertId":"b-1","logName":"projects/acme-staging/logs/run.googleapis.com%2Fstderr","timestamp":"2026-03-03T10:00:00.5Z","severity":"ERROR","textPayload":"ValueError: cart 17 is empty\n  at Füße.py",
 "resource":{"type":"cloud_run_revision","labels":{"service_name":"checkout-api"}},"labels":{"instanceId":"00f1a2","a.b/c":"dotted"},"errorGroups":[{"id":"CJk1"},{"id":"CJk2"}]}
{"insertId":"c-1","logName":"projects/acme-staging/logs/mailer","timestamp":"2026-03-03T10:00:02Z","severity":"INFO",
 "jsonPayload":{"message":"Sent Mail to 3 people","to":["x@example.com","y@example.com"],"shoeSize":[8.5,9,6],"count":3,"price":"9.50","ok":true,"none":null,"foo.bar":"apple",":name":"apple","\"foo\"":"apple","nested":{"age":24,"items":[{"sku":"K-1"},{"sku":"K-2"}]},"big":"9223372036854775807","emptyList":[],"Case":1,"@x":"at","clientIp":"10.1.2.3","took":"took 120ms","logger":"app_core-main.worker"},
 "resource":{"type":"k8s_container","labels":{"namespace_name":"prod"}},"labels":{"k8s-pod/app":"mailer"},"sourceLocation":{"file":"mail.go","line":"42","function":"send"}}
{"insertId":"d-1","logName":"projects/acme-staging/logs/cloudaudit.googleapis.com%2Factivity","timestamp":"2026-03-03T10:00:03Z","severity":"NOTICE",
 "protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"google.cloud.run.v1.Services.ReplaceService","serviceName":"run.googleapis.com","resourceName":"namespaces/acme-staging/services/checkout-api","authenticationInfo":{"principalEmail":"dev@example.com"},"status":{"code":7,"message":"denied"},"requestMetadata":{"callerIp":"192.0.2.1"},"authorizationInfo":[{"permission":"run.services.update","granted":true}],"numResponseItems":"12"},
 "resource":{"type":"cloud_run_revision","labels":{"service_name":"checkout-api"}},"operation":{"id":"op-1","producer":"run.googleapis.com","first":true}}
{"insertId":"e-1","logName":"projects/acme-staging/logs/syslog","timestamp":"2026-03-03T10:00:04Z","textPayload":"The Cat in The Hat says: hello worldwide, ERROR ahead","resource":{"type":"gce_instance","labels":{"instance_id":"6731710280662790612"}},"split":{"uid":"u1","index":1,"totalSplits":3}}
{"insertId":"f-1","logName":"projects/acme-staging/logs/appengine.googleapis.com%2Frequest_log","timestamp":"2026-03-03T10:00:05Z","protoPayload":{"@type":"type.googleapis.com/google.appengine.logging.v1.RequestLog","latency":"0.250s","status":200,"startTime":"2026-03-03T10:00:04.75Z","resource":"/score","line":[{"logMessage":"Hello World","severity":"INFO"}]},"resource":{"type":"gae_app","labels":{"module_id":"front"}},"operation":{"id":"op-2","last":true}}
{"timestamp":"2026-03-03T10:00:06Z","textPayload":"CRITICAL: disk is full"}
{"timestamp":"2026-03-03T10:00:07Z","level":"error","message":"own record","code":5}`

func entries(t testing.TB) []*logentry.Entry {
	t.Helper()
	list, err := ingest.DecodeAll([]byte(records))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// matched names the entries that a filter selects.
func matched(f *lql.Filter, list []*logentry.Entry) string {
	var b strings.Builder
	for i, e := range list {
		if f.Match(e) {
			b.WriteByte('A' + byte(i))
		}
	}
	return b.String()
}

func TestMatch(t *testing.T) {
	list := entries(t)
	for _, tt := range []struct{ filter, want string }{
		{``, "ABCDEFGH"},
		{`severity<DEFAULT`, ""},

		// Severities have an order. What is no LogEntry, G and H, declares none, and its level counts.
		{`severity=ERROR`, "ABH"},
		{`severity="error"`, "ABH"},
		{`severity>=NOTICE`, "ABDGH"},
		{`severity>=300 severity<500`, "D"},
		{`severity=DEFAULT`, "EF"},
		{`severity!=ERROR`, "CDEFG"},
		{`severity:CRITICAL`, "G"},
		{`severity=(INFO OR NOTICE)`, "CD"},
		{`severity:*`, "ABCDGH"},
		{`NOT severity>=INFO`, "EF"},

		// Texts: case does not count.
		{`textPayload="VALUEERROR: cart 17 is empty\n  at füsse.py"`, "B"},
		{`textPayload:"CART 17"`, "B"},
		{`textPayload:füsse`, "B"},
		{`textPayload:FÜSSE`, "B"},
		{`textPayload:"fu\u0308ße"`, "B"},
		{`textPayload:"ﬁ"`, ""},
		{`textPayload:"dISK"`, "G"},
		{`textPayload:(cart empty)`, "B"},
		{`textPayload:(cart OR cat)`, "BE"},
		{`textPayload:(cart AND cat)`, ""},
		{`textPayload:(NOT cart)`, "ACDEFGH"},
		{`NOT textPayload:cart`, "ACDEFGH"},
		{`textPayload:*`, "BEG"},
		{`textPayload:""`, "ABCDEFGH"}, // the empty text is part of every text
		{`textPayload=""`, "ACDFH"},    // a field of LogEntry that is absent is empty
		{`textPayload>="U" textPayload<"w"`, "B"},
		{`resource.type = "GCE_instance"`, "E"},
		{`resource.type = ("gae_app" OR "gce_instance")`, "EF"},
		{`resource.type!=("gae_app" OR "gce_instance")`, "ABCDEFGH"}, // every type differs from one of the two
		{`NOT resource.type=("gae_app" OR "gce_instance")`, "ABCDGH"},
		{`resource.labels.service_name="checkout-api"`, "ABD"},
		{`resource.labels.service_name!="checkout-api"`, ""},
		{`resource.labels.service_name:*`, "ABD"},
		{`resource.labels.Service_name:*`, ""}, // keys of a map keep their case
		{`resource.labels:prod`, "C"},
		{`resource:k8s`, "C"},
		{`insertId=("a-1" OR "d-1")`, "AD"},
		{`insert_id="a-1"`, "A"},
		{`INSERTID="a-1"`, "A"},
		{`logName:request_log`, "F"},
		{`logName="projects/acme-staging/logs/mailer"`, "C"},
		{`logName =~ "requests$"`, "A"},
		{`logName=""`, "GH"},
		{`trace:"traces/4BF9"`, "A"},
		{`trace=""`, "BCDEFGH"},
		{`trace!=""`, "A"},
		{`spanId=00F067`, "A"},

		// Regular expressions: case counts.
		{`textPayload=~"cart \d+"`, "B"},
		{`textPayload=~"cart \\d+"`, "B"},
		{`textPayload=~"CART"`, ""},
		{`textPayload=~"(?i)CART"`, "B"},
		{`textPayload=~"^ValueError"`, "B"},
		{`textPayload=~("cart" OR "Hat$" OR "Cat")`, "BE"},
		{`textPayload!~"cart"`, "ACDEFGH"},
		{`jsonPayload.message!~"Sent"`, "H"},
		{`labels.instanceId!~"00"`, ""},
		{`jsonPayload.count=~"3"`, ""}, // a number is no text
		{`protoPayload.methodName=~"Services\.Replace"`, "D"},

		// Numbers, booleans, durations and times of LogEntry.
		{`httpRequest.status=503`, "A"},
		{`httpRequest.status="503"`, "A"},
		{`httpRequest.status>=500`, "A"},
		{`httpRequest.status<500`, "BCDEFGH"},                // an absent status is 0
		{`httpRequest.status<500 httpRequest.status:*`, "F"}, // of the request log of App Engine
		{`httpRequest.status:*`, "AF"},
		{`httpRequest.status:503`, "A"},
		{`httpRequest.requestMethod=post`, "A"},
		{`httpRequest.requestUrl:"/orders/"`, "A"},
		{`httpRequest.requestSize>811 httpRequest.requestSize<=812`, "A"},
		{`httpRequest.responseSize>=2000`, "A"},
		{`httpRequest.responseSize<1`, "BCDEFGH"},
		{`httpRequest.cacheHit=false`, "ABCDEFGH"},
		{`httpRequest.cacheHit=true`, ""},
		{`httpRequest.cacheHit:*`, "A"},
		{`httpRequest.protocol="http/1.1"`, "A"},
		{`httpRequest.protocol=""`, "BCDEFGH"},
		{`httpRequest.latency>1.2s`, "A"},
		{`httpRequest.latency>"1204ms"`, ""},
		{`httpRequest.latency="1204000us"`, "A"},
		{`httpRequest.latency:*`, "A"},
		{`httpRequest.userAgent:curl httpRequest.remoteIp="10.1.2.77"`, "A"},
		{`httpRequest:*`, "A"},
		{`httpRequest:curl`, "A"},
		{`traceSampled=true`, "A"},
		{`traceSampled=false`, "BCDEFGH"},
		{`operation.first=true`, "D"},
		{`operation.last=true`, "F"},
		{`operation.id:*`, "DF"},
		{`operation.id="OP-1" operation.producer:run`, "D"},
		{`sourceLocation.line=42 sourceLocation.file="mail.go" sourceLocation.function=send`, "C"},
		{`sourceLocation.file =~ "mail"`, "C"},
		{`split.uid=u1 split.index=1 split.totalSplits=3`, "E"},
		{`timestamp>="2026-03-03T10:00:04Z"`, "EFGH"},
		{`timestamp>="2026-03-03T12:00:04+02:00" timestamp<"2026-03-03T10:00:05Z"`, "E"},
		{`timestamp>"2026-03-03"`, "ABCDEFGH"},
		{`timestamp<"2026-03-03"`, ""},
		{`timestamp="2026-03-03T10:00:00.250Z"`, "A"},
		{`receiveTimestamp:*`, "A"},
		{`receiveTimestamp>"2026-03-03T10:00:00Z"`, "A"},
		{`errorGroups.id="CJk2"`, "B"},
		{`errorGroups.id:*`, "B"},
		{`errorGroups:cjk`, "B"},

		// Labels.
		{`labels.instanceId="00F1A2"`, "AB"},
		{`labels."a.b/c"=dotted`, "B"},
		{`labels.a.b/c=dotted`, "B"},
		{`labels."k8s-pod/app"=mailer`, "C"},
		{`labels:mailer`, "C"},
		{`labels:*`, "ABC"},
		{`labels.instanceId:*`, "AB"},
		{`NOT labels.instanceId=x`, "ABCDEFGH"},
		{`labels.instanceId!=x`, "AB"},

		// JSON payloads: the type is that of the value.
		{`jsonPayload.message:"sent mail"`, "C"},
		{`jsonPayload.message="own record"`, "H"}, // what is a record of an application is a payload
		{`jsonPayload.code=5`, "H"},
		{`jsonPayload.count=3`, "C"},
		{`jsonPayload.count="3"`, "C"},
		{`jsonPayload.count="3.0"`, "C"},
		{`jsonPayload.count=three`, ""},
		{`jsonPayload.count!=three`, ""}, // what does not convert fails
		{`jsonPayload.count!=4`, "C"},
		{`jsonPayload.count>2.5`, "C"},
		{`jsonPayload.count:3`, "C"},
		{`jsonPayload.price>"10"`, "C"}, // text: 9 is behind 1
		{`jsonPayload.price>9`, "C"},
		{`jsonPayload.ok=true`, "C"},
		{`jsonPayload.ok="True"`, "C"},
		{`jsonPayload.ok!=false`, "C"},
		{`jsonPayload.ok>false`, "C"},
		{`jsonPayload.ok=1`, ""},
		{`jsonPayload.none=NULL_VALUE`, "C"},
		{`jsonPayload.none!=NULL_VALUE`, ""},
		{`jsonPayload.count!=NULL_VALUE`, "C"},
		{`NOT jsonPayload.none = NULL_VALUE`, "ABDEFGH"},
		{`jsonPayload.none:*`, "C"},
		{`jsonPayload.none="null"`, ""},
		{`jsonPayload."foo.bar":apple`, "C"},
		{`jsonPayload.foo.bar:apple`, ""},
		{`jsonPayload.":name":apple`, "C"},
		{`jsonPayload."\"foo\"":apple`, "C"},
		{`jsonPayload.@x=at`, "C"},
		{`jsonPayload.case=1`, ""},
		{`jsonPayload.Case=1`, "C"},
		{`jsonPayload.nested.age=24`, "C"},
		{`jsonPayload.nested.items.sku="k-2"`, "C"},
		{`jsonPayload.nested.items:"k-2"`, "C"},
		{`jsonPayload.nested:*`, "C"},
		{`jsonPayload.nested="x"`, ""},
		{`jsonPayload.missing:*`, ""},
		{`jsonPayload.missing=foo`, ""},
		{`jsonPayload.missing!=foo`, ""},            // doc
		{`NOT jsonPayload.missing=foo`, "ABCDEFGH"}, // doc
		{`jsonPayload:*`, "CH"},
		{`jsonPayload:people`, "C"},
		{`jsonPayload:24`, "C"},
		{`jsonPayload.big="9223372036854775807"`, "C"},
		{`jsonPayload.to="y@example.com"`, "C"},
		{`jsonPayload.to!="y@example.com"`, "C"}, // one element differs
		{`NOT jsonPayload.to="y@example.com"`, "ABDEFGH"},
		{`jsonPayload.shoeSize < 7`, "C"}, // doc
		{`jsonPayload.shoeSize > 9`, ""},
		{`jsonPayload.emptyList:*`, ""},
		{`jsonPayload.emptyList!=x`, ""},

		// Protocol buffers: case of names does not count, and values have types.
		{`protoPayload.methodName="google.cloud.run.v1.Services.ReplaceService"`, "D"},
		{`protoPayload.method_name:replaceservice`, "D"},
		{`protoPayload.methodname:*`, "D"},
		{`protoPayload.authenticationInfo.principalEmail="dev@example.com"`, "D"},
		{`protoPayload.authentication_info.principal_email:dev`, "D"},
		{`protoPayload.status.code=7`, "D"},
		{`protoPayload.status.code>0`, "D"},
		{`protoPayload.authorizationInfo.granted=true`, "D"},
		{`protoPayload."@type":RequestLog`, "F"},
		{`protoPayload.latency>="200ms" protoPayload.latency<0.3s`, "F"},
		{`protoPayload.latency="0.25s"`, "F"},
		{`protoPayload.startTime>="2026-03-03T10:00:04Z"`, "F"},
		{`protoPayload.startTime<"2026-03-03T10:00:04.75+00:00"`, ""},
		{`protoPayload.numResponseItems>9`, "D"},
		{`protoPayload.line.logMessage:hello`, "F"},
		{`protoPayload.missing!=x`, ""},
		{`protoPayload:denied`, "D"},
		{`protoPayload.serviceName!="x"`, "D"},

		// All fields.
		{`"The Cat in The Hat"`, "E"}, // doc
		{`cart`, "B"},
		{`checkout-api`, "ABD"},
		{`"example.com"`, "ACD"},
		{`mail.go`, "C"},
		{`HELLO`, "EF"},
		{`hello -cat`, "F"},
		{`error`, "ABEH"}, // the severity, or a text
		{`CRITICAL`, "G"},
		{`503`, "A"},
		{`50`, "CF"}, // in "9.50" and "0.250s"; no number is 50
		{`(cat OR cart) (hat OR empty)`, "BE"},
		{`""`, "ABCDEFGH"},

		// Functions.
		{`log_id("run.googleapis.com/stderr")`, "B"},
		{`log_id("run.googleapis.com%2Fstderr")`, "B"},
		{`log_id("RUN.googleapis.com/STDERR")`, "B"},
		{`log_id("run.googleapis.com")`, ""},
		{`log_id("stderr")`, ""},
		{`log_id("cloudaudit.googleapis.com/activity") OR log_id("mailer")`, "CD"},
		{`source("projects/acme-staging")`, "ABCDEF"},
		{`source(projects/acme)`, ""},
		{`source(projects/acme-staging/)`, "ABCDEF"},
		{`ip_in_net(httpRequest.remoteIp, "10.1.2.0/24")`, "A"},
		{`ip_in_net(httpRequest.remoteIp, "10.1.3.0/24")`, ""},
		{`ip_in_net(httpRequest.remoteIp, "10.1.2.77")`, "A"},
		{`ip_in_net(httpRequest.serverIp, "1:2::/48")`, "A"},
		{`ip_in_net(jsonPayload.clientIp, "10.0.0.0/8")`, "C"},
		{`NOT ip_in_net(jsonPayload.clientIp, "10.0.0.0/8")`, "ABDEFGH"},
		{`ip_in_net(jsonPayload.message, "0.0.0.0/0")`, ""},
		{`ip_in_net(protoPayload.requestMetadata.callerIp, "192.0.2.0/24")`, "D"},
		{`SEARCH("hello")`, "EF"},
		{`SEARCH("Hello World")`, "F"}, // worldwide is another token
		{`SEARCH("world hello")`, "F"},
		{`SEARCH("hello worldwide cat")`, "E"},
		{"SEARCH(\"`cat in the hat`\")", "E"},
		{"SEARCH(\"`hat in the cat`\")", ""},
		{"SEARCH(\"`cat in the ha`\")", ""},
		{`SEARCH("cat in the ha")`, ""},
		{`SEARCH(textPayload, "cart empty")`, "B"},
		{`SEARCH(textPayload, "FÜSSE")`, "B"},
		{`SEARCH(textPayload, "checkout")`, ""},
		{`SEARCH("checkout")`, "ABD"},
		{`SEARCH("checkout cart")`, "B"}, // in different fields
		{`SEARCH(jsonPayload, "core worker")`, "C"},
		{`SEARCH(jsonPayload.logger, "app main")`, "C"},
		{`SEARCH(labels."k8s-pod/app", "mailer")`, "C"},
		{`SEARCH(labels, "mailer")`, "C"},
		{`SEARCH(protoPayload, "denied")`, "D"},
		{`SEARCH("503")`, ""}, // numbers are no texts
		{`cast(timestamp, STRING)=~"^2026-03-03T10:00:0[45]"`, "EF"},
		{`cast(timestamp, STRING, TIMEZONE("UTC"))=~"T10:00:00"`, "AB"},
		{`cast(jsonPayload.price, FLOAT64)<10`, "C"},
		{`cast(jsonPayload.count, STRING)="3"`, "C"},
		{`cast(httpRequest.status, STRING)=~"^5"`, "A"},
		{`cast(severity, STRING)=~"^(ERROR|INFO)$"`, "ABCH"},
		{`cast(jsonPayload.big, INT64)>9223372036854775806`, "C"},
		{`cast(jsonPayload.ok, BOOL)=true`, "C"},
		{`cast(protoPayload.startTime, TIMESTAMP)>"2026-03-03T10:00:04Z"`, "F"},
		{`cast(protoPayload.latency, DURATION)<1s`, "F"},
		{`cast(httpRequest.latency, STRING)="1.204s"`, "A"},
		{`regexp_extract(jsonPayload.took, "took (\d+)ms")="120"`, "C"},
		{`cast(regexp_extract(jsonPayload.took, "took (\\d+)ms"), INT64)>=120`, "C"},
		{`cast(regexp_extract(jsonPayload.took, "took (\\d+)ms"), INT64)>120`, ""},
		{`CAST(REGEXP_EXTRACT(CAST(timestamp, STRING), "\\d+:\\d+:\\d+\\.(\\d+)"), INT64) < 20`, "B"},

		// And, or, not.
		{`severity>=ERROR textPayload:cart`, "B"},
		{`severity>=ERROR OR textPayload:cat`, "ABEGH"},
		{`severity>=ERROR AND textPayload:cart OR textPayload:disk`, "BG"},
		{`NOT (severity>=ERROR OR textPayload:cat)`, "CDF"},
		{`-severity>=ERROR -textPayload:cat`, "CDF"},
	} {
		f, err := lql.Parse(tt.filter)
		if err != nil {
			t.Errorf("%s\n%v", tt.filter, err)
			continue
		}
		if got := matched(f, list); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.filter, got, tt.want)
		}
		checkPrinted(t, f)
		if again, err := lql.Parse(f.String()); err == nil && matched(again, list) != tt.want {
			t.Errorf("printed as %s it matches %s", f, matched(again, list))
		}
	}
}
