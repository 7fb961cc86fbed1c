package lql_test

import (
	"testing"
	"unicode/utf8"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
)

// No text makes the parser panic; what is read is printed so that it is read
// again as the same, and selects the same entries.
func FuzzParse(f *testing.F) {
	for _, tt := range valid {
		f.Add(tt.filter)
	}
	for _, tt := range invalid {
		if len(tt.filter) < 1000 {
			f.Add(tt.filter)
		}
	}
	list := entries(f)
	f.Fuzz(func(t *testing.T, text string) {
		first, err := lql.Parse(text)
		if err != nil {
			return
		}
		printed := first.String()
		if !utf8.ValidString(printed) {
			t.Fatalf("%q is printed as %q", text, printed)
		}
		if utf8.RuneCountInString(printed) > lql.MaxLength {
			return
		}
		second, err := lql.Parse(printed)
		if err != nil {
			t.Fatalf("%q is printed as\n%s\n%v", text, printed, err)
		}
		if tree(first.Expr()) != tree(second.Expr()) {
			t.Fatalf("%q is read as\n%s\nprinted as\n%s\nread as\n%s", text, tree(first.Expr()), printed, tree(second.Expr()))
		}
		if second.String() != printed {
			t.Fatalf("%q is printed as\n%s\nthen as\n%s", text, printed, second.String())
		}
		if a, b := matched(first, list), matched(second, list); a != b {
			t.Fatalf("%q selects %s, printed as\n%s\n%s", text, a, printed, b)
		}
	})
}

// No record makes a filter panic, well formed or not.
func FuzzMatch(f *testing.F) {
	f.Add([]byte(records[:900]))
	f.Add([]byte(`{"jsonPayload":[[[{"count":[1,"2"]}]],"labels":{"a":null}`))
	f.Add([]byte(`{"jsonPayload":"{\"count\":3","\u006asonPayload":{"x":"\ud800"}}`))
	var filters []*lql.Filter
	for _, text := range []string{
		`jsonPayload.count>1`, `jsonPayload:x`, `"x"`, `SEARCH("x y")`, `jsonPayload.nested.items.sku:*`, `httpRequest.responseSize<5`,
		`protoPayload.latency<1s protoPayload.startTime>"2020-01-01"`, `labels:x`, `ip_in_net(jsonPayload.a, "10.0.0.0/8")`,
		`cast(jsonPayload.a, FLOAT64)>1`, `regexp_extract(jsonPayload.a, "(x)")=x`, `errorGroups.id:x`, `metadata.userLabels.a=NULL_VALUE`,
	} {
		filter, err := lql.Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		filters = append(filters, filter)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		list := []*logentry.Entry{{Raw: raw, Payload: logentry.PayloadJSON}}
		if read, err := ingest.DecodeAll(raw); err == nil {
			list = append(list, read...)
		}
		for _, e := range list {
			for _, filter := range filters {
				filter.Match(e)
			}
		}
	})
}
