package lql

import (
	"strings"

	"logwhy/internal/logentry"
)

// SEARCH finds whole tokens. A text is divided as BigQuery's LOG_ANALYZER
// divides it, https://cloud.google.com/bigquery/docs/reference/standard-sql/text-analysis:
// at white space and most punctuation, and at some characters that are escaped
// for URLs. Case does not count.

// isDelimiter reports whether c divides tokens. Letters beyond ASCII do not.
func isDelimiter(c byte) bool {
	if c <= ' ' {
		return true
	}
	return strings.IndexByte("[]<>(){}|!;,'\"*&?+/:=@.-$%\\_", c) >= 0
}

// urlEscapes divide tokens as a whole.
var urlEscapes = []string{"%2526", "%2520", "%21", "%26", "%3B", "%3b", "%7C", "%7c", "%20", "%2B", "%2b", "%3D", "%3d",
	"%5D", "%5d", "%5B", "%5b", "%3A", "%3a", "%0A", "%0a", "%2C", "%2c", "%28", "%29"}

// delimiter returns the length of what divides tokens at the start of s, 0 when
// a token goes on.
func delimiter(s string) int {
	if s[0] == '%' {
		for _, e := range urlEscapes {
			if strings.HasPrefix(s, e) {
				return len(e)
			}
		}
	}
	if isDelimiter(s[0]) {
		return 1
	}
	return 0
}

// nextToken returns the token at or behind s[i:] and where it ends; "" when
// there is none.
func nextToken(s string, i int) (token string, end int) {
	for i < len(s) {
		n := delimiter(s[i:])
		if n == 0 {
			break
		}
		i += n
	}
	start := i
	for i < len(s) && delimiter(s[i:]) == 0 {
		i++
	}
	return s[start:i], i
}

// A query is what SEARCH looks for: tokens, and phrases in backticks, each of
// which must stand between delimiters.
type query struct {
	tokens, phrases []string // normalised
}

func parseQuery(s string) query {
	var q query
	for s != "" {
		before, rest, quoted := strings.Cut(s, "`")
		for token, i := nextToken(before, 0); token != ""; token, i = nextToken(before, i) {
			q.tokens = append(q.tokens, normalise(token))
		}
		if !quoted {
			break
		}
		phrase, after, _ := strings.Cut(rest, "`")
		if phrase != "" {
			q.phrases = append(q.phrases, normalise(phrase))
		}
		s = after
	}
	return q
}

func (q query) isEmpty() bool { return len(q.tokens)+len(q.phrases) == 0 }

// hasToken reports whether token is one of those of s.
func hasToken(s, token string) bool {
	if !isASCII(s) {
		s = normalise(s)
	}
	if len(s) < len(token) {
		return false
	}
	for t, i := nextToken(s, 0); t != ""; t, i = nextToken(s, i) {
		if equalFold(t, token) {
			return true
		}
	}
	return false
}

// hasPhrase reports whether s contains phrase between delimiters.
func hasPhrase(s, phrase string) bool {
	if !isASCII(s) {
		s = normalise(s)
	}
	for from := 0; ; {
		i := indexFold(s[from:], phrase)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(phrase)
		if (start == 0 || isDelimiter(s[start-1])) && (end == len(s) || isDelimiter(s[end])) {
			return true
		}
		from = start + 1
	}
}

// tokenTest asks of texts whether they hold a token or a phrase.
type tokenTest struct {
	want   string
	phrase bool
}

func (t *tokenTest) leaf(v logentry.Value) bool {
	switch v.Kind() {
	case logentry.ValueString:
		return t.test(v.Text())
	case logentry.ValueObject:
		return anyLeaf(v, t, maxDepth)
	}
	return false
}

func (t *tokenTest) test(s string) bool {
	if t.phrase {
		return hasPhrase(s, t.want)
	}
	return hasToken(s, t.want)
}

// searchNode looks for every token, in one field or in any of them.
type searchNode struct {
	of    operand // nil for all fields
	tests []*tokenTest
}

func (n *searchNode) match(e *logentry.Entry) bool {
	for _, t := range n.tests {
		if !n.has(e, t) {
			return false
		}
	}
	return true
}

func (n *searchNode) has(e *logentry.Entry, t *tokenTest) bool {
	switch f, ok := n.of.(fieldOperand); {
	case n.of == nil:
		return (len(e.Raw) == 0 || !lacks(e.Raw, t.want)) && anyField(e, t)
	case ok && f.property.text != nil:
		return t.test(f.property.text(e))
	case ok && f.kind >= kindStruct && f.kind != kindGroups:
		return f.raw.any(e, t)
	case ok && f.kind == kindLabels && f.whole:
		return f.raw.any(e, t)
	}
	return n.of.texts(e, t.test)
}

// search compiles SEARCH.
func (c *compiler) search(call *Call) node {
	n := &searchNode{}
	last := call.Args[len(call.Args)-1]
	if len(call.Args) == 2 {
		of, ok := c.operand(call.Args[0])
		if !ok {
			return everything{}
		}
		n.of = of
	}
	q := parseQuery(textOf(last))
	if q.isEmpty() {
		c.fault(last, "value", "there is no word to search for", "Write "+functions["search"].usage)
		return everything{}
	}
	for _, t := range q.tokens {
		n.tests = append(n.tests, &tokenTest{want: t})
	}
	for _, p := range q.phrases {
		n.tests = append(n.tests, &tokenTest{want: p, phrase: true})
	}
	return n
}
