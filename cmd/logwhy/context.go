package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"logwhy/internal/config"
	"logwhy/internal/correlate"
	"logwhy/internal/diag"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// contextFlags name what people state beside the logs, and the normal stretch
// to compare with.
type contextFlags struct {
	events, context string
	window          string
	compare         bool
}

// registerStated adds the flags for what people state.
func (f *contextFlags) registerStated(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.events, "events", "", "deploys, decisions and alerts from elsewhere, in `FILE` (YAML or JSON)")
	cmd.Flags().StringVar(&f.context, "context", "", "what the services are, in `FILE`: names, owners, hosts, signs of health (YAML)")
}

// register adds all flags.
func (f *contextFlags) register(cmd *cobra.Command) {
	f.registerStated(cmd)
	cmd.Flags().StringVar(&f.window, "baseline-window", "", "compare with a normal stretch of the same input, `FROM/TO` (RFC 3339)")
	cmd.Flags().BoolVar(&f.compare, "compare", false, "compare two inputs: report --compare NORMAL NOW")
}

// analyze reads what the flags name, then the inputs, and explains them.
func (f *contextFlags) analyze(ctx context.Context, e env, args []string, in inputFlags, rf ruleFlags, opt correlate.Options, tool incident.Tool) (*incident.Analysis, error) {
	if err := f.stated(&opt); err != nil {
		return nil, err
	}
	live := len(args) == 0
	switch {
	case live && (f.compare || f.window != ""):
		return nil, usageError("--compare and --baseline-window take inputs, not a live read\nPull both stretches first, then compare the files.")
	case f.compare && f.window != "":
		return nil, usageError("give --compare or --baseline-window, not both")
	case f.compare && len(args) != 2:
		return nil, usageError("--compare takes two inputs, and there %s\nWrite the normal one first: logwhy report --compare before.json now.json", countWords(len(args)))
	case f.compare:
		return f.compareInputs(ctx, e, args, in, rf, opt, tool)
	case f.window != "":
		return f.compareWindow(ctx, e, args, in, rf, opt, tool)
	}
	return analyze(ctx, e, args, in, rf, opt, tool)
}

func countWords(n int) string {
	if n == 1 {
		return "is one"
	}
	return fmt.Sprintf("are %d", n)
}

// stated reads the files that people wrote.
func (f *contextFlags) stated(opt *correlate.Options) error {
	if f.events != "" {
		data, err := readStated("--events", f.events)
		if err != nil {
			return err
		}
		events, problems := config.ParseEvents(f.events, data)
		if len(problems) > 0 {
			return statedProblems(f.events, problems)
		}
		opt.Events = eventsOf(events, baseName(f.events))
	}
	if f.context != "" {
		data, err := readStated("--context", f.context)
		if err != nil {
			return err
		}
		c, problems := config.ParseContext(f.context, data)
		if len(problems) > 0 {
			return statedProblems(f.context, problems)
		}
		opt.Context = contextOf(c, baseName(f.context))
	}
	return nil
}

func readStated(flag, name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, usageError("%s: %w", flag, err)
	}
	return data, nil
}

func statedProblems(name string, p diag.Problems) error {
	var b bytes.Buffer
	if _, err := p.WriteTo(&b); err != nil {
		return &exitError{exitUsage, err}
	}
	return usageError("%s has problems:\n\n%s", baseName(name), b.String())
}

func eventsOf(events []config.Event, source string) []correlate.StatedEvent {
	out := make([]correlate.StatedEvent, len(events))
	for i, ev := range events {
		out[i] = correlate.StatedEvent{
			Time: logentry.TimeOf(ev.Time), Title: ev.Title, Kind: ev.Kind, Service: ev.Service, Revision: ev.Revision,
			URL: ev.URL, By: ev.By, Source: source,
		}
	}
	return out
}

func contextOf(c config.Context, source string) correlate.Context {
	out := correlate.Context{Source: source}
	for _, s := range c.Services {
		out.Services = append(out.Services, correlate.ServiceContext{
			Name: s.Name, Title: s.Title, Owner: s.Owner, Purpose: s.Purpose, DependsOn: s.DependsOn, Healthy: s.Healthy, Hosts: s.Hosts,
		})
	}
	for _, s := range c.Statements {
		out.Statements = append(out.Statements, correlate.Statement{Text: s.Text, About: s.About})
	}
	return out
}

// compareInputs explains the second input against the first. The two are read
// apart, so that what both hold is no duplicate.
func (f *contextFlags) compareInputs(ctx context.Context, e env, args []string, in inputFlags, rf ruleFlags, opt correlate.Options, tool incident.Tool) (*incident.Analysis, error) {
	from, to, since, err := in.bounds()
	if err != nil {
		return nil, err
	}
	if from.Known() || to.Known() || since > 0 {
		return nil, usageError("--compare reads both inputs whole, without --from, --to, --since or --around\nTo compare two stretches of one input: --baseline-window FROM/TO")
	}
	b, err := readBaseline(ctx, e, args[:1], in, rf, opt, logentry.NoTime, logentry.NoTime, baseName(args[0]))
	if err != nil {
		return nil, err
	}
	opt.Baseline = b
	return analyze(ctx, e, args[1:], in, rf, opt, tool)
}

