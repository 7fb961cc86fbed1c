package lql_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"logwhy/internal/diag"
	"logwhy/internal/lql"
)

var (
	docRow     = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")
	docCommand = regexp.MustCompile(`--filter '([^']+)'`)
)

// What docs/filter.md shows is as the program has it.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile("../../docs/filter.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	rows := docRow.FindAllStringSubmatch(page, -1)
	if len(rows) < 15 {
		t.Errorf("only %d filters in the table", len(rows))
	}
	for _, m := range rows {
		if _, err := lql.Parse(m[1]); err != nil {
			t.Errorf("%s\n%v", m[1], err)
		}
	}
	commands := docCommand.FindAllStringSubmatch(page, -1)
	for _, m := range commands {
		_, err := lql.Parse(m[1])
		var problems diag.Problems
		if err == nil || !errors.As(err, &problems) {
			continue
		}
		var b strings.Builder
		if _, err := problems.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page, b.String()) {
			t.Errorf("docs/filter.md does not show\n%s", b.String())
		}
	}
	if len(commands) < 2 {
		t.Errorf("only %d commands", len(commands))
	}
}
