package stacktrace

import "strings"

// Parse finds the first stack trace in text and reads it. A trace may lack
// its beginning (frames without an exception line before them) or its end
// (frames without the exception that Python prints last); what is missing is
// empty in the result. Where there are no frames, a line that states an
// exception is enough, also behind a message: "import failed: KeyError: 'id'".
//
// A second trace in the same text that is not tied to the first is ignored.
func Parse(text string) (Trace, bool) {
	p := &parser{text: text, ls: splitLines(text)}
	if i, language := p.detect(); i >= 0 {
		if t, ok := p.trace(i, language); ok {
			return t, true
		}
	}
	return p.bare()
}

// parser holds a text while it is read, and what was found so far.
type parser struct {
	text   string
	ls     []line
	chain  []*node // outermost first
	beside []*node
	begin  int // offset in the text where the trace begins
}

// detect finds the first line that only a stack trace has, and its language.
func (p *parser) detect() (at int, language string) {
	for i := range p.ls {
		if lang := p.marker(i); lang != "" {
			return i, lang
		}
	}
	return -1, ""
}

// marker returns the language of a line that belongs to a trace and nothing else.
func (p *parser) marker(i int) string {
	s := p.ls[i].s
	if s == "" {
		return ""
	}
	switch s[0] {
	case 'F':
		if _, ok := pythonFrame(s); ok {
			return "python"
		}
	case 'a':
		if _, lang, ok := atFrame(s); ok {
			return lang
		}
	case '#':
		if _, ok := phpFrame(s); ok {
			return "php"
		}
	case 'g':
		if isGoroutine(s) {
			return "go"
		}
	case 'f':
		if _, ok := rubyFrame(s); ok {
			return "ruby"
		}
	case '-':
		if strings.HasPrefix(s, "---> ") || strings.HasPrefix(s, "--- End of ") {
			return "dotnet"
		}
	case '[':
		if strings.HasPrefix(s, "[cause]: ") || strings.HasPrefix(s, "[errors]: [") {
			return "node"
		}
	}
	return p.rareMarker(i, s)
}

func (p *parser) rareMarker(i int, s string) string {
	switch {
	case strings.HasSuffix(s, "Traceback (most recent call last):"):
		if i+1 < len(p.ls) {
			if _, ok := rubyFrame(p.ls[i+1].s); ok {
				return "ruby"
			}
		}
		return "python"
	case isPythonConnector(s) != RelNone:
		return "python"
	case strings.HasPrefix(s, "Caused by: ") || strings.HasPrefix(s, "Suppressed: ") || strings.HasPrefix(s, "... ") && isMoreFrames(s):
		return "java"
	case s == "Caused by:" || s == "stack backtrace:":
		return "rust"
	case strings.Contains(s, "panicked at "):
		if _, ok := readRustHead(s); ok {
			return "rust"
		}
	case strings.HasSuffix(s, "[stacktrace]") || s == "Stack trace:":
		return "php"
	case strings.Contains(s, "** (") && i+1 < len(p.ls):
		if _, ok := readElixirHead(s); ok {
			return "elixir"
		}
	case strings.Contains(s, "panic: ") || strings.HasPrefix(s, "fatal error: "):
		if _, ok := readGoHead(s); ok {
			return "go"
		}
	}
	if f, ok := rubyFrame(s); ok && f.Line > 0 {
		return "ruby"
	}
	if strings.HasPrefix(s, "in function ") || strings.HasPrefix(s, "(") {
		if _, ok := elixirFrame(s); ok {
			return "elixir"
		}
	}
	if i+1 < len(p.ls) && !strings.HasSuffix(p.ls[i+1].s, ")") {
		if _, _, ok := goFile(p.ls[i+1].s); ok && p.ls[i+1].indent > p.ls[i].indent {
			if _, ok := goFunction(s); ok {
				return "go"
			}
		}
	}
	return ""
}

// trace reads the trace around line i.
func (p *parser) trace(i int, language string) (Trace, bool) {
	p.begin = -1
	recentFirst := true
	switch language {
	case "python":
		recentFirst = false
		p.python(i)
	case "java":
		p.java(i)
	case "node":
		p.node(i)
	case "dotnet":
		p.dotnet(i)
	case "go":
		p.golang(i)
	case "ruby":
		p.ruby(i)
	case "php":
		p.php(i)
	case "rust":
		p.rust(i)
	case "elixir":
		p.elixir(i)
	}
	if len(p.chain) == 0 {
		return Trace{}, false
	}
	return p.finish(language, recentFirst), true
}

