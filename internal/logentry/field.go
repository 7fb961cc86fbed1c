package logentry

import (
	"strconv"
	"strings"
)

// Field returns the value of a field of e, and whether e has it. The path is
// that of LogEntry, with dots between the names: "jsonPayload.order.id",
// "labels.k8s-pod/app", "protoPayload.response.status.conditions[0].reason".
// A name may stand in quotes, labels."a.b"; names that hold dots are found
// without quotes, too. Where a list stands in the way and the path has no
// index, the first element counts that has the rest of the path. The value of
// an object or a list is its JSON text, a null is as good as absent.
//
// Besides the fields of LogEntry there are: message (with its detail), detail,
// log (the decoded log id), level (the effective severity), http.path,
// http.host, http.latency (seconds), audit.method, audit.status, audit.code,
// audit.kind, audit.name, audit.ready, audit.reason, audit.principal, and the
// scope: project, location, service, revision, instance, execution, namespace,
// pod, container. The field severity is the declared one: it is absent where
// the effective severity has another basis.
//
// What Entry holds is answered from there; for the rest Raw is searched.
func (e *Entry) Field(path string) (value string, ok bool) {
	if value, ok, known := e.known(path); known {
		return value, ok
	}
	e.search(path, func(v Value) bool {
		value, ok = v.content()
		return !ok
	})
	return value, ok
}

// FieldValues is Field for all values: every element of the lists on the way
// and at the end. It is empty when e does not have the field.
func (e *Entry) FieldValues(path string) []string {
	if value, ok, known := e.known(path); known {
		if path == "errorGroups" || path == "errorGroups.id" {
			return e.ErrorGroups
		}
		if !ok {
			return nil
		}
		return []string{value}
	}
	var values []string
	e.search(path, func(v Value) bool {
		values = v.appendContents(values, maxNesting)
		return true
	})
	return values
}

// maxNesting bounds how deep lists in lists are searched: what lies deeper was
// made to be in the way.
const maxNesting = 64

// content returns what a field holds: a scalar's text, else its JSON.
func (v Value) content() (string, bool) {
	switch v.Kind() {
	case ValueString, ValueNumber, ValueBool:
		return v.Text(), true
	case ValueObject, ValueArray:
		return string(v), true
	}
	return "", false
}

func (v Value) appendContents(values []string, depth int) []string {
	if v.Kind() == ValueArray && depth > 0 {
		for el := range v.Elements {
			values = el.appendContents(values, depth-1)
		}
		return values
	}
	if s, ok := v.content(); ok {
		values = append(values, s)
	}
	return values
}

// known answers what the struct holds; known is false for all other paths.
func (e *Entry) known(path string) (value string, ok, known bool) {
	switch {
	case strings.HasPrefix(path, "labels."):
		return labelField(e.Labels, path[len("labels."):])
	case strings.HasPrefix(path, "resource.labels."):
		return labelField(e.ResourceLabels, path[len("resource.labels."):])
	case strings.HasPrefix(path, "httpRequest."):
		return e.requestField(path[len("httpRequest."):])
	case strings.HasPrefix(path, "http."):
		return e.httpField(path[len("http."):])
	case strings.HasPrefix(path, "audit."):
		return e.auditField(path[len("audit."):])
	case strings.HasPrefix(path, "protoPayload."):
		return e.protoField(path[len("protoPayload."):])
	}
	if value, known = e.scopeField(path); known {
		return value, value != "", true
	}
	value, known = e.plainField(path)
	return value, value != "", known
}

// plainField answers for the fields of an entry that are text.
func (e *Entry) plainField(path string) (value string, known bool) {
	switch path {
	case "message":
		return e.Text(), true
	case "detail":
		return e.Detail, true
	case "textPayload":
		if e.Payload != PayloadText {
			return "", true
		}
		return e.Message, true
	case "severity":
		if e.Basis != BasisDeclared {
			return "", true
		}
		return e.Severity.String(), true
	case "level":
		return e.Severity.String(), true
	case "resource.type":
		return e.ResourceType, true
	case "log":
		return e.LogID(), true
	case "logName":
		return e.LogName, true
	case "insertId":
		return e.InsertID, true
	case "trace":
		return e.Trace, true
	case "spanId":
		return e.SpanID, true
	case "timestamp":
		return e.Time.String(), true
	case "receiveTimestamp":
		return e.Received.String(), true
	case "errorGroups", "errorGroups.id":
		if len(e.ErrorGroups) == 0 {
			return "", true
		}
		return e.ErrorGroups[0], true
	}
	return "", false
}

// scopeField answers for the names of Scope.
func (e *Entry) scopeField(path string) (value string, known bool) {
	s := &e.Scope
	switch path {
	case "project":
		return s.Project, true
	case "location":
		return s.Location, true
	case "service":
		return s.Service, true
	case "revision":
		return s.Revision, true
	case "instance":
		return s.Instance, true
	case "execution":
		return s.Execution, true
	case "namespace":
		return s.Namespace, true
	case "pod":
		return s.Pod, true
	case "container":
		return s.Container, true
	}
	return "", false
}

func labelField(l Labels, key string) (value string, ok, known bool) {
	key, _ = unquoted(key)
	for i := range l {
		if l[i].Key == key {
			return l[i].Value, true, true
		}
	}
	return "", false, true
}

