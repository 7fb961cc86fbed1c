package synth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// record is a LogEntry as the export holds it,
// https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry.
type record struct {
	at       time.Time
	InsertID string            `json:"insertId"`
	Labels   map[string]string `json:"labels,omitempty"`
	LogName  string            `json:"logName"`
	Resource resource          `json:"resource"`
	Severity string            `json:"severity,omitempty"`
	Request  *request          `json:"httpRequest,omitempty"`
	Text     string            `json:"textPayload,omitempty"`
	JSON     map[string]string `json:"jsonPayload,omitempty"`
	Proto    *proto            `json:"protoPayload,omitempty"`
	Trace    string            `json:"trace,omitempty"`
	Time     string            `json:"timestamp"`
}

type resource struct {
	Type   string            `json:"type"`
	Labels map[string]string `json:"labels"`
}

type request struct {
	Method  string `json:"requestMethod"`
	URL     string `json:"requestUrl"`
	Status  int    `json:"status"`
	Latency string `json:"latency"`
}

type proto struct {
	Type     string      `json:"@type"`
	Method   string      `json:"methodName"`
	Service  string      `json:"serviceName"`
	Resource string      `json:"resourceName"`
	Status   protoStatus `json:"status"`
}

type protoStatus struct {
	Code    int    `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// exportOf writes records as gcloud does: one array.
func exportOf(rs []record) []byte {
	var b bytes.Buffer
	b.WriteString("[\n")
	for i, r := range rs {
		line, err := json.Marshal(r)
		if err != nil {
			panic(err) // strings and numbers only
		}
		b.Write(line)
		if i < len(rs)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("]\n")
	return b.Bytes()
}

// place is where something is logged.
type place struct {
	service, revision, instance, execution string
	job                                    bool
	skew                                   time.Duration // what the clock of this place is ahead
}

// stage is one scenario in the making.
type stage struct {
	rnd     *rand.Rand
	now     time.Time // where the play stands
	records []record
	truth   Truth
	traits  []string

	newest   bool // the export lists the newest first
	limited  bool // the export is cut to a round number of entries
	declared bool // lines of the application carry a severity
	split    bool // a stack trace is one entry for each line
	traced   bool // lines of the application carry the trace of their request
	nowhere  bool // no entry carries an instance
	pathless bool // requests carry no trace
	decoys   []string
}

// beginning of every scenario; seeds move it by days, so that no test leans on a date.
var beginning = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)

func newStage(rnd *rand.Rand) *stage {
	st := &stage{rnd: rnd}
	st.now = beginning.Add(time.Duration(rnd.IntN(90*24*60)) * time.Minute).Add(st.upto(time.Second))
	st.newest = st.trait(3, "newest-first")
	st.declared = st.trait(2, "declared-levels")
	st.split = st.trait(3, "split-traces")
	st.traced = st.trait(2, "traced-lines")
	for i, n := 0, 1+rnd.IntN(3); i < n; i++ {
		st.decoys = append(st.decoys, pick(rnd, decoyTexts))
	}
	return st
}

// trait draws a property that one in n scenarios has.
func (st *stage) trait(n int, name string) bool {
	if st.rnd.IntN(n) != 0 {
		return false
	}
	st.traits = append(st.traits, name)
	return true
}

func pick[T any](rnd *rand.Rand, list []T) T { return list[rnd.IntN(len(list))] }

// upto draws a duration below d, in microseconds.
func (st *stage) upto(d time.Duration) time.Duration {
	return time.Duration(st.rnd.Int64N(int64(d/time.Microsecond)+1)) * time.Microsecond
}

// between draws a duration.
func (st *stage) between(a, b time.Duration) time.Duration { return a + st.upto(b-a) }

func (st *stage) hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[st.rnd.IntN(16)]
	}
	return string(b)
}

const project = "acme-staging"

// place founds a service with a revision and an instance.
func (st *stage) place(service string) place {
	p := place{service: service}
	return st.deployed(p, 10+st.rnd.IntN(80))
}

// deployed is the service on its n-th revision, with a new instance.
func (st *stage) deployed(p place, n int) place {
	letters := "bcdfghjklmnpqrstvwxz"
	p.revision = fmt.Sprintf("%s-%05d-%c%c%c", p.service, n, letters[st.rnd.IntN(20)], letters[st.rnd.IntN(20)], letters[st.rnd.IntN(20)])
	return st.started(p)
}

// started is the same place on a new instance.
func (st *stage) started(p place) place {
	if !st.nowhere {
		p.instance = "00" + st.hex(62)
	}
	return p
}

func (st *stage) trace() string {
	if st.pathless {
		return ""
	}
	return "projects/" + project + "/traces/" + st.hex(32)
}

// put adds a record and returns its insertId.
func (st *stage) put(p place, at time.Time, r record) string {
	at = at.Add(p.skew)
	r.at, r.Time = at, at.UTC().Format(time.RFC3339Nano)
	r.InsertID = fmt.Sprintf("%08x%08x%s", at.Unix(), at.Nanosecond()/1000, st.hex(8))
	r.LogName = "projects/" + project + "/logs/" + strings.ReplaceAll(r.LogName, "/", "%2F")
	r.Resource = p.resource()
	for _, l := range [][2]string{{"instanceId", p.instance}, {"run.googleapis.com/execution_name", p.execution}} {
		if l[1] != "" {
			if r.Labels == nil {
				r.Labels = map[string]string{}
			}
			r.Labels[l[0]] = l[1]
		}
	}
	st.records = append(st.records, r)
	return r.InsertID
}

func (p place) resource() resource {
	if p.job {
		return resource{"cloud_run_job", map[string]string{"job_name": p.service, "location": "europe-west1", "project_id": project}}
	}
	return resource{"cloud_run_revision", map[string]string{
		"configuration_name": p.service, "location": "europe-west1", "project_id": project,
		"revision_name": p.revision, "service_name": p.service,
	}}
}

// stderr is a line of the application. level is its severity where the
// scenario declares levels.
func (st *stage) stderr(p place, at time.Time, level, trace, text string) string {
	r := record{LogName: "run.googleapis.com/stderr", Text: text}
	if st.declared {
		r.Severity = level
	}
	if st.traced {
		r.Trace = trace
	}
	return st.put(p, at, r)
}

// structured is a JSON line of the application; the level stands in it.
func (st *stage) structured(p place, at time.Time, level, trace, message, field, detail string) string {
	r := record{LogName: "run.googleapis.com/stdout", JSON: map[string]string{"message": message, "level": strings.ToLower(level)}}
	if field != "" {
		r.JSON[field] = detail
	}
	if st.declared {
		r.Severity = level
	}
	if st.traced {
		r.Trace = trace
	}
	return st.put(p, at, r)
}

// system is a line of the platform about a container.
func (st *stage) system(p place, at time.Time, level, text string) string {
	return st.put(p, at, record{LogName: "run.googleapis.com/varlog/system", Severity: level, Text: text})
}

// served is a request. Its entry carries the start; end is when it is answered.
func (st *stage) served(p place, end time.Time, latency time.Duration, status int, route, trace string) string {
	level := "INFO"
	if status >= 500 {
		level = "ERROR"
	} else if status >= 400 {
		level = "WARNING"
	}
	method, path, _ := strings.Cut(route, " ")
	return st.put(p, end.Add(-latency), record{
		LogName: "run.googleapis.com/requests", Severity: level, Trace: trace,
		Request: &request{Method: method, URL: "https://" + p.service + "-abcdefghij-ew.a.run.app" + path, Status: status, Latency: fmt.Sprintf("%.9fs", latency.Seconds())},
	})
}

// audit is an audit entry about the revision, service or job.
func (st *stage) audit(p place, at time.Time, log, level, method, object string, code int, status string) string {
	if log == "activity" {
		p.revision = ""
	}
	p.instance = ""
	return st.put(p, at, record{
		LogName: "cloudaudit.googleapis.com/" + log, Severity: level,
		Proto: &proto{"type.googleapis.com/google.cloud.audit.AuditLog", method, "run.googleapis.com", "namespaces/" + project + "/" + object, protoStatus{code, status}},
	})
}

// deploy is the change that makes a new revision.
func (st *stage) deploy(p place, at time.Time) string {
	return st.audit(p, at, "activity", "NOTICE", "google.cloud.run.v1.Services.ReplaceService", "services/"+p.service, 0, "")
}

// incident adds to the truth.
func (st *stage) incident(in Incident) { st.truth.Incidents = append(st.truth.Incidents, in) }
