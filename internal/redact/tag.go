package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"logwhy/internal/incident"
)

// maxValues is how many different values are numbered; it bounds the memory
// for an endless export. Values beyond it share the tag [kind:more].
const maxValues = 1 << 20

// Redactor replaces values by tags and remembers which tag a value has. It is
// not safe for concurrent use.
type Redactor struct {
	finder finder
	off    bool
	key    []byte
	tags   map[string]string // of kind, NUL, value
	counts map[string]int    // different values, by kind
	known  map[string][]knownValue
	kept   map[string]bool // addresses of programs that stay
	order  []knownValue    // secrets, as they were met
	// indexed is how many of order are in known.
	indexed int
	// pem counts down the texts in which lines of a private key are expected,
	// after one that held only its head or its foot.
	pem   int
	spans []span // reused
}

// knownValue is a secret that was found, with its tag.
type knownValue struct{ value, tag string }

// New returns a Redactor that has met no value yet.
func New(o Options) *Redactor {
	return &Redactor{
		finder: finder{strict: o.Mode == Strict, rules: o.Rules},
		off:    o.Mode == Off,
		key:    o.Key,
		tags:   map[string]string{},
		counts: map[string]int{},
		kept:   map[string]bool{},
	}
}

// Counts returns how many different values of each kind were replaced, most
// first, then by kind.
func (r *Redactor) Counts() []incident.Redaction {
	var out []incident.Redaction
	for kind, n := range r.counts {
		out = append(out, incident.Redaction{Kind: kind, N: n})
	}
	slices.SortFunc(out, func(a, b incident.Redaction) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Kind, b.Kind)
	})
	return out
}

// tag returns the tag of a value, the same one each time.
func (r *Redactor) tag(kind, value string) string {
	id := kind + "\x00" + normal(kind, value)
	if t, ok := r.tags[id]; ok {
		return t
	}
	if t, ok := r.uncut(kind, value); ok {
		return t
	}
	full := len(r.tags) >= maxValues
	r.counts[kind]++
	t := "[" + kind + ":" + strconv.Itoa(r.counts[kind]) + "]"
	switch {
	case len(r.key) > 0:
		m := hmac.New(sha256.New, r.key)
		m.Write([]byte(id))
		t = "[" + kind + ":" + hex.EncodeToString(m.Sum(nil)[:3]) + "]"
	case full:
		return "[" + kind + ":more]"
	}
	if full {
		return t
	}
	r.tags[id] = t
	if len(r.order) < maxKnown {
		r.order = append(r.order, knownValue{value, t})
	}
	return t
}

// maxKnown is how many values are looked for where they stand alone.
const maxKnown = 1 << 14

// uncut finds the tag of a value that ends in "…" among those that begin like it.
func (r *Redactor) uncut(kind, value string) (string, bool) {
	head, cut := strings.CutSuffix(value, "…")
	if !cut { // in a template
		head, cut = strings.CutSuffix(value, "*")
	}
	if !cut || head == "" {
		return "", false
	}
	for _, k := range r.order {
		if strings.HasPrefix(k.value, head) && strings.HasPrefix(k.tag, "["+kind+":") {
			return k.tag, true
		}
	}
	return "", false
}

// keeps reports whether a value is the address of a program, or the beginning
// of one that was seen.
func (r *Redactor) keeps(kind, value string) bool {
	if kind == keptAccount {
		if len(r.kept) < maxKnown {
			r.kept[value] = true
		}
		return true
	}
	head, cut := strings.CutSuffix(value, "…")
	if kind != kindEmail || !cut {
		return false
	}
	for k := range r.kept {
		if strings.HasPrefix(k, head) {
			return true
		}
	}
	return false
}

// normal is the form of a value in which two spellings of it are one.
func normal(kind, value string) string {
	if kind == kindEmail {
		return strings.ToLower(strings.ReplaceAll(value, "%40", "@"))
	}
	return value
}

