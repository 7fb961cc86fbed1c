package ingest

import (
	"testing"

	"logwhy/internal/logentry"
)

func TestDecode(t *testing.T) {
	var e logentry.Entry
	err := newDecoder().decode([]byte(`{"timestamp":"2026-01-15T12:00:00.5Z","severity":"ERROR","jsonPayload":{"message":"a\nb","err":{"type":"X","message":"y"}},"labels":{"instanceId":"i"}}`), &e)
	if err != nil || e.Message != "a\nb" || e.Detail != "X: y" || e.DetailField != "jsonPayload.err" {
		t.Fatalf("%v %+v", err, e)
	}
}
