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

// projectFile is looked for from the working directory up to the root of the
// repository; userFile below the folder for configuration of the user.
const (
	projectFile = ".logwhy.yaml"
	userFile    = "logwhy/config.yaml"
)

// settings give flags the values that are not on the command line. What is
// nearer wins as a whole, lists too: flags, then LOGWHY_*, then the file of the
// project, then the file of the user. See docs/configuration.md.
type settings struct {
	config string // --config: a file in place of the two, or "none"
}

func (s *settings) register(root *cobra.Command) {
	root.PersistentFlags().StringVar(&s.config, "config", "", "read settings from `FILE` in place of "+projectFile+", or none")
}

// settingLayer is one place that settings come from.
type settingLayer struct {
	// find returns the values of a flag and where they stand; false when this
	// place says nothing of it.
	find func(flag string) (stated, bool)
}

// stated is what one place says of a flag.
type stated struct {
	values []string
	where  string
	// reject describes what is wrong with a value.
	reject func(error) error
}

// isPlain reports whether a command takes no settings, because it must work
// when a file is wrong.
func isPlain(cmd *cobra.Command) bool {
	for c := cmd; c.HasParent(); c = c.Parent() {
		if slices.Contains([]string{"version", "completion", "man", "help"}, c.Name()) || strings.HasPrefix(c.Name(), "__") {
			return true
		}
	}
	return false
}

// apply sets the flags of cmd that nobody gave.
func (s *settings) apply(cmd *cobra.Command, args []string, e env) error {
	if isPlain(cmd) || cmd.HasSubCommands() {
		return nil
	}
	layers, err := s.layers(cmd, e)
	if err != nil {
		return err
	}
	rank := map[string]int{} // how near the value of a flag is; the command line is 0
	cmd.Flags().Visit(func(f *pflag.Flag) { rank[f.Name] = 0 })
	given := map[string]stated{}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed || !settable(f) || len(args) > 0 && isLive(f.Name) {
			return
		}
		for i, l := range layers {
			if st, ok := l.find(f.Name); ok {
				given[f.Name], rank[f.Name] = st, i+1
				names = append(names, f.Name)
				return
			}
		}
	})
	for _, name := range names {
		if outranked(name, rank) {
			continue
		}
		if err := setFlag(cmd, name, given[name]); err != nil {
			return err
		}
	}
	tellSettings(cmd, e)
	return nil
}

// settable tells the flags of a command from those that are about one run.
func settable(f *pflag.Flag) bool { return f.Name != "help" && f.Name != "config" }

// isLive reports whether a flag asks for a live read, which an INPUT excludes:
// a project in a file is no reason to refuse an export.
func isLive(name string) bool {
	return slices.Contains([]string{"project", "service", "folder", "organization", "bucket", "view"}, name)
}

// outranked reports whether a nearer place has set a flag that excludes this
// one: --from on the command line is no conflict with since in a file.
func outranked(name string, rank map[string]int) bool {
	for _, rival := range rivals(name) {
		if r, set := rank[rival]; set && r < rank[name] {
			return true
		}
	}
	return false
}

func rivals(name string) []string {
	var out []string
	for _, pair := range [][2]string{{"since", "from"}, {"around", "from"}, {"around", "to"}, {"around", "since"}, {"compare", "baseline-window"}, {"quiet", "verbose"}} {
		switch name {
		case pair[0]:
			out = append(out, pair[1])
		case pair[1]:
			out = append(out, pair[0])
		}
	}
	return out
}

// setIn is the annotation of a flag that tells where its value stands.
const setIn = "logwhy_set_in"

func setFlag(cmd *cobra.Command, name string, st stated) error {
	for _, v := range st.values {
		if err := cmd.Flags().Set(name, v); err != nil {
			if cause := errors.Unwrap(err); cause != nil {
				err = cause
			}
			return st.reject(err)
		}
	}
	return cmd.Flags().SetAnnotation(name, setIn, []string{st.where})
}

// settingOf tells where the value of a flag stands that was not on the command
// line; "" when it was, or when nobody set it.
func settingOf(f *pflag.Flag) string {
	if w := f.Annotations[setIn]; f.Changed && len(w) > 0 {
		return w[0]
	}
	return ""
}

