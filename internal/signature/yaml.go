package signature

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"logwhy/internal/diag"
)

// file is one YAML file while it is read: its lines for snippets, and what is
// wrong with it.
type file struct {
	name  string
	lines []string
	bad   diag.Problems
}

// maxFile is the largest rule file that is read. The largest real ones have 20 KB.
const maxFile = 1 << 20

// parse reads the documents of data. It returns nothing when there is nothing
// to go on with.
func (f *file) parse(data []byte) []*yaml.Node {
	f.lines = strings.Split(string(data), "\n")
	if len(data) > maxFile {
		f.add(0, 0, 0, "size", "Rule files hold one signature each.", "the file has %d bytes, more than %d", len(data), maxFile)
		return nil
	}
	if !utf8.Valid(data) {
		f.add(f.invalidLine(), 0, 0, "yaml", "Save the file as UTF-8.", "the file is not valid UTF-8")
		return nil
	}
	var docs []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			f.syntax(data, err)
			return nil
		}
		if len(doc.Content) > 0 && (len(docs) > 0 || doc.Content[0].Tag != "!!null") {
			docs = append(docs, doc.Content[0])
		}
	}
	if len(docs) == 0 {
		f.add(0, 0, 0, "empty", "", "the file is empty")
		return nil
	}
	for _, d := range docs {
		if !f.plain(d) {
			return nil
		}
	}
	return docs
}

func (f *file) invalidLine() int {
	for i, l := range f.lines {
		if !utf8.ValidString(l) {
			return i + 1
		}
	}
	return 1
}

// plain refuses anchors, aliases and tags of one's own: a rule is read by
// people, top to bottom.
func (f *file) plain(n *yaml.Node) bool {
	ok := true
	switch {
	case n.Kind == yaml.AliasNode:
		f.problem(n, "yaml", "Write the value out.", "aliases (*%s) are not read", n.Value)
		return false
	case n.Anchor != "":
		f.problem(n, "yaml", "Write the value out where it is needed.", "anchors (&%s) are not read", n.Anchor)
		ok = false
	case n.Tag != "" && !strings.HasPrefix(n.Tag, "!!"):
		f.problem(n, "yaml", "Quote a text that begins with an exclamation mark.", "tags (%s) are not read", n.Tag)
		ok = false
	}
	for _, c := range n.Content {
		ok = f.plain(c) && ok
	}
	return ok
}

var (
	yamlLine     = regexp.MustCompile(`^yaml: (?:line \d+: )?`)
	bareTemplate = regexp.MustCompile(`^[\s-]*(?:[\w-]+:\s+)?\{\{`)
)

// syntax reports that data is no YAML. The parser's line is where the
// enclosing block began, off by one at times; the line that people look for is
// the first one without which the file could still be read.
func (f *file) syntax(data []byte, err error) {
	message := yamlLine.ReplaceAllString(err.Error(), "")
	line := f.brokenLine()
	text := ""
	if line > 0 && line <= len(f.lines) {
		text = f.lines[line-1]
	}
	hint := ""
	switch {
	case strings.Contains(text, "\t") && strings.HasPrefix(strings.TrimLeft(text, " "), "\t"):
		message, hint = "a tab stands in the indentation", "Indent with spaces."
	case bareTemplate.MatchString(text):
		message, hint = "a text that begins with {{ stands without quotes", "Put the text in quotes."
	case strings.Contains(message, "unknown anchor"):
		message, hint = "aliases (*name) are not read", "Put a text that begins with * in quotes."
	case strings.Contains(message, "mapping values are not allowed"):
		message, hint = `": " stands in a text without quotes`, "Put the text in quotes."
	case strings.Contains(message, "did not find expected"), strings.Contains(message, "could not find expected"):
		message, hint = "the text does not fit in here", "Look for a missing quote, bracket or colon, or a wrong indentation, here and in the line above."
	case strings.Contains(message, "found unknown escape character"):
		message, hint = "unknown escape in a text in double quotes", "Put regexps in single quotes."
	case strings.Contains(message, "cannot start any token"):
		message, hint = "a text cannot begin like this without quotes", "Put the text in quotes."
	case strings.Contains(message, "unexpected end of stream"):
		message, hint = "a quote is opened and never closed", ""
	}
	f.add(line, 0, 0, "yaml", hint, "%s", message)
}

// brokenLine is the line behind the longest run of lines from the top that
// parses. Only long files that are broken early make this slow, so it gives up
// after a while.
func (f *file) brokenLine() int {
	const tries = 400
	for n := len(f.lines) - 1; n > 0 && n > len(f.lines)-tries; n-- {
		var doc yaml.Node
		if yaml.Unmarshal([]byte(strings.Join(f.lines[:n], "\n")), &doc) == nil {
			return n + 1
		}
	}
	return 1
}

// add records a problem by place.
func (f *file) add(line, col, end int, code, hint, format string, args ...any) {
	p := diag.Problem{File: f.name, Line: line, Col: col, EndCol: end, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)}
	if line > 0 && line <= len(f.lines) {
		p.Snippet = f.lines[line-1]
	}
	f.bad = append(f.bad, p)
}

