package correlate

import (
	"strings"

	"logwhy/internal/logentry"
	"logwhy/internal/stacktrace"
)

// strength says how much an entry looks like an error.
type strength uint8

const (
	calm    strength = iota // nothing to see
	context                 // calm, but may complete a multi-line message
	weak                    // below ERROR, worded as a failure
	isError                 // an error event, see DESIGN: error event
)

// strengthOf tells error events from the rest. An entry is an error event when
// its effective severity is ERROR or above, when it holds an exception, when
// its request failed with 5xx, or when it has no level at all and is worded as
// an error. A fragment of a stack trace is none: its exception line is.
func strengthOf(e *logentry.Entry) strength {
	if e.HTTP != nil && e.HTTP.Status >= 500 {
		return isError
	}
	text := e.Message
	if !wordy(text) && e.Detail == "" && e.HTTP == nil && e.Audit == nil {
		return context // a ruler or a blank line, whatever its level
	}
	kind := stacktrace.KindNone
	if mayBeTrace(text) && strings.IndexByte(text, '\n') < 0 {
		kind = stacktrace.Classify(text)
	}
	switch kind {
	case stacktrace.KindFrame, stacktrace.KindSource, stacktrace.KindChain:
		return context
	}
	if e.Audit != nil && e.Audit.StatusCode != 0 {
		return isError
	}
	if e.Severity >= logentry.SeverityError && e.Basis != logentry.BasisHTTP {
		return isError
	}
	if hasException(text) || e.Detail != "" && hasException(e.Detail) {
		return isError
	}
	switch {
	case e.Basis == logentry.BasisNone:
		if failureForm(text) {
			return isError
		}
		return context
	case e.Severity == logentry.SeverityWarning && e.HTTP == nil:
		if e.Detail != "" || failureForm(text) {
			return weak
		}
	case e.Detail != "" && e.Severity < logentry.SeverityWarning && failureForm(text):
		return weak
	}
	// A line with a level of its own continues nothing.
	return calm
}

// wordy reports whether a text holds a letter or a digit near its start.
func wordy(s string) bool {
	if len(s) > 300 {
		s = s[:300]
	}
	// The logger's head holds letters too; what counts stands behind its last bar.
	if i := strings.LastIndex(s, " | "); i >= 0 && i+3 < len(s) {
		s = s[i+3:]
	}
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; 'a' <= c && c <= 'z' || s[i] >= 0x80 || '0' <= s[i] && s[i] <= '9' {
			return true
		}
	}
	return false
}

// mayBeTrace is a cheap gate before Classify.
func mayBeTrace(s string) bool {
	if s == "" {
		return false
	}
	switch s[0] {
	case ' ', '\t', '#', '.', '-', '^', '~':
		return true
	}
	return strings.HasPrefix(s, "During handling") || strings.HasPrefix(s, "The above exception") ||
		strings.HasPrefix(s, "Caused by") || strings.HasPrefix(s, "Traceback") || strings.HasPrefix(s, "goroutine ") ||
		strings.HasPrefix(s, "File ") || strings.HasPrefix(s, "at ") || strings.HasPrefix(s, "from ")
}

var exceptionMarks = []string{"Error:", "Exception", "Traceback (most", "panic:", "Error [", "Error (", "rror\n"}

// hasException reports whether text holds an exception: its line, or a trace.
func hasException(text string) bool {
	found := false
	for _, m := range exceptionMarks {
		if strings.Contains(text, m) {
			found = true
			break
		}
	}
	if !found {
		return false
	}
	if len(text) > 16<<10 {
		text = text[:16<<10]
	}
	tr, ok := stacktrace.Parse(text)
	if !ok {
		return false
	}
	for _, ex := range tr.Chain {
		if ex.Type != "" {
			return true
		}
	}
	return false
}

// failureStarts begin a text that states a failure.
var failureStarts = []string{
	"error:", "error ", "error]", "fatal:", "fatal ", "failed ", "failure:", "could not ", "cannot ", "can't ", "unable to ",
	"critical:", "panic:", "exception", "uncaught ", "unhandled ",
}

// failureWords state a failure anywhere in a text.
var failureWords = []string{
	"failed to ", " failed:", " could not ", " unable to ", " error:", "failed with ", " failed -", " has failed", " failed (",
	"exception:", " failed.", " cannot ", " failed for ", " failed while ",
}

