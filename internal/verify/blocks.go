package verify

import (
	"regexp"
	"strings"
)

// A block is a piece of a document that stands for itself: a paragraph, an
// item, a heading, a row of a table, or a line of a fence.
type block struct {
	kind     blockKind
	text     string // on one line
	lines    []mark // where its parts stand in the document
	info     string // of a fence: its language
	intro    string // of a fence: the block before it
	headings string // of the sections it stands in, in lower case
	header   []string
	first    bool // of a fence: its first line
}

type mark struct{ offset, line int }

type blockKind uint8

const (
	paragraph blockKind = iota
	heading
	row
	fenced
)

// line returns the line of the document that holds the byte at offset.
func (b *block) line(offset int) int {
	n := b.lines[0].line
	for _, m := range b.lines {
		if m.offset > offset {
			break
		}
		n = m.line
	}
	return n
}

var (
	fenceRE   = regexp.MustCompile("^ {0,12}(?:[-*+>] +)?(`{3,}|~{3,})\\s*([\\w+-]*)")
	headingRE = regexp.MustCompile(`^ {0,3}(#{1,6})\s+(.*)`)
	itemRE    = regexp.MustCompile(`^\s*(?:[-*+]|\d{1,4}[.)])\s+`)
	quoteRE   = regexp.MustCompile(`^\s*(?:>\s?)+`)
	ruleRE    = regexp.MustCompile(`^\s*\|?[\s|:-]+\|?\s*$`)
)

// maxLine is how much of a line, or of a paragraph, is read.
const maxLine = 16 << 10

// splitter cuts the lines of a document into blocks.
type splitter struct {
	out      []block
	open     *block
	headings [7]string
	fence    string
	info     string
	intro    string
	inFence  bool
	started  bool
	header   []string
	prevRow  string
}

// blocks cuts Markdown into blocks. It is no full parser: what it takes for a
// paragraph is only read for claims, never rendered.
func blocks(text string) []block {
	s := &splitter{}
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line = strings.TrimSuffix(line, "\r")
		if len(line) > maxLine {
			line = strings.ToValidUTF8(line[:maxLine], "")
		}
		s.add(line, n)
	}
	s.close()
	return s.out
}

func (s *splitter) add(line string, n int) {
	if s.inFence {
		s.fenceLine(line, n)
		return
	}
	if m := fenceRE.FindStringSubmatch(line); m != nil {
		s.close()
		s.inFence, s.started, s.fence, s.info, s.intro = true, false, m[1], strings.ToLower(m[2]), s.lastText()
		return
	}
	line = quoteRE.ReplaceAllString(line, "")
	trimmed := strings.TrimSpace(line)
	if trimmed == "" {
		s.close()
		s.header = nil
		return
	}
	if m := headingRE.FindStringSubmatch(line); m != nil {
		s.close()
		s.under(len(m[1]), m[2])
		s.emit(heading, m[2], n)
		return
	}
	if strings.HasPrefix(trimmed, "|") {
		s.close()
		s.tableLine(trimmed, n)
		return
	}
	if itemRE.MatchString(line) || quotedLine(trimmed) {
		s.close()
	}
	s.extend(trimmed, n)
	if strings.HasSuffix(line, "  ") || quotedLine(trimmed) {
		s.close()
	}
}

func (s *splitter) under(level int, title string) {
	s.headings[level] = strings.ToLower(title)
	for i := level + 1; i < len(s.headings); i++ {
		s.headings[i] = ""
	}
}

func (s *splitter) fenceLine(line string, n int) {
	t := strings.TrimSpace(quoteRE.ReplaceAllString(line, ""))
	if strings.HasPrefix(t, s.fence) && strings.Trim(t, s.fence[:1]) == "" {
		s.inFence = false
		return
	}
	if t == "" {
		return
	}
	s.emit(fenced, t, n)
	b := &s.out[len(s.out)-1]
	b.info, b.intro, b.first = s.info, s.intro, !s.started
	s.started = true
}

func (s *splitter) tableLine(line string, n int) {
	switch {
	case ruleRE.MatchString(line):
		s.header = cells(s.prevRow)
		if k := len(s.out); k > 0 && s.out[k-1].kind == row && s.prevRow != "" {
			s.out = s.out[:k-1] // the header is no row
		}
	default:
		s.emit(row, line, n)
		s.out[len(s.out)-1].header = s.header
	}
	s.prevRow = line
}

