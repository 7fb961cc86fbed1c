package ingest

import (
	"strings"

	"logwhy/internal/logentry"
)

// setDetail gathers the reason that stands beside the message in fields such
// as err or exception; used is the field that gave the message.
func (d *decoder) setDetail(e *logentry.Entry, used payloadID) {
	if v := d.payload.get(used); v.Kind() == logentry.ValueObject {
		d.addDetail(e, used, "", v) // a message that is an error with its stack
	}
	if d.payload.have&detailFields != 0 {
		for _, id := range detailOrder {
			if v := d.payload.get(id); v != nil && id != used {
				d.addDetail(e, id, "", v)
			}
		}
	}
	if e.Detail == "" && d.payload.have&(1<<fieldFields|1<<fieldContext) != 0 {
		d.contextDetail(e, fieldFields)
		d.contextDetail(e, fieldContext)
	}
}

// contextDetail looks for the reason in the object in which Rust's tracing and
// Monolog put what belongs to a message.
func (d *decoder) contextDetail(e *logentry.Entry, id payloadID) {
	context := d.payload.get(id)
	for _, key := range [...]string{"err", "error", "exception"} {
		if v := context.Get(key); v != nil {
			d.addDetail(e, id, "."+key, v)
		}
	}
}

// addDetail adds what the field says beyond message and detail so far; below
// is the rest of its path.
func (d *decoder) addDetail(e *logentry.Entry, id payloadID, below string, v logentry.Value) {
	text := d.reason(id, v)
	switch {
	case text == "" || strings.Contains(e.Message, text) || strings.Contains(e.Detail, text):
	case e.Detail == "" || strings.Contains(text, e.Detail):
		e.Detail, e.DetailField = text, d.fieldPath(id, below)
	default:
		e.Detail += "\n" + text
	}
}

// detailFields has the bit of every field in detailOrder.
const detailFields = 1<<fieldErr | 1<<fieldError | 1<<fieldErrors | 1<<fieldE | 1<<fieldException | 1<<fieldErrorMessage |
	1<<fieldExcInfo | 1<<fieldStack | 1<<fieldTraceback | 1<<fieldReason | 1<<fieldDetail | 1<<fieldDetails |
	1<<fieldCause | 1<<fieldStatusDetails

// fieldPath names a field of the payload as Entry.Field does.
func (d *decoder) fieldPath(id payloadID, below string) string {
	start := len(d.arena)
	d.arena = append(append(append(d.arena, d.payload.prefix...), d.payload.key[id]...), below...)
	return borrow(d.arena[start:])
}

// reason renders the value of a detail field; "" when it gives no reason.
func (d *decoder) reason(id payloadID, v logentry.Value) string {
	text := tidy(strings.TrimLeft(d.reasonText(v, 4), " \t\r\n"))
	if isArtefact(text) || id == fieldStatusDetails && strings.HasPrefix(text, "response_sent_by_backend") {
		return ""
	}
	return text
}

func (d *decoder) reasonText(v logentry.Value, depth int) string {
	switch v.Kind() {
	case logentry.ValueString:
		return d.valueText(v)
	case logentry.ValueObject:
		if depth > 0 {
			return d.objectReason(v, depth)
		}
	case logentry.ValueArray:
		if depth > 0 {
			return d.listReason(v, depth)
		}
	}
	return ""
}

// maxReasons bounds the elements of a list of errors that are rendered.
const maxReasons = 20

func (d *decoder) listReason(v logentry.Value, depth int) string {
	var parts []string
	for el := range v.Elements {
		if text := d.reasonText(el, depth-1); !isArtefact(text) {
			parts = append(parts, text)
		}
		if len(parts) == maxReasons {
			break
		}
	}
	return strings.Join(parts, "; ")
}

// objectReason renders an error object as "Type: message (code)", or by its
// stack, which holds both.
func (d *decoder) objectReason(v logentry.Value, depth int) string {
	var kind, message, stack, code string
	for key, val := range v.Members {
		switch key {
		case "type", "name", "class", "exc_type", "kind", "errorType", "exceptionType":
			setFirst(&kind, d.valueText(val))
		case "message", "msg", "value", "exc_value", "description", "detail", "details", "reason", "title", "error",
			"errors", "errorMessage", "error_message", "err", "inner", "cause", "payload":
			setFirst(&message, d.reasonText(val, depth-1))
		case "stack", "stack_trace", "stackTrace", "stacktrace", "traceback", "extendedStackTrace":
			setFirst(&stack, d.reasonText(val, depth-1))
		case "code", "status", "errno", "statusCode":
			setFirst(&code, d.valueText(val))
		}
	}
	if isArtefact(message) {
		message = ""
	}
	if isTypeOfText(kind) {
		kind = ""
	}
	if isArtefact(code) || isSuccess(code) {
		code = ""
	}
	return joinReason(kind, message, stack, code)
}

