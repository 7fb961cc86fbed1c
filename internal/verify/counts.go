package verify

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	ofRE     = regexp.MustCompile(`(?i)\b(\d[\d,]*)\s+(?:out\s+)?of\s+(?:the\s+|all\s+)?(\d[\d,]*)\b(?:\s+([a-z]+))?`)
	timesRE  = regexp.MustCompile(`(?i)(?:×\s?(\d[\d,]*)|\b(\d[\d,]*)(?:×|\s+times\b)|\b(twice|once)\b)`)
	nounRE   = regexp.MustCompile(`(?i)\b(\d[\d,]*)\s+(?:such\s+)?(requests|errors|entries|occurrences|failures|exceptions|crashes|timeouts)\b`)
	statusRE = regexp.MustCompile(`(?i)\b([1-5]\d\d|[45]xx)\b`)
	units    = wordSet("requests entries errors lines times starts tries responses calls events answers")
)

// tallied is the text or route that a count in the same block is about.
type tallied struct {
	text, route int // indexes into what is wanted; -1 without
	status      string
	cited       bool // names evidence: entries of different words may be meant
}

// counts reads how often something is said to have happened.
func (x *draft) counts(b *block, ss []span, masked string) {
	done := map[int]bool{} // offsets that "of" has read
	windows := x.windows(masked)
	for _, m := range ofRE.FindAllStringSubmatchIndex(masked, -1) {
		done[m[0]] = true
		n, total := number(masked[m[2]:m[3]]), number(masked[m[4]:m[5]])
		noun := ""
		if m[6] >= 0 {
			noun = strings.ToLower(masked[m[6]:m[7]])
		}
		x.share(b, m[0], n, total, noun, x.tallied(b, ss, masked, m[0]), windows)
	}
	for _, m := range timesRE.FindAllStringSubmatchIndex(masked, -1) {
		n := 1
		switch {
		case m[2] >= 0:
			n = number(masked[m[2]:m[3]])
		case m[4] >= 0:
			n = number(masked[m[4]:m[5]])
		case strings.EqualFold(masked[m[6]:m[7]], "twice"):
			n = 2
		}
		if m[6] < 0 || n == 2 { // "once" is mostly no number
			x.number(b, m[0], n, x.tallied(b, ss, masked, m[0]), windows)
		}
	}
	for _, m := range nounRE.FindAllStringSubmatchIndex(masked, -1) {
		if within(m[0], masked) || done[m[0]] {
			continue
		}
		x.number(b, m[0], number(masked[m[2]:m[3]]), x.tallied(b, ss, masked, m[0]), windows)
	}
}

// within says whether the number at i is the second of "n of m".
func within(i int, s string) bool {
	before := strings.TrimRight(s[:i], " ")
	return strings.HasSuffix(before, " of") || strings.HasSuffix(before, "of all") || strings.HasSuffix(before, "of the")
}

func number(s string) int {
	n, err := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	if err != nil {
		return -1
	}
	return n
}

// tallied finds what a count at offset is about: the nearest quote before it
// in its sentence, else the first behind it.
func (x *draft) tallied(b *block, ss []span, masked string, at int) tallied {
	t := tallied{text: -1, route: -1, cited: strings.Contains(masked, "[E") || b.kind == row}
	from, to := sentence(masked, at)
	var best *span
	for i := range ss {
		s := &ss[i]
		if s.start > at && best != nil || s.start >= to {
			break
		}
		if s.start >= from && s.end <= to {
			best = s
		}
	}
	if best != nil && !quotable(best.text) {
		best = nil
	}
	if best == nil {
		return t
	}
	if r, status, ok := parseRoute(best.text); ok {
		t.route, t.status = x.w.route(r), status
		if m := statusRE.FindString(strings.Join([]string{masked[from:at], masked[at:to]}, " ")); status == "" {
			t.status = strings.ToLower(m)
		}
		return t
	}
	q := splitQuote(best.text)
	if !strings.Contains(q.text, " ") {
		return t // a name is no message
	}
	t.text = x.w.text(q.text)
	return t
}

func sentence(s string, at int) (from, to int) {
	from, to = 0, len(s)
	if i := strings.LastIndex(s[:at], ". "); i >= 0 {
		from = i + 2
	}
	if i := strings.Index(s[at:], ". "); i >= 0 {
		to = at + i
	}
	return from, to
}

