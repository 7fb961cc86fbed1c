package report

import (
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"logwhy/internal/incident"
)

// hostile are strings that broke, or could break, one renderer or another.
var hostile = []string{
	"", " ", "plain", "`", "``", "```", "`a`` b ``` c", "a`", "`a", "\\", "\\`", "\\|", "a\\|b", "a\\\\|b", "|", "||a||",
	"<script>alert(1)</script>", "</code></pre><img src=x onerror=alert(1)>", "<!-- -->", "<details open>", "&lt;b&gt; &#60;",
	"![x](https://evil.example/p.png)", "[click](javascript:alert(1))", "<https://evil.example>", "https://evil.example/a", "www.evil.example",
	"@oncall", "#123", "GH-12", "ops@evil.example", "mailto:a@b.c", "deadbeef1234567", "$x^2$", ":smile:", "[^1]", "[E1]", "[E1]: https://evil.example",
	"# heading", "> quote", "- item", "+ item", "1. item", "1) item", "---", "===", "    indented", "\ttab", "***", "~~~", "~~gone~~", "**bold**", "_it_", "__x__", "a_b_c",
	"line\nbreak", "para\n\n# heading", "cr\rlf\r\n", "a\u2028b\u2029c", "```\n```\n# out", "````\n", "~~~\n~~~",
	"| a | b |\n|---|---|\n| c | d |", "a|b\n---|---",
	"\x00\x01\x07\x08", "\x1b[2J\x1b[1;1H", "\x1b]0;title\x07", "\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\", "\x9b31m", "\u009b31m", "\x7f",
	"\u202eevil\u202c", "\u2066\u2069", "\u200b\u200d\ufeff\u00ad", "\U000e0041\U000e007f", "\ufffd\xff\xfe\xc3", "e\u0301\u0301\u0301", "日本語テキスト", "👩‍👩‍👧", "\u00a0",
	"::error file=x::y", "  ::add-mask::x", "x\n::set-output name=a::b", "##[error]x", "##vso[task.complete]x", "##teamcity[x]", "###[x", "::1", "a::b",
	"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "%0A::error::x",
	`"]; click n1 "https://evil.example"`, "%%{init: {}}%%", "end", "END.", "subgraph x", "n1->>n2: x", "a;b", "#35;", "participant x", "-->",
	strings.Repeat("`", 400), strings.Repeat("x", 3000), strings.Repeat("ab ", 900),
}

func addHostile(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
}

var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAttribute()))

