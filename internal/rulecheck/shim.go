package rulecheck

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"logwhy/internal/logentry"
)

// decodeEntries reads LogEntry objects of an evidence file.
func decodeEntries(raws []json.RawMessage) ([]*logentry.Entry, error) {
	var out []*logentry.Entry
	for i, raw := range raws {
		e, err := decodeEntry(raw)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		e.Pos = logentry.Pos{Record: i + 1, Seq: int64(i)}
		out = append(out, e)
	}
	return out, nil
}

type rawEntry struct {
	Timestamp    string            `json:"timestamp"`
	Severity     string            `json:"severity"`
	InsertID     string            `json:"insertId"`
	LogName      string            `json:"logName"`
	Trace        string            `json:"trace"`
	TextPayload  string            `json:"textPayload"`
	JSONPayload  map[string]any    `json:"jsonPayload"`
	ProtoPayload map[string]any    `json:"protoPayload"`
	Labels       map[string]string `json:"labels"`
	Resource     struct {
		Type   string            `json:"type"`
		Labels map[string]string `json:"labels"`
	} `json:"resource"`
	HTTPRequest *struct {
		RequestMethod, RequestURL, Latency, UserAgent, RemoteIP string
		Status                                                  any
	} `json:"httpRequest"`
}

func decodeEntry(raw []byte) (*logentry.Entry, error) {
	var r rawEntry
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	e := &logentry.Entry{Raw: raw, Time: logentry.NoTime, Received: logentry.NoTime, LogName: r.LogName, InsertID: r.InsertID, Trace: r.Trace, ResourceType: r.Resource.Type}
	if t, err := time.Parse(time.RFC3339Nano, r.Timestamp); err == nil {
		e.Time = logentry.TimeOf(t)
	}
	for k, v := range r.Labels {
		e.Labels = append(e.Labels, logentry.KV{Key: k, Value: v})
	}
	for k, v := range r.Resource.Labels {
		e.ResourceLabels = append(e.ResourceLabels, logentry.KV{Key: k, Value: v})
	}
	if s, ok := logentry.ParseSeverity(r.Severity); ok && s != 0 {
		e.Severity, e.Basis = s, logentry.BasisDeclared
	}
	l := e.ResourceLabels
	e.Scope = logentry.Scope{Project: l.Get("project_id"), Service: first(l.Get("service_name"), l.Get("job_name"), l.Get("function_name"), l.Get("module_id")),
		Revision: first(l.Get("revision_name"), l.Get("version_id")), Instance: first(r.Labels["instanceId"], l.Get("pod_name")), Pod: l.Get("pod_name"),
		Namespace: l.Get("namespace_name"), Container: l.Get("container_name"), Kind: e.ResourceType, Trace: r.Trace[strings.LastIndexByte(r.Trace, '/')+1:],
		Execution: first(r.Labels["run.googleapis.com/execution_name"], r.Labels["execution_id"])}
	if h := r.HTTPRequest; h != nil {
		e.HTTP = &logentry.HTTPRequest{Method: h.RequestMethod, URL: h.RequestURL, LatencyS: h.Latency, UserAgent: h.UserAgent, RemoteIP: h.RemoteIP}
		fmt.Sscan(fmt.Sprint(h.Status), &e.HTTP.Status)
		e.HTTP.Latency, _ = time.ParseDuration(h.Latency)
	}
	e.Message, e.Detail = messageOf(&r, e)
	return e, nil
}

func first(s ...string) string {
	for _, t := range s {
		if t != "" {
			return t
		}
	}
	return ""
}

func messageOf(r *rawEntry, e *logentry.Entry) (message, detail string) {
	switch {
	case r.ProtoPayload != nil:
		e.Audit = audit(r.ProtoPayload)
		message = "AUDIT " + e.Audit.Method
		if e.Audit.Status != "" {
			message += " :: " + e.Audit.Status
		}
		return message, ""
	case r.TextPayload != "":
		return r.TextPayload, ""
	}
	for _, k := range []string{"message", "msg", "event", "MESSAGE", "log", "error", "err"} {
		if s, ok := r.JSONPayload[k].(string); ok && s != "" {
			message = s
			break
		}
	}
	var details []string
	for _, k := range []string{"err", "error", "errors", "e", "exception", "exc_info", "stack", "tb", "reason", "detail"} {
		if s, ok := r.JSONPayload[k].(string); ok && s != "" && s != message {
			details = append(details, s)
		}
	}
	if message == "" && len(details) == 0 && e.HTTP != nil {
		url, _, _ := strings.Cut(e.HTTP.URL, "?")
		message = fmt.Sprintf("HTTP %d %s %s %s", e.HTTP.Status, e.HTTP.Method, url, e.HTTP.LatencyS)
	}
	return message, strings.Join(details, "\n")
}

func audit(p map[string]any) *logentry.Audit {
	str := func(m map[string]any, k string) string { s, _ := m[k].(string); return s }
	a := &logentry.Audit{Method: str(p, "methodName"), ServiceName: str(p, "serviceName"), Resource: str(p, "resourceName"), ReadyTime: logentry.NoTime, MaxRetries: -1}
	if st, ok := p["status"].(map[string]any); ok {
		a.Status = str(st, "message")
		if c, ok := st["code"].(float64); ok {
			a.StatusCode = int(c)
		}
	}
	if ai, ok := p["authenticationInfo"].(map[string]any); ok {
		a.Principal = str(ai, "principalEmail")
	}
	for _, side := range []string{"response", "request"} {
		o, ok := p[side].(map[string]any)
		if !ok {
			continue
		}
		if a.Kind == "" {
			a.Kind = str(o, "kind")
		}
		if md, ok := o["metadata"].(map[string]any); ok && a.Name == "" {
			a.Name = str(md, "name")
		}
		st, _ := o["status"].(map[string]any)
		conds, _ := st["conditions"].([]any)
		for _, c := range conds {
			if m, ok := c.(map[string]any); ok && str(m, "type") == "Ready" && a.Ready == "" {
				a.Ready, a.ReadyReason, a.ReadyText = str(m, "status"), str(m, "reason"), str(m, "message")
			}
		}
	}
	return a
}
