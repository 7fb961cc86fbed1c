package main

// What the services are and say. In texts # stands for a number and @ for a
// short id.

var catalogue = []struct {
	name, language string
	paths          []string
}{
	{"checkout-api", "python", []string{"/v1/carts/c-#/checkout", "/v1/carts/c-#", "/v1/vouchers/@?cart=c-#", "/health"}},
	{"orders", "node", []string{"/v1/orders/#", "/v1/orders?page=#&size=50", "/v1/orders/#/lines", "/ready"}},
	{"ledger", "java", []string{"/accounts/#/postings", "/accounts/#/balance", "/actuator/health"}},
	{"mailer", "python", []string{"/send", "/templates/order-confirmation", "/health"}},
	{"search", "go", []string{"/search?q=@&limit=20", "/suggest?q=@", "/healthz"}},
	{"catalogue", "node", []string{"/products/#", "/products/#/stock", "/categories/#?sort=price"}},
	{"gateway", "go", []string{"/", "/api/v1/session", "/api/v1/cart", "/assets/app.@.js", "/favicon.ico"}},
}

var agents = []string{
	"acme-shop/4.2 (ios 19.1)", "acme-shop/4.1 (android 15)", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15", "GoogleHC/1.0", "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
}

var groups = []string{"retail", "trade", "staff", "guest"}

var calmTexts = []string{
	"2026-01-15 12:00:00,# - acme.checkout.orders - INFO - order # priced: 3 items, total 48.20 EUR, prices taken from the cache of price list 2026-01-15 (age 00:04:11), customer group retail, shipping to be computed by the carrier service because the address is outside of the delivery zones known here",
	"INFO:     169.254.169.126:# - \"GET /v1/carts/c-# HTTP/1.1\" 200 OK",
	"[INFO] session @ refreshed for customer #, 2 of 5 devices active, next refresh in # s",
	"cache hit for product # (key catalogue:product:#:v4, age # ms); 14 of 14 variants in stock, no request to the warehouse needed this time",
	"posted # EUR to account #: journal @, 2 lines, balance checked against the snapshot of 2026-01-15T06:00:00Z, no difference",
	"search q=@ took # ms: 42 hits in 3 shards, 0 shards skipped, 0 failed, top score 7.31, suggestion not needed",
	"Retry policy: attempt 1 of 5, base 100 ms, factor 2, jitter 0.2; nothing to retry for job #",
	"GET /products/# 200 # ms - etag \"@\" not modified since the last request of this client, body left out",
	"ErrorRecoveryManager initialized: 0 of # handlers are needed at start",
	"GC pause (young) #K->#K, 3.1 ms; heap below the soft limit of 512 MB, nothing to do until the next allocation burst of the import job",
	"rendered template order-confirmation in # ms for order # (language de, 2 attachments, # bytes), queued for delivery as message @ with priority normal",
	"2026-01-15 12:00:00,# - acme.checkout.vouchers - INFO - voucher @ accepted for cart c-#: campaign winter-2026 (valid until 2026-02-28), 10 percent off 3 of 5 lines, lines 1 and 4 left out because they are gift cards, minimum order value of 25.00 EUR reached with 61.40 EUR, not combinable with the staff discount that the customer would have had otherwise, which is lower; the customer was told by the banner above the list, the reason is stored with the order as voucher_note, and the total was computed again: 61.40 EUR before, 55.26 EUR after, taxes of 19 and 7 percent split by line as the ledger wants it",
	"import of supplier feed # finished: 18230 products read in # ms, 212 new, 1490 changed (1102 price, 301 stock, 87 text), 16528 unchanged, 0 rejected; images are fetched in the background by 4 workers with a queue of # and the search index is refreshed when the last one is done, at the latest after 15 minutes",
	"flushed # spans to the collector in 12 ms, 0 dropped, queue length 3",
}

var calmEvents = []string{"order.priced", "cart.updated", "payment.captured", "session.refreshed", "stock.reserved", "mail.queued", "search.served", "journal.posted"}

// failure is what an application says when a request fails: as text, and as
// the event of a JSON payload with an error beside it.
type failure struct{ text, event string }

