package ingest

import (
	"strings"
	"time"

	"logwhy/internal/logentry"
)

// protoMessage reads a protoPayload: an AuditLog, a RequestLog of App Engine,
// or any other message, which is then read like an object payload.
func (d *decoder) protoMessage(e *logentry.Entry) {
	kind := d.valueText(d.proto.Get("@type"))
	log := d.proto
	if inner := d.proto.Get("audit_log"); inner.Kind() == logentry.ValueObject { // Log Analytics
		log = inner
	}
	switch {
	case strings.HasSuffix(kind, ".RequestLog"):
		d.requestLog(e)
	case strings.HasSuffix(kind, ".AuditLog"), strings.Contains(e.LogName, "/logs/cloudaudit.googleapis.com"),
		log.Get("methodName") != nil, log.Get("method_name") != nil:
		e.Audit = d.auditOf(log)
		e.Message = d.auditMessage(e.Audit)
	default:
		d.readPayload(d.proto, "protoPayload.")
		d.jsonMessage(e)
	}
}

// auditMessage is the form of an audit entry, such as
// "AUDIT google.cloud.run.v1.Services.ReplaceService :: status message".
func (d *decoder) auditMessage(a *logentry.Audit) string {
	start := len(d.arena)
	b := append(d.arena, "AUDIT "...)
	if a.Method != "" {
		b = append(b, a.Method...)
	} else {
		b = append(b, a.ServiceName...)
	}
	if a.Status != "" {
		b = append(append(b, " :: "...), a.Status...)
	}
	d.arena = b
	return borrow(b[start:])
}

// auditOf reads an AuditLog,
// https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog.
func (d *decoder) auditOf(log logentry.Value) *logentry.Audit {
	a := &d.audit
	*a = logentry.Audit{MaxRetries: -1, ReadyTime: logentry.NoTime, Provisioned: logentry.NoTime}
	var request, response logentry.Value
	for key, v := range log.Members {
		switch key {
		case "methodName", "method_name":
			a.Method = d.valueText(v)
		case "serviceName", "service_name":
			a.ServiceName = d.valueText(v)
		case "resourceName", "resource_name":
			a.Resource = d.valueText(v)
		case "authenticationInfo", "authentication_info":
			a.Principal = d.principal(v)
		case "status":
			a.StatusCode = smallInt(d.valueText(v.Get("code")))
			a.Status = strings.TrimRight(d.valueText(v.Get("message")), " \r\n\t")
		case "request":
			request = v
		case "response":
			response = v
		}
	}
	d.auditObject(a, request, response)
	if a.Kind == "" || a.Name == "" {
		kind, name := objectOfResource(a.Resource)
		setFirst(&a.Kind, kind)
		setFirst(&a.Name, name)
	}
	return a
}

func (d *decoder) principal(info logentry.Value) string {
	for _, key := range [...]string{"principalEmail", "principal_email", "principalSubject", "principal_subject"} {
		if p := d.valueText(info.Get(key)); p != "" {
			return p
		}
	}
	return ""
}

// auditObject reads the object that was changed. Responses carry it in full;
// requests leave parts out (variables, probes), so that a request says nothing
// about what it does not name, and its status is the one before the change.
func (d *decoder) auditObject(a *logentry.Audit, request, response logentry.Value) {
	object := response
	if !isObjectOfAPI(object) {
		object = requestedObject(request)
	}
	if object == nil {
		return
	}
	d.objectNames(a, object)
	found := d.functionConfig(a, object)
	pod := d.podSpec(a, object)
	if container := mainContainer(pod); container != nil {
		d.container(a, container)
		found = true
	}
	a.HasSpec = found && len(response) > 0 && len(object) == len(response) && &object[0] == &response[0]
	d.readiness(a, object)
}

// isObjectOfAPI reports whether v is a resource and not, say, an operation.
func isObjectOfAPI(v logentry.Value) bool {
	for _, key := range [...]string{"spec", "template", "serviceConfig"} {
		if v.Get(key).Kind() == logentry.ValueObject {
			return true
		}
	}
	return v.Get("metadata").Get("name") != nil
}

// requestedObject finds the resource in a request: the request itself, or the
// member that has its form, called service, job, function and the like.
func requestedObject(request logentry.Value) logentry.Value {
	if isObjectOfAPI(request) {
		return request
	}
	for _, v := range request.Members {
		if v.Kind() == logentry.ValueObject && isObjectOfAPI(v) {
			return v
		}
	}
	return nil
}

