package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"logwhy/internal/baseline"
	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/redact"
	"logwhy/internal/report"
)

// checkFlags say what is known, and what ends a job.
type checkFlags struct {
	state        stateFlags
	failOn       []string
	maxNew       int
	overlap      time.Duration
	allowPartial bool // the flag is one of a live read, too
	dryRun       bool

	policy baseline.Policy
}

func (f *checkFlags) register(cmd *cobra.Command) {
	f.state.register(cmd)
	fl := cmd.Flags()
	fl.StringSliceVar(&f.failOn, "fail-on", nil, "exit 1 when a failure is in `STATE[:SEVERITY]` (repeatable; default new,regressed,escalating; none for never)")
	fl.IntVar(&f.maxNew, "max-new", -1, "exit 1 when more than `N` failures are new, instead of at the first")
	fl.DurationVar(&f.overlap, "overlap", 5*time.Minute, "an entry may be on its way for `DURATION`: so much of the last window is looked at again")
	fl.BoolVar(&f.dryRun, "dry-run", false, "leave the state as it is")
}

// parse checks the flags before anything is read.
func (f *checkFlags) parse(cmd *cobra.Command) error {
	if err := f.state.check(true); err != nil {
		return err
	}
	if f.overlap < 0 {
		return usageError("--overlap %s is negative", f.overlap)
	}
	if cmd.Flags().Changed("max-new") && f.maxNew < 0 {
		return usageError("--max-new %d is negative", f.maxNew)
	}
	words := f.failOn
	if !cmd.Flags().Changed("fail-on") {
		words = baseline.DefaultFailOn()
		if f.maxNew >= 0 { // some new ones are allowed then
			words = words[1:]
		}
	}
	var err error
	f.policy, err = baseline.ParsePolicy(words, f.maxNew)
	var pe *baseline.PolicyError
	if errors.As(err, &pe) {
		return usageError("--fail-on: %w%s\nWrite it as new:high,regressed,escalating", err, didYouMean(pe.Word, pe.Known))
	}
	return err
}

func newCheck(e env) *cobra.Command {
	var in inputFlags
	var rf ruleFlags
	var of outputFlags
	var red redactFlags
	var cf contextFlags
	var ck checkFlags
	opt := correlate.Options{Tally: true}
	cmd := &cobra.Command{
		Use:   "check INPUT... | --project ID --baseline STATE.json",
		Short: "Say what is new against the runs before",
		Long: `check reads logs like report and holds each failure against a state file: it is
new, ongoing, escalating, regressed, quiet, resolved, muted or unknown. The first
run takes what it sees as known. Windows may overlap: nothing counts twice, and
what arrives late counts. Without INPUT, --project reads Cloud Logging from where
the last run ended; the first run reads an hour, or --since.

Exit codes: 0 nothing the policy forbids, 1 the policy forbids it (--fail-on),
2 the flags or the state file are wrong, 3 the input cannot be read, 4 the data
is incomplete, so that what was not seen is unknown, not quiet (--allow-partial).`,
		Example: `  logwhy check logs.json --baseline state.json
  logwhy check logs.json --baseline state.json --fail-on new:high,regressed -o github="$GITHUB_STEP_SUMMARY"
  gcloud logging read '...' --format=json | logwhy check - --baseline state.json -o junit=failures.xml
  logwhy check --project acme-staging --service checkout-api --baseline state.json
  logwhy check logs.json --baseline none --fail-on new:high`,
		RunE: func(cmd *cobra.Command, args []string) error {
			of.noPager = true
			outs, ropt, err := of.parse(e)
			if err != nil {
				return err
			}
			if err := errors.Join(red.parse(), ck.parse(cmd)); err != nil {
				return err
			}
			if red.parsed.Mode == redact.Off {
				return usageError("check with --redact off would write secrets into the state\nLeave --redact off out, or use report")
			}
			if args, err = in.inputs(e, cmd, args); err != nil {
				return err
			}
			ck.allowPartial = in.live.allowPartial
			c := checker{e: e, flags: &ck, store: ck.state.store(e), quiet: in.quiet}
			if c.old, err = c.read(); err != nil {
				return err
			}
			if len(args) == 0 {
				if err := ck.resume(e, &in, c.old); err != nil {
					return err
				}
			}
			tool := incident.Tool{Name: "logwhy", Version: toolVersion(), Command: commandLine(cmd, args)}
			a, err := cf.analyze(cmd.Context(), e, args, in, rf, opt, tool)
			if err != nil {
				return err
			}
			red.apply(a)
			w, err := ck.window(e, in, a, len(args) == 0)
			if err != nil {
				return err
			}
			return c.finish(cmd.Context(), a, w, func() error { return of.write(e, a, outs, ropt) }, stdoutIsFree(outs), ropt)
		},
	}
	in.register(cmd)
	in.registerLive(cmd)
	cmd.Flags().Lookup("allow-partial").Usage = "take incomplete data as it is: no exit 4, and the window counts as read"
	rf.register(cmd)
	red.register(cmd)
	of.register(cmd, report.Formats(), report.Write)
	cf.registerStated(cmd)
	ck.register(cmd)
	return cmd
}

