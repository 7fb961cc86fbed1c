package ingest

import (
	"bytes"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Encodings of the text.
const (
	utf8Plain = "utf-8"
	utf8BOM   = "utf-8-bom"
	utf16LE   = "utf-16le"
	utf16BE   = "utf-16be"
)

// byteOrderMark is U+FEFF in UTF-8. It stands at the start of a text, and where
// one text was put behind another.
var byteOrderMark = []byte("\xef\xbb\xbf")

// sniffEncoding tells the encoding of a text by its byte order mark or, without
// one, by where its NUL bytes stand: the syntax of every format is ASCII.
// Windows PowerShell writes UTF-16LE with a mark for ">".
func sniffEncoding(head []byte) (name string, bom int) {
	switch {
	case bytes.HasPrefix(head, byteOrderMark):
		return utf8BOM, 3
	case len(head) >= 2 && head[0] == 0xFF && head[1] == 0xFE:
		return utf16LE, 2
	case len(head) >= 2 && head[0] == 0xFE && head[1] == 0xFF:
		return utf16BE, 2
	}
	var nul [2]int
	n := min(len(head), 4096) &^ 1
	for i, c := range head[:n] {
		if c == 0 {
			nul[i&1]++
		}
	}
	// Half of all units suffices: log text may be Chinese, keys are not.
	switch half := n / 4; {
	case n < 4:
	case nul[1] > half && nul[0]*8 < nul[1]:
		return utf16LE, 0
	case nul[0] > half && nul[1]*8 < nul[0]:
		return utf16BE, 0
	}
	return utf8Plain, 0
}

// A utf16Reader reads UTF-16 and yields UTF-8. Lone surrogates, and a last odd
// byte, become U+FFFD.
type utf16Reader struct {
	r    io.Reader
	big  bool
	in   []byte // not yet decoded
	buf  []byte // memory of in
	out  []byte // decoded, not yet handed on
	text []byte // memory of out
	err  error
}

func newUTF16Reader(r io.Reader, big bool) *utf16Reader {
	return &utf16Reader{r: r, big: big, buf: make([]byte, 64<<10), text: make([]byte, 0, 96<<10)}
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.fill()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// fill decodes one buffer. Up to three bytes, half a unit or half a pair, wait
// for the next.
func (u *utf16Reader) fill() {
	k := copy(u.buf, u.in)
	n, err := u.r.Read(u.buf[k:])
	u.in, u.err = u.buf[:k+n], err
	u.out = u.decode(u.text[:0], err != nil)
}

func (u *utf16Reader) decode(dst []byte, last bool) []byte {
	b := u.in
	lo, hi := 0, 1
	if u.big {
		lo, hi = 1, 0
	}
	for len(b) >= 2 {
		c := rune(b[lo]) | rune(b[hi])<<8
		if c < utf8.RuneSelf {
			dst = append(dst, byte(c))
			b = b[2:]
			continue
		}
		if utf16.IsSurrogate(c) {
			if len(b) < 4 && !last {
				break
			}
			if len(b) >= 4 {
				if r := utf16.DecodeRune(c, rune(b[2+lo])|rune(b[2+hi])<<8); r != utf8.RuneError {
					dst = utf8.AppendRune(dst, r)
					b = b[4:]
					continue
				}
			}
			c = utf8.RuneError
		}
		dst = utf8.AppendRune(dst, c)
		b = b[2:]
	}
	if last && len(b) == 1 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
		b = nil
	}
	u.in = b
	return dst
}
