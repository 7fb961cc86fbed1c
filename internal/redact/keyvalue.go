package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// class says how a value must look to be redacted under its key.
type class uint8

const (
	classNone   class = iota
	classStrong       // password: anything but words about it
	classToken        // token: anything but words
	className         // secret: as token; the name of a secret stays
	classWeak         // pass, auth: random text
	classDigits       // otp: digits
	classQuery        // key, code, state: only in the query of a URL
	classEnv          // STRIPE_KEY: long random text
	classAuth         // authorization: scheme and credentials
	classCookie
	classSetCookie
	classSession // strict only
)

// keyClass is a key as it ends, without "_", "-" and case. A short one must be
// a word of its own: "compass" is no "pass".
type keyClass struct {
	end   string
	class class
	whole bool
}

var keyClasses = []keyClass{
	{"password", classStrong, false}, {"passwd", classStrong, false}, {"passphrase", classStrong, false}, {"passwort", classStrong, false},
	{"pwd", classStrong, true}, {"passcode", classDigits, false},
	{"apikey", classStrong, false}, {"secretkey", classStrong, false}, {"accesskey", classStrong, false}, {"privatekey", classStrong, false},
	{"clientsecret", classStrong, false}, {"webhooksecret", classStrong, false}, {"jwtsecret", classStrong, false}, {"appsecret", classStrong, false},
	{"sharedsecret", classStrong, false}, {"secretaccesskey", classStrong, false}, {"signingkey", classStrong, false},
	{"signingsecret", classStrong, false}, {"encryptionkey", classStrong, false}, {"accountkey", classStrong, false}, {"masterkey", classStrong, false},
	{"authkey", classStrong, false}, {"authsecret", classStrong, false}, {"secretkeybase", classStrong, false}, {"sessionsecret", classStrong, false}, {"secretvalue", classStrong, false}, {"secretstring", classStrong, false},
	{"privatekeyid", classToken, false}, {"token", classToken, false}, {"secret", className, false}, {"signature", classToken, false},
	{"credential", classWeak, false}, {"credentials", classWeak, false}, {"authorization", classAuth, false}, {"xauth", classAuth, true},
	{"setcookie", classSetCookie, false}, {"cookie", classCookie, true}, {"cookies", classCookie, true}, {"phpsessid", classWeak, false}, {"jsessionid", classWeak, false},
	{"connect.sid", classWeak, false}, {"sig", classToken, true}, {"pass", classWeak, true}, {"auth", classWeak, true}, {"jwt", classWeak, true},
	{"creds", classWeak, true}, {"otp", classDigits, true}, {"pin", classDigits, true}, {"cvv", classDigits, true}, {"cvc", classDigits, true},
	{"sessionid", classSession, false}, {"sid", classSession, true},
	{"code", classQuery, true}, {"state", classQuery, true}, {"key", classQuery, true},
}

// classesByEnd holds keyClasses by their last letter.
var classesByEnd = func() (t [26][]keyClass) {
	for _, c := range keyClasses {
		n := c.end[len(c.end)-1] - 'a'
		t[n] = append(t[n], c)
	}
	return t
}()

// notSecret holds ends of keys that only look like those of secrets: they say
// where a list goes on, or end a wait.
var notSecret = []string{"pagetoken", "synctoken", "nexttoken", "continuationtoken", "canceltoken", "cancellationtoken", "unexpectedtoken", "methodsignature", "invalidtoken", "typesignature"}

