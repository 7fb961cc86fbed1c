package correlate

import (
	"fmt"
	"sort"
	"strings"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// coverage says what was read, and what its limits mean for the rest.
func (x *explainer) coverage() incident.Coverage {
	c := x.c
	cov := incident.Coverage{
		Entries: c.entries, Untimed: c.untimed, Errors: c.errors, From: c.first.Time(), To: c.last.Time(),
		Filter: x.read.Filter, Skips: x.read.Skips, Warnings: []incident.Warning{}, Cut: x.cutAtSymptom(),
	}
	for _, in := range x.read.Inputs {
		cov.Filtered += in.Filtered
		cov.Skipped += in.Skipped
		cov.Duplicates += in.Duplicates
	}
	projects, services, revisions := map[string]bool{}, map[string]bool{}, map[string]bool{}
	instances := map[uint64]bool{}
	for k, s := range c.scopes {
		note(projects, k[0])
		note(services, k[1])
		note(revisions, k[2])
		for h := range s.instances {
			instances[h] = true
		}
	}
	cov.Projects, cov.Services, cov.Revisions, cov.Instances = sortedSet(projects), sortedSet(services), sortedSet(revisions), len(instances)
	for _, k := range sortedKeys(c.logs) {
		cov.Logs = append(cov.Logs, incident.Count{Name: k, N: *c.logs[k]})
	}
	for _, k := range sortedKeys(c.severities) {
		cov.Severities = append(cov.Severities, incident.Count{Name: k, N: c.severities[k]})
	}
	if x.read.Live != nil {
		cov.Asked = x.read.Live.Asked
	}
	for _, p := range x.read.Pulled {
		cov.Asked = append(cov.Asked, p.Asked)
	}
	cov.Warnings = append(cov.Warnings, x.read.Warnings...)
	cov.Warnings = append(cov.Warnings, x.warnings()...)
	cov.Banner = x.banner(cov)
	return cov
}

// cutAtSymptom reports whether the input is cut and the first incident is as
// old as its oldest entry.
func (x *explainer) cutAtSymptom() bool {
	if !x.cut() {
		return false
	}
	for _, g := range x.groups {
		if g.first.Known() && g.first.Sub(x.c.first) < InstanceReach {
			return true
		}
	}
	return false
}

func (x *explainer) warnings() []incident.Warning {
	var out []incident.Warning
	add := func(code, format string, args ...any) {
		out = append(out, incident.Warning{Code: code, Text: sentence(upper(incident.Prose(fmt.Sprintf(format, args...))))})
	}
	for _, in := range x.read.Inputs {
		if n := in.Entries + in.Duplicates; roundLimit(n) && in.Order != "oldest-first" && n >= 10 && !x.whole(in.Name) {
			add("limit-reached", "%s holds %d entries, a usual `--limit`: older entries are probably missing, and the onset may be cut off", incident.Code(in.Name), n)
		}
		if in.Lossy {
			add("lossy-input", "%s is text (%s), not JSON: fields such as insertId, revision and instance are missing", incident.Code(in.Name), in.Format)
		}
		if in.Skipped > 0 {
			add("skipped-records", "%d %s of %s could not be read", in.Skipped, plural(in.Skipped, "record", "records"), incident.Code(in.Name))
		}
	}
	for _, p := range x.read.Pulled {
		if !p.Asked.Complete {
			add("pull-incomplete", "%s does not hold all that it was pulled for (%s). What is missing in it may be in the logs", incident.Code(p.Input), incident.Code(p.Asked.Reason))
		}
	}
	c := x.c
	if c.entries > 0 && len(x.groups) > 0 && !x.hasLog("cloudaudit.googleapis.com/activity") && !x.hasLog("cloudaudit.googleapis.com/system_event") {
		if x.auditAsked() {
			add("no-audit-log", "audit entries of changes were asked for, and none came")
		} else {
			add("no-audit-log", "no audit log is in the input: deploys and changes are invisible")
		}
	}
	if c.entries > 0 && len(x.groups) > 0 && len(c.routes) == 0 {
		add("no-request-log", "no request log is in the input: there is no denominator, and callers are invisible")
	}
	if n := c.severities[""]; n > 0 && n*2 > c.entries && !x.partial() {
		add("severity-inferred", "%d of %d entries declare no severity; their level was taken from their text where it has one", n, c.entries)
	}
	if only := x.onlyErrors(); only != "" && x.read.Live == nil && !x.unfiltered() {
		add("severity-filtered", "%s", only)
	}
	if c.untimed > 0 {
		add("untimed", "%d %s no time: quoted and counted, and part of no order", c.untimed, plural(c.untimed, "entry has", "entries have"))
	}
	if x.bounded {
		add("bounded", "%d observations were kept whole of %d; counts of single events are exact, tests run on a sample", x.kept, x.c.kept.seen)
	}
	if c.cells.bounded() {
		add("patterns-bounded", "more than %d distinct error texts: %d are counted one by one, the rest by their first words%s", c.opt.MaxPatterns, c.cells.n[patterned], x.unshownWords())
	}
	if x.read.EqualTimeText > 0 {
		add("equal-entries", "%d entries share time and text with another and have no insertId; they were all counted", x.read.EqualTimeText)
	}
	if c.badUTF8 > 0 {
		add("invalid-utf8", "%d byte sequences were no valid UTF-8 and are shown as U+FFFD", c.badUTF8)
	}
	if gap, ok := x.largestGap(); ok && !x.partial() {
		add("gap", "%s", gap)
	}
	return out
}

// onlyErrors notes that an export was probably filtered by severity: what is
// said to be missing is then missing from the input, not from the logs.
func (x *explainer) onlyErrors() string {
	n := 0
	for s, c := range x.c.severities {
		if s == "ERROR" || s == "CRITICAL" || s == "ALERT" || s == "EMERGENCY" {
			n += c
		}
	}
	if n == x.c.entries && n > 0 {
		return "all entries have level ERROR or above, so the export was probably filtered by severity; what is missing here may be in the logs"
	}
	return ""
}

// largestGap finds a silent stretch of all services that is long beside the window.
func (x *explainer) largestGap() (string, bool) {
	minutes := map[int64]bool{}
	for k := range x.c.minutes {
		minutes[k.minute] = true
	}
	if len(minutes) < 2 {
		return "", false
	}
	list := make([]int64, 0, len(minutes))
	for m := range minutes {
		list = append(list, m)
	}
	sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	var from, size int64
	for i := 1; i < len(list); i++ {
		if d := list[i] - list[i-1]; d > size {
			from, size = list[i-1], d
		}
	}
	if size < 15 {
		return "", false
	}
	a, b := logentry.Time((from+1)*60e9), logentry.Time((from+size)*60e9)
	return fmt.Sprintf("no entry at all between %s and %s: no data, not health", x.clock(a), x.clock(b)), true
}

// banner is what the reader must know before the first finding.
func (x *explainer) banner(cov incident.Coverage) []incident.Prose {
	var out []incident.Prose
	if cov.Cut {
		out = append(out, incident.Prose(fmt.Sprintf("The input is cut. It holds the newest %d entries only (%s, %s to %s). When this began is not in it.",
			cov.Entries, duration(x.c.last.Sub(x.c.first)), x.clock(x.c.first), x.clock(x.c.last))))
	}
	lossy := 0
	for _, in := range x.read.Inputs {
		if in.Lossy {
			lossy++
		}
	}
	if lossy > 0 && lossy == len(x.read.Inputs) && len(cov.Services) == 0 {
		out = append(out, "The input is not an export. Its lines carry no service, revision, instance or trace. What is absent here may still be in the logs.")
	}
	return out
}

// reported holds what the user says against what was seen.
func (x *explainer) reported() []incident.Reported {
	var out []incident.Reported
	for _, s := range x.opt.Symptoms {
		r := incident.Reported{Text: s, Note: "reported, not observed: no entry shows it"}
		for _, f := range x.findings {
			if f.shows(s) {
				r.Observed, r.Finding = true, f.id
				r.Note = incident.Prose("observed" + refs(x.ev.events(f.events[0])))
				break
			}
		}
		out = append(out, r)
	}
	return out
}

// shows reports whether all words of a reported symptom stand in an event.
func (f *finding) shows(symptom string) bool {
	words := strings.Fields(strings.ToLower(symptom))
	for _, ev := range f.events {
		text := strings.ToLower(ev.text)
		all := len(words) > 0
		for _, w := range words {
			if !strings.Contains(text, w) {
				all = false
				break
			}
		}
		if all {
			return true
		}
	}
	return false
}

// titles writes the line above several incidents, and numbers the questions of
// all of them in one row, each asked once.
func (x *explainer) titles(a *incident.Analysis) {
	asked := map[incident.Prose]bool{}
	n := 0
	for i := range a.Incidents {
		qs := a.Incidents[i].Questions
		kept := qs[:0]
		for _, q := range qs {
			if asked[q.Text] {
				continue
			}
			asked[q.Text] = true
			n++
			q.ID = fmt.Sprintf("Q%d", n)
			kept = append(kept, q)
		}
		a.Incidents[i].Questions = kept
	}
	if len(a.Incidents) < 2 {
		return
	}
	a.Lead = incident.Prose(fmt.Sprintf("%d incidents. Nothing in the input ties one to another.", len(a.Incidents)))
}

func (x *explainer) unshownWords() string {
	if x.unshown == 0 {
		return ""
	}
	return fmt.Sprintf("; %d of these events are in no finding below", x.unshown)
}
