package lql

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Texts are compared after NFKC_CF normalisation: without case, compatible
// forms as one. Of ASCII that is the lower case, and nearly all that is compared
// is ASCII, so that it is compared where it stands.

// normalise returns the NFKC_CF form of s.
func normalise(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	s = norm.NFKC.String(s)
	s = norm.NFKC.String(cases.Fold().String(s))
	return strings.Map(func(r rune) rune {
		if isIgnorable(r) {
			return -1
		}
		return r
	}, s)
}

// isIgnorable reports characters that say nothing: soft hyphens, joiners, marks
// of direction, variation selectors.
func isIgnorable(r rune) bool {
	switch {
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0xFEFF, r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E,
		r >= 0x2060 && r <= 0x206F, r >= 0xFE00 && r <= 0xFE0F:
		return true
	}
	return false
}

func isASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// equalFold reports whether s is the normalised text want.
func equalFold(s, want string) bool {
	if !isASCII(s) {
		return normalise(s) == want
	}
	if len(s) != len(want) {
		return false
	}
	for i := range len(s) {
		if lower(s[i]) != want[i] {
			return false
		}
	}
	return true
}

// containsFold reports whether s contains the normalised text want.
func containsFold(s, want string) bool {
	if indexFold(s, want) >= 0 {
		return true
	}
	return !isASCII(s) && strings.Contains(normalise(s), want)
}

// indexFold finds want in the lower case of s, where both are taken for ASCII.
func indexFold[T string | []byte](s T, want string) int {
	if want == "" {
		return 0
	}
	low := want[0]
	high := low
	if low >= 'a' && low <= 'z' {
		high = low - 'a' + 'A'
	}
	for i := 0; i+len(want) <= len(s); i++ {
		if s[i] != low && s[i] != high {
			continue
		}
		j := 1
		for j < len(want) && lower(s[i+j]) == want[j] {
			j++
		}
		if j == len(want) {
			return i
		}
	}
	return -1
}

// lacks reports whether no text of a record can contain the normalised text
// want. Texts stand in a record as they are where it has no escapes, so that
// most need not be taken apart to be passed over.
func lacks(raw []byte, want string) bool {
	return indexFold(raw, want) < 0 && bytes.IndexByte(raw, '\\') < 0 && isASCII(raw)
}

// compareFold orders s and the normalised text want.
func compareFold(s, want string) int {
	if !isASCII(s) {
		return strings.Compare(normalise(s), want)
	}
	for i := range min(len(s), len(want)) {
		if c := lower(s[i]); c != want[i] {
			return int(c) - int(want[i])
		}
	}
	return len(s) - len(want)
}

// foldName is how names of LogEntry are compared: the service takes logName,
// logname and log_name for the same.
func foldName(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && s[i] != '_' && (s[i] < 'A' || s[i] > 'Z')
	}
	if plain {
		return s
	}
	return strings.ReplaceAll(strings.ToLower(s), "_", "")
}

// isFolded reports whether key, folded, is the folded name want.
func isFolded(key []byte, want string) bool {
	n := 0
	for _, c := range key {
		if c == '_' {
			continue
		}
		if n == len(want) || lower(c) != want[n] {
			return false
		}
		n++
	}
	return n == len(want)
}
