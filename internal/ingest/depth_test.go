package ingest

import (
	"strings"
	"testing"
)

func TestValueEnd(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 100) + strings.Repeat("]}", 100)
	for _, c := range []struct {
		text string
		end  int
		how  scanEnd
	}{
		{`{}`, 2, scanWhole},
		{`{"a":1} tail`, 7, scanWhole},
		{`[{"a":"}"},"]"]`, 15, scanWhole},
		{`{"a":"\"}"}`, 11, scanWhole},
		{`{"a":"\\"}`, 10, scanWhole},
		{`{"a":"\\\""}`, 12, scanWhole},
		{"{\n\"a\":\n1\n}\n", 10, scanWhole},
		{deep, len(deep), scanWhole},
		{deep[:len(deep)-1], len(deep) - 1, scanShort},
		{`{"a":1`, 6, scanShort},
		{`{"a":"x`, 7, scanShort},
		{`{"a":"x\"`, 9, scanShort},
		{`{"a":]`, 6, scanBroken},
		{`[1}`, 3, scanBroken},
		{"{\"a\":\"x\n\"}", 7, scanBroken},
		{"{\"a\":\"x\n", 7, scanBroken},
		{"{\"a\":\"" + strings.Repeat("x", 3000) + "\ny\"}", 3006, scanBroken},
		{"{\"a\":\"x\",\n\"b\":\"y\n\"}", 16, scanBroken},
	} {
		if end, how := valueEnd([]byte(c.text), 0); end != c.end || how != c.how {
			t.Errorf("%.60q: %d %d, want %d %d", c.text, end, how, c.end, c.how)
		}
	}
}

func TestLikeness(t *testing.T) {
	for text, want := range map[string]like{
		`{}`:                                              likeNothing,
		`{"textPayload":"x"}`:                             likeEntry,
		`{"json_payload":{}}`:                             likeEntry,
		`{"insertId":"a","timestamp":"t"}`:                likeEntry,
		`{"insertId":"a"}`:                                likeNothing,
		`{"resource":{},"timestamp":"t"}`:                 likeEntry,
		`{"time":"t","msg":"x"}`:                          likeRecord,
		`{"level":"info","message":"x"}`:                  likeRecord,
		`{"message":"Not Found","documentation_url":"u"}`: likeNothing,
		`{"timestamp":"t","total":5}`:                     likeNothing,
		`{"a":{"textPayload":"x"}}`:                       likeNothing,
		`{"insertId":"a","httpRequest":{"requestUr`:       likeEntry,
		`[]`:      likeNothing,
		`{"a" 1}`: likeNothing,
	} {
		if got := likeness([]byte(text)); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

// However deep a document is nested, looking for entries in it takes bounded
// time and does not find what is too deep.
func TestDeepNesting(t *testing.T) {
	for _, open := range []string{`{"a":`, `[`, `{"a":[`} {
		n := 200_000
		text := strings.Repeat(open, n) + `{"textPayload":"x","timestamp":"2025-01-22T13:00:00Z"}`
		if _, rep := tryBytes(t, []byte(text)); rep != nil && rep.Inputs[0].Entries > 1 {
			t.Errorf("%q: %+v", open, rep.Inputs[0])
		}
	}
	inner := `{"insertId":"a","timestamp":"2025-01-22T13:00:00Z","textPayload":"x"}`
	es, _ := readBytes(t, []byte(`{"a":{"b":[{"c":{"d":[`+inner+`,`+inner+`]}}]}}`))
	if len(es) != 2 {
		t.Errorf("%d entries", len(es))
	}
}

// An entry within an entry is part of it.
func TestEntryWithinEntry(t *testing.T) {
	inner := `{"insertId":"in","timestamp":"2025-01-22T13:00:00Z","textPayload":"x"}`
	es, _ := readBytes(t, []byte(`{"entries":[{"insertId":"out","timestamp":"2025-01-22T13:00:00Z","jsonPayload":{"entries":[`+inner+`]}}]}`))
	if len(es) != 1 || es[0].InsertID != "out" {
		t.Errorf("%v", es)
	}
}
