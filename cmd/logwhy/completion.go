package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"logwhy/internal/baseline"
)

// shells are those that scripts can be written for.
func shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

func newCompletion(e env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Write a script that completes commands for bash, zsh, fish or powershell",
		Long: `completion writes a script for a shell to standard output. With it the tab key
completes commands, flags, formats, and the ids of signatures.`,
		Example: `  # bash, for this shell; bash-completion must be there
  source <(logwhy completion bash)

  # bash, for every shell
  logwhy completion bash > ~/.local/share/bash-completion/completions/logwhy

  # zsh; the folder must be in $fpath
  logwhy completion zsh > ~/.zfunc/_logwhy

  # fish
  logwhy completion fish > ~/.config/fish/completions/logwhy.fish

  # PowerShell
  logwhy completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells(),
		Args:      exactArgs(1, "the shell: logwhy completion bash"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			switch root := cmd.Root(); args[0] {
			case "bash":
				err = root.GenBashCompletionV2(e.stdout, true)
			case "zsh":
				err = root.GenZshCompletion(e.stdout)
			case "fish":
				err = root.GenFishCompletion(e.stdout, true)
			case "powershell":
				err = root.GenPowerShellCompletionWithDesc(e.stdout)
			default:
				return usageError("no script for the shell %q%s\nShells: %s", args[0], didYouMean(args[0], shells()), strings.Join(shells(), ", "))
			}
			if err != nil {
				return &exitError{exitRead, err}
			}
			return nil
		},
	}
}

// completer answers the tab key: the words that may stand at a place.
type completer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// words completes to one of a few.
func words(w ...string) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return w, cobra.ShellCompDirectiveNoFileComp
	}
}

// folders completes to folders.
func folders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeCommands tells the shell what may stand behind flags, for all
// commands at once: a flag of one name takes the same words everywhere.
func completeCommands(root *cobra.Command, e env) {
	byFlag := map[string]completer{
		"for": words("oncall", "postmortem", "ci"), "target": words("github", "gitlab", "plain"),
		"color": words("auto", "always", "never"), "redact": words("default", "strict", "off"),
		"transport": words("grpc", "rest"), "tz": words("local", "UTC"),
		"role":    words("change", "fault", "failure", "impact", "healthy", "noise"),
		"fail-on": words(baseline.PolicyStates()...), "disable": completeSignature(0), "explain": completeIncident, "rules": folders, "cre": folders, "output": completeOutput,
	}
	for _, c := range withBelow(root) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if fn := byFlag[f.Name]; fn != nil {
				// It fails only for a flag that is not there, or has a function already.
				_ = c.RegisterFlagCompletionFunc(f.Name, fn)
			}
		})
		if slices.Contains([]string{"rules show", "rules explain", "rules graph"}, commandWords(c)) {
			c.ValidArgsFunction = completeSignature(1)
		}
		if slices.Contains([]string{"baseline show", "baseline mute", "baseline unmute"}, commandWords(c)) {
			c.ValidArgsFunction = completeFailure(e)
		}
	}
}

// withBelow lists a command and all below it.
func withBelow(c *cobra.Command) []*cobra.Command {
	out := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		out = append(out, withBelow(sub)...)
	}
	return out
}

// commandWords is the path of a command without the name of the program.
func commandWords(c *cobra.Command) string {
	_, path, _ := strings.Cut(c.CommandPath(), " ")
	return path
}

// completeSignature completes to ids of signatures; with max, only the first
// max arguments, and files behind them.
func completeSignature(max int) completer {
	return func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		if max > 0 && len(args) >= max {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var rf ruleFlags
		if dirs, err := cmd.Flags().GetStringArray("rules"); err == nil {
			rf.dirs = dirs
		}
		cat, err := loadCatalog(rf)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var out []string
		for _, s := range cat.Signatures {
			if strings.HasPrefix(s.ID, prefix) {
				out = append(out, s.ID+"\t"+s.Title)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeFailure completes to the failures of the state file that --baseline
// names.
func completeFailure(e env) completer {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		path, err := cmd.Flags().GetString("baseline")
		if err != nil || path == "" || path == "none" {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		sf := stateFlags{path: path}
		state, err := sf.read(e)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var out []string
		for _, id := range slices.Sorted(maps.Keys(state.Failures)) {
			out = append(out, id+"\t"+state.Failures[id].Title.Plain())
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeOutput completes FORMAT= and then a file. The formats are those that
// the flag names in its help, so that each command has its own.
func completeOutput(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if strings.Contains(prefix, "=") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var out []string
	for _, f := range outputFormats(cmd) {
		out = append(out, f+"=")
	}
	return out, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

func outputFormats(cmd *cobra.Command) []string {
	f := cmd.Flags().Lookup("output")
	if f == nil {
		return nil
	}
	_, list, ok := strings.Cut(f.Usage, "formats: ")
	if !ok {
		return nil
	}
	list, _, _ = strings.Cut(list, ";")
	return strings.Split(list, ", ")
}

// completeIncident completes to the incidents of a bundle, which are there to
// be read; to find those of logs takes as long as the report.
func completeIncident(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var out []string
	if len(args) == 1 && isBundle(args[0]) {
		a, err := readBundle(args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		for _, i := range a.Incidents {
			out = append(out, fmt.Sprintf("%s\t%s", i.ID, i.Title.Plain()))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
