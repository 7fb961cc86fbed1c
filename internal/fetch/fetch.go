// Package fetch decides what to ask Cloud Logging for, given what was found.
//
// An hour of a busy service is a million entries, of which a few hundred tell
// why it fails. Gather asks for those:
//
//  1. Look. The first and the last thousand entries tell how many there are. A
//     window that is small is read whole, and nothing below is needed.
//  2. Matter. WARNING and above, the logs of the platform, changes, requests
//     answered with 5xx; below WARNING what is worded as a failure, the lines of
//     stack traces, and lines with a text of a signature; a sample of the rest.
//  3. Surroundings. All lines around what was found, on the same instance and of
//     the same request; requests served before and after.
//  4. Beginning. What is already there when the window begins is followed back,
//     in steps that double, until it begins or a bound is reached.
//
// What comes in is a Reader and a window; what goes out are the records of each
// query, packed, for package ingest to read as inputs, and an account of what
// was asked. Each query is bounded; one that meets its bound is said to be
// incomplete. Nothing is written to disk, and the order of queries depends on
// nothing but what they return.
package fetch

import (
	"context"
	"errors"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// Name is what a live read is called where an input has its file name.
const Name = "Cloud Logging"

// Options say what to read.
type Options struct {
	// Query holds resources, a filter that everything must pass, and the
	// window. Its Limit bounds the entries of all queries together; 0 is no bound.
	Query cloudlog.Query
	// Catalog holds the signatures whose texts are asked for.
	Catalog *signature.Catalog
	// Correlate is what the analysis will be made with.
	Correlate correlate.Options
	// Deep reads every entry of the window.
	Deep bool
	// MaxLookback is how far before the window the beginning of a failure, and
	// changes, are looked for; 0 asks for nothing before the window.
	MaxLookback time.Duration
	// Keep is a further filter of what came; nil keeps all.
	Keep func(*logentry.Entry) bool
	// Workers is the number of goroutines that decode; 0 means one for each processor.
	Workers int
	// Progress is told how far a query has come; nil tells nobody.
	Progress func(Progress)

	lookSize, smallWindow, sampleSize int // for tests
}

func (o Options) withDefaults() Options {
	if o.lookSize == 0 {
		o.lookSize, o.smallWindow, o.sampleSize = lookSize, smallWindow, sampleSize
	}
	return o
}

// Progress tells how far a read has come.
type Progress struct {
	What    string    // what is being read, in a few words
	Covered float64   // the part of its window that was read, 0 to 1
	Through time.Time // the time up to which it was read
	Entries int       // of all queries
	Calls   int
	Query   int // it is the n-th
}

// Harvest is what was read.
type Harvest struct {
	// Sources hold the records, a source for each query that found any.
	Sources []ingest.Source
	// Live tells what was asked.
	Live correlate.Live
	// Warnings are the limits that were met.
	Warnings []incident.Warning
	// Notes say for people what was asked and what was not.
	Notes []incident.Prose
	// Calls and Entries are those of all queries.
	Calls, Entries int
}

// Complete reports whether every query came to its end.
func (h *Harvest) Complete() bool { return !h.Live.Cut }

// Gather asks for what matters in a window. The error is that of the first
// query, when nothing could be read at all, or of ctx when it was cancelled;
// what goes wrong later is told in the harvest. When the deadline of ctx
// passes, what came until then is returned.
func Gather(ctx context.Context, r cloudlog.Reader, o Options) (*Harvest, error) {
	o = o.withDefaults()
	g := &gatherer{asker: asker{ctx: ctx, r: r, o: &o, live: correlate.Live{From: logentry.TimeOf(o.Query.From), To: logentry.TimeOf(o.Query.To)}}}
	var err error
	if o.Deep {
		err = g.everything()
	} else {
		err = g.chosen()
	}
	if err == nil {
		err = g.before()
	}
	if errors.Is(err, errStopped) {
		g.live.Cut = true
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return g.harvest()
}

// gatherer is one Gather.
type gatherer struct {
	asker
	estimate   int     // entries of the window, as far as the first look tells
	share      float64 // of the sample
	sampleFrom int     // the sources of the sample
	sampleTo   int
	spots      []correlate.Spot
	ready      []correlate.ReadyInstance
	found      *incident.Analysis // of what was read so far
	audited    bool               // all changes in the window came
	begun      string             // what looking back came to
}

const everyEntry = "every entry of the window"

// everything reads the window whole.
func (g *gatherer) everything() error {
	res, err := g.ask(query{what: everyEntry, from: g.o.Query.From, to: g.o.Query.To, essential: true})
	g.live.Whole = err == nil && res.Complete
	return err
}

// Bounds of the queries, in entries. A page holds 1,000; a reader asks for one
// entry more than it is to deliver, to know whether there is more.
const (
	lookSize    = 999
	smallWindow = 10_000  // windows below are read whole
	mostMatter  = 100_000 // about two minutes of the usual quota
	mostChanges = 5_000
	mostWorded  = 20_000
	mostTexts   = 10_000 // of each part
	mostMarkers = 5_000
	mostRefused = 1_998 // requests answered with 4xx
	sampleSize  = 3_000
	mostAround  = 5_000
	mostTraced  = 3_000
	mostServed  = 100
	mostBefore  = 5_000 // of each step back
)

// chosen reads what matters, and what belongs to it.
func (g *gatherer) chosen() error {
	whole, err := g.look()
	if whole || err != nil {
		return err
	}
	for _, step := range []func() error{g.matter, g.sample, g.observe, g.surroundings} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// look reads the ends of the window, and all of it when it is small.
func (g *gatherer) look() (whole bool, err error) {
	q := g.o.Query
	head, err := g.ask(query{what: "a first look: the oldest entries", from: q.From, to: q.To, limit: g.o.lookSize, glance: true, essential: true})
	if err != nil {
		return false, err
	}
	if head.Complete {
		g.live.Whole = true
		g.live.Asked[0].What = everyEntry
		return true, nil
	}
	tail, err := g.ask(query{what: "a first look: the newest entries", from: q.From, to: q.To, limit: g.o.lookSize, newest: true, glance: true})
	if err != nil {
		return false, err
	}
	g.estimate = estimate(q.From, q.To, head, tail)
	if g.estimate > g.o.smallWindow || !head.Through.Before(tail.Through) {
		return false, nil
	}
	rest, err := g.ask(query{what: "all that lies between, as it is not much", from: head.Through, to: tail.Through.Add(time.Nanosecond), limit: 2 * g.o.smallWindow, glance: true})
	g.live.Whole = err == nil && rest.Complete
	return g.live.Whole, err
}

// estimate says how many entries a window holds when its ends are as dense as
// what was read of them.
func estimate(from, to time.Time, head, tail cloudlog.Result) int {
	seen := head.Through.Sub(from) + to.Sub(tail.Through)
	if seen < time.Millisecond {
		seen = time.Millisecond
	}
	return int(float64(head.Entries+tail.Entries) * float64(to.Sub(from)) / float64(seen))
}

// matter asks for what may be part of a failure.
func (g *gatherer) matter() error {
	q := g.o.Query
	list := []query{
		{what: "WARNING and above, the logs of the platform, and requests answered with 5xx", where: important(), limit: mostMatter, essential: true},
		{what: "audit entries of changes", where: changes(), limit: mostChanges},
		{what: "below WARNING: what is worded as a failure, and the lines of stack traces", where: worded(), limit: mostWorded},
	}
	parts := texts(g.o.Catalog, failing, g.room())
	for i, part := range parts {
		list = append(list, query{what: partOf("below WARNING: lines with a text of a signature", i, len(parts)), where: part, limit: mostTexts})
	}
	for i, part := range texts(g.o.Catalog, healthy, g.room()) {
		list = append(list, query{what: partOf("signs that something came up", i, 1), where: part, limit: mostMarkers})
	}
	for _, k := range list {
		k.from, k.to = q.From, q.To
		if err := g.askBothEnds(k); err != nil {
			return err
		}
	}
	g.audited = !g.live.Cut
	return g.askBothEnds(query{what: "requests answered with 4xx", where: refused(), from: q.From, to: q.To, limit: mostRefused, glance: true})
}

// sample asks for an even share of everything: denominators, signs of health,
// who runs where.
func (g *gatherer) sample() error {
	g.share = min(1, float64(g.o.sampleSize)/float64(max(g.estimate, 1)))
	g.share = shareDigits(g.share)
	g.sampleFrom = len(g.sources)
	res, err := g.ask(query{
		what: sampleWords(g.share), where: sampled(g.share),
		from: g.o.Query.From, to: g.o.Query.To, limit: 4 * g.o.sampleSize, glance: true,
	})
	g.sampleTo = len(g.sources)
	switch {
	case !res.Complete:
		g.share = 0
	case g.share >= 1:
		g.live.Whole = true // the ends were denser than the rest
	}
	return err
}