// classOf returns the class of a key as it is written, such as DB_PASSWORD,
// "clientSecret" or X-Goog-Signature.
func classOf(key string) class {
	for key != "" && !isLetter(key[len(key)-1]) && key[len(key)-1] < utf8.RuneSelf { // password2, "password\""
		key = key[:len(key)-1]
	}
	if len(key) < 2 || !isLetter(key[len(key)-1]) {
		return classNone
	}
	list := classesByEnd[key[len(key)-1]|0x20-'a']
	if len(list) == 0 {
		return classNone
	}
	var buf [64]byte
	norm := buf[:0]
	for i := max(0, len(key)-48); i < len(key); i++ {
		if c := key[i]; isLetter(c) {
			norm = append(norm, c|0x20)
		} else if isDigit(c) || c == '.' {
			norm = append(norm, c)
		}
	}
	k := string(norm)
	for i := range list {
		c := &list[i]
		if !strings.HasSuffix(k, c.end) || c.whole && !startsWord(key, len(key)-len(c.end)) {
			continue
		}
		for _, n := range notSecret {
			if strings.HasSuffix(k, n) {
				return classNone
			}
		}
		if c.class == classQuery && strings.HasSuffix(key, "_KEY") {
			return classEnv
		}
		if c.class == classQuery && len(k) > len(c.end) && !strings.HasSuffix(k, ".key") {
			return classNone
		}
		return c.class
	}
	return classNone
}

// startsWord reports whether a word begins at key[i]: at the start, behind a
// sign, or at a change of case.
func startsWord(key string, i int) bool {
	return i == 0 || i > 0 && (!isLetter(key[i-1]) || key[i] <= 'Z' && key[i-1] > 'Z')
}

// pair appends the value of a key whose separator is s[at:after]: "=", ":" or "%3D".
func (f *finder) pair(s string, at, after int, out []span) []span {
	keyEnd := at
	for n := 0; keyEnd > 0 && s[keyEnd-1] == ' ' && n < 2; n++ {
		keyEnd--
	}
	spaced := keyEnd < at
	for keyEnd > 0 && (s[keyEnd-1] == '"' || s[keyEnd-1] == '\'' || s[keyEnd-1] == '\\') {
		keyEnd--
	}
	if keyEnd == 0 || isLetter(s[keyEnd-1]) && classesByEnd[s[keyEnd-1]|0x20-'a'] == nil {
		return out
	}
	from := keyEnd
	for from > 0 && keyEnd-from < 64 && (isLetter(s[from-1]) || isDigit(s[from-1]) || s[from-1] == '_' || s[from-1] == '-' || s[from-1] == '.') {
		from--
	}
	for from < keyEnd && strings.IndexByte("-.", s[from]) >= 0 {
		from++
	}
	key := s[from:keyEnd]
	if key == "value" || key == "Value" {
		key = nameBefore(s, from)
	}
	c := classOf(key)
	if c == classNone || c == classSession && !f.strict {
		return out
	}
	query := from > 0 && (s[from-1] == '?' || s[from-1] == '&') || after-at == 3
	v, ok := valueAt(s, at, after, spaced, query)
	if !ok {
		return out
	}
	v.keyFrom = from
	return v.append(s, key, c, out)
}

// value is where the value of a key stands.
type value struct {
	from, to int
	quoted   bool // in quotes
	loose    bool // behind a space: may be a sentence
	query    bool // in the query of a URL
	keyFrom  int
}

