package cloudlog

import (
	"cmp"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// shape is what it takes to print the messages of one type.
type shape struct {
	fields   []field // in order of their names in JSON
	byNumber []int16 // index of a field by its number, plus 1
	// special prints a message that is no object of its fields; nil for others.
	special func(*printer, []byte, *shape, []byte) []byte
}

// field is one of a message.
type field struct {
	desc     protoreflect.FieldDescriptor
	number   protowire.Number
	kind     protoreflect.Kind
	wire     protowire.Type // of one value
	key      string         // its name, quoted, and a colon
	presence bool           // printed whenever it was sent, also if it is zero
	oneof    protoreflect.OneofDescriptor
	sub      *shape    // of its messages, once one was met
	member   [2]*field // where it is a map, its keys and its values
}

// mostNumber is the largest number of a field that is looked at.
const mostNumber = 1 << 12

func (s *shape) index(n protowire.Number) (int, bool) {
	if int(n) >= len(s.byNumber) || s.byNumber[n] == 0 {
		return 0, false
	}
	return int(s.byNumber[n]) - 1, true
}

func (p *printer) shape(d protoreflect.MessageDescriptor) *shape {
	if s, ok := p.shapes[d.FullName()]; ok {
		return s
	}
	s := newShape(d)
	if p.shapes == nil {
		p.shapes = map[protoreflect.FullName]*shape{}
	}
	p.shapes[d.FullName()] = s
	return s
}

func newShape(d protoreflect.MessageDescriptor) *shape {
	s := &shape{special: specialOf(d)}
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		if fd.Number() > mostNumber || fd.Kind() == protoreflect.GroupKind {
			continue
		}
		s.fields = append(s.fields, newField(fd))
	}
	slices.SortFunc(s.fields, func(a, b field) int { return cmp.Compare(a.desc.JSONName(), b.desc.JSONName()) })
	for i, f := range s.fields {
		if n := int(f.number) + 1 - len(s.byNumber); n > 0 {
			s.byNumber = append(s.byNumber, make([]int16, n)...)
		}
		s.byNumber[f.number] = int16(i + 1)
	}
	return s
}

func newField(d protoreflect.FieldDescriptor) field {
	f := field{
		desc: d, number: d.Number(), kind: d.Kind(), wire: wireType(d.Kind()),
		key:      string(append(appendString(nil, d.JSONName()), ':')),
		presence: d.HasPresence() || d.Cardinality() == protoreflect.Repeated,
		oneof:    d.ContainingOneof(),
	}
	if d.IsMap() {
		key, value := newField(d.MapKey()), newField(d.MapValue())
		f.member = [2]*field{&key, &value}
	}
	return f
}

func wireType(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	}
	return protowire.VarintType
}
