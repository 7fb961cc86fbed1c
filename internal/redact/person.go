package redact

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// email appends the address whose "@" (or "%40") is s[at:after].
func (f *finder) email(s string, at, after int, out []span) []span {
	from, to := localStart(s, at), domainEnd(s, after)
	if from == at || inUserinfo(s, from) {
		return out
	}
	domain := s[after:to]
	cut := strings.HasPrefix(s[to:], "…") && domain != ""
	switch {
	case cut:
		to += len("…")
	case !isMailDomain(domain):
		return out
	}
	kind := kindEmail
	if isAccount(s[from:at], domain) {
		kind = kindAccount
		if !f.strict {
			kind = keptAccount
		}
	}
	return append(out, span{from, to, kind})
}

// localStart returns where the part before the "@" at s[at] begins.
func localStart(s string, at int) int {
	from := at
	for from > 0 && at-from < 64 {
		r, n := utf8.DecodeLastRuneInString(s[:from])
		if !(isLocalByte(r) || r >= utf8.RuneSelf && unicode.Is(unicode.Latin, r)) {
			break
		}
		from -= n
	}
	if i := strings.LastIndexByte(s[from:at], '%'); i >= 0 && from+i+3 <= at { // what stands before is encoded
		from += i + 3
	}
	if escapeBefore(s, from+1) && from > 0 && s[from-1] == '\\' { // \nalice@…
		from++
	}
	for from < at && strings.IndexByte(".'-", s[from]) >= 0 {
		from++
	}
	return from
}

func isLocalByte(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r < utf8.RuneSelf && r > ' ' && strings.IndexByte("._%+'-", byte(r)) >= 0
}

func domainEnd(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !(r < utf8.RuneSelf && (isLetter(byte(r)) || isDigit(byte(r)) || r == '.' || r == '-') || r >= utf8.RuneSelf && unicode.Is(unicode.Latin, r)) {
			break
		}
		i += n
	}
	for i > 0 && (s[i-1] == '.' || s[i-1] == '-') {
		i--
	}
	return i
}

// isMailDomain reports whether d could take mail: no version, file or unit of
// systemd, which stand behind an "@" too.
func isMailDomain(d string) bool {
	dot := strings.LastIndexByte(d, '.')
	if dot <= 0 || len(d)-dot-1 < 2 || strings.Contains(d, "..") {
		return false
	}
	top := strings.ToLower(d[dot+1:])
	for i := 0; i < len(top); i++ {
		if top[i] < utf8.RuneSelf && !isLetter(top[i]) {
			return false
		}
	}
	switch top {
	case "js", "ts", "tsx", "jsx", "mjs", "cjs", "py", "rb", "java", "kt", "php", "css", "html", "json", "yaml", "yml", "log", "txt", "xml",
		"service", "socket", "timer", "target", "mount", "slice", "scope", "svc":
		return false
	}
	first, rest, _ := strings.Cut(d, ".")
	second, _, _ := strings.Cut(rest, ".")
	return !(len(first) > 1 && first[0] == 'v' && allDigits(first[1:])) && !(allDigits(first) && startsDigit(second))
}

func startsDigit(s string) bool { return s != "" && isDigit(s[0]) }

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// isAccount reports whether an address is one of a program: rights are given
// to it by this name, and a report must be able to say so.
func isAccount(local, domain string) bool {
	d := strings.ToLower(domain)
	if d == "gserviceaccount.com" || strings.HasSuffix(d, ".gserviceaccount.com") || strings.HasSuffix(d, ".iam") ||
		strings.HasSuffix(d, ".cluster.local") || strings.HasSuffix(d, ".internal") {
		return true
	}
	switch strings.ToLower(local) {
	case "git", "root", "celery", "rabbit", "postgres":
		return true
	}
	return false
}

// number appends an address or a card that begins with the digit at i, and
// returns where the digits end.
func number(s string, i int, out []span) ([]span, int) {
	end := i
	for end < len(s) && (isDigit(s[end]) || s[end] == '.' && end+1 < len(s) && isDigit(s[end+1])) {
		end++
	}
	start := i
	if i >= 1 && s[i-1] == '%' && end-i > 2 { // %22 and then the number
		start += 2
	}
	if start > 0 && isWordByte(s[start-1]) && start == i && !escapeBefore(s, start) {
		return out, end
	}
	if n := end - start; n >= 7 && n <= 15 && strings.Count(s[start:end], ".") == 3 {
		return ipv4(s, start, end, out), end
	}
	if to := cardEnd(s, start); to > 0 {
		return append(out, span{start, to, kindCard}), to
	}
	return out, end
}

func ipv4(s string, from, to int, out []span) []span {
	addr, err := netip.ParseAddr(s[from:to])
	if err != nil || !isPublic(addr) || strings.HasSuffix(s[from:to], ".0.0") || isVersion(s, from, to) {
		return out
	}
	if to < len(s) && (isLetter(s[to]) || s[to] == '_' || s[to] == '-' && to+1 < len(s) && isWordByte(s[to+1])) {
		return out
	}
	if isNetwork(s[to:]) {
		return out
	}
	return append(out, span{from, to, kindIP})
}

