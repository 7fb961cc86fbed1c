package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"logwhy/internal/diag"
)

// RedactionRule is a kind of text that a user wants redacted. It has the
// fields of redact.Rule, to which it can be converted.
type RedactionRule struct {
	Kind     string
	Pattern  *regexp.Regexp
	Group    int
	Literals []string
}

// ParseRedaction reads a file of redaction rules, YAML or JSON. name is how the
// file is called in problems. With any problem the rules must not be used: a
// rule that is left out would leave a secret in a report.
func ParseRedaction(name string, data []byte) ([]RedactionRule, diag.Problems) {
	d := &document{name: name}
	root := d.parse(data)
	if root == nil {
		return nil, d.bad
	}
	var out []RedactionRule
	if m, ok := d.mapping(root, "the file", []string{"redact"}); ok {
		out = d.redactionRules(m["redact"], root)
	}
	d.bad.Sort()
	return out, d.bad
}

const ruleHint = "Write a list of rules, each with kind and pattern, under redact:"

func (d *document) redactionRules(n, root *yaml.Node) []RedactionRule {
	switch {
	case n == nil || n.Tag == "!!null" || n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		if len(d.bad) == 0 {
			d.problem(root, "empty", ruleHint, "the file has no rules")
		}
		return nil
	case n.Kind != yaml.SequenceNode:
		d.problem(n, "form", ruleHint, "redact is not a list")
		return nil
	}
	var out []RedactionRule
	for _, c := range n.Content {
		if r, ok := d.redactionRule(c); ok {
			out = append(out, r)
		}
	}
	return out
}

// redactionRule reads one rule and tries it on its samples.
func (d *document) redactionRule(n *yaml.Node) (RedactionRule, bool) {
	before := len(d.bad)
	m, ok := d.mapping(n, "a rule", []string{"kind", "pattern", "group", "literals", "hit", "miss"})
	if !ok {
		return RedactionRule{}, false
	}
	r := RedactionRule{Kind: d.redactionKind(m["kind"], n), Pattern: d.redactionPattern(m["pattern"], n), Group: d.redactionGroup(m["group"])}
	for _, t := range d.items(m["literals"], "literals") {
		r.Literals = append(r.Literals, t.Value)
	}
	hit, miss := d.items(m["hit"], "hit"), d.items(m["miss"], "miss")
	if len(d.bad) > before {
		return r, false
	}
	d.finish(&r, m["group"])
	if len(d.bad) == before {
		d.samples(r, hit, miss)
	}
	return r, len(d.bad) == before
}

// finish fills in what was not given: the only group, and the text with which
// every match begins.
func (d *document) finish(r *RedactionRule, group *yaml.Node) {
	groups := r.Pattern.NumSubexp()
	switch {
	case r.Group > groups:
		d.problem(group, "group", "It has "+strconv.Itoa(groups)+"; 0 is the whole match.", "the pattern has no group %d", r.Group)
	case r.Group < 0 && groups == 1:
		r.Group = 1
	case r.Group < 0:
		r.Group = 0
	}
	if prefix, _ := r.Pattern.LiteralPrefix(); len(r.Literals) == 0 && prefix != "" {
		r.Literals = []string{prefix}
	}
}

// samples checks the texts that a rule must match, and must not.
func (d *document) samples(r RedactionRule, hit, miss []*yaml.Node) {
	for _, n := range hit {
		if !r.matches(n.Value) {
			d.problem(n, "hit", "One of the literals must stand in the text, and the pattern match it.", "the rule %s does not match this", r.Kind)
		}
	}
	for _, n := range miss {
		if r.matches(n.Value) {
			d.problem(n, "miss", "Make the pattern narrower.", "the rule %s matches this", r.Kind)
		}
	}
}

func (r RedactionRule) matches(s string) bool {
	if len(r.Literals) > 0 && !slices.ContainsFunc(r.Literals, func(l string) bool { return strings.Contains(s, l) }) {
		return false
	}
	m := r.Pattern.FindStringSubmatchIndex(s)
	return m != nil && m[2*r.Group] >= 0
}

var kindForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)

func (d *document) redactionKind(n, rule *yaml.Node) string {
	s := d.required(n, rule, "kind")
	if s != "" && !kindForm.MatchString(s) {
		d.problem(n, "kind", "Write it as in \"kind: customer-number\".", "the kind is the word in the tag: lower-case letters, digits and -")
	}
	return s
}

func (d *document) redactionPattern(n, rule *yaml.Node) *regexp.Regexp {
	s := d.required(n, rule, "pattern")
	if s == "" {
		return nil
	}
	re, err := regexp.Compile(s)
	switch {
	case err != nil:
		hint := ""
		if strings.Contains(s, "(?<") || strings.Contains(s, "(?=") || strings.Contains(s, "(?!") {
			hint = "Patterns are RE2: they look neither ahead nor back. Use a group, which alone is replaced."
		}
		d.problem(n, "pattern", hint, "not a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	case re.MatchString(""):
		d.problem(n, "pattern", "Ask for at least one character: + in place of *.", "the pattern matches empty text, and so everywhere")
	}
	return re
}

// redactionGroup is -1 where no group is given.
func (d *document) redactionGroup(n *yaml.Node) int {
	s := d.text(n, "group")
	if s == "" {
		return -1
	}
	g, err := strconv.Atoi(s)
	if err != nil || g < 0 {
		d.problem(n, "group", "0 is the whole match, 1 the first pair of parentheses.", "the group is a number from 0")
		return -1
	}
	return g
}
