package ingest

import (
	"logwhy/internal/logentry"
)

// setSeverity finds the effective severity and says where it comes from.
func (d *decoder) setSeverity(e *logentry.Entry) {
	if s, ok := d.declaredSeverity(); ok && s != logentry.SeverityDefault {
		e.Severity, e.Basis = s, logentry.BasisDeclared
		return
	}
	if s, ok := d.payloadSeverity(); ok {
		e.Severity, e.Basis = s, logentry.BasisPayload
		return
	}
	if e.Payload == logentry.PayloadText || e.Payload == logentry.PayloadJSON {
		if s, ok := levelInText(e.Message); ok {
			e.Severity, e.Basis = s, logentry.BasisText
			return
		}
	}
	if e.HTTP != nil && e.HTTP.Status > 0 {
		e.Severity, e.Basis = statusSeverity(e.HTTP.Status), logentry.BasisHTTP
	}
}

// declaredSeverity reads LogEntry.severity: a name in any case, or a number.
func (d *decoder) declaredSeverity() (logentry.Severity, bool) {
	text := d.valueText(d.sev)
	if text == "" {
		return 0, false
	}
	if isDigit(text[0]) {
		return numberedSeverity(wholeNumber(text)), true
	}
	return levelWord(text)
}

// numberedSeverity maps the numbers of LogSeverity; numbers between two of
// them count as the lower.
func numberedSeverity(n int64) logentry.Severity {
	return logentry.Severity(min(max(n/100*100, 0), 800))
}

// payloadSeverity reads the level that the application wrote into its payload.
func (d *decoder) payloadSeverity() (logentry.Severity, bool) {
	p := &d.payload
	if s, ok := levelWord(d.valueText(p.get(fieldLevelName))); ok && s != logentry.SeverityDefault {
		return s, true
	}
	if v := p.get(fieldLevel); v != nil {
		if s, ok := d.levelValue(v, loggerNumber); ok {
			return s, true
		}
	}
	if v := p.get(fieldSeverity); v != nil {
		if s, ok := d.levelValue(v, severityNumber); ok {
			return s, true
		}
	}
	if v := p.get(fieldLog); v.Kind() == logentry.ValueObject {
		if s, ok := d.levelValue(v.Get("level"), loggerNumber); ok {
			return s, true
		}
	}
	if v := p.get(fieldJournalPriority); v != nil {
		return d.levelValue(v, journalNumber)
	}
	return 0, false
}

// levelValue reads a level that is a word, a number, or an object that names it.
func (d *decoder) levelValue(v logentry.Value, number func(int64) (logentry.Severity, bool)) (logentry.Severity, bool) {
	if v.Kind() == logentry.ValueObject {
		v = v.Get("name")
	}
	text := d.valueText(v)
	if text != "" && isDigit(text[0]) {
		return number(wholeNumber(text))
	}
	s, ok := levelWord(text)
	return s, ok && s != logentry.SeverityDefault
}

// loggerNumber maps the numbers of bunyan and pino (10 trace … 60 fatal), and
// those of Monolog (100 debug … 600 emergency).
func loggerNumber(n int64) (logentry.Severity, bool) {
	switch {
	case n < 10:
		return 0, false
	case n < 30:
		return logentry.SeverityDebug, true
	case n < 40:
		return logentry.SeverityInfo, true
	case n < 50:
		return logentry.SeverityWarning, true
	case n < 60:
		return logentry.SeverityError, true
	case n < 100:
		return logentry.SeverityCritical, true
	case n < 200:
		return logentry.SeverityDebug, true
	case n < 250:
		return logentry.SeverityInfo, true
	case n < 300:
		return logentry.SeverityNotice, true
	case n < 400:
		return logentry.SeverityWarning, true
	case n < 500:
		return logentry.SeverityError, true
	case n < 550:
		return logentry.SeverityCritical, true
	case n < 600:
		return logentry.SeverityAlert, true
	case n == 600:
		return logentry.SeverityEmergency, true
	}
	return 0, false
}

// severityNumber maps a number in a field called severity: those of bunyan
// below 100, of LogSeverity from there on.
func severityNumber(n int64) (logentry.Severity, bool) {
	if n < 100 {
		return loggerNumber(n)
	}
	return numberedSeverity(n), n <= 800
}

// journalNumber maps the priorities of syslog and journald.
func journalNumber(n int64) (logentry.Severity, bool) {
	priorities := [...]logentry.Severity{
		logentry.SeverityEmergency, logentry.SeverityAlert, logentry.SeverityCritical, logentry.SeverityError,
		logentry.SeverityWarning, logentry.SeverityNotice, logentry.SeverityInfo, logentry.SeverityDebug,
	}
	if n < 0 || n >= int64(len(priorities)) {
		return 0, false
	}
	return priorities[n], true
}

// statusSeverity is the severity that an HTTP status stands for.
func statusSeverity(status int) logentry.Severity {
	switch {
	case status >= 500:
		return logentry.SeverityError
	case status >= 400:
		return logentry.SeverityWarning
	}
	return logentry.SeverityInfo
}
