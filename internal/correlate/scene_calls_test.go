package correlate_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// of moves entries of a scene to another service.
func of(service string, entries []*logentry.Entry) []*logentry.Entry {
	for _, e := range entries {
		e.Scope.Service, e.Scope.Revision = service, service+"-00007-abc"
		if e.Scope.Instance != "" {
			e.Scope.Instance = service + "-" + e.Scope.Instance
		}
		e.InsertID = service + e.InsertID
		if e.HTTP != nil {
			e.HTTP.URL = strings.Replace(e.HTTP.URL, "checkout-api", service, 1)
			e.Message = strings.Replace(e.Message, "checkout-api", service, 1)
		}
	}
	return entries
}

// tied returns the verdict on a cause of the incident that shows a symptom, ""
// when no such incident names that cause.
func tied(a *incident.Analysis, symptom, cause string) string {
	cites := func(ids []string, text string) bool {
		for _, id := range ids {
			if strings.Contains(a.Evidence[id].Message, text) {
				return true
			}
		}
		return false
	}
	for _, i := range a.Incidents {
		shows := false
		for _, f := range a.Findings {
			shows = shows || slices.Contains(i.Symptoms, f.ID) && cites(f.Evidence, symptom)
		}
		for _, c := range i.Causes {
			if shows && cites(c.Evidence, cause) {
				return c.Verdict
			}
		}
	}
	return ""
}

// Errors that name the host of another service are tied to what failed there,
// and to nothing else.
func TestCalls(t *testing.T) {
	cat := catalogue(t)
	line5xx := func(status int) line { return line{status: status, latency: 100 * time.Millisecond, path: "/charge"} }
	errorLine := func(text string) line { return line{text: text, severity: logentry.SeverityError} }
	rows := map[string]line{
		"missing": cast["missing"], "exit": cast["exit"],
		"broken": errorLine("psycopg2.errors.UndefinedColumn: column charges.voucher_id does not exist"),
		"failed": line5xx(500), "served": line5xx(200), "front": {status: 500, latency: 250 * time.Millisecond, path: "/orders"},
	}
	ledgerFails := "broken -----1---\nfailed -----1---"
	ledgerDown := "missing --1-----\nexit ---1----"
	tests := []struct {
		name, text, ledger, other string
		context                   correlate.Context
		cause, want               string
	}{
		{name: "by its name in the cluster, after a crash", text: "connect ECONNREFUSED ledger.default.svc:8080", ledger: ledgerDown, cause: "No module named", want: incident.Plausible},
		{name: "by its address on run.app", text: "Request to https://ledger-a1b2c3d4e5-ew.a.run.app/charge failed with status code 500", ledger: ledgerFails, cause: "voucher_id", want: incident.Plausible},
		{name: "by its address with the number of the project", text: "Request to https://ledger-123456789012.europe-west1.run.app/charge failed with status code 500", ledger: ledgerFails, cause: "voucher_id", want: incident.Plausible},
		{name: "by the host of its own requests", text: "Request to https://ledger.a.run.app/charge failed with status code 500", ledger: ledgerFails, cause: "voucher_id", want: incident.Plausible},
		{name: "by a host that people state", text: "AxiosError: Request failed with status code 500, host money.example.com", ledger: ledgerFails, cause: "voucher_id", want: incident.Plausible,
			context: correlate.Context{Services: []correlate.ServiceContext{{Name: "ledger", Hosts: []string{"money.example.com"}}}}},
		{name: "by the bare name in an address", text: "POST http://ledger:8080/charge failed with status code 500", ledger: ledgerFails, cause: "voucher_id", want: incident.Plausible},

		{name: "by a short host that people state, with its port", text: "connect ECONNREFUSED money:8080", ledger: ledgerDown, cause: "No module named", want: incident.Plausible,
			context: correlate.Context{Services: []correlate.ServiceContext{{Name: "ledger", Hosts: []string{"money"}}}}},

		{name: "a word that is a stated host elsewhere", text: "no money, Request failed with status code 500", ledger: ledgerFails, cause: "voucher_id",
			context: correlate.Context{Services: []correlate.ServiceContext{{Name: "ledger", Hosts: []string{"money"}}}}},
		{name: "the bare name without an address", text: "ledger: Request failed with status code 500", ledger: ledgerFails, cause: "voucher_id"},
		{name: "another host", text: "Request to https://mailer-a1b2c3d4e5-ew.a.run.app/charge failed with status code 500", ledger: ledgerFails, cause: "voucher_id"},
		{name: "another path", text: "Request to https://ledger-a1b2c3d4e5-ew.a.run.app/refund failed with status code 500", ledger: ledgerFails, cause: "voucher_id"},
		{name: "another status", text: "Request to https://ledger-a1b2c3d4e5-ew.a.run.app/charge failed with status code 503", ledger: ledgerFails, cause: "voucher_id"},
		{name: "a status that is no failure of the callee", text: "Request to https://ledger-a1b2c3d4e5-ew.a.run.app/charge failed with status code 403", ledger: ledgerFails, cause: "voucher_id"},
		{name: "the callee serves", text: "connect ECONNREFUSED ledger.default.svc:8080", ledger: "served --2-2-2-2", cause: "charge"},
		{name: "another instance serves", text: "connect ECONNREFUSED ledger.default.svc:8080", ledger: ledgerDown + "\nserved -2----2-", cause: "No module named"},
		{name: "too long ago", text: "Request to https://ledger-a1b2c3d4e5-ew.a.run.app/charge failed with status code 500", ledger: "broken 1-------\nfailed 1-------",
			other: strings.Repeat("-", 90) + "1", cause: "voucher_id"},
		{name: "no host at all", text: "Request failed with status code 500", ledger: ledgerFails, cause: "voucher_id"},
	}
	for _, tt := range tests {
		rows["call"] = errorLine(tt.text)
		when := "--1-"
		if tt.other != "" {
			when = tt.other
		}
		entries := append(scene(100*time.Millisecond, rows, "front --"+when+"\ncall ----"+when), of("ledger", scene(100*time.Millisecond, rows, tt.ledger))...)
		a := explain(t, cat, entries, 2, correlate.Options{Context: tt.context})
		if got := tied(a, "/orders", tt.cause); got != tt.want {
			t.Errorf("%s: verdict %q, want %q", tt.name, got, tt.want)
			for _, i := range a.Incidents {
				t.Logf("%s %s", i.ID, i.Title)
				for _, l := range i.Explain {
					t.Logf("   %s", l)
				}
			}
		}
	}
}

// Two services whose errors name each other make no circle.
func TestCallsInACircle(t *testing.T) {
	cat := catalogue(t)
	rows := map[string]line{
		"ask":    {text: "LedgerError: call of https://ledger.a.run.app/charge failed with status code 500", severity: logentry.SeverityError},
		"back":   {text: "VoucherError: call of https://checkout-api.a.run.app/voucher failed with status code 500", severity: logentry.SeverityError},
		"failed": {status: 500, latency: 300 * time.Millisecond, path: "/charge"},
		"front":  {status: 500, latency: 300 * time.Millisecond, path: "/voucher"},
	}
	entries := append(scene(50*time.Millisecond, rows, "front --1-1-1\nask ---1-1-1"), of("ledger", scene(50*time.Millisecond, rows, "failed --1-1-1\nback ---1-1-1"))...)
	if a := explain(t, cat, entries, 1, correlate.Options{}); len(a.Incidents) == 0 {
		t.Error("no incident")
	}
}
