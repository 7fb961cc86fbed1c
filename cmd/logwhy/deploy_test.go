package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"gopkg.in/yaml.v3"

	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

var (
	notCheck = regexp.MustCompile(`(?m)^\s*#.*$|^.*git clone.*$`)
	flagWord = regexp.MustCompile(`[\s"(]--([a-z][a-z-]+)[= ]`)
	outWord  = regexp.MustCompile(`(?:-o |--output=)"?([a-z]+)=`)
)

// What users copy calls check with flags and formats that it has.
func TestCopiedFilesCallCheckAsItIs(t *testing.T) {
	check, _, err := newRoot(settingsEnv(nil)).Find([]string{"check"})
	if err != nil {
		t.Fatal(err)
	}
	for path, least := range map[string]int{"deploy/github/run.sh": 6, "deploy/gitlab/logwhy.yml": 3, "deploy/cloudrun/job.yaml": 7} {
		b, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		text := notCheck.ReplaceAllString(string(b), "")
		flags := flagWord.FindAllStringSubmatch(text, -1)
		for _, m := range flags {
			if check.Flags().Lookup(m[1]) == nil {
				t.Errorf("%s: check has no --%s", path, m[1])
			}
		}
		if len(flags) < least {
			t.Errorf("%s: only %d flags found: %q", path, len(flags), flags)
		}
		for _, m := range outWord.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(outputFormats(check), m[1]) {
				t.Errorf("%s: check has no format %s", path, m[1])
			}
		}
	}
}

// jobArgs are the arguments of the Cloud Run job, with names in place of words.
func jobArgs(t *testing.T, state string) []string {
	t.Helper()
	b, err := os.ReadFile("../../deploy/cloudrun/job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var job struct {
		Spec struct {
			Template struct {
				Spec struct {
					Template struct {
						Spec struct{ Containers []struct{ Args []string } }
					}
				}
			}
		}
	}
	if err := yaml.Unmarshal(b, &job); err != nil {
		t.Fatal(err)
	}
	var args []string
	for _, a := range job.Spec.Template.Spec.Template.Spec.Containers[0].Args {
		args = append(args, strings.NewReplacer("__PROJECT__", "acme-staging", "/state/", state+"/").Replace(a))
	}
	return args
}

// The Cloud Run job as it is written, against a server: the first run takes what
// it sees as known; the next goes on where it ended, and does not call it
// healthy that nothing was logged since.
func TestCloudRunJobRuns(t *testing.T) {
	s, _, now := incidentServer(t, cloudlogtest.Options{})
	state := t.TempDir()
	args := append(jobArgs(t, state), "--endpoint", s.Addr, "--insecure", "--rate", "100000")
	for i, want := range []struct {
		after time.Duration
		said  string
	}{{0, "first run: "}, {10 * time.Minute, "unknown"}} {
		e, out, diag := liveEnv(now.Add(want.after))
		if code := run(context.Background(), args, e); code != exitOK {
			t.Fatalf("run %d: exit code %d\n%s", i+1, code, diag)
		}
		if !strings.Contains(diag.String(), want.said) || !strings.Contains(out.String(), "checkout-api") {
			t.Errorf("run %d: said %q, wrote\n%s", i+1, diag, out)
		}
	}
	for _, name := range []string{"state.json", "latest.json", "slack.json"} {
		if _, err := os.Stat(filepath.Join(state, name)); err != nil {
			t.Error(err)
		}
	}
}

// The script of the GitHub action with this program, reading live: what cannot
// be read, and what was not read whole, end as they should.
func TestActionScriptRunsLive(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	denied := func(cloudlogtest.Call, string) error { return status.Error(codes.PermissionDenied, "denied") }
	for name, c := range map[string]struct {
		options      cloudlogtest.Options
		args, result string
		code         int
	}{
		"first run": {cloudlogtest.Options{}, "", "clean", exitOK},
		"limit":     {cloudlogtest.Options{}, "--limit=7", "incomplete", exitIncomplete},
		"denied":    {cloudlogtest.Options{Access: denied}, "", "error", exitRead},
	} {
		t.Run(name, func(t *testing.T) {
			s, sc, now := incidentServer(t, c.options)
			dir := t.TempDir()
			output := filepath.Join(dir, "output")
			cmd := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "../../deploy/github/run.sh")
			cmd.Env = []string{
				"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GITHUB_ACTIONS=true", "RUNNER_TEMP=" + dir, "GITHUB_OUTPUT=" + output,
				"GITHUB_STEP_SUMMARY=" + filepath.Join(dir, "summary.md"), "INPUT_BINARY=" + thisProgram(t), "INPUT_PROJECT=acme-staging",
				"INPUT_STATE=" + filepath.Join(dir, "state.json"),
				"INPUT_ARGS=" + strings.Join([]string{"--endpoint=" + s.Addr, "--insecure", "--rate=100000", "--config=none",
					"--from=" + sc.Entries[0].Time.Add(-time.Hour).String(), "--to=" + now.Format(time.RFC3339), c.args}, "\n"),
			}
			said, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(output)
			if err != nil || cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(b), "result="+c.result+"\n") {
				t.Errorf("code %d, outputs %q, %v\n%s", cmd.ProcessState.ExitCode(), b, err, said)
			}
		})
	}
}
