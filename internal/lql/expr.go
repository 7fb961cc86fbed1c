package lql

// An Expr is a parsed filter: a *Conjunction, *Disjunction, *Negation, *Text (a
// search in all fields), *Comparison or *Call. nil stands for a filter that
// selects every entry. Exprs are shared freely and must not be changed.
//
// Conjunctions hold no conjunctions and disjunctions no disjunctions, and both
// hold at least two: And and Or see to it.
type Expr interface{ expr() }

// A Conjunction selects what all its parts select.
type Conjunction struct{ Of []Expr }

// A Disjunction selects what one of its parts selects.
type Disjunction struct{ Of []Expr }

// A Negation selects what its part does not.
type Negation struct{ Of Expr }

// A Text is a value: a search in all fields when it stands alone, what a field
// is compared with in a Comparison. The zero value is the empty text.
type Text struct {
	Value string // valid UTF-8
	Null  bool   // NULL_VALUE
	Any   bool   // the asterisk of field:*
}

// A Comparison selects by one field. Value is a *Text, or a Conjunction,
// Disjunction or Negation of them, to whose parts field and operator apply.
type Comparison struct {
	Left  Operand
	Op    Op
	Value Expr
}

// A Call is a function with its arguments: *Path, *Text, Word or *Call.
type Call struct {
	Name string // as written
	Args []any
}

// A Path names a field, part by part.
type Path struct{ Parts []string }

// A Word is an argument that is a keyword, such as the INT64 of cast.
type Word string

// An Operand is the left side of a Comparison: a *Path or a *Call.
type Operand interface{ operand() }

// An Op compares.
type Op string

// The operators.
const (
	Equal     Op = "="
	NotEqual  Op = "!="
	Less      Op = "<"
	AtMost    Op = "<="
	Greater   Op = ">"
	AtLeast   Op = ">="
	Has       Op = ":"  // contains the text, or equals the value where the field is none
	Matches   Op = "=~" // has a match of the regular expression
	NoMatches Op = "!~"
)

func (*Conjunction) expr() {}
func (*Disjunction) expr() {}
func (*Negation) expr()    {}
func (*Text) expr()        {}
func (*Comparison) expr()  {}
func (*Call) expr()        {}

func (*Path) operand() {}
func (*Call) operand() {}

// isRegexp reports whether the value of op is a regular expression.
func (op Op) isRegexp() bool { return op == Matches || op == NoMatches }

// walk calls visit with every expression, operand and argument of expr.
func walk(expr any, visit func(part any)) {
	if expr == nil {
		return
	}
	visit(expr)
	switch x := expr.(type) {
	case *Conjunction:
		walkAll(x.Of, visit)
	case *Disjunction:
		walkAll(x.Of, visit)
	case *Negation:
		walk(x.Of, visit)
	case *Comparison:
		walk(x.Left, visit)
		walk(x.Value, visit)
	case *Call:
		for _, a := range x.Args {
			walk(a, visit)
		}
	}
}

func walkAll(list []Expr, visit func(any)) {
	for _, x := range list {
		walk(x, visit)
	}
}

// startsWith reports whether p names the field want or one below it. Names of
// LogEntry are compared as the service does, without case and underscores.
func (p *Path) startsWith(want []string) bool {
	if len(p.Parts) < len(want) {
		return false
	}
	for i, w := range want {
		if foldName(p.Parts[i]) != foldName(w) {
			return false
		}
	}
	return true
}
