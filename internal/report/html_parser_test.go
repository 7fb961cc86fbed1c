package report

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// htmlElements are the elements that a browser makes of a page, in order, with
// what is text to it.
func htmlElements(t testing.TB, source string) (tree []string, text string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		switch n.Type {
		case html.ElementNode:
			tree = append(tree, n.Data)
			checkLinks(t, n)
		case html.TextNode:
			b.WriteString(n.Data)
		case html.CommentNode, html.RawNode:
			t.Fatalf("a comment: %q", n.Data)
		}
	}
	return tree, b.String()
}

// checkLinks: nothing runs, nothing is loaded, and links lead to the page
// itself or, in a new window, to https.
func checkLinks(t testing.TB, n *html.Node) {
	t.Helper()
	for _, a := range n.Attr {
		switch {
		case strings.HasPrefix(a.Key, "on") || slices.Contains([]string{"src", "srcset", "style", "action", "formaction", "data", "srcdoc", "ping", "background"}, a.Key):
			t.Fatalf("<%s %s=%q>", n.Data, a.Key, a.Val)
		case a.Key == "href" && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "https://"):
			t.Fatalf("<%s> leads to %q", n.Data, a.Val)
		case a.Key == "xlink:href" || a.Namespace == "xlink":
			t.Fatalf("<%s> refers to %q", n.Data, a.Val)
		}
	}
}

// checkBrowser: the strict reader of the tests and a browser's parser, which
// forgives, must see the same elements.
func checkBrowser(t testing.TB, source string, strict []string) {
	t.Helper()
	seen, _ := htmlElements(t, source)
	if !slices.Contains(strict, "html") {
		return // a part of a page
	}
	for i := range min(len(seen), len(strict)) {
		if seen[i] != strict[i] {
			t.Fatalf("a browser makes <%s> of element %d, <%s>", seen[i], i, strict[i])
		}
	}
	if len(seen) != len(strict) {
		t.Fatalf("a browser makes %d elements of %d", len(seen), len(strict))
	}
}
