package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan(e env) *cobra.Command {
	return &cobra.Command{
		Use:   "man [DIR]",
		Short: "Print the manual page, or write those of all commands to a folder",
		Long: `man prints the manual page of logwhy. With DIR it writes a page for each command
there, as logwhy.1, logwhy-report.1 and so on, for packagers.`,
		Example: `  logwhy man | man -l -
  logwhy man ~/.local/share/man/man1`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				_, err := e.stdout.Write(manPage(cmd.Root()))
				return err
			}
			if err := writeManPages(cmd.Root(), args[0]); err != nil {
				return &exitError{exitRead, fmt.Errorf("writing manual pages: %w", err)}
			}
			return nil
		},
	}
}

func writeManPages(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, c := range withBelow(root) {
		if c != root && !c.IsAvailableCommand() {
			continue
		}
		// Manual pages are for all users of a machine, unlike what is made of logs.
		if err := os.WriteFile(filepath.Join(dir, pageName(c)+".1"), manPage(c), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manPage writes the manual page of a command in roff. cobra's own writer would
// take the texts for Markdown, lose what looks like markup in them, and print
// the day of the build; three modules would come with it.
func manPage(c *cobra.Command) []byte {
	c.InitDefaultHelpFlag()
	var p roff
	// The date stays empty: two builds of one commit write the same bytes.
	fmt.Fprintf(&p.b, ".TH %s 1 \"\" %s \"User Commands\"\n.nh\n", strings.ToUpper(pageName(c)), quoteRoff("logwhy "+toolVersion()))
	p.section("NAME")
	p.text(pageName(c) + " - " + lowerFirst(c.Short))
	p.section("SYNOPSIS")
	use := c.UseLine()
	if c.HasAvailableSubCommands() {
		use = c.CommandPath() + " COMMAND [flags]"
	}
	p.b.WriteString(".B " + escapeRoff(use) + "\n")
	if c.Long != "" {
		p.section("DESCRIPTION")
		p.text(c.Long)
	}
	if c.HasExample() {
		p.section("EXAMPLES")
		p.literal(c.Example)
	}
	p.commands(c)
	p.flags("OPTIONS", c.NonInheritedFlags())
	p.flags("OPTIONS OF EVERY COMMAND", c.InheritedFlags())
	p.ends(c)
	return p.b.Bytes()
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// roff collects a page.
type roff struct{ b bytes.Buffer }

func (p *roff) section(title string) { p.b.WriteString(".SH " + title + "\n") }

// text writes paragraphs: an empty line separates two, indented lines stay as
// they are.
func (p *roff) text(s string) {
	for i, para := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if i > 0 {
			p.b.WriteString(".PP\n")
		}
		if strings.HasPrefix(para, " ") {
			p.literal(para)
			continue
		}
		for _, line := range strings.Split(para, "\n") {
			p.b.WriteString(escapeRoff(line) + "\n")
		}
	}
}

func (p *roff) literal(s string) {
	p.b.WriteString(".nf\n")
	for _, line := range strings.Split(strings.Trim(s, "\n"), "\n") {
		p.b.WriteString(escapeRoff(line) + "\n")
	}
	p.b.WriteString(".fi\n")
}

// item is a term with its explanation.
func (p *roff) item(term, text string) {
	p.b.WriteString(".TP\n" + term + "\n" + escapeRoff(text) + "\n")
}

func (p *roff) commands(c *cobra.Command) {
	if !c.HasAvailableSubCommands() {
		return
	}
	p.section("COMMANDS")
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			p.item("\\fB"+escapeRoff(sub.Name())+"\\fR", sub.Short)
		}
	}
}

func (p *roff) flags(title string, fl *pflag.FlagSet) {
	if !fl.HasAvailableFlags() {
		return
	}
	p.section(title)
	fl.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		term := "\\fB" + escapeRoff("--"+f.Name) + "\\fR"
		if f.Shorthand != "" {
			term = "\\fB" + escapeRoff("-"+f.Shorthand) + "\\fR, " + term
		}
		if value != "" {
			term += " \\fI" + escapeRoff(value) + "\\fR"
		}
		if d := f.DefValue; d != "" && d != "0" && d != "0s" && d != "[]" && d != "false" {
			usage += " (default " + d + ")"
		}
		p.item(term, usage)
	})
}

// ends writes what is the same for all commands.
func (p *roff) ends(c *cobra.Command) {
	if c.HasParent() {
		p.section("SEE ALSO")
		p.b.WriteString(".BR " + escapeRoff(pageName(c.Parent())) + " (1)\n")
		return
	}
	p.section("EXIT STATUS")
	for _, x := range exitCodes() {
		p.item(fmt.Sprintf("\\fB%d\\fR", x.code), x.means)
	}
	p.section("ENVIRONMENT")
	p.item("\\fBLOGWHY_\\fIFLAG\\fR", "The value of a flag that is not on the command line: LOGWHY_FAIL_ON for --fail-on. A list has a text a line.")
	p.item("\\fBLOGWHY_PAGER\\fR, \\fBPAGER\\fR", "The program that shows what is longer than the screen; cat for none.")
	p.item("\\fBNO_COLOR\\fR", "No colours.")
	p.section("FILES")
	p.item("\\fI"+escapeRoff(projectFile)+"\\fR", "Flags of a project, looked for from the working directory up to the root of its repository.")
	p.item("\\fI"+escapeRoff("~/.config/"+userFile)+"\\fR", "Flags of a user.")
}

// exitCodes are what the codes of all commands mean.
func exitCodes() []struct {
	code  int
	means string
} {
	return []struct {
		code  int
		means string
	}{
		{exitOK, "Analysed. Findings alone are no failure."},
		{exitPolicy, "A policy was hit, verify found something, or rules test failed."},
		{exitUsage, "A flag, a setting or a rule is wrong."},
		{exitRead, "An input cannot be read, or the API cannot be asked."},
		{exitIncomplete, "The data are incomplete, and --allow-partial was not given."},
		{exitInterrupted, "Interrupted; nothing was written."},
	}
}

// escapeRoff makes text that roff prints as it is: a backslash and a dash are
// commands, and so is a dot or a quote that begins a line.
func escapeRoff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

func quoteRoff(s string) string { return `"` + strings.ReplaceAll(escapeRoff(s), `"`, `""`) + `"` }
