package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// An input is one file or pipe.
type input struct {
	index   int
	name    string    // Pos.Name
	path    string    // "-" for standard input
	named   bool      // given by name, not found in a folder
	size    int64     // 0 when unknown
	changed time.Time // of the file, when it was read
	text    int       // bytes of the text, 0 when it is longer than its head
	layout  *layout
	shape   shape
	// unreadable is set instead of layout when no format claims the input.
	unreadable *InputError
	manifest   *Manifest // of the pull that wrote the file; nil for others

	// A pipe can be read only once: stream is what is left of it, head what
	// sniffing took from it, and kept the whole of it once it was read, if small.
	stream io.Reader
	head   []byte
	kept   []byte
	gone   bool // read, and too large to be kept

	notes []*note // of the chunks of the last Read, in order
}

// A shape says how the text of an input is wrapped.
type shape struct {
	encoding    string
	compression string
	bom         int // bytes of the byte order mark
}

// plain says that offsets in the text are offsets in the file, but for the mark.
func (s shape) plain() bool {
	return s.compression == "" && (s.encoding == utf8Plain || s.encoding == utf8BOM)
}

// Why a pipe cannot be read.
var (
	errGone  = errors.New("the pipe was read already and was too large to be kept")
	errLarge = errors.New("the pipe is too large to be read twice")
)

// How a pipe is to be opened.
type pipeUse uint8

const (
	readOnce pipeUse = iota // it is kept on the way, if small
	readKeep                // it must stay readable
	readPeek                // only its beginning is looked at
)

// raw opens the bytes of the input as they are stored.
func (in *input) raw(ctx context.Context, use pipeUse) (io.ReadCloser, error) {
	if in.stream == nil {
		f, err := os.Open(in.path)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", in.path, err)
		}
		return &ctxReader{ctx, f, f}, nil
	}
	if in.kept != nil {
		return io.NopCloser(bytes.NewReader(in.kept)), nil
	}
	if in.gone {
		return nil, errGone
	}
	r := &ctxReader{ctx, io.MultiReader(bytes.NewReader(in.head), in.stream), nil}
	switch use {
	case readPeek:
		return &peeker{in: in, r: r}, nil
	case readKeep:
		return in.keepAll(r)
	}
	return io.NopCloser(&keeper{in: in, r: r}), nil
}

// keepAll reads a pipe into memory, if it fits.
func (in *input) keepAll(r io.Reader) (io.ReadCloser, error) {
	b, err := io.ReadAll(io.LimitReader(r, keepStream+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", in.name, err)
	}
	if len(b) > keepStream {
		in.head = b // the rest of the stream still follows
		return nil, errLarge
	}
	in.keepBytes(b)
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (in *input) keepBytes(b []byte) {
	if b == nil {
		b = []byte{}
	}
	in.kept, in.head, in.size = b, nil, int64(len(b))
}

// A keeper remembers what passes through, until it is too much.
type keeper struct {
	in  *input
	r   io.Reader
	buf []byte
}

func (k *keeper) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	if n > 0 && !k.in.gone {
		if k.buf = append(k.buf, p[:n]...); len(k.buf) > keepStream {
			k.buf, k.in.head, k.in.gone = nil, nil, true
		}
	}
	if err == io.EOF && !k.in.gone {
		k.in.keepBytes(k.buf)
	}
	return n, err
}

// A peeker remembers what it reads and gives it back to the input when it is
// closed.
type peeker struct {
	in  *input
	r   io.Reader
	buf []byte
}

func (p *peeker) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.buf = append(p.buf, b[:n]...)
	return n, err
}

func (p *peeker) Close() error {
	// What the input held back before and was not read now comes after it.
	if len(p.buf) > len(p.in.head) {
		p.in.head = p.buf
	}
	return nil
}

// A ctxReader stops when its context does.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
	c   io.Closer
}

func (r *ctxReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

func (r *ctxReader) Close() error {
	if r.c == nil {
		return nil
	}
	return r.c.Close()
}
