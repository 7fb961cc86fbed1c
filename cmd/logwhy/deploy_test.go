package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/spf13/cobra"
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
	live := &cobra.Command{Use: "live"}
	new(liveFlags).register(live)
	for path, least := range map[string]int{"deploy/github/run.sh": 6, "deploy/gitlab/logwhy.yml": 4, "deploy/cloudrun/job.yaml": 8} {
		b, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		text := notCheck.ReplaceAllString(string(b), "")
		flags := flagWord.FindAllStringSubmatch(text, -1)
		for _, m := range flags {
			if check.Flags().Lookup(m[1]) == nil && live.Flags().Lookup(m[1]) == nil {
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
