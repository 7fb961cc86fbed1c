package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"sync"
)

// A source is an input opened as UTF-8 text without a byte order mark.
type source struct {
	io.Reader
	shape  shape
	stored io.Reader // the bytes as they are stored
	count  *counter
	hash   *hasher     // nil when not hashed
	unpack []io.Closer // what unpacks, from the outside in
	raw    io.Closer
}

// sourceOptions says what else happens to the bytes on their way.
type sourceOptions struct {
	hashMax  int64 // bytes from which nothing is hashed; 0 hashes nothing
	progress func(n int)
	use      pipeUse
}

// openText opens in and finds its compression and encoding.
func (in *input) openText(ctx context.Context, o sourceOptions) (*source, error) {
	raw, err := in.raw(ctx, o.use)
	if err != nil {
		return nil, err
	}
	s := &source{raw: raw, count: &counter{r: raw, tell: o.progress}}
	s.stored = s.count
	if o.hashMax > 0 && in.size < o.hashMax {
		s.hash = newHasher(s.stored, in.size, o.hashMax)
		s.stored = s.hash
	}
	if err := s.decode(s.stored); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// decode unpacks and transcodes. Packed data that is damaged from the start
// reads as empty text that ends in the damage.
func (s *source) decode(raw io.Reader) error {
	text, packed, closers, err := unpack(raw)
	s.shape.compression, s.unpack = packed, closers
	if d, ok := err.(*damage); ok {
		s.shape.encoding = utf8Plain
		s.Reader = failing{d}
		return nil
	}
	if err != nil {
		return err
	}
	head := make([]byte, 4096)
	n, err := io.ReadFull(text, head)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	head = head[:n]
	s.shape.encoding, s.shape.bom = sniffEncoding(head)
	rest := text
	if err != nil {
		rest = failing{err}
	}
	s.Reader = &prefixReader{head[s.shape.bom:], rest}
	switch s.shape.encoding {
	case utf16LE, utf16BE:
		s.Reader = newUTF16Reader(s.Reader, s.shape.encoding == utf16BE)
	}
	return nil
}

// Close ends reading; the hash is complete only if everything was read.
func (s *source) Close() error {
	s.closeUnpackers()
	if s.hash != nil {
		s.hash.stop()
	}
	return s.raw.Close()
}

func (s *source) closeUnpackers() {
	for i := len(s.unpack) - 1; i >= 0; i-- {
		s.unpack[i].Close() // frees memory and goroutines; all errors were seen by readers
	}
	s.unpack = nil
}

// drain reads what stands behind the text, such as behind damaged data, so
// that it is counted and hashed. It ends the text.
func (s *source) drain() error {
	s.closeUnpackers()
	_, err := io.Copy(io.Discard, s.stored)
	return err
}

// failing is a reader that yields only an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A counter counts the bytes that were read.
type counter struct {
	r    io.Reader
	n    int64
	tell func(n int)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.tell != nil && n > 0 {
		c.tell(n)
	}
	if err != nil && err != io.EOF {
		err = &storedError{err}
	}
	return n, err
}

// A hasher hashes what passes through it: small inputs at once, larger ones in
// a goroutine of its own. For that it copies, so that readers need not know who
// still looks at their buffer.
type hasher struct {
	r      io.Reader
	max    int64
	seen   int64
	buf    []byte
	full   chan []byte
	empty  chan []byte
	done   sync.WaitGroup
	sum    hash.Hash
	closed bool // the goroutine has ended, or there is none
}

// newHasher makes a hasher of an input of size bytes, 0 when that is unknown.
func newHasher(r io.Reader, size, max int64) *hasher {
	if size > 0 && size <= chunkBytes {
		return &hasher{r: r, max: max, sum: sha256.New(), closed: true}
	}
	h := &hasher{r: r, max: max, full: make(chan []byte, 2), empty: make(chan []byte, 3), sum: sha256.New()}
	for range 2 {
		h.empty <- make([]byte, 0, 256<<10)
	}
	h.buf = make([]byte, 0, 256<<10)
	h.done.Add(1)
	go func() {
		defer h.done.Done()
		for b := range h.full {
			h.sum.Write(b)
			h.empty <- b[:0]
		}
	}()
	return h
}

func (h *hasher) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if h.seen += int64(n); h.seen >= h.max {
		return n, err
	}
	if h.full == nil {
		h.sum.Write(p[:n])
		return n, err
	}
	for b := p[:n]; len(b) > 0; {
		k := min(len(b), cap(h.buf)-len(h.buf))
		h.buf = append(h.buf, b[:k]...)
		b = b[k:]
		if len(h.buf) == cap(h.buf) {
			h.full <- h.buf
			h.buf = <-h.empty
		}
	}
	return n, err
}

// stop waits for the goroutine.
func (h *hasher) stop() {
	if h.closed {
		return
	}
	h.closed = true
	h.full <- h.buf
	close(h.full)
	h.done.Wait()
}

// hex returns the hash of all that was read, "" when that was too much.
func (h *hasher) hex() string {
	h.stop()
	if h.seen >= h.max {
		return ""
	}
	return hex.EncodeToString(h.sum.Sum(nil))
}
