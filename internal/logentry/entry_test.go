package logentry

import (
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

func TestTime(t *testing.T) {
	at := TimeOf(time.Date(2026, 1, 15, 12, 0, 0, 48_213_000, time.FixedZone("", 3600)))
	if got := at.String(); got != "2026-01-15T11:00:00.048213Z" {
		t.Errorf("String = %s", got)
	}
	if got := at.Add(time.Second).Sub(at); got != time.Second {
		t.Errorf("Add then Sub = %v", got)
	}
	if !at.Known() || TimeOf(at.Time()) != at {
		t.Errorf("%v does not survive time.Time", at)
	}
	none := TimeOf(time.Time{})
	if none != NoTime || none.Known() || none.String() != "" || !none.Time().IsZero() || none.Add(time.Hour) != NoTime {
		t.Errorf("no time is %v", none)
	}
}

func TestEnd(t *testing.T) {
	e := &Entry{Time: 1000, HTTP: &HTTPRequest{Latency: 500}}
	if e.End() != 1500 {
		t.Errorf("a request ends at %d", e.End())
	}
	e.Time = NoTime
	if e.End() != NoTime {
		t.Error("a request without a time has an end")
	}
	e = &Entry{Time: 1000}
	if e.End() != 1000 {
		t.Errorf("an entry ends at %d", e.End())
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ message, detail, want string }{
		{"m", "", "m"}, {"", "d", "d"}, {"m", "d", "m\nd"}, {"m: d", "d", "m: d"},
	} {
		e := &Entry{Message: c.message, Detail: c.detail}
		if got := e.Text(); got != c.want {
			t.Errorf("Text of %q and %q = %q, want %q", c.message, c.detail, got, c.want)
		}
	}
}

func TestLogID(t *testing.T) {
	for name, want := range map[string]string{
		"projects/p/logs/run.googleapis.com%2Fstderr": "run.googleapis.com/stderr",
		"projects/p/logs/a%2fb":                       "a/b",
		"folders/1/logs/stdout":                       "stdout",
		"stdout":                                      "",
		"":                                            "",
	} {
		if got := (&Entry{LogName: name}).LogID(); got != want {
			t.Errorf("LogID of %q = %q, want %q", name, got, want)
		}
	}
}

func TestLabelsGet(t *testing.T) {
	l := Labels{{"a", "1"}, {"b", "2"}}
	if l.Get("b") != "2" || l.Get("c") != "" {
		t.Error("Get")
	}
}

func TestSeverity(t *testing.T) {
	for word, want := range map[string]Severity{
		"DEFAULT": SeverityDefault, "trace": SeverityDebug, "Debug": SeverityDebug, "info": SeverityInfo, "LOG": SeverityInfo,
		"notice": SeverityNotice, "WARN": SeverityWarning, "warning": SeverityWarning, "err": SeverityError, "ERROR": SeverityError,
		"SEVERE": SeverityError, "fatal": SeverityCritical, "Critical": SeverityCritical, "alert": SeverityAlert, "emerg": SeverityEmergency,
	} {
		if got, ok := ParseSeverity(word); got != want || !ok {
			t.Errorf("ParseSeverity(%q) = %v, %v", word, got, ok)
		}
	}
	for _, word := range []string{"", "E", "errors", "a very long word that is no level", "info ", "érr"} {
		if got, ok := ParseSeverity(word); ok {
			t.Errorf("ParseSeverity(%q) = %v", word, got)
		}
	}
	if SeverityAlert.String() != "ALERT" || Severity(7).String() != "DEFAULT" {
		t.Error("String")
	}
	if n := testing.AllocsPerRun(100, func() { ParseSeverity("warning") }); n > 0 {
		t.Errorf("ParseSeverity allocates %v times", n)
	}
}

// TestCloneOwnsItsMemory fills every field that can hold text from one buffer
// and checks that nothing in the clone views it: a field that is added to Entry
// and forgotten in Clone fails here.
func TestCloneOwnsItsMemory(t *testing.T) {
	buffer := []byte("borrowed")
	borrowed := unsafe.String(&buffer[0], len(buffer))
	e := &Entry{}
	fillStrings(reflect.ValueOf(e).Elem(), borrowed)
	e.Raw = buffer
	c := e.Clone()
	if diff := cmp.Diff(e, c); diff != "" {
		t.Fatalf("the clone differs\n%s", diff)
	}
	copy(buffer, "XXXXXXXX")
	want := &Entry{}
	fillStrings(reflect.ValueOf(want).Elem(), "borrowed")
	want.Raw = []byte("borrowed")
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("the clone changed with the buffer\n%s", diff)
	}
}

func TestCloneOfEmptyEntry(t *testing.T) {
	e := &Entry{Time: NoTime}
	if diff := cmp.Diff(e, e.Clone()); diff != "" {
		t.Error(diff)
	}
}

// fillStrings sets every string below v to s, with one element in each slice
// and something behind each pointer.
func fillStrings(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillStrings(v.Elem(), s)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillStrings(v.Index(0), s)
	case reflect.Struct:
		for i := range v.NumField() {
			fillStrings(v.Field(i), s)
		}
	}
}
