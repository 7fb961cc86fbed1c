package signature

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected output")

// archive is a case: a remark, and files between lines of the form
// "-- name --".
type archive struct {
	remark string
	files  []archiveFile
}

type archiveFile struct{ name, data string }

func readArchive(t *testing.T, name string) *archive {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	a := &archive{}
	for _, line := range strings.SplitAfter(string(data), "\n") {
		if n, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(n, " --\n") {
			a.files = append(a.files, archiveFile{name: strings.TrimSuffix(n, " --\n")})
		} else if n := len(a.files); n > 0 {
			a.files[n-1].data += line
		} else {
			a.remark += line
		}
	}
	return a
}

func (a *archive) String() string {
	var b strings.Builder
	b.WriteString(a.remark)
	for _, f := range a.files {
		b.WriteString("-- " + f.name + " --\n" + f.data)
	}
	return b.String()
}

// tree makes a file system of the files of an archive below a folder.
func tree(a *archive, dir string) fs.FS {
	fsys := fstest.MapFS{}
	for _, f := range a.files {
		if name, ok := strings.CutPrefix(f.name, dir+"/"); ok {
			fsys[name] = &fstest.MapFile{Data: []byte(f.data)}
		}
	}
	return fsys
}

// TestLoadProblems loads the rules of each archive and compares what is
// printed with its file "want".
func TestLoadProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/load/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a := readArchive(t, name)
			_, bad := Load([]Source{{FS: tree(a, "rules"), Root: "rules"}}, Options{})
			var b strings.Builder
			bad.WriteTo(&b)
			golden(t, a, name, b.String())
			for _, word := range []string{"yaml:", "!!", "struct", "unmarshal", "signature."} {
				for _, p := range bad {
					if strings.Contains(p.Message+p.Hint, word) {
						t.Errorf("%q shows through: %s", word, p.Message)
					}
				}
			}
		})
	}
}

// golden compares got with the file "want" of an archive.
func golden(t *testing.T, a *archive, name, got string) {
	t.Helper()
	last := len(a.files) - 1
	if a.files[last].name != "want" {
		a.files = append(a.files, archiveFile{name: "want"})
		last++
	}
	if *update {
		a.files[last].data = got
		if err := os.WriteFile(name, []byte(a.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(a.files[last].data, got); d != "" {
		t.Errorf("-want +got, -update rewrites\n%s", d)
	}
}
