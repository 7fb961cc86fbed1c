package signature

import (
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"logwhy/internal/diag"
)

// draft is a signature while the catalog is put together: what it says, and
// where in the file it says so.
type draft struct {
	sig  *Signature
	file *file
	root *yaml.Node // nil for imported rules
	// idNode is where the id stands.
	idNode *yaml.Node
	// steps are the hidden signatures of the form.
	steps []hiddenStep
	// broken is set when the file has problems by itself: then only its
	// references are looked at.
	broken bool
}

// hiddenStep is a step with a condition of its own.
type hiddenStep struct {
	*Signature
	node *yaml.Node
}

// fieldCapture is a capture that is read from a field.
type fieldCapture struct {
	index int // in Signature.Captures
	field field
}

var idForm = regexp.MustCompile(`^[a-z0-9-]+\.[a-z0-9-]+$`)

// build maps a rule file to a signature. Everything that needs other
// signatures is left to resolve.
func build(f *file, root *yaml.Node) *draft {
	if root.Kind != yaml.MappingNode {
		f.problem(root, "kind", "Begin with  id: <pack>.<name>", "a rule is a mapping, not %s", kindWord(root))
		return nil
	}
	f.checkMap(root, ruleKeys())
	s := &Signature{
		ID: text(get(root, "id")), Title: text(get(root, "title")), Severity: text(get(root, "severity")),
		Classes: texts(get(root, "classes")), Identity: texts(get(root, "identity")), Formerly: texts(get(root, "formerly")),
		Answer: text(get(root, "answer")), Reason: text(get(root, "reason")),
		NeverContradicted: text(get(root, "never_contradicted")),
		Next:              texts(get(root, "next")), Remedy: texts(get(root, "remedy")),
		References: texts(get(root, "references")), AlsoFires: texts(get(root, "also_fires")),
		File: f.name, Line: root.Line,
	}
	s.Pack, _, _ = strings.Cut(s.ID, ".")
	s.Role = parseRole(text(get(root, "role")))
	if n := get(root, "id"); n != nil && s.ID != "" && !idForm.MatchString(s.ID) {
		f.problem(n, "id", "An id is <pack>.<name> of a-z, 0-9 and -.", "%q is no id", s.ID)
	}
	d := &draft{sig: s, file: f, root: root, idNode: get(root, "id")}
	d.buildForm()
	d.buildFieldCaptures()
	d.buildEdges()
	d.buildNotes()
	s.places = d.places()
	return d
}

func parseRole(word string) Role {
	for r := RoleChange; r <= RoleNoise; r++ {
		if r.String() == word {
			return r
		}
	}
	return RoleNone
}

func parseRungs(n *yaml.Node) []Rung {
	var out []Rung
	for _, w := range texts(n) {
		for r := RungTrace; r <= RungFile; r++ {
			if r.String() == w {
				out = append(out, r)
			}
		}
	}
	return out
}

// buildForm reads the one form of the signature.
func (d *draft) buildForm() {
	var given []string
	for _, name := range []string{"match", "sequence", "set", "count"} {
		if get(d.root, name) != nil {
			given = append(given, name)
		}
	}
	switch {
	case len(given) == 0:
		d.file.problem(d.root, "form", "For example:  match: {message: {contains: No module named}}", "one of match, sequence, set and count is missing")
		return
	case len(given) > 1:
		d.file.problem(get(d.root, given[1]), "form", "A signature has exactly one form.", "%s stands beside %s", given[1], given[0])
		return
	}
	if n := get(d.root, "match"); n != nil {
		d.sig.Single = true
		d.sig.cond = d.condition(n, d.sig)
		return
	}
	d.buildSteps(given[0], get(d.root, given[0]))
}

