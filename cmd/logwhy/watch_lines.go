package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/report"
	"logwhy/internal/signature"
)

// growth is how many times as often a finding must be seen to be told again:
// who watches is told of what is new, not of each repetition.
const growth = 10

// sighting is a finding that was told.
type sighting struct {
	name   string // severity, service and title, as printed
	title  string // of a finding; the revision of a change
	past   int    // counted in segments that are not looked at any more
	count  int
	told   int // the count when it was last told
	first  time.Time
	grown  time.Time // when it last became more, on our clock
	rank   int       // of the severity, 0 is the worst; changes are among the worst
	quiet  bool
	unsaid bool // it was among too many to print
	change bool
}

// sightings tell what is new from one look at the entries to the next.
type sightings struct {
	w          io.Writer
	cat        *signature.Catalog
	quietAfter time.Duration
	least      int // the rank of the mildest severity that is told
	known      map[string]*sighting
	order      []string
}

func newSightings(w io.Writer, cat *signature.Catalog, opt correlate.Options, least string) *sightings {
	s := &sightings{w: w, cat: cat, quietAfter: opt.QuietAfter, known: map[string]*sighting{}}
	s.least = slices.Index(severities, least)
	if s.quietAfter == 0 {
		s.quietAfter = correlate.QuietAfterDefault
	}
	return s
}

// severities are those of findings, worst first.
var severities = []string{incident.Critical, incident.High, incident.Medium, incident.Low, incident.Info}

// keys tell the findings of an analysis apart, in order. They are taken before
// redaction, whose tags are numbered anew in each look.
func (s *sightings) keys(a *incident.Analysis) []string {
	out := make([]string, len(a.Findings))
	for i, f := range a.Findings {
		parts := []string{f.Signature, f.Scope.Project, f.Scope.Service}
		if sig := s.cat.Lookup(f.Signature); sig != nil {
			for _, name := range sig.Identity {
				parts = append(parts, strings.Join(f.Captures[name], "\x01"))
			}
		}
		out[i] = strings.Join(parts, "\x00")
	}
	return out
}

// shown reports whether a finding is for those who watch: something fails.
func (s *sightings) shown(f *incident.Finding) bool {
	switch f.Role {
	case incident.RoleFault, incident.RoleFailure, incident.RoleImpact:
		return slices.Index(severities, f.Severity) <= s.least
	}
	return false
}

// look takes what the newest entries show, and prints what is new in it, the
// earliest first. keys are those of a before it was redacted.
func (s *sightings) look(a *incident.Analysis, keys []string, now time.Time) {
	var fresh []*sighting
	for i := range a.Findings {
		f := &a.Findings[i]
		if !s.shown(f) {
			continue
		}
		x, known := s.known[keys[i]]
		if !known {
			x = &sighting{first: f.First}
			s.known[keys[i]] = x
			s.order = append(s.order, keys[i])
			fresh = append(fresh, x)
		}
		x.describe(f)
		s.count(x, x.past+f.Count, now, !known)
	}
	for i := range a.Changes {
		if key, x := changed(&a.Changes[i]); s.known[key] == nil {
			s.known[key] = x
			fresh = append(fresh, x)
		}
	}
	s.tell(fresh)
}

// mostNew is how many new findings are told at once; the report has the others.
const mostNew = 20

// tell prints what is new: the worst where there is too much of it.
func (s *sightings) tell(fresh []*sighting) {
	more := len(fresh) - mostNew
	if more > 0 {
		slices.SortStableFunc(fresh, func(a, b *sighting) int {
			return cmp.Or(cmp.Compare(a.rank, b.rank), a.first.Compare(b.first))
		})
	}
	told := slices.Clone(fresh[:min(len(fresh), mostNew)])
	slices.SortStableFunc(told, func(a, b *sighting) int { return a.first.Compare(b.first) })
	for _, x := range told {
		if x.change {
			s.print(x.first, x.name, x.title)
		} else {
			s.print(x.first, x.name, times(x.count))
		}
	}
	for i, x := range fresh {
		x.told, x.unsaid = x.count, i >= mostNew
	}
	if more > 0 {
		_, _ = fmt.Fprintf(s.w, "           and %s, no worse; the report will have them\n", countOf(more, "more", "more"))
	}
}

// count notes how often a known finding was seen, and says so where it is much
// more than was told, or where it was quiet.
func (s *sightings) count(x *sighting, n int, now time.Time, fresh bool) {
	if n <= x.count {
		return
	}
	x.count, x.grown = n, now
	switch {
	case fresh:
	case x.quiet:
		x.quiet, x.unsaid, x.told = false, false, n
		s.print(now, x.name, "again, "+times(n)+" so far")
	case n >= growth*x.told:
		x.told, x.unsaid = n, false
		s.print(now, x.name, times(n)+" since "+clockTime(x.first))
	}
}

// settle takes what is not looked at any more: its counts stand.
func (s *sightings) settle(a *incident.Analysis, keys []string) {
	for i := range a.Findings {
		if x := s.known[keys[i]]; x != nil {
			x.past += a.Findings[i].Count
		}
	}
}

// hush says what was not seen for long. That is all that is known of it.
func (s *sightings) hush(now time.Time) {
	for _, key := range s.order {
		x := s.known[key]
		if !x.quiet && now.Sub(x.grown) >= s.quietAfter {
			x.quiet = true
			if x.unsaid {
				continue
			}
			s.print(now, x.name, fmt.Sprintf("not seen for %s, %s in all", shortDuration(s.quietAfter), times(x.count)))
		}
	}
}

// blind says that nothing could be seen: the time does not count as silence.
func (s *sightings) blind(now time.Time) {
	for _, key := range s.order {
		if x := s.known[key]; !x.quiet {
			x.grown = now
		}
	}
}

func (x *sighting) describe(f *incident.Finding) {
	x.title, x.rank = report.Line(f.Title, 100), slices.Index(severities, f.Severity)
	x.name = fmt.Sprintf("%-8s  %s  %s", f.Severity, serviceName(f.Scope), x.title)
}

func changed(c *incident.Change) (key string, x *sighting) {
	key = strings.Join([]string{"change", c.Kind, c.Scope.Service, c.Scope.Revision, c.Time.Format(time.RFC3339Nano)}, "\x00")
	return key, &sighting{first: c.Time, change: true, title: report.Word(c.Scope.Revision, 80), name: fmt.Sprintf("%-8s  %s  %s", "change", serviceName(c.Scope), report.Line(c.Title, 100))}
}

func serviceName(s incident.Scope) string {
	return report.Word(cmp.Or(s.Service, s.Project, "-"), 40)
}

// print writes one line; who reads it may have gone, which the report will tell.
func (s *sightings) print(at time.Time, name, how string) {
	line := clockTime(at) + "  " + name
	if how != "" {
		line += "  (" + how + ")"
	}
	_, _ = fmt.Fprintln(s.w, line)
}

func clockTime(t time.Time) string { return t.UTC().Format("15:04:05Z") }

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// shortDuration is d without zero parts: 10m, not 10m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
