// Package bundle packs an analysis so that another machine prints the same
// report: without the logs, without the rules.
//
// A bundle is a tar archive inside zstd. It holds, in this order,
//
//	manifest.json   what made it: version, rules, command, inputs with their
//	                hashes, and the hash of each file that follows
//	analysis.json   the analysis, as -o json writes it
//	entries.ndjson  the entries that the report cites, in the form of LogEntry
//
// The analysis comes redacted, and the entries are taken from it, so that a
// bundle holds nothing that the report would not show. The same analysis gives
// the same bytes: times are zero, modes are 0600, and no name of a person or a
// machine stands in a header.
package bundle

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"logwhy/internal/incident"
)

// Schema names the version of the manifest.
const Schema = "logwhy.bundle/v1"

// Names of the files of a bundle.
const (
	ManifestName = "manifest.json"
	AnalysisName = "analysis.json"
	EntriesName  = "entries.ndjson"
)

// maxFile is the size from which a file of a bundle is refused: an analysis is
// a few megabytes, and a crafted archive may unpack to anything.
const maxFile = 512 << 20

// Manifest says what a bundle holds and what made it. It holds no clock.
type Manifest struct {
	Schema string        `json:"schema"`
	Tool   incident.Tool `json:"tool"`
	Inputs []Input       `json:"inputs"`
	Files  []File        `json:"files"`
}

// Input is what the analysis was made from.
type Input struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256,omitempty"`
	Bytes   int64  `json:"bytes"`
	Entries int    `json:"entries"`
}

// File is a file of the bundle.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Bundle is a bundle that was read and whose hashes are right.
type Bundle struct {
	Manifest Manifest
	Analysis []byte // the JSON form of an incident.Analysis
	Entries  []byte // lines of JSON
}

// Write packs an analysis, which must be redacted; encoded is its JSON form.
func Write(w io.Writer, a *incident.Analysis, encoded []byte) error {
	entries, err := entryLines(a)
	if err != nil {
		return err
	}
	files := []content{{AnalysisName, encoded}, {EntriesName, entries}}
	m := Manifest{Schema: Schema, Tool: a.Tool, Inputs: []Input{}}
	for _, in := range a.Inputs {
		m.Inputs = append(m.Inputs, Input{in.Name, in.SHA256, in.Bytes, in.Entries})
	}
	for _, f := range files {
		m.Files = append(m.Files, File{f.name, sum(f.data), int64(len(f.data))})
	}
	manifest, err := encode(m, "  ")
	if err != nil {
		return err
	}
	return pack(w, append([]content{{ManifestName, manifest}}, files...))
}

type content struct {
	name string
	data []byte
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	return b.Bytes(), nil
}

// pack writes the archive with one goroutine: how many there are must not show
// in the bytes.
func pack(w io.Writer, files []content) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	t := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: 0o600, Size: int64(len(f.data)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
		if _, err := t.Write(f.data); err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// entry is a cited entry in the form of LogEntry, as far as the analysis
// holds it.
type entry struct {
	InsertID    string            `json:"insertId,omitempty"`
	LogName     string            `json:"logName,omitempty"`
	Timestamp   string            `json:"timestamp,omitempty"`
	Severity    string            `json:"severity,omitempty"`
	TextPayload string            `json:"textPayload,omitempty"`
	JSONPayload map[string]string `json:"jsonPayload,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Resource    *resource         `json:"resource,omitempty"`
}

type resource struct {
	Labels map[string]string `json:"labels"`
}

// entryLines writes the evidence in the order of its numbers, each with its id
// and its place as labels, so that the report and the lines can be held side
// by side.
func entryLines(a *incident.Analysis) ([]byte, error) {
	var ids []string
	for id := range a.Evidence {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	var b bytes.Buffer
	for _, id := range ids {
		line, err := encode(entryOf(id, a.Evidence[id]), "")
		if err != nil {
			return nil, err
		}
		b.Write(line)
	}
	return b.Bytes(), nil
}

func entryOf(id string, e incident.Evidence) entry {
	out := entry{InsertID: e.InsertID, LogName: e.LogName, Severity: e.Severity, Labels: map[string]string{"logwhy/evidence": id}}
	if !e.Time.IsZero() {
		out.Timestamp = e.Time.UTC().Format(time.RFC3339Nano)
	}
	if e.Source != "" {
		out.Labels["logwhy/source"] = e.Source
	}
	if e.Instance != "" {
		out.Labels["instanceId"] = e.Instance
	}
	if len(e.Fields) == 0 {
		out.TextPayload = e.Message
	} else {
		out.JSONPayload = map[string]string{"message": e.Message}
		for k, v := range e.Fields {
			out.JSONPayload[strings.TrimPrefix(k, "jsonPayload.")] = v
		}
	}
	labels := map[string]string{}
	for k, v := range map[string]string{"project_id": e.Project, "service_name": e.Service, "revision_name": e.Revision} {
		if v != "" {
			labels[k] = v
		}
	}
	if len(labels) > 0 {
		out.Resource = &resource{labels}
	}
	return out
}
