package ingest

import (
	"bytes"

	"logwhy/internal/logentry"
)

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
	rew   rewriter
	tally tally

	c       *chunk
	nth     int // entries of the chunk so far
	e       logentry.Entry
	json    []byte   // what the converter or rewriter wrote
	hashes  []uint64 // to be remembered, of this chunk
	sameAt  logentry.Time
	sameAs  []uint64 // texts of the entries just before that have the time sameAt
	replays bool     // nothing is counted
}

// begin makes the worker ready for an input.
func (w *worker) begin(in *input, ids *idSet) {
	w.in, w.ids, w.tally, w.conv, w.rew = in, ids, tally{}, nil, nil
	if in.layout.newConverter != nil {
		w.conv = in.layout.newConverter()
	}
	if in.layout.newRewriter != nil {
		w.rew = in.layout.newRewriter()
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
		skipped := w.tally.skipped
		w.span(s, w.pos(line, i, s.start))
		if c.open && w.in.layout.tailed && s.end == len(c.data) && w.tally.skipped > skipped {
			w.tally.truncated = true
		}
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
	rec := w.c.data[s.start:s.end]
	switch {
	case s.kind == spanGarbage:
		w.salvage(rec, pos, skipReasons[s.kind])
		return
	case s.kind != spanRecord && s.kind != spanText:
		w.skip(pos, len(rec), skipReasons[s.kind])
		return
	case len(rec) > w.opts.MaxEntryBytes:
		w.skip(pos, len(rec), skipReasons[spanLarge])
		return
	}
	err := w.decode(rec, s, pos)
	if err == nil {
		w.entry()
		return
	}
	w.salvage(rec, pos, err.Error())
}

func (w *worker) decode(rec []byte, s span, pos logentry.Pos) error {
	if s.kind == spanText {
		var err error
		if rec, err = w.conv.convert(w.json[:0], rec, s); err != nil {
			return err
		}
		w.json = rec
	} else if w.rew != nil {
		var err error
		if rec, err = w.rew.rewrite(w.json[:0], rec); err != nil {
			return err
		}
		w.json = rec
	}
	w.e.Pos = pos
	return w.dec.decode(rec, &w.e)
}

// salvage reads what can be read in a record that is broken.
func (w *worker) salvage(rec []byte, pos logentry.Pos, reason string) {
	var parts []span
	if w.in.layout.salvage != nil {
		parts = w.in.layout.salvage(rec)
	}
	if len(parts) == 0 {
		w.skip(pos, len(rec), reason)
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
			w.skip(at, len(part), reason)
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
