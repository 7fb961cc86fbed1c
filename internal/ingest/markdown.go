package ingest

import (
	"bytes"
	"strings"
)

// claimMarkdown recognises a document, such as a postmortem or a ticket, that
// quotes log lines: in fenced blocks, in list items and quotations, and between
// backticks. Its prose is no log, even where it begins with a time.
func claimMarkdown(h head) *layout {
	if !looksMarkdown(h) {
		return nil
	}
	form := textForm{year: h.year}
	if form.year == 0 {
		form.year = surveyLines(h).year
	}
	var c chunk
	(&markdownSplitter{form: form}).split(h.text, true, &c)
	if len(c.spans) == 0 && h.whole {
		return nil
	}
	onlyJSON := len(c.spans) > 0
	for _, s := range c.spans {
		onlyJSON = onlyJSON && s.kind == spanRecord
	}
	return &layout{
		format:       "markdown",
		lossy:        !onlyJSON,
		search:       true,
		newSplitter:  func() splitter { return &markdownSplitter{form: form} },
		newConverter: func() converter { return &textConverter{form: form} },
	}
}

// looksMarkdown says whether the text has headings or fences, and few lines
// outside of fences begin with a time.
func looksMarkdown(h head) bool {
	if bytes.Count(h.text, nul) > 0 {
		return false
	}
	var marks, timed, lines int
	var f fence
	for line := range bytes.SplitSeq(h.text, newline) {
		if f.line(line) {
			marks++
			continue
		}
		line = bytes.TrimRight(line, " \t\r")
		if f.open() || len(line) == 0 {
			continue
		}
		lines++
		if isHeadline(line) {
			marks++
		} else if _, ok := lineTimeAt(borrow(line), 0); ok {
			timed++
		}
	}
	return marks > 0 && timed*2 < lines+marks
}

// isHeadline says whether a line is a heading of Markdown.
func isHeadline(line []byte) bool {
	n := len(line) - len(bytes.TrimLeft(line, "#"))
	return n >= 1 && n <= 6 && len(line) > n && line[n] == ' '
}

// A fence tracks fenced blocks, ``` or ~~~.
type fence struct {
	mark   byte
	length int
	info   string // the word behind the opening fence
}

func (f *fence) open() bool { return f.length > 0 }

// line takes the next line and says whether it opens or closes a block.
func (f *fence) line(line []byte) bool {
	t := bytes.TrimLeft(line, " \t>")
	t = bytes.TrimRight(t, " \t\r")
	if len(t) < 3 || t[0] != '`' && t[0] != '~' {
		return false
	}
	n := 0
	for n < len(t) && t[n] == t[0] {
		n++
	}
	switch rest := strings.TrimSpace(string(t[n:])); {
	case n < 3:
		return false
	case f.length == 0:
		if t[0] == '`' && strings.IndexByte(rest, '`') >= 0 {
			return false // a code span
		}
		*f = fence{t[0], n, strings.ToLower(rest)}
	case t[0] != f.mark || n < f.length || rest != "":
		return false
	default:
		*f = fence{}
	}
	return true
}

// markdownSplitter finds the log lines that a document quotes. It looks at the
// whole document at once: documents are small, and a line means something else
// inside of a block.
type markdownSplitter struct {
	form textForm
	told map[string]bool // code spans without a time that were taken already
}

func (s *markdownSplitter) split(data []byte, eof bool, c *chunk) int {
	if !eof {
		return 0
	}
	s.told = map[string]bool{}
	var f fence
	block := 0
	for i := 0; i < len(data); {
		end := lineBreak(data, i)
		line := data[i:end]
		was := f.open()
		switch changed := f.line(line); {
		case changed && was:
			s.block(data, block, i, c)
		case changed:
			block = min(end+1, len(data))
		case !was:
			s.prose(data, i, end, c)
		}
		i = end + 1
	}
	if f.open() {
		s.block(data, block, len(data), c)
	}
	return len(data)
}

