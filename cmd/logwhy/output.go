package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"logwhy/internal/diag"
	"logwhy/internal/incident"
	"logwhy/internal/report"
)

// outputFlags say what to write and where.
type outputFlags struct {
	outputs   []string
	tz        string
	audience  string
	target    string
	noMermaid bool
	noPager   bool
	ascii     bool
	color     string
	width     int

	// formats is what this command can write, and render how.
	formats []report.Format
	render  renderer
}

func (f *outputFlags) register(cmd *cobra.Command, formats []report.Format, render renderer) {
	f.formats, f.render = formats, render
	fl := cmd.Flags()
	fl.StringArrayVarP(&f.outputs, "output", "o", nil, "write `FORMAT=PATH` (repeatable); formats: "+strings.Join(f.names(), ", ")+"; - is standard output")
	fl.StringVar(&f.tz, "tz", "", "show times also in `ZONE`, such as Europe/Berlin or local")
	fl.StringVar(&f.audience, "for", "", "length for `READER`: oncall, postmortem or ci")
	fl.StringVar(&f.target, "target", "", "`PLACE` where Markdown is read: github, gitlab or plain")
	fl.BoolVar(&f.noMermaid, "no-mermaid", false, "draw no diagrams")
	fl.BoolVar(&f.noPager, "no-pager", false, "never show the terminal view in a pager")
	fl.BoolVar(&f.ascii, "ascii", false, "print nothing beyond ASCII on the terminal")
	fl.StringVar(&f.color, "color", "auto", "colours on the terminal `WHEN`: auto, always or never")
	fl.IntVar(&f.width, "width", 0, "`N` columns for the terminal view (0: as wide as the terminal)")
}

// renderer is report.Write, or another view with the same form.
type renderer func(io.Writer, string, *incident.Analysis, report.Options) error

// output is one thing to write.
type output struct{ format, path string }

// parse checks all output flags before anything is read.
func (f *outputFlags) parse(e env) ([]output, report.Options, error) {
	opt, err := f.options(e)
	if err != nil {
		return nil, opt, err
	}
	var out []output
	stdout := 0
	for _, s := range f.outputs {
		format, path, ok := strings.Cut(s, "=")
		if !ok {
			format, path = f.formatOf(s)
		}
		if !slices.Contains(f.names(), format) {
			return nil, opt, usageError("unknown format %q in -o %s%s\nFormats: %s", format, s, didYouMean(format, f.names()), strings.Join(f.names(), ", "))
		}
		if path == "" {
			return nil, opt, usageError("-o %s names no file\nWrite -o %s=FILE, or -o %s=- for standard output", s, format, format)
		}
		if path == "-" {
			stdout++
		}
		out = append(out, output{format, path})
	}
	if stdout > 1 {
		return nil, opt, usageError("two outputs go to standard output; give one of them a file")
	}
	if len(out) == 0 {
		format := "md"
		if e.stdoutTTY {
			format = "term"
		}
		out = append(out, output{format, "-"})
	}
	return out, opt, nil
}

// formatOf guesses FORMAT=PATH from a bare word: a format goes to standard
// output, a file name tells its format.
func (f *outputFlags) formatOf(s string) (format, path string) {
	for _, known := range f.formats {
		if known.Name == s {
			return s, "-"
		}
		if strings.HasSuffix(s, known.Extension) && known.Name != "term" {
			return known.Name, s
		}
	}
	return s, ""
}

func (f *outputFlags) names() []string { return report.FormatNames(f.formats) }

func didYouMean(word string, words []string) string {
	if n := diag.Nearest(word, words); n != "" {
		return fmt.Sprintf("\nDid you mean %q?", n)
	}
	return ""
}

func (f *outputFlags) options(e env) (report.Options, error) {
	opt := report.Options{Width: f.width, ASCII: f.ascii, Mermaid: !f.noMermaid, Audience: report.Audience(f.audience), Target: report.Target(f.target)}
	if opt.Width == 0 {
		opt.Width = e.width
	}
	switch f.audience {
	case "", "oncall", "postmortem", "ci":
	default:
		return opt, usageError("--for %q is unknown%s\nReaders: oncall, postmortem, ci", f.audience, didYouMean(f.audience, []string{"oncall", "postmortem", "ci"}))
	}
	switch f.target {
	case "", "github", "gitlab", "plain":
	default:
		return opt, usageError("--target %q is unknown%s\nTargets: github, gitlab, plain", f.target, didYouMean(f.target, []string{"github", "gitlab", "plain"}))
	}
	switch f.tz {
	case "":
	case "local", "Local":
		opt.Zone = e.local
	default:
		z, err := time.LoadLocation(f.tz)
		if err != nil {
			return opt, usageError("--tz %q is not a time zone\nWrite a name such as Europe/Berlin, or local", f.tz)
		}
		opt.Zone = z
	}
	dumb := e.getenv("TERM") == "dumb"
	switch f.color {
	case "auto":
		forced := e.getenv("CLICOLOR_FORCE") != "" && e.getenv("CLICOLOR_FORCE") != "0"
		opt.Color = (e.stdoutTTY && !dumb && e.getenv("CLICOLOR") != "0" || forced) && e.getenv("NO_COLOR") == ""
	case "always":
		opt.Color = true
	case "never":
	default:
		return opt, usageError("--color %q is unknown\nWrite auto, always or never", f.color)
	}
	opt.Hyperlinks = e.stdoutTTY && !dumb && e.getenv("CI") == ""
	return opt, nil
}

// write renders an analysis to all outputs. Each file is written to a
// temporary name beside it and renamed, so that an interrupted run leaves no
// half file; devices and pipes are written directly.
func (f *outputFlags) write(e env, a *incident.Analysis, outs []output, opt report.Options) error {
	for _, o := range outs {
		var b bytes.Buffer
		if info, err := os.Stat(o.path); o.format == "github" && err == nil && info.Mode().IsRegular() {
			opt.Written = info.Size()
		}
		if err := f.render(&b, o.format, a, opt); err != nil {
			return &exitError{exitRead, fmt.Errorf("writing %s: %w", o.format, err)}
		}
		var err error
		if len(f.outputs) == 0 && o.format == "term" {
			err = newPager(e, f.noPager).write(b.Bytes())
		} else {
			err = put(e.stdout, o, b.Bytes())
		}
		if err != nil {
			return &exitError{exitRead, err}
		}
	}
	return nil
}

func put(stdout io.Writer, o output, b []byte) error {
	if o.path == "-" {
		_, err := stdout.Write(b)
		return err
	}
	flags := os.O_WRONLY
	info, err := os.Stat(o.path)
	if o.format == "github" {
		return appendTo(o.path, b)
	}
	if err == nil && !info.Mode().IsRegular() {
		return writeTo(o.path, flags, b)
	}
	tmp, err := os.CreateTemp(filepath.Dir(o.path), "."+filepath.Base(o.path)+".*")
	if err != nil {
		return writeError(o.path, err)
	}
	defer os.Remove(tmp.Name()) // after the rename there is nothing left to remove
	if _, err = tmp.Write(b); err == nil {
		err = tmp.Chmod(0o600)
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), o.path)
	}
	if err != nil {
		return writeError(o.path, err)
	}
	return nil
}

func appendTo(path string, b []byte) error {
	return writeTo(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, b)
}

func writeTo(path string, flags int, b []byte) error {
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return writeError(path, err)
	}
	_, err = f.Write(b)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return writeError(path, err)
	}
	return nil
}
