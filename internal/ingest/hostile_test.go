package ingest

import (
	"strings"
	"testing"
	"time"
)

// Text that is made to be slow is not: what opens and never closes, what looks
// like the beginning of a record everywhere, what quotes without an end. The
// bound is generous, as machines differ; the time must not grow with the square
// of the size.
func TestHostileText(t *testing.T) {
	const size = 512 << 10
	entry := `{"insertId":"a","timestamp":"2025-01-22T13:00:00Z","textPayload":"x"}`
	for name, c := range map[string]struct{ before, again string }{
		"open braces":          {"", "{"},
		"open braces on lines": {"", "{\n"},
		"open entries":         {"", `{"insertId":"a",` + "\n"},
		"open pretty entries":  {"[\n", "  {\n    \"insertId\": \"a\",\n"},
		"open brackets":        {"", "["},
		"open in an array":     {"[" + entry + ",", `{"a":[`},
		"quotes":               {entry + "\n", `{"`},
		"escapes":              {"[" + entry + `,{"a":"`, `\\\"`},
		"closing":              {"[" + entry, "}]"},
		"prose with braces":    {"Look: {\n" + entry + "\n", "a { b [ c\n"},
		"wrapped, open":        {`{"logs":[` + entry + ",", `{"a":`},
		"csv quotes":           {"insertId,timestamp,textPayload\n", "\"a\n"},
		"csv commas":           {"insertId,timestamp,textPayload\n", ",\n"},
		"yaml":                 {"---\ninsertId: a\n", "---\n- ["},
		"yaml flow":            {"---\ninsertId: a\nlabels: ", "[{a: "},
		"yaml aliases":         {"---\ninsertId: a\na: &a [x,x,x]\nb: &b [*a,*a,*a]\nlabels: [", "*b,*b,*b,*b,"},
		"markdown ticks":       {"# A\n```\n2025-01-22T13:00:00Z x\n```\n", "`a ``b "},
		"markdown fences":      {"# A\n```\n2025-01-22T13:00:00Z x\n", "```\n~~~\n"},
		"text, one line":       {"2025-01-22T13:00:00Z x\n", "y"},
		"text, folded":         {"2025-01-22T13:00:00Z x\n", "y\n"},
		"text, partial":        {"", "2025-01-22T13:00:00.000000000Z stdout P x\n"},
		"text, brackets":       {"2025-01-22T13:00:00Z x\n", "[["},
		"table":                {"TIMESTAMP             TEXT_PAYLOAD\n2025-01-22T13:00:00Z  x\n", "é\n"},
		"record":               {"TIMESTAMP: 2025-01-22T13:00:00Z\nTEXT_PAYLOAD: x\n", "TEXT_PAYLOAD: x\n"},
		"NUL":                  {entry + "\n", "\x00"},
		"blank":                {entry + "\n", "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			text := c.before + strings.Repeat(c.again, size/len(c.again))
			start := time.Now()
			for _, after := range []string{"", "\n" + entry + "\n"} {
				tryBytes(t, []byte(text+after))
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("took %v", d)
			} else if testing.Verbose() {
				t.Logf("%v", d)
			}
		})
	}
}
