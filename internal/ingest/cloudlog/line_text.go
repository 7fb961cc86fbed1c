package cloudlog

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const hexDigits = "0123456789abcdef"

// appendString quotes s. Bytes that are no UTF-8 become U+FFFD.
func appendString[T string | []byte](b []byte, s T) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		b = appendEscape(append(b, s[start:i]...), c)
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendFloat writes f as JavaScript does. What JSON has no number for becomes
// a string.
func appendFloat(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	abs := math.Abs(f)
	if abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(b, f, 'e', -1, bits)
	}
	return strconv.AppendFloat(b, f, 'f', -1, bits)
}

// appendNumber writes a number of the kind that v encodes; those of 64 bits as
// strings, as JavaScript could not hold them.
func appendNumber(b []byte, k protoreflect.Kind, v uint64) []byte {
	switch k {
	case protoreflect.FloatKind:
		return appendFloat(b, float64(math.Float32frombits(uint32(v))), 32)
	case protoreflect.DoubleKind:
		return appendFloat(b, math.Float64frombits(v), 64)
	case protoreflect.Int32Kind, protoreflect.Sfixed32Kind:
		return strconv.AppendInt(b, int64(int32(v)), 10)
	case protoreflect.Sint32Kind:
		return strconv.AppendInt(b, int64(int32(protowire.DecodeZigZag(v))), 10)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return strconv.AppendUint(b, v, 10)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return append(strconv.AppendUint(append(b, '"'), v, 10), '"')
	case protoreflect.Sint64Kind:
		v = uint64(protowire.DecodeZigZag(v))
	}
	return append(strconv.AppendInt(append(b, '"'), int64(v), 10), '"')
}

func appendEnum(b []byte, d protoreflect.EnumDescriptor, n protoreflect.EnumNumber) []byte {
	if d.FullName() == "google.protobuf.NullValue" {
		return append(b, "null"...)
	}
	if v := d.Values().ByNumber(n); v != nil {
		return appendString(b, string(v.Name()))
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// The range of times that RFC 3339 can write, in seconds.
const minSeconds, maxSeconds = -62135596800, 253402300799

// appendTime writes seconds since 1970, with 0, 3, 6 or 9 digits of a second.
// What lies outside the years 1 to 9999 becomes their edge.
func appendTime(b []byte, sec int64, nano int32) []byte {
	sec = min(max(sec, minSeconds), maxSeconds)
	nano = min(max(nano, 0), 999_999_999)
	t := time.Unix(sec, 0).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = appendDigits(append(b, '"'), year, 4)
	b = appendDigits(append(b, '-'), int(month), 2)
	b = appendDigits(append(b, '-'), day, 2)
	b = appendDigits(append(b, 'T'), hour, 2)
	b = appendDigits(append(b, ':'), minute, 2)
	b = appendDigits(append(b, ':'), second, 2)
	b = appendFraction(b, nano)
	return append(b, 'Z', '"')
}

func appendDigits(b []byte, n, digits int) []byte {
	var d [9]byte
	for i := digits - 1; i >= 0; i-- {
		d[i] = byte('0' + n%10)
		n /= 10
	}
	return append(b, d[:digits]...)
}

func appendFraction(b []byte, nano int32) []byte {
	switch {
	case nano == 0:
		return b
	case nano%1_000_000 == 0:
		return appendDigits(append(b, '.'), int(nano/1_000_000), 3)
	case nano%1000 == 0:
		return appendDigits(append(b, '.'), int(nano/1000), 6)
	}
	return appendDigits(append(b, '.'), int(nano), 9)
}

// appendDuration writes seconds with an "s" behind them.
func appendDuration(b []byte, sec int64, nano int32) []byte {
	b = append(b, '"')
	if sec < 0 || nano < 0 {
		b = append(b, '-')
		sec, nano = max(sec, -sec), max(nano, -nano)
	}
	b = strconv.AppendInt(b, sec, 10)
	b = appendFraction(b, nano)
	return append(b, 's', '"')
}

func appendBytes(b, v []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, v)
	return append(b, '"')
}
