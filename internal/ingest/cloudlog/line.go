package cloudlog

import (
	"encoding/base64"
	"slices"
	"strconv"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	// The payloads whose types are known. Whatever is of another type is kept as
	// bytes, see appendAny.
	_ "google.golang.org/genproto/googleapis/appengine/logging/v1"
	_ "google.golang.org/genproto/googleapis/cloud/audit"
	ltype "google.golang.org/genproto/googleapis/logging/type"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// printer writes entries as JSON, in the form of gcloud: names in
// camelCase and in order, 64-bit numbers as strings, zero values left out. It
// never fails: what JSON cannot say is replaced, not refused, as one odd entry
// must not cost its page. The zero value is ready; it is not for several
// goroutines at once.
type printer struct {
	keys   []string // a stack of the names that are being sorted
	fields map[protoreflect.FullName][]protoreflect.FieldDescriptor
}

// object writes the commas of an object.
type object struct{ b []byte }

func open(b []byte) object { return object{append(b, '{')} }

func (o *object) close() []byte { return append(o.b, '}') }

// name begins a member. name needs no escaping.
func (o *object) name(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *object) text(name, v string) {
	if v != "" {
		o.name(name)
		o.b = appendString(o.b, v)
	}
}

func (o *object) flag(name string, v bool) {
	if v {
		o.name(name)
		o.b = append(o.b, "true"...)
	}
}

func (o *object) number(name string, v int32) {
	if v != 0 {
		o.name(name)
		o.b = strconv.AppendInt(o.b, int64(v), 10)
	}
}

func (o *object) long(name string, v int64) {
	if v != 0 {
		o.name(name)
		o.b = append(strconv.AppendInt(append(o.b, '"'), v, 10), '"')
	}
}

func (o *object) time(name string, t *timestamppb.Timestamp) {
	if t != nil {
		o.name(name)
		o.b = appendTime(o.b, t.GetSeconds(), t.GetNanos())
	}
}

// entry appends e as one line.
func (p *printer) entry(b []byte, e *loggingpb.LogEntry) []byte {
	o := open(b)
	if h := e.GetHttpRequest(); h != nil {
		o.name("httpRequest")
		o.b = appendRequest(o.b, h)
	}
	o.text("insertId", e.GetInsertId())
	if s := e.GetJsonPayload(); s != nil {
		o.name("jsonPayload")
		o.b = p.structure(o.b, s)
	}
	p.labels(&o, "labels", e.GetLabels())
	o.text("logName", e.GetLogName())
	if op := e.GetOperation(); op != nil {
		o.name("operation")
		o.b = appendOperation(o.b, op)
	}
	if a := e.GetProtoPayload(); a != nil {
		o.name("protoPayload")
		o.b = p.any(o.b, a.GetTypeUrl(), a.GetValue())
	}
	o.time("receiveTimestamp", e.GetReceiveTimestamp())
	if r := e.GetResource(); r != nil {
		o.name("resource")
		in := open(o.b)
		p.labels(&in, "labels", r.GetLabels())
		in.text("type", r.GetType())
		o.b = in.close()
	}
	if s := e.GetSeverity(); s != 0 {
		o.name("severity")
		o.b = appendSeverity(o.b, s)
	}
	p.tail(&o, e)
	return o.close()
}

// tail writes what follows the severity.
func (p *printer) tail(o *object, e *loggingpb.LogEntry) {
	if l := e.GetSourceLocation(); l != nil {
		o.name("sourceLocation")
		in := open(o.b)
		in.text("file", l.GetFile())
		in.text("function", l.GetFunction())
		in.long("line", l.GetLine())
		o.b = in.close()
	}
	o.text("spanId", e.GetSpanId())
	if s := e.GetSplit(); s != nil {
		o.name("split")
		in := open(o.b)
		in.number("index", s.GetIndex())
		in.number("totalSplits", s.GetTotalSplits())
		in.text("uid", s.GetUid())
		o.b = in.close()
	}
	if t, ok := e.GetPayload().(*loggingpb.LogEntry_TextPayload); ok {
		o.name("textPayload") // also when empty: it is the payload that was chosen
		o.b = appendString(o.b, t.TextPayload)
	}
	o.time("timestamp", e.GetTimestamp())
	o.text("trace", e.GetTrace())
	o.flag("traceSampled", e.GetTraceSampled())
}

func appendSeverity(b []byte, s ltype.LogSeverity) []byte {
	if name, ok := ltype.LogSeverity_name[int32(s)]; ok {
		return appendString(b, name)
	}
	return strconv.AppendInt(b, int64(s), 10)
}

func appendOperation(b []byte, op *loggingpb.LogEntryOperation) []byte {
	o := open(b)
	o.flag("first", op.GetFirst())
	o.text("id", op.GetId())
	o.flag("last", op.GetLast())
	o.text("producer", op.GetProducer())
	return o.close()
}

func appendRequest(b []byte, h *ltype.HttpRequest) []byte {
	o := open(b)
	o.long("cacheFillBytes", h.GetCacheFillBytes())
	o.flag("cacheHit", h.GetCacheHit())
	o.flag("cacheLookup", h.GetCacheLookup())
	o.flag("cacheValidatedWithOriginServer", h.GetCacheValidatedWithOriginServer())
	if d := h.GetLatency(); d != nil {
		o.name("latency")
		o.b = appendDuration(o.b, d)
	}
	o.text("protocol", h.GetProtocol())
	o.text("referer", h.GetReferer())
	o.text("remoteIp", h.GetRemoteIp())
	o.text("requestMethod", h.GetRequestMethod())
	o.long("requestSize", h.GetRequestSize())
	o.text("requestUrl", h.GetRequestUrl())
	o.long("responseSize", h.GetResponseSize())
	o.text("serverIp", h.GetServerIp())
	o.number("status", h.GetStatus())
	o.text("userAgent", h.GetUserAgent())
	return o.close()
}

func (p *printer) labels(o *object, name string, m map[string]string) {
	if len(m) == 0 {
		return
	}
	o.name(name)
	base := len(p.keys)
	for k := range m {
		p.keys = append(p.keys, k)
	}
	keys := p.keys[base:]
	slices.Sort(keys)
	for i, k := range keys {
		o.b = appendString(append(o.b, separator(i)), k)
		o.b = appendString(append(o.b, ':'), m[k])
	}
	o.b = append(o.b, '}')
	p.keys = p.keys[:base]
}

// separator stands before the i-th member.
func separator(i int) byte {
	if i == 0 {
		return '{'
	}
	return ','
}

func (p *printer) structure(b []byte, s *structpb.Struct) []byte {
	m := s.GetFields()
	if len(m) == 0 {
		return append(b, '{', '}')
	}
	base := len(p.keys)
	for k := range m {
		p.keys = append(p.keys, k)
	}
	end := len(p.keys)
	slices.Sort(p.keys[base:])
	for i := base; i < end; i++ { // values push names of their own behind end
		k := p.keys[i]
		b = append(appendString(append(b, separator(i-base)), k), ':')
		b = p.value(b, m[k])
	}
	p.keys = p.keys[:base]
	return append(b, '}')
}

func (p *printer) value(b []byte, v *structpb.Value) []byte {
	switch k := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		return appendString(b, k.StringValue)
	case *structpb.Value_NumberValue:
		return appendFloat(b, k.NumberValue, 64)
	case *structpb.Value_BoolValue:
		return strconv.AppendBool(b, k.BoolValue)
	case *structpb.Value_StructValue:
		return p.structure(b, k.StructValue)
	case *structpb.Value_ListValue:
		return p.list(b, k.ListValue)
	}
	return append(b, "null"...)
}

