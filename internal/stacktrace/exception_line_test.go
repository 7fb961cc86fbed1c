package stacktrace

import "testing"

func TestExceptionLine(t *testing.T) {
	tests := []struct{ line, typ, msg string }{
		{"ValueError: no lines", "ValueError", "no lines"},
		{"shop.errors.LedgerError: cannot post", "shop.errors.LedgerError", "cannot post"},
		{"KeyError: 'iban'", "KeyError", "'iban'"},
		{"AssertionError", "AssertionError", ""},
		{"java.lang.NullPointerException", "java.lang.NullPointerException", ""},
		{"com.acme.Shop$ClosedException: shop 7", "com.acme.Shop$ClosedException", "shop 7"},
		{`Exception in thread "main" java.lang.IllegalStateException: no realm`, "java.lang.IllegalStateException", "no realm"},
		{"Caused by: java.net.ConnectException: Connection refused", "java.net.ConnectException", "Connection refused"},
		{"Error: connect ECONNREFUSED 10.20.0.3:5432", "Error", "connect ECONNREFUSED 10.20.0.3:5432"},
		{"error: relation \"orders\" does not exist", "error", "relation \"orders\" does not exist"},
		{"TypeError [ERR_INVALID_ARG_TYPE]: the \"path\" argument", "TypeError", "the \"path\" argument"},
		{"UnknownDependenciesException [Error]: Nest can't resolve", "UnknownDependenciesException", "Nest can't resolve"},
		{"Uncaught TypeError: basket is null", "TypeError", "basket is null"},
		{"Uncaught (in promise) Error: late", "Error", "late"},
		{"(node:17) UnhandledPromiseRejectionWarning: Error: late", "Error", "late"},
		{"[TypeError: fetch failed] {", "TypeError", "fetch failed"},
		{"Unhandled exception. System.TimeoutException: late", "System.TimeoutException", "late"},
		{"Npgsql.PostgresException (0x80004005): 42P01: relation", "Npgsql.PostgresException", "42P01: relation"},
		{"System.Collections.Generic.KeyNotFoundException`1: x", "System.Collections.Generic.KeyNotFoundException", "x"},
		{" ---> (Inner Exception #0) System.TimeoutException: late", "System.TimeoutException", "late"},
		{"panic: assignment to entry in nil map", "panic", "assignment to entry in nil map"},
		{"panic: late [recovered, repanicked]", "panic", "late"},
		{"fatal error: stack overflow", "fatal error", "stack overflow"},
		{"fatal: could not read from remote repository", "fatal", "could not read from remote repository"},
		{"2026/01/02 03:04:05 http: panic serving 10.0.0.7:1: late", "panic", "late"},
		{"thread 'main' panicked at 'no rate', src/main.rs:3:5", "panic", "no rate"},
		{"PHP Fatal error:  Uncaught Shop\\LedgerException: closed in /app/src/L.php:40", "Shop\\LedgerException", "closed"},
		{"/app/shop.rb:12:in 'pay': no such order (Shop::OrderError)", "Shop::OrderError", "no such order"},
		{"PG::ConnectionBad: could not connect", "PG::ConnectionBad", "could not connect"},
		{"Errno::ECONNREFUSED: Connection refused - connect(2)", "Errno::ECONNREFUSED", "Connection refused - connect(2)"},
		{"NoMethodError (undefined method 'total' for nil):", "NoMethodError", "undefined method 'total' for nil"},
		{"** (KeyError) key :total not found", "KeyError", "key :total not found"},
		{"google.api_core.exceptions.NotFound: 404 bucket acme-media", "google.api_core.exceptions.NotFound", "404 bucket acme-media"},
		{"sqlalchemy.orm.exc.NoResultFound: No row was found", "sqlalchemy.orm.exc.NoResultFound", "No row was found"},
		{"gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>", "gunicorn.errors.HaltServer", "<HaltServer 'Worker failed to boot.' 3>"},
		{"shop.models.Order.DoesNotExist: Order matching query does not exist.", "shop.models.Order.DoesNotExist", "Order matching query does not exist."},
		{"test.<locals>.LateError: x", "test.<locals>.LateError", "x"},
		{"ValueError: first\nsecond", "ValueError", "first"},

		// Behind what loggers write.
		{"ERROR:root:ValueError: no lines", "ValueError", "no lines"},
		{"2026-01-02 03:04:05,678 - acme.boot - CRITICAL - Uncaught exception: SyntaxError: invalid syntax", "SyntaxError", "invalid syntax"},
		{"[2026-01-02 03:04:05 +0000] [11] [ERROR] ValueError: no lines", "ValueError", "no lines"},
		{"2026-01-02 03:04:05.678 | ERROR    | acme.db:check:150 - KeyError: 'x'", "KeyError", "'x'"},
		{"2026-01-02T03:04:05Z [main] ERROR: RuntimeError: late", "RuntimeError", "late"},
		{"❌ RuntimeError: late", "RuntimeError", "late"},
		{"\x1b[31mRuntimeError: late", "RuntimeError", "late"},
		{"shop-1  | Error: late", "Error", "late"},
		{"E0102 03:04:05.678901       1 main.go:12] RuntimeError: late", "RuntimeError", "late"},
		{"[Nest] 1  - 01/02/2026, 3:04:05 AM   ERROR [ExceptionHandler] UnknownDependenciesException [Error]: can't", "UnknownDependenciesException", "can't"},
	}
	for _, tt := range tests {
		typ, msg, ok := ExceptionLine(tt.line)
		if !ok || typ != tt.typ || msg != tt.msg {
			t.Errorf("ExceptionLine(%q) = %q, %q, %v; want %q, %q", tt.line, typ, msg, ok, tt.typ, tt.msg)
		}
	}
	for _, line := range []string{
		"", "Error", "error", "Exception", "ERROR: disk full", "ERROR disk full", "WARNING: old", "INFO: ready", "Warning: careful",
		"DeprecationWarning: old", "GET /orders 200", "key: value", "status: failed", "Order: 17", "Timeout: 30", "NotFound: x",
		"errors: 3", "https://acme.example/Error: x", "Error handling: on", "My Error: x", "ErrorRecovery started", "http://x", "12:30: lunch",
		"Error:late", "error:", "Traceback (most recent call last):", "    at f (/app/a.js:1:2)", "acme::Shop: open", "Fatal error: nothing more",
		"thread 'main' panicked", "** (not a type", "[INFO: all fine]", "/app/shop.rb:12:in 'pay'", "panic:", "fatal error: ",
	} {
		if typ, msg, ok := ExceptionLine(line); ok {
			t.Errorf("ExceptionLine(%q) = %q, %q", line, typ, msg)
		}
	}
}

