package correlate

import (
	"bytes"
	"strings"
	"unsafe"
)

// mask replaces what varies from one occurrence to the next by "*": numbers
// that carry no name, ids, times, sizes, addresses, quoted values with digits,
// variable segments of paths. Words stay, and so do codes with a name (status
// 503, exit code 3, errno 111): they tell failures apart. The result depends
// on s alone; mask(mask(s)) equals mask(s) for all but odd texts.
func mask(s string) string {
	m := masker{in: s, out: make([]byte, 0, len(s)+8)}
	m.run(0, len(s))
	// As strings.Builder does, which cannot take bytes back.
	return unsafe.String(unsafe.SliceData(m.out), len(m.out))
}

// masker reads a text from left to right. Words are kept as places in the
// text, so that a message costs one allocation.
type masker struct {
	in    string
	out   []byte
	prev  span // the last word
	prev2 span // the one before
	last  span // where the last chunk stands in out
	at    int  // where the chunk that is read ends in in
}

type span struct{ from, to int }

func (m *masker) word(w span) string { return m.in[w.from:w.to] }

func (m *masker) saw(from, to int) { m.prev2, m.prev = m.prev, span{from, to} }

// What a byte is. A chunk is a run of bytes without an end; a part is a run of
// letters and digits in it.
const (
	isEnd    uint8 = 1 << iota // between chunks
	isDigit                    // 0-9
	isUpper                    // A-Z
	isLower                    // a-z and all beyond ASCII
	isJoint                    // splits a chunk into pieces: / : = & ?
	isSlash                    // /
	isAt                       // @
	isLetter = isUpper | isLower
)

// classes is written once, here, and only read.
var classes = func() (t [256]uint8) {
	for c := 0; c < 256; c++ {
		switch {
		case c <= ' ', strings.IndexByte(`,;()[]{}"'<>|`+"`", byte(c)) >= 0:
			t[c] = isEnd
		case '0' <= c && c <= '9':
			t[c] = isDigit
		case 'A' <= c && c <= 'Z':
			t[c] = isUpper
		case 'a' <= c && c <= 'z', c >= 0x80:
			t[c] = isLower
		case c == '/':
			t[c] = isJoint | isSlash
		case c == ':', c == '=', c == '&', c == '?':
			t[c] = isJoint
		case c == '@':
			t[c] = isAt
		}
	}
	return t
}()

// maxWord is the length from which a chunk of letters is looked at closely.
const maxWord = 40

func (m *masker) run(i, end int) {
	s := m.in
	for i < end {
		c := s[i]
		if classes[c]&isEnd != 0 {
			if c == '"' || c == '\'' || c == '`' {
				if j := m.quoted(i, end); j > i {
					i = j
					continue
				}
			}
			m.end(c)
			i++
			continue
		}
		var has uint8
		j := i
		for j < end {
			t := classes[s[j]]
			if t&isEnd != 0 {
				break
			}
			has |= t
			j++
		}
		// What ends a clause is no part of the last word.
		for j > i+1 && (s[j-1] == ':' || s[j-1] == '.' || s[j-1] == '?') {
			j--
		}
		from := len(m.out)
		m.at = j
		if has&(isDigit|isAt) == 0 && j-i < maxWord {
			m.plain(i, j, has)
		} else {
			m.chunk(i, j, has)
		}
		if n := len(m.out); n > from && (has&isDigit != 0 || m.out[n-1] == '*') {
			m.repeated(from)
		}
		for i = j; i < end && classes[s[i]]&isEnd == 0; i++ {
			m.out = append(m.out, s[i])
		}
	}
}

// end writes a byte between chunks. Runs of blanks are one, and an empty pair
// of brackets that stands by itself holds an empty value.
func (m *masker) end(c byte) {
	n := len(m.out)
	switch {
	case c <= ' ':
		if n > 0 && m.out[n-1] == ' ' {
			return
		}
		c = ' '
	case c == ')' && n > 1 && m.out[n-1] == '(' && m.out[n-2] == ' ':
		m.out = append(m.out, '*')
	case c == ')' && n > 4 && string(m.out[n-3:]) == " (*" && m.aside(n-3):
		m.out = m.out[:n-3]
		return
	}
	m.out = append(m.out, c)
}

