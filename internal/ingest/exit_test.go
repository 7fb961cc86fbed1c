package ingest

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"logwhy/internal/logentry"
)

// The same entries are the same, whatever exit they came through.
func TestExitsGiveTheSameEntries(t *testing.T) {
	want, _ := readFile(t, "testdata/exits/entries.ndjson", Options{})
	formats := map[string]string{"push": "pubsub", "pull": "pubsub", "page": "pubsub", "messages": "pubsub", "bigquery": "bigquery", "analytics": "log-analytics"}
	files, err := filepath.Glob("testdata/exits/*.*json")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), "-")
		got, rep := readFile(t, file, Options{})
		if f := rep.Inputs[0].Format; name != "entries" && f != formats[name] {
			t.Errorf("%s is taken for %s", file, f)
		}
		opts := []cmp.Option{cmpopts.IgnoreFields(logentry.Entry{}, "Raw", "Pos")}
		if diff := cmp.Diff(want, got, opts...); diff != "" {
			t.Errorf("%s:\n%s", file, diff)
		}
		for i, e := range got {
			for _, path := range []string{
				"protoPayload.response.metadata.name", "protoPayload.authenticationInfo.principalEmail", "protoPayload.authorizationInfo.granted",
				"protoPayload.response.status.conditions[0].reason", "protoPayload.status.code", "protoPayload.@type", "jsonPayload.err", "jsonPayload.message",
				"httpRequest.requestSize", "httpRequest.protocol", "httpRequest.status", "httpRequest.latency", "labels.commit-sha", "labels.instanceId",
				"sourceLocation.line", "operation.first", "traceSampled", "jsonPayload.attempt",
			} {
				if got, want := e.FieldValues(path), want[i].FieldValues(path); !slices.Equal(got, want) {
					t.Errorf("%s: %s of entry %d is %q, not %q", file, path, i, got, want)
				}
			}
		}
	}
}

func TestExitOf(t *testing.T) {
	entry := base64.StdEncoding.EncodeToString([]byte(`{"insertId":"x1","logName":"projects/acme-staging/logs/app","textPayload":"hello"}`))
	for _, tt := range []struct{ object, want string }{
		{`{"insertId":"a","logName":"l","timestamp":"2026-03-03T10:00:00Z","textPayload":"x"}`, ""},
		{`{"timestamp":"2026-03-03T10:00:00Z","severity":"ERROR","message":"x"}`, ""},
		{`{"timestamp":"2026-03-03 10:00:00","level":"error","message":"x"}`, ""},
		{`{"timestamp":"2026-03-03 10:00:00+00:00","logName":"l","textPayload":"x"}`, ""}, // a script's
		{`{"message":"x","data":"` + entry + `"}`, ""},
		{`{"message":{"data":"plain text"},"level":"info"}`, ""},
		{`{"message":{"data":{"a":1}}}`, ""},
		{`{"message":{"data":""}}`, ""},
		{`{"data":"` + entry + `"}`, ""},
		{`{}`, ""},
		{`[]`, ""},

		{`{"message":{"data":"` + entry + `"},"subscription":"s"}`, "pubsub"},
		{`{"ackId":"a","message":{"attributes":{"a":"b"},"data":"` + entry + `"}}`, "pubsub"},
		{`{"ackId":"a","message":{"attributes":{"a":"b"},"data":"` + entry, "pubsub"}, // cut off
		{`{"data":"` + entry + `","messageId":"1"}`, "pubsub"},
		{`{"id":"1","source":"//pubsub.googleapis.com/x","data":{"message":{"data":"` + entry + `"}}}`, "pubsub"},
		{`{"message":{"data":"` + strings.TrimRight(entry, "=") + `"}}`, "pubsub"},

		{`{"logName":"l","timestamp":"2026-03-03 10:00:00.5 UTC","textPayload":"x"}`, "bigquery"},
		{`{"insertId":"l","timestamp":"2026-03-03 10:00:00","textPayload":"x"}`, "bigquery"},
		{`{"timestamp":"2026-03-03T10:00:00Z","protopayload_auditlog":null}`, "bigquery"},
		{`{"timestamp":"2026-03-03T10:00:00Z","jsonpayload_v1_metadata":{"a":1}}`, "bigquery"},

		{`{"log_name":"l","insert_id":"a","timestamp":"2026-03-03 10:00:00 UTC","text_payload":"x"}`, "log-analytics"},
		{`{"timestamp":"2026-03-03T10:00:00Z","severity_number":500,"json_payload":"{}"}`, "log-analytics"},
		{`{"timestamp":"2026-03-03T10:00:00Z","json_payload":"{}"}`, ""}, // as scripts write it
	} {
		got := ""
		if x := exitOf([]byte(tt.object)); x != nil {
			got = x.format
		}
		if got != tt.want {
			t.Errorf("%s\ngot %q, want %q", tt.object, got, tt.want)
		}
	}
}

