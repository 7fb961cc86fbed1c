package main

import (
	"fmt"
	"strings"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/fetch"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// harvest says what was followed and what was not, for the report.
func (w *watcher) harvest(failed error) *fetch.Harvest {
	from := w.begun
	if !w.follow.Since.IsZero() {
		from = w.follow.Since
	}
	warnings := w.warnings(failed)
	asked := incident.Asked{
		What: "the entries as they came", Resources: w.follow.Resources, Filter: w.follow.Filter,
		From: from, To: w.ended, Calls: w.result.Sessions, Entries: w.feed.entries, Complete: len(warnings) == 0,
	}
	if !asked.Complete {
		asked.Reason = warnings[0].Code
	}
	if len(asked.Resources) > 0 {
		asked.Link = logentry.QueryLink(asked.Resources[0], asked.Filter, from, w.ended)
	}
	return &fetch.Harvest{
		Live: correlate.Live{
			Asked: []incident.Asked{asked}, From: logentry.TimeOf(from), To: logentry.TimeOf(w.ended),
			Whole: asked.Complete, Cut: !asked.Complete,
		},
		Warnings: warnings, Notes: []incident.Prose{w.account(from)}, Calls: w.result.Sessions, Entries: w.feed.entries,
	}
}

// warnings are what was missed, and why.
func (w *watcher) warnings(failed error) []incident.Warning {
	var out []incident.Warning
	add := func(code, format string, args ...any) {
		out = append(out, incident.Warning{Code: code, Text: incident.Prose(fmt.Sprintf(format, args...))})
	}
	if n := w.result.RateLimited; n > 0 {
		add("suppressed", "The server left out at least %s, as there were more than it sends in a minute. What they hold is unknown: watch less, with `--service` or `--filter`.", countOf(n, "entry", "entries"))
	}
	if n := w.result.NotConsumed; n > 0 {
		add("suppressed", "The server left out at least %s, as they were not read fast enough. What they hold is unknown: watch less, with `--service` or `--filter`.", countOf(n, "entry", "entries"))
	}
	for _, g := range w.result.Gaps {
		if g.Complete {
			continue
		}
		why := ""
		if g.Why != "" {
			why = " (" + string(incident.Short(g.Why, 120)) + ")"
		}
		add("tail-gap", "Nothing was followed %s%s, and not all of it was listed afterwards: %s.", gapWords(g), why, string(incident.Short(g.Reason, 200)))
	}
	if w.feed.full {
		add("limit-reached", "The limit of %d entries (`--limit`) was reached: what came later is unknown.", w.feed.limit)
	}
	if failed != nil {
		line, _, _ := strings.Cut(failed.Error(), "\n")
		add("tail-failed", "The watch ended early: %s.", string(incident.Short(line, 200)))
	}
	return out
}

// account says in a sentence what was followed.
func (w *watcher) account(from time.Time) incident.Prose {
	listed, breaks := 0, 0
	for _, g := range w.result.Gaps {
		listed += g.Entries
		if g.Why != "" && !g.Routine {
			breaks++
		}
	}
	text := fmt.Sprintf("Followed from %s to %s: %s in %s.", stampOf(from), stampOf(w.ended), countOf(w.feed.entries, "entry", "entries"), countOf(w.result.Sessions, "session", "sessions"))
	if breaks > 0 || listed > 0 {
		text += fmt.Sprintf(" What was logged before and between sessions was listed afterwards: %s.", countOf(listed, "entry", "entries"))
	}
	return incident.Prose(text)
}

func stampOf(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
