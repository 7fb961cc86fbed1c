// Package correlate turns entries into an analysis.
//
// It works in two passes. A Collector per worker observes entries in any
// order; collectors merge to the same result whatever the partition. Then
// Explain works through the observations in time order:
//
//  1. Order. Observations are sorted by time, then identity; input order is irrelevant.
//  2. Join. Stack traces, split entries and multi-line messages become one event.
//  3. Track. Sequences, sets and counts give their name to the event that completes them.
//  4. Find. Events of one signature or pattern in one service become a finding.
//  5. Link. Each occurrence goes to its nearest candidate cause, and every link
//     between findings is tested on what it holds.
//  6. Explain. Incidents get a why-tree that stops where evidence stops, phases,
//     a severity by impact, and the checks that would tell more.
//
// The result depends only on the entries, the signatures and the options: no
// clock, no environment, no map order. Package correlate reads no files and
// writes no output; its sentences are incident.Prose.
package correlate

import (
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// Options tune an analysis. The zero value is what a user gets without flags.
type Options struct {
	Gap        time.Duration // a silence that ends a phase; 0 means GapDefault
	QuietAfter time.Duration // 0 means QuietAfterDefault
	Symptoms   []string      // symptoms the user reports (--symptom)
	MaxKept    int           // observations kept whole; 0 means KeptDefault
	MaxContext int           // context lines kept; 0 means ContextDefault
	// MaxPatterns bounds the distinct names of events that are counted one by
	// one; 0 means PatternsDefault.
	MaxPatterns int

	Events   []StatedEvent // what happened elsewhere (--events), in the order of time
	Context  Context       // what people state of the services (--context)
	Baseline *Baseline     // a normal stretch to compare with; nil for none
	Tally    bool          // also count to the minute, see incident.Tally
}

// Read is what is known of the reading: it comes from package ingest, or from
// the API, and goes into coverage.
type Read struct {
	Inputs []incident.Input
	Skips  []incident.Skip
	// Filter and From, To are what was asked for; zero when not stated.
	Filter   string
	From, To logentry.Time
	// EqualTimeText counts entries of equal time and text that have no insertId.
	EqualTimeText int
	// Warnings are limits that the reader met.
	Warnings []incident.Warning
	Live     *Live // of a live read; nil for inputs
	// Pulled says of inputs that were pulled what they were asked for.
	Pulled []Pulled
	Tool   incident.Tool
}

// Analyze explains what the collectors observed.
func Analyze(cat *signature.Catalog, c *Collector, read Read, opt Options) *incident.Analysis {
	x := newExplainer(cat, c, read, opt.withDefaults())
	x.span()
	x.spanPulled()
	x.order()
	x.joinEvents()
	x.track()
	x.find()
	x.link()
	x.group()
	return x.write()
}

func (o Options) withDefaults() Options {
	if o.Gap == 0 {
		o.Gap = GapDefault
	}
	if o.QuietAfter == 0 {
		o.QuietAfter = QuietAfterDefault
	}
	if o.MaxKept == 0 {
		o.MaxKept = KeptDefault
	}
	if o.MaxContext == 0 {
		o.MaxContext = ContextDefault
	}
	if o.MaxPatterns == 0 {
		o.MaxPatterns = PatternsDefault
	}
	return o
}
