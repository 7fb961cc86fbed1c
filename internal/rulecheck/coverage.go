package rulecheck

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"logwhy/internal/incident"
	"logwhy/internal/signature"
)

// Coverage says which failures in an analysis signatures recognise, and which
// are only patterns.
type Coverage struct {
	// Known are the signatures that recognised something, most often first;
	// Unknown the patterns that none recognises.
	Known, Unknown []Seen
	// KnownEvents and UnknownEvents add them up, without health and noise.
	KnownEvents, UnknownEvents int
	// Idle counts the signatures that recognised nothing.
	Idle int
}

// Seen is a signature or a pattern with the number of its events.
type Seen struct {
	ID      string // a signature, or "pattern:…"
	Role    string
	Text    string // the title, or the template
	Count   int
	AtLeast bool // the count is bounded
}

// Cover adds up an analysis that was made with the catalog.
func Cover(c *signature.Catalog, a *incident.Analysis) Coverage {
	var out Coverage
	sum := map[string]*Seen{}
	var order []*Seen
	for i := range a.Findings {
		f := &a.Findings[i]
		s := sum[f.Signature]
		if s == nil {
			s = &Seen{ID: f.Signature, Role: f.Role, Text: f.Template}
			if sig := c.Lookup(f.Signature); sig != nil {
				s.Text = sig.Title
			}
			sum[f.Signature] = s
			order = append(order, s)
		}
		s.Count += f.Count
		s.AtLeast = s.AtLeast || f.AtLeast
	}
	sort.SliceStable(order, func(i, j int) bool {
		if order[i].Count != order[j].Count {
			return order[i].Count > order[j].Count
		}
		return order[i].ID < order[j].ID
	})
	used := 0
	for _, s := range order {
		if isPattern(s.ID) {
			out.Unknown = append(out.Unknown, *s)
			out.UnknownEvents += s.Count
			continue
		}
		used++
		out.Known = append(out.Known, *s)
		if s.Role != incident.RoleHealthy && s.Role != incident.RoleNoise {
			out.KnownEvents += s.Count
		}
	}
	out.Idle = max(0, len(c.Signatures)-used)
	return out
}

func isPattern(id string) bool { return strings.HasPrefix(id, "pattern:") }

// WriteTo prints the coverage as plain text.
func (c Coverage) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "Signatures recognise %d of %d events of failure.\n", c.KnownEvents, c.KnownEvents+c.UnknownEvents)
	list := func(title string, seen []Seen) {
		if len(seen) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s\n", title)
		for _, s := range seen {
			n := fmt.Sprint(s.Count)
			if s.AtLeast {
				n = "≥" + n
			}
			fmt.Fprintf(&b, "%8s  %-8s %s  %s\n", n, s.Role, s.ID, clip(s.Text))
		}
	}
	list("Not recognised:", c.Unknown)
	list("Recognised:", c.Known)
	fmt.Fprintf(&b, "\n%d signatures recognised nothing.\n", c.Idle)
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}
