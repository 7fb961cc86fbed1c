package ingest

import (
	"context"
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
// an *InputError when no input held anything; the report is complete then.
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
		return rep, readError(ctx, in, cutErr)
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

// readError is the error of an input that fails half way.
func readError(ctx context.Context, in *input, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &InputError{Name: in.title(), Found: "cannot be read any further: " + err.Error(), Next: "Copy the file to a local disk and try again.", Err: err}
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
	rep.Manifest = in.manifest
	rep.First, rep.Last, rep.Order = in.span()
	if r.ids != nil {
		r.ids.partialBefore = r.ids.partial()
	}
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
