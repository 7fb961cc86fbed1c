package cloudlog

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// specialOf returns how messages of google.protobuf are printed that are no
// JSON object of their fields.
func specialOf(d protoreflect.MessageDescriptor) func(*printer, []byte, *shape, []byte) []byte {
	if d.ParentFile().Package() != "google.protobuf" {
		return nil
	}
	switch d.Name() {
	case "Any":
		return (*printer).any
	case "Struct":
		return (*printer).structure
	case "Value":
		return (*printer).value
	case "ListValue":
		return (*printer).values
	case "Timestamp":
		return (*printer).timestamp
	case "Duration":
		return (*printer).duration
	case "FieldMask":
		return (*printer).mask
	}
	if f := d.Fields().ByName("value"); f != nil && d.Fields().Len() == 1 {
		return (*printer).wrapped
	}
	return nil
}

// any prints a message that comes with its type. One whose type is not known
// here, or that does not decode as what it says it is, keeps its bytes:
//
//	{"@type":"type.googleapis.com/acme.Thing","value":"CgNhYmM="}
func (p *printer) any(b []byte, _ *shape, raw []byte) []byte {
	typeURL, value := p.typed(raw)
	b = append(b, '{')
	if len(typeURL) > 0 {
		b = appendString(append(b, `"@type":`...), typeURL)
	}
	mark := len(b)
	if t, err := protoregistry.GlobalTypes.FindMessageByURL(string(typeURL)); err == nil && !p.bad {
		b = p.known(b, p.shape(t.Descriptor()), value)
		if !p.bad {
			return append(b, '}')
		}
		b, p.bad = b[:mark], false
	}
	if len(value) > 0 {
		b = appendBytes(name(b, "value"), value)
	}
	return append(b, '}')
}

// typed reads the fields of an Any.
func (p *printer) typed(raw []byte) (typeURL, value []byte) {
	for len(raw) > 0 {
		v, rest, ok := next(raw)
		if !ok {
			p.bad = true
			break
		}
		switch {
		case v.kind != protowire.BytesType:
		case v.number == 1:
			typeURL = v.bytes
		case v.number == 2:
			value = v.bytes
		}
		raw = rest
	}
	return typeURL, value
}

// known prints a message of an Any beside its type.
func (p *printer) known(b []byte, s *shape, raw []byte) []byte {
	if s.special != nil {
		return p.message(name(b, "value"), s, raw)
	}
	if p.enter() {
		b = p.members(b, s, raw, false)
	}
	p.depth--
	return b
}

// name begins a member of an object. name needs no escaping.
func name(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(append(b, '"'), name...)
	return append(b, '"', ':')
}

func (p *printer) timestamp(b []byte, _ *shape, raw []byte) []byte {
	sec, nano, ok := whole(raw)
	p.bad = p.bad || !ok
	return appendTime(b, sec, nano)
}

func (p *printer) duration(b []byte, _ *shape, raw []byte) []byte {
	sec, nano, ok := whole(raw)
	p.bad = p.bad || !ok
	return appendDuration(b, sec, nano)
}

// mask prints the paths of a field mask with commas between them.
func (p *printer) mask(b []byte, _ *shape, raw []byte) []byte {
	var paths []byte
	for n := 0; len(raw) > 0; {
		v, rest, ok := next(raw)
		if !ok {
			p.bad = true
			break
		}
		if v.number == 1 && v.kind == protowire.BytesType {
			if n++; n > 1 {
				paths = append(paths, ',')
			}
			paths = append(paths, v.bytes...)
		}
		raw = rest
	}
	return appendString(b, paths)
}

// wrapped prints a wrapper, which is its value.
func (p *printer) wrapped(b []byte, s *shape, raw []byte) []byte {
	base := len(p.found)
	p.collect(s, raw)
	v := p.found[base]
	p.found = p.found[:base]
	return p.singular(b, &s.fields[0], &v)
}
