package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestManPageKeepsTexts(t *testing.T) {
	c := &cobra.Command{
		Use: "demo [INPUT...]", Short: "Show <b>all</b> of *this*", Run: func(*cobra.Command, []string) {},
		Long:    ".dots and\n'quotes' begin lines\n\n  indented \\n stays\n\nThe last - paragraph",
		Example: "  demo 'a|b' --x",
	}
	c.Flags().String("flag-x", "some", "takes a `WORD`\\path")
	got := string(manPage(c))
	for _, want := range []string{
		"demo \\- show <b>all</b> of *this*\n", "\\&.dots and\n\\&'quotes' begin lines\n.PP\n.nf\n  indented \\en stays\n.fi\n.PP\nThe last \\- paragraph\n",
		".nf\n  demo 'a|b' \\-\\-x\n.fi\n", ".TP\n\\fB\\-\\-flag\\-x\\fR \\fIWORD\\fR\ntakes a WORD\\epath (default some)\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
