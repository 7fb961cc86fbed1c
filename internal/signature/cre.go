package signature

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Rules of the CRE form (https://github.com/prequel-dev/cre) are read into
// signatures. What they say of cause, impact and mitigation goes into notes and
// remedies; what they match goes into the forms of this package, whose
// semantics are the same. The free metadata of a rule is read leniently, what
// it matches strictly: a rule that uses what is not supported is refused, never
// half run.

// isCRE reports whether a document is a file of CRE rules.
func isCRE(root *yaml.Node) bool {
	return root != nil && get(root, "id") == nil && (get(root, "rules") != nil || text(get(root, "section")) == "version")
}

// crePack is the pack of all CRE rules; their ids are "cre." and the id of the
// rule in lower case.
const crePack = "cre"

var creID = regexp.MustCompile(`^[A-Za-z0-9-]{4,}$`)

// creDrafts reads all rules of a file.
func creDrafts(f *file, docs []*yaml.Node) []*draft {
	var out []*draft
	for _, root := range docs {
		if text(get(root, "section")) == "version" {
			continue
		}
		r := creReader{file: f, terms: get(root, "terms")}
		for _, n := range items(get(root, "rules")) {
			if d := r.rule(n); d != nil {
				out = append(out, d)
			}
		}
	}
	return out
}

// creReader reads the rules of one document.
type creReader struct {
	file  *file
	terms *yaml.Node // reusable terms of the file
	d     *draft
	// conds maps a term, as it is matched, to its hidden signature.
	conds map[string]string
	bad   bool
}

// refuse reports what keeps a rule from being read.
func (r *creReader) refuse(n *yaml.Node, hint, format string, args ...any) {
	r.bad = true
	r.file.problem(n, "cre", hint, format, args...)
}

// rule reads one rule; nil when it is refused.
func (r *creReader) rule(n *yaml.Node) *draft {
	r.bad, r.conds = false, map[string]string{}
	meta := get(n, "cre")
	idNode := get(meta, "id")
	if n.Kind != yaml.MappingNode || !creID.MatchString(text(idNode)) {
		r.refuse(n, "A rule is  cre: {id: CRE-2025-0001, …}  with a  rule.", "a CRE rule has no id")
		return nil
	}
	s := &Signature{
		ID: crePack + "." + strings.ToLower(text(idNode)), Pack: crePack, Role: RoleFailure,
		Title: creText(get(meta, "title")), Severity: creSeverity(get(meta, "severity")),
		References: texts(get(meta, "references")), File: r.file.name, Line: idNode.Line,
	}
	if s.Title == "" {
		s.Title = text(idNode)
	}
	s.Title = strings.TrimSuffix(s.Title, ".")
	s.Answer = s.Title
	s.Remedy = creLines(get(meta, "mitigation"))
	for _, k := range []string{"cause", "impact"} {
		for _, line := range creLines(get(meta, k)) {
			s.Notes = append(s.Notes, Note{Say: line})
		}
	}
	r.d = &draft{sig: s, file: r.file, idNode: idNode}
	r.match(get(n, "rule"), n)
	if r.bad {
		return nil
	}
	return r.d
}

// creSeverity maps 0 (critical) to 4 (info).
func creSeverity(n *yaml.Node) string {
	words := severityWords()
	if i, err := strconv.Atoi(text(n)); err == nil && i >= 0 && i < len(words) {
		return words[i]
	}
	return ""
}

// creText is a text of the rule's author on one line. It is no template.
func creText(n *yaml.Node) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text(n)), " "), "{{", "{ {")
}

