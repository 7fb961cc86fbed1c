package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"logwhy/internal/incident"
)

// The elements of a JUnit report, as GitLab, Jenkins and others read them.
type (
	junitReport struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string     `xml:"name,attr"`
		Class   string     `xml:"classname,attr"`
		Failure *junitText `xml:"failure,omitempty"`
		Error   *junitText `xml:"error,omitempty"`
		Skipped *junitText `xml:"skipped,omitempty"`
		Out     string     `xml:"system-out,omitempty"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes each failure as a test: a suite for each service, a case
// for each signature in it, named so that it is the same case in the next run.
// Against a baseline, what is new, regressed or escalating fails, what is
// muted or unknown is skipped, and what is known or quiet passes; without one,
// everything that is not over fails. One case more holds what was read: it is
// an error when that was nothing.
func writeJUnit(w io.Writer, a *incident.Analysis, o Options) error {
	v := newView(a, o)
	r := junitReport{Name: "logwhy", Suites: []junitSuite{v.junitCoverage()}}
	suites := map[string]*junitSuite{}
	var names []string
	for i := range a.Findings {
		f := &a.Findings[i]
		if f.Role != incident.RoleFault && f.Role != incident.RoleFailure && f.Role != incident.RoleImpact {
			continue
		}
		name := cmp.Or(oneLine(f.Scope.Service), "no service")
		if suites[name] == nil {
			suites[name] = &junitSuite{Name: name}
			names = append(names, name)
		}
		suites[name].Cases = append(suites[name].Cases, v.junitCase(f, name))
	}
	for _, c := range v.junitUnseen() {
		if suites[c.Class] == nil {
			suites[c.Class] = &junitSuite{Name: c.Class}
			names = append(names, c.Class)
		}
		suites[c.Class].Cases = append(suites[c.Class].Cases, c)
	}
	slices.Sort(names)
	for _, n := range names {
		r.Suites = append(r.Suites, *suites[n])
	}
	r.count()
	body, err := xml.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(body)+"\n")
	return err
}

func (r *junitReport) count() {
	for i := range r.Suites {
		s := &r.Suites[i]
		for _, c := range s.Cases {
			s.Tests++
			switch {
			case c.Failure != nil:
				s.Failures++
			case c.Error != nil:
				s.Errors++
			case c.Skipped != nil:
				s.Skipped++
			}
		}
		r.Tests += s.Tests
		r.Failures += s.Failures
		r.Errors += s.Errors
		r.Skipped += s.Skipped
	}
}

// junitCoverage is the case that holds what was read.
func (v *view) junitCoverage() junitSuite {
	c := junitCase{Name: "coverage", Class: "logwhy"}
	lines := []string{bare(v.countWords())}
	for _, p := range append(slices.Clone(v.a.Coverage.Banner), v.limitLines()...) {
		lines = append(lines, bare(p))
	}
	if v.nothingRead() {
		c.Error = &junitText{Message: "no entries were read", Type: "coverage", Text: strings.Join(lines, "\n")}
	} else {
		c.Out = strings.Join(lines, "\n")
	}
	return junitSuite{Name: "logwhy", Cases: []junitCase{c}}
}

func (v *view) junitCase(f *incident.Finding, service string) junitCase {
	c := junitCase{Name: clip(f.Signature+": "+f.Title.Plain(), 200), Class: service}
	message := clip(fmt.Sprintf("%s, %s%s", counted(f), f.Severity, prefixed(", ", cmp.Or(f.State, f.Status))), 200)
	text := v.junitText(f)
	switch {
	case f.State == incident.StateMuted || f.State == incident.StateUnknown:
		c.Skipped = &junitText{Message: clip(f.State+prefixed(": ", f.StateWhy.Plain()), 300)}
	case failing(f) && (v.a.States == nil || f.State != ""): // without a state beside others that have one it is a remark
		c.Failure = &junitText{Message: message, Type: f.Role, Text: text}
	default:
		c.Out = message + "\n" + text
	}
	return c
}

// junitUnseen are the failures that are known and were not seen, and whose
// state changed by that.
func (v *view) junitUnseen() []junitCase {
	if v.a.States == nil {
		return nil
	}
	var out []junitCase
	for i := range v.a.States.Failures {
		f := &v.a.States.Failures[i]
		if v.findings[f.Finding] != nil {
			continue
		}
		c := junitCase{Name: clip(f.Signature+": "+f.Title.Plain(), 200), Class: cmp.Or(oneLine(f.Service), "no service")}
		why := clip(f.State+prefixed(": ", f.Why.Plain()), 300)
		switch {
		case f.State == incident.StateMuted || f.State == incident.StateUnknown:
			c.Skipped = &junitText{Message: why}
		case asksForSomebody(f.State):
			c.Failure = &junitText{Message: why, Type: "state"}
		default:
			c.Out = why
		}
		out = append(out, c)
	}
	return out
}

// failing reports whether a finding fails a job.
func failing(f *incident.Finding) bool {
	switch f.State {
	case incident.StateNew, incident.StateRegressed, incident.StateEscalating:
		return true
	case "":
		return f.Status != incident.Resolved
	}
	return false
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// junitText says when, and what the incident that holds the finding says.
func (v *view) junitText(f *incident.Finding) string {
	lines := []string{prefixed("seen ", v.clock.span(f.First, f.Last)+" UTC"+prefixed(", ", v.clock.day))}
	for k := range v.a.Incidents {
		i := &v.a.Incidents[k]
		if !holds(i, f.ID) {
			continue
		}
		lines = append(lines, i.ID+" "+bare(i.Title), "fails: "+bare(i.Summary.Fails))
		if established(i) {
			lines = append(lines, "cause"+verdictInParens(i.Summary.Verdict)+": "+bare(i.Summary.Cause))
		} else {
			lines = append(lines, "cause: not established")
		}
		for _, n := range i.Summary.Next {
			lines = append(lines, "next: "+bare(n.Text))
		}
	}
	for _, id := range f.Evidence {
		e := v.a.Evidence[id]
		lines = append(lines, id+" "+clip(e.Source, 80)+" "+clip(e.Message, 300))
	}
	return strings.Join(lines, "\n")
}

// holds reports whether a finding is a symptom or a cause of an incident.
func holds(i *incident.Incident, finding string) bool {
	if i.Symptom == finding || slices.Contains(i.Symptoms, finding) {
		return true
	}
	return slices.ContainsFunc(i.Causes, func(c incident.Cause) bool { return c.Finding == finding }) ||
		slices.ContainsFunc(i.Whys, func(w incident.Why) bool { return w.Finding == finding })
}
