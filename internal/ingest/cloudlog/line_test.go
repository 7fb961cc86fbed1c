package cloudlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"github.com/google/go-cmp/cmp"
	monitoredres "google.golang.org/genproto/googleapis/api/monitoredres"
	"google.golang.org/genproto/googleapis/cloud/audit"
	ltype "google.golang.org/genproto/googleapis/logging/type"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func printed(t testing.TB, e *loggingpb.LogEntry) string {
	t.Helper()
	raw, err := proto.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(new(printer).entry(nil, raw))
}

func decoded(t testing.TB, line string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, line)
	}
	return v
}

// The line is what the reference implementation prints, but for blanks and the
// order of names.
func sameAsReference(t testing.TB, e *loggingpb.LogEntry) {
	t.Helper()
	want, err := protojson.Marshal(e)
	sameLine(t, printed(t, e), want, err)
}

func sameLine(t testing.TB, got string, want []byte, err error) {
	t.Helper()
	v := decoded(t, got)
	if strings.ContainsAny(got, "\n\r") {
		t.Fatalf("a line with line breaks: %q", got)
	}
	if err != nil {
		return // what protojson refuses has tests of its own
	}
	if diff := cmp.Diff(decoded(t, string(want)), v); diff != "" {
		t.Fatalf("(-protojson +ours)\n%s", diff)
	}
}

