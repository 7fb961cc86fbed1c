package ingest

import (
	"bytes"
	"strings"

	"logwhy/internal/logentry"
)

// foldBytes is how much text of lines without a time may belong to one entry.
// LogEntry itself is limited to 256 KiB.
const foldBytes = 256 << 10

// A textForm is what sniffing learned about log lines.
type textForm struct {
	prefixed bool // times stand behind a prefix rather than at the start
	year     int  // for times without one; 0 when unknown
	json     bool // lines may be JSON
	records  bool // lines are JSON as a rule: one that looks like it and is not is skipped
}

// timeOf finds the time that begins a log line.
func (f textForm) timeOf(line string) (lineTime, bool) {
	if t, ok := lineTimeAt(line, f.year); ok {
		return t, true
	}
	if f.prefixed {
		return linePrefixTime(line)
	}
	return lineTime{}, false
}

// textSplitter cuts plain log lines. A line with a time begins an entry, and
// those without one are folded onto it. Before any time each line is an entry
// of its own, but for the further lines of a stack trace.
type textSplitter struct {
	form textForm
}

// A textRecord is the entry that a textSplitter is in.
type textRecord struct {
	start, end int  // end is behind its last line that is not blank
	timed      bool // it began with a time
	whole      bool // only parts of the same line may follow
	more       bool // its last line is one part of a longer one
	trace      bool // a Python traceback whose exception line is still to come
}

func (s *textSplitter) split(data []byte, eof bool, c *chunk) int {
	return splitLines(data, eof, c, s.line)
}

// splitLines hands the lines of data, without their line breaks, to take, which
// starts, continues and closes the record that they belong to. It returns how
// much of data is done with; the last record is, only if nothing follows.
func splitLines(data []byte, eof bool, c *chunk, take func(data []byte, i, end int, rec *textRecord, c *chunk)) int {
	rec := textRecord{start: -1}
	i := 0
	for i < len(data) {
		nl := lineBreak(data, i)
		if nl == len(data) && !eof {
			break
		}
		take(data, i, nl, &rec, c)
		i = min(nl+1, len(data))
	}
	if rec.start >= 0 && !eof && len(data)-rec.start <= foldBytes {
		return rec.start
	}
	// The record is whole: nothing follows, or only what would make it too long.
	rec.close(c)
	return i
}

// line takes data[i:end], without its line break.
func (s *textSplitter) line(data []byte, i, end int, rec *textRecord, c *chunk) {
	if n := leadingNUL(data[i:end]); n > 0 {
		rec.close(c)
		c.add(i, i+n, spanNUL)
		i += n
	}
	line := bytes.TrimRight(data[i:end], " \t\r")
	if len(line) == 0 {
		return
	}
	end = i + len(line)
	if p := dockerPart(line); p != partNone {
		s.begin(i, end, p, textRecord{whole: true}, rec, c)
		return
	}
	if s.form.json && line[0] == '{' && (s.form.records && len(line) > 1 && line[1] == '"' || isRecordLine(line)) {
		rec.close(c)
		c.add(i, end, spanRecord)
		return
	}
	t, timed := s.form.timeOf(borrow(line))
	p := partNone
	if timed {
		p = criPart(line[t.end:])
	}
	if rec.start >= 0 && !timed && rec.fits(end) && rec.folds(line) {
		rec.end = end
		return
	}
	s.begin(i, end, p, textRecord{timed: timed, trace: bytes.HasPrefix(line, traceback)}, rec, c)
}

// begin begins the entry next, unless the line is a part of the entry rec.
func (s *textSplitter) begin(i, end int, p part, next textRecord, rec *textRecord, c *chunk) {
	if rec.start >= 0 && rec.more && p != partNone && rec.fits(end) {
		rec.end, rec.more = end, p == partMore
		return
	}
	rec.close(c)
	next.start, next.end, next.more = i, end, p == partMore
	*rec = next
}

// fits says whether the entry may go on up to end.
func (r *textRecord) fits(end int) bool { return end-r.start <= foldBytes }

func (r *textRecord) close(c *chunk) {
	if r.start >= 0 {
		c.add(r.start, r.end, spanText)
	}
	r.start = -1
}

var traceback = []byte("Traceback (most recent call last)")

// folds says whether a line without a time belongs to the entry.
func (r *textRecord) folds(line []byte) bool {
	if r.whole {
		return false
	}
	if r.timed || line[0] == ' ' || line[0] == '\t' {
		return true
	}
	if r.trace {
		r.trace = false
		return true
	}
	for _, p := range [...]string{"Caused by: ", "... ", "}", ")", "]", "^"} {
		if bytes.HasPrefix(line, []byte(p)) {
			return true
		}
	}
	return false
}

// isRecordLine says whether a line is one JSON object that a logger may have
// written.
func isRecordLine(line []byte) bool {
	if line[len(line)-1] != '}' {
		return false
	}
	end, how := valueEnd(line, 0)
	return how == scanWhole && end == len(line) && likeness(line) != likeNothing
}

func leadingNUL(b []byte) int {
	n := 0
	for n < len(b) && b[n] == 0 {
		n++
	}
	return n
}

func (s *textSplitter) resync(data []byte) (int, bool) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, true
	}
	return len(data), false
}

func (s *textSplitter) end(*chunk) {}

// textConverter turns log lines into entries with a text payload.
type textConverter struct {
	form textForm
	text []byte
}

