package correlate

import (
	"sort"
	"strings"

	"logwhy/internal/logentry"
	"logwhy/internal/stacktrace"
)

// maxJoined bounds the entries of one event.
const maxJoined = 300

// joinEvents makes events of observations. Three things are joined: the parts
// of a LogEntry that the platform split, the lines of a stack trace that were
// stored as one entry each, and the lines of one multi-line message, which are
// microseconds apart.
//
//	log  -S-f-f-f-x-------c-S-f-x---   S start, f frame, x exception line, c chain
//	want [S f f f x] [c S f x] joined  when at most TraceGap apart
func (x *explainer) joinEvents() {
	streams := map[string][]*observation{}
	for _, o := range x.obs {
		k := streamOf(o.e)
		streams[k] = append(streams[k], o)
	}
	var events []*event
	var quiet [][]*observation
	for _, k := range sortedKeys(streams) {
		for _, parts := range x.joinStream(streams[k]) {
			if anyInteresting(parts) {
				events = append(events, x.newEvent(parts))
			} else if mayBeLastWord(parts) {
				quiet = append(quiet, parts)
			}
		}
	}
	events = x.withLastWords(events, quiet)
	sort.SliceStable(events, func(i, j int) bool {
		a, b := events[i], events[j]
		if a.t != b.t {
			if !a.t.Known() || !b.t.Known() {
				return a.t.Known()
			}
			return a.t < b.t
		}
		return before(a.parts[0].e, b.parts[0].e)
	})
	for i, ev := range events {
		ev.idx = i
	}
	x.events, x.obs = events, nil
}

func anyInteresting(parts []*observation) bool {
	for _, p := range parts {
		if p.interesting() {
			return true
		}
	}
	return false
}

// streamOf names the stream of lines in which a message may be continued: one
// log of one instance.
func streamOf(e *logentry.Entry) string {
	inst := e.Scope.Instance
	if inst == "" {
		inst = e.Scope.Service + "\x00" + e.Scope.Revision + "\x00" + e.Scope.Execution
	}
	if e.Split != nil && e.Split.UID != "" {
		return "split\x00" + e.Split.UID
	}
	return e.LogName + "\x00" + inst + "\x00" + e.Scope.Container
}

func (x *explainer) joinStream(obs []*observation) [][]*observation {
	if len(obs) > 0 && obs[0].e.Split != nil && obs[0].e.Split.UID != "" {
		sort.SliceStable(obs, func(i, j int) bool { return obs[i].e.Split.Index < obs[j].e.Split.Index })
		return [][]*observation{obs}
	}
	var out [][]*observation
	var cur []*observation
	kind := stacktrace.KindNone
	flush := func() {
		if len(cur) > 0 {
			out = append(out, cur)
		}
		cur, kind = nil, stacktrace.KindNone
	}
	for _, o := range obs {
		k := lineKind(o.e)
		if len(cur) > 0 && len(cur) < maxJoined && continues(cur, kind, o, k) {
			cur = append(cur, o)
		} else {
			flush()
			cur = []*observation{o}
		}
		kind = lastKind(o.e, k)
	}
	flush()
	return out
}

// lineKind classifies the first line of an entry.
func lineKind(e *logentry.Entry) stacktrace.LineKind {
	if e.HTTP != nil || e.Audit != nil {
		return stacktrace.KindNone
	}
	line := e.Message
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	return stacktrace.Classify(line)
}

// lastKind classifies the last line of an entry that may be continued.
func lastKind(e *logentry.Entry, first stacktrace.LineKind) stacktrace.LineKind {
	i := strings.LastIndexByte(strings.TrimRight(e.Message, "\n"), '\n')
	if i < 0 {
		return first
	}
	k := stacktrace.Classify(e.Message[i+1:])
	if k == stacktrace.KindNone {
		return first
	}
	return k
}

// continues reports whether o carries on the message that cur began.
func continues(cur []*observation, kind stacktrace.LineKind, o *observation, k stacktrace.LineKind) bool {
	prev := cur[len(cur)-1].e
	e := o.e
	if !prev.Time.Known() || !e.Time.Known() || e.HTTP != nil || e.Audit != nil || prev.HTTP != nil || prev.Audit != nil {
		return false
	}
	if a, b := prev.Scope.Trace, e.Scope.Trace; a != "" && b != "" && a != b {
		return false // lines of two requests
	}
	gap := e.Time.Sub(prev.Time)
	if gap < 0 {
		gap = -gap
	}
	if e.Payload != prev.Payload && k == stacktrace.KindNone && e.Message != "" && prev.Message != "" {
		return false
	}
	if k == stacktrace.KindException && lineKind(cur[0].e) == stacktrace.KindException && strings.Contains(cur[0].e.Message, "\n") {
		return false // a whole trace ends where the next begins
	}
	if kind != stacktrace.KindNone && gap <= TraceGap && stacktrace.Continues(kind, firstRawLine(e.Message)) {
		return true
	}
	// A trace that follows the line that announces it.
	if k == stacktrace.KindStart && cur[0].err && gap <= BlockGap && kind == stacktrace.KindNone {
		return true
	}
	return gap <= BlockGap && blockLine(cur, o)
}

// blockLine reports whether o is a further line of a multi-line message: no
// level of its own, no start of its own, behind a line that is an error or is
// left open.
func blockLine(cur []*observation, o *observation) bool {
	e := o.e
	if e.Payload != logentry.PayloadText && e.Message != "" || e.Basis == logentry.BasisPayload || e.Basis == logentry.BasisText && !o.err {
		return false
	}
	if e.Basis == logentry.BasisDeclared && e.Severity != cur[0].e.Severity {
		return false
	}
	head := cur[0]
	if !head.err && head.strength != weak && !leftOpen(head.e.Message) {
		return false
	}
	line := firstRawLine(e.Message)
	if line == "" {
		return true
	}
	// Without declared levels, lines in one breath are one print, also where a
	// further line says "error:" once more.
	bare := undeclared(e) && undeclared(head.e)
	if o.err && !bare && !closesOpen(line) && !leftOpen(cur[len(cur)-1].e.Message) {
		return false // an error of its own
	}
	return !startsAnew(line)
}

func undeclared(e *logentry.Entry) bool {
	return e.Basis == logentry.BasisNone || e.Basis == logentry.BasisText
}

// leftOpen reports whether a text cannot be whole: it ends in a colon or an
// opening bracket, or inside a quotation.
func leftOpen(s string) bool {
	s = strings.TrimRight(s, " \t\r\n")
	if s == "" {
		return false
	}
	switch s[len(s)-1] {
	case ':', '{', '[', '(', ',':
		return true
	}
	return strings.Count(s, `"`)%2 == 1
}

func closesOpen(line string) bool {
	switch line[0] {
	case '}', ']', ')', '"', ' ', '\t':
		return true
	}
	return false
}

// startsAnew reports whether a line begins a record of its own: a time, a
// bracketed tag or a level stands at its start.
func startsAnew(line string) bool {
	if len(line) >= 5 && digits(line[:4]) && (line[4] == '-' || line[4] == '/') {
		return true
	}
	return strings.HasPrefix(line, "[20") || strings.HasPrefix(line, "[Nest]")
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func firstRawLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i]
	}
	return s
}
