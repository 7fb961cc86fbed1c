package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// ReadError says what is wrong with a state file, and where.
type ReadError struct {
	Name      string
	Line, Col int // from 1
	Message   string
	Hint      string // what to do
}

// Error writes file:line:col, what is wrong, and what to do on a second line.
func (e *ReadError) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Col, e.Message)
	if e.Hint != "" {
		s += "\n" + e.Hint
	}
	return s
}

// hintCorrupt is what to do about a file that cannot be read.
const hintCorrupt = "The file was left as it is. Restore it from git or a backup, or move it away: the next run then starts a new baseline."

// Decode reads a state file of this or an earlier version. name is how errors
// call it.
func Decode(name string, data []byte) (*State, error) {
	d := &decoder{name: name, data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	if head := data[:min(len(data), 300)]; len(bytes.TrimSpace(data)) > 0 && conflictMark(data) < 0 && !bytes.Contains(head, []byte(`"schema"`)) {
		e := d.errorAt(0, `no state file: "schema" comes first in one`)
		e.Hint = "Name the file that check writes, or one that is not there yet."
		return nil, e
	}
	// The place of a wrong character is exact only when all is read at once.
	var whole json.RawMessage
	err := json.Unmarshal(data, &whole)
	if err != nil && len(bytes.TrimSpace(data)) > 0 {
		return nil, d.errorAt(d.offsetOf(err), messageOf(err))
	}
	s, err := d.state()
	if err == nil {
		return s, nil
	}
	var re *ReadError
	if errors.As(err, &re) {
		return nil, re
	}
	return nil, d.errorAt(d.offsetOf(err), messageOf(err))
}

type decoder struct {
	name string
	data []byte
	dec  *json.Decoder
}

func (d *decoder) errorAt(offset int64, message string) *ReadError {
	if n := int64(len(d.data)); offset > n {
		offset = n
	}
	head := d.data[:offset]
	e := &ReadError{
		Name: d.name, Line: bytes.Count(head, []byte("\n")) + 1, Col: len(head) - bytes.LastIndexByte(head, '\n'),
		Message: message, Hint: hintCorrupt,
	}
	if i := conflictMark(d.data); i >= 0 {
		e.Line, e.Col = bytes.Count(d.data[:i], []byte("\n"))+1, 1
		e.Message = "a merge conflict of git that nobody resolved"
		e.Hint = "Take both sides: logwhy baseline merge OURS THEIRS > MERGED, with git show :2:FILE > OURS and git show :3:FILE > THEIRS."
	}
	return e
}

func conflictMark(data []byte) int {
	if bytes.HasPrefix(data, []byte("<<<<<<< ")) {
		return 0
	}
	if i := bytes.Index(data, []byte("\n<<<<<<< ")); i >= 0 {
		return i + 1
	}
	return -1
}

// offsetOf is where encoding/json stumbled.
func (d *decoder) offsetOf(err error) int64 {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax) && unfinished(err):
		return int64(len(d.data))
	case errors.As(err, &syntax):
		return max(syntax.Offset-1, 0)
	case errors.As(err, &kind):
		return kind.Offset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return int64(len(d.data))
	}
	return d.dec.InputOffset()
}

// unfinished tells an end that comes too early from a wrong character.
func unfinished(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "unexpected end of JSON input")
}

