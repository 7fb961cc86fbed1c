package ingest

import (
	"context"
	"fmt"
	"io"
	"os"

	"logwhy/internal/logentry"
)

// Reread hands to fn, one at a time and in the order of the inputs, the
// entries of the last Read whose time lies in one of the windows. Entries that
// were filtered or duplicates are not among them. Only the chunks that cover
// the windows are read; of packed files everything before them is unpacked
// again.
//
// complete is false when something could not be looked at again: a pipe of
// more than 64 MiB, or a file that has changed since.
func (s *Set) Reread(ctx context.Context, windows []Window, fn func(*logentry.Entry)) (complete bool, err error) {
	w := &worker{opts: &s.opts, dec: newDecoder(), replays: true}
	w.add = func(e *logentry.Entry) {
		for _, win := range windows {
			if win.holds(e.Time) {
				fn(e)
				return
			}
		}
	}
	complete = true
	for _, in := range s.inputs {
		wanted := in.covering(windows)
		if len(wanted) == 0 {
			continue
		}
		if in.gone || !in.unchanged() {
			complete = false
			continue
		}
		w.begin(in, nil)
		if err := in.rereadChunks(ctx, wanted, w, &s.pool); err != nil {
			return false, err
		}
	}
	return complete, nil
}

// covering returns the notes of the chunks that may hold entries of a window.
func (in *input) covering(windows []Window) []*note {
	var wanted []*note
	for _, n := range in.notes {
		for _, win := range windows {
			if win.overlaps(n.first, n.last) {
				wanted = append(wanted, n)
				break
			}
		}
	}
	return wanted
}

func (in *input) rereadChunks(ctx context.Context, wanted []*note, w *worker, pool *bufferPool) error {
	read, closer, err := in.chunkReader(ctx)
	if err != nil {
		return err
	}
	defer closer.Close()
	buf := pool.get(0)
	defer func() { pool.put(buf) }()
	for _, n := range wanted {
		if cap(buf.b) < n.size {
			buf = &buffer{b: make([]byte, n.size)}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		data := buf.b[:n.size]
		if err := read(data, n.off); err != nil {
			return fmt.Errorf("look again at %s: %w", in.path, err)
		}
		w.chunk(in.cutAgain(n, data, buf))
	}
	return nil
}

// cutAgain finds the records of a chunk as they were found the first time.
func (in *input) cutAgain(n *note, data []byte, buf *buffer) *chunk {
	c := &chunk{in: in, data: data, off: n.off, line: n.line, record: n.record, note: n, spans: buf.spans[:0]}
	if in.layout.search {
		c.spans = n.spans
		return c
	}
	sp := in.layout.newSplitter()
	if r, ok := sp.(resumer); ok {
		r.resume(n.state)
	}
	sp.split(data, true, c)
	buf.spans = c.spans
	return c
}

// chunkReader returns a function that reads text at an offset; its calls have
// growing offsets.
func (in *input) chunkReader(ctx context.Context) (func(p []byte, off int64) error, io.Closer, error) {
	if in.stream == nil && in.shape.plain() {
		f, err := os.Open(in.path)
		if err != nil {
			return nil, nil, fmt.Errorf("open %s: %w", in.path, err)
		}
		return func(p []byte, off int64) error {
			_, err := f.ReadAt(p, off+int64(in.shape.bom))
			return err
		}, f, nil
	}
	src, err := in.openText(ctx, sourceOptions{})
	if err != nil {
		return nil, nil, err
	}
	at := int64(0)
	return func(p []byte, off int64) error {
		if _, err := io.CopyN(io.Discard, src, off-at); err != nil {
			return err
		}
		n, err := io.ReadFull(src, p)
		at = off + int64(n)
		return err
	}, src, nil
}
