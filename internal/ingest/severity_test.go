package ingest

import (
	"fmt"
	"testing"

	"logwhy/internal/logentry"
)

func TestSeverity(t *testing.T) {
	for _, c := range []struct{ record, want string }{
		// Declared.
		{`{"severity":"ERROR","textPayload":"INFO: x"}`, "ERROR declared"},
		{`{"severity":"error","textPayload":"x"}`, "ERROR declared"},
		{`{"severity":"Warn","textPayload":"x"}`, "WARNING declared"},
		{`{"severity":500,"textPayload":"x"}`, "ERROR declared"},
		{`{"severity":"600","textPayload":"x"}`, "CRITICAL declared"},
		{`{"severity":550,"textPayload":"x"}`, "ERROR declared"},
		{`{"severity":9000,"textPayload":"x"}`, "EMERGENCY declared"},
		{`{"severity":"INFO","jsonPayload":{"message":"m","level":"error"}}`, "INFO declared"},
		// Absent or DEFAULT: the payload.
		{`{"severity":"DEFAULT","jsonPayload":{"message":"m","level":"error"}}`, "ERROR payload"},
		{`{"severity":0,"jsonPayload":{"message":"m","level":"error"}}`, "ERROR payload"},
		{`{"severity":"odd","jsonPayload":{"message":"m","severity":"WARNING"}}`, "WARNING payload"},
		{`{"jsonPayload":{"message":"m","lvl":"warn"}}`, "WARNING payload"},
		{`{"jsonPayload":{"message":"m","levelname":"CRITICAL"}}`, "CRITICAL payload"},
		{`{"jsonPayload":{"message":"m","log.level":"error"}}`, "ERROR payload"},
		{`{"jsonPayload":{"message":"m","log":{"level":"error"}}}`, "ERROR payload"},
		{`{"jsonPayload":{"message":"m","level":{"name":"ERROR","no":40}}}`, "ERROR payload"},
		{`{"jsonPayload":{"msg":"m","level":10}}`, "DEBUG payload"},
		{`{"jsonPayload":{"msg":"m","level":20}}`, "DEBUG payload"},
		{`{"jsonPayload":{"msg":"m","level":30}}`, "INFO payload"},
		{`{"jsonPayload":{"msg":"m","level":35}}`, "INFO payload"},
		{`{"jsonPayload":{"msg":"m","level":40}}`, "WARNING payload"},
		{`{"jsonPayload":{"msg":"m","level":50}}`, "ERROR payload"},
		{`{"jsonPayload":{"msg":"m","level":"60"}}`, "CRITICAL payload"},
		{`{"jsonPayload":{"message":"m","level":400,"level_name":"ERROR"}}`, "ERROR payload"},
		{`{"jsonPayload":{"message":"m","level":100}}`, "DEBUG payload"},
		{`{"jsonPayload":{"message":"m","level":200}}`, "INFO payload"},
		{`{"jsonPayload":{"message":"m","level":250}}`, "NOTICE payload"},
		{`{"jsonPayload":{"message":"m","level":300}}`, "WARNING payload"},
		{`{"jsonPayload":{"message":"m","level":400}}`, "ERROR payload"},
		{`{"jsonPayload":{"message":"m","level":500}}`, "CRITICAL payload"},
		{`{"jsonPayload":{"message":"m","level":550}}`, "ALERT payload"},
		{`{"jsonPayload":{"message":"m","level":600}}`, "EMERGENCY payload"},
		{`{"jsonPayload":{"message":"m","severity":500}}`, "ERROR payload"},
		{`{"jsonPayload":{"message":"m","severity":30}}`, "INFO payload"},
		{`{"jsonPayload":{"MESSAGE":"m","PRIORITY":"3"}}`, "ERROR payload"},
		{`{"jsonPayload":{"MESSAGE":"m","PRIORITY":6}}`, "INFO payload"},
		{`{"jsonPayload":{"message":"m","level":3}}`, "DEFAULT none"},
		{`{"jsonPayload":{"message":"m","level":9000}}`, "DEFAULT none"},
		{`{"jsonPayload":{"message":"m","severity":9000}}`, "DEFAULT none"},
		{`{"jsonPayload":{"message":"m","PRIORITY":"9"}}`, "DEFAULT none"},
		{`{"jsonPayload":{"message":"m","level":"silly mode"}}`, "DEFAULT none"},
		{`{"jsonPayload":{"message":"m","level":null}}`, "DEFAULT none"},
		// The text.
		{`{"textPayload":"[ERROR] x"}`, "ERROR text"},
		{`{"jsonPayload":{"message":"ERROR: x"}}`, "ERROR text"},
		{`{"textPayload":"\u001b[31m[Nest] 1  - \u001b[39m01/15/2026, 12:00:00 PM \u001b[31m  ERROR\u001b[39m [X] y"}`, "ERROR text"},
		{`{"textPayload":"ERROR: x","httpRequest":{"status":200}}`, "ERROR text"},
		// The request.
		{`{"httpRequest":{"status":503}}`, "ERROR http"},
		{`{"httpRequest":{"status":404}}`, "WARNING http"},
		{`{"httpRequest":{"status":200}}`, "INFO http"},
		{`{"textPayload":"The request was aborted.","httpRequest":{"status":503}}`, "ERROR http"},
		{`{"httpRequest":{"requestMethod":"GET"}}`, "DEFAULT none"},
		// Nothing.
		{`{"textPayload":"Error: x"}`, "DEFAULT none"},
		{`{"protoPayload":{"methodName":"ERROR: x"}}`, "DEFAULT none"},
	} {
		e := decoded(t, c.record)
		if got := fmt.Sprint(e.Severity, " ", basisName(e.Basis)); got != c.want {
			t.Errorf("%s: %s, want %s", c.record, got, c.want)
		}
	}
}

func basisName(b logentry.Basis) string {
	return [...]string{"none", "declared", "payload", "text", "http"}[b]
}
