package lql

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"logwhy/internal/diag"
)

// maxDepth is how deep parentheses, negations and functions may nest.
const maxDepth = 100

// A parser reads a filter. After the first error of syntax it reads no further,
// as what follows is guesswork.
type parser struct {
	scanner
	depth    int
	stopped  bool
	problems diag.Problems
	spans    map[any]span
}

func newParser(text string) *parser {
	return &parser{scanner: scanner{text: text}, spans: map[any]span{}}
}

func (p *parser) sorted() diag.Problems {
	p.problems.Sort()
	return p.problems
}

// report adds a problem at a place of the text.
func (p *parser) report(at span, code, message, hint string) {
	from := strings.LastIndexByte(p.text[:at.start], '\n') + 1
	line := p.text[from:]
	if nl := strings.IndexByte(line, '\n'); nl >= 0 {
		line = line[:nl]
	}
	end := max(at.start, min(at.end, from+len(line)))
	col := utf8.RuneCountInString(p.text[from:at.start]) + 1
	p.problems = append(p.problems, diag.Problem{
		Line: strings.Count(p.text[:from], "\n") + 1, Col: col, EndCol: col + utf8.RuneCountInString(p.text[at.start:end]),
		Code: code, Message: message, Hint: hint, Snippet: strings.TrimRight(line, "\r"),
	})
}

// fail reports an error of syntax and stops.
func (p *parser) fail(at span, code, message, hint string) {
	if !p.stopped {
		p.stopped = true
		p.report(at, code, message, hint)
	}
}

func (p *parser) failWith(err *syntaxError) { p.fail(err.span, err.code, err.message, err.hint) }

// here is the span of the character at the position.
func (p *parser) here() span {
	_, n := utf8.DecodeRuneInString(p.rest())
	return span{p.pos, p.pos + n}
}

// parse reads the whole text.
func (p *parser) parse() Expr {
	if !utf8.ValidString(p.text) {
		p.problems = append(p.problems, diag.Problem{Code: "encoding", Message: "the filter is not valid UTF-8"})
		return nil
	}
	if n := utf8.RuneCountInString(p.text); n > MaxLength {
		p.problems = append(p.problems, diag.Problem{
			Code:    "length",
			Message: "the filter has " + strconv.Itoa(n) + " characters; Cloud Logging takes " + strconv.Itoa(MaxLength),
			Hint:    "Shorten it: regular expressions with | say several texts at once",
		})
		return nil
	}
	x := p.conjunction(leaf{read: p.restriction})
	if !p.stopped && !p.atEnd() {
		p.fail(p.here(), "parenthesis", "the parenthesis closes nothing", `Remove it, or add a "(" before`)
	}
	return x
}

// A leaf reads what terms are made of: restrictions, or values where they are
// those of one comparison.
type leaf struct {
	read   func() Expr
	values bool
}

// conjunction reads terms that are joined by AND, or by nothing, up to the end
// or a closing parenthesis.
func (p *parser) conjunction(l leaf) Expr {
	var terms []Expr
	for !p.stopped {
		p.skipSpace()
		if p.atEnd() || p.peek() == ')' {
			break
		}
		switch k := p.keyword(); {
		case k != "NOT" && k != "" && len(terms) == 0:
			p.fail(span{p.pos, p.pos + len(k)}, "operator", "there is nothing before "+k, `Remove it, or quote it to search for the word: "`+k+`"`)
			return nil
		case k == "AND":
			p.pos += len(k)
			p.needTerm(k)
		}
		terms = append(terms, p.disjunction(l))
	}
	if p.stopped {
		return nil
	}
	return And(terms...)
}

// needTerm checks that something follows the operator that was just read.
func (p *parser) needTerm(operator string) {
	at := span{p.pos - len(operator), p.pos}
	p.skipSpace()
	switch k := p.keyword(); {
	case p.stopped:
	case p.atEnd() || p.peek() == ')':
		p.fail(at, "operator", "there is nothing behind "+operator, "Add what it joins, or remove it")
	case k == "AND" || k == "OR":
		p.fail(span{p.pos, p.pos + len(k)}, "operator", k+" follows "+operator, "Remove one of them")
	}
}

// disjunction reads terms that are joined by OR, which binds stronger than AND.
func (p *parser) disjunction(l leaf) Expr {
	terms := []Expr{p.term(l)}
	for !p.stopped {
		p.skipSpace()
		if p.keyword() != "OR" {
			return Or(terms...)
		}
		p.pos += len("OR")
		p.needTerm("OR")
		if !p.stopped {
			terms = append(terms, p.term(l))
		}
	}
	return nil
}

func (p *parser) term(l leaf) Expr {
	if p.stopped || p.tooDeep() {
		return nil
	}
	p.depth++
	defer func() { p.depth-- }()
	p.skipSpace()
	switch {
	case p.keyword() == "NOT":
		p.pos += len("NOT")
		p.needTerm("NOT")
		return p.negation(l)
	case p.peek() == '-' && !p.negativeNumber(l):
		return p.minus(l)
	case p.peek() == '(':
		return p.group(l)
	}
	return l.read()
}

func (p *parser) tooDeep() bool {
	if p.depth >= maxDepth {
		p.fail(p.here(), "nesting", "the filter nests too deep", "Remove parentheses and negations that change nothing")
	}
	return p.stopped
}

func (p *parser) negation(l leaf) Expr {
	x := p.term(l)
	if p.stopped {
		return nil
	}
	return Not(x)
}

