package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/ingest/cloudlog"
)

// pullCommand is one run of pull.
type pullCommand struct {
	e       env
	in      inputFlags
	live    liveFlags
	output  string
	restart bool

	show   *liveProgress
	told   time.Time // when progress was last told to those without a terminal
	before int       // entries of an earlier, interrupted run
}

func newPull(e env) *cobra.Command {
	p := &pullCommand{e: e}
	cmd := &cobra.Command{
		Use:   "pull --project ID -o FILE",
		Short: "Save what Cloud Logging holds, so that it can be read again",
		Long: `pull writes every entry of a window, oldest first, one JSON object a line. FILE
that ends in .zst is packed. FILE.manifest.json beside it says what was asked
for and whether the file holds all of it: every other command reads it, and does
not doubt what was pulled whole.

Until the end the entries are in FILE.part. A pull that was interrupted, even
killed, goes on where it was when the same command is given again, and ends with
the same file. Requests stay below the quota of the project.`,
		Example: `  logwhy pull --project acme-staging --service checkout-api --since 2h -o logs.ndjson
  logwhy pull --project acme-staging --from 2026-01-25T09:00:00Z --to 2026-01-25T12:00:00Z -o logs.ndjson.zst
  logwhy pull --project acme-staging --filter 'severity>=ERROR' --since 1d -o errors.ndjson
  logwhy report logs.ndjson`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd.Context()) },
	}
	fl := cmd.Flags()
	fl.StringVar(&p.in.from, "from", "", "read entries from `TIME` on (RFC 3339)")
	fl.StringVar(&p.in.to, "to", "", "read entries before `TIME` (RFC 3339)")
	fl.StringVar(&p.in.since, "since", "", "read the last `DURATION` before now, such as 2h (default 1h)")
	fl.StringVar(&p.in.around, "around", "", "read the entries around `TIME` (RFC 3339)")
	fl.StringVar(&p.in.window, "window", "30m", "the `DURATION` that --around reads, half before and half after")
	fl.StringVar(&p.in.filter, "filter", "", "only the entries that `FILTER` selects, in the Logging query language, such as 'severity>=ERROR'")
	fl.BoolVarP(&p.in.quiet, "quiet", "q", false, "no progress and no warnings on standard error")
	fl.StringVarP(&p.output, "output", "o", "-", "write to `FILE`; - is standard output, which has no manifest and is not resumed")
	fl.BoolVar(&p.restart, "restart", false, "begin anew where an earlier pull to FILE was interrupted")
	p.live.register(cmd)
	fl.Lookup("limit").Usage = "end after `N` entries, the oldest; says so and exits 4 when that cuts (0: no limit)"
	fl.Lookup("deadline").Usage = "stop after `DURATION`; the same command goes on later (default: none)"
	fl.Lookup("allow-partial").Usage = "exit 0 also when not everything could be read; the manifest says so"
	return cmd
}

func (p *pullCommand) run(ctx context.Context) error {
	if !p.live.wanted() {
		return usageError("nothing to pull from\nGive --project ID, or --folder, --organization or --view")
	}
	if err := p.live.check(p.e, nil); err != nil {
		return err
	}
	q, err := p.live.baseQuery(p.e, p.in)
	if err != nil {
		return err
	}
	p.show = newLiveProgress(p.e, p.in.quiet)
	defer p.show.done()
	client, err := p.live.open(ctx, p.e, p.show.wait)
	if err != nil {
		return err
	}
	defer client.Close()
	p.told = p.e.now()
	if p.live.deadlineText != "" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.live.deadline)
		defer cancel()
	}
	if p.output == "-" {
		return p.toStdout(ctx, client, q)
	}
	return p.toFile(ctx, client, q)
}

