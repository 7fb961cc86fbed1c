// Package deploy_test holds the files of this folder, which users copy, against
// what the platforms and logwhy itself take.
package deploy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// action is the metadata of a composite action.
//
// See https://docs.github.com/actions/reference/metadata-syntax-for-github-actions.
type action struct {
	Name        string
	Description string
	Branding    struct{ Icon, Color string }
	Inputs      map[string]struct {
		Description string
		Default     string
		Required    bool
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []step
	}
}

type step struct {
	ID, Name, If, Uses, Shell, Run string
	WorkingDirectory               string `yaml:"working-directory"`
	With, Env                      map[string]string
}

type workflow struct {
	Name        string
	On          map[string]any
	Permissions map[string]string
	Concurrency struct {
		Group            string
		CancelInProgress bool `yaml:"cancel-in-progress"`
	}
	Jobs map[string]struct {
		RunsOn         string `yaml:"runs-on"`
		TimeoutMinutes int    `yaml:"timeout-minutes"`
		Permissions    map[string]string
		Steps          []step
	}
}

var (
	inputUse  = regexp.MustCompile(`inputs\.([a-z-]+)`)
	inputVar  = regexp.MustCompile(`INPUT_[A-Z_]+`)
	outputUse = regexp.MustCompile(`^\$\{\{ steps\.check\.outputs\.([a-z-]+) \}\}$`)
)

// Each input is declared, handed to the script, and used there; each output is
// written by it.
func TestActionHandsItsInputsToTheScript(t *testing.T) {
	a := decode[action](t, "action.yml")
	if a.Runs.Using != "composite" || a.Name == "" || a.Description == "" {
		t.Errorf("not a composite action: %+v", a.Runs.Using)
	}
	script := read(t, "deploy/github/run.sh")
	check := a.Runs.Steps[len(a.Runs.Steps)-1]
	for name := range a.Inputs {
		variable := "INPUT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if want := "${{ inputs." + name + " }}"; check.Env[variable] != want {
			t.Errorf("%s is %q, want %q", variable, check.Env[variable], want)
		}
		if !strings.Contains(script, variable) {
			t.Errorf("the script does not read %s", variable)
		}
	}
	for _, v := range inputVar.FindAllString(script, -1) {
		if _, ok := check.Env[v]; !ok {
			t.Errorf("the script reads %s, which the action does not set", v)
		}
	}
	for _, m := range inputUse.FindAllStringSubmatch(read(t, "action.yml"), -1) {
		if _, ok := a.Inputs[m[1]]; !ok {
			t.Errorf("inputs.%s is not declared", m[1])
		}
	}
	for name, o := range a.Outputs {
		if m := outputUse.FindStringSubmatch(o.Value); m == nil || !strings.Contains(script, "'"+m[1]+"=%s") {
			t.Errorf("output %s: the script does not write %s", name, o.Value)
		}
	}
	for _, s := range a.Runs.Steps {
		if s.Run != "" && (s.Shell != "bash" || strings.Contains(s.Run, "${{")) {
			t.Errorf("step %q: a composite step names its shell, and no expression stands in a script: %s", s.Name, s.Run)
		}
	}
}

// The name of the sources changes with them, and with nothing else.
func TestSourcesHaveAName(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if _, gitErr := exec.LookPath("git"); err != nil || gitErr != nil {
		t.Skip("no bash or no git")
	}
	steps := decode[action](t, "action.yml").Runs.Steps
	at := slices.IndexFunc(steps, func(s step) bool { return s.ID == "sources" })
	name := func(files map[string]string) string {
		dir, output := t.TempDir(), filepath.Join(t.TempDir(), "output")
		for path, text := range files {
			if err := copyText(filepath.Join(dir, path), text); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", steps[at].Run)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GITHUB_OUTPUT=" + output}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		b, err := os.ReadFile(output)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	first := name(map[string]string{"go.mod": "a", "cmd/x y.go": "b"})
	if !regexp.MustCompile(`^name=[0-9a-f]{40}\n$`).MatchString(first) || first != name(map[string]string{"go.mod": "a", "cmd/x y.go": "b"}) {
		t.Errorf("the name is %q", first)
	}
	for _, other := range []map[string]string{{"go.mod": "a", "cmd/x y.go": "c"}, {"go.mod": "a", "cmd/z.go": "b"}} {
		if first == name(other) {
			t.Errorf("%v has the same name", other)
		}
	}
}

func copyText(to, text string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, []byte(text), 0o600)
}

