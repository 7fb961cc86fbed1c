package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"logwhy/internal/config"
	"logwhy/internal/diag"
)

// flagError says what is wrong with a flag, in the words of its user: with the
// nearest flag, or with the form that its value has.
func flagError(cmd *cobra.Command, err error) error {
	help := fmt.Sprintf("Run '%s --help' for the flags.", cmd.CommandPath())
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if near := nearestFlag(cmd, unknown.GetSpecifiedName()); near != "" {
			help = fmt.Sprintf("Did you mean --%s?\n%s", near, help)
		}
		return usageError("%w\n%s", err, help)
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if form, example := formOf(invalid.GetFlag()); form != "" {
			return usageError("--%s %q is not %s\nWrite it as %s", invalid.GetFlag().Name, invalid.GetValue(), form, example)
		}
	}
	return usageError("%w\n%s", err, help)
}

func nearestFlag(cmd *cobra.Command, name string) string {
	if len(name) < 2 {
		return ""
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	return diag.Nearest(strings.ToLower(name), names)
}

// formOf says which form the value of a flag has, with examples; "" for a text.
func formOf(f *pflag.Flag) (form, example string) {
	switch kindOf(f) {
	case config.Number:
		return "a whole number", "10"
	case config.Duration:
		return "a duration", "90s, 30m or 2h"
	case config.Switch:
		return "true or false", "--" + f.Name
	}
	return "", ""
}