func TestUserFrames(t *testing.T) {
	tests := []struct {
		line string
		user bool
	}{
		{`File "/app/shop/a.py", line 3, in f`, true},
		{`File "/workspace/main.py", line 3, in f`, true},
		{`File "C:\acme\shop\a.py", line 3, in f`, true},
		{`File "/usr/local/lib/python3.11/site-packages/x/y.py", line 3, in f`, false},
		{`File "/usr/lib/python3/dist-packages/x.py", line 3, in f`, false},
		{`File "/usr/local/lib/python3.11/asyncio/runners.py", line 3, in f`, false},
		{`File "/opt/conda/envs/acme/lib/python3.12/threading.py", line 3, in f`, false},
		{`File "/usr/local/bin/gunicorn", line 8, in <module>`, false},
		{`File "/app/bin/run.py", line 8, in <module>`, true},
		{`File "<frozen importlib._bootstrap>", line 241, in _call`, false},
		{`File "C:\Python311\Lib\json\decoder.py", line 3, in f`, false},
		{"at com.acme.Shop.pay(Shop.java:3)", true},
		{"at java.base/java.util.ArrayList.forEach(ArrayList.java:1511)", false},
		{"at org.springframework.web.Servlet.doGet(Servlet.java:3)", false},
		{"at org.apache.catalina.core.X.y(X.java:3)", false},
		{"at io.netty.channel.X.y(X.java:3)", false},
		{"at reactor.core.publisher.Mono.block(Mono.java:3)", false},
		{"at kotlin.coroutines.X.y(X.kt:3)", false},
		{"at pay (/app/dist/shop.js:3:1)", true},
		{"at pay (/app/node_modules/express/lib/x.js:3:1)", false},
		{"at pay (node:internal/process/task_queues:95:5)", false},
		{"at TCPConnectWrap.afterConnect [as oncomplete] (net.js:1141:16)", false},
		{"at async file:///app/dist/index.mjs:3:1", true},
		{"at eval (eval at load (/app/a.js:1:2), <anonymous>:1:1)", false},
		{"at Acme.Shop.Pay() in /src/Shop.cs:line 3", true},
		{"at System.Linq.Enumerable.Select[T](IEnumerable`1 s)", false},
		{"at Microsoft.AspNetCore.X.Y()", false},
	}
	for _, tt := range tests {
		f, ok := pythonFrame(tt.line)
		if !ok {
			f, _, ok = atFrame(tt.line)
		}
		if !ok || f.User != tt.user {
			t.Errorf("%q: frame %v, user %v", tt.line, ok, f.User)
		}
	}
	for file, user := range map[string]bool{
		"/app/main.go": true, "/go/src/app/main.go": true, "/workspace/cmd/x.go": true, "acme.example/shop/x.go": true,
		"/usr/local/go/src/net/http/server.go": false, "/go/pkg/mod/github.com/x/y@v1.0.0/z.go": false, "/app/vendor/x/y.go": false,
		"net/http/server.go": false, "github.com/x/y@v1.0.0/z.go": false, "vendor/golang.org/x/net/a.go": false,
	} {
		if got := userGo(Frame{File: file, Function: "acme.F"}); got != user {
			t.Errorf("go %s: user %v", file, got)
		}
	}
	for file, user := range map[string]bool{
		"/app/shop.rb": true, "app/models/order.rb": true, "/usr/local/bundle/gems/rack-3/lib/a.rb": false, "/app/vendor/bundle/ruby/a.rb": false,
		"/usr/local/lib/ruby/3.3.0/net/http.rb": false, "<internal:kernel>": false, "/usr/local/bin/bundle": false,
	} {
		if got := userRuby(Frame{File: file}); got != user {
			t.Errorf("ruby %s: user %v", file, got)
		}
	}
}

