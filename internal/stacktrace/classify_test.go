package stacktrace

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	tests := []struct {
		line string
		want LineKind
	}{
		{"Traceback (most recent call last):", KindStart},
		{"  + Exception Group Traceback (most recent call last):", KindStart},
		{"    | Traceback (most recent call last):", KindStart},
		{"goroutine 12 [chan receive, 3 minutes]:", KindStart},
		{"goroutine 1 gp=0xc000002380 m=0 mp=0x5b7a40 [running]:", KindStart},
		{"panic: assignment to entry in nil map", KindStart},
		{"fatal error: all goroutines are asleep - deadlock!", KindStart},
		{`Exception in thread "main" java.lang.IllegalStateException: no realm`, KindStart},
		{"thread 'main' panicked at src/main.rs:3:5:", KindStart},
		{"stack backtrace:", KindStart},
		{"Stack trace:", KindStart},
		{`  File "/app/shop.py", line 3, in pay`, KindFrame},
		{`  File "/app/shop.py", line 12`, KindFrame},
		{"\tat com.acme.shop.Auth.realm(Auth.java:17)", KindFrame},
		{"\tat java.base/sun.nio.ch.Net.pollConnect(Native Method) ~[na:na]", KindFrame},
		{"    at async OrderService.list (/app/dist/order.js:20:16) {", KindFrame},
		{"    at Promise.all (index 0)", KindFrame},
		{"    at file:///app/dist/index.mjs:3:1", KindFrame},
		{"   at Acme.Ledger.Open() in /src/Ledger.cs:line 12", KindFrame},
		{"             at /rustc/5980/library/std/src/panicking.rs:689:5", KindFrame},
		{"   1: core::panicking::panic_fmt", KindFrame},
		{"main.main()", KindFrame},
		{"main.(*Shop).Pay(0xc000012345, {0x7f, 0x1})", KindFrame},
		{"\t/app/main.go:12 +0x1d", KindFrame},
		{"created by main.start in goroutine 1", KindFrame},
		{"\tfrom /app/shop.rb:4:in 'Shop.settle'", KindFrame},
		{"#0 /app/shop.php(12): Shop->pay()", KindFrame},
		{"#2 {main}", KindFrame},
		{"    (shop 0.1.0) lib/shop/ledger.ex:31: Shop.Ledger.post/1", KindFrame},
		{"      in function  ledger:open/1 (/app/src/ledger.erl, line 14)", KindFrame},
		{"    return walk(node.left)", KindSource},
		{"           ^^^^^^^^^^^^^^^", KindSource},
		{"    ~~~~~^^", KindSource},
		{"  code: 'ECONNREFUSED',", KindSource},
		{"}", KindSource},
		{"[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47a76d]", KindSource},
		{"exit status 2", KindSource},
		{"Node.js v20.20.2", KindSource},
		{"During handling of the above exception, another exception occurred:", KindChain},
		{"The above exception was the direct cause of the following exception:", KindChain},
		{"Caused by: java.net.ConnectException: Connection refused", KindChain},
		{"Caused by:", KindChain},
		{"\t... 23 more", KindChain},
		{"\t... 18 common frames omitted", KindChain},
		{"\tSuppressed: java.io.IOException: close", KindChain},
		{"   --- End of inner exception stack trace ---", KindChain},
		{" ---> System.TimeoutException: late", KindChain},
		{"  [cause]: Error: inner", KindChain},
		{"  [Previous line repeated 996 more times]", KindChain},
		{"  +-+---------------- 1 ----------------", KindChain},
		{`Next Shop\LedgerException: ledger closed in /app/src/Ledger.php:40`, KindChain},
		{"ValueError: order 17 has no lines", KindException},
		{"shop.errors.StockError", KindException},
		{"java.lang.IllegalStateException: no realm", KindException},
		{"Error: connect ECONNREFUSED 10.20.0.3:5432", KindException},
		{"error: relation \"orders\" does not exist", KindException},
		{"Uncaught TypeError: basket is null", KindException},
		{"System.TimeoutException: late", KindException},
		{"      System.ArgumentNullException: Value cannot be null.", KindException},
		{"/app/shop.rb:12:in 'pay': no such order (Shop::OrderError)", KindException},
		{"** (KeyError) key :total not found in: %{}", KindException},
		{"    | ValueError: v", KindException},

		{"", KindNone},
		{"GET /orders 200", KindNone},
		{"Listening on 0.0.0.0:8080", KindNone},
		{"Error handling is configured", KindNone},
		{"ERROR: disk full", KindNone},
		{"at 10:31 the job started", KindNone},
		{"at least 3 workers are up (see /app/readme.md)", KindNone},
		{"from now on: ready", KindNone},
		{"2026-01-02 03:04:05 ERROR ValueError: late", KindNone},
		{"Order(17) created by user", KindNone},
		{"#1 priority: tests", KindNone},
	}
	for _, tt := range tests {
		if got := Classify(tt.line); got != tt.want {
			t.Errorf("Classify(%q) = %v, want %v", tt.line, got, tt.want)
		}
	}
}

// Traces that were written one line an entry must hold together.
func TestContinuesHoldsTracesTogether(t *testing.T) {
	// These hold lines of messages that nothing marks, or records of their own.
	skip := map[string]bool{
		"elixir_genserver": true, "java_caused_by": true, "node_prisma": true, "node_warning": true, "python_never_raised": true,
		"python_pydantic": true, "python_spark": true, "python_stripped": true, "rust_panic": true, "two_traces": true,
	}
	files, _ := filepath.Glob("testdata/traces/*.txt")
	checked := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		if skip[name] {
			continue
		}
		checked++
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		prev := KindNone
		for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
			k := Classify(line)
			if prev != KindNone && !Continues(prev, line) {
				t.Errorf("%s:%d: %q does not continue a %v", name, i+1, line, prev)
			}
			if k != KindNone {
				prev = k
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d traces checked", checked)
	}
}

func TestContinues(t *testing.T) {
	tests := []struct {
		prev LineKind
		line string
		want bool
	}{
		{KindNone, "    at f (/app/a.js:1:2)", false},
		{KindFrame, "    at f (/app/a.js:1:2)", true},
		{KindException, "    at f (/app/a.js:1:2)", true},
		{KindFrame, "", true},
		{KindFrame, "ValueError: v", true},
		{KindException, "ValueError: v", false},
		{KindException, "Traceback (most recent call last):", false},
		{KindChain, "Traceback (most recent call last):", true},
		{KindStart, "goroutine 1 [running]:", true},
		{KindFrame, "goroutine 2 [running]:", true},
		{KindException, "Exception in thread \"b\" java.lang.Error: x", false},
		{KindException, "During handling of the above exception, another exception occurred:", true},
		{KindFrame, "2026-01-02 03:04:05 INFO ready", false},
		{KindFrame, "[INFO] ready", false},
		{KindFrame, "INFO ready", false},
		{KindFrame, "GET /orders 200", false},
		{KindFrame, "Server ready", false},
		{KindFrame, "    total = order.total()", true},
	}
	for _, tt := range tests {
		if got := Continues(tt.prev, tt.line); got != tt.want {
			t.Errorf("Continues(%v, %q) = %v", tt.prev, tt.line, got)
		}
	}
}

func TestKindNames(t *testing.T) {
	if KindChain.String() != "chain" || LineKind(200).String() != "" || RelMember.String() != "member" || Relation(99).String() != "" {
		t.Error("names")
	}
}