// finish turns the nodes into a Trace.
func (p *parser) finish(language string, recentFirst bool) Trace {
	t := Trace{Language: language}
	for i, n := range p.chain {
		e := p.seal(n, recentFirst)
		if i == 0 {
			e.Relation = RelNone
		} else if e.Relation == RelNone {
			e.Relation = RelCause
		}
		t.Chain = append(t.Chain, e)
	}
	t.Chain = append(t.Chain, wrapped(t.Chain[len(t.Chain)-1])...)
	for _, n := range p.beside {
		if len(t.Beside) == 2*keepExceptions {
			break
		}
		t.Beside = append(t.Beside, p.seal(n, recentFirst))
	}
	begin := p.begin
	if begin < 0 {
		begin = t.Chain[0].Start
	}
	t.Prefix = strings.TrimSpace(p.text[:begin])
	return t
}

func (p *parser) seal(n *node, recentFirst bool) Exception {
	n.Frames = n.stack.frames(recentFirst)
	n.Message = cutText(strings.TrimSpace(n.Message), maxMessage)
	if n.msgAt >= 0 && !strings.HasPrefix(p.text[min(n.msgAt, len(p.text)):], n.Message) {
		n.msgAt = -1
	}
	return n.Exception
}

// newNode starts an exception with its line.
func newNode(l line, h head) *node {
	n := &node{indent: l.indent}
	n.Type, n.Message, n.Code = h.typ, h.msg, h.code
	n.Start, n.End, n.msgAt = l.start, l.end, -1
	n.begin = l.raw
	if l.verbatim() {
		n.Start, n.msgAt = l.start+h.at, l.start+h.msgAt
		if at := skipLogPrefix(l.s); at > 0 || h.at > 0 {
			n.begin = l.start + min(at, h.at)
			if leadLen(l.s[min(at, h.at):]) == 0 {
				n.begin = n.Start
			}
		}
	}
	return n
}

// cutNode starts an exception whose line is not in the text.
func cutNode(l line) *node {
	n := &node{indent: l.indent}
	n.Start, n.End, n.msgAt, n.begin = l.start, l.start, -1, l.raw
	return n
}

// beginAt notes where the trace begins in the text, for the prefix.
func (p *parser) beginAt(offset int) {
	if p.begin < 0 || offset < p.begin {
		p.begin = offset
	}
}

// header finds the exception line above the first frame, at line i, and
// returns its index and node. Lines between the two are the message. lenient
// accepts any type directly above the frame.
func (p *parser) header(i int) (int, *node) {
	for j := i - 1; j >= 0 && j >= i-maxLookBack; j-- {
		if _, kind := javaChain(p.ls[j].s); kind != 0 {
			continue // an inner exception: the outer one is further up
		}
		if h, ok := readHead(p.ls[j].s); ok {
			n := newNode(p.ls[j], h)
			for k := j + 1; k < i; k++ {
				n.addMessage(p.ls[k])
			}
			return j, n
		}
	}
	j := i - 1
	for j >= 0 && p.ls[j].s == "" {
		j--
	}
	if j < 0 {
		n := cutNode(p.ls[i])
		return i, n
	}
	h, ok := embeddedHead(p.ls[j].s)
	if !ok {
		h = lenientHead(p.ls[j].s)
	}
	return j, newNode(p.ls[j], h)
}

// lenientHead reads "anything: message" where the place of the line says that
// it is the exception: classes may have any name.
func lenientHead(s string) head {
	at := skipLogPrefix(s)
	at += skipLead(s[at:])
	h := head{at: at, msg: s[at:], msgAt: at}
	n := typeLen(s[at:])
	if n == 0 || n > 200 {
		return h
	}
	rest := s[at+n:]
	if rest == "" {
		if last := lastPart(s[at : at+n]); last != "" && isUpper(last[0]) {
			h.typ, h.msg, h.msgAt = s[at:], "", len(s)
		}
		return h
	}
	if rest[0] == ':' && (len(rest) == 1 || isSpace(rest[1])) {
		msg := strings.TrimLeft(rest[1:], " ")
		h.typ, h.msg, h.msgAt = s[at:at+n], msg, len(s)-len(msg)
	}
	return h
}

