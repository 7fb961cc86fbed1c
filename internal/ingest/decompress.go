package ingest

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A compression is a way to pack bytes that is told by its first ones.
type compression struct {
	name  string
	magic []byte
	open  func(io.Reader) (io.Reader, error)
}

// compressions lists what is unpacked. Members that follow each other, as
// written by cat or by rotating loggers, are read as one.
func compressions() []compression {
	return []compression{
		{"gzip", []byte{0x1f, 0x8b}, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{"zstd", []byte{0x28, 0xb5, 0x2f, 0xfd}, openZstd},
	}
}

func openZstd(r io.Reader) (io.Reader, error) {
	// One goroutine beside ours, and no window of more than what zstd itself
	// takes without being asked: hostile frames may want gigabytes.
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// maxLayers bounds how often an input is unpacked: a .gz inside a .gz occurs,
// more is hostile.
const maxLayers = 3

// unpack reads through all layers of compression. names is "" or "gzip" or
// "gzip+gzip" …; closers are to be closed when reading is done.
func unpack(r io.Reader) (text io.Reader, names string, closers []io.Closer, err error) {
	for layer := 0; ; layer++ {
		head := make([]byte, 4)
		n, err := io.ReadFull(r, head)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, names, closers, err
		}
		r = &prefixReader{head[:n], r}
		c := packed(head[:n])
		if c == nil || layer == maxLayers {
			return r, names, closers, nil
		}
		if r, err = c.open(r); err != nil {
			var stored *storedError
			if errors.As(err, &stored) {
				return nil, names, closers, err
			}
			return nil, c.name, closers, &damage{c.name, err}
		}
		if cl, ok := r.(io.Closer); ok {
			closers = append(closers, cl)
		}
		r = &damageReader{c.name, r}
		if names != "" {
			names += "+"
		}
		names += c.name
	}
}

func packed(head []byte) *compression {
	for _, c := range compressions() {
		if bytes.HasPrefix(head, c.magic) {
			return &c
		}
	}
	return nil
}

// damage says that packed bytes cannot be unpacked. It ends an input early
// and is no failure to read.
type damage struct {
	name string
	err  error
}

func (d *damage) Error() string { return d.name + " data is damaged or cut off: " + d.err.Error() }
func (d *damage) Unwrap() error { return d.err }

// A damageReader marks what the decompressor finds wrong as damage. Errors of
// the file beneath are none: those bytes may be sound.
type damageReader struct {
	name string
	r    io.Reader
}

func (r *damageReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	var stored *storedError
	if err != nil && err != io.EOF && !errors.As(err, &stored) {
		err = &damage{r.name, err}
	}
	return n, err
}

// A storedError is an error of the file or pipe itself.
type storedError struct{ err error }

func (e *storedError) Error() string { return e.err.Error() }
func (e *storedError) Unwrap() error { return e.err }

// A prefixReader reads head and then r.
type prefixReader struct {
	head []byte
	r    io.Reader
}

func (p *prefixReader) Read(b []byte) (int, error) {
	if len(p.head) > 0 {
		n := copy(b, p.head)
		p.head = p.head[n:]
		return n, nil
	}
	return p.r.Read(b)
}
