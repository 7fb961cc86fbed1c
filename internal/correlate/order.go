package correlate

import (
	"strings"

	"logwhy/internal/logentry"
)

// before orders entries: by the time at which they count, then by insertId
// where the platform makes it chronological, then by place in the input. An
// entry without a time comes last; it takes part in no order, but must stand
// somewhere.
func before(a, b *logentry.Entry) bool {
	ta, tb := a.End(), b.End()
	if ta != tb {
		if !ta.Known() || !tb.Known() {
			return ta.Known()
		}
		return ta < tb
	}
	if chronological(a) && chronological(b) && a.InsertID != b.InsertID {
		return a.InsertID < b.InsertID
	}
	// Equal times: identity first, so that the order does not depend on how
	// the entries were spread over files; the place only where there is none.
	if a.InsertID != b.InsertID {
		return a.InsertID < b.InsertID
	}
	if a.LogName != b.LogName {
		return a.LogName < b.LogName
	}
	if a.InsertID == "" && a.Message != b.Message && a.Pos.Input != b.Pos.Input {
		return a.Message < b.Message
	}
	if a.Pos.Input != b.Pos.Input {
		return a.Pos.Input < b.Pos.Input
	}
	if a.Pos.Seq != b.Pos.Seq {
		return a.Pos.Seq < b.Pos.Seq
	}
	return a.Message < b.Message
}

// chronological reports whether the insertId of an entry embeds its time, as
// Cloud Run's do: 8 hexadecimal digits of the second, 8 of the microsecond.
func chronological(e *logentry.Entry) bool {
	return len(e.InsertID) >= 20 && strings.HasPrefix(e.ResourceType, "cloud_run")
}
