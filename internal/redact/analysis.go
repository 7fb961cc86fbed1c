package redact

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// rewrite returns the text that takes the place of s; key is the name of the
// field that s is the value of, "" when it has none that counts.
type rewrite func(key, s string) string

// walkAnalysis rewrites all texts of a: the evidence in the order of time,
// then the rest in the order of the document. What is not named here is
// rewritten too, so that a field that is added later is not forgotten.
func walkAnalysis(a *incident.Analysis, fn rewrite) {
	ids := slices.SortedFunc(maps.Keys(a.Evidence), func(x, y string) int {
		return cmp.Or(compareTimes(a.Evidence[x].Time, a.Evidence[y].Time), cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
	})
	for _, id := range ids {
		e := a.Evidence[id]
		e.Message = fn("", e.Message)
		e.Excerpt = lines(e.Excerpt, fn)
		walk(reflect.ValueOf(&e).Elem(), "", fn)
		a.Evidence[id] = e
	}
	evidence := a.Evidence
	a.Evidence = nil
	walk(reflect.ValueOf(a).Elem(), "", fn)
	a.Evidence = evidence
}

// settleAnalysis cuts all sentences of a to what they show.
func settleAnalysis(a *incident.Analysis) {
	for id, e := range a.Evidence {
		e.Note = settle(e.Note)
		a.Evidence[id] = e
	}
	evidence := a.Evidence
	a.Evidence = nil
	settleValue(reflect.ValueOf(a).Elem())
	a.Evidence = evidence
}

// settleValue settles all prose below v, which can be set.
func settleValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == proseType {
			v.SetString(string(settle(incident.Prose(v.String()))))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			settleValue(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			settleValue(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() != timeType {
				settleValue(v.Field(i))
			}
		}
	}
}

// compareTimes puts what has no time last.
func compareTimes(x, y time.Time) int {
	switch {
	case x.IsZero() && y.IsZero():
		return 0
	case x.IsZero():
		return 1
	case y.IsZero():
		return -1
	}
	return x.Compare(y)
}

// lines rewrites lines as one text, as a value may go over several.
func lines(list []string, fn rewrite) []string {
	if len(list) < 2 {
		for i := range list {
			list[i] = fn("", list[i])
		}
		return list
	}
	whole := strings.Join(list, "\n")
	if t := fn("", whole); t != whole {
		return strings.Split(t, "\n")
	}
	return list
}

// ids are fields that hold no log text, or an id by which an entry is found.
var ids = wordSet("Schema ID Signature SHA256 RuleSet InsertID Excerpt Message")

var (
	proseType = reflect.TypeFor[incident.Prose]()
	timeType  = reflect.TypeFor[time.Time]()
)

// walk rewrites all strings below v, which can be set.
func walk(v reflect.Value, key string, fn rewrite) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == proseType {
			v.SetString(string(proseOf(incident.Prose(v.String()), fn)))
		} else {
			v.SetString(fn(key, v.String()))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walk(v.Index(i), key, fn)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), key, fn)
		}
	case reflect.Map:
		walkMap(v, fn)
	case reflect.Struct:
		if v.Type() != timeType {
			walkStruct(v, fn)
		}
	}
}

func walkStruct(v reflect.Value, fn rewrite) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if evidence := v.Type() == reflect.TypeFor[incident.Evidence](); ids[name] && (name != "Message" && name != "Excerpt" || evidence) {
			continue
		}
		walk(v.Field(i), "", fn)
	}
}

// walkMap rewrites the values of a map, each with its key, and the keys.
func walkMap(m reflect.Value, fn rewrite) {
	if m.Type().Key().Kind() != reflect.String || m.Len() == 0 {
		return
	}
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	out := reflect.MakeMapWithSize(m.Type(), m.Len())
	for _, k := range keys {
		elem := reflect.New(m.Type().Elem()).Elem()
		elem.Set(m.MapIndex(k))
		walk(elem, k.String(), fn)
		plain := keyOf(k.String(), fn)
		name := plain
		for n := 2; out.MapIndex(reflect.ValueOf(name)).IsValid(); n++ { // two keys must not become one
			name = plain + " " + strconv.Itoa(n)
		}
		out.SetMapIndex(reflect.ValueOf(name), elem)
	}
	m.Set(out)
}

// keyOf rewrites a key such as jsonPayload.alice@example.com: what the entry
// calls the field, without the payload that it stands in.
func keyOf(key string, fn rewrite) string {
	head, rest, found := strings.Cut(key, "Payload.")
	if !found {
		return fn("", key)
	}
	return head + "Payload." + fn("", rest)
}
