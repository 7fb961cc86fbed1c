package ingest

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestUTF16(t *testing.T) {
	text := "plain, Grüße, 山田, 📬 and \U0010FFFF"
	lone := binary.LittleEndian.AppendUint16(nil, 0xD83D)
	for _, c := range []struct {
		name string
		in   []byte
		big  bool
		want string
	}{
		{"little", toUTF16(text, binary.LittleEndian), false, text},
		{"big", toUTF16(text, binary.BigEndian), true, text},
		{"odd byte", append(toUTF16("ab", binary.LittleEndian), 'c'), false, "ab\ufffd"},
		{"lone at the end", append(toUTF16("a", binary.LittleEndian), lone...), false, "a\ufffd"},
		{"lone inside", append(append(toUTF16("a", binary.LittleEndian), lone...), toUTF16("bc", binary.LittleEndian)...), false, "a\ufffdbc"},
		{"half a pair", append(append(toUTF16("a", binary.LittleEndian), lone...), 'x'), false, "a\ufffd\ufffd"},
		{"empty", nil, false, ""},
		{"long", toUTF16(strings.Repeat("x📬", 100_000), binary.LittleEndian), false, strings.Repeat("x📬", 100_000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []io.Reader{bytes.NewReader(c.in), iotest.OneByteReader(bytes.NewReader(c.in)), iotest.DataErrReader(bytes.NewReader(c.in))} {
				got, err := io.ReadAll(newUTF16Reader(r, c.big))
				if err != nil || string(got) != c.want {
					t.Fatalf("%.60q, %v", got, err)
				}
			}
		})
	}
}

func TestSniffEncoding(t *testing.T) {
	for _, c := range []struct {
		head []byte
		name string
		bom  int
	}{
		{nil, utf8Plain, 0},
		{[]byte("[{\"a\":1}]"), utf8Plain, 0},
		{[]byte("\xef\xbb\xbf["), utf8BOM, 3},
		{[]byte("\xff\xfe[\x00"), utf16LE, 2},
		{[]byte("\xfe\xff\x00["), utf16BE, 2},
		{toUTF16("[{\"message\":\"山田山田山田山田\"}]", binary.LittleEndian), utf16LE, 0},
		{toUTF16("[{\"message\":\"山田山田山田山田\"}]", binary.BigEndian), utf16BE, 0},
		{[]byte("{\"a\":1}\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), utf8Plain, 0},
	} {
		if name, bom := sniffEncoding(c.head); name != c.name || bom != c.bom {
			t.Errorf("%.20q: %s %d, want %s %d", c.head, name, bom, c.name, c.bom)
		}
	}
}
