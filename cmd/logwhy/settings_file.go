package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"logwhy/internal/config"
	"logwhy/internal/diag"
)

// settingsFile is a file to read. What one in a project names to be written
// must lie in the project: it comes with the code of others.
type settingsFile struct {
	path, shown string
	confined    bool
	optional    bool
}

// files lists the files to read, the nearest first.
func (s *settings) files(e env) ([]settingsFile, error) {
	chosen := s.config
	if chosen == "" {
		chosen = e.getenv("LOGWHY_CONFIG")
	}
	switch chosen {
	case "":
	case "none":
		return nil, nil
	default:
		return []settingsFile{{path: chosen, shown: chosen}}, nil
	}
	var out []settingsFile
	wd, err := os.Getwd()
	if err == nil {
		if p := findProjectFile(wd); p != "" {
			out = append(out, settingsFile{path: p, shown: relativeTo(wd, p), confined: true})
		}
	}
	if dir := userConfigDir(e); dir != "" {
		p := filepath.Join(dir, filepath.FromSlash(userFile))
		shown := p
		if below, ok := strings.CutPrefix(p, e.getenv("HOME")+string(filepath.Separator)); ok {
			shown = "~/" + filepath.ToSlash(below)
		}
		out = append(out, settingsFile{path: p, shown: shown, optional: true})
	}
	return out, nil
}

// findProjectFile climbs from dir to the root of its repository. Outside of a
// repository only dir itself counts: what lies above may be anybody's.
func findProjectFile(dir string) string {
	found := ""
	for at := dir; ; at = filepath.Dir(at) {
		if p := filepath.Join(at, projectFile); found == "" && isThere(p) {
			found = p
		}
		if isThere(filepath.Join(at, ".git")) {
			return found
		}
		if filepath.Dir(at) == at {
			break
		}
	}
	if p := filepath.Join(dir, projectFile); isThere(p) {
		return p
	}
	return ""
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// userConfigDir is the folder of the XDG Base Directory Specification, which
// says that relative paths are to be ignored; or that of the system.
func userConfigDir(e env) string {
	if d := e.getenv("XDG_CONFIG_HOME"); filepath.IsAbs(d) {
		return d
	}
	if d := e.getenv("HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, ".config")
	}
	return e.getenv("APPDATA")
}

func relativeTo(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil {
		return rel
	}
	return path
}

// layer reads the file. All of it is checked, also what other commands use.
func (f settingsFile) layer(cmd *cobra.Command, known config.Command) (settingLayer, error) {
	data, err := os.ReadFile(f.path)
	if f.optional && errors.Is(err, fs.ErrNotExist) {
		return settingLayer{find: func(string) (stated, bool) { return stated{}, false }}, nil
	}
	if err != nil {
		return settingLayer{}, usageError("cannot read the settings in %s: %w\nTo go on without: --config none", f.shown, pathCause(err))
	}
	all, problems := config.ParseSettings(f.shown, data, known)
	if len(problems) > 0 {
		return settingLayer{}, settingsError(problems)
	}
	mine, problems := f.forCommand(cmd, all)
	if len(problems) > 0 {
		return settingLayer{}, settingsError(problems)
	}
	return settingLayer{find: func(flag string) (stated, bool) {
		s, ok := mine[flag]
		return stated{
			values: s.Values, where: fmt.Sprintf("%s:%d", f.shown, s.Line),
			reject: func(err error) error { return settingsError(diag.Problems{s.Problem(flag + ": " + err.Error())}) },
		}, ok
	}}, nil
}

// forCommand picks what concerns cmd; what is said of it outdoes what is said
// of the commands above it, and of all.
func (f settingsFile) forCommand(cmd *cobra.Command, all []config.Setting) (map[string]config.Setting, diag.Problems) {
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	mine := map[string]config.Setting{}
	var problems diag.Problems
	for _, s := range all {
		old, twice := mine[s.Flag]
		if s.Command != "" && s.Command != path && !strings.HasPrefix(path, s.Command+" ") || twice && len(old.Command) > len(s.Command) {
			continue
		}
		if f.confined && isDangerous(s.Flag) {
			problems = append(problems, s.Problem(s.Flag+" has no place in the file of a project: it says where credentials are sent"))
		}
		s.Values = slices.Clone(s.Values)
		for i, v := range s.Values {
			p, err := f.place(cmd.Flags().Lookup(s.Flag), v)
			if err != nil {
				problems = append(problems, s.Problem(s.Flag+": "+err.Error()))
			}
			s.Values[i] = p
		}
		mine[s.Flag] = s
	}
	return mine, problems
}

// isDangerous reports whether a flag sends the user's credentials elsewhere.
func isDangerous(flag string) bool { return flag == "endpoint" || flag == "insecure" }

func settingsError(p diag.Problems) error {
	var b bytes.Buffer
	if _, err := p.WriteTo(&b); err != nil {
		return &exitError{exitUsage, err}
	}
	return usageError("the settings have problems:\n\n%s", b.String())
}

// pathWords are the words that stand for a path in the help of a flag.
func pathWords() []string { return []string{"FILE", "DIR", "PATH", "INPUT"} }

// holdsPath reports whether a flag takes a path, perhaps behind FORMAT=.
func holdsPath(f *pflag.Flag) bool {
	word, _ := pflag.UnquoteUsage(f)
	if i := strings.LastIndexByte(word, '='); i >= 0 {
		word = word[i+1:]
	}
	return slices.Contains(pathWords(), word)
}

// isWritten reports whether what a path names is written to.
func isWritten(flag string) bool {
	return slices.Contains([]string{"baseline", "bundle", "output", "to"}, flag)
}

// place turns a path in the file, which is meant from where the file lies,
// into one from here.
func (f settingsFile) place(flag *pflag.Flag, value string) (string, error) {
	if flag == nil || !holdsPath(flag) {
		return value, nil
	}
	prefix, path := "", value
	if word, _ := pflag.UnquoteUsage(flag); strings.Contains(word, "=") {
		format, p, ok := strings.Cut(value, "=")
		switch {
		case ok:
			prefix, path = format+"=", p
		case !strings.ContainsAny(value, `./\`):
			return value, nil // a format, for standard output
		}
	}
	if path == "" || path == "-" || path == "none" || strings.Contains(path, "://") {
		return value, nil
	}
	dir := filepath.Dir(f.path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if f.confined && isWritten(flag.Name) && !within(dir, path) {
		return value, fmt.Errorf("%q lies outside of the folder of the file; what a project's file names to be written must lie below it", value)
	}
	if wd, err := os.Getwd(); err == nil && within(wd, path) {
		path = relativeTo(wd, path)
	}
	return prefix + path, nil
}

// within reports whether path lies below dir, links followed as far as path
// exists.
func within(dir, path string) bool {
	rel, err := filepath.Rel(linked(dir), linked(path))
	return err == nil && filepath.IsLocal(rel)
}

func linked(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	rest := ""
	for at := abs; ; at = filepath.Dir(at) {
		if r, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(r, rest)
		}
		if filepath.Dir(at) == at {
			return abs
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}
