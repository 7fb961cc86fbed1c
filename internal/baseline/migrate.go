package baseline

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"logwhy/internal/incident"
)

// schemaV1 is the first version of the file: one list of failures with a
// count each, and one time through which everything was read.
const schemaV1 = "logwhy.state/v1"

type failureV1 struct {
	Fingerprint string            `json:"fingerprint"`
	Signature   string            `json:"signature"`
	Service     string            `json:"service"`
	Identity    map[string]string `json:"identity"`
	Title       string            `json:"title"`
	Severity    string            `json:"severity"`
	State       string            `json:"state"`
	First       time.Time         `json:"first"`
	Last        time.Time         `json:"last"`
	Count       int               `json:"count"`
	Revisions   []string          `json:"revisions"`
	Muted       *struct {
		Reason string    `json:"reason"`
		Until  time.Time `json:"until"`
	} `json:"muted"`
}

// v1 reads what follows the schema of a file of version 1, as version 2. What
// version 1 did not hold is taken so that nothing is counted twice and nothing
// known is taken for new: all up to through counts as read.
func (d *decoder) v1() (*State, error) {
	s := NewState()
	var through time.Time
	for d.dec.More() {
		at := d.next()
		key, err := d.key()
		if err != nil {
			return nil, err
		}
		switch key {
		case "through":
			err = d.dec.Decode(&through)
		case "failures":
			err = d.failuresV1(s)
		default:
			return nil, d.errorAt(at, fmt.Sprintf("unknown key %q; a state file of version 1 has schema, through and failures", key))
		}
		if err != nil {
			return nil, err
		}
	}
	s.fromV1(through)
	return s, d.end()
}

func (d *decoder) failuresV1(s *State) error {
	if err := d.delim('[', "failures are a list in version 1"); err != nil {
		return err
	}
	for d.dec.More() {
		at := d.next()
		var raw json.RawMessage
		if err := d.dec.Decode(&raw); err != nil {
			return err
		}
		var v failureV1
		if err := strict(raw, &v); err != nil {
			var kind *json.UnmarshalTypeError
			if errors.As(err, &kind) {
				at += kind.Offset
			}
			return d.errorAt(at, messageOf(err))
		}
		if v.Signature == "" {
			return d.errorAt(at, "a failure without a signature")
		}
		id, f := v.upgrade()
		if old := s.Failures[id]; old != nil {
			f = addFailures(old, f)
		}
		s.Failures[id] = f
	}
	return d.delim(']', "a list ends with ]")
}

// upgrade makes a failure of version 2. Its fingerprint is computed anew; the
// one in the file stays as another name.
func (v *failureV1) upgrade() (string, *Failure) {
	id := Fingerprint(v.Signature, v.Service, v.Identity)
	f := &Failure{
		Signature: v.Signature, Service: v.Service, Identity: v.Identity, Title: incident.Prose(incident.Short(v.Title, 110)), Severity: v.Severity,
		State: v.State, First: v.First.UTC(), Last: v.Last.UTC(), Older: v.Count,
	}
	if severityRank(f.Severity) == len(severities) {
		f.Severity = incident.Medium
	}
	known := false
	for _, s := range fileStates {
		known = known || s == f.State
	}
	if !known { // version 1 wrote muted as a state
		f.State = incident.StateOngoing
	}
	if v.Fingerprint != "" && v.Fingerprint != id {
		f.Also = []string{v.Fingerprint}
	}
	for _, r := range v.Revisions {
		if f.Revisions == nil {
			f.Revisions = map[string]time.Time{}
		}
		f.Revisions[r] = f.Last
	}
	if v.Muted != nil {
		f.Mute = &Mute{Set: f.Last, Reason: v.Muted.Reason, Until: v.Muted.Until}
	}
	return id, f
}

// fromV1 takes all that is older than through as counted.
func (s *State) fromV1(through time.Time) {
	through = through.UTC()
	if through.IsZero() {
		for _, f := range s.Failures {
			through = later(through, f.Last)
		}
	}
	if through.IsZero() {
		return
	}
	key := through.Format(time.RFC3339) + "/v1"
	s.Runs[key] = RunRecord{To: through, Complete: true, Open: true}
	s.service("").Through = through
	for _, f := range s.Failures {
		v := s.service(f.Service)
		v.Through, v.Counted = through, through.Truncate(time.Minute)
		for r := range f.Revisions {
			v.deployed(r, f.First)
		}
		f.Run, f.OlderTo = key, key
	}
}