// toStdout writes lines as they come.
func (p *pullCommand) toStdout(ctx context.Context, client *cloudlog.Client, q cloudlog.Query) error {
	w := bufio.NewWriterSize(p.e.stdout, 1<<16)
	q.Progress = p.progress(q)
	res, err := client.Read(ctx, q, func(line []byte) error {
		if _, err := w.Write(line); err != nil {
			return &exitError{exitRead, fmt.Errorf("cannot write to standard output: %w", err)}
		}
		return w.WriteByte('\n')
	})
	if ferr := w.Flush(); err == nil && ferr != nil {
		err = &exitError{exitRead, fmt.Errorf("cannot write to standard output: %w", ferr)}
	}
	p.show.done()
	if err == nil {
		return p.verdict(res.Entries, res.Complete, res.Reason)
	}
	return p.failed(err, res.Entries, "")
}

func (p *pullCommand) toFile(ctx context.Context, client *cloudlog.Client, q cloudlog.Query) error {
	asked := ingest.ManifestQuery{Resources: q.Resources, Filter: q.Filter, From: q.From, To: q.To, Limit: q.Limit, Transport: p.live.transport}
	f, err := openPull(p.output, asked, p.in.from == "" && p.in.around == "" && p.in.to == "", p.restart, p.e.now)
	if err != nil {
		return err
	}
	if f.man.Checkpoint == nil {
		return p.rename(f)
	}
	q.From, q.To = f.man.Query.From, f.man.Query.To
	q.Progress = p.progress(q)
	p.before = f.man.Entries
	if p.before > 0 {
		p.say("going on at %s: %s so far", pullStamp(f.man.Checkpoint.Before), entryCount(p.before))
	}
	res := cloudlog.Result{Complete: true}
	if left := q.Limit - p.before; q.Limit == 0 || left > 0 {
		q.From = f.man.Checkpoint.Before
		if q.Limit > 0 {
			q.Limit = left
		}
		res, err = client.Records(ctx, q, f.add)
	}
	f.man.Requests += res.Calls
	p.show.done()
	return p.end(f, res, err)
}

// end gives the file its name, or keeps what there is to go on another time.
func (p *pullCommand) end(f *pullFile, res cloudlog.Result, err error) error {
	switch {
	case err == nil:
	case f.man.Entries == 0 && !errors.Is(err, context.Canceled):
		f.discard()
		return p.failed(err, 0, "")
	case !p.live.allowPartial || errors.Is(err, context.Canceled):
		if kerr := f.keep(); kerr != nil {
			return &exitError{exitRead, fmt.Errorf("cannot write %s: %w", f.part, kerr)}
		}
		kept := fmt.Sprintf("%s before %s are kept in %s\nGive the same command again to go on.", entryCount(f.man.Entries), pullStamp(f.man.Checkpoint.Before), f.part)
		return p.failed(err, f.man.Entries, kept)
	}
	if err := f.finish(res.Complete, res.Reason); err != nil {
		return err
	}
	p.say("%s: %s from %s to %s in %s", f.path, entryCount(f.man.Entries), pullStamp(f.man.Query.From), pullStamp(f.man.Query.To), requestCount(f.man.Requests))
	return p.verdict(f.man.Entries, res.Complete, res.Reason)
}

// rename ends a pull that was killed in its last step.
func (p *pullCommand) rename(f *pullFile) error {
	if err := f.rename(); err != nil {
		return &exitError{exitRead, fmt.Errorf("cannot write %s: %w", f.path, pathCause(err))}
	}
	p.say("%s: %s, pulled before", f.path, entryCount(f.man.Entries))
	return p.verdict(f.man.Entries, f.man.Complete, f.man.Reason)
}

// verdict is the exit code of a read that came to an end.
func (p *pullCommand) verdict(entries int, complete bool, reason string) error {
	text := ""
	switch {
	case !complete:
		text = "not everything was read: " + reason
	case entries == 0:
		text = "no entries in the window that the filter selects"
	default:
		return nil
	}
	if p.live.allowPartial {
		p.say("%s", text)
		return nil
	}
	return &exitError{exitIncomplete, fmt.Errorf("%s\nTo take that as a success: --allow-partial", text)}
}

