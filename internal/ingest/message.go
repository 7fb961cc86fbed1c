package ingest

import (
	"strings"

	"logwhy/internal/logentry"
)

// setMessage makes v the message and counts what was not UTF-8 in it.
func (d *decoder) setMessage(e *logentry.Entry, v logentry.Value) {
	before := d.replaced
	e.Message = tidy(d.valueText(v))
	e.InvalidUTF8 = d.replaced - before
}

// jsonMessage finds message and detail of an object payload.
func (d *decoder) jsonMessage(e *logentry.Entry) {
	used := d.payloadMessage(e)
	d.setDetail(e, used)
	switch {
	case e.Message != "" || e.HTTP != nil && (e.HTTP.URL != "" || e.HTTP.Method != ""):
	case e.Detail != "":
		e.Message, e.Detail, e.DetailField = e.Detail, "", ""
	case d.payload.whole != nil:
		e.Message = d.scalars(d.payload.whole)
	default:
		e.Message = validText(cutText(string(d.json), maxScalars))
	}
}

// payloadMessage takes the first field that is text for the message and says
// which it was.
func (d *decoder) payloadMessage(e *logentry.Entry) payloadID {
	for _, id := range messageOrder {
		v := d.payload.get(id)
		switch v.Kind() {
		case logentry.ValueString:
			d.setMessage(e, v)
		case logentry.ValueObject, logentry.ValueArray:
			if id == fieldMessage || id == fieldMsg || id == fieldEvent {
				d.setMessage(e, innerMessage(v, 3))
			}
		case logentry.ValueNumber, logentry.ValueBool:
			if id == fieldMessage || id == fieldMsg {
				d.setMessage(e, v)
			}
		}
		if e.Message != "" {
			return id
		}
	}
	// Rust's tracing puts the message into an object beside the level.
	if v := d.payload.get(fieldFields); v.Kind() == logentry.ValueObject {
		d.setMessage(e, innerMessage(v, 2))
	}
	return fieldNone
}

// innerMessage searches a message that is an object, as winston writes it when
// an object was logged, or a list, for its own message.
func innerMessage(v logentry.Value, depth int) logentry.Value {
	if depth == 0 {
		return nil
	}
	if v.Kind() == logentry.ValueArray {
		for el := range v.Elements {
			if el.Kind() == logentry.ValueString {
				return el
			}
			return innerMessage(el, depth-1)
		}
		return nil
	}
	for _, key := range [...]string{"message", "msg", "event", "MESSAGE", "log", "textPayload", "error", "err", "text"} {
		m := v.Get(key)
		if m.Kind() == logentry.ValueString && !isEmpty(m) {
			return m
		}
		if m.Kind() == logentry.ValueObject {
			if m = innerMessage(m, depth-1); m != nil {
				return m
			}
		}
	}
	return nil
}

// httpMessage is the form of a request without a payload, such as
// "HTTP 503 GET https://host/path 0.123456789s". The query is left out: it
// makes every message different and may hold secrets.
func (d *decoder) httpMessage(h *logentry.HTTPRequest) string {
	start := len(d.arena)
	b := append(d.arena, "HTTP"...)
	if h.Status != 0 {
		b = append(b, ' ')
		b = appendInt(b, h.Status)
	}
	if h.Method != "" {
		b = append(append(b, ' '), h.Method...)
	}
	if h.URL != "" {
		b = append(append(b, ' '), withoutQuery(h.URL)...)
	}
	if h.LatencyS != "" {
		b = append(append(b, ' '), h.LatencyS...)
	}
	d.arena = b
	return borrow(b[start:])
}

func withoutQuery(url string) string {
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		return url[:i]
	}
	return url
}

func appendInt(b []byte, n int) []byte {
	if n >= 100 && n <= 999 {
		return append(b, byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
	}
	return appendLongInt(b, n)
}

// maxScalars bounds the rendering of a payload that has no message.
const maxScalars = 1000

// scalars renders an object as "key=value key=value", its scalar members in
// order. Level and time are left out: the entry has them already.
func (d *decoder) scalars(object logentry.Value) string {
	var b []byte
	for key, v := range object.Members {
		if len(b) > maxScalars {
			b = append(b, " …"...)
			break
		}
		switch payloadField([]byte(key)) {
		case fieldLevel, fieldLevelName, fieldSeverity, fieldTime, fieldTrace:
			continue
		}
		b = d.appendScalar(b, key, v)
	}
	return validText(borrow(b))
}

func (d *decoder) appendScalar(b []byte, key string, v logentry.Value) []byte {
	text := d.valueText(v)
	if text == "" {
		return b
	}
	if len(text) > maxScalars/4 {
		text = cutText(text, maxScalars/4) + "…"
	}
	if len(b) > 0 {
		b = append(b, ' ')
	}
	b = append(append(b, key...), '=')
	if strings.ContainsAny(text, " \t\n\"=") {
		return appendQuoted(b, text)
	}
	return append(b, text...)
}