// problem records a problem at a node.
func (f *file) problem(n *yaml.Node, code, hint, format string, args ...any) {
	for n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	f.add(n.Line, n.Column, n.Column+f.width(n), code, hint, format, args...)
}

// width is how many characters of its first line a node takes, as far as that
// is known.
func (f *file) width(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(f.lines) || n.Column < 1 {
		return 1
	}
	line := []rune(f.lines[n.Line-1])
	if n.Column > len(line) {
		return 1
	}
	rest := strings.TrimRight(string(line[n.Column-1:]), " \r")
	if n.Kind != yaml.ScalarNode {
		return 1
	}
	switch n.Style &^ yaml.TaggedStyle {
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		if end := closingQuote(rest); end > 0 {
			return utf8.RuneCountInString(rest[:end])
		}
	case 0:
		if first, _, _ := strings.Cut(n.Value, "\n"); strings.HasPrefix(rest, first) {
			return utf8.RuneCountInString(first)
		}
	}
	return utf8.RuneCountInString(rest)
}

// closingQuote returns the length of the quoted text at the start of s, 0 when
// it does not end on this line.
func closingQuote(s string) int {
	q := s[0]
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && q == '"':
			i++
		case s[i] == q && q == '\'' && i+1 < len(s) && s[i+1] == q:
			i++
		case s[i] == q:
			return i + 1
		}
	}
	return 0
}

// kindWord names what a node is, in the words of docs/signatures.md.
func kindWord(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	}
	return "a text"
}

// checkMap checks a mapping against a table: kinds, unknown, duplicate and
// missing keys, and everything below.
func (f *file) checkMap(n *yaml.Node, t *table) bool {
	if n.Kind != yaml.MappingNode {
		f.wrongKind(n, t.name, "a mapping")
		return false
	}
	ok := true
	for _, p := range f.pairs(n) {
		k := t.find(p.key.Value)
		if k == nil {
			f.problem(p.key, "key", unknownHint(p.key.Value, t), "unknown key %q", p.key.Value)
			ok = false
			continue
		}
		ok = f.check(p.val, k) && ok
	}
	for _, k := range t.keys {
		if k.need && get(n, k.name) == nil {
			f.problem(n, "missing", "For example:  "+k.name+": "+k.like, "%q is missing", k.name)
			ok = false
		}
	}
	return ok
}

func unknownHint(word string, t *table) string {
	if h := diag.DidYouMean(word, t.names()); h != "" {
		return h
	}
	if len(t.keys) > 12 {
		return "See docs/signatures.md for the keys."
	}
	return "Keys here: " + strings.Join(t.names(), ", ") + "."
}

// pair is a key with its value.
type pair struct{ key, val *yaml.Node }

// pairs returns the pairs of a mapping; keys that are given twice or are no
// text are reported and left out.
func (f *file) pairs(n *yaml.Node) []pair {
	var out []pair
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			hint := ""
			if f.looksLikeTemplate(k) {
				hint = "Put a text that begins with {{ in quotes."
			}
			f.problem(k, "key", hint, "a key must be a text")
			continue
		}
		if first := seen[k.Value]; first != nil {
			f.problem(k, "duplicate", fmt.Sprintf("It stands in line %d too.", first.Line), "key %q is given twice", k.Value)
			continue
		}
		seen[k.Value] = k
		out = append(out, pair{k, v})
	}
	return out
}

func (f *file) looksLikeTemplate(n *yaml.Node) bool {
	if n.Line < 1 || n.Line > len(f.lines) {
		return false
	}
	return strings.Contains(f.lines[n.Line-1], "{{")
}

// pairsOf returns the pairs of a mapping that was checked before.
func pairsOf(n *yaml.Node) []pair {
	var out []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, pair{n.Content[i], n.Content[i+1]})
	}
	return out
}

