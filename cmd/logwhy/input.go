package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"logwhy/internal/config"
	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/redact"
	"logwhy/internal/signature"
)

// inputFlags say what to read and which part of it.
type inputFlags struct {
	from, to, since, around, window string
	filter                          string
	workers                         int
	maxIDs                          int
	year                            int
	quiet, verbose                  bool
	// live says what to ask Cloud Logging for where there is no input; nil in
	// commands that read inputs alone.
	live *liveFlags
}

func (f *inputFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.from, "from", "", "keep entries from `TIME` on (RFC 3339)")
	fl.StringVar(&f.to, "to", "", "keep entries before `TIME` (RFC 3339)")
	fl.StringVar(&f.since, "since", "", "keep the last `DURATION` before the newest entry, such as 2h")
	fl.StringVar(&f.around, "around", "", "keep the entries around `TIME` (RFC 3339)")
	fl.StringVar(&f.window, "window", "30m", "the `DURATION` that --around keeps, half before and half after")
	fl.StringVar(&f.filter, "filter", "", "keep the entries that `FILTER` selects, in the Logging query language, such as 'severity>=ERROR'")
	fl.IntVar(&f.workers, "workers", 0, "decode with `N` goroutines (0: one for each processor)")
	fl.IntVar(&f.maxIDs, "max-ids", 0, "remember `N` insertIds to find duplicates across inputs (0: 8 million)")
	fl.IntVar(&f.year, "year", 0, "the `YEAR` of text lines whose time carries none")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no progress and no warnings on standard error")
	fl.BoolVarP(&f.verbose, "verbose", "v", false, "say more on standard error")
}

// registerLive adds the flags of a live read.
func (f *inputFlags) registerLive(cmd *cobra.Command) {
	f.live = &liveFlags{}
	f.live.register(cmd)
	f.live.registerStrategy(cmd)
	cmd.Flags().Lookup("since").Usage += "; before now when read live"
}

// inputs are the arguments; without any, none for a live read, else standard
// input.
func (f *inputFlags) inputs(e env, cmd *cobra.Command, args []string) ([]string, error) {
	if f.live != nil {
		if err := f.live.check(e, args); err != nil {
			return nil, err
		}
		if err := refuseLive(cmd, args); err != nil {
			return nil, err
		}
		if f.live.wanted() {
			return nil, nil
		}
	}
	if len(args) > 0 {
		return args, nil
	}
	if e.stdinTTY {
		hint := "Give a file, a folder or - for standard input: " + cmd.CommandPath() + " logs.json"
		if f.live != nil {
			hint += "\nOr read live: " + cmd.CommandPath() + " --project ID --service NAME --since 1h"
		}
		return nil, usageError("no input\n%s", hint)
	}
	return []string{"-"}, nil
}

// checkValues refuses flags that say nothing, or nothing possible.
func checkValues(cmd *cobra.Command) error {
	fl := cmd.Flags()
	if w := fl.Lookup("window"); w != nil && w.Changed && settingOf(w) == "" && !fl.Changed("around") {
		return usageError("--window goes with --around\nSay around what: --around 2026-01-25T09:54:00Z --window %s", w.Value)
	}
	if y, err := fl.GetInt("year"); err == nil && y > 9999 {
		return usageError("--year %d is not a year\nWrite it as 2026", y)
	}
	return notNegative(cmd)
}

// notNegative refuses lengths and numbers below zero, which mean nothing.
func notNegative(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if kind := kindOf(f); err == nil && (kind == config.Number || kind == config.Duration) && strings.HasPrefix(f.Value.String(), "-") {
			err = usageError("--%s %s is negative", f.Name, f.Value)
		}
	})
	return err
}

// refuseLive refuses flags of a live read beside an input: who types --limit
// must not believe that it was kept to.
func refuseLive(cmd *cobra.Command, args []string) (err error) {
	if len(args) == 0 {
		return nil
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && isLive(f.Name) {
			err = usageError("--%s is for live reads, and %s is an input: leave one of them out%s", f.Name, quoteWord(baseName(args[0])), filterHint(f.Name))
		}
	})
	return err
}

// filterHint tells how to choose a part of an input by what a flag chooses live.
func filterHint(flag string) string {
	switch flag {
	case "resource":
		return "\nFor a part of the input: --filter 'resource.type=\"cloud_run_revision\"'"
	case "limit":
		return "\nFor a part of the input: --from, --to or --since"
	}
	return ""
}

