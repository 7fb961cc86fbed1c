package main

import (
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// env is what a command takes from the process it runs in. Tests give their own.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	// environ lists the environment as NAME=value, to find slips in names; nil
	// when it is not to be looked at.
	environ func() []string
	now     func() time.Time
	// stdoutTTY, stderrTTY and stdinTTY say whether a person sits at the other end.
	stdoutTTY, stderrTTY, stdinTTY bool
	// width is the number of columns of the terminal, 0 when unknown.
	width int
	// height is the number of its lines, 0 when unknown.
	height int
	// local is the zone in which --since and --tz=local speak.
	local *time.Location
}

func systemEnv() env {
	return env{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, environ: os.Environ, now: time.Now, local: time.Local,
		stdoutTTY: isatty.IsTerminal(os.Stdout.Fd()), stderrTTY: isatty.IsTerminal(os.Stderr.Fd()), stdinTTY: isatty.IsTerminal(os.Stdin.Fd()),
		width: terminalWidth(), height: terminalHeight(),
	}
}
