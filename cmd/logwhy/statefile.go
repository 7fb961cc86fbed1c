package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"logwhy/internal/baseline"
)

// stateFlags name the state file.
type stateFlags struct {
	path     string
	patience time.Duration
}

func (f *stateFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.path, "baseline", "", "what earlier runs know, in `FILE`; it is made when it is not there; none for no memory")
	fl.DurationVar(&f.patience, "lock-timeout", time.Minute, "wait `DURATION` for another run that writes the state")
}

// check makes sure that a file is named. none stands for no memory where a
// command can do without.
func (f *stateFlags) check(noneAllowed bool) error {
	switch {
	case f.path == "":
		return usageError("no state file\nSay where the failures that are known are kept: --baseline state.json")
	case f.path == "none" && !noneAllowed:
		return usageError("--baseline none holds nothing\nName the state file: --baseline state.json")
	}
	if info, err := os.Stat(f.path); err == nil && info.IsDir() {
		return usageError("--baseline %s is a folder\nName a file in it: --baseline %s/state.json", f.path, f.path)
	}
	return nil
}

// store opens the state file; nil for none.
func (f *stateFlags) store(e env) *baseline.Store {
	if f.path == "none" {
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	var token [8]byte
	_, _ = rand.Read(token[:]) // never fails
	return &baseline.Store{
		Path: f.path, Owner: baseline.Owner{Host: host, PID: os.Getpid(), Token: hex.EncodeToString(token[:])},
		Now: e.now, Wait: time.Sleep, Alive: alive, Patience: f.patience,
	}
}

// alive reports whether a process runs. When in doubt it does.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}

// stateError gives the exit code of what went wrong with the state.
func stateError(err error) error {
	var re *baseline.ReadError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &re):
		return &exitError{exitUsage, err}
	case errors.Is(err, os.ErrPermission):
		return &exitError{exitRead, fmt.Errorf("the state cannot be written: %w\nName a --baseline in a folder that you may write to.", pathCause(err))}
	}
	return &exitError{exitRead, err}
}
