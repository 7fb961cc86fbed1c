package cloudlog

import (
	"cmp"
	"strings"

	"google.golang.org/grpc/status"
)

// credentialWords says what is wrong with the credentials and how to get others.
func credentialWords(err error) (text, next string) {
	const login = "gcloud auth application-default login"
	said := err.Error()
	switch {
	case strings.Contains(said, "could not find default credentials"):
		return "no credentials found", "Log in: " + login +
			"\nIn CI: name a key or a federation file in GOOGLE_APPLICATION_CREDENTIALS."
	case strings.Contains(said, "getAccessToken") || strings.Contains(said, "impersonate:"):
		return "the service account cannot be impersonated", "Whoever runs this needs roles/iam.serviceAccountTokenCreator on it:" +
			"\ngcloud iam service-accounts add-iam-policy-binding ACCOUNT --member=user:YOU --role=roles/iam.serviceAccountTokenCreator"
	case strings.Contains(said, "no such file"):
		return "the credentials cannot be read: " + firstLine(said), "Check GOOGLE_APPLICATION_CREDENTIALS, or unset it and log in: " + login
	case strings.Contains(said, "invalid_grant"), strings.Contains(said, "invalid_rapt"):
		return "the credentials have expired or were revoked", "Log in again: " + login
	}
	return "the credentials are not accepted: " + firstLine(cmp.Or(status.Convert(err).Message(), said)), "Log in again: " + login
}

// deny tells the reasons for which the API refuses access apart: most are not
// a matter of who may read.
func (e *Error) deny(err error, q *Query) {
	said := firstLine(status.Convert(err).Message())
	meta := info(err).GetMetadata()
	consumer := cmp.Or(strings.TrimPrefix(meta["consumer"], "projects/"), "PROJECT")
	switch {
	case reason(err) == "SERVICE_DISABLED" || strings.Contains(said, "has not been used in project"):
		e.Kind = APIDisabled
		e.Text = "the Cloud Logging API is not enabled in project " + consumer
		e.Next = "Enable it: gcloud services enable logging.googleapis.com --project " + consumer +
			"\nIf that is not the project to read, requests are charged to the wrong one: --quota-project P"
		return
	case reason(err) == "USER_PROJECT_DENIED" || strings.Contains(said, "serviceusage.services.use"):
		e.Kind = QuotaUser
		e.Text = "requests cannot be charged to project " + consumer
		e.Next = "Name one that you may use: --quota-project P\nOr: gcloud auth application-default set-quota-project P"
		return
	case reason(err) == "ACCESS_TOKEN_SCOPE_INSUFFICIENT" || strings.Contains(said, "insufficient authentication scopes"):
		e.Kind = Credentials
		e.Text = "the credentials lack the scope logging.read"
		e.Next = "On a virtual machine, give it the scope cloud-platform. Else log in again: gcloud auth application-default login"
		return
	}
	e.Kind = Permission
	resource := cmp.Or(meta["resource"], "the project")
	private := false
	if q != nil {
		private = strings.Contains(q.Filter, "data_access")
		if len(q.Resources) == 1 || len(q.Resources) > 1 && meta["resource"] == "" {
			resource = strings.Join(q.Resources[:min(3, len(q.Resources))], " or ") // which one, the server does not say
		}
	}
	first, _, _ := strings.Cut(resource, " or ")
	need := NeedFor(first, private || strings.Contains(meta["permission"], "private"))
	need.Permission = cmp.Or(meta["permission"], need.Permission)
	e.Text = "permission " + need.Permission + " is missing on " + resource
	e.Next = "Grant " + need.Role + ":\n" + need.Command + "\nIt may also be that it does not exist; then check the name."
}

// Need is a permission with the way to get it.
type Need struct {
	Permission, Role string
	// Command grants it.
	Command string
}

// NeedFor says what reading resource takes. private asks for the logs of data
// access, which are kept from most readers.
func NeedFor(resource string, private bool) Need {
	n := Need{Permission: "logging.logEntries.list", Role: "roles/logging.viewer"}
	kind, rest, _ := strings.Cut(resource, "/")
	id, below, _ := strings.Cut(rest, "/")
	switch {
	case private:
		n.Permission, n.Role = "logging.privateLogEntries.list", "roles/logging.privateLogViewer"
	case strings.Contains(below, "/views/"):
		n.Permission, n.Role = "logging.views.access", "roles/logging.viewAccessor"
	}
	n.Command = "gcloud projects add-iam-policy-binding " + cmp.Or(id, "PROJECT")
	switch kind {
	case "folders":
		n.Command = "gcloud resource-manager folders add-iam-policy-binding " + id
	case "organizations":
		n.Command = "gcloud organizations add-iam-policy-binding " + id
	case "billingAccounts":
		n.Command = "gcloud billing accounts add-iam-policy-binding " + id
	}
	n.Command += " --member=user:YOU --role=" + n.Role
	return n
}
