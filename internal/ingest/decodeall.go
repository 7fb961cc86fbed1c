package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"logwhy/internal/logentry"
)

// DecodeAll reads the entries of a small JSON text: an array of records, or
// records one after the other. The entries own their memory; Pos.Record counts
// from 1. It is for the evidence of signatures and the like, where every record
// has to be an entry; exports are read with Open.
func DecodeAll(data []byte) ([]*logentry.Entry, error) {
	var entries []*logentry.Entry
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		var raw json.RawMessage
		if err := dec.Decode(&raw); errors.Is(err, io.EOF) {
			return entries, nil
		} else if err != nil {
			return nil, fmt.Errorf("record %d: malformed JSON: %w", len(entries)+1, err)
		}
		records := []json.RawMessage{raw}
		if raw[0] == '[' {
			records = nil
			if err := json.Unmarshal(raw, &records); err != nil {
				return nil, err
			}
		}
		for _, r := range records {
			e := &logentry.Entry{Pos: logentry.Pos{Record: len(entries) + 1, Seq: int64(len(entries))}}
			if err := newDecoder().decode(r, e); err != nil {
				return nil, fmt.Errorf("record %d: %w", len(entries)+1, err)
			}
			entries = append(entries, e.Clone())
		}
	}
}
