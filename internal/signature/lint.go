package signature

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"logwhy/internal/diag"
)

// Lint finds what is allowed and still wrong: signatures that cost too much,
// that nothing can contradict, or that say less than they could. For built-in
// signatures every lint is an error.
func Lint(c *Catalog) diag.Problems {
	l := linter{c: c, used: usedCaptures(c)}
	for _, s := range c.Signatures {
		l.texts(s)
		l.cost(s)
		l.graph(s)
		l.captures(s)
		l.imported(s)
	}
	l.bad.Sort()
	return l.bad
}

type linter struct {
	c    *Catalog
	used map[*Signature]map[string]bool
	bad  diag.Problems
}

// add reports a lint at a key of the rule, else at its first line.
func (l *linter) add(s *Signature, key, code, hint, message string) {
	p := diag.Problem{File: s.File, Line: s.Line}
	keys := []string{key}
	if key == "match" {
		keys = []string{"match", "sequence", "set", "count"}
	}
	for _, k := range keys {
		if at, ok := s.places[k]; ok {
			p = at
		}
	}
	p.Code, p.Message, p.Hint = code, s.ID+": "+message, hint
	l.bad = append(l.bad, p)
}

// places notes where the keys of a rule stand.
func (d *draft) places() map[string]diag.Problem {
	out := map[string]diag.Problem{}
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		k := d.root.Content[i]
		p := diag.Problem{File: d.file.name, Line: k.Line, Col: k.Column, EndCol: k.Column + utf8.RuneCountInString(k.Value)}
		if k.Line <= len(d.file.lines) {
			p.Snippet = d.file.lines[k.Line-1]
		}
		out[k.Value] = p
	}
	return out
}

const maxTitle = 90

func (l *linter) texts(s *Signature) {
	if strings.HasSuffix(s.Title, ".") {
		l.add(s, "title", "title", "It is read as a heading.", "the title ends in a full stop")
	}
	if utf8.RuneCountInString(s.Title) > maxTitle {
		l.add(s, "title", "title", "It is read as a heading.", "the title is too long")
	}
	if s.Answer == "" && s.Role != RoleNoise && s.Role != RoleHealthy {
		l.add(s, "id", "answer", "Say in one sentence what was seen.", "there is no answer")
	}
	if len(s.Formerly) > 0 && s.Role != RoleFault && s.Role != RoleFailure && s.Role != RoleImpact {
		l.add(s, "formerly", "formerly", "Remove it.", "only failures are known from run to run, and this is none")
	}
	if len(s.References) == 0 {
		l.add(s, "id", "references", "Link the public documentation or source that prints this.", "there is no reference")
	}
	for _, r := range s.References {
		if !strings.HasPrefix(r, "https://") && !strings.HasPrefix(r, "http://") {
			l.add(s, "references", "references", "References are addresses that begin with https://.", "\""+r+"\" is no address")
		}
	}
	for i := range s.LeadsTo {
		l.because(s, "leads_to", s.LeadsTo[i].Because)
	}
	for i := range s.ContradictedBy {
		l.because(s, "contradicted_by", s.ContradictedBy[i].Because)
	}
	for i := range s.Expects {
		l.because(s, "expects", s.Expects[i].Because)
	}
	for _, a := range s.Alternatives {
		l.because(s, "alternatives", a.Because)
		l.readOnly(s, "alternatives", a.Check)
		if !idForm.MatchString(a.ID) {
			l.add(s, "alternatives", "id", "An id is <pack>.<name> of a-z, 0-9 and -.", "\""+a.ID+"\" is no id")
		}
	}
	for _, n := range s.Next {
		l.readOnly(s, "next", n)
	}
}

// because is printed in the middle of a sentence.
func (l *linter) because(s *Signature, key, text string) {
	if strings.HasSuffix(text, ".") {
		l.add(s, key, "because", "It is printed in the middle of a sentence.", "because ends in a full stop: "+text)
	}
	first, size := utf8.DecodeRuneInString(text)
	second, _ := utf8.DecodeRuneInString(text[size:])
	switch word, _, _ := strings.Cut(text, " "); {
	case word == "The", word == "A", word == "An", word == "It", word == "This", word == "If", word == "When", word == "Without":
		if unicode.IsUpper(first) && !unicode.IsUpper(second) {
			l.add(s, key, "because", "It is printed in the middle of a sentence.", "because begins with a capital: "+text)
		}
	}
}

var (
	quoted = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	alters = regexp.MustCompile(`\bkubectl (?:-\S+ \S+ )*(?:delete|apply|patch|edit|scale|set|create|replace|drain|rollout restart)\b` +
		`|\b(?:gcloud|bq|gsutil) [^|;]*\b(?:delete|update|create|deploy|rm|mk|add-[a-z-]+|set-[a-z-]+|remove-[a-z-]+)(?: |$)|(?:^|[^\w-])rm -`)
)

// readOnly: what is offered as a check is pasted by people in a hurry.
func (l *linter) readOnly(s *Signature, key, command string) {
	if m := alters.FindString(quoted.ReplaceAllString(command, "''")); m != "" {
		l.add(s, key, "read-only", "Checks look and do not touch. What repairs belongs into remedy.", "a check alters something: "+m)
	}
}