// bounds parses the time flags. since is returned apart, as it needs the newest entry.
func (f *inputFlags) bounds() (from, to logentry.Time, since time.Duration, err error) {
	from, to = logentry.NoTime, logentry.NoTime
	if f.around != "" && (f.from != "" || f.to != "" || f.since != "") {
		return 0, 0, 0, usageError("--around goes with --window, not with --from, --to or --since")
	}
	if f.since != "" && f.from != "" {
		return 0, 0, 0, usageError("give --since or --from, not both")
	}
	if f.from != "" {
		if from, err = parseTime("--from", f.from); err != nil {
			return 0, 0, 0, err
		}
	}
	if f.to != "" {
		if to, err = parseTime("--to", f.to); err != nil {
			return 0, 0, 0, err
		}
	}
	if from.Known() && to.Known() && from >= to {
		return 0, 0, 0, usageError("--from %s is not before --to %s\nGive the earlier one as --from.", f.from, f.to)
	}
	if f.around != "" {
		at, err := parseTime("--around", f.around)
		if err != nil {
			return 0, 0, 0, err
		}
		w, err := parseDuration("--window", f.window)
		if err != nil {
			return 0, 0, 0, err
		}
		return at.Add(-w / 2), at.Add(w / 2), 0, nil
	}
	if f.since != "" {
		if since, err = parseDuration("--since", f.since); err != nil {
			return 0, 0, 0, err
		}
	}
	return from, to, since, nil
}

func parseTime(flag, s string) (logentry.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			return logentry.TimeOf(t), nil
		}
	}
	return 0, usageError("%s %q is not a time\nWrite it as 2026-01-25T09:54:00Z", flag, s)
}

