package cloudlog_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

func withReason(code codes.Code, text, reason string, meta map[string]string) error {
	s, err := status.New(code, text).WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "googleapis.com", Metadata: meta})
	if err != nil {
		return err
	}
	return s.Err()
}

// Each error says what is missing on what, and the command that helps; equally
// over both transports.
func TestErrorsAreWrittenForPeople(t *testing.T) {
	const project = "projects/acme-staging"
	tests := []struct {
		name     string
		resource string
		filter   string
		err      error
		kind     cloudlog.Kind
		want     []string
	}{
		{"no permission", project, "", cloudlogtest.PermissionDenied("logging.logEntries.list", project), cloudlog.Permission,
			[]string{"permission logging.logEntries.list is missing on projects/acme-staging\n", "gcloud projects add-iam-policy-binding acme-staging --member=user:YOU --role=roles/logging.viewer"}},
		{"bare refusal", project, "", status.Error(codes.PermissionDenied, "The caller does not have permission"), cloudlog.Permission,
			[]string{"logging.logEntries.list is missing on projects/acme-staging", "roles/logging.viewer"}},
		{"folder", "folders/123", "", status.Error(codes.PermissionDenied, "no"), cloudlog.Permission,
			[]string{"missing on folders/123", "gcloud resource-manager folders add-iam-policy-binding 123 "}},
		{"organization", "organizations/7", "", status.Error(codes.PermissionDenied, "no"), cloudlog.Permission,
			[]string{"missing on organizations/7", "gcloud organizations add-iam-policy-binding 7 "}},
		{"view", project + "/locations/global/buckets/b/views/v", "", status.Error(codes.PermissionDenied, "no"), cloudlog.Permission,
			[]string{"logging.views.access is missing on projects/acme-staging/locations/global/buckets/b/views/v", "add-iam-policy-binding acme-staging ", "roles/logging.viewAccessor"}},
		{"data access", project, `log_id("cloudaudit.googleapis.com/data_access")`, cloudlogtest.PermissionDenied("logging.privateLogEntries.list", project), cloudlog.Permission,
			[]string{"logging.privateLogEntries.list is missing", "roles/logging.privateLogViewer"}},
		{"API off", project, "", cloudlogtest.ServiceDisabled("acme-staging"), cloudlog.APIDisabled,
			[]string{"the Cloud Logging API is not enabled in project ", "gcloud services enable logging.googleapis.com --project ", "--quota-project"}},
		{"quota project", project, "", withReason(codes.PermissionDenied, "Caller does not have required permission to use project acme-bills.", "USER_PROJECT_DENIED", map[string]string{"consumer": "projects/acme-bills"}), cloudlog.QuotaUser,
			[]string{"cannot be charged to project acme-bills", "--quota-project", "set-quota-project"}},
		{"scope", project, "", withReason(codes.PermissionDenied, "Request had insufficient authentication scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", nil), cloudlog.Credentials,
			[]string{"lack the scope logging.read", "virtual machine"}},
		{"expired", project, "", cloudlogtest.Unauthenticated(), cloudlog.Credentials,
			[]string{"not accepted", "gcloud auth application-default login"}},
		{"revoked", project, "", status.Error(codes.Unavailable, `credentials: cannot fetch token: 400 {"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)"}`), cloudlog.Credentials,
			[]string{"expired or were revoked", "gcloud auth application-default login"}},
		{"impersonation", project, "", status.Error(codes.Unauthenticated, "impersonate: status code 403: Permission 'iam.serviceAccounts.getAccessToken' denied"), cloudlog.Credentials,
			[]string{"cannot be impersonated", "roles/iam.serviceAccountTokenCreator"}},
		{"bad filter", project, "", status.Error(codes.InvalidArgument, "Unparseable filter: syntax error at line 1\nmore"), cloudlog.BadQuery,
			[]string{"refuses the query: Unparseable filter: syntax error at line 1\nCheck --filter"}},
		{"no such project", project, "", status.Error(codes.NotFound, "Project does not exist: acme"), cloudlog.NotFound,
			[]string{"not found: Project does not exist: acme", "gcloud projects list"}},
		{"broken", project, "", status.Error(codes.DataLoss, "oh"), cloudlog.Server, []string{"failed (DataLoss): oh", "narrower window"}},
		{"down for long", project, "", status.Error(codes.Unavailable, "down"), cloudlog.Unreachable, []string{"cannot reach the Logging API: down"}},
		{"quota for long", project, "", cloudlogtest.QuotaError(project, cloudlogtest.Quota{PerMinute: 60}), cloudlog.Quota,
			[]string{"quota of 60 read requests per minute is used up", "--rate"}},
	}
	for _, tt := range tests {
		for _, tr := range []cloudlog.Transport{cloudlog.GRPC, cloudlog.REST} {
			t.Run(tt.name+"/"+string(tr), func(t *testing.T) {
				srv := cloudlogtest.New(t, cloudlogtest.Options{Faults: cloudlogtest.Every(1, cloudlogtest.Fault{Err: tt.err})})
				q := hour
				q.Resources, q.Filter = []string{tt.resource}, tt.filter
				_, res, err := pull(t.Context(), dial(t, srv, newStillClock(), cloudlog.Options{Transport: tr}), q)
				var ce *cloudlog.Error
				if !errors.As(err, &ce) {
					t.Fatalf("got %v", err)
				}
				if ce.Kind != tt.kind || res.Complete || res.Reason == "" {
					t.Errorf("kind %q, want %q; %+v", ce.Kind, tt.kind, res)
				}
				for _, w := range tt.want {
					if !strings.Contains(err.Error(), w) {
						t.Errorf("%q is not in\n%s", w, err)
					}
				}
				if status.Code(ce.Err) != status.Code(tt.err) {
					t.Errorf("the cause is %v", ce.Err)
				}
			})
		}
	}
}