// tellSettings says with --verbose what was set; and always when it is what
// protects the secrets of the logs that was turned off.
func tellSettings(cmd *cobra.Command, e env) {
	on := func(name string) bool {
		f := cmd.Flags().Lookup(name)
		return f != nil && f.Value.String() == "true"
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		where := settingOf(f)
		off := f.Name == "redact" && f.Value.String() == "off"
		if where == "" || on("quiet") || !on("verbose") && !off {
			return
		}
		fmt.Fprintf(e.stderr, "settings: --%s %s (%s)\n", f.Name, quoteWord(strings.Trim(f.Value.String(), "[]")), where)
	})
}

// whereSet adds to a complaint about flags where they were set: who did not
// type them would look for them in vain.
func whereSet(cmd *cobra.Command, message string) string {
	if cmd == nil {
		return ""
	}
	var b strings.Builder
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if where := settingOf(f); where != "" && slices.Contains(strings.FieldsFunc(message, notFlag), "--"+f.Name) {
			fmt.Fprintf(&b, "\n--%s is set in %s", f.Name, where)
		}
	})
	return b.String()
}

func notFlag(r rune) bool {
	return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
}

// layers lists the places, the nearest first.
func (s *settings) layers(cmd *cobra.Command, e env) ([]settingLayer, error) {
	known := settingsOf(cmd.Root())
	if err := checkEnvironment(e, known); err != nil {
		return nil, err
	}
	files, err := s.files(e)
	if err != nil {
		return nil, err
	}
	out := []settingLayer{environmentLayer(e)}
	for _, f := range files {
		l, err := f.layer(cmd, known)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// settingsOf describes what a file may say, from the commands themselves.
func settingsOf(cmd *cobra.Command) config.Command {
	out := config.Command{Name: cmd.Name()}
	for _, c := range cmd.Commands() {
		if !isPlain(c) {
			out.Commands = append(out.Commands, settingsOf(c))
		}
	}
	if cmd.HasSubCommands() {
		return out
	}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if settable(f) {
			out.Flags = append(out.Flags, config.Flag{Name: f.Name, Kind: kindOf(f), Own: f.Name == "output"})
		}
	})
	return out
}

func kindOf(f *pflag.Flag) config.Kind {
	switch f.Value.Type() {
	case "bool":
		return config.Switch
	case "int", "int64", "uint", "uint64":
		return config.Number
	case "duration":
		return config.Duration
	}
	if _, many := f.Value.(pflag.SliceValue); many {
		return config.List
	}
	return config.Text
}

// variable is the environment variable of a flag.
func variable(flag string) string {
	return "LOGWHY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func environmentLayer(e env) settingLayer {
	return settingLayer{find: func(flag string) (stated, bool) {
		name := variable(flag)
		v := e.getenv(name)
		if v == "" {
			return stated{}, false
		}
		return stated{
			values: strings.FieldsFunc(v, func(r rune) bool { return r == '\n' }), where: name,
			reject: func(err error) error { return usageError("%s %q: %w", name, v, err) },
		}, true
	}}
}

// checkEnvironment refuses variables that are nearly a setting: a slip would
// be a setting that silently does nothing. Others may be anybody's.
func checkEnvironment(e env, known config.Command) error {
	if e.environ == nil {
		return nil
	}
	words := []string{"pager", "config"}
	var collect func(config.Command)
	collect = func(c config.Command) {
		for _, f := range c.Flags {
			words = append(words, f.Name)
		}
		for _, s := range c.Commands {
			collect(s)
		}
	}
	collect(known)
	vars := e.environ()
	slices.Sort(vars)
	for _, kv := range vars {
		name, _, _ := strings.Cut(kv, "=")
		word, ours := strings.CutPrefix(name, "LOGWHY_")
		word = strings.ToLower(strings.ReplaceAll(word, "_", "-"))
		if !ours || slices.Contains(words, word) {
			continue
		}
		if near := diag.Nearest(word, words); near != "" {
			return usageError("unknown setting %s in the environment\nDid you mean %s?", name, variable(near))
		}
	}
	return nil
}

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
