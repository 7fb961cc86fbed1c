package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"logwhy/internal/fetch"
	"logwhy/internal/ingest/cloudlog"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
)

// sinceLive is how far back a live read looks where no flag says so.
const sinceLive = time.Hour

// liveFlags say what to ask Cloud Logging for, when no input is given.
type liveFlags struct {
	projects, services         []string
	resource                   string
	view, bucket               string
	folder, organization       string
	endpoint, transport        string
	insecure                   bool
	impersonate, quotaProject  string
	rate, limit                int
	deadlineText, lookbackText string
	deadline, maxLookback      time.Duration
	deep, allowPartial         bool
}

func (f *liveFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.projects, "project", nil, "read live from the project `ID` (repeatable)")
	fl.StringArrayVar(&f.services, "service", nil, "only the service, job, function or workload called `NAME` (repeatable)")
	fl.StringVar(&f.resource, "resource", "", "only the resource `TYPE`, such as cloud_run_revision")
	fl.StringVar(&f.bucket, "bucket", "", "read from the log bucket `LOCATION/NAME` of the project, or its full name")
	fl.StringVar(&f.view, "view", "", "read from the view `NAME` of the bucket (default _AllLogs), or its full name")
	fl.StringVar(&f.folder, "folder", "", "read from the folder `NUMBER`")
	fl.StringVar(&f.organization, "organization", "", "read from the organization `NUMBER`")
	fl.StringVar(&f.endpoint, "endpoint", "", "ask `HOST:PORT` instead of logging.googleapis.com")
	fl.BoolVar(&f.insecure, "insecure", false, "speak to --endpoint without TLS and without credentials")
	fl.StringVar(&f.transport, "transport", "grpc", "ask over `PROTOCOL`: grpc, or rest, which carries error groups too")
	fl.StringVar(&f.impersonate, "impersonate", "", "read as the service account `EMAIL`")
	fl.StringVar(&f.quotaProject, "quota-project", "", "the project `ID` whose quota is used")
	fl.IntVar(&f.rate, "rate", 0, "send at most `N` requests a minute (0: 50, or what the quota allows)")
	fl.IntVar(&f.limit, "limit", 0, "read at most `N` entries; the report says so when that cuts (0: no limit)")
	fl.StringVar(&f.deadlineText, "deadline", "", "stop reading after `DURATION` and report what there is (default 10m)")
	fl.BoolVar(&f.allowPartial, "allow-partial", false, "do not count what could not be read as a failure")
	// Plain text on the wire is for test servers.
	_ = fl.MarkHidden("insecure")
}

// registerStrategy adds the flags of commands that choose what to ask.
func (f *liveFlags) registerStrategy(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.lookbackText, "max-lookback", "", "look at most `DURATION` before the window for the beginning of a failure (default 24h)")
	fl.BoolVar(&f.deep, "deep", false, "read every entry of the window, not only those that matter")
}

// wanted reports whether a flag asks for a live read.
func (f *liveFlags) wanted() bool {
	return len(f.projects) > 0 || len(f.services) > 0 || f.folder != "" || f.organization != "" || f.bucket != "" || f.view != ""
}

// check reads the flags against the arguments. With INPUT there is no network,
// so the two exclude each other.
func (f *liveFlags) check(e env, args []string) error {
	if len(args) > 0 && f.wanted() {
		return usageError("%s reads live and %s is an input: give one of them", f.first(), quoteWord(baseName(args[0])))
	}
	if !f.wanted() {
		return nil
	}
	return f.complete(e)
}

// first names the flag that asks for a live read.
func (f *liveFlags) first() string {
	switch {
	case len(f.projects) > 0:
		return "--project"
	case len(f.services) > 0:
		return "--service"
	case f.folder != "":
		return "--folder"
	case f.organization != "":
		return "--organization"
	case f.bucket != "":
		return "--bucket"
	}
	return "--view"
}

