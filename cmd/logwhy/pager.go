package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// pager shows what is longer than the screen in the program of the user's
// choice.
type pager struct {
	off    bool // --no-pager
	e      env
	height int // lines of the screen, 0 when unknown
	run    func(argv []string, text []byte, stdout, stderr io.Writer) error
}

// newPager returns the pager for a terminal of height lines.
func newPager(e env, off bool) pager {
	return pager{off: off, e: e, height: e.height, run: runPager}
}

// argv is the pager's command line; nil says not to use one. LOGWHY_PAGER goes
// before PAGER, and an empty one or "cat" turns it off.
func (p pager) argv() []string {
	if p.off || !p.e.stdoutTTY || p.height <= 0 || p.e.getenv("TERM") == "dumb" || p.e.getenv("TERM") == "" {
		return nil
	}
	line := "less -FIRX"
	for _, name := range []string{"LOGWHY_PAGER", "PAGER"} {
		if v := p.e.getenv(name); v != "" {
			line = v
			break
		}
	}
	words := strings.Fields(line)
	if len(words) == 0 || words[0] == "cat" {
		return nil
	}
	if words[0] == "less" && len(words) == 1 && p.e.getenv("LESS") == "" {
		words = append(words, "-FIRX") // bare less would show colours as codes
	}
	return words
}

// write shows text: through the pager when it is longer than the screen, else,
// and when the pager cannot be started, directly.
func (p pager) write(text []byte) error {
	argv := p.argv()
	if argv == nil || bytes.Count(text, []byte("\n")) < p.height {
		_, err := p.e.stdout.Write(text)
		return err
	}
	err := p.run(argv, text, underlying(p.e.stdout), p.e.stderr)
	if errors.Is(err, errNoPager) {
		_, err = p.e.stdout.Write(text)
	}
	return err
}

// errNoPager means that nothing was shown.
var errNoPager = errors.New("the pager cannot be started")

// runPager hands text to a program and waits until the reader has left it. A
// reader who leaves before the end has made no error.
func runPager(argv []string, text []byte, stdout, stderr io.Writer) error {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return errNoPager
	}
	cmd := exec.Command(path, argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), stdout, stderr
	cmd.Env = append(os.Environ(), "LESSCHARSET=utf-8")
	if err := cmd.Start(); err != nil {
		return errNoPager
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) || errors.Is(err, syscall.EPIPE) {
		return nil // it was shown; how the pager ends is its own matter
	}
	return err
}
