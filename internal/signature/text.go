package signature

import (
	"strings"
	"unsafe"

	"logwhy/internal/logentry"
)

// view is one entry while it is matched. The text that conditions on message
// see is put together once.
type view struct {
	e    *logentry.Entry
	text string
	done bool
	m    *Matcher // that found candidates in the text; nil where there is none
	json string   // see payload
}

// Bounds of the text that is looked at: what a failure says stands at the
// beginning of a message or at the end of a trace.
const (
	maxHead = 64 << 10
	maxTail = 16 << 10
)

// message is the message with the detail beside it on lines of its own.
func (v *view) message() string {
	if !v.done {
		v.text, v.done = clip(v.e.Text()), true
	}
	return v.text
}

// payload is the JSON payload of a structured entry, as one value.
func (v *view) payload() []string {
	if v.e.Payload != logentry.PayloadJSON {
		return nil
	}
	if v.json == "" {
		s, _ := v.e.Field("jsonPayload")
		v.json = clip(s)
	}
	return []string{v.json}
}

// wholeLine is everything in which imported rules, which know no fields, look:
// the message, and of structured entries the payload.
func (v *view) wholeLine() string {
	if p := v.payload(); p != nil {
		return v.message() + "\n" + p[0]
	}
	return v.message()
}

// isText reports whether a field is the text in which literals are looked for.
func isText(path string) bool { return path == "message" || path == lineField }

// lineField is the name of the field that imported conditions ask about: the
// message, or the payload.
const lineField = "line"

// log is the decoded log id.
func (v *view) log() string {
	if v.m == nil {
		return v.e.LogID()
	}
	return v.m.logs.of(v.e)
}

func clip(s string) string {
	if len(s) <= maxHead+maxTail {
		return s
	}
	return s[:maxHead] + "\n" + s[len(s)-maxTail:]
}

// textOf is clip(e.Text()) without allocating: where the text is not simply
// the message, it stands in the matcher's buffer until the next call.
func (m *Matcher) textOf(e *logentry.Entry) string {
	whole := e.Detail == "" || strings.Contains(e.Message, e.Detail)
	m.buffered = !whole || len(e.Message) > maxHead+maxTail
	if !m.buffered {
		return e.Message
	}
	m.buf = append(m.buf[:0], e.Message...)
	if !whole {
		if len(e.Message) > 0 {
			m.buf = append(m.buf, '\n')
		}
		m.buf = append(m.buf, e.Detail...)
	}
	if n := len(m.buf); n > maxHead+maxTail {
		m.buf[maxHead] = '\n'
		m.buf = append(m.buf[:maxHead+1], m.buf[n-maxTail:]...)
	}
	return unsafe.String(unsafe.SliceData(m.buf), len(m.buf))
}

// logIDs remembers the ids of log names: there are few, and decoding one anew
// for every entry allocates.
type logIDs struct{ ids map[string]string }

// maxLogIDs bounds the memory of names that a hostile input makes up.
const maxLogIDs = 4096

func (l *logIDs) of(e *logentry.Entry) string {
	if id, ok := l.ids[e.LogName]; ok {
		return id
	}
	if l.ids == nil || len(l.ids) >= maxLogIDs {
		l.ids = map[string]string{}
	}
	id := strings.Clone(e.LogID())
	l.ids[strings.Clone(e.LogName)] = id
	return id
}