func messageOf(err error) string {
	var kind *json.UnmarshalTypeError
	switch {
	case unfinished(err):
		return "the file ends in the middle"
	case errors.As(err, &kind):
		return fmt.Sprintf("a %s is no value for %q", kind.Value, kind.Field)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// state reads the whole file. The schema comes first.
func (d *decoder) state() (*State, error) {
	if len(bytes.TrimSpace(d.data)) == 0 {
		return nil, d.errorAt(0, "the file is empty")
	}
	if err := d.delim('{', "a state file begins with {"); err != nil {
		return nil, err
	}
	at := d.next()
	key, err := d.key()
	if err != nil {
		return nil, err
	}
	var schema string
	if key != "schema" {
		return nil, d.errorAt(at, `"schema" comes first in a state file`)
	}
	at = d.next()
	if err := d.dec.Decode(&schema); err != nil {
		return nil, err
	}
	switch {
	case schema == Schema:
		return d.tables()
	case schema == schemaV1:
		return d.v1()
	case strings.HasPrefix(schema, "logwhy.state/"):
		e := d.errorAt(at, fmt.Sprintf("schema is %q, and this program knows %q", schema, Schema))
		e.Hint = "The file was written by a later version of logwhy: use that one. It was left as it is."
		return nil, e
	}
	return nil, d.errorAt(at, fmt.Sprintf("%q is no schema of a state file, want %q", schema, Schema))
}

// tables reads the three tables.
func (d *decoder) tables() (*State, error) {
	s := NewState()
	for d.dec.More() {
		at := d.next()
		key, err := d.key()
		if err != nil {
			return nil, err
		}
		switch key {
		case "runs":
			err = readTable(d, s.Runs, func(_ string, r *RunRecord) error { return nil })
		case "services":
			err = readTable(d, s.Services, func(_ string, v **Service) error { return present(*v != nil) })
		case "failures":
			err = readTable(d, s.Failures, checkFailure)
		default:
			return nil, d.errorAt(at, fmt.Sprintf("unknown key %q; a state file has schema, runs, services and failures", key))
		}
		if err != nil {
			return nil, err
		}
	}
	return s, d.end()
}

func present(ok bool) error {
	if !ok {
		return errors.New("null is no value here")
	}
	return nil
}

// states of a failure in the file: those of a run but for the mute.
var fileStates = stateOrder[:len(stateOrder)-1]

func checkFailure(id string, v **Failure) error {
	f := *v
	switch {
	case f == nil:
		return present(false)
	case f.Signature == "":
		return fmt.Errorf("failure %s has no signature", id)
	case !slices.Contains(fileStates, f.State):
		return fmt.Errorf("failure %s has the state %q; there are %s", id, f.State, strings.Join(fileStates, ", "))
	}
	for m := range f.Tail {
		if _, err := time.Parse(minuteForm, m); err != nil {
			return fmt.Errorf("failure %s counts in the minute %q", id, m)
		}
	}
	return nil
}

// readTable reads one table; check looks at each value.
func readTable[V any](d *decoder, into map[string]V, check func(string, *V) error) error {
	if err := d.delim('{', "a table begins with {"); err != nil {
		return err
	}
	for d.dec.More() {
		at := d.next()
		key, err := d.key()
		if err != nil {
			return err
		}
		start := d.next()
		var raw json.RawMessage
		if err := d.dec.Decode(&raw); err != nil {
			return err
		}
		if key == "end" {
			continue
		}
		key = strings.TrimPrefix(key, "=")
		if _, twice := into[key]; twice {
			return d.errorAt(at, fmt.Sprintf("%q stands in the file twice", key))
		}
		var v V
		if err := strict(raw, &v); err != nil {
			var kind *json.UnmarshalTypeError
			if errors.As(err, &kind) {
				start += kind.Offset
			}
			return d.errorAt(start, messageOf(err))
		}
		if err := check(key, &v); err != nil {
			return d.errorAt(at, err.Error())
		}
		into[key] = v
	}
	return d.delim('}', "a table ends with }")
}

// strict decodes and refuses keys that it does not know: to drop them would
// lose what somebody wrote.
func strict(raw []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// next is where the next token begins.
func (d *decoder) next() int64 {
	i := d.dec.InputOffset()
	for i < int64(len(d.data)) && strings.IndexByte(" \t\r\n,:", d.data[i]) >= 0 {
		i++
	}
	return i
}

func (d *decoder) key() (string, error) {
	at := d.next()
	tok, err := d.dec.Token()
	if err != nil {
		return "", err
	}
	key, ok := tok.(string)
	if !ok {
		return "", d.errorAt(at, "a key is a text")
	}
	return key, nil
}

func (d *decoder) delim(want json.Delim, message string) error {
	at := d.next()
	tok, err := d.dec.Token()
	if err != nil {
		return err
	}
	if tok != want {
		return d.errorAt(at, message)
	}
	return nil
}

// end makes sure that nothing follows.
func (d *decoder) end() error {
	if err := d.delim('}', "a state file ends with }"); err != nil {
		return err
	}
	at := d.next()
	if _, err := d.dec.Token(); !errors.Is(err, io.EOF) {
		return d.errorAt(at, "something follows the end of the state")
	}
	return nil
}
