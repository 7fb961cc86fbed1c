package lql

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"logwhy/internal/diag"
	"logwhy/internal/logentry"
)

// A compiler makes nodes of expressions and collects what is wrong in them.
type compiler struct{ faults []fault }

func (c *compiler) fault(at any, code, message, hint string) {
	c.faults = append(c.faults, fault{at, code, message, hint})
}

func (c *compiler) node(x Expr) node {
	switch x := x.(type) {
	case nil:
		return everything{}
	case *Conjunction:
		return allOf(c.nodes(x.Of, c.node))
	case *Disjunction:
		return anyOf(c.nodes(x.Of, c.node))
	case *Negation:
		return not{c.node(x.Of)}
	case *Text:
		return newPhrase(x)
	case *Comparison:
		return c.comparison(x)
	case *Call:
		return c.predicate(x)
	}
	return everything{}
}

func (c *compiler) nodes(list []Expr, make func(Expr) node) []node {
	out := []node{}
	for _, x := range list {
		out = append(out, make(x))
	}
	return out
}

func newPhrase(t *Text) node {
	n := &phraseNode{jsonTest: *newJSONTest(textTest{op: Has, want: normalise(t.Value)}, t, false)}
	n.severity, n.named = severityNumber(t.Value)
	n.named = n.named && !allDigits(t.Value)
	return n
}

// comparison compiles a comparison: its field once, then each of its values.
func (c *compiler) comparison(x *Comparison) node {
	if call, ok := x.Left.(*Call); ok {
		left, ok := c.operandCall(call)
		if !ok {
			return everything{}
		}
		return c.values(x.Value, func(t *Text) node { return c.operandTest(left, x.Op, t) })
	}
	path, ok := x.Left.(*Path)
	if !ok {
		c.fault(x, "field", "the comparison has no field", "")
		return everything{}
	}
	f, ok := c.resolve(path)
	if !ok {
		return everything{}
	}
	return c.values(x.Value, func(t *Text) node { return c.test(path, f, x.Op, t) })
}

// values applies test to each text of a value.
func (c *compiler) values(x Expr, test func(*Text) node) node {
	each := func(x Expr) node { return c.values(x, test) }
	switch x := x.(type) {
	case *Text:
		return test(x)
	case *Conjunction:
		return allOf(c.nodes(x.Of, each))
	case *Disjunction:
		return anyOf(c.nodes(x.Of, each))
	case *Negation:
		return not{each(x.Of)}
	}
	c.fault(x, "value", "a comparison cannot stand behind an operator", "Put only texts in the parentheses")
	return everything{}
}

// A field is what a path means.
type field struct {
	*property
	raw      rawPath
	resource bool   // labels are those of the resource
	key      string // of a label; "" is all
	whole    bool   // it is an object as a whole
}

// resolve finds the field of a path.
func (c *compiler) resolve(path *Path) (field, bool) {
	p, prefix := &root, ""
	for i, name := range path.Parts {
		sub := p.find(foldName(name))
		if sub == nil {
			c.unknownField(path, p, prefix)
			return field{}, false
		}
		p, prefix = sub, prefix+sub.name+"."
		switch p.kind {
		case kindMessage, kindGroups:
			continue
		case kindLabels, kindStruct, kindProto:
			return newField(path, p, i+1), true
		}
		if i+1 < len(path.Parts) {
			c.fault(path, "field", sub.name+" has no fields of its own", "Write "+strings.TrimSuffix(prefix, "."))
			return field{}, false
		}
	}
	return newField(path, p, len(path.Parts)), true
}

// newField makes the field p of which n names of the path are those of LogEntry.
func newField(path *Path, p *property, n int) field {
	f := field{property: p}
	f.raw = rawPath{top: foldName(path.Parts[0]), rest: append([]string(nil), path.Parts[1:]...), folded: n - 1}
	f.raw.payload = p.kind == kindStruct && n == 1
	f.resource = n == 2
	if p.kind == kindProto {
		f.raw.folded = len(f.raw.rest)
	}
	for i := range f.raw.folded {
		f.raw.rest[i] = foldName(f.raw.rest[i])
	}
	switch p.kind {
	case kindLabels:
		f.key = strings.Join(path.Parts[n:], ".")
		f.whole = f.key == ""
	case kindStruct, kindProto:
		f.whole = n == len(path.Parts)
	case kindMessage:
		f.whole = true
	}
	return f
}

