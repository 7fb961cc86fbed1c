package main

import (
	"bytes"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"logwhy/internal/baseline"
	"logwhy/internal/report"
)

func newDiff(e env) *cobra.Command {
	var outputs []string
	var exitCode bool
	var width int
	cmd := &cobra.Command{
		Use:   "diff BEFORE.json NOW.json",
		Short: "Say how two analyses differ",
		Long: `diff compares two analyses that report or check wrote with -o json=FILE: which
causes are new, gone, weaker or stronger, and which failures are new, gone, or
seen at another rate. What the later analysis would not have shown is unknown,
not gone.`,
		Example: `  logwhy diff monday.json tuesday.json
  logwhy diff monday.json tuesday.json -o md=diff.md -o json=diff.json
  logwhy diff monday.json tuesday.json --exit-code`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError("diff takes two analyses, and there %s\nWrite: logwhy diff BEFORE.json NOW.json", countWords(len(args)))
			}
			outs, err := diffOutputs(e, outputs)
			if err != nil {
				return err
			}
			before, err := storedAnalysis(e, args[0])
			if err != nil {
				return err
			}
			now, err := storedAnalysis(e, args[1])
			if err != nil {
				return err
			}
			d := baseline.Compare(before, now, baseName(args[0]), baseName(args[1]))
			of := outputFlags{color: "auto", width: width}
			opt, err := of.options(e)
			if err != nil {
				return err
			}
			for _, o := range outs {
				var b bytes.Buffer
				if err := report.WriteDiff(&b, o.format, d, opt); err != nil {
					return &exitError{exitRead, err}
				}
				if err := put(e.stdout, o, b.Bytes()); err != nil {
					return &exitError{exitRead, err}
				}
			}
			if exitCode && d.Differs() {
				return &exitError{code: exitPolicy}
			}
			return nil
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVarP(&outputs, "output", "o", nil, "write `FORMAT=PATH` (repeatable); formats: "+strings.Join(report.DiffFormats(), ", ")+"; - is standard output")
	fl.BoolVar(&exitCode, "exit-code", false, "exit 1 when there is a difference")
	fl.IntVar(&width, "width", 0, "`N` columns for the terminal view (0: as wide as the terminal)")
	return cmd
}

func diffOutputs(e env, outputs []string) ([]output, error) {
	if len(outputs) == 0 {
		format := "md"
		if e.stdoutTTY {
			format = "term"
		}
		return []output{{format, "-"}}, nil
	}
	var out []output
	stdout := 0
	for _, s := range outputs {
		format, path, ok := strings.Cut(s, "=")
		if !ok {
			path = "-"
		}
		if !slices.Contains(report.DiffFormats(), format) {
			return nil, usageError("unknown format %q in -o %s%s\nFormats: %s", format, s, didYouMean(format, report.DiffFormats()), strings.Join(report.DiffFormats(), ", "))
		}
		if path == "-" || path == "" {
			path = "-"
			stdout++
		}
		out = append(out, output{format, path})
	}
	if stdout > 1 {
		return nil, usageError("two outputs go to standard output; give one of them a file")
	}
	return out, nil
}
