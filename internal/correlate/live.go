package correlate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// Live says which part of the logs a live read asked for. What no query asked
// for is unknown: it is neither absent nor healthy.
type Live struct {
	Asked []incident.Asked
	// From and To are the window: all of it was asked for what matters.
	From, To logentry.Time
	// Whole says that every entry of the window was asked for and read.
	Whole bool
	// Cut says that a query did not come to its end.
	Cut bool
	// Audit says that audit entries of changes were asked for, in the window and
	// before it, where they are kept, and that all came.
	Audit bool
	// Requests estimates from a sample how many requests the window holds.
	Requests map[Route]Answers
}

// Route is a route of a service, its path with ids masked.
type Route struct{ Service, Method, Path string }

// Answers counts requests, and those of them that were answered below 400.
type Answers struct{ All, Good int }

// partial reports whether entries were left out on purpose, so that counts of
// calm entries are not what the logs hold.
func (x *explainer) partial() bool { return x.read.Live != nil && !x.read.Live.Whole }

// auditAsked reports whether changes would be seen if any had been logged.
func (x *explainer) auditAsked() bool { return x.read.Live != nil && x.read.Live.Audit }

// goodAnswers counts requests of a service that were answered well: as read,
// or as a sample has them, whichever is more. ok is false when only some were
// read and no sample tells how many there are.
func (x *explainer) goodAnswers(service string) (n int, ok bool) {
	for k, r := range x.c.routes {
		if k.service == service {
			n += r.by[2] + r.by[3]
		}
	}
	if !x.partial() {
		return n, true
	}
	estimate := 0
	for k, a := range x.read.Live.Requests {
		if k.Service == service {
			estimate += a.Good
		}
	}
	return max(n, estimate), estimate > 0
}

// answeredOf says how many requests of some routes fail, of how many.
func (x *explainer) answeredOf(service string, failing int, on func(method, path string) bool) string {
	total := 0
	if !x.partial() {
		for k, r := range x.c.routes {
			if k.service == service && on(k.method, k.path) {
				total += r.n
			}
		}
		if total <= 1 {
			return "the one request in the input"
		}
		return fmt.Sprintf("%d of %d requests", failing, max(total, failing))
	}
	for k, a := range x.read.Live.Requests {
		if k.Service == service && on(k.Method, k.Path) {
			total += a.All
		}
	}
	if total <= failing {
		return fmt.Sprintf("%d %s, of how many was not asked", failing, plural(failing, "request", "requests"))
	}
	return fmt.Sprintf("%d of about %d requests", failing, rounded(total))
}

// rounded keeps the two leading digits of an estimate.
func rounded(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

// source says where an entry stands: file:line, file#n for the n-th record
// where one line holds many, or the name of what was read where neither is to
// be had: a live entry is found again by its insertId.
func (x *explainer) source(p logentry.Pos) string {
	if x.read.Live != nil {
		return p.Name
	}
	return source(p)
}

func sortReady(list []ReadyInstance) {
	slices.SortFunc(list, func(a, b ReadyInstance) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Instance, b.Instance))
	})
}

// span sets the ends of the window to what a live read asked for: entries
// before it were read only for the changes among them, and calm stretches at
// its ends hold no entry that was asked for.
func (x *explainer) span() {
	if l := x.read.Live; l != nil && l.From.Known() && l.To.Known() {
		x.c.first, x.c.last = l.From, l.To
	}
}

// incidentLink opens in Logs Explorer what the service of an incident logged,
// from a little before its first event to a little after its last.
func (x *explainer) incidentLink(g *group) string {
	s := g.members[g.headline][0].scope
	if len(g.revisions()) > 1 {
		s.Revision = ""
	}
	s.Pod = "" // one of many
	filter := strings.ReplaceAll(x.scopeFilter(s), "\n  ", "\n")
	if filter == "" || s.Project == "" || !g.first.Known() {
		return ""
	}
	return logentry.QueryLink("projects/"+s.Project, filter, g.first.Add(-30*time.Second).Time(), g.last.Add(time.Minute).Time())
}