func (e *Entry) requestField(name string) (value string, ok, known bool) {
	h := e.HTTP
	if h == nil {
		return "", false, true
	}
	switch name {
	case "requestMethod":
		value = h.Method
	case "requestUrl":
		value = h.URL
	case "status":
		if h.Status != 0 {
			value = strconv.Itoa(h.Status)
		}
	case "latency":
		value = h.LatencyS
	case "userAgent":
		value = h.UserAgent
	case "remoteIp":
		value = h.RemoteIP
	default:
		return "", false, false
	}
	return value, value != "", true
}

func (e *Entry) httpField(name string) (value string, ok, known bool) {
	h := e.HTTP
	if h == nil {
		return "", false, true
	}
	switch name {
	case "path":
		value = PathTemplate(h.URL)
	case "host":
		value = Host(h.URL)
	case "latency":
		value = strings.TrimSuffix(h.LatencyS, "s")
	}
	return value, value != "", true
}

func (e *Entry) auditField(name string) (value string, ok, known bool) {
	a := e.Audit
	if a == nil {
		return "", false, true
	}
	switch name {
	case "method":
		value = a.Method
	case "status":
		value = a.Status
	case "code":
		value = strconv.Itoa(a.StatusCode)
	case "kind":
		value = a.Kind
	case "name":
		value = a.Name
	case "ready":
		value = a.Ready
	case "reason":
		value = a.ReadyReason
	case "principal":
		value = a.Principal
	}
	return value, value != "", true
}

// protoField answers for the parts of an audit payload that Audit holds.
func (e *Entry) protoField(name string) (value string, ok, known bool) {
	a := e.Audit
	if a == nil {
		return "", false, e.Payload != PayloadProto
	}
	switch name {
	case "methodName":
		value = a.Method
	case "serviceName":
		value = a.ServiceName
	case "resourceName":
		value = a.Resource
	case "status.code":
		if a.StatusCode != 0 {
			value = strconv.Itoa(a.StatusCode)
		}
	case "status.message":
		value = a.Status
	case "authenticationInfo.principalEmail":
		value = a.Principal
	default:
		return "", false, false
	}
	return value, value != "", true
}

// search calls yield with every value of Raw at path until it returns false.
func (e *Entry) search(path string, yield func(Value) bool) {
	for key, v := range Value(e.Raw).Members {
		rest, ok := cutName(path, camelName(key))
		if ok && !find(v, rest, maxNesting, yield) {
			return
		}
	}
}

// camelName maps the field names of Log Analytics rows to those of LogEntry.
func camelName(key string) string {
	switch key {
	case "json_payload":
		return "jsonPayload"
	case "proto_payload":
		return "protoPayload"
	case "http_request":
		return "httpRequest"
	case "source_location":
		return "sourceLocation"
	case "error_groups":
		return "errorGroups"
	}
	return key
}

// find calls yield with every value at path below v; it returns false when
// yield did. A text that is asked for members is read as JSON: table exports
// write payloads so.
func find(v Value, path string, depth int, yield func(Value) bool) bool {
	if path == "" {
		return yield(v)
	}
	if depth == 0 {
		return true
	}
	switch v.Kind() {
	case ValueObject:
		for key, member := range v.Members {
			if rest, ok := cutName(path, key); ok && !find(member, rest, depth-1, yield) {
				return false
			}
		}
	case ValueArray:
		return findElement(v, path, depth, yield)
	case ValueString:
		if text := v.Text(); strings.HasPrefix(text, "{") {
			return find(Value(text), path, depth-1, yield)
		}
	}
	return true
}

func findElement(v Value, path string, depth int, yield func(Value) bool) bool {
	index, rest, ok := cutIndex(path)
	n := 0
	for el := range v.Elements {
		if ok && index >= 0 && n != index {
			n++
			continue
		}
		n++
		if !find(el, rest, depth-1, yield) {
			return false
		}
	}
	return true
}

// cutIndex splits "[3].rest" or "[*].rest"; index is -1 for every element.
func cutIndex(path string) (index int, rest string, ok bool) {
	if path[0] != '[' {
		return -1, path, false
	}
	digits, rest, closed := strings.Cut(path[1:], "]")
	if !closed {
		return -1, path, false
	}
	rest = strings.TrimPrefix(rest, ".")
	if digits == "*" {
		return -1, rest, true
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 {
		return -1, path, false
	}
	return n, rest, true
}

// cutName removes key from the start of path, quoted or not, where it stands
// there as a whole name. A name that holds dots matches as long as it is.
func cutName(path, key string) (rest string, ok bool) {
	if name, after := unquoted(path); len(after) < len(path) && path[0] == '"' {
		return strings.TrimPrefix(after, "."), name == key
	}
	rest, ok = strings.CutPrefix(path, key)
	switch {
	case !ok || key == "":
		return path, false
	case rest == "" || rest[0] == '[':
		return rest, true
	case rest[0] == '.':
		return rest[1:], true
	}
	return path, false
}

// unquoted returns the name at the start of path without its quotes, and what
// follows; the whole path where it begins with no quote.
func unquoted(path string) (name, rest string) {
	if len(path) < 2 || path[0] != '"' {
		return path, ""
	}
	name, rest, ok := strings.Cut(path[1:], `"`)
	if !ok {
		return path, ""
	}
	return name, rest
}
