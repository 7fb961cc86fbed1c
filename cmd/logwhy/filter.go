package main

import (
	"bytes"
	"errors"

	"logwhy/internal/diag"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
)

// parseFilter reads --filter, in the Logging query language. An empty one
// selects everything.
func (f *inputFlags) parseFilter() (*lql.Filter, error) {
	parsed, err := lql.Parse(f.filter)
	if err == nil {
		return parsed, nil
	}
	var problems diag.Problems
	if !errors.As(err, &problems) {
		return nil, usageError("--filter: %w", err)
	}
	var b bytes.Buffer
	if _, err := problems.WriteTo(&b); err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return nil, usageError("--filter is not understood:\n\n%s", b.String())
}

// stated returns the filter as a report states it, on one line and without
// comments; "" where there is none.
func (f *inputFlags) stated() string {
	parsed, err := lql.Parse(f.filter)
	if err != nil {
		return "" // keep has told
	}
	return parsed.String()
}

// keep returns what --filter keeps of files, nil when that is everything.
func (f *inputFlags) keep() (func(*logentry.Entry) bool, error) {
	parsed, err := f.parseFilter()
	if err != nil || parsed.Expr() == nil {
		return nil, err
	}
	if err := parsed.Local(); err != nil {
		return nil, usageError("--filter: %w\nLeave sample() out when files are read", err)
	}
	return parsed.Match, nil
}
