package baseline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// decide says how one failure stands, and makes a row of it where it was seen
// or changed.
func (a *applier) decide(id string) {
	f, o := a.s.Failures[id], a.seen[id]
	was, decided := f.State, f.Run
	var now seenNow
	if o != nil {
		now = f.count(o, a.counted(f), !a.fresh[id])
	}
	var why string
	switch {
	case a.again && decided == a.r.key && f.State != "":
		why = "as when this window was looked at before"
		now.n = f.Counts[a.r.key]
	case a.fresh[id]:
		why = a.newFailure(f, o, now)
	case now.n > 0:
		why = a.seenAgain(f, now)
	case a.over(f):
		why = "this window ends before what later ones have shown"
	default:
		why = a.notSeen(f, o != nil)
	}
	if now.n > 0 {
		f.add(a.r.key, now, a.again)
	}
	// A run that cannot tell decides nothing: what another one says counts.
	if told := now.n > 0 || a.complete() && a.logged[f.Service]; told && (f.State != was || !a.again) || f.Run == "" {
		f.Run = a.r.key
	}
	a.compareCauses(f, o, now.n > 0)
	a.row(id, f, o, was, why, now)
}

// over reports whether a window ends before what is known of a service: it can
// add to the past, and says nothing of now.
func (a *applier) over(f *Failure) bool {
	return !a.r.To.IsZero() && !a.r.To.After(a.through[f.Service])
}

// counted is from when on minutes are open to be counted again.
func (a *applier) counted(f *Failure) time.Time { return a.s.service(f.Service).Counted }

// add counts what was seen.
func (f *Failure) add(run string, now seenNow, again bool) {
	if f.Counts == nil {
		f.Counts = map[string]int{}
	}
	if !again || f.Counts[run] < now.n {
		f.Counts[run] = now.n
	}
	if !now.first.IsZero() && (f.First.IsZero() || now.first.Before(f.First)) {
		f.First = now.first.UTC()
	}
	if now.last.After(f.Last) {
		f.Last = now.last.UTC()
	}
	for r := range now.revisions {
		if f.Revisions == nil {
			f.Revisions = map[string]time.Time{}
		}
		if now.last.After(f.Revisions[r]) {
			f.Revisions[r] = now.last.UTC()
		}
	}
}

// newFailure is one that no run before has seen.
func (a *applier) newFailure(f *Failure, o *Observed, now seenNow) string {
	f.First, f.Last = o.First.UTC(), o.Last.UTC()
	a.noteGaps(f, now, time.Time{})
	if a.first {
		f.State = incident.StateOngoing
		return "part of the baseline: the first run takes what it sees as known"
	}
	f.State = incident.StateNew
	why := "first seen " + stamp(o.First) + revisionsWords(now.revisions)
	if a.before.After(o.Last) {
		why += ", in a stretch that runs before have looked at: they did not have this entry, or this rule"
	}
	return why
}

// seenAgain is one that is known and has been seen since.
func (a *applier) seenAgain(f *Failure, now seenNow) string {
	was := f.State
	f.Returned = false
	silence := max(now.first.Sub(f.Last), 0)
	deploy := a.deployOf(f, now)
	usual := time.Duration(f.Gap) * time.Second
	rested := was == incident.StateQuiet || was == incident.StateResolved
	defer a.noteGaps(f, now, f.Last)
	switch {
	case rested && deploy != "" && silence > usual:
		f.State = incident.StateRegressed
		return fmt.Sprintf("back after %s without it, on %s, which was deployed since", span(silence), deploy)
	case rested && deploy != "":
		f.State = incident.StateOngoing
		return fmt.Sprintf("seen again after %s; it has been silent as long (%s) without a deploy, so it was not gone", span(silence), span(usual))
	case rested:
		f.State, f.Returned = incident.StateOngoing, true
		return fmt.Sprintf("back after %s without it, and without a deploy%s: it was silent, not repaired", span(silence), sameRevision(now.revisions))
	}
	if why, ok := a.escalates(f, now); ok {
		f.State = incident.StateEscalating
		return why
	}
	f.State = incident.StateOngoing
	return "known since " + stamp(f.First)
}

