package main

import (
	"strconv"
	"strings"
	"time"
)

// The functions below append one entry to x.buf, with the keys in the order
// in which gcloud prints them.

const project = "acme-staging"

// request writes a request log and returns the latency in nanoseconds. The
// time of such an entry is that of its start.
func (x *world) request(at origin, status int, trace string) int64 {
	latency := 2e6 + x.rng.Int64N(1+int64(4e8)>>x.rng.IntN(7))
	severity := "INFO"
	switch {
	case status >= 500:
		severity = "ERROR"
	case status >= 400:
		severity = "WARNING"
	}
	method := "GET"
	if x.rng.IntN(4) == 0 {
		method = "POST"
	}
	b := append(x.buf, `{"httpRequest":{"latency":"`...)
	b = appendSeconds(b, latency)
	b = append(b, `s","protocol":"HTTP/1.1","remoteIp":"203.0.113.`...)
	b = strconv.AppendInt(b, int64(x.rng.IntN(250)), 10)
	b = append(b, `","requestMethod":"`...)
	b = append(b, method...)
	b = append(b, `","requestSize":"`...)
	b = strconv.AppendInt(b, 300+x.rng.Int64N(4000), 10)
	b = append(b, `","requestUrl":"https://`...)
	b = append(b, at.svc.host...)
	b = x.appendFilled(b, x.pick(at.svc.paths))
	b = append(b, `","responseSize":"`...)
	b = strconv.AppendInt(b, 200+x.rng.Int64N(60000), 10)
	b = append(b, `","serverIp":"198.51.100.9","status":`...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, `,"userAgent":"`...)
	b = append(b, x.pick(agents)...)
	b = append(b, `"},`...)
	x.buf = b
	x.tail(at, "requests", severity, trace)
	return latency
}

// text writes an entry of standard output or error with a text payload.
func (x *world) text(at origin, template, severity string) {
	x.appendText(x.fill(template))
	x.tail(at, "stdout", severity, "")
}

func (x *world) stderr(at origin, text, severity string) {
	if severity == "ERROR" {
		x.buf = append(x.buf, `{"errorGroups":[{"id":"CO`...)
		x.buf = x.appendHex(x.buf, 18)
		x.buf = append(x.buf, `"}],`...)
	} else {
		x.buf = append(x.buf, '{')
	}
	x.textPayload = text
	x.tail(at, "stderr", severity, "")
}

func (x *world) appendText(text string) {
	x.buf = append(x.buf, '{')
	x.textPayload = text
}

func (x *world) system(at origin, text, severity string) {
	x.appendText(text)
	x.tail(at, "varlog%2Fsystem", severity, "")
}

// structured writes an entry with a JSON payload.
func (x *world) structured(at origin, event, level string) {
	b := append(x.buf, `{"jsonPayload":{"`...)
	cart, order := x.rng.IntN(1e6), x.rng.IntN(1e6)
	b = append(b, `cart_id":"c-`...)
	b = strconv.AppendInt(b, int64(cart), 10)
	b = append(b, `","customer_group":"`...)
	b = append(b, x.pick(groups)...)
	b = append(b, `","duration_ms":`...)
	b = strconv.AppendFloat(b, float64(x.rng.IntN(400000))/1000, 'f', 3, 64)
	if level == "error" {
		b = append(b, `,"error":`...)
		b = strconv.AppendQuote(b, x.fill(errorOf(event)))
	}
	b = append(b, `,"event":"`...)
	b = append(b, event...)
	b = append(b, `","host":"localhost","level":"`...)
	b = append(b, level...)
	b = append(b, `","logger":"acme.`...)
	b = append(b, at.svc.name...)
	b = append(b, `.orders","order":{"currency":"EUR","id":`...)
	b = strconv.AppendInt(b, int64(order), 10)
	b = append(b, `,"items":`...)
	b = strconv.AppendInt(b, int64(1+x.rng.IntN(9)), 10)
	b = append(b, `,"total":`...)
	b = strconv.AppendFloat(b, float64(x.rng.IntN(90000))/100, 'f', 2, 64)
	b = append(b, `},"price_list":"2026-01-15","request_id":"`...)
	b = append(b, x.uuid()...)
	b = append(b, `","time":"`...)
	b = appendTime(b, x.now)
	b = append(b, `","user_agent":"`...)
	b = append(b, x.pick(agents)...)
	b = append(b, `","worker":`...)
	b = strconv.AppendInt(b, int64(x.rng.IntN(8)), 10)
	b = append(b, `},`...)
	x.buf = b
	x.tail(at, "stdout", "", "")
}

