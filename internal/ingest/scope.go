package ingest

import (
	"strings"

	"logwhy/internal/logentry"
)

// setScope says where the entry happened.
func (d *decoder) setScope(e *logentry.Entry) {
	s := &e.Scope
	s.Kind = e.ResourceType
	l := e.ResourceLabels
	s.Project = l.Get("project_id")
	if s.Project == "" {
		s.Project = projectOf(e.LogName)
	}
	s.Location = l.Get("location")
	s.Instance = e.Labels.Get("instanceId")
	s.Execution = e.Labels.Get("run.googleapis.com/execution_name")
	s.Trace = e.Trace[strings.LastIndexByte(e.Trace, '/')+1:]
	switch e.ResourceType {
	case "cloud_run_revision":
		s.Service, s.Revision = l.Get("service_name"), l.Get("revision_name")
	case "cloud_run_job":
		s.Service = l.Get("job_name")
	}
}

// projectOf returns P of "projects/P/logs/…".
func projectOf(logName string) string {
	rest, ok := strings.CutPrefix(logName, "projects/")
	if !ok {
		return ""
	}
	project, _, _ := strings.Cut(rest, "/")
	return project
}