// complete refuses what cannot be asked. What the environment and files say
// was put into the flags before, see settings.
func (f *liveFlags) complete(env) error {
	if f.transport != "grpc" && f.transport != "rest" {
		return usageError("--transport %q is neither grpc nor rest", f.transport)
	}
	if f.insecure && f.endpoint == "" {
		return usageError("--insecure goes with --endpoint")
	}
	if f.rate < 0 || f.limit < 0 {
		return usageError("--rate and --limit are not negative")
	}
	if err := f.durations(); err != nil {
		return err
	}
	for i, p := range f.projects {
		f.projects[i] = strings.TrimPrefix(p, "projects/")
	}
	for _, s := range f.services {
		if s == "" || strings.ContainsAny(s, "\"\\\n\r") {
			return usageError("--service %q is not the name of a service", s)
		}
	}
	if f.resource != "" && !resourceType.MatchString(f.resource) {
		return usageError("--resource %q is not a resource type\nWrite it as cloud_run_revision, k8s_container or gae_app", f.resource)
	}
	_, err := f.resources()
	return err
}

func (f *liveFlags) durations() (err error) {
	f.deadline, f.maxLookback = 10*time.Minute, 24*time.Hour
	if f.deadlineText != "" {
		if f.deadline, err = parseDuration("--deadline", f.deadlineText); err != nil {
			return err
		}
	}
	if f.lookbackText != "" && f.lookbackText != "0" {
		f.maxLookback, err = parseDuration("--max-lookback", f.lookbackText)
	} else if f.lookbackText == "0" {
		f.maxLookback = 0
	}
	return err
}

var (
	resourceType = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	projectName  = regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z0-9][a-z0-9-]*$`)
	number       = regexp.MustCompile(`^[0-9]+$`)
	fullBucket   = regexp.MustCompile(`^(projects|folders|organizations|billingAccounts)/[^/\s"]+/locations/[^/\s"]+/buckets/[^/\s"]+$`)
	fullView     = regexp.MustCompile(`^(projects|folders|organizations|billingAccounts)/[^/\s"]+/locations/[^/\s"]+/buckets/[^/\s"]+/views/[^/\s"]+$`)
	part         = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
)

// needsProject reports whether the other flags do not say by themselves where
// to read.
func (f *liveFlags) needsProject() bool {
	return f.folder == "" && f.organization == "" && !fullView.MatchString(f.view) && !fullBucket.MatchString(f.bucket)
}

// resources are the names to read from, as the API has them.
func (f *liveFlags) resources() ([]string, error) {
	for _, p := range f.projects {
		if !projectName.MatchString(p) {
			return nil, usageError("--project %q is not the id of a project\nList yours: gcloud projects list", p)
		}
	}
	switch {
	case f.folder != "" && !number.MatchString(strings.TrimPrefix(f.folder, "folders/")):
		return nil, usageError("--folder %q is not a number", f.folder)
	case f.organization != "" && !number.MatchString(strings.TrimPrefix(f.organization, "organizations/")):
		return nil, usageError("--organization %q is not a number", f.organization)
	case len(f.projects) == 0 && f.needsProject():
		return nil, usageError("%s says which entries, not where they are\nAdd --project ID", f.first())
	}
	var parents []string
	for _, p := range f.projects {
		parents = append(parents, "projects/"+p)
	}
	if f.folder != "" {
		parents = append(parents, "folders/"+strings.TrimPrefix(f.folder, "folders/"))
	}
	if f.organization != "" {
		parents = append(parents, "organizations/"+strings.TrimPrefix(f.organization, "organizations/"))
	}
	if f.view != "" || f.bucket != "" {
		return f.views(parents)
	}
	if len(parents) > 100 {
		return nil, usageError("%d projects, folders and organizations are more than the 100 that one query may name", len(parents))
	}
	return parents, nil
}

