package lql_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"logwhy/internal/diag"
	"logwhy/internal/lql"
)

// Examples marked "doc" are those of
// https://cloud.google.com/logging/docs/view/logging-query-language.
var valid = []struct{ filter, want string }{
	// Nothing, and comments.
	{``, `everything`},
	{" \n\t ", `everything`},
	{`-- Looking for logs from "alex".`, `everything`}, // doc
	{"-- All of our target users are emitted by Compute Engine instances.\nresource.type = \"gce_instance\"\n-- Looking for logs from \"alex\".\njsonPayload.targetUser = \"alex\"",
		`(and (= resource/type "gce_instance") (= jsonPayload/targetUser "alex"))`}, // doc
	{"resource.type = \"gce_instance\"\n-- jsonPayload.targetUser = \"alex\"\njsonPayload.targetUser = \"kiran\"\n-- jsonPayload.targetUser = \"sasha\"",
		`(and (= resource/type "gce_instance") (= jsonPayload/targetUser "kiran"))`}, // doc
	{`severity=ERROR -- at the end`, `(= severity "ERROR")`},
	{"severity= -- before the value\nERROR", `(= severity "ERROR")`},
	{`textPayload:"a -- b"`, `(: textPayload "a -- b")`},
	{`a--b`, `"a--b"`},

	// Texts to search for.
	{`"The Cat in The Hat"`, `"The Cat in The Hat"`},                 // doc
	{`unicorn`, `"unicorn"`},                                         // doc
	{`unicorn phoenix`, `(and "unicorn" "phoenix")`},                 // doc
	{`("cat" AND ("hat" OR "bat"))`, `(and "cat" (or "hat" "bat"))`}, // doc
	{`"Hello Kitty" -- THIS CAUSES A SLOW SEARCH!`, `"Hello Kitty"`}, // doc
	{`10.0.0.1`, `"10.0.0.1"`},
	{`projects/acme-staging`, `"projects/acme-staging"`},
	{`Füße`, `"Füße"`},
	{`ANDROID ORDER NOTHING`, `(and "ANDROID" "ORDER" "NOTHING")`},
	{`""`, `""`},
	{`"and"`, `"and"`},
	{`"AND"`, `"AND"`},

	// Operators.
	{`resource.type = "gae_app"`, `(= resource/type "gae_app")`},                                                     // doc
	{`resource.type=gae_app`, `(= resource/type "gae_app")`},                                                         // doc
	{`resource.type=gae_app AND logName:request_log`, `(and (= resource/type "gae_app") (: logName "request_log"))`}, // doc
	{`resource.labels.instance_id!=4711`, `(!= resource/labels/instance_id "4711")`},
	{`httpRequest.status>499`, `(> httpRequest/status "499")`},
	{`httpRequest.status >= 500`, `(>= httpRequest/status "500")`},
	{`httpRequest.status<500`, `(< httpRequest/status "500")`},
	{`httpRequest.status<=499`, `(<= httpRequest/status "499")`},
	{`textPayload:robot`, `(: textPayload "robot")`},
	{`textPayload=~"foo.*bar"`, `(=~ textPayload "foo.*bar")`},
	{`textPayload!~"foo"`, `(!~ textPayload "foo")`},
	{"textPayload\n=\n\"x\"", `(= textPayload "x")`},
	{`textPayload!="x"`, `(!= textPayload "x")`},
	{`operation.id:*`, `(: operation/id *)`}, // doc
	{`operation.id : *`, `(: operation/id *)`},
	{`jsonPayload.field = NULL_VALUE -- includes "field" with null value`, `(= jsonPayload/field null)`},           // doc
	{`NOT jsonPayload.field = NULL_VALUE -- excludes "field" with null value`, `(not (= jsonPayload/field null))`}, // doc
	{`jsonPayload.field != NULL_VALUE`, `(!= jsonPayload/field null)`},
	{`jsonPayload.field = "NULL_VALUE"`, `(= jsonPayload/field "NULL_VALUE")`},

	// AND, OR, NOT and what binds stronger.
	{`resource.type = "gae_app" AND severity = "ERROR"`, `(and (= resource/type "gae_app") (= severity "ERROR"))`},                           // doc
	{`resource.type = "gae_app" OR resource.type = "gce_instance"`, `(or (= resource/type "gae_app") (= resource/type "gce_instance"))`},     // doc
	{`resource.type = "gae_app" AND (severity = "ERROR" OR "error")`, `(and (= resource/type "gae_app") (or (= severity "ERROR") "error"))`}, // doc
	{"resource.type = \"gce_instance\" AND\nseverity >= \"ERROR\" AND\nNOT textPayload:robot",
		`(and (= resource/type "gce_instance") (>= severity "ERROR") (not (: textPayload "robot")))`}, // doc
	{`"a" OR NOT "b" AND NOT "c" OR "d"`, `(and (or "a" (not "b")) (or (not "c") "d"))`},                                     // doc
	{`("a" OR (NOT "b")) AND ((NOT "c") OR "d")`, `(and (or "a" (not "b")) (or (not "c") "d"))`},                             // doc
	{`labels.a="b" AND labels.c="d" AND NOT labels.e="f"`, `(and (= labels/a "b") (= labels/c "d") (not (= labels/e "f")))`}, // doc, with fields that exist
	{`labels.a="b" labels.c="d" -labels.e="f"`, `(and (= labels/a "b") (= labels/c "d") (not (= labels/e "f")))`},            // doc, likewise
	{`a b OR c`, `(and "a" (or "b" "c"))`},
	{`a OR b c`, `(and (or "a" "b") "c")`},
	{`a OR b OR c`, `(or "a" "b" "c")`},
	{`(a OR b) OR c`, `(or "a" "b" "c")`},
	{`a AND (b AND c)`, `(and "a" "b" "c")`},
	{`a(b)c`, ``},
	{`a AND(b)`, `(and "a" "b")`},
	{`NOT(a b)`, `(not (and "a" "b"))`},
	{`NOT a OR b`, `(or (not "a") "b")`},
	{`NOT NOT a`, `(not (not "a"))`},
	{`-a`, `(not "a")`},
	{`-(a OR b)`, `(not (or "a" "b"))`},
	{`-"a b"`, `(not "a b")`},
	{`--a` + "\n" + `b`, `"b"`},
	{"severity>=ERROR\ntextPayload:x\n\n", `(and (>= severity "ERROR") (: textPayload "x"))`},
	{"severity>=ERROR\r\ntextPayload:x", `(and (>= severity "ERROR") (: textPayload "x"))`},
	{"severity>=ERROR\u00a0textPayload:x", `(and (>= severity "ERROR") (: textPayload "x"))`},
	{`((((a))))`, `"a"`},
	{`"a""b"`, `(and "a" "b")`},

	// Several values.
	{`resource.type = ("gae_app" OR "gce_instance")`, `(= resource/type (or "gae_app" "gce_instance"))`},                   // doc
	{`resource.type = ("gce_instance" OR "aws_ec2_instance")`, `(= resource/type (or "gce_instance" "aws_ec2_instance"))`}, // doc
	{`resource.type = (gce_instance OR aws_ec2_instance) AND severity >= ERROR`,
		`(and (= resource/type (or "gce_instance" "aws_ec2_instance")) (>= severity "ERROR"))`}, // doc
	{`jsonPayload.cat = ("longhair" OR "shorthair")`, `(= jsonPayload/cat (or "longhair" "shorthair"))`},                 // doc
	{`jsonPayload.animal : ("nice" AND "pet")`, `(: jsonPayload/animal (and "nice" "pet"))`},                             // doc
	{`textPayload:(unicorn phoenix)`, `(: textPayload (and "unicorn" "phoenix"))`},                                       // doc
	{`textPayload:"unicorn phoenix"`, `(: textPayload "unicorn phoenix")`},                                               // doc
	{`NOT textPayload: "unicorn phoenix"`, `(not (: textPayload "unicorn phoenix"))`},                                    // doc
	{`labels.env =~ ("^prod.*server" OR "^staging.*server")`, `(=~ labels/env (or "^prod.*server" "^staging.*server"))`}, // doc
	{`jsonPayload.message : ("foo" AND "bar")`, `(: jsonPayload/message (and "foo" "bar"))`},                             // doc
	{`textPayload:(a OR b c)`, `(: textPayload (and (or "a" "b") "c"))`},
	{`textPayload:(NOT a b)`, `(: textPayload (and (not "a") "b"))`},
	{`textPayload:(-a OR (b c))`, `(: textPayload (or (not "a") (and "b" "c")))`},
	{`jsonPayload.x=(-5 OR 3)`, `(= jsonPayload/x (or "-5" "3"))`},
	{`textPayload:("x")`, `(: textPayload "x")`},
	{`resource.type!=("a" OR "b")`, `(!= resource/type (or "a" "b"))`},

	// Fields.
	{`labels."compute.googleapis.com/resource_id"="1"`, `(= labels/compute.googleapis.com/resource_id "1")`}, // doc
	{`labels."k8s-pod/app"=mailer`, `(= labels/k8s-pod/app "mailer")`},
	{`labels.k8s-pod/app=mailer`, `(= labels/k8s-pod/app "mailer")`},
	{`jsonPayload.":name":apple`, `(: jsonPayload/:name "apple")`},                     // doc
	{`jsonPayload."foo.bar":apple`, `(: jsonPayload/foo.bar "apple")`},                 // doc
	{`jsonPayload."\"foo\"":apple`, `(: jsonPayload/"foo" "apple")`},                   // doc
	{`jsonPayload.httpRequest.protocol=x`, `(= jsonPayload/httpRequest/protocol "x")`}, // doc
	{`jsonPayload."a b"."c d".e="x"`, `(= jsonPayload/a b/c d/e "x")`},
	{`protoPayload."@type"="type.googleapis.com/google.cloud.audit.AuditLog"`, `(= protoPayload/@type "type.googleapis.com/google.cloud.audit.AuditLog")`},
	{`protoPayload.@type:AuditLog`, `(: protoPayload/@type "AuditLog")`},
	{`log_name="x" insert_id="y" span_id="z" http_request.request_url:a`, `(and (= log_name "x") (= insert_id "y") (= span_id "z") (: http_request/request_url "a"))`},
	{`RESOURCE.TYPE="x"`, `(= RESOURCE/TYPE "x")`},
	{`trace="" traceSampled=true`, `(and (= trace "") (= traceSampled "true"))`},
	{`sourceLocation.line=12 sourceLocation.file =~ "foo" sourceLocation.function:f`, // doc
		`(and (= sourceLocation/line "12") (=~ sourceLocation/file "foo") (: sourceLocation/function "f"))`},
	{`split.uid:* split.index=0 split.totalSplits>1`, `(and (: split/uid *) (= split/index "0") (> split/totalSplits "1"))`},
	{`operation.first=true operation.last=FALSE operation.producer:x`, `(and (= operation/first "true") (= operation/last "FALSE") (: operation/producer "x"))`},
	{`errorGroups.id="CJk" errorGroups:*`, `(and (= errorGroups/id "CJk") (: errorGroups *))`},
	{`metadata.userLabels.team=x metadata.systemLabels.top:*`, `(and (= metadata/userLabels/team "x") (: metadata/systemLabels/top *))`},
	{`httpRequest.cacheHit=true httpRequest.responseSize>1000 httpRequest.serverIp:10 httpRequest.latency>"1s"`,
		`(and (= httpRequest/cacheHit "true") (> httpRequest/responseSize "1000") (: httpRequest/serverIp "10") (> httpRequest/latency "1s"))`},
	{`jsonPayload:"/score called"`, `(: jsonPayload "/score called")`},
	{`labels:x resource.labels:y httpRequest:z`, `(and (: labels "x") (: resource/labels "y") (: httpRequest "z"))`},
	{`apphub.application.id=x otel.x:*`, `(and (= apphub/application/id "x") (: otel/x *))`},

	// Values.
	{`severity=error severity>="Warning" severity<500`, `(and (= severity "error") (>= severity "Warning") (< severity "500"))`},
	{`timestamp >= "2016-11-29T23:00:00Z" timestamp <= "2016-11-29T23:30:00Z"`, // doc
		`(and (>= timestamp "2016-11-29T23:00:00Z") (<= timestamp "2016-11-29T23:30:00Z"))`},
	{`timestamp > "2016-11-29"`, `(> timestamp "2016-11-29")`}, // doc
	{`timestamp>2016-11-29`, `(> timestamp "2016-11-29")`},
	{`timestamp >= "2016-06-27T14:40:00-04:00"`, `(>= timestamp "2016-06-27T14:40:00-04:00")`}, // doc
	{`timestamp >= "2016-06-27T12:40:00-04:00" AND timestamp <= "2016-06-27T14:40:00-04:00"`, // doc
		`(and (>= timestamp "2016-06-27T12:40:00-04:00") (<= timestamp "2016-06-27T14:40:00-04:00"))`},
	{`timestamp="2014-10-02T15:01:23.045Z" receiveTimestamp<"2014-10-02T15:01:23.045123456Z"`,
		`(and (= timestamp "2014-10-02T15:01:23.045Z") (< receiveTimestamp "2014-10-02T15:01:23.045123456Z"))`},
	{`httpRequest.latency>=501ms httpRequest.latency<1.5s httpRequest.latency!="-1h"`,
		`(and (>= httpRequest/latency "501ms") (< httpRequest/latency "1.5s") (!= httpRequest/latency "-1h"))`},
	{`jsonPayload.x=-3.2e-8`, `(= jsonPayload/x "-3.2e-8")`}, // doc
	{`jsonPayload.x="nan"`, `(= jsonPayload/x "nan")`},       // doc
	{`jsonPayload.id="9223372036854775807"`, `(= jsonPayload/id "9223372036854775807")`},
	{`logName = "projects/my-project-id/logs/cloudaudit.googleapis.com%2Factivity"`,
		`(= logName "projects/my-project-id/logs/cloudaudit.googleapis.com%2Factivity")`}, // doc
	{`logName=projects/my-project/logs/syslog`, `(= logName "projects/my-project/logs/syslog")`},
	{`logName = "projects/my-project-id/logs/compute.googleapis.com%2Factivity_log" AND "GCE_OPERATION_DONE"`,
		`(and (= logName "projects/my-project-id/logs/compute.googleapis.com%2Factivity_log") "GCE_OPERATION_DONE")`}, // doc
	{`resource.type = "gce_instance" AND resource.labels.instance_id = "6731710280662790612"` + "\n" + `logName = "x"`,
		`(and (= resource/type "gce_instance") (= resource/labels/instance_id "6731710280662790612") (= logName "x"))`}, // doc
	{`insertId = "abc:def"`, `(= insertId "abc:def")`},                                               // doc
	{`insertId = ("ABC-1" OR "ABC-2")`, `(= insertId (or "ABC-1" "ABC-2"))`},                         // doc
	{`insertId = "ABC-1" OR "ABC-2"  -- ERROR!?`, `(or (= insertId "ABC-1") "ABC-2")`},               // doc
	{`textPayload = "Hello Kitty"`, `(= textPayload "Hello Kitty")`},                                 // doc
	{`jsonPayload.my_favorite_cat = "Hello Kitty"`, `(= jsonPayload/my_favorite_cat "Hello Kitty")`}, // doc

	// Escapes.
	{`textPayload:"a\"b\\c"`, `(: textPayload "a\"b\\c")`},
	{`textPayload:"a\tb\nc\r"`, `(: textPayload "a\tb\nc\r")`},
	{`textPayload:"\u00e9\U0001F600"`, `(: textPayload "é😀")`},
	{`textPayload:"\x41\101\303\251"`, `(: textPayload "AAé")`},
	{`textPayload:"\377"`, `(: textPayload "�")`},
	{`textPayload:"\d\q\x4"`, `(: textPayload "\\d\\q\\x4")`},
	{`textPayload:"\a\b\f\v"`, `(: textPayload "\a\b\f\v")`},

	// Regular expressions: RE2 reads its escapes itself.
	{`jsonPayload.message =~ "regular expression pattern"`, `(=~ jsonPayload/message "regular expression pattern")`}, // doc
	{`jsonPayload.message !~ "regular expression pattern"`, `(!~ jsonPayload/message "regular expression pattern")`}, // doc
	{`jsonPayload.message =~ "foo.*bar|bar.*foo"`, `(=~ jsonPayload/message "foo.*bar|bar.*foo")`},                   // doc
	{`labels.subnetwork_name =~ "(?i)foo"`, `(=~ labels/subnetwork_name "(?i)foo")`},                                 // doc
	{`jsonPayload.message =~ "field1=\"bar.*\""`, `(=~ jsonPayload/message "field1=\"bar.*\"")`},                     // doc
	{`labels.pod_name =~ "(foo|bar)"`, `(=~ labels/pod_name "(foo|bar)")`},                                           // doc
	{`logName =~ "/my%2Flog$"`, `(=~ logName "/my%2Flog$")`},                                                         // doc
	{`labels.pod_name !~ "foo"`, `(!~ labels/pod_name "foo")`},                                                       // doc
	{`logName =~ "^foo" logName =~ "foo$"`, `(and (=~ logName "^foo") (=~ logName "foo$"))`},                         // doc
	{`textPayload=~"\d+\.\d+ms\b"`, `(=~ textPayload "\\d+\\.\\d+ms\\b")`},
	{`textPayload=~"\\d+\\.\\d+ms\\b"`, `(=~ textPayload "\\d+\\.\\d+ms\\b")`},
	{`textPayload=~"\x2e\056"`, `(=~ textPayload "\\x2e\\056")`},
	{`textPayload=~"a\\\\b"`, `(=~ textPayload "a\\\\b")`},
	{`textPayload=~"line\nbreak\001"`, `(=~ textPayload "line\nbreak\x01")`},

	// Functions.
	{`log_id("cloudaudit.googleapis.com/activity")`, `(log_id "cloudaudit.googleapis.com/activity")`}, // doc
	{`LOG_ID(run.googleapis.com/stderr)`, `(log_id "run.googleapis.com/stderr")`},
	{`NOT log_id("x") log_id("y") OR log_id("z")`, `(and (not (log_id "x")) (or (log_id "y") (log_id "z")))`},
	{`cast(timestamp, STRING, TIMEZONE("America/New_York")) =~ "^2023-01-02.*"`, `(=~ (cast timestamp STRING (timezone "America/New_York")) "^2023-01-02.*")`}, // doc
	{`CAST(REGEXP_EXTRACT(CAST(timestamp, STRING), "\\d+:\\d+:\\d+\\.(\\d+)"), INT64) < 500`,
		`(< (cast (regexp_extract (cast timestamp STRING) "\\d+:\\d+:\\d+\\.(\\d+)") INT64) "500")`}, // doc
	{`REGEXP_EXTRACT(textPayload, "took (\d+)ms")=("12" OR "13")`, `(= (regexp_extract textPayload "took (\\d+)ms") (or "12" "13"))`},
	{`source(organizations/ORGANIZATION_ID) OR source(folders/folder_123) OR source("projects/PROJECT_ID")`,
		`(or (source "organizations/ORGANIZATION_ID") (source "folders/folder_123") (source "projects/PROJECT_ID"))`}, // doc
	{`logName = "projects/my-project/logs/syslog" AND sample(insertId, 0.25)`, `(and (= logName "projects/my-project/logs/syslog") (sample insertId "0.25"))`}, // doc
	{`jsonPayload.field:* AND sample(jsonPayload.field, 0.01)`, `(and (: jsonPayload/field *) (sample jsonPayload/field "0.01"))`},                             // doc
	{`logName = "projects/my_project/logs/my_log" AND ip_in_net(jsonPayload.realClientIP, "10.1.2.0/24")`,
		`(and (= logName "projects/my_project/logs/my_log") (ip_in_net jsonPayload/realClientIP "10.1.2.0/24"))`}, // doc
	{`ip_in_net(httpRequest.remoteIp, "1:2::/48") ip_in_net(jsonPayload.a, 10.1.2.3)`, `(and (ip_in_net httpRequest/remoteIp "1:2::/48") (ip_in_net jsonPayload/a "10.1.2.3"))`},
	{`SEARCH("world") SEARCH("World")`, `(and (search "world") (search "World"))`},                                         // doc
	{`SEARCH("hello world")`, `(search "hello world")`},                                                                    // doc
	{`SEARCH(textPayload, "hello world")`, `(search textPayload "hello world")`},                                           // doc
	{"SEARCH(\"`hello world`\") search(\"`HELLO WORLD`\")", "(and (search \"`hello world`\") (search \"`HELLO WORLD`\"))"}, // doc
	{`SEARCH( jsonPayload , "x" )`, `(search jsonPayload "x")`},
	{`severity>=ERROR AND SEARCH(labels."k8s-pod/app", "mailer")`, `(and (>= severity "ERROR") (search labels/k8s-pod/app "mailer"))`},
}

