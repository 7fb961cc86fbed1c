package logentry

import "testing"

func TestPlatformReason(t *testing.T) {
	const advice = "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended. Logs for this revision might contain more information.\n\nLogs URL: https://console.cloud.google.com/logs/viewer?project=acme-staging&resource=cloud_run_revision \nFor more troubleshooting guidance, see https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start"
	const denied = "spec.template.spec.containers[0].env[2].value_from.secret_key_ref.name: Permission denied on secret: projects/1/secrets/db-pass/versions/latest for Revision service account 1-compute@developer.gserviceaccount.com. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level."
	for _, c := range []struct{ msg, want string }{
		{"Ready condition status changed to False for Revision checkout-api-00012-abc with message: " + advice, ""},
		{"AUDIT /Services.ReplaceService :: Ready condition status changed to False for Service checkout-api with message: " + advice, ""},
		{"AUDIT /Jobs.ReplaceJob :: Ready condition status changed to False for Job migrate with message: " + denied, denied},
		{"Ready condition status changed to False for Revision a-00001-abc with message: Image 'europe-docker.pkg.dev/acme/a:1' not found.", "Image 'europe-docker.pkg.dev/acme/a:1' not found."},
		{"Ready condition status changed to False for Revision a-00001-abc with message: Quota exceeded. " + advice, "Quota exceeded."},
		{"Ready condition status changed to True for Revision a-00001-abc with message: Deploying revision succeeded in 17.43s.", ""},
		{"Ready condition status changed to True for Service a.", ""},
		{"terminated: Application failed to start: failed to load /entrypoint.sh: no such file or directory", "failed to load /entrypoint.sh: no such file or directory"},
		{"Application failed to start: kernel init: not executable", "kernel init: not executable"},
		{"Revision 'a-00001-abc' is not ready and cannot serve traffic. Image 'a' not found.", "Image 'a' not found."},
		{"AUDIT google.cloud.run.v1.Services.SetIamPolicy :: Permission 'run.services.setIamPolicy' denied on resource.", "Permission 'run.services.setIamPolicy' denied on resource."},
		{"AUDIT /Jobs.RunJob :: Execution migrate-x7xzb has failed to complete, 0/1 tasks were a success.", ""},
		{"AUDIT google.cloud.run.v1.Services.ReplaceService", ""},
		{"Container called exit(1).", ""},
		{"ValueError: SECRET_KEY must be set", ""},
		{"Revision text of an application", ""},
		{"", ""},
	} {
		if got := PlatformReason(c.msg); got != c.want {
			t.Errorf("PlatformReason(%.80q) = %q, want %q", c.msg, got, c.want)
		}
	}
}
