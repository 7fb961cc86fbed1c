package ingest

import (
	"strings"
	"testing"

	"logwhy/internal/logentry"
)

func TestMessage(t *testing.T) {
	for _, c := range []struct{ name, record, want string }{
		{"text", `{"textPayload":"a line"}`, "a line"},
		{"text keeps its indent", `{"textPayload":"    at f (x.js:1)\n"}`, "    at f (x.js:1)"},
		{"message", `{"jsonPayload":{"msg":"b","message":"a","event":"c"}}`, "a"},
		{"msg", `{"jsonPayload":{"event":"c","msg":"b"}}`, "b"},
		{"event", `{"jsonPayload":{"event":"order.priced","level":"info"}}`, "order.priced"},
		{"journald", `{"jsonPayload":{"MESSAGE":"m","PRIORITY":"3"}}`, "m"},
		{"log", `{"jsonPayload":{"log":"m","stream":"stdout"}}`, "m"},
		{"text inside", `{"jsonPayload":{"textPayload":"m","x":1}}`, "m"},
		{"error", `{"jsonPayload":{"error":"e","x":1}}`, "e"},
		{"err", `{"jsonPayload":{"err":"e","x":1}}`, "e"},
		{"exception", `{"jsonPayload":{"exception":"e","x":1}}`, "e"},
		{"empty message", `{"jsonPayload":{"message":"","event":"e"}}`, "e"},
		{"number", `{"jsonPayload":{"message":7}}`, "7"},
		{"object", `{"jsonPayload":{"message":{"message":"inner","stack":"Error: inner\n    at f"}}}`, "inner"},
		{"object in object", `{"jsonPayload":{"message":{"error":{"msg":"inner"}}}}`, "inner"},
		{"list", `{"jsonPayload":{"message":["first",{"x":1}]}}`, "first"},
		{"list of objects", `{"jsonPayload":{"message":[{"message":"inner"}]}}`, "inner"},
		{"empty list", `{"jsonPayload":{"message":[],"a":"b"}}`, "a=b"},
		{"nested too deep", `{"jsonPayload":{"message":{"error":{"error":{"error":{"error":{"msg":"x"}}}}},"a":"b"}}`, "a=b"},
		{"detail alone", `{"jsonPayload":{"error":{"type":"StockError","message":"no stock"},"x":1}}`, "StockError: no stock"},
		{".NET", `{"jsonPayload":{"EventId":0,"LogLevel":"Error","Category":"Acme.Orders","Message":"order failed"}}`, "order failed"},
		{"Serilog", `{"jsonPayload":{"@t":"2026-01-15T12:00:00.5Z","@mt":"Order {Id} failed","@l":"Error","Id":17}}`, "Order {Id} failed"},
		{"tracing", `{"jsonPayload":{"level":"ERROR","fields":{"message":"order failed","error":"no stock"},"target":"orders"}}`, "order failed"},
		{"scheduler", `{"jsonPayload":{"jobName":"nightly","status":"INTERNAL"},"httpRequest":{"status":500}}`, "jobName=nightly status=INTERNAL"},
		{"scalars", `{"jsonPayload":{"level":"info","order":"o 1","n":2,"ok":true,"none":null,"list":[1],"q":"a\"b","time":"2026-01-15T12:00:00Z"}}`, `order="o 1" n=2 ok=true q="a\"b"`},
		{"nothing", `{"jsonPayload":{"a":[1]}}`, ""},
		{"request", `{"httpRequest":{"requestMethod":"GET","requestUrl":"https://a.example.com/x?token=y#z","status":503,"latency":"0.123456789s"}}`, "HTTP 503 GET https://a.example.com/x 0.123456789s"},
		{"request without parts", `{"httpRequest":{"requestMethod":"GET"}}`, "HTTP GET"},
		{"request with status only", `{"httpRequest":{"status":99999}}`, "HTTP 99999"},
		{"request with text", `{"textPayload":"The request was aborted.","httpRequest":{"status":503}}`, "The request was aborted."},
		{"request with payload", `{"jsonPayload":{"message":"m"},"httpRequest":{"status":503}}`, "m"},
		{"load balancer", `{"jsonPayload":{"@type":"t","statusDetails":"failed_to_connect_to_backend"},"httpRequest":{"status":502,"requestMethod":"GET","requestUrl":"https://a/x"}}`, "HTTP 502 GET https://a/x"},
		{"audit", `{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"google.cloud.run.v1.Services.ReplaceService","status":{"code":7,"message":"denied"}}}`, "AUDIT google.cloud.run.v1.Services.ReplaceService :: denied"},
		{"audit without status", `{"protoPayload":{"methodName":"google.cloud.run.v1.Services.ReplaceService","status":{}}}`, "AUDIT google.cloud.run.v1.Services.ReplaceService"},
		{"audit without method", `{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"run.googleapis.com"}}`, "AUDIT run.googleapis.com"},
		{"other proto", `{"protoPayload":{"@type":"type.googleapis.com/acme.Event","message":"m","n":1}}`, "m"},
		{"other proto without message", `{"protoPayload":{"@type":"type.googleapis.com/acme.Event","n":1}}`, "@type=type.googleapis.com/acme.Event n=1"},
	} {
		if got := decoded(t, c.record).Message; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMessageIsTidied(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"colours", "\x1b[31m[Nest] 1  - \x1b[39mERROR\x1b[0m", "[Nest] 1  - ERROR"},
		{"256 colours", "\x1b[38;5;3mx\x1b[m", "x"},
		{"title", "\x1b]0;title\x07x\x1b]8;;u\x1b\\y", "xy"},
		{"two characters", "\x1bcx\x1b(By", "x" + "By"},
		{"one-byte CSI", "\u009b31mx", "x"},
		{"cut off", "x\x1b", "x"},
		{"cut off in parameters", "x\x1b[31", "x"},
		{"title that does not end", "x\x1b]0;t\nERROR", "x0;t\nERROR"},
		{"title broken by another sequence", "x\x1b]0\x1b\u00f2y\x07z", "xz"},
		{"broken by text", "x\x1b[3\n1m", "x\n1m"},
		{"before a letter that is no ASCII", "x\x1bé", "xé"},
		{"tags", "<red>failed: database \"orders\"</red>", "failed: database \"orders\""},
		{"half a tag", "\" does not exist</red>", "\" does not exist"},
		{"levels", "<level>ERROR</level> <light-blue>x</light-blue> a<b", "ERROR x a<b"},
		{"HTML", "<html><b>bold</b><body>", "<html><b>bold</b><body>"},
		{"comparison", "a < b", "a < b"},
		{"folded Python", `x: Traceback (most recent call last):\n  File "a.py", line 1\nValueError: y`, "x: Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: y"},
		{"folded JavaScript", `Error: x\n    at f (a.js:1)`, "Error: x\n    at f (a.js:1)"},
		{"folded Java", `E: x\n\tat a.B.c(B.java:1)\r\nCaused by: D: y`, "E: x\n\tat a.B.c(B.java:1)\nCaused by: D: y"},
		{"escapes that are no trace", `C:\new\table has \n in it`, `C:\new\table has \n in it`},
		{"folded beside lines", "first\n" + `Error: x\n    at f (a.js:1)`, "first\n" + `Error: x\n    at f (a.js:1)`},
		{"space at the end", "x \r\n\t", "x"},
	} {
		if got := tidy(c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestScalarsAreBounded(t *testing.T) {
	long := strings.Repeat("é", 2000)
	record := `{"jsonPayload":{"a":"` + long + `"`
	for range 40 {
		record += `,"k":"` + long + `"`
	}
	got := decoded(t, record+`}}`).Message
	if len(got) > 2*maxScalars || !strings.HasPrefix(got, "a=éé") || !strings.HasSuffix(got, " …") || strings.ContainsRune(got, 0xfffd) {
		t.Errorf("%d bytes: %.40q … %q", len(got), got, got[len(got)-10:])
	}
}

func TestDetail(t *testing.T) {
	for _, c := range []struct{ name, payload, field, want string }{
		{"none", `{"message":"m"}`, "", ""},
		{"text", `{"message":"m","err":"no stock"}`, "jsonPayload.err", "no stock"},
		{"object", `{"message":"m","error":{"type":"StockError","message":"no stock"}}`, "jsonPayload.error", "StockError: no stock"},
		{"value", `{"message":"m","error":{"type":"StockError","value":"no stock","traceback":null}}`, "jsonPayload.error", "StockError: no stock"},
		{"type in message", `{"message":"m","error":{"type":"StockError","message":"StockError: no stock"}}`, "jsonPayload.error", "StockError: no stock"},
		{"code", `{"message":"m","err":{"message":"refused","code":"ECONNREFUSED","errno":-111}}`, "jsonPayload.err", "refused (ECONNREFUSED)"},
		{"stack", `{"message":"m","err":{"type":"E","message":"x","stack":"E: x\n    at f"}}`, "jsonPayload.err", "E: x\n    at f"},
		{"stack without message", `{"message":"m","err":{"type":"E","stack":"E\n    at f"}}`, "jsonPayload.err", "E\n    at f"},
		{"stack that leaves the message out", `{"message":"m","err":{"type":"E","message":"x","stack":"    at f"}}`, "jsonPayload.err", "E: x\n    at f"},
		{"nested", `{"message":"m","error":{"error":{"code":403,"message":"denied","status":"PERMISSION_DENIED"}}}`, "jsonPayload.error", "denied (403)"},
		{"list", `{"message":"m","errors":[{"type":"A","message":"x"},"y",null,{}]}`, "jsonPayload.errors", "A: x; y"},
		{"traceback beside it", `{"message":"m","err":"E: x","tb":"Traceback (most recent call last):\n  File \"a\"\nE: x\n"}`, "jsonPayload.tb", "Traceback (most recent call last):\n  File \"a\"\nE: x"},
		{"two reasons", `{"message":"m","reason":"r","details":{"description":"d"}}`, "jsonPayload.reason", "r\nd"},
		{"repeated", `{"message":"m","err":"no stock","reason":"no stock"}`, "jsonPayload.err", "no stock"},
		{"tracing", `{"fields":{"message":"m","error":"no stock"}}`, "jsonPayload.fields.error", "no stock"},
		{"Monolog", `{"message":"m","context":{"exception":{"class":"StockError","message":"no stock","code":0}}}`, "jsonPayload.context.exception", "StockError: no stock"},
		{"context without a reason", `{"message":"m","context":{"name":"api","error":null}}`, "", ""},
		{"scheduler", `{"message":"m","debugInfo":"URL_UNREACHABLE. Original HTTP response code number = 500"}`, "jsonPayload.debugInfo", "URL_UNREACHABLE. Original HTTP response code number = 500"},
		{"in the message", `{"message":"failed: no stock","err":"no stock"}`, "", ""},
		{"message from error", `{"error":"e","stack":"E: e\n    at f"}`, "jsonPayload.stack", "E: e\n    at f"},
		{"message object with stack", `{"message":{"message":"x","stack":"E: x\n    at f"}}`, "jsonPayload.message", "E: x\n    at f"},
		{"flag", `{"message":"m","error":true,"exc_info":false,"e":0,"err":null}`, "", ""},
		{"words for nothing", `{"message":"m","error":"None","err":"undefined","exc_info":"NoneType: None","e":" ","details":{}}`, "", ""},
		{"formatter", `{"message":"m","error":{"message":"Missing field","severity":"ERROR","traceback":"","type":"str","timestamp":"2026-01-15T12:00:00Z"}}`, "", ""},
		{"colours", `{"message":"m","err":"\u001b[31mred\u001b[0m"}`, "jsonPayload.err", "red"},
		{"dotted", `{"message":"m","error.stack_trace":"E: x\n\tat f"}`, "jsonPayload.error.stack_trace", "E: x\n\tat f"},
		{"status of a failure", `{"message":"upload failed","status":503}`, "jsonPayload.status", "status=503"},
		{"status beside a reason", `{"message":"upload failed","err":"timeout","statusCode":504,"code":"ETIMEDOUT"}`, "jsonPayload.err", "timeout (statusCode=504) (code=ETIMEDOUT)"},
		{"status beside a stack", `{"message":"m","level":"error","stack":"E\n    at f","code":"X1"}`, "jsonPayload.stack", "E\n    at f\ncode=X1"},
		{"status at ERROR", `{"message":"m","level":"error","http_status":"502"}`, "jsonPayload.http_status", "http_status=502"},
		{"status of a success", `{"message":"upload failed","status":200}`, "", ""},
		{"success in words", `{"message":"could not be better","status":"COMPLETED"}`, "", ""},
		{"status without a failure", `{"message":"request done","status":404}`, "", ""},
		{"status at INFO", `{"message":"failed over","level":"info","reason":"primary lost","status":404}`, "jsonPayload.reason", "primary lost"},
		{"status in the message", `{"message":"failed with 503","status":503}`, "", ""},
		{"healthy load balancer", `{"message":"m","statusDetails":"response_sent_by_backend"}`, "", ""},
		{"load balancer", `{"message":"m","statusDetails":"backend_timeout"}`, "jsonPayload.statusDetails", "backend_timeout"},
		{"too deep", `{"message":"m","err":{"err":{"err":{"err":{"err":{"err":"x"}}}}}}`, "", ""},
		{"too deep a list", `{"message":"m","err":[[[[[["x"]]]]]]}`, "", ""},
	} {
		e := decoded(t, `{"jsonPayload":`+c.payload+`}`)
		if e.Detail != c.want || e.DetailField != c.field {
			t.Errorf("%s: %q in %q, want %q in %q", c.name, e.Detail, e.DetailField, c.want, c.field)
		}
		if got, _ := e.Field(c.field); c.field != "" && got == "" {
			t.Errorf("%s: Field(%q) finds nothing", c.name, c.field)
		}
	}
}

func TestDetailBoundsLists(t *testing.T) {
	record := `{"jsonPayload":{"message":"m","errors":["x0"` + strings.Repeat(`,"y"`, 100) + `]}}`
	if got := decoded(t, record).Detail; strings.Count(got, ";") != maxReasons-1 {
		t.Errorf("%q", got)
	}
}

func TestRequestLog(t *testing.T) {
	e := decoded(t, `{"logName":"projects/acme-staging/logs/appengine.googleapis.com%2Frequest_log",
	  "resource":{"type":"gae_app","labels":{"module_id":"web","version_id":"v7"}},"protoPayload":{
	  "@type":"type.googleapis.com/google.appengine.logging.v1.RequestLog","method":"GET","resource":"/orders?x=1","host":"shop.example.com",
	  "status":500,"latency":"0.25s","ip":"203.0.113.1","userAgent":"curl","line":[
	  {"severity":"INFO","logMessage":"start"},{"severity":"WARNING","logMessage":"slow"},{"severity":"ERROR","logMessage":"no stock"},
	  {"severity":"ERROR","logMessage":"rolled back"},{"severity":"ERROR"}]}}`)
	if e.Message != "HTTP 500 GET https://shop.example.com/orders 0.25s" || e.Detail != "no stock\nrolled back" ||
		e.HTTP.Status != 500 || e.Severity != logentry.SeverityError || e.Basis != logentry.BasisHTTP || e.Scope.Service != "web" {
		t.Errorf("%+v", e)
	}
	e = decoded(t, `{"httpRequest":{"status":204},"protoPayload":{"@type":"type.googleapis.com/google.appengine.logging.v1.RequestLog","resource":"/"}}`)
	if e.Message != "HTTP 204" || e.Detail != "" {
		t.Errorf("%q, %q", e.Message, e.Detail)
	}
}
