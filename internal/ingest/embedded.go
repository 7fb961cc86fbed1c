package ingest

import "bytes"

// claimEmbedded recognises JSON entries with other text around them: output of
// a script, a page of documentation, what a terminal showed. Only the JSON is
// read.
func claimEmbedded(h head) *layout {
	if bytes.IndexByte(h.text, '{') < 0 {
		return nil
	}
	var c chunk
	s := walker{search: true, prose: true}
	s.split(h.text, h.whole, &c)
	multiline := false
	n := 0
	for _, r := range c.spans {
		if r.kind == spanRecord {
			n++
			multiline = multiline || bytes.IndexByte(h.text[r.start:r.end], '\n') >= 0
		}
	}
	if n == 0 {
		return nil
	}
	// Entries on a line each, among lines of text that are entries too, are
	// better read as log lines.
	if st := surveyLines(h); !multiline && st.timed+st.prefixed > st.json {
		return nil
	}
	return &layout{
		format:      "embedded",
		search:      true,
		newSplitter: func() splitter { return &walker{search: true, prose: true} },
	}
}
