// Package rulecheck tests signatures against the entries that stand beside
// them, explains why a signature does or does not recognise entries, and
// proposes new signatures.
//
// In go a catalog and the trees it was loaded from, or entries; out come plain
// results that name what to change. The package prints nothing and judges
// signatures, not logs.
package rulecheck

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
)

// evidence is a hit or miss file.
type evidence struct {
	Expect   *int              `json:"expect"`
	Captures map[string]string `json:"captures"`
	Entries  json.RawMessage   `json:"entries"`

	entries []*logentry.Entry
}

// errNoFile is returned for an evidence file that is not there.
var errNoFile = errors.New("the file is missing")

// readEvidence reads a hit or miss file.
func readEvidence(fsys fs.FS, name string) (*evidence, error) {
	data, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoFile
	}
	if err != nil {
		return nil, err
	}
	var ev evidence
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&ev); err != nil {
		return nil, jsonError(data, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("text stands behind the closing brace")
	}
	if ev.entries, err = ingest.DecodeAll(ev.Entries); err != nil {
		return nil, err
	}
	if len(ev.entries) == 0 {
		return nil, errors.New(`"entries" is missing or empty`)
	}
	return &ev, nil
}

// jsonError says in which line the JSON is broken, without Go type names.
func jsonError(data []byte, err error) error {
	var syn *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syn):
		return fmt.Errorf("line %d: no valid JSON: %s", lineOf(data, syn.Offset), syn.Error())
	case errors.As(err, &typ):
		return fmt.Errorf("line %d: %q has the wrong kind of value, a %s", lineOf(data, typ.Offset), typ.Field, typ.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the file is empty or ends too early")
	}
	return fmt.Errorf("%s; the keys are expect, captures and entries", err)
}

func lineOf(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
}