func (p *printer) list(b []byte, l *structpb.ListValue) []byte {
	b = append(b, '[')
	for i, v := range l.GetValues() {
		if i > 0 {
			b = append(b, ',')
		}
		b = p.value(b, v)
	}
	return append(b, ']')
}

// The range of times that RFC 3339 can write, in seconds.
const minSeconds, maxSeconds = -62135596800, 253402300799

// appendTime writes seconds since 1970, with 0, 3, 6 or 9 digits of a second.
// What lies outside the years 1 to 9999 becomes their edge.
func appendTime(b []byte, sec int64, nano int32) []byte {
	sec = min(max(sec, minSeconds), maxSeconds)
	nano = min(max(nano, 0), 999_999_999)
	b = append(b, '"')
	b = time.Unix(sec, 0).UTC().AppendFormat(b, "2006-01-02T15:04:05")
	b = appendFraction(b, nano)
	return append(b, 'Z', '"')
}

func appendFraction(b []byte, nano int32) []byte {
	digits := 9
	switch {
	case nano == 0:
		return b
	case nano%1_000_000 == 0:
		digits, nano = 3, nano/1_000_000
	case nano%1000 == 0:
		digits, nano = 6, nano/1000
	}
	var d [9]byte
	for i := digits - 1; i >= 0; i-- {
		d[i] = byte('0' + nano%10)
		nano /= 10
	}
	return append(append(b, '.'), d[:digits]...)
}

// appendDuration writes seconds with an "s" behind them.
func appendDuration(b []byte, d *durationpb.Duration) []byte {
	sec, nano := d.GetSeconds(), d.GetNanos()
	b = append(b, '"')
	if sec < 0 || nano < 0 {
		b = append(b, '-')
		sec, nano = max(sec, -sec), max(nano, -nano)
	}
	b = strconv.AppendInt(b, sec, 10)
	b = appendFraction(b, nano)
	return append(b, 's', '"')
}

func appendBytes(b, v []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, v)
	return append(b, '"')
}