// condition builds the condition below n and adds its captures to s.
func (d *draft) condition(n *yaml.Node, s *Signature) *condition {
	if n.Kind != yaml.MappingNode {
		d.file.problem(n, "kind", "For example:  message: {contains: No module named}", "a condition is a mapping of fields, not %s", kindWord(n))
		return nil
	}
	c := &condition{op: opAll}
	for _, p := range d.file.pairs(n) {
		if sub := d.entryOfCondition(p, s); sub != nil {
			c.subs = append(c.subs, sub)
		}
	}
	if len(n.Content) == 0 {
		d.file.problem(n, "kind", "For example:  message: {contains: No module named}", "the condition is empty")
	}
	if len(c.subs) == 1 {
		return c.subs[0]
	}
	return c
}

func (d *draft) entryOfCondition(p pair, s *Signature) *condition {
	switch p.key.Value {
	case "all", "any":
		op := opAll
		if p.key.Value == "any" {
			op = opAny
		}
		return d.conditions(p, op, s)
	case "not":
		if p.val.Kind == yaml.SequenceNode {
			return d.conditions(p, opNot, s)
		}
		if sub := d.condition(p.val, s); sub != nil {
			return &condition{op: opNot, subs: []*condition{sub}}
		}
		return nil
	}
	return d.fieldCondition(p, s)
}

func (d *draft) conditions(p pair, op condOp, s *Signature) *condition {
	if p.val.Kind == yaml.SequenceNode && len(p.val.Content) == 0 {
		d.file.problem(p.val, "kind", "", "the list of %q is empty", p.key.Value)
		return nil
	}
	if p.val.Kind != yaml.SequenceNode {
		d.file.problem(p.val, "kind", "", "expected a list: %q takes a list of conditions, not %s", p.key.Value, kindWord(p.val))
		return nil
	}
	c := &condition{op: op}
	for _, n := range p.val.Content {
		if sub := d.condition(n, s); sub != nil {
			c.subs = append(c.subs, sub)
		}
	}
	return c
}

// fieldCondition builds the tests on one field.
func (d *draft) fieldCondition(p pair, s *Signature) *condition {
	f, hint, ok := lookupField(p.key.Value)
	if !ok {
		if hint == "" {
			hint = diag.DidYouMean(p.key.Value, joinKeys().names())
		}
		if hint == "" {
			hint = "See docs/signatures.md for the fields."
		}
		d.file.problem(p.key, "field", hint, "unknown field %q", p.key.Value)
		return nil
	}
	if p.val.Kind == yaml.ScalarNode && p.val.Tag != "!!null" {
		d.file.problem(p.val, "kind", "Write  "+p.key.Value+": {contains: …}  or  {regex: …}  or  {equals: …}",
			"%q takes a mapping that says how to compare, not %s", p.key.Value, kindWord(p.val))
		return nil
	}
	if p.val.Kind != yaml.MappingNode {
		d.file.wrongKind(p.val, p.key.Value, "a mapping")
		return nil
	}
	before := len(d.file.bad)
	d.file.checkMap(p.val, fieldKeys())
	bad := len(d.file.bad) > before
	c := &condition{op: opAll}
	for _, q := range pairsOf(p.val) {
		if k := fieldKeys().find(q.key.Value); k == nil || bad && k.name != "regex" {
			continue
		}
		if t := d.test(f, q, s); t != nil {
			c.subs = append(c.subs, &condition{op: opTest, test: t})
		}
	}
	if len(c.subs) == 0 {
		if len(p.val.Content) == 0 {
			d.file.problem(p.val, "kind", "For example:  "+p.key.Value+": {contains: …}", "nothing is asked of %q", p.key.Value)
		}
		return nil
	}
	if len(c.subs) == 1 {
		return c.subs[0]
	}
	return c
}

// test builds one test of a field.
func (d *draft) test(f field, p pair, s *Signature) *test {
	t := &test{field: f, words: texts(p.val), line: p.key.Line}
	t.source = f.path + " " + p.key.Value + " " + strings.Join(t.words, ", ")
	switch p.key.Value {
	case "contains":
		t.kind = testContains
	case "equals":
		t.kind = testEquals
		if n, ok := d.sameNumber(f, t.words); ok {
			t.kind, t.num = testEq, n
		}
	case "prefix":
		t.kind = testPrefix
	case "exists":
		t.kind, t.want = testExists, text(p.val) == "true"
	case "regex":
		re := d.file.regexp(p.val, "")
		if re == nil {
			return nil
		}
		t.setPattern(re)
		t.groups = s.addGroups(re)
	default:
		t.kind = map[string]testKind{"eq": testEq, "lt": testLt, "le": testLe, "gt": testGt, "ge": testGe}[p.key.Value]
		t.num = number(p.val)
	}
	return t
}

