package cloudlog

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// wireValue is a field as it was sent. Numbers are in num, all else in bytes.
type wireValue struct {
	number protowire.Number
	kind   protowire.Type
	num    uint64
	bytes  []byte
	n      int // how often the field was found
}

func (v *wireValue) zero() bool { return v.num == 0 && len(v.bytes) == 0 }

// next splits off the first field of raw.
func next(raw []byte) (v wireValue, rest []byte, ok bool) {
	num, kind, n := protowire.ConsumeTag(raw)
	if n < 0 {
		return v, nil, false
	}
	v.number, v.kind = num, kind
	raw = raw[n:]
	switch kind {
	case protowire.BytesType:
		v.bytes, n = protowire.ConsumeBytes(raw)
	case protowire.StartGroupType: // of no type that is known here
		n = protowire.ConsumeFieldValue(num, kind, raw)
	default:
		v.num, n = number(kind, raw)
	}
	if n < 0 {
		return v, nil, false
	}
	return v, raw[n:], true
}

// number reads one number, and returns how many bytes it takes; less than 0
// when it is none.
func number(kind protowire.Type, raw []byte) (uint64, int) {
	switch kind {
	case protowire.VarintType:
		return protowire.ConsumeVarint(raw)
	case protowire.Fixed32Type:
		v, n := protowire.ConsumeFixed32(raw)
		return uint64(v), n
	case protowire.Fixed64Type:
		return protowire.ConsumeFixed64(raw)
	}
	return 0, -1
}

// collect pushes a value for each field of s. Of what is sent repeatedly the
// last counts, and the parts of a message add up; of repeated fields bytes is
// the rest from the first on.
func (p *printer) collect(s *shape, raw []byte) {
	base := len(p.found)
	for range s.fields {
		p.found = append(p.found, wireValue{})
	}
	found := p.found[base:]
	for len(raw) > 0 {
		v, rest, ok := next(raw)
		if !ok {
			p.bad = true
			return
		}
		if i, ok := s.index(v.number); ok {
			if s.fields[i].set(&found[i], &v, raw) && s.fields[i].oneof != nil {
				s.clearOthers(found, i)
			}
		}
		raw = rest
	}
}

// set notes v, with which raw begins, as the value of f. It returns false where
// v is of another type: the reference takes it for an unknown field.
func (f *field) set(to, v *wireValue, raw []byte) bool {
	repeated := f.desc.Cardinality() == protoreflect.Repeated
	switch {
	case v.kind != f.wire && !(repeated && v.kind == protowire.BytesType):
		return false
	case repeated:
		if to.n == 0 {
			to.bytes = raw
		}
	case to.n > 0 && f.kind == protoreflect.MessageKind:
		to.bytes = join(to.bytes, v.bytes)
	default:
		to.num, to.bytes = f.narrow(v.num), v.bytes
	}
	to.n++
	return true
}

// join merges two parts of one message.
func join(a, b []byte) []byte { return append(a[:len(a):len(a)], b...) }

// clearOthers forgets what was sent before of the same choice.
func (s *shape) clearOthers(found []wireValue, chosen int) {
	for i := range found {
		if i != chosen && found[i].n > 0 && s.fields[i].oneof == s.fields[chosen].oneof {
			found[i] = wireValue{}
		}
	}
}

// narrow takes from a number what its type holds.
func (f *field) narrow(n uint64) uint64 {
	switch f.kind {
	case protoreflect.BoolKind:
		return min(n, 1)
	case protoreflect.Int32Kind, protoreflect.Uint32Kind, protoreflect.Sint32Kind, protoreflect.EnumKind:
		return uint64(uint32(n))
	}
	return n
}

// whole reads the first two fields of a message as numbers: the seconds and
// nanoseconds of a time or a duration.
func whole(raw []byte) (sec int64, nano int32, ok bool) {
	for len(raw) > 0 {
		v, rest, ok := next(raw)
		if !ok {
			return sec, nano, false
		}
		switch {
		case v.kind != protowire.VarintType:
		case v.number == 1:
			sec = int64(v.num)
		case v.number == 2:
			nano = int32(v.num)
		}
		raw = rest
	}
	return sec, nano, true
}
