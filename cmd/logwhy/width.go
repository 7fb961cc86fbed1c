package main

import (
	"os"

	"github.com/charmbracelet/x/term"
)

// terminalWidth is the number of columns of standard output, 0 when it is no terminal.
func terminalWidth() int {
	w, _, err := term.GetSize(os.Stdout.Fd())
	if err != nil {
		return 0
	}
	return w
}

// terminalHeight is the number of lines of standard output, 0 when it is no terminal.
func terminalHeight() int {
	_, h, err := term.GetSize(os.Stdout.Fd())
	if err != nil {
		return 0
	}
	return h
}
