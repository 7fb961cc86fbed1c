package redact

import "strings"

// userinfo appends the password of a URL whose "://" stands at i.
func userinfo(s string, i int, out []span) []span {
	from := i + len("://")
	end := from
	for end < len(s) && !strings.ContainsRune(" \t\r\n\"'<>`/?#\\", rune(s[end])) {
		end++
	}
	at := strings.LastIndexByte(s[from:end], '@')
	if at < 0 && databaseScheme(s[:i]) { // these allow what a browser would not
		for end < len(s) && !strings.ContainsRune(" \t\r\n\"'<>`", rune(s[end])) {
			end++
		}
		at = strings.LastIndexByte(s[from:end], '@')
	}
	if at < 0 {
		return out
	}
	colon := strings.IndexByte(s[from:from+at], ':')
	if colon < 0 {
		return out
	}
	p := span{from + colon + 1, from + at, kindURLPassword}
	if v := s[p.from:p.to]; placeholder(v) || codeLike(v) {
		return out
	}
	return append(out, p)
}

// databaseScheme reports whether s ends in the scheme of a database or broker.
func databaseScheme(s string) bool {
	for _, scheme := range []string{"postgres", "postgresql", "mysql", "mariadb", "mongodb", "mongodb+srv", "redis", "rediss", "amqp", "amqps", "sqlserver", "psycopg2", "asyncpg", "pymysql"} {
		if strings.HasSuffix(s, scheme) {
			return true
		}
	}
	return false
}

// dsnPassword appends the password of name:password@tcp(host), whose "@" stands at i.
func dsnPassword(s string, i int, out []span) []span {
	from := i
	for from > 0 && !strings.ContainsRune(" \t\r\n\"'`=", rune(s[from-1])) {
		from--
	}
	colon := strings.IndexByte(s[from:i], ':')
	if colon <= 0 || placeholder(s[from+colon+1:i]) {
		return out
	}
	return append(out, span{from + colon + 1, i, kindURLPassword})
}

// inUserinfo reports whether s[:i] ends in the userinfo of a URL.
func inUserinfo(s string, i int) bool {
	slash := false
	for i > 0 {
		i--
		switch s[i] {
		case ' ', '\t', '\r', '\n', '"', '\'', '<', '>':
			return false
		case '/':
			if i >= 2 && s[i-1] == '/' && s[i-2] == ':' {
				return !slash || databaseScheme(s[:i-2])
			}
			slash = true
		}
	}
	return false
}
