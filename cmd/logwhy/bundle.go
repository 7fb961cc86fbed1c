package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"logwhy/internal/bundle"
	"logwhy/internal/incident"
	"logwhy/internal/report"
)

// reading are the flags that need the logs: a stored analysis is done.
var reading = []string{"from", "to", "since", "around", "window", "year", "rules", "disable", "no-builtin", "symptom", "gap", "quiet-after", "redact", "redact-key", "redact-rules",
	"events", "context", "baseline-window", "compare"}

// writeBundle packs an analysis, which is redacted by now; without a path it
// does nothing.
func writeBundle(e env, a *incident.Analysis, path string) error {
	if path == "" {
		return nil
	}
	var encoded, b bytes.Buffer
	if err := report.Write(&encoded, "json", a, report.Options{}); err != nil {
		return &exitError{exitRead, fmt.Errorf("writing the bundle: %w", err)}
	}
	if err := bundle.Write(&b, a, encoded.Bytes()); err != nil {
		return &exitError{exitRead, err}
	}
	if err := put(e.stdout, output{"bundle", path}, b.Bytes()); err != nil {
		return &exitError{exitRead, err}
	}
	return nil
}

// openBundle returns the analysis of the bundle that args name; nil when they
// name something else. Where it looks into the standard input, e gets one that
// can still be read from its start.
func openBundle(cmd *cobra.Command, e *env, args []string) (*incident.Analysis, error) {
	for _, a := range args {
		is := false
		if a == "-" {
			e.stdin, is = pipedBundle(e.stdin)
		} else {
			is = isBundle(a)
		}
		if !is {
			continue
		}
		name := a
		if a == "-" {
			name = "standard input"
		}
		if len(args) > 1 {
			return nil, usageError("%s is a bundle and stands alone\nIt holds an analysis that is done; give the other inputs without it.", name)
		}
		if err := onlyRendering(cmd, name); err != nil {
			return nil, err
		}
		if a == "-" {
			return analysisIn(e.stdin, name)
		}
		return readBundle(a)
	}
	return nil, nil
}

// pipedBundle looks into a pipe as far as it must, and returns what reads it
// from its start.
func pipedBundle(in io.Reader) (io.Reader, bool) {
	if in == nil {
		return nil, false
	}
	var seen bytes.Buffer
	head := make([]byte, len(zstdMagic))
	n, err := io.ReadFull(in, head)
	seen.Write(head[:n])
	if err != nil || string(head) != zstdMagic {
		return io.MultiReader(&seen, in), false
	}
	is := bundle.Is(io.MultiReader(strings.NewReader(zstdMagic), io.TeeReader(in, &seen)))
	return io.MultiReader(&seen, in), is
}

const zstdMagic = "\x28\xb5\x2f\xfd"

func onlyRendering(cmd *cobra.Command, name string) error {
	var wrong []string
	for _, flag := range reading {
		if f := cmd.Flags().Lookup(flag); f != nil && f.Changed && settingOf(f) == "" {
			wrong = append(wrong, "--"+flag)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return usageError("%s has no say for a bundle: its analysis is done\nRun it on the logs that %s was made from, or leave it out.", strings.Join(wrong, ", "), name)
}

// isBundle looks into a regular file.
func isBundle(name string) bool {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	return startsAsZstd(f) && bundle.Is(f)
}

// startsAsZstd looks at the magic number and goes back to the start.
func startsAsZstd(f io.ReadSeeker) bool {
	var head [len(zstdMagic)]byte
	_, err := io.ReadFull(f, head[:])
	if err != nil || string(head[:]) != zstdMagic {
		return false
	}
	_, err = f.Seek(0, io.SeekStart)
	return err == nil
}

func readBundle(name string) (*incident.Analysis, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &exitError{exitRead, fmt.Errorf("cannot read the bundle: %w", err)}
	}
	defer f.Close()
	return analysisIn(f, name)
}

func analysisIn(f io.Reader, name string) (*incident.Analysis, error) {
	b, err := bundle.Open(f)
	if err == nil {
		var a *incident.Analysis
		if a, err = report.Read(bytes.NewReader(b.Analysis)); err == nil {
			return a, nil
		}
	}
	return nil, &exitError{exitRead, fmt.Errorf("%s: %w\nHave it made again with: logwhy report LOGS --bundle %s", name, err, quoteWord(baseName(name)))}
}

// unpacked returns the analysis inside data where that is a bundle, else data.
func unpacked(data []byte) ([]byte, error) {
	b, err := bundle.Open(bytes.NewReader(data))
	if errors.Is(err, bundle.ErrOther) {
		return data, nil
	}
	if err != nil {
		return nil, err
	}
	return b.Analysis, nil
}
