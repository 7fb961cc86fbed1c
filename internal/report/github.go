package report

import (
	"fmt"
	"io"
	"strings"

	"logwhy/internal/incident"
)

// Limits of GitHub Actions. A summary above 1024 KiB is dropped as a whole;
// of annotations, ten errors and ten warnings of a step are kept.
//
// See https://docs.github.com/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits.
const (
	summaryBudget  = 900 << 10
	leastSummary   = 8 << 10 // what is written even where others have filled the summary
	maxAnnotations = 10
)

// writeGitHub writes the summary of a job: the report one size smaller, with
// what is new against the baseline on top, cut from the bottom where it would
// not fit. It ends in an empty line, since summaries are appended to.
func writeGitHub(w io.Writer, a *incident.Analysis, o Options) error {
	if o.Audience == "" {
		o.Audience = AudienceCI
	}
	o.Target = TargetGitHub
	budget := max(summaryBudget-int(min(max(o.Written, 0), summaryBudget)), leastSummary)
	_, err := io.WriteString(w, newMarkdown(a, o, 3).document(budget-1)+"\n")
	return err
}

// WriteAnnotations writes the incidents that are not over as workflow commands
// of GitHub Actions, one line each: the worst as errors, the others as
// warnings, no more than GitHub keeps. Against the runs before, it is what is
// new, regressed or escalating instead. The lines act when they are printed to
// the standard output of a step.
func WriteAnnotations(w io.Writer, a *incident.Analysis, o Options) error {
	if a.States != nil {
		return annotateStates(w, a.States)
	}
	errors, warnings, left := 0, 0, 0
	for n := range a.Incidents {
		i := &a.Incidents[n]
		kind, count := "warning", &warnings
		if i.Severity == incident.Critical || i.Severity == incident.High {
			kind, count = "error", &errors
		}
		if i.Status == incident.Resolved {
			continue
		}
		if *count == maxAnnotations-1 {
			left++ // one is kept for saying so
			continue
		}
		*count++
		if err := annotation(w, kind, i.Severity+", "+i.Status+": "+bare(i.Title), annotationText(i)); err != nil {
			return err
		}
	}
	if left > 0 {
		return annotation(w, "warning", "logwhy", "and "+many(left, "more incident")+", in the summary of the job")
	}
	return nil
}

func annotation(w io.Writer, kind, title, text string) error {
	_, err := fmt.Fprintf(w, "::%s title=%s::%s\n", kind, commandProperty(clip(title, 200)), commandData(text))
	return err
}

// annotationText is what fails, the cause and the next check, a line each.
func annotationText(i *incident.Incident) string {
	s := i.Summary
	lines := []string{bare(s.Fails)}
	if established(i) {
		lines = append(lines, "Most likely cause"+verdictInParens(s.Verdict)+": "+bare(s.Cause))
	} else {
		lines = append(lines, "Cause: not established.")
	}
	if len(s.Next) > 0 {
		lines = append(lines, "Check next: "+bare(s.Next[0].Text))
	}
	for k := range lines {
		lines[k] = clip(lines[k], 600)
	}
	return strings.Join(lines, "\n")
}

// baseline lists what changed against the runs before, for a job's summary.
func (m *markdown) baseline() {
	if m.a.States != nil { // told in full
		return
	}
	var rows [][]string
	total := 0
	for _, state := range stateOrder {
		for n := range m.a.Findings {
			f := &m.a.Findings[n]
			if f.State != state {
				continue
			}
			if total++; len(rows) < maxIncidentRows {
				rows = append(rows, []string{boldState(state), m.cell(f.Title), serviceCell(f), counted(f), m.clock.span(f.First, f.Last), m.cell(f.StateWhy)})
			}
		}
	}
	if len(rows) == 0 {
		return
	}
	const title = "Against the runs before"
	m.heading(1, title)
	m.table([]string{"state", "what", "service", "times", "seen", "because"}, rows)
	m.more(total, len(rows), "finding")
	m.end(title)
}

func serviceCell(f *incident.Finding) string {
	if f.Scope.Service == "" {
		return ""
	}
	return markdownCode(f.Scope.Service, true)
}
