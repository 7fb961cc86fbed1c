package redact

import (
	"encoding/base64"
	"regexp"
	"strings"
	"unicode/utf8"
)

// literal is a value that is known by how it begins. The pattern is tried only
// where the text stands, and must match there.
type literal struct {
	kind, text string
	back       int // bytes of the match before text
	pattern    *regexp.Regexp
	group      int
	check      func(string) bool // nil: any match is a value
}

func provider(text string, pattern *regexp.Regexp, check func(string) bool) literal {
	return literal{kind: kindProviderKey, text: text, pattern: pattern, check: check}
}

var literals = []literal{
	{kind: kindPrivateKey, text: "-----BEGIN ", pattern: regexp.MustCompile(
		`^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?s:.*?)-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\:,-]*)`), check: hasKeyBody},
	{kind: kindJWT, text: "eyJ", pattern: regexp.MustCompile(`^eyJ[A-Za-z0-9_-]{6,}(?:(?:\.[A-Za-z0-9_-]*){1,4}…?|…)`), check: func(s string) bool { return len(s) >= 20 }},
	{kind: kindJWT, text: "ZXlK", pattern: regexp.MustCompile(`^ZXlK[A-Za-z0-9_=-]{24,}`)}, // a token that was encoded once more
	{kind: kindBearer, text: "earer", back: 1, pattern: regexp.MustCompile(`^[Bb]earer(?:\s{1,4}|%20|[:=]\s?|,\s?)\\?["']?([A-Za-z0-9._~+/-]+=*…?)`), group: 1, check: random},
	{kind: kindBearer, text: "EARER", back: 1, pattern: regexp.MustCompile(`^BEARER[ :=]{1,4}([A-Za-z0-9._~+/-]+=*…?)`), group: 1, check: random},
	{kind: kindBasic, text: "asic ", back: 1, pattern: regexp.MustCompile(`^[Bb]asic ([A-Za-z0-9+/_-]{6,}={0,2})`), group: 1, check: isBasic},
	provider("AIza", regexp.MustCompile(`^AIza[0-9A-Za-z_-]{30,}`), nil),
	provider("ya29.", regexp.MustCompile(`^ya29\.[0-9A-Za-z_.-]{16,}`), nil),
	provider("1//0", regexp.MustCompile(`^1//0[0-9A-Za-z_-]{20,}`), nil),
	provider("GOCSPX-", regexp.MustCompile(`^GOCSPX-[0-9A-Za-z_-]{20,}`), nil),
	provider("AKIA", regexp.MustCompile(`^AKIA[0-9A-Z]{16}\b`), nil),
	provider("ASIA", regexp.MustCompile(`^ASIA[0-9A-Z]{16}\b`), nil),
	provider("ghp_", regexp.MustCompile(`^ghp_[0-9A-Za-z]{20,}`), nil),
	provider("gho_", regexp.MustCompile(`^gho_[0-9A-Za-z]{20,}`), nil),
	provider("ghu_", regexp.MustCompile(`^ghu_[0-9A-Za-z]{20,}`), nil),
	provider("ghs_", regexp.MustCompile(`^ghs_[0-9A-Za-z]{20,}`), nil),
	provider("ghr_", regexp.MustCompile(`^ghr_[0-9A-Za-z]{20,}`), nil),
	provider("github_pat_", regexp.MustCompile(`^github_pat_[0-9A-Za-z_]{20,}`), nil),
	provider("glpat-", regexp.MustCompile(`^glpat-[0-9A-Za-z_-]{18,}`), nil),
	provider("xox", regexp.MustCompile(`^xox[abeoprs]-[0-9A-Za-z-]{10,}`), hasDigit),
	provider("xapp-", regexp.MustCompile(`^xapp-[0-9A-Za-z-]{20,}`), hasDigit),
	{kind: kindProviderKey, text: "k_live_", back: 1, pattern: regexp.MustCompile(`^[sr]k_live_[0-9A-Za-z]{10,}`)},
	provider("sk_test_", regexp.MustCompile(`^sk_test_[0-9A-Za-z]{10,}`), nil),
	provider("whsec_", regexp.MustCompile(`^whsec_[0-9A-Za-z+/=]{16,}`), nil),
	provider("sk-", regexp.MustCompile(`^sk-[0-9A-Za-z_-]{20,}`), func(s string) bool {
		return hasDigit(s) && !wordy(s) && strings.ToLower(s) != s || len(s) > 40 && hasDigit(s)
	}),
	provider("npm_", regexp.MustCompile(`^npm_[0-9A-Za-z]{36}\b`), nil),
	provider("hf_", regexp.MustCompile(`^hf_[0-9A-Za-z]{30,}`), nil),
	provider("SG.", regexp.MustCompile(`^SG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}`), nil),
	provider("dop_v1_", regexp.MustCompile(`^dop_v1_[0-9a-f]{40,}`), nil),
	provider("shpat_", regexp.MustCompile(`^shpat_[0-9a-f]{32}`), nil),
	provider("pypi-", regexp.MustCompile(`^pypi-[0-9A-Za-z_-]{50,}`), nil),
	{kind: kindProviderKey, text: "hooks.slack.com/services/", pattern: regexp.MustCompile(`^hooks\.slack\.com/services/([0-9A-Za-z_/-]{10,})`), group: 1},
	{kind: kindProviderKey, text: ":AA", back: 10, pattern: regexp.MustCompile(`^[0-9]{10}:AA[0-9A-Za-z_-]{32,}`)},
	{kind: kindPassword, text: "IDENTIFIED BY ", pattern: regexp.MustCompile(`^IDENTIFIED BY (?:PASSWORD )?'([^'\n]+)'`), group: 1},
	{kind: kindPassword, text: "@tcp(", pattern: regexp.MustCompile(`^@tcp\(`)},
	{kind: kindPassword, text: "@unix(", pattern: regexp.MustCompile(`^@unix\(`)},
}

