// Package logwhy_test polices the repository: who may import whom, what nobody
// below cmd may touch, how nothing may be named, and that go.mod is tidy.
package logwhy_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "logwhy"

// arrows holds the packages and which of our own each may import. Data moves
// one way; docs/architecture.md shows it. Change the two together.
var arrows = map[string][]string{
	"internal/logentry":        {},
	"internal/stacktrace":      {},
	"internal/incident":        {},
	"internal/diag":            {},
	"internal/ingest":          {"internal/logentry"},
	"internal/ingest/cloudlog": {"internal/logentry"},
	// The test server: it serves entries over the real protocol, and evaluates filters.
	"internal/ingest/cloudlog/cloudlogtest": {"internal/logentry", "internal/ingest", "internal/lql"},
	"internal/lql":                          {"internal/logentry", "internal/diag"},
	"internal/signature":                    {"internal/logentry", "internal/diag"},
	"internal/correlate":                    {"internal/logentry", "internal/stacktrace", "internal/signature", "internal/incident"},
	"internal/redact":                       {"internal/incident"},
	"internal/report":                       {"internal/incident"},
	"internal/rulecheck":                    {"internal/logentry", "internal/ingest", "internal/signature", "internal/correlate", "internal/incident", "internal/diag"},
	"internal/fetch":                        {"internal/logentry", "internal/ingest", "internal/ingest/cloudlog", "internal/lql", "internal/signature", "internal/correlate", "internal/incident"},
	"internal/verify":                       {"internal/logentry", "internal/ingest", "internal/incident"},
	"internal/bundle":                       {"internal/incident"},
	"internal/baseline":                     {"internal/incident"},
	"internal/synth":                        {"internal/logentry", "internal/ingest"}, // for tests only: nobody imports it
	"internal/config":                       {"internal/diag"},
	"rules":                                 {},
}

// programs may import all of ours, and are imported by nobody.
var programs = []string{"cmd/", "bench/"}

// guarded holds foreign modules that only some places may import; a place is
// a package, or the beginning of a file's path.
var guarded = []struct{ module, places, why string }{
	{"github.com/spf13/", "cmd/", "commands and flags end at cmd"},
	{"github.com/charmbracelet/lipgloss", "cmd/ internal/report/term", "only the terminal has colours"},
	{"github.com/muesli/termenv", "cmd/ internal/report/term", "only the terminal has colours"},
	{"github.com/schollz/progressbar", "cmd/", "progress is shown on the user's stderr"},
	{"cloud.google.com/go", "internal/ingest/cloudlog/", "one place speaks to Google"},
	{"google.golang.org/", "internal/ingest/cloudlog/", "one place speaks to Google"},
	{"gopkg.in/yaml", "internal/signature/ internal/ingest/ internal/config/ internal/lql/", "signatures are read in one place"},
	{"github.com/klauspost/compress", "internal/ingest/ internal/bundle/ cmd/logwhy/redact cmd/logwhy/pull bench/", "inputs are decompressed where they are read, and what is handed on is packed where it is written"},
}

// forbidden holds what a package below cmd must be given instead of taking it
// itself, so that the same input gives the same bytes.
var forbidden = map[string]map[string]bool{
	"os":      names("Stdin Stdout Stderr Exit Getenv LookupEnv Environ"),
	"time":    names("Now Since Until Local Sleep"),
	"log":     names("Print Printf Println Fatal Fatalf Fatalln Panic Panicf Panicln"),
	"fmt":     names("Print Printf Println"),
	"syscall": names("Exit Getenv"),
}

// compilers are the packages whose business it is to compile what a user
// wrote, when it is loaded. Elsewhere regexps are variables of a package.
var compilers = []string{"internal/signature/", "internal/lql/", "internal/config/", "internal/redact/", "cmd/"}

func names(s string) map[string]bool {
	m := map[string]bool{}
	for n := range strings.FieldsSeq(s) {
		m[n] = true
	}
	return m
}

// source is one Go file of the module.
type source struct {
	path string // with slashes, below the root
	dir  string
	test bool
	fset *token.FileSet
	file *ast.File
}

func (s source) at(p token.Pos) string { return fmt.Sprintf("%s:%d", s.path, s.fset.Position(p).Line) }

// program reports whether s belongs to a program.
func (s source) program() bool { return hasPrefix(s.path, programs) }

func hasPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// sources parses every Go file of the module; nested modules and testdata are
// not of it.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || exists(filepath.Join(p, "go.mod"))) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, p, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		slash := filepath.ToSlash(p)
		out = append(out, source{slash, path.Dir(slash), strings.HasSuffix(p, "_test.go"), fset, f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("no Go files: is the working directory the root of the module?")
	}
	return out
}

func exists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}

// imported lists the import paths of a file with the names they go by.
func imported(s source) map[string]string {
	m := map[string]string{}
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		m[p] = name
	}
	return m
}

