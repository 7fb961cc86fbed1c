package ingest

import (
	"strings"

	"logwhy/internal/logentry"
)

// requestLog reads a RequestLog of App Engine: a request together with the
// lines that the application logged while it ran,
// https://cloud.google.com/logging/docs/reference/v2/rpc/google.appengine.logging.v1.
// The lines of the highest severity are the detail.
func (d *decoder) requestLog(e *logentry.Entry) {
	if e.HTTP == nil {
		e.HTTP = d.requestOf(d.proto)
	}
	e.Message = d.httpMessage(e.HTTP)
	worst := logentry.SeverityNotice
	var lines []string
	for line := range d.proto.Get("line").Elements {
		sev, _ := levelWord(d.valueText(line.Get("severity")))
		text := tidy(d.valueText(line.Get("logMessage")))
		if sev < worst || text == "" {
			continue
		}
		if sev > worst {
			worst, lines = sev, lines[:0]
		}
		lines = append(lines, text)
	}
	if worst > logentry.SeverityNotice && len(lines) > 0 {
		e.Detail, e.DetailField = strings.Join(lines, "\n"), "protoPayload.line.logMessage"
	}
}

func (d *decoder) requestOf(log logentry.Value) *logentry.HTTPRequest {
	latency := d.valueText(log.Get("latency"))
	h := &d.http
	*h = logentry.HTTPRequest{
		Method: d.valueText(log.Get("method")), URL: d.valueText(log.Get("resource")),
		Status: smallInt(d.valueText(log.Get("status"))), LatencyS: latency, Latency: parseSeconds(latency),
		UserAgent: d.valueText(log.Get("userAgent")), RemoteIP: d.valueText(log.Get("ip")),
	}
	if host := d.valueText(log.Get("host")); host != "" && strings.HasPrefix(h.URL, "/") {
		h.URL = "https://" + host + h.URL
	}
	return h
}
