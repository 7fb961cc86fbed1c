package correlate

import "strings"

// url keeps scheme and host, and of the rest what is no value.
func (m *masker) url(i, host, j int) {
	s := m.in
	m.out = append(m.out, s[i:host]...)
	k := host
	for k < j && s[k] != '/' && s[k] != '?' && s[k] != '#' {
		if s[k] == '@' { // who is no part of where
			m.star()
			m.out = append(m.out, '@')
			host = k + 1
		}
		k++
	}
	m.pieces(host, k)
	path := k
	for k < j && s[k] != '?' && s[k] != '#' {
		k++
	}
	m.pieces(path, k)
	if k < j {
		m.out = append(m.out, s[k], '*')
	}
	m.saw(host, j)
}

// address masks user@host and what follows @ in the name of a Java object.
func (m *masker) address(i, j int) bool {
	s := m.in
	at := i + strings.IndexByte(s[i:j], '@')
	if at == i || at+1 >= j || s[at+1] == '*' {
		return false
	}
	for k := at + 1; k < j; k++ {
		if t := classes[s[k]]; t&(isJoint|isAt) != 0 {
			return false
		}
	}
	if n := j - at - 1; n >= 4 && n <= 16 && allHex(s[at+1:j]) {
		m.pieces(i, at)
		m.out = append(m.out, '@', '*')
		return true
	}
	// The name of a value may stand before: to=joe@example.com
	from := i
	if k := lastJoint(s[i:at]); k >= 0 {
		from = i + k + 1
		m.pieces(i, from)
	}
	m.star()
	m.saw(from, j)
	return true
}

func allHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if !hexDigit(s[i]) {
			return false
		}
	}
	return true
}

func hexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// timeOrAddress reports whether a chunk with joints is one value: a time, a
// date, an IPv6 or Ethernet address, a clock offset.
func timeOrAddress(s string) bool {
	digits, letters, hex, colons := 0, 0, true, 0
	for i := 0; i < len(s); i++ {
		switch t := classes[s[i]]; {
		case t&isDigit != 0:
			digits++
		case t&isLetter != 0:
			letters++
			hex = hex && hexDigit(s[i])
		case s[i] == ':':
			colons++
		case s[i] == '=' || s[i] == '&' || s[i] == '?':
			return false
		}
	}
	if s[len(s)-1] == ':' && colons == 1 {
		return false
	}
	if hex && colons >= 2 && s[0] != '/' {
		return true
	}
	return digits >= 4 && letters <= 4 && classes[s[0]]&isDigit != 0 && colons+strings.Count(s, "/") >= 2
}
