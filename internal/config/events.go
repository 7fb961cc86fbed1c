package config

import (
	"sort"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"logwhy/internal/diag"
)

// Event is something that happened elsewhere, as a person or a deploy pipeline
// states it: logs alone do not show it.
type Event struct {
	Time     time.Time // UTC
	Title    string
	Kind     string // deploy, config, scale, decision, alert or other
	Service  string // the service it concerns; "" is all of them
	Revision string
	URL      string
	By       string // a role or a team
	Line     int    // where it stands in the file, 1-based
}

// eventKeys and eventKinds in the order in which messages list them.
func eventKeys() []string {
	return []string{"time", "title", "kind", "service", "revision", "url", "by"}
}

func eventKinds() []string {
	return []string{"deploy", "config", "scale", "decision", "alert", "other"}
}

// ParseEvents reads a list of events, as YAML or JSON, and returns them in the
// order of time. name is how the file is called in problems.
func ParseEvents(name string, data []byte) ([]Event, diag.Problems) {
	d := &document{name: name}
	root := d.parse(data)
	if root == nil {
		return nil, d.bad
	}
	if root.Kind != yaml.SequenceNode {
		d.problem(root, "form", "For example:  - {time: 2026-03-03T14:00:00Z, title: Deploy of 1.4.2, kind: deploy, service: checkout-api}", "the file is not a list of events")
		return nil, d.bad
	}
	var out []Event
	for _, n := range root.Content {
		if ev, ok := d.event(n); ok {
			out = append(out, ev)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Time.Before(out[j].Time) })
	d.bad.Sort()
	return out, d.bad
}

func (d *document) event(n *yaml.Node) (Event, bool) {
	m, ok := d.mapping(n, "an event", eventKeys())
	if !ok {
		return Event{}, false
	}
	before := len(d.bad)
	ev := Event{
		Title: d.required(m["title"], n, "the title"), Kind: d.kind(m["kind"]), Service: d.text(m["service"], "the service"),
		Revision: d.text(m["revision"], "the revision"), URL: d.link(m["url"]), By: d.text(m["by"], "by"), Line: n.Line,
	}
	if s := d.required(m["time"], n, "the time"); s != "" {
		ev.Time = d.time(m["time"], s)
	}
	return ev, len(d.bad) == before
}

func (d *document) kind(n *yaml.Node) string {
	s := d.text(n, "the kind")
	switch {
	case s == "":
		return "other"
	case !isOneOf(s, eventKinds()):
		hint := diag.DidYouMean(s, eventKinds())
		if hint == "" {
			hint = "Known are: " + strings.Join(eventKinds(), ", ") + "."
		}
		d.problem(n, "kind", hint, "unknown kind %q", s)
	}
	return s
}

// time reads an instant. A time without a zone is refused: people write their
// own, logs speak UTC, and an hour decides whether something came first.
func (d *document) time(n *yaml.Node, s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if _, err := time.Parse(layout, s); err == nil {
			d.problem(n, "time", "Write it as "+strings.Replace(s, " ", "T", 1)+"Z for UTC, or with an offset such as +01:00.", "the time %q has no zone", s)
			return time.Time{}
		}
	}
	d.problem(n, "time", "Write it as 2026-03-03T14:00:00Z.", "%q is not a time", s)
	return time.Time{}
}

func (d *document) link(n *yaml.Node) string {
	s := d.text(n, "the url")
	if s != "" && !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		d.problem(n, "url", "Write it as https://…", "%q is not an address of the web", s)
	}
	return s
}
