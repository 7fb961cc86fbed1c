// Package logentry defines the record that every stage of logwhy speaks: one
// normalised Cloud Logging entry.
//
// Package ingest fills an Entry, signatures are matched against it, and
// package correlate keeps clones of the few that matter. The package holds no
// readers and no knowledge of failures.
//
// Field names follow LogEntry,
// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry.
package logentry

import (
	"strings"
	"time"
)

// Time is an instant in nanoseconds since the Unix epoch, UTC.
type Time int64

// NoTime marks an entry without a time. It takes part in no order.
const NoTime Time = -1 << 63

// Known reports whether t is an instant.
func (t Time) Known() bool { return t != NoTime }

// Time returns t in UTC; the zero time.Time for NoTime.
func (t Time) Time() time.Time {
	if t == NoTime {
		return time.Time{}
	}
	return time.Unix(0, int64(t)).UTC()
}

// Sub returns t-u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// Add returns t+d; NoTime stays NoTime.
func (t Time) Add(d time.Duration) Time {
	if t == NoTime {
		return t
	}
	return t + Time(d)
}

// String formats t as RFC 3339 with the digits that are needed, "" for NoTime.
func (t Time) String() string {
	if t == NoTime {
		return ""
	}
	return t.Time().Format("2006-01-02T15:04:05.999999999Z07:00")
}

// TimeOf converts a time.Time; the zero time.Time becomes NoTime.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return NoTime
	}
	return Time(t.UnixNano())
}

// KV is one label. Labels are slices, in the order of the record: they are
// small, and a slice can be reused where a map cannot.
type KV struct{ Key, Value string }

// Labels is a list of labels.
type Labels []KV

// Get returns the value of key, "" when absent.
func (l Labels) Get(key string) string {
	for i := range l {
		if l[i].Key == key {
			return l[i].Value
		}
	}
	return ""
}

// Pos says where an entry was read.
type Pos struct {
	Input  int    // index of the input, in argument order
	Name   string // base name of the input, as shown in reports
	Line   int    // 1-based line on which the record begins; 0 when lines say nothing (one-line arrays)
	Record int    // 1-based number of the record within the input
	// Seq orders entries of one input as they stand in it. It grows along the
	// file, has gaps, and is the same for every number of workers.
	Seq int64
}

// PayloadKind says which payload an entry carries.
type PayloadKind uint8

// Kinds of payload.
const (
	PayloadNone PayloadKind = iota
	PayloadText
	PayloadJSON
	PayloadProto
)

// Basis says where an effective severity comes from.
type Basis uint8

// Bases, the strongest first.
const (
	BasisNone     Basis = iota // no level anywhere
	BasisDeclared              // LogEntry.severity, not DEFAULT
	BasisPayload               // a level field of the payload
	BasisText                  // a level word at its usual place in the text
	BasisHTTP                  // the status of the request
)

// HTTPRequest is LogEntry.httpRequest.
type HTTPRequest struct {
	Method    string
	URL       string // as logged, with its query
	Status    int    // 0 when absent
	Latency   time.Duration
	LatencyS  string // latency as logged, such as "0.123456789s"
	UserAgent string
	RemoteIP  string
}

// SourceLocation is LogEntry.sourceLocation.
type SourceLocation struct {
	File     string
	Line     int
	Function string
}

// Operation is LogEntry.operation.
type Operation struct {
	ID, Producer string
	First, Last  bool
}

// Split is LogEntry.split: a part of an entry that was too large.
type Split struct {
	UID          string
	Index, Total int
}

// Scope says where something happened. Empty fields are unknown, and scopes
// are compared only on fields that both have.
type Scope struct {
	Project  string
	Location string
	// Service is the service, job, function, App Engine module, workload
	// (k8s app label, else the pod name without its generated suffix),
	// database instance, load balancer or similar.
	Service string
	// Kind is the resource type, such as "cloud_run_revision".
	Kind     string
	Revision string // revision, App Engine version, pod-template hash
	// Instance is the container instance, or the pod, or the VM.
	Instance  string
	Execution string // job execution, function execution_id
	Namespace string // k8s
	Pod       string // k8s
	Container string // k8s and Cloud Run container name
	Trace     string // trace id without "projects/P/traces/"
}