// sameNumber lets equals on a field of numbers compare numbers.
func (d *draft) sameNumber(f field, words []string) (float64, bool) {
	if f.num == nil || len(words) != 1 {
		return 0, false
	}
	n, err := strconv.ParseFloat(words[0], 64)
	return n, err == nil
}

// addGroups adds the named groups of re to the captures and returns their
// places; nil when re has no named group.
func (s *Signature) addGroups(re *regexp.Regexp) []int {
	var out []int
	for g, name := range re.SubexpNames() {
		i := -1
		if name != "" {
			i = s.addCapture(name)
			if out == nil {
				out = make([]int, g, re.NumSubexp()+1)
				for j := range out {
					out[j] = -1
				}
			}
		}
		if out != nil {
			out = append(out, i)
		}
	}
	return out
}

func (s *Signature) addCapture(name string) int {
	for i, c := range s.Captures {
		if c == name {
			return i
		}
	}
	s.Captures = append(s.Captures, name)
	return len(s.Captures) - 1
}

// regexp compiles the pattern in n, with flags before it, or reports why it
// cannot be.
func (f *file) regexp(n *yaml.Node, flags string) *regexp.Regexp {
	re, err := regexp.Compile(flags + n.Value)
	if err == nil {
		return re
	}
	message, hint, fragment := err.Error(), "", ""
	if e, ok := err.(*syntax.Error); ok {
		message, fragment = e.Code.String(), strings.TrimPrefix(e.Expr, flags)
		hint = regexpHint(e)
	}
	line, col, end := f.place(n, fragment)
	if fragment != "" && fragment != n.Value {
		message += ": " + fragment
	}
	f.add(line, col, end, "regexp", hint, "bad regexp: %s", message)
	return nil
}

func regexpHint(e *syntax.Error) string {
	switch {
	case strings.HasPrefix(e.Expr, "(?=") || strings.HasPrefix(e.Expr, "(?!") || strings.HasPrefix(e.Expr, "(?<"):
		return "RE2 has no look-around. Use all and not instead."
	case e.Code == syntax.ErrInvalidEscape && len(e.Expr) > 1 && e.Expr[1] >= '1' && e.Expr[1] <= '9':
		return "RE2 has no back references."
	case e.Code == syntax.ErrInvalidNamedCapture && strings.HasPrefix(e.Expr, "(?P<"):
		return "A group with a name is written (?P<name>…), the name of letters, digits and _."
	case e.Code == syntax.ErrMissingParen:
		return `Is a "(" meant as text? Write "\(".`
	case e.Code == syntax.ErrUnexpectedParen:
		return `Is a ")" meant as text? Write "\)".`
	case e.Code == syntax.ErrMissingBracket:
		return `Is a "[" meant as text? Write "\[".`
	}
	return "The syntax is that of https://golang.org/s/re2syntax."
}

// place finds a fragment of the text of n in the file: line, column and end;
// the place of n itself when it is not found.
func (f *file) place(n *yaml.Node, fragment string) (line, col, end int) {
	if fragment != "" {
		for l := n.Line; l <= len(f.lines) && l < n.Line+200; l++ {
			runes, from := []rune(f.lines[l-1]), 0
			if l == n.Line {
				from = min(n.Column-1, len(runes))
			}
			if i := strings.Index(string(runes[from:]), fragment); i >= 0 {
				col = from + len([]rune(string(runes[from:])[:i])) + 1
				return l, col, col + len([]rune(fragment))
			}
			if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
				break
			}
		}
	}
	return n.Line, n.Column, n.Column + f.width(n)
}