func TestImportsFollowTheArrows(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for p := range imported(s) {
			ours, ok := strings.CutPrefix(p, module+"/")
			if !ok {
				continue
			}
			if hasPrefix(ours, programs) || hasPrefix(ours+"/", programs) {
				t.Errorf("%s imports the program %s", s.path, ours)
			}
			if s.program() {
				continue
			}
			allowed, known := arrows[s.dir]
			switch {
			case !known:
				t.Errorf("%s: package %s is not in the table of arrows", s.path, s.dir)
			case !slices.Contains(allowed, ours):
				t.Errorf("%s imports %s; %s may import %s", s.path, ours, s.dir, list(allowed))
			}
		}
	}
}

// Each package of ours stands in the table, whether it imports any or none.
func TestEveryPackageHasItsPlace(t *testing.T) {
	for _, s := range sources(t) {
		if _, known := arrows[s.dir]; !known && !s.test && !s.program() {
			t.Errorf("%s: package %s is not in the table of arrows", s.path, s.dir)
		}
	}
}

func list(s []string) string {
	if len(s) == 0 {
		return "none of ours"
	}
	return "only " + strings.Join(s, ", ")
}

// Nothing may lead back: the table itself has no cycle.
func TestArrowsHaveNoCycle(t *testing.T) {
	const open, done = 1, 2
	state := map[string]int{}
	var visit func(string, []string)
	visit = func(p string, trail []string) {
		if state[p] == open {
			t.Fatalf("cycle: %s", strings.Join(append(trail, p), " → "))
		}
		if state[p] == done {
			return
		}
		state[p] = open
		for _, next := range arrows[p] {
			if _, known := arrows[next]; !known {
				t.Errorf("%s may import %s, which is not in the table", p, next)
			}
			visit(next, append(trail, p))
		}
		state[p] = done
	}
	for p := range arrows {
		visit(p, nil)
	}
}

func TestForeignImportsStayInTheirPlaces(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for p := range imported(s) {
			for _, g := range guarded {
				if strings.HasPrefix(p, g.module) && !hasPrefix(s.path, strings.Fields(g.places)) {
					t.Errorf("%s imports %s, which belongs to %s: %s", s.path, p, g.places, g.why)
				}
			}
		}
	}
}

// Below cmd nobody takes the clock, the environment or the standard streams:
// what is needed is passed in.
func TestNothingBelowCmdTouchesTheWorld(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.program() {
			continue
		}
		local := map[string]string{} // name in this file → package
		for p, name := range imported(s) {
			if forbidden[p] != nil {
				local[name] = p
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && forbidden[local[x.Name]][sel.Sel.Name] {
				t.Errorf("%s uses %s.%s: have it passed in", s.at(sel.Pos()), local[x.Name], sel.Sel.Name)
			}
			return true
		})
	}
}

// Nothing is compiled while matching: a regexp is a variable of its package,
// or compiled when a file of the user is loaded.
func TestRegexpsAreCompiledOnce(t *testing.T) {
	for _, s := range sources(t) {
		name, ok := imported(s)["regexp"]
		if !ok || s.test {
			continue
		}
		for _, decl := range s.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				x, ok := sel.X.(*ast.Ident)
				if !ok || x.Name != name {
					return true
				}
				switch sel.Sel.Name {
				case "MustCompile", "MustCompilePOSIX", "MatchString", "Match", "MatchReader":
					t.Errorf("%s: regexp.%s inside %s: make it a variable of the package", s.at(call.Pos()), sel.Sel.Name, fn.Name.Name)
				case "Compile", "CompilePOSIX":
					if !hasPrefix(s.path, compilers) {
						t.Errorf("%s: regexp.Compile inside %s: only %s compile what users write", s.at(call.Pos()), fn.Name.Name, strings.Join(compilers, " "))
					}
				}
				return true
			})
		}
	}
}

// A name says what is in a package or file, not what kind of code it is.
func TestNamesSayWhatIsInside(t *testing.T) {
	empty := names("util utils common helper helpers type types base model models misc shared stuff")
	for _, s := range sources(t) {
		file := strings.TrimSuffix(strings.TrimSuffix(path.Base(s.path), ".go"), "_test")
		for _, n := range append(strings.Split(s.dir, "/"), file, s.file.Name.Name) {
			if empty[n] {
				t.Errorf("%s: the name %q says nothing", s.path, n)
			}
		}
	}
}

// Each package says in a comment what it is.
func TestPackagesHaveADocComment(t *testing.T) {
	documented, seen := map[string]bool{}, map[string]string{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		seen[s.dir] = s.path
		if s.file.Doc != nil && (strings.HasPrefix(s.file.Doc.Text(), "Package "+s.file.Name.Name+" ") || s.file.Name.Name == "main") {
			documented[s.dir] = true
		}
	}
	for dir, file := range seen {
		if !documented[dir] {
			t.Errorf("%s: package %s has no comment that begins with \"Package …\"", file, dir)
		}
	}
}

// go.mod and go.sum are as `go mod tidy` would leave them. It needs modules
// that a fresh cache may not hold, and is not fetched for.
func TestGoModIsTidy(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command")
	}
	cmd := exec.Command(goTool, "mod", "tidy", "-diff")
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
	var out, diag bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diag
	err = cmd.Run()
	if err == nil {
		return
	}
	if out.Len() == 0 {
		t.Skipf("cannot be told offline: %s", diag.String())
	}
	t.Errorf("go.mod or go.sum is not tidy; run go mod tidy\n%s", out.String())
}
