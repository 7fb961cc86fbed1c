package ingest

import "logwhy/internal/logentry"

// Limit replaces the bounds of time for the next Read: for --since, whose
// start is known only once the newest entry is.
func (s *Set) Limit(from, to logentry.Time) {
	s.opts.From, s.opts.To = from, to
}
