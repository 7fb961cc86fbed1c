package ingest

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"logwhy/internal/logentry"
)

// The records have the size and shape of what Cloud Run writes: about 1.1 kB.
const (
	benchRequest = `{"httpRequest":{"latency":"0.048213911s","protocol":"HTTP/1.1","remoteIp":"203.0.113.24","requestMethod":"POST","requestSize":"1834","requestUrl":"https://checkout-api-6bq3fkz7xa-ew.a.run.app/api/v1/orders/48213/items?expand=prices&locale=en","responseSize":"812","serverIp":"192.0.2.53","status":200,"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"},"insertId":"6975e86c0006f632c3d5ea42","labels":{"commit-sha":"9f1c2d3e4b5a69788796a5b4c3d2e1f001122334","gcb-build-id":"2f1a7c9e-5d3b-4e8f-9a6c-0b1d2e3f4a5b","instanceId":"0087599d42c1e6b3f7a9d0e2c4b6a8f1d3e5c7b9a0f2e4d6c8bafedcba98765432100123456789abcdeffedcba9876543210","managed-by":"gcp-cloud-build-deploy-cloud-run"},"logName":"projects/acme-staging/logs/run.googleapis.com%2Frequests","receiveTimestamp":"2026-01-15T12:00:00.198211364Z","resource":{"labels":{"configuration_name":"checkout-api","location":"europe-west1","project_id":"acme-staging","revision_name":"checkout-api-00042-xuv","service_name":"checkout-api"},"type":"cloud_run_revision"},"severity":"INFO","spanId":"8d6f1b3a5c7e9012","timestamp":"2026-01-15T12:00:00.048213Z","trace":"projects/acme-staging/traces/4bf92f3577b34da6a3ce929d0e0e4736","traceSampled":true}`
	benchText    = `{"insertId":"6975e86c0006f632c3d5ea43","labels":{"commit-sha":"9f1c2d3e4b5a69788796a5b4c3d2e1f001122334","gcb-build-id":"2f1a7c9e-5d3b-4e8f-9a6c-0b1d2e3f4a5b","instanceId":"0087599d42c1e6b3f7a9d0e2c4b6a8f1d3e5c7b9a0f2e4d6c8bafedcba98765432100123456789abcdeffedcba9876543210","managed-by":"gcp-cloud-build-deploy-cloud-run"},"logName":"projects/acme-staging/logs/run.googleapis.com%2Fstdout","receiveTimestamp":"2026-01-15T12:00:00.198211364Z","resource":{"labels":{"configuration_name":"checkout-api","location":"europe-west1","project_id":"acme-staging","revision_name":"checkout-api-00042-xuv","service_name":"checkout-api"},"type":"cloud_run_revision"},"textPayload":"2026-01-15 12:00:00,047 - acme.checkout.orders - INFO - order 48213 priced: 3 items, total 48.20 EUR, prices taken from the cache of price list 2026-01-15 (age 00:04:11), customer group retail, shipping to be computed by the carrier service because the address is outside of the delivery zones known here","timestamp":"2026-01-15T12:00:00.047913Z"}`
	benchJSON    = `{"insertId":"6975e86c0006f632c3d5ea44","jsonPayload":{"cart_id":"c-48213","customer_group":"retail","duration_ms":41.8,"event":"order.priced","level":"info","logger":"acme.checkout.orders","price_list":"2026-01-15","region":"europe-west1","request_id":"b0c7ad6e-3c11-4a5f-9a2f-7d1f0e6f5a44","timestamp":"2026-01-15T12:00:00.047811Z","total":48.2,"user_agent":"acme-shop/4.2 (ios 19.1)"},"labels":{"commit-sha":"9f1c2d3e4b5a69788796a5b4c3d2e1f001122334","gcb-build-id":"2f1a7c9e-5d3b-4e8f-9a6c-0b1d2e3f4a5b","instanceId":"0087599d42c1e6b3f7a9d0e2c4b6a8f1d3e5c7b9a0f2e4d6c8bafedcba98765432100123456789abcdeffedcba9876543210","managed-by":"gcp-cloud-build-deploy-cloud-run"},"logName":"projects/acme-staging/logs/run.googleapis.com%2Fstdout","receiveTimestamp":"2026-01-15T12:00:00.198211364Z","resource":{"labels":{"configuration_name":"checkout-api","location":"europe-west1","project_id":"acme-staging","revision_name":"checkout-api-00042-xuv","service_name":"checkout-api"},"type":"cloud_run_revision"},"timestamp":"2026-01-15T12:00:00.047913Z"}`
)

func BenchmarkDecode(b *testing.B) {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(benchRequest), "  ", "  "); err != nil {
		b.Fatal(err)
	}
	frame := `  File \"/app/acme/checkout/orders.py\", line 42, in price\n    total = sum(item.price for item in items)\n`
	trace := strings.Replace(benchText, "acme.checkout.orders - INFO - ", `Traceback (most recent call last):\n`+strings.Repeat(frame, 20), 1)
	for _, c := range []struct{ name, record string }{
		{"request", benchRequest}, {"text", benchText}, {"json", benchJSON}, {"pretty", pretty.String()}, {"traceback", trace},
	} {
		b.Run(c.name, func(b *testing.B) {
			d, raw := newDecoder(), []byte(c.record)
			var e logentry.Entry
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if err := d.decode(raw, &e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
