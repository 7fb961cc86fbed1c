package correlate_test

import (
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
)

// missing  --1----2----3---   want: named with the same three instances
// exit     ---1----2----3--
func TestScopeSaysWhere(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1----2----3---
		exit     ---1----2----3--`)
	wantTest(t, a, "No module", "scope", incident.Told, "on the same 3 instances")
	a = played(t, 100*time.Millisecond, cast, `
		missing  --1---
		exit     ---1--`)
	wantTest(t, a, "No module", "scope", incident.Told, "on one instance, the same")
}

// Lines without revision and instance leave nothing to say.
func TestScopeKeepsSilentWithoutAny(t *testing.T) {
	entries := scene(100*time.Millisecond, cast, `
		missing  --0---
		exit     ---0--`)
	for _, e := range entries {
		e.Scope.Revision, e.Scope.Service, e.Scope.Project = "", "", ""
	}
	a := explain(t, catalogue(t), entries, 1, correlate.Options{})
	wantTest(t, a, "No module", "scope", "", "")
}

// missing  --1------   an error on one instance does not end another
// exit     ---2-----   want: no link
func TestScopeKeepsInstancesApart(t *testing.T) {
	a := played(t, 100*time.Millisecond, cast, `
		missing  --1------
		exit     ---2-----`)
	if explains(t, a, "No module", "cloudrun.container-exit") {
		t.Errorf("instance 1 explains instance 2:\n%s", outline(a))
	}
}

// old      --1------   the same instance id on another revision: a deploy lies between
// exit     ---1-----   want: no link without a trace
func TestEpochKeepsRevisionsApart(t *testing.T) {
	rows := plus(map[string]line{"old": {text: cast["missing"].text, severity: cast["missing"].severity, revision: "checkout-api-00041-abc"}})
	a := played(t, 100*time.Millisecond, rows, `
		old      --1------
		exit     ---1-----`)
	if explains(t, a, "No module", "cloudrun.container-exit") {
		t.Errorf("a cause reaches across revisions:\n%s", outline(a))
	}
}

// A request that one revision began and another failed, in one trace: joined,
// and the report says that a deploy lies between. Within one revision it keeps silent.
//
// request  --1=--   trace of 1
// old      --1---   trace of 1
func TestEpochIsToldWithinATrace(t *testing.T) {
	rows := plus(map[string]line{"old": {text: cast["column"].text, severity: cast["column"].severity, revision: "checkout-api-00041-abc"}})
	for row, result := range map[string]string{"old": incident.Told, "column": ""} {
		entries := traced(scene(100*time.Millisecond, rows, `
			request  --1---
			`+row+` --1---`))
		a := explain(t, catalogue(t), entries, 1, correlate.Options{})
		wantTest(t, a, "UndefinedColumn", "epoch", result, "checkout-api-00042-hzt")
	}
}
