package ingest

import (
	"strings"
	"testing"
)

func TestDecodeAll(t *testing.T) {
	const a = `{"insertId":"a","textPayload":"one"}`
	const b = `{"insertId":"b","jsonPayload":{"message":"two","err":"three"}}`
	for _, data := range []string{"[" + a + "," + b + "]", a + "\n" + b, a + "[" + b + "]"} {
		entries, err := DecodeAll([]byte(data))
		if err != nil || len(entries) != 2 {
			t.Errorf("%s: %d entries, %v", data, len(entries), err)
			continue
		}
		if e := entries[1]; e.InsertID != "b" || e.Message != "two" || e.Detail != "three" || e.Pos.Record != 2 {
			t.Errorf("%s: second entry %+v", data, e)
		}
	}
	for data, want := range map[string]string{
		a + `{"insertId":`: "record 2: malformed JSON",
		`[` + a + `, 17]`:  "record 2: not a JSON object",
		`{"order":1}`:      "record 1: no field of a log entry",
	} {
		if _, err := DecodeAll([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", data, err, want)
		}
	}
	if entries, err := DecodeAll(nil); len(entries) != 0 || err != nil {
		t.Errorf("nothing: %v, %v", entries, err)
	}
}
