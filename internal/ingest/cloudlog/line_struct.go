package cloudlog

import (
	"bytes"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// pair is a member of a map.
type pair struct {
	key   []byte
	value wireValue
}

// push reads a member of a map from its message, and keeps it to be sorted.
// A value of which there are several parts is their sum.
func (p *printer) push(raw []byte, key, value *field) {
	var m pair
	for len(raw) > 0 {
		v, rest, ok := next(raw)
		if !ok {
			p.bad = true
			return
		}
		switch {
		case v.number == 1 && v.kind == key.wire:
			m.key = v.bytes
			if key.kind != protoreflect.StringKind {
				m.key = bytes.Trim(p.singular(nil, key, &v), `"`)
			}
		case v.number == 2 && v.kind == value.wire:
			value.set(&m.value, &v, nil)
		}
		raw = rest
	}
	p.pairs = append(p.pairs, m)
}

// gather pushes the members of the map f of which raw holds all, and returns
// where they begin in p.pairs. They are in order of their keys, each
// key once: with the value that was sent last.
func (p *printer) gather(f *field, raw []byte) int {
	base := len(p.pairs)
	for len(raw) > 0 {
		v, rest, ok := next(raw)
		if !ok {
			p.bad = true
			break
		}
		if v.number == f.number && v.kind == protowire.BytesType {
			p.push(v.bytes, f.member[0], f.member[1])
		}
		raw = rest
	}
	members := p.pairs[base:]
	slices.SortStableFunc(members, func(a, b pair) int { return bytes.Compare(a.key, b.key) })
	kept := 0
	for i := range members {
		if i+1 < len(members) && bytes.Equal(members[i].key, members[i+1].key) {
			continue
		}
		members[kept] = members[i]
		kept++
	}
	p.pairs = p.pairs[:base+kept]
	return base
}

// mapping prints a map; raw holds its members, and what else was sent.
func (p *printer) mapping(b []byte, f *field, raw []byte) []byte {
	base := p.gather(f, raw)
	end := len(p.pairs)
	b = append(b, '{')
	for i := base; i < end; i++ { // values push members of their own behind end
		m := p.pairs[i]
		if i > base {
			b = append(b, ',')
		}
		b = append(appendString(b, m.key), ':')
		b = p.singular(b, f.member[1], &m.value)
	}
	p.pairs = p.pairs[:base]
	return append(b, '}')
}

// structure prints an object of JSON: a message of one map.
func (p *printer) structure(b []byte, s *shape, raw []byte) []byte {
	return p.mapping(b, &s.fields[0], raw)
}

// value prints a value of JSON: a message with a choice of fields.
func (p *printer) value(b []byte, s *shape, raw []byte) []byte {
	base := len(p.found)
	p.collect(s, raw)
	found := p.found[base:]
	p.found = p.found[:base]
	for i := range found {
		if found[i].n > 0 {
			v := found[i]
			return p.singular(b, &s.fields[i], &v)
		}
	}
	return append(b, "null"...)
}

// values prints a list of JSON: a message of one list.
func (p *printer) values(b []byte, s *shape, raw []byte) []byte {
	return p.list(b, &s.fields[0], raw)
}
