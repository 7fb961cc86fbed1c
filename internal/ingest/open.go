package ingest

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// expected says what can be read, in one sentence.
const expected = "an export of Cloud Logging: JSON as from \"gcloud logging read --format=json\" or the Logs Explorer, " +
	"lines of JSON, YAML, CSV, or log lines that begin with a time; UTF-8 or UTF-16, plain, gzip or zstd"

// Open finds the inputs that args name and recognises what each of them is.
// An argument is a file, a folder (walked in order of names; hidden files are
// left out), a pattern of filepath.Match, or "-" for opts.Stdin. A pipe is read
// only as far as is needed to recognise it.
//
// The error is an *InputError when an argument does not exist or when no
// input at all can be read.
func Open(args []string, opts Options) (*Set, error) {
	s := &Set{opts: opts.withDefaults()}
	s.memory()
	for _, arg := range args {
		if err := s.argument(arg); err != nil {
			return nil, err
		}
	}
	for i, in := range s.inputs {
		in.index = i
		if err := in.sniff(context.Background(), opts.Year); err != nil {
			ie, ok := err.(*InputError)
			if !ok || in.named {
				return nil, err
			}
			in.unreadable = ie
		}
		in.readManifest()
	}
	s.leaveOutDocuments()
	s.nameInputs()
	return s, s.anyReadable()
}

// leaveOutDocuments takes documents that were found beside exports for what
// they are: notes about them, whose quotes would be counted twice.
func (s *Set) leaveOutDocuments() {
	exports := false
	for _, in := range s.inputs {
		exports = exports || in.layout != nil && in.layout.format != "markdown"
	}
	for _, in := range s.inputs {
		if exports && !in.named && in.layout != nil && in.layout.format == "markdown" {
			in.layout = nil
			in.unreadable = &InputError{Name: in.path, Found: "a document, left out beside exports", Next: "Give its name to read the log lines that it quotes."}
		}
	}
}

// anyReadable is the error of the first input when no input can be read.
func (s *Set) anyReadable() error {
	var first *InputError
	for _, in := range s.inputs {
		if in.layout != nil {
			return nil
		}
		if first == nil {
			first = in.unreadable
		}
	}
	switch {
	case first == nil:
		return &InputError{Name: "no input", Found: "nothing to read", Expected: expected, Next: "Give a file, a folder, or - for standard input."}
	case len(s.inputs) > 1:
		more := *first
		more.Found = fmt.Sprintf("%s; none of the %d files can be read", first.Found, len(s.inputs))
		return &more
	}
	return first
}

func (s *Set) argument(arg string) error {
	if arg == "-" {
		return s.stdin()
	}
	info, err := os.Stat(arg)
	if err == nil {
		return s.path(arg, info, true)
	}
	if !strings.ContainsAny(arg, "*?[") {
		return (&input{path: arg}).openError(err)
	}
	matches, globErr := filepath.Glob(arg)
	if globErr != nil {
		return &InputError{Name: arg, Found: "not a valid pattern", Next: "Quote names that hold * ? or [.", Err: globErr}
	}
	if len(matches) == 0 {
		return &InputError{Name: arg, Found: "no file matches", Next: "List the folder to see what it holds.", Err: fs.ErrNotExist}
	}
	for _, m := range matches {
		if isManifest(m) {
			continue
		}
		info, err := os.Stat(m)
		if err != nil {
			return (&input{path: m}).openError(err)
		}
		if err := s.path(m, info, false); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) stdin() error {
	if s.opts.Stdin == nil {
		return &InputError{Name: "-", Found: "there is no standard input", Next: "Pipe an export into logwhy, or give a file."}
	}
	for _, in := range s.inputs {
		if in.path == "-" {
			return &InputError{Name: "-", Found: "standard input is given twice", Next: "Give - once."}
		}
	}
	return s.pipe("-", "stdin", s.opts.Stdin)
}

// pipe adds an input that can be read only once, and reads its head.
func (s *Set) pipe(path, name string, r io.Reader) error {
	s.inputs = append(s.inputs, &input{path: path, name: name, named: true, stream: r})
	return nil
}

func (s *Set) path(path string, info fs.FileInfo, named bool) error {
	switch {
	case info.IsDir():
		return s.folder(path)
	case info.Mode().IsRegular():
		s.inputs = append(s.inputs, &input{path: path, name: filepath.Base(path), named: named, size: info.Size()})
		return nil
	}
	// Devices and named pipes, such as those of <(…) in a shell.
	f, err := os.Open(path)
	if err != nil {
		return (&input{path: path}).openError(err)
	}
	return s.pipe(path, filepath.Base(path), f)
}

// folder adds the files below dir in the order of their names, which is the
// order of time in the folders that a Cloud Storage sink writes:
// LOG_ID/YYYY/MM/DD/HH:00:00_HH:59:59_S0.json.
func (s *Set) folder(dir string) error {
	before := len(s.inputs)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return (&input{path: path}).openError(err)
		}
		if strings.HasPrefix(d.Name(), ".") && path != dir {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(path) // follows links to files
		if err != nil || !info.Mode().IsRegular() || isManifest(path) {
			return nil
		}
		return s.path(path, info, false)
	})
	if err == nil && len(s.inputs) == before {
		err = &InputError{Name: dir, Found: "a folder without files", Expected: expected, Next: "Give a folder that holds exports."}
	}
	return err
}

// nameInputs shows inputs by their base name or, where that is not unique, by
// their path.
func (s *Set) nameInputs() {
	seen := map[string]int{}
	for _, in := range s.inputs {
		seen[in.name]++
	}
	for _, in := range s.inputs {
		if seen[in.name] > 1 && in.path != "-" {
			in.name = filepath.ToSlash(filepath.Clean(in.path))
		}
	}
}