// views names the view of a bucket, in each parent where it is not a full name.
func (f *liveFlags) views(parents []string) ([]string, error) {
	if strings.Contains(f.view, "/") {
		if !fullView.MatchString(f.view) || f.bucket != "" {
			return nil, usageError("--view %q: write projects/P/locations/L/buckets/B/views/V, or the name of a view with --bucket", f.view)
		}
		return []string{f.view}, nil
	}
	view := f.view
	if view == "" {
		view = "_AllLogs"
	}
	if !part.MatchString(view) {
		return nil, usageError("--view %q is not the name of a view", f.view)
	}
	if fullBucket.MatchString(f.bucket) {
		return []string{f.bucket + "/views/" + view}, nil
	}
	location, bucket, ok := strings.Cut(f.bucket, "/")
	if !ok {
		location, bucket = "global", f.bucket
	}
	if bucket == "" {
		bucket = "_Default"
	}
	if !part.MatchString(location) || !part.MatchString(bucket) {
		return nil, usageError("--bucket %q is no bucket\nWrite LOCATION/NAME, such as europe-west1/audit, or the full name", f.bucket)
	}
	var out []string
	for _, p := range parents {
		out = append(out, fmt.Sprintf("%s/locations/%s/buckets/%s/views/%s", p, location, bucket, view))
	}
	return out, nil
}

// window is the stretch of time to read: what the time flags say, else the
// hour before now. It ends at now at the latest, in whole seconds: later
// entries than that have hardly arrived.
func (f *liveFlags) window(e env, in inputFlags) (from, to time.Time, err error) {
	first, last, since, err := in.bounds()
	if err != nil {
		return from, to, err
	}
	now := e.now().UTC().Truncate(time.Second)
	to = now
	if last.Known() && last.Time().Before(now) {
		to = last.Time()
	}
	if from = first.Time(); !first.Known() {
		if since == 0 {
			since = sinceLive
		}
		from = to.Add(-since)
	}
	if !from.Before(to) {
		return from, to, usageError("the window begins at %s, which is still to come", from.Format(time.RFC3339))
	}
	return from, to, nil
}

// baseQuery asks for every entry that the flags name, --filter among them:
// where, which services, which stretch of time. What else is asked is joined to its filter with AND.
func (f *liveFlags) baseQuery(e env, in inputFlags) (cloudlog.Query, error) {
	resources, err := f.resources()
	if err != nil {
		return cloudlog.Query{}, err
	}
	from, to, err := f.window(e, in)
	if err != nil {
		return cloudlog.Query{}, err
	}
	if _, err := in.parseFilter(); err != nil {
		return cloudlog.Query{}, err
	}
	return cloudlog.Query{Resources: resources, Filter: f.scope(in.filter), From: from, To: to, Limit: f.limit}, nil
}

// open prepares to read: it finds credentials and sends nothing yet.
func (f *liveFlags) open(ctx context.Context, e env, notify func(cloudlog.Wait)) (*cloudlog.Client, error) {
	c, err := cloudlog.Dial(ctx, cloudlog.Options{
		Endpoint: f.endpoint, Insecure: f.insecure, Transport: cloudlog.Transport(f.transport),
		Impersonate: f.impersonate, QuotaProject: f.quotaProject, Rate: f.rate,
		UserAgent: "logwhy/" + toolVersion(), Now: e.now, Notify: notify,
	})
	if err != nil {
		return nil, &exitError{exitRead, err}
	}
	return c, nil
}

// scope says which entries the flags name, in the Logging query language; ""
// for all. It lets through a few entries too many, of services whose names hold
// the name: keeps tells. A filter of the user's stands in parentheses and lines
// of its own: it may end in a comment.
func (f *liveFlags) scope(filter string) string {
	var kind lql.Expr
	if f.resource != "" {
		kind = lql.Compare("resource.type", lql.Equal, f.resource)
	}
	text := lql.Print(lql.And(kind, fetch.ServiceFilter(f.services)))
	switch {
	case filter == "":
		return text
	case text == "":
		return filter
	}
	return text + "\nAND (\n" + filter + "\n)"
}

// keeps reports whether an entry is of the services that the flags name. An
// entry whose service is unknown is kept: the query named it by another field.
func (f *liveFlags) keeps(e *logentry.Entry) bool {
	return len(f.services) == 0 || e.Scope.Service == "" || slices.Contains(f.services, e.Scope.Service) || slices.Contains(f.services, e.Scope.Container)
}
