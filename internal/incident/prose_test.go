package incident

import (
	"encoding/json"
	"testing"
)

// TestShort: a short span shows a part and keeps the whole until it is settled.
func TestShort(t *testing.T) {
	p := Prose("it said " + Short("one two three four", 9) + " and " + Short("five", 9) + " ([E1])")
	want := "it said one two… and five ([E1])"
	if got := p.Plain(); got != want {
		t.Errorf("Plain = %q, want %q", got, want)
	}
	whole, n := CutOf(p.Whole()[1].Text)
	if whole != "one two three four" || n != 9 {
		t.Errorf("CutOf = %q, %d", whole, n)
	}
	if whole, n := CutOf(p.Whole()[3].Text); whole != "five" || n != 0 {
		t.Errorf("CutOf = %q, %d", whole, n)
	}
	settled := Prose("it said `one two…` and `five` ([E1])")
	if got := p.Settle(nil); got != settled || got.Settle(nil) != settled {
		t.Errorf("Settle = %q", got)
	}
	if got, _ := json.Marshal(p); string(got) != "\""+string(settled)+"\"" {
		t.Errorf("as JSON %s", got)
	}
}

// TestShortHostile: a log that holds the mark itself cannot say where it is cut.
func TestShortHostile(t *testing.T) {
	for in, want := range map[string]string{
		"ab\ufdd01 `x` and more text": "ab\\ufdd01 `x` and…",
		"ab\ufdd01":                   "ab\\ufdd01",
		"``` fence of three and more": "``` fence of thre…",
		"\x1b[31m and so on, and on":  "\\u001b[31m and so…",
	} {
		if got := Prose(Short(in, 18)).Plain(); got != want {
			t.Errorf("%q shows %q, want %q", in, got, want)
		}
	}
	for _, p := range []Prose{"`\ufdd0`", "`a\ufdd0x`", "`a\ufdd0-3`", "`a\ufdd099999999999999999999`", "`\ufdd05`", "a\ufdd01"} {
		p.Spans()
		p.Settle(nil)
	}
}
