package stacktrace

import (
	"strings"
	"testing"
)

// Texts that name a concrete object or condition, by where they come from.
var statedReasons = map[string][]string{
	"python": {
		"ModuleNotFoundError: No module named 'acme_shop.settings'",
		"ImportError: cannot import name 'Ledger' from 'acme.books' (/app/acme/books.py)",
		"KeyError: 'customer_id'",
		"LedgerError: entry 4711 of book main is not balanced",
		"TariffError: weight class 31 is not in table road-2026",
		"AttributeError: 'NoneType' object has no attribute 'total'",
		"NameError: name 'basket' is not defined",
		"TypeError: Basket.add() missing 1 required positional argument: 'sku'",
		"TypeError: Object of type Decimal is not JSON serializable",
		"TypeError: unsupported operand type(s) for +: 'int' and 'str'",
		"TypeError: cannot unpack non-iterable NoneType object",
		"ValueError: invalid literal for int() with base 10: 'twelve'",
		"ValueError: PAYMENT_KEY must be set in production",
		"ValueError: time data '31.02.2026' does not match format '%Y-%m-%d'",
		"SyntaxError: f-string: unmatched '('",
		"SyntaxError: unterminated string literal (detected at line 12)",
		"IndentationError: unexpected indent",
		"IndexError: list index out of range",
		"ZeroDivisionError: division by zero",
		"RecursionError: maximum recursion depth exceeded",
		"UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
		"FileNotFoundError: [Errno 2] No such file or directory: '/app/rates.csv'",
		"PermissionError: [Errno 13] Permission denied: '/var/cache/acme'",
		"OSError: [Errno 28] No space left on device",
		"json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
		"pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\ndatabase_url\n  Field required [type=missing, input_value={}, input_type=dict]",
		"django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
		"jinja2.exceptions.TemplateNotFound: invoice.html",
		"RuntimeError: There is no current event loop in thread 'worker-3'.",
		"RuntimeWarning: coroutine 'fetch_rates' was never awaited",
		"asyncpg.exceptions.TooManyConnectionsError: sorry, too many clients already",
		"websockets.exceptions.ConnectionClosedError: sent 1011 (internal error) keepalive ping timeout; no close frame received",
		"'latin-1' codec can't encode characters in position 3-5: ordinal not in range(256)",
		"MemoryError",
	},
	"jvm": {
		`java.lang.NullPointerException: Cannot invoke "Order.total()" because "order" is null`,
		"java.lang.OutOfMemoryError: Java heap space",
		"java.lang.StackOverflowError",
		"java.lang.ClassNotFoundException: com.acme.shop.Ledger",
		"java.lang.IllegalStateException: Failed to load property source from 'file:config/application.yml'",
		"java.lang.NumberFormatException: For input string: \"abc\"",
		"java.net.UnknownHostException: ledger.acme.internal",
		"java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms.",
		"org.springframework.beans.factory.NoSuchBeanDefinitionException: No qualifying bean of type 'com.acme.Ledger' available",
		"The dependencies of some of the beans in the application context form a cycle:\n   orderService defined in file [OrderService.class]",
		"Web server failed to start. Port 8080 was already in use.",
		"org.hibernate.LazyInitializationException: could not initialize proxy [com.acme.Order#7] - no Session",
		"kotlin.UninitializedPropertyAccessException: lateinit property ledger has not been initialized",
		"org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this topic-partition.",
		"javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid certification path to requested target",
	},
	"node": {
		"Error: connect ECONNREFUSED 127.0.0.1:5432",
		"Error: getaddrinfo ENOTFOUND ledger.acme.internal",
		"Error: Cannot find module 'express-acme'",
		"Error: Not allowed by CORS",
		"TypeError: Cannot read properties of undefined (reading 'total')",
		"TypeError: basket.map is not a function",
		"ReferenceError: basketService is not defined",
		"RangeError: Maximum call stack size exceeded",
		"Error: listen EADDRINUSE: address already in use :::8080",
		"AggregateError [ECONNREFUSED]: ",
		"AxiosError: Request failed with status code 429",
		"Error: Request failed with status code 404",
		"AxiosError: timeout of 5000ms exceeded",
		"Nest can't resolve dependencies of the OrderService (?, LedgerRepository). Please make sure that the argument \"Pool\" at index [0] is available in the OrderModule context.",
		"FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
		"JsonWebTokenError: jwt malformed",
		"TokenExpiredError: jwt expired",
		"MongoServerError: E11000 duplicate key error collection: shop.orders index: number_1 dup key: { number: 7 }",
		"PrismaClientInitializationError: Can't reach database server at `10.20.0.3:5432`",
		"error: Environment variable not found: LEDGER_URL.",
		"SyntaxError: Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
		"Plugin did not start in time: '@acme/redis'. You may have forgotten to call 'done' function or to resolve a Promise",
		"Error: socket hang up",
	},
	"go": {
		"failed to connect: dial tcp 10.20.0.3:5432: connect: connection refused",
		"open /etc/acme/app.yaml: no such file or directory",
		"panic: runtime error: invalid memory address or nil pointer dereference",
		"panic: assignment to entry in nil map",
		"runtime error: index out of range [5] with length 3",
		"fatal error: all goroutines are asleep - deadlock!",
		"json: cannot unmarshal string into Go struct field Order.total of type float64",
		`strconv.Atoi: parsing "abc": invalid syntax`,
		`pq: password authentication failed for user "shop"`,
		"x509: certificate signed by unknown authority",
		"x509: certificate has expired or is not yet valid",
		`Get "https://ledger.acme.example/v1/rates": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
		"sql: no rows in result set",
		"listen tcp :8080: bind: address already in use",
		`exec: "wkhtmltopdf": executable file not found in $PATH`,
		"REDIS_HOST secret missing or inaccessible",
	},
	"dotnet": {
		"System.InvalidOperationException: Unable to resolve service for type 'Acme.ILedger' while attempting to activate 'Acme.OrderHandler'.",
		"System.ArgumentNullException: Value cannot be null. (Parameter 'source')",
		"System.NullReferenceException: Object reference not set to an instance of an object.",
		"System.IO.FileNotFoundException: Could not load file or assembly 'Acme.Ledger, Version=1.0.0.0'.",
		"Npgsql.PostgresException (0x80004005): 42P01: relation \"orders\" does not exist",
		"System.Net.Sockets.SocketException (111): Connection refused",
	},
	"ruby, php, rust, elixir": {
		"NoMethodError: undefined method 'total' for nil",
		"ActiveRecord::PendingMigrationError: Migrations are pending. To resolve this issue, run: bin/rails db:migrate",
		"PG::ConnectionBad: could not connect to server: Connection refused",
		"PHP Fatal error:  Uncaught Error: Call to undefined function acme_total() in /app/shop.php:12",
		"PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes) in /app/x.php on line 3",
		"SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.orders' doesn't exist",
		"thread 'main' panicked at src/main.rs:3:5:\nindex out of bounds: the len is 3 but the index is 5",
		"Error: Os { code: 2, kind: NotFound, message: \"No such file or directory\" }",
		"** (KeyError) key :total not found in: %{id: 7}",
	},
	"databases": {
		`relation "orders" does not exist`,
		`column "paid_at" of relation "orders" does not exist`,
		`null value in column "total" of relation "orders" violates not-null constraint`,
		`duplicate key value violates unique constraint "orders_number_key"`,
		"permission denied for table orders",
		`FATAL:  database "shop" does not exist`,
		"FATAL: remaining connection slots are reserved for non-replication superuser connections",
		"deadlock detected",
		"canceling statement due to statement timeout",
		"server closed the connection unexpectedly",
		`could not translate host name "db" to address: Name or service not known`,
		`connection to server on socket "/cloudsql/acme:eu:shop/.s.PGSQL.5432" failed: No such file or directory`,
		"(psycopg2.OperationalError) connection to server at \"10.20.0.3\", port 5432 failed: Connection timed out",
		"Error 1045 (28000): Access denied for user 'shop'@'10.20.0.9' (using password: YES)",
		"Lock wait timeout exceeded; try restarting transaction",
		"Too many connections",
		"ORA-00942: table or view does not exist",
		"database is locked",
		"Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered.",
		"Failed to acquire connection from pool: max number of clients reached",
		"Storage engine failed to initialize due to metadata corruption",
		"WRONGTYPE Operation against a key holding the wrong kind of value",
		"NOAUTH Authentication required.",
		"MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk.",
		"QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
		"Code: 60. DB::Exception: Table shop.orders does not exist. (UNKNOWN_TABLE)",
		"could not serialize access due to concurrent update",
	},
	"clouds and protocols": {
		"403 Permission 'storage.objects.get' denied on resource '//storage.googleapis.com/acme-media' (or it may not exist).",
		"Permission \"iam.serviceAccounts.create\" denied on resource (or it may not exist).",
		"Permission denied on secret: projects/acme-staging/secrets/db-pass/versions/latest for Revision service account shop@acme.example",
		"404 models/orion-1 is not found for API version v1",
		"429 Too Many Requests",
		"429: Rate limit exceeded.",
		"rpc error: code = NotFound desc = topic \"orders\" not found",
		"rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5242880 vs. 4194304)",
		"8 RESOURCE_EXHAUSTED: Quota exceeded for quota metric 'Read requests'",
		"Quota exceeded for quota metric 'Generate Content API requests per minute'",
		"The billing account for the owning project is disabled in state absent",
		"Image 'eu.gcr.io/acme/shop:7' not found.",
		"Memory limit of 512 MiB exceeded with 531 MiB used.",
		"failed to load /docker-entrypoint.sh: no such file or directory",
		"exec /app/start.sh: exec format error",
		"/bin/sh: 1: gunicorn: not found",
		"/usr/bin/python: can't open file '/app/main.py': [Errno 2] No such file or directory",
		"botocore.exceptions.NoCredentialsError: Unable to locate credentials",
		"google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found.",
		"An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:iam::1:user/shop is not authorized to perform: s3:PutObject",
		"certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1006)",
		"HTTPSConnectionPool(host='ledger.acme.example', port=8443): Max retries exceeded with url: /v1 (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7fcc>, 'Connection to ledger.acme.example timed out. (connect timeout=10)'))",
		"Timeout connecting to server",
		"Remote cache failed: Timeout connecting to server. Attempting local fallback...",
		"Error 111 connecting to localhost:6379. Connect call failed ('127.0.0.1', 6379).",
		"Database initialization timeout after 25.0s in staging environment.",
		"534-5.7.9 Application-specific password required",
		"No active connections found for thread startup_test_1",
		"Validation failed: Email can't be blank",
		"Tool use with a response mime type: 'application/json' is unsupported",
		"SessionMiddleware must be installed to access request.session",
		"WebSocket is not connected. Need to call \"accept\" first.",
		"control characters forbidden: invalid-encoding",
		"APIError: {\"message\":\"invalid symbol: ACME/EUR\"}",
		"server error '502 Bad Gateway' for url 'https://ledger.acme.example/v1'",
		"Service ID mismatch: received 'auth-17', expected 'auth-18'",
		"Syntax error: Unexpected end of script at [17:7]",
		"Invalid JWT=REDACTED audience",
		`{"level": "WARNING", "message": "Primary call failed: 403 Permission 'ml.predict' denied on resource '//ml.acme.example' (or it may not exist). [reason: "IAM_PERMISSION_DENIED"`,
		"version '17' was specified but current version is '18'.",
		"2026-01-02 03:04:05,678 - acme.ledger - ERROR - Ledger file /data/l.db is read-only",
	},
}

// Texts that only say that something failed.
var noReasons = map[string][]string{
	"nothing": {"", "   ", "error", "Error", "ERROR", "Failed", "failed.", "!!!", "…", "null"},
	"process managers": {
		"gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>",
		"StopIteration", "SystemExit: 1", "KeyboardInterrupt", "asyncio.exceptions.CancelledError",
		"asyncio.exceptions.CancelledError: Cancelled by cancel scope 7f3a", "GeneratorExit",
		"kotlinx.coroutines.JobCancellationException: StandaloneCoroutine was cancelled",
		"System.Threading.Tasks.TaskCanceledException: A task was canceled.",
		"UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block",
		"java.lang.InterruptedException: sleep interrupted",
		"Worker (pid:12) exited with code 3",
		"Reason: Worker failed to boot.",
		"Worker (pid:16) was sent SIGTERM!",
		"[2026-01-02 03:04:05 +0000] [11] [ERROR] Shutting down: Master",
	},
	"platforms": {
		"Container called exit(1).",
		"Container terminated on signal 9.",
		"Default STARTUP TCP probe failed 1 time consecutively for container \"shop-1\" on port 8080. The instance was not started.\nConnection failed with status CANCELLED.",
		"The request failed because either the HTTP response was malformed or connection to the instance had an error.",
		"The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout.",
		"Execution nightly-7x has failed to complete, 0/1 tasks were a success.",
		"Application startup failed. Exiting.",
		"Command failed with exit code 1",
		"exit status 2",
		"npm ERR! Exit status 1",
		"Back-off restarting failed container shop in pod shop-7d9f",
		"Application exec likely failed",
	},
	"statuses": {
		"500", "500 Internal Server Error", "Internal Server Error", "HTTP 503", "503 Service Unavailable", "502 Bad Gateway",
		"HTTP 503 GET https://shop.acme.example/orders 0.123456789s",
		"POST /api/orders 500",
		"[2026-01-02T03:04:05.000Z] [ERROR] [4f1c2c9e-0a1b-4c3d-8e5f-102938475600] POST /api/orders 500",
		`INFO:     10.0.0.7:4098 - "OPTIONS /orders HTTP/1.1" 404 Not Found`,
		"AxiosError: Request failed with status code 500",
		"Request failed with status code 503",
		"401 Unauthorized", "403 Forbidden", "404 Not Found", "400 Bad Request",
		"403: Not authenticated",
		"fastapi.exceptions.HTTPException: 403: Not authenticated",
		"Failed to create request-scoped database session req_2f9408620931: 403: Not authenticated",
		"api_request: 403: Not authenticated",
		"rpc error: code = Unavailable", "rpc error: code = Unavailable desc = ",
		"9 FAILED_PRECONDITION: ", "14 UNAVAILABLE:", "PERMISSION_DENIED", "code = Internal",
		"rpc error: code = DeadlineExceeded desc = context deadline exceeded",
		"upstream connect error or disconnect/reset before headers",
	},
	"restatements": {
		"Something went wrong", "Oops! Something went wrong, please try again later.", "An unexpected error occurred",
		"Unexpected error", "unknown error", "Unknown error occurred while processing request", "internal error", "invalid request",
		"Invalid credentials", "Invalid token", "Invalid credentials supplied", "Invalid request received", "Token validation failed - invalid or expired", "Authentication failed", "login failed",
		"Access denied", "permission denied", "Forbidden", "Not authenticated", "Unauthorized", "operation failed", "Request failed",
		"Request timed out", "context deadline exceeded", "Deadline exceeded", "context canceled", "i/o timeout", "unexpected EOF", "EOF",
		"Service unavailable", "No response from server", "Empty response from segmented analysis", "Empty response",
		"Analysis failed: Empty response from segmented analysis",
		"Task 44a56fb0-992d-499d-9709-05297934ea1a: Failed with error: Analysis failed: Empty response from segmented analysis",
		"AI summarization failed", "AI call failed", "Cleanup error", "Attempting automatic shutdown due to unrecoverable error", "The request failed because of an internal error", "Failed to create alert", "Failed to handle task.",
		"Error fetching economic indicators (returning default 0s)", "Health check failed", "Could not process request",
		"failed to process message", "Error processing request", "Unable to complete the operation", "Validation failed",
		"Startup failed", "Exception in worker process", "Error in ASGI application", "Exception in ASGI application", "Unhandled exception",
		"An error occurred while processing your request.", "TypeError: fetch failed", "Error: fetch failed", "Error: Network Error",
		"Exception: Database session error", "RuntimeError: Startup failed", "ValueError: Invalid input", "Error: Request failed",
		"java.lang.RuntimeException: Failed to process batch", "Missing or insufficient permissions.",
		"WebSocket error", "WebSocket connection rejected in staging: Invalid JWT=REDACTED", "Connection failed", "Connection error",
		"java.lang.NullPointerException", "AssertionError", "System.Exception: Error", "Please contact support",
		"order_sync.failed", "ledger_refresh_failed", "orders.import.step_failed",
	},
	"cut off": {
		"Failed to start:", "Database error =", "Surveillance Error:",
		`Connectivity test failed: database "shop`,
		"Connectivity test failed: database \"shop\n",
		"column 'paid_",
		"ModuleNotFoundError: No module named 'acme_sh",
		"The column `orders.pai",
		"failed to open /etc/acme/ap…",
		"Could not load configuration from /etc/acme/ap...",
		"    checking = LedgerAccount(",
		"Traceback (most recent call last):\n  File \"/app/shop.py\", line 114, in create_app\n    from routes import (",
		"Traceback (most recent call last):",
	},
	"not about a failure": {
		"Listening on 0.0.0.0:8080", "Server started on http://localhost:3000", "Processing order 'A-113'", "ErrorRecoveryManager initialized",
	},
}

func TestIsReason(t *testing.T) {
	for origin, texts := range statedReasons {
		for _, s := range texts {
			if !IsReason(s) {
				t.Errorf("%s: IsReason(%q) = false", origin, s)
			}
		}
	}
	for origin, texts := range noReasons {
		for _, s := range texts {
			if IsReason(s) {
				t.Errorf("%s: IsReason(%q) = true", origin, s)
			}
		}
	}
}

// Of a text that was cut off the whole sentences in front still count.
func TestIsReasonBeforeTheCut(t *testing.T) {
	whole := `Relaxed config failed: 403 Permission 'ml.predict' denied on resource '//ml.acme.example' (or it may not exist). `
	for _, tail := range []string{`[reason: "IAM_PERM`, "Details: ", "See the docum…", "See the docum..."} {
		if !IsReason(whole + tail) {
			t.Errorf("IsReason(… %q) = false", tail)
		}
	}
	if IsReason(`Could not open "ledger. Then it`) {
		t.Error("an open quote holds no whole sentence")
	}
}

// What a logger writes in front decides nothing.
func TestIsReasonIgnoresPrefix(t *testing.T) {
	prefixes := []string{
		"", "ERROR: ", "[2026-01-02T03:04:05.123Z] [ERROR] [-] ", "2026-01-02 03:04:05,678 - acme.auth_core.client - ERROR - ",
		"2026-01-02 03:04:05.678 | ERROR    | acme.db.health_checker:_record:150 | ", "ERROR:acme.db:", "❌ ", "E0102 03:04:05.678901       1 main.go:12] ",
		"2026-01-02 03:04:05 [error    ] ", "2026-01-02T03:04:05Z ERROR 1 --- [main] ", "acme-shop-1  | ",
	}
	for _, p := range prefixes {
		if s := p + "Health check failed"; IsReason(s) {
			t.Errorf("IsReason(%q) = true", s)
		}
		if s := p + "Health check failed: no such table: orders"; !IsReason(s) {
			t.Errorf("IsReason(%q) = false", s)
		}
	}
}

func TestIsReasonOfTraces(t *testing.T) {
	trace := `Traceback (most recent call last):
  File "/app/shop.py", line 3, in pay
    ledger.post(")
KeyError: 'iban'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/shop.py", line 9, in main
    raise HaltServer("Worker failed to boot.", 3)
gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>`
	if !IsReason(trace) {
		t.Error("the innermost exception decides")
	}
	if IsReason(trace[strings.Index(trace, "During"):]) {
		t.Error("a process manager's exception alone is no reason")
	}
}
