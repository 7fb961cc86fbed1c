package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"logwhy/internal/diag"
)

// Kind is the form of a setting's value.
type Kind int

// The kinds of values. Text takes any scalar, List a scalar or a list of them.
const (
	Text Kind = iota
	List
	Switch   // true or false
	Number   // a whole number
	Duration // such as 90s, 5m or 2h
)

// Flag is one setting that a command knows.
type Flag struct {
	Name string
	Kind Kind
	// Own says that commands mean different things by it, so that it can only
	// be set for one.
	Own bool
}

// Command is what a settings file may say of a command: its flags, and the
// commands below it. The root has no name.
type Command struct {
	Name     string
	Flags    []Flag
	Commands []Command
}

// Setting is one line of a settings file.
type Setting struct {
	Command string // the words of the command, such as "rules list"; "" is every command
	Flag    string
	Values  []string // one, except for a List
	Line    int      // 1-based

	problem diag.Problem // its place
}

// Problem describes what a command finds wrong with the value.
func (s Setting) Problem(message string) diag.Problem {
	p := s.problem
	p.Code, p.Message = "value", message
	return p
}

// ParseSettings reads a settings file, YAML or JSON. Keys are flags, for every
// command that has them, or commands, whose value maps flags in turn. A file
// that holds nothing but comments has no settings. name is how the file is
// called in problems; the settings come in the order of the file.
func ParseSettings(name string, data []byte, root Command) ([]Setting, diag.Problems) {
	d := &document{name: name}
	n := d.parse(data)
	if n == nil {
		if len(d.bad) == 1 && d.bad[0].Code == "empty" {
			return nil, nil
		}
		return nil, d.bad
	}
	r := settingsReader{document: d, root: root}
	r.command(n, root, "")
	d.bad.Sort()
	return r.out, d.bad
}

// fewKeys is how many keys a hint lists.
const fewKeys = 12

type settingsReader struct {
	*document
	root Command
	out  []Setting
}

// command reads what the file says of one command, and of those below it.
func (r *settingsReader) command(n *yaml.Node, c Command, path string) {
	if n.Kind != yaml.MappingNode {
		r.problem(n, "form", "For example:  project: acme-staging", "%s is not a mapping of flags to values", part(path))
		return
	}
	flags := c.reachable()
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		sub := slices.IndexFunc(c.Commands, func(s Command) bool { return s.Name == k.Value })
		flag := slices.IndexFunc(flags, func(f Flag) bool { return f.Name == k.Value })
		isMap := v.Kind == yaml.MappingNode
		// A word may be both a flag and a command (redact): what is below decides,
		// and so both may stand in one file.
		id := k.Value + fmt.Sprint(isMap)
		switch {
		case k.Kind != yaml.ScalarNode:
			r.problem(k, "key", "", "a key is not a word")
		case seen[id]:
			r.problem(k, "key", "", "%q stands twice", k.Value)
		case sub >= 0 && isMap:
			r.command(v, c.Commands[sub], strings.TrimSpace(path+" "+k.Value))
		case flag >= 0 && flags[flag].Own && len(c.Commands) > 0:
			r.problem(k, "key", "Write it below a command.", "%s means something else in each command", k.Value)
		case flag >= 0:
			r.flag(k, v, flags[flag], path)
		case sub >= 0 && v.Tag == "!!null": // a section whose lines are comments
		case sub >= 0:
			r.problem(v, "form", "Write its flags below it, indented.", "%s is a command", k.Value)
		default:
			r.unknown(k, c, path, flags)
		}
		seen[id] = true
	}
}

