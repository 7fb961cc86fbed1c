package correlate

import (
	"fmt"
	"testing"
)

func TestZZ(t *testing.T) {
	for _, s := range []string{
		"took 12ms and 3.4GB of 4 GB, 85% at -3.5e-10 done",
		"request 7f3c9a2e-11aa-4bcd-9e0f-aabbccddeeff failed",
		"dial tcp 10.0.0.7:5432: connect: connection refused",
		"listen [::1]:8080 fe80::1ff:fe23:4567:890a",
		"2025-09-08T04:07:37.123Z at 2025-09-08 04:07:37,123 on Sun Jul 17 23:21:54 2005",
		"open /data/users/8812/profile.json: no such file",
		"GET https://api.acme.dev/v1/orders/8812?x=1 failed",
		"mail to joe@example.com from=ann.b@x.org bounced",
		`key 'user-12' and "short" and 'averyveryverylongvaluewithoutanydigitsinside1'`,
		"user=alice id=42 state=ready attempt=3",
		"token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 rejected",
		"pod checkout-api-7d9f8b6c5-x2k4p evicted", "pod checkout-api-7d9f8b6c5-xkwzp evicted",
		"instance 00c61b117c0f2e1d9b7e00 i-0abc123def",
		"object com.acme.Cart@1a2b3c leaked", "block blk_-1608999687919862906 gone",
		"root@worker-12 said version v1.2.3-rc1", "main.go:123 in Foo at app/x.py:77",
		"array [1, 2, 3] and [4,5] and (6, 7)", "floats 1.5 -2.5 +3", "worker-12 node7 Cart77Service",
		"status 404 for id 404", "HTTP/1.1 500 12ms", `"GET /x HTTP/1.1" 503 1234`, "close code 1011 after 30 s", "errno 111: [Errno 111] refused",
		"exited with exit code 137", "SQLSTATE[42P01] table", "SQLSTATE 23505", "killed by signal 9", "status=503 code: 1006, statusCode=404",
		"500 Pool exhausted", "403 Not authenticated", "failed: 429 Too Many Requests", "ORA-00001: unique", "error 5 of 10", "error: 23 rows",
		`{"code":404,"msg":"x12 y"}`, `{"status": "404", "id": "404a"}`, "P2002: unique", "prisma error code P2002", "exit status 2", "rc=-110 ret",
		"memory 0x7ffe12 code 0x80070005", "port 5432 line 12", "can't open user's file 'x1'", "host db-1.internal.acme.dev:5432 down", "3 of 5 nodes up",
		"Process exited abnormally with 3", "statusCode 200 in 200ms", "WebSocket closed (code=1011)", "websocket: close 1006 (abnormal closure)", "gRPC status 14: x", "code = Unavailable desc = x", "rpc error: code = 14", "duplicate key E11000 x", "grpc_status:14", "Error 1045 (28000): Access denied", "exit code: 1", "exit code (1)", "terminated with status code 1.", "response code 502, retry 3", "upstream returned 502", "returned status of 500", "got HTTP 502 from 10.1.1.1", "HTTP error 503", "httpStatus=401 x", "<status>404</status>", "signal: 9", "SIGTERM15", "code 12345678", "user 550e8400e29b41d4a716446655440000 deadbeefcafe",
		"C:\\Users\\joe12\\x.txt", "email:joe@example.com", "@scope/pkg@1.2.3", "http://10.0.0.1:80/a/12/b", "postgres://u:p@db7.acme.dev/x", "https://hooks.acme.dev/T0AB12/XyZ9aB3cD4eF5gH6iJ7k",
	} {
		fmt.Printf("%-70s | %s\n", s, mask(s))
		if mask(mask(s)) != mask(s) {
			fmt.Println("     !!!", mask(mask(s)))
		}
	}
}
