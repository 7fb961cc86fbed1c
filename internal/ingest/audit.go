package ingest

import "logwhy/internal/logentry"

// protoMessage reads a protoPayload.
func (d *decoder) protoMessage(e *logentry.Entry) {
	a := &d.audit
	*a = logentry.Audit{MaxRetries: -1, ReadyTime: logentry.NoTime}
	e.Audit = a
	a.Method = d.valueText(d.proto.Get("methodName"))
	a.ServiceName = d.valueText(d.proto.Get("serviceName"))
	a.Resource = d.valueText(d.proto.Get("resourceName"))
	a.Status = d.valueText(d.proto.At("status", "message"))
	e.Message = "AUDIT " + a.Method
	if a.Status != "" {
		e.Message += " :: " + a.Status
	}
}
