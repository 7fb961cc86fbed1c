package ingest

import (
	"testing"

	"logwhy/internal/logentry"
)

func TestLevelInText(t *testing.T) {
	const none = logentry.SeverityDefault
	for _, c := range []struct {
		text string
		want logentry.Severity
	}{
		// Brackets.
		{"[ERROR] payment refused", logentry.SeverityError},
		{"[error] payment refused", logentry.SeverityError},
		{"2026/01/15 12:00:00 [error] 29#29: *1 connect() failed", logentry.SeverityError},
		{"2026/01/15 12:00:00 [emerg] 1#1: bind() to 0.0.0.0:80 failed", logentry.SeverityEmergency},
		{"[2026-01-15 12:00:00 +0000] [12] [ERROR] Worker (pid:14) exited with code 3", logentry.SeverityError},
		{"[2026-01-15 12:00:00 +0000] [1] [INFO] Shutting down: Master", logentry.SeverityInfo},
		{"[2026-01-15T12:00:00.436Z] [ERROR] [-] [Sentinel] Surveillance Error:", logentry.SeverityError},
		{"[2026-01-15 12:00:00,123: ERROR/MainProcess] Task raised", logentry.SeverityError},
		{"[2026-01-15T12:00:00Z WARN  acme_api] slow", logentry.SeverityWarning},
		{"[12:00:00 ERR] Unhandled", logentry.SeverityError},
		{"[Thu Jan 15 12:00:00.123456 2026] [core:error] [pid 12] AH00037", logentry.SeverityError},
		{"[2026-01-15 12:00:00.000][1][warning][config] [source/server.cc:12] x", logentry.SeverityWarning},
		{"2026-01-15T12:00:00.123456Z 0 [ERROR] [MY-010119] [Server] Aborting", logentry.SeverityError},
		{"2026-01-15 12:00:00 [error    ] gate_failed  errors=[]", logentry.SeverityError},
		{"12:00:00.000 [error] GenServer terminating", logentry.SeverityError},
		{"[2026-01-15 12:00:00] production.ERROR: Undefined variable", logentry.SeverityError},
		{"[15-Jan-2026 12:00:00] WARNING: [pool www] child 7 exited", logentry.SeverityWarning},
		{"[2026-01-15T12:00:00.000+0000] {taskinstance.py:123} ERROR - Task failed", logentry.SeverityError},
		{"[CRITICAL ERROR] Application failed to start", logentry.SeverityCritical},
		{"[2]       INFO:     Terminated child process [12]", logentry.SeverityInfo},
		{"<11>checkout: failed", logentry.SeverityError},
		// A level before a colon.
		{"ERROR: payment refused", logentry.SeverityError},
		{"ERROR:root:payment refused", logentry.SeverityError},
		{"WARNING:  Invalid HTTP request received.", logentry.SeverityWarning},
		{"INFO:     10.0.0.1:5000 - \"GET / HTTP/1.1\" 500", logentry.SeverityInfo},
		{"CRITICAL: setup failed", logentry.SeverityCritical},
		{"Critical: Database migration failed", logentry.SeverityCritical},
		{"error: Environment variable not found: DATABASE_URL.", logentry.SeverityError},
		{"info: Microsoft.Hosting.Lifetime[14]", logentry.SeverityInfo},
		{"fail: Microsoft.AspNetCore.Server.Kestrel[13]", logentry.SeverityError},
		{"dbug: Acme.Orders[0]", logentry.SeverityDebug},
		{"2026-01-15 12:00:00.123 UTC [27] FATAL:  password authentication failed", logentry.SeverityCritical},
		{"2026-01-15 12:00:00.123 UTC [27]: [1-1] db=orders,user=app ERROR:  relation missing", logentry.SeverityError},
		{"2026-01-15 12:00:00.123 UTC [27] LOG:  database system is ready", logentry.SeverityInfo},
		{" FAIL:  Factory initialization failed", logentry.SeverityError},
		{"❌ ERROR: no such table", logentry.SeverityError},
		{"SEVERE: Servlet.service() threw exception", logentry.SeverityError},
		{"panic: runtime error: index out of range", logentry.SeverityCritical},
		// A level in capitals behind a time.
		{"2026-01-15 12:00:00 ERROR x", logentry.SeverityError},
		{"2026-01-15 12:00:00,123 ERROR [main] c.a.Orders - x", logentry.SeverityError},
		{"2026-01-15T12:00:00.000Z  INFO 1 --- [main] c.a.Orders : x", logentry.SeverityInfo},
		{"12:00:00.123 [main] ERROR c.a.Orders - x", logentry.SeverityError},
		{"26/01/15 12:00:00 ERROR Executor: x", logentry.SeverityError},
		{"2026-01-15 12:00:00,123 acme.orders ERROR x", logentry.SeverityError},
		{"WARNING 2026-01-15 08:55:50,183 log Not Found: /favicon.ico", logentry.SeverityWarning},
		{"ERROR c.a.Orders - x", logentry.SeverityError},
		{"12:00PM ERR x", logentry.SeverityError},
		{"2026-01-15T12:00:00.000Z\terror\torders/main.go:12\tx", logentry.SeverityError},
		{"ERRO[0012] x", logentry.SeverityError},
		{"ERROR[2026-01-15T12:00:00Z] x", logentry.SeverityError},
		{"[Nest] 1  - 01/15/2026, 12:00:00 PM   ERROR [ExceptionHandler] Nest can't resolve", logentry.SeverityError},
		{"[Nest] 1  - 01/15/2026, 2:44:14 PM     LOG [InstanceLoader] OrdersModule initialized", logentry.SeverityInfo},
		// Fields.
		{"2026-01-15 12:00:00,123 - acme.orders - WARNING - slow", logentry.SeverityWarning},
		{"2026-01-15 12:00:00,013 - auth-service - acme.routes.auth - ERROR - x", logentry.SeverityError},
		{"acme.orders - ERROR - x", logentry.SeverityError},
		{"2026-01-15 12:00:00.065 | ERROR    | acme.health:check:150 | x", logentry.SeverityError},
		{"web_1  | ERROR x", none}, // a name alone is no logger's head
		{"web_1  | ERROR | x", logentry.SeverityError},
		{"time=2026-01-15T12:00:00Z level=error msg=x", logentry.SeverityError},
		{`time="2026-01-15T12:00:00Z" level=warning msg="x y"`, logentry.SeverityWarning},
		{"level=error msg=x", logentry.SeverityError},
		{`{"level":"error","message":"x"}`, logentry.SeverityError},
		{`{"msg":"x","level":50}`, logentry.SeverityError},
		// klog, Ruby, tools.
		{"E0115 12:00:00.123456      12 orders.go:12] x", logentry.SeverityError},
		{"F0115 12:00:00.123456      12 orders.go:12] x", logentry.SeverityCritical},
		{"E, [2026-01-15T12:00:00.123456 #12] ERROR -- : x", logentry.SeverityError},
		{"npm ERR! code ELIFECYCLE", logentry.SeverityError},
		{"PHP Fatal error:  Uncaught Error", logentry.SeverityCritical},
		// Sentences and exceptions.
		{"", none},
		{"   ", none},
		{"Error: connect ECONNREFUSED 127.0.0.1:5432", none},
		{"fatal: not a git repository", none},
		{"ValueError: SECRET_KEY must be set", none},
		{"The request ended with ERROR: refused", none},
		{"Recovered from an error", none},
		{"ErrorRecoveryManager initialized", none},
		{"CRITICAL STARTUP FAILURE: no database", none},
		{"ALERT sent to on-call", none},
		{"Errors: 0", none},
		{"[Setup] Error creating developer: error: x", none},
		{"[JwtAuthGuard] Token payload: {}", none},
		{"3 ERROR records found", none},
		{"Traceback (most recent call last):\n  File \"x\"", none},
		{"10.0.0.1 - - [15/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 500 12", none},
		{"169.254.169.126:27262 - \"GET /api HTTP/1.1\" 200", none},
		{"log: stored", none},
		{"success: all", none},
		{"config: loaded", none},
		{"[config] loaded", none},
		{"status=error msg=x", none},
		{"Starting - please wait for INFO", none},
		{"2026-01-15 12:00:00 Unexpected ERROR while reading", none},
		{"Debug mode is on", none},
		{"error", none},
		{"    at Object.<anonymous> (/app/index.js:1:7)", none},
	} {
		got, ok := levelInText(c.text)
		if got != c.want || ok != (c.want != none) {
			t.Errorf("levelInText(%q) = %v, %v, want %v", c.text, got, ok, c.want)
		}
	}
}
