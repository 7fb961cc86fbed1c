package lql

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// value reads what a field is compared with; grouped says that it stands in
// parentheses, among others.
func (p *parser) value(op Op, grouped bool) Expr {
	switch c := p.peek(); {
	case p.atEnd() || c == ')':
		p.fail(span{p.pos - len(op), p.pos}, "value", "there is no value behind "+string(op), `Write one, such as "…"; field:* asks whether there is a field`)
	case c == '"':
		return p.quotedValue(op)
	case c == '*' && op == Has && !grouped:
		t := &Text{Any: true}
		p.spans[t] = p.here()
		p.pos++
		return t
	case c == '*':
		p.fail(p.here(), "operator", "an asterisk asks for nothing here", "Write field:* to ask whether there is a field, and =~ for a pattern")
	case p.isSpecial(p.pos):
		p.unexpectedValue(op)
	default:
		return p.bareValue(grouped)
	}
	return nil
}

func (p *parser) quotedValue(op Op) Expr {
	s, err := p.quoted(op.isRegexp())
	if err != nil {
		p.failWith(err)
		return nil
	}
	return p.newText(s.text, s.span)
}

func (p *parser) unexpectedValue(op Op) {
	r, _ := utf8.DecodeRuneInString(p.rest())
	if r == '\'' || isCurlyQuote(r) {
		p.unexpected()
		return
	}
	p.fail(p.here(), "value", "there is no value behind "+string(op), `Quote a value that begins with a special character`)
}

// bareValue reads a value without quotes: it must not hold special characters.
func (p *parser) bareValue(grouped bool) Expr {
	v := p.bare(true)
	switch {
	case !p.atEnd() && p.peek() != ')' && p.isSpecial(p.pos) && !p.followsSpace():
		p.illegalValue(v)
	case isKeyword(v.text):
		p.fail(v.span, "value", "there is no value before "+v.text, `Quote it to compare with the word: "`+v.text+`"`)
	case v.text[0] == '+' || v.text[0] == '.' || v.text[0] == '-' && (len(v.text) == 1 || !isDigit(v.text[1])):
		p.fail(v.span, "quote", "a text that begins with "+v.text[:1]+" must be quoted", "Write "+Quote(v.text))
	case v.text == nullWord:
		t := &Text{Null: true}
		p.spans[t] = v.span
		return t
	case grouped:
		p.checkBare(v.text, v.span)
		fallthrough
	default:
		return p.newText(v.text, v.span)
	}
	return nil
}

// followsSpace reports whether white space stands at the position.
func (p *parser) followsSpace() bool {
	r, _ := utf8.DecodeRuneInString(p.rest())
	return unicode.IsSpace(r)
}

// illegalValue explains a special character within a value, and shows the
// value as it should be written.
func (p *parser) illegalValue(v part) {
	r, _ := utf8.DecodeRuneInString(p.rest())
	end := p.pos
	for end < len(p.text) && p.text[end] > ' ' && p.text[end] != ')' {
		end++
	}
	whole := strings.Trim(p.text[v.start:end], `"'`)
	if r == '(' {
		p.fail(span{v.start, p.pos}, "value", "a function cannot stand behind an operator", "Write the value itself, in double quotes")
		return
	}
	p.fail(span{v.start, end}, "quote", "a text with "+string(r)+" in it must be quoted", "Write "+Quote(whole))
}

// opensCall reports whether parts is the name of a function.
func (p *parser) opensCall(parts []part) bool {
	return len(parts) == 1 && !parts[0].quoted && p.peek() == '(' && parts[0].text != ""
}

// call reads the arguments of a function; the position is at the parenthesis.
func (p *parser) call(name part) *Call {
	if p.tooDeep() {
		return nil
	}
	p.depth++
	defer func() { p.depth-- }()
	open := p.here()
	p.pos++
	c := &Call{Name: name.text}
	form := functions[strings.ToLower(name.text)]
	for !p.stopped {
		p.skipSpace()
		if p.atEnd() {
			p.fail(open, "parenthesis", "the parenthesis is not closed", `Add a ")"`)
			break
		}
		if p.peek() == ')' {
			p.pos++
			break
		}
		if len(c.Args) > 0 && !p.comma() {
			break
		}
		c.Args = append(c.Args, p.argument(form.arg(len(c.Args))))
	}
	p.spans[c] = span{name.start, p.pos}
	return c
}

func (p *parser) comma() bool {
	if p.peek() != ',' {
		p.fail(p.here(), "function", "there is no comma between two arguments", `Write "," between them, and quote texts with spaces`)
		return false
	}
	p.pos++
	p.skipSpace()
	return true
}

// argument reads an argument; its form tells what unquoted text is.
func (p *parser) argument(form argForm) any {
	if p.peek() == '"' {
		start := p.pos
		if s, err := p.quoted(form == argRegexp); err != nil {
			p.failWith(err)
			return nil
		} else if p.peek() != '.' {
			return p.newText(s.text, s.span)
		}
		p.pos = start
	}
	start := p.pos
	parts, err := p.path()
	at := span{start, p.pos}
	switch {
	case err != nil:
		p.failWith(err)
	case len(parts) == 0:
		p.fail(p.here(), "function", "there is an argument missing", "Write a field or a text in double quotes")
	case p.opensCall(parts):
		return p.call(parts[0])
	case form == argText || form == argRegexp || form == argNumber:
		return p.newText(p.text[start:p.pos], at)
	case form == argWord:
		return Word(p.text[start:p.pos])
	default:
		if f := p.field(parts); f != nil {
			return f
		}
	}
	return nil
}
