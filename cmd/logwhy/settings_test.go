package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// settingsEnv is a process without terminal, with these variables.
func settingsEnv(vars map[string]string) env {
	return env{stdout: io.Discard, stderr: io.Discard, getenv: func(k string) string { return vars[k] }, environ: func() []string { return nil }}
}

// asked runs a command that has the flags of a live read through the settings,
// and returns what they were set to.
func asked(t *testing.T, vars map[string]string, args ...string) map[string]string {
	t.Helper()
	got := map[string]string{}
	root := &cobra.Command{Use: "logwhy", SilenceUsage: true, SilenceErrors: true}
	var set settings
	set.register(root)
	e := settingsEnv(vars)
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error { return set.apply(cmd, args, e) }
	report := &cobra.Command{Use: "report", RunE: func(cmd *cobra.Command, _ []string) error {
		cmd.Flags().Visit(func(f *pflag.Flag) { got[f.Name] = f.Value.String() + " " + settingOf(f) })
		return nil
	}}
	fl := report.Flags()
	fl.StringArray("project", nil, "")
	fl.StringArray("service", nil, "")
	fl.String("since", "", "")
	fl.String("from", "", "")
	fl.String("endpoint", "", "")
	root.AddCommand(report)
	root.SetArgs(append([]string{"report"}, args...))
	if err := root.Execute(); err != nil {
		return map[string]string{"error": err.Error()}
	}
	return got
}

// A list in the environment has a text a line.
func TestListsInTheEnvironment(t *testing.T) {
	got := asked(t, map[string]string{"LOGWHY_SERVICE": "checkout-api\nmailer, the\n"})
	if d := cmp.Diff(map[string]string{"service": `[checkout-api,"mailer, the"] LOGWHY_SERVICE`}, got); d != "" {
		t.Error(d)
	}
}

// With INPUT there is no network: what asks the API in a file or in the
// environment is no reason to refuse an export.
func TestInputTurnsLiveSettingsOff(t *testing.T) {
	vars := map[string]string{"LOGWHY_PROJECT": "acme-staging", "LOGWHY_SINCE": "2h"}
	if d := cmp.Diff(map[string]string{"project": "[acme-staging] LOGWHY_PROJECT", "since": "2h LOGWHY_SINCE"}, asked(t, vars)); d != "" {
		t.Error(d)
	}
	for _, input := range []string{"logs.json", "-"} {
		if d := cmp.Diff(map[string]string{"since": "2h LOGWHY_SINCE"}, asked(t, vars, input)); d != "" {
			t.Error(d)
		}
	}
}

func TestTheCommandLineOutranksRivals(t *testing.T) {
	vars := map[string]string{"LOGWHY_SINCE": "2h"}
	got := asked(t, vars, "--from", "2026-03-03T14:00:00Z")
	if d := cmp.Diff(map[string]string{"from": "2026-03-03T14:00:00Z "}, got); d != "" {
		t.Error(d)
	}
}

// The file of a project comes with the code of others: it may not send the
// credentials of its reader anywhere. The user's own file may.
func TestEndpointIsNotForProjects(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, projectFile, "endpoint: logs.example.com:443\n")
	if got := asked(t, nil)["error"]; !strings.Contains(got, "it says where credentials are sent") {
		t.Errorf("got %q", got)
	}
	if got := asked(t, nil, "--config", projectFile)["endpoint"]; got != "logs.example.com:443 .logwhy.yaml:1" {
		t.Errorf("got %q", got)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The word that stands for the value in the help of a flag says whether it is a
// path, which in a file is meant from the folder that the file lies in.
func TestFlagsThatNameFilesSayFILE(t *testing.T) {
	speaksOfFiles := regexp.MustCompile(`(?i)\b(files?|folders?|director(y|ies))\b`)
	for _, c := range withBelow(newRoot(settingsEnv(nil))) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			word, usage := pflag.UnquoteUsage(f)
			if word != "" && word != "NUMBER" && !holdsPath(f) && speaksOfFiles.MatchString(usage) {
				t.Errorf("%s --%s %s: %q: write `FILE` or `DIR` for the value, or add its word to pathWords", c.CommandPath(), f.Name, word, usage)
			}
		})
	}
}

// What is not set down as FORMAT=PATH is a path as a whole.
func TestPathsInFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	fl := pflag.NewFlagSet("", pflag.ContinueOnError)
	fl.String("output", "", "write to `FILE`")
	fl.StringArray("outputs", nil, "write `FORMAT=PATH`")
	fl.String("service", "", "the service `NAME`")
	f := settingsFile{path: filepath.Join(dir, "ops", projectFile), confined: true}
	tests := []struct{ flag, value, want string }{
		{"output", "logs", "ops/logs"}, {"output", "a=b", "ops/a=b"}, {"output", "-", "-"}, {"output", "none", "none"}, {"output", "gs://acme/logs", "gs://acme/logs"},
		{"outputs", "md", "md"}, {"outputs", "md=-", "md=-"}, {"outputs", "md=rca", "md=ops/rca"}, {"outputs", "rca.md", "ops/rca.md"},
		{"service", "a/b", "a/b"},
	}
	for _, tt := range tests {
		got, err := f.place(fl.Lookup(tt.flag), tt.value)
		if err != nil || filepath.ToSlash(got) != tt.want {
			t.Errorf("%s %s: %q, %v; want %q", tt.flag, tt.value, got, err, tt.want)
		}
	}
	for _, value := range []string{"../x", "/etc/x", "a/../../x"} {
		if got, err := f.place(fl.Lookup("output"), value); err == nil {
			t.Errorf("%s is written to %s, outside of the folder", value, got)
		}
	}
}

func TestProjectFileIsFoundUpToTheRepository(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, projectFile), "{}")
	write(t, filepath.Join(dir, "repo/.git"), "gitdir: elsewhere") // a work tree has a file
	write(t, filepath.Join(dir, "repo/a/b/c/x"), "")
	write(t, filepath.Join(dir, "repo/a/"+projectFile), "{}")
	tests := []struct{ from, want string }{
		{"repo/a/b/c", "repo/a/" + projectFile}, {"repo/a", "repo/a/" + projectFile}, {"repo", ""}, {".", projectFile},
	}
	for _, tt := range tests {
		want := tt.want
		if want != "" {
			want = filepath.Join(dir, want)
		}
		if got := findProjectFile(filepath.Join(dir, tt.from)); got != want {
			t.Errorf("from %s: %q, want %q", tt.from, got, want)
		}
	}
}
