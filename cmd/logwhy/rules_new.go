package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/rulecheck"
	"logwhy/internal/signature"
)

func newRulesCoverage(e env) *cobra.Command {
	var rf ruleFlags
	var in inputFlags
	cmd := &cobra.Command{
		Use:     "coverage INPUT...",
		Short:   "Say how much of the failures in an export signatures recognise",
		Example: "  logwhy rules coverage logs.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("give an input: logwhy rules coverage logs.json")
			}
			cat, err := loadCatalog(rf)
			if err != nil {
				return err
			}
			a, err := analyze(cmd.Context(), e, args, in, rf, correlate.Options{}, incident.Tool{})
			if err != nil {
				return err
			}
			_, err = rulecheck.Cover(cat, a).WriteTo(e.stdout)
			return err
		},
	}
	rf.register(cmd)
	in.register(cmd)
	return cmd
}

func newRulesNew(e env) *cobra.Command {
	var rf ruleFlags
	in := inputFlags{window: "30m"} // here --from is an input, not a time
	var from []string
	var pack, to string
	var n int
	cmd := &cobra.Command{
		Use:   "new --from INPUT",
		Short: "Propose signatures for the most frequent errors that none recognises",
		Long: `new drafts a signature, with its hit and miss file, for each of the most
frequent unknown errors of an export. The draft loads and passes its test; what
it claims about causes is for you to say. Look through the entries it quotes
before you share it.`,
		Example: `  logwhy rules new --from logs.json
  logwhy rules new --from logs.json --pack acme --to ./signatures -n 3
  logwhy rules test ./signatures`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(from) == 0 {
				return usageError("give an input: logwhy rules new --from logs.json")
			}
			cat, err := loadCatalog(rf)
			if err != nil {
				return err
			}
			a, err := analyze(cmd.Context(), e, from, in, rf, correlate.Options{}, incident.Tool{})
			if err != nil {
				return err
			}
			proposals := rulecheck.Propose(cat, a, pack, n)
			if len(proposals) == 0 {
				fmt.Fprintln(e.stdout, "every error in the input is recognised; there is nothing to propose")
				return nil
			}
			return writeProposals(e, proposals, to)
		},
	}
	rf.register(cmd)
	cmd.Flags().StringArrayVar(&from, "from", nil, "read `INPUT` (repeatable)")
	cmd.Flags().StringVar(&pack, "pack", "own", "the `PACK` of the new signatures")
	cmd.Flags().StringVar(&to, "to", "signatures", "write below `DIR`")
	cmd.Flags().IntVarP(&n, "number", "n", 1, "propose at most `N`")
	return cmd
}

// writeProposals writes the files of the drafts. What exists already is not
// overwritten: somebody may have finished it.
func writeProposals(e env, proposals []rulecheck.Proposal, to string) error {
	for _, p := range proposals {
		for _, f := range p.Files {
			path := filepath.Join(to, filepath.FromSlash(f.Name))
			if _, err := os.Stat(path); err == nil {
				return &exitError{exitUsage, fmt.Errorf("%s exists already\nFinish it, or give another --pack or --to", path)}
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return &exitError{exitRead, fmt.Errorf("cannot write %s: %w", path, err)}
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				return &exitError{exitRead, fmt.Errorf("cannot write %s: %w", path, err)}
			}
		}
		fmt.Fprintf(e.stdout, "%s  %d events  %s\n", p.ID, p.Count, p.Template)
	}
	fmt.Fprintf(e.stdout, "written below %s; now finish rule.yaml and run: logwhy rules test %s\n", to, to)
	return nil
}

func newRulesImport(e env) *cobra.Command {
	var cre, to string
	cmd := &cobra.Command{
		Use:   "import --cre DIR",
		Short: "Check rules of the CRE form, and copy those that can be run",
		Long: `import reads rules of the Common Reliability Enumeration form. logwhy runs them
with their own semantics, so they stay as they are: import says which can be
run, and why the others cannot, and with --to copies the first.`,
		Example: `  logwhy rules import --cre ./cre/rules
  logwhy rules import --cre ./cre/rules --to ./signatures
  logwhy report logs.json --cre ./cre/rules`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if cre == "" {
				return usageError("give a folder: logwhy rules import --cre ./cre/rules")
			}
			return importCRE(e, cre, to)
		},
	}
	cmd.Flags().StringVar(&cre, "cre", "", "the `DIR` of the rules")
	cmd.Flags().StringVar(&to, "to", "", "copy the files that load to `DIR`")
	return cmd
}

func importCRE(e env, dir, to string) error {
	rf := ruleFlags{dirs: []string{dir}, noBuiltin: true}
	sources, err := rf.sources()
	if err != nil {
		return err
	}
	cat, problems := signature.Load(sources, signature.Options{})
	bad := map[string]bool{}
	for _, p := range problems {
		bad[p.File] = true
	}
	fmt.Fprintf(e.stdout, "%d rules can be run, %d files cannot\n", len(cat.Signatures), len(bad))
	if to != "" {
		if err := copyRules(dir, to, cat); err != nil {
			return &exitError{exitRead, err}
		}
	}
	if len(problems) > 0 {
		return problemsError(problems)
	}
	return nil
}

// copyRules copies the files that hold the rules of a catalog.
func copyRules(dir, to string, cat *signature.Catalog) error {
	done := map[string]bool{}
	for _, s := range cat.Signatures {
		rel := strings.TrimPrefix(strings.TrimPrefix(s.File, filepath.ToSlash(dir)), "/")
		if done[rel] {
			continue
		}
		done[rel] = true
		b, err := fs.ReadFile(os.DirFS(dir), rel)
		if err != nil {
			return err
		}
		path := filepath.Join(to, filepath.FromSlash(rel))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
