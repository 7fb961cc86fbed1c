package cloudlogtest

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
)

const serviceName = "logging.googleapis.com"

// Quota is a limit of read requests.
type Quota struct {
	// PerMinute is the number of calls in a minute of the clock; 0 is no limit.
	// Calls of TailLogEntries count when a session begins.
	PerMinute int
	// PerUser makes it the limit of a user and not of a project.
	PerUser bool
	// RetryAfter is told in a RetryInfo; 0 tells nothing, as the service does.
	RetryAfter time.Duration
}

// meter counts the calls of each project in the current minute.
type meter struct {
	mu     sync.Mutex
	minute map[string]time.Time
	used   map[string]int
}

func (m *meter) take(q Quota, now time.Time, project string) error {
	if q.PerMinute <= 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.minute == nil {
		m.minute, m.used = map[string]time.Time{}, map[string]int{}
	}
	if minute := now.Truncate(time.Minute); !minute.Equal(m.minute[project]) {
		m.minute[project], m.used[project] = minute, 0
	}
	if m.used[project]++; m.used[project] > q.PerMinute {
		return QuotaError(project, q)
	}
	return nil
}

// QuotaError is what the service answers when a quota is used up.
func QuotaError(project string, q Quota) error {
	number := projectNumber(project)
	limit, words, unit := "ReadRequestsPerMinutePerProject", "Read requests per minute", "1/min/{project}"
	if q.PerUser {
		limit, words, unit = "ReadRequestsPerMinutePerUser", "Read requests per minute per user", "1/min/{project}/{user}"
	}
	text := fmt.Sprintf("Quota exceeded for quota metric 'Read requests' and limit '%s' of service '%s' for consumer 'project_number:%s'.", words, serviceName, number)
	details := []protoadapt.MessageV1{
		&errdetails.ErrorInfo{Reason: "RATE_LIMIT_EXCEEDED", Domain: "googleapis.com", Metadata: map[string]string{
			"consumer": "projects/" + number, "service": serviceName, "quota_metric": serviceName + "/read_requests",
			"quota_limit": limit, "quota_limit_value": strconv.Itoa(q.PerMinute), "quota_location": "global", "quota_unit": unit,
		}},
		&errdetails.QuotaFailure{Violations: []*errdetails.QuotaFailure_Violation{{Subject: "project_number:" + number, Description: text}}},
		&errdetails.Help{Links: []*errdetails.Help_Link{{Description: "Request a higher quota limit.", Url: "https://cloud.google.com/docs/quotas/help/request_increase"}}},
	}
	if q.RetryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(q.RetryAfter)})
	}
	return refusal(codes.ResourceExhausted, text, details...)
}

// projectNumber makes up a number for a project: a name is not what the service
// puts into its errors.
func projectNumber(project string) string {
	n := uint64(14695981039346656037)
	for _, b := range []byte(project) {
		n = (n ^ uint64(b)) * 1099511628211
	}
	return strconv.FormatUint(100000000000+n%900000000000, 10)
}

// PermissionDenied is what the service answers to a reader without a permission,
// such as "logging.logEntries.list", "logging.privateLogEntries.list",
// "logging.views.access" or "logging.logs.list".
func PermissionDenied(permission, resource string) error {
	return refusal(codes.PermissionDenied, fmt.Sprintf("Permission '%s' denied on resource (or it may not exist).", permission),
		&errdetails.ErrorInfo{Reason: "IAM_PERMISSION_DENIED", Domain: "iam.googleapis.com", Metadata: map[string]string{"permission": permission, "resource": resource}})
}

// ServiceDisabled is what the service answers when the API is not enabled in
// the project that pays, which for a person's own credentials may be another
// than the one that is read.
func ServiceDisabled(project string) error {
	number := projectNumber(project)
	url := "https://console.developers.google.com/apis/api/" + serviceName + "/overview?project=" + number
	return refusal(codes.PermissionDenied, fmt.Sprintf("Cloud Logging API has not been used in project %s before or it is disabled. Enable it by visiting %s then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.", number, url),
		&errdetails.ErrorInfo{Reason: "SERVICE_DISABLED", Domain: "googleapis.com", Metadata: map[string]string{
			"consumer": "projects/" + number, "service": serviceName, "serviceTitle": "Cloud Logging API", "containerInfo": number, "activationUrl": url}},
		&errdetails.Help{Links: []*errdetails.Help_Link{{Description: "Google developers console API activation", Url: url}}})
}

// Unauthenticated is what the service answers to a token that is over.
func Unauthenticated() error {
	return refusal(codes.Unauthenticated, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
		&errdetails.ErrorInfo{Reason: "ACCESS_TOKEN_EXPIRED", Domain: "googleapis.com", Metadata: map[string]string{"service": serviceName, "method": "google.logging.v2.LoggingServiceV2.ListLogEntries"}})
}

// refusal is an error with details.
func refusal(code codes.Code, text string, details ...protoadapt.MessageV1) error {
	st := status.New(code, text)
	if with, err := st.WithDetails(details...); err == nil {
		st = with
	}
	return st.Err()
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func notFound(format string, args ...any) error {
	return status.Errorf(codes.NotFound, format, args...)
}
