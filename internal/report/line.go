package report

import "logwhy/internal/incident"

// Line is p on one line of a terminal, without fences, at most n characters
// long; what would steer the terminal or a CI job is written out.
func Line(p incident.Prose, n int) string { return clip(p.Plain(), n) }

// Word is Line for a name from the logs, such as that of a service.
func Word(s string, n int) string { return clip(s, n) }