// With several projects the one that refuses is named where the server says
// which; else all are.
func TestRefusalOfOneOfSeveral(t *testing.T) {
	q := hour
	q.Resources = []string{"projects/acme-staging", "projects/acme-bills"}
	for err, want := range map[error]string{
		cloudlogtest.PermissionDenied("logging.logEntries.list", "projects/acme-bills"): "is missing on projects/acme-bills\nGrant roles/logging.viewer:\ngcloud projects add-iam-policy-binding acme-bills ",
		status.Error(codes.PermissionDenied, "no"):                                      "is missing on projects/acme-staging or projects/acme-bills\nGrant roles/logging.viewer:\ngcloud projects add-iam-policy-binding acme-staging ",
	} {
		srv := cloudlogtest.New(t, cloudlogtest.Options{Faults: cloudlogtest.Every(1, cloudlogtest.Fault{Err: err})})
		if _, _, got := pull(t.Context(), dial(t, srv, newStillClock(), cloudlog.Options{}), q); got == nil || !strings.Contains(got.Error(), want) {
			t.Errorf("%v\nwant %s", got, want)
		}
	}
}

// A refusal at the beginning is told at once, and only one in the middle of a
// read is asked about again.
func TestRefusalsAreRepeatedOnlyInTheMiddle(t *testing.T) {
	denied := cloudlogtest.Fault{Err: cloudlogtest.PermissionDenied("logging.logEntries.list", "projects/acme-staging")}
	served := entries(t, 100)
	for _, tt := range []struct {
		name   string
		faults []cloudlogtest.Fault
		calls  int
		fails  bool
	}{
		{"first", []cloudlogtest.Fault{denied}, 1, true},
		{"middle", []cloudlogtest.Fault{{}, denied, denied}, 7, false},
		{"for good", []cloudlogtest.Fault{{}, denied, denied, denied, denied, denied, denied, denied}, 7, true},
		{"API off in the middle", []cloudlogtest.Fault{{}, {Err: cloudlogtest.ServiceDisabled("p")}}, 2, true},
	} {
		srv := cloudlogtest.New(t, cloudlogtest.Options{Sources: []cloudlogtest.Source{served}, Faults: cloudlogtest.Script(tt.faults...)})
		_, res, err := pull(t.Context(), dial(t, srv, newStillClock(), cloudlog.Options{PageSize: 20}), hour)
		if (err != nil) != tt.fails || res.Calls != tt.calls {
			t.Errorf("%s: %d calls, want %d: %v", tt.name, res.Calls, tt.calls, err)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	for _, tr := range []cloudlog.Transport{cloudlog.GRPC, cloudlog.REST} {
		c := newStillClock()
		client, err := cloudlog.Dial(t.Context(), cloudlog.Options{Endpoint: addr, Insecure: true, Transport: tr, Now: c.now, Sleep: c.sleep})
		if err != nil {
			t.Fatal(err)
		}
		begun := c.now()
		_, _, err = pull(t.Context(), client, hour)
		var ce *cloudlog.Error
		if !errors.As(err, &ce) || ce.Kind != cloudlog.Unreachable || !strings.Contains(ce.Next, "--endpoint") {
			t.Errorf("%s: got %v", tr, err)
		}
		if took := c.now().Sub(begun); took > 20*time.Second {
			t.Errorf("%s: a person waited %s for it", tr, took)
		}
		client.Close()
	}
}

func TestDialRefusesWhatItDoesNotKnow(t *testing.T) {
	c := newStillClock()
	if _, err := cloudlog.Dial(t.Context(), cloudlog.Options{Insecure: true}); err == nil {
		t.Error("no clock, no error")
	}
	if _, err := cloudlog.Dial(t.Context(), cloudlog.Options{Insecure: true, Now: c.now, Transport: "soap"}); err == nil || !strings.Contains(err.Error(), "grpc, rest") {
		t.Errorf("got %v", err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", t.TempDir()+"/none.json")
	for _, tr := range []cloudlog.Transport{cloudlog.GRPC, cloudlog.REST} {
		for _, as := range []string{"", "reader@acme-staging.iam.gserviceaccount.com"} {
			_, err := cloudlog.Dial(t.Context(), cloudlog.Options{Now: c.now, Transport: tr, Impersonate: as})
			var ce *cloudlog.Error
			if !errors.As(err, &ce) || ce.Kind != cloudlog.Credentials {
				t.Errorf("%s as %q: got %v", tr, as, err)
			}
		}
	}
}
