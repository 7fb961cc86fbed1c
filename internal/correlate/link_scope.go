package correlate

import (
	"fmt"
	"sort"
	"strings"

	"logwhy/internal/incident"
	"logwhy/internal/signature"
)

// testScope asks where cause and effect are and where they are not. It is
// silent where entries carry neither revision nor instance.
func testScope(_ *explainer, l *linkStat) (incident.Test, bool) {
	ci, xi := map[string]bool{}, map[string]bool{}
	cr, xr := map[string]bool{}, map[string]bool{}
	for _, p := range l.pairs {
		note(ci, p.cause.scope.Instance)
		note(xi, p.effect.scope.Instance)
		note(cr, p.cause.scope.Revision)
		note(xr, p.effect.scope.Revision)
	}
	if len(ci) == 0 && len(cr) == 0 {
		return incident.Test{}, false
	}
	var parts []string
	switch {
	case l.rung == signature.RungExecution:
		parts = append(parts, "on the same execution")
	case l.rung == signature.RungRevision:
		parts = append(parts, "on the revision that both name")
	case len(ci) > 1 && equalSets(ci, xi):
		parts = append(parts, fmt.Sprintf("on the same %d instances", len(ci)))
	case len(ci) == 1 && equalSets(ci, xi):
		parts = append(parts, "on one instance, the same")
	}
	if len(cr) > 0 {
		names := sortedSet(cr)
		switch {
		case len(names) == 1:
			parts = append(parts, "on revision "+incident.Code(names[0])+" only")
		case len(names) <= 4:
			parts = append(parts, "on revisions "+codeList(names))
		default:
			parts = append(parts, fmt.Sprintf("on %d revisions", len(names)))
		}
	}
	if len(parts) == 0 {
		return incident.Test{}, false
	}
	return incident.Test{
		Name: "scope", Result: incident.Told, Question: "where is it?",
		Text: incident.Prose(strings.Join(parts, "; ")),
	}, true
}

func note(m map[string]bool, k string) {
	if k != "" {
		m[k] = true
	}
}

func equalSets(a, b map[string]bool) bool {
	if len(a) != len(b) {
		return false
	}
	for k := range a {
		if !b[k] {
			return false
		}
	}
	return true
}

func sortedSet(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func codeList(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = incident.Code(n)
	}
	return joinAnd(out)
}
