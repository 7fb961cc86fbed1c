package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
)

const (
	// blockBytes is how much is written between two checkpoints at most, before
	// it is packed.
	blockBytes = 1 << 20
	// blockTime is the time between two checkpoints of a file that is not
	// packed. In a packed one each costs a frame, so that their places must not
	// depend on the clock: a pull that was interrupted ends with the same bytes.
	blockTime = 2 * time.Second
)

// pullFile is what a pull writes: FILE.part with its manifest, which become
// FILE and its manifest at the end. Every checkpoint stands between two times,
// so that the pull can go on at the second without a doubt about entries of
// equal time.
type pullFile struct {
	path, part string
	now        func() time.Time
	man        ingest.Manifest

	f      *os.File
	buf    *bufio.Writer
	packer *zstd.Encoder // nil when the file is not packed
	frame  bool          // a frame was begun
	size   int64         // of the file, with what is buffered in buf

	unsaved int // bytes since the last checkpoint, before packing
	saved   time.Time
	last    time.Time // of the last entry
	// group is where the entries of time last begin.
	group ingest.Checkpoint
}

// openPull begins to write path, or goes on where an earlier pull of the same
// query was interrupted. loose says that the window was given as a stretch
// before now: that of the earlier pull holds then.
func openPull(path string, q ingest.ManifestQuery, loose, restart bool, now func() time.Time) (*pullFile, error) {
	p := &pullFile{path: path, part: path + ".part", now: now, saved: now()}
	p.man = ingest.Manifest{Schema: ingest.ManifestSchema, Tool: "logwhy " + toolVersion(), Query: q, Checkpoint: &ingest.Checkpoint{Before: q.From}}
	if old := ingest.ReadManifest(p.part); old != nil && !restart {
		if !sameQuery(old.Query, q, loose) {
			return nil, usageError("%s is part of another pull\nFinish it with the flags it was begun with, or begin anew with --restart", p.part)
		}
		p.man = *old
		p.man.Tool = "logwhy " + toolVersion()
	}
	if p.man.Checkpoint == nil {
		return p, nil // only the renaming is left
	}
	if err := p.open(); err != nil {
		return nil, &exitError{exitRead, fmt.Errorf("cannot write %s: %w", p.part, pathCause(err))}
	}
	return p, nil
}

// sameQuery reports whether an interrupted pull asked for what is asked now.
func sameQuery(a, b ingest.ManifestQuery, loose bool) bool {
	return slices.Equal(a.Resources, b.Resources) && a.Filter == b.Filter && a.Limit == b.Limit && a.Transport == b.Transport &&
		(loose || a.From.Equal(b.From) && a.To.Equal(b.To))
}

