package verify

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"logwhy/internal/incident"
)

// Limits of a document. What is longer is no report that a person reads; that
// something was left out is said.
const (
	maxDocument = 8 << 20  // bytes of Markdown
	maxAnalysis = 64 << 20 // bytes of a stored analysis
	maxClaims   = 5000     // of Markdown
)

// Document is a report that was read.
type Document struct {
	name     string
	text     string
	analysis *incident.Analysis // of a stored analysis; nil otherwise
	cut      bool               // only its beginning was read
}

// Parse reads a report: Markdown or any text, or the JSON of an analysis.
// Bytes that are no UTF-8 are replaced, as reports travel through many tools.
func Parse(name string, data []byte) *Document {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	d := &Document{name: name}
	if t := bytes.TrimSpace(data); len(t) > 0 && t[0] == '{' && len(t) <= maxAnalysis {
		d.analysis = readAnalysis(t)
	}
	if d.analysis == nil && len(data) > maxDocument {
		data, d.cut = data[:maxDocument], true
	}
	if !utf8.Valid(data) {
		data = bytes.ToValidUTF8(data, []byte("�"))
	}
	d.text = string(data)
	return d
}

// draft collects the claims of one document.
type draft struct {
	d      *Document
	w      *wanted
	out    []*claim
	listed map[string]bool // evidence ids with a definition
	hashes []string        // of inputs, as the report gives them
	source string          // the only input of the report, for "line 12"
	days   []string
}

func (d *Document) claims(w *wanted) []*claim {
	x := &draft{d: d, w: w, listed: map[string]bool{}}
	if d.analysis != nil {
		x.stored(d.analysis)
		return x.out
	}
	bs := blocks(d.text)
	x.prepare(bs)
	for i := range bs {
		if len(x.out) >= maxClaims {
			x.skip(&bs[i], 0, KindQuote, bs[i].text, "too many claims: nothing is read from here on")
			break
		}
		x.block(&bs[i])
	}
	if d.cut {
		x.skip(&block{lines: []mark{{0, strings.Count(d.text, "\n") + 1}}}, 0, KindQuote, "…", "too long: nothing is read from here on")
	}
	slices.SortStableFunc(x.out, func(a, b *claim) int { return a.Line - b.Line })
	return x.out
}

// claim adds a claim that stands at offset of b.
func (x *draft) claim(b *block, offset int, kind, text string, ask func(*facts) answer) *claim {
	c := &claim{Claim: Claim{File: x.d.name, Line: b.line(offset), Kind: kind, Text: text}, text: -1, ask: ask}
	x.out = append(x.out, c)
	return c
}

func (x *draft) skip(b *block, offset int, kind, text, why string) {
	x.claim(b, offset, kind, text, func(*facts) answer { return unchecked("%s", why) })
}

var (
	planRE   = regexp.MustCompile(`(?i)\b(?:target|plan|should|expected?|will|verify|monitor|prevent\w*|ensure|alert (?:for|on)|drops? below|goal|metrics?|would|must|until fixed|check that|cannot|can't)\b`)
	aheadRE  = regexp.MustCompile(`(?i)\b(?:plan|fix|prevention|metrics|validation|recommend\w*|next steps?|action items?|actions|deployment|checklist|follow-?ups?|remed\w+|mitigation)\b`)
	ruleRef  = regexp.MustCompile("\\(rule `")
	notSeen  = regexp.MustCompile(`(?i)not observed|is in no entry|no entry shows`)
	logWords = map[string]bool{"": true, "text": true, "txt": true, "log": true, "logs": true, "console": true, "output": true, "plain": true, "plaintext": true}
)

// ahead says whether b speaks of what is to come, not of what was.
func ahead(b *block) bool { return planRE.MatchString(b.text) || aheadRE.MatchString(b.headings) }

func (x *draft) block(b *block) {
	switch b.kind {
	case fenced:
		x.fenceLine(b)
		return
	case row:
		x.row(b)
		return
	}
	if definitionRE.MatchString(b.text) {
		return // read by prepare
	}
	if x.howMade(b) {
		return
	}
	ss, masked := spans(b.text)
	if x.quoteLine(b) {
		return
	}
	x.citations(b, masked)
	if citedQuote.MatchString(b.text) {
		return // read with the fence that follows
	}
	x.spans(b, ss, masked, nil)
	x.times(b, masked)
	x.counts(b, ss, masked)
	x.rates(b, ss, masked)
	x.absences(b, masked)
}

// quoteLine reads a paragraph that is nothing but a quoted log line.
func (x *draft) quoteLine(b *block) bool {
	t := strings.TrimSpace(itemRE.ReplaceAllString(b.text, ""))
	if !quotedLine(t) || len(strings.Fields(t)) < 4 || strings.HasPrefix(t, "**") {
		return false
	}
	q := splitQuote(strings.Trim(t, "`"))
	if q.level == "" && !logLike(q.text) {
		return false // "2025-09-08 04:05:00 we rolled back"
	}
	x.quote(b, 0, q, false)
	return true
}

// fenceLine reads a line of a fence that may quote logs.
func (x *draft) fenceLine(b *block) {
	if !logWords[b.info] {
		if b.first {
			x.skip(b, 0, KindQuote, b.text, "a block of "+b.info)
		}
		return
	}
	if m := citedQuote.FindStringSubmatch(b.intro); m != nil {
		x.citedLine(b, m)
		return
	}
	q := splitQuote(b.text)
	if !quotable(q.text) || strings.Trim(q.text, "^~-=_ .…") == "" {
		return
	}
	x.quote(b, 0, q, q.at == nil && q.level == "" && !logLike(q.text))
}

// spans reads the code and the quoted texts of a block. at, where the block is
// a row, is its time.
func (x *draft) spans(b *block, ss []span, masked string, at *clock) {
	for _, s := range ss {
		q := splitQuote(s.text)
		if !quotable(q.text) {
			continue
		}
		if r, _, ok := parseRoute(q.text); ok && !strings.HasPrefix(q.text, "HTTP ") {
			x.routeExists(b, s, r)
			continue
		}
		weak := q.at == nil && !logLike(q.text) || ruleRef.MatchString(b.text) || notSeen.MatchString(b.text) ||
			!s.code && ahead(b) || planRE.MatchString(masked[:s.start]) && !s.code
		if q.at == nil && strings.Contains(q.text, " ") {
			q.at = at // a name beside a time may stand for more than one entry
		}
		x.quote(b, s.start, q, weak)
	}
}

func (x *draft) routeExists(b *block, s span, r route) {
	k := x.w.route(r)
	x.claim(b, s.start, KindQuote, s.text, func(f *facts) answer {
		switch {
		case f.routes[k].total.n > 0:
			return supported()
		case f.http.total.n == 0:
			return unchecked("the data hold no requests")
		}
		return unchecked("no request of this kind is in the data")
	})
}
