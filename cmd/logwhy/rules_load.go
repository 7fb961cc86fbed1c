package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"logwhy/internal/diag"
	"logwhy/internal/signature"
	"logwhy/rules"
)

// ruleFlags choose the signatures.
type ruleFlags struct {
	dirs, cre []string
	disable   []string
	noBuiltin bool
}

func (f *ruleFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.dirs, "rules", nil, "add the signatures in `DIR` (repeatable)")
	cmd.Flags().StringArrayVar(&f.cre, "cre", nil, "add the CRE rules in `DIR` (repeatable)")
	cmd.Flags().StringArrayVar(&f.disable, "disable", nil, "leave out the signature `ID` (repeatable)")
	cmd.Flags().BoolVar(&f.noBuiltin, "no-builtin", false, "leave out the signatures that come with logwhy")
}

// sources lists where signatures are read from.
func (f ruleFlags) sources() ([]signature.Source, error) {
	var out []signature.Source
	if !f.noBuiltin {
		out = append(out, signature.Source{FS: rules.FS(), Root: "rules", Builtin: true})
	}
	for _, dir := range slices.Concat(f.dirs, f.cre) {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, usageError("cannot read the rules in %s: %w", dir, errors.Unwrap(err))
		}
		if !info.IsDir() {
			return nil, usageError("--rules %s: it is a file; give its folder: --rules %s", dir, filepath.Dir(dir))
		}
		out = append(out, signature.Source{FS: os.DirFS(dir), Root: dir})
	}
	return out, nil
}

// loadCatalog loads all signatures; what is wrong in them is shown at once.
func loadCatalog(f ruleFlags) (*signature.Catalog, error) {
	sources, err := f.sources()
	if err != nil {
		return nil, err
	}
	// Loading makes much that is soon gone and little that stays: collecting
	// in between is a quarter of its work.
	defer debug.SetGCPercent(debug.SetGCPercent(loadGCPercent))
	cat, problems := signature.Load(sources, signature.Options{Disable: f.disable})
	if len(problems) > 0 {
		return nil, problemsError(problems)
	}
	return cat, nil
}

// loadGCPercent lets the heap grow to some 60 MB while signatures are loaded,
// less than reading needs later.
const loadGCPercent = 400

func problemsError(p diag.Problems) error {
	var b bytes.Buffer
	if _, err := p.WriteTo(&b); err != nil {
		return &exitError{exitUsage, err}
	}
	return usageError("the rules have problems:\n\n%s", b.String())
}
