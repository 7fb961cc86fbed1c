package main

import (
	"bufio"
	"bytes"
	"encoding/json"
)

// limit says when to stop: whichever is reached first of those that are set.
type limit struct {
	bytes, entries int64
}

func (l limit) reached(bytes, entries int64) bool {
	return l.bytes > 0 && bytes >= l.bytes || l.entries > 0 && entries >= l.entries
}

// writeLines writes one entry a line.
func writeLines(w *bufio.Writer, x *world, l limit) error {
	var size, n int64
	for ; !l.reached(size, n); n++ {
		line := x.next()
		if _, err := w.Write(line); err != nil {
			return err
		}
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
		size += int64(len(line)) + 1
	}
	return nil
}

// writeArray writes one pretty-printed array, two blanks a level.
func writeArray(w *bufio.Writer, x *world, l limit) error {
	var size, n int64
	var pretty bytes.Buffer
	if _, err := w.WriteString("["); err != nil {
		return err
	}
	for ; !l.reached(size, n); n++ {
		pretty.Reset()
		if n > 0 {
			pretty.WriteByte(',')
		}
		pretty.WriteString("\n  ")
		if err := json.Indent(&pretty, x.next(), "  ", "  "); err != nil {
			return err
		}
		if _, err := w.Write(pretty.Bytes()); err != nil {
			return err
		}
		size += int64(pretty.Len())
	}
	_, err := w.WriteString("\n]\n")
	return err
}
