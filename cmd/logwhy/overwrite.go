package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// checkFiles looks at where a command will write before it reads anything: an
// hour of logs is not read for a folder that is not there, no output replaces
// what the command reads, and none replaces another. A state file is read and
// written; what merges state files may name one twice.
func checkFiles(cmd *cobra.Command, args []string) error {
	if cmd.Parent() != nil && cmd.Parent().Name() == "baseline" {
		return nil
	}
	if f := cmd.Flags().Lookup("baseline"); f != nil && f.Changed && f.Value.String() != "none" {
		// What is there already is for the reader of states to judge.
		if _, err := os.Stat(f.Value.String()); errors.Is(err, os.ErrNotExist) {
			if err := placeError(f.Value.String()); err != nil {
				return &exitError{exitRead, err}
			}
		}
	}
	outs := outputPaths(cmd)
	read := readPaths(cmd, args)
	for i, o := range outs {
		for _, other := range outs[:i] {
			if sameFile(o.path, other.path) {
				return usageError("%s and %s write the same file\nGive one of them another name.", other.flag, o.flag)
			}
		}
		for _, r := range read {
			if sameFile(o.path, r) {
				return usageError("%s would replace %s, which is read\nGive the output another name.", o.flag, r)
			}
		}
		if err := placeError(o.path); err != nil {
			return &exitError{exitRead, err}
		}
	}
	return nil
}

// outputPath is a file that a flag names to be written.
type outputPath struct{ flag, path string }

// outputPaths lists the files that the flags name to be written.
func outputPaths(cmd *cobra.Command) []outputPath {
	var out []outputPath
	for _, name := range []string{"output", "bundle"} {
		f := cmd.Flags().Lookup(name)
		if f == nil || !f.Changed {
			continue
		}
		for _, v := range flagValues(f) {
			path := v
			if _, many := f.Value.(pflag.SliceValue); many { // FORMAT=PATH
				if _, after, ok := strings.Cut(v, "="); ok {
					path = after
				} else if filepath.Ext(v) == "" { // a format alone
					continue
				}
			}
			if path != "" && path != "-" {
				out = append(out, outputPath{"--" + name + " " + quoteWord(v), path})
			}
		}
	}
	return out
}

// readPaths lists the files that a command reads, patterns resolved.
func readPaths(cmd *cobra.Command, args []string) []string {
	names := append([]string(nil), args...)
	for _, name := range []string{"against", "events", "context", "redact-rules", "redact-key", "baseline", "config"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			names = append(names, flagValues(f)...)
		}
	}
	return expanded(names)
}

// expanded resolves patterns; what matches nothing stays.
func expanded(names []string) []string {
	var out []string
	for _, n := range names {
		if found, err := filepath.Glob(n); err == nil && len(found) > 0 {
			out = append(out, found...)
			continue
		}
		out = append(out, n)
	}
	return out
}

func flagValues(f *pflag.Flag) []string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{f.Value.String()}
}

// sameFile reports whether two names are of one file, also of one that is not
// there yet. Devices and pipes hold nothing that could be lost.
func sameFile(a, b string) bool {
	ai, aerr := os.Stat(a)
	bi, berr := os.Stat(b)
	if aerr == nil && berr == nil {
		return ai.Mode().IsRegular() && os.SameFile(ai, bi)
	}
	if aerr == nil || berr == nil || b == "-" {
		return false
	}
	a, aerr = filepath.Abs(a)
	b, berr = filepath.Abs(b)
	return aerr == nil && berr == nil && a == b
}

// placeError says why no file of that name can come into being; nil where
// nothing speaks against it.
func placeError(path string) error {
	if info, err := os.Stat(path); err == nil {
		if info.IsDir() {
			return fmt.Errorf("cannot write %s: it is a folder\nName a file in it: %s", path, quoteWord(filepath.Join(path, "NAME")))
		}
		return nil
	}
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("cannot write %s: there is no folder %s\nMake it: mkdir -p %s", path, folder, quoteWord(folder))
	case err != nil:
		return fmt.Errorf("cannot write %s: %w\nName a file in a folder that you may write to.", path, pathCause(err))
	case !info.IsDir():
		return fmt.Errorf("cannot write %s: %s is a file\nName a file in a folder.", path, folder)
	}
	return nil
}

// writeError says what kept a file from being written, without the temporary
// name that it would have had.
func writeError(path string, err error) error {
	hint := "Name a file elsewhere."
	switch cause := pathCause(err); {
	case errors.Is(err, os.ErrPermission):
		hint = "Name a file in a folder that you may write to."
	case strings.Contains(cause.Error(), "no space left"):
		hint = "Make room, or name a file elsewhere."
	}
	return fmt.Errorf("cannot write %s: %w\n%s", path, pathCause(err), hint)
}
