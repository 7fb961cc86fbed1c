package ingest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/logentry"
)

func TestScope(t *testing.T) {
	for _, c := range []struct {
		name, record string
		want         logentry.Scope
	}{
		{"Cloud Run", `{"resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging","service_name":"checkout-api","revision_name":"checkout-api-00042-xuv","location":"europe-west1","configuration_name":"checkout-api"}},
			"labels":{"instanceId":"0087","container_name":"app-1"},"trace":"projects/acme-staging/traces/4bf9"}`,
			logentry.Scope{Project: "acme-staging", Location: "europe-west1", Service: "checkout-api", Revision: "checkout-api-00042-xuv", Instance: "0087", Container: "app-1", Trace: "4bf9"}},
		{"Cloud Run job", `{"resource":{"type":"cloud_run_job","labels":{"project_id":"acme-staging","job_name":"migrate","location":"europe-west1"}},
			"labels":{"instanceId":"0087","run.googleapis.com/execution_name":"migrate-x7xzb","run.googleapis.com/task_index":"0"}}`,
			logentry.Scope{Project: "acme-staging", Location: "europe-west1", Service: "migrate", Instance: "0087", Execution: "migrate-x7xzb"}},
		{"worker pool", `{"resource":{"type":"cloud_run_worker_pool","labels":{"worker_pool_name":"mailer"}}}`, logentry.Scope{Service: "mailer"}},
		{"function", `{"resource":{"type":"cloud_function","labels":{"function_name":"resize","region":"europe-west1"}},"labels":{"execution_id":"x1"}}`,
			logentry.Scope{Location: "europe-west1", Service: "resize", Execution: "x1"}},
		{"pod", `{"resource":{"type":"k8s_container","labels":{"cluster_name":"c1","namespace_name":"shop","pod_name":"checkout-api-6d4b75cb6d-hftl4","container_name":"app","location":"europe-west1-b"}}}`,
			logentry.Scope{Location: "europe-west1-b", Service: "checkout-api", Revision: "6d4b75cb6d", Instance: "checkout-api-6d4b75cb6d-hftl4", Namespace: "shop", Pod: "checkout-api-6d4b75cb6d-hftl4", Container: "app"}},
		{"pod with labels", `{"resource":{"type":"k8s_container","labels":{"pod_name":"x-6d4b75cb6d-hftl4"}},"labels":{"k8s-pod/app":"checkout","k8s-pod/app_kubernetes_io/name":"other","k8s-pod/pod-template-hash":"6d4b75cb6d","compute.googleapis.com/resource_name":"node-1"}}`,
			logentry.Scope{Service: "checkout", Revision: "6d4b75cb6d", Instance: "x-6d4b75cb6d-hftl4", Pod: "x-6d4b75cb6d-hftl4"}},
		{"pod with name label", `{"resource":{"type":"k8s_pod","labels":{"pod_name":"x-0"}},"labels":{"k8s-pod/app.kubernetes.io/name":"db","logging.gke.io/top_level_controller_name":"x"}}`,
			logentry.Scope{Service: "db", Instance: "x-0", Pod: "x-0"}},
		{"pod with controller", `{"resource":{"type":"k8s_pod","labels":{"pod_name":"x-0"}},"labels":{"logging.gke.io/top_level_controller_name":"web"}}`,
			logentry.Scope{Service: "web", Instance: "x-0", Pod: "x-0"}},
		{"node", `{"resource":{"type":"k8s_node","labels":{"node_name":"gke-1"}}}`, logentry.Scope{Instance: "gke-1"}},
		{"pod event", `{"resource":{"type":"k8s_cluster","labels":{"cluster_name":"c1"}},"jsonPayload":{"message":"Back-off","reason":"BackOff","involvedObject":{"kind":"Pod","name":"mailer-7c9f8d6b5-x2x4z","namespace":"shop"}}}`,
			logentry.Scope{Service: "mailer", Revision: "7c9f8d6b5", Instance: "mailer-7c9f8d6b5-x2x4z", Namespace: "shop", Pod: "mailer-7c9f8d6b5-x2x4z"}},
		{"deployment event", `{"resource":{"type":"k8s_cluster"},"jsonPayload":{"message":"Scaled","involvedObject":{"kind":"Deployment","name":"mailer","namespace":"shop"}}}`,
			logentry.Scope{Service: "mailer", Namespace: "shop"}},
		{"App Engine", `{"resource":{"type":"gae_app","labels":{"module_id":"web","version_id":"v7","zone":"europe-west1-2"}},"labels":{"appengine.googleapis.com/instance_name":"aef-1"}}`,
			logentry.Scope{Location: "europe-west1-2", Service: "web", Revision: "v7", Instance: "aef-1"}},
		{"virtual machine", `{"resource":{"type":"gce_instance","labels":{"instance_id":"123","zone":"z"}},"labels":{"compute.googleapis.com/resource_name":"vm-1"}}`,
			logentry.Scope{Location: "z", Service: "vm-1", Instance: "vm-1"}},
		{"virtual machine of a group", `{"resource":{"type":"gce_instance","labels":{"instance_id":"123"}},"labels":{"compute.googleapis.com/resource_name":"vm-1","compute.googleapis.com/instance_group_manager/name":"vms"}}`,
			logentry.Scope{Service: "vms", Instance: "vm-1"}},
		{"database", `{"resource":{"type":"cloudsql_database","labels":{"database_id":"acme-staging:orders-db","region":"europe-west1"}}}`,
			logentry.Scope{Location: "europe-west1", Service: "orders-db"}},
		{"load balancer", `{"resource":{"type":"http_load_balancer","labels":{"url_map_name":"shop-lb","forwarding_rule_name":"fr","backend_service_name":"be"}}}`, logentry.Scope{Service: "shop-lb"}},
		{"load balancer by rule", `{"resource":{"type":"http_load_balancer","labels":{"url_map_name":"","forwarding_rule_name":"fr","backend_service_name":"be"}}}`, logentry.Scope{Service: "fr"}},
		{"load balancer by backend", `{"resource":{"type":"http_load_balancer","labels":{"backend_service_name":"be"}}}`, logentry.Scope{Service: "be"}},
		{"build", `{"resource":{"type":"build","labels":{"build_id":"b1","build_trigger_id":"t1"}}}`, logentry.Scope{Execution: "b1"}},
		{"endpoint", `{"resource":{"type":"aiplatform.googleapis.com/Endpoint","labels":{"endpoint_id":"e1","resource_container":"projects/1","location":"europe-west1"}}}`,
			logentry.Scope{Location: "europe-west1", Service: "e1"}},
		{"scheduler", `{"resource":{"type":"cloud_scheduler_job","labels":{"job_id":"nightly","location":"europe-west1"}}}`, logentry.Scope{Location: "europe-west1", Service: "nightly"}},
		{"subscription", `{"resource":{"type":"pubsub_subscription","labels":{"subscription_id":"orders-sub"}}}`, logentry.Scope{Service: "orders-sub"}},
		{"topic", `{"resource":{"type":"pubsub_topic","labels":{"topic_id":"orders"}}}`, logentry.Scope{Service: "orders"}},
		{"queue", `{"resource":{"type":"cloud_tasks_queue","labels":{"queue_id":"mails"}}}`, logentry.Scope{Service: "mails"}},
		{"Dataproc", `{"resource":{"type":"cloud_dataproc_job","labels":{"job_id":"j1","cluster_name":"c"}}}`, logentry.Scope{Service: "c", Execution: "j1"}},
		{"Redis", `{"resource":{"type":"redis_instance","labels":{"instance_id":"projects/p/locations/l/instances/cache"}}}`, logentry.Scope{Service: "cache"}},
		{"API", `{"resource":{"type":"audited_resource","labels":{"service":"iam.googleapis.com","method":"m"}}}`, logentry.Scope{Service: "iam.googleapis.com"}},
		{"task", `{"resource":{"type":"generic_task","labels":{"job":"importer","task_id":"t1","namespace":"shop"}}}`, logentry.Scope{Service: "importer", Instance: "t1", Namespace: "shop"}},
		{"task without job", `{"resource":{"type":"generic_task","labels":{"task_id":"t1"}},"labels":{"service":"importer"}}`, logentry.Scope{Service: "importer", Instance: "t1"}},
		{"global", `{"resource":{"type":"global"},"jsonPayload":{"message":"m","serviceContext":{"service":"checkout-api","version":"1"}}}`, logentry.Scope{Service: "checkout-api"}},
		{"global by payload", `{"resource":{"type":"global"},"jsonPayload":{"message":"m","service":{"name":"checkout-api"}}}`, logentry.Scope{Service: "checkout-api"}},
		{"project", `{"resource":{"type":"project","labels":{"project_id":"acme-staging"}}}`, logentry.Scope{Project: "acme-staging"}},
		{"project by log name", `{"logName":"projects/acme-staging/logs/x"}`, logentry.Scope{Project: "acme-staging"}},
		{"folder", `{"logName":"folders/1/logs/x"}`, logentry.Scope{}},
		{"header trace", `{"trace":"4bf9/123;o=1","insertId":"x"}`, logentry.Scope{Trace: "4bf9"}},
	} {
		got := decoded(t, c.record)
		c.want.Kind = got.ResourceType
		if diff := cmp.Diff(c.want, got.Scope); diff != "" {
			t.Errorf("%s\n%s", c.name, diff)
		}
	}
}

