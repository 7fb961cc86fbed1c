package deploy_test

import (
	"bytes"
	"debug/elf"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// goreleaser is the part of its configuration, version 2, that ours uses.
//
// See https://goreleaser.com/customization/.
type goreleaser struct {
	Version     int
	ProjectName string `yaml:"project_name"`
	Before      struct{ Hooks []string }
	Builds      []struct {
		ID, Main, Binary                  string
		Env, Goos, Goarch, Flags, Ldflags []string
		ModTimestamp                      string `yaml:"mod_timestamp"`
	}
	Archives []struct {
		ID              string
		Formats         []string
		FormatOverrides []struct {
			Goos    string
			Formats []string
		} `yaml:"format_overrides"`
		NameTemplate string `yaml:"name_template"`
		Files        []any
	}
	Checksum struct {
		NameTemplate string `yaml:"name_template"`
		Algorithm    string
	}
	Snapshot struct {
		VersionTemplate string `yaml:"version_template"`
	}
	Changelog struct{ Disable bool }
	Release   struct{ Draft bool }
}

func TestReleaseConfiguration(t *testing.T) {
	g := decode[goreleaser](t, ".goreleaser.yaml")
	if g.Version != 2 || g.Checksum.Algorithm != "sha256" {
		t.Errorf("version %d, checksums %q", g.Version, g.Checksum.Algorithm)
	}
	b := g.Builds[0]
	if strings.Join(b.Flags, " ") != "-trimpath -buildvcs=false" || b.ModTimestamp != "{{ .CommitTimestamp }}" || strings.Join(b.Env, "") != "CGO_ENABLED=0" {
		t.Errorf("the build depends on the machine or the time: %+v", b)
	}
	hook, _, _ := strings.Cut(g.Before.Hooks[0], " ")
	script := read(t, hook)
	for _, f := range g.Archives[0].Files {
		switch f := f.(type) {
		case string:
			read(t, f) // it is there
		case map[string]any:
			if dir := filepath.Dir(f["src"].(string)); !strings.Contains(script, dir) {
				t.Errorf("%s does not write %s", hook, dir)
			}
		}
	}
	if !strings.Contains(read(t, ".gitignore"), "/build/\n/dist/\n") {
		t.Error("what a release leaves behind makes the tree dirty, and goreleaser refuses that")
	}
}

var (
	from    = regexp.MustCompile(`(?m)^FROM (\S+)`)
	goBuild = regexp.MustCompile(`(?m)^RUN (go build .*)$`)
	goVer   = regexp.MustCompile(`(?m)^go (\d+\.\d+)`)
)

func TestDockerfile(t *testing.T) {
	d := read(t, "Dockerfile")
	stages := from.FindAllStringSubmatch(d, -1)
	if len(stages) != 2 || stages[0][1] != "golang:"+goVer.FindStringSubmatch(read(t, "go.mod"))[1] || stages[1][1] != "scratch" {
		t.Errorf("stages %q", stages)
	}
	last := d[strings.LastIndex(d, "FROM "):]
	for _, want := range []string{"ca-certificates.crt", "zoneinfo.zip", "USER 65532:65532", `ENTRYPOINT ["/logwhy"]`} {
		if !strings.Contains(last, want) {
			t.Errorf("the image has no %s", want)
		}
	}
}

// The program of the image is built as the Dockerfile does it, of the files that
// .dockerignore lets through, in two folders. It is static, since the image has
// no libraries; and the same, byte for byte. With FRESH_BUILD=1 the second
// build starts from an empty cache; .ci/run does that.
func TestImageProgram(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("builds the program twice")
	}
	line := goBuild.FindStringSubmatch(read(t, "Dockerfile"))
	if line == nil {
		t.Fatal("the Dockerfile builds nothing")
	}
	first := buildImageProgram(t, line[1], "")
	cache := ""
	if os.Getenv("FRESH_BUILD") != "" {
		cache = t.TempDir()
	}
	second := buildImageProgram(t, line[1], cache)
	if !bytes.Equal(first, second) {
		t.Error("two builds differ")
	}
	f, err := elf.NewFile(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	libs, err := f.ImportedLibraries()
	if err != nil || len(libs) > 0 {
		t.Errorf("libraries %v, %v", libs, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it needs a loader")
		}
	}
}

// buildImageProgram copies what the image is built of to a new folder, runs the
// line there, and tries the program.
func buildImageProgram(t *testing.T, line, cache string) []byte {
	t.Helper()
	dir := t.TempDir()
	src, out := filepath.Join(dir, "src"), filepath.Join(dir, "out", "logwhy")
	copySources(t, src)
	line = strings.ReplaceAll(line, "/out/logwhy", out)
	cmd := exec.Command("sh", "-ec", line)
	cmd.Dir = src
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "VERSION=v9.9.9", "GOOS=linux", "GOARCH="+runtime.GOARCH)
	if cache != "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+cache)
	}
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, b)
	}
	if b, err := exec.Command(out, "version").Output(); err != nil || !strings.HasPrefix(string(b), "logwhy v9.9.9\n") {
		t.Errorf("version: %q, %v", b, err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// copySources copies what .dockerignore lets through. Its form is simple: all
// is left out but for what begins with !, and of that what ** names.
func copySources(t *testing.T, to string) {
	t.Helper()
	var roots, not []string
	for _, l := range strings.Split(read(t, ".dockerignore"), "\n") {
		if r, ok := strings.CutPrefix(l, "!"); ok {
			roots = append(roots, r)
		} else if n, ok := strings.CutPrefix(l, "**/"); ok {
			not = append(not, n)
		}
	}
	for _, r := range roots {
		err := filepath.WalkDir(filepath.Join("..", r), func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			for _, n := range not {
				if ok, err := filepath.Match(n, d.Name()); err != nil || ok {
					if d.IsDir() {
						return filepath.SkipDir
					}
					return err
				}
			}
			return copyFile(p, filepath.Join(to, strings.TrimPrefix(p, "..")), d.IsDir())
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func copyFile(from, to string, isDir bool) error {
	if isDir {
		return os.MkdirAll(to, 0o755)
	}
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o644)
}
