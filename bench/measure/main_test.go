//go:build unix

package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

func TestMeasure(t *testing.T) {
	var out, progress bytes.Buffer
	in := "one\ttrue\nfinds nothing\tsh -c 'exit 1'\nabsent\tno-such-program-here x\nbroken\tsh -c 'echo late >&2; exit 3'\n"
	if err := run(strings.NewReader(in), &out, &progress, 3, 5e6); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"wall s", "no-such-program-here is not installed", "broken failed: exit status 3: late", "1.00"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	// Interleaved: each round runs each tool once; what fails runs no more.
	if got, want := progress.String(), "round 1 of 3: one\nround 1 of 3: finds nothing\nround 1 of 3: broken\nround 2 of 3: one\nround 2 of 3: finds nothing\nround 3 of 3: one\nround 3 of 3: finds nothing\n"; got != want {
		t.Errorf("order:\n%s", got)
	}
}

func TestMeasureRefuses(t *testing.T) {
	for _, in := range []string{"", "no tab", "name\t "} {
		if err := run(strings.NewReader(in), io.Discard, io.Discard, 1, 0); err == nil {
			t.Errorf("%q is accepted", in)
		}
	}
	if err := run(strings.NewReader("a\ttrue\n"), io.Discard, io.Discard, 0, 0); err == nil {
		t.Error("no rounds are accepted")
	}
}

func TestMedian(t *testing.T) {
	if m := median([]time.Duration{5, 1, 3}); m != 3 {
		t.Error(m)
	}
	if m := median([]int64{4, 2}); m != 3 {
		t.Error(m)
	}
	if m := median([]int64(nil)); m != 0 {
		t.Error(m)
	}
}
