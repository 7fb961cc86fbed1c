package cloudlog

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// any writes a message that comes with its type. One whose type is not known
// here, or that does not decode as what it says it is, keeps its bytes:
//
//	{"@type":"type.googleapis.com/acme.Thing","value":"CgNhYmM="}
func (p *printer) any(b []byte, typeURL string, value []byte) []byte {
	o := open(b)
	o.text("@type", typeURL)
	m := decodeAny(typeURL, value)
	switch {
	case m == nil && len(value) > 0:
		o.name("value")
		o.b = appendBytes(o.b, value)
	case m == nil:
	case isSpecial(m.Descriptor()):
		o.name("value")
		o.b = p.message(o.b, m)
	default:
		p.members(&o, m)
	}
	return o.close()
}

func decodeAny(typeURL string, value []byte) protoreflect.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByURL(typeURL)
	if err != nil {
		return nil
	}
	m := t.New()
	if proto.Unmarshal(value, m.Interface()) != nil {
		return nil
	}
	return m
}

// isSpecial tells messages that are no JSON object of their fields.
func isSpecial(d protoreflect.MessageDescriptor) bool {
	return d.ParentFile().Package() == "google.protobuf" && d.Name() != "Empty"
}

// message writes any message.
func (p *printer) message(b []byte, m protoreflect.Message) []byte {
	switch v := m.Interface().(type) {
	case *structpb.Struct:
		return p.structure(b, v)
	case *structpb.Value:
		return p.value(b, v)
	case *structpb.ListValue:
		return p.list(b, v)
	case *timestamppb.Timestamp:
		return appendTime(b, v.GetSeconds(), v.GetNanos())
	case *durationpb.Duration:
		return appendDuration(b, v)
	}
	if isSpecial(m.Descriptor()) {
		return p.special(b, m)
	}
	o := open(b)
	p.members(&o, m)
	return o.close()
}

// special writes the rest of google.protobuf: nested Any, field masks, and the
// wrappers, which are their value.
func (p *printer) special(b []byte, m protoreflect.Message) []byte {
	fields := m.Descriptor().Fields()
	switch m.Descriptor().Name() {
	case "Any":
		return p.any(b, m.Get(fields.ByNumber(1)).String(), m.Get(fields.ByNumber(2)).Bytes())
	case "FieldMask":
		var paths []string
		for list, i := m.Get(fields.ByNumber(1)).List(), 0; i < list.Len(); i++ {
			paths = append(paths, list.Get(i).String())
		}
		return appendString(b, strings.Join(paths, ","))
	}
	if fd := fields.ByName("value"); fd != nil && fields.Len() == 1 {
		return p.singular(b, fd, m.Get(fd))
	}
	o := open(b)
	p.members(&o, m)
	return o.close()
}

// members writes the fields of m that are set, in order of their names.
func (p *printer) members(o *object, m protoreflect.Message) {
	for _, fd := range p.sorted(m.Descriptor()) {
		if m.Has(fd) {
			o.name(fd.JSONName())
			o.b = p.field(o.b, fd, m.Get(fd))
		}
	}
}

func (p *printer) sorted(d protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	if list, ok := p.fields[d.FullName()]; ok {
		return list
	}
	fields := d.Fields()
	list := make([]protoreflect.FieldDescriptor, fields.Len())
	for i := range list {
		list[i] = fields.Get(i)
	}
	slices.SortFunc(list, func(a, b protoreflect.FieldDescriptor) int { return cmp.Compare(a.JSONName(), b.JSONName()) })
	if p.fields == nil {
		p.fields = map[protoreflect.FullName][]protoreflect.FieldDescriptor{}
	}
	p.fields[d.FullName()] = list
	return list
}

func (p *printer) field(b []byte, fd protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	switch {
	case fd.IsMap():
		return p.mapping(b, fd, v.Map())
	case fd.IsList():
		b = append(b, '[')
		for l, i := v.List(), 0; i < l.Len(); i++ {
			if i > 0 {
				b = append(b, ',')
			}
			b = p.singular(b, fd, l.Get(i))
		}
		return append(b, ']')
	}
	return p.singular(b, fd, v)
}

func (p *printer) mapping(b []byte, fd protoreflect.FieldDescriptor, m protoreflect.Map) []byte {
	values := map[string]protoreflect.Value{}
	var keys []string
	m.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		keys = append(keys, k.String())
		values[k.String()] = v
		return true
	})
	slices.Sort(keys)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		b = p.singular(b, fd.MapValue(), values[k])
	}
	return append(b, '}')
}

func (p *printer) singular(b []byte, fd protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return strconv.AppendBool(b, v.Bool())
	case protoreflect.StringKind:
		return appendString(b, v.String())
	case protoreflect.BytesKind:
		return appendBytes(b, v.Bytes())
	case protoreflect.EnumKind:
		return appendEnum(b, fd.Enum(), v.Enum())
	case protoreflect.FloatKind:
		return appendFloat(b, v.Float(), 32)
	case protoreflect.DoubleKind:
		return appendFloat(b, v.Float(), 64)
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return p.message(b, v.Message())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return strconv.AppendInt(b, v.Int(), 10)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return strconv.AppendUint(b, v.Uint(), 10)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return append(strconv.AppendUint(append(b, '"'), v.Uint(), 10), '"')
	}
	return append(strconv.AppendInt(append(b, '"'), v.Int(), 10), '"') // the signed ones of 64 bits
}

func appendEnum(b []byte, d protoreflect.EnumDescriptor, n protoreflect.EnumNumber) []byte {
	if d.FullName() == "google.protobuf.NullValue" {
		return append(b, "null"...)
	}
	if v := d.Values().ByNumber(n); v != nil {
		return appendString(b, string(v.Name()))
	}
	return strconv.AppendInt(b, int64(n), 10)
}
