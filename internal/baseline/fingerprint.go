package baseline

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// fingerprintLen is the length of a fingerprint in hex digits: short enough to
// type, and with a thousand failures two are the same once in 10^8.
const fingerprintLen = 12

// Fingerprint names a failure in all runs. Tags of redaction count without
// their number, which depends on what else a run has seen.
func Fingerprint(signature, service string, identity map[string]string) string {
	h := sha256.New()
	part := func(s string) {
		h.Write([]byte(untagged(s)))
		h.Write([]byte{0})
	}
	part(signature)
	part(service)
	for _, k := range slices.Sorted(maps.Keys(identity)) {
		part(k)
		part(identity[k])
	}
	return hex.EncodeToString(h.Sum(nil))[:fingerprintLen]
}

var tag = regexp.MustCompile(`\[([a-z][a-z0-9-]*):(?:[0-9]+|[0-9a-f]{6}|more)\]`)

func untagged(s string) string {
	if !strings.Contains(s, "[") {
		return s
	}
	return tag.ReplaceAllString(s, "[$1]")
}

// isPattern tells patterns from signatures.
func isPattern(signature string) bool { return strings.HasPrefix(signature, "pattern:") }

// place is the part of a pattern's id that tells the code that raised it, so
// that the same text from elsewhere is another failure.
func place(signature string) string {
	if len(signature) < 4 {
		return signature
	}
	return signature[len(signature)-4:]
}

// covers reports whether a template with more slots stands for another one:
// word by word, a star for any part of a word.
func covers(wide, narrow string) bool {
	a, b := strings.Fields(untagged(wide)), strings.Fields(untagged(narrow))
	if len(a) != len(b) || len(a) == 0 {
		return false
	}
	for i := range a {
		if !coversWord(a[i], b[i]) {
			return false
		}
	}
	return true
}

func coversWord(wide, narrow string) bool {
	head, rest, star := strings.Cut(wide, "*")
	if !star {
		return wide == narrow
	}
	narrow, ok := strings.CutPrefix(narrow, head)
	if !ok {
		return false
	}
	for {
		part, more, again := strings.Cut(rest, "*")
		if !again {
			return strings.HasSuffix(narrow, rest)
		}
		i := strings.Index(narrow, part)
		if i < 0 {
			return false
		}
		narrow, rest = narrow[i+len(part):], more
	}
}
