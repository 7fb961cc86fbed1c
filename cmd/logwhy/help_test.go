package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Help names what a flag takes in the words of its user, not of the program;
// and each example runs a command that is there, with flags that it has.
func TestHelp(t *testing.T) {
	var look func(*cobra.Command)
	look = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if name, _ := pflag.UnquoteUsage(f); slices.Contains([]string{"string", "strings", "stringArray", "int", "uint", "duration"}, name) {
				t.Errorf("%s --%s takes %q", c.CommandPath(), f.Name, name)
			}
		})
		for _, line := range strings.Split(c.Example, "\n") {
			checkExample(t, c, line)
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(newRoot(systemEnv()))
}

func checkExample(t *testing.T, about *cobra.Command, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, " #")
	for _, part := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("|<>()&;", r) }) {
		words := strings.Fields(part)
		if len(words) == 0 || words[0] != "logwhy" {
			continue
		}
		cmd, _, err := about.Root().Find(words[1:])
		if err != nil || cmd == about.Root() {
			t.Errorf("help of %s: no such command: %s", about.CommandPath(), part)
			continue
		}
		for _, w := range words {
			name, isFlag := strings.CutPrefix(w, "--")
			if name, _, _ = strings.Cut(name, "="); isFlag && cmd.Flags().Lookup(name) == nil && cmd.InheritedFlags().Lookup(name) == nil {
				t.Errorf("help of %s: %s has no --%s", about.CommandPath(), cmd.CommandPath(), name)
			}
		}
	}
}