// maxResume is how far a live read goes back to where the last run ended: a
// job that was off for longer begins anew, and says what nobody has read.
const maxResume = 48 * time.Hour

// resume sets the window of a live read: from where the last run ended, less
// the time that entries may have been on their way, to now. A beginning that
// was asked for is moved back to there too, so that nothing falls between two
// runs, unless it is given as a time.
func (f *checkFlags) resume(e env, in *inputFlags, old *baseline.State) error {
	from, to, err := in.live.window(e, *in)
	if err != nil {
		return err
	}
	if last := old.CountedThrough(); !last.IsZero() && in.from == "" && in.around == "" {
		last = last.Add(-f.overlap).Truncate(time.Minute)
		if in.since == "" || last.Before(from) {
			from = last
		}
		if oldest := to.Add(-maxResume); from.Before(oldest) {
			from = oldest
		}
	}
	if !from.Before(to) {
		return usageError("the state is read up to %s, and the window ends at %s\nIs the clock of this machine right?", old.CountedThrough().Format(time.RFC3339), to.Format(time.RFC3339))
	}
	in.from, in.to, in.since, in.around = from.Format(time.RFC3339Nano), to.Format(time.RFC3339Nano), "", ""
	return nil
}

// window is what the time flags ask for. A file cannot hold what is still to come.
func (f *checkFlags) window(e env, in inputFlags, a *incident.Analysis, live bool) (baseline.Window, error) {
	w := baseline.Window{Overlap: f.overlap, Partial: f.allowPartial}
	from, to, since, err := in.bounds()
	if err != nil {
		return w, err
	}
	if from.Known() {
		w.From = from.Time()
	}
	if since > 0 && !a.Coverage.To.IsZero() {
		w.From = a.Coverage.To.Add(-since)
	}
	if to.Known() {
		w.To = to.Time()
		if now := e.now(); !live && w.To.After(now) && !a.Coverage.To.After(now) {
			w.To = now
		}
	}
	return w, nil
}

// stdoutIsFree reports whether what is written to standard output may be
// followed by workflow commands: a document for people, or nothing.
func stdoutIsFree(outs []output) bool {
	for _, o := range outs {
		if o.path == "-" && o.format != "md" && o.format != "term" && o.format != "github" {
			return false
		}
	}
	return true
}

// checker holds one analysis against the state.
type checker struct {
	e     env
	flags *checkFlags
	store *baseline.Store // nil for --baseline none
	old   *baseline.State
	quiet bool
}

// read reads the state before the logs: a wrong one is found at once.
func (c *checker) read() (*baseline.State, error) {
	if c.store == nil {
		return baseline.NewState(), nil
	}
	s, err := c.store.Read()
	return s, stateError(err)
}