// Audit holds what logwhy reads of an AuditLog payload beyond its message.
// Values of variables are never kept.
type Audit struct {
	Method      string // protoPayload.methodName
	ServiceName string // protoPayload.serviceName
	Resource    string // protoPayload.resourceName
	Principal   string // protoPayload.authenticationInfo.principalEmail
	StatusCode  int    // protoPayload.status.code; 0 is OK or absent
	Status      string // protoPayload.status.message
	// Kind is the kind of object the response or request carries: Service,
	// Revision, Job, Execution …
	Kind string
	// Name is metadata.name of that object.
	Name       string
	Generation int64
	// Ready is the Ready condition that the object carried ("True", "False",
	// "Unknown", ""), with its reason, message and last transition.
	Ready       string
	ReadyReason string
	ReadyText   string
	ReadyTime   Time
	// Provisioned is when the container of the object could begin: the later
	// transition of its conditions ContainerReady and ResourcesAvailable.
	Provisioned Time
	Image       string
	Digest      string
	// Env lists the variables of the container in order; nil when the entry
	// says nothing about them, which is not the same as none.
	Env            []EnvVar
	HasSpec        bool // the entry carries a full specification: an absent Env is then really empty
	ProbeTimeout   time.Duration
	ProbeThreshold int
	ProbePeriod    time.Duration
	MaxRetries     int // -1 when not stated
	TimeoutSeconds int
	MemoryLimit    string
	CPULimit       string
	CloudSQL       string // run.googleapis.com/cloudsql-instances
}

// EnvVar names a variable, and the secret it is read from if any.
type EnvVar struct{ Name, Secret, SecretVersion string }

// Entry is one normalised log record.
//
// An Entry handed to a callback borrows its strings from the reader's buffer
// and is valid only during the call; Clone keeps one.
type Entry struct {
	Pos      Pos
	Time     Time
	Received Time

	// Severity is the effective severity: as declared unless that is absent or
	// DEFAULT, else the level of the payload, the level word in the text, the
	// HTTP status, or SeverityDefault.
	Severity Severity
	Basis    Basis

	// Message is what a person would read: the text payload, the message of
	// the JSON payload, or one of the two synthetic forms "AUDIT method :: status"
	// and "HTTP 503 GET https://host/path 0.123s". Control sequences are
	// stripped, invalid UTF-8 is U+FFFD.
	Message string
	// Detail is the reason that stands beside the message in fields such as
	// err, error, exception, reason; "" when there is none. DetailField names
	// the field, such as "jsonPayload.err".
	Detail      string
	DetailField string

	Payload  PayloadKind
	LogName  string // as logged, with %2F
	InsertID string
	Trace    string // as logged
	SpanID   string

	ResourceType   string
	ResourceLabels Labels
	Labels         Labels
	Scope          Scope

	HTTP      *HTTPRequest
	Source    *SourceLocation
	Operation *Operation
	Split     *Split
	Audit     *Audit
	// ErrorGroups holds the ids of LogEntry.errorGroups.
	ErrorGroups []string

	// InvalidUTF8 counts the sequences that were replaced in Message.
	InvalidUTF8 int

	// Raw is the record as JSON (converted, where the input was not JSON). It
	// is what Field reads; nil where there is none.
	Raw []byte
}

// LogID returns the part of LogName behind "/logs/", with %2F decoded, such as
// "run.googleapis.com/stderr"; "" when there is no log name.
func (e *Entry) LogID() string {
	_, id, ok := strings.Cut(e.LogName, "/logs/")
	if !ok {
		return ""
	}
	if strings.Contains(id, "%") {
		id = strings.ReplaceAll(strings.ReplaceAll(id, "%2F", "/"), "%2f", "/")
	}
	return id
}