// literalsAt holds, by the first two bytes, the literals that begin with them:
// one look at each byte of a text is far faster than a search for each literal.
type literalsAt struct {
	group [1 << 16]uint8 // an index into lists; 0 is none
	lists [][]*literal
}

func groupLiterals() *literalsAt {
	t := &literalsAt{lists: make([][]*literal, 1)}
	for i := range literals {
		l := &literals[i]
		k := uint16(l.text[0])<<8 | uint16(l.text[1])
		if t.group[k] == 0 {
			t.group[k] = uint8(len(t.lists))
			t.lists = append(t.lists, nil)
		}
		t.lists[t.group[k]] = append(t.lists[t.group[k]], l)
	}
	return t
}

var literalTable = groupLiterals()

// findLiterals appends the values that begin with a literal.
func findLiterals(s string, out []span) []span {
	t := literalTable
	for i := 1; i < len(s); i++ {
		g := t.group[uint16(s[i-1])<<8|uint16(s[i])]
		if g == 0 {
			continue
		}
		for _, l := range t.lists[g] {
			if !strings.HasPrefix(s[i-1:], l.text) {
				continue
			}
			if l.text[0] == '@' {
				out = dsnPassword(s, i-1, out)
			} else if p, ok := l.at(s, i-1-l.back); ok {
				out = append(out, p)
				i = max(i, p.to)
				break
			}
		}
	}
	return out
}

// at matches l at s[i:].
func (l *literal) at(s string, i int) (span, bool) {
	if i < 0 || i > 0 && (isLetter(s[i-1]) || isDigit(s[i-1])) && !escapeBefore(s, i) {
		return span{}, false
	}
	m := l.pattern.FindStringSubmatchIndex(s[i:])
	if m == nil {
		return span{}, false
	}
	from, to := i+m[2*l.group], i+m[2*l.group+1]
	if l.check != nil && !l.check(s[from:to]) {
		return span{}, false
	}
	return span{from, to, l.kind}, true
}

// escapeBefore reports whether s[:i] ends in an escape, such as %20 or \n,
// whose last letter is no part of the word that follows.
func escapeBefore(s string, i int) bool {
	return i >= 3 && s[i-3] == '%' && isHex(s[i-1]) && isHex(s[i-2]) ||
		i >= 2 && s[i-2] == '\\' && strings.IndexByte("nrt", s[i-1]) >= 0
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// isBasic reports whether s is a name and a password in base64.
func isBasic(s string) bool {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return err == nil && utf8.Valid(raw) && strings.Contains(string(raw), ":")
}

// hasKeyBody reports whether a private key is more than its first line.
func hasKeyBody(s string) bool {
	_, body, _ := strings.Cut(s[len("-----BEGIN "):], "-----")
	body, _, _ = strings.Cut(body, "-----END")
	if onlyTags(body) {
		return false
	}
	n := 0
	for i := 0; i < len(body); i++ {
		if isLetter(body[i]) || isDigit(body[i]) {
			n++
		}
	}
	return n >= 16
}

// pemTexts is over how many texts the lines of a private key may be spread.
const pemTexts = 200

// pemLine replaces a text that is one line of a private key whose first line
// (in an export with the newest first: the last one) was met shortly before.
func (r *Redactor) pemLine(s string) string {
	if strings.Contains(s, "PRIVATE KEY-----") {
		begin, end := strings.Contains(s, "-----BEGIN "), strings.Contains(s, "-----END ")
		switch {
		case begin == end:
		case r.pem > 0:
			r.pem = 0
		default:
			r.pem = pemTexts
		}
		return s
	}
	if r.pem <= 0 {
		return s
	}
	r.pem--
	if line := strings.TrimSpace(s); isKeyLine(line) {
		return strings.Replace(s, line, r.tag(kindPrivateKey, line), 1)
	}
	return s
}

// isKeyLine reports whether s is nothing but base64, and no hash.
func isKeyLine(s string) bool {
	hexOnly := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !isLetter(c) && !isDigit(c) && c != '+' && c != '/' && c != '=' {
			return false
		}
		hexOnly = hexOnly && isHex(c)
	}
	return len(s) >= 20 && len(s) <= 80 && !hexOnly && !wordy(s)
}