func TestParse(t *testing.T) {
	if len(valid) < 150 {
		t.Errorf("only %d filters", len(valid))
	}
	for _, tt := range valid {
		f, err := lql.Parse(tt.filter)
		if tt.want == "" {
			if err == nil {
				t.Errorf("%s\nis no filter, got %s", tt.filter, tree(f.Expr()))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s\n%v", tt.filter, err)
			continue
		}
		if got := tree(f.Expr()); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.filter, got, tt.want)
		}
		checkPrinted(t, f)
	}
}

// checkPrinted checks that what f prints is read as f again.
func checkPrinted(t *testing.T, f *lql.Filter) {
	t.Helper()
	text := f.String()
	again, err := lql.Parse(text)
	if err != nil {
		t.Errorf("printed as %s\n%v", text, err)
		return
	}
	if got, want := tree(again.Expr()), tree(f.Expr()); got != want {
		t.Errorf("printed as %s\nread as %s\nwant    %s", text, got, want)
	}
	if again.String() != text {
		t.Errorf("printed as %s, then as %s", text, again.String())
	}
}

func TestPrint(t *testing.T) {
	for _, tt := range []struct{ filter, want string }{
		{"severity >= 'x'", ""},
		{"severity >= error\n  textPayload : x -- c", `severity>="error" AND textPayload:"x"`},
		{`severity="ERROR" httpRequest.status="500" traceSampled="true"`, `severity=ERROR AND httpRequest.status=500 AND traceSampled=true`},
		{`a OR b c`, `("a" OR "b") AND "c"`},
		{`a (b OR c)`, `"a" AND ("b" OR "c")`},
		{`NOT (a b) -c NOT NOT d`, `NOT ("a" AND "b") AND NOT "c" AND NOT (NOT "d")`},
		{`resource.type=(a OR b) labels."a.b/c":*`, `resource.type=("a" OR "b") AND labels."a.b/c":*`},
		{`textPayload:("a" (b OR NOT c))`, `textPayload:("a" AND ("b" OR NOT "c"))`},
		{`textPayload=~"\d\n"`, `textPayload=~"\\d\n"`},
		{`jsonPayload.AND."1a".a-b="x"`, `jsonPayload."AND"."1a".a-b="x"`},
		{`sample(insertId,.5)`, `sample(insertId, ".5")`},
	} {
		f, err := lql.Parse(tt.filter)
		if err != nil {
			if tt.want != "" {
				t.Errorf("%s\n%v", tt.filter, err)
			}
			continue
		}
		if got := f.String(); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.filter, got, tt.want)
		}
	}
}

