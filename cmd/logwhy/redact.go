package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"logwhy/internal/config"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/redact"
)

// redactFlags say what is taken out before anything is written.
type redactFlags struct {
	mode, keyFile, rulesFile string

	parsed redact.Options
}

func (f *redactFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.mode, "redact", string(redact.Default), "take out secrets and personal data by `LEVEL`: default, strict or off")
	fl.StringVar(&f.keyFile, "redact-key", "", "make tags with the key in `FILE`, the same in all reports")
	fl.StringVar(&f.rulesFile, "redact-rules", "", "take out also what the rules in `FILE` match")
}

// minKey is how many bytes a key has at least: a shorter one can be guessed.
const minKey = 8

// parse reads the files that the flags name, before any input is read.
func (f *redactFlags) parse() (err error) {
	f.parsed, err = f.options()
	return err
}

func (f *redactFlags) options() (redact.Options, error) {
	o := redact.Options{Mode: redact.Mode(f.mode)}
	modes := []string{string(redact.Default), string(redact.Strict), string(redact.Off)}
	switch o.Mode {
	case redact.Default, redact.Strict:
	case redact.Off:
		if f.keyFile != "" || f.rulesFile != "" {
			return o, usageError("--redact off redacts nothing; leave out --redact-key and --redact-rules")
		}
	default:
		return o, usageError("--redact %q is unknown%s\nWrite default, strict or off", f.mode, didYouMean(f.mode, modes))
	}
	if f.keyFile != "" {
		key, err := os.ReadFile(f.keyFile)
		if err != nil {
			return o, usageError("cannot read the key in %s: %w", f.keyFile, pathCause(err))
		}
		if o.Key = bytes.TrimSpace(key); len(o.Key) < minKey {
			return o, usageError("the key in %s is shorter than %d bytes\nMake one: head -c 32 /dev/urandom | base64 > %s", f.keyFile, minKey, f.keyFile)
		}
	}
	rules, err := f.rules()
	o.Rules = rules
	return o, err
}

func (f *redactFlags) rules() ([]redact.Rule, error) {
	if f.rulesFile == "" {
		return nil, nil
	}
	data, err := os.ReadFile(f.rulesFile)
	if err != nil {
		return nil, usageError("cannot read the redaction rules in %s: %w", f.rulesFile, pathCause(err))
	}
	rules, problems := config.ParseRedaction(f.rulesFile, data)
	if len(problems) > 0 {
		return nil, problemsError(problems)
	}
	out := make([]redact.Rule, len(rules))
	for i, r := range rules {
		out[i] = redact.Rule(r)
	}
	return out, nil
}

// pathCause is what went wrong, without the path that is named already.
func pathCause(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// apply redacts a fresh analysis, before anything of it is written.
func (f *redactFlags) apply(a *incident.Analysis) {
	if a != nil {
		redact.Apply(a, f.parsed)
	}
}

func newRedact(e env) *cobra.Command {
	var rf redactFlags
	var in inputFlags
	var path string
	cmd := &cobra.Command{
		Use:   "redact INPUT... -o FILE",
		Short: "Write an export that can be shared",
		Long: `redact copies the entries of exports, one JSON object a line, with secrets and
personal data in all of their texts replaced by tags such as [email:3]. Names by
which entries are found and joined (insertId, trace, span, revision) stay, so
that the copy can be analysed like the original.

What was replaced is counted, by kind, on standard error. Records that cannot be
read are left out and counted. A FILE that ends in .zst is packed.`,
		Example: `  logwhy redact logs.json -o shareable.ndjson
  logwhy redact exports/ -o shareable.ndjson.zst --redact strict
  gcloud logging read '...' --format=json | logwhy redact - | head`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := rf.parse(); err != nil {
				return err
			}
			if rf.parsed.Mode == redact.Off {
				return usageError("redact with --redact off would copy the input\nWrite --redact default or --redact strict")
			}
			if len(args) == 0 {
				if e.stdinTTY {
					return usageError("no input\nGive a file, a folder or - for standard input: logwhy redact logs.json -o shareable.ndjson")
				}
				args = []string{"-"}
			}
			return writeRedacted(cmd.Context(), e, args, in, rf.parsed, path)
		},
	}
	in.register(cmd)
	rf.register(cmd)
	cmd.Flags().StringVarP(&path, "output", "o", "-", "write to `FILE`; - is standard output")
	return cmd
}

