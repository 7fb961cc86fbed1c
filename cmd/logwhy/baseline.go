package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"logwhy/internal/baseline"
	"logwhy/internal/incident"
)

func newBaseline(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Look at what check knows, mute failures, forget old ones",
		Long: `baseline works on the state file of check: what failed before, since when, how
often, and what people do not want to hear of.`,
		Example: `  logwhy baseline show --baseline state.json
  logwhy baseline mute 876099fc5a3b --reason 'fixed in the next release' --until 14d --baseline state.json
  logwhy baseline unmute 876099fc5a3b --baseline state.json
  logwhy baseline prune --older 90d --baseline state.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(newBaselineShow(e), newBaselineMute(e), newBaselineUnmute(e), newBaselinePrune(e), newBaselineMerge(e))
	return cmd
}

func newBaselineShow(e env) *cobra.Command {
	var sf stateFlags
	var format string
	cmd := &cobra.Command{
		Use:   "show [FINGERPRINT | SIGNATURE]...",
		Short: "List the failures that are known, or all that is known of some",
		Example: `  logwhy baseline show --baseline state.json
  logwhy baseline show 876099fc5a3b --baseline state.json
  logwhy baseline show -o json --baseline state.json | jq '.failures'`,
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := sf.read(e)
			if err != nil {
				return err
			}
			ids, err := chosen(s, args)
			if err != nil {
				return err
			}
			var b bytes.Buffer
			switch {
			case format == "json":
				err = writePart(&b, s, ids, len(args) > 0)
			case format != "text":
				return usageError("unknown format %q%s\nFormats: text, json", format, didYouMean(format, []string{"text", "json"}))
			case len(args) > 0:
				for _, id := range ids {
					writeFailure(&b, e, id, s.Failures[id])
				}
			default:
				writeFailures(&b, e, s, ids)
			}
			if err != nil {
				return &exitError{exitRead, err}
			}
			_, err = e.stdout.Write(b.Bytes())
			return err
		},
	}
	sf.register(cmd)
	cmd.Flags().StringVarP(&format, "output", "o", "text", "write text or `json`")
	return cmd
}

// read reads the state for a command that needs one to be there.
func (f *stateFlags) read(e env) (*baseline.State, error) {
	if err := f.check(false); err != nil {
		return nil, err
	}
	if _, err := os.Stat(f.path); err != nil {
		return nil, &exitError{exitRead, fmt.Errorf("cannot read %s: %w\nMake it: logwhy check logs.json --baseline %s", f.path, pathCause(err), quoteWord(f.path))}
	}
	s, err := f.store(e).Read()
	return s, stateError(err)
}

// chosen returns the failures that are named by fingerprint, by its first
// digits, or by signature; without names all of them.
func chosen(s *baseline.State, names []string) ([]string, error) {
	all := slices.Sorted(maps.Keys(s.Failures))
	if len(names) == 0 {
		return all, nil
	}
	var out []string
	for _, name := range names {
		var found []string
		for _, id := range all {
			f := s.Failures[id]
			if f.Signature == name || len(name) >= 4 && strings.HasPrefix(id, name) || slices.Contains(f.Also, name) {
				found = append(found, id)
			}
		}
		if len(found) == 0 {
			return nil, usageError("%s is no failure that is known%s\nList them: logwhy baseline show", quoteWord(name), didYouMean(name, append(all, signatures(s)...)))
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func signatures(s *baseline.State) []string {
	var out []string
	for _, f := range s.Failures {
		out = append(out, f.Signature)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// writePart writes the state as it is in the file, or the named failures of it.
func writePart(b *bytes.Buffer, s *baseline.State, ids []string, part bool) error {
	if part {
		few := baseline.NewState()
		for _, id := range ids {
			few.Failures[id] = s.Failures[id]
		}
		s = few
	}
	data, err := baseline.Encode(s)
	b.Write(data)
	return err
}

func shownState(e env, f *baseline.Failure) string {
	if f.Mute.Active(e.now()) {
		return incident.StateMuted
	}
	return f.State
}

// writeFailures lists failures, those that were seen last first.
func writeFailures(b *bytes.Buffer, e env, s *baseline.State, ids []string) {
	if len(ids) == 0 {
		fmt.Fprintln(b, "no failure is known")
		return
	}
	slices.SortStableFunc(ids, func(x, y string) int {
		return cmp.Or(s.Failures[y].Last.Compare(s.Failures[x].Last), cmp.Compare(x, y))
	})
	fmt.Fprintf(b, "%-12s  %-10s  %-8s  %6s  %-20s  %s\n", "FINGERPRINT", "STATE", "SEVERITY", "TIMES", "LAST SEEN", "WHAT")
	for _, id := range ids {
		f := s.Failures[id]
		what := incident.Clip(f.Title.Plain(), 90)
		if f.Service != "" {
			what = incident.Clip(f.Service, 40) + ": " + what
		}
		fmt.Fprintf(b, "%-12s  %-10s  %-8s  %6d  %-20s  %s\n", id, shownState(e, f), f.Severity, f.Total(), shortTime(f.Last), what)
	}
	fmt.Fprintf(b, "%s, %s, read up to %s\n", countOf(len(ids), "failure", "failures"), countOf(len(s.Runs), "run", "runs"), shortTime(s.Through()))
}

func shortTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// writeFailure says all that is known of one failure.
func writeFailure(b *bytes.Buffer, e env, id string, f *baseline.Failure) {
	line := func(label, format string, args ...any) {
		fmt.Fprintf(b, "  %-10s %s\n", label, incident.Clip(fmt.Sprintf(format, args...), 400))
	}
	fmt.Fprintf(b, "%s  %s\n", id, incident.Clip(f.Title.Plain(), 200))
	line("state", "%s, %s", shownState(e, f), f.Severity)
	line("signature", "%s", f.Signature)
	if f.Service != "" {
		line("service", "%s", f.Service)
	}
	for _, k := range slices.Sorted(maps.Keys(f.Identity)) {
		line("identity", "%s = %s", k, f.Identity[k])
	}
	line("seen", "%s, from %s to %s", countOf(f.Total(), "time", "times"), shortTime(f.First), shortTime(f.Last))
	if len(f.Revisions) > 0 {
		line("revisions", "%s", strings.Join(slices.Sorted(maps.Keys(f.Revisions)), ", "))
	}
	for _, c := range f.Causes {
		line("cause", "%s (%s)", c.Title.Plain(), c.Verdict)
	}
	if m := f.Mute; m != nil && !m.Off {
		line("mute", "%s, until %s", m.Reason, cmp.Or(strings.TrimPrefix(shortTime(m.Until), "-"), "it is taken back"))
	}
	for _, run := range slices.Sorted(maps.Keys(f.Counts)) {
		line("run", "%s  %d", run, f.Counts[run])
	}
	if len(f.Also) > 0 {
		line("also", "%s", strings.Join(f.Also, ", "))
	}
}

func newBaselineMute(e env) *cobra.Command {
	var sf stateFlags
	var reason, until string
	cmd := &cobra.Command{
		Use:   "mute FINGERPRINT... --reason WHY",
		Short: "Report a failure no more, until a time",
		Long: `mute keeps failures out of what check fails on. It needs a reason, for those who
come later, and ends after 30 days unless --until says otherwise. The state keeps
on counting, so that nothing is lost when the mute ends.`,
		Example: `  logwhy baseline mute 876099fc5a3b --reason 'fixed in 1.44' --until 14d --baseline state.json
  logwhy baseline mute http.client-error --reason 'crawlers' --until never --baseline state.json`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("no failure named\nList them: logwhy baseline show")
			}
			if strings.TrimSpace(reason) == "" {
				return usageError("a mute needs a reason, for those who come later\nAdd --reason 'why'")
			}
			end, err := muteEnd(e, until)
			if err != nil {
				return err
			}
			return sf.change(e, args, func(f *baseline.Failure) string {
				f.Mute = &baseline.Mute{Set: e.now().UTC().Truncate(time.Second), Reason: incident.Clip(reason, 300), Until: end}
				if end.IsZero() {
					return "muted for good"
				}
				return "muted until " + shortTime(end)
			})
		},
	}
	sf.register(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`, for those who come later")
	cmd.Flags().StringVar(&until, "until", "30d", "mute until `TIME` (RFC 3339), for a duration such as 14d, or never to end")
	return cmd
}

