package ingest

import (
	"strings"

	"logwhy/internal/logentry"
)

// setScope says where the entry happened. The labels of the resource win; what
// they leave empty is filled from the names in audit entries and in the payload.
func (d *decoder) setScope(e *logentry.Entry) {
	s := &e.Scope
	s.Kind = e.ResourceType
	s.Trace = traceID(e.Trace)
	for i := range e.ResourceLabels {
		resourceLabel(s, e.ResourceType, e.ResourceLabels[i].Key, e.ResourceLabels[i].Value)
	}
	for i := range e.Labels {
		entryLabel(s, e.Labels[i].Key, e.Labels[i].Value)
	}
	if strings.HasPrefix(e.ResourceType, "k8s_") {
		podScope(s, e.Labels)
	}
	if v := d.payload.get(fieldInvolvedObject); v != nil {
		d.eventScope(s, v)
	}
	if e.Audit != nil {
		d.auditScope(s, e.Audit)
	}
	if s.Service == "" {
		s.Service = d.payloadService(e)
	}
	if s.Project == "" {
		s.Project = projectOf(e.LogName)
	}
}

// traceID cuts the id out of "projects/P/traces/ID" and of the form of the
// X-Cloud-Trace-Context header, "ID/SPAN;o=1".
func traceID(trace string) string {
	if rest, ok := strings.CutPrefix(trace, "projects/"); ok {
		_, id, _ := strings.Cut(rest, "/traces/")
		return id
	}
	id, _, _ := strings.Cut(trace, "/")
	return id
}

// projectOf returns P of "projects/P/logs/…".
func projectOf(logName string) string {
	rest, ok := strings.CutPrefix(logName, "projects/")
	if !ok {
		return ""
	}
	project, _, _ := strings.Cut(rest, "/")
	return project
}

// resourceLabel reads one label of the resource. The names differ between the
// types of resources, and a few mean different things
// (https://cloud.google.com/monitoring/api/resources).
func resourceLabel(s *logentry.Scope, kind, key, value string) {
	switch key {
	case "project_id":
		s.Project = value
	case "location", "region":
		s.Location = value
	case "zone":
		setFirst(&s.Location, value)
	case "service_name", "job_name", "function_name", "worker_pool_name", "module_id",
		"subscription_id", "topic_id", "queue_id", "endpoint_id", "reasoning_engine_id", "workflow_id", "bucket_name",
		"connector_name", "environment_name", "url_map_name":
		setFirst(&s.Service, value)
	case "revision_name", "version_id":
		s.Revision = value
	case "namespace_name", "namespace_id":
		s.Namespace = value
	case "namespace":
		if kind == "generic_task" || kind == "generic_node" {
			s.Namespace = value
		}
	case "pod_name", "pod_id":
		s.Pod = value
	case "container_name":
		s.Container = value
	case "node_name", "node_id", "task_id":
		s.Instance = value
	case "instance_id":
		instanceLabel(s, kind, value)
	case "database_id":
		setFirst(&s.Service, value[strings.LastIndexByte(value, ':')+1:])
	case "build_id":
		s.Execution = value
	case "job":
		setFirst(&s.Service, value)
	case "job_id":
		jobLabel(s, kind, value)
	case "cluster_name":
		if strings.HasPrefix(kind, "cloud_dataproc") {
			setFirst(&s.Service, value)
		}
	}
}

// instanceLabel tells a machine from a database that is called instance, too.
func instanceLabel(s *logentry.Scope, kind, value string) {
	switch kind {
	case "redis_instance", "spanner_instance", "filestore_instance":
		setFirst(&s.Service, value[strings.LastIndexByte(value, '/')+1:])
	default:
		s.Instance = value
	}
}

// jobLabel tells the name of a scheduled job from the id of one run.
func jobLabel(s *logentry.Scope, kind, value string) {
	if kind == "cloud_scheduler_job" {
		setFirst(&s.Service, value)
		return
	}
	s.Execution = value
}

// entryLabel reads one label of the entry.
func entryLabel(s *logentry.Scope, key, value string) {
	switch key {
	case "instanceId", "instance_id", "appengine.googleapis.com/instance_name":
		setFirst(&s.Instance, value)
	case "run.googleapis.com/execution_name":
		s.Execution = value
	case "execution_id":
		setFirst(&s.Execution, value)
	case "container_name":
		setFirst(&s.Container, value)
	case "compute.googleapis.com/resource_name":
		if s.Kind == "gce_instance" {
			s.Instance = value
			setFirst(&s.Service, value)
		}
	case "compute.googleapis.com/instance_group_manager/name":
		if s.Kind == "gce_instance" {
			s.Service = value
		}
	}
}

// podScope finds the workload behind a pod: by its labels, else by taking the
// generated parts off its name.
func podScope(s *logentry.Scope, labels logentry.Labels) {
	if s.Pod != "" {
		s.Instance = s.Pod
	}
	var app, name, controller string
	for i := range labels {
		switch labels[i].Key {
		case "k8s-pod/app", "k8s-pod/k8s-app":
			setFirst(&app, labels[i].Value)
		case "k8s-pod/app.kubernetes.io/name", "k8s-pod/app_kubernetes_io/name":
			name = labels[i].Value
		case "logging.gke.io/top_level_controller_name":
			controller = labels[i].Value
		case "k8s-pod/pod-template-hash", "k8s-pod/controller-revision-hash":
			setFirst(&s.Revision, labels[i].Value)
		}
	}
	workload, hash := workloadOf(s.Pod)
	for _, service := range [...]string{app, name, controller, workload} {
		setFirst(&s.Service, service)
	}
	setFirst(&s.Revision, hash)
}

