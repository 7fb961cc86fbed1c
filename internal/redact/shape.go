package redact

import "strings"

// placeholder reports whether v is what stands where a value was taken out, or
// is yet to be put in.
func placeholder(v string) bool {
	if onlyTags(v) {
		return true
	}
	v = strings.Trim(v, `"'\ `)
	t := strings.Trim(v, "*•#_-.xX…")
	if t == "" {
		return true
	}
	switch v[0] {
	case '<', '$', '{', '%':
		if v[0] != '%' && wordy(strings.Trim(v, "<>${}")) {
			return true
		}
		return strings.IndexByte("<{$", v[0]) >= 0 && strings.ContainsAny(v, ">}") || v[0] == '$' && !strings.ContainsAny(v[1:], "$/") || v == "%s" || v == "%v" || v == "%q" || strings.HasPrefix(v, "%(") || strings.HasPrefix(v, "{{")
	case '[':
		t = strings.Trim(t, "[]*")
	}
	low := strings.ToLower(t)
	return strings.Contains(low, "redacted") || low == "filtered" || low == "masked" || low == "hidden" || low == "removed" || low == "omitted" || low == "scrubbed" || t == ""
}

// said holds words that tell about a value and are none.
var said = wordSet(`absent access active admin all allowed and any applied are array as auth authentication authorization available bad bearer basic
	because been before blank bool boolean bytes cannot changed check checked checking correct created default denied deleted disabled does
	empty enabled encrypted eof error exists expected expired fail failed false fetched file for forbidden found from generated good granted
	has hash header identifier ignored in incorrect info int integer invalid is issued jwt key length loaded long malformed match
	matches mismatch missing must needed never new nil no none not null number object of off ok old on only or other parameter password
	pending present private protected provided public read received refresh refreshed rejected required reset resolved revoked rotated
	secret secrets sent set short should signed some stored str string success successful supplied test the to token true type unauthorized
	undefined unknown unset unspecified updated used user valid validated value verified verification verifying was weak will with without wrong yes you your
	expiring expires inaccessible unavailable unreadable unsupported unexpected blocked locked sealed decoded decode parsing parse`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// saying reports whether v is a word about a value.
func saying(v string) bool {
	low := strings.ToLower(strings.Trim(v, `.,:;!?"'()[]`))
	if said[low] {
		return true
	}
	if i := strings.IndexAny(low, " _-"); i > 0 { // "must be set", "not_found", "invalid-token"
		return said[low[:i]] && !hasDigit(low)
	}
	return false
}

// wordy reports whether v is made of words: no digits, and letters whose case
// changes only as in words (invalid_token, InvalidToken, MAX-AGE).
func wordy(v string) bool {
	if v == "" || hasDigit(v) {
		return false
	}
	letters, humps := 0, 0
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch {
		case isLetter(c):
			letters++
			upper := c <= 'Z'
			if i == 0 || !isLetter(v[i-1]) || upper && v[i-1] > 'Z' {
				humps++
			}
		case strings.IndexByte("_-.:/ ,", c) < 0:
			return false
		}
	}
	return letters > 0 && letters >= 3*humps && letters <= 16*humps
}

// random reports whether v looks like a value that no person would write in a sentence.
func random(v string) bool {
	cut := strings.HasSuffix(v, "…")
	v = strings.TrimRight(strings.TrimSuffix(v, "…"), ".=")
	if len(v) < 8 && !cut || placeholder(v) || saying(v) || allDigits(v) {
		return false
	}
	return !wordy(v) && (hasDigit(v) || cut || len(v) >= 16)
}

// codeLike reports whether v is an expression of a program, the path of a file,
// the name of a resource or a URL: where a value is, and not the value.
func codeLike(v string) bool {
	if i := strings.IndexAny(v, "(["); i > 0 && (isLetter(v[0]) || v[0] == '_') && (!hasDigit(v[:i]) || strings.Contains(v[:i], ".")) {
		return true
	}
	if strings.Contains(v, "://") || strings.HasPrefix(v, "projects/") || strings.HasPrefix(v, "sm://") {
		return true
	}
	if strings.HasPrefix(v, "/") && strings.Count(v, "/") >= 2 || strings.HasPrefix(v, "./") || strings.HasPrefix(v, "~/") {
		return true
	}
	for _, p := range []string{"os.", "env.", "process.env", "self.", "this.", "config.", "settings.", "options.", "ctx.", "req.", "request.", "args."} {
		if strings.HasPrefix(v, p) {
			return true
		}
	}
	return false
}
