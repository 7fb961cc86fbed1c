package logentry

// Severity is LogSeverity, with the numbers of
// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity.
type Severity int16

// The severities.
const (
	SeverityDefault   Severity = 0
	SeverityDebug     Severity = 100
	SeverityInfo      Severity = 200
	SeverityNotice    Severity = 300
	SeverityWarning   Severity = 400
	SeverityError     Severity = 500
	SeverityCritical  Severity = 600
	SeverityAlert     Severity = 700
	SeverityEmergency Severity = 800
)

var severityNames = map[Severity]string{
	SeverityDefault: "DEFAULT", SeverityDebug: "DEBUG", SeverityInfo: "INFO", SeverityNotice: "NOTICE",
	SeverityWarning: "WARNING", SeverityError: "ERROR", SeverityCritical: "CRITICAL", SeverityAlert: "ALERT",
	SeverityEmergency: "EMERGENCY",
}

// String returns the name in capitals, as LogEntry prints it.
func (s Severity) String() string {
	if n, ok := severityNames[s]; ok {
		return n
	}
	return "DEFAULT"
}

// ParseSeverity reads a LogEntry severity or a level word as loggers print it:
// "ERROR", "error", "warn", "fatal", "E" is not accepted. ok is false for
// anything else.
func ParseSeverity(s string) (sev Severity, ok bool) {
	if len(s) < 3 || len(s) > 13 {
		return 0, false
	}
	var upper [13]byte // folded here: strings.ToUpper allocates
	for i := range len(s) {
		upper[i] = s[i]
		if c := s[i]; c >= 'a' && c <= 'z' {
			upper[i] = c - 'a' + 'A'
		}
	}
	switch string(upper[:len(s)]) {
	case "DEFAULT":
		return SeverityDefault, true
	case "TRACE", "DEBUG", "VERBOSE", "SILLY", "FINE", "FINER", "FINEST":
		return SeverityDebug, true
	case "INFO", "INFORMATION", "INFORMATIONAL", "LOG", "CONFIG", "SUCCESS":
		return SeverityInfo, true
	case "NOTICE":
		return SeverityNotice, true
	case "WARN", "WARNING":
		return SeverityWarning, true
	case "ERROR", "ERR", "SEVERE", "FAILURE":
		return SeverityError, true
	case "FATAL", "CRITICAL", "CRIT", "PANIC", "DPANIC":
		return SeverityCritical, true
	case "ALERT":
		return SeverityAlert, true
	case "EMERGENCY", "EMERG":
		return SeverityEmergency, true
	}
	return 0, false
}
