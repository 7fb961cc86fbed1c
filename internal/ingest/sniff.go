package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
)

// sniffBytes is how much of an input's text decides what it is. Entries are at
// most 512 KiB long, mostly 1 to 2 KiB.
const sniffBytes = 256 << 10

// A head is the beginning of a text.
type head struct {
	text  []byte
	whole bool // the text ends here
	year  int  // Options.Year
}

// formats lists the forms that entries come in, in the order in which they are
// asked: the more specific first. Each returns nil for a text of another form.
func formats() []func(h head) *layout {
	return []func(h head) *layout{
		claimArray,
		claimObjects,
		claimFlattened,
		claimYAML,
		claimCSV,
		claimTable,
		claimBlocks,
		claimMarkdown,
		claimEmbedded,
		claimBuild,
		claimText,
	}
}

// claim finds the format of a text.
func claim(h head) *layout {
	for _, claims := range formats() {
		if l := claims(h); l != nil {
			return l
		}
	}
	return nil
}

// sniff opens the input and finds its shape and layout, or why it has none.
func (in *input) sniff(ctx context.Context, year int) error {
	src, err := in.openText(ctx, sourceOptions{use: readPeek})
	if err != nil {
		return in.openError(err)
	}
	defer src.Close()
	in.shape = src.shape
	text, err := io.ReadAll(io.LimitReader(src, sniffBytes))
	h := head{text: text, whole: len(text) < sniffBytes, year: year}
	var broken *damage
	if err != nil && !errors.As(err, &broken) {
		return in.openError(err)
	}
	if h.whole {
		in.text = len(text)
	}
	if in.layout = claim(h); in.layout == nil {
		in.unreadable = in.notReadable(h, broken)
	}
	return nil
}

// openError explains why an input cannot be opened. An error of the context
// stays what it is.
func (in *input) openError(err error) error {
	found := "cannot be read: " + err.Error()
	next := ""
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errGone), errors.Is(err, errLarge):
		found, next = err.Error(), "Write it to a file first, and give the file."
	case errors.Is(err, fs.ErrNotExist):
		found, next = "no such file", "Give the path of an export, a folder of exports, or - for standard input."
	case errors.Is(err, fs.ErrPermission):
		found, next = "permission denied", "Make the file readable, or pipe its content into logwhy with -."
	}
	return &InputError{Name: in.title(), Found: found, Next: next, Err: err}
}

// title names the input in an error.
func (in *input) title() string {
	if in.path == "-" {
		return "standard input"
	}
	return in.path
}

// claimArray recognises a JSON array of entries, "[]" included.
func claimArray(h head) *layout {
	i := skipSpace(h.text, 0)
	if i == len(h.text) || h.text[i] != '[' {
		return nil
	}
	j := skipSpace(h.text, i+1)
	switch {
	case j == len(h.text):
		return &layout{format: "array", newSplitter: func() splitter { return &walker{} }}
	case h.text[j] == ']' && h.whole && skipSpace(h.text, j+1) == len(h.text):
		return &layout{format: "array", empty: true, newSplitter: func() splitter { return &walker{} }}
	case h.text[j] == ']', h.text[j] == '[' && bytes.IndexByte(h.text[j:min(j+64, len(h.text))], '{') > 0:
		return &layout{format: "array", newSplitter: func() splitter { return &walker{} }}
	case h.text[j] == '{':
		return claimRecords(h, j, "array", "array")
	}
	return nil
}

// claimObjects recognises text that begins with a JSON object: a line of
// NDJSON, one of several objects, or an object around entries.
func claimObjects(h head) *layout {
	i := skipSpace(h.text, 0)
	if i == len(h.text) || h.text[i] != '{' {
		return nil
	}
	return claimRecords(h, i, "ndjson", "concatenated")
}

