package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

const doctorEntries = `[
{"logName":"projects/acme-staging/logs/run.googleapis.com%2Fstderr","insertId":"a","timestamp":"2026-01-25T09:00:00Z","receiveTimestamp":"2026-01-25T09:00:01Z","severity":"INFO","textPayload":"ready","resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging","service_name":"checkout-api"}}},
{"logName":"projects/acme-staging/logs/cloudaudit.googleapis.com%2Factivity","insertId":"b","timestamp":"2026-01-25T06:00:00Z","severity":"NOTICE","protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"/Services.ReplaceService"},"resource":{"type":"cloud_run_revision","labels":{"project_id":"acme-staging"}}},
{"logName":"projects/acme-staging/logs/cloudaudit.googleapis.com%2Fdata_access","insertId":"c","timestamp":"2026-01-25T06:00:00Z","severity":"INFO","protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"AccessSecretVersion"},"resource":{"type":"audited_resource","labels":{"project_id":"acme-staging"}}}
]`

func TestDoctor(t *testing.T) {
	now := time.Date(2026, 1, 25, 9, 2, 0, 0, time.UTC)
	broken := filepath.Join(t.TempDir(), "rules")
	if err := os.MkdirAll(filepath.Join(broken, "acme", "odd"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "acme", "odd", "rule.yaml"), []byte("id: acme.odd\nserverity: high\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuse := func(err error) func(cloudlogtest.Call, string) error {
		return func(cloudlogtest.Call, string) error { return err }
	}
	tests := []struct {
		name string
		o    cloudlogtest.Options
		more []string
		code int
		want []string
		not  string
	}{
		{"all is well", cloudlogtest.Options{}, nil, exitOK, []string{
			"ok    rules ", " signatures\n", "ok    credentials ", "ok    entries      projects/acme-staging can be read; the newest is 2m old\n",
			"ok    audit log    deploys can be seen; the newest change is 3h2m old\n", "run.googleapis.com/stderr\n", "ok    data access  can be read\n", "ok    quota "}, "FAIL"},
		{"no permission", cloudlogtest.Options{Access: refuse(cloudlogtest.PermissionDenied("logging.logEntries.list", "projects/acme-staging"))}, nil, exitRead,
			[]string{"FAIL  entries ", "gcloud projects add-iam-policy-binding acme-staging --member=user:YOU --role=roles/logging.viewer"}, "ok    entries"},
		{"API off", cloudlogtest.Options{Access: refuse(cloudlogtest.ServiceDisabled("acme-staging"))}, nil, exitRead,
			[]string{"FAIL  entries ", "gcloud services enable logging.googleapis.com"}, ""},
		{"credentials over", cloudlogtest.Options{Access: refuse(cloudlogtest.Unauthenticated())}, nil, exitRead,
			[]string{"FAIL  entries ", "gcloud auth application-default login"}, ""},
		{"private logs hidden", cloudlogtest.Options{HidePrivate: true}, nil, exitOK,
			[]string{"note  data access ", "roles/logging.privateLogViewer"}, "FAIL"},
		{"view without audit logs", cloudlogtest.Options{}, []string{"--bucket", "global/_Default"}, exitOK,
			[]string{"note  audit log    no change is in this view", "without --view and --bucket"}, "FAIL"},
		{"logs cannot be listed", cloudlogtest.Options{Faults: cloudlogtest.Only(cloudlogtest.ListLogs, cloudlogtest.Every(1, cloudlogtest.Fault{Err: status.Error(codes.PermissionDenied, "no")}))}, nil, exitOK,
			[]string{"note  logs         cannot be listed: "}, "FAIL"},
		{"rules broken", cloudlogtest.Options{}, []string{"--rules", broken}, exitRead,
			[]string{"FAIL  rules ", "Did you mean \"severity\"?", "ok    entries"}, ""},
		{"rest", cloudlogtest.Options{}, []string{"--transport", "rest"}, exitOK,
			[]string{"note  clock        this machine is ", "behind the server", "timedatectl"}, "FAIL"},
		{"nobody there", cloudlogtest.Options{}, []string{"--endpoint", "127.0.0.1:1", "--deadline", "1s"}, exitRead,
			[]string{"FAIL  entries      cannot reach the Logging API"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.o.Sources = []cloudlogtest.Source{cloudlogtest.FromJSON(t, doctorEntries)}
			s := cloudlogtest.New(t, tt.o)
			addr := s.Addr
			if tt.name == "rest" {
				addr = s.URL
			}
			e, out, diag := liveEnv(now)
			code := run(t.Context(), append([]string{"doctor", "--project", "acme-staging", "--insecure", "--rate", "100000", "--endpoint", addr}, tt.more...), e)
			if code != tt.code || diag.Len() > 0 {
				t.Errorf("exit %d, want %d: %s", code, tt.code, diag)
			}
			for _, w := range tt.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("%q is not in\n%s", w, out)
				}
			}
			if tt.not != "" && strings.Contains(out.String(), tt.not) {
				t.Errorf("%q is in\n%s", tt.not, out)
			}
			if strings.Contains(out.String(), "ready") {
				t.Errorf("an entry was printed:\n%s", out)
			}
		})
	}
}

func TestDoctorWithoutProject(t *testing.T) {
	s := cloudlogtest.New(t, cloudlogtest.Options{})
	e, out, diag := liveEnv(time.Now())
	if code := run(t.Context(), []string{"doctor", "--endpoint", s.Addr, "--insecure"}, e); code != exitOK || !strings.Contains(out.String(), "Give --project ID") {
		t.Errorf("exit %d: %s%s", code, out, diag)
	}
	if n := s.Count(""); n > 0 {
		t.Errorf("%d requests", n)
	}
}
