package ingest

import (
	"bytes"

	"logwhy/internal/logentry"
)

// Lines that firebase functions:log prints: a time, the first letter of the
// severity, the name of the function and the text, such as
//
//	2026-03-14T09:26:53.589793Z E createOrder: Error: no such ledger
//
// See https://github.com/firebase/firebase-tools/blob/master/src/functions/functionslog.ts.

// isFunctionLine recognises what stands behind the time.
func isFunctionLine(rest []byte) bool {
	_, _, ok := functionLine(rest)
	return ok
}

// functionLine returns the severity, which is unknown for "?", and the length
// of the name, which stands at rest[3:].
func functionLine(rest []byte) (severity logentry.Severity, name int, ok bool) {
	if len(rest) < 6 || rest[0] != ' ' || rest[2] != ' ' {
		return 0, 0, false
	}
	severity, ok = letterSeverity(rest[1])
	if !ok {
		return 0, 0, false
	}
	n := 3
	for n < len(rest) && (rest[n] == '-' || rest[n] == '_' || '0' <= rest[n] && rest[n] <= '9' || 'a' <= rest[n]|0x20 && rest[n]|0x20 <= 'z') {
		n++
	}
	return severity, n - 3, n > 3 && bytes.HasPrefix(rest[n:], []byte(": "))
}

// letterSeverity reads the first letter of a severity. E is ERROR: EMERGENCY
// has the same, and is rare.
func letterSeverity(c byte) (logentry.Severity, bool) {
	switch c {
	case '?':
		return logentry.SeverityDefault, true
	case 'D':
		return logentry.SeverityDebug, true
	case 'I':
		return logentry.SeverityInfo, true
	case 'N':
		return logentry.SeverityNotice, true
	case 'W':
		return logentry.SeverityWarning, true
	case 'E':
		return logentry.SeverityError, true
	case 'C':
		return logentry.SeverityCritical, true
	case 'A':
		return logentry.SeverityAlert, true
	}
	return 0, false
}

var auditPrefix = []byte(`{"@type":"type.googleapis.com/google.cloud.audit.AuditLog"`)

func appendFunctionLine(dst, rest []byte) []byte {
	severity, n, _ := functionLine(rest)
	name, text := rest[3:3+n], rest[3+n+2:]
	if severity != logentry.SeverityDefault {
		dst = appendMember(dst, "severity", []byte(severity.String()))
	}
	dst = append(appendKey(dst, "resource"), `{"type":"cloud_function","labels":{"function_name":`...)
	dst = append(appendText(dst, name), "}}"...)
	if bytes.HasPrefix(text, auditPrefix) && bytes.IndexByte(text, '\n') < 0 {
		if c := logentry.NewCursor(text); skipsWhole(&c) {
			return append(appendKey(dst, "protoPayload"), text...)
		}
	}
	return appendPayload(dst, text)
}

func skipsWhole(c *logentry.Cursor) bool {
	c.Skip()
	return c.OK() && c.AtEnd()
}
