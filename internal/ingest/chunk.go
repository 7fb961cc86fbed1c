package ingest

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// chunkBytes is how much text a worker gets at once: large against the cost
// of handing it over, small against memory.
const chunkBytes = 1 << 20

// A layout is what sniffing found out about an input: how its text is cut into
// records and how a record becomes JSON.
type layout struct {
	format string
	lossy  bool
	// noLines says that one line holds many records.
	noLines bool
	// search says that not every object is a record; see walker.
	search bool
	// empty is an input that says that nothing matched.
	empty bool
	// tailed says that records end in a line break: a last one that has none and
	// cannot be read was cut off.
	tailed bool
	// newSplitter makes the splitter of one pass over the input.
	newSplitter func() splitter
	// newConverter makes what turns records of kind spanText into JSON, for one
	// worker; nil where there are none.
	newConverter func() converter
	// newRewriter makes what turns records of kind spanRecord into LogEntries,
	// for one worker; nil where they are.
	newRewriter func() rewriter
	// salvage finds what can be read in a record that could not be decoded;
	// nil where nothing can.
	salvage func(rec []byte) []span
}

// A splitter finds the records of a text. Between two calls the text moves on
// by what the first has used up.
type splitter interface {
	// split appends to c the records that end within data and returns how much
	// of data is done with. It returns 0 to ask for more data; if eof says that
	// there are none, it must use everything.
	split(data []byte, eof bool, c *chunk) int
	// resync returns where in data, which follow a record that is too large, the
	// next record may begin. Without such a place it returns how much of data
	// is of no use, and false.
	resync(data []byte) (int, bool)
	// end is called once when all text was split: the place to notice that
	// something was left open.
	end(c *chunk)
}

// A resumer is a splitter whose work depends on what came before.
type resumer interface {
	// state tells what it must know to go on from here, and resume tells it so.
	state() int
	resume(state int)
}

// A converter turns a record into one JSON object, written to dst. The error
// is the reason why it cannot.
type converter interface {
	convert(dst []byte, rec []byte, s span) ([]byte, error)
}

// A span is a record within a chunk.
type span struct {
	start, end int
	kind       spanKind
}

// What a span is.
type spanKind uint8

const (
	spanRecord  spanKind = iota // one JSON object, to be decoded
	spanText                    // to be converted to JSON first
	spanGarbage                 // skipped: no record
	spanShort                   // skipped: the input ends within it
	spanLarge                   // skipped: too large
	spanNUL                     // skipped: NUL bytes
	spanDamage                  // skipped: packed data is damaged
)

// skipReasons are the reasons of skipped spans.
var skipReasons = [...]string{
	spanGarbage: "not a record of this format",
	spanShort:   "cut off at the end of the input",
	spanLarge:   "larger than the largest record that is read",
	spanNUL:     "NUL bytes",
	spanDamage:  "packed data is damaged or cut off",
}

// A chunk is a stretch of text that begins and ends between records.
type chunk struct {
	in     *input
	data   []byte
	spans  []span
	off    int64  // of data in the text of the input
	line   int    // 1-based line in which data begins
	record int    // records before data
	lead   []Skip // records before data that were too large to be kept
	state  int    // of the splitter before data; see resumer
	note   *note
	memory *buffer
	// open says that the input ends with data, without a line break.
	open bool
	// truncated and lossy are what the splitter noticed on the way.
	truncated bool
	lossy     bool
}

func (c *chunk) add(start, end int, kind spanKind) {
	c.spans = append(c.spans, span{start: start, end: end, kind: kind})
}

// A buffer is memory that chunks take turns with.
type buffer struct {
	b     []byte
	spans []span
}

// A bufferPool keeps the buffers that are not in use.
type bufferPool struct{ pool sync.Pool }

// get returns a buffer for at least size bytes.
func (p *bufferPool) get(size int) *buffer {
	b, ok := p.pool.Get().(*buffer)
	if !ok {
		b = &buffer{}
	}
	if cap(b.b) < size {
		if size > 64<<10 {
			size = max(size, chunkBytes+64<<10) // so that it serves for all chunks
		}
		b.b = make([]byte, size)
	}
	b.b = b.b[:cap(b.b)]
	return b
}

// put takes a buffer back. Memory that one huge record asked for is not kept.
func (p *bufferPool) put(b *buffer) {
	if cap(b.b) <= 2*chunkBytes {
		b.spans = b.spans[:0]
		p.pool.Put(b)
	}
}

// A cutter reads one input and cuts it into chunks.
type cutter struct {
	in    *input
	src   io.Reader
	split splitter
	limit int // largest record
	size  int // of a chunk
	pool  *bufferPool

	buf    *buffer
	n      int // bytes in buf
	eof    bool
	damage *damage

	off    int64
	line   int
	record int

	large    bool   // within a record that is too large, the last of lead
	stuck    bool   // nothing was read since the last such record
	lead     []Skip // such records since the last chunk
	finished bool
}

