package verify

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var (
	rateRE    = regexp.MustCompile(`(\d{1,3}(?:\.\d+)?)\s?%`)
	failRate  = regexp.MustCompile(`(?i)\b(?:fail\w*|error\w*|crash\w*|5xx|timeouts?|unavailab\w+|down)\b`)
	goodRate  = regexp.MustCompile(`(?i)\b(?:success\w*|availab\w+|uptime|healthy|served)\b`)
	rateOfRE  = regexp.MustCompile(`(?i)\b(?:requests?|connections?|calls?|traffic|rate|responses?|attempts?|instances?|starts?)\b`)
	valueRE   = regexp.MustCompile(`(?i)\b(?:value|revenue|customers?|users|business|functionality|coverage|confidence|sure|likely|MRR|CPU|memory|disk)\b`)
	socketRE  = regexp.MustCompile(`(?i)websocket|\bconnections?\b`)
	compareRE = regexp.MustCompile(`(?:[<>≥≤]=?|below|above|under|over|at least|at most)\s*$`)
)

// rates reads percentages of requests. A rate needs a denominator: where the
// data hold no requests of the kind, nobody can have counted it there.
func (x *draft) rates(b *block, ss []span, masked string) {
	for _, m := range rateRE.FindAllStringSubmatchIndex(masked, -1) {
		text := around(b.text, m[0])
		near := clause(masked, m[0])
		bad := failRate.MatchString(near)
		switch {
		case ahead(b) || compareRE.MatchString(masked[:m[0]]):
			x.skip(b, m[0], KindRate, text, "a plan or a limit")
		case valueRE.MatchString(near) && !bad || !rateOfRE.MatchString(near) || !bad && !goodRate.MatchString(near):
			x.skip(b, m[0], KindRate, text, "no rate of log entries")
		default:
			p, _ := strconv.ParseFloat(masked[m[2]:m[3]], 64)
			digits := 0
			if i := strings.IndexByte(masked[m[2]:m[3]], '.'); i >= 0 {
				digits = m[3] - m[2] - i - 1
			}
			x.rate(b, m[0], text, p, digits, bad, socketRE.MatchString(near), x.tallied(b, ss, masked, m[0]).route)
		}
	}
}

func (x *draft) rate(b *block, offset int, text string, p float64, digits int, bad, socket bool, k int) {
	x.claim(b, offset, KindRate, text, func(f *facts) answer {
		if socket && k < 0 && f.sockets == 0 || f.http.total.n == 0 {
			return unsupported("the data hold no requests of that kind: %s without a denominator%s", percent(p, digits), f.counterWords(bad, p))
		}
		r := &f.http
		if k >= 0 {
			r = &f.routes[k]
		}
		if r.total.n == 0 {
			return unsupported("the data hold no such requests: %s without a denominator", percent(p, digits))
		}
		return askRate(r, p, digits, bad)
	})
}

func (f *facts) counterWords(bad bool, p float64) string {
	s := ""
	if f.errs.n > 0 && f.errs.n < 100 {
		s = fmt.Sprintf("; error entries: %d", f.errs.n)
	}
	if bad && p == 100 && f.accepted > 0 {
		s += fmt.Sprintf("; entries that say a WebSocket was accepted: %d", f.accepted)
	}
	return s
}

func askRate(r *requests, p float64, digits int, bad bool) answer {
	got := []int{r.count(func(s int) bool { return s >= 500 }), r.count(func(s int) bool { return s >= 400 })}
	for _, n := range got {
		if !bad {
			n = r.total.n - n
		}
		if math.Abs(100*float64(n)/float64(r.total.n)-p) <= math.Pow10(-digits) {
			return supported()
		}
	}
	n := got[0]
	if !bad {
		n = r.total.n - n
	}
	return unsupported("the data hold %d of %d requests (%.1f %%)", n, r.total.n, 100*float64(n)/float64(r.total.n))
}

func percent(p float64, digits int) string { return strconv.FormatFloat(p, 'f', digits, 64) + " %" }