// valueAt finds the value behind a separator.
func valueAt(s string, at, after int, spaced, query bool) (value, bool) {
	i := after
	if s[at] == '=' && i < len(s) && (s[i] == '=' || s[i] == '~') || s[at] == ':' && i < len(s) && s[i] == ':' {
		return value{}, false
	}
	if i < len(s) && (s[i] == '>' && s[at] == '=' || s[i] == '=' && s[at] == ':') { // => and :=
		i++
	}
	if at > 0 && strings.IndexByte("!<>=:", s[at-1]) >= 0 && s[at] == '=' && !(s[at-1] == ':') {
		return value{}, false
	}
	start := i
	for i < len(s) && i-start < 4 && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	v := value{loose: spaced || i > start, query: query}
	if strings.HasPrefix(s[i:], `b'`) || strings.HasPrefix(s[i:], `b"`) || strings.HasPrefix(s[i:], `u'`) {
		i++
	}
	v.from = i
	if q := quoteAt(s, i); q != "" {
		v.from, v.quoted, v.loose = i+len(q), true, false
		v.to = closingQuote(s, v.from, q)
		return v, v.to > v.from
	}
	stops := " \t\r\n,;&\"'`)]}>|\\"
	if query {
		stops = " \t\r\n&#\"'`<>)]}\\;"
	}
	for i < len(s) && s[i] > ' ' && (s[i] == '&' && !nextParameter.MatchString(s[i:]) || strings.IndexByte(stops, s[i]) < 0) {
		if s[i] >= utf8.RuneSelf && spaceAt(s[i:]) {
			break
		}
		if after-at == 3 && (strings.HasPrefix(s[i:], "%26") || strings.HasPrefix(s[i:], "%22")) {
			break
		}
		if s[i] == '[' { // a tag is one with what stands around it
			if end := tagEnd(s, i); end > 0 {
				i = end
				continue
			}
		}
		i++
	}
	for i > v.from && strings.IndexByte(".:!?", s[i-1]) >= 0 {
		i--
	}
	v.to = i
	v.query = v.query || i < len(s) && s[i] == '&'
	return v, v.to > v.from
}

// nextParameter tells the "&" between parameters from one inside a password.
var nextParameter = regexp.MustCompile(`^&[A-Za-z][A-Za-z0-9_.-]{0,40}=`)

// spaceAt reports whether s begins with a space or line break beyond ASCII.
func spaceAt(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// quoteAt returns the quote that opens at s[i:], escapes included.
func quoteAt(s string, i int) string {
	j := i
	for j < len(s) && s[j] == '\\' && j-i < 4 {
		j++
	}
	if j < len(s) && (s[j] == '"' || s[j] == '\'' && j == i) {
		return s[i : j+1]
	}
	return ""
}

// closingQuote returns where a quoted value ends; one that is cut off ends
// with its line.
func closingQuote(s string, i int, q string) int {
	for j := i; j < len(s); j++ {
		if s[j] == '\n' {
			return j
		}
		if strings.HasPrefix(s[j:], q) {
			return j
		}
		if s[j] == '\\' && q[0] != '\\' {
			j++
		}
	}
	return len(s)
}

// append adds the value to out if it is one that is redacted.
func (v value) append(s, key string, c class, out []span) []span {
	switch c {
	case classAuth:
		return v.authorization(s, out)
	case classCookie, classSetCookie:
		return v.cookie(s, c, out)
	}
	text := s[v.from:v.to]
	if !v.isSecret(s, text, c) {
		return out
	}
	kind := kindSecret
	switch {
	case strings.Contains(text, "PRIVATE KEY---"):
		kind = kindPrivateKey
	case v.query:
		kind = kindURLSecret
	case c == classStrong && strings.Contains(strings.ToLower(key), "pass") || c == classStrong && strings.EqualFold(key, "pwd"):
		kind = kindPassword
	case c == classSession:
		kind = kindSession
	}
	if kind != kindPrivateKey {
		text = withoutEnd(text)
	}
	return append(out, span{v.from, v.from + len(text), kind})
}

// withoutEnd is a secret without the encoded control bytes at its end: that a
// key ends in a line break says why it is refused, and gives nothing away.
func withoutEnd(text string) string {
	for {
		n := len(text)
		switch {
		case n > 5 && text[n-3] == '%' && text[n-2] == '0' && isHex(text[n-1]):
			text = text[:n-3]
		case n > 4 && text[n-2] == '\\' && (text[n-1] == 'n' || text[n-1] == 'r' || text[n-1] == 't'):
			text = text[:n-2]
		default:
			return text
		}
	}
}

// isSecret is the test of a value's shape.
func (v value) isSecret(s, text string, c class) bool {
	if placeholder(text) || codeLike(text) || !v.query && saying(text) {
		return false
	}
	if v.query {
		return querySecret(text, c)
	}
	cut := strings.HasSuffix(text, "…")
	switch c {
	case classStrong:
		if classOf(text) != classNone && wordy(text) && !v.quoted {
			return false // password=db_password: a variable
		}
		if v.quoted && strings.Contains(text, " ") && wordy(text) {
			return false
		}
		if v.loose {
			return !wordy(text) && (hasDigit(text) || len(text) >= 8) || v.alone(s)
		}
		return len(text) >= 3 || hasDigit(text)
	case classToken, className:
		if allDigits(text) && len(text) < 6 || wordy(text) && !cut || c == className && nameLike(text) {
			return false
		}
		return hasDigit(text) || cut || len(text) >= 12
	case classWeak, classSession:
		return random(text) || v.quoted && c == classWeak && hasDigit(text) && hasLetter(text) && len(text) >= 6
	case classEnv:
		return len(text) >= 20 && hasDigit(text) && hasLetter(text) && !strings.ContainsAny(text, ": .")
	case classDigits:
		return allDigits(text) && len(text) >= 3 && len(text) <= 10
	}
	return false
}

// alone reports whether key and value are all of their line, as in YAML.
func (v value) alone(s string) bool {
	line := strings.LastIndexByte(s[:v.keyFrom], '\n') + 1
	rest, _, _ := strings.Cut(s[v.to:], "\n")
	return strings.Trim(s[line:v.keyFrom], " \t-\"'") == "" && strings.TrimSpace(rest) == ""
}

// nameLike reports whether v could be the name of a secret: words and small
// numbers with "-" or "_" between them, such as db-password-v2.
func nameLike(v string) bool {
	if !strings.ContainsAny(v, "-_/") {
		return false
	}
	for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == '-' || r == '_' || r == '/' }) {
		if w := strings.TrimRight(part, "0123456789"); len(part)-len(w) > 3 || len(w) > 16 || hasDigit(w) || strings.ToLower(w) != w && strings.ToUpper(w) != w {
			return false
		}
	}
	return true
}