// negativeNumber tells the sign of a number in a group of values from a NOT.
// Outside of one, -5 excludes entries with a 5.
func (p *parser) negativeNumber(l leaf) bool {
	return l.values && p.pos+1 < len(p.text) && isDigit(p.text[p.pos+1])
}

func (p *parser) minus(l leaf) Expr {
	at := p.here()
	p.pos++
	if p.atEnd() || p.peek() == ')' || p.peek() <= ' ' {
		p.fail(at, "operator", "the minus stands alone", `Put it right before what it excludes, or write NOT; quote it to search for it: "-"`)
		return nil
	}
	return p.negation(l)
}

// group reads an expression in parentheses.
func (p *parser) group(l leaf) Expr {
	open := p.here()
	p.pos++
	x := p.conjunction(l)
	switch {
	case p.stopped:
		return nil
	case p.atEnd():
		p.fail(open, "parenthesis", "the parenthesis is not closed", `Add a ")"`)
		return nil
	case x == nil:
		p.fail(span{open.start, p.pos + 1}, "parenthesis", "there is nothing in the parentheses", "Put an expression in, or remove them")
		return nil
	}
	p.pos++
	return x
}

// restriction reads a comparison, a function or a text to search for.
func (p *parser) restriction() Expr {
	parts, err := p.path()
	switch {
	case err != nil:
		p.failWith(err)
		return nil
	case len(parts) == 0:
		p.unexpected()
		return nil
	}
	var left Operand
	if p.opensCall(parts) {
		call := p.call(parts[0])
		left = call
	}
	if p.stopped {
		return nil
	}
	end := p.pos
	p.skipSpace()
	op, err := p.operator()
	switch {
	case err != nil:
		p.failWith(err)
	case op != "" && left == nil:
		if left = p.field(parts); left != nil {
			return p.comparison(left, op)
		}
	case op != "":
		return p.comparison(left, op)
	case left != nil:
		p.pos = end
		return left.(*Call)
	default:
		p.pos = end
		return p.search(parts)
	}
	return nil
}

// unexpected explains a character that begins nothing.
func (p *parser) unexpected() {
	r, _ := utf8.DecodeRuneInString(p.rest())
	switch {
	case r == '\'' || isCurlyQuote(r):
		p.fail(p.quotedSpan(r), "quote", "texts stand in double quotes", `Write "…"`)
	case r == '*':
		p.fail(p.here(), "operator", "an asterisk asks for nothing here", `Write field:* to ask whether there is a field`)
	case r == ',':
		p.fail(p.here(), "operator", "a comma joins nothing here", "Write AND or OR")
	default:
		p.fail(p.here(), "operator", "there is no field before the operator", `Write the field before it, such as severity>=ERROR; quote the operator to search for it`)
	}
}

// quotedSpan is the span of a text in quotes of the wrong kind, which begin at
// the position.
func (p *parser) quotedSpan(quote rune) span {
	at := p.here()
	line, _, _ := strings.Cut(p.text[at.end:], "\n")
	if quote != '\'' {
		quote++ // the closing one of the pair
	}
	if i := strings.IndexRune(line, quote); i >= 0 {
		at.end += i + utf8.RuneLen(quote)
	}
	return at
}

// field makes a path of what stands before an operator.
func (p *parser) field(parts []part) Operand {
	for _, f := range parts {
		if f.text == "" {
			p.fail(span{parts[0].start, parts[len(parts)-1].end}, "field", "the field has an empty name in it", `Names stand between the full stops; "" quotes those with special characters`)
			return nil
		}
	}
	path := &Path{texts(parts)}
	p.spans[path] = span{parts[0].start, parts[len(parts)-1].end}
	return path
}

func (p *parser) comparison(left Operand, op Op) Expr {
	x := &Comparison{Left: left, Op: op}
	p.skipSpace()
	if p.peek() == '(' {
		x.Value = p.group(leaf{read: func() Expr { return p.value(op, true) }, values: true})
	} else {
		x.Value = p.value(op, false)
	}
	if p.stopped {
		return nil
	}
	return x
}

// search makes a text of what no operator follows.
func (p *parser) search(parts []part) Expr {
	at := span{parts[0].start, parts[len(parts)-1].end}
	if len(parts) == 1 && parts[0].quoted {
		return p.newText(parts[0].text, at)
	}
	for _, f := range parts {
		if f.quoted {
			p.fail(at, "operator", "the field is not compared with anything", "Write "+p.text[at.start:at.end]+":* to ask whether there is one")
			return nil
		}
	}
	p.checkBare(p.text[at.start:at.end], at)
	return p.newText(p.text[at.start:at.end], at)
}

func (p *parser) newText(text string, at span) *Text {
	t := &Text{Value: text}
	p.spans[t] = at
	return t
}

// checkBare finds words that are more likely a slip than a text to search for.
// The service would search for them and find next to nothing.
func (p *parser) checkBare(word string, at span) {
	upper := strings.ToUpper(word)
	switch {
	case isKeyword(upper) && word != upper:
		p.fail(at, "operator", "operators are written in capitals", "Write "+upper+`, or quote it to search for the word: "`+word+`"`)
	case word == "&&" || word == "&":
		p.fail(at, "operator", "there is no operator "+word, "Write AND")
	case word == "||" || word == "|":
		p.fail(at, "operator", "there is no operator "+word, "Write OR")
	case word == "!" || len(word) > 1 && word[0] == '!':
		p.fail(at, "operator", "there is no operator !", "Write NOT")
	case word[0] == '+' || word[0] == '.':
		p.fail(at, "quote", "a text that begins with "+word[:1]+" must be quoted", "Write "+Quote(word))
	}
}