func parseDuration(flag, s string) (time.Duration, error) {
	if n := len(s); n > 1 && s[n-1] == 'd' {
		if d, err := time.ParseDuration(s[:n-1] + "h"); err == nil && d > 0 {
			return d * 24, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err == nil && d <= 0 || s == "0d" {
		return 0, usageError("%s %s is not longer than nothing\nWrite it as 90s, 30m, 2h or 1d", flag, s)
	}
	if err != nil {
		return 0, usageError("%s %q is not a duration\nWrite it as 90s, 30m, 2h or 1d", flag, s)
	}
	return d, nil
}

// analyze reads the inputs, or Cloud Logging where the flags ask for it, and
// explains them.
func analyze(ctx context.Context, e env, args []string, in inputFlags, rf ruleFlags, opt correlate.Options, tool incident.Tool) (*incident.Analysis, error) {
	if len(args) == 0 && in.live != nil && in.live.wanted() {
		return in.live.analyze(ctx, e, in, rf, opt, tool)
	}
	from, to, since, err := in.bounds()
	if err != nil {
		return nil, err
	}
	keep, err := in.keep()
	if err != nil {
		return nil, err
	}
	bar := newProgress(e, in.quiet)
	defer bar.done()
	opts := ingest.Options{
		Workers: in.workers, From: from, To: to, Keep: keep, MaxIDs: in.maxIDs, Year: in.year, Stdin: e.stdin, Progress: bar.set, HashMax: hashMax,
	}
	set, err := ingest.Open(args, opts)
	if err != nil {
		return nil, readError(err)
	}
	cat, err := loadCatalog(rf)
	if err != nil {
		return nil, err
	}
	tool.Rules, tool.RuleSet = len(cat.Signatures), shortHash(cat.Hash())
	if since > 0 {
		newest, err := set.Newest(ctx)
		if err != nil {
			return nil, readError(err)
		}
		if newest.Known() {
			set.Limit(newest.Add(-since), to)
			from = newest.Add(-since)
		}
	}
	var verbose io.Writer
	if in.verbose && !in.quiet {
		verbose = e.stderr
	}
	return explainSet(ctx, set, cat, opt, tool, from, to, in.stated(), verbose)
}

func explainSet(ctx context.Context, set *ingest.Set, cat *signature.Catalog, opt correlate.Options, tool incident.Tool, from, to logentry.Time, filter string, verbose io.Writer) (*incident.Analysis, error) {
	var collectors []*correlate.Collector
	report, err := set.Read(ctx, func(int) func(*logentry.Entry) {
		c := correlate.NewCollector(cat, opt)
		collectors = append(collectors, c)
		return c.Add
	})
	if err != nil {
		return nil, readError(err)
	}
	if len(collectors) == 0 {
		collectors = append(collectors, correlate.NewCollector(cat, opt))
	}
	all := collectors[0]
	for i, c := range collectors[1:] {
		all.Merge(c)
		collectors[i+1] = nil // merged: nothing refers to it any more
	}
	if verbose != nil {
		tellInputs(verbose, report)
	}
	read := readOf(report)
	read.Tool, read.From, read.To, read.Filter = tool, from, to, filter
	if n := report.Total().Filtered; filter != "" && n > 0 {
		read.Warnings = append(read.Warnings, incident.Warning{Code: "filtered",
			Text: "Only what `--filter` selects was looked at: what is missing here may be in the input."})
	}
	if t := report.Total(); t.Entries == 0 && t.Filtered > 0 {
		return nil, &exitError{exitRead, fmt.Errorf("no entries %s\nThe input holds %s – %s.", selectionWords(from, to, filter != ""), t.First, t.Last)}
	}
	large := report.Total().Bytes > largeInput
	if large {
		runtime.GC()
	}
	a := correlate.Analyze(cat, all, read, opt)
	a.Coverage.Notes = append(a.Coverage.Notes, pulledNotes(report)...)
	if large {
		runtime.GC()
	}
	return a, nil
}

// hashMax is the size from which an input gets no checksum: it costs as much
// as a quarter of the reading, and who reads that much waits for it.
const hashMax = 128 << 20

// largeInput is the size from which what reading and explaining leave behind
// is collected at once: the peak of memory is that of the largest step then,
// not of several together.
const largeInput = 64 << 20

// selectionWords says what the flags keep.
func selectionWords(from, to logentry.Time, filtered bool) string {
	switch window := from.Known() || to.Known(); {
	case !filtered:
		return windowWords(from, to)
	case window:
		return windowWords(from, to) + " match --filter"
	}
	return "match --filter"
}

func windowWords(from, to logentry.Time) string {
	switch {
	case from.Known() && to.Known():
		return fmt.Sprintf("between %s and %s", from, to)
	case from.Known():
		return fmt.Sprintf("from %s on", from)
	}
	return fmt.Sprintf("before %s", to)
}

// readError gives the exit code of a failed read.
func readError(err error) error {
	var ie *ingest.InputError
	if errors.As(err, &ie) {
		// What is no export is quoted, and messages end up in the logs of jobs.
		shown := *ie
		shown.Found = redact.New(redact.Options{}).Text(ie.Found)
		return &exitError{exitRead, &shown}
	}
	if errors.Is(err, context.Canceled) {
		return &exitError{exitInterrupted, err}
	}
	return &exitError{exitRead, err}
}

// tellInputs says for each input what it was taken for and what became of its
// records: what --verbose asks for.
func tellInputs(w io.Writer, r *ingest.Report) {
	for _, in := range r.Inputs {
		if in.Unreadable != "" {
			fmt.Fprintf(w, "%s: left out: %s\n", in.Path, in.Unreadable)
			continue
		}
		fmt.Fprintf(w, "%s: %s, %s, %d entries, %d filtered, %d skipped, %d duplicates\n",
			in.Path, in.Format, in.Encoding, in.Entries, in.Filtered, in.Skipped, in.Duplicates)
		for _, s := range in.Skips {
			fmt.Fprintf(w, "%s:%d: skipped: %s\n", in.Path, s.Line, s.Reason)
		}
	}
}

// readOf turns what ingest tells into what correlate prints.
func readOf(r *ingest.Report) correlate.Read {
	var out correlate.Read
	for _, in := range r.Inputs {
		v := incident.Input{
			Name: in.Name, Format: in.Format, Encoding: in.Encoding, Compression: in.Compression, Order: in.Order, Lossy: in.Lossy,
			SHA256: in.SHA256, Bytes: in.Bytes, Entries: in.Entries, Filtered: in.Filtered, Skipped: in.Skipped,
			Duplicates: in.Duplicates, First: in.First.Time(), Last: in.Last.Time(),
		}
		if in.Unreadable != "" {
			out.Warnings = append(out.Warnings, incident.Warning{Code: "unreadable-input",
				Text: incident.Prose(incident.Code(in.Name) + " was left out: " + in.Unreadable)})
			continue
		}
		if in.Truncated {
			out.Warnings = append(out.Warnings, incident.Warning{Code: "truncated",
				Text: incident.Prose(incident.Code(in.Name) + " ends in the middle of a record: its tail is missing")})
		}
		if in.DuplicatesAtLeast {
			out.Warnings = append(out.Warnings, incident.Warning{Code: "ids-forgotten",
				Text: "more insertIds than are remembered (`--max-ids`): the number of duplicates is a lower bound"})
		}
		out.EqualTimeText += in.EqualTimeText
		out.Inputs = append(out.Inputs, v)
		if in.Manifest != nil {
			out.Pulled = append(out.Pulled, correlate.Pulled{Input: in.Name, Asked: askedOf(in.Manifest)})
		}
		for _, s := range in.Skips {
			if len(out.Skips) == 10 {
				break
			}
			src := fmt.Sprintf("%s:%d", in.Name, s.Line)
			if s.Line == 0 {
				src = fmt.Sprintf("%s#%d", in.Name, s.Record)
			}
			out.Skips = append(out.Skips, incident.Skip{Source: src, Reason: s.Reason, Bytes: s.Bytes})
		}
	}
	return out
}
