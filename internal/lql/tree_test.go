package lql_test

import (
	"fmt"
	"strconv"
	"strings"

	"logwhy/internal/lql"
)

// tree draws an expression, so that a test shows how a filter was read.
func tree(x any) string {
	switch x := x.(type) {
	case nil:
		return "everything"
	case *lql.Conjunction:
		return "(and " + trees(x.Of) + ")"
	case *lql.Disjunction:
		return "(or " + trees(x.Of) + ")"
	case *lql.Negation:
		return "(not " + tree(x.Of) + ")"
	case *lql.Text:
		switch {
		case x.Null:
			return "null"
		case x.Any:
			return "*"
		}
		return strconv.Quote(x.Value)
	case *lql.Comparison:
		return fmt.Sprintf("(%s %s %s)", x.Op, tree(x.Left), tree(x.Value))
	case *lql.Path:
		return strings.Join(x.Parts, "/")
	case *lql.Call:
		s := "(" + strings.ToLower(x.Name)
		for _, a := range x.Args {
			s += " " + tree(a)
		}
		return s + ")"
	case lql.Word:
		return string(x)
	}
	return fmt.Sprintf("?%T", x)
}

func trees(list []lql.Expr) string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = tree(x)
	}
	return strings.Join(out, " ")
}
