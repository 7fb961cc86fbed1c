package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"logwhy/internal/incident"
)

// checkPage parses a page, strictly as XML once its void elements are closed,
// and reports whatever could act: scripts that are not ours, handlers, frames,
// forms, and links that lead elsewhere than to evidence. It returns the tree
// of elements and the text.
func checkPage(t testing.TB, source string, references ...string) (tree []string, text string) {
	t.Helper()
	whole := source
	source = strings.Replace(source, "<script>"+htmlScript+"</script>", "<script></script>", 1)
	source = strings.Replace(source, "<style>"+htmlStyle+"</style>", "<style></style>", 1)
	checkVisible(t, source)
	source = regexp.MustCompile(`<(meta|input)([^>]*)>`).ReplaceAllString(source, "<$1$2/>")
	source = strings.ReplaceAll(source, " data-find>", ` data-find="">`)
	dec := xml.NewDecoder(strings.NewReader(source))
	var b strings.Builder
	open := ""
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			checkBrowser(t, whole, tree)
			return tree, b.String()
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, source)
		}
		switch n := token.(type) {
		case xml.StartElement:
			open = n.Name.Local
			tree = append(tree, open)
			checkElement(t, n, references)
		case xml.CharData:
			if strings.TrimSpace(string(n)) != "" && (open == "script" || open == "style") {
				t.Fatalf("a foreign <%s>: %.200q", open, n)
			}
			b.WriteString(string(n) + " ")
		case xml.EndElement:
			open = ""
		case xml.Comment, xml.ProcInst:
			t.Fatalf("a comment or instruction: %v", n)
		}
	}
}

var elements = strings.Fields(`html head meta title style body nav div span a input button main h1 h2 h3 p dl dt dd ul ol li strong b code pre
	table thead tbody tr th td figure figcaption details summary svg g rect line path text title defs marker script`)

var attributes = strings.Fields(`lang charset http-equiv content name href id type placeholder aria-label aria-live class rel target role
	width height viewBox x y x1 x2 y1 y2 rx dx d refX refY markerWidth markerHeight orient marker-end text-anchor
	data-a data-b data-tick data-start data-span data-find`)

func checkElement(t testing.TB, n xml.StartElement, references []string) {
	t.Helper()
	if !slices.Contains(elements, n.Name.Local) {
		t.Fatalf("an element <%s>", n.Name.Local)
	}
	for _, a := range n.Attr {
		if !slices.Contains(attributes, a.Name.Local) {
			t.Fatalf("an attribute %s on <%s>", a.Name.Local, n.Name.Local)
		}
		if a.Name.Local == "href" && !strings.HasPrefix(a.Value, "#") && !strings.HasPrefix(a.Value, "https://console.cloud.google.com/") &&
			!slices.ContainsFunc(references, func(r string) bool { return safeURL(r) == a.Value }) {
			t.Fatalf("a link to %q", a.Value)
		}
	}
}

// TestPages parses every page, and follows every link inside it.
func TestPages(t *testing.T) {
	for _, name := range cases(t) {
		page := render(t, "html", stored(t, name), Options{})
		checkPage(t, page, referencesOf(stored(t, name))...)
		if !strings.Contains(page, "script-src '"+hashSource(htmlScript)+"'") || strings.Contains(page, "unsafe-inline") {
			t.Errorf("%s: the policy does not name the script", name)
		}
		if name == "hostile" {
			continue
		}
		for _, part := range strings.Split(page, `href="#`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			if strings.Count(page, ` id="`+id+`"`) != 1 {
				t.Errorf("%s: %d places with the id %s", name, strings.Count(page, ` id="`+id+`"`), id)
			}
		}
	}
}

// FuzzHTML: foreign text changes no element of the page and stays readable.
func FuzzHTML(f *testing.F) {
	addHostile(f)
	f.Fuzz(func(t *testing.T, s string) {
		tree, text := checkPage(t, render(t, "html", filled(s), Options{}), referencesOf(filled(s))...)
		if strings.Contains(s, "\n") || strings.TrimSpace(oneLine(s)) == "" || len(s) > 60 || len(strings.Fields(s)) > 1 || strings.ContainsAny(s, "[`") || safeURL(s) != "" {
			return // other lines, other labels, or an id where the tool's own words may name one
		}
		want, _ := checkPage(t, render(t, "html", filled("plain"), Options{}), referencesOf(filled("plain"))...)
		keep := func(in []string) []string { // labels break into more lines, links may be left out
			return slices.DeleteFunc(slices.Clone(in), func(e string) bool { return e == "text" })
		}
		if !slices.Equal(keep(tree), keep(want)) {
			t.Fatalf("%q changes the page: %d elements, want %d", s, len(tree), len(want))
		}
		if !strings.Contains(text, oneLine(s)) {
			t.Fatalf("%q is not in the text", oneLine(s))
		}
	})
}

// TestHugePage: a page of 500 findings stays usable.
func TestHugePage(t *testing.T) {
	got := render(t, "html", huge(), Options{})
	checkPage(t, got)
	if len(got) > 2_500_000 {
		t.Errorf("%d bytes", len(got))
	}
	if n := strings.Count(got, `<a href="#F`); n != maxLanes {
		t.Errorf("%d lanes, want %d", n, maxLanes)
	}
}

// graph lays out
//
//	a -> b -> d      c stands level with b, d right of both
//	a -> c -> d
//	d -> a           a cycle is drawn, and ends
func TestGraphLayers(t *testing.T) {
	f := &incident.Flow{}
	for _, id := range []string{"a", "b", "c", "d"} {
		f.Nodes = append(f.Nodes, incident.FlowNode{ID: id, Label: id})
	}
	for _, e := range []string{"ab", "ac", "bd", "cd"} {
		f.Edges = append(f.Edges, incident.FlowEdge{From: e[:1], To: e[1:], Verdict: incident.Supported})
	}
	got := ""
	for _, b := range flowBoxes(f) {
		got += fmt.Sprint(b.node.ID, b.layer, " ")
	}
	if want := "a0 b1 c1 d2 "; got != want {
		t.Errorf("layers %s, want %s", got, want)
	}
	f.Edges = append(f.Edges, incident.FlowEdge{From: "d", To: "a"}, incident.FlowEdge{From: "a", To: "a"}, incident.FlowEdge{From: "x", To: "a"})
	checkPage(t, graphSVG(f))
}

func TestScriptIsShort(t *testing.T) {
	if n := strings.Count(htmlScript, "\n"); n > 150 {
		t.Errorf("%d lines of script, want at most 150", n)
	}
	for _, word := range []string{"innerHTML", "eval(", "fetch(", "XMLHttpRequest", "import(", "document.write"} {
		if strings.Contains(htmlScript, word) {
			t.Errorf("the script uses %s", word)
		}
	}
}
