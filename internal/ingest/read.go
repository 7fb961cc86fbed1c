package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"logwhy/internal/logentry"
)

// Read reads all inputs, one after the other, and hands each entry that is
// wanted and new to an add function. newAdd is called once for each worker,
// with its number from 0, before anything is read; the functions it returns
// are called concurrently, each from one goroutine at a time. An entry is valid
// only during the call.
//
// The error is the context's, that of a file that cannot be read any more, or
// an *InputError when no input held anything.
func (s *Set) Read(ctx context.Context, newAdd func(worker int) func(*logentry.Entry)) (*Report, error) {
	return newRun(s, newAdd).read(ctx)
}

// A run is one pass over all inputs.
type run struct {
	set         *Set
	opts        *Options
	workers     []*worker
	ids         *idSet // nil with a single input
	noDedupe    bool
	keepStreams bool
	done, total int64
}

func newRun(s *Set, newAdd func(worker int) func(*logentry.Entry)) *run {
	r := &run{set: s, opts: &s.opts}
	if newAdd == nil {
		newAdd = func(int) func(*logentry.Entry) { return func(*logentry.Entry) {} }
	}
	for i := range s.opts.Workers {
		r.workers = append(r.workers, &worker{opts: r.opts, dec: newDecoder(), add: newAdd(i)})
	}
	for _, in := range s.inputs {
		if in.size == 0 && in.stream != nil {
			r.total = 0
			break
		}
		r.total += in.size
	}
	return r
}

func (r *run) read(ctx context.Context) (*Report, error) {
	if len(r.set.inputs) > 1 && !r.noDedupe {
		r.ids = newIDSet(r.opts.MaxIDs)
	}
	rep := &Report{}
	for _, in := range r.set.inputs {
		ir, err := r.input(ctx, in)
		if err != nil {
			return nil, err
		}
		rep.Inputs = append(rep.Inputs, ir)
	}
	return rep, r.nothing(rep)
}

// nothing is the error of inputs that seemed readable and held no entry.
func (r *run) nothing(rep *Report) error {
	var first *InputError
	for i, in := range r.set.inputs {
		ir := &rep.Inputs[i]
		if ir.Empty || ir.Read() > ir.Skipped {
			return nil
		}
		if first == nil && in.layout != nil {
			first = in.heldNothing(ir)
		}
	}
	if first == nil {
		return nil
	}
	return first
}

// input reads one input.
func (r *run) input(ctx context.Context, in *input) (InputReport, error) {
	rep := InputReport{Name: in.name, Path: in.path, First: logentry.NoTime, Last: logentry.NoTime}
	if in.layout == nil {
		rep.Unreadable = in.unreadable.Found
		return rep, nil
	}
	src, err := in.openText(ctx, r.sourceOptions())
	if err != nil {
		return rep, in.openError(err)
	}
	defer src.Close()
	in.stat()
	in.notes = nil
	cutErr := r.chunks(ctx, in, newCutter(in, src, r.opts, &r.set.pool))
	if cutErr == nil {
		cutErr = src.drain()
	}
	if cutErr != nil {
		return rep, readError(in, cutErr)
	}
	r.report(in, src, &rep)
	return rep, nil
}

func (r *run) sourceOptions() sourceOptions {
	o := sourceOptions{hashMax: r.opts.HashMax}
	if r.keepStreams {
		o.use = readKeep
	}
	if tell := r.opts.Progress; tell != nil {
		o.progress = func(n int) {
			r.done += int64(n)
			tell(r.done, r.total)
		}
	}
	return o
}

func readError(in *input, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &InputError{Name: in.path, Found: "cannot be read any further: " + err.Error(), Next: "Copy the file to a local disk and try again.", Err: err}
}

// chunks cuts the input here and decodes the chunks in the workers.
func (r *run) chunks(ctx context.Context, in *input, k *cutter) error {
	queue := make(chan *chunk, len(r.workers))
	var wg sync.WaitGroup
	for _, w := range r.workers {
		w.begin(in, r.ids)
		wg.Go(func() {
			for c := range queue {
				w.chunk(c)
				c.release(&r.set.pool)
			}
		})
	}
	err := cutInto(ctx, k, queue, in)
	close(queue)
	wg.Wait()
	if r.ids != nil {
		r.ids.join()
	}
	return err
}

