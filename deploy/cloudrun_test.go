package deploy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// runJob is a Job of the Cloud Run Admin API, v1, as far as ours goes.
//
// See https://docs.cloud.google.com/run/docs/reference/yaml/v1.
type runJob struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name   string
		Labels map[string]string
	}
	Spec struct {
		Template struct {
			Metadata struct{ Annotations map[string]string }
			Spec     struct {
				Parallelism int
				TaskCount   int `yaml:"taskCount"`
				Template    struct{ Spec runTask }
			}
		}
	}
}

type runTask struct {
	ServiceAccountName string `yaml:"serviceAccountName"`
	MaxRetries         *int   `yaml:"maxRetries"`
	TimeoutSeconds     string `yaml:"timeoutSeconds"` // an int64, which is a string in JSON
	Containers         []struct {
		Image        string
		Args         []string
		Resources    struct{ Limits map[string]string }
		VolumeMounts []struct {
			Name      string
			MountPath string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	}
	Volumes []struct {
		Name string
		CSI  struct {
			Driver           string
			VolumeAttributes map[string]string `yaml:"volumeAttributes"`
		}
	}
}

func TestCloudRunJob(t *testing.T) {
	j := decode[runJob](t, "deploy/cloudrun/job.yaml")
	if j.APIVersion != "run.googleapis.com/v1" || j.Kind != "Job" {
		t.Errorf("%s %s", j.APIVersion, j.Kind)
	}
	task := j.Spec.Template.Spec.Template.Spec
	if task.MaxRetries == nil || *task.MaxRetries != 0 {
		t.Error("without maxRetries 0 a finding is found four times")
	}
	if j.Spec.Template.Spec.Parallelism != 1 || j.Spec.Template.Spec.TaskCount != 1 {
		t.Error("two tasks would both write the state")
	}
	c := task.Containers[0]
	seconds, err := strconv.Atoi(task.TimeoutSeconds)
	deadline := argument(c.Args, "--deadline")
	if d, derr := time.ParseDuration(deadline); err != nil || derr != nil || d >= time.Duration(seconds)*time.Second {
		t.Errorf("the task ends after %s s, and reading after %s: there is no time left to write", task.TimeoutSeconds, deadline)
	}
	mount := c.VolumeMounts[0]
	if mount.Name != task.Volumes[0].Name || !strings.HasPrefix(argument(c.Args, "--baseline"), mount.MountPath+"/") {
		t.Errorf("the state is not in the bucket: %q, %v", c.Args, mount)
	}
	// The bucket belongs to who the image runs as.
	user := regexp.MustCompile(`(?m)^USER (\d+):(\d+)$`).FindStringSubmatch(read(t, "Dockerfile"))
	if want := fmt.Sprintf("uid=%s,gid=%s", user[1], user[2]); task.Volumes[0].CSI.VolumeAttributes["mountOptions"] != want {
		t.Errorf("mount options %q, want %q", task.Volumes[0].CSI.VolumeAttributes["mountOptions"], want)
	}
}

// argument is the value of a flag among --flag=value.
func argument(args []string, flag string) string {
	for _, a := range args {
		if v, ok := strings.CutPrefix(a, flag+"="); ok {
			return v
		}
	}
	return ""
}

// gcloud stands in for the command: it notes how it was called, finds nothing
// that describe asks for unless told, and takes what jobs replace reads.
const gcloud = `#!/bin/sh
echo "$*" >>"$NOTES/calls"
case "$*" in
*describe*) exit "$FOUND" ;;
*"jobs replace -"*) cat >"$NOTES/job.yaml" ;;
esac
`

func deployTo(t *testing.T, found string) (calls []string, job string) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "gcloud"), []byte(gcloud), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bash, "cloudrun/deploy.sh")
	cmd.Env = []string{
		"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH"), "NOTES=" + dir, "FOUND=" + found,
		"PROJECT=acme-staging", "REGION=europe-west1", "IMAGE=europe-west1-docker.example/acme/logwhy@sha256:0123",
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(filepath.Join(dir, "job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n"), string(y)
}

func TestDeployScript(t *testing.T) {
	calls, job := deployTo(t, "1")
	if strings.Contains(job, "__") {
		t.Errorf("a name is missing in\n%s", job)
	}
	var j runJob
	if err := yaml.Unmarshal([]byte(job), &j); err != nil {
		t.Fatal(err)
	}
	task := j.Spec.Template.Spec.Template.Spec
	if task.ServiceAccountName != "logwhy@acme-staging.iam.gserviceaccount.com" || argument(task.Containers[0].Args, "--project") != "acme-staging" || task.Volumes[0].CSI.VolumeAttributes["bucketName"] != "acme-staging-logwhy-state" {
		t.Errorf("%+v", task)
	}
	all := strings.Join(calls, "\n")
	for _, want := range []string{
		"iam service-accounts create logwhy ", "iam service-accounts create logwhy-trigger ", "storage buckets create gs://acme-staging-logwhy-state ",
		"--role=roles/logging.viewer", "--role=roles/storage.objectUser", "--role=roles/run.invoker", "scheduler jobs create http logwhy ", "--max-retry-attempts=0",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	// Each role is given to one account, and none beyond these.
	for _, c := range calls {
		if i := strings.Index(c, "--role="); i >= 0 && !slices.Contains([]string{"roles/logging.viewer", "roles/storage.objectUser", "roles/run.invoker"}, strings.Fields(c[i+7:])[0]) {
			t.Errorf("another role: %s", c)
		}
	}
}

// A second run makes nothing again.
func TestDeployScriptAgain(t *testing.T) {
	calls, _ := deployTo(t, "0")
	for _, c := range calls {
		if strings.Contains(c, " create ") {
			t.Errorf("made again: %s", c)
		}
	}
	if !slices.ContainsFunc(calls, func(c string) bool { return strings.HasPrefix(c, "scheduler jobs update http logwhy ") }) {
		t.Errorf("the schedule is not brought up to date: %q", calls)
	}
}