// querySecret reports whether the value of a query is redacted: short words
// and the numbers of statuses stay.
func querySecret(text string, c class) bool {
	low := strings.ToLower(text)
	if low == "true" || low == "false" || low == "null" || low == "undefined" || low == "none" {
		return false
	}
	if c == classStrong || c == classDigits {
		return true
	}
	if allDigits(text) {
		return len(text) >= 6
	}
	if c == classToken || c == className {
		return len(text) >= 4 && !said[low]
	}
	return !wordy(text) && hasDigit(text) || len(text) >= 20
}

// namedValue ends before the key "value" of {"name": "DB_PASSWORD", "value": "…"}.
var namedValue = regexp.MustCompile(`["'](?:[nN]ame|[kK]ey)\\?["']\s*:\s*\\?["']([A-Za-z0-9_.-]{2,64})\\?["']\s*,\s*\\?["']$`)

// nameBefore returns the name that belongs to the value whose key begins at from.
func nameBefore(s string, from int) string {
	m := namedValue.FindStringSubmatch(s[max(0, from-120):from])
	if m == nil {
		return ""
	}
	return m[1]
}

// scheme is how credentials begin; the rest of the line belongs to the last three.
var scheme = regexp.MustCompile(`^(?i)(bearer|basic|token|apikey|api-key|key|negotiate|ntlm|googlelogin|digest|oauth|aws4-hmac-sha256)(?:\s+|:\s*|%20)`)