// tail writes the fields that all entries have, and the text payload, which
// sorts between them.
func (x *world) tail(at origin, log, severity, trace string) {
	b := append(x.buf, `"insertId":"`...)
	b = appendHexInt(b, x.now/1e9, 8)
	b = appendHexInt(b, x.now%1e9, 8)
	b = x.appendHex(b, 8)
	b = append(b, `","labels":{"commit-sha":"`...)
	b = append(b, at.rev.commit...)
	b = append(b, `","gcb-build-id":"`...)
	b = append(b, at.rev.build...)
	b = append(b, `","gcb-trigger-id":"`...)
	b = append(b, at.rev.trigger...)
	b = append(b, `","instanceId":"`...)
	b = append(b, at.instance...)
	b = append(b, `","managed-by":"gcp-cloud-build-deploy-cloud-run"},"logName":"projects/`+project+`/logs/run.googleapis.com%2F`...)
	b = append(b, log...)
	b = append(b, `","receiveTimestamp":"`...)
	b = appendTime(b, x.now+2e7+x.rng.Int64N(9e8))
	b = append(b, `","resource":{"labels":{"configuration_name":"`...)
	b = append(b, at.svc.name...)
	b = append(b, `","location":"europe-west1","project_id":"`+project+`","revision_name":"`...)
	b = append(b, at.rev.name...)
	b = append(b, `","service_name":"`...)
	b = append(b, at.svc.name...)
	b = append(b, `"},"type":"cloud_run_revision"},`...)
	if severity != "" {
		b = append(b, `"severity":"`...)
		b = append(b, severity...)
		b = append(b, `",`...)
	}
	if trace != "" {
		b = append(b, `"spanId":"`...)
		b = append(b, trace[:16]...)
		b = append(b, `",`...)
	}
	if x.textPayload != "" {
		b = append(b, `"textPayload":`...)
		b = strconv.AppendQuote(b, x.textPayload)
		b = append(b, ',')
		x.textPayload = ""
	}
	b = append(b, `"timestamp":"`...)
	b = appendTime(b, x.now)
	b = append(b, '"')
	if trace != "" {
		b = append(b, `,"trace":"projects/`+project+`/traces/`...)
		b = append(b, trace...)
		b = append(b, `","traceSampled":true`...)
	}
	x.buf = append(b, '}')
}

func appendSeconds(b []byte, ns int64) []byte {
	b = strconv.AppendInt(b, ns/1e9, 10)
	b = append(b, '.')
	return append(b, pad(int(ns%1e9), 9)...)
}

// appendTime writes microseconds, as Cloud Run does.
func appendTime(b []byte, ns int64) []byte {
	return time.Unix(0, ns).UTC().AppendFormat(b, "2006-01-02T15:04:05.000000Z")
}

func appendHexInt(b []byte, v int64, width int) []byte {
	for shift := 4 * (width - 1); shift >= 0; shift -= 4 {
		b = append(b, hexDigits[v>>shift&15])
	}
	return b
}

// fill replaces # by a number and @ by a short id.
func (x *world) fill(template string) string {
	if strings.IndexByte(template, '#') < 0 && strings.IndexByte(template, '@') < 0 {
		return template
	}
	return string(x.appendFilled(make([]byte, 0, len(template)+32), template))
}

func (x *world) appendFilled(b []byte, template string) []byte {
	for i := 0; i < len(template); i++ {
		switch template[i] {
		case '#':
			b = strconv.AppendInt(b, int64(x.rng.IntN(90000)+10), 10)
		case '@':
			b = x.appendHex(b, 8)
		default:
			b = append(b, template[i])
		}
	}
	return b
}