// isNetwork reports whether an address is followed by the length of a prefix
// that leaves room for many: it is the name of a network.
func isNetwork(s string) bool {
	if len(s) < 2 || s[0] != '/' || !isDigit(s[1]) {
		return false
	}
	n := 1
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n == 2 || n == 3 && s[1:3] <= "24"
}

// isVersion reports whether four numbers are a version: Chrome/120.0.0.1,
// Version=4.0.1.2, v1.2.3.4. A host before the slash tells an address.
func isVersion(s string, from, to int) bool {
	if from == 0 {
		return false
	}
	head := s[max(0, from-16):from]
	lower := strings.ToLower(strings.TrimRight(head, ` "'=:`))
	if strings.HasSuffix(lower, "version") || strings.HasSuffix(lower, "release") || strings.HasSuffix(lower, " ver") {
		return true
	}
	if head[len(head)-1] != '/' || len(head) < 2 || !isLetter(head[len(head)-2]) {
		return head[len(head)-1] == '-' || head[len(head)-1] == '.'
	}
	word := strings.FieldsFunc(head, func(r rune) bool { return r == ' ' || r == '"' || r == '(' })
	return !strings.Contains(word[len(word)-1], ".") && !strings.HasPrefix(s[to:], ":")
}

// kept holds the networks whose addresses say nothing of a person: they are
// for carriers, tests and documents.
var kept = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("224.0.0.0/3"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("3fff::/20"),
}

func isPublic(a netip.Addr) bool {
	if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
		return false
	}
	for _, p := range kept {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// ipv6 appends the address whose first colon stands at i. Public ones begin
// with 2 or 3, and all four digits of that group are written.
func ipv6(s string, i int, out []span) []span {
	from, to := i-4, i
	if from > 0 && (isWordByte(s[from-1]) && !escapeBefore(s, from) || s[from-1] == ':') {
		return out
	}
	for to < len(s) && (isHex(s[to]) || s[to] == ':' || s[to] == '.') {
		to++
	}
	for to > i && (s[to-1] == ':' && s[to-2] != ':' || s[to-1] == '.') {
		to--
	}
	addr, err := netip.ParseAddr(s[from:to])
	if err != nil || !addr.Is6() || !isPublic(addr) || to < len(s) && isWordByte(s[to]) {
		return out
	}
	return append(out, span{from, to, kindIP})
}

// cardEnd returns where the card number that begins at i ends, 0 when there is
// none: 14 to 16 digits of a card network that pass the Luhn test, in one run or
// in groups of four (American Express: four, six, five).
func cardEnd(s string, i int) int {
	var d [17]byte
	n, end, groups := 0, i, 0
	var sep byte
	for j := i; j < len(s) && n < len(d); j++ {
		c := s[j]
		if isDigit(c) {
			d[n] = c - '0'
			n, end = n+1, j+1
			continue
		}
		if (c != ' ' && c != '-') || sep != 0 && c != sep || j+1 >= len(s) || !isDigit(s[j+1]) || n%4 != 0 && n != 10 {
			break
		}
		sep, groups = c, groups+1
	}
	if groups != 0 && groups != 3 && !(groups == 2 && n == 15) || !isCard(d[:n]) || !cardBounds(s, i, end) {
		return 0
	}
	return end
}

func cardBounds(s string, from, to int) bool {
	if to < len(s) && (isWordByte(s[to]) || s[to] == '-' || s[to] == '.' && to+1 < len(s) && isDigit(s[to+1])) {
		return false
	}
	if from == 0 {
		return true
	}
	if strings.IndexByte("-./", s[from-1]) >= 0 {
		return false
	}
	// An id of as many digits is far more common than a card.
	head := strings.ToLower(s[max(0, from-24):from])
	head = strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(head, ` "'=:\`), "%22"), "%3d")
	return !strings.HasSuffix(head, "id") && !strings.HasSuffix(head, "number") || strings.HasSuffix(head, "card number") || strings.HasSuffix(head, "card_number") || strings.HasSuffix(head, "cardnumber")
}

func isCard(d []byte) bool {
	two := func() int { return int(d[0])*10 + int(d[1]) }
	switch {
	case len(d) == 15:
		if t := two(); t != 34 && t != 37 {
			return false
		}
	case len(d) == 14:
		if t := two(); t != 36 && t != 38 && t != 30 {
			return false
		}
	case len(d) == 16:
		if t := two(); d[0] != 4 && !(t >= 51 && t <= 55) && !(t >= 22 && t <= 27) && t != 60 && t != 64 && t != 65 && t != 35 {
			return false
		}
	default:
		return false
	}
	sum, same := 0, true
	for i := range d {
		v := int(d[len(d)-1-i])
		same = same && d[i] == d[0]
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0 && !same
}

// uuid appends the UUID whose first "-" stands at i.
func uuid(s string, i int, out []span) []span {
	from, to := i-8, i+28
	if from < 0 || to > len(s) || from > 0 && isWordByte(s[from-1]) && !escapeBefore(s, from) || to < len(s) && isWordByte(s[to]) {
		return out
	}
	for j := from; j < to; j++ {
		switch j - from {
		case 8, 13, 18, 23:
			if s[j] != '-' {
				return out
			}
		default:
			if !isHex(s[j]) {
				return out
			}
		}
	}
	return append(out, span{from, to, kindUUID})
}