// compareWindow explains the input outside a normal stretch of it against that
// stretch. Standard input is set down in a file, for it is read twice.
func (f *contextFlags) compareWindow(ctx context.Context, e env, args []string, in inputFlags, rf ruleFlags, opt correlate.Options, tool incident.Tool) (*incident.Analysis, error) {
	from, to, err := parseWindow(f.window)
	if err != nil {
		return nil, err
	}
	rewind, done, err := spool(&e, args)
	if err != nil {
		return nil, err
	}
	defer done()
	if in, err = f.outside(ctx, e, args, in, from, to); err != nil {
		return nil, err
	}
	if err := rewind(); err != nil {
		return nil, err
	}
	if opt.Baseline, err = readBaseline(ctx, e, args, in, rf, opt, from, to, f.window); err != nil {
		return nil, err
	}
	if err := rewind(); err != nil {
		return nil, err
	}
	return analyze(ctx, e, args, in, rf, opt, tool)
}

func parseWindow(s string) (from, to logentry.Time, err error) {
	a, b, ok := strings.Cut(s, "/")
	if !ok {
		return 0, 0, usageError("--baseline-window %q is not FROM/TO\nWrite it as 2026-01-24T09:00:00Z/2026-01-24T12:00:00Z", s)
	}
	if from, err = parseTime("--baseline-window", a); err != nil {
		return 0, 0, err
	}
	if to, err = parseTime("--baseline-window", b); err != nil {
		return 0, 0, err
	}
	if from >= to {
		return 0, 0, usageError("--baseline-window %s: its begin is not before its end", s)
	}
	return from, to, nil
}

// outside chooses what is compared with a normal stretch: what the flags ask
// for, else what follows it. The two must not overlap.
func (f *contextFlags) outside(ctx context.Context, e env, args []string, in inputFlags, from, to logentry.Time) (inputFlags, error) {
	nowFrom, nowTo, since, err := in.bounds()
	if err != nil {
		return in, err
	}
	if since > 0 {
		set, err := ingest.Open(args, ingest.Options{Workers: in.workers, Year: in.year, Stdin: e.stdin, To: nowTo, From: logentry.NoTime})
		if err != nil {
			return in, readError(err)
		}
		newest, err := set.Newest(ctx)
		if err != nil {
			return in, readError(err)
		}
		in.since = ""
		if nowFrom = to; newest.Known() {
			nowFrom = max(newest.Add(-since), to)
		}
	}
	before := nowTo.Known() && nowTo <= from
	if !nowFrom.Known() && !before {
		nowFrom = to
	}
	if nowFrom.Known() && nowFrom < to && !before {
		return in, usageError("--baseline-window %s overlaps what it is compared with\nGive --from %s or later, or --to %s or earlier", f.window, to, from)
	}
	if nowFrom.Known() && in.around == "" {
		in.from = nowFrom.String()
	}
	return in, nil
}

// spool sets standard input down in a file when it is among the inputs. rewind
// goes back to its begin; done removes it.
func spool(e *env, args []string) (rewind func() error, done func(), err error) {
	none := func() error { return nil }
	uses := false
	for _, a := range args {
		uses = uses || a == "-"
	}
	if !uses {
		return none, func() {}, nil
	}
	tmp, err := os.CreateTemp("", "logwhy-*")
	if err != nil {
		return nil, nil, &exitError{exitRead, fmt.Errorf("standard input is read twice, and cannot be set down: %w", err)}
	}
	done = func() {
		// What cannot be removed from a folder for temporary files is no reason to fail.
		_ = tmp.Close()
		_ = os.Remove(tmp.Name())
	}
	if _, err := io.Copy(tmp, e.stdin); err != nil {
		done()
		return nil, nil, &exitError{exitRead, fmt.Errorf("reading standard input: %w", err)}
	}
	rewind = func() error {
		if _, err := tmp.Seek(0, io.SeekStart); err != nil {
			return &exitError{exitRead, err}
		}
		return nil
	}
	e.stdin = tmp
	return rewind, done, rewind()
}

// readBaseline counts the findings of a normal stretch.
func readBaseline(ctx context.Context, e env, args []string, in inputFlags, rf ruleFlags, opt correlate.Options, from, to logentry.Time, name string) (*correlate.Baseline, error) {
	cat, err := loadCatalog(rf)
	if err != nil {
		return nil, err
	}
	keep, err := in.keep()
	if err != nil {
		return nil, err
	}
	set, err := ingest.Open(args, ingest.Options{Workers: in.workers, From: from, To: to, Keep: keep, MaxIDs: in.maxIDs, Year: in.year, Stdin: e.stdin})
	if err != nil {
		return nil, readError(err)
	}
	all, report, err := collect(ctx, set, cat, opt)
	if err != nil {
		return nil, readError(err)
	}
	if t := report.Total(); t.Entries == 0 && t.Filtered > 0 {
		return nil, &exitError{exitRead, fmt.Errorf("no entries %s, the normal stretch\nThe input holds %s – %s.", selectionWords(from, to, keep != nil), t.First, t.Last)}
	}
	return correlate.NewBaseline(cat, all, name, opt), nil
}

// collect reads a set into one collector.
func collect(ctx context.Context, set *ingest.Set, cat *signature.Catalog, opt correlate.Options) (*correlate.Collector, *ingest.Report, error) {
	var collectors []*correlate.Collector
	report, err := set.Read(ctx, func(int) func(*logentry.Entry) {
		c := correlate.NewCollector(cat, opt)
		collectors = append(collectors, c)
		return c.Add
	})
	if err != nil {
		return nil, nil, err
	}
	all := correlate.NewCollector(cat, opt)
	for _, c := range collectors {
		all.Merge(c)
	}
	return all, report, nil
}

// statedFlag prints the value of a flag on the command line of a report: files
// without their folders.
func statedFlag(name, value string) string {
	if name == "events" || name == "context" {
		return baseName(value)
	}
	return value
}
