package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
	"logwhy/internal/redact"
	"logwhy/internal/rulecheck"
	"logwhy/internal/signature"
)

func newRules(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List, show, check and explain signatures",
		Example: `  logwhy rules list --pack cloudrun
  logwhy rules show python.missing-module
  logwhy rules test --rules ./signatures
  logwhy rules explain python.missing-module logs.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRulesList(e), newRulesShow(e), newRulesLint(e), newRulesTest(e), newRulesExplain(e), newRulesGraph(e), newRulesCoverage(e), newRulesNew(e), newRulesImport(e))
	return cmd
}

func newRulesList(e env) *cobra.Command {
	var rf ruleFlags
	var pack, role, text string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List signatures",
		Example: "  logwhy rules list\n  logwhy rules list --role fault --text certificate",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cat, err := loadCatalog(rf)
			if err != nil {
				return err
			}
			n := 0
			for _, s := range cat.Signatures {
				if pack != "" && s.Pack != pack || role != "" && s.Role.String() != role || !mentions(s, text) {
					continue
				}
				n++
				fmt.Fprintf(e.stdout, "%-8s %-44s %s\n", s.Role, s.ID, s.Title)
			}
			if n == 0 {
				return usageError("no signature matches%s\nlogwhy rules list  shows all %d", nearestOf(cat, pack, role), len(cat.Signatures))
			}
			return nil
		},
	}
	rf.register(cmd)
	cmd.Flags().StringVar(&pack, "pack", "", "only those of `PACK`, such as cloudrun")
	cmd.Flags().StringVar(&role, "role", "", "only those of `ROLE`: change, fault, failure, impact, healthy, noise")
	cmd.Flags().StringVar(&text, "text", "", "only those that mention `TEXT`")
	return cmd
}

// nearestOf says which pack or role was probably meant.
func nearestOf(cat *signature.Catalog, pack, role string) string {
	var packs, roles []string
	for _, s := range cat.Signatures {
		packs, roles = append(packs, s.Pack), append(roles, s.Role.String())
	}
	if role != "" && !slices.Contains(roles, role) {
		return didYouMean(role, roles)
	}
	if pack != "" && !slices.Contains(packs, pack) {
		return didYouMean(pack, packs)
	}
	return ""
}

func mentions(s *signature.Signature, text string) bool {
	if text == "" {
		return true
	}
	text = strings.ToLower(text)
	all := s.ID + "\n" + s.Title + "\n" + s.Answer + "\n" + strings.Join(s.Classes, "\n")
	for _, n := range s.Notes {
		all += "\n" + n.Say
	}
	return strings.Contains(strings.ToLower(all), text)
}

func newRulesShow(e env) *cobra.Command {
	var rf ruleFlags
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show what a signature says, what it leads to and what leads to it",
		Example: "  logwhy rules show python.missing-module",
		Args:    exactArgs(1, "the id of a signature: logwhy rules show python.missing-module"),
		RunE: func(_ *cobra.Command, args []string) error {
			cat, err := loadCatalog(rf)
			if err != nil {
				return err
			}
			s, err := lookup(cat, args[0])
			if err != nil {
				return err
			}
			showSignature(e.stdout, cat, s)
			return nil
		},
	}
	rf.register(cmd)
	return cmd
}

func lookup(cat *signature.Catalog, id string) (*signature.Signature, error) {
	if s := cat.Lookup(id); s != nil {
		return s, nil
	}
	var ids []string
	for _, s := range cat.Signatures {
		ids = append(ids, s.ID)
	}
	return nil, usageError("no signature is called %q%s\nlogwhy rules list  shows all of them", id, didYouMean(id, ids))
}

// showSignature prints a signature for reading, not for loading: the file has
// the exact form.
func showSignature(w io.Writer, cat *signature.Catalog, s *signature.Signature) {
	fmt.Fprintf(w, "%s\n  %s\n\n", s.ID, s.Title)
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-10s %s\n", name, value)
		}
	}
	field("role", s.Role.String())
	field("severity", s.Severity)
	field("classes", strings.Join(s.Classes, ", "))
	field("captures", strings.Join(s.Captures, ", "))
	field("says", s.Answer)
	field("file", s.File)
	list := func(title string, items []string) {
		if len(items) == 0 {
			return
		}
		fmt.Fprintf(w, "\n%s\n", title)
		for _, i := range items {
			fmt.Fprintf(w, "  - %s\n", i)
		}
	}
	var to, from, against, notes, rivals []string
	for _, l := range cat.Effects(s) {
		to = append(to, l.Effect.ID+": "+l.Edge.Because)
	}
	for _, l := range cat.Causes(s) {
		from = append(from, l.Cause.ID+": "+l.Edge.Because)
	}
	for _, c := range s.ContradictedBy {
		name := c.Signature
		if name == "" {
			name = "class:" + c.Class
		}
		against = append(against, name+": "+c.Because)
	}
	for _, n := range s.Notes {
		notes = append(notes, n.Say)
	}
	for _, a := range s.Alternatives {
		rivals = append(rivals, a.ID+": "+a.Because)
	}
	list("leads to", to)
	list("caused by", from)
	list("contradicted by", against)
	list("notes", notes)
	list("would look the same", rivals)
	list("check next", s.Next)
	list("remedy", s.Remedy)
	list("references", s.References)
}

func newRulesLint(e env) *cobra.Command {
	var rf ruleFlags
	cmd := &cobra.Command{
		Use:     "lint [DIR...]",
		Short:   "Find what is allowed in a signature and still wrong",
		Example: "  logwhy rules lint ./signatures\n  logwhy rules lint            # those that come with logwhy",
		RunE: func(_ *cobra.Command, args []string) error {
			rf.dirs = append(rf.dirs, args...)
			cat, err := loadCatalog(rf)
			if err != nil {
				return err
			}
			problems := signature.Lint(cat)
			if len(problems) == 0 {
				fmt.Fprintf(e.stdout, "%d signatures, nothing to mend\n", len(cat.Signatures))
				return nil
			}
			if _, err := problems.WriteTo(e.stdout); err != nil {
				return &exitError{exitRead, err}
			}
			return &exitError{exitPolicy, fmt.Errorf("%d problems in %d signatures", len(problems), len(cat.Signatures))}
		},
	}
	rf.register(cmd)
	return cmd
}

func newRulesTest(e env) *cobra.Command {
	var rf ruleFlags
	var outputs []string
	cmd := &cobra.Command{
		Use:   "test [DIR...]",
		Short: "Run the hit and miss files of signatures",
		Example: `  logwhy rules test ./signatures
  logwhy rules test ./signatures -o junit=rules.xml
  logwhy rules test            # those that come with logwhy`,
		RunE: func(_ *cobra.Command, args []string) error {
			rf.dirs = append(rf.dirs, args...)
			cat, err := loadCatalog(rf)
			if err != nil {
				return err
			}
			sources, err := rf.sources()
			if err != nil {
				return err
			}
			// Folders that are given are what is tested; without any, the catalogue.
			if len(rf.dirs)+len(rf.cre) > 0 && !rf.noBuiltin {
				sources = sources[1:]
			}
			res := rulecheck.Test(cat, sources)
			for _, o := range outputs {
				path, ok := strings.CutPrefix(o, "junit=")
				if !ok || path == "" {
					return usageError("-o %s: the only output is junit=FILE", o)
				}
				if err := writeJUnit(e, path, res); err != nil {
					return &exitError{exitRead, err}
				}
			}
			return printTest(e.stdout, res)
		},
	}
	rf.register(cmd)
	cmd.Flags().StringArrayVarP(&outputs, "output", "o", nil, "also write `junit=FILE`")
	return cmd
}