// tagEnd returns where the tag ends that begins at s[i], 0 when none does: "[",
// a kind, ":", a number or six hexadecimal digits or "more", "]".
func tagEnd(s string, i int) int {
	if i+1 >= len(s) || s[i] != '[' || s[i+1] < 'a' || s[i+1] > 'z' {
		return 0
	}
	j := i + 2
	for j < len(s) && (s[j] >= 'a' && s[j] <= 'z' || isDigit(s[j]) || s[j] == '-') {
		j++
	}
	if j == len(s) || s[j] != ':' {
		return 0
	}
	from := j + 1
	n := strings.IndexByte(s[from:min(len(s), from+24)], ']')
	if n < 0 {
		return 0
	}
	id := s[from : from+n]
	if !allDigits(id) && !(len(id) == 6 && allHex(id)) && id != "more" {
		return 0
	}
	return from + n + 1
}

func allHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

// tagsIn returns where tags stand in s, as begin and end.
func tagsIn(s string) (out [][2]int) {
	for i := strings.IndexByte(s, '['); i >= 0 && i < len(s); {
		end := tagEnd(s, i)
		if end > 0 {
			out = append(out, [2]int{i, end})
			i = end
		} else {
			i++
		}
		n := strings.IndexByte(s[i:], '[')
		if n < 0 {
			break
		}
		i += n
	}
	return out
}

// withoutTags is s less the tags in it.
func withoutTags(s string) string {
	var b strings.Builder
	done := 0
	for _, t := range tagsIn(s) {
		b.WriteString(s[done:t[0]])
		done = t[1]
	}
	return b.String() + s[done:]
}

// onlyTags reports whether nothing of s is left to redact once the tags in it
// are taken away.
func onlyTags(s string) bool {
	if !strings.Contains(s, "[") {
		return false
	}
	rest := withoutTags(s)
	return len(rest) < len(s) && !strings.ContainsFunc(rest, func(c rune) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf && c != '…'
	})
}

// Again is Text for a part of texts that were given to Text before: values that
// are known by now are replaced also where they stand alone or are cut off.
func (r *Redactor) Again(s string) string {
	s = r.Text(s)
	if r.off {
		return s
	}
	if r.indexed != len(r.order) {
		r.index()
	}
	return r.follow(s)
}

// index prepares follow. Only values that cannot be a common word are followed.
func (r *Redactor) index() {
	r.known, r.indexed = map[string][]knownValue{}, len(r.order)
	for _, k := range r.order {
		r.remember(k)
		if strings.Contains(k.value, "\n") { // a private key, of which an excerpt may show lines
			for line := range strings.SplitSeq(k.value, "\n") {
				if line = strings.TrimSpace(line); len(line) >= 16 && !strings.HasPrefix(line, "-----") {
					r.remember(knownValue{line, k.tag})
				}
			}
		}
	}
	for _, list := range r.known {
		slices.SortStableFunc(list, func(a, b knownValue) int { return len(b.value) - len(a.value) })
	}
}

func (r *Redactor) remember(k knownValue) {
	if distinct(k.value) {
		r.known[k.value[:knownHead]] = append(r.known[k.value[:knownHead]], k)
	}
}

// knownHead is how many bytes of a secret must be seen to recognise it.
const knownHead = 6

// distinct reports whether v would hardly be written for another reason.
func distinct(v string) bool {
	return len(v) >= knownHead && hasLetter(v) && (hasDigit(v) || strings.Contains(v, "@"))
}

// follow replaces known secrets where they stand alone or are cut off.
func (r *Redactor) follow(s string) string {
	if len(r.known) == 0 || len(s) < knownHead {
		return s
	}
	var b strings.Builder
	done := 0
	for i := 0; i+knownHead <= len(s); i++ {
		if i > 0 && isWordByte(s[i-1]) && isWordByte(s[i]) {
			continue
		}
		list, ok := r.known[s[i:i+knownHead]]
		if !ok {
			continue
		}
		if end, tag := knownAt(s, i, list); end > 0 {
			b.WriteString(s[done:i])
			b.WriteString(tag)
			done, i = end, end-1
		}
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// knownAt returns the end of the known value that stands at s[i:], 0 when none does.
func knownAt(s string, i int, list []knownValue) (int, string) {
	for _, k := range list {
		if strings.HasPrefix(s[i:], k.value) {
			end := i + len(k.value)
			if end == len(s) || !isWordByte(s[end]) || !isWordByte(s[end-1]) {
				return end, k.tag
			}
		}
		if n := strings.Index(s[i:], "…"); n >= knownHead && strings.HasPrefix(k.value, s[i:i+n]) {
			return i + n, k.tag
		}
	}
	return 0, ""
}
