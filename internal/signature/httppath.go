package signature

import "strings"

// PathTemplate returns the path of a URL with its ids masked as "*", so that
// requests for different things of one kind compare equal: numbers, UUIDs,
// hashes, long tokens and addresses. Query and fragment are dropped.
func PathTemplate(url string) string {
	path := urlPath(url)
	if path == "" {
		return "/"
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = maskSegment(s)
	}
	return strings.Join(segments, "/")
}

func urlPath(url string) string {
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	if _, rest, ok := strings.Cut(url, "://"); ok {
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			return "/"
		}
		return rest[i:]
	}
	return url
}

func urlHost(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// maskSegment masks a segment that is an id, and ids between dots, as in
// app.3f9a1c2b.js.
func maskSegment(s string) string {
	if isID(s) {
		return "*"
	}
	if !strings.Contains(s, ".") {
		return s
	}
	parts := strings.Split(s, ".")
	for i, p := range parts {
		if len(p) >= 8 && isID(p) {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, ".")
}

// isID reports whether s is a number, hash, UUID, long token or address. Words
// with a digit or two (v1, oauth2, s3) are none.
func isID(s string) bool {
	if s == "" {
		return false
	}
	digits, letters, hex, upper := 0, 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			hex++
		case c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
			letters++
			hex++
			if c < 'a' {
				upper++
			}
		case c >= 'g' && c <= 'z' || c >= 'G' && c <= 'Z':
			letters++
			if c < 'a' {
				upper++
			}
		case c == '@' && i > 0:
			return true
		}
	}
	switch {
	case digits == len(s):
		return true
	case letters == 0 && digits >= 4: // 2026-01-02, 10.0.0.1
		return true
	case digits > 0 && hex >= 8 && hex == digits+letters: // hashes, UUIDs
		return true
	case len(s) >= 16 && digits >= 3 && letters > 0: // opaque tokens
		return true
	case len(s) >= 20 && digits > 0 && upper > 0:
		return true
	}
	return false
}
