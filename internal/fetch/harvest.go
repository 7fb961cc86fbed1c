package fetch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/ingest"
)

// harvest ends the asking.
func (g *gatherer) harvest() (*Harvest, error) {
	if err := g.estimates(); err != nil {
		return nil, err
	}
	h := &Harvest{Sources: g.sources, Live: g.live, Calls: g.calls, Entries: g.entries}
	h.Warnings = g.warnings()
	h.Notes = g.notes()
	return h, nil
}

// estimates counts the requests of the sample as those of the window.
func (g *gatherer) estimates() error {
	if g.live.Whole || g.share <= 0 || g.sampleTo <= g.sampleFrom {
		return nil
	}
	c, err := g.collect(g.sources[g.sampleFrom:g.sampleTo])
	if err != nil {
		return err
	}
	g.live.Requests = map[correlate.Route]correlate.Answers{}
	for k, a := range c.Answered() {
		g.live.Requests[k] = correlate.Answers{All: int(float64(a.All) / g.share), Good: int(float64(a.Good) / g.share)}
	}
	return nil
}

func (g *gatherer) warnings() []incident.Warning {
	var out []incident.Warning
	add := func(code, format string, args ...any) {
		out = append(out, incident.Warning{Code: code, Text: incident.Prose(fmt.Sprintf(format, args...))})
	}
	if g.limited {
		add("limit-reached", "The limit of %d entries (`--limit`) was reached: what was not read is unknown, and so are the beginning and the end of what is reported.", g.o.Query.Limit)
	}
	if strings.HasPrefix(g.stopped, "the time") {
		add("deadline", "The time allowed for reading was over (`--deadline`) before all was asked: what is missing below may be in the logs.")
	}
	for _, a := range g.live.Asked {
		if !a.Complete && a.Reason != "" && a.Calls > 0 && g.isCut(a) {
			add("query-incomplete", "Not all came of %s: %s.", string(a.What), strings.TrimSuffix(string(incident.Short(a.Reason, 200)), "."))
		}
	}
	if g.begun != "" {
		add("onset-before", "%s.", strings.ToUpper(g.begun[:1])+g.begun[1:])
	}
	return out
}

func (g *gatherer) isCut(a incident.Asked) bool { return slices.Contains(g.cut, string(a.What)) }

// notes say what was asked, and what was not.
func (g *gatherer) notes() []incident.Prose {
	in, before := []incident.Asked{}, []incident.Asked{}
	for _, a := range g.live.Asked {
		if a.From.Before(g.o.Query.From) {
			before = append(before, a)
		} else {
			in = append(in, a)
		}
	}
	out := []incident.Prose{g.askedWords("Asked from "+clock(g.o.Query.From)+" to "+clock(g.o.Query.To), in)}
	if len(before) > 0 {
		first := before[0].From
		for _, a := range before {
			if a.From.Before(first) {
				first = a.From
			}
		}
		out = append(out, g.askedWords("Asked before that, back to "+clock(first), before))
	}
	if !g.live.Whole {
		out = append(out, "Not asked: calm lines other than these. What they hold is unknown, not absent; `--deep` reads all.")
	}
	return out
}

// askedWords lists queries in one sentence; parts of one question are one.
func (g *gatherer) askedWords(head string, list []incident.Asked) incident.Prose {
	type question struct {
		what    string
		entries int
		short   bool
	}
	var qs []question
	calls := 0
	for _, a := range list {
		calls += a.Calls
		what, _, _ := strings.Cut(string(a.What), ", part ")
		what = strings.TrimSuffix(what, newestOfRest)
		what = strings.TrimPrefix(what, "before the window: ")
		i := slices.IndexFunc(qs, func(q question) bool { return q.what == what })
		if i < 0 {
			i = len(qs)
			qs = append(qs, question{what: what})
		}
		qs[i].entries += a.Entries
		qs[i].short = qs[i].short || g.isCut(a)
	}
	parts := make([]string, len(qs))
	for i, q := range qs {
		count := "none"
		if q.entries > 0 {
			count = strconv.Itoa(q.entries)
		}
		if q.short {
			count += ", not all"
		}
		parts[i] = q.what + " (" + count + ")"
	}
	return incident.Prose(fmt.Sprintf("%s, in %s: %s.", head, many(calls, "request", "requests"), strings.Join(parts, "; ")))
}

func clock(t time.Time) string { return t.Format("2006-01-02 15:04:05Z") }

func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// Read turns what ingest tells of the sources into what correlate prints: one
// input, the API, with the account of the queries.
func (h *Harvest) Read(rep *ingest.Report) correlate.Read {
	t := rep.Total()
	in := incident.Input{
		Name: Name, Format: "logging-api", Order: ingest.OldestFirst, Bytes: t.Bytes, Entries: t.Entries, Filtered: t.Filtered,
		Skipped: t.Skipped, Duplicates: t.Duplicates, First: t.First.Time(), Last: t.Last.Time(),
	}
	out := correlate.Read{Inputs: []incident.Input{in}, Live: &h.Live, Warnings: h.Warnings}
	for _, r := range rep.Inputs {
		for _, s := range r.Skips {
			if len(out.Skips) < 10 {
				out.Skips = append(out.Skips, incident.Skip{Source: Name, Reason: s.Reason, Bytes: s.Bytes})
			}
		}
	}
	return out
}