// objectNames reads kind, name, generation and owner.
func (d *decoder) objectNames(a *logentry.Audit, object logentry.Value) {
	meta := object.Get("metadata")
	a.Kind = d.valueText(object.Get("kind"))
	if a.Kind == "" {
		if t := d.valueText(object.Get("@type")); !strings.HasSuffix(t, "Request") {
			a.Kind = t[strings.LastIndexByte(t, '.')+1:]
		}
	}
	a.Name = d.valueText(meta.Get("name"))
	if a.Name == "" {
		name := d.valueText(object.Get("name"))
		a.Name = name[strings.LastIndexByte(name, '/')+1:]
	}
	generation := meta.Get("generation")
	if generation == nil {
		generation = object.Get("generation")
	}
	a.Generation = wholeNumber(d.valueText(generation))
	for key, v := range meta.Get("labels").Members {
		if key == "serving.knative.dev/service" || key == "run.googleapis.com/job" {
			d.owner = d.valueText(v)
		}
	}
}

// podSpec walks down spec and template to the object that lists containers. On
// the way it takes the limits that stand beside them at any height.
func (d *decoder) podSpec(a *logentry.Audit, v logentry.Value) logentry.Value {
	for range 7 {
		if v.Kind() != logentry.ValueObject {
			return nil
		}
		setFirst(&a.CloudSQL, d.valueText(v.At("metadata", "annotations", "run.googleapis.com/cloudsql-instances")))
		if n := v.Get("maxRetries"); n != nil {
			a.MaxRetries = smallInt(d.valueText(n))
		}
		if n := v.Get("timeoutSeconds"); n != nil {
			a.TimeoutSeconds = smallInt(d.valueText(n))
		} else if n := v.Get("timeout"); n != nil {
			a.TimeoutSeconds = int(parseSeconds(d.valueText(n)) / time.Second)
		}
		if v.Get("containers").Kind() == logentry.ValueArray {
			d.sqlVolumes(a, v.Get("volumes"))
			return v
		}
		next := v.Get("spec")
		if next == nil {
			next = v.Get("template")
		}
		v = next
	}
	return nil
}

// sqlVolumes reads the Cloud SQL instances that version 2 of the Cloud Run API
// states as volumes.
func (d *decoder) sqlVolumes(a *logentry.Audit, volumes logentry.Value) {
	for volume := range volumes.Elements {
		for instance := range volume.At("cloudSqlInstance", "instances").Elements {
			if a.CloudSQL != "" {
				a.CloudSQL += ","
			}
			a.CloudSQL += d.valueText(instance)
		}
	}
}

// mainContainer returns the container that serves: of several the one with a
// port, else the first.
func mainContainer(pod logentry.Value) logentry.Value {
	var first logentry.Value
	for c := range pod.Get("containers").Elements {
		if c.Get("ports") != nil {
			return c
		}
		if first == nil {
			first = c
		}
	}
	return first
}

func (d *decoder) container(a *logentry.Audit, c logentry.Value) {
	a.Image = d.valueText(c.Get("image"))
	if _, digest, ok := strings.Cut(a.Image, "@"); ok {
		a.Digest = digest
	}
	limits := c.At("resources", "limits")
	a.MemoryLimit, a.CPULimit = d.valueText(limits.Get("memory")), d.valueText(limits.Get("cpu"))
	if probe := c.Get("startupProbe"); probe != nil {
		a.ProbeTimeout = time.Duration(smallInt(d.valueText(probe.Get("timeoutSeconds")))) * time.Second
		a.ProbePeriod = time.Duration(smallInt(d.valueText(probe.Get("periodSeconds")))) * time.Second
		a.ProbeThreshold = smallInt(d.valueText(probe.Get("failureThreshold")))
	}
	if env := c.Get("env"); env != nil {
		d.env = d.env[:0]
		for v := range env.Elements {
			d.env = append(d.env, d.envVar(v))
		}
		a.Env = d.env
	}
}

// envVar reads the name of a variable and the secret behind it, in the words
// of Knative and Kubernetes, or in those of version 2 of the Cloud Run API.
func (d *decoder) envVar(v logentry.Value) logentry.EnvVar {
	env := logentry.EnvVar{Name: d.valueText(v.Get("name"))}
	if ref := v.At("valueFrom", "secretKeyRef"); ref != nil {
		env.Secret, env.SecretVersion = d.valueText(ref.Get("name")), d.valueText(ref.Get("key"))
	} else if ref := v.At("valueSource", "secretKeyRef"); ref != nil {
		env.Secret, env.SecretVersion = d.valueText(ref.Get("secret")), d.valueText(ref.Get("version"))
	}
	return env
}

