package logentry_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"logwhy/internal/logentry"
)

var (
	from = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	to   = time.Date(2026, 3, 3, 10, 0, 0, 500_000_000, time.UTC)
)

func TestLinks(t *testing.T) {
	const base = "https://console.cloud.google.com/logs/query"
	for name, c := range map[string]struct{ got, want string }{
		"entry": {
			logentry.EntryLink("acme-staging", logentry.TimeOf(to), "65e4c0a1000b4f1c"),
			base + ";query=timestamp%3D%222026-03-03T10:00:00.5Z%22%0AinsertId%3D%2265e4c0a1000b4f1c%22?project=acme-staging",
		},
		"entry with a hostile id": {
			logentry.EntryLink("acme.com:staging", logentry.TimeOf(from), `a"b\c;d)e`),
			base + ";query=timestamp%3D%222026-03-03T09:00:00Z%22%0AinsertId%3D%22a%5C%22b%5C%5Cc%3Bd%29e%22?project=acme.com:staging",
		},
		"entry without an id":     {logentry.EntryLink("acme-staging", logentry.TimeOf(from), ""), ""},
		"entry without a time":    {logentry.EntryLink("acme-staging", logentry.NoTime, "x"), ""},
		"entry without a project": {logentry.EntryLink("", logentry.TimeOf(from), "x"), ""},
		"query": {
			logentry.QueryLink("projects/acme-staging", "severity>=WARNING\n(a OR b)", from, to),
			base + ";query=severity%3E%3DWARNING%0A%28a%20OR%20b%29;timeRange=2026-03-03T09:00:00Z%2F2026-03-03T10:00:00.5Z?project=acme-staging",
		},
		"everything": {
			logentry.QueryLink("folders/4711", "", from, to),
			base + ";timeRange=2026-03-03T09:00:00Z%2F2026-03-03T10:00:00.5Z?folder=4711",
		},
		"organization": {
			logentry.QueryLink("organizations/12", "x", from, to),
			base + ";query=x;timeRange=2026-03-03T09:00:00Z%2F2026-03-03T10:00:00.5Z?organizationId=12",
		},
		"view": {
			logentry.QueryLink("projects/p/locations/global/buckets/_Default/views/_AllLogs", "x", from, to),
			base + ";query=x;storageScope=storage,projects%2Fp%2Flocations%2Fglobal%2Fbuckets%2F_Default%2Fviews%2F_AllLogs;timeRange=2026-03-03T09:00:00Z%2F2026-03-03T10:00:00.5Z?project=p",
		},
		"other resource": {logentry.QueryLink("billingAccounts/1", "x", from, to), ""},
		"too long":       {logentry.QueryLink("projects/p", strings.Repeat("x", 5000), from, to), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, c.got, c.want)
		}
	}
}

// What is escaped comes back as it was, and nothing in it ends the parameter,
// the link or the Markdown around it.
func FuzzEscapeExplorer(f *testing.F) {
	for _, s := range []string{"", "a b", `"x" AND (y)`, "\n;=?#/%", "é€😀", "\x00\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := logentry.EscapeExplorer(s)
		if strings.ContainsAny(e, " ;=?#/()[]<>\"'`\n\r\t\\|*") {
			t.Fatalf("%q keeps a delimiter: %s", s, e)
		}
		if back, err := url.PathUnescape(e); err != nil || back != s {
			t.Fatalf("%q became %q, %v", s, back, err)
		}
	})
}
