package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/fetch"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/logentry"
)

// analyze reads Cloud Logging as the flags say and explains what came.
func (f *liveFlags) analyze(ctx context.Context, e env, in inputFlags, rf ruleFlags, opt correlate.Options, tool incident.Tool) (*incident.Analysis, error) {
	q, err := f.baseQuery(e, in)
	if err != nil {
		return nil, err
	}
	cat, err := loadCatalog(rf)
	if err != nil {
		return nil, err
	}
	tool.Rules, tool.RuleSet = len(cat.Signatures), shortHash(cat.Hash())
	show := newLiveProgress(e, in.quiet)
	defer show.done()
	harvest, err := f.gather(ctx, e, show, fetch.Options{
		Query: q, Catalog: cat, Correlate: opt, Deep: f.deep, MaxLookback: f.maxLookback, Keep: f.keeps, Workers: in.workers, Progress: show.set,
	})
	if err != nil {
		return nil, liveError(err)
	}
	show.done()
	all := correlate.NewCollector(cat, opt)
	rep := &ingest.Report{}
	if len(harvest.Sources) > 0 {
		set, err := ingest.Open(nil, ingest.Options{Sources: harvest.Sources, Keep: f.keeps, Workers: in.workers, MaxIDs: in.maxIDs, HashMax: -1})
		if err != nil {
			return nil, readError(err)
		}
		if all, rep, err = collect(ctx, set, cat, opt); err != nil {
			return nil, readError(err)
		}
	}
	if !in.quiet {
		tellHarvest(e.stderr, harvest, in.verbose)
	}
	read := harvest.Read(rep)
	read.Tool, read.Filter, read.From, read.To = tool, in.filter, logentry.TimeOf(q.From), logentry.TimeOf(q.To)
	a := correlate.Analyze(cat, all, read, opt)
	if !harvest.Complete() {
		for i := range a.Findings {
			a.Findings[i].AtLeast = true
		}
	}
	a.Coverage.Notes = append(a.Coverage.Notes, harvest.Notes...)
	a.Coverage.Notes = append(a.Coverage.Notes, f.limits(e, q)...)
	return a, nil
}

// lateArrival is how long entries commonly take until they can be read.
const lateArrival = 5 * time.Minute

// limits say what no query can help.
func (f *liveFlags) limits(e env, q cloudlog.Query) []incident.Prose {
	var out []incident.Prose
	if e.now().Sub(q.To) < lateArrival {
		out = append(out, "The window ends at the time of asking: entries of its last minutes may still have been on their way.")
	}
	if strings.Contains(q.Resources[0], "/buckets/_Default/") {
		out = append(out, "A view of the bucket `_Default` was read: audit entries of deploys and changes are in `_Required` and were not.")
	}
	return out
}

// gather opens the API and asks it, for as long as --deadline allows.
func (f *liveFlags) gather(ctx context.Context, e env, show *liveProgress, o fetch.Options) (*fetch.Harvest, error) {
	client, err := f.open(ctx, e, show.wait)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, f.deadline)
	defer cancel()
	h, err := fetch.Gather(ctx, client, o)
	// What a connection says while it closes changes nothing of what was read.
	_ = client.Close()
	return h, err
}

// liveError gives the exit code of a read that failed.
func liveError(err error) error {
	var ee *exitError
	var ce *cloudlog.Error
	switch {
	case errors.As(err, &ee):
		return err
	case errors.Is(err, context.Canceled):
		return &exitError{exitInterrupted, err}
	case errors.Is(err, context.DeadlineExceeded):
		return &exitError{exitRead, fmt.Errorf("nothing came in the time allowed (--deadline)\nGive a longer one, or a shorter window: --since 15m")}
	case errors.As(err, &ce) && ce.Kind == cloudlog.BadQuery:
		return &exitError{exitUsage, err}
	}
	return &exitError{exitRead, err}
}

// tellHarvest says what the report stands on: its limits, and with --verbose
// each query.
func tellHarvest(w io.Writer, h *fetch.Harvest, verbose bool) {
	if verbose {
		for _, a := range h.Live.Asked {
			more := ""
			if !a.Complete {
				more = ", not all: " + a.Reason
			}
			fmt.Fprintf(w, "%s – %s  %s: %d entries, %d requests%s\n", a.From.Format(time.RFC3339), a.To.Format(time.RFC3339), a.What.Plain(), a.Entries, a.Calls, more)
		}
	}
	for _, warning := range h.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning.Text.Plain())
	}
}
