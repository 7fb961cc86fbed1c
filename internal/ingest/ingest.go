// Package ingest turns exports of Cloud Logging into entries, whatever form
// they have: JSON arrays, lines of JSON, API pages, YAML, CSV, tables, plain
// text and documents that quote log lines, in UTF-8 or UTF-16, compressed or
// not. What an input is, is found out from its first bytes and never asked for.
//
// The steps are:
//
//  1. Open. Arguments become inputs: files, the files of folders, standard input.
//  2. Sniff. The head of each input is unpacked and decoded, and a format claims it.
//  3. Cut. One goroutine reads the input and cuts it, at record boundaries, into
//     chunks of about a mebibyte.
//  4. Decode. Workers turn the records of a chunk into entries, drop those that
//     are filtered or that an earlier input held already, and hand on the rest.
//  5. Look back. Reread reads the chunks that cover a stretch of time again.
//
// Inputs are read one after the other, in argument order. Which entries come
// out, and with which positions, does not depend on the number of workers; the
// order in which workers hand them on does. Memory is a few chunks a worker, plus
// a table of hashed insertIds when there are several inputs.
//
// A record that cannot be read is counted and positioned, and reading goes on:
// what was read = entries + filtered + skipped + duplicates. Package ingest knows
// nothing of failures and writes nothing.
package ingest

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sort"
	"strings"

	"logwhy/internal/logentry"
)

// Options says what to read and with what means. The zero value reads
// everything.
type Options struct {
	// Workers is the number of goroutines that decode; 0 means GOMAXPROCS.
	Workers int
	// From and To keep entries with From <= time < To; NoTime and the zero
	// value are open. Entries without a time are kept.
	From, To logentry.Time
	// Keep is a further filter, called by all workers at once; nil keeps all.
	// The entry is valid only during the call.
	Keep func(*logentry.Entry) bool
	// MaxEntryBytes is the size from which a record is skipped; 0 means 64 MiB.
	MaxEntryBytes int
	// MaxIDs is how many insertIds are remembered with several inputs, as hashes
	// of 8 bytes in a table that is at least three eighths full; 0 means 8 Mi.
	// Beyond it the number of duplicates is a lower bound.
	MaxIDs int
	// HashMax is the number of bytes from which an input gets no SHA256, as
	// hashing takes about as long as reading; 0 means 1 GiB, negative hashes
	// nothing.
	HashMax int64
	// Sources are inputs in memory; they come before those of the arguments.
	Sources []Source
	// Stdin is what the argument "-" reads.
	Stdin io.Reader
	// Year completes text timestamps that carry none (syslog, klog). 0 takes the
	// year of the first dated line of the same input; without one the time of
	// such lines is unknown.
	Year int
	// Progress is told, from one goroutine at a time, how many bytes of all
	// inputs are read; total is 0 when it is unknown.
	Progress func(done, total int64)

	chunk int // bytes of a chunk, for tests
}

const (
	defaultMaxEntry = 64 << 20
	defaultMaxIDs   = 8 << 20
	defaultHashMax  = 1 << 30
	// keepStream is how much of a pipe is kept for a second look.
	keepStream = 64 << 20
)

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.MaxEntryBytes <= 0 {
		o.MaxEntryBytes = defaultMaxEntry
	}
	if o.MaxIDs <= 0 {
		o.MaxIDs = defaultMaxIDs
	}
	if o.chunk <= 0 {
		o.chunk = chunkBytes
	}
	if o.HashMax == 0 {
		o.HashMax = defaultHashMax
	}
	return o
}

// wants says whether e passes the filters.
func (o *Options) wants(e *logentry.Entry) bool {
	if t := e.Time; t.Known() && (isBound(o.From) && t < o.From || isBound(o.To) && t >= o.To) {
		return false
	}
	return o.Keep == nil || o.Keep(e)
}

// isBound says whether t limits anything; NoTime and the zero value do not.
func isBound(t logentry.Time) bool { return t.Known() && t != 0 }

// A Set is a list of inputs that were recognised and can be read. It is made
// by Open, and its methods must not be called concurrently.
type Set struct {
	opts   Options
	inputs []*input
	pool   bufferPool
}

// Len returns the number of inputs, unreadable ones included.
func (s *Set) Len() int { return len(s.inputs) }

// Window is a stretch of time, From <= t < To; NoTime is open.
type Window struct{ From, To logentry.Time }

// overlaps says whether entries between first and last can lie in w.
func (w Window) overlaps(first, last logentry.Time) bool {
	return first.Known() && (!w.To.Known() || first < w.To) && (!w.From.Known() || last >= w.From)
}

func (w Window) holds(t logentry.Time) bool {
	return t.Known() && (!w.To.Known() || t < w.To) && (!w.From.Known() || t >= w.From)
}

// Orders of the entries of an input, in the order of the file. An input counts
// as ordered when at most one step in twenty goes the other way.
const (
	NewestFirst = "newest-first"
	OldestFirst = "oldest-first"
	MixedOrder  = "mixed"
)

// Report tells what a Read found, input by input in argument order.
type Report struct{ Inputs []InputReport }