func (v *textConverter) convert(dst, rec []byte, _ span) ([]byte, error) {
	if line, _, _ := bytes.Cut(rec, newline); dockerPart(bytes.TrimRight(line, " \t\r")) != partNone {
		return v.appendDocker(dst, rec), nil
	}
	t, ok := v.form.timeOf(borrow(rec))
	dst = append(dst, '{')
	if !ok {
		return append(appendText(appendKey(dst, "textPayload"), rec), '}'), nil
	}
	dst = appendTime(dst, t.at)
	rest := rec[t.end:]
	switch severity, text, col := columns(rest); {
	case t.start == 0 && criPart(rest) != partNone:
		dst = v.appendCRI(dst, rec, t)
	case t.start == 0 && t.zoned && isFunctionLine(rest):
		dst = appendFunctionLine(dst, rest)
	case t.start == 0 && t.zoned && t.digits >= 7 && len(severity) == 0 && bytes.HasPrefix(rest, []byte(" ")):
		// Such a time is put there by a container runtime, not by the logger, and
		// one space behind it.
		dst = appendPayload(dst, rest[1:])
	case t.start == 0 && t.zoned && col:
		dst = appendMember(dst, "severity", severity)
		dst = appendPayload(dst, text)
	case t.start == 0 && t.end == len("2006-01-02 15:04:05") && rec[4] == '-' && rec[10] == ' ' && bytes.HasPrefix(rest, []byte(" ")):
		// gcloud run services logs read puts a time in whole seconds and one
		// space before each line.
		dst = appendPayload(dst, rest[1:])
	default:
		dst = appendText(appendKey(dst, "textPayload"), rec)
	}
	return append(dst, '}'), nil
}

// columns reads what stands behind the time in lines that gcloud prints with
// --format=value(…) or table(…): a tab or two spaces, the severity or nothing,
// again a gap, and the text. ok is false for other lines.
func columns(rest []byte) (severity, text []byte, ok bool) {
	if len(rest) == 0 {
		return nil, nil, true // a row without a text
	}
	gap := gapAt(rest)
	if gap == 0 {
		return nil, nil, false
	}
	text = rest[gap:]
	n := 0
	for n < len(text) && text[n] >= 'A' && text[n] <= 'Z' {
		n++
	}
	if gap = gapAt(text[n:]); n > 0 && (gap > 0 || n == len(text)) && isSeverity(borrow(text[:n])) {
		return text[:n], text[n+gap:], true
	}
	// The tab behind an empty severity is no part of the text.
	return nil, bytes.TrimPrefix(text, []byte("\t")), true
}

// gapAt returns the length of the gap between columns at the start of s, 0
// when there is none.
func gapAt(s []byte) int {
	if len(s) > 0 && s[0] == '\t' {
		return 1
	}
	n := 0
	for n < len(s) && s[n] == ' ' {
		n++
	}
	if n < 2 {
		return 0
	}
	return n
}

// isSeverity says whether s is the name of a LogSeverity.
func isSeverity(s string) bool {
	sev, ok := logentry.ParseSeverity(s)
	return ok && sev.String() == s
}

// claimText recognises log lines. It asks for few: a text that begins with a
// time, or in which one line of fifty has one, or whose lines have levels.
func claimText(h head) *layout {
	st := surveyLines(h)
	switch {
	case st.lines == 0 || st.binary:
		return nil
	case st.json > 0, st.first, (st.timed+st.prefixed)*50 >= st.lines:
	case st.traces > 0, st.levels*10 >= st.lines:
	default:
		return nil
	}
	form := textForm{prefixed: st.prefixed > st.timed, year: h.year, json: true}
	if form.year == 0 {
		form.year = st.year
	}
	return textLayout("text", form)
}

func textLayout(format string, form textForm) *layout {
	return &layout{
		format:       format,
		lossy:        !form.records,
		tailed:       true,
		salvage:      salvageObjects,
		newSplitter:  func() splitter { return &textSplitter{form: form} },
		newConverter: func() converter { return &textConverter{form: form} },
	}
}

// A survey counts what the lines of a text look like.
type survey struct {
	lines    int // that are not blank
	timed    int
	prefixed int
	json     int
	levels   int
	traces   int
	year     int  // of the first line that tells one
	first    bool // the first line has a time
	binary   bool
}

func surveyLines(h head) survey {
	var s survey
	if bytes.Count(h.text, nul)*4 > len(h.text) || !mostlyUTF8(h.text) {
		s.binary = true
		return s
	}
	for line := range bytes.SplitSeq(h.text, newline) {
		if line = bytes.TrimRight(line, " \t\r"); len(bytes.TrimLeft(line, "\x00")) > 0 {
			s.line(strings.TrimLeft(string(line[:min(len(line), 2048)]), "\x00"), line)
		}
	}
	return s
}

func (s *survey) line(text string, whole []byte) {
	s.lines++
	t, ok := lineTimeAt(text, 0)
	if ok {
		s.timed++
	} else if t, ok = linePrefixTime(text); ok {
		s.prefixed++
	}
	switch {
	case ok:
		if s.year == 0 && t.at.Known() {
			s.year = t.at.Time().Year()
		}
		s.first = s.first || s.lines == 1
	case text[0] == '{' && isRecordLine(whole):
		s.json++
	case strings.HasPrefix(text, string(traceback)):
		s.traces++
	default:
		if _, ok := levelInText(text); ok {
			s.levels++
		}
	}
}
