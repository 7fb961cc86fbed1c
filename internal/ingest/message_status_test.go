package ingest

import "testing"

// Of a warning that is no report of a failure by its words, a status counts
// that names the matter by its number.
func TestStatusBesideAWarning(t *testing.T) {
	for _, c := range []struct{ record, want string }{
		{`{"severity":"WARNING","jsonPayload":{"event":"metrics.fetch_skip","status":402}}`, "status=402"},
		{`{"severity":"WARNING","jsonPayload":{"event":"metrics.fetch_skip","status":429}}`, "status=429"},
		{`{"severity":"WARNING","jsonPayload":{"event":"metrics.fetch_skip","status":404}}`, ""},
		{`{"severity":"INFO","jsonPayload":{"event":"metrics.fetch_skip","status":402}}`, ""},
		{`{"severity":"ERROR","jsonPayload":{"event":"metrics.fetch_skip","status":404}}`, "status=404"},
	} {
		es, err := DecodeAll([]byte(c.record))
		if err != nil || len(es) != 1 {
			t.Fatalf("%s: %d entries, %v", c.record, len(es), err)
		}
		if es[0].Detail != c.want {
			t.Errorf("%s: detail %q, want %q", c.record, es[0].Detail, c.want)
		}
	}
}
