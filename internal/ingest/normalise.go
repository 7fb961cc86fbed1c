package ingest

import (
	"time"

	"logwhy/internal/logentry"
)

// normalise turns what the first pass noted into what every stage expects of
// an entry: one message, one severity with its basis, one time, one scope.
func (d *decoder) normalise(e *logentry.Entry) {
	d.choosePayload(e)
	switch e.Payload {
	case logentry.PayloadText:
		d.setMessage(e, d.text)
	case logentry.PayloadProto:
		d.protoMessage(e)
	case logentry.PayloadJSON:
		d.jsonMessage(e)
	}
	if e.Message == "" && e.HTTP != nil {
		e.Message = d.httpMessage(e.HTTP)
	}
	if e.Trace == "" {
		e.Trace = d.valueText(d.payload.get(fieldTrace))
	}
	d.setSeverity(e)
	d.appendCode(e)
	d.setTime(e)
	d.setScope(e)
}

// choosePayload decides which payload counts. Null and empty payloads, which
// scripts write, count as absent, and one of the wrong form is taken for what
// it looks like.
func (d *decoder) choosePayload(e *logentry.Entry) {
	text := d.text.Kind()
	switch {
	case isEmpty(d.text):
		d.otherPayload(e)
	case text == logentry.ValueObject:
		d.readPayload(d.text, "textPayload.")
		e.Payload = logentry.PayloadJSON
	case text == logentry.ValueArray:
		d.json = d.text
		e.Payload = logentry.PayloadJSON
	default:
		e.Payload = logentry.PayloadText
	}
}

// otherPayload chooses where there is no text.
func (d *decoder) otherPayload(e *logentry.Entry) {
	switch {
	case !isEmpty(d.payload.whole):
		e.Payload = logentry.PayloadJSON
	case d.json.Kind() == logentry.ValueString && !isEmpty(d.json):
		d.stringPayload(e)
	case d.proto.Kind() == logentry.ValueObject && !isEmpty(d.proto):
		e.Payload = logentry.PayloadProto
	case !isEmpty(d.json):
		e.Payload = logentry.PayloadJSON
	case d.top:
		d.readPayload(e.Raw, "")
		e.Payload = logentry.PayloadJSON
	case !isEmpty(d.repr):
		d.reprPayload(e)
	}
}

// readPayload takes the object v for the payload.
func (d *decoder) readPayload(v logentry.Value, prefix string) {
	c := &d.inner
	*c = logentry.NewCursor(v)
	d.payload.read(c, prefix)
}

// stringPayload reads a jsonPayload that is a string: JSON once more, as in
// table exports, or text.
func (d *decoder) stringPayload(e *logentry.Entry) {
	text := d.valueText(d.json)
	if len(text) > 1 && text[0] == '{' {
		d.readPayload(logentry.Value(text), "jsonPayload.")
		e.Payload = logentry.PayloadJSON
		return
	}
	d.text = d.json
	e.Payload = logentry.PayloadText
}

// reprPayload reads a payload that a script wrote under a name of its own: an
// object, what Python's repr makes of one, or text.
func (d *decoder) reprPayload(e *logentry.Entry) {
	object, ok := d.repr, d.repr.Kind() == logentry.ValueObject
	if !ok {
		object, ok = jsonOfRepr(d.valueText(d.repr))
	}
	if !ok {
		d.text = d.repr
		e.Payload = logentry.PayloadText
		return
	}
	d.readPayload(object, d.reprPrefix)
	e.Payload = logentry.PayloadJSON
}

// stampSlack is how far a time inside the payload may be from the stamp of its
// entry and still be the time of the same event: stamps in whole seconds were
// cut or were set when a buffer was flushed.
const stampSlack = 2 * time.Second

// setTime takes the time inside the payload or text where the entry has none,
// or has one in whole seconds.
func (d *decoder) setTime(e *logentry.Entry) {
	missing := !e.Time.Known()
	if !missing && e.Time%logentry.Time(time.Second) != 0 {
		return
	}
	s, ok := d.innerStamp(e)
	switch {
	case !ok:
	case missing:
		e.Time = s.at
	case s.zoned && s.fraction && s.at.Sub(e.Time).Abs() <= stampSlack:
		e.Time = s.at
	}
}

// innerStamp finds the time in the payload, or at the start of the text.
func (d *decoder) innerStamp(e *logentry.Entry) (stamp, bool) {
	if s, ok := d.stampOf(d.payload.get(fieldTime)); ok {
		return s, true
	}
	text := e.Message
	if len(text) > 0 && (text[0] == '[' || text[0] == '(') {
		text = text[1:]
	}
	return parseStamp(text)
}
