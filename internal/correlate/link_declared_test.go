package correlate_test

import (
	"testing"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// declaredRows hold a fault that its rule says is contradicted by a request
// served afterwards on the same revision.
var declaredRows = plus(map[string]line{
	"syntax":   {text: "SyntaxError: '{' was never closed (orders.py, line 88)", severity: logentry.SeverityError},
	"elsewhen": {status: 200, latency: 50 * time.Millisecond, path: "/orders", revision: "checkout-api-00041-abc"},
})

// syntax    --1----------   the revision serves afterwards: what does not parse
// exit      ---1---------   cannot have been it
// served    ---------2---   want: contradicted, and not named for the exit
func TestDeclaredContradiction(t *testing.T) {
	a := played(t, 100*time.Millisecond, declaredRows, `
		syntax    --1----------
		exit      ---1---------
		served    ---------2---`)
	if explains(t, a, "SyntaxError", "cloudrun.container-exit") {
		t.Errorf("a contradicted cause is named:\n%s", outline(a))
	}
}

// served    -2-----------   served before, or on another revision: silent
// syntax    -----1-------
// exit      ------1------
func TestDeclaredKeepsSilent(t *testing.T) {
	for name, drawing := range map[string]string{
		"served before": `
			served    -2-----------
			syntax    -----1-------
			exit      ------1------`,
		"served by another revision": `
			syntax    -----1-------
			exit      ------1------
			elsewhen  ----------2--`,
	} {
		a := played(t, 100*time.Millisecond, declaredRows, drawing)
		in := about(t, a, "SyntaxError")
		if got, ok := testOf(in, "declared"); ok {
			t.Errorf("%s: declared speaks: %s", name, got.Text)
		}
		if _, v := causeOf(t, a, in); v != incident.Supported {
			t.Errorf("%s: %s, want supported", name, v)
		}
	}
}

// A fault without a declared contradiction is asked nothing.
func TestDeclaredHasNothingToAsk(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1-------
		exit     ---1------
		served   -------2--`)
	wantTest(t, a, "No module", "declared", "", "")
}