// skeleton is the tree of a Markdown document by node kinds, with runs of
// plain text as one; texts are what its code spans and blocks hold.
func skeleton(t testing.TB, source string) (tree string, texts []string) {
	t.Helper()
	src := []byte(source)
	var b strings.Builder
	last := ""
	err := ast.Walk(gfm.Parser().Parse(text.NewReader(src)), func(n ast.Node, in bool) (ast.WalkStatus, error) {
		kind := n.Kind().String()
		if kind == "Text" || kind == "String" {
			kind = "Text"
			if last == kind {
				return ast.WalkContinue, nil
			}
		}
		last = kind
		if !in {
			if n.HasChildren() {
				b.WriteString(")")
			}
			return ast.WalkContinue, nil
		}
		b.WriteString(kind)
		switch n := n.(type) {
		case *ast.CodeSpan:
			texts = append(texts, string(textOf(n, src)))
			return ast.WalkSkipChildren, nil
		case *ast.FencedCodeBlock:
			texts = append(texts, string(n.Lines().Value(src)))
		}
		if n.HasChildren() {
			b.WriteString("(")
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), texts
}

// FuzzMarkdownCode: foreign text as code is one code span wherever it stands,
// and nothing of it is lost.
func FuzzMarkdownCode(f *testing.F) {
	addHostile(f)
	doc := func(s string) string {
		return "# T " + markdownCode(s, false) + "\n\na " + markdownCode(s, false) + " b **" + markdownCode(s, false) + "**: x\n\n- " +
			markdownCode(s, false) + "\n\n> " + markdownCode(s, false) + "\n\n| h | i |\n|---|---|\n| " + markdownCode(s, true) + " | x |\n"
	}
	want, _ := skeleton(f, doc("plain"))
	f.Fuzz(func(t *testing.T, s string) {
		got, texts := skeleton(t, doc(s))
		if got != want {
			t.Fatalf("%q changes the document:\n%s\ngot  %s\nwant %s", s, doc(s), got, want)
		}
		content := oneLine(s)
		if content == "" {
			content = " "
		}
		for _, have := range texts {
			if have != content {
				t.Fatalf("%q shows as %q, want %q in\n%s", s, have, content, doc(s))
			}
		}
	})
}

// FuzzMarkdownFence: a fence holds its text and ends where it should.
func FuzzMarkdownFence(f *testing.F) {
	addHostile(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, indent := range []string{"", "   "} {
			before := ""
			if indent != "" {
				before = "1. item\n"
			}
			doc := before + markdownFence("text", s, indent) + "\nafter\n"
			tree, texts := skeleton(t, doc)
			want := "Document(FencedCodeBlockParagraph(Text))"
			if indent != "" {
				want = "Document(List(ListItem(TextBlock(Text)FencedCodeBlock))Paragraph(Text))"
			}
			content := strings.TrimRight(visibleText(s), "\n") + "\n"
			if tree != want || len(texts) != 1 || texts[0] != content && indent == "" {
				t.Fatalf("%q gives\n%s\n%s %q\nwant %s %q", s, doc, tree, texts, want, content)
			}
		}
	})
}

// FuzzMarkdownText: the tool's own words can be wrong, but not active.
func FuzzMarkdownText(f *testing.F) {
	addHostile(f)
	f.Fuzz(func(t *testing.T, s string) {
		m := &markdown{view: newView(&incident.Analysis{}, Options{}), cited: map[string]bool{}}
		p := incident.Prose(s)
		doc := "a " + m.prose(p) + " b\n\n- " + markdownStart(m.prose(p)) + " x\n\n" + markdownStart(m.prose(p)) + " x\n\n| h | i |\n|---|---|\n| " + m.cell(p) + " | x |\n"
		checkInert(t, doc)
		if tree, _ := skeleton(t, doc); strings.Count(tree, "TableCell") != 4 || strings.Count(tree, "ListItem") != 1 {
			t.Fatalf("%q changes the document:\n%s\n%s", s, doc, tree)
		}
	})
}

var evidenceID = regexp.MustCompile(`^(E|I|query )[0-9]+$`)

// checkInert parses Markdown and reports everything that a reader's browser
// would act on: raw HTML, images, links other than those of evidence, and
// what GitHub makes of plain text.
func checkInert(t testing.TB, source string, references ...string) {
	t.Helper()
	src := []byte(source)
	err := ast.Walk(gfm.Parser().Parse(text.NewReader(src)), func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if !in {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.RawHTML, *ast.HTMLBlock, *ast.Image, *ast.AutoLink:
			t.Fatalf("the document holds a %s:\n%s", n.Kind(), source)
		case *ast.Link:
			dest := string(n.Destination)
			if slices.ContainsFunc(references, func(r string) bool { return safeURL(r) == dest }) {
				return ast.WalkSkipChildren, nil
			}
			if !evidenceID.Match(textOf(n, src)) || !strings.HasPrefix(dest, "https://console.cloud.google.com/") && dest != "#evidence" {
				t.Fatalf("link %q to %q in\n%s", textOf(n, src), dest, source)
			}
		case *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			if live := regexp.MustCompile(`(^|[^\w])@\w|(^|[^\w&])#\d|https?://|www\.`).FindString(string(n.Segment.Value(src))); live != "" {
				t.Fatalf("text %q is live in\n%s", n.Segment.Value(src), source)
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	checkVisible(t, source)
}

// checkVisible reports hidden characters and CI commands.
func checkVisible(t testing.TB, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("not UTF-8: %q", s)
	}
	for _, r := range s {
		if hidden(r) && r != '\n' && r != '\t' {
			t.Fatalf("hidden character %U in %q", r, s)
		}
	}
	if m := regexp.MustCompile(`(?m)^[ \t]*::[A-Za-z][^\n]*|##[A-Za-z]*\[`).FindString(s); m != "" {
		t.Fatalf("workflow command %q in\n%s", m, s)
	}
}

// readTerminal plays output on an endless terminal that knows SGR and OSC 8
// and nothing else, and returns the visible lines.
func readTerminal(t testing.TB, s string) []string {
	t.Helper()
	sgr := regexp.MustCompile(`^\x1b\[[0-9;]*m`)
	link := regexp.MustCompile(`^\x1b\]8;;(https://[!-~]*)?\x1b\\`)
	var b strings.Builder
	for s != "" {
		if m := sgr.FindString(s); m != "" {
			s = s[len(m):]
			continue
		}
		if m := link.FindString(s); m != "" {
			s = s[len(m):]
			continue
		}
		r, n := utf8.DecodeRuneInString(s)
		if hidden(r) && r != '\n' || r == '\t' || r == utf8.RuneError && n == 1 {
			t.Fatalf("the terminal gets %q", s[:min(len(s), 30)])
		}
		b.WriteString(s[:n])
		s = s[n:]
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// FuzzTerminal: whatever stands in a field, a terminal gets printable
// characters, colours and our links, and no line is longer than the screen.
func FuzzTerminal(f *testing.F) {
	addHostile(f)
	f.Fuzz(func(t *testing.T, s string) {
		a := filled(s)
		for _, o := range []Options{{}, {Width: 30, ASCII: true}, {Width: 200, Color: true, Hyperlinks: true}} {
			out := render(t, "term", a, o)
			lines := readTerminal(t, out)
			checkVisible(t, strings.Join(lines, "\n"))
			width := min(max(o.Width, 24), widest)
			if o.Width == 0 {
				width = defaultWidth
			}
			for _, l := range lines {
				if w := lipgloss.Width(l); w >= width {
					t.Fatalf("line of %d columns on a terminal of %d: %q", w, width, l)
				}
				if o.ASCII && strings.ContainsFunc(l, func(r rune) bool { return r > unicode.MaxASCII }) {
					t.Fatalf("not ASCII: %q", l)
				}
			}
		}
	})
}

// filled is an analysis with s wherever foreign text may stand.
func filled(s string) *incident.Analysis {
	p := incident.Prose(incident.Code(s))
	check := incident.Check{Text: "see " + p, Lang: "lql", Command: s}
	i := incident.Incident{
		ID: "I1", Title: p + " fails", Severity: incident.High, Status: incident.Ongoing, Unit: "start",
		Scope: incident.Scope{Project: s, Service: s, Location: s, Revision: s}, Symptom: "F1",
		Summary: incident.Summary{Fails: p + ", twice ([E1])", Since: "since " + p, Changed: p, Cause: p + ".", Verdict: incident.Plausible, Open: p, NotIt: []incident.Prose{p}, Next: []incident.Check{check}},
		Whys:    []incident.Why{{N: 1, Question: "Why " + p + "?", Answer: p + " ([E1]).", Verdict: incident.Supported, Evidence: []string{"E1"}, Tests: []incident.Test{{Question: p, Text: p}}, Notes: []incident.Prose{p}}},
		Causes:  []incident.Cause{{Finding: "F1", Title: p, Verdict: incident.Plausible, Evidence: []string{"E1"}}},
		Rivals:  []incident.Rival{{Title: p, Verdict: incident.OrderOnly, Because: p}},
		Steps:   &incident.Steps{Title: p, Rows: []incident.Step{{What: p}}},
		Flow: &incident.Flow{Nodes: []incident.FlowNode{{ID: "a", Label: s, Group: s}, {ID: "b", Label: s}},
			Edges: []incident.FlowEdge{{From: "a", To: "b", Verdict: incident.Supported, Label: s}, {From: "b", To: "a", Verdict: incident.OrderOnly, Label: s}}},
		Questions: []incident.Question{{ID: "Q1", Text: p, Checks: []incident.Check{check}}},
		Prompts:   []incident.Prose{p},
	}
	i.Remedies, i.References, i.Explain, i.AlsoFailing = []incident.Prose{p}, []string{"https://peps.example/1?q=" + s, s}, []incident.Prose{p}, []string{"I2"}
	i.About, i.Stated, i.Facts, i.StatusWhy, i.SeverityWhy = []incident.Prose{p}, []incident.Prose{p}, []incident.Prose{p}, p, p
	i.Table = &incident.Table{Title: p, Header: []string{s, "b"}, Rows: [][]incident.Prose{{p, p}}}
	i.Matrix = &incident.Table{Title: p, Header: []string{s, "b"}, Rows: [][]incident.Prose{{p, p}, {p, p}}}
	i.Phases = []incident.Phase{{N: 1, Status: s, Findings: []string{"F1"}, Counts: map[string]int{"F1": 1}}, {N: 2, Status: s}}
	i.Whys[0].Against, i.Whys[0].WrongIf, i.Whys[0].Checks = []incident.Prose{p}, p, []incident.Check{{Text: p, Note: p}}
	i.Whys[0].Rivals = []incident.Rival{{Title: p + " too", Verdict: incident.Plausible, Because: p, Check: &check}}
	i.Link = "https://console.cloud.google.com/logs/query;query=" + s
	second := i
	second.ID, second.Status = "I2", incident.Resolved
	return &incident.Analysis{
		Schema: incident.Schema, Tool: incident.Tool{Name: "logwhy", Command: s},
		Inputs: []incident.Input{{Name: s, Format: "array", Encoding: "utf-8"}},
		Coverage: incident.Coverage{Entries: 1, Services: []string{s}, Banner: []incident.Prose{p}, Logs: []incident.Count{{Name: s, N: 1}}, Skips: []incident.Skip{{Source: s, Reason: s}}, Warnings: []incident.Warning{{Text: p}},
			Asked: []incident.Asked{{What: p, Filter: s, Resources: []string{s}, Entries: 2, Reason: s, Link: "https://console.cloud.google.com/logs/query;query=" + s}}},
		Reported:   []incident.Reported{{Text: s}},
		Lead:       p,
		Findings:   []incident.Finding{{ID: "F1", Title: p, Template: s, Count: 2, State: incident.StateNew, StateWhy: p, Evidence: []string{"E1"}}},
		Hypotheses: []incident.Hypothesis{{ID: "H1", Title: p, Status: s, Because: p, Check: s}},
		Constants:  []incident.Constant{{Name: "reach", Value: "5 s", Reason: "measured"}},
		Baseline: &incident.Baseline{Before: incident.Stretch{Name: s}, Now: incident.Stretch{Name: s}, Notes: []incident.Prose{p},
			Rows: []incident.BaselineRow{{Finding: "F1", Title: p, Service: s, Kind: incident.RateNew, Now: 3}}},
		Incidents:   []incident.Incident{i, second},
		Changes:     []incident.Change{{ID: "C1", Title: p, Details: []incident.Prose{p}, Followed: p}},
		Unexplained: []incident.Unexplained{{ID: "pattern:1", Finding: "F1", Template: s, Count: 1, Severity: "ERROR", Evidence: []string{"E1"}}},
		Remarks:     []incident.Remark{{Text: p}},
		Timeline:    []incident.Event{{Kind: kindChange, What: p, Scope: incident.Scope{Service: s}}, {What: p}, {What: p, Evidence: []string{"E1"}}},
		Evidence:    map[string]incident.Evidence{"E1": {Severity: "ERROR", Message: s, Source: s, Note: p, Fields: map[string]string{s: s}, Link: "https://console.cloud.google.com/logs?q=" + s}},
	}
}

// documents renders everything that is Markdown.
func documents(t testing.TB, a *incident.Analysis) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, o := range []Options{
		{Mermaid: true, Explain: true}, {Mermaid: true, Target: TargetGitLab}, {Target: TargetPlain, Audience: AudiencePostmortem},
		{Audience: AudienceOncall}, {Audience: AudienceCI},
	} {
		out[fmt.Sprint("md ", o.Target, o.Audience)] = render(t, "md", a, o)
	}
	out["github"] = render(t, "github", a, Options{Mermaid: true})
	var b strings.Builder
	if err := WriteTimeline(&b, "md", a, Options{}); err != nil {
		t.Fatal(err)
	}
	out["timeline"] = b.String()
	return out
}

// shapeOf counts the headings, rows, items and fences of a document, and names
// what its fences are.
func shapeOf(t testing.TB, doc string) string {
	t.Helper()
	tree, _ := skeleton(t, doc)
	return fmt.Sprint(strings.Count(tree, "Heading"), strings.Count(tree, "TableRow"), strings.Count(tree, "TableCell"), strings.Count(tree, "ListItem"),
		strings.Count(tree, "FencedCodeBlock"), strings.Count(tree, "Blockquote"), strings.Count(tree, "ThematicBreak"), strings.Count(tree, "CodeBlock"))
}

// sameForm reports whether s takes the form of one word: another length or
// another line makes a quote of a row, or a command where there is none.
func sameForm(s string) bool {
	return strings.TrimSpace(oneLine(s)) != "" && !strings.Contains(strings.TrimSpace(s), "\n") && len(s) <= 60 && safeURL(s) == "" && !strings.Contains(s, "[E1]")
}

// FuzzDocuments: with any text in every field each document stays as it is
// with a harmless word: nothing in it acts, and its headings, tables, lists and
// fences are the same.
func FuzzDocuments(f *testing.F) {
	addHostile(f)
	want := map[string]string{}
	for name, doc := range documents(f, filled("plain")) {
		want[name] = shapeOf(f, doc)
	}
	fence := regexp.MustCompile("(?s)\n```mermaid\n(.*?)```\n")
	f.Fuzz(func(t *testing.T, s string) {
		a := filled(s)
		for name, doc := range documents(t, a) {
			checkInert(t, doc, a.Incidents[0].References...)
			if got := shapeOf(t, doc); sameForm(s) && got != want[name] {
				t.Fatalf("%s: %q changes the document: %s, want %s\n%s", name, s, got, want[name], doc)
			}
			for _, m := range fence.FindAllStringSubmatch(doc, -1) {
				if _, err := readMermaid(m[1]); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
	})
}

// FuzzJSON: an analysis with any text in every field is read back as it was,
// and gives the same bytes in each format.
func FuzzJSON(f *testing.F) {
	addHostile(f)
	f.Fuzz(func(t *testing.T, s string) {
		first := render(t, "json", filled(s), Options{})
		again, err := Read(strings.NewReader(first))
		if err != nil {
			t.Fatalf("%v in\n%s", err, first)
		}
		if second := render(t, "json", again, Options{}); second != first {
			t.Fatalf("%q is written as\n%s\nand again as\n%s", s, first, second)
		}
		if !utf8.ValidString(s) {
			return // a log entry is UTF-8 by now
		}
		for _, format := range Formats() {
			if a, b := render(t, format.Name, filled(s), Options{Mermaid: true}), render(t, format.Name, again, Options{Mermaid: true}); a != b {
				t.Fatalf("%s of %q differs once it was stored:\n%s\n%s", format.Name, s, a, b)
			}
		}
	})
}

// FuzzAnnotations: each line is one command, and no text makes another.
func FuzzAnnotations(f *testing.F) {
	addHostile(f)
	line := regexp.MustCompile(`^::(?:error|warning) title=[^:,\n\r]*::[^\n\r]*$`)
	f.Fuzz(func(t *testing.T, s string) {
		var b strings.Builder
		if err := WriteAnnotations(&b, filled(s), Options{}); err != nil {
			t.Fatal(err)
		}
		for l := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\n"), "\n") {
			if !line.MatchString(l) {
				t.Fatalf("%q gives the line %q", s, l)
			}
		}
	})
}

// FuzzTimeline: the timeline on a terminal holds printable characters only.
func FuzzTimeline(f *testing.F) {
	addHostile(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, o := range []Options{{}, {Width: 40, ASCII: true}, {Color: true, Hyperlinks: true}} {
			var b strings.Builder
			if err := WriteTimeline(&b, "term", filled(s), o); err != nil {
				t.Fatal(err)
			}
			checkVisible(t, strings.Join(readTerminal(t, b.String()), "\n"))
		}
	})
}

// FuzzCSV: a spreadsheet reads as many fields as there are columns, none of
// them a formula.
func FuzzCSV(f *testing.F) {
	addHostile(f)
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := csv.NewReader(strings.NewReader(render(t, "csv", filled(s), Options{}))).ReadAll()
		if err != nil || len(rows) != 4 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows[1:] {
			for _, field := range row {
				checkVisible(t, field)
				if field != "" && strings.ContainsRune("=+-@|%\t\r", rune(field[0])) {
					t.Fatalf("%q gives the formula %q", s, field)
				}
			}
		}
	})
}

func TestGuardCommands(t *testing.T) {
	for in, want := range map[string]string{
		"::error::x":               `\u003a:error::x`,
		"a\n  ::warning x=1::b":    "a\n  \\u003a:warning x=1::b",
		"::1 is an address":        "::1 is an address",
		"std::vector":              "std::vector",
		"##[error]x ##[group]y":    `#\u0023[error]x #\u0023[group]y`,
		"### [x]":                  "### [x]",
		"##vso[task.x]###[y]":      `#\u0023vso[task.x]##\u0023[y]`,
		"## heading, ## [link](x)": "## heading, ## [link](x)",
	} {
		if got := visibleText(in); got != want {
			t.Errorf("visibleText(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSafeURL(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		"javascript:alert(1)":           "",
		"http://console.example":        "",
		"https://a.example/x?y=1#z":     "https://a.example/x?y=1#z",
		"https://a.example/x y)(\n<\">": "https://a.example/x%20y%29%28%0A%3C%22%3E",
		"https://a.example/\x1b\\é`|":   "https://a.example/%1B%5C%C3%A9%60%7C",
	} {
		if got := safeURL(in); got != want {
			t.Errorf("safeURL(%q) = %q, want %q", in, got, want)
		}
	}
}

// textOf is the text below a node, as it stands in the source.
func textOf(n ast.Node, src []byte) []byte {
	var out []byte
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			out = append(out, t.Segment.Value(src)...)
		} else {
			out = append(out, textOf(c, src)...)
		}
	}
	return out
}
