package baseline

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Schema names the version of the state file.
const Schema = "logwhy.state/v2"

// endMark closes each table of the file, so that every line before it ends in
// a comma: lines that two branches add do not touch each other.
const endMark = `"end": true`

// Encode writes a state as JSON: tables in the order of their keys, one run,
// service or failure a line. The same state gives the same bytes.
func Encode(s *State) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("{\n\"schema\": \"" + Schema + "\",\n")
	if err := writeTable(&b, "runs", s.Runs, ","); err != nil {
		return nil, err
	}
	if err := writeTable(&b, "services", s.Services, ","); err != nil {
		return nil, err
	}
	if err := writeTable(&b, "failures", s.Failures, ""); err != nil {
		return nil, err
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

func writeTable[V any](b *bytes.Buffer, name string, m map[string]V, after string) error {
	b.WriteString("\"" + name + "\": {\n")
	for _, k := range slices.Sorted(maps.Keys(m)) {
		for i, part := range []any{tableKey(k), m[k]} {
			data, err := json.Marshal(part)
			if err != nil {
				return err
			}
			b.Write(data)
			b.WriteString([]string{": ", ",\n"}[i])
		}
	}
	b.WriteString(endMark + "\n}" + after + "\n")
	return nil
}

// tableKey keeps a service that is called "end" apart from the mark.
func tableKey(k string) string {
	if k == "end" || len(k) > 0 && k[0] == '=' {
		return "=" + k
	}
	return k
}
