package correlate_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/signature"
)

// inOrder is a rule of a sequence whose steps are written in place.
const inOrder = `rules:
  - cre:
      id: CRE-2026-9001
      title: The ledger stops after a warning
      severity: 1
    rule:
      sequence:
        window: 10s
        event: {source: cre.log.ledger}
        order:
          - value: ledger is nearly full
          - value: ledger stops taking entries
        negate:
          - value: ledger was truncated
`

// A sequence fires when its steps come in order and nothing that speaks
// against it lies between; its steps alone are no findings.
//
//	warning  --1------   warning  --1------   warning  --1---
//	stops    -----1---   clean    ----1----
//	                     stops    -----1---
//	want     fires       silent               silent, and no finding
func TestStepsAreNoFindings(t *testing.T) {
	cat, bad := signature.Load([]signature.Source{{FS: fstest.MapFS{"ledger.yaml": {Data: []byte(inOrder)}}, Root: "mine"}}, signature.Options{})
	if len(bad) > 0 {
		t.Fatal(bad[0])
	}
	rows := map[string]line{"warning": {text: "ledger is nearly full"}, "stops": {text: "ledger stops taking entries"}, "clean": {text: "ledger was truncated"}}
	for name, c := range map[string]struct {
		drawing string
		want    int
	}{
		"in order":  {"warning --1------\nstops -----1---", 1},
		"cleaned":   {"warning --1------\nclean ----1----\nstops -----1---", 0},
		"one alone": {"warning --1------", 0},
	} {
		a := explain(t, cat, scene(time.Second, rows, c.drawing), 1, correlate.Options{})
		fired := 0
		for _, f := range a.Findings {
			if strings.Contains(f.Signature, "#") {
				t.Errorf("%s: the step %s is a finding", name, f.Signature)
			}
			if f.Signature == "cre.cre-2026-9001" {
				fired += f.Count
			}
		}
		if fired != c.want {
			t.Errorf("%s: fired %d times, want %d", name, fired, c.want)
		}
	}
}