// creLines splits Markdown bullets into sentences.
func creLines(n *yaml.Node) []string {
	var out []string
	for _, line := range strings.Split(text(n), "\n") {
		line = strings.TrimSpace(line)
		bullet := strings.TrimLeft(line, "-*• ")
		if len(out) == 0 || bullet != line {
			out = append(out, bullet)
		} else if line != "" {
			out[len(out)-1] += " " + line
		}
	}
	var kept []string
	for _, line := range out {
		if line = strings.ReplaceAll(strings.Join(strings.Fields(line), " "), "{{", "{ {"); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// match reads what a rule matches: a sequence, else a set.
func (r *creReader) match(rule, parent *yaml.Node) {
	body, kind, list := get(rule, "sequence"), formSequence, "order"
	if body == nil {
		body, kind, list = get(rule, "set"), formSet, "match"
	}
	if body == nil || body.Kind != yaml.MappingNode {
		r.refuse(parent, "A rule has a set or a sequence.", "the rule matches nothing that is supported")
		return
	}
	r.known(rule, "set", "sequence")
	r.known(body, "event", "window", list, "negate", "correlations")
	if c := get(body, "correlations"); len(items(c)) > 0 {
		r.refuse(c, "Remove it, or write a signature with join.", "correlations are not supported")
	}
	f := &form{kind: kind, join: []Rung{RungService, RungFile}}
	for _, n := range items(get(body, list)) {
		r.positive(f, n)
	}
	if len(f.steps) == 0 && !r.bad {
		r.refuse(body, "", "%s is missing or empty", list)
	}
	r.window(f, body)
	for _, n := range items(get(body, "negate")) {
		r.negative(f, n)
	}
	if r.bad {
		return
	}
	r.finish(f)
}

// known refuses keys that change what a rule matches and are not supported.
func (r *creReader) known(n *yaml.Node, names ...string) {
	t := &table{}
	for _, name := range names {
		t.keys = append(t.keys, key{name: name})
	}
	for _, p := range r.file.pairs(n) {
		if t.find(p.key.Value) == nil {
			r.refuse(p.key, unknownHint(p.key.Value, t), "%q is not supported", p.key.Value)
		}
	}
}

// window reads the bound in time: a set of one event has none, all else needs one.
func (r *creReader) window(f *form, body *yaml.Node) {
	n := get(body, "window")
	switch {
	case n == nil && (len(f.steps) > 1 || f.kind == formSequence) && !r.bad:
		r.refuse(body, "For example:  window: 30s", "window is missing")
	case n != nil && len(f.steps) == 1 && f.kind == formSet:
		r.refuse(n, "Remove it.", "a set of one event has no window")
	case n != nil:
		d, err := parseDuration(text(n))
		if err != nil || d < 0 {
			r.refuse(n, "Durations are written 30s or 5m.", "%q is no duration", text(n))
		}
		f.within = d
	}
	if f.kind == formSequence && len(f.steps) == 1 {
		r.refuse(body, "Use a set.", "a sequence needs at least two events")
	}
}

// positive adds an event that must occur, as often as count says.
func (r *creReader) positive(f *form, n *yaml.Node) {
	n, inline := r.term(n)
	if n == nil {
		return
	}
	if n.Kind == yaml.MappingNode {
		r.known(n, "value", "regex", "count", "field")
	}
	times := 1
	if c := get(n, "count"); c != nil {
		v, err := strconv.Atoi(text(c))
		if err != nil || v < 1 || v > 1000 {
			r.refuse(c, "", "count is a number from 1 to 1000")
			return
		}
		times = v
	}
	ref := r.event(n, inline)
	for range times {
		f.steps = append(f.steps, step{name: strconv.Itoa(len(f.steps) + 1), ref: ref, node: n})
	}
}

// negative adds an event that must not occur.
func (r *creReader) negative(f *form, n *yaml.Node) {
	n, inline := r.term(n)
	if n == nil {
		return
	}
	a := absence{node: n}
	if n.Kind == yaml.MappingNode {
		r.known(n, "value", "regex", "count", "field", "anchor", "window", "slide", "absolute")
		if text(get(n, "count")) != "" && text(get(n, "count")) != "1" {
			r.refuse(get(n, "count"), "Remove it.", "count is not supported under negate")
		}
		a.window, a.slide = r.duration(get(n, "window")), r.duration(get(n, "slide"))
		a.absolute = text(get(n, "absolute")) == "true"
		if at := get(n, "anchor"); at != nil {
			v, err := strconv.Atoi(text(at))
			if err != nil || v < 0 || v >= len(f.steps) {
				r.refuse(at, "Events are counted from 0.", "there is no event %s", text(at))
			}
			a.anchor = v
		}
	}
	a.ref = r.event(n, inline)
	f.absent = append(f.absent, a)
}

func (r *creReader) duration(n *yaml.Node) (d time.Duration) {
	if n == nil {
		return 0
	}
	d, err := parseDuration(text(n))
	if err != nil {
		r.refuse(n, "Durations are written 30s or 5m.", "%q is no duration", text(n))
	}
	return d
}

// term resolves a reusable term: a bare text, or a value, that is the name of
// one. inline is what a bare text matches.
func (r *creReader) term(n *yaml.Node) (resolved *yaml.Node, inline string) {
	if n.Kind == yaml.ScalarNode {
		if t := get(r.terms, n.Value); t != nil {
			return t, text(t)
		}
		return n, text(n)
	}
	if t := get(r.terms, text(get(n, "value"))); t != nil && t.Kind == yaml.MappingNode {
		merged := *t // what stands beside the name is added to the term
		for _, p := range pairsOf(n) {
			if p.key.Value != "value" && get(t, p.key.Value) == nil {
				merged.Content = append(merged.Content[:len(merged.Content):len(merged.Content)], p.key, p.val)
			}
		}
		return &merged, ""
	}
	if n.Kind != yaml.MappingNode {
		r.refuse(n, "", "a term is a text or a mapping, not %s", kindWord(n))
		return nil, ""
	}
	return n, ""
}

// event returns the hidden signature of a term; equal terms share one.
func (r *creReader) event(n *yaml.Node, inline string) string {
	value, pattern := inline, get(n, "regex")
	if v := get(n, "value"); v != nil {
		value = text(v)
	}
	switch {
	case value != "" && pattern != nil:
		r.refuse(pattern, "Remove one of them.", "regex stands beside value")
		return ""
	case value == "" && text(pattern) == "" && r.bad:
		return "" // what it asks for instead was refused
	case value == "" && text(pattern) == "":
		r.refuse(n, "A term has a value or a regex.", "the term matches nothing that is supported")
		return ""
	}
	t := r.test(n, value, pattern)
	if t == nil {
		r.bad = true
		return ""
	}
	if id := r.conds[t.source]; id != "" {
		return id
	}
	s := &Signature{ID: fmt.Sprintf("%s#%d", r.d.sig.ID, len(r.conds)+1), Pack: crePack, Title: r.d.sig.Title, Role: RoleFailure,
		Single: true, Owner: r.d.sig, File: r.file.name, Line: n.Line, cond: &condition{op: opTest, test: t}}
	r.conds[t.source] = s.ID
	r.d.steps = append(r.d.steps, hiddenStep{s, n})
	return s.ID
}

// test is what a term asks. Lines that continue an entry are joined to it by a
// line break here, and by nothing where the rules come from: there a dot leads
// from one to the next, so it does here.
func (r *creReader) test(n *yaml.Node, value string, pattern *yaml.Node) *test {
	f := field{path: lineField, get: (*view).message, all: (*view).payload}
	if name := text(get(n, "field")); name != "" {
		var hint string
		var ok bool
		if f, hint, ok = lookupField(name); !ok {
			r.refuse(get(n, "field"), hint, "unknown field %q", name)
			return nil
		}
	}
	t := &test{field: f, line: n.Line, kind: testContains, words: []string{value}, source: f.path + " contains " + value}
	if pattern == nil {
		return t
	}
	re := r.file.regexp(pattern, "(?s)")
	if re == nil {
		return nil
	}
	t.setPattern(re)
	t.source = f.path + " regex " + text(pattern)
	return t
}

// finish makes a signature of one event of a form that needs no tracker.
func (r *creReader) finish(f *form) {
	if len(r.conds) > maxSteps {
		r.refuse(r.d.idNode, "", "%d different terms are more than %d", len(r.conds), maxSteps)
		return
	}
	if len(f.steps) == 1 && len(f.absent) == 0 {
		r.d.sig.Single, r.d.sig.cond = true, r.d.steps[0].cond
		r.d.steps = nil
		return
	}
	r.d.sig.form = f
}