// extend adds a line to the open paragraph; a very long one is cut, as nothing
// that belongs together stands so far apart.
func (s *splitter) extend(line string, n int) {
	if s.open != nil && len(s.open.text) > maxLine {
		s.close()
	}
	if s.open == nil {
		s.open = &block{kind: paragraph}
	} else {
		s.open.text += " "
	}
	s.open.lines = append(s.open.lines, mark{len(s.open.text), n})
	s.open.text += line
}

func (s *splitter) emit(kind blockKind, text string, n int) {
	s.out = append(s.out, block{kind: kind, text: text, lines: []mark{{0, n}}, headings: strings.Join(s.headings[:], " ")})
}

func (s *splitter) close() {
	if s.open == nil {
		return
	}
	s.open.headings = strings.Join(s.headings[:], " ")
	s.out = append(s.out, *s.open)
	s.open = nil
}

func (s *splitter) lastText() string {
	if len(s.out) == 0 || s.out[len(s.out)-1].kind == fenced {
		return ""
	}
	return s.out[len(s.out)-1].text
}

// cells cuts a row of a table at its pipes; \| and pipes in code stay.
func cells(line string) []string {
	line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
	var out []string
	start := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			out = append(out, strings.TrimSpace(line[start:i]))
			start = i + 1
		}
	}
	return append(out, strings.TrimSpace(line[start:]))
}

// A span is code, or text between double quotes, inside a block.
type span struct {
	start, end int // with its marks
	text       string
	code       bool
}

// spans returns the code and quoted texts of s, and s with them and with the
// targets of links blanked, so that offsets stay.
func spans(s string) ([]span, string) {
	masked := []byte(s)
	var out []span
	open := map[int]bool{} // lengths of fences that nothing closes any more
	for i := 0; i < len(s); {
		var sp span
		switch {
		case s[i] == '`':
			sp = codeSpan(s, i, open)
		case s[i] == '"' || strings.HasPrefix(s[i:], "“"):
			sp = quotedSpan(s, i)
		case s[i] == '(' && i > 0 && s[i-1] == ']':
			if j := strings.IndexByte(s[i:], ')'); j > 0 {
				sp = span{start: i, end: i + j + 1}
			}
		case strings.HasPrefix(s[i:], "http://") || strings.HasPrefix(s[i:], "https://"):
			j := strings.IndexAny(s[i:], " )>")
			if j < 0 {
				j = len(s) - i
			}
			sp = span{start: i, end: i + j}
		}
		if sp.end <= i {
			i++
			continue
		}
		if sp.text != "" {
			out = append(out, sp)
		}
		for k := sp.start; k < sp.end; k++ {
			masked[k] = ' '
		}
		i = sp.end
	}
	return out, string(masked)
}

// codeSpan reads the code that begins at i. What it learns of fences that are
// never closed goes to open, so that many of them cost no more than one.
func codeSpan(s string, i int, open map[int]bool) span {
	n := 1
	for i+n < len(s) && s[i+n] == '`' {
		n++
	}
	for j := i + n; j < len(s) && !open[n]; {
		k := strings.IndexByte(s[j:], '`')
		if k < 0 {
			break
		}
		j += k
		run := 1
		for j+run < len(s) && s[j+run] == '`' {
			run++
		}
		if run == n {
			return span{i, j + n, strings.ReplaceAll(strings.TrimSpace(s[i+n:j]), `\|`, "|"), true}
		}
		j += run
	}
	open[n] = true
	return span{start: i, end: i + n} // an unpaired fence is text
}

func quotedSpan(s string, i int) span {
	mark, size := `"`, 1
	if s[i] != '"' {
		mark, size = "”", len("“")
	} else if i > 0 && !strings.ContainsRune(" (*_[:", rune(s[i-1])) {
		return span{} // it closes something, or is an inch
	}
	j := strings.Index(s[i+size:], mark)
	if j < 0 || j > 1000 {
		return span{}
	}
	return span{i, i + size + j + len(mark), strings.TrimSpace(s[i+size : i+size+j]), false}
}