func printTest(w io.Writer, res rulecheck.Result) error {
	failed := res.Failed()
	for _, c := range failed {
		for _, f := range c.Failures {
			fmt.Fprintf(w, "FAIL %s  %s\n  %s\n", c.ID, c.File, strings.ReplaceAll(f, "\n", "\n  "))
		}
	}
	n, without := 0, 0
	for _, c := range res.Cases {
		if c.Missing {
			without++
			continue
		}
		n++
	}
	fmt.Fprintf(w, "%d evidence files, %d failed", n, len(failed))
	if without > 0 {
		fmt.Fprintf(w, ", %d missing", without)
	}
	fmt.Fprintln(w)
	if n == 0 {
		return &exitError{exitPolicy, fmt.Errorf("no hit or miss file was found\nPut hit.json and miss.json beside rule.yaml; see docs/signatures.md")}
	}
	if len(failed) > 0 {
		return &exitError{code: exitPolicy}
	}
	return nil
}

// junit is the subset of the JUnit report that CI systems read.
type junit struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Skipped *struct{}     `xml:"skipped,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func writeJUnit(e env, path string, res rulecheck.Result) error {
	suite := junit{Name: "logwhy rules", Tests: len(res.Cases), Failures: len(res.Failed())}
	for _, c := range res.Cases {
		jc := junitCase{Class: c.ID, Name: c.Kind}
		switch {
		case len(c.Failures) > 0:
			jc.Failure = &junitFailure{c.Failures[0], strings.Join(c.Failures, "\n")}
		case c.Missing:
			jc.Skipped = &struct{}{}
		}
		suite.Cases = append(suite.Cases, jc)
	}
	b, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		return err
	}
	return put(e.stdout, output{"junit", path}, append([]byte(xml.Header), append(b, '\n')...))
}

func newRulesExplain(e env) *cobra.Command {
	var rf ruleFlags
	var in inputFlags
	var red redactFlags
	cmd := &cobra.Command{
		Use:     "explain ID INPUT...",
		Short:   "Say for each clause of a signature what the entries that come nearest fulfil",
		Example: "  logwhy rules explain acme.ledger-unbalanced logs.json --rules ./signatures",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError("give the id of a signature and an input: logwhy rules explain python.missing-module logs.json")
			}
			if err := red.parse(); err != nil {
				return err
			}
			cat, err := loadCatalog(rf)
			if err != nil {
				return err
			}
			x, err := rulecheck.NewExplainer(cat, args[0])
			if err != nil {
				return usageError("%w", err)
			}
			if err := readAll(cmd, e, args[1:], in, x.Add); err != nil {
				return err
			}
			out := x.Explanation()
			out.Shown = redact.New(red.parsed).Again
			_, err = out.WriteTo(e.stdout)
			return err
		},
	}
	rf.register(cmd)
	in.register(cmd)
	red.register(cmd)
	return cmd
}

// readAll hands every entry of the inputs to fn, one at a time, in the order
// of the inputs.
func readAll(cmd *cobra.Command, e env, args []string, in inputFlags, fn func(*logentry.Entry)) error {
	from, to, since, err := in.bounds()
	if err != nil {
		return err
	}
	keep, err := in.keep()
	if err != nil {
		return err
	}
	set, err := ingest.Open(args, ingest.Options{Workers: 1, From: from, To: to, Keep: keep, MaxIDs: in.maxIDs, Year: in.year, Stdin: e.stdin})
	if err != nil {
		return readError(err)
	}
	if since > 0 {
		newest, err := set.Newest(cmd.Context())
		if err != nil {
			return readError(err)
		}
		set.Limit(newest.Add(-since), to)
	}
	if _, err := set.Read(cmd.Context(), func(int) func(*logentry.Entry) { return fn }); err != nil {
		return readError(err)
	}
	return nil
}

func newRulesGraph(e env) *cobra.Command {
	var rf ruleFlags
	var pack string
	cmd := &cobra.Command{
		Use:     "graph [ID]",
		Short:   "Print what may cause what, as a Mermaid flowchart",
		Example: "  logwhy rules graph cloudrun.container-exit\n  logwhy rules graph --pack gke",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			cat, err := loadCatalog(rf)
			if err != nil {
				return err
			}
			center := ""
			if len(args) == 1 {
				s, err := lookup(cat, args[0])
				if err != nil {
					return err
				}
				center = s.ID
			}
			writeGraph(e.stdout, cat, center, pack)
			return nil
		},
	}
	rf.register(cmd)
	cmd.Flags().StringVar(&pack, "pack", "", "only edges that touch `PACK`")
	return cmd
}

// writeGraph prints the edges around one signature or of one pack; of all
// signatures where neither is given. Nodes are named in order, so that ids
// need no escaping.
func writeGraph(w io.Writer, cat *signature.Catalog, center, pack string) {
	type edge struct{ from, to string }
	var edges []edge
	for _, s := range cat.Signatures {
		for _, l := range cat.Effects(s) {
			if center != "" && s.ID != center && l.Effect.ID != center || pack != "" && s.Pack != pack && l.Effect.Pack != pack {
				continue
			}
			edges = append(edges, edge{s.ID, l.Effect.ID})
		}
	}
	sort.Slice(edges, func(i, j int) bool {
		return edges[i].from < edges[j].from || edges[i].from == edges[j].from && edges[i].to < edges[j].to
	})
	ids := map[string]string{}
	fmt.Fprintln(w, "flowchart LR")
	node := func(id string) string {
		if n, ok := ids[id]; ok {
			return n
		}
		n := fmt.Sprintf("S%d", len(ids)+1)
		ids[id] = n
		fmt.Fprintf(w, "    %s[\"%s\"]\n", n, id)
		return n
	}
	for i, ed := range edges {
		if i > 0 && ed == edges[i-1] {
			continue
		}
		a, b := node(ed.from), node(ed.to)
		fmt.Fprintf(w, "    %s --> %s\n", a, b)
	}
}

// exactArgs demands n arguments and says which.
func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError("%s takes %s", cmd.CommandPath(), what)
		}
		return nil
	}
}
