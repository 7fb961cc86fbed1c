package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"logwhy/internal/config"
)

var (
	consoleBlock  = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")
	settingsBlock = regexp.MustCompile("(?ms)^```yaml\n(# \\.logwhy\\.yaml\n.*?)^```$")
)

// pages are those whose examples run: console blocks, in order, in a folder
// that holds testdata/incident.json. What they print is what the page shows.
func pages() []string { return []string{"configuration.md", "ci.md"} }

func TestDocumentedCommandsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs each command of the documentation")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, page := range pages() {
		script := pageScript(t, filepath.Join(root, "docs", page))
		if err := os.WriteFile(filepath.Join(dir, strings.TrimSuffix(page, ".md")+".txtar"), []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	testscript.Run(t, testscript.Params{Dir: dir, Setup: func(e *testscript.Env) error {
		e.Setenv("NO_COLOR", "1")
		data, err := os.ReadFile(filepath.Join(root, "testdata", "incident.json"))
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(e.WorkDir, "testdata"), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(e.WorkDir, "testdata", "incident.json"), data, 0o600)
	}})
}

// pageScript makes a script of a page: each block is a shell session, of which
// the commands run and the whole is compared.
func pageScript(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var script, files strings.Builder
	script.WriteString("[!exec:bash] skip 'no bash'\n")
	blocks := consoleBlock.FindAllStringSubmatch(string(b), -1)
	for i, m := range blocks {
		fmt.Fprintf(&script, "exec bash session%d.sh\ncmp stdout want%d\n", i, i)
		fmt.Fprintf(&files, "-- want%d --\n%s-- session%d.sh --\nexec 2>&1\n", i, m[1], i)
		for _, line := range strings.Split(m[1], "\n") {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				// The code of the command before is kept for $?.
				fmt.Fprintf(&files, "code=$?; cat <<'LINE'\n%s\nLINE\n(exit $code)\n%s\n", line, command)
			}
		}
		files.WriteString("true\n")
	}
	if len(blocks) == 0 {
		t.Fatalf("%s has no examples", path)
	}
	return script.String() + files.String()
}

// Settings that a page shows are such that the commands take.
func TestDocumentedSettings(t *testing.T) {
	known := settingsOf(newRoot(settingsEnv(nil)))
	for _, page := range pages() {
		b, err := os.ReadFile(filepath.Join("../../docs", page))
		if err != nil {
			t.Fatal(err)
		}
		blocks := settingsBlock.FindAllStringSubmatch(string(b), -1)
		if len(blocks) == 0 {
			t.Errorf("%s shows no settings", page)
		}
		for _, m := range blocks {
			if all, bad := config.ParseSettings(page, []byte(m[1]), known); len(bad) > 0 || len(all) == 0 {
				t.Errorf("%d settings, %s", len(all), bad.Error())
			}
		}
	}
}

// Each code that the program ends with is on the page, with the same number.
func TestDocumentedExitCodes(t *testing.T) {
	b, err := os.ReadFile("../../docs/exit-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range exitCodes() {
		if !strings.Contains(string(b), fmt.Sprintf("\n| %d | ", x.code)) {
			t.Errorf("docs/exit-codes.md says nothing of %d", x.code)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)

// What the pages link to is there.
func TestDocumentedLinks(t *testing.T) {
	for _, page := range append(pages(), "exit-codes.md") {
		b, err := os.ReadFile(filepath.Join("../../docs", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			if _, err := os.Stat(filepath.Join("../../docs", m[1])); err != nil && !strings.Contains(m[1], "://") {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}