// joinReason puts the parts of an error object together.
func joinReason(kind, message, stack, code string) string {
	text := message
	if kind != "" && message != "" && !strings.HasPrefix(message, kind) {
		text = kind + ": " + message
	}
	if code != "" && text != "" && !strings.Contains(text, code) {
		text += " (" + code + ")"
	}
	switch {
	case stack == "":
		return text
	case message == "" || strings.Contains(stack, message):
		return stack
	}
	return text + "\n" + stack
}

func setFirst(dst *string, s string) {
	if *dst == "" {
		*dst = s
	}
}

// isTypeOfText reports names of types that only say that the error is a text.
func isTypeOfText(kind string) bool {
	switch kind {
	case "str", "string", "String", "object", "Object", "dict", "unknown", "None", "null":
		return true
	}
	return false
}

// isArtefact reports whether text is what formatters write where there is no
// error at all.
func isArtefact(text string) bool {
	switch strings.TrimSpace(text) {
	case "", "null", "None", "undefined", "nil", "<nil>", "true", "false", "True", "False", "0", "{}", "[]", "()",
		"NoneType: None", "Missing field", "N/A", "n/a", "-", "OK", "ok":
		return true
	}
	return false
}

// appendCode adds a status or error code beside a message that reports a
// failure; beside anything else such a number is data. Of a warning a status
// counts that says by its number what the matter is.
func (d *decoder) appendCode(e *logentry.Entry) {
	if d.payload.have&(1<<fieldStatus|1<<fieldCode) == 0 || e.Payload != logentry.PayloadJSON {
		return
	}
	fails := reportsFailure(e)
	if !fails && e.Severity != logentry.SeverityWarning {
		return
	}
	for _, id := range [...]payloadID{fieldStatus, fieldCode} {
		code := d.valueText(d.payload.get(id))
		if code == "" || len(code) > 60 || isArtefact(code) || isSuccess(code) || !fails && !tellingStatus(code) ||
			strings.Contains(e.Message, code) || strings.Contains(e.Detail, code) {
			continue
		}
		text := string(d.payload.key[id]) + "=" + code
		switch {
		case e.Detail == "":
			e.Detail, e.DetailField = text, d.fieldPath(id, "")
		case strings.IndexByte(e.Detail, '\n') >= 0: // not into the last frame of a stack
			e.Detail += "\n" + text
		default:
			e.Detail += " (" + text + ")"
		}
	}
}

// tellingStatus reports whether an HTTP status names the matter: payment, size
// or rate.
func tellingStatus(code string) bool {
	switch code {
	case "402", "413", "429", "431", "507":
		return true
	}
	return false
}

func isSuccess(code string) bool {
	if len(code) == 3 && (code[0] == '2' || code[0] == '3') && isDigit(code[1]) && isDigit(code[2]) {
		return true
	}
	switch strings.ToLower(code) {
	case "success", "succeeded", "completed", "complete", "done", "running", "active", "healthy", "pending":
		return true
	}
	return false
}

// reportsFailure reports whether e is about something that went wrong: by its
// level, by a reason beside it, or by its form. A level below WARNING speaks
// against it.
func reportsFailure(e *logentry.Entry) bool {
	if e.Severity >= logentry.SeverityError {
		return true
	}
	quiet := e.Severity != logentry.SeverityDefault && e.Severity < logentry.SeverityWarning
	return !quiet && (e.Detail != "" || hasFailureForm(e.Message))
}

// hasFailureForm reports whether text begins as reports of failures do:
// "SomethingError: …", "fatal: …", "failed to …", "could not …".
func hasFailureForm(text string) bool {
	head := strings.ToLower(cutText(text, 120))
	for _, word := range [...]string{"error:", "exception:", "fatal:", "failed", "failure", "could not", "cannot ", "unable to"} {
		if strings.Contains(head, word) {
			return true
		}
	}
	return false
}
