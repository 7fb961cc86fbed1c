package cloudlogtest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// What the bounds leave out must not match; what they leave open costs time only.
func TestBoundsOfAFilter(t *testing.T) {
	const a, b = "2026-03-03T14:00:00Z", "2026-03-03T15:00:00Z"
	for _, tt := range []struct{ filter, from, to string }{
		{``, "", ""},
		{`timestamp>="A"`, a, ""},
		{`timestamp > "A" AND timestamp < "B" AND severity>=ERROR`, a, b},
		{"timestamp>=\"A\"\ntimestamp<=\"B\"", a, b},
		{`timestamp="A"`, a, a},
		{`timestamp>="A" OR severity=ERROR`, "", ""},
		{`(timestamp>="A" AND timestamp<"B") OR (timestamp>="B" AND severity=ERROR)`, a, ""},
		{`timestamp<"A" OR timestamp<"B"`, "", b},
		{`NOT timestamp>="A"`, "", ""},
		{`-timestamp>="A" timestamp<"B"`, "", b},
		{`timestamp>="A" AND timestamp>="B"`, b, ""},
		{`receiveTimestamp>="A"`, "", ""},
		{`textPayload:"timestamp>=A"`, "", ""},
		{`timestamp!="A"`, "", ""},
	} {
		f, err := compile(strings.NewReplacer(`"A"`, `"`+a+`"`, `"B"`, `"`+b+`"`).Replace(tt.filter))
		if err != nil {
			t.Errorf("%s: %v", tt.filter, err)
			continue
		}
		if !f.from.Equal(parsed(t, tt.from)) || !f.to.Equal(parsed(t, tt.to)) {
			t.Errorf("%s: from %s to %s, want %q %q", tt.filter, f.from, f.to, tt.from, tt.to)
		}
	}
}

func parsed(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

const long = `{"logName":"projects/p/logs/x","insertId":"big","timestamp":"2026-03-03T14:00:00.120Z","textPayload":"one two three at 2026-03-03T13:59:59Z","receiveTimestamp":"2026-03-03T14:00:01Z"}`

func TestShiftMovesEveryTime(t *testing.T) {
	moved, err := FromJSON(t, long).Shift(24 * time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(long, "-03T1", "-04T1")
	if got := string(moved.JSON(0)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSplitCutsAText(t *testing.T) {
	parts, err := Split([]byte(long), 3)
	if err != nil || len(parts) != 3 {
		t.Fatal(parts, err)
	}
	var text string
	for i, p := range parts {
		var e struct {
			InsertID, TextPayload string
			Split                 struct {
				UID                string
				Index, TotalSplits int
			}
		}
		if err := json.Unmarshal(p, &e); err != nil {
			t.Fatal(err)
		}
		if e.Split.UID != "big" || e.Split.Index != i || e.Split.TotalSplits != 3 {
			t.Errorf("part %d: %+v", i, e.Split)
		}
		text += e.TextPayload
	}
	if text != "one two three at 2026-03-03T13:59:59Z" {
		t.Errorf("together %q", text)
	}
	if _, err := Split([]byte(`{"insertId":"x"}`), 2); err == nil {
		t.Error("nothing was split")
	}
}

func TestLoadRefusesWhatTheServiceWouldNotHold(t *testing.T) {
	for _, bad := range []string{`{"textPayload":"no time"}`, `{`, `"text"`} {
		if e, err := Load([]byte(bad)); err == nil {
			t.Errorf("%s: %d entries", bad, e.Len())
		}
	}
	e := FromJSON(t, strings.Replace(long, `"insertId":"big",`, "", 1))
	if e.Entry(0).InsertID == "" {
		t.Error("an entry without an insertId got none")
	}
}
