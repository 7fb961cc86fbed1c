package stacktrace

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Each testdata/traces/<name>.txt is a text, <name>.want what Parse reads.
func TestParseGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/traces/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no traces", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := describe(string(text))
		golden := strings.TrimSuffix(file, ".txt") + ".want"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s:\n--- got\n%s--- want\n%s", file, got, want)
		}
	}
}

func describe(text string) string {
	var b strings.Builder
	tr, ok := Parse(text)
	if !ok {
		return "nothing\n"
	}
	fmt.Fprintf(&b, "language %q\nprefix %q\n", tr.Language, tr.Prefix)
	for _, e := range tr.Chain {
		describeException(&b, "chain", text, e)
	}
	for _, e := range tr.Beside {
		describeException(&b, "beside", text, e)
	}
	return b.String()
}

func describeException(b *strings.Builder, kind, text string, e Exception) {
	fmt.Fprintf(b, "%s %s\n  type %q code %q\n  message %q\n  line %q\n", kind, e.Relation, e.Type, e.Code, e.Message, text[e.Start:e.End])
	for _, f := range e.Frames {
		user := ' '
		if f.User {
			user = 'U'
		}
		fmt.Fprintf(b, "  %c %s:%d %s\n", user, f.File, f.Line, f.Function)
	}
}