// cost reports conditions that must be evaluated for entries without any sign
// that they may hold.
func (l *linter) cost(s *Signature) {
	for i := range l.c.Len() {
		t := l.c.At(i)
		if t != s && t.Owner != s || !t.Single {
			continue
		}
		for _, n := range t.cond.needs() {
			if n.filters() {
				continue
			}
			l.add(s, "match", "cost", "Ask for a text of at least three letters in the message (contains, or a regexp of which it is a fixed part), "+
				"or for the value of a field (equals), or for httpRequest or audit.", "an alternative of its condition has to be evaluated for every entry")
			break
		}
	}
}

// filters reports whether few entries meet the need.
func (n need) filters() bool {
	if n.gate != 0 || len(n.where) > 0 {
		return true
	}
	for _, l := range n.lits {
		if l.letters() >= minLiteral {
			return true
		}
	}
	return false
}

func (l *linter) graph(s *Signature) {
	if s.Role == RoleFault && len(s.ContradictedBy) == 0 && s.NeverContradicted == "" {
		l.add(s, "role", "contradicted", "Add contradicted_by, or never_contradicted with the reason.", "nothing can contradict this fault")
	}
	if (s.Role == RoleFault || s.Role == RoleChange) && !l.reaches(s, map[*Signature]bool{}) {
		l.add(s, "role", "unreached", "Add leads_to with the failure or impact that it causes.", "it leads to no failure and no impact")
	}
}

// reaches reports whether a failure or impact can follow s.
func (l *linter) reaches(s *Signature, seen map[*Signature]bool) bool {
	if seen[s] {
		return false
	}
	seen[s] = true
	for _, e := range l.c.Effects(s) {
		if e.Effect.Role == RoleFailure || e.Effect.Role == RoleImpact || l.reaches(e.Effect, seen) {
			return true
		}
	}
	return false
}

// shortText is a text that many messages hold that have nothing to do with what
// it was meant for.
const shortText = 12

var regexpMark = regexp.MustCompile(`\\[dwsbDWSB]|\.[*+]|\[[^\]]+\][+*]|\([^)]*\|[^)]*\)`)

// imported reports what is often wrong in rules of the CRE form.
func (l *linter) imported(s *Signature) {
	if s.Pack != crePack {
		return
	}
	for i := range l.c.Len() {
		t := l.c.At(i)
		if t != s && t.Owner != s {
			continue
		}
		t.cond.walk(false, func(t *test, _ bool) {
			for _, w := range t.words {
				if utf8.RuneCountInString(w) <= shortText {
					l.add(s, "", "short", "It recognises much that has nothing to do with it.", fmt.Sprintf("the value %q is short", w))
				}
				if regexpMark.MatchString(w) {
					l.add(s, "", "value", "A value is looked for as it stands. Is regex meant?", fmt.Sprintf("the value %q looks like a regexp", w))
				}
			}
		})
	}
}

// captures reports those that nothing reads.
func (l *linter) captures(s *Signature) {
	for _, c := range s.Captures {
		if !l.used[s][c] && !isScopeWord(c) {
			l.add(s, "match", "unused", "Use it in identity, answer or a note, or make the group (?:…).", "nothing uses the capture \""+c+"\"")
		}
	}
}

// usedCaptures lists the captures that a signature uses itself, or a sequence
// of which it is a step.
func usedCaptures(c *Catalog) map[*Signature]map[string]bool {
	out := map[*Signature]map[string]bool{}
	for _, s := range c.Signatures {
		out[s] = s.uses()
	}
	for _, s := range c.Signatures {
		for _, f := range c.Listeners(s) {
			for name := range out[f] {
				out[s][name] = true
			}
		}
		if s.form != nil { // what a step uses itself is no loose end of the sequence
			for _, st := range s.form.steps {
				for _, name := range st.sig.Captures {
					if st.sig.Owner == nil {
						out[s][name] = true
					}
				}
			}
		}
	}
	return out
}

// uses lists the captures that are named anywhere in the rule.
func (s *Signature) uses() map[string]bool {
	out := map[string]bool{}
	for _, n := range s.Identity {
		out[n] = true
	}
	for _, n := range s.Notes {
		out[n.Distinct], out[n.Per], out[n.Capture] = true, true, true
	}
	for _, t := range s.templates() {
		parts, _ := splitTemplate(t)
		for _, p := range parts {
			out[p.capture] = true
		}
	}
	return out
}

// templates lists every text that may hold captures.
func (s *Signature) templates() []string {
	out := []string{s.Title, s.Answer, s.Reason}
	out = append(append(out, s.Next...), s.Remedy...)
	for _, e := range s.LeadsTo {
		out = append(out, e.Because)
	}
	for _, c := range s.ContradictedBy {
		out = append(out, c.Because)
	}
	for _, e := range s.Expects {
		out = append(out, e.Because)
	}
	for _, n := range s.Notes {
		out = append(out, n.Say)
	}
	for _, a := range s.Alternatives {
		out = append(out, a.Because, a.Check)
	}
	return out
}