func TestRewrite(t *testing.T) {
	row, view, message := &rowRewriter{lowered: true}, &rowRewriter{}, &messageRewriter{}
	b64 := base64.StdEncoding.EncodeToString
	for _, tt := range []struct {
		r         rewriter
		rec, want string
	}{
		{message, `{"message":{"data":"` + b64([]byte(`{"textPayload":"x"}`)) + `"}}`, `{"textPayload":"x"}`},
		{message, `{"message":{"data":"` + base64.RawURLEncoding.EncodeToString([]byte(`{"a":"ÿÿ>>??"}`)) + `"}}`, `{"a":"ÿÿ>>??"}`},
		{message, `{"message":{"data":"` + strings.ReplaceAll(b64([]byte(`{"a":"???"}`)), "/", `\/`) + `"}}`, `{"a":"???"}`},
		{message, `{"message":{"data":"!!"}}`, `! the data of the message is not base64`},
		{message, `{"message":{"data":"` + b64([]byte(`plain text`)) + `"}}`, `! the data of the message is no JSON object`},
		{message, `{"message":{"data":""}}`, `! the data of the message is no JSON object`},
		{message, `{"textPayload":"x"}`, `{"textPayload":"x"}`},

		{row, `{"timestamp":"2026-03-03 10:00:00.5 UTC","severity":null,"labels":{"a":null},"httpRequest":{"status":null}}`, `{"timestamp":"2026-03-03T10:00:00.5Z"}`},
		{row, `{"timestamp":"soon"}`, `{"timestamp":"soon"}`},
		{row, `{"httpRequest":{"status":"503","latency":0.0052}}`, `{"httpRequest":{"status":503,"latency":"0.005200s"}}`},
		{row, `{"httpRequest":{"latency":"2"}}`, `{"httpRequest":{"latency":"2s"}}`},
		{row, `{"httpRequest":{"latency":0.5}}`, `{"httpRequest":{"latency":"0.500s"}}`},
		{row, `{"httpRequest":{"latency":1e-7}}`, `{"httpRequest":{"latency":1e-7}}`},
		{row, `{"labels":{"instanceid":"i","k8s_pod_app":"a","run_googleapis_com_execution_name":"e","logging_gke_io_top_level_controller_name":"c","own_label":"o"}}`,
			`{"labels":{"instanceId":"i","k8s-pod/app":"a","run.googleapis.com/execution_name":"e","logging.gke.io/top_level_controller_name":"c","own_label":"o"}}`},
		{row, `{"jsonPayload":{"message":"m","statusdetails":"s","x":null,"y":{"z":null},"list":[{"a":null,"b":1}],"empty":[]}}`,
			`{"jsonPayload":{"message":"m","statusDetails":"s","list":[{"b":1}]}}`},
		{row, `{"jsonPayload":{"a":null},"jsonpayload_type_loadbalancerlogentry":{"statusdetails":"s"}}`, `{"jsonPayload":{"statusDetails":"s"}}`},
		{row, `{"protopayload_auditlog":{"methodName":"m","requestJson":"{\"a\":null}","responseJson":"broken {","metadataJson":null,"status":{"code":null},"servicedata_v1_iam":{"policyDelta":"p"}}}`,
			`{"protoPayload":{"methodName":"m","request":{"a":null},"response":"broken {","serviceData":{"policyDelta":"p"},"@type":"` + auditLogURL + `"}}`},
		{row, `{"protopayload_requestlog":{"latency":0.25,"status":"200"}}`, `{"protoPayload":{"latency":"0.250s","status":"200","@type":"` + requestLogURL + `"}}`},
		{row, `{"protopayload_auditlog":{"status":null}}`, `{}`},
		{row, `{"a":1`, `! malformed JSON`},
		{row, `[]`, `! not a JSON object`},

		{view, `{"log_name":"l","insert_id":"i","span_id":"s","json_payload":"{\"statusdetails\": null}","labels":"{\"a\":\"b\"}","resource":{"type":"t","labels":"{\"x\":\"y\"}"}}`,
			`{"logName":"l","insertId":"i","spanId":"s","jsonPayload":{"statusdetails": null},"labels":{"a":"b"},"resource":{"type":"t","labels":{"x":"y"}}}`},
		{view, `{"json_payload":"text","labels":"text"}`, `{"jsonPayload":"text","labels":"text"}`},
		{view, `{"json_payload":{"snake_case":null}}`, `{"jsonPayload":{"snake_case":null}}`},
		{view, `{"http_request":{"request_method":"GET","latency":{"seconds":"1","nanos":204000000}}}`, `{"httpRequest":{"requestMethod":"GET","latency":"1.204s"}}`},
		{view, `{"http_request":{"latency":{"seconds":-1}}}`, `{"httpRequest":{"latency":{"seconds":-1}}}`},
		{view, `{"proto_payload":{"type":"T","audit_log":{"method_name":"m","request_metadata":{"caller_ip":"c"},"request":{"snake_case":1},"response":"[1]"},"request_log":null}}`,
			`{"protoPayload":{"methodName":"m","requestMetadata":{"callerIp":"c"},"request":{"snake_case":1},"response":[1],"@type":"T"}}`},
		{view, `{"proto_payload":{"audit_log":null,"request_log":{"start_time":"t"}}}`, `{"protoPayload":{"startTime":"t","@type":"` + requestLogURL + `"}}`},
		{view, `{"proto_payload":{"@type":"x","method_name":"m"}}`, `{"protoPayload":{"@type":"x","method_name":"m"}}`},
		{view, `{"proto_payload":"{\"@type\":\"x\"}"}`, `{"protoPayload":{"@type":"x"}}`},
		{view, `{"own_column":{"a_b":1},"resource":"text"}`, `{"own_column":{"a_b":1},"resource":"text"}`},
	} {
		dst, err := tt.r.rewrite([]byte("before"), []byte(tt.rec))
		got := strings.TrimPrefix(string(dst), "before")
		if err != nil {
			got = "! " + err.Error()
		}
		if got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.rec, got, tt.want)
		}
	}
}