// part is how a part of the file is called.
func part(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

func (r *settingsReader) unknown(k *yaml.Node, c Command, path string, flags []Flag) {
	var words []string
	for _, f := range flags {
		words = append(words, f.Name)
	}
	for _, s := range c.Commands {
		words = append(words, s.Name)
	}
	slices.Sort(words)
	words = slices.Compact(words)
	of := ""
	if path != "" {
		of = " of " + path
	}
	hint := diag.DidYouMean(k.Value, words)
	if owners := r.root.having(k.Value, ""); path != "" && len(owners) > 0 {
		hint = "It is a setting of " + strings.Join(owners, ", ") + "."
	}
	switch {
	case hint != "":
	case len(words) <= fewKeys:
		hint = "Known are: " + strings.Join(words, ", ") + "."
	case path == "":
		hint = "Keys are the flags of commands without --, and commands; see logwhy COMMAND --help."
	default:
		hint = "Keys are its flags without --; see logwhy " + path + " --help."
	}
	r.problem(k, "key", hint, "unknown key %q%s", k.Value, of)
}

// reachable are the flags of c and of the commands below it, by name. A flag
// that takes different forms in two of them takes any.
func (c Command) reachable() []Flag {
	all := slices.Clone(c.Flags)
	for _, s := range c.Commands {
		all = append(all, s.reachable()...)
	}
	slices.SortStableFunc(all, func(a, b Flag) int { return strings.Compare(a.Name, b.Name) })
	out := all[:0:0]
	for _, f := range all {
		if n := len(out); n > 0 && out[n-1].Name == f.Name {
			if out[n-1].Kind != f.Kind {
				out[n-1].Kind = List
			}
			continue
		}
		out = append(out, f)
	}
	return out
}

// having lists the commands that have a flag.
func (c Command) having(flag, path string) []string {
	var out []string
	if path != "" && slices.ContainsFunc(c.Flags, func(f Flag) bool { return f.Name == flag }) {
		out = append(out, path)
	}
	for _, s := range c.Commands {
		out = append(out, s.having(flag, strings.TrimSpace(path+" "+s.Name))...)
	}
	return out
}

func (r *settingsReader) flag(k, v *yaml.Node, f Flag, path string) {
	values, ok := r.values(v, f)
	if !ok {
		return
	}
	s := Setting{Command: path, Flag: f.Name, Values: values, Line: k.Line}
	s.problem = diag.Problem{File: r.document.name, Line: v.Line, Col: v.Column, EndCol: v.Column + 1}
	if v.Kind == yaml.ScalarNode {
		s.problem.EndCol = v.Column + len([]rune(v.Value))
	}
	if v.Line > 0 && v.Line <= len(r.lines) {
		s.problem.Snippet = r.lines[v.Line-1]
	}
	r.out = append(r.out, s)
}

// values checks the form of a value.
func (r *settingsReader) values(v *yaml.Node, f Flag) ([]string, bool) {
	if v.Kind == yaml.ScalarNode && v.Tag == "!!null" {
		r.problem(v, "value", "Leave the line out, or write '' for an empty text.", "%s has no value", f.Name)
		return nil, false
	}
	if f.Kind == List && v.Kind == yaml.SequenceNode {
		return r.listed(v, f)
	}
	if v.Kind != yaml.ScalarNode {
		what := map[bool]string{true: "a list", false: "a mapping"}[v.Kind == yaml.SequenceNode]
		r.problem(v, "form", "Write "+f.Kind.example()+".", "%s is %s", f.Name, what)
		return nil, false
	}
	if !f.Kind.takes(v) {
		r.problem(v, "value", "Write "+f.Kind.example()+".", "%s: %q is not %s", f.Name, v.Value, f.Kind)
		return nil, false
	}
	return []string{v.Value}, true
}

func (r *settingsReader) listed(v *yaml.Node, f Flag) ([]string, bool) {
	var out []string
	before := len(r.bad)
	for _, c := range v.Content {
		if s := r.required(c, c, "a text in "+f.Name); s != "" {
			out = append(out, s)
		}
	}
	return out, len(r.bad) == before && len(out) > 0
}

func (k Kind) takes(v *yaml.Node) bool {
	var err error
	switch k {
	case Switch:
		return v.Value == "true" || v.Value == "false"
	case Number:
		_, err = strconv.Atoi(v.Value)
	case Duration:
		_, err = time.ParseDuration(v.Value)
	}
	return err == nil
}

// String is the kind as a message names it.
func (k Kind) String() string {
	switch k {
	case List:
		return "a text or a list of texts"
	case Switch:
		return "true or false"
	case Number:
		return "a whole number"
	case Duration:
		return "a duration"
	}
	return "a text"
}

func (k Kind) example() string {
	switch k {
	case List:
		return "a text, or a list such as [one, two]"
	case Switch:
		return "true or false"
	case Number:
		return "a whole number such as 3"
	case Duration:
		return "a duration such as 90s, 5m or 2h"
	}
	return "one text"
}
