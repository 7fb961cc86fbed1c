package correlate

import (
	"strings"

	"logwhy/internal/stacktrace"
)

// patternOf returns the id and the template of an error that no signature
// recognises. The id hashes a masked key that does not depend on other data:
// the last exception with the top frames of the user's own code for traces,
// else the first line of the message with its variable parts masked.
//
// An id is "pattern:" and sixteen hex digits: twelve for the template, four
// for the frames ("0000" without any). So two places that raise the same
// exception are two patterns, and mergePatterns can tell them apart.
func patternOf(text string) (id, template string) {
	if ex, ok := raisedIn(text); ok {
		template = ex.Type + ": " + mask(firstLine(ex.Message))
		return patternID(template, userFrames(ex.Frames, 2)), template
	}
	template = mask(firstLine(text))
	return patternID(template, nil), template
}

// coarsePattern is what counts on when a run has more patterns than are kept:
// the type of the exception, else the first three words of the message that
// are no values. Its ids end in "-coarse", so that none of them is ever taken
// for a pattern.
func coarsePattern(text string) (id, template string) {
	template = coarseTemplate(text)
	return patternID(template, nil) + "-coarse", template
}

func coarseTemplate(text string) string {
	if ex, ok := raisedIn(text); ok {
		return ex.Type + ": *"
	}
	words := make([]string, 0, 4)
	for _, w := range strings.Fields(mask(firstLine(text))) {
		if strings.Contains(w, "*") || !wordy(w) {
			continue
		}
		if words = append(words, w); len(words) == 3 {
			break
		}
	}
	return strings.Join(append(words, "*"), " ")
}

// raisedIn returns the last exception of a text that holds one.
func raisedIn(text string) (stacktrace.Exception, bool) {
	if len(text) >= 64<<10 || !hasExceptionMark(text) {
		return stacktrace.Exception{}, false
	}
	tr, ok := stacktrace.Parse(text)
	if !ok || len(tr.Chain) == 0 {
		return stacktrace.Exception{}, false
	}
	ex := tr.Raised()
	return ex, ex.Type != ""
}

func hasExceptionMark(text string) bool {
	for _, m := range exceptionMarks {
		if strings.Contains(text, m) {
			return true
		}
	}
	return false
}

// patternID formats an id without fmt: it is made once for each error.
func patternID(template string, frames []stacktrace.Frame) string {
	var place uint64
	if len(frames) > 0 {
		var key strings.Builder
		for _, f := range frames {
			key.WriteString(f.File)
			key.WriteByte(0)
			key.WriteString(f.Function)
			key.WriteByte(0)
		}
		// Never 0: that is what no frames look like.
		place = hash64("p", key.String())%0xffff + 1
	}
	const digits = "0123456789abcdef"
	v := hash64("p", template)&^0xffff | place
	id := [24]byte{'p', 'a', 't', 't', 'e', 'r', 'n', ':'}
	for i := 23; i >= 8; i-- {
		id[i] = digits[v&15]
		v >>= 4
	}
	return string(id[:])
}

// placeOf is the part of an id that tells the frames.
func placeOf(id string) string {
	if len(id) != 24 {
		return id
	}
	return id[20:]
}

// userFrames returns the last n frames of the user's own code.
func userFrames(frames []stacktrace.Frame, n int) []stacktrace.Frame {
	var out []stacktrace.Frame
	for i := len(frames) - 1; i >= 0 && len(out) < n; i-- {
		if frames[i].User {
			out = append(out, frames[i])
		}
	}
	return out
}

// maxKeyed is how much of a line is part of its key, in bytes.
const maxKeyed = 600

func firstLine(s string) string {
	s = strings.TrimLeft(s, " \t\r\n")
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	if len(s) > maxKeyed {
		s = s[:maxKeyed]
		// Half a word is another word.
		if i := strings.LastIndexByte(s, ' '); i > maxKeyed-80 {
			s = s[:i]
		}
	}
	return strings.TrimRight(s, " \t\r")
}