// aside reports whether a value in brackets only says in another unit what
// stands before place n: "1207 bytes (1.17 KB)".
func (m *masker) aside(n int) bool {
	out := m.out[:n]
	k := len(out)
	for k > 0 && classes[out[k-1]]&isLower != 0 {
		k--
	}
	if k < len(out) {
		switch string(out[k:]) {
		case "bytes", "byte", "seconds", "milliseconds", "minutes":
		default:
			return false
		}
		if k == 0 || out[k-1] != ' ' {
			return false
		}
		k--
	}
	return k > 0 && out[k-1] == '*'
}

// repeated takes back a chunk that masks to what the one before it does: the
// items of a list are one value, however many there are.
func (m *masker) repeated(from int) {
	last := m.last
	m.last = span{from, len(m.out)}
	if last.to > from || last.to == last.from {
		return
	}
	item := m.out[from:]
	if from-last.to > 2 || len(item) != last.to-last.from || string(item) != string(m.out[last.from:last.to]) {
		return
	}
	switch string(m.out[last.to:from]) {
	case " ", ",", ", ":
		if bytes.IndexByte(item, '*') >= 0 {
			m.out = m.out[:last.to]
			m.last = last
		}
	}
}

// plain copies a chunk without digits, unless it is part of a date.
func (m *masker) plain(i, j int, has uint8) {
	s := m.in
	if j-i <= 5 {
		if j-i == 3 && s[i] < 'X' && isCalendar(s[i:j]) && m.dated(j) {
			m.star()
			return
		}
		if n := len(m.out); n > 1 && m.out[n-1] == ' ' && m.out[n-2] == '*' && isUnit(s[i:j]) {
			m.out = m.out[:n-1]
			return
		}
	}
	m.out = append(m.out, s[i:j]...)
	if has&isJoint != 0 {
		// The name of a value is what stands before the last joint.
		for j > i && classes[s[j-1]]&isJoint != 0 {
			j--
		}
		if k := lastJoint(s[i:j]); k >= 0 {
			i += k + 1
		}
	}
	if has&isLetter != 0 {
		m.saw(i, j)
	}
}

func lastJoint(s string) int {
	for k := len(s) - 1; k >= 0; k-- {
		if classes[s[k]]&isJoint != 0 {
			return k
		}
	}
	return -1
}

// isUnit knows what is part of the number before it: units in short form, time
// zones, halves of the day.
func isUnit(w string) bool {
	switch w {
	case "B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "Mi", "Gi",
		"ns", "us", "µs", "ms", "s", "m", "h", "sec", "secs", "msec", "msecs", "min", "mins",
		"%", "AM", "PM", "UTC", "GMT", "EST", "EDT", "PST", "PDT", "CET", "CEST":
		return true
	}
	return false
}