// InputReport tells what was read of one input.
type InputReport struct {
	Name string // as in Pos.Name
	Path string // as it was opened, "-" for standard input
	// Unreadable says why the input yielded nothing, such as "PNG image"; ""
	// otherwise. Only inputs found in folders, or given beside readable ones,
	// come this far; else Open or Read return an *InputError.
	Unreadable string

	Format      string // array, ndjson, concatenated, wrapped, embedded, yaml, flattened, csv, table, record, text, markdown
	Encoding    string // utf-8, utf-8-bom, utf-16le, utf-16be
	Compression string // "", gzip, zstd
	Order       string // NewestFirst, OldestFirst, MixedOrder; "" with fewer than two different times
	// Lossy says that the form cannot hold whole entries: text, tables, CSV,
	// quotes in documents, samples in a summary.
	Lossy  bool
	SHA256 string // of the bytes as read, hex; "" when it was not computed
	Bytes  int64  // as read, before unpacking

	Entries    int // handed on
	Filtered   int // outside From–To, or dropped by Keep
	Skipped    int // records that cannot be read
	Duplicates int // entries that an earlier input held
	// DuplicatesAtLeast says that ids had to be forgotten: Duplicates is a lower
	// bound.
	DuplicatesAtLeast bool

	// First and Last are the earliest and latest time of all that was read,
	// filtered and duplicate entries included; NoTime without any.
	First, Last logentry.Time
	Truncated   bool   // the tail is cut off
	Skips       []Skip // the first ten skipped records
	Untimed     int    // entries without a time
	// EqualTimeText counts entries without an insertId that have the time and
	// text of an entry just before them or in an earlier input. They are handed
	// on.
	EqualTimeText int
	Empty         bool // "[]": the query matched nothing
	// Manifest says what was asked for when the file was pulled, and whether it
	// holds all of that; nil when nothing is known.
	Manifest *Manifest
}

// Read is the number of records that were seen.
func (r *InputReport) Read() int { return r.Entries + r.Filtered + r.Skipped + r.Duplicates }

// Skip is a record that could not be read.
type Skip struct {
	Line   int   // 1-based line of its first character, 0 where lines say nothing
	Record int   // 1-based number within the input
	Offset int64 // of its first character in the decoded text
	Bytes  int64
	Reason string
}

// maxSkips is how many skipped records a report describes.
const maxSkips = 10

// Total adds up the counts of all inputs. First, Last, Truncated and
// DuplicatesAtLeast cover all inputs; the other fields are zero.
func (r *Report) Total() InputReport {
	t := InputReport{First: logentry.NoTime, Last: logentry.NoTime}
	for i := range r.Inputs {
		in := &r.Inputs[i]
		t.Bytes += in.Bytes
		t.Entries += in.Entries
		t.Filtered += in.Filtered
		t.Skipped += in.Skipped
		t.Duplicates += in.Duplicates
		t.Untimed += in.Untimed
		t.EqualTimeText += in.EqualTimeText
		t.Truncated = t.Truncated || in.Truncated
		t.DuplicatesAtLeast = t.DuplicatesAtLeast || in.DuplicatesAtLeast
		t.First = earlier(t.First, in.First)
		t.Last = later(t.Last, in.Last)
	}
	return t
}

func earlier(a, b logentry.Time) logentry.Time {
	if !a.Known() || b.Known() && b < a {
		return b
	}
	return a
}

func later(a, b logentry.Time) logentry.Time {
	if !a.Known() || b.Known() && b > a {
		return b
	}
	return a
}

// An InputError says that an input cannot be used at all.
type InputError struct {
	Name     string // as given
	Found    string // what it is
	Expected string // what can be read; "" when that is beside the point
	Next     string // what to do
	Err      error  // the cause, if the system gave one
}

func (e *InputError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Name, e.Found)
	if e.Expected != "" {
		fmt.Fprintf(&b, "\nExpected %s.", e.Expected)
	}
	if e.Next != "" {
		fmt.Fprintf(&b, "\n%s", e.Next)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// Newest returns the time of the newest entry of all inputs, whatever the
// filters; NoTime when none has a time. It reads everything once. A pipe of
// more than 64 MiB is an *InputError, as it could not be read again.
func (s *Set) Newest(ctx context.Context) (logentry.Time, error) {
	all := &Set{opts: s.opts, inputs: s.inputs}
	all.opts.From, all.opts.To, all.opts.Keep = logentry.NoTime, logentry.NoTime, nil
	all.opts.HashMax = -1
	all.opts.Progress = nil
	r := newRun(all, nil)
	r.noDedupe = true
	r.keepStreams = true
	notes := make([][]*note, len(s.inputs))
	for i, in := range s.inputs {
		notes[i] = in.notes
	}
	rep, err := r.read(ctx)
	for i, in := range s.inputs {
		in.notes = notes[i] // Reread looks for what Read found
	}
	if err != nil {
		return logentry.NoTime, err
	}
	return rep.Total().Last, nil
}

// sortSkips orders skips by input order and keeps the first of them.
func sortSkips(skips []Skip) []Skip {
	sort.Slice(skips, func(i, j int) bool { return skips[i].Offset < skips[j].Offset })
	if len(skips) > maxSkips {
		skips = skips[:maxSkips:maxSkips]
	}
	return skips
}
