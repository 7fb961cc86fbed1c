package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/redact"
	"logwhy/internal/verify"
)

func newVerify(e env) *cobra.Command {
	var against, outputs []string
	var all bool
	var red redactFlags
	var rf ruleFlags
	cmd := &cobra.Command{
		Use:   "verify REPORT... --against INPUT...",
		Short: "Hold the claims of a report against the log entries",
		Long: `verify reads a report, written by logwhy or by hand, and re-checks what it says
against the data: quoted lines with their times and levels, cited entries, when
something began, how often it happened, percentages, and that something is gone.

A line for each claim that the data do not support goes to standard output, and
a summary. Plans, code and business numbers cannot be checked from logs; they
are counted, and listed with --all. The exit code is 1 when a claim is not
supported.

--against names files, folders, patterns, or - for standard input; further
inputs may follow it.`,
		Example: `  logwhy verify rca.md --against logs.json
  logwhy verify rca.md --against logs/ --all
  logwhy verify analysis.json --against logs.json -o json=checked.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			outs, err := verifyOutputs(outputs)
			if err != nil {
				return err
			}
			reports, inputs, err := verifyArgs(args, against)
			if err != nil {
				return err
			}
			if err := red.parse(); err != nil {
				return err
			}
			r := redact.New(red.parsed)
			docs, err := readDocuments(e, reports, r)
			if err != nil {
				return err
			}
			set, err := ingest.Open(inputs, ingest.Options{Stdin: e.stdin})
			if err != nil {
				return readError(err)
			}
			res, err := verify.Against(cmd.Context(), docs, set, verify.Options{Redact: r.Again, Recount: recounter(e, inputs, rf)})
			if err != nil {
				return readError(err)
			}
			for _, o := range outs {
				if err := put(e.stdout, o, verifyBytes(o.format, res, all)); err != nil {
					return &exitError{exitRead, err}
				}
			}
			if res.NotSupported > 0 {
				return &exitError{code: exitPolicy}
			}
			return nil
		},
	}
	rf.register(cmd)
	red.register(cmd)
	fl := cmd.Flags()
	fl.StringArrayVar(&against, "against", nil, "the `INPUT` that the report is about (repeatable)")
	fl.StringArrayVarP(&outputs, "output", "o", nil, "write `FORMAT=PATH` (repeatable); formats: text, json; - is standard output")
	fl.BoolVar(&all, "all", false, "list all claims, also those that hold or cannot be checked")
	return cmd
}

// recounter explains the inputs once more; nil for a pipe, which was read.
func recounter(e env, inputs []string, rf ruleFlags) func(context.Context) (*incident.Analysis, error) {
	if slices.Contains(inputs, "-") {
		return nil
	}
	return func(ctx context.Context) (*incident.Analysis, error) {
		return analyze(ctx, e, inputs, inputFlags{quiet: true}, rf, correlate.Options{}, incident.Tool{Version: toolVersion()})
	}
}

// verifyArgs tells reports from inputs. Words behind REPORT that follow
// --against are inputs, so that a shell may expand a pattern there: a document
// is known by its name.
func verifyArgs(args, against []string) (reports, inputs []string, err error) {
	inputs = against
	for _, a := range args {
		if len(reports) == 0 || len(against) == 0 || isReportName(a) {
			reports = append(reports, a)
		} else {
			inputs = append(inputs, a)
		}
	}
	if len(reports) == 0 {
		return nil, nil, usageError("no report\nWrite: logwhy verify rca.md --against logs.json")
	}
	if len(inputs) == 0 {
		return nil, nil, usageError("nothing to hold the report against\nWrite: logwhy verify %s --against logs.json", quoteWord(baseName(reports[0])))
	}
	return reports, inputs, nil
}

func isReportName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".md", ".markdown", ".txt", ".rst", ".adoc":
		return true
	}
	return false
}

func verifyOutputs(outputs []string) ([]output, error) {
	if len(outputs) == 0 {
		return []output{{"text", "-"}}, nil
	}
	var out []output
	stdout := 0
	for _, s := range outputs {
		format, path, ok := strings.Cut(s, "=")
		if !ok {
			path = "-"
		}
		if format != "text" && format != "json" {
			return nil, usageError("unknown format %q in -o %s%s\nFormats: text, json", format, s, didYouMean(format, []string{"text", "json"}))
		}
		if path == "" || path == "-" {
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

// readDocuments reads the reports; the name that is shown is the base name
// where that is enough. red learns the secrets in them while it sees them whole.
func readDocuments(e env, reports []string, red *redact.Redactor) ([]*verify.Document, error) {
	names := map[string]int{}
	for _, r := range reports {
		names[baseName(r)]++
	}
	var docs []*verify.Document
	for _, r := range reports {
		data, err := readDocument(e, r)
		if err != nil {
			return nil, &exitError{exitRead, fmt.Errorf("cannot read the report %s: %w\nGive the path of a report, or - for standard input.", r, pathCause(err))}
		}
		if len(bytes.TrimSpace(data)) == 0 {
			return nil, &exitError{exitRead, fmt.Errorf("the report %s is empty\nThe command that wrote it probably failed; run it again and look at what it prints.", r)}
		}
		red.Text(string(data))
		name := baseName(r)
		if names[name] > 1 {
			name = filepath.ToSlash(r)
		}
		docs = append(docs, verify.Parse(name, data))
	}
	return docs, nil
}

func readDocument(e env, name string) ([]byte, error) {
	var data []byte
	var err error
	if name == "-" {
		data, err = io.ReadAll(e.stdin)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, err
	}
	return unpacked(data)
}

func verifyBytes(format string, res *verify.Result, all bool) []byte {
	if format == "json" {
		return verifyJSON(res)
	}
	var b bytes.Buffer
	for _, c := range res.Claims {
		switch {
		case c.Verdict == verify.NotSupported:
			fmt.Fprintf(&b, "%s:%d: not supported: %s\n    %s\n", c.File, c.Line, c.Text, c.Why)
		case c.Note != "":
			fmt.Fprintf(&b, "%s:%d: note: %s\n    %s\n", c.File, c.Line, c.Text, c.Note)
		case all && c.Why != "":
			fmt.Fprintf(&b, "%s:%d: %s: %s\n    %s\n", c.File, c.Line, c.Verdict, c.Text, c.Why)
		case all:
			fmt.Fprintf(&b, "%s:%d: %s: %s\n", c.File, c.Line, c.Verdict, c.Text)
		}
	}
	fmt.Fprintf(&b, "%d supported, %d not supported, %d not checked\n", res.Supported, res.NotSupported, res.NotChecked)
	return b.Bytes()
}

func verifyJSON(res *verify.Result) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(res); err != nil {
		return nil // strings and numbers always encode
	}
	return b.Bytes()
}
