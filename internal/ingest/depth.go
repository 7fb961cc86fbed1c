package ingest

import "bytes"

// Where a scan of JSON text ended.
type scanEnd uint8

const (
	scanWhole  scanEnd = iota // a whole value
	scanShort                 // the text ends inside the value
	scanBroken                // this is not JSON
)

// structural marks the bytes that a scan for the end of a value looks at.
var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

// maxDepth is how deep a value may be nested. The limit bounds what text costs
// that opens brackets again and again: each may be tried as a record.
const maxDepth = 256

// valueEnd returns the index behind the object or array that begins at b[i].
// It looks at brackets and strings only, which is what it takes to find the
// end; whether the rest is JSON is left to the decoder. A raw line break inside
// a string, which JSON forbids, counts as broken: that is how a record that was
// cut off is told from the records behind it.
func valueEnd(b []byte, i int) (int, scanEnd) {
	depth := 0
	var kinds [maxDepth / 64]uint64 // of the brackets that are open, 1 is an object
	clean := i                      // up to here no string holds a line break
	for i < len(b) {
		c := b[i]
		i++
		if !structural[c] {
			continue
		}
		switch c {
		case '"':
			j := stringEnd(b, i)
			if j < 0 {
				if nl := lineBreak(b, i); nl < len(b) {
					return nl, scanBroken
				}
				return len(b), scanShort
			}
			if clean < j {
				// Strings are short; one look ahead serves many.
				clean = lineBreak(b[:min(max(j, i+1024), len(b))], max(i, clean))
				if clean < j {
					return clean, scanBroken
				}
			}
			i = j
		case '{', '[':
			if depth == maxDepth {
				return i, scanBroken
			}
			kinds[depth>>6] &^= 1 << (depth & 63)
			if c == '{' {
				kinds[depth>>6] |= 1 << (depth & 63)
			}
			depth++
		default:
			if depth == 0 {
				return i, scanBroken
			}
			if depth--; (kinds[depth>>6]>>(depth&63)&1 == 1) != (c == '}') {
				return i, scanBroken
			}
			if depth == 0 {
				return i, scanWhole
			}
		}
	}
	return len(b), scanShort
}

// lineBreak returns the index of the first line break at or behind i, len(b)
// when there is none.
func lineBreak(b []byte, i int) int {
	if j := bytes.IndexByte(b[i:], '\n'); j >= 0 {
		return i + j
	}
	return len(b)
}

// stringEnd returns the index behind the quote that closes the string whose
// content begins at b[i], -1 when it is not closed.
func stringEnd(b []byte, i int) int {
	for from := i; ; {
		j := bytes.IndexByte(b[from:], '"')
		if j < 0 {
			return -1
		}
		j += from
		k := j
		for k > i && b[k-1] == '\\' {
			k--
		}
		if (j-k)&1 == 0 {
			return j + 1
		}
		from = j + 1
	}
}

// isSpace says whether c is JSON white space.
func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// skipSpace returns the index of the first byte at or behind i that is no
// white space, len(b) without one.
func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}