// get returns the value of a key, nil when it is not there.
func get(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

func (f *file) wrongKind(n *yaml.Node, what, want string) {
	hint := ""
	if f.looksLikeTemplate(n) && n.Kind == yaml.MappingNode {
		hint = "Put a text that begins with {{ in quotes."
	}
	f.problem(n, "kind", hint, "%q takes %s, not %s", what, want, kindWord(n))
}

// check checks a value against what its key takes. Conditions are checked when
// they are built.
func (f *file) check(n *yaml.Node, k *key) bool {
	switch k.takes {
	case takesText:
		return f.checkText(n, k.name, "a text")
	case takesWord:
		return f.checkText(n, k.name, "a word") && f.checkWord(n, k)
	case takesTexts:
		return f.checkList(n, k, "a list of texts", func(n *yaml.Node) bool { return f.checkText(n, k.name, "a list of texts") })
	case takesWords:
		return f.checkList(n, k, "a list of words", func(n *yaml.Node) bool { return f.checkText(n, k.name, "a list of words") && f.checkWord(n, k) })
	case takesTextOrList:
		if n.Kind == yaml.SequenceNode {
			return f.checkList(n, k, "a text or a list of texts", func(n *yaml.Node) bool { return f.checkText(n, k.name, "a text or a list of texts") })
		}
		return f.checkText(n, k.name, "a text or a list of texts")
	case takesWordOrList:
		if n.Kind == yaml.SequenceNode {
			return f.checkList(n, k, "a list of words", func(n *yaml.Node) bool { return f.checkText(n, k.name, "a word") && f.checkWord(n, k) })
		}
		return f.checkText(n, k.name, "a word or a list of words") && f.checkWord(n, k)
	case takesNumber:
		return f.checkNumber(n, k)
	case takesFlag:
		return f.checkFlag(n, k)
	case takesDuration, takesSpan:
		return f.checkDuration(n, k)
	case takesMap:
		return f.checkMap(n, k.sub)
	case takesMaps:
		return f.checkList(n, k, "a list of mappings", func(n *yaml.Node) bool { return f.checkMap(n, k.sub) })
	case takesFields:
		return f.checkFields(n, k)
	}
	return true
}

func (f *file) checkText(n *yaml.Node, what, want string) bool {
	switch {
	case n.Kind != yaml.ScalarNode:
		f.wrongKind(n, what, want)
	case n.Tag == "!!null":
		f.problem(n, "kind", "Remove the key, or give it a value.", "%q has no value", what)
	case strings.TrimSpace(n.Value) == "":
		f.problem(n, "kind", "Remove the key, or give it a value.", "%q is an empty text", what)
	default:
		return true
	}
	return false
}

func (f *file) checkWord(n *yaml.Node, k *key) bool {
	for _, w := range k.words {
		if n.Value == w {
			return true
		}
	}
	hint := diag.DidYouMean(n.Value, k.words)
	if hint == "" {
		hint = "One of: " + strings.Join(k.words, ", ") + "."
	}
	f.problem(n, "word", hint, "unknown word %q for %q", n.Value, k.name)
	return false
}

func (f *file) checkList(n *yaml.Node, k *key, want string, each func(*yaml.Node) bool) bool {
	if n.Kind != yaml.SequenceNode {
		hint := ""
		if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
			hint = "Write  " + k.name + ": [" + n.Value + "]"
		}
		f.problem(n, "kind", hint, "expected a list: %q takes %s, not %s", k.name, want, kindWord(n))
		return false
	}
	if len(n.Content) == 0 {
		f.problem(n, "kind", "Remove the key, or give it a value.", "the list of %q is empty", k.name)
		return false
	}
	ok := true
	for _, c := range n.Content {
		ok = each(c) && ok
	}
	return ok
}

func (f *file) checkNumber(n *yaml.Node, k *key) bool {
	if n.Kind == yaml.ScalarNode {
		if _, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return true
		}
	}
	f.wrongKind(n, k.name, "a number")
	return false
}

func (f *file) checkFlag(n *yaml.Node, k *key) bool {
	if n.Kind == yaml.ScalarNode && (n.Value == "true" || n.Value == "false") {
		return true
	}
	f.wrongKind(n, k.name, "true or false")
	return false
}

func (f *file) checkDuration(n *yaml.Node, k *key) bool {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		f.wrongKind(n, k.name, "a duration such as 30s")
		return false
	}
	for _, w := range k.words {
		if n.Value == w {
			return true
		}
	}
	if _, err := parseDuration(n.Value); err == nil {
		return true
	}
	hint := "Durations are written 500ms, 30s, 5m, 1h30m or 2d."
	if _, err := strconv.ParseFloat(n.Value, 64); err == nil {
		hint = "Add the unit:  " + k.name + ": " + n.Value + "s"
	} else if len(k.words) > 0 {
		hint += " Or one of: " + strings.Join(k.words, ", ") + "."
	}
	f.problem(n, "duration", hint, "%q is no duration", n.Value)
	return false
}

// parseDuration reads 30s, 1h30m and, beyond Go's form, whole days as 2d.
func parseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n > 3650 || n < -3650 {
			return 0, fmt.Errorf("no duration: %q", s)
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	return time.ParseDuration(s)
}

func (f *file) checkFields(n *yaml.Node, k *key) bool {
	if n.Kind != yaml.MappingNode {
		f.wrongKind(n, k.name, "a mapping of names to fields")
		return false
	}
	ok := true
	for _, p := range f.pairs(n) {
		ok = f.checkText(p.val, p.key.Value, "the path of a field") && ok
	}
	return ok
}

// text returns the value of a scalar, "" for anything else.
func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// texts returns the scalars of a list, or the one scalar.
func texts(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		if t := text(n); t != "" {
			return []string{t}
		}
		return nil
	}
	var out []string
	for _, c := range n.Content {
		if t := text(c); t != "" {
			out = append(out, t)
		}
	}
	return out
}

func duration(n *yaml.Node) time.Duration {
	d, err := parseDuration(text(n))
	if err != nil {
		return 0
	}
	return d
}

func number(n *yaml.Node) float64 {
	v, _ := strconv.ParseFloat(text(n), 64)
	return v
}

// items returns the elements of a list, nil for anything else.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}