// unknownField explains that p has no field of the name behind prefix.
func (c *compiler) unknownField(path *Path, p *property, prefix string) {
	asked := string(appendPath(nil, path.Parts))
	hint := diag.DidYouMean(asked, p.names(prefix))
	if prefix == "" {
		if h := loggerField(foldName(path.Parts[0])); h != "" {
			hint = h
		} else if n := diag.Nearest(path.Parts[0], p.names("")); n != "" {
			hint = `Did you mean "` + string(appendPath(nil, append([]string{n}, path.Parts[1:]...))) + `"?`
		}
	}
	if hint == "" {
		hint = "There are " + strings.Join(p.names(""), ", ")
	}
	c.fault(path, "field", "a log entry has no field "+asked, hint)
}

// loggerField is the hint for names that loggers, tables and this program use
// for what LogEntry keeps elsewhere.
func loggerField(name string) string {
	switch name {
	case "message", "msg", "text":
		return `Write textPayload or jsonPayload.message; "…" alone searches all fields`
	case "level", "levelname":
		return "Write severity, or jsonPayload.level"
	case "service":
		return "Write resource.labels.service_name"
	case "revision":
		return "Write resource.labels.revision_name"
	case "project":
		return "Write resource.labels.project_id"
	case "status":
		return "Write httpRequest.status"
	case "latency":
		return "Write httpRequest.latency"
	case "time":
		return "Write timestamp"
	case "log", "logid":
		return `Write log_id("run.googleapis.com/stderr")`
	case "methodname", "servicename", "resourcename":
		return "Write it behind protoPayload."
	}
	return ""
}

// test compiles the comparison of a field with one value.
func (c *compiler) test(path *Path, f field, op Op, value *Text) node {
	switch {
	case value.Any:
		return f.present()
	case value.Null && op != Equal && op != NotEqual:
		c.fault(value, "value", nullWord+" is only equal or not equal to something", "Write = or !=")
	case f.kind >= kindInt && f.kind <= kindDuration:
		return c.numberTest(f, op, value)
	case f.whole && op != Has:
		c.fault(path, "field", string(appendPath(nil, path.Parts))+" is an object, of which only its fields can be compared",
			"Write one of its fields, or : to search all of them")
	default:
		if text, ok := c.textTest(op, value); ok {
			return f.textNode(text, value)
		}
	}
	return everything{}
}

// textTest compiles the comparison of texts.
func (c *compiler) textTest(op Op, value *Text) (textTest, bool) {
	if !op.isRegexp() {
		return textTest{op: op, want: normalise(value.Value)}, true
	}
	re, err := regexp.Compile(value.Value)
	if err != nil {
		c.badRegexp(value, err)
		return textTest{}, false
	}
	return textTest{op: op, re: re}, true
}

func (c *compiler) badRegexp(at any, err error) {
	message, hint := "the regular expression is wrong: "+err.Error(), "See https://github.com/google/re2/wiki/Syntax"
	if e, ok := err.(*syntax.Error); ok {
		message = "the regular expression is wrong: " + e.Code.String() + ": " + e.Expr
		switch e.Code {
		case syntax.ErrInvalidPerlOp:
			hint = "RE2 looks neither ahead nor behind; say what must not match with NOT or !~"
		case syntax.ErrInvalidEscape:
			hint = `A backslash in a quoted text may be written \\`
		case syntax.ErrMissingRepeatArgument:
			hint = `Write .* for any text, and \\* for an asterisk`
		}
	}
	c.fault(at, "regexp", message, hint)
}

// numberTest compiles the comparison of a field whose type is no text.
func (c *compiler) numberTest(f field, op Op, value *Text) node {
	if op.isRegexp() {
		c.fault(value, "value", f.name+" is a "+f.kind.name()+", and only texts match a regular expression", f.insteadOfRegexp())
		return everything{}
	}
	n, ok, hint := f.kind.number(value.Value)
	if !ok || value.Null {
		c.badValue(f, value, hint)
		return everything{}
	}
	test := numberTest{op, n}
	if f.number != nil {
		return &numberNode{f.number, test}
	}
	k := &kindTest{kind: f.kind, number: test}
	return &rawNode{f.raw, k, k.initial()}
}

func (p *property) insteadOfRegexp() string {
	switch {
	case p.kind == kindSeverity:
		return "Write severity=(ERROR OR CRITICAL), or severity>=ERROR"
	case p.name == "status":
		return "Write httpRequest.status>=500"
	case p.kind == kindTime:
		return `Write bounds, or cast(` + p.name + `, STRING)=~"…"`
	}
	return "Write =, !=, <, <=, > or >="
}