func TestWorkflow(t *testing.T) {
	w := decode[workflow](t, "deploy/github/workflow.yml")
	inputs := decode[action](t, "action.yml").Inputs
	job := w.Jobs["check"]
	if len(w.Permissions) != 0 || fmt.Sprint(job.Permissions) != "map[contents:read id-token:write]" {
		t.Errorf("permissions %v, of the job %v", w.Permissions, job.Permissions)
	}
	if w.Concurrency.Group == "" || w.Concurrency.CancelInProgress || job.TimeoutMinutes == 0 {
		t.Errorf("a run may be cancelled by the next one, or last for ever: %+v", w.Concurrency)
	}
	var order []string
	for _, s := range job.Steps {
		name, _, _ := strings.Cut(s.Uses, "@")
		order = append(order, name)
		if strings.Contains(s.Run, "${{") {
			t.Errorf("an expression stands in the script of %q", s.Name)
		}
		switch {
		case name == "OWNER/logwhy":
			for k := range s.With {
				if _, ok := inputs[k]; !ok {
					t.Errorf("the action has no input %s", k)
				}
			}
		case slices.Contains(order, "OWNER/logwhy") && !strings.HasPrefix(s.If, "always()"):
			t.Errorf("step %s%s does not run when the check fails", s.Name, name)
		}
	}
	want := []string{"actions/checkout", "google-github-actions/auth", "actions/cache/restore", "OWNER/logwhy", "actions/cache/save", "actions/upload-artifact", ""}
	if !slices.Equal(order, want) {
		t.Errorf("steps %q, want %q", order, want)
	}
}

// runner runs the script as the runner does: bash --noprofile --norc -eo
// pipefail, in a checkout, with its files and variables, and a stand-in for
// logwhy that ends with a code.
type runner struct {
	dir    string
	inputs map[string]string
	code   int
}

type outcome struct {
	code            int
	stdout, summary string
	outputs, args   string
}

