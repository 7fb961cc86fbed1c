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
