package lql

import (
	"slices"

	"logwhy/internal/logentry"
)

// And selects what all of list select; nil parts select everything and are
// left out.
func And(list ...Expr) Expr {
	var of []Expr
	for _, x := range list {
		switch x := x.(type) {
		case nil:
		case *Conjunction:
			of = append(of, x.Of...)
		default:
			of = append(of, x)
		}
	}
	switch len(of) {
	case 0:
		return nil
	case 1:
		return of[0]
	}
	return &Conjunction{of}
}

// Or selects what one of list selects; everything, if one of them is nil. Or of
// nothing selects nothing.
func Or(list ...Expr) Expr {
	var of []Expr
	for _, x := range list {
		switch x := x.(type) {
		case nil:
			return nil
		case *Disjunction:
			of = append(of, x.Of...)
		default:
			of = append(of, x)
		}
	}
	switch len(of) {
	case 0:
		return nothing()
	case 1:
		return of[0]
	}
	return &Disjunction{of}
}

// Not selects what x does not.
func Not(x Expr) Expr {
	if x == nil {
		return nothing()
	}
	return &Negation{x}
}

// nothing selects no entry: no severity is less than DEFAULT.
func nothing() Expr { return Compare("severity", Less, "DEFAULT") }

// Phrase searches all fields for a text.
func Phrase(text string) Expr { return &Text{Value: validText(text)} }

// Compare compares a field with one of values. The field is written as in a
// filter, see Label for those with special characters. Whether there is such a
// field, and whether the values suit it, Compile tells.
func Compare(field string, op Op, values ...string) Expr {
	of := make([]Expr, len(values))
	for i, v := range values {
		of[i] = Phrase(v)
	}
	return &Comparison{Left: &Path{splitPath(field)}, Op: op, Value: Or(of...)}
}

// Exists selects entries that have the field.
func Exists(field string) Expr {
	return &Comparison{Left: &Path{splitPath(field)}, Op: Has, Value: &Text{Any: true}}
}

// LogID selects entries of a log, such as "run.googleapis.com/stderr".
func LogID(id string) Expr { return &Call{Name: "log_id", Args: []any{&Text{Value: validText(id)}}} }

// Label returns the field of a label with any key: labels."k8s-pod/app".
func Label(key string) string { return "labels." + Quote(key) }

// ResourceLabel is Label for the labels of the monitored resource.
func ResourceLabel(key string) string { return "resource.labels." + Quote(key) }

// Between adds bounds of time to x: from <= timestamp < to. NoTime is open.
func Between(x Expr, from, to logentry.Time) Expr {
	var after, before Expr
	if from.Known() {
		after = Compare("timestamp", AtLeast, from.String())
	}
	if to.Known() {
		before = Compare("timestamp", Less, to.String())
	}
	return And(after, before, x)
}

// Bound is Between for the text of a filter, which may end in a comment, go over
// several lines or hold an OR. The error is that of Parse.
func Bound(filter string, from, to logentry.Time) (string, error) {
	f, err := Parse(filter)
	if err != nil {
		return "", err
	}
	return Print(Between(f.expr, from, to)), nil
}

// splitPath reads a field as written in a filter. What is none becomes a single
// part, which is then an unknown field.
func splitPath(field string) []string {
	s := scanner{text: field}
	parts, err := s.path()
	names := texts(parts)
	if err != nil || s.pos != len(field) || len(parts) == 0 || slices.Contains(names, "") {
		return []string{validText(field)}
	}
	return names
}