// Messages that hold no entry are counted and placed, and the others are read.
func TestMessagesWithoutEntry(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	line := func(data string) string { return fmt.Sprintf(`{"ackId":"a","message":{"data":"%s"}}`+"\n", data) }
	file := filepath.Join(t.TempDir(), "m.ndjson")
	text := line(b64(`{"logName":"projects/p/logs/l","textPayload":"one"}`)) + line("%%%") + line(b64("hello")) + line(b64(`{"order":17}`)) +
		line(b64(`{"logName":"projects/p/logs/l","textPayload":"two"}`))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	es, rep := readFile(t, file, Options{})
	in := rep.Inputs[0]
	if len(es) != 2 || es[1].Message != "two" || es[1].Pos.Line != 5 || in.Skipped != 3 {
		t.Fatalf("%d entries, %+v", len(es), in)
	}
	for i, want := range []string{"not base64", "no JSON object", "no field of a log entry"} {
		if s := in.Skips[i]; s.Line != i+2 || !strings.Contains(s.Reason, want) {
			t.Errorf("skip %d: %+v", i, s)
		}
	}
}

// A page of messages that is larger than what is looked at is recognised, too.
func TestLargePageOfMessages(t *testing.T) {
	entry := `{"logName":"projects/p/logs/l","textPayload":"` + strings.Repeat("x", sniffBytes) + `"}`
	page := `{"receivedMessages":[{"ackId":"a","message":{"data":"` + base64.StdEncoding.EncodeToString([]byte(entry)) + `"}}]}`
	s, err := Open([]string{"-"}, Options{Stdin: strings.NewReader(page)})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := s.Read(context.Background(), func(int) func(*logentry.Entry) { return func(*logentry.Entry) {} })
	if err != nil || rep.Total().Entries != 1 {
		t.Errorf("%+v, %v", rep, err)
	}
}

// Whatever a record is, it is rewritten or refused, and what is written can be
// tried as a record.
func FuzzRewrite(f *testing.F) {
	for _, name := range []string{"push.ndjson", "bigquery.ndjson", "analytics.ndjson"} {
		data, err := os.ReadFile("testdata/exits/" + name)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			f.Add([]byte(line))
		}
	}
	f.Add([]byte(`{"proto_payload":{"audit_log":{"request":"{]"}},"labels":"{\"a\":","protopayload_":[],"jsonpayload_":"x"}`))
	f.Add([]byte(`{"httpRequest":{"latency":"9e9"},"resource":{"labels":"[1]"},"\u006cabels":{"\ud800":null}}`))
	f.Fuzz(func(t *testing.T, rec []byte) {
		exitOf(rec)
		holdsMessages(rec)
		for _, r := range []rewriter{&messageRewriter{}, &rowRewriter{}, &rowRewriter{lowered: true}} {
			dst, err := r.rewrite([]byte("{"), rec)
			if len(dst) == 0 || dst[0] != '{' {
				t.Fatalf("%T overwrote what was before: %q", r, dst)
			}
			if err != nil {
				continue
			}
			var e logentry.Entry
			if err := newDecoder().decode(dst[1:], &e); err == nil {
				_ = e.Text()
			}
		}
	})
}
