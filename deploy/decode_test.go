package deploy_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// read returns a file of the repository, by its path from the root.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// decode reads YAML into a type that knows every field: what is misspelt is
// ignored by most platforms, and found here.
func decode[T any](t *testing.T, path string) T {
	t.Helper()
	var out T
	dec := yaml.NewDecoder(bytes.NewReader([]byte(read(t, path))))
	dec.KnownFields(true)
	if err := dec.Decode(&out); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return out
}

// Files that are copied elsewhere, by path from the root.
func copied() []string {
	return []string{
		"action.yml", "Dockerfile", ".dockerignore", ".goreleaser.yaml", "deploy/github/run.sh", "deploy/github/workflow.yml",
		"deploy/gitlab/logwhy.yml", "deploy/cloudrun/job.yaml", "deploy/cloudrun/deploy.sh", "deploy/release/pages.sh",
	}
}

var image = regexp.MustCompile(`(?m)^\s*(?:FROM|image:)\s+(\S+)`)

// Images have plain names: which registry serves them is the user's business.
func TestNoRegistryIsNamed(t *testing.T) {
	for _, path := range copied() {
		for _, m := range image.FindAllStringSubmatch(read(t, path), -1) {
			if host, _, ok := strings.Cut(m[1], "/"); ok && strings.ContainsAny(host, ".:") {
				t.Errorf("%s: %s names a registry", path, m[1])
			}
		}
	}
}

var (
	uses   = regexp.MustCompile(`(?m)^\s*(?:- )?uses: +(\S+)(.*)$`)
	commit = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	tag    = regexp.MustCompile(`^ # v\d+\.\d+\.\d+$`)
)

// An action is pinned to a commit, with its version beside it. Only ours has a
// tag, for the user to look at and pin.
func TestActionsArePinned(t *testing.T) {
	n := 0
	for _, path := range []string{"action.yml", "deploy/github/workflow.yml"} {
		for _, m := range uses.FindAllStringSubmatch(read(t, path), -1) {
			if strings.HasPrefix(m[1], "OWNER/logwhy@v") {
				continue
			}
			n++
			if !commit.MatchString(m[1]) || !tag.MatchString(m[2]) {
				t.Errorf("%s: %s%s is not pinned to a commit with its version", path, m[1], m[2])
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d actions found", n)
	}
}