// open takes the file up at the checkpoint; what was written behind it is
// written again.
func (p *pullFile) open() (err error) {
	if p.f, err = os.OpenFile(p.part, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	at := p.man.Checkpoint
	info, err := p.f.Stat()
	if err == nil && info.Size() < at.Offset { // somebody cut it: nothing of it can be trusted
		at.Before, at.Offset, at.Entries = p.man.Query.From, 0, 0
		p.man.First, p.man.Last = time.Time{}, time.Time{}
	}
	if err == nil {
		err = p.f.Truncate(at.Offset)
	}
	if err == nil {
		_, err = p.f.Seek(at.Offset, io.SeekStart)
	}
	if err != nil {
		p.f.Close()
		return err
	}
	p.size, p.man.Entries = at.Offset, at.Entries
	p.buf = bufio.NewWriterSize(p.f, 1<<18)
	if strings.HasSuffix(p.path, ".zst") {
		// One goroutine: the bytes do not depend on the machine.
		p.packer, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	}
	if err == nil {
		err = p.save(at.Before)
	}
	return err
}

// Write counts what goes into the file.
func (p *pullFile) Write(b []byte) (int, error) {
	n, err := p.buf.Write(b)
	p.size += int64(n)
	return n, err
}

// add writes one entry.
func (p *pullFile) add(r cloudlog.Record) error {
	later := !r.Time.IsZero() && !r.Time.Equal(p.last)
	if later && (p.unsaved >= blockBytes || p.packer == nil && p.unsaved > 0 && p.now().Sub(p.saved) >= blockTime) {
		if err := p.checkpoint(r.Time); err != nil {
			return err
		}
	}
	if later {
		p.group = ingest.Checkpoint{Before: r.Time, Offset: p.size, Entries: p.man.Entries}
	}
	if err := p.line(r.Line); err != nil {
		return fmt.Errorf("cannot write %s: %w", p.part, pathCause(err))
	}
	p.man.Entries++
	if later {
		p.last = r.Time
		if p.man.First.IsZero() {
			p.man.First = r.Time
		}
		p.man.Last = r.Time
	}
	return nil
}

func (p *pullFile) line(line []byte) error {
	var w io.Writer = p
	if p.packer != nil {
		if w = p.packer; !p.frame {
			p.packer.Reset(p)
			p.frame = true
		}
	}
	p.unsaved += len(line) + 1
	if _, err := w.Write(line); err != nil {
		return err
	}
	_, err := w.Write([]byte{'\n'})
	return err
}

// checkpoint makes sure that all entries before t are in the file, and writes
// down that they are.
func (p *pullFile) checkpoint(t time.Time) error {
	err := p.flush()
	if err == nil {
		err = p.save(t)
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", p.part, pathCause(err))
	}
	return nil
}

func (p *pullFile) flush() error {
	if p.frame {
		if err := p.packer.Close(); err != nil {
			return err
		}
		p.frame = false
	}
	if err := p.buf.Flush(); err != nil {
		return err
	}
	return p.f.Sync()
}

func (p *pullFile) save(t time.Time) error {
	p.man.Checkpoint = &ingest.Checkpoint{Before: t, Offset: p.size, Entries: p.man.Entries}
	p.man.Bytes = p.size
	p.unsaved, p.saved = 0, p.now()
	return p.man.Write(p.part)
}

// keep leaves the file as it was at the checkpoint, to go on another time.
// Where the file is not packed, that is put before the entries of the last
// time, which may not be all of that time.
func (p *pullFile) keep() error {
	err := p.flush()
	if err == nil && p.packer == nil && p.group.Entries > p.man.Checkpoint.Entries {
		p.man.Entries, p.size = p.group.Entries, p.group.Offset
		err = p.save(p.group.Before)
	}
	p.man.Entries = p.man.Checkpoint.Entries
	if err == nil {
		err = p.f.Truncate(p.man.Checkpoint.Offset)
	}
	if cerr := p.f.Close(); err == nil {
		err = cerr
	}
	return err
}

// discard leaves nothing behind.
func (p *pullFile) discard() {
	p.f.Close()
	for _, f := range []string{p.part, ingest.ManifestPath(p.part)} {
		_ = os.Remove(f) // it may not be there
	}
}

// finish writes the manifest for good and gives both files their names. A pull
// that is killed meanwhile finds the manifest without a checkpoint, and only
// has to rename.
func (p *pullFile) finish(complete bool, reason string) error {
	err := p.flush()
	if cerr := p.f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		p.man.Checkpoint, p.man.Bytes = nil, p.size
		p.man.Complete, p.man.Reason = complete, reason
		err = p.man.Write(p.part)
	}
	if err == nil {
		err = p.rename()
	}
	if err != nil {
		return &exitError{exitRead, fmt.Errorf("cannot write %s: %w", p.path, pathCause(err))}
	}
	return nil
}

// rename is the last step. The data comes first: a manifest without its file
// would be of no use.
func (p *pullFile) rename() error {
	if err := os.Rename(p.part, p.path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Rename(ingest.ManifestPath(p.part), ingest.ManifestPath(p.path))
}