// Lines that are near to frames and are none.
func TestNoFrames(t *testing.T) {
	for _, s := range []string{
		"at ", "at  x", "at 10:31", "at noon (local)", "at x.y(z", "at Shop.pay(Shop.java:x)", "at f (/app/a.js)",
		`File "/app/a.py"`, `File "/app/a.py", line x`, "at Acme.Shop Pay()", "at a.b c(d)",
	} {
		if f, lang, ok := atFrame(s); ok {
			t.Errorf("atFrame(%q) = %+v, %s", s, f, lang)
		}
		if _, ok := pythonFrame(s); ok {
			t.Errorf("pythonFrame(%q)", s)
		}
	}
	for _, s := range []string{"#0", "#x a(1): b", "#0 a", "#0 a(x): b", "#0 a: b", "# 1 a"} {
		if _, ok := phpFrame(s); ok {
			t.Errorf("phpFrame(%q)", s)
		}
	}
	for _, s := range []string{"(a) b", "(a", "lib/a.ex: f", "lib/a.ex:x: f", "lib/a.py:1: f", ""} {
		if _, ok := elixirFrame(s); ok {
			t.Errorf("elixirFrame(%q)", s)
		}
	}
	for _, s := range []string{".go:1", "a.go:", "a.go:1 later", "see a b.go:1", "= a.go:1"} {
		if _, _, ok := goFile(s); ok {
			t.Errorf("goFile(%q)", s)
		}
	}
	for _, s := range []string{"", ")", "a b.c()", "created by ", "created by a b", "word", "x.", "a = b.c()"} {
		if fn, ok := goFunction(s); ok {
			t.Errorf("goFunction(%q) = %q", s, fn)
		}
	}
	for _, s := range []string{"1", "x: y", "1: ", "12345: f", "1: done."} {
		if fn, ok := rustFunction(s); ok {
			t.Errorf("rustFunction(%q) = %q", s, fn)
		}
	}
}
