package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"logwhy/internal/correlate"
	"logwhy/internal/fetch"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/logentry"
	"logwhy/internal/report"
	"logwhy/internal/signature"
)

// watchFlags are the flags of watch.
type watchFlags struct {
	in   inputFlags
	live liveFlags
	rf   ruleFlags
	of   outputFlags
	red  redactFlags
	cf   contextFlags
	opt  correlate.Options

	least string
}

func (f *watchFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	f.live.register(cmd)
	for _, name := range []string{"transport", "allow-partial"} { // they mean nothing here
		_ = fl.MarkHidden(name)
	}
	for name, usage := range map[string]string{
		"limit":    "stop after `N` entries (0: never)",
		"deadline": "stop after `DURATION` (default: at Ctrl-C)",
		"project":  "watch the project `ID` (repeatable)",
	} {
		if x := fl.Lookup(name); x != nil {
			x.Usage = usage
		}
	}
	fl.StringVar(&f.in.filter, "filter", "", "only entries that `FILTER` selects, in the Logging query language")
	fl.StringVar(&f.in.since, "since", "", "begin with the last `DURATION`, such as 30m (default: with what comes now)")
	fl.BoolVarP(&f.in.quiet, "quiet", "q", false, "print no findings and no notices while it watches")
	fl.StringVar(&f.least, "min-severity", incident.Low, "print findings of `SEVERITY` or worse: "+strings.Join(severities, ", "))
	f.rf.register(cmd)
	f.red.register(cmd)
	f.of.register(cmd, report.Formats(), report.Write)
	f.cf.registerStated(cmd)
	fl.DurationVar(&f.opt.QuietAfter, "quiet-after", 0, "say that a finding is quiet when not seen for `DURATION` (default 10m)")
}

