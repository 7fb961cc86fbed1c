package signature

import (
	"errors"
	"io/fs"
	"path"
	"runtime"
	"sort"
	"strings"
	"sync"

	"logwhy/internal/diag"
)

// Source is a tree of rule files. A folder that holds rule.yaml is a signature
// with its evidence; any other *.yaml or *.yml file is a signature by itself.
type Source struct {
	FS fs.FS
	// Root is how the tree is called in diagnostics, such as "rules".
	Root string
	// Builtin is true for the catalogue that comes with the program: its ids
	// are bound to the whole path, and other sources may not use them.
	Builtin bool
}

// Options say what to leave out.
type Options struct {
	// Disable lists ids that are not loaded. References to them are dropped
	// without a problem. Where a user's signature has the id of a disabled
	// built-in one, it takes its place.
	Disable []string
}

// Load reads all sources and checks them as a whole. The catalog holds every
// signature that is sound by itself; it is never nil. Problems are sorted, and
// with any of them the catalog should not be used to judge logs.
func Load(sources []Source, opts Options) (*Catalog, diag.Problems) {
	l := &loader{disabled: map[string]bool{}, byID: map[string]*draft{}, former: map[string]*draft{}}
	for _, id := range opts.Disable {
		l.disabled[id] = false
	}
	for _, s := range sources {
		l.source(s)
	}
	l.unknownDisables(opts.Disable)
	sort.SliceStable(l.drafts, func(i, j int) bool { return l.drafts[i].sig.ID < l.drafts[j].sig.ID })
	c := l.catalog()
	for _, f := range l.read {
		l.bad = append(l.bad, f.bad...)
	}
	l.bad.Sort()
	return c, l.bad
}

// loader collects drafts and problems.
type loader struct {
	drafts []*draft
	byID   map[string]*draft
	former map[string]*draft // by ids of the past
	bad    diag.Problems
	// disabled maps an id to whether it was met.
	disabled map[string]bool
	files    []hashedFile
	read     []*file
}

// hashedFile is what the hash of the catalog is made of.
type hashedFile struct {
	name string
	data []byte
}

// ruleFile is a file that was found, and what was read of it.
type ruleFile struct {
	name   string // in the tree
	file   *file
	data   []byte
	drafts []*draft
}

// source finds the rule files of a tree, reads them side by side, and takes
// what they hold in the order of their names.
func (l *loader) source(s Source) {
	files := l.find(s)
	var wg sync.WaitGroup
	next := make(chan *ruleFile)
	for range min(len(files), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for f := range next {
				f.read(s)
			}
		})
	}
	for _, f := range files {
		next <- f
	}
	close(next)
	wg.Wait()
	for _, f := range files {
		l.read = append(l.read, f.file)
		for _, d := range f.drafts {
			if l.admit(d) {
				l.drafts = append(l.drafts, d)
				l.files = append(l.files, hashedFile{d.sig.ID, f.data})
			}
		}
	}
}

// find lists the rule files of a tree.
func (l *loader) find(s Source) []*ruleFile {
	var files []*ruleFile
	err := fs.WalkDir(s.FS, ".", func(p string, e fs.DirEntry, err error) error {
		shown := path.Join(s.Root, p)
		if err != nil {
			l.bad = append(l.bad, diag.Problem{File: shown, Code: "read", Message: "cannot be read: " + reason(err)})
			if e != nil && e.IsDir() && p != "." {
				return fs.SkipDir
			}
			return nil
		}
		if e.IsDir() {
			if p != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		ext := path.Ext(p)
		if (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, &ruleFile{name: p, file: &file{name: shown}})
		}
		return nil
	})
	if err != nil {
		l.bad = append(l.bad, diag.Problem{File: s.Root, Code: "read", Message: "cannot be read: " + reason(err)})
	}
	return files
}

// reason is the innermost text of a file error, without the path again.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// read reads one file and builds what it holds, without a look at any other.
func (r *ruleFile) read(s Source) {
	f := r.file
	data, err := fs.ReadFile(s.FS, r.name)
	if err != nil {
		f.add(0, 0, 0, "read", "", "cannot be read: %s", reason(err))
		return
	}
	r.data = data
	docs := f.parse(data)
	if len(docs) == 0 {
		return
	}
	if isCRE(docs[0]) {
		r.drafts = creDrafts(f, docs)
	} else {
		if len(docs) > 1 {
			f.problem(docs[1], "documents", "Give each signature a folder of its own.", "a rule file holds one document, and here begins a second one")
		}
		if d := build(f, docs[0]); d != nil {
			d.checkFolder(s, r.name)
			r.drafts = []*draft{d}
			d.broken = len(f.bad) > 0
		}
	}
	for _, d := range r.drafts {
		d.sig.Builtin = s.Builtin
	}
}

// admit reports whether a draft takes part: it is not disabled, and the first
// with its id. Broken ones keep their id, so that references to them are not
// reported as well.
func (l *loader) admit(d *draft) bool {
	id := d.sig.ID
	if id == "" {
		return false
	}
	if _, off := l.disabled[id]; off && (d.sig.Builtin || !l.disabled[id]) {
		l.disabled[id] = true
		return false
	}
	first := l.byID[id]
	if first == nil {
		l.byID[id] = d
		return true
	}
	hint := "It is defined in " + first.sig.File + " too."
	if first.sig.Builtin && !d.sig.Builtin {
		hint = "A built-in signature has this id. Choose another one, or add  --disable " + id
	}
	d.file.problem(d.idNode, "duplicate", hint, "id %q is taken", id)
	return false
}

// checkFolder holds the id and the folder to the same words.
func (d *draft) checkFolder(s Source, p string) {
	if path.Base(p) != "rule.yaml" || !idForm.MatchString(d.sig.ID) {
		return
	}
	dirs := strings.Split(path.Dir(p), "/")
	pack, name, _ := strings.Cut(d.sig.ID, ".")
	last := dirs[len(dirs)-1]
	if last == "." {
		return // the folder itself was given, and its name is not known
	}
	ok := last == name
	if len(dirs) > 1 {
		ok = ok && dirs[len(dirs)-2] == pack
	} else if s.Builtin {
		ok = false
	}
	if !ok {
		want := pack + "/" + name
		if len(dirs) == 1 && !s.Builtin {
			want = name
		}
		d.file.problem(d.idNode, "folder", "Rename the folder to "+want+", or the id.", "id %q does not stand in a folder %s", d.sig.ID, want)
	}
}

func (l *loader) unknownDisables(ids []string) {
	var known []string
	for id := range l.byID {
		known = append(known, id)
	}
	sort.Strings(known)
	for _, id := range ids {
		if !l.disabled[id] {
			l.bad = append(l.bad, diag.Problem{Code: "disable", Message: "no signature is called \"" + id + "\"", Hint: diag.DidYouMean(id, known)})
		}
	}
}
