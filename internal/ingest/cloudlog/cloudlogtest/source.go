package cloudlogtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
)

// Source holds entries in order of time, then insertId. A source may make its
// entries when they are asked for, so that a million of them need no memory. Its
// methods are called by many goroutines at once.
type Source interface {
	// Len is the number of entries.
	Len() int
	// Time is the timestamp of entry i.
	Time(i int) time.Time
	// Entry returns entry i; its Raw is the LogEntry as JSON. It is not changed.
	Entry(i int) *logentry.Entry
}

// Ready is a Source that has the forms in which entries are served at hand, so
// that they need not be made from Raw.
type Ready interface {
	Source
	// JSON is entry i as LogEntry JSON.
	JSON(i int) []byte
	// Message is entry i as gRPC sends it. It is not changed.
	Message(i int) (*loggingpb.LogEntry, error)
}

// Entries is a Source in memory.
type Entries struct{ items []*item }

// item is an entry in memory, with its gRPC form once it was asked for.
type item struct {
	entry   *logentry.Entry
	arrives time.Time // from when on it can be read; zero: always
	message atomic.Pointer[loggingpb.LogEntry]
}

// Load reads entries: an array of LogEntry JSON, or one after the other. The
// order does not matter. Each needs a timestamp.
func Load(data []byte) (*Entries, error) {
	decoded, err := ingest.DecodeAll(data)
	if err != nil {
		return nil, err
	}
	e := &Entries{}
	for i, entry := range decoded {
		if !entry.Time.Known() {
			return nil, fmt.Errorf("entry %d has no timestamp: the service would have given it one", i+1)
		}
		if entry.InsertID == "" {
			if entry, err = withID(entry, i); err != nil {
				return nil, err
			}
		}
		e.items = append(e.items, &item{entry: entry})
	}
	e.sort()
	return e, nil
}

// withID gives an entry without an insertId one, as the service does.
func withID(e *logentry.Entry, i int) (*logentry.Entry, error) {
	again, err := ingest.DecodeAll(withMembers(e.Raw, map[string]any{"insertId": fmt.Sprintf("given-%06d", i)}))
	if err != nil || len(again) != 1 {
		return nil, fmt.Errorf("entry %d: %w", i+1, err)
	}
	return again[0], nil
}

// FromFile is Load of a file that must be readable.
func FromFile(t TB, path string) *Entries {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("cloudlogtest: %v", err)
	}
	return FromJSON(t, data)
}

// FromJSON is Load of text that must be well formed.
func FromJSON[T string | []byte](t TB, data T) *Entries {
	t.Helper()
	e, err := Load([]byte(data))
	if err != nil {
		t.Fatalf("cloudlogtest: %v", err)
	}
	return e
}

func (e *Entries) sort() {
	slices.SortStableFunc(e.items, func(a, b *item) int {
		return cmp.Or(cmp.Compare(a.entry.Time, b.entry.Time), cmp.Compare(a.entry.InsertID, b.entry.InsertID))
	})
}

// Len is the number of entries.
func (e *Entries) Len() int { return len(e.items) }

// Time is the timestamp of entry i.
func (e *Entries) Time(i int) time.Time { return e.items[i].entry.Time.Time() }

// Entry returns entry i.
func (e *Entries) Entry(i int) *logentry.Entry { return e.items[i].entry }

// JSON is entry i as it was read.
func (e *Entries) JSON(i int) []byte { return e.items[i].entry.Raw }

// Message is entry i as gRPC sends it.
func (e *Entries) Message(i int) (*loggingpb.LogEntry, error) {
	it := e.items[i]
	if m := it.message.Load(); m != nil {
		return m, nil
	}
	m, err := Message(it.entry.Raw)
	if err == nil {
		it.message.Store(m)
	}
	return m, err
}

// Newest is the time of the newest entry; the zero time without any.
func (e *Entries) Newest() time.Time {
	if len(e.items) == 0 {
		return time.Time{}
	}
	return e.Time(len(e.items) - 1)
}

// stamp finds the times of an entry, wherever they stand in it.
var stamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z`)

// Shift returns the entries moved by d. Every time that is written as Cloud
// Logging writes it moves: also those in audit payloads and in texts.
func (e *Entries) Shift(d time.Duration) (*Entries, error) {
	var all []byte
	for _, it := range e.items {
		all = append(append(all, stamp.ReplaceAllFunc(it.entry.Raw, func(b []byte) []byte { return shiftStamp(b, d) })...), '\n')
	}
	return Load(all)
}

// shiftStamp moves a time and keeps its number of digits.
func shiftStamp(b []byte, d time.Duration) []byte {
	t, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return b
	}
	layout := "2006-01-02T15:04:05Z"
	if digits := len(b) - len(layout) - 1; digits > 0 {
		layout = "2006-01-02T15:04:05." + "000000000"[:digits] + "Z"
	}
	return []byte(t.Add(d).Format(layout))
}

// Until cuts the entries in two: those before t, and those at t and later.
func (e *Entries) Until(t time.Time) (before, after *Entries) {
	i := sort.Search(e.Len(), func(i int) bool { return !e.Time(i).Before(t) })
	return &Entries{e.items[:i]}, &Entries{e.items[i:]}
}

// Texts returns the entries as JSON, in order, as [Server.Add] takes them.
func (e *Entries) Texts() [][]byte {
	out := make([][]byte, len(e.items))
	for i, it := range e.items {
		out[i] = it.entry.Raw
	}
	return out
}

// repeated is what Repeat returns.
type repeated struct {
	templates []*item
	from      time.Time
	every     time.Duration
	n         int
}

// Repeat is a Source of n entries, one each step from from on, that take their
// content from the templates in turn. Time, receive time and insertId are their
// own. It needs no memory beyond the templates.
func Repeat(templates *Entries, from time.Time, step time.Duration, n int) (Source, error) {
	if templates.Len() == 0 || n < 0 || step <= 0 {
		return nil, errors.New("repeat needs a template, a step above 0, and a number of entries")
	}
	r := &repeated{templates.items, from.UTC(), step, n}
	for i := range templates.items { // so that Message cannot fail later
		if _, err := templates.Message(i); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *repeated) Len() int             { return r.n }
func (r *repeated) Time(i int) time.Time { return r.from.Add(time.Duration(i) * r.every) }

func (r *repeated) id(i int) string { return fmt.Sprintf("repeat-%010d", i) }

func (r *repeated) Entry(i int) *logentry.Entry {
	e := *r.templates[i%len(r.templates)].entry
	e.Time = logentry.TimeOf(r.Time(i))
	e.Received, e.InsertID = e.Time, r.id(i)
	return &e
}