func newWatch(e env) *cobra.Command {
	var f watchFlags
	cmd := &cobra.Command{
		Use:   "watch --project ID",
		Short: "Follow the logs, say what begins to fail, and report at the end",
		Long: `watch follows the entries of a project as they come and prints a line when a
failure is seen for the first time, when it has become ten times as many, when it
was not seen for a while, and when it is back; changes such as deploys, too.

Ctrl-C ends it and writes the report of all that came, to standard output or
where -o says. Sessions that end or break are replaced, and what was logged in
between is listed afterwards; what the server left out is said at once and in
the report. The lines go to standard error where the report goes to a pipe.`,
		Example: `  logwhy watch --project acme-staging --service checkout-api
  logwhy watch --project acme-staging --since 30m -o md=rca.md
  logwhy watch --project acme-staging --filter 'severity>=WARNING' --deadline 10m -o json=watch.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, e) },
	}
	f.register(cmd)
	return cmd
}

// run checks the flags, watches, and writes the report.
func (f *watchFlags) run(cmd *cobra.Command, e env) error {
	f.of.noPager = true // who pressed Ctrl-C wants the prompt back
	outs, ropt, err := f.of.parse(e)
	if err != nil {
		return err
	}
	if err := f.check(e); err != nil {
		return err
	}
	cat, err := loadCatalog(f.rf)
	if err != nil {
		return err
	}
	w := &watcher{
		e: e, f: f, cat: cat, begun: e.now().UTC(), feed: &feed{limit: f.live.limit, segment: segmentBytes, now: e.now},
		lines: newSightings(f.linesTo(e, outs), cat, f.opt, f.least),
		tool:  incident.Tool{Name: "logwhy", Version: toolVersion(), Command: commandLine(cmd, nil), Rules: len(cat.Signatures), RuleSet: shortHash(cat.Hash())},
	}
	defer context.AfterFunc(cmd.Context(), func() {
		// A second Ctrl-C ends the program: nobody has to wait for a report.
		signal.Reset(os.Interrupt, syscall.SIGTERM)
		w.say("ending; the report follows")
	})()
	failed := w.watch(cmd.Context())
	if failed != nil && w.feed.entries == 0 {
		return failed
	}
	a, err := w.report(context.WithoutCancel(cmd.Context()), failed)
	if err != nil {
		return err
	}
	return errors.Join(f.of.write(e, a, outs, ropt), failed)
}

// check reads the flags that are no outputs.
func (f *watchFlags) check(e env) error {
	if err := f.red.parse(); err != nil {
		return err
	}
	if !f.live.wanted() {
		return usageError("watch follows a project\nName it: logwhy watch --project ID")
	}
	if err := f.live.complete(e); err != nil {
		return err
	}
	if f.live.transport != "grpc" {
		return usageError("watch speaks gRPC only; leave out --transport %s", f.live.transport)
	}
	if _, err := f.in.parseFilter(); err != nil {
		return err
	}
	if !slices.Contains(severities, f.least) {
		return usageError("--min-severity %q is unknown%s\nSeverities: %s", f.least, didYouMean(f.least, severities), strings.Join(severities, ", "))
	}
	return f.cf.stated(&f.opt)
}

// linesTo is where findings are printed: beside the report on a terminal, but
// never into a report that is read by a program.
func (f *watchFlags) linesTo(e env, outs []output) io.Writer {
	if f.in.quiet {
		return io.Discard
	}
	for _, o := range outs {
		if o.path == "-" && !e.stdoutTTY {
			return e.stderr
		}
	}
	return e.stdout
}

// watcher is one run of watch.
type watcher struct {
	e     env
	f     *watchFlags
	cat   *signature.Catalog
	feed  *feed
	lines *sightings
	tool  incident.Tool

	begun  time.Time
	ended  time.Time
	follow cloudlog.Follow
	result cloudlog.TailResult

	connected bool        // there was a session; used by told alone
	blind     atomic.Bool // there is none, or what came before it is not listed yet
}

// watch follows until it is interrupted or told to stop, which is no error.
func (w *watcher) watch(ctx context.Context) error {
	if w.f.live.deadlineText != "" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.f.live.deadline)
		defer cancel()
	}
	client, err := w.f.live.open(ctx, w.e, w.waits)
	if err != nil {
		return err
	}
	defer client.Close()
	if w.follow, err = w.query(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		var err error
		w.result, err = client.Tail(ctx, w.follow)
		done <- err
	}()
	err = w.lookOn(ctx, done)
	w.ended = w.e.now().UTC()
	if err == nil || errors.Is(err, errEnough) {
		return nil
	}
	return liveError(err)
}

// query says what is followed.
func (w *watcher) query() (cloudlog.Follow, error) {
	resources, err := w.f.live.resources()
	if err != nil {
		return cloudlog.Follow{}, err
	}
	out := cloudlog.Follow{Resources: resources, Filter: w.f.live.scope(w.f.in.filter), Add: w.feed.add, Told: w.told}
	if w.f.in.since != "" {
		since, err := parseDuration("--since", w.f.in.since)
		if err != nil {
			return out, err
		}
		out.Since = w.begun.Add(-since)
	}
	return out, nil
}

// lookOn looks at what came again and again until the tail ends.
func (w *watcher) lookOn(ctx context.Context, done <-chan error) error {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	var rest time.Time // no look before it: looking must not be all that is done
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
		}
		now := w.e.now()
		if now.Before(rest) || ctx.Err() != nil {
			continue
		}
		if w.feed.ripe(now) {
			if err := w.look(ctx); err != nil && ctx.Err() == nil {
				w.say("cannot look at what came: %v", err)
			}
			after := w.e.now()
			rest = after.Add(4 * after.Sub(now))
		}
		if w.blind.Load() {
			w.lines.blind(now)
		} else {
			w.lines.hush(now)
		}
	}
}

// look analyses the newest entries and prints what is new.
func (w *watcher) look(ctx context.Context) error {
	recent, rest, err := w.feed.recent()
	if err != nil {
		return err
	}
	if rest != nil {
		a, err := w.explain(ctx, []ingest.Source{*rest}, nil)
		if err != nil {
			return err
		}
		w.lines.settle(a, w.lines.keys(a))
	}
	a, err := w.explain(ctx, recent, nil)
	if err != nil {
		return err
	}
	keys := w.lines.keys(a)
	w.f.red.apply(a)
	w.lines.look(a, keys, w.e.now())
	return nil
}

// explain analyses sources. h tells of the reading; nil for a look.
func (w *watcher) explain(ctx context.Context, sources []ingest.Source, h *fetch.Harvest) (*incident.Analysis, error) {
	all, rep := correlate.NewCollector(w.cat, w.f.opt), &ingest.Report{}
	if len(sources) > 0 {
		set, err := ingest.Open(nil, ingest.Options{Sources: sources, Keep: w.f.live.keeps, HashMax: -1})
		if err != nil {
			return nil, readError(err)
		}
		if all, rep, err = collect(ctx, set, w.cat, w.f.opt); err != nil {
			return nil, readError(err)
		}
	}
	if h == nil {
		h = &fetch.Harvest{}
	}
	read := h.Read(rep)
	read.Tool = w.tool
	read.From, read.To = h.Live.From, h.Live.To
	if h.Live.From == 0 {
		read.From, read.To = logentry.NoTime, logentry.NoTime
	}
	return correlate.Analyze(w.cat, all, read, w.f.opt), nil
}

// report explains everything that came. failed is why the watch ended early.
func (w *watcher) report(ctx context.Context, failed error) (*incident.Analysis, error) {
	h := w.harvest(failed)
	a, err := w.explain(ctx, w.feed.all(), h)
	if err != nil {
		return nil, err
	}
	a.Coverage.Notes = append(a.Coverage.Notes, h.Notes...)
	w.f.red.apply(a)
	return a, nil
}

// say prints a notice.
func (w *watcher) say(format string, args ...any) {
	if !w.f.in.quiet {
		fmt.Fprintf(w.e.stderr, "logwhy: "+format+"\n", args...)
	}
}

// waits tells of pauses that the client makes for longer than a moment.
func (w *watcher) waits(p cloudlog.Wait) {
	if p.For >= 5*time.Second {
		w.say("waiting %s: %s", p.For.Round(time.Second), report.Word(p.Why, 120))
	}
}

// told prints what the tail tells.
func (w *watcher) told(n cloudlog.Notice) {
	if n.Routine {
		return
	}
	why := report.Word(n.Why, 120)
	switch n.Kind {
	case cloudlog.Lost:
		w.blind.Store(true)
	case cloudlog.Listed:
		w.blind.Store(false)
	}
	switch n.Kind {
	case cloudlog.Connected:
		if w.connected {
			w.say("watching again")
			return
		}
		w.connected = true
		w.say("watching %s; Ctrl-C ends it and writes the report", strings.Join(w.follow.Resources, ", "))
	case cloudlog.Lost:
		if n.Wait > 0 {
			w.say("the session ended: %s; the next in %s", why, n.Wait.Round(100*time.Millisecond))
		} else {
			w.say("the session ended: %s; the next follows", why)
		}
	case cloudlog.Suppressed:
		w.say("the server left out at least %s: %s", countOf(n.Count, "entry", "entries"), why)
	case cloudlog.Listed:
		w.tellGap(n.Gap)
	}
}

func (w *watcher) tellGap(g cloudlog.Gap) {
	switch {
	case !g.Complete:
		w.say("what was logged %s could not be listed: %s", gapWords(g), report.Word(g.Reason, 120))
	case g.Why != "":
		w.say("listed what was logged %s: %s that no session had brought", gapWords(g), countOf(g.Entries, "entry", "entries"))
	case g.From.Before(w.begun) && g.Entries > 0:
		w.say("listed %s from %s on", countOf(g.Entries, "entry", "entries"), clockTime(g.From))
	}
}

func gapWords(g cloudlog.Gap) string {
	return "between " + clockTime(g.From) + " and " + clockTime(g.To)
}
