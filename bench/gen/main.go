// Command gen writes an export of Cloud Logging entries as large as wanted, to
// measure with. The services, their traffic and their failures are invented;
// the fields and their sizes are those of Cloud Run: 30 % request logs, 35 %
// text, 35 % JSON payloads, 1,148 bytes an entry on average, one entry in a
// hundred an error, and instances that crash in a loop.
//
// The same seed, size and format give the same bytes. Entries are written as
// they are made, in the order of their times, so that memory does not depend
// on the size.
//
// usage: gen [-seed N] [-size 500MB | -entries N] [-format ndjson|array] [-o FILE]
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(2)
	}
}

func run(args []string, stdout, stderr io.Writer) (err error) {
	fs := flag.NewFlagSet("gen", flag.ContinueOnError)
	fs.SetOutput(stderr)
	seed := fs.Uint64("seed", 1, "what to draw from")
	size := fs.String("size", "", "stop at this many bytes, such as 500MB (the default) or 2GB")
	entries := fs.Int64("entries", 0, "stop at this many entries")
	format := fs.String("format", "ndjson", "ndjson, or array: pretty-printed as gcloud prints it")
	out := fs.String("o", "-", "the file to write, - for standard output")
	if err := fs.Parse(args); err != nil {
		return err
	}
	l := limit{entries: *entries}
	switch {
	case *size != "":
		if l.bytes, err = parseSize(*size); err != nil {
			return err
		}
	case *entries == 0:
		l.bytes = 500e6
	}
	w := stdout
	if *out != "-" {
		f, err := os.Create(*out)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		w = f
	}
	b := bufio.NewWriterSize(w, 1<<20)
	switch *format {
	case "ndjson":
		err = writeLines(b, newWorld(*seed), l)
	case "array":
		err = writeArray(b, newWorld(*seed), l)
	default:
		return fmt.Errorf("there is no format %q; try ndjson or array", *format)
	}
	return errors.Join(err, b.Flush())
}

// parseSize reads "500MB", "2GB", "100000"; units are powers of ten.
func parseSize(s string) (int64, error) {
	u := strings.ToUpper(strings.TrimSuffix(strings.TrimSuffix(s, "B"), "b"))
	factor := 1.0
	for suffix, f := range map[string]float64{"K": 1e3, "M": 1e6, "G": 1e9} {
		if t, ok := strings.CutSuffix(u, suffix); ok {
			u, factor = t, f
			break
		}
	}
	n, err := strconv.ParseFloat(u, 64)
	if err != nil || n <= 0 || n*factor > 1e15 {
		return 0, fmt.Errorf("%q is no size; try 500MB or 2GB", s)
	}
	return int64(n * factor), nil
}