func TestScopeOfAudit(t *testing.T) {
	run := func(labels, proto string) string {
		return `{"logName":"projects/acme-staging/logs/cloudaudit.googleapis.com%2Fsystem_event","resource":{"type":"cloud_run_revision","labels":` + labels +
			`},"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog",` + proto + `}}`
	}
	const empty = `{"project_id":"acme-staging","service_name":"","revision_name":"","location":""}`
	for _, c := range []struct {
		name, record string
		want         logentry.Scope
	}{
		{"service by resource name", run(empty, `"resourceName":"namespaces/acme-staging/services/checkout-api"`), logentry.Scope{Service: "checkout-api"}},
		{"version 2", run(empty, `"resourceName":"projects/acme-staging/locations/europe-west1/services/checkout-api/revisions/r1"`),
			logentry.Scope{Location: "europe-west1", Service: "checkout-api", Revision: "r1"}},
		{"version 2 job", run(empty, `"resourceName":"projects/acme-staging/locations/europe-west1/jobs/migrate/executions/migrate-x7xzb"`),
			logentry.Scope{Location: "europe-west1", Service: "migrate", Execution: "migrate-x7xzb"}},
		{"revision gives its service", run(empty, `"resourceName":"namespaces/acme-staging/revisions/checkout-api-00012-abc"`),
			logentry.Scope{Service: "checkout-api", Revision: "checkout-api-00012-abc"}},
		{"revision with a name of its own", run(empty, `"resourceName":"namespaces/acme-staging/revisions/checkout-api-blue"`),
			logentry.Scope{Revision: "checkout-api-blue"}},
		{"owner of the revision", run(empty, `"response":{"kind":"Revision","metadata":{"name":"checkout-api-blue","labels":{"serving.knative.dev/service":"checkout-api"}}}`),
			logentry.Scope{Service: "checkout-api", Revision: "checkout-api-blue"}},
		{"owner of the execution", run(empty, `"resourceName":"namespaces/acme-staging/executions/migrate-x7xzb","response":{"kind":"Execution","metadata":{"name":"migrate-x7xzb","labels":{"run.googleapis.com/job":"migrate"}}}`),
			logentry.Scope{Service: "migrate", Execution: "migrate-x7xzb"}},
		{"object", run(empty, `"response":{"kind":"Service","metadata":{"name":"checkout-api"}}`), logentry.Scope{Service: "checkout-api"}},
		{"revision in the status", run(empty, `"status":{"code":9,"message":"Ready condition status changed to False for Revision checkout-api-00012-abc with message: for Service x"}`),
			logentry.Scope{Service: "checkout-api", Revision: "checkout-api-00012-abc"}},
		{"service in the status", run(empty, `"status":{"message":"Ready condition status changed to True for Service checkout-api."}`), logentry.Scope{Service: "checkout-api"}},
		{"job in the status", run(empty, `"status":{"message":"Ready condition status changed to True for Job migrate."}`), logentry.Scope{Service: "migrate"}},
		{"execution in the status", run(empty, `"status":{"message":"Execution migrate-x7xzb has failed to complete, 0/1 tasks were a success."}`), logentry.Scope{Execution: "migrate-x7xzb"}},
		{"status of an execution", run(empty, `"status":{"message":"Completed condition status changed to False for Execution migrate-x7xzb"}`), logentry.Scope{Execution: "migrate-x7xzb"}},
		{"labels win", run(`{"service_name":"a","revision_name":"a-00001-xyz"}`, `"resourceName":"namespaces/acme-staging/services/b","status":{"message":"changed for Revision c-00001-xyz"}`),
			logentry.Scope{Service: "a", Revision: "a-00001-xyz"}},
		{"wildcard", run(empty, `"resourceName":"projects/-/serviceAccounts/x"`), logentry.Scope{}},
	} {
		got := decoded(t, c.record)
		c.want.Kind, c.want.Project = "cloud_run_revision", "acme-staging"
		if diff := cmp.Diff(c.want, got.Scope); diff != "" {
			t.Errorf("%s\n%s", c.name, diff)
		}
	}
	k8s := decoded(t, `{"resource":{"type":"k8s_cluster","labels":{"project_id":"acme-staging"}},"protoPayload":{"methodName":"io.k8s.apps.v1.deployments.patch","resourceName":"apps/v1/namespaces/shop/deployments/mailer"}}`)
	if k8s.Scope.Service != "mailer" || k8s.Scope.Namespace != "shop" || k8s.Audit.Kind != "Deployment" {
		t.Errorf("%+v, kind %q", k8s.Scope, k8s.Audit.Kind)
	}
	pod := decoded(t, `{"resource":{"type":"k8s_cluster"},"protoPayload":{"methodName":"io.k8s.core.v1.pods.delete","resourceName":"core/v1/namespaces/shop/pods/mailer-0"}}`)
	if pod.Scope.Pod != "mailer-0" || pod.Scope.Instance != "mailer-0" || pod.Scope.Service != "mailer" {
		t.Errorf("%+v", pod.Scope)
	}
}