// deployOf names the deploy because of which a failure that is back counts as
// regressed: the entries are of a revision that is younger than the last time
// it was seen. A failure whose entries name no revision goes by the deploys of
// its service. "" when there was none.
func (a *applier) deployOf(f *Failure, now seenNow) string {
	deploys := a.s.service(f.Service).Deploys
	for _, r := range slices.Sorted(maps.Keys(now.revisions)) {
		if _, had := f.Revisions[r]; !had && deploys[r].After(f.Last) {
			return incident.Code(r)
		}
	}
	for _, d := range slices.Sorted(maps.Keys(deploys)) {
		at := deploys[d]
		if (len(now.revisions) == 0 || d[0] == '@') && at.After(f.Last) && !at.After(now.first.Add(time.Minute)) {
			if d[0] == '@' {
				return "what was deployed " + stamp(at)
			}
			return incident.Code(d)
		}
	}
	return ""
}

// deployedBetween reports whether anything was deployed in a stretch.
func (a *applier) deployedBetween(service string, from, to time.Time) bool {
	for _, at := range a.s.service(service).Deploys {
		if at.After(from) && !at.After(to) {
			return true
		}
	}
	return false
}

// noteGaps remembers the longest silence of a failure that ended by itself:
// what is silent for as long is not gone.
func (a *applier) noteGaps(f *Failure, now seenNow, last time.Time) {
	times := now.minutes
	if !last.IsZero() && !now.first.IsZero() && now.first.After(last) {
		times = append([]time.Time{last}, times...)
	}
	for i := 1; i < len(times); i++ {
		gap := times[i].Sub(times[i-1])
		if s := int(gap / time.Second); s > f.Gap && !a.deployedBetween(f.Service, times[i-1], times[i]) {
			f.Gap = s
		}
	}
}

// notSeen is one that is known and was not seen since it was counted. old says
// that the window still shows what earlier runs have counted.
func (a *applier) notSeen(f *Failure, old bool) string {
	was := f.State
	switch {
	case !a.complete():
		f.toUnknown()
		return "not seen, and the data is incomplete"
	case !a.logged[f.Service] && f.Service == "":
		f.toUnknown()
		return "not seen, and nothing was logged since " + stamp(a.through[""])
	case !a.logged[f.Service]:
		f.toUnknown()
		return "not seen, and " + incident.Code(f.Service) + " logged nothing in this window"
	}
	f.Returned = false
	deploy, at := a.runsSince(f)
	usual := time.Duration(f.Gap) * time.Second
	switch {
	case was == incident.StateResolved:
		return "over: not seen since " + stamp(f.Last)
	case deploy != "" && a.r.To.Sub(at) > usual:
		f.State = incident.StateResolved
		return fmt.Sprintf("not seen since %s; %s runs without it since %s", stamp(f.Last), incident.Code(deploy), stamp(at))
	}
	f.State = incident.StateQuiet
	why := "not seen since " + stamp(f.Last)
	if old {
		why += ", which the last run has counted"
	}
	return why
}

// toUnknown marks what was active as unknown. What was quiet or over stays so:
// nothing speaks against it, and nothing new is claimed.
func (f *Failure) toUnknown() {
	if f.State != incident.StateQuiet && f.State != incident.StateResolved {
		f.State = incident.StateUnknown
	}
}

// runsSince returns the latest revision that was deployed after a failure was
// last seen, and logs: what it ran on is not it.
func (a *applier) runsSince(f *Failure) (revision string, at time.Time) {
	deploys := a.s.service(f.Service).Deploys
	for _, r := range slices.Sorted(maps.Keys(a.running[f.Service])) {
		_, had := f.Revisions[r]
		if t, ok := deploys[r]; ok && r != "" && !had && t.After(f.Last) && t.After(at) {
			revision, at = r, t
		}
	}
	return revision, at
}

