package ingest

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Source is an input that is held in memory, such as what was read live. It is
// recognised and read as a file of that name and content would be.
type Source struct {
	Name string // Pos.Name; it should be the only one of its name
	Data []byte // not to be changed afterwards
}

// A Spool packs records that arrive one by one, so that many of them fit into
// memory and nothing of them needs to be written down. It is not safe for
// concurrent use.
type Spool struct {
	name string
	n    int
	buf  bytes.Buffer
	enc  *zstd.Encoder
}

// NewSpool begins a spool whose Source is called name.
func NewSpool(name string) (*Spool, error) {
	s := &Spool{name: name}
	enc, err := zstd.NewWriter(&s.buf, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", name, err)
	}
	s.enc = enc
	return s, nil
}

// Add appends one record: a LogEntry as JSON without line breaks. It keeps no
// reference to line.
func (s *Spool) Add(line []byte) error {
	if _, err := s.enc.Write(line); err != nil {
		return fmt.Errorf("pack %s: %w", s.name, err)
	}
	if _, err := s.enc.Write([]byte{'\n'}); err != nil {
		return fmt.Errorf("pack %s: %w", s.name, err)
	}
	s.n++
	return nil
}

// Len is the number of records.
func (s *Spool) Len() int { return s.n }

// Source ends the spool and returns what it holds. A spool without records
// gives a source that Open would refuse as empty: ask Len first.
func (s *Spool) Source() (Source, error) {
	if err := s.enc.Close(); err != nil {
		return Source{}, fmt.Errorf("pack %s: %w", s.name, err)
	}
	return Source{Name: s.name, Data: s.buf.Bytes()}, nil
}

// memory adds the sources of the options as inputs.
func (s *Set) memory() {
	for _, src := range s.opts.Sources {
		in := &input{path: src.Name, name: src.Name, named: true, stream: bytes.NewReader(nil)}
		in.keepBytes(src.Data)
		s.inputs = append(s.inputs, in)
	}
}
