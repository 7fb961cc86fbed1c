package signature

import (
	"strings"

	"logwhy/internal/diag"
)

// Lint finds what is allowed and still wrong: signatures that cost too much,
// that nothing can contradict, or that say less than they could. For built-in
// signatures every lint is an error.
func Lint(c *Catalog) diag.Problems {
	var l linter
	l.c = c
	for _, s := range c.Signatures {
		l.signature(s)
	}
	l.bad.Sort()
	return l.bad
}

type linter struct {
	c   *Catalog
	bad diag.Problems
}

func (l *linter) add(s *Signature, code, hint, message string) {
	l.bad = append(l.bad, diag.Problem{File: s.File, Line: s.Line, Code: code, Message: s.ID + ": " + message, Hint: hint})
}

func (l *linter) signature(s *Signature) {
	if strings.HasSuffix(s.Title, ".") {
		l.add(s, "title", "It is read as a heading.", "the title ends in a full stop")
	}
	if s.Role == RoleFault && len(s.ContradictedBy) == 0 && s.NeverContradicted == "" {
		l.add(s, "contradicted", "Add contradicted_by, or never_contradicted with the reason.", "nothing can contradict this fault")
	}
	if len(s.References) == 0 {
		l.add(s, "references", "Link the public documentation or source that prints this.", "there is no reference")
	}
	if (s.Role == RoleFault || s.Role == RoleChange) && !l.reaches(s, map[*Signature]bool{}) {
		l.add(s, "unreached", "Add leads_to with the failure or impact that it causes.", "it leads to no failure and no impact")
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