// functionConfig reads the parts of a Cloud Function: those of version 2 stand
// in serviceConfig, those of version 1 in the function itself.
func (d *decoder) functionConfig(a *logentry.Audit, object logentry.Value) bool {
	config := object.Get("serviceConfig")
	if config == nil {
		if object.Get("entryPoint") == nil {
			return false
		}
		config = object
	}
	setFirst(&a.Kind, "Function")
	a.MemoryLimit, a.CPULimit = d.valueText(config.Get("availableMemory")), d.valueText(config.Get("availableCpu"))
	if mb := d.valueText(config.Get("availableMemoryMb")); mb != "" {
		a.MemoryLimit = mb + "Mi"
	}
	a.TimeoutSeconds = smallInt(d.valueText(config.Get("timeoutSeconds")))
	d.env = d.env[:0]
	for name := range config.Get("environmentVariables").Members {
		d.env = append(d.env, logentry.EnvVar{Name: validText(name)})
	}
	for v := range config.Get("secretEnvironmentVariables").Elements {
		d.env = append(d.env, logentry.EnvVar{
			Name:          d.valueText(v.Get("key")),
			Secret:        d.valueText(v.Get("secret")),
			SecretVersion: d.valueText(v.Get("version")),
		})
	}
	if len(d.env) > 0 {
		a.Env = d.env
	}
	return true
}

// readiness reads the condition that says whether the object is as it should
// be: Ready, for executions Completed, for deployments Available; in version 2
// of the Cloud Run API the terminal condition, for functions the state.
func (d *decoder) readiness(a *logentry.Audit, object logentry.Value) {
	status := object.Get("status")
	if digest := d.valueText(status.Get("imageDigest")); digest != "" {
		a.Digest = digest[strings.LastIndexByte(digest, '@')+1:]
	}
	conditions := status.Get("conditions")
	for c := range conditions.Elements {
		switch d.valueText(c.Get("type")) {
		case "ContainerReady", "ResourcesAvailable":
			if t := d.time(c.Get("lastTransitionTime")); t.Known() && d.valueText(c.Get("status")) == "True" && (!a.Provisioned.Known() || t > a.Provisioned) {
				a.Provisioned = t
			}
		}
	}
	for _, want := range [...]string{"Ready", "Completed", "Available"} {
		for c := range conditions.Elements {
			if d.valueText(c.Get("type")) == want {
				d.condition(a, c)
				return
			}
		}
	}
	if c := object.Get("terminalCondition"); c != nil {
		d.condition(a, c)
		return
	}
	a.Ready = stateWord(d.valueText(object.Get("state")))
	for m := range object.Get("stateMessages").Elements {
		setFirst(&a.ReadyText, d.valueText(m.Get("message")))
		setFirst(&a.ReadyReason, d.valueText(m.Get("type")))
	}
}

func (d *decoder) condition(a *logentry.Audit, c logentry.Value) {
	a.Ready = d.valueText(c.Get("status"))
	setFirst(&a.Ready, stateWord(d.valueText(c.Get("state"))))
	for _, key := range [...]string{"reason", "revisionReason", "executionReason"} {
		setFirst(&a.ReadyReason, d.valueText(c.Get(key)))
	}
	a.ReadyText = d.valueText(c.Get("message"))
	a.ReadyTime = d.time(c.Get("lastTransitionTime"))
}

// stateWord maps the states of version 2 APIs to those of conditions.
func stateWord(state string) string {
	switch state {
	case "CONDITION_SUCCEEDED", "ACTIVE":
		return "True"
	case "CONDITION_FAILED", "FAILED", "OFFLINE":
		return "False"
	case "CONDITION_PENDING", "CONDITION_RECONCILING", "DEPLOYING", "DEPLOY_IN_PROGRESS", "UNKNOWN":
		return "Unknown"
	}
	return ""
}

// objectOfResource reads kind and name of the object from the end of a resource
// name, such as "namespaces/acme/services/checkout-api". Names are pairs of
// collection and id; one that ends in a collection names no object.
func objectOfResource(resource string) (kind, name string) {
	rest, name, ok := cutLast(resource, "/")
	if !ok || strings.Count(resource, "/")%2 == 0 {
		return "", ""
	}
	return resourceKind(rest[strings.LastIndexByte(rest, '/')+1:]), name
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func resourceKind(collection string) string {
	switch collection {
	case "services":
		return "Service"
	case "revisions":
		return "Revision"
	case "jobs":
		return "Job"
	case "executions":
		return "Execution"
	case "functions":
		return "Function"
	case "deployments":
		return "Deployment"
	case "workerPools", "workerpools":
		return "WorkerPool"
	}
	return ""
}
