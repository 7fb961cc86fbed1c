package baseline

import "testing"

func TestFingerprint(t *testing.T) {
	id := func(tag string) map[string]string { return map[string]string{"user": tag, "table": "orders"} }
	base := Fingerprint("shop.missing", "checkout-api", id("[email:1]"))
	for _, same := range []string{
		Fingerprint("shop.missing", "checkout-api", id("[email:27]")),
		Fingerprint("shop.missing", "checkout-api", id("[email:a1b2c3]")),
		Fingerprint("shop.missing", "checkout-api", id("[email:more]")),
	} {
		if same != base {
			t.Errorf("the number of a tag changes the fingerprint: %s, %s", same, base)
		}
	}
	for _, other := range []string{
		Fingerprint("shop.missing", "mailer", id("[email:1]")),
		Fingerprint("shop.other", "checkout-api", id("[email:1]")),
		Fingerprint("shop.missing", "checkout-api", id("[token:1]")),
		Fingerprint("shop.missing", "checkout-api", nil),
		Fingerprint("shop.missingcheckout-api", "", id("[email:1]")),
	} {
		if other == base || len(other) != fingerprintLen {
			t.Errorf("another failure has the same fingerprint, or a wrong one: %s", other)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, tt := range []struct {
		wide, narrow string
		want         bool
	}{
		{"User * not found", "User bob not found", true},
		{"User * not found", "User bob is not found", false},
		{"User bob not found", "User * not found", false},
		{"User * not found", "User * not found", true},
		{"load */img.* of *", "load shop/img.png of [email:2]", true},
		{"a=*;b=*", "a=1;c=2", false},
		{"a*c", "abd", false},
		{"*", "", false},
		{"", "", false},
	} {
		if got := covers(tt.wide, tt.narrow); got != tt.want {
			t.Errorf("%q covers %q: %v", tt.wide, tt.narrow, got)
		}
	}
}
