package ingest

import (
	"bytes"
)

// The text that gcloud builds log, gcloud builds submit and gcloud run deploy
// --source print of a build: a line each, without times, behind the number of
// the step and, from BuildKit, that of the stage.
//
//	starting build "996584b6-bace-4da6-a9d0-934c60b9be12"
//	Step #0 - "image": Step 3/17 : COPY package.json ./
//	#26 7.411 ERROR: cannot resolve module
//
// See https://cloud.google.com/build/docs/view-build-results.

var buildMarks = [...][]byte{[]byte("\nstarting build \""), []byte("- REMOTE BUILD OUTPUT -"), []byte("\nFETCHSOURCE")}

// claimBuild recognises the output of a build by how Cloud Build begins it.
func claimBuild(h head) *layout {
	text := h.text[:min(len(h.text), 16<<10)]
	for _, m := range buildMarks {
		if bytes.Contains(text, m) || bytes.HasPrefix(text, m[1:]) && m[0] == '\n' {
			return &layout{
				format: "build", lossy: true, tailed: true, salvage: salvageObjects,
				newSplitter:  func() splitter { return &buildSplitter{} },
				newConverter: func() converter { return buildConverter{} },
			}
		}
	}
	return nil
}

// buildSplitter takes each line that is not blank as an entry.
type buildSplitter struct{}

func (s *buildSplitter) split(data []byte, eof bool, c *chunk) int {
	return splitLines(data, eof, c, s.line)
}

func (s *buildSplitter) line(data []byte, i, end int, rec *textRecord, c *chunk) {
	line := bytes.TrimRight(data[i:end], " \t\r")
	if len(line) == 0 {
		return
	}
	rec.close(c)
	*rec = textRecord{start: i, end: i + len(line), whole: true}
}

func (s *buildSplitter) resync(data []byte) (int, bool) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, true
	}
	return len(data), false
}

func (s *buildSplitter) end(*chunk) {}

type buildConverter struct{}

func (buildConverter) convert(dst, rec []byte, _ span) ([]byte, error) {
	dst = append(dst, `{"resource":{"type":"build"},`...)
	return append(appendText(append(dst, `"textPayload":`...), unstepped(rec)), '}'), nil
}

// unstepped is a line without the numbers of its step and its stage.
func unstepped(line []byte) []byte {
	if rest, ok := bytes.CutPrefix(line, []byte("Step #")); ok {
		n := 0
		for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
			n++
		}
		rest = rest[n:]
		if i := bytes.Index(rest, []byte(": ")); n > 0 && i >= 0 && (i == 0 || bytes.HasPrefix(rest, []byte(` - "`))) {
			line = rest[i+2:]
		}
	}
	if len(line) > 1 && line[0] == '#' && '0' <= line[1] && line[1] <= '9' {
		if rest := pastNumber(line[1:]); len(rest) > 1 && rest[0] == ' ' {
			line = rest[1:]
			if rest := pastNumber(line); len(rest) > 0 && len(rest) < len(line) && rest[0] == ' ' {
				line = rest[1:]
			}
		}
	}
	return line
}

func pastNumber(b []byte) []byte {
	n := 0
	for n < len(b) && ('0' <= b[n] && b[n] <= '9' || b[n] == '.') {
		n++
	}
	return b[n:]
}
