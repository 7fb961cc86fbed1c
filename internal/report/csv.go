package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// writeCSV writes the timeline for a spreadsheet: one event a row, times in
// UTC as RFC 3339, nothing that a spreadsheet would compute.
func writeCSV(w io.Writer, a *incident.Analysis, o Options) error {
	out := csv.NewWriter(w)
	header := []string{"time", "until", "count", "seconds_since_last", "kind", "role", "level", "service", "revision", "instance", "incident", "finding", "change", "what", "evidence", "source", "link"}
	if a.States != nil { // a column more, for those who compare runs
		header = append(header, "state")
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for _, r := range timelineRows(a) {
		if err := out.Write(csvRow(a, r)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvRow(a *incident.Analysis, r row) []string {
	e := r.event
	count := max(e.Count, 1)
	if e.Kind == kindGap || e.Kind == kindPhase {
		count = 0
	}
	since := ""
	if r.since > 0 {
		since = strconv.FormatFloat(r.since.Seconds(), 'f', -1, 64)
	}
	var source, link string
	if len(e.Evidence) > 0 {
		first := a.Evidence[e.Evidence[0]]
		source, link = first.Source, safeURL(first.Link)
	}
	row := []string{
		csvTime(e.Time), csvTime(e.To), strconv.Itoa(count), since, e.Kind, e.Role, e.Level,
		e.Scope.Service, e.Scope.Revision, e.Scope.Instance, e.Incident, e.Finding, e.Change,
		e.What.Plain(), strings.Join(e.Evidence, " "), source, link,
	}
	if a.States != nil {
		row = append(row, findingState(a, e.Finding))
	}
	for i := range row {
		row[i] = csvField(row[i])
	}
	return row
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// findingState is the state of the failure that an event is of, or "".
func findingState(a *incident.Analysis, id string) string {
	for i := range a.Findings {
		if a.Findings[i].ID == id {
			return a.Findings[i].State
		}
	}
	return ""
}