// block reads a fenced block: JSON entries, or lines that begin with a time
// and what follows them.
func (s *markdownSplitter) block(data []byte, from, to int, c *chunk) {
	if i := skipSpace(data[:to], from); i < to && (data[i] == '{' || data[i] == '[') {
		n := len(c.spans)
		w := walker{search: true, prose: true}
		var inner chunk
		w.split(data[from:to], true, &inner)
		for _, r := range inner.spans {
			if r.kind == spanRecord {
				c.add(from+r.start, from+r.end, spanRecord)
			}
		}
		if len(c.spans) > n {
			return
		}
	}
	s.lines(data, from, to, c)
}

func (s *markdownSplitter) lines(data []byte, from, to int, c *chunk) {
	rec := textRecord{start: -1}
	for i := from; i < to; {
		nl := lineBreak(data[:to], i)
		line := bytes.TrimRight(data[i:nl], " \t\r")
		lead := len(line) - len(bytes.TrimLeft(line, " \t>"))
		switch _, timed := s.form.timeOf(borrow(line[lead:])); {
		case timed:
			rec.close(c)
			rec = textRecord{start: i + lead, end: i + len(line), timed: true}
		case isEllipsis(line):
			rec.close(c)
		case rec.start >= 0:
			rec.end = i + len(line)
		}
		i = nl + 1
	}
	rec.close(c)
}

// isEllipsis says whether a line is empty or stands for lines left out.
func isEllipsis(line []byte) bool { return len(bytes.Trim(line, " \t.…[]>")) == 0 }

// prose reads one line outside of blocks: list items and quotations that begin
// with a time, and code spans that look like log lines.
func (s *markdownSplitter) prose(data []byte, i, end int, c *chunk) {
	line := bytes.TrimRight(data[i:end], " \t\r")
	if lead := itemMark(line); lead > 0 && lead < len(line) {
		if _, ok := s.form.timeOf(borrow(line[lead:])); ok {
			c.add(i+lead, i+len(line), spanText)
			return
		}
	}
	for at := 0; ; {
		open := bytes.IndexByte(line[at:], '`')
		if open < 0 {
			return
		}
		open += at
		n := 1
		for open+n < len(line) && line[open+n] == '`' {
			n++
		}
		length := bytes.Index(line[open+n:], line[open:open+n])
		if length < 0 {
			return
		}
		s.code(data, i+open+n, i+open+n+length, c)
		at = open + n + length + n
	}
}

// itemMark returns where the text of a list item or quotation begins, 0 for
// other lines.
func itemMark(line []byte) int {
	i := len(line) - len(bytes.TrimLeft(line, " \t"))
	switch {
	case i == len(line):
		return 0
	case bytes.IndexByte([]byte("-*+>"), line[i]) >= 0 && i+1 < len(line) && line[i+1] == ' ':
		i += 2
	default:
		n := digits(line[i:])
		if n == 0 || n > 3 || i+n+1 >= len(line) || line[i+n] != '.' && line[i+n] != ')' || line[i+n+1] != ' ' {
			return 0
		}
		i += n + 2
	}
	return len(line) - len(bytes.TrimLeft(line[i:], " \t"))
}

// code takes a code span if it is a log line: it begins with a time, or it is
// a sentence with a level before it or an error in it.
func (s *markdownSplitter) code(data []byte, from, to int, c *chunk) {
	text := bytes.TrimSpace(data[from:to])
	if len(text) == 0 {
		return
	}
	from += bytes.Index(data[from:to], text)
	if _, ok := s.form.timeOf(borrow(text)); !ok {
		if !quotesLog(string(text)) || s.told[string(text)] {
			return
		}
		s.told[string(text)] = true
	}
	c.add(from, from+len(text), spanText)
}

// quotesLog says whether a code span without a time is a line of a log rather
// than code.
func quotesLog(text string) bool {
	if len(strings.Fields(text)) < 3 || strings.ContainsAny(text, "{}") || strings.Contains(text, " = ") || strings.Contains(text, "=>") {
		return false
	}
	if _, ok := levelInText(text); ok {
		return true
	}
	lower := strings.ToLower(text)
	for _, word := range [...]string{"error: ", "exception: ", "failed: ", "failure: ", "fatal: ", "panic: "} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

func (s *markdownSplitter) resync(data []byte) (int, bool) { return len(data), false }

func (s *markdownSplitter) end(*chunk) {}
