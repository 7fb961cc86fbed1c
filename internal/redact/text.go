package redact

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kinds that are built in. A user's rule may use them, and then shares their numbers.
const (
	kindAuthorization = "authorization"
	kindBearer        = "bearer"
	kindBasic         = "basic"
	kindJWT           = "jwt"
	kindCookie        = "cookie"
	kindURLPassword   = "url-password"
	kindURLSecret     = "url-secret"
	kindPassword      = "password"
	kindSecret        = "secret"
	kindPrivateKey    = "private-key"
	kindProviderKey   = "provider-key"
	kindEmail         = "email"
	kindIP            = "ip"
	kindCard          = "card"
	kindUUID          = "uuid"
	kindSession       = "session"
	kindAccount       = "service-account"
)

// keptAccount marks an address that stays, so that it is known where it is cut off.
const keptAccount = ""

// Kinds returns the kinds that are built in, in alphabetical order.
func Kinds() []string {
	k := []string{kindAuthorization, kindBearer, kindBasic, kindJWT, kindCookie, kindURLPassword, kindURLSecret, kindPassword,
		kindSecret, kindPrivateKey, kindProviderKey, kindEmail, kindIP, kindCard, kindUUID, kindSession, kindAccount}
	slices.Sort(k)
	return k
}

// span is a part of a text that holds a value.
type span struct {
	from, to int
	kind     string
}

// finder finds values. It keeps nothing between texts.
type finder struct {
	strict bool
	rules  []Rule
}

// Text replaces all values in s. The result is UTF-8, and holds nothing that a
// second call would replace.
func (r *Redactor) Text(s string) string {
	if r.off {
		return s
	}
	if !utf8.ValidString(s) { // several times as fast as ToValidUTF8 where it is valid
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = r.pemLine(s)
	for range maxRounds {
		r.spans = r.finder.find(s, r.spans[:0])
		t, changed := r.replace(s, r.spans)
		if !changed {
			return s
		}
		s = t
	}
	return s
}

// maxRounds bounds how often the text around a tag is looked at anew.
const maxRounds = 6

// replace puts tags in the place of spans. Overlapping spans become one, of
// the kind of the first.
func (r *Redactor) replace(s string, spans []span) (string, bool) {
	if len(spans) == 0 {
		return s, false
	}
	if spans = aroundTags(s, spans); len(spans) == 0 {
		return s, false
	}
	spans = joined(spans)
	var b strings.Builder
	done := 0
	for _, p := range spans {
		value := s[p.from:p.to]
		if value == "" || placeholder(value) || r.keeps(p.kind, value) {
			continue
		}
		b.WriteString(s[done:p.from])
		b.WriteString(r.tag(p.kind, value))
		done = p.to
	}
	if done == 0 {
		return s, false
	}
	b.WriteString(s[done:])
	return b.String(), true
}

// aroundTags drops spans inside of tags, and makes those that reach into a tag
// hold all of it: what stands beside a tag in one value belongs to it.
func aroundTags(s string, spans []span) []span {
	if !strings.Contains(s, "[") {
		return spans
	}
	tags := tagsIn(s)
	if len(tags) == 0 {
		return spans
	}
	out := spans[:0]
	for _, p := range spans {
		i, _ := slices.BinarySearchFunc(tags, p.from, func(t [2]int, from int) int { return cmp.Compare(t[1], from+1) })
		inside := false
		for ; i < len(tags) && tags[i][0] < p.to; i++ {
			inside = inside || tags[i][0] <= p.from && p.to <= tags[i][1]
			p.from, p.to = min(p.from, tags[i][0]), max(p.to, tags[i][1])
		}
		if !inside {
			out = append(out, p)
		}
	}
	return out
}

// joined sorts spans and joins those that overlap. Of two that start together
// the longer one names the kind, and of equal ones the one found first.
func joined(spans []span) []span {
	slices.SortStableFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
	})
	out := spans[:1]
	for _, p := range spans[1:] {
		last := &out[len(out)-1]
		if p.from < last.to {
			last.to = max(last.to, p.to)
			if last.kind == keptAccount {
				last.kind = p.kind
			}
			continue
		}
		out = append(out, p)
	}
	return out
}

// find appends the values in s to out.
func (f *finder) find(s string, out []span) []span {
	for i := range f.rules {
		out = f.rules[i].find(s, out)
	}
	out = findLiterals(s, out)
	return f.findMarks(s, out)
}

// find appends what a user's rule matches.
func (u *Rule) find(s string, out []span) []span {
	if len(u.Literals) > 0 && !slices.ContainsFunc(u.Literals, func(l string) bool { return strings.Contains(s, l) }) {
		return out
	}
	for _, m := range u.Pattern.FindAllStringSubmatchIndex(s, -1) {
		if from, to := m[2*u.Group], m[2*u.Group+1]; from >= 0 && to > from {
			out = append(out, span{from, to, u.Kind})
		}
	}
	return out
}

// Marks are bytes that a value has in it or before it.
const (
	markNone = iota
	markAt
	markPercent
	markColon
	markEqual
	markDigit
	markDash
)

func markTable() (t [256]uint8) {
	t['@'], t['%'], t[':'], t['='], t['-'] = markAt, markPercent, markColon, markEqual, markDash
	for c := '0'; c <= '9'; c++ {
		t[c] = markDigit
	}
	return t
}

var marks = markTable()

// findMarks goes through s once and looks closer where a mark stands.
func (f *finder) findMarks(s string, out []span) []span {
	for i := 0; i < len(s); i++ {
		switch marks[s[i]] {
		case markNone:
		case markAt:
			out = f.email(s, i, i+1, out)
		case markPercent:
			if strings.HasPrefix(s[i:], "%40") {
				out = f.email(s, i, i+3, out)
			} else if hasPrefixFold(s[i:], "%3d") {
				out = f.pair(s, i, i+3, out)
			}
		case markColon:
			out = f.pair(s, i, i+1, out)
			if strings.HasPrefix(s[i:], "://") {
				out = userinfo(s, i, out)
			} else if i >= 4 && (s[i-4] == '2' || s[i-4] == '3') {
				out = ipv6(s, i, out)
			}
		case markEqual:
			out = f.pair(s, i, i+1, out)
		case markDash:
			if strings.HasPrefix(s[i:], "--") {
				out = flagValue(s, i, out)
			}
			if f.strict {
				out = uuid(s, i, out)
			}
		case markDigit:
			var end int
			out, end = number(s, i, out)
			i = end - 1
		}
	}
	return out
}

func hasPrefixFold(s, lower string) bool {
	return len(s) >= len(lower) && strings.EqualFold(s[:len(lower)], lower)
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

func hasLetter(s string) bool {
	for i := 0; i < len(s); i++ {
		if isLetter(s[i]) {
			return true
		}
	}
	return false
}
