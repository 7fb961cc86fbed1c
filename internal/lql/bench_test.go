package lql_test

import (
	"testing"

	"logwhy/internal/lql"
)

// commonFilters need no memory when they are evaluated.
var commonFilters = []struct{ name, filter string }{
	{"severity", `severity>=ERROR`},
	{"time", `timestamp>="2026-03-03T10:00:00Z" timestamp<"2026-03-03T11:00:00Z"`},
	{"service", `resource.type="cloud_run_revision" resource.labels.service_name="checkout-api"`},
	{"status", `httpRequest.status>=500 httpRequest.latency>1s`},
	{"has", `textPayload:"is empty"`},
	{"regexp", `textPayload=~"cart \d+ is"`},
	{"log_id", `log_id("run.googleapis.com/stderr")`},
	{"label", `labels."k8s-pod/app"=mailer`},
	{"payload", `jsonPayload.nested.age>20 OR jsonPayload.message:mail`},
	{"method", `protoPayload.methodName:ReplaceService`},
	{"audit", `protoPayload.authenticationInfo.principalEmail="dev@example.com"`},
	{"typical", `resource.type=("cloud_run_revision" OR "cloud_run_job") (severity>=WARNING OR httpRequest.status>=500) -textPayload:healthz`},
}

func TestCommonFiltersNeedNoMemory(t *testing.T) {
	list := entries(t)
	for _, tt := range commonFilters {
		f, err := lql.Parse(tt.filter)
		if err != nil {
			t.Fatal(err)
		}
		// Texts beyond ASCII, B has one, are folded anew; escaped ones, in C, unescaped.
		ascii := append(list[:1:1], list[3:]...)
		if n := testing.AllocsPerRun(20, func() { matched(f, ascii) }); n > 1 { // matched itself makes a string
			t.Errorf("%s: %v allocations", tt.filter, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	list := entries(b)
	filters := append(commonFilters[:len(commonFilters):len(commonFilters)],
		struct{ name, filter string }{"phrase", `"is empty"`},
		struct{ name, filter string }{"search", `SEARCH("cart empty")`})
	for _, tt := range filters {
		f, err := lql.Parse(tt.filter)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, e := range list {
					f.Match(e)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/entry")
		})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := lql.Parse(commonFilters[len(commonFilters)-1].filter); err != nil {
			b.Fatal(err)
		}
	}
}