func isCalendar(w string) bool {
	switch w {
	case "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
		"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	}
	return false
}

// dated reports whether a number or another word of the calendar follows.
func (m *masker) dated(j int) bool {
	s := m.in
	for j < len(s) && (s[j] == ' ' || s[j] == ',') {
		j++
	}
	return j < len(s) && classes[s[j]]&isDigit != 0 || j+3 <= len(s) && isCalendar(s[j:j+3])
}

// star writes the mark of a value. Values that only a joint or a comma parts
// are one: 10.0.0.7:5432, [1, 2, 3], 2025-01-02T03:04:05.
func (m *masker) star() {
	out := m.out
	n := len(out)
	// The sign of a number is part of it: "=-1", "blk_-12", but not "a-1".
	if n > 0 && (out[n-1] == '-' || out[n-1] == '+') && (n == 1 || classes[out[n-2]]&isLetter == 0 && out[n-2] != '*') {
		n--
	}
	// So is what bounds it: "<1 sec", "~5".
	if n > 1 && (out[n-1] == '<' || out[n-1] == '~') && out[n-2] == ' ' {
		if end := m.at; end >= len(m.in) || m.in[end] == ' ' {
			n--
		}
	}
	switch {
	case n > 0 && out[n-1] == '*':
		m.out = out[:n]
		return
	case n > 2 && out[n-1] == ' ' && out[n-2] == ',' && out[n-3] == '*':
		m.out = out[:n-2]
		return
	case n > 1 && out[n-2] == '*':
		switch out[n-1] {
		case ':', '.', '-', '_', '/', ',', '+', '\\', '@':
			m.out = out[:n-1]
			return
		}
	}
	m.out = append(out[:n], '*')
}

// quoted masks a quoted value and returns where it ends, or i when the text
// between the quotes is to be read like any other.
func (m *masker) quoted(i, end int) int {
	s := m.in
	if i > 0 && classes[s[i-1]]&(isLetter|isDigit) != 0 {
		return i // an apostrophe, or the end of a quotation
	}
	var has uint8
	spaces := 0
	j := i + 1
	for j < end && s[j] != s[i] {
		if s[j] == ' ' {
			spaces++
		}
		has |= classes[s[j]]
		j++
	}
	switch {
	case j >= end, j+1 < end && classes[s[j+1]]&(isLetter|isDigit) != 0:
		return i // not closed, or an apostrophe
	case j+1 < end && s[j+1] == ':' && s[i] == '"':
		return i // the name of a field
	case spaces > 0 && (j-i <= 120 || tellsApart(s[i+1:j])):
		return i // a sentence, not a value
	case spaces == 0 && has&isDigit == 0 && j-i <= maxWord:
		return i
	case spaces == 0 && m.isCode(i+1, j):
		m.out = append(m.out, s[i:j+1]...)
	default:
		m.out = append(m.out, s[i], '*', s[i])
	}
	m.saw(i+1, j)
	return j + 1
}

// tellsApart reports whether a text holds a word that may never be masked.
func tellsApart(s string) bool {
	for s != "" {
		w := s
		if k := strings.IndexByte(s, ' '); k >= 0 {
			w, s = s[:k], s[k+1:]
		} else {
			s = ""
		}
		if telling(strings.Trim(w, `.,:;!?()[]"'`)) {
			return true
		}
	}
	return false
}

// chunk masks what stands between spaces and brackets and holds a digit, an
// at sign, or too many letters.
func (m *masker) chunk(i, j int, has uint8) {
	s := m.in
	if has&isSlash != 0 {
		if k := strings.Index(s[i:j], "://"); k > 0 {
			m.url(i, i+k+3, j)
			return
		}
	}
	if has&isAt != 0 && m.address(i, j) {
		return
	}
	if has&isJoint == 0 {
		m.piece(i, j)
		return
	}
	if timeOrAddress(s[i:j]) {
		m.star()
		m.saw(i, j)
		return
	}
	m.pieces(i, j)
	if strings.HasPrefix(s[i:j], "HTTP/") {
		m.saw(i, j) // a status may follow
	}
}

// pieces masks the pieces of a chunk between its joints.
func (m *masker) pieces(i, j int) {
	s := m.in
	for i < j {
		k := i
		for k < j && classes[s[k]]&isJoint == 0 {
			k++
		}
		if k > i {
			m.piece(i, k)
		}
		if k < j {
			m.out = append(m.out, s[k])
			k++
		}
		i = k
	}
}

// piece masks a chunk, or what stands between two joints of it.
func (m *masker) piece(i, j int) {
	s := m.in
	has, sum := uint8(0), 0
	hex := true
	for k := i; k < j; k++ {
		t := classes[s[k]]
		has |= t
		switch {
		case t&isDigit != 0:
			sum++
		case t&isLetter != 0:
			hex = hex && hexDigit(s[k])
			sum++
		case s[k] != '-':
			hex = false
		}
	}
	switch {
	case has&isDigit == 0:
		if j-i >= 64 || j-i >= maxWord && mixed(s[i:j]) {
			m.star()
		} else {
			m.out = append(m.out, s[i:j]...)
		}
	case m.isCode(i, j):
		m.out = append(m.out, s[i:j]...)
	case hex && has&isLetter != 0 && sum >= 8, j-i >= 20 && has&isUpper != 0 && has&isLower != 0 && mixed(s[i:j]):
		m.star()
	default:
		m.parts(i, j)
	}
	m.saw(i, j)
}

// mixed reports whether a text changes between cases and digits as often as
// encoded bytes do.
func mixed(s string) bool {
	n := 0
	for i := 1; i < len(s); i++ {
		if a, b := classes[s[i-1]], classes[s[i]]; a != b && (a|b)&(isLetter|isDigit) != 0 {
			n++
		}
	}
	return n*3 >= len(s)
}

// parts masks the runs of letters and digits between dots, dashes and such.
func (m *masker) parts(i, j int) {
	s := m.in
	start, masked, revision := i, false, false
	for i < j {
		if classes[s[i]]&(isLetter|isDigit) == 0 {
			m.out = append(m.out, s[i])
			i++
			continue
		}
		k := i
		has := uint8(0)
		for k < j && classes[s[k]]&(isLetter|isDigit) != 0 {
			has |= classes[s[k]]
			k++
		}
		switch {
		case revision && k == j && k-i == 3 && has&isUpper == 0 && s[i-1] == '-':
			m.star() // a Cloud Run revision: checkout-api-00042-m4x
		case has&isDigit != 0:
			masked = m.part(i, k)
			revision = has&isLetter == 0 && k-i == 5 && i > start && s[i-1] == '-'
		case masked && k == j && k-i == 5 && i > start && isPodSuffix(s[i:k]):
			m.star()
		default:
			m.out = append(m.out, s[i:k]...)
			masked = false
		}
		i = k
	}
}

// isPodSuffix knows the letters of the last part of a pod's name: Kubernetes
// leaves out vowels, see k8s.io/apimachinery/pkg/util/rand.
func isPodSuffix(s string) bool {
	return strings.Trim(s, "bcdfghjklmnpqrstvwxz") == ""
}

// part masks a run of letters and digits that holds a digit: all of it when it
// begins with one (12, 12ms, 7d9f8b6c5) or is an id, else its digits only, so
// that node7 is another thing than disk7. It reports whether letters were lost.
func (m *masker) part(i, j int) bool {
	s := m.in
	if named(s[i:j]) {
		m.out = append(m.out, s[i:j]...)
		return false
	}
	changes, hex := 0, true
	for k := i; k < j; k++ {
		hex = hex && hexDigit(s[k])
		if k > i && (classes[s[k]]^classes[s[k-1]])&isDigit != 0 {
			changes++
		}
	}
	if classes[s[i]]&isDigit != 0 || changes >= 3 || hex && j-i >= 6 {
		m.star()
		return true
	}
	k := i
	for k < j && classes[s[k]]&isDigit == 0 {
		k++
	}
	m.out = append(m.out, s[i:k]...)
	m.star()
	for k < j && classes[s[k]]&isDigit != 0 {
		k++
	}
	if j-k >= 3 {
		m.out = append(m.out, s[k:j]...) // Base64Decoder is not Base64Encoder
	}
	return false
}

// named knows names that hold digits.
func named(w string) bool {
	if len(w) > 6 {
		return false
	}
	switch strings.ToLower(w) {
	case "ipv4", "ipv6", "utf8", "utf16", "sha1", "sha256", "md5", "base64", "oauth2", "http2", "http3", "k8s", "x509", "ssh2", "log4j", "socks5", "socks4":
		return true
	}
	return false
}