// row makes the row of a failure that was seen, or whose state changed.
func (a *applier) row(id string, f *Failure, o *Observed, was, why string, now seenNow) {
	state := f.State
	if f.Mute.Active(a.r.To) {
		state = incident.StateMuted
		why = muteWords(f.Mute)
	} else if f.Mute != nil && !f.Mute.Off && now.n > 0 {
		why += "; the mute is over since " + stamp(f.Mute.Until)
	}
	if now.n == 0 && was == f.State && o == nil {
		a.rest++
		return
	}
	if a.again {
		was = ""
	}
	row := incident.FailureState{
		Fingerprint: id, Signature: f.Signature, Service: f.Service, Title: f.Title, Severity: f.Severity, State: state, Was: was,
		Returned: f.Returned, Why: incident.Prose(why), Count: now.n, Total: f.Total(), First: f.First, Last: f.Last,
		Revisions: slices.Sorted(maps.Keys(f.Revisions)),
	}
	if o != nil {
		row.Finding, row.Title = o.Findings[0], o.Title
		for _, id := range o.Findings {
			a.of[id] = row.Fingerprint
		}
	}
	a.rows = append(a.rows, row)
}

func muteWords(m *Mute) string {
	why := "muted for good"
	if !m.Until.IsZero() {
		why = "muted until " + stamp(m.Until)
	}
	if m.Reason != "" {
		why += ": " + incident.Short(m.Reason, 200)
	}
	return why
}

// stateOrder is the order in which a job wants to see states.
var stateOrder = []string{
	incident.StateNew, incident.StateRegressed, incident.StateEscalating, incident.StateUnknown,
	incident.StateOngoing, incident.StateQuiet, incident.StateResolved, incident.StateMuted,
}

// states puts the rows in order and says what holds for all of them.
func (a *applier) states() *incident.States {
	slices.SortStableFunc(a.rows, func(x, y incident.FailureState) int {
		return cmp.Or(cmp.Compare(slices.Index(stateOrder, x.State), slices.Index(stateOrder, y.State)),
			cmp.Compare(severityRank(x.Severity), severityRank(y.Severity)), cmp.Compare(y.Count, x.Count), cmp.Compare(x.Fingerprint, y.Fingerprint))
	})
	sortCauses(a.causes)
	out := &incident.States{
		First: a.first, From: a.r.From.UTC(), To: a.r.To.UTC(), Before: a.before.UTC(), Incomplete: a.r.Missing,
		Counts: []incident.Count{}, Failures: a.rows, AtRest: a.rest, Causes: a.causes,
	}
	if out.Failures == nil {
		out.Failures = []incident.FailureState{}
	}
	for _, state := range stateOrder {
		n := 0
		for _, r := range a.rows {
			if r.State == state {
				n++
			}
		}
		if n > 0 {
			out.Counts = append(out.Counts, incident.Count{Name: state, N: n})
		}
	}
	out.Notes = a.notes()
	return out
}

func (a *applier) notes() []incident.Prose {
	var out []incident.Prose
	say := func(format string, args ...any) { out = append(out, incident.Prose(fmt.Sprintf(format, args...))) }
	switch {
	case a.first && a.r.To.IsZero():
		say("This would be the first run. What has no time makes no baseline: the next run is the first.")
	case a.first && !a.complete() && !a.r.Partial:
		say("This would be the first run. Incomplete data makes no baseline: the next run is the first, unless `--allow-partial` takes this one as it is.")
	case a.first && len(a.rows) == 0:
		say("This is the first run: nothing failed in it, and whatever comes is new.")
	case a.first:
		say("This is the first run: what it saw is the baseline, and nothing of it counts as new.")
	case a.again:
		say("This window was looked at before: the answer is the same, and nothing was counted again.")
	}
	if rules := a.rulesBefore(); rules != "" && rules != a.r.Rules {
		say("The rules changed since the last run: what is new may have been there under another name.")
	}
	return out
}

// rulesBefore is the hash of the rules of the last run.
func (a *applier) rulesBefore() string {
	key := ""
	for k := range a.s.Runs {
		if k != a.r.key && k > key {
			key = k
		}
	}
	return a.s.Runs[key].Rules
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format(time.RFC3339)
}

// span prints a length of time as a person would.
func span(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

func revisionsWords(set map[string]bool) string {
	if len(set) == 0 {
		return ""
	}
	var parts []string
	for _, r := range slices.Sorted(maps.Keys(set)) {
		parts = append(parts, incident.Code(r))
	}
	if len(parts) > 3 {
		parts = append(parts[:3], "others")
	}
	return " on " + strings.Join(parts, ", ")
}

func sameRevision(set map[string]bool) string {
	if len(set) == 0 {
		return " that is known of"
	}
	return ":" + strings.TrimPrefix(revisionsWords(set), " on")
}