// wrapped returns the inner parts of e's message as exceptions of their own.
func wrapped(e Exception) []Exception {
	parts := unwrap(e.Message)
	if len(parts) == 1 && (parts[0].typ == "" || e.Type == "" || parts[0].msgStart == 0) {
		return nil
	}
	if parts[0].typ == "" || e.Type == "" {
		parts = parts[1:]
	}
	var out []Exception
	for _, part := range parts {
		w := Exception{Type: part.typ, Message: strings.TrimSpace(e.Message[part.msgStart:part.end]), Relation: RelWrapped, Start: e.Start, End: e.End, msgAt: -1}
		if e.msgAt >= 0 {
			w.Start, w.End, w.msgAt = e.msgAt+part.start, e.msgAt+part.end, e.msgAt+part.msgStart
		}
		out = append(out, w)
		if len(out) == keepExceptions {
			break
		}
	}
	return out
}

// bare reads a text without frames: the first line that states an exception,
// then one that holds an exception behind a message.
func (p *parser) bare() (Trace, bool) {
	const most = 200
	ls := p.ls[:min(len(p.ls), most)]
	for i, l := range ls {
		if h, ok := readHead(l.s); ok {
			return p.bareAt(i, h), true
		}
	}
	for i, l := range ls {
		if h, ok := embeddedHead(l.s); ok {
			return p.bareAt(i, h), true
		}
	}
	for i, l := range ls {
		if h, ok := goLogHead(l.s); ok {
			return p.bareAt(i, h), true
		}
	}
	return Trace{}, false
}

func (p *parser) bareAt(i int, h head) Trace {
	l := p.ls[i]
	n := newNode(l, h)
	if h.file != "" {
		n.stack.add(Frame{Function: h.fn, File: h.file, Line: h.line, User: true})
	}
	p.continueMessage(n, i+1)
	if h.lang == "cpp" {
		n.Message = strings.TrimPrefix(strings.TrimSpace(n.Message), "what():")
	}
	p.chain = []*node{n}
	p.begin = n.begin
	return p.finish(h.lang, true)
}

// continueMessage appends the lines behind a bare exception line as long as
// they look like more of the message: indented, or behind a line that ends
// in a colon or is empty at first (Prisma).
func (p *parser) continueMessage(n *node, from int) int {
	open := n.Message == "" || strings.HasSuffix(n.Message, ":") || isPrismaHead(n.Message) || isPydanticHead(n.Message)
	for i := from; i < len(p.ls); i++ {
		l := p.ls[i]
		if l.s == "" {
			if !open && (i+1 >= len(p.ls) || p.ls[i+1].indent <= n.indent) {
				return i
			}
			n.addMessage(l)
			continue
		}
		if startsRecord(l.s) || !open && l.indent <= n.indent {
			return i
		}
		n.addMessage(l)
	}
	return len(p.ls)
}

// startsRecord reports whether a line begins a new log record: it has a time
// or a level in front.
func startsRecord(s string) bool {
	c := s[0]
	if isDigit(c) {
		return len(s) > 10 && stampLen(s) >= 8
	}
	if c == '[' {
		end := strings.IndexByte(s[:min(len(s), 60)], ']')
		return end > 0 && (levelWords[s[1:end]] || len(s) > 11 && isDigit(s[1]) && isDigit(s[2]) && stampLen(s[1:end]) >= 8)
	}
	word, _, _ := strings.Cut(s[:min(len(s), 12)], " ")
	return levelWords[strings.TrimSuffix(word, ":")] && len(word) > 2
}

// embeddedHead finds an exception behind a message: "migration failed: Error:
// connect ECONNREFUSED 127.0.0.1:5432".
func embeddedHead(s string) (head, bool) {
	quotes := 0
	for at := 0; ; {
		i := strings.Index(s[at:], ": ")
		if i < 0 {
			return head{}, false
		}
		quotes += strings.Count(s[at:at+i], `"`)
		at += i + 2
		if quotes%2 == 1 {
			continue // inside a quoted string
		}
		if h, ok := readTyped(s, at); ok && h.typ != "" {
			return h, true
		}
	}
}

// goLogHead reads what log.Fatal of Go's standard library prints, which has
// no level: a time, then a text that says what failed.
func goLogHead(s string) (head, bool) {
	const stamp = len("2006/01/02 15:04:05 ")
	if len(s) <= stamp || s[4] != '/' || s[7] != '/' || s[10] != ' ' || s[13] != ':' {
		return head{}, false
	}
	msg := s[stamp:]
	if !hasFailWord(msg) {
		return head{}, false
	}
	return head{msg: msg, at: stamp, msgAt: stamp, lang: "go"}, true
}
