package ingest

import (
	"encoding/base64"
	"errors"

	"logwhy/internal/logentry"
)

var (
	errNotBase64  = errors.New("the data of the message is not base64")
	errNotMessage = errors.New("the data of the message is no JSON object")
)

// A messageRewriter takes entries out of Pub/Sub messages: what a push
// subscription posts, {"message": {"data": …}, "subscription": …}, what
// "gcloud pubsub subscriptions pull --format=json" prints, [{"ackId": …,
// "message": …}], the message alone, and an event around one. What is no message
// passes as it is: the messages of an API page are found by a search.
type messageRewriter struct{ text []byte }

func (r *messageRewriter) rewrite(dst, rec []byte) ([]byte, error) {
	data := messageData(rec)
	if data == nil {
		return append(dst, rec...), nil
	}
	text, escaped, _ := stringOf(data)
	if escaped {
		r.text, _ = logentry.AppendUnescaped(r.text[:0], text) // base64 has "/", which may be written "\/"
		text = r.text
	}
	entry, err := appendBase64(dst, text)
	if err != nil {
		return dst, errNotBase64
	}
	if i := skipSpace(entry, len(dst)); i == len(entry) || entry[i] != '{' {
		return dst, errNotMessage
	}
	return entry, nil
}

// stringOf returns the text of a string between its quotes.
func stringOf(v logentry.Value) (text []byte, escaped, ok bool) {
	c := logentry.NewCursor(v)
	return c.String()
}

// appendBase64 decodes either alphabet, padded or not.
func appendBase64(dst, text []byte) ([]byte, error) {
	for len(text) > 0 && text[len(text)-1] == '=' {
		text = text[:len(text)-1]
	}
	encoding := base64.RawStdEncoding
	if hasByte(text, '-') || hasByte(text, '_') {
		encoding = base64.RawURLEncoding
	}
	return encoding.AppendDecode(dst, text)
}

// messageData returns the data of the message that rec is or holds, nil where
// it is no message.
func messageData(rec logentry.Value) logentry.Value {
	if m := rec.Get("message"); m.Kind() == logentry.ValueObject {
		return dataOf(m)
	}
	data := rec.Get("data")
	if data.Kind() == logentry.ValueObject { // an event
		return dataOf(data.Get("message"))
	}
	if rec.Get("messageId") != nil || rec.Get("message_id") != nil || rec.Get("publishTime") != nil {
		return dataOf(rec)
	}
	return nil
}

func dataOf(message logentry.Value) logentry.Value {
	if data := message.Get("data"); data.Kind() == logentry.ValueString {
		return data
	}
	return nil
}

// isMessage reports whether object, which may be cut off, is a message that
// holds a JSON object. An application may log a message with data of its own,
// so that the data must begin like one.
func isMessage(object logentry.Value) bool {
	data := messageData(object)
	if data == nil {
		data = cutData(object)
	}
	text, escaped, _ := stringOf(data)
	if escaped || len(text) < 8 {
		return false
	}
	head, err := appendBase64(nil, text[:8])
	return err == nil && len(head) > 0 && head[skipSpace(head, 0)%len(head)] == '{'
}

// cutData looks for the data of a message whose end is not in sight.
func cutData(object []byte) logentry.Value {
	c := logentry.NewCursor(object)
	c.EnterObject()
	inside := false // of a message
	for depth := 0; depth < 3; {
		key, _, ok := c.NextKey()
		if !ok {
			return nil
		}
		switch name := string(key); {
		case (name == "message" || name == "data") && c.EnterObject():
			depth++
			inside = name == "message"
		case name == "attributes":
			inside = true
			c.Skip()
		case name == "data" && inside && c.Peek() == '"':
			// As much as is there, closed.
			rest := c.Rest()
			return append(append(logentry.Value(nil), rest[:min(len(rest), 64)]...), '"')
		default:
			c.Skip()
		}
	}
	return nil
}

// holdsMessages reports whether object, which may be cut off, is a page of
// messages, as the API returns them.
func holdsMessages(object []byte) bool {
	c := logentry.NewCursor(object)
	c.EnterObject()
	for {
		key, _, ok := c.NextKey()
		if !ok {
			return false
		}
		name := string(key)
		if (name == "receivedMessages" || name == "received_messages" || name == "messages") && c.EnterArray() && c.NextElement() {
			return isMessage(c.Rest())
		}
		c.Skip()
	}
}
