// Package report renders an analysis: Analysis in, bytes out, one file per
// format.
//
// Every word that depends on the logs is in the analysis already. This package
// puts words in order, writes the fixed headings between them, and makes
// foreign text safe for the format (escape_*.go). It reads no clock, no
// environment and no file; the same analysis and the same options give the
// same bytes.
//
// The manner of a report: what cannot be seen comes first, then what fails,
// the most likely cause with its verdict, what is not established, and what to
// check next, all on the first screen. A section with nothing to say is left
// out. Evidence comes last.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// Options say how to render. The zero value gives a full report for GitHub,
// 80 columns wide, in UTF-8, without colour.
type Options struct {
	Width      int  // columns of the terminal; 0 is 80
	Color      bool // ANSI colours
	ASCII      bool // nothing beyond ASCII in what a terminal gets
	Hyperlinks bool // evidence ids as OSC 8 links
	Mermaid    bool // draw flows as Mermaid; otherwise as a list
	Explain    bool // also say how the verdicts came about
	Audience   Audience
	Target     Target
	Zone       *time.Location // shown beside UTC in tables; nil is UTC alone
	// Report names the file that holds the whole report, for the last line of
	// a short one. Empty: how to get one.
	Report string
	// Written is how many bytes the summary of a job holds already: its limit is
	// that of all that a step writes.
	Written int64
}

// Audience is who reads: it decides how much is printed.
type Audience string

// Audiences. The empty one is AudiencePostmortem, and AudienceCI for an
// analysis that was held against the runs before.
const (
	AudienceOncall     Audience = "oncall"     // what is needed now, on a page
	AudiencePostmortem Audience = "postmortem" // all of it
	AudienceCI         Audience = "ci"         // a job's summary
)

// Target is where Markdown is going to be read.
type Target string

// Targets. The empty one is TargetGitHub.
const (
	TargetGitHub Target = "github"
	TargetGitLab Target = "gitlab"
	TargetPlain  Target = "plain" // no Mermaid
)

// Format is a way to render an analysis.
type Format struct {
	Name      string
	Extension string // of a file, with its dot
	Write     func(io.Writer, *incident.Analysis, Options) error
}

// Formats returns the formats in the order in which help lists them.
func Formats() []Format {
	return []Format{
		{"md", ".md", writeMarkdown},
		{"json", ".json", writeJSON},
		{"term", ".txt", writeTerminal},
		{"html", ".html", writeHTML},
		{"csv", ".csv", writeCSV},
		{"github", ".summary.md", writeGitHub},
		{"junit", ".xml", writeJUnit},
		{"slack", ".slack.json", writeSlack},
	}
}

// TimelineFormats returns the formats of the timeline alone.
func TimelineFormats() []Format {
	return []Format{
		{"term", ".txt", writeTimelineTerminal},
		{"md", ".md", writeTimelineMarkdown},
		{"csv", ".csv", writeCSV},
	}
}

// FormatNames returns the names of formats, in order.
func FormatNames(formats []Format) []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.Name)
	}
	return names
}

// Write renders a in the named format.
func Write(w io.Writer, format string, a *incident.Analysis, o Options) error {
	return write(w, Formats(), format, a, o)
}

// WriteTimeline renders the timeline of a alone.
func WriteTimeline(w io.Writer, format string, a *incident.Analysis, o Options) error {
	return write(w, TimelineFormats(), format, a, o)
}

func write(w io.Writer, formats []Format, name string, a *incident.Analysis, o Options) error {
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if o.Audience == "" && a.States != nil { // it was made by a job
		o.Audience = AudienceCI
	}
	if i < 0 {
		return fmt.Errorf("no format %q; there are %s", name, strings.Join(FormatNames(formats), ", "))
	}
	if err := formats[i].Write(w, a, o); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
