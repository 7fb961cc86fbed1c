package report

import (
	"strings"
	"testing"

	"logwhy/internal/incident"
)

func TestLineIsOneSafeLine(t *testing.T) {
	for _, tt := range []struct {
		p    incident.Prose
		n    int
		want string
	}{
		{"`POST /orders` answers 500", 80, "POST /orders answers 500"},
		{"a\nb\r\n\tc", 80, "a b c"},
		{incident.Prose("stops " + incident.Code("x\x1b[2J\u202ey")), 80, `stops x\u001b[2J\u202ey`},
		{"a long title of some kind", 10, "a long ti…"},
	} {
		if got := Line(tt.p, tt.n); got != tt.want {
			t.Errorf("Line(%q) = %q, want %q", tt.p, got, tt.want)
		}
	}
	if got := Word("::error::x\n", 80); strings.HasPrefix(got, "::error") {
		t.Errorf("a command of a job: %q", got)
	}
}