// Where col is 0 the place does not matter; it is that of the first problem.
var invalid = []struct {
	filter    string
	code      string
	col, end  int
	has, hint string
}{
	{`thud="x"`, "field", 1, 5, "no field thud", "There are insertId"},                                  // doc
	{`operation.thud=1`, "field", 1, 15, "no field operation.thud", "operation.id"},                     // doc
	{`textPayload.thud=1`, "field", 1, 17, "textPayload has no fields of its own", "Write textPayload"}, // doc
	{`logName.x=1`, "field", 1, 10, "no fields of its own", "Write logName"},
	{`severty>=ERROR`, "field", 1, 8, "no field severty", `Did you mean "severity"?`},
	{`jsonpayloud.a=1`, "field", 1, 14, "no field", `Did you mean "jsonPayload.a"?`},
	{`httpRequest.statsu=1`, "field", 1, 19, "no field", `Did you mean "httpRequest.status"?`},
	{`resource.label.x=1`, "field", 1, 17, "no field", `Did you mean "resource.labels"?`},
	{`message="x"`, "field", 1, 8, "no field message", "jsonPayload.message"},
	{`status>=500`, "field", 1, 7, "no field status", "httpRequest.status"},
	{`service="x"`, "field", 0, 0, "no field service", "resource.labels.service_name"},
	{`methodName:x`, "field", 0, 0, "no field methodName", "protoPayload."},
	{`jsonPayload..a=1`, "field", 1, 15, "empty name", ""},
	{`"resource.type"="x"`, "field", 1, 16, "no field", ""},
	{`labels."x"`, "operator", 1, 11, "not compared", `labels."x":*`},
	{`jsonPayload="x"`, "field", 1, 12, "is an object", ":"},
	{`httpRequest>5`, "field", 1, 12, "is an object", ""},

	{`severity>=WARN`, "severity", 11, 15, `no severity "WARN"`, "Write WARNING"},
	{`severity=(ERROR OR FATAL)`, "severity", 20, 25, `no severity "FATAL"`, "Write CRITICAL"},
	{`severity=EROR`, "severity", 10, 14, "no severity", `Did you mean "ERROR"?`},
	{`severity="x"`, "severity", 10, 13, "no severity", "There are EMERGENCY"},
	{`severity=~"ERR"`, "value", 11, 16, "only texts match a regular expression", "severity>=ERROR"},
	{`severity=NULL_VALUE`, "severity", 10, 20, "no severity", ""},
	{`httpRequest.status=5xx`, "value", 20, 23, "no whole number", "httpRequest.status>=500 AND httpRequest.status<=599"},
	{`httpRequest.status="ok"`, "value", 20, 24, "no whole number", "500"},
	{`httpRequest.status=200.5`, "value", 0, 0, "no whole number", ""},
	{`httpRequest.status=~"5.."`, "value", 0, 0, "regular expression", "httpRequest.status>=500"},
	{`httpRequest.latency>1.5`, "value", 21, 24, "no duration", "1.5s"},
	{`httpRequest.latency>"1h30m"`, "value", 0, 0, "no duration", ""},
	{`httpRequest.cacheHit=yes`, "value", 0, 0, "no boolean", "true or false"},
	{`timestamp>="yesterday"`, "value", 12, 23, "no time", "2026-01-25T09:54:00Z"},
	{`timestamp>="2020-01-01 00:00:00Z"`, "value", 12, 34, "no time", `"2020-01-01T00:00:00Z"`},
	{`timestamp>="9999-01-01"`, "value", 0, 0, "no time", ""},
	{`timestamp=~"2020"`, "value", 0, 0, "regular expression", "cast(timestamp, STRING)"},
	{`textPayload:NULL_VALUE`, "value", 13, 23, "NULL_VALUE", "= or !="},

	{`insertId = abc:def`, "quote", 12, 19, "with : in it must be quoted", `"abc:def"`}, // doc
	{`timestamp>=2020-01-01T00:00:00Z`, "quote", 12, 32, "must be quoted", `"2020-01-01T00:00:00Z"`},
	{`textPayload:foo*`, "quote", 13, 17, "with * in it", ""},
	{`textPayload:+x`, "quote", 13, 15, "begins with +", `"+x"`},
	{`textPayload:-x`, "quote", 13, 15, "begins with -", `"-x"`},
	{`textPayload:.x`, "quote", 13, 15, "begins with .", `".x"`},
	{`+x`, "quote", 1, 3, "begins with +", `"+x"`},
	{`textPayload:'foo bar'`, "quote", 13, 22, "double quotes", ""},
	{`'foo'`, "quote", 1, 6, "double quotes", ""},
	{`textPayload:“foo”`, "quote", 13, 18, "double quotes", ""},
	{`textPayload:"foo`, "string", 13, 17, "not closed", `\"`},
	{`"a\"`, "string", 1, 5, "not closed", ""},
	{"severity=ERROR\ntextPayload:\"foo\nbar", "string", 13, 17, "not closed", ""},

	{`severity>=ERROR and textPayload:x`, "operator", 17, 20, "capitals", "Write AND"},
	{`a or b`, "operator", 3, 5, "capitals", "Write OR"},
	{`not a`, "operator", 1, 4, "capitals", "Write NOT"},
	{`textPayload:(a or b)`, "operator", 16, 18, "capitals", "Write OR"},
	{`a && b`, "operator", 3, 5, "&&", "Write AND"},
	{`a || b`, "operator", 3, 5, "||", "Write OR"},
	{`!a`, "operator", 1, 3, "!", "Write NOT"},
	{`a AND`, "operator", 3, 6, "nothing behind AND", ""},
	{`a OR`, "operator", 3, 5, "nothing behind OR", ""},
	{`NOT`, "operator", 1, 4, "nothing behind NOT", ""},
	{`AND a`, "operator", 1, 4, "nothing before AND", ""},
	{`OR a`, "operator", 1, 3, "nothing before OR", ""},
	{`a AND OR b`, "operator", 7, 9, "OR follows AND", ""},
	{`a AND AND b`, "operator", 7, 10, "AND follows AND", ""},
	{`(AND a)`, "operator", 2, 5, "nothing before AND", ""},
	{`NOT AND a`, "operator", 5, 8, "AND follows NOT", ""},
	{`a - b`, "operator", 3, 4, "minus stands alone", ""},
	{`=x`, "operator", 1, 2, "no field before", ""},
	{`a, b`, "operator", 2, 3, "comma", ""},
	{`*`, "operator", 1, 2, "asterisk", "field:*"},
	{`textPayload=*`, "operator", 13, 14, "asterisk", "field:*"},
	{`textPayload==x`, "operator", 12, 14, "no operator ==", "Write ="},
	{`httpRequest.status=>500`, "operator", 19, 21, "no operator =>", "Write >="},
	{`textPayload<>x`, "operator", 12, 14, "no operator <>", "Write !="},
	{`textPayload~x`, "operator", 12, 13, "no operator ~", "Write =~"},
	{`textPayload=`, "value", 12, 13, "no value behind =", ""},
	{`(textPayload=)`, "value", 13, 14, "no value behind =", ""},
	{`textPayload:=x`, "operator", 12, 14, "no operator :=", ""},
	{`textPayload=AND severity=ERROR`, "value", 13, 16, "no value before AND", ""},
	{`textPayload=(severity=ERROR)`, "quote", 14, 28, "with = in it", ""},
	{`timestamp>=now("x")`, "value", 12, 15, "function cannot stand", ""},

	{`(a`, "parenthesis", 1, 2, "not closed", ""},
	{`textPayload:(a OR b`, "parenthesis", 13, 14, "not closed", ""},
	{`a)`, "parenthesis", 2, 3, "closes nothing", ""},
	{`()`, "parenthesis", 1, 3, "nothing in", ""},
	{`textPayload:()`, "parenthesis", 13, 15, "nothing in", ""},
	{`log_id("x"`, "parenthesis", 7, 8, "not closed", ""},
	{strings.Repeat("(", 500), "nesting", 0, 0, "nests too deep", ""},
	{strings.Repeat("NOT ", 500) + "a", "nesting", 0, 0, "nests too deep", ""},
	{strings.Repeat("cast(", 500), "nesting", 0, 0, "nests too deep", ""},

	{`textPayload=~"(a"`, "regexp", 14, 18, "missing closing )", "re2"},
	{`textPayload=~("a" OR "[b")`, "regexp", 22, 26, "missing closing ]", ""},
	{`textPayload=~"(?=a)"`, "regexp", 0, 0, "invalid", "neither ahead nor behind"},
	{`textPayload=~"*.log"`, "regexp", 0, 0, "repetition", ".*"},
	{`textPayload=~"\y"`, "regexp", 0, 0, "escape", `\\`},

	{`serch("x")`, "function", 1, 11, "no function serch", `"SEARCH"`},
	{`logid("x")`, "function", 1, 11, "no function logid", `"log_id"`},
	{`frobnicate(x)`, "function", 1, 14, "no function frobnicate", "There are log_id"},
	{`a(b)c`, "function", 0, 0, "no function a", ""},
	{`TIMEZONE("UTC")`, "function", 0, 0, "no function", ""},
	{`log_id()`, "function", 1, 9, "number of arguments", "log_id("},
	{`log_id("a", "b")`, "function", 0, 0, "number of arguments", ""},
	{`SEARCH("a" "b")`, "function", 12, 13, "no comma", ""},
	{`SEARCH("a", "b")`, "function", 0, 0, "argument 1", "SEARCH(textPayload"},
	{`SEARCH(textPayload)`, "function", 0, 0, "argument 1", ""},
	{`SEARCH("")`, "value", 8, 10, "no word", ""},
	{`SEARCH(thud, "b")`, "field", 8, 12, "no field thud", ""},
	{`sample("insertId", 0.5)`, "function", 0, 0, "argument 1", "sample(insertId"},
	{`sample(insertId, 2)`, "value", 18, 19, "share", ""},
	{`sample(insertId, 0)`, "value", 18, 19, "share", ""},
	{`sample(insertId, nan)`, "value", 0, 0, "share", ""},
	{`sample(insertId,)`, "function", 17, 18, "argument missing", ""},
	{`ip_in_net(jsonPayload.a, "10.1.2.0/99")`, "value", 26, 39, "no address", ""}, // doc: an error
	{`ip_in_net(jsonPayload.a, "here")`, "value", 0, 0, "no address", ""},
	{`cast(timestamp, STRING)`, "function", 0, 0, "must be compared", ""},
	{`cast(timestamp, TEXT)="x"`, "function", 0, 0, "no type TEXT", "STRING"},
	{`cast(timestamp, STRING, TIMEZONE("Mars/Base"))="x"`, "function", 0, 0, "no time zone", ""},
	{`cast(jsonPayload.a, INT64)="x"`, "value", 28, 31, "no whole number", ""},
	{`cast(jsonPayload.a, FLOAT64)="x"`, "value", 0, 0, "no number", ""},
	{`cast(jsonPayload.a, INT64):*`, "value", 0, 0, "texts and numbers only", ""},
	{`regexp_extract(textPayload, "a")="x"`, "regexp", 29, 32, "one group", "(?:"}, // doc: an error
	{`regexp_extract(textPayload, "(a)(b)")="x"`, "regexp", 0, 0, "one group", ""}, // doc: an error
	{`regexp_extract(textPayload, "(a")="x"`, "regexp", 0, 0, "missing closing )", ""},
	{`log_id("x")="y"`, "function", 0, 0, "selects entries", ""},

	{strings.Repeat("x", lql.MaxLength+1), "length", 0, 0, "20001 characters", ""}, // doc
	{"a\xffb", "encoding", 0, 0, "UTF-8", ""},
}

