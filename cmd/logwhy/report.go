package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/report"
)

func newReport(e env) *cobra.Command {
	var in inputFlags
	var rf ruleFlags
	var of outputFlags
	var red redactFlags
	var cf contextFlags
	var opt correlate.Options
	var explain, bundlePath string
	var failOnTodo bool
	cmd := &cobra.Command{
		Use:   "report INPUT... | --project ID",
		Short: "Say what fails, since when, and why",
		Long: `report reads exports of Cloud Logging and writes a five-whys report: what fails,
since when, what changed, the best-supported cause, what speaks against it, and
the next check. With INPUT it never touches the network.

INPUT is any number of files, folders, globs, or - for standard input. JSON in
any arrangement, YAML, CSV and text are recognised, also as UTF-16 or packed.
A bundle that --bundle wrote is printed again as it was, without the logs.

Without INPUT, --project reads Cloud Logging: first what matters, then what
surrounds it. The report says what was asked and what was not.`,
		Example: `  logwhy report logs.json
  logwhy report --project acme-staging --service checkout-api --since 1h
  gcloud logging read '...' --format=json | logwhy report -
  logwhy report logs.json -o md=rca.md -o json=rca.json
  logwhy report exports/ --since 2h --symptom 'WebSocket close 1011'
  logwhy report logs.json --explain I1
  logwhy report logs.json --bundle case.tar.zst
  logwhy report case.tar.zst -o html=rca.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			outs, ropt, err := of.parse(e)
			if err != nil {
				return err
			}
			if err := red.parse(); err != nil {
				return err
			}
			if args, err = in.inputs(e, cmd, args); err != nil {
				return err
			}
			tool := incident.Tool{Name: "logwhy", Version: toolVersion(), Command: commandLine(cmd, args)}
			e := e
			a, err := openBundle(cmd, &e, args)
			if a == nil && err == nil {
				a, err = cf.analyze(cmd.Context(), e, args, in, rf, opt, tool)
				red.apply(a)
			}
			if err != nil {
				return err
			}
			if explain != "" {
				return writeExplain(e, a, explain)
			}
			if err := of.write(e, a, outs, ropt); err != nil {
				return err
			}
			if err := writeBundle(e, a, bundlePath); err != nil {
				return err
			}
			if failOnTodo && hasBlanks(a) {
				return &exitError{exitPolicy, fmt.Errorf("the report has blanks for people (--fail-on-todo)\nFill in the lines marked TODO(human)")}
			}
			return nil
		},
	}
	in.register(cmd)
	in.registerLive(cmd)
	_ = cmd.Flags().MarkHidden("allow-partial") // what is missing is said, and changes no exit code here
	rf.register(cmd)
	red.register(cmd)
	of.register(cmd, report.Formats(), report.Write)
	cf.register(cmd)
	fl := cmd.Flags()
	fl.StringArrayVar(&opt.Symptoms, "symptom", nil, "a symptom that was `REPORTED`; printed as observed or not (repeatable)")
	fl.DurationVar(&opt.Gap, "gap", 0, "a silence of `DURATION` ends a phase (default 5m)")
	fl.DurationVar(&opt.QuietAfter, "quiet-after", 0, "quiet means not seen for `DURATION` at the end (default 10m)")
	fl.StringVar(&explain, "explain", "", "print how the verdicts of incident `ID` came about")
	fl.StringVar(&bundlePath, "bundle", "", "also pack the analysis into `FILE`, such as out.tar.zst, for another machine")
	fl.BoolVar(&failOnTodo, "fail-on-todo", false, "exit 1 when the report has blanks for people")
	return cmd
}

// commandLine prints the command as a person would type it again: the names of
// the inputs without their folders, so that a report says nothing of the machine.
func commandLine(cmd *cobra.Command, args []string) string {
	words := []string{cmd.CommandPath()}
	for _, a := range args {
		words = append(words, quoteWord(baseName(a)))
	}
	for _, name := range []string{"project", "service", "resource", "bucket", "view", "folder", "organization", "deep", "limit", "max-lookback", "from", "to", "since", "around", "window", "filter", "rules", "disable", "no-builtin", "symptom", "gap", "quiet-after", "redact", "events", "context", "baseline-window", "compare"} {
		f := cmd.Flags().Lookup(name)
		if f == nil || !f.Changed {
			continue
		}
		if f.Value.Type() == "bool" {
			words = append(words, "--"+name)
			continue
		}
		if list, ok := f.Value.(pflag.SliceValue); ok && (name == "project" || name == "service") {
			for _, v := range list.GetSlice() {
				words = append(words, "--"+name, quoteWord(v))
			}
			continue
		}
		words = append(words, "--"+name, quoteWord(statedFlag(name, strings.Trim(f.Value.String(), "[]"))))
	}
	return strings.Join(words, " ")
}

func baseName(p string) string {
	if i := strings.LastIndexAny(p, `/\`); i >= 0 && i+1 < len(p) {
		return p[i+1:]
	}
	return p
}

func quoteWord(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n'\"\\$`!*?[]{}()<>|&;#~") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// hasBlanks reports whether a rendered report has something for people to fill in.
func hasBlanks(a *incident.Analysis) bool {
	for _, i := range a.Incidents {
		if len(i.Prompts) > 0 {
			return true
		}
	}
	return false
}

func writeExplain(e env, a *incident.Analysis, id string) error {
	var ids []string
	for _, i := range a.Incidents {
		ids = append(ids, i.ID)
		if i.ID != id {
			continue
		}
		fmt.Fprintf(e.stdout, "%s  %s\n", i.ID, i.Title.Plain())
		for _, line := range i.Explain {
			fmt.Fprintf(e.stdout, "  %s\n", line.Plain())
		}
		writeMatrix(e.stdout, i.Matrix)
		return nil
	}
	if len(ids) == 0 {
		return usageError("--explain %s: the input shows no incident", id)
	}
	return usageError("--explain %s: there is no such incident\nThe input shows %s.", id, strings.Join(ids, ", "))
}

// writeMatrix prints the candidates of an incident against the tests, one
// block each: a row of seven columns does not fit a terminal.
func writeMatrix(w io.Writer, t *incident.Table) {
	if t == nil {
		return
	}
	fmt.Fprintf(w, "\n  %s\n", t.Title.Plain())
	for _, row := range t.Rows {
		fmt.Fprintf(w, "\n  %s: %s\n", row[0].Plain(), row[1].Plain())
		for i := 2; i < len(row) && i < len(t.Header); i++ {
			fmt.Fprintf(w, "    %-22s %s\n", t.Header[i], row[i].Plain())
		}
	}
}