func muteEnd(e env, until string) (time.Time, error) {
	now := e.now().UTC().Truncate(time.Second)
	if until == "never" || until == "" {
		return time.Time{}, nil
	}
	if d, err := parseDuration("--until", until); err == nil {
		return now.Add(d), nil
	}
	t, err := parseTime("--until", until)
	if err != nil {
		return time.Time{}, usageError("--until %q is neither a duration nor a time\nWrite 14d, 2026-01-25T09:54:00Z or never", until)
	}
	if !t.Time().After(now) {
		return time.Time{}, usageError("--until %s is over already", until)
	}
	return t.Time().UTC(), nil
}

func newBaselineUnmute(e env) *cobra.Command {
	var sf stateFlags
	cmd := &cobra.Command{
		Use:     "unmute FINGERPRINT...",
		Short:   "Report a failure again",
		Example: `  logwhy baseline unmute 876099fc5a3b --baseline state.json`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("no failure named\nList them: logwhy baseline show")
			}
			return sf.change(e, args, func(f *baseline.Failure) string {
				if f.Mute == nil || f.Mute.Off {
					return "was not muted"
				}
				f.Mute = &baseline.Mute{Set: e.now().UTC().Truncate(time.Second), Off: true}
				return "reported again"
			})
		},
	}
	sf.register(cmd)
	return cmd
}