// failed is the exit code of a read that was broken off. kept says what is
// left of it.
func (p *pullCommand) failed(err error, entries int, kept string) error {
	if kept != "" {
		kept = "\n" + kept
	}
	var ee *exitError
	switch {
	case errors.As(err, &ee):
		return err
	case errors.Is(err, context.Canceled):
		return &exitError{exitInterrupted, &keptError{"interrupted" + kept}}
	case errors.Is(err, context.DeadlineExceeded):
		return &exitError{exitIncomplete, fmt.Errorf("--deadline is over%s", kept)}
	case entries > 0:
		return &exitError{exitIncomplete, fmt.Errorf("%w%s", err, kept)}
	}
	if ce := (*cloudlog.Error)(nil); errors.As(err, &ce) && ce.Kind == cloudlog.BadQuery {
		return &exitError{exitUsage, err}
	}
	return &exitError{exitRead, err}
}

// keptError says what an interrupted command leaves behind.
type keptError struct{ text string }

func (e *keptError) Error() string { return e.text }

// progress tells how much of the window is read.
func (p *pullCommand) progress(whole cloudlog.Query) func(cloudlog.Progress) {
	return func(now cloudlog.Progress) {
		now.From = whole.From
		text := fmt.Sprintf("%3.0f %% of the window, at %s; %s in %s",
			100*now.Covered(false), now.Through.UTC().Format("2006-01-02 15:04:05Z"), entryCount(p.before+now.Entries), requestCount(now.Calls))
		p.tell(text)
	}
}

// tell draws the line on a terminal, and writes one now and then elsewhere.
func (p *pullCommand) tell(text string) {
	now := p.e.now()
	every := progressEvery
	if p.e.stderrTTY {
		every = 100 * time.Millisecond
	}
	if p.in.quiet || now.Sub(p.told) < every {
		return
	}
	p.told = now
	if !p.e.stderrTTY {
		fmt.Fprintln(p.e.stderr, text)
		return
	}
	p.show.mu.Lock()
	defer p.show.mu.Unlock()
	p.show.draw(text)
}

// progressEvery is how often progress is told where there is no terminal.
const progressEvery = 30 * time.Second

// say tells those who did not ask for silence.
func (p *pullCommand) say(format string, args ...any) {
	if !p.in.quiet {
		fmt.Fprintf(p.e.stderr, format+"\n", args...)
	}
}

func requestCount(n int) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}

func pullStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999999Z07:00") }

// askedOf is the query of a file that was pulled, as reports show it.
func askedOf(m *ingest.Manifest) incident.Asked {
	what := incident.Prose("every entry of the window, pulled before")
	if m.Query.Filter != "" {
		what = "what the filter selects, pulled before"
	}
	return incident.Asked{
		What: what, Resources: m.Query.Resources, Filter: m.Query.Filter, From: m.Query.From, To: m.Query.To,
		Calls: m.Requests, Entries: m.Entries, Complete: m.Complete, Reason: m.Reason,
	}
}

// pulledNotes say of each input that was pulled what it was asked for.
func pulledNotes(r *ingest.Report) []incident.Prose {
	var out []incident.Prose
	for _, in := range r.Inputs {
		m := in.Manifest
		if m == nil {
			continue
		}
		var where []string
		for _, name := range m.Query.Resources {
			where = append(where, string(incident.Code(name)))
		}
		what := "every entry"
		if m.Query.Filter != "" {
			what = "what " + string(incident.Code(m.Query.Filter)) + " selects"
		}
		held := "all of it is there"
		if !m.Complete {
			held = "not all of it is there"
		}
		out = append(out, incident.Prose(fmt.Sprintf("%s was pulled from %s: %s from %s to %s; %s.", incident.Code(in.Name), strings.Join(where, ", "), what,
			pullStamp(m.Query.From), pullStamp(m.Query.To), held)))
	}
	return out
}