// foreignFailures state a failure in Spanish, Portuguese, French, German and
// Italian. They are looked for in lower case, as the English ones.
var foreignFailures = []string{
	"no se pudo ", "no se puede ", "error al ", "falló ", "ha fallado", "fallo al ", "no fue posible",
	"não foi possível", "falha ao ", "erro ao ", "falhou", "échec ", "impossible de ", "erreur lors ", "erreur de ", "a échoué",
	"fehlgeschlagen", "fehler bei", "fehler beim", "konnte nicht ", "nicht möglich", "impossibile ", "errore durante", "non è stato possibile",
}

// denials look like failures and are none.
var denials = []string{
	"0 failed", "failed: 0", "failed=0", "no error", "0 error", "errors: 0", "error: null", "error: none", "without error", "error=none", "error: false", "failed: false",
}

// failureForm reports whether a text is worded as a failure. It looks at the
// first 400 bytes: what comes later is a payload, not the sentence.
func failureForm(text string) bool {
	if len(text) < 5 {
		return false
	}
	if len(text) > 400 {
		text = text[:400]
	}
	if !mentionsFailure(text) {
		return foreignFailure(text)
	}
	s := strings.ToLower(strings.TrimLeft(text, " \t*-=!#>✗❌⚠️🚨💥🔴"))
	for _, d := range denials {
		if strings.Contains(s, d) {
			return false
		}
	}
	for _, p := range failureStarts {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	for _, w := range failureWords {
		if strings.Contains(s, w) {
			return true
		}
	}
	return strings.HasSuffix(s, " failed") || strings.HasSuffix(s, " error") || strings.HasSuffix(s, " failed!") || foreignFailure(text)
}

func foreignFailure(text string) bool {
	if !mayBeForeign(text) {
		return false
	}
	s := strings.ToLower(text)
	for _, w := range foreignFailures {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// mayBeForeign is a gate without allocation: two letters with which most of the
// foreign words begin.
func mayBeForeign(s string) bool {
	for i := 0; i+5 <= len(s); i++ {
		switch s[i] | 0x20 {
		case 'n':
			if w := s[i:]; foldPrefix(w, "no se") || foldPrefix(w, "no fu") || foldPrefix(w, "nicht") || foldPrefix(w, "não f") || foldPrefix(w, "non è") {
				return true
			}
		case 'e':
			if w := s[i:]; foldPrefix(w, "error") || foldPrefix(w, "erro ") || foldPrefix(w, "erreu") {
				return true
			}
		case 'f':
			if w := s[i:]; foldPrefix(w, "fall") || foldPrefix(w, "falh") || foldPrefix(w, "fehl") {
				return true
			}
		case 'i':
			if foldPrefix(s[i:], "impos") {
				return true
			}
		case 'k':
			if foldPrefix(s[i:], "konnt") {
				return true
			}
		case 0xc3 | 0x20, 'a':
			if w := s[i:]; strings.HasPrefix(w, "éch") || strings.HasPrefix(w, "Éch") || strings.HasPrefix(w, "a éch") || strings.HasPrefix(w, "a fal") {
				return true
			}
		}
	}
	return false
}

// mentionsFailure is a gate without allocation: one of the letters runs that
// every failure word holds.
func mentionsFailure(s string) bool {
	for i := 0; i+4 <= len(s); i++ {
		switch s[i] | 0x20 {
		case 'f':
			if w := s[i:]; foldPrefix(w, "fail") || foldPrefix(w, "fatal") {
				return true
			}
		case 'e':
			if w := s[i:]; foldPrefix(w, "erro") || foldPrefix(w, "exception") {
				return true
			}
		case 'c':
			if w := s[i:]; foldPrefix(w, "could not") || foldPrefix(w, "cannot") || foldPrefix(w, "can't") || foldPrefix(w, "critical") {
				return true
			}
		case 'u':
			if w := s[i:]; foldPrefix(w, "unable") || foldPrefix(w, "uncaught") || foldPrefix(w, "unhandled") {
				return true
			}
		case 'p':
			if foldPrefix(s[i:], "panic") {
				return true
			}
		}
	}
	return false
}

// foldPrefix is strings.HasPrefix for ASCII without case; p is lower case.
func foldPrefix(s, p string) bool {
	if len(s) < len(p) {
		return false
	}
	for i := 0; i < len(p); i++ {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != p[i] {
			return false
		}
	}
	return true
}
