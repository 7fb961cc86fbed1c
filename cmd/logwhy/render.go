package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"logwhy/internal/incident"
	"logwhy/internal/report"
)

// maxAnalysis bounds a stored analysis; larger files are exports.
const maxAnalysis = 256 << 20

func newRender(e env) *cobra.Command {
	var of outputFlags
	cmd := &cobra.Command{
		Use:   "render ANALYSIS.json",
		Short: "Print a stored analysis in another format",
		Long: `render reads an analysis that report wrote with -o json=FILE and prints it in any
format, without the logs and without the rules. The bytes are those that report
would have written. What was redacted stays redacted.`,
		Example: `  logwhy render analysis.json
  logwhy render analysis.json -o md=rca.md -o html=rca.html
  logwhy report logs.json -o json=- | logwhy render - -o slack=-`,
		RunE: func(cmd *cobra.Command, args []string) error {
			outs, ropt, err := of.parse(e)
			if err != nil {
				return err
			}
			switch {
			case len(args) == 0 && e.stdinTTY:
				return usageError("no input\nGive a stored analysis: logwhy render analysis.json")
			case len(args) == 0:
				args = []string{"-"}
			case len(args) > 1:
				return usageError("%d files given; render takes one analysis\nTo read logs: logwhy report FILE...", len(args))
			}
			a, err := storedAnalysis(e, args[0])
			if err != nil {
				return err
			}
			return of.write(e, a, outs, ropt)
		},
	}
	of.register(cmd, report.Formats(), report.Write)
	return cmd
}

// storedAnalysis reads an analysis from a file, or from standard input for "-".
func storedAnalysis(e env, path string) (*incident.Analysis, error) {
	var in io.Reader = e.stdin
	name := "standard input"
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, &exitError{exitRead, fmt.Errorf("cannot read %s: %w", path, pathCause(err))}
		}
		defer f.Close()
		in, name = f, path
	}
	data, err := io.ReadAll(io.LimitReader(in, maxAnalysis+1))
	if err != nil {
		return nil, &exitError{exitRead, fmt.Errorf("cannot read %s: %w", name, pathCause(err))}
	}
	if len(data) > maxAnalysis {
		return nil, &exitError{exitRead, fmt.Errorf("%s is larger than any analysis\nTo read logs: logwhy report %s", name, path)}
	}
	a, err := report.Read(bytes.NewReader(data))
	if err != nil {
		return nil, &exitError{exitRead, fmt.Errorf("%s: %w\nTo read logs: logwhy report %s", name, err, path)}
	}
	return a, nil
}
