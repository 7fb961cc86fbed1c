package synth

import (
	"fmt"
	"strings"
	"time"
)

// fault is an error with what it says. The text may span lines; %d stands for
// a number that differs from one occurrence to the next.
type fault struct {
	name      string
	knowledge Knowledge
	lines     []string // a stack trace, its last or first line the exception
	node      bool     // Node.js: the exception line comes first, the process ends with 1
	field     string   // structured: lines[0] is the message, lines[1] the text of this field
}

// startFaults end a process while it starts.
var startFaults = []fault{
	{name: "missing-module", knowledge: Known, lines: []string{
		"Traceback (most recent call last):",
		`  File "/app/checkout/main.py", line 12, in <module>`,
		"    from checkout.ledger import book",
		"ModuleNotFoundError: No module named 'checkout.ledger'"}},
	{name: "env-key-missing", knowledge: Known, lines: []string{
		"Traceback (most recent call last):",
		`  File "/app/checkout/settings.py", line 31, in <module>`,
		`    DATABASE = os.environ["LEDGER_DATABASE_URL"]`,
		`  File "/usr/local/lib/python3.12/os.py", line 685, in __getitem__`,
		"    raise KeyError(key) from None",
		"KeyError: 'LEDGER_DATABASE_URL'"}},
	{name: "syntax-error", knowledge: Known, lines: []string{
		"Traceback (most recent call last):",
		`  File "/app/checkout/main.py", line 4, in <module>`,
		"    from checkout import orders",
		`  File "/app/checkout/orders.py", line 88`,
		"    return {",
		"           ^",
		"SyntaxError: '{' was never closed"}},
	{name: "password-rejected", knowledge: Known, lines: []string{
		"Traceback (most recent call last):",
		`  File "/app/checkout/db.py", line 20, in <module>`,
		"    connection = psycopg2.connect(dsn)",
		`psycopg2.OperationalError: connection to server at "10.11.0.3", port 5432 failed: FATAL:  password authentication failed for user "checkout"`}},
	{name: "node-module", knowledge: Known, node: true, lines: []string{
		"Error: Cannot find module '/srv/dist/main.js'",
		"    at Module._resolveFilename (node:internal/modules/cjs/loader:1143:15)",
		"    at Module._load (node:internal/modules/cjs/loader:984:27)",
		"    at node:internal/main/run_main_module:23:47"}},
	{name: "tariff-table", knowledge: Stated, lines: []string{
		"Traceback (most recent call last):",
		`  File "/app/checkout/tariffs.py", line 57, in load`,
		`    raise TariffError(f"table {name} has no row for zone {zone}")`,
		"checkout.tariffs.TariffError: table 'zones' has no row for zone 'eu-7'"}},
	{name: "price-list", knowledge: Stated, node: true, lines: []string{
		"PriceListError: /srv/data/prices.csv line 17 has 6 columns, expected 7",
		"    at load (/srv/dist/prices.js:40:11)",
		"    at Object.<anonymous> (/srv/dist/main.js:9:1)"}},
}

// requestFaults fail a request and leave the process alive.
var requestFaults = []fault{
	{name: "missing-column", knowledge: Known, lines: []string{
		"Traceback (most recent call last):",
		`  File "/app/checkout/orders.py", line 140, in create`,
		"    cursor.execute(statement, values)",
		"psycopg2.errors.UndefinedColumn: column orders.voucher_id does not exist"}},
	{name: "too-many-clients", knowledge: Known, lines: []string{
		`psycopg2.OperationalError: connection to server at "10.11.0.3", port 5432 failed: FATAL:  sorry, too many clients already`}},
	{name: "none-used", knowledge: Known, lines: []string{
		"Traceback (most recent call last):",
		`  File "/app/checkout/carts.py", line 66, in total`,
		"    return sum(i.price for i in cart.items)",
		"AttributeError: 'NoneType' object has no attribute 'items'"}},
	{name: "dns-not-found", knowledge: Known, lines: []string{
		"Error: getaddrinfo ENOTFOUND stock.acme.internal",
		"    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:107:26)"}, node: true},
	{name: "redis-refused", knowledge: Known, lines: []string{
		"redis.exceptions.ConnectionError: Error 111 connecting to 10.11.0.9:6379. Connection refused."}},
	{name: "ledger-unbalanced", knowledge: Stated, lines: []string{
		"Traceback (most recent call last):",
		`  File "/app/checkout/ledger.py", line 203, in post`,
		"    raise LedgerError(f'entry {n} of book {book} is not balanced')",
		"checkout.ledger.LedgerError: entry %d of book main is not balanced"}},
	{name: "voucher-limit", knowledge: Stated, lines: []string{
		"VoucherError: voucher SPRING-%d was redeemed 3 times, limit is 2"}},
	{name: "warehouse-missing", knowledge: Stated, field: "err", lines: []string{
		"order could not be placed", "stock record sku-%d has no warehouse"}},
	{name: "quota-of-tenant", knowledge: Stated, field: "error", lines: []string{
		"request failed", "tenant northwind exceeded its quota of 500 reservations"}},
}

// wrappers say that something failed and not why.
var wrappers = []string{"Failed to process order", "Unhandled error while serving the request", "Internal server error", "request failed"}

// raise logs a fault and returns the entries that show it.
func (st *stage) raise(p place, at time.Time, trace string, f fault) []string {
	lines := make([]string, len(f.lines))
	for i, l := range f.lines {
		if strings.Contains(l, "%d") {
			l = fmt.Sprintf(l, 1000+st.rnd.IntN(9000))
		}
		lines[i] = l
	}
	if f.field != "" {
		return []string{st.structured(p, at, "ERROR", trace, lines[0], f.field, lines[1])}
	}
	if !st.split || len(lines) == 1 {
		return []string{st.stderr(p, at, "ERROR", trace, strings.Join(lines, "\n"))}
	}
	var ids []string
	for _, l := range lines {
		ids = append(ids, st.stderr(p, at, "ERROR", trace, l))
		at = at.Add(time.Duration(20+st.rnd.IntN(60)) * time.Microsecond)
	}
	return ids
}

// draw picks n different faults.
func (st *stage) draw(from []fault, n int) []fault {
	order := st.rnd.Perm(len(from))
	out := make([]fault, n)
	for i := range out {
		out[i] = from[order[i]]
	}
	return out
}
