package signature

import (
	"encoding/json"
	"strconv"
	"strings"

	"logwhy/internal/logentry"
)

// fieldOf returns the first value of a path of the record.
func fieldOf(e *logentry.Entry, path string) (string, bool) {
	all := fieldValues(e, path)
	if len(all) == 0 {
		return "", false
	}
	return all[0], true
}

// fieldValues returns every value of a path of the record.
func fieldValues(e *logentry.Entry, path string) []string {
	if l, ok := strings.CutPrefix(path, "labels."); ok {
		return nonEmpty(e.Labels.Get(l))
	}
	if l, ok := strings.CutPrefix(path, "resource.labels."); ok {
		return nonEmpty(e.ResourceLabels.Get(l))
	}
	if len(e.Raw) == 0 {
		return nil
	}
	var record any
	if json.Unmarshal(e.Raw, &record) != nil {
		return nil
	}
	return walkRecord(record, strings.Split(path, "."), nil)
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func walkRecord(v any, path []string, dst []string) []string {
	switch x := v.(type) {
	case []any:
		for _, y := range x {
			dst = walkRecord(y, path, dst)
		}
	case map[string]any:
		for n := len(path); n > 0; n-- { // keys may hold dots
			if y, ok := x[strings.Join(path[:n], ".")]; ok {
				return walkRecord(y, path[n:], dst)
			}
		}
	case string:
		if len(path) == 0 && x != "" {
			dst = append(dst, x)
		}
	case float64:
		if len(path) == 0 {
			dst = append(dst, strconv.FormatFloat(x, 'f', -1, 64))
		}
	case bool:
		if len(path) == 0 {
			dst = append(dst, strconv.FormatBool(x))
		}
	}
	return dst
}
