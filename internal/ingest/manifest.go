package ingest

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"time"
)

// ManifestSchema is the form of a Manifest.
const ManifestSchema = "logwhy.pull/v1"

// manifestSuffix follows the name of the file that a manifest describes.
const manifestSuffix = ".manifest.json"

// ManifestPath is where the manifest of a file stands.
func ManifestPath(file string) string { return file + manifestSuffix }

// Manifest says what a file was pulled for and whether it holds all of that.
// It stands beside the file, see ManifestPath. With it, what a file does not
// hold was not in the logs either; without it, that is unknown.
type Manifest struct {
	Schema string `json:"schema"`
	// Tool wrote it, such as "logwhy v1.2.0".
	Tool string `json:"tool"`
	// Query is what was asked.
	Query ManifestQuery `json:"query"`

	Entries int `json:"entries"`
	// Bytes is the size of the file. A manifest is of no use beside a file of
	// another size.
	Bytes    int64     `json:"bytes"`
	First    time.Time `json:"first,omitzero"`
	Last     time.Time `json:"last,omitzero"`
	Requests int       `json:"requests"`
	// Complete says that the file holds every entry of the query; else Reason
	// says in a clause why not.
	Complete bool   `json:"complete"`
	Reason   string `json:"reason,omitempty"`
	// Checkpoint is where a pull goes on that was interrupted; nil at its end.
	Checkpoint *Checkpoint `json:"checkpoint,omitempty"`
}

// ManifestQuery is the query that a file was pulled for.
type ManifestQuery struct {
	Resources []string `json:"resources"`
	// Filter is in the Logging query language, without bounds of time; "" is
	// every entry.
	Filter string    `json:"filter"`
	From   time.Time `json:"from"` // from <= timestamp < to
	To     time.Time `json:"to"`
	Limit  int       `json:"limit,omitempty"`
	// Transport is grpc or rest: they carry different fields.
	Transport string `json:"transport"`
}

// Checkpoint is how far a pull has come that did not end.
type Checkpoint struct {
	// Before is the time before which every entry is in the file.
	Before time.Time `json:"before"`
	// Offset is the size of the file with exactly these entries.
	Offset  int64 `json:"offset"`
	Entries int   `json:"entries"`
}

// ReadManifest reads the manifest beside a file. It returns nil when there is
// none, or one of another kind.
func ReadManifest(file string) *Manifest {
	b, err := os.ReadFile(ManifestPath(file))
	if err != nil {
		return nil
	}
	var m Manifest
	if json.Unmarshal(b, &m) != nil || m.Schema != ManifestSchema {
		return nil
	}
	return &m
}

// Write puts the manifest beside a file, in one step: no reader sees half of it.
func (m *Manifest) Write(file string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return err
	}
	path := ManifestPath(file)
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// isManifest tells manifests among the files of a folder: they hold no entries.
func isManifest(path string) bool {
	file, ok := strings.CutSuffix(path, manifestSuffix)
	if !ok {
		return false
	}
	return ReadManifest(file) != nil
}

// readManifest looks beside the input. An empty file that is the whole answer
// is no file that cannot be read: nothing matched.
func (in *input) readManifest() {
	if in.stream != nil {
		return
	}
	m := ReadManifest(in.path)
	if m == nil || m.Bytes != in.size {
		return
	}
	in.manifest = m
	if m.Entries == 0 && in.layout == nil {
		in.layout, in.unreadable = &layout{format: "ndjson", empty: true, newSplitter: func() splitter { return &walker{} }}, nil
	}
}
