// Package lql reads, evaluates and prints filters of the Logging query
// language, https://cloud.google.com/logging/docs/view/logging-query-language.
//
// The steps are:
//
//  1. Parse. Text becomes an Expr; what is wrong in it becomes diag.Problems with
//     its place, as many as can be told.
//  2. Compile. Every field is resolved, every value converted to the type of its
//     field, every regular expression compiled.
//  3. Match. The compiled filter is asked entry by entry.
//
// An Expr can also be built, with And, Or, Not, Compare and Phrase, and printed:
// that is how filters are written that are sent to the service. Printing and
// parsing are inverse: what an Expr prints parses to an equal Expr, and what a
// filter prints once, it prints again.
//
// What a comparison means follows the documentation: text is compared without
// regard to case, regular expressions with it; of a list one element suffices; a
// comparison with a field that a payload or a label does not have is false, so
// that its negation is true; a field of LogEntry itself that is absent has the
// default value of its type. Where the documentation is silent, a comment says
// what was chosen.
//
// A Filter is immutable and may be used by many goroutines at once. The package
// reads no files and knows no clock.
package lql

import (
	"errors"
	"strings"

	"logwhy/internal/diag"
	"logwhy/internal/logentry"
)

// MaxLength is the length of the longest filter that the service takes, in
// characters, comments included.
const MaxLength = 20_000

// A Filter is a compiled expression.
type Filter struct {
	expr Expr
	root node
}

// Parse reads a filter. An empty one, or one of comments only, matches every
// entry. The error is a diag.Problems; the problems have lines and columns in
// text, and no file.
func Parse(text string) (*Filter, error) {
	p := newParser(text)
	expr := p.parse()
	if len(p.problems) > 0 {
		return nil, p.sorted()
	}
	c := compiler{}
	root := c.node(expr)
	for _, f := range c.faults {
		p.report(p.spans[f.at], f.code, f.message, f.hint)
	}
	if len(p.problems) > 0 {
		return nil, p.sorted()
	}
	return &Filter{expr, root}, nil
}

// Compile makes a filter of an expression that was built; nil matches every
// entry. The error is a diag.Problems without places.
func Compile(expr Expr) (*Filter, error) {
	c := compiler{}
	root := c.node(expr)
	var problems diag.Problems
	for _, f := range c.faults {
		problems = append(problems, diag.Problem{Code: f.code, Message: f.message, Hint: f.hint})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return &Filter{expr, root}, nil
}

// Match reports whether e is among the entries that the filter selects.
func (f *Filter) Match(e *logentry.Entry) bool { return f.root.match(e) }

// Expr returns the expression; nil for a filter that matches every entry. It
// must not be changed.
func (f *Filter) Expr() Expr { return f.expr }

// String prints the filter on one line, without comments.
func (f *Filter) String() string { return Print(f.expr) }

// ErrSample is returned by Local for filters that only the service can evaluate.
var ErrSample = errors.New("sample() chooses entries by a hash that only Cloud Logging knows")

// Local says whether Match gives what the service would give: the error tells
// why it does not. Match of a filter with sample() chooses the same share of the
// entries, but others.
func (f *Filter) Local() error {
	if f.calls("sample") {
		return ErrSample
	}
	return nil
}

// Mentions reports whether the filter compares or searches the field, or one
// below it, such as "timestamp" or "resource.labels".
func (f *Filter) Mentions(field string) bool {
	want := splitPath(field)
	found := false
	walk(f.expr, func(part any) {
		if p, ok := part.(*Path); ok && p.startsWith(want) {
			found = true
		}
	})
	return found
}

func (f *Filter) calls(name string) bool {
	found := false
	walk(f.expr, func(part any) {
		if c, ok := part.(*Call); ok && strings.ToLower(c.Name) == name {
			found = true
		}
	})
	return found
}
