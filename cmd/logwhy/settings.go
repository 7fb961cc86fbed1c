package main

import (
	"errors"
	"fmt"
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

// isLive reports whether a flag is about a live read, which an INPUT excludes:
// a project in a file is no reason to refuse an export.
func isLive(name string) bool {
	return slices.Contains([]string{"project", "service", "folder", "organization", "bucket", "view", "resource", "endpoint", "insecure",
		"transport", "impersonate", "quota-project", "rate", "limit", "deadline", "max-lookback", "deep"}, name)
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