// End is the instant at which e counts in order: for a request that carries
// its start, the time plus its latency; else the time.
func (e *Entry) End() Time {
	if e.HTTP != nil && e.Time.Known() {
		return e.Time.Add(e.HTTP.Latency)
	}
	return e.Time
}

// Text returns the message and, on lines of its own, the detail beside it:
// what signatures match and reports quote.
func (e *Entry) Text() string {
	if e.Detail == "" || strings.Contains(e.Message, e.Detail) {
		return e.Message
	}
	if e.Message == "" {
		return e.Detail
	}
	return e.Message + "\n" + e.Detail
}

// Clone returns a copy that owns all its memory.
func (e *Entry) Clone() *Entry {
	c := *e
	c.Pos.Name = strings.Clone(e.Pos.Name)
	for _, s := range []*string{
		&c.Message, &c.Detail, &c.DetailField, &c.LogName, &c.InsertID, &c.Trace, &c.SpanID, &c.ResourceType,
		&c.Scope.Project, &c.Scope.Location, &c.Scope.Service, &c.Scope.Kind, &c.Scope.Revision, &c.Scope.Instance,
		&c.Scope.Execution, &c.Scope.Namespace, &c.Scope.Pod, &c.Scope.Container, &c.Scope.Trace,
	} {
		*s = strings.Clone(*s)
	}
	c.ResourceLabels = e.ResourceLabels.clone()
	c.Labels = e.Labels.clone()
	if e.HTTP != nil {
		h := *e.HTTP
		h.Method, h.URL, h.LatencyS = strings.Clone(h.Method), strings.Clone(h.URL), strings.Clone(h.LatencyS)
		h.UserAgent, h.RemoteIP = strings.Clone(h.UserAgent), strings.Clone(h.RemoteIP)
		c.HTTP = &h
	}
	if e.Source != nil {
		s := *e.Source
		s.File, s.Function = strings.Clone(s.File), strings.Clone(s.Function)
		c.Source = &s
	}
	if e.Operation != nil {
		o := *e.Operation
		o.ID, o.Producer = strings.Clone(o.ID), strings.Clone(o.Producer)
		c.Operation = &o
	}
	if e.Split != nil {
		s := *e.Split
		s.UID = strings.Clone(s.UID)
		c.Split = &s
	}
	if e.Audit != nil {
		c.Audit = e.Audit.clone()
	}
	if e.ErrorGroups != nil {
		c.ErrorGroups = make([]string, len(e.ErrorGroups))
		for i, g := range e.ErrorGroups {
			c.ErrorGroups[i] = strings.Clone(g)
		}
	}
	c.Raw = append([]byte(nil), e.Raw...)
	return &c
}

func (l Labels) clone() Labels {
	if l == nil {
		return nil
	}
	c := make(Labels, len(l))
	for i, kv := range l {
		c[i] = KV{strings.Clone(kv.Key), strings.Clone(kv.Value)}
	}
	return c
}

func (a *Audit) clone() *Audit {
	c := *a
	for _, s := range []*string{
		&c.Method, &c.ServiceName, &c.Resource, &c.Principal, &c.Status, &c.Kind, &c.Name, &c.Ready,
		&c.ReadyReason, &c.ReadyText, &c.Image, &c.Digest, &c.MemoryLimit, &c.CPULimit, &c.CloudSQL,
	} {
		*s = strings.Clone(*s)
	}
	if a.Env != nil {
		c.Env = make([]EnvVar, len(a.Env))
		for i, v := range a.Env {
			c.Env[i] = EnvVar{strings.Clone(v.Name), strings.Clone(v.Secret), strings.Clone(v.SecretVersion)}
		}
	}
	return &c
}
