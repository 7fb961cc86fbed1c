package ingest

import (
	"encoding/json"
	"testing"

	"logwhy/internal/logentry"
)

func TestIsJSONNumber(t *testing.T) {
	for text, want := range map[string]bool{
		"0": true, "-0": true, "7": true, "-12": true, "1.5": true, "10.25e3": true, "1e9": true, "1E-9": true, "2e+4": true,
		"": false, "-": false, "01": false, "1.": false, ".5": false, "1e": false, "1e+": false, "0x1f": false, "1_000": false,
		"+1": false, "NaN": false, "1 ": false, "1.5.2": false, "12a": false,
	} {
		if got := isJSONNumber([]byte(text)); got != want || got != json.Valid([]byte(text)) && text != "1 " {
			t.Errorf("%q: %t", text, got)
		}
	}
}

// Whatever stands in a text, it is a JSON string that reads back as itself.
func TestAppendText(t *testing.T) {
	for _, text := range []string{"", "plain", "a\"b\\c/d", "\x00\x01\x1f\x7f", "tab\tline\nreturn\r", "Grüße 📬 \u2028", "</script>"} {
		var back string
		if err := json.Unmarshal(appendText(nil, []byte(text)), &back); err != nil || back != text {
			t.Errorf("%q: %q, %v", text, back, err)
		}
	}
}

func TestAppendMembers(t *testing.T) {
	b := []byte{'{'}
	b = appendMember(b, "a", nil)
	b = appendTime(b, logentry.NoTime)
	b = appendMember(b, "b", []byte("x"))
	b = appendTime(b, logentry.Time(1_500_000_000))
	if got := string(append(b, '}')); got != `{"b":"x","timestamp":"1970-01-01T00:00:01.5Z"}` {
		t.Error(got)
	}
}
