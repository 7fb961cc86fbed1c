package cloudlog

import (
	"strconv"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	// The payloads whose types are known. Whatever is of another type is kept as
	// bytes, see any.
	_ "google.golang.org/genproto/googleapis/appengine/logging/v1"
	_ "google.golang.org/genproto/googleapis/cloud/audit"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// printer writes entries as JSON, in the form of gcloud: names in
// camelCase and in order, 64-bit numbers as strings, zero values left out.
//
// It reads the bytes that the server sent: to make a Go value of each part of
// an entry first, as protojson needs it, takes several times as long. It never
// fails: what JSON cannot say is replaced, not refused, as one odd entry must
// not cost its page. The zero value is ready; it is not for several goroutines
// at once.
type printer struct {
	shapes map[protoreflect.FullName]*shape
	found  []wireValue // a stack of the fields of messages that are being printed
	pairs  []pair      // a stack of the members of maps that are being sorted
	depth  int
	bad    bool // what is being printed is no message of its type
}

// mostDepth is how deep messages may lie in each other; it is that of the
// reference implementation.
const mostDepth = 10000

// entry appends the entry that raw encodes as one line. Fields that do not
// decode are left out.
func (p *printer) entry(b, raw []byte) []byte {
	p.bad, p.depth = false, 0
	s := p.shape((*loggingpb.LogEntry)(nil).ProtoReflect().Descriptor())
	b = append(b, '{')
	b = p.members(b, s, raw, true)
	return append(b, '}')
}

// decoded appends e as one line.
func (p *printer) decoded(b []byte, e *loggingpb.LogEntry) []byte {
	raw, err := proto.Marshal(e)
	if err != nil { // it has been decoded: its texts are UTF-8
		return append(b, "{}"...)
	}
	return p.entry(b, raw)
}

// members appends the fields of a message that are set, in order of their
// names. With each, a field that does not decode costs only itself.
func (p *printer) members(b []byte, s *shape, raw []byte, each bool) []byte {
	base := len(p.found)
	p.collect(s, raw)
	p.bad = p.bad && !each
	for i := range s.fields {
		f, v := &s.fields[i], p.found[base+i]
		if v.n == 0 || !f.presence && v.zero() {
			continue
		}
		mark := len(b)
		if b[mark-1] != '{' {
			b = append(b, ',')
		}
		b = append(b, f.key...)
		b = p.field(b, f, &v)
		if each && p.bad {
			b, p.bad = b[:mark], false
		}
	}
	p.found = p.found[:base]
	return b
}

func (p *printer) field(b []byte, f *field, v *wireValue) []byte {
	switch {
	case f.desc.IsMap():
		return p.mapping(b, f, v.bytes)
	case f.desc.IsList():
		return p.list(b, f, v.bytes)
	}
	return p.singular(b, f, v)
}

// list appends the elements of a repeated field; raw begins with the first.
func (p *printer) list(b []byte, f *field, raw []byte) []byte {
	b = append(b, '[')
	for len(raw) > 0 {
		v, rest, ok := next(raw)
		raw = rest
		switch {
		case !ok:
			p.bad = true
			return b
		case v.number != f.number:
		case v.kind == f.wire:
			b = p.singular(element(b), f, &v)
		case v.kind == protowire.BytesType:
			b = p.packed(b, f, v.bytes)
		}
	}
	return append(b, ']')
}

// element appends the comma before all but the first element.
func element(b []byte) []byte {
	if b[len(b)-1] != '[' {
		b = append(b, ',')
	}
	return b
}

// packed appends numbers that stand one behind the other.
func (p *printer) packed(b []byte, f *field, raw []byte) []byte {
	for len(raw) > 0 {
		v, n := number(f.wire, raw)
		if n < 0 {
			p.bad = true
			return b
		}
		raw = raw[n:]
		b = p.singular(element(b), f, &wireValue{num: v})
	}
	return b
}

// singular appends one value. Its zero value is that of its type.
func (p *printer) singular(b []byte, f *field, v *wireValue) []byte {
	n := f.narrow(v.num)
	switch f.kind {
	case protoreflect.StringKind:
		return appendString(b, v.bytes)
	case protoreflect.MessageKind:
		if f.sub == nil {
			f.sub = p.shape(f.desc.Message())
		}
		return p.message(b, f.sub, v.bytes)
	case protoreflect.BoolKind:
		return strconv.AppendBool(b, n != 0)
	case protoreflect.BytesKind:
		return appendBytes(b, v.bytes)
	case protoreflect.EnumKind:
		return appendEnum(b, f.desc.Enum(), protoreflect.EnumNumber(n))
	}
	return appendNumber(b, f.kind, n)
}

// message appends any message.
func (p *printer) message(b []byte, s *shape, raw []byte) []byte {
	if p.enter() {
		if s.special != nil {
			b = s.special(p, b, s, raw)
		} else {
			b = append(p.members(append(b, '{'), s, raw, false), '}')
		}
	}
	p.depth--
	return b
}

// enter begins a message in another, and says whether it is worth printing.
func (p *printer) enter() bool {
	p.depth++
	p.bad = p.bad || p.depth > mostDepth
	return !p.bad
}