func TestInvalid(t *testing.T) {
	for _, tt := range invalid {
		shown := tt.filter
		if len(shown) > 60 {
			shown = shown[:60] + "…"
		}
		_, err := lql.Parse(tt.filter)
		var problems diag.Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Errorf("%s\nno problem: %v", shown, err)
			continue
		}
		p := problems[0]
		if p.Code != tt.code || !strings.Contains(p.Message, tt.has) || !strings.Contains(p.Hint, tt.hint) ||
			tt.col > 0 && (p.Col != tt.col || p.EndCol != tt.end) {
			t.Errorf("%s\ngot  %d–%d [%s] %s / %s\nwant %d–%d [%s] %s / %s", shown, p.Col, p.EndCol, p.Code, p.Message, p.Hint,
				tt.col, tt.end, tt.code, tt.has, tt.hint)
		}
	}
}

func TestProblemsAreShownWithTheirPlace(t *testing.T) {
	_, err := lql.Parse("resource.type=gce_instance\n  severty>=ERROR -- ä\nAND httpRequest.status=5xx")
	var problems diag.Problems
	if !errors.As(err, &problems) || len(problems) != 2 {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := problems.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	want := `a log entry has no field severty [field]
  |
2 |   severty>=ERROR -- ä
  |   ^~~~~~~
  Did you mean "severity"?

"5xx" is no whole number [value]
  |
3 | AND httpRequest.status=5xx
  |                        ^~~
  Write httpRequest.status>=500 AND httpRequest.status<=599
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// The longest filter, and the widest, are read.
func TestLongFilters(t *testing.T) {
	x := strings.Repeat("a OR ", (lql.MaxLength-1)/5)
	f, err := lql.Parse(x[:lql.MaxLength-5] + "b")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.Expr().(*lql.Disjunction).Of); n < 3999 {
		t.Error(n)
	}
	// Printed, it is longer than the service takes.
	if _, err := lql.Compile(f.Expr()); err != nil {
		t.Error(err)
	}
	if _, err := lql.Parse(strings.Repeat("ä", lql.MaxLength)); err != nil {
		t.Errorf("characters are counted, not bytes: %v", err)
	}
}

func ExampleParse() {
	_, err := lql.Parse(`severity>=WARN`)
	var problems diag.Problems
	errors.As(err, &problems)
	fmt.Print(problems[0])
	// Output:
	// there is no severity "WARN" [severity]
	//   |
	// 1 | severity>=WARN
	//   |           ^~~~
	//   Write WARNING
}