// writeRedacted copies the inputs to path, which comes into being only when
// all has been written.
func writeRedacted(ctx context.Context, e env, args []string, in inputFlags, o redact.Options, path string) error {
	if path == "-" {
		w := bufio.NewWriterSize(e.stdout, 1<<16)
		if err := copyRedacted(ctx, e, args, in, o, w); err != nil {
			return err
		}
		return w.Flush()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return &exitError{exitRead, writeError(path, err)}
	}
	defer os.Remove(tmp.Name()) // after the rename there is nothing left to remove
	err = packed(tmp, path, func(w io.Writer) error { return copyRedacted(ctx, e, args, in, o, w) })
	if cerr := tmp.Close(); err == nil && cerr != nil {
		err = &exitError{exitRead, writeError(path, cerr)}
	}
	if err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil { // the mode of a temporary file is 0600
		return &exitError{exitRead, writeError(path, err)}
	}
	return nil
}

// packed hands fill a writer to f, which compresses when the name of the file
// says so.
func packed(f io.Writer, name string, fill func(io.Writer) error) error {
	buf := bufio.NewWriterSize(f, 1<<18)
	if !strings.HasSuffix(name, ".zst") {
		if err := fill(buf); err != nil {
			return err
		}
		return buf.Flush()
	}
	z, err := zstd.NewWriter(buf, zstd.WithEncoderConcurrency(1)) // the bytes do not depend on the machine
	if err != nil {
		return err
	}
	if err := fill(z); err != nil {
		z.Close()
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return buf.Flush()
}

// copyRedacted writes the records of the inputs, redacted, in their order.
func copyRedacted(ctx context.Context, e env, args []string, in inputFlags, o redact.Options, w io.Writer) error {
	from, to, since, err := in.bounds()
	if err != nil {
		return err
	}
	keep, err := in.keep()
	if err != nil {
		return err
	}
	bar := newProgress(e, in.quiet)
	defer bar.done()
	// One worker: the order of the records decides which number a value gets.
	set, err := ingest.Open(args, ingest.Options{Workers: 1, From: from, To: to, Keep: keep, MaxIDs: in.maxIDs, Year: in.year, Stdin: e.stdin, HashMax: -1, Progress: bar.set})
	if err != nil {
		return readError(err)
	}
	if since > 0 {
		newest, err := set.Newest(ctx)
		if err != nil {
			return readError(err)
		}
		if newest.Known() {
			set.Limit(newest.Add(-since), to)
		}
	}
	c := recordCopier{r: redact.New(o), w: w}
	rep, err := set.Read(ctx, func(int) func(*logentry.Entry) { return c.add })
	if err == nil {
		err = c.err
	}
	if err != nil {
		return readError(err)
	}
	if !in.quiet {
		c.tell(e.stderr, rep.Total())
	}
	return nil
}

// recordCopier writes one record after the other.
type recordCopier struct {
	r       *redact.Redactor
	w       io.Writer
	line    []byte // reused
	written int
	bad     int
	err     error // the first; nothing is written after it
}

func (c *recordCopier) add(en *logentry.Entry) {
	if c.err != nil {
		return
	}
	line, ok := c.r.Record(c.line[:0], en.Raw)
	if !ok { // nothing is copied that was not read as a whole
		c.bad++
		return
	}
	c.line = append(line, '\n')
	if _, c.err = c.w.Write(c.line); c.err == nil {
		c.written++
	}
}

// tell says what was replaced and what is not in the copy.
func (c *recordCopier) tell(w io.Writer, t ingest.InputReport) {
	var parts []string
	for _, k := range c.r.Counts() {
		parts = append(parts, fmt.Sprintf("%d %s", k.N, k.Kind))
	}
	done := "nothing to redact"
	if len(parts) > 0 {
		done = "redacted: " + strings.Join(parts, ", ")
	}
	fmt.Fprintf(w, "%s written; %s\n", entryCount(c.written), done)
	if n := t.Skipped + c.bad; n > 0 {
		fmt.Fprintf(w, "left out, as it cannot be read: %s\n", entryCount(n))
	}
	if t.Filtered > 0 {
		fmt.Fprintf(w, "left out, as the flags do not select it: %s\n", entryCount(t.Filtered))
	}
	if t.Duplicates > 0 {
		fmt.Fprintf(w, "left out, as it was written already: %s\n", entryCount(t.Duplicates))
	}
}

func entryCount(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
