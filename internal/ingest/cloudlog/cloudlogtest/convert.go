package cloudlogtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	// Audit payloads are known to every client of the service.
	_ "google.golang.org/genproto/googleapis/cloud/audit"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// lenient reads what the proto knows and drops the rest, as the service does
// for a client that was built before a field was added.
var lenient = protojson.UnmarshalOptions{DiscardUnknown: true}

// Message turns LogEntry JSON into what gRPC sends. A payload of a type that is
// not linked in, or one that holds such a part, becomes an Any of that type with
// bytes that no reader understands.
func Message(data []byte) (*loggingpb.LogEntry, error) {
	m := &loggingpb.LogEntry{}
	if err := lenient.Unmarshal(data, m); err == nil {
		return m, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, fmt.Errorf("LogEntry: %w", err)
	}
	payload := fields["protoPayload"]
	delete(fields, "protoPayload")
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	m = &loggingpb.LogEntry{}
	if err := lenient.Unmarshal(rest, m); err != nil {
		return nil, fmt.Errorf("LogEntry: %w", err)
	}
	if payload == nil {
		return m, nil
	}
	opaque, err := opaquePayload(payload)
	if err != nil {
		return nil, err
	}
	m.Payload = &loggingpb.LogEntry_ProtoPayload{ProtoPayload: opaque}
	return m, nil
}

// opaquePayload encodes a payload that protojson refuses. Where its type is
// known, only the parts in it are opaque.
func opaquePayload(payload json.RawMessage) (*anypb.Any, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(payload, &fields); err != nil {
		return nil, fmt.Errorf("protoPayload: %w", err)
	}
	url, ok := typeURL(fields)
	if !ok {
		return nil, fmt.Errorf("protoPayload has no @type")
	}
	mt, err := protoregistry.GlobalTypes.FindMessageByURL(url)
	if err != nil {
		return fakeAny(url, payload)
	}
	m := mt.New()
	parts := cutParts(m.Descriptor(), fields)
	delete(fields, "@type")
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	if err := lenient.Unmarshal(rest, m.Interface()); err != nil {
		return fakeAny(url, payload)
	}
	for _, p := range parts {
		m.Set(p.field, protoreflect.ValueOfMessage(p.value.ProtoReflect()))
	}
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(m.Interface())
	if err != nil {
		return nil, err
	}
	return &anypb.Any{TypeUrl: url, Value: value}, nil
}

// part is a field of a payload with a value of a type that is not linked in.
type part struct {
	field protoreflect.FieldDescriptor
	value *anypb.Any
}

// cutParts takes the fields of type Any whose type is unknown out of fields,
// such as serviceData of an AuditLog.
func cutParts(d protoreflect.MessageDescriptor, fields map[string]json.RawMessage) []part {
	var parts []part
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		raw := fields[f.JSONName()]
		if raw == nil || f.IsList() || f.Message() == nil || f.Message().FullName() != "google.protobuf.Any" {
			continue
		}
		var inner map[string]json.RawMessage
		if json.Unmarshal(raw, &inner) != nil {
			continue
		}
		url, _ := typeURL(inner)
		if _, err := protoregistry.GlobalTypes.FindMessageByURL(url); err == nil {
			continue
		}
		value, err := fakeAny(url, raw)
		if err != nil {
			continue
		}
		delete(fields, f.JSONName())
		parts = append(parts, part{f, value})
	}
	return parts
}

func typeURL(fields map[string]json.RawMessage) (string, bool) {
	var url string
	return url, json.Unmarshal(fields["@type"], &url) == nil && url != ""
}

// fakeAny stands for the encoding of a type whose definition nobody here has.
// Its bytes are a well-formed message, of another type.
func fakeAny(url string, data []byte) (*anypb.Any, error) {
	s := &structpb.Struct{}
	if err := protojson.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(s)
	if err != nil {
		return nil, err
	}
	return &anypb.Any{TypeUrl: url, Value: value}, nil
}

func (r *repeated) Message(i int) (*loggingpb.LogEntry, error) {
	t := r.templates[i%len(r.templates)].message.Load()
	at := timestamppb.New(r.Time(i))
	// The parts are shared with the template: nobody changes what is sent.
	return &loggingpb.LogEntry{
		LogName: t.LogName, Resource: t.Resource, Payload: t.Payload, Timestamp: at, ReceiveTimestamp: at,
		Severity: t.Severity, InsertId: r.id(i), HttpRequest: t.HttpRequest, Labels: t.Labels, Operation: t.Operation,
		Trace: t.Trace, SpanId: t.SpanId, TraceSampled: t.TraceSampled, SourceLocation: t.SourceLocation, Split: t.Split,
	}, nil
}

func (r *repeated) JSON(i int) []byte {
	at := r.Time(i).Format(time.RFC3339Nano)
	return withMembers(r.templates[i%len(r.templates)].entry.Raw, map[string]any{"timestamp": at, "receiveTimestamp": at, "insertId": r.id(i)})
}

// withMembers replaces members of a JSON object.
func withMembers(raw []byte, members map[string]any) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return raw
	}
	for k, v := range members {
		b, err := json.Marshal(v)
		if err != nil {
			return raw
		}
		fields[k] = b
	}
	out, err := json.Marshal(fields)
	if err != nil {
		return raw
	}
	return out
}

// Split cuts an entry with a textPayload into n parts, as the service cuts what
// is too large: each has the time, an insertId of its own, and its place in
// "split".
func Split(entry []byte, n int) ([][]byte, error) {
	var fields struct{ InsertID, TextPayload string }
	if err := json.Unmarshal(entry, &fields); err != nil {
		return nil, err
	}
	text := []rune(fields.TextPayload)
	if n < 2 || len(text) < n {
		return nil, fmt.Errorf("a text of %d characters cannot be split into %d parts", len(text), n)
	}
	var out [][]byte
	size := (len(text) + n - 1) / n
	for piece := range slices.Chunk(text, size) {
		i := len(out)
		out = append(out, withMembers(entry, map[string]any{
			"textPayload": string(piece),
			"insertId":    fmt.Sprintf("%s-%d", fields.InsertID, i),
			"split":       map[string]any{"uid": fields.InsertID, "index": i, "totalSplits": (len(text) + size - 1) / size},
		}))
	}
	return out, nil
}

// compact is JSON on one line.
func compact(raw []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}