func newCutter(in *input, src io.Reader, o *Options, pool *bufferPool) *cutter {
	k := &cutter{
		in: in, src: src, split: in.layout.newSplitter(), line: 1,
		limit: o.MaxEntryBytes, size: o.chunk, pool: pool,
	}
	// One byte more than there is makes the first read see the end.
	first := k.size
	if in.text > 0 {
		first = min(first, in.text+1)
	}
	k.buf = pool.get(first)
	k.buf.b = k.buf.b[:first]
	return k
}

// next returns the next chunk, io.EOF at the end. The chunk is the caller's,
// who gives it back with release.
func (k *cutter) next() (*chunk, error) {
	for {
		if err := k.fill(); err != nil {
			return nil, err
		}
		if k.large && !k.skipLarge() {
			continue
		}
		if k.n == 0 && k.eof {
			return k.last()
		}
		c := k.chunk()
		used := k.split.split(k.buf.b[:k.n], k.eof, c)
		if used == 0 && !k.eof {
			if k.n > k.limit {
				k.startLarge()
			}
			continue
		}
		if k.eof && used < k.n {
			c.add(used, k.n, spanShort)
			used = k.n
		}
		return k.emit(c, used), nil
	}
}

// fill reads a chunk's worth of new text. A record that spans chunks doubles
// the buffer, so that it is looked at twice at most.
func (k *cutter) fill() error {
	if k.eof {
		return nil
	}
	if k.n == len(k.buf.b) {
		k.grow(max(k.size, min(k.n, k.limit-k.n+1)))
	}
	n, err := io.ReadFull(k.src, k.buf.b[k.n:])
	k.n += n
	switch {
	case err == nil:
		return nil
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		k.eof = true
		return nil
	case errors.As(err, &k.damage):
		k.eof = true
		return nil
	}
	return err
}

// grow makes room for more bytes behind those that are in the buffer.
func (k *cutter) grow(more int) {
	want := k.n + more
	if cap(k.buf.b) < want {
		grown := k.pool.get(want)
		copy(grown.b, k.buf.b[:k.n])
		k.pool.put(k.buf)
		k.buf = grown
	}
	k.buf.b = k.buf.b[:want]
}

func (k *cutter) chunk() *chunk {
	c := &chunk{in: k.in, off: k.off, line: k.line, record: k.record, spans: k.buf.spans[:0]}
	if r, ok := k.split.(resumer); ok {
		c.state = r.state()
	}
	return c
}

// emit hands out the first used bytes and carries the rest over.
func (k *cutter) emit(c *chunk, used int) *chunk {
	c.memory, c.data, c.lead = k.buf, k.buf.b[:used], k.lead
	c.open = k.eof && used > 0 && c.data[used-1] != '\n'
	k.stuck = k.stuck && len(c.spans) == 0
	k.off += int64(used)
	k.line += bytes.Count(c.data, newline)
	k.record += len(c.spans)
	k.lead = nil
	rest := k.buf.b[used:k.n]
	size := len(rest)
	if !k.eof {
		size += k.size
	}
	next := k.pool.get(size)
	k.n = copy(next.b, rest)
	next.b = next.b[:size]
	k.buf = next
	return c
}

// release gives the memory of a chunk that is done with to the next.
func (c *chunk) release(pool *bufferPool) {
	c.memory.spans = c.spans
	pool.put(c.memory)
}

var newline = []byte{'\n'}

// startLarge begins to drop a record that is too large.
func (k *cutter) startLarge() {
	k.large = true
	k.record++
	line := k.line
	if k.in.layout.noLines {
		line = 0
	}
	k.lead = append(k.lead, Skip{Line: line, Record: k.record, Offset: k.off, Reason: skipReasons[spanLarge]})
	// The record's own beginning is no place to go on from. When the place that
	// was gone on from led nowhere, the rest of the buffer does not either.
	if k.stuck {
		k.drop(k.n)
	} else {
		k.drop(1)
	}
	k.stuck = true
}

// skipLarge drops text up to the next record; false when that is not in the
// buffer yet.
func (k *cutter) skipLarge() bool {
	n, found := k.split.resync(k.buf.b[:k.n])
	if !found && k.eof {
		n = k.n
	}
	k.drop(n)
	k.large = !found && !k.eof
	return !k.large
}

func (k *cutter) drop(n int) {
	b := k.buf.b
	k.line += bytes.Count(b[:n], newline)
	k.off += int64(n)
	k.lead[len(k.lead)-1].Bytes += int64(n)
	k.n = copy(b, b[n:k.n])
}

// last returns what remains to be said when all text is cut, then io.EOF.
func (k *cutter) last() (*chunk, error) {
	if k.finished {
		k.pool.put(k.buf)
		return nil, io.EOF
	}
	k.finished = true
	c := k.chunk()
	k.split.end(c)
	if k.damage != nil {
		c.add(0, 0, spanDamage)
		c.truncated = true
	}
	return k.emit(c, 0), nil
}