var failures = []failure{
	{event: "order.failed", text: `Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/uvicorn/protocols/http/h11_impl.py", line 403, in run_asgi
    result = await app(self.scope, self.receive, self.send)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/local/lib/python3.12/site-packages/starlette/routing.py", line 76, in app
    response = await func(request)
  File "/app/checkout/orders.py", line 88, in place
    line = cart["lines"][sku]
           ~~~~~~~~~~~~~^^^^^
KeyError: 'sku-#'`},
	{event: "stock.reservation_failed", text: `Error: connect ECONNREFUSED 10.20.0.3:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)
    at /app/node_modules/pg-pool/index.js:45:11
    at async reserve (/app/dist/stock/reserve.js:31:18)
    at async handle (/app/dist/api.js:12:5) {
  errno: -111,
  code: 'ECONNREFUSED',
  syscall: 'connect',
  address: '10.20.0.3',
  port: 5432
}`},
	{event: "journal.rejected", text: `org.postgresql.util.PSQLException: ERROR: duplicate key value violates unique constraint "journal_number_key"
  Detail: Key (number)=(#) already exists.
	at org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2713)
	at org.postgresql.core.v3.QueryExecutorImpl.processResults(QueryExecutorImpl.java:2401)
	at com.acme.ledger.Journal.append(Journal.java:57)
	at com.acme.ledger.Api.post(Api.java:31)
	... 61 common frames omitted`},
	{event: "search.failed", text: `search: query @: shard 3: Get "http://shard-3.acme.internal:9200/_search": dial tcp 10.20.4.7:9200: i/o timeout`},
	{event: "mail.failed", text: `smtplib.SMTPServerDisconnected: Connection unexpectedly closed: timed out after 30 s (mail-relay.acme.example:587, message @)`},
	{event: "payment.declined_by_gateway", text: `Request failed with status code 429: rate limit of 100 requests per second reached for key acme-checkout, retry after # ms`},
}

// errorOf is the text beside an event.
func errorOf(event string) string {
	for _, f := range failures {
		if f.event == event {
			last := f.text
			for i := len(last) - 1; i >= 0; i-- {
				if last[i] == '\n' && event == "order.failed" {
					return last[i+1:]
				}
			}
			for i := range len(last) {
				if last[i] == '\n' {
					return last[:i]
				}
			}
			return last
		}
	}
	return "unknown"
}

// crash is how a revision of each language dies at start.
type crash struct{ hint, trace string }

var crashes = map[string]crash{
	"python": {"CRITICAL: settings are incomplete", `Traceback (most recent call last):
  File "/usr/local/bin/gunicorn", line 8, in <module>
    sys.exit(run())
             ^^^^^
  File "/usr/local/lib/python3.12/site-packages/gunicorn/arbiter.py", line 608, in spawn_worker
    worker.init_process()
  File "<frozen importlib._bootstrap>", line 488, in _call_with_frames_removed
  File "/app/settings.py", line 21, in <module>
    SMTP_HOST = os.environ["SMTP_HOST"]
                ~~~~~~~~~~^^^^^^^^^^^^^
KeyError: 'SMTP_HOST'`},
	"node": {"node:internal/modules/cjs/loader:1210", `Error: Cannot find module '/app/dist/server.js'
    at Function._resolveFilename (node:internal/modules/cjs/loader:1383:15)
    at Function._load (node:internal/modules/cjs/loader:1192:37)
    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:170:5)
    at node:internal/main/run_main_module:36:49 {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}`},
	"java": {"APPLICATION FAILED TO START", `java.lang.IllegalStateException: Failed to load property source from 'file:config/application.yml'
	at org.springframework.boot.context.config.ConfigDataLoader.load(ConfigDataLoader.java:110)
	at com.acme.ledger.LedgerApplication.main(LedgerApplication.java:14)
Caused by: java.nio.file.NoSuchFileException: config/application.yml
	at java.base/sun.nio.fs.UnixException.translateToIOException(UnixException.java:92)
	... 23 more`},
	"go": {"reading settings", `panic: failed to read settings: open /etc/acme/settings.yaml: no such file or directory

goroutine 1 [running]:
main.main()
	/app/main.go:31 +0x1d5`},
}
