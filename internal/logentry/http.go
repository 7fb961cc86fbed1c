package logentry

import "strings"

// PathTemplate returns the path of a URL with everything that names one thing
// rather than a kind of thing replaced by "*": numbers, UUIDs, hashes, tokens,
// dates, addresses. The query is dropped. Requests of one handler then have
// one path: "https://api.example.com/orders/4711/items?page=2" gives
// "/orders/*/items". It is "" for a URL without host and path, "/" for one
// without a path.
func PathTemplate(url string) string {
	path := urlPath(url)
	if path == "" {
		return ""
	}
	var b []byte // stays nil while the template is the path itself
	for start, i := 0, 0; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		segment := path[start:i]
		switch {
		case namesOne(segment):
			if b == nil {
				b = append(make([]byte, 0, len(path)), path[:start]...)
			}
			b = append(b, '*')
		case b != nil:
			b = append(b, segment...)
		}
		if b != nil && i < len(path) {
			b = append(b, '/')
		}
		start = i + 1
	}
	if b == nil {
		return path
	}
	return string(b)
}

// Host returns the host name of a URL, without user and port; "" where it has
// none.
func Host(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if strings.HasPrefix(rest, "[") {
		if i := strings.IndexByte(rest, ']'); i > 0 {
			return rest[:i+1]
		}
	}
	host, _, _ := strings.Cut(rest, ":")
	return host
}

// urlPath cuts scheme, host, parameters, query and fragment off.
func urlPath(url string) string {
	if i := strings.IndexAny(url, "?#;"); i >= 0 {
		url = url[:i]
	}
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	i := strings.IndexByte(rest, '/')
	if i < 0 {
		return "/"
	}
	return rest[i:]
}

// namesOne reports whether a segment of a path is the name of one thing.
func namesOne(s string) bool {
	c := countOf(s)
	switch {
	case isAddress(s):
		return true
	case c.other > 0:
		return false
	case c.digits == 0:
		// Words have no digits; a long run of letters without any is a token
		// only when it is longer than words are.
		return len(s) >= 32 && c.separators == 0
	case c.letters == 0:
		return true // numbers, dates, versions, IP addresses
	case isUUID(s):
		return true
	case c.hex == len(s)-c.separators && c.digits >= 2 && len(s) >= 8:
		return true
	case len(s) >= 20 && c.digits >= 3 && !strings.Contains(s, "."):
		return true
	}
	return endsInNumber(s)
}

// isAddress reports mail addresses.
func isAddress(s string) bool {
	i := strings.IndexByte(s, '@')
	if i < 0 {
		i = strings.Index(s, "%40")
	}
	return i > 0 && strings.IndexByte(s[i:], '.') > 0
}

// endsInNumber reports names such as order-1234 and USR_0001.
func endsInNumber(s string) bool {
	i := len(s)
	for i > 0 && s[i-1] >= '0' && s[i-1] <= '9' {
		i--
	}
	return len(s)-i >= 3 && i > 0 && (s[i-1] == '-' || s[i-1] == '_' || s[i-1] == ':')
}

type count struct{ digits, letters, hex, separators, other int }

func countOf(s string) count {
	var n count
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			n.digits++
			n.hex++
		case c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			n.letters++
			n.hex++
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			n.letters++
		case c == '-' || c == '_' || c == '.' || c == ':' || c == ',' || c == '~' || c == '=':
			n.separators++
		default:
			n.other++
		}
	}
	return n
}

// isUUID reports whether s is, or ends in, 8-4-4-4-12 hexadecimal digits.
func isUUID(s string) bool {
	if len(s) < 36 {
		return false
	}
	s = s[len(s)-36:]
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
			continue
		}
		if c := s[i] | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