// change alters the named failures and says what became of each.
func (f *stateFlags) change(e env, names []string, alter func(*baseline.Failure) string) error {
	if _, err := f.read(e); err != nil {
		return err
	}
	var b bytes.Buffer
	err := f.store(e).Update(func(s *baseline.State) (*baseline.State, error) {
		b.Reset()
		ids, err := chosen(s, names)
		for _, id := range ids {
			fmt.Fprintf(&b, "%s %s: %s\n", id, incident.Clip(s.Failures[id].Title.Plain(), 100), alter(s.Failures[id]))
		}
		return s, err
	})
	if err != nil {
		return usageOr(err)
	}
	_, err = e.stdout.Write(b.Bytes())
	return err
}

// usageOr keeps the exit code of an error that has one.
func usageOr(err error) error {
	if _, ok := err.(*exitError); ok {
		return err
	}
	return stateError(err)
}

func newBaselinePrune(e env) *cobra.Command {
	var sf stateFlags
	var older string
	var dry bool
	cmd := &cobra.Command{
		Use:   "prune --older DURATION",
		Short: "Forget failures that were not seen for long",
		Long: `prune forgets failures that were last seen longer ago than --older and are not
muted. Should one come back, it is new.`,
		Example: `  logwhy baseline prune --older 90d --baseline state.json
  logwhy baseline prune --older 30d --dry-run --baseline state.json`,
		RunE: func(*cobra.Command, []string) error {
			d, err := parseDuration("--older", older)
			if err != nil {
				return err
			}
			if _, err := sf.read(e); err != nil {
				return err
			}
			var gone []string
			err = sf.store(e).Update(func(s *baseline.State) (*baseline.State, error) {
				gone = s.Prune(e.now().Add(-d), e.now())
				if dry {
					return nil, nil
				}
				return s, nil
			})
			if err != nil {
				return stateError(err)
			}
			word := "forgotten"
			if dry {
				word = "would be forgotten"
			}
			fmt.Fprintf(e.stdout, "%s %s\n", countOf(len(gone), "failure", "failures"), word)
			for _, g := range gone {
				fmt.Fprintf(e.stdout, "  %s\n", g)
			}
			return nil
		},
	}
	sf.register(cmd)
	cmd.Flags().StringVar(&older, "older", "90d", "forget what was last seen longer ago than `DURATION`")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would be forgotten")
	return cmd
}

func newBaselineMerge(e env) *cobra.Command {
	return &cobra.Command{
		Use:   "merge STATE STATE...",
		Short: "Join state files that grew apart",
		Long: `merge joins copies of one state that different jobs or branches have written, and
prints the result. The order does not matter, and nothing counts twice. For git:

  git config merge.logwhy.driver 'logwhy baseline merge %A %B > %A.new && mv %A.new %A'
  echo 'state.json merge=logwhy' >> .gitattributes`,
		Example: `  logwhy baseline merge ours.json theirs.json > state.json`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError("merge takes two state files or more")
			}
			all := baseline.NewState()
			for _, name := range args {
				sf := stateFlags{path: name}
				s, err := sf.read(e)
				if err != nil {
					return err
				}
				all = baseline.Merge(all, s)
			}
			data, err := baseline.Encode(all)
			if err != nil {
				return &exitError{exitRead, err}
			}
			_, err = e.stdout.Write(data)
			return err
		},
	}
}
