package verify

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logwhy/internal/ingest"
)

// hostile are documents that are no reports.
var hostile = []string{
	"", "\x00\xff\xfe\x80", "```", "````\n```\n````\n```", "> > > ```\n> x\n", strings.Repeat("`", 999) + "a" + strings.Repeat("`", 998),
	"| | |\n|---|\n|", "[E1], 10:00:00, ERROR:\n```\nx\n```", "[E1]: https://x?insertId=\"%zz", "99:99 24:00 0:00 12:60", "1 of 0, 0 of 0, 99999999999999999999 of 1 times",
	"{\"schema\":\"logwhy.analysis/v1\"}", "{\"schema\":\"logwhy.analysis/v1\",\"evidence\":{\"E1\":{\"source\":\"\"}},\"findings\":[{}],\"inputs\":[{}]}",
	"0000-00-00T00:00:00.000000000Z since 9999-99-99 10:00 errors", "2026-03-03T10:02:00+99:99 ERROR connection refused error",
	"no errors after 10:00 and 10:00 - 09:00 errors resolved by 10:08", "“ ” \" `\" `",
}

func FuzzDocument(f *testing.F) {
	for _, s := range hostile {
		f.Add([]byte(s))
	}
	f.Add([]byte("# T\n\n```\n2026-03-03T10:02:00.250Z ERROR mailer: connection refused by smtp.acme.test\n```\n`POST /orders/{id}` 500: 2 of 3 requests since 10:00, 100% failure rate. No errors after 10:05.\n| [E1] | 10:02 | `x` |\n"))
	p := filepath.Join(f.TempDir(), "export.json")
	if err := os.WriteFile(p, []byte(outage), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := ingest.Open([]string{p}, ingest.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		d := Parse("r.md", data)
		r, err := Against(context.Background(), []*Document{d}, set, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Supported+r.NotSupported+r.NotChecked != len(r.Claims) {
			t.Errorf("%d + %d + %d claims are not %d", r.Supported, r.NotSupported, r.NotChecked, len(r.Claims))
		}
		lines := strings.Count(d.text, "\n") + 1
		for _, c := range r.Claims {
			if c.Line < 1 || c.Line > lines || c.Verdict == "" || strings.ContainsAny(c.Text+c.Why+c.Note, "\n\r\x1b") {
				t.Errorf("claim is %+v, of %d lines", c, lines)
			}
		}
	})
}

// A document of many megabytes costs seconds, whatever it is made of.
func TestHugeDocuments(t *testing.T) {
	for name, s := range map[string]string{
		"one line":        strings.Repeat("x", 20<<20),
		"fences":          strings.Repeat("` `` ``` ````` ", 1<<19),
		"quotes":          strings.Repeat("“a \"b ", 1<<19),
		"links":           strings.Repeat("](", 1<<21),
		"times":           strings.Repeat("since 10:02 errors, 10:00 - 10:05 ", 1<<11),
		"counts":          strings.Repeat("`mailer: started` ×2 1 of 2 requests 5% error rate ", 1<<11),
		"lines":           strings.Repeat("```\n2026-03-03T10:02:00Z ERROR a failed b c\n", 1<<16),
		"different lines": differentLines(20000),
		"rows":            strings.Repeat("| 10:02:00.5 | `a failed b c` |\n", 1<<16),
	} {
		t.Run(name, func(t *testing.T) {
			if r := against(t, "r.md", s, outage); len(r.Claims) > maxClaims+maxLine {
				t.Errorf("%d claims", len(r.Claims))
			}
		})
	}
}

func differentLines(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("```\nfailed to connect to host ")
		b.WriteString(strings.Repeat("i", i%97))
		b.WriteString(strings.Repeat("j", i/97))
		b.WriteString("\n```\n")
	}
	return b.String()
}