func cutInto(ctx context.Context, k *cutter, queue chan<- *chunk, in *input) error {
	for {
		c, err := k.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		n := &note{off: c.off, size: len(c.data), line: c.line, record: c.record, state: c.state, first: logentry.NoTime, last: logentry.NoTime}
		in.notes = append(in.notes, n)
		c.note = n
		select {
		case queue <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// report adds up what the workers counted.
func (r *run) report(in *input, src *source, rep *InputReport) {
	var t tally
	for _, w := range r.workers {
		t.merge(&w.tally)
	}
	rep.Format, rep.Encoding, rep.Compression = in.layout.format, src.shape.encoding, src.shape.compression
	rep.Lossy = in.layout.lossy || t.lossy
	rep.Bytes = src.count.n
	if src.hash != nil {
		rep.SHA256 = src.hash.hex()
	}
	rep.Entries, rep.Filtered, rep.Skipped, rep.Duplicates = t.entries, t.filtered, t.skipped, t.duplicates
	rep.DuplicatesAtLeast = r.ids != nil && r.ids.partialBefore
	rep.Truncated, rep.Untimed, rep.EqualTimeText = t.truncated, t.untimed, t.equal
	rep.Skips = sortSkips(t.skips)
	rep.Empty = in.layout.empty
	rep.First, rep.Last, rep.Order = in.span()
	if r.ids != nil {
		r.ids.partialBefore = r.ids.partial()
	}
}

// A note remembers a chunk: where it is and which times it covers.
type note struct {
	off    int64
	size   int
	line   int
	record int
	state  int

	first, last logentry.Time // earliest and latest, filtered entries included
	// To tell the order of the input: the times at both ends, and how many
	// steps in between went up and down.
	head, tail logentry.Time
	up, down   int

	// dropped marks the entries of the chunk, in order, that were duplicates.
	dropped []uint64
	// spans are kept where cutting the chunk again might find others.
	spans []span
}

func (n *note) drop(i int) {
	for len(n.dropped) <= i/64 {
		n.dropped = append(n.dropped, 0)
	}
	n.dropped[i/64] |= 1 << (i % 64)
}

func (n *note) wasDropped(i int) bool {
	return i/64 < len(n.dropped) && n.dropped[i/64]&(1<<(i%64)) != 0
}

// see takes the time of the next entry.
func (n *note) see(t logentry.Time) {
	if !t.Known() {
		return
	}
	if !n.first.Known() {
		n.head = t
	} else if t > n.tail {
		n.up++
	} else if t < n.tail {
		n.down++
	}
	n.tail = t
	n.first, n.last = earlier(n.first, t), later(n.last, t)
}

// span tells the times that the input covers and how they are ordered.
func (in *input) span() (first, last logentry.Time, order string) {
	all := note{first: logentry.NoTime, last: logentry.NoTime}
	for _, n := range in.notes {
		if !n.first.Known() {
			continue
		}
		all.see(n.head)
		all.up += n.up
		all.down += n.down
		all.tail = n.tail
		all.first, all.last = earlier(all.first, n.first), later(all.last, n.last)
	}
	switch {
	case all.up+all.down == 0:
	case all.up <= all.down/20:
		order = NewestFirst
	case all.down <= all.up/20:
		order = OldestFirst
	default:
		order = MixedOrder
	}
	return all.first, all.last, order
}

// stat remembers the file as it was read, to see later whether it changed.
func (in *input) stat() {
	if in.stream != nil {
		return
	}
	if info, err := os.Stat(in.path); err == nil {
		in.size, in.changed = info.Size(), info.ModTime()
	}
}

// unchanged says whether the file is still what was read.
func (in *input) unchanged() bool {
	if in.stream != nil {
		return true
	}
	info, err := os.Stat(in.path)
	return err == nil && info.Size() == in.size && info.ModTime().Equal(in.changed)
}

// A tally counts what a worker did with the records of one input.
type tally struct {
	entries, filtered, skipped, duplicates int
	untimed, equal                         int
	truncated, lossy                       bool
	skips                                  []Skip
}

func (t *tally) merge(u *tally) {
	t.entries += u.entries
	t.filtered += u.filtered
	t.skipped += u.skipped
	t.duplicates += u.duplicates
	t.untimed += u.untimed
	t.equal += u.equal
	t.truncated = t.truncated || u.truncated
	t.lossy = t.lossy || u.lossy
	t.skips = append(t.skips, u.skips...)
}

// A worker decodes chunks.
type worker struct {
	opts *Options
	dec  *decoder
	add  func(*logentry.Entry)

	in    *input
	ids   *idSet
	conv  converter
	tally tally

	c       *chunk
	nth     int // entries of the chunk so far
	e       logentry.Entry
	json    []byte   // what the converter wrote
	hashes  []uint64 // to be remembered, of this chunk
	sameAt  logentry.Time
	sameAs  []uint64 // texts of the entries just before that have the time sameAt
	replays bool     // nothing is counted
}

// begin makes the worker ready for an input.
func (w *worker) begin(in *input, ids *idSet) {
	w.in, w.ids, w.tally, w.conv = in, ids, tally{}, nil
	if in.layout.newConverter != nil {
		w.conv = in.layout.newConverter()
	}
}

// chunk decodes the records of c.
func (w *worker) chunk(c *chunk) {
	w.c, w.nth, w.hashes, w.sameAs = c, 0, w.hashes[:0], w.sameAs[:0]
	for _, s := range c.lead {
		w.tally.skip(s)
	}
	line, seen := c.line, 0
	for i, s := range c.spans {
		if !w.in.layout.noLines {
			line += bytes.Count(c.data[seen:s.start], newline)
			seen = s.start
		}
		w.span(s, w.pos(line, i, s.start))
	}
	w.tally.truncated = w.tally.truncated || c.truncated
	w.tally.lossy = w.tally.lossy || c.lossy
	if w.ids != nil {
		w.ids.collect(w.hashes)
	}
	if w.in.layout.search {
		c.note.spans = append([]span(nil), c.spans...)
	}
}

func (w *worker) pos(line, i, start int) logentry.Pos {
	if w.in.layout.noLines {
		line = 0
	}
	return logentry.Pos{Input: w.in.index, Name: w.in.name, Line: line, Record: w.c.record + i + 1, Seq: w.c.off + int64(start)}
}

// span decodes or skips one record.
func (w *worker) span(s span, pos logentry.Pos) {
	size := s.end - s.start
	switch {
	case s.kind != spanRecord && s.kind != spanText:
		w.skip(pos, size, skipReasons[s.kind])
		return
	case size > w.opts.MaxEntryBytes:
		w.skip(pos, size, skipReasons[spanLarge])
		return
	}
	rec := w.c.data[s.start:s.end]
	err := w.decode(rec, s, pos)
	if err == nil {
		w.entry()
		return
	}
	w.salvage(rec, pos, err)
}

func (w *worker) decode(rec []byte, s span, pos logentry.Pos) error {
	if s.kind == spanText {
		var err error
		if rec, err = w.conv.convert(w.json[:0], rec, s); err != nil {
			return err
		}
		w.json = rec
	}
	w.e.Pos = pos
	return w.dec.decode(rec, &w.e)
}

// salvage reads what can be read in a record that is broken.
func (w *worker) salvage(rec []byte, pos logentry.Pos, err error) {
	var parts []span
	if w.in.layout.salvage != nil {
		parts = w.in.layout.salvage(rec)
	}
	if len(parts) == 0 {
		w.skip(pos, len(rec), err.Error())
		return
	}
	for _, p := range parts {
		at := pos
		at.Seq += int64(p.start)
		if at.Line > 0 {
			at.Line += bytes.Count(rec[:p.start], newline)
		}
		part := rec[p.start:p.end]
		if p.kind != spanRecord {
			w.skip(at, len(part), err.Error())
		} else if err := w.decode(part, p, at); err != nil {
			w.skip(at, len(part), err.Error())
		} else {
			w.entry()
		}
	}
}

func (w *worker) skip(pos logentry.Pos, size int, reason string) {
	w.tally.skip(Skip{Line: pos.Line, Record: pos.Record, Offset: pos.Seq, Bytes: int64(size), Reason: reason})
}

func (t *tally) skip(s Skip) {
	t.skipped++
	// A worker gets its chunks in order, so that its first are its lowest.
	if len(t.skips) < maxSkips {
		t.skips = append(t.skips, s)
	}
}

// entry hands on what was decoded, if it is wanted and new.
func (w *worker) entry() {
	e, n := &w.e, w.c.note
	i := w.nth
	w.nth++
	if w.replays {
		if !n.wasDropped(i) && w.opts.wants(e) {
			w.add(e)
		}
		return
	}
	n.see(e.Time)
	if !w.opts.wants(e) {
		w.tally.filtered++
		return
	}
	if id := identity(e); id == 0 {
		w.sameText(e)
	} else if w.ids != nil {
		if w.ids.has(id) {
			w.tally.duplicates++
			n.drop(i)
			return
		}
		w.hashes = append(w.hashes, id)
	}
	w.tally.entries++
	if !e.Time.Known() {
		w.tally.untimed++
	}
	w.add(e)
}

// sameText counts entries that may be the same as another but have nothing to
// tell. Within an input only neighbours are compared.
func (w *worker) sameText(e *logentry.Entry) {
	if !e.Time.Known() {
		return
	}
	h := likeText(e)
	if e.Time != w.sameAt {
		w.sameAt, w.sameAs = e.Time, w.sameAs[:0]
	}
	same := false
	for _, other := range w.sameAs {
		same = same || other == h
	}
	if len(w.sameAs) < 64 {
		w.sameAs = append(w.sameAs, h)
	}
	if w.ids != nil {
		same = same || w.ids.has(h)
		w.hashes = append(w.hashes, h)
	}
	if same {
		w.tally.equal++
	}
}
