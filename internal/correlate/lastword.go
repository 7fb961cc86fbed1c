package correlate

import (
	"strings"

	"logwhy/internal/logentry"
	"logwhy/internal/stacktrace"
)

// Programs of the command line print why they give up without any level and
// often without a word of error: "/app/tool.config does not exist". Such a line
// is an error event only as the last word of a process that ends badly and
// that said nothing else about it.

// mayBeLastWord reports whether lines that nothing recognises state a reason.
func mayBeLastWord(parts []*observation) bool {
	e := parts[0].e
	if e.Basis != logentry.BasisNone || e.Scope.Instance == "" || !e.Time.Known() {
		return false
	}
	text := headless(strings.TrimSpace(e.Message))
	return len(text) < 400 && stacktrace.IsReason(text)
}

// withLastWords adds the last such line before each bad end of an instance on
// which no error was logged within reach, unless other instances print the
// same and go on.
func (x *explainer) withLastWords(events []*event, quiet [][]*observation) []*event {
	if len(quiet) == 0 {
		return events
	}
	ends := map[string]bool{}
	for _, ev := range events {
		if ev.platform() && ev.hasClass("process-exit") {
			note(ends, ev.scope.Instance)
		}
	}
	// What an instance that goes on prints too is no reason to end.
	everyday := map[string]bool{}
	for _, parts := range quiet {
		if e := parts[0].e; !ends[e.Scope.Instance] {
			everyday[mask(firstLine(e.Message))] = true
		}
	}
	words := map[string][][]*observation{}
	for _, parts := range quiet {
		if e := parts[0].e; ends[e.Scope.Instance] && !everyday[mask(firstLine(e.Message))] {
			words[e.Scope.Instance] = append(words[e.Scope.Instance], parts)
		}
	}
	said := map[string][]logentry.Time{}
	for _, ev := range events {
		if i := ev.scope.Instance; i != "" && words[i] != nil && (ev.err || ev.weak) && !ev.platform() {
			said[i] = append(said[i], ev.t)
		}
	}
	for _, end := range events {
		i := end.scope.Instance
		if words[i] == nil || !end.platform() || !end.hasClass("process-exit") || saidWithin(said[i], end.t) {
			continue
		}
		if parts := lastBefore(words[i], end.t); parts != nil {
			ev := x.newEvent(parts)
			ev.err = true
			ev.reason, ev.ownReason = reasonOf(ev)
			if !goesOn(ev) {
				events = append(events, ev)
			}
		}
	}
	return events
}

// lastBefore returns the last of the lines at most InstanceReach before t.
func lastBefore(list [][]*observation, t logentry.Time) []*observation {
	var last []*observation
	for _, parts := range list {
		at := parts[0].e.Time
		if at > t || t.Sub(at) > InstanceReach {
			continue
		}
		if last == nil || before(last[0].e, parts[0].e) {
			last = parts
		}
	}
	return last
}

func saidWithin(times []logentry.Time, t logentry.Time) bool {
	for _, at := range times {
		if at <= t && t.Sub(at) <= InstanceReach {
			return true
		}
	}
	return false
}