// eventScope reads the object that a Kubernetes event is about.
func (d *decoder) eventScope(s *logentry.Scope, object logentry.Value) {
	kind, name := d.valueText(object.Get("kind")), d.valueText(object.Get("name"))
	setFirst(&s.Namespace, d.valueText(object.Get("namespace")))
	if kind != "Pod" {
		named(s, strings.ToLower(kind)+"s", name, true)
		return
	}
	inPod(s, name)
}

// inPod fills in what the name of a pod says.
func inPod(s *logentry.Scope, pod string) {
	setFirst(&s.Pod, pod)
	setFirst(&s.Instance, pod)
	workload, hash := workloadOf(pod)
	setFirst(&s.Service, workload)
	setFirst(&s.Revision, hash)
}

// workloadOf takes what Kubernetes generated off the name of a pod:
// "checkout-api-6d4b75cb6d-hftl4" is of the workload checkout-api, replica set
// 6d4b75cb6d. Pods of a stateful set end in a number, those of daemon sets and
// jobs in five characters, those of cron jobs have a number before these.
func workloadOf(pod string) (workload, hash string) {
	rest, last, ok := cutLast(pod, "-")
	switch {
	case !ok:
		return pod, ""
	case isNumber(last) && len(last) < 5:
		return rest, ""
	case len(last) != 5 || !isGenerated(last):
		return pod, ""
	}
	workload, hash, ok = cutLast(rest, "-")
	switch {
	case ok && len(hash) >= 8 && isNumber(hash):
		return workload, ""
	case ok && len(hash) >= 6 && len(hash) <= 10 && isGenerated(hash) && strings.ContainsAny(hash, "2456789"):
		return workload, hash
	}
	return rest, ""
}

// isGenerated reports whether s has only characters that Kubernetes draws for
// names: no vowels, no digits that look like letters.
func isGenerated(s string) bool {
	return s != "" && strings.Trim(s, "bcdfghjklmnpqrstvwxz2456789") == ""
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// auditScope fills what the labels of the resource left empty from the names
// in an audit entry: its resource name, its object, its status message.
func (d *decoder) auditScope(s *logentry.Scope, a *logentry.Audit) {
	k8s := strings.HasPrefix(s.Kind, "k8s_")
	collection := ""
	for part := range strings.SplitSeq(a.Resource, "/") {
		if part != "-" {
			named(s, collection, part, k8s)
		}
		collection = part
	}
	switch a.Kind {
	case "Service", "Job", "Function", "WorkerPool", "Deployment", "StatefulSet", "DaemonSet":
		setFirst(&s.Service, a.Name)
	case "Revision":
		setFirst(&s.Revision, a.Name)
		setFirst(&s.Service, d.owner)
	case "Execution":
		setFirst(&s.Execution, a.Name)
		setFirst(&s.Service, d.owner)
	}
	statusScope(s, a.Status)
	if s.Service == "" {
		s.Service = serviceOfRevision(s.Revision)
	}
}

// named fills in the part of the scope that collection names, as in
// "projects/P/locations/L/services/S".
func named(s *logentry.Scope, collection, name string, k8s bool) {
	switch collection {
	case "projects":
		setFirst(&s.Project, name)
	case "locations":
		setFirst(&s.Location, name)
	case "namespaces": // of Kubernetes; in the Cloud Run API it is the project
		if k8s {
			setFirst(&s.Namespace, name)
		} else {
			setFirst(&s.Project, name)
		}
	case "services", "jobs", "functions", "deployments", "statefulsets", "daemonsets", "workerpools", "workerPools":
		setFirst(&s.Service, name)
	case "revisions":
		setFirst(&s.Revision, name)
	case "executions":
		setFirst(&s.Execution, name)
	case "pods":
		inPod(s, name)
	}
}

// statusScope reads the name in messages such as "Ready condition status
// changed to False for Revision R with message: …" and "Execution E has failed
// to complete, …".
func statusScope(s *logentry.Scope, status string) {
	if rest, ok := strings.CutPrefix(status, "Execution "); ok {
		setFirst(&s.Execution, firstWord(rest))
		return
	}
	head, _, _ := strings.Cut(status, " with message: ")
	_, rest, ok := strings.Cut(head, " for ")
	if !ok {
		return
	}
	kind, rest, _ := strings.Cut(rest, " ")
	switch kind {
	case "Revision":
		setFirst(&s.Revision, firstWord(rest))
	case "Service", "Job":
		setFirst(&s.Service, firstWord(rest))
	case "Execution":
		setFirst(&s.Execution, firstWord(rest))
	}
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return strings.TrimRight(word, ".,:;")
}

// serviceOfRevision returns the service of a revision that Cloud Run named:
// "checkout-api-00012-abc" is of checkout-api.
func serviceOfRevision(revision string) string {
	rest, suffix, ok := cutLast(revision, "-")
	if !ok || len(suffix) != 3 {
		return ""
	}
	service, number, ok := cutLast(rest, "-")
	if !ok || len(number) != 5 || !isNumber(number) {
		return ""
	}
	return service
}

// payloadService is the service where the resource names none: by label, by
// the payload, by the parts of a load balancer.
func (d *decoder) payloadService(e *logentry.Entry) string {
	for _, key := range [...]string{"forwarding_rule_name", "backend_service_name", "service", "cluster_id"} {
		if v := e.ResourceLabels.Get(key); v != "" {
			return v
		}
	}
	p := &d.payload
	if name := d.valueText(p.get(fieldServiceContext).Get("service")); name != "" {
		return name
	}
	service := p.get(fieldService)
	if service.Kind() == logentry.ValueObject {
		service = service.Get("name")
	}
	if name := d.valueText(service); name != "" {
		return name
	}
	for _, key := range [...]string{"service", "service_name", "app"} {
		if v := e.Labels.Get(key); v != "" {
			return v
		}
	}
	return ""
}