func TestWorkloadOf(t *testing.T) {
	for pod, want := range map[string][2]string{
		"checkout-api-6d4b75cb6d-hftl4": {"checkout-api", "6d4b75cb6d"},
		"web-0":                         {"web", ""},
		"agent-x2x4z":                   {"agent", ""},
		"nightly-29468160-x2x4z":        {"nightly", ""},
		"checkout-api":                  {"checkout-api", ""},
		"my-shiny":                      {"my-shiny", ""},
		"web-frontend-hftl4":            {"web-frontend", ""},
		"single":                        {"single", ""},
		"":                              {"", ""},
	} {
		if workload, hash := workloadOf(pod); workload != want[0] || hash != want[1] {
			t.Errorf("workloadOf(%q) = %q, %q, want %q", pod, workload, hash, want)
		}
	}
}

func TestServiceOfRevision(t *testing.T) {
	for revision, want := range map[string]string{
		"checkout-api-00012-abc": "checkout-api", "checkout-api-blue": "", "checkout-api-00012-abcd": "", "checkout-api-0012-abc": "", "00012-abc": "", "abc": "", "": "",
	} {
		if got := serviceOfRevision(revision); got != want {
			t.Errorf("serviceOfRevision(%q) = %q, want %q", revision, got, want)
		}
	}
}
