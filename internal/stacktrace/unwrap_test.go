package stacktrace

import (
	"strings"
	"testing"
)

func TestUnwrapReason(t *testing.T) {
	tests := []struct {
		msg  string
		want []string
	}{
		// Wrapped errors of Go.
		{"failed to start: open /etc/acme/app.yaml: no such file or directory", []string{"failed to start", "open /etc/acme/app.yaml: no such file or directory"}},
		{"failed to connect: dial tcp 10.20.0.3:5432: connect: connection refused", []string{"failed to connect", "dial tcp 10.20.0.3:5432: connect: connection refused"}},
		{"create user: insert row: pq: duplicate key value violates unique constraint \"users_email_key\"", []string{"create user", "insert row", "pq: duplicate key value violates unique constraint \"users_email_key\""}},
		{`Get "https://ledger.acme.example/v1": dial tcp: lookup ledger.acme.example on 10.0.0.2:53: no such host`, []string{`Get "https://ledger.acme.example/v1"`, "dial tcp", "lookup ledger.acme.example on 10.0.0.2:53: no such host"}},
		{"failed to ping: context deadline exceeded", []string{"failed to ping", "context deadline exceeded"}},
		{"loading settings: yaml: line 3: mapping values are not allowed in this context", []string{"loading settings", "yaml: line 3: mapping values are not allowed in this context"}},
		{`rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:9000: connect: connection refused"`, []string{"rpc error: code = Unavailable", "connection error", "transport: Error while dialing", "dial tcp 10.0.0.1:9000: connect: connection refused"}},
		{"googleapi: Error 403: Permission 'x.y' denied on resource 'z', forbidden", []string{"googleapi: Error 403: Permission 'x.y' denied on resource 'z', forbidden"}},
		{"terminated: Application failed to start: failed to load /entry.sh: no such file or directory", []string{"terminated", "Application failed to start", "failed to load /entry.sh: no such file or directory"}},

		// Python.
		{"Failed to run migrations: (psycopg2.OperationalError) connection to server at \"db\", port 5432 failed: Connection refused", []string{"Failed to run migrations", "(psycopg2.OperationalError) connection to server at \"db\", port 5432 failed: Connection refused"}},
		{"Middleware setup failed: No module named 'acme.shop'", []string{"Middleware setup failed", "No module named 'acme.shop'"}},
		{"Middleware setup failed: TypeError: basket() takes 1 positional argument but 2 were given", []string{"Middleware setup failed", "TypeError: basket() takes 1 positional argument but 2 were given"}},
		{"worker: KeyError: 'sku'", []string{"worker", "KeyError: 'sku'"}},
		{"CRITICAL STARTUP FAILURE: Database initialization timeout after 25.0s in staging", []string{"CRITICAL STARTUP FAILURE", "Database initialization timeout after 25.0s in staging"}},
		{"Could not connect to ledger: Error HTTPSConnectionPool(host='l.acme.example', port=8443): Max retries exceeded with url: /? (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused'))", []string{
			"Could not connect to ledger",
			"Error HTTPSConnectionPool(host='l.acme.example', port=8443): Max retries exceeded with url: /? (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused'))",
			"Failed to establish a new connection: [Errno 111] Connection refused",
			"[Errno 111] Connection refused"}},
		{"Failed to create session: 403: Not authenticated", []string{"Failed to create session", "403: Not authenticated"}},
		{"(pg8000.exceptions.DatabaseError) {'S': 'ERROR', 'C': '42703', 'M': 'column users.tier does not exist'}", []string{"(pg8000.exceptions.DatabaseError) {'S': 'ERROR', 'C': '42703', 'M': 'column users.tier does not exist'}", "column users.tier does not exist"}},
		{"Error code: 400 - {'error': {'message': \"Unsupported value: 'x' is not supported\", 'type': 'invalid'}}", []string{"Error code: 400 - {'error': {'message': \"Unsupported value: 'x' is not supported\", 'type': 'invalid'}}", "Unsupported value: 'x' is not supported"}},

		// The JVM, Node.js, Ruby.
		{"Error creating bean with name 'ledger': Lookup failed; nested exception is java.net.ConnectException: Connection refused", []string{"Error creating bean with name 'ledger'", "Lookup failed", "java.net.ConnectException: Connection refused"}},
		{"Validation failed: Email has already been taken", []string{"Validation failed", "Email has already been taken"}},
		{`{"message":"invalid symbol: ACME/EUR"}`, []string{`{"message":"invalid symbol: ACME/EUR"}`, "invalid symbol: ACME/EUR"}},
		{"PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target", []string{"PKIX path building failed", "sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target"}},
		{"Invalid `prisma.order.create()` invocation:\n\n\nUnique constraint failed on the fields: (`email`)", []string{"Invalid `prisma.order.create()` invocation:", "Unique constraint failed on the fields: (`email`)"}},
		{"Failed to load settings:\n  missing key database.url", []string{"Failed to load settings:", "missing key database.url"}},

		// No chains: values, quotes, brackets, URLs, times, hosts, paths, lists.
		{"invalid literal for int() with base 10: 'abc'", nil},
		{"unsupported operand type(s) for +: 'int' and 'str'", nil},
		{"could not convert string to float: '1,5'", nil},
		{"[Errno 2] No such file or directory: '/app/x y.csv'", nil},
		{"invalid input syntax for type integer: \"a b\"", nil},
		{"failed to open: /etc/acme/app.yaml", nil},
		{"startup failed: ENOENT", nil},
		{"error code: 1045", nil},
		{"Validation Error Count: 1", nil},
		{"exit status: 1", nil},
		{"request failed at 03:04:05: retrying", nil},
		{"failed fetching https://acme.example/a: b", nil},
		{"cannot open C:\\acme\\app.ini", nil},
		{"unexpected token \"a: failed: b\" in template", nil},
		{"bad reply (error: nothing: here) from peer", nil},
		{"order_id: 17, customer: acme, error: none", nil},
		{"management_id: Required field is empty, company_name: Required field is empty", nil},
		{"Note: this is informational", nil},
		{"FATAL:  password authentication failed for user \"shop\"", nil},
		{"ERROR: relation \"orders\" does not exist", nil},
		{"Error 1045 (28000): Access denied for user 'shop'@'10.20.0.9' (using password: YES)", nil},
		{"SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.orders' doesn't exist", nil},
		{"400 Client Error: Bad Request for url: https://acme.example/v1", nil},
		{"x509: certificate signed by unknown authority", nil},
		{"listening on localhost:8080: ready", nil},
		{"", nil},
		{":", nil},
		{": : : :", nil},
		{"plain words", nil},
		{"it is: see 'til tomorrow", nil},
	}
	for _, tt := range tests {
		want := tt.want
		if want == nil {
			want = []string{tt.msg}
		}
		got := UnwrapReason(tt.msg)
		if strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Errorf("UnwrapReason(%q)\n got %q\nwant %q", tt.msg, got, want)
		}
	}
}
