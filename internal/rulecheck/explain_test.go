package rulecheck

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

func catalog(t *testing.T, rules ...string) *signature.Catalog {
	t.Helper()
	fsys := fstest.MapFS{}
	for i, r := range rules {
		fsys[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: []byte(r)}
	}
	c, bad := signature.Load([]signature.Source{{FS: fsys, Root: "my"}}, signature.Options{})
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	return c
}

func decode(t *testing.T, records ...string) []*logentry.Entry {
	t.Helper()
	entries, err := ingest.DecodeAll([]byte("[" + strings.Join(records, ",") + "]"))
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func line(at int, text string) string {
	return fmt.Sprintf(`{"insertId":"i%d","timestamp":"2026-03-02T10:00:%02dZ","textPayload":%q,"labels":{"instanceId":"in1"},"resource":{"type":"cloud_run_revision"}}`, at, at, text)
}

const lockRule = `id: shop.lock
title: Lock
role: failure
match:
  message: {regex: 'could not lock stock of (?P<sku>\S+) within (?P<limit>\d+)s', contains: [Timeout, order]}
  any:
    - resource.type: {equals: k8s_container}
    - httpRequest.status: {ge: 500}
    - not: {resource.type: {equals: cloud_run_revision}}
  level: {equals: ERROR}
identity: [sku, limit]
`

func explanation(t *testing.T, c *signature.Catalog, id string, entries []*logentry.Entry) string {
	t.Helper()
	x, err := Explain(c, id, entries)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := x.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func equal(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestExplainNearest(t *testing.T) {
	c := catalog(t, lockRule)
	got := explanation(t, c, "shop.lock", decode(t, line(1, "nothing"), line(2, "could not lock stock of SKU-1 in time: timeout of order"), line(3, "stock is fine")))
	equal(t, got, `shop.lock (my/0.yaml:1) is recognised never in 3 entries.

entry#2 2026-03-02T10:00:02Z "could not lock stock of SKU-1 in time: timeout of order"
  no      all
    no      all
      no      message regex could not lock stock of (?P<sku>\S+) within (?P<limit>\d+)s (line 5)
              it matches up to `+"`could not lock stock of (?P<sku>[^\\t\\n\\f\\r ]+)`; then comes ` within `"+`, which does not
      no      message contains Timeout, order (line 5)
              not in it: "Timeout" (but for case)
    no      any
      no      resource.type equals k8s_container (line 7)
              it is "cloud_run_revision"
      unknown httpRequest.status ge 500 (line 8)
              the entry has no httpRequest.status
      no      not
        yes     resource.type equals cloud_run_revision (line 9)
    no      level equals ERROR (line 10)
            it is "DEFAULT"
`)
}

func TestExplainHints(t *testing.T) {
	for _, tt := range []struct{ pattern, text, want string }{
		{"lock FAILED", "lock failed", "(?i)"}, {"^lock failed", "x\nlock failed", "(?m)"}, {"lock.*failed", "lock\nfailed", "(?s)"},
		{"^lock.*failed", "x\nlock\nfailed", "(?ms)"}, {"(?:abc|lock \\d+) failed", "lock 7 went", "up to"}, {"lock", "other", "nothing of it"},
	} {
		c := catalog(t, "id: a.a\ntitle: A\nrole: failure\nmatch: {message: {regex: '"+tt.pattern+"'}}\n")
		clause := c.Lookup("a.a").Explain(&logentry.Entry{Message: tt.text})
		if !strings.Contains(clause.Why, tt.want) {
			t.Errorf("%s on %q: %s", tt.pattern, tt.text, clause.Why)
		}
	}
}

func TestExplainHit(t *testing.T) {
	c := catalog(t, "id: a.a\ntitle: A\nrole: failure\nmatch: {message: {contains: lock}}\n")
	got := explanation(t, c, "a.a", decode(t, line(1, "lock one"), line(2, "loc"), line(3, "lock two")))
	equal(t, got, `a.a (my/0.yaml:1) is recognised 2 times in 3 entries.

entry#1 2026-03-02T10:00:01Z "lock one"
  yes     message contains lock (line 4)

entry#3 2026-03-02T10:00:03Z "lock two"
  yes     message contains lock (line 4)
`)
	got = explanation(t, c, "a.a", decode(t, line(1, "x")))
	equal(t, got, "a.a (my/0.yaml:1) is recognised never in 1 entries.\nNo entry has anything of it.\n")
}

func TestExplainUnknownID(t *testing.T) {
	_, err := Explain(catalog(t, lockRule), "shop.lok", nil)
	if err == nil || !strings.Contains(err.Error(), `Did you mean "shop.lock"?`) {
		t.Error(err)
	}
	_, err = Explain(catalog(t, lockRule), "completely.different", nil)
	if err == nil || !strings.Contains(err.Error(), "rules list") {
		t.Error(err)
	}
}

const pairRule = `id: shop.pair
title: Pair
role: failure
sequence:
  steps:
    - {as: paid, match: {message: {contains: order paid}}}
    - {as: gone, match: {message: {contains: stock gone}}}
  join: [instance]
  within: 5s
  absent: [{match: {message: {contains: order cancelled}}, between: [paid, gone]}]
`

func TestExplainSequence(t *testing.T) {
	c := catalog(t, pairRule)
	other := strings.ReplaceAll
	for _, tt := range []struct {
		name    string
		entries []string
		want    string
	}{
		{"hit", []string{line(1, "order paid"), line(2, "stock gone")}, ""},
		{"step missing", []string{line(1, "order paid"), line(2, "stock left")}, "step gone was seen never and is needed once"},
		{"too far", []string{line(1, "order paid"), line(9, "stock gone")}, "without within it would be recognised once"},
		{"elsewhere", []string{line(1, "order paid"), other(line(2, "stock gone"), "in1", "in2")}, "without join it would be recognised once"},
		{"far and elsewhere", []string{line(1, "order paid"), other(line(9, "stock gone"), "in1", "in2")}, "without both"},
		{"cancelled", []string{line(1, "order paid"), line(2, "order cancelled"), line(3, "stock gone")}, "without absent it would be recognised once"},
		{"other order", []string{line(3, "order paid"), line(2, "stock gone")}, "never in this order"},
	} {
		x, err := Explain(c, "shop.pair", decode(t, tt.entries...))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(x.Without, "; "); !strings.Contains(got, tt.want) || (tt.want == "") != (x.Hits == 1) {
			t.Errorf("%s: %d hits, %q, want %q", tt.name, x.Hits, got, tt.want)
		}
	}
	got := explanation(t, c, "shop.pair", decode(t, line(1, "order paid"), line(2, "stock left")))
	if !strings.Contains(got, "paid         shop.pair#paid: seen once, needed once") || !strings.Contains(got, "step paid: entry#1") ||
		!strings.Contains(got, "absent       shop.pair#absent-1: seen never, must be absent") {
		t.Error(got)
	}
}

// TestExplainAnyOrder: the same entries in another order give the same text.
func TestExplainAnyOrder(t *testing.T) {
	c := catalog(t, lockRule)
	entries := decode(t, line(1, "could not lock stock of a"), line(2, "could not lock stock of b"), line(3, "could not lock stock of c"), line(4, "could not lock stock of d"))
	want := explanation(t, c, "shop.lock", entries)
	entries[0], entries[1], entries[2], entries[3] = entries[3], entries[2], entries[0], entries[1]
	equal(t, explanation(t, c, "shop.lock", entries), want)
}
