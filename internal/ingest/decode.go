package ingest

import (
	"errors"
	"unicode/utf8"
	"unsafe"

	"logwhy/internal/logentry"
)

// Why a record is no entry.
var (
	errNotObject = errors.New("not a JSON object")
	errMalformed = errors.New("malformed JSON")
	errNoEntry   = errors.New("no field of a log entry")
)

// A decoder turns one JSON record after the other into entries. It owns the
// memory behind what it fills in, so that an entry of ordinary shape costs no
// allocation; a worker has one of its own.
type decoder struct {
	cursor, inner logentry.Cursor
	// arena holds the texts that cannot be borrowed from the record. Texts of
	// earlier growth stay alive with the strings that view them.
	arena []byte
	// clean says that the record is valid UTF-8 throughout, replaced counts
	// the sequences that were not, in all texts taken so far.
	clean    bool
	replaced int

	labels, resourceLabels logentry.Labels
	groups                 []string
	http                   logentry.HTTPRequest
	source                 logentry.SourceLocation
	operation              logentry.Operation
	split                  logentry.Split
	audit                  logentry.Audit
	env                    []logentry.EnvVar
	// owner is the service or job that the object of an audit entry belongs to.
	owner string

	// What the first pass over the record leaves for the normalisation.
	known   bool // some field of LogEntry was there
	top     bool // the record itself has a message
	text    logentry.Value
	json    logentry.Value
	proto   logentry.Value
	repr    logentry.Value // what a script printed of a payload, and where
	sev     logentry.Value
	payload payload

	reprPrefix string
}

func newDecoder() *decoder {
	return &decoder{arena: make([]byte, 0, 4096)}
}

// decode fills e from raw, which holds one JSON object. Everything in e but
// Pos is overwritten. Its strings are borrowed from raw and from the decoder
// and are valid until the next call. A field whose value has the wrong form is
// as good as absent; the error tells that raw is no entry at all.
func (d *decoder) decode(raw []byte, e *logentry.Entry) error {
	d.reset(raw, e)
	c := &d.cursor
	if !c.EnterObject() {
		return errNotObject
	}
	for {
		key, escaped, ok := c.NextKey()
		if !ok {
			break
		}
		if escaped {
			key = []byte(d.string(key, true))
		}
		d.field(c, key, e)
	}
	switch {
	case !c.OK() || !c.AtEnd():
		return errMalformed
	case !d.known:
		return errNoEntry
	}
	d.normalise(e)
	return nil
}

func (d *decoder) reset(raw []byte, e *logentry.Entry) {
	*e = logentry.Entry{Pos: e.Pos, Time: logentry.NoTime, Received: logentry.NoTime, Raw: raw}
	d.cursor = logentry.NewCursor(raw)
	d.arena = d.arena[:0]
	d.clean, d.replaced = utf8.Valid(raw), 0
	d.known, d.top, d.owner = false, false, ""
	d.text, d.json, d.proto, d.repr, d.sev = nil, nil, nil, nil, nil
	d.payload.reset("")
}

// field reads one member of the record. Besides the names of LogEntry it knows
// those of Log Analytics rows and of records that scripts wrote.
func (d *decoder) field(c *logentry.Cursor, key []byte, e *logentry.Entry) {
	known := true
	switch string(key) {
	case "timestamp":
		e.Time = d.time(c.Value())
	case "time":
		if at := d.time(c.Value()); !e.Time.Known() {
			e.Time = at
		}
	case "receiveTimestamp", "receive_timestamp":
		e.Received = d.time(c.Value())
	case "severity":
		d.sev = c.Value()
	case "textPayload", "text_payload":
		d.text = c.Value()
	case "jsonPayload", "json_payload":
		d.jsonPayload(c)
	case "protoPayload", "proto_payload":
		d.proto = c.Value()
	case "raw_payload", "rawPayload":
		d.repr, d.reprPrefix = c.Value(), "raw_payload."
	case "logName", "log_name":
		e.LogName = d.textOf(c)
	case "insertId", "insert_id":
		e.InsertID = d.textOf(c)
	case "trace":
		e.Trace = d.textOf(c)
	case "spanId", "span_id":
		e.SpanID = d.textOf(c)
	case "resource":
		d.resource(c, e)
	case "labels":
		e.Labels, d.labels = d.labelList(c, d.labels)
	case "httpRequest", "http_request":
		e.HTTP = d.httpRequest(c)
	case "sourceLocation", "source_location":
		e.Source = d.sourceLocation(c)
	case "operation":
		e.Operation = d.operationOf(c)
	case "split":
		e.Split = d.splitOf(c)
	case "errorGroups", "error_groups":
		e.ErrorGroups = d.errorGroups(c)
	default:
		known = d.foreignField(c, key)
	}
	d.known = d.known || known
}

// foreignField reads a member that LogEntry does not have. A record that was
// written by a script or straight by an application has the message at its
// top; whether that counts is seen when the record is read, and it is then
// read again like a payload.
func (d *decoder) foreignField(c *logentry.Cursor, key []byte) (known bool) {
	v := c.Value()
	id := payloadField(key)
	switch {
	case string(key) == "payload" && isEmpty(d.repr):
		d.repr, d.reprPrefix = v, "payload."
	case id.isMessage() && !isEmpty(v):
		d.top = true
		return id <= fieldEvent && v.Kind() == logentry.ValueString
	}
	return false
}

// jsonPayload notes the fields of an object payload that have a meaning. It
// reads the payload where it stands, once.
func (d *decoder) jsonPayload(c *logentry.Cursor) {
	if c.Peek() != '{' {
		d.json = c.Value()
		return
	}
	d.json = d.payload.read(c, "jsonPayload.")
}

// textOf reads the next value as text: a string, or a number or boolean as
// written. It is "" for everything else.
func (d *decoder) textOf(c *logentry.Cursor) string {
	if c.Peek() == '"' {
		s, escaped, _ := c.String()
		return d.string(s, escaped)
	}
	return d.valueText(c.Value())
}

// valueText is textOf for a value that was read.
func (d *decoder) valueText(v logentry.Value) string {
	switch v.Kind() {
	case logentry.ValueString:
		return d.string(v[1:len(v)-1], true)
	case logentry.ValueNumber, logentry.ValueBool:
		return borrow(v)
	}
	return ""
}

// string returns the text of a JSON string given without its quotes, borrowed
// where nothing had to be changed.
func (d *decoder) string(s []byte, escaped bool) string {
	if d.clean && (!escaped || !hasByte(s, '\\')) {
		return borrow(s)
	}
	start := len(d.arena)
	text, replaced := logentry.AppendUnescaped(d.arena, s)
	d.arena, d.replaced = text, d.replaced+replaced
	return borrow(text[start:])
}

// borrow views b as a string without copying.
func borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