// buildFieldCaptures reads capture: {name: field}.
func (d *draft) buildFieldCaptures() {
	n := get(d.root, "capture")
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	if !d.sig.Single {
		d.file.problem(n, "form", "Captures come from the steps.", "capture is read from one entry, and this signature has several")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, path := n.Content[i], n.Content[i+1]
		f, hint, ok := lookupField(text(path))
		if !ok {
			d.file.problem(path, "field", hint, "unknown field %q", text(path))
			continue
		}
		for _, c := range d.sig.Captures {
			if c == name.Value {
				d.file.problem(name, "duplicate", "Rename one of them.", "capture %q is a group of the regexp too", name.Value)
			}
		}
		d.sig.fields = append(d.sig.fields, fieldCapture{d.sig.addCapture(name.Value), f})
	}
}

// reference splits an id from class:NAME and checks the class.
func (d *draft) reference(n *yaml.Node) (id, class string) {
	name, isClass := strings.CutPrefix(text(n), "class:")
	if !isClass {
		return text(n), ""
	}
	for _, c := range classTable {
		if c.name == name {
			return "", name
		}
	}
	d.file.problem(n, "reference", diag.DidYouMean(name, Classes()), "unknown class %q", name)
	return "", ""
}

func (d *draft) buildEdges() {
	for _, n := range items(get(d.root, "leads_to")) {
		e := Edge{Because: text(get(n, "because")), Join: parseRungs(get(n, "join")), Late: duration(get(n, "late"))}
		e.Effect, e.Class = d.reference(get(n, "effect"))
		if len(e.Join) == 0 {
			e.Join = []Rung{RungTrace, RungRequest, RungInstance, RungExecution, RungRevision}
		}
		e.Within = parseWithin(get(n, "within"))
		d.sig.LeadsTo = append(d.sig.LeadsTo, e)
	}
	for _, n := range items(get(d.root, "contradicted_by")) {
		where := get(n, "where")
		c := Contradiction{Because: text(get(n, "because")), Same: parseRungs(get(where, "same")), After: text(get(where, "time")) != "any"}
		c.Signature, c.Class = d.reference(get(n, "signature"))
		d.sig.ContradictedBy = append(d.sig.ContradictedBy, c)
	}
	for _, n := range items(get(d.root, "expects")) {
		e := Expectation{Because: text(get(n, "because")), Same: parseRungs(get(get(n, "where"), "same")), Within: duration(get(n, "within"))}
		e.Signature, e.Class = d.reference(get(n, "signature"))
		d.sig.Expects = append(d.sig.Expects, e)
	}
	for _, n := range items(get(d.root, "alternatives")) {
		d.sig.Alternatives = append(d.sig.Alternatives, Alternative{
			ID: text(get(n, "id")), Because: text(get(n, "because")), Check: text(get(n, "check"))})
	}
}

func parseWithin(n *yaml.Node) Within {
	t := text(n)
	for _, w := range spanWords() {
		if t == w {
			return Within{Span: w}
		}
	}
	return Within{Duration: duration(n)}
}

func (d *draft) buildNotes() {
	for _, n := range items(get(d.root, "notes")) {
		when := get(n, "when")
		note := Note{
			Distinct: text(get(when, "distinct")), Per: text(get(when, "per")), Over: int(number(get(when, "over"))),
			Capture: text(get(when, "capture")), Equals: text(get(when, "equals")), Say: text(get(n, "say")),
		}
		if m := get(when, "matches"); m != nil && m.Kind == yaml.ScalarNode {
			note.matches = d.file.regexp(m, "")
		}
		if when != nil && note.Distinct != "" && note.Capture != "" {
			d.file.problem(when, "form", "Write two notes.", "a note holds for distinct or for capture, not for both")
		}
		if when != nil && note.Distinct == "" && note.Capture == "" {
			d.file.problem(when, "form", "Give distinct, per and over, or capture and equals or matches.", "the note does not say when it holds")
		}
		d.sig.Notes = append(d.sig.Notes, note)
	}
}