// claimRecords looks at the first object, at h.text[i]: is it an entry, or does
// it hold entries? lines and blocks name the format for objects on one line
// each, and for others.
func claimRecords(h head, i int, lines, blocks string) *layout {
	end, how := valueEnd(h.text, i)
	if how == scanBroken {
		// A record that was cut off may stand at the top: the next one tells more.
		if next := nextObject(h.text, i+1); next > 0 && likeness(h.text[next:]) != likeNothing {
			return claimRecords(h, next, lines, blocks)
		}
	}
	object := h.text[i:]
	if how == scanWhole {
		object = h.text[i:end]
	}
	if x := exitOf(object); x != nil {
		return recordLayout(h, i, end, how, lines, blocks).through(x)
	}
	l := likeness(object)
	switch {
	case l == likeNothing && holdsMessages(object):
		return wrapped(h).through(&pubsubExit)
	case l != likeEntry && (firstEntry(object) != nil || l == likeNothing && how == scanShort && !h.whole):
		if isMessage(firstEntry(object)) {
			return wrapped(h).through(&pubsubExit)
		}
		return wrapped(h)
	case l == likeNothing:
		return nil
	case l != likeEntry && blocks != "array" && how == scanWhole && bytes.IndexByte(object, '\n') < 0 && endsLine(h, end):
		// What an application prints itself; a crash prints text in between.
		return textLayout(lines, textForm{year: h.year, json: true, records: true})
	}
	return recordLayout(h, i, end, how, lines, blocks)
}

// recordLayout finds out how objects follow each other, of which the first is
// at h.text[i:end], if how says that it ends.
func recordLayout(h head, i, end int, how scanEnd, lines, blocks string) *layout {
	switch {
	case how != scanWhole || bytes.IndexByte(h.text[i:end], '\n') >= 0:
		return blockLayout(h, i, end, how, blocks)
	case !endsLine(h, end):
		return walkLayout(h, blocks)
	}
	array := blocks == "array"
	return &layout{
		format:      lines,
		tailed:      !array,
		newSplitter: func() splitter { return &lineSplitter{array: array} },
		salvage:     salvageObjects,
	}
}

// firstEntry returns the first entry that a search finds within an object, nil
// without one.
func firstEntry(object []byte) []byte {
	var c chunk
	s := walker{search: true}
	s.open = append(s.open, container{object: true})
	s.split(object[1:], true, &c)
	for _, r := range c.spans {
		if r.kind == spanRecord {
			return object[1+r.start : 1+r.end]
		}
	}
	return nil
}

// blockStart returns the indentation of an object that is printed over many
// lines: the brace stands alone on its line, and what follows is indented
// deeper.
func blockStart(text []byte, i int) (indent []byte, ok bool) {
	from := bytes.LastIndexByte(text[:i], '\n') + 1
	indent = text[from:i]
	if from == 0 {
		// The bracket of an array may stand before it: [{ … }, { … }]
		indent = nil
	}
	nl := bytes.IndexByte(text[i:], '\n')
	if nl < 0 || len(bytes.TrimSpace(text[i+1:i+nl])) > 0 || len(bytes.TrimSpace(indent)) > 0 {
		return nil, false
	}
	second := text[i+nl+1:]
	deeper := len(second) - len(bytes.TrimLeft(second, " \t"))
	return bytes.Clone(indent), deeper > len(indent)
}

// endsLine says whether nothing but a comma follows on the line.
func endsLine(h head, end int) bool {
	for _, c := range h.text[end:] {
		switch c {
		case '\n':
			return true
		case ' ', '\t', '\r', ',', 0:
		case ']':
			return len(bytes.TrimSpace(h.text[end:])) == 1
		default:
			return false
		}
	}
	return h.whole
}

// blockLayout is for objects over many lines, of which the first ends at
// h.text[end], if how says that it does.
func blockLayout(h head, i, end int, how scanEnd, format string) *layout {
	indent, ok := blockStart(h.text, i)
	stop := append(append([]byte{'\n'}, indent...), '}')
	if !ok || how == scanBroken || how == scanWhole && !bytes.HasSuffix(h.text[:end], stop) {
		return walkLayout(h, format)
	}
	return &layout{
		format:      format,
		newSplitter: func() splitter { return newBlockSplitter(indent) },
		salvage:     salvageObjects,
	}
}

func walkLayout(h head, format string) *layout {
	return &layout{
		format:      format,
		noLines:     oneLine(h),
		newSplitter: func() splitter { return &walker{} },
	}
}

func wrapped(h head) *layout {
	return &layout{
		format:      "wrapped",
		search:      true,
		noLines:     oneLine(h),
		newSplitter: func() splitter { return &walker{search: true} },
	}
}

// oneLine says that the text has no line breaks that could tell its records
// apart.
func oneLine(h head) bool { return !bytes.Contains(bytes.TrimSpace(h.text), newline) }

// salvageObjects takes apart a record that is none: several of them, or one
// behind another that was cut off.
func salvageObjects(rec []byte) []span {
	var c chunk
	s := walker{}
	s.split(rec, true, &c)
	if len(c.spans) == 1 && c.spans[0].end-c.spans[0].start == len(rec) {
		return nil
	}
	return c.spans
}
