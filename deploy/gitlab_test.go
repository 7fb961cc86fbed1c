package deploy_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// gitlabJob is a job of GitLab CI, as far as ours goes.
//
// See https://docs.gitlab.com/ci/yaml/.
type gitlabJob struct {
	Stage, Image, Timeout string
	Interruptible         *bool
	ResourceGroup         string `yaml:"resource_group"`
	Rules                 []struct{ If string }
	Variables             map[string]string
	IDTokens              map[string]struct{ Aud string } `yaml:"id_tokens"`
	Cache                 []struct {
		Key   string
		Paths []string
		When  string
	}
	BeforeScript []string `yaml:"before_script"`
	Script       []string
	AllowFailure struct {
		ExitCodes []int `yaml:"exit_codes"`
	} `yaml:"allow_failure"`
	Artifacts struct {
		When     string
		ExpireIn string `yaml:"expire_in"`
		Paths    []string
		Reports  struct{ JUnit string }
	}
}

func gitlab(t *testing.T) gitlabJob {
	return decode[map[string]gitlabJob](t, "deploy/gitlab/logwhy.yml")["logwhy"]
}

func TestGitLabJob(t *testing.T) {
	j := gitlab(t)
	if j.ResourceGroup == "" || j.Interruptible == nil || *j.Interruptible {
		t.Error("two runs at once would both write the state")
	}
	if j.Cache[0].When != "always" || j.Artifacts.When != "always" {
		t.Error("the state and the reports are lost when the check fails")
	}
	if !slices.Equal(j.AllowFailure.ExitCodes, []int{4}) {
		t.Errorf("exit codes %v are allowed: findings and errors fail the job", j.AllowFailure.ExitCodes)
	}
	if len(j.IDTokens) != 1 || j.IDTokens["GCP_TOKEN"].Aud == "" {
		t.Errorf("tokens %v", j.IDTokens)
	}
	script := strings.Join(j.Script, "\n")
	if !strings.Contains(script, "--baseline="+j.Cache[0].Paths[0]) || !strings.Contains(script, "junit="+j.Artifacts.Reports.JUnit) {
		t.Errorf("what the script writes is not what is kept:\n%s", script)
	}
	for _, path := range j.Artifacts.Paths {
		if !strings.HasPrefix(path, "reports/") {
			t.Errorf("artifact %s may hold credentials", path)
		}
	}
	for _, r := range j.Rules {
		if !strings.Contains(r.If, "$CI_PIPELINE_SOURCE") {
			t.Errorf("the job runs in other pipelines: %s", r.If)
		}
	}
	for name := range j.Variables {
		if strings.HasPrefix(name, "LOGWHY_") {
			t.Errorf("%s would be taken for a setting of logwhy", name)
		}
	}
}

// The part that makes the credentials is run with a token, and its file is read
// as the client would.
func TestGitLabCredentials(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	dir := t.TempDir()
	var script []string
	for _, line := range gitlab(t).BeforeScript {
		if !strings.Contains(line, "/tmp/logwhy") { // the build
			script = append(script, line)
		}
	}
	if len(script) != 3 {
		t.Fatalf("the script has other parts now: %q", script)
	}
	cmd := exec.Command(bash, "-eo", "pipefail", "-c", strings.Join(script, "\n"))
	cmd.Dir = dir
	project := filepath.Join(dir, "build")
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "CI_PROJECT_DIR=" + project, "GOOGLE_APPLICATION_CREDENTIALS=" + project + ".tmp/credentials.json",
		"GCP_TOKEN=header.payload.signature", "GCP_SERVICE_ACCOUNT=logwhy@acme-staging.iam.gserviceaccount.com",
		"GCP_PROVIDER=projects/1234/locations/global/workloadIdentityPools/ci/providers/gitlab",
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(project + ".tmp/credentials.json")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Type, Audience string
		Impersonation  string                `json:"service_account_impersonation_url"`
		Source         struct{ File string } `json:"credential_source"`
	}
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if c.Type != "external_account" || !strings.HasPrefix(c.Audience, "//iam.googleapis.com/projects/1234/") || !strings.HasSuffix(c.Impersonation, "/logwhy@acme-staging.iam.gserviceaccount.com:generateAccessToken") {
		t.Errorf("%+v", c)
	}
	if token, err := os.ReadFile(c.Source.File); err != nil || string(token) != "header.payload.signature" {
		t.Errorf("token %q, %v", token, err)
	}
}