// authorization adds the credentials of a header; its scheme stays.
func (v value) authorization(s string, out []span) []span {
	end := v.to
	if !v.quoted {
		for end < len(s) && strings.IndexByte("\r\n\"'`", s[end]) < 0 {
			end++
		}
	}
	text := s[v.from:end]
	kind, from := kindAuthorization, v.from
	if m := scheme.FindStringSubmatchIndex(text); m != nil {
		from += m[1]
		switch word := strings.ToLower(text[m[2]:m[3]]); word {
		case "bearer":
			kind = kindBearer
		case "basic":
			kind = kindBasic
		case "digest", "oauth", "aws4-hmac-sha256":
			if n := strings.IndexByte(s[end:], '\n'); !v.quoted && n >= 0 {
				end += n
			} else if !v.quoted {
				end = len(s)
			}
			if rest := s[from:end]; strings.Contains(rest, "=") && !placeholder(rest) {
				return append(out, span{from, end, kind})
			}
			return out
		}
	}
	to := from
	for to < end && strings.IndexByte(" \t,;\\})]", s[to]) < 0 {
		to++
	}
	text = s[from:to]
	if placeholder(text) || saying(text) || wordy(text) || len(text) < 4 || kind == kindAuthorization && !random(text) && !v.quoted {
		return out
	}
	return append(out, span{from, to, kind})
}

// cookiePairs is a list of names and values; a cookie without "=" is a sentence.
var (
	cookiePairs = regexp.MustCompile(`^[^\s=;,"']+=(?:"[^"]*"|[^;,\s"'\\]*)(?:;\s*[^\s=;,"']+=[^;,\s"'\\]*)*`)
	cookieFirst = regexp.MustCompile(`^[^\s=;,"']+=([^;,\s"'\\]*)`)
)

// cookie adds the cookies of a request, or the value that a response sets.
func (v value) cookie(s string, c class, out []span) []span {
	rest := s[v.from:]
	if v.quoted {
		rest = s[v.from:v.to]
	}
	if c == classSetCookie {
		m := cookieFirst.FindStringSubmatchIndex(rest)
		if m == nil || placeholder(rest[m[2]:m[3]]) || len(rest[m[2]:m[3]]) < 4 {
			return out
		}
		return append(out, span{v.from + m[2], v.from + m[3], kindCookie})
	}
	m := cookiePairs.FindStringIndex(rest)
	if m == nil {
		if text := s[v.from:v.to]; random(text) && !codeLike(text) {
			return append(out, span{v.from, v.to, kindCookie})
		}
		return out
	}
	if text := rest[:m[1]]; placeholder(text) || placeholderPairs(text) {
		return out
	}
	return append(out, span{v.from, v.from + m[1], kindCookie})
}

// placeholderPairs reports whether all values of a list of cookies are taken out.
func placeholderPairs(s string) bool {
	for pair := range strings.SplitSeq(s, ";") {
		if _, v, _ := strings.Cut(pair, "="); !placeholder(v) {
			return false
		}
	}
	return true
}

// flagSecret finds the value of a flag of a command: --password hunter2.
var flagSecret = regexp.MustCompile(`^--([A-Za-z][A-Za-z0-9-]{2,30}) +(["']?)([^\s"']+)`)

func flagValue(s string, i int, out []span) []span {
	if i > 0 && (s[i-1] == '-' || isWordByte(s[i-1])) {
		return out
	}
	m := flagSecret.FindStringSubmatchIndex(s[i:])
	if m == nil {
		return out
	}
	c := classOf(s[i+m[2] : i+m[3]])
	v := value{from: i + m[6], to: i + m[7], quoted: m[5] > m[4]}
	text := s[v.from:v.to]
	if (c != classStrong && c != classToken) || strings.HasPrefix(text, "-") || !v.isSecret(s, text, c) {
		return out
	}
	return append(out, span{v.from, v.to, kindSecret})
}

// Field is Text for the value of a field: its key, of which only the last part
// counts ("jsonPayload.db.password"), tells what the value is.
func (r *Redactor) Field(key, s string) string {
	if r.off || s == "" {
		return s
	}
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		key = key[i+1:]
	}
	if c := classOf(key); c != classNone && c != classQuery && (c != classSession || r.finder.strict) {
		v := value{to: len(s), quoted: true}
		r.spans = v.append(s, key, c, r.spans[:0])
		if t, changed := r.replace(s, r.spans); changed {
			s = t
		}
	}
	return r.Text(s)
}
