package signature

import (
	"strconv"
	"strings"
	"sync"

	"logwhy/internal/diag"
	"logwhy/internal/logentry"
)

// field reads one field of an entry.
type field struct {
	path string
	// get returns the value and whether it is there. Empty values are absent.
	get func(v *view) string
	// num, if set, reads the number without printing it first.
	num func(v *view) (float64, bool)
	// all returns every value, where a path may lead through lists; else nil.
	all func(v *view) []string
}

// knownField is a field that is read from the decoded entry, or made of it.
type knownField struct {
	name, doc string
	get       func(v *view) string
	num       func(v *view) (float64, bool)
}

// fieldTable is knownFields, made once.
var fieldTable = sync.OnceValue(knownFields)

// knownFields lists the fields that need no look into the record. The order is
// that of docs/signatures.md.
func knownFields() []knownField {
	fields := []knownField{
		{name: "message", doc: "The message, and on lines of its own what stands beside it in fields such as err, error, exception.", get: (*view).message},
		{name: "detail", doc: "Only what stands beside the message.", get: func(v *view) string { return v.e.Detail }},
		{name: "level", doc: "The effective severity in capitals: declared, else of the payload, of a level word in the text, or of the HTTP status.", get: func(v *view) string { return v.e.Severity.String() }},
		{name: "severity", doc: "The declared severity. 44 % of real entries carry none.", get: declared},
		{name: "log", doc: "The decoded log id, such as run.googleapis.com/varlog/system.", get: (*view).log},
		{name: "logName", doc: "The log name as logged.", get: func(v *view) string { return v.e.LogName }},
		{name: "insertId", doc: "The insert id.", get: func(v *view) string { return v.e.InsertID }},
		{name: "trace", doc: "The trace as logged.", get: func(v *view) string { return v.e.Trace }},
		{name: "spanId", doc: "The span.", get: func(v *view) string { return v.e.SpanID }},
		{name: "resource.type", doc: "The type of the monitored resource, such as cloud_run_revision.", get: func(v *view) string { return v.e.ResourceType }},
	}
	fields = append(fields, httpFields()...)
	fields = append(fields, auditFields()...)
	return append(fields, scopeFields()...)
}

func declared(v *view) string {
	if v.e.Basis != logentry.BasisDeclared {
		return ""
	}
	return v.e.Severity.String()
}

func httpFields() []knownField {
	h := func(get func(h *logentry.HTTPRequest) string) func(v *view) string {
		return func(v *view) string {
			if v.e.HTTP == nil {
				return ""
			}
			return get(v.e.HTTP)
		}
	}
	status := func(v *view) (float64, bool) {
		if v.e.HTTP == nil || v.e.HTTP.Status == 0 {
			return 0, false
		}
		return float64(v.e.HTTP.Status), true
	}
	latency := func(v *view) (float64, bool) {
		if v.e.HTTP == nil || v.e.HTTP.LatencyS == "" && v.e.HTTP.Latency == 0 {
			return 0, false
		}
		return v.e.HTTP.Latency.Seconds(), true
	}
	return []knownField{
		{name: "httpRequest.status", doc: "The status of a request.", num: status, get: func(v *view) string {
			if n, ok := status(v); ok {
				return strconv.Itoa(int(n))
			}
			return ""
		}},
		{name: "httpRequest.requestMethod", doc: "The method.", get: h(func(h *logentry.HTTPRequest) string { return h.Method })},
		{name: "httpRequest.requestUrl", doc: "The URL as logged.", get: h(func(h *logentry.HTTPRequest) string { return h.URL })},
		{name: "httpRequest.latency", doc: "The latency as logged, such as 0.123s; compared as seconds.", num: latency, get: h(func(h *logentry.HTTPRequest) string { return h.LatencyS })},
		{name: "httpRequest.userAgent", doc: "The user agent.", get: h(func(h *logentry.HTTPRequest) string { return h.UserAgent })},
		{name: "httpRequest.remoteIp", doc: "The address of the caller.", get: h(func(h *logentry.HTTPRequest) string { return h.RemoteIP })},
		{name: "http.path", doc: "The path of the URL with ids masked as `*`.", get: h(func(h *logentry.HTTPRequest) string { return logentry.PathTemplate(h.URL) })},
		{name: "http.host", doc: "The host of the URL.", get: h(func(h *logentry.HTTPRequest) string { return logentry.Host(h.URL) })},
		{name: "http.latency", doc: "The latency in seconds, as a number.", num: latency, get: func(v *view) string {
			s, _ := v.e.Field("http.latency") // as logged, with its digits
			return s
		}},
	}
}

