package ingest

import "logwhy/internal/logentry"

// A payloadID names a field of an object payload that has a meaning for us,
// whatever the logger calls it.
type payloadID uint8

// The fields. Within a group the order is the order in which they are asked.
const (
	fieldNone payloadID = iota

	fieldMessage
	fieldMsg
	fieldEvent
	fieldJournalMessage
	fieldLog
	fieldTextPayload
	fieldError
	fieldErr
	fieldException

	fieldErrors
	fieldE
	fieldErrorMessage
	fieldExcInfo
	fieldStack
	fieldTraceback
	fieldReason
	fieldDetail
	fieldDetails
	fieldCause
	fieldStatusDetails

	fieldLevelName
	fieldLevel
	fieldSeverity
	fieldJournalPriority

	fieldTime

	fieldStatus
	fieldCode

	fieldService
	fieldServiceContext
	fieldInvolvedObject
	fieldTrace
	fieldFields
	fieldContext

	fieldCount
)

// messageOrder is the order in which fields are asked for the message.
var messageOrder = [...]payloadID{
	fieldMessage, fieldMsg, fieldEvent, fieldJournalMessage, fieldLog, fieldTextPayload, fieldError, fieldErr, fieldException,
}

// detailOrder is the order in which fields are asked for the reason beside it.
var detailOrder = [...]payloadID{
	fieldErr, fieldError, fieldErrors, fieldE, fieldException, fieldErrorMessage, fieldExcInfo, fieldStack, fieldTraceback,
	fieldReason, fieldDetail, fieldDetails, fieldCause, fieldStatusDetails,
}

func (id payloadID) isMessage() bool { return id >= fieldMessage && id <= fieldException }

// payloadField tells what the field called key is.
func payloadField(key []byte) payloadID {
	switch string(key) {
	case "message":
		return fieldMessage
	case "msg", "Message", "@m", "RenderedMessage": // the capitals and @ are of .NET and Serilog
		return fieldMsg
	case "event", "@mt", "MessageTemplate":
		return fieldEvent
	case "MESSAGE":
		return fieldJournalMessage
	case "log":
		return fieldLog
	case "textPayload":
		return fieldTextPayload
	case "error":
		return fieldError
	case "err":
		return fieldErr
	case "exception", "Exception", "@x", "thrown":
		return fieldException
	case "errors":
		return fieldErrors
	case "e":
		return fieldE
	case "error.message", "errorMessage", "error_message", "exception.message", "errorVerbose":
		return fieldErrorMessage
	case "exc_info", "exc_text":
		return fieldExcInfo
	case "stack", "stack_trace", "stackTrace", "stacktrace", "error.stack_trace", "error.stack", "exception.stacktrace":
		return fieldStack
	case "tb", "traceback":
		return fieldTraceback
	case "reason", "debugInfo":
		return fieldReason
	case "detail":
		return fieldDetail
	case "details":
		return fieldDetails
	case "cause":
		return fieldCause
	case "statusDetails":
		return fieldStatusDetails
	case "levelname", "level_name", "log.level":
		return fieldLevelName
	case "level", "lvl", "loglevel", "log_level", "logLevel", "LogLevel", "Level", "@l":
		return fieldLevel
	case "severity":
		return fieldSeverity
	case "PRIORITY":
		return fieldJournalPriority
	case "timestamp", "time", "ts", "@timestamp", "Timestamp", "@t":
		return fieldTime
	case "status", "statusCode", "status_code", "http_status":
		return fieldStatus
	case "code", "errno":
		return fieldCode
	case "service", "service.name", "serviceName", "service_name":
		return fieldService
	case "serviceContext":
		return fieldServiceContext
	case "involvedObject":
		return fieldInvolvedObject
	case "logging.googleapis.com/trace":
		return fieldTrace
	case "fields":
		return fieldFields
	case "context", "meta", "extra":
		return fieldContext
	}
	return fieldNone
}

// A payload is an object payload of which only the known fields were noted.
type payload struct {
	prefix string // path of the object, such as "jsonPayload."
	whole  logentry.Value
	have   uint64 // bit id is set where value[id] is
	value  [fieldCount]logentry.Value
	key    [fieldCount][]byte
}

func (p *payload) reset(prefix string) {
	p.prefix, p.whole, p.have = prefix, nil, 0
}

// get returns the value of a field, nil where it is absent.
func (p *payload) get(id payloadID) logentry.Value {
	if p.have&(1<<id) == 0 {
		return nil
	}
	return p.value[id]
}

// read notes the fields of the object at the cursor and returns the object.
func (p *payload) read(c *logentry.Cursor, prefix string) logentry.Value {
	p.reset(prefix)
	rest := c.Rest()
	if !c.EnterObject() {
		c.Skip()
		return nil
	}
	for {
		key, _, ok := c.NextKey()
		if !ok {
			break
		}
		id := payloadField(key)
		if id == fieldNone {
			c.Skip()
			continue
		}
		v := c.Value()
		// The first of several names of one thing counts, unless it is empty.
		if p.have&(1<<id) != 0 && string(p.key[id]) != string(key) && !isEmpty(p.value[id]) {
			continue
		}
		p.have |= 1 << id
		p.value[id], p.key[id] = v, key
	}
	p.whole = logentry.Value(rest[:len(rest)-len(c.Rest())])
	return p.whole
}

// isEmpty reports whether v says nothing.
func isEmpty(v logentry.Value) bool {
	switch string(v) {
	case "", "null", `""`, "{}", "[]":
		return true
	}
	return false
}
