package ingest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/logentry"
)

// audited decodes an audit entry with the given members of its AuditLog.
func audited(t *testing.T, members string) *logentry.Audit {
	t.Helper()
	e := decoded(t, `{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog",`+members+`}}`)
	if e.Audit == nil || e.Payload != logentry.PayloadProto {
		t.Fatalf("no audit entry: %s", members)
	}
	return e.Audit
}

// auditWith is an Audit without anything, changed by change.
func auditWith(change func(*logentry.Audit)) *logentry.Audit {
	a := &logentry.Audit{MaxRetries: -1, ReadyTime: logentry.NoTime, Provisioned: logentry.NoTime}
	change(a)
	return a
}

const (
	auditImage  = "europe-docker.pkg.dev/acme-staging/apps/checkout-api"
	auditDigest = "sha256:0f5a2d1c3b4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8"
)

func TestAuditOfRevision(t *testing.T) {
	got := audited(t, `"methodName":"/Services.ReplaceService","serviceName":"run.googleapis.com",
	  "resourceName":"namespaces/acme-staging/revisions/checkout-api-00012-abc",
	  "response":{"@type":"type.googleapis.com/google.cloud.run.v1.Revision","apiVersion":"serving.knative.dev/v1","kind":"Revision",
	    "metadata":{"name":"checkout-api-00012-abc","generation":1,"labels":{"serving.knative.dev/service":"checkout-api"},
	      "annotations":{"run.googleapis.com/cloudsql-instances":"acme-staging:europe-west1:orders"}},
	    "spec":{"containers":[
	        {"image":"`+auditImage+`-proxy:1","name":"sidecar"},
	        {"env":[{"name":"ENV","value":"staging"},{"name":"DB_PASS","valueFrom":{"secretKeyRef":{"key":"latest","name":"db-pass"}}}],
	         "image":"`+auditImage+`@`+auditDigest+`","ports":[{"containerPort":8080}],
	         "resources":{"limits":{"cpu":"1000m","memory":"512Mi"}},
	         "startupProbe":{"failureThreshold":1,"periodSeconds":240,"tcpSocket":{"port":8080},"timeoutSeconds":240}}],
	      "timeoutSeconds":300},
	    "status":{"imageDigest":"`+auditImage+`@`+auditDigest+`","conditions":[
	      {"type":"ContainerHealthy","status":"True"},
	      {"type":"Ready","status":"False","reason":"HealthCheckContainerError","message":"The container failed.","lastTransitionTime":"2026-01-15T12:00:00.5Z"}]}},
	  "status":{"code":9,"message":"Ready condition status changed to False for Revision checkout-api-00012-abc with message: The container failed.\n"}`)
	want := auditWith(func(a *logentry.Audit) {
		a.Method, a.ServiceName = "/Services.ReplaceService", "run.googleapis.com"
		a.Resource = "namespaces/acme-staging/revisions/checkout-api-00012-abc"
		a.StatusCode = 9
		a.Status = "Ready condition status changed to False for Revision checkout-api-00012-abc with message: The container failed."
		a.Kind, a.Name, a.Generation = "Revision", "checkout-api-00012-abc", 1
		a.Ready, a.ReadyReason, a.ReadyText, a.ReadyTime = "False", "HealthCheckContainerError", "The container failed.", at("2026-01-15T12:00:00.5Z")
		a.Image, a.Digest = auditImage+"@"+auditDigest, auditDigest
		a.Env = []logentry.EnvVar{{Name: "ENV"}, {Name: "DB_PASS", Secret: "db-pass", SecretVersion: "latest"}}
		a.HasSpec = true
		a.ProbeTimeout, a.ProbePeriod, a.ProbeThreshold = 240*time.Second, 240*time.Second, 1
		a.TimeoutSeconds, a.MemoryLimit, a.CPULimit = 300, "512Mi", "1000m"
		a.CloudSQL = "acme-staging:europe-west1:orders"
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A request leaves the variables out, so it must not claim a full
// specification, and the state it carries is the one before the change.
func TestAuditOfRequest(t *testing.T) {
	got := audited(t, `"methodName":"google.cloud.run.v1.Jobs.ReplaceJob","serviceName":"run.googleapis.com",
	  "authenticationInfo":{"principalEmail":"dev@example.com","principalSubject":"user:dev@example.com"},
	  "resourceName":"namespaces/acme-staging/jobs/migrate",
	  "request":{"@type":"type.googleapis.com/google.cloud.run.v1.ReplaceJobRequest","name":"namespaces/acme-staging/jobs/migrate",
	    "job":{"kind":"Job","metadata":{"name":"migrate","generation":"2"},
	      "spec":{"template":{"metadata":{"annotations":{"run.googleapis.com/cloudsql-instances":"acme-staging:europe-west1:orders"}},
	        "spec":{"taskCount":1,"template":{"spec":{"containers":[{"image":"`+auditImage+`:latest"}],"maxRetries":3,"timeoutSeconds":"600"}}}}},
	      "status":{"conditions":[{"type":"Ready","status":"False","reason":"SecretsAccessCheckFailed"}]}}},
	  "response":{"@type":"type.googleapis.com/google.longrunning.Operation","done":true}`)
	want := auditWith(func(a *logentry.Audit) {
		a.Method, a.ServiceName, a.Resource = "google.cloud.run.v1.Jobs.ReplaceJob", "run.googleapis.com", "namespaces/acme-staging/jobs/migrate"
		a.Principal, a.Kind, a.Name, a.Generation = "dev@example.com", "Job", "migrate", 2
		a.Ready, a.ReadyReason = "False", "SecretsAccessCheckFailed"
		a.Image, a.MaxRetries, a.TimeoutSeconds = auditImage+":latest", 3, 600
		a.CloudSQL = "acme-staging:europe-west1:orders"
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAuditOfExecution(t *testing.T) {
	got := audited(t, `"methodName":"/Jobs.RunJob","resourceName":"namespaces/acme-staging/executions/migrate-x7xzb",
	  "response":{"kind":"Execution","metadata":{"name":"migrate-x7xzb"},"spec":{"template":{"spec":{"containers":[{"image":"a"}],"maxRetries":0}}},
	    "status":{"conditions":[{"type":"Completed","status":"False","reason":"NonZeroExitCode"},{"type":"Started","status":"True"}]}}`)
	if got.Kind != "Execution" || got.Ready != "False" || got.ReadyReason != "NonZeroExitCode" || got.MaxRetries != 0 || !got.HasSpec || got.Env != nil {
		t.Errorf("%+v", got)
	}
}

func TestAuditOfVersion2(t *testing.T) {
	got := audited(t, `"methodName":"google.cloud.run.v2.Services.UpdateService",
	  "response":{"@type":"type.googleapis.com/google.cloud.run.v2.Service","name":"projects/acme-staging/locations/europe-west1/services/checkout-api",
	    "generation":"7","template":{"timeout":"300s","containers":[{"image":"`+auditImage+`:v2",
	      "env":[{"name":"ENV","value":"staging"},{"name":"DB_PASS","valueSource":{"secretKeyRef":{"secret":"db-pass","version":"3"}}}],
	      "resources":{"limits":{"cpu":"1","memory":"1Gi"}},"startupProbe":{"timeoutSeconds":1,"periodSeconds":10,"failureThreshold":3}}],
	      "volumes":[{"name":"sql","cloudSqlInstance":{"instances":["acme-staging:europe-west1:a","acme-staging:europe-west1:b"]}}]},
	    "terminalCondition":{"type":"Ready","state":"CONDITION_FAILED","message":"no","revisionReason":"HEALTH_CHECK_CONTAINER_ERROR","lastTransitionTime":"2026-01-15T12:00:00Z"}}`)
	want := auditWith(func(a *logentry.Audit) {
		a.Method, a.Kind, a.Name, a.Generation = "google.cloud.run.v2.Services.UpdateService", "Service", "checkout-api", 7
		a.Ready, a.ReadyReason, a.ReadyText, a.ReadyTime = "False", "HEALTH_CHECK_CONTAINER_ERROR", "no", at("2026-01-15T12:00:00Z")
		a.Image = auditImage + ":v2"
		a.Env = []logentry.EnvVar{{Name: "ENV"}, {Name: "DB_PASS", Secret: "db-pass", SecretVersion: "3"}}
		a.HasSpec = true
		a.ProbeTimeout, a.ProbePeriod, a.ProbeThreshold = time.Second, 10*time.Second, 3
		a.TimeoutSeconds, a.MemoryLimit, a.CPULimit = 300, "1Gi", "1"
		a.CloudSQL = "acme-staging:europe-west1:a,acme-staging:europe-west1:b"
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	job := audited(t, `"request":{"job":{"name":"projects/p/locations/l/jobs/migrate","template":{"template":{"containers":[{"image":"a"}],"maxRetries":5,"timeout":"600s"}}}}`)
	if job.MaxRetries != 5 || job.TimeoutSeconds != 600 || job.Image != "a" || job.Name != "migrate" || job.HasSpec {
		t.Errorf("%+v", job)
	}
}

func TestAuditOfFunctions(t *testing.T) {
	got := audited(t, `"methodName":"google.cloud.functions.v2.FunctionService.UpdateFunction","resourceName":"projects/p/locations/l/functions/resize",
	  "response":{"@type":"type.googleapis.com/google.cloud.functions.v2.Function","name":"projects/p/locations/l/functions/resize","state":"FAILED",
	    "stateMessages":[{"severity":"ERROR","type":"CloudRunServiceNotReady","message":"no"}],
	    "serviceConfig":{"timeoutSeconds":60,"availableMemory":"256M","availableCpu":"0.1666","environmentVariables":{"ENV":"staging"},
	      "secretEnvironmentVariables":[{"key":"DB_PASS","projectId":"p","secret":"db-pass","version":"latest"}]}}`)
	want := auditWith(func(a *logentry.Audit) {
		a.Method, a.Resource = "google.cloud.functions.v2.FunctionService.UpdateFunction", "projects/p/locations/l/functions/resize"
		a.Kind, a.Name, a.Ready, a.ReadyText, a.ReadyReason = "Function", "resize", "False", "no", "CloudRunServiceNotReady"
		a.MemoryLimit, a.CPULimit, a.TimeoutSeconds, a.HasSpec = "256M", "0.1666", 60, true
		a.Env = []logentry.EnvVar{{Name: "ENV"}, {Name: "DB_PASS", Secret: "db-pass", SecretVersion: "latest"}}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	old := audited(t, `"methodName":"google.cloud.functions.v1.CloudFunctionsService.UpdateFunction",
	  "request":{"function":{"name":"projects/p/locations/l/functions/resize","entryPoint":"run","timeout":"60s","availableMemoryMb":256,"metadata":{"name":"resize"}}}`)
	if old.Kind != "Function" || old.MemoryLimit != "256Mi" || old.TimeoutSeconds != 60 || old.HasSpec || old.Env != nil {
		t.Errorf("%+v", old)
	}
}

func TestAuditOfDeployment(t *testing.T) {
	got := audited(t, `"methodName":"io.k8s.apps.v1.deployments.update","resourceName":"apps/v1/namespaces/shop/deployments/mailer",
	  "request":{"spec":{}},
	  "response":{"kind":"Deployment","metadata":{"name":"mailer","generation":4},"spec":{"template":{"spec":{"containers":[{"image":"mailer:2"}]}}},
	    "status":{"conditions":[{"type":"Progressing","status":"True"},{"type":"Available","status":"False","reason":"MinimumReplicasUnavailable"}]}}`)
	if got.Kind != "Deployment" || got.Name != "mailer" || got.Image != "mailer:2" || got.Generation != 4 || got.Ready != "False" || !got.HasSpec {
		t.Errorf("%+v", got)
	}
}

func TestAuditWithoutObject(t *testing.T) {
	for _, c := range []struct{ members, kind, name string }{
		{`"resourceName":"namespaces/acme-staging/services/checkout-api"`, "Service", "checkout-api"},
		{`"resourceName":"projects/p/locations/l/services/s/revisions/r"`, "Revision", "r"},
		{`"resourceName":"namespaces/acme-staging/jobs/migrate","response":{"success":true}`, "Job", "migrate"},
		{`"resourceName":"namespaces/acme-staging/executions/e","request":{"policy":{"bindings":[]},"n":1}`, "Execution", "e"},
		{`"resourceName":"projects/p/locations/l/functions/f"`, "Function", "f"},
		{`"resourceName":"projects/p/locations/l/workerPools/w"`, "WorkerPool", "w"},
		{`"resourceName":"projects/p/locations/l/builds"`, "", ""},
		{`"resourceName":"projects/p/secrets/x"`, "", "x"},
		{`"resourceName":"plain"`, "", ""},
		{`"methodName":"m"`, "", ""},
		{`"methodName":"m","response":7,"request":"x","status":"y","authenticationInfo":[]`, "", ""},
	} {
		if got := audited(t, c.members); got.Kind != c.kind || got.Name != c.name || got.HasSpec || got.MaxRetries != -1 {
			t.Errorf("%s: kind %q, name %q, %+v", c.members, got.Kind, got.Name, got)
		}
	}
	subject := audited(t, `"authenticationInfo":{"principalEmail":"","principalSubject":"serviceAccount:a"}`)
	if subject.Principal != "serviceAccount:a" {
		t.Errorf("principal %q", subject.Principal)
	}
}

func TestAuditOfTableRow(t *testing.T) {
	e := decoded(t, `{"proto_payload":{"type":"type.googleapis.com/google.cloud.audit.AuditLog","audit_log":{"method_name":"m","service_name":"s",
	  "resource_name":"namespaces/p/services/a","authentication_info":{"principal_email":"dev@example.com"},"status":{"code":7,"message":"denied"}}}}`)
	if e.Message != "AUDIT m :: denied" || e.Audit.Principal != "dev@example.com" || e.Scope.Service != "a" || e.Audit.ServiceName != "s" {
		t.Errorf("%q, %+v", e.Message, e.Audit)
	}
}

// The log name tells an audit entry whose type was renamed on the way.
func TestAuditByLogName(t *testing.T) {
	e := decoded(t, `{"logName":"projects/p/logs/cloudaudit.googleapis.com%2Factivity","protoPayload":{"at_sign_type":"x","serviceName":"run.googleapis.com"}}`)
	if e.Audit == nil || e.Message != "AUDIT run.googleapis.com" {
		t.Errorf("%q, %+v", e.Message, e.Audit)
	}
}

func TestStateWord(t *testing.T) {
	for state, want := range map[string]string{
		"CONDITION_SUCCEEDED": "True", "ACTIVE": "True", "CONDITION_FAILED": "False", "CONDITION_RECONCILING": "Unknown", "DEPLOYING": "Unknown", "": "", "x": "",
	} {
		if got := stateWord(state); got != want {
			t.Errorf("stateWord(%q) = %q, want %q", state, got, want)
		}
	}
}

// Nested far deeper than any resource, an object must not take long to read.
func TestAuditBoundsNesting(t *testing.T) {
	object := `{"containers":[{"image":"a"}]}`
	for range 50 {
		object = `{"spec":` + object + `}`
	}
	if got := audited(t, `"response":`+object); got.Image != "" || got.HasSpec {
		t.Errorf("%+v", got)
	}
}