func (c *compiler) badValue(f field, value *Text, hint string) {
	shown := Quote(value.Value)
	switch {
	case f.kind == kindSeverity:
		hint = severityHint(value.Value)
		c.fault(value, "severity", "there is no severity "+shown, hint)
		return
	case f.kind == kindInt && len(value.Value) == 3 && strings.HasSuffix(strings.ToLower(value.Value), "xx"):
		hint = "Write httpRequest.status>=" + value.Value[:1] + "00 AND httpRequest.status<=" + value.Value[:1] + "99"
	case f.kind == kindTime && strings.Contains(value.Value, " "):
		hint = "Write T between date and time: " + Quote(strings.Replace(value.Value, " ", "T", 1))
	}
	c.fault(value, "value", shown+" is no "+f.kind.name(), hint)
}

// severityNames are those of LogSeverity, the most severe first.
var severityNames = []string{"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG", "DEFAULT"}

// severityHint names the severity that is meant by a level of a logger.
func severityHint(word string) string {
	if sev, ok := logentry.ParseSeverity(word); ok {
		return "Write " + sev.String()
	}
	if hint := diag.DidYouMean(word, severityNames); hint != "" {
		return hint
	}
	return "There are " + strings.Join(severityNames, ", ")
}

// textNode finds the fastest way to the texts of a field.
func (f field) textNode(t textTest, value *Text) node {
	switch f.kind {
	case kindText:
		if value.Null {
			return not{everything{}}
		}
		if f.text != nil {
			return &textNode{get: f.text, textTest: t}
		}
		k := &kindTest{kind: kindText, text: t}
		return &rawNode{f.raw, k, k.initial()}
	case kindLabels:
		if value.Null {
			return not{everything{}}
		}
		if f.whole {
			return &anyLabelNode{f.resource, t}
		}
		return &labelNode{f.resource, f.key, t}
	case kindGroups:
		return &groupNode{t}
	case kindProto:
		if get := f.auditText(); get != nil && !value.Null {
			return &auditNode{get, t, rawNode{f.raw, newJSONTest(t, value, true), false}}
		}
	}
	return &rawNode{f.raw, newJSONTest(t, value, f.kind == kindProto), false}
}

// present compiles field:*.
func (f field) present() node {
	switch {
	case f.kind == kindLabels && !f.whole:
		return presentNode{func(e *logentry.Entry) bool { _, ok := label(e, f.resource, f.key); return ok }}
	case f.kind == kindLabels && f.resource:
		return presentNode{func(e *logentry.Entry) bool { return len(e.ResourceLabels) > 0 }}
	case f.kind == kindLabels:
		return presentNode{func(e *logentry.Entry) bool { return len(e.Labels) > 0 }}
	case f.kind == kindGroups:
		return presentNode{func(e *logentry.Entry) bool { return len(e.ErrorGroups) > 0 }}
	case f.text != nil:
		return presentNode{func(e *logentry.Entry) bool { return f.text(e) != "" }}
	case f.kind == kindTime, f.number != nil && f.kind != kindDuration:
		return presentNode{func(e *logentry.Entry) bool { n, ok := f.number(e); return ok && n != 0 }}
	}
	return &rawNode{f.raw, isPresent{}, false}
}

// auditNode compares a part of an audit entry that the Entry holds; where it
// does not, Raw is searched.
type auditNode struct {
	get func(*logentry.Audit) string
	textTest
	raw rawNode
}

func (n *auditNode) match(e *logentry.Entry) bool {
	if e.Audit == nil {
		return e.Payload == logentry.PayloadProto && n.raw.match(e)
	}
	s := n.get(e.Audit)
	return s != "" && n.test(s)
}

// auditText returns where the Entry holds the field of a protoPayload, nil
// where it does not.
func (f field) auditText() func(*logentry.Audit) string {
	if f.name != "protoPayload" || len(f.raw.rest) != 1 {
		return nil
	}
	switch f.raw.rest[0] {
	case "methodname":
		return func(a *logentry.Audit) string { return a.Method }
	case "servicename":
		return func(a *logentry.Audit) string { return a.ServiceName }
	case "resourcename":
		return func(a *logentry.Audit) string { return a.Resource }
	}
	return nil
}