func anyOf(t testing.TB, m proto.Message) *anypb.Any {
	t.Helper()
	a, err := anypb.New(m)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func structOf(t testing.TB, m map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func auditEntry(t testing.TB) *loggingpb.LogEntry {
	return &loggingpb.LogEntry{
		LogName:   "projects/acme-staging/logs/cloudaudit.googleapis.com%2Factivity",
		InsertId:  "a1",
		Timestamp: timestamppb.New(time.Date(2026, 1, 25, 9, 54, 0, 120_000_000, time.UTC)),
		Operation: &loggingpb.LogEntryOperation{Id: "op", Producer: "run", First: true, Last: true},
		Payload: &loggingpb.LogEntry_ProtoPayload{ProtoPayload: anyOf(t, &audit.AuditLog{
			ServiceName: "run.googleapis.com", MethodName: "/Services.ReplaceService", NumResponseItems: 12,
			Status:            &spb.Status{Code: 7, Message: "denied", Details: []*anypb.Any{anyOf(t, durationpb.New(1500*time.Millisecond)), anyOf(t, structOf(t, map[string]any{"a": 1}))}},
			AuthorizationInfo: []*audit.AuthorizationInfo{{Permission: "run.services.update", Granted: true}, {}},
			RequestMetadata:   &audit.RequestMetadata{CallerIp: "203.0.113.9"},
			Request:           structOf(t, map[string]any{"spec": map[string]any{"image": "r/p/i:1", "n": 3.5, "none": nil, "list": []any{true, "x", map[string]any{}}}}),
		})},
	}
}

func TestLineIsThatOfTheReference(t *testing.T) {
	full := &loggingpb.LogEntry{
		LogName:   "projects/acme-staging/logs/run.googleapis.com%2Frequests",
		InsertId:  "69aa\u00e9\u2028<&>\x7f\x01\b\f\"\\",
		Resource:  &monitoredres.MonitoredResource{Type: "cloud_run_revision", Labels: map[string]string{"service_name": "checkout-api", "a": ""}},
		Timestamp: timestamppb.New(time.Date(2026, 1, 25, 9, 54, 0, 1, time.UTC)), ReceiveTimestamp: timestamppb.New(time.Date(2026, 1, 25, 9, 54, 0, 5000, time.UTC)),
		Severity: ltype.LogSeverity_ERROR, Trace: "projects/acme-staging/traces/1", SpanId: "2", TraceSampled: true,
		Labels: map[string]string{"instanceId": "00", "k8s-pod/app": "x\ny"},
		HttpRequest: &ltype.HttpRequest{RequestMethod: "GET", RequestUrl: "https://h/%zz?a=b&c=<d>", RequestSize: math.MaxInt64, Status: 503, ResponseSize: -1,
			UserAgent: "curl", RemoteIp: "203.0.113.1", ServerIp: "10.0.0.1", Referer: "r", Latency: durationpb.New(-1500 * time.Microsecond),
			CacheLookup: true, CacheHit: true, CacheValidatedWithOriginServer: true, CacheFillBytes: 9, Protocol: "HTTP/1.1"},
		SourceLocation: &loggingpb.LogEntrySourceLocation{File: "app.py", Line: 624, Function: "f"},
		Split:          &loggingpb.LogSplit{Uid: "u", Index: 1, TotalSplits: 3},
		Payload:        &loggingpb.LogEntry_TextPayload{TextPayload: "Traceback\n  File \"app.py\"\t\U0001f600"},
	}
	for name, e := range map[string]*loggingpb.LogEntry{
		"empty":          {},
		"full":           full,
		"audit":          auditEntry(t),
		"empty text":     {Payload: &loggingpb.LogEntry_TextPayload{}},
		"empty parts":    {Resource: &monitoredres.MonitoredResource{}, HttpRequest: &ltype.HttpRequest{}, Operation: &loggingpb.LogEntryOperation{}, Split: &loggingpb.LogSplit{}, SourceLocation: &loggingpb.LogEntrySourceLocation{}},
		"odd severity":   {Severity: 555},
		"empty struct":   {Payload: &loggingpb.LogEntry_JsonPayload{JsonPayload: &structpb.Struct{}}},
		"numbers":        {Payload: &loggingpb.LogEntry_JsonPayload{JsonPayload: structOf(t, map[string]any{"a": 1e21, "b": 1e-7, "c": math.Copysign(0, -1), "d": 123456789012345678.0, "e": 1.5, "f": math.MaxFloat64, "g": math.SmallestNonzeroFloat64})}},
		"any duration":   {Payload: &loggingpb.LogEntry_ProtoPayload{ProtoPayload: anyOf(t, durationpb.New(time.Second))}},
		"any wrapper":    {Payload: &loggingpb.LogEntry_ProtoPayload{ProtoPayload: anyOf(t, wrapperspb.UInt64(7))}},
		"any zero value": {Payload: &loggingpb.LogEntry_ProtoPayload{ProtoPayload: anyOf(t, wrapperspb.Bool(false))}},
		"any mask":       {Payload: &loggingpb.LogEntry_ProtoPayload{ProtoPayload: anyOf(t, &fieldmaskpb.FieldMask{Paths: []string{"a", "b.c"}})}},
		"any any":        {Payload: &loggingpb.LogEntry_ProtoPayload{ProtoPayload: anyOf(t, anyOf(t, &spb.Status{Code: 3}))}},
	} {
		t.Run(name, func(t *testing.T) { sameAsReference(t, e) })
	}
}

// Payloads of types that are not known here survive: at the top, and nested in
// an audit log.
func TestUnknownTypesKeepTheirBytes(t *testing.T) {
	odd := &anypb.Any{TypeUrl: "type.googleapis.com/acme.v1.Thing", Value: []byte{0xff, 0x00, 0x10}}
	broken := &anypb.Any{TypeUrl: "type.googleapis.com/google.rpc.Status", Value: []byte{0xff}}
	tests := []struct {
		name string
		e    *loggingpb.LogEntry
		want string
	}{
		{"top", &loggingpb.LogEntry{Payload: &loggingpb.LogEntry_ProtoPayload{ProtoPayload: odd}},
			`{"protoPayload":{"@type":"type.googleapis.com/acme.v1.Thing","value":"/wAQ"}}`},
		{"broken", &loggingpb.LogEntry{Payload: &loggingpb.LogEntry_ProtoPayload{ProtoPayload: broken}},
			`{"protoPayload":{"@type":"type.googleapis.com/google.rpc.Status","value":"/w=="}}`},
		//lint:ignore SA1019 old entries hold it
		{"nested", &loggingpb.LogEntry{Payload: &loggingpb.LogEntry_ProtoPayload{ProtoPayload: anyOf(t, &audit.AuditLog{MethodName: "m", ServiceData: odd})}},
			`{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"m","serviceData":{"@type":"type.googleapis.com/acme.v1.Thing","value":"/wAQ"}}}`},
		{"no type", &loggingpb.LogEntry{Payload: &loggingpb.LogEntry_ProtoPayload{ProtoPayload: &anypb.Any{}}}, `{"protoPayload":{}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := printed(t, tt.e); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// What JSON cannot say is replaced; nothing is refused.
func TestOddValuesAreReplaced(t *testing.T) {
	tests := []struct {
		name string
		e    *loggingpb.LogEntry
		want string
	}{
		{"not a number", &loggingpb.LogEntry{Payload: &loggingpb.LogEntry_JsonPayload{JsonPayload: &structpb.Struct{Fields: map[string]*structpb.Value{
			"a": structpb.NewNumberValue(math.NaN()), "b": structpb.NewNumberValue(math.Inf(-1)), "c": {}, "d": nil}}}},
			`{"jsonPayload":{"a":"NaN","b":"-Infinity","c":null,"d":null}}`},
		{"a time beyond", &loggingpb.LogEntry{Timestamp: &timestamppb.Timestamp{Seconds: math.MaxInt64, Nanos: -5}},
			`{"timestamp":"9999-12-31T23:59:59Z"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := printed(t, tt.e); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// wireText encodes field n as text.
func wireText(n protowire.Number, v string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, n, protowire.BytesType), v)
}

// What encodes no valid entry costs only itself.
func TestOddBytesCostOnlyThemselves(t *testing.T) {
	label := func(k, v string) []byte { return wireText(11, string(wireText(1, k))+string(wireText(2, v))) }
	tests := []struct {
		name string
		raw  [][]byte
		want string
	}{
		{"no UTF-8", [][]byte{wireText(4, "a\xffb\xc3"), label("\xfe", "\xed\xa0\x80")},
			"{\"insertId\":\"a\ufffdb\ufffd\",\"labels\":{\"\ufffd\":\"\ufffd\ufffd\ufffd\"}}"},
		{"broken resource", [][]byte{wireText(4, "a"), wireText(8, "\xff"), wireText(12, "l")}, `{"insertId":"a","logName":"l"}`},
		{"broken payload", [][]byte{wireText(4, "a"), wireText(6, string(wireText(1, "\x12\x05")))}, `{"insertId":"a"}`},
		{"of another type", [][]byte{{10 << 3 & 0xff, 200, 1}, wireText(10, "ERROR"), {4 << 3, 1}}, `{"severity":"INFO"}`},
		{"the last of several", [][]byte{wireText(4, "a"), wireText(4, "b"), label("k", "1"), label("j", "x"), label("k", "2")}, `{"insertId":"b","labels":{"j":"x","k":"2"}}`},
		{"the last payload", [][]byte{wireText(6, ""), wireText(3, "t")}, `{"textPayload":"t"}`},
		{"a payload of another type", [][]byte{wireText(3, "t"), {6 << 3, 1}}, `{"textPayload":"t"}`},
		{"in two parts", [][]byte{wireText(8, string(wireText(1, "gce"))), wireText(8, string(wireText(2, string(wireText(1, "k")))))}, `{"resource":{"labels":{"k":""},"type":"gce"}}`},
		{"unknown", [][]byte{wireText(99, "x"), wireText(20000, "y"), {37<<3&0x7f | 0x80 | 2, 2, 0}}, `{}`},
		{"cut", [][]byte{wireText(4, "a"), {0x62, 9}}, `{"insertId":"a"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(new(printer).entry(nil, bytes.Join(tt.raw, nil))); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A payload that lies deeper than anybody can read is left out.
func TestDepthIsBounded(t *testing.T) {
	nested := func(depth int) []byte { // lists in lists
		var v []byte
		for range depth {
			v = wireText(6, string(wireText(1, string(v))))
		}
		return append(wireText(4, "a"), wireText(6, string(wireText(1, string(wireText(1, "k"))+string(wireText(2, string(v))))))...)
	}
	var p printer
	if got := string(p.entry(nil, nested(1000))); !strings.Contains(got, strings.Repeat("[", 1000)) {
		t.Errorf("1000 lists in each other: %.80s", got)
	}
	if got := string(p.entry(nil, nested(6000))); got != `{"insertId":"a"}` {
		t.Errorf("6000 lists in each other: %.80s", got)
	}
	if got := string(p.entry(nil, wireText(4, "b"))); got != `{"insertId":"b"}` {
		t.Errorf("the entry behind it: %.80s", got)
	}
}

// randomValue makes nested values of all kinds.
func randomValue(r *rand.Rand, depth int) *structpb.Value {
	switch k := r.IntN(7); {
	case k == 0 && depth > 0:
		m := map[string]*structpb.Value{}
		for range r.IntN(5) {
			m[randomText(r)] = randomValue(r, depth-1)
		}
		return structpb.NewStructValue(&structpb.Struct{Fields: m})
	case k == 1 && depth > 0:
		l := &structpb.ListValue{}
		for range r.IntN(4) {
			l.Values = append(l.Values, randomValue(r, depth-1))
		}
		return structpb.NewListValue(l)
	case k == 2:
		return structpb.NewBoolValue(r.IntN(2) == 0)
	case k == 3:
		return structpb.NewNullValue()
	case k == 4:
		return structpb.NewNumberValue(math.Float64frombits(r.Uint64()))
	case k == 5:
		return structpb.NewNumberValue(float64(r.IntN(1e6)))
	}
	return structpb.NewStringValue(randomText(r))
}

func randomText(r *rand.Rand) string {
	letters := []rune("abc 01\"\\\n\t\r\x00\x1b/<>&é\u2028\U0001f4a5\ufffd")
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteRune(letters[r.IntN(len(letters))])
	}
	return b.String()
}

func TestManyLinesAreThoseOfTheReference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		e := &loggingpb.LogEntry{
			InsertId: randomText(r), LogName: randomText(r), Trace: randomText(r), Severity: ltype.LogSeverity(r.IntN(10) * 100),
			Timestamp: &timestamppb.Timestamp{Seconds: r.Int64N(4e9) - 1e9, Nanos: int32(r.IntN(1000) * []int{1, 1000, 1000000, 0}[r.IntN(4)])},
			Labels:    map[string]string{randomText(r): randomText(r), randomText(r): randomText(r)},
		}
		if v := randomValue(r, 5); v.GetStructValue() != nil {
			e.Payload = &loggingpb.LogEntry_JsonPayload{JsonPayload: v.GetStructValue()}
		}
		if r.IntN(3) == 0 {
			d := r.Int64N(2e12) - 1e12
			e.HttpRequest = &ltype.HttpRequest{Status: int32(r.IntN(600)), RequestSize: r.Int64(), Latency: durationpb.New(time.Duration(d))}
		}
		sameAsReference(t, e)
	}
}

// mutated changes a few bytes of raw, repeats a part of it, or adds another.
func mutated(r *rand.Rand, raw, other []byte) []byte {
	b := bytes.Clone(raw)
	for range 1 + r.IntN(4) {
		switch i := r.IntN(len(b)); r.IntN(4) {
		case 0:
			b[i] = byte(r.Uint32())
		case 1:
			b[i] ^= 1 << r.IntN(8)
		case 2:
			b = slices.Insert(b, i, bytes.Clone(b[i:min(len(b), i+1+r.IntN(20))])...)
		case 3:
			b = append(b, other...)
		}
	}
	return b
}

// What the reference still reads of damaged entries is what we read.
func TestDamagedLinesAreThoseOfTheReference(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var seeds [][]byte
	for _, e := range []*loggingpb.LogEntry{auditEntry(t), {InsertId: "x", Labels: map[string]string{"a": "b"}, HttpRequest: &ltype.HttpRequest{Status: 500},
		Payload: &loggingpb.LogEntry_JsonPayload{JsonPayload: structOf(t, map[string]any{"a": []any{1, nil, map[string]any{"x": true, "y": 2}}})}}} {
		raw, err := proto.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, raw)
	}
	compared := 0
	for range 6000 {
		b := mutated(r, seeds[r.IntN(2)], seeds[r.IntN(2)])
		line := string(new(printer).entry(nil, b))
		e := &loggingpb.LogEntry{}
		if proto.Unmarshal(b, e) != nil {
			decoded(t, line)
			continue
		}
		compared++
		want, err := protojson.Marshal(e)
		sameLine(t, line, want, err)
	}
	if compared < 1500 {
		t.Errorf("only %d were compared", compared)
	}
}

// Equal entries give equal bytes, whatever the order of a map.
func TestLineIsStable(t *testing.T) {
	e := auditEntry(t)
	e.Labels = map[string]string{}
	for i := range 30 {
		e.Labels[fmt.Sprint(i)] = "v"
	}
	want := printed(t, e)
	for range 20 {
		if got := printed(t, e); got != want {
			t.Fatalf("%s\n%s", got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, e := range []*loggingpb.LogEntry{auditEntry(f), {InsertId: "x", Payload: &loggingpb.LogEntry_JsonPayload{JsonPayload: structOf(f, map[string]any{"a": []any{1, nil}})}}} {
		b, err := proto.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		line := string(new(printer).entry(nil, b))
		e := &loggingpb.LogEntry{}
		if proto.Unmarshal(b, e) != nil {
			decoded(t, line)
			return
		}
		want, err := protojson.Marshal(e)
		sameLine(t, line, want, err)
	})
}

func BenchmarkLine(b *testing.B) {
	e := auditEntry(b)
	for name, e := range map[string]*loggingpb.LogEntry{"audit": e, "json": {
		LogName: "projects/acme-staging/logs/run.googleapis.com%2Fstdout", InsertId: "69aa0001000f", Severity: ltype.LogSeverity_INFO,
		Resource:  &monitoredres.MonitoredResource{Type: "cloud_run_revision", Labels: map[string]string{"service_name": "checkout-api", "revision_name": "checkout-api-00042-abc", "location": "europe-west1"}},
		Timestamp: timestamppb.New(time.Date(2026, 1, 25, 9, 54, 0, 1, time.UTC)),
		Payload:   &loggingpb.LogEntry_JsonPayload{JsonPayload: structOf(b, map[string]any{"message": "order 1234 accepted for customer", "n": 12, "nested": map[string]any{"a": "b"}})},
	}} {
		b.Run(name+"/ours", func(b *testing.B) {
			raw, err := proto.Marshal(e)
			if err != nil {
				b.Fatal(err)
			}
			var p printer
			var line []byte
			for b.Loop() {
				line = p.entry(line[:0], raw)
			}
		})
		b.Run(name+"/protojson", func(b *testing.B) {
			for b.Loop() {
				if _, err := protojson.Marshal(e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