// share checks "31 of 67 requests".
func (x *draft) share(b *block, offset, n, total int, noun string, t tallied, windows []stretch) {
	shown := around(b.text, offset)
	switch {
	case n < 0 || total < 0 || n > total && units[noun]:
		x.claim(b, offset, KindCount, shown, func(*facts) answer { return unsupported("%d of %d cannot be", n, total) })
	case t.route < 0 || noun != "" && !units[noun]:
		x.skip(b, offset, KindCount, shown, "what is counted is not in the sentence, or not in the logs")
	default:
		x.claim(b, offset, KindCount, shown, func(f *facts) answer { return askShare(f, n, total, t, windows) })
	}
}

// windows are the stretches that a block names: a count may be of one only.
func (x *draft) windows(masked string) []stretch {
	var out []stretch
	var from *clock
	for _, st := range stretches(masked) {
		switch {
		case st.to != nil:
			out = append(out, st)
		case from == nil:
			from = st.from
		case strings.HasSuffix(strings.TrimRight(masked[:st.start], " "), "until"):
			out = append(out, stretch{from: from, to: st.from, start: from.start})
		}
	}
	return out
}

func askShare(f *facts, n, total int, t tallied, windows []stretch) answer {
	r := &f.routes[t.route]
	if r.total.n == 0 {
		if f.http.total.n == 0 {
			return unsupported("the data hold no requests: nothing can be counted")
		}
		return unsupported("the data hold no such request")
	}
	keep := keeper(t.status)
	got := r.count(keep)
	if got == n && r.total.n == total {
		return supported()
	}
	for _, st := range windows {
		from, to := f.ends(st)
		part := 0
		for s, u := range r.byStatus {
			if keep(s) {
				part += u.between(from, to)
			}
		}
		if part == n && (r.total.between(from, to) == total || r.total.n == total) {
			return supported()
		}
	}
	switch {
	case t.cited && got == n && total < r.total.n:
		return unchecked("the data hold %d of %d; the report may count the life of a revision", got, r.total.n)
	case t.cited && n < got && total <= r.total.n:
		return unchecked("the data hold %d of %d; the report may count those of one cause", got, r.total.n)
	}
	return unsupported("the data hold %d of %d", got, r.total.n)
}

// keeper says which statuses a word names; without one, those of failures.
func keeper(status string) func(int) bool {
	switch status {
	case "5xx":
		return func(s int) bool { return s >= 500 }
	case "4xx":
		return func(s int) bool { return s >= 400 && s < 500 }
	case "":
		return func(s int) bool { return s >= 500 }
	}
	n, _ := strconv.Atoi(status)
	return func(s int) bool { return s == n }
}

// number checks "31 times" and "2 errors" beside a quoted text or a route.
func (x *draft) number(b *block, offset, n int, t tallied, windows []stretch) {
	shown := around(b.text, offset)
	if t.route < 0 && t.text < 0 {
		x.skip(b, offset, KindCount, shown, "what is counted is not in the sentence")
		return
	}
	x.claim(b, offset, KindCount, shown, func(f *facts) answer {
		if t.route >= 0 {
			return askRequests(f, n, t)
		}
		return askNumber(f, n, t, windows)
	})
}

func askRequests(f *facts, n int, t tallied) answer {
	r := &f.routes[t.route]
	got := r.count(keeper(t.status))
	switch {
	case got == n || t.status == "" && r.total.n == n:
		return supported()
	case f.http.total.n == 0:
		return unsupported("the data hold no requests: nothing can be counted")
	case t.cited || n < got:
		return unchecked("the data hold %d such requests of %d; the report may count some of them", got, r.total.n)
	}
	return unsupported("the data hold %d such requests of %d", got, r.total.n)
}

// askNumber recounts a text. A report that names evidence may group entries of
// several wordings under one of them, or several lines as one event: then only
// a number that the data cannot reach is called wrong.
func askNumber(f *facts, n int, t tallied, windows []stretch) answer {
	u := &f.texts[t.text].tally
	if u.n == n {
		return supported()
	}
	for _, st := range windows {
		if from, to := f.ends(st); u.between(from, to) == n {
			return supported()
		}
	}
	switch {
	case u.n == 0:
		return unchecked("no entry has the text beside it")
	case t.cited && n > f.all.n:
		return unsupported("the data hold %d entries in all", f.all.n)
	case t.cited:
		return unchecked("%s the quoted text; the report counts what belongs together", has(u.n))
	}
	return unsupported("%s this text: %s; the report says %d", has(u.n), u.times(), n)
}