// finish compares, prints, and then keeps: what was printed may be printed
// again after an interruption, but is never lost.
func (c *checker) finish(ctx context.Context, a *incident.Analysis, w baseline.Window, write func() error, free bool, ropt report.Options) error {
	run := baseline.Observe(a, w)
	if c.store == nil { // nothing is known, and nothing learned
		run.NoMemory = true
	}
	_, out := baseline.Apply(c.old, run)
	c.flags.policy.Apply(out.States)
	out.Mark(a)
	if err := write(); err != nil {
		return err
	}
	if c.e.getenv("GITHUB_ACTIONS") == "true" {
		commands := c.e.stdout
		if !free { // the runner reads both
			commands = c.e.stderr
		}
		if err := report.WriteAnnotations(commands, a, ropt); err != nil {
			return &exitError{exitRead, err}
		}
	}
	if err := ctx.Err(); err != nil {
		return &exitError{exitInterrupted, err}
	}
	kept, err := c.keep(run, out.States)
	if err != nil {
		return err
	}
	if !c.quiet {
		c.tell(c.e.stderr, out.States, kept)
	}
	return c.verdict(out.States)
}

// keep adds the run to the state as it is now, which another run may have
// changed since it was read.
func (c *checker) keep(run baseline.Run, s *incident.States) (bool, error) {
	if c.store == nil || c.flags.dryRun || s.First && (s.To.IsZero() || len(s.Incomplete) > 0 && !c.flags.allowPartial) {
		return false, nil
	}
	err := c.store.Update(func(now *baseline.State) (*baseline.State, error) {
		next, _ := baseline.Apply(now, run)
		return next, nil
	})
	return err == nil, stateError(err)
}

// tell says in a line or two how it went.
func (c *checker) tell(w io.Writer, s *incident.States, kept bool) {
	name := baseName(c.flags.state.path)
	switch {
	case s.First && kept:
		fmt.Fprintf(w, "first run: %s in %s from now on, and nothing counts as new\n", countOf(len(s.Failures), "failure is the baseline", "failures are the baseline"), name)
	case s.First:
		fmt.Fprintln(w, "first run: no baseline was written")
	default:
		fmt.Fprintln(w, stateCounts(s))
	}
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func stateCounts(s *incident.States) string {
	var parts []string
	for _, k := range s.Counts {
		parts = append(parts, fmt.Sprintf("%d %s", k.N, k.Name))
	}
	if s.AtRest > 0 {
		parts = append(parts, fmt.Sprintf("%d as before, not seen", s.AtRest))
	}
	if len(parts) == 0 {
		return "nothing failed, and nothing was known to"
	}
	return strings.Join(parts, ", ")
}

// verdict is the exit code, with its reasons.
func (c *checker) verdict(s *incident.States) error {
	var lines []string
	for _, h := range s.Hits {
		lines = append(lines, h.Plain())
	}
	if len(s.Incomplete) > 0 && !c.flags.allowPartial {
		lines = append(lines, "the data is incomplete: what was not seen is unknown, not quiet")
		for _, p := range s.Incomplete {
			lines = append(lines, "- "+p.Plain()) // a name at the start of a line might be a workflow command
		}
		lines = append(lines, "Read all of the window, or take it as it is with --allow-partial.")
		return &exitError{exitIncomplete, errors.New(strings.Join(lines, "\n"))}
	}
	if len(lines) == 0 {
		return nil
	}
	for i := range s.Failures {
		if f := &s.Failures[i]; f.Hit && len(lines) < 12 {
			lines = append(lines, fmt.Sprintf("  %s %s, %s: %s", f.Fingerprint, f.State, f.Severity, incident.Clip(f.Title.Plain(), 100)))
		}
	}
	return &exitError{exitPolicy, errors.New(strings.Join(lines, "\n"))}
}