func auditFields() []knownField {
	a := func(get func(a *logentry.Audit) string) func(v *view) string {
		return func(v *view) string {
			if v.e.Audit == nil {
				return ""
			}
			return get(v.e.Audit)
		}
	}
	return []knownField{
		{name: "audit.method", doc: "The method of an audit entry, such as google.cloud.run.v1.Services.ReplaceService.", get: a(func(a *logentry.Audit) string { return a.Method })},
		{name: "audit.service", doc: "The API of an audit entry, such as run.googleapis.com.", get: a(func(a *logentry.Audit) string { return a.ServiceName })},
		{name: "audit.resource", doc: "The resource name of an audit entry.", get: a(func(a *logentry.Audit) string { return a.Resource })},
		{name: "audit.status", doc: "The status message of an audit entry.", get: a(func(a *logentry.Audit) string { return a.Status })},
		{name: "audit.code", doc: "The status code of an audit entry; 0 where it has none.", num: func(v *view) (float64, bool) {
			if v.e.Audit == nil {
				return 0, false
			}
			return float64(v.e.Audit.StatusCode), true
		}, get: a(func(a *logentry.Audit) string { return strconv.Itoa(a.StatusCode) })},
		{name: "audit.kind", doc: "The kind of object of an audit entry: Service, Revision, Job, Execution …", get: a(func(a *logentry.Audit) string { return a.Kind })},
		{name: "audit.name", doc: "The name of that object.", get: a(func(a *logentry.Audit) string { return a.Name })},
		{name: "audit.ready", doc: "The Ready condition that the object carried: True, False or Unknown.", get: a(func(a *logentry.Audit) string { return a.Ready })},
		{name: "audit.reason", doc: "The reason of that condition.", get: a(func(a *logentry.Audit) string { return a.ReadyReason })},
		{name: "audit.principal", doc: "Who called.", get: a(func(a *logentry.Audit) string { return a.Principal })},
		{name: "audit.image", doc: "The image that the object names.", get: a(func(a *logentry.Audit) string { return a.Image })},
	}
}

func scopeFields() []knownField {
	s := func(get func(s *logentry.Scope) string) func(v *view) string {
		return func(v *view) string { return get(&v.e.Scope) }
	}
	return []knownField{
		{name: "project", doc: "The project.", get: s(func(s *logentry.Scope) string { return s.Project })},
		{name: "location", doc: "The region or zone.", get: s(func(s *logentry.Scope) string { return s.Location })},
		{name: "service", doc: "The service, job, function, workload or similar.", get: s(func(s *logentry.Scope) string { return s.Service })},
		{name: "revision", doc: "The revision.", get: s(func(s *logentry.Scope) string { return s.Revision })},
		{name: "instance", doc: "The container instance, pod or VM.", get: s(func(s *logentry.Scope) string { return s.Instance })},
		{name: "execution", doc: "The execution of a job or function.", get: s(func(s *logentry.Scope) string { return s.Execution })},
		{name: "namespace", doc: "The Kubernetes namespace.", get: s(func(s *logentry.Scope) string { return s.Namespace })},
		{name: "pod", doc: "The pod.", get: s(func(s *logentry.Scope) string { return s.Pod })},
		{name: "container", doc: "The container.", get: s(func(s *logentry.Scope) string { return s.Container })},
	}
}

// openFields are the fields of LogEntry below which any path may be named.
func openFields() []string {
	return []string{"jsonPayload", "protoPayload", "labels", "resource", "httpRequest", "operation", "sourceLocation", "split"}
}

// plainFields are fields of LogEntry without anything below.
func plainFields() []string {
	return []string{"textPayload", "timestamp", "receiveTimestamp", "traceSampled", "errorGroups"}
}

// lookupField resolves a path. hint is set when there is no such field.
func lookupField(path string) (f field, hint string, ok bool) {
	known := fieldTable()
	names := make([]string, 0, len(known))
	for i := range known {
		k := &known[i]
		if k.name == path {
			return field{path: path, get: k.get, num: k.num}, "", true
		}
		names = append(names, k.name)
	}
	for _, p := range plainFields() {
		if path == p {
			return recordField(path), "", true
		}
		names = append(names, p)
	}
	root, rest, below := strings.Cut(path, ".")
	for _, o := range openFields() {
		if path == o {
			return field{}, "Name a field below it, such as " + o + ".name", false
		}
		if root == o && below && rest != "" {
			return recordField(path), "", true
		}
		names = append(names, o)
	}
	if n := diag.Nearest(root, openFields()); n != "" && below {
		return field{}, `Did you mean "` + n + "." + rest + `"?`, false
	}
	if below && diag.Nearest(path, names) == "" {
		return field{}, "Paths begin with " + strings.Join(openFields(), ", ") + ".", false
	}
	return field{}, diag.DidYouMean(path, names), false
}

// recordField reads a path of the record.
func recordField(path string) field {
	return field{
		path: path,
		get: func(v *view) string {
			s, _ := v.e.Field(path)
			return s
		},
		all: func(v *view) []string { return v.e.FieldValues(path) },
	}
}

// number returns the value as a number.
func (f *field) number(v *view) (float64, bool) {
	if f.num != nil {
		return f.num(v)
	}
	return parseNumber(f.get(v))
}

// parseNumber reads a number; a trailing s, as durations have it, is allowed.
func parseNumber(s string) (float64, bool) {
	if s == "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "s"), 64)
	return n, err == nil
}