func (r runner) run(t *testing.T) outcome {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	if r.dir == "" {
		r.dir = t.TempDir()
	}
	temp := filepath.Join(r.dir, "temp dir") // runners of one's own may have a space
	for _, d := range []string{temp, filepath.Join(r.dir, "work")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs("github/run.sh")
	if err != nil {
		t.Fatal(err)
	}
	logwhy := filepath.Join(r.dir, "logwhy")
	stand := fmt.Sprintf("#!/bin/sh\nfor a in \"$@\"; do printf '%%s\\n' \"$a\"; done >'%s/args'\necho '# summary' >>\"$GITHUB_STEP_SUMMARY\"\nexit %d\n", r.dir, r.code)
	if err := os.WriteFile(logwhy, []byte(stand), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", `bash "$GITHUB_ACTION_PATH/deploy/github/run.sh"`)
	cmd.Dir = filepath.Join(r.dir, "work")
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "CI=true", "GITHUB_ACTIONS=true", "RUNNER_TEMP=" + temp,
		"GITHUB_ACTION_PATH=" + filepath.Dir(filepath.Dir(filepath.Dir(script))),
		"GITHUB_OUTPUT=" + filepath.Join(r.dir, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(r.dir, "summary.md"), "INPUT_BINARY=" + logwhy,
	}
	for k, v := range r.inputs {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	file := func(name string) string {
		b, err := os.ReadFile(filepath.Join(r.dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(b), r.dir, "DIR")
	}
	return outcome{code: cmd.ProcessState.ExitCode(), stdout: string(out), summary: file("summary.md"), outputs: file("output"), args: file("args")}
}

func TestScriptHandlesExitCodes(t *testing.T) {
	warn := map[string]string{"INPUT_ON_FINDINGS": "warn", "INPUT_ON_INCOMPLETE": "warn"}
	tests := []struct {
		code            int
		inputs          map[string]string
		want            int
		result, message string
	}{
		{0, nil, 0, "clean", ""},
		{1, nil, 1, "findings", ""},
		{4, nil, 4, "incomplete", ""},
		{0, warn, 0, "clean", ""},
		{1, warn, 0, "findings", "::warning title=logwhy::A policy was hit"},
		{4, warn, 0, "incomplete", "::warning title=logwhy::The data are incomplete"},
		{2, warn, 2, "error", "::error title=logwhy::It ended with code 2"},
		{3, warn, 3, "error", "::error title=logwhy::It ended with code 3"},
		{130, warn, 130, "error", "::error title=logwhy::It ended with code 130"},
	}
	for _, tt := range tests {
		got := runner{code: tt.code, inputs: tt.inputs}.run(t)
		outputs := fmt.Sprintf("exit-code=%d\nresult=%s\nreports=DIR/temp dir/logwhy-reports\n", tt.code, tt.result)
		if got.code != tt.want || got.outputs != outputs {
			t.Errorf("code %d, %v: step ends with %d, want %d; outputs\n%swant\n%s", tt.code, tt.inputs, got.code, tt.want, got.outputs, outputs)
		}
		if (tt.message == "") != (got.stdout == "") || !strings.Contains(got.stdout, tt.message) {
			t.Errorf("code %d: printed %q, want %q", tt.code, got.stdout, tt.message)
		}
		if said := strings.Contains(got.summary, "nothing is known of this window"); said != (tt.result == "error") {
			t.Errorf("code %d: the summary is\n%s", tt.code, got.summary)
		}
	}
}

// A program that cannot be started is an error as well, and the summary says so.
func TestScriptWithoutLogwhy(t *testing.T) {
	got := runner{inputs: map[string]string{"INPUT_BINARY": "/nowhere/logwhy"}}.run(t)
	if got.code != 127 || !strings.Contains(got.outputs, "result=error") || !strings.Contains(got.summary, "no result") {
		t.Errorf("%+v", got)
	}
}

// Inputs are data: lists by lines, and nothing in them is run, split or globbed.
func TestScriptPassesInputsOn(t *testing.T) {
	got := runner{inputs: map[string]string{
		"INPUT_PROJECT": "acme-staging\r\nacme-tools\n\n", "INPUT_SERVICE": "checkout-api", "INPUT_SINCE": "2h",
		"INPUT_FAIL_ON": "new:high,regressed", "INPUT_MAX_NEW": "3", "INPUT_STATE": "kept here/state.json",
		"INPUT_ARGS": "--deadline=5m\n--symptom=$(touch injected); `touch injected`", "INPUT_INPUT": "--config\n*.json\na b.json",
	}}.run(t)
	want := strings.Join([]string{
		"check", "--baseline=kept here/state.json", "--project=acme-staging", "--project=acme-tools", "--service=checkout-api", "--since=2h",
		"--fail-on=new:high,regressed", "--max-new=3", "--deadline=5m", "--symptom=$(touch injected); `touch injected`",
		"-o", "github=DIR/summary.md", "-o", "md=DIR/temp dir/logwhy-reports/report.md", "-o", "json=DIR/temp dir/logwhy-reports/analysis.json",
		"-o", "junit=DIR/temp dir/logwhy-reports/junit.xml", "-o", "slack=DIR/temp dir/logwhy-reports/slack.json",
		"--", "--config", "*.json", "a b.json", "",
	}, "\n")
	if got.args != want {
		t.Errorf("got\n%s\nwant\n%s", got.args, want)
	}
	if got.code != 0 {
		t.Errorf("code %d: %s", got.code, got.stdout)
	}
}

func TestScriptRefusesOtherChoices(t *testing.T) {
	got := runner{inputs: map[string]string{"INPUT_ON_FINDINGS": "ignore\n::set-output name=x::y"}}.run(t)
	if got.code != 2 || got.stdout != "::error title=logwhy::on-findings is neither fail nor warn\n" || got.args != "" {
		t.Errorf("%+v", got)
	}
}
