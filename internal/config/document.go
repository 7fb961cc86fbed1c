// Package config reads the files that a user writes beside the logs: what
// happened elsewhere (--events), what the services are (--context), what is to
// be redacted (--redact-rules) and the flags of a project (.logwhy.yaml).
//
// Data comes in as bytes with the name under which it is shown; plain values
// and all problems come out, each problem with its place. The package opens no
// files and knows nothing of logs. What is wrong in a file is never guessed
// around: with any problem the values should not be used.
package config

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"logwhy/internal/diag"
)

// maxFile bounds a file in bytes: beyond it somebody gave an export by mistake.
const maxFile = 4 << 20

// maxDepth bounds how deep a file may nest; ours need four levels.
const maxDepth = 20

// document is one YAML or JSON file while it is read: its lines for snippets,
// and what is wrong with it.
type document struct {
	name  string
	lines []string
	bad   diag.Problems
}

// parse returns the root of the one document in data, nil when there is
// nothing to go on with.
func (d *document) parse(data []byte) *yaml.Node {
	d.lines = strings.Split(string(data), "\n")
	switch {
	case len(data) > maxFile:
		d.add(0, 0, 0, "size", "Is this an export of logs? Give it as INPUT.", "the file has %d bytes, more than %d", len(data), maxFile)
		return nil
	case !utf8.Valid(data):
		d.add(0, 0, 0, "yaml", "Save the file as UTF-8.", "the file is not valid UTF-8")
		return nil
	}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	var doc yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && (len(doc.Content) == 0 || doc.Content[0].Tag == "!!null") {
		d.add(0, 0, 0, "empty", "", "the file is empty")
		return nil
	}
	if err != nil {
		d.syntax(err)
		return nil
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil && len(second.Content) > 0 {
		d.problem(second.Content[0], "document", "Put everything above the line ---.", "the file holds a second document")
	}
	root := doc.Content[0]
	if !d.plain(root, 0) {
		return nil
	}
	return root
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntax reports that the file is no YAML, at the line that the parser names.
func (d *document) syntax(err error) {
	message, line := err.Error(), 0
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = message[len(m[0]):]
		line, _ = strconv.Atoi(m[1])
	}
	hint := "Look for a missing quote, bracket or colon, or a wrong indentation, here and in the line above."
	if strings.Contains(message, "mapping values are not allowed") {
		message, hint = `": " stands in a text without quotes`, "Put the text in quotes."
	}
	d.add(line, 0, 0, "yaml", hint, "%s", message)
}

// plain refuses aliases and tags of one's own: they are a way to make a small
// file large, and nobody needs them here.
func (d *document) plain(n *yaml.Node, depth int) bool {
	switch {
	case depth > maxDepth:
		d.problem(n, "yaml", "", "values are nested too deep")
		return false
	case n.Kind == yaml.AliasNode:
		d.problem(n, "yaml", "Write the value out; put a text that begins with * in quotes.", "aliases (*%s) are not read", n.Value)
		return false
	case n.Tag != "" && !strings.HasPrefix(n.Tag, "!!"):
		d.problem(n, "yaml", "Quote a text that begins with an exclamation mark.", "tags (%s) are not read", n.Tag)
		return false
	}
	ok := true
	for _, c := range n.Content {
		ok = d.plain(c, depth+1) && ok
	}
	return ok
}

func (d *document) add(line, col, end int, code, hint, format string, args ...any) {
	p := diag.Problem{File: d.name, Line: line, Col: col, EndCol: end, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)}
	if line > 0 && line <= len(d.lines) {
		p.Snippet = d.lines[line-1]
	}
	d.bad = append(d.bad, p)
}

// problem reports something at a node.
func (d *document) problem(n *yaml.Node, code, hint, format string, args ...any) {
	end := n.Column + 1
	if n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "\n") {
		end = n.Column + utf8.RuneCountInString(n.Value)
		if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			end += 2
		}
	}
	d.add(n.Line, n.Column, end, code, hint, format, args...)
}

// mapping returns the values of a mapping by key. Keys that are unknown or
// stand twice are problems; keys nil allows any.
func (d *document) mapping(n *yaml.Node, what string, keys []string) (map[string]*yaml.Node, bool) {
	if n.Kind != yaml.MappingNode {
		d.problem(n, "form", "For example:  "+keysExample(keys), "%s is not a mapping of keys to values", what)
		return nil, false
	}
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			d.problem(k, "key", "", "a key is not a word")
		case out[k.Value] != nil:
			d.problem(k, "key", "", "%q stands twice", k.Value)
		case keys != nil && !isOneOf(k.Value, keys):
			hint := diag.DidYouMean(k.Value, keys)
			if hint == "" {
				hint = "Known are: " + strings.Join(keys, ", ") + "."
			}
			d.problem(k, "key", hint, "unknown key %q", k.Value)
		default:
			out[k.Value] = v
		}
	}
	return out, true
}

func keysExample(keys []string) string {
	if len(keys) == 0 {
		return "{name: value}"
	}
	return "{" + keys[0] + ": …}"
}

func isOneOf(word string, words []string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

// text is the value of a scalar without outer space, "" for a node that is
// missing or null.
func (d *document) text(n *yaml.Node, what string) string {
	if n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		d.problem(n, "form", "", "%s is not a text", what)
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// required is a text that must not be missing or empty; at is where it belongs.
func (d *document) required(n, at *yaml.Node, what string) string {
	before := len(d.bad)
	s := d.text(n, what)
	if s == "" && len(d.bad) == before {
		if n != nil {
			at = n
		}
		d.problem(at, "missing", "", "%s is missing", what)
	}
	return s
}

// items are the texts of a list; one text alone is a list of one.
func (d *document) items(n *yaml.Node, what string) []*yaml.Node {
	switch {
	case n == nil || n.Tag == "!!null":
		return nil
	case n.Kind == yaml.ScalarNode:
		return []*yaml.Node{n}
	case n.Kind != yaml.SequenceNode:
		d.problem(n, "form", "", "%s is not a list", what)
		return nil
	}
	var out []*yaml.Node
	for _, c := range n.Content {
		if d.required(c, c, "a text in "+what) != "" {
			out = append(out, c)
		}
	}
	return out
}
