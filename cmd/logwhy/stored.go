package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"

	"github.com/spf13/cobra"
)

// ownSchema is how files of logwhy's own begin.
var ownSchema = regexp.MustCompile(`^\s*\{\s*"schema":\s*"logwhy\.(analysis|state|pull)/`)

// refuseStored refuses files that logwhy wrote where logs are expected. An
// analysis quotes entries, and a bundle holds those that it quotes: read as
// logs they would be an export that lacks nearly everything and says so nowhere.
func refuseStored(cmd *cobra.Command, args []string) error {
	reads := []string{"logwhy report", "logwhy timeline", "logwhy check", "logwhy redact", "logwhy rules coverage", "logwhy rules explain"}
	if !slices.Contains(reads, cmd.CommandPath()) {
		return nil
	}
	for _, name := range expanded(args) {
		what, hint := storedKind(name)
		if what == "" || what == "a bundle" && cmd.Name() == "report" {
			continue
		}
		return &exitError{exitRead, fmt.Errorf("%s is %s, not an export\n%s", name, what, hint)}
	}
	return nil
}

// storedKind says which file of logwhy's own that is, and what to do with it;
// "" for all else.
func storedKind(name string) (what, hint string) {
	if isBundle(name) {
		return "a bundle", "To print what it holds: logwhy report " + quoteWord(name)
	}
	m := ownSchema.FindSubmatch(bytes.TrimPrefix(head(name), []byte("\xef\xbb\xbf")))
	if m == nil {
		return "", ""
	}
	switch string(m[1]) {
	case "analysis":
		return "an analysis that logwhy wrote", "To print it: logwhy render " + quoteWord(name)
	case "state":
		return "a state file of check", "To look at it: logwhy baseline show --baseline " + quoteWord(name)
	}
	return "the manifest of a pull", "Give the file that it is about."
}

// head returns the beginning of a regular file.
func head(name string) []byte {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, 512))
	return b
}
