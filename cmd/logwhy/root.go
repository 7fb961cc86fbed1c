package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"logwhy/internal/diag"
)

// Exit codes, see docs/exit-codes.md. An error never exits 0.
const (
	exitOK          = 0
	exitPolicy      = 1
	exitUsage       = 2
	exitRead        = 3
	exitIncomplete  = 4
	exitInterrupted = 130
)

// exitError carries an exit code with an error. A nil err means that all that
// was to be said has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// run executes a command line and returns its exit code.
func run(ctx context.Context, args []string, e env) int {
	out := &watchedOutput{w: e.stdout}
	e.stdout = out
	root := newRoot(e)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if out.err != nil {
		// Not everybody who prints looks at what became of it, and what did not
		// arrive must not look like a success.
		err = &exitError{exitRead, writeError("to standard output", out.err)}
	}
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil && isInterruption(err) {
		text := "interrupted; nothing was written"
		if kept := (*keptError)(nil); errors.As(err, &kept) {
			text = kept.text
		}
		fmt.Fprintln(e.stderr, "logwhy: "+text)
		return exitInterrupted
	}
	code := exitUsage // what cobra finds wrong is a matter of usage
	var ee *exitError
	if errors.As(err, &ee) {
		code = ee.code
		if ee.err == nil {
			return code
		}
	}
	message := strings.TrimRight(err.Error(), "\n")
	fmt.Fprintf(e.stderr, "logwhy: %s%s\n", message, whereSet(cmd, message))
	return code
}

// watchedOutput keeps the first error of a writer.
type watchedOutput struct {
	w   io.Writer
	err error
}

func (o *watchedOutput) Write(b []byte) (int, error) {
	n, err := o.w.Write(b)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// underlying is the terminal itself where w watches one: a pager that gets
// anything else takes it for a pipe.
func underlying(w io.Writer) io.Writer {
	if o, ok := w.(*watchedOutput); ok {
		return o.w
	}
	return w
}

// isInterruption reports whether err is the interruption itself. What went
// wrong otherwise after it, say a report that cannot be written, is shown.
func isInterruption(err error) bool {
	var ee *exitError
	return errors.Is(err, context.Canceled) || errors.As(err, &ee) && ee.code == exitInterrupted
}

func newRoot(e env) *cobra.Command {
	root := &cobra.Command{
		Use:   "logwhy",
		Short: "Find the root cause of an incident in Google Cloud Logging",
		Long: `logwhy reads what Cloud Logging exported, recognises failures, tests which
failure explains which, and writes a five-whys report that stops where the
evidence stops.`,
		Example: `  # What fails, since when, and why? (JSON, YAML, CSV or text, as it comes)
  logwhy report logs.json

  # Straight from gcloud
  gcloud logging read 'resource.labels.service_name="checkout-api"' --format=json | logwhy report -

  # A draft for the postmortem
  logwhy report logs.json -o md=rca.md`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return flagError(cmd, err)
	})
	root.SetHelpTemplate(helpTemplate)
	var set settings
	set.register(root)
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		if err := set.apply(cmd, args, e); err != nil {
			return err
		}
		return cmp.Or(checkValues(cmd), checkFiles(cmd, args), refuseStored(cmd, args))
	}
	root.SetHelpCommand(newHelp())
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(newReport(e), newCheck(e), newBaseline(e), newTimeline(e), newPull(e), newWatch(e), newRules(e), newVerify(e), newRender(e), newDiff(e), newRedact(e), newCompletion(e), newMan(e), newDoctor(e), newVersion(e))
	completeCommands(root, e)
	return root
}

// newHelp is cobra's help but for a word that is no command, which is an error.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Tell about a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest[0])
			}
			return about.Help()
		},
	}
}

// unknownCommand answers a word that is no command: with the nearest command,
// or with report where the word is a file.
func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	if near := diag.Nearest(word, names); near != "" {
		return usageError("unknown command %q\nDid you mean %q?", word, near)
	}
	if cmd.HasParent() {
		return usageError("unknown command %q of %s\nThere are %s", word, cmd.CommandPath(), strings.Join(names, ", "))
	}
	return usageError("unknown command %q\nTo read a file: logwhy report %s", word, word)
}

// helpTemplate shows examples first: most people come for one.
const helpTemplate = `{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{if .HasExample}}Examples:
{{.Example}}

{{end}}{{if or .Runnable .HasSubCommands}}Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND [flags]{{else}}{{.UseLine}}{{end}}
{{if .HasAvailableSubCommands}}
Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}
{{end}}{{if .HasAvailableLocalFlags}}
Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{if .HasAvailableInheritedFlags}}
Of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{end}}`
