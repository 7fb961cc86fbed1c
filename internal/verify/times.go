package verify

import (
	"regexp"
	"strings"
	"time"

	"logwhy/internal/logentry"
)

// silence is how long a service may log nothing before that says nothing about
// its health; it is the gap that ends a phase.
const silence = 5 * time.Minute

var (
	onsetRE  = regexp.MustCompile(`(?i)\b(?:since|began|begins?|begun|started|starts|starting|onset|first (?:seen|occurr\w+|error|failure|appear\w+)|from)\b`)
	beginRE  = regexp.MustCompile(`(?i)\b(?:since|began|begins?|begun|started|starts|starting|onset|first (?:seen|occurr\w+|error|failure|appear\w+))\b`)
	failing  = regexp.MustCompile(`(?i)\b\w*(?:error|exception|fail|crash|timeout|5xx|outage|down|denied|refused|panic|unavailable)\w*\b|\b5\d\d\b`)
	betweens = regexp.MustCompile(`^\s*(?:UTC)?\s*(?:-|–|—|to|and|until|through)\s*$`)
	silentRE = regexp.MustCompile(`(?i)no entry at all between`)
	changeRE = regexp.MustCompile(`(?i)\b(?:deploy\w*|rollback|rolled|release\w*|paged|noticed|reported|restart\w*|chat|call|meeting|opened|merged|pushed)\b`)
)

// stretch is a time, or two with a word of range between.
type stretch struct {
	from, to *clock
	start    int
}

func stretches(s string) []stretch {
	cs := clocks(s)
	var out []stretch
	for i := 0; i < len(cs); i++ {
		if cs[i].foreign {
			continue
		}
		st := stretch{from: &cs[i], start: cs[i].start}
		if i+1 < len(cs) && !cs[i+1].foreign && betweens.MatchString(s[cs[i].end:cs[i+1].start]) {
			st.to = &cs[i+1]
			i++
		}
		out = append(out, st)
	}
	return out
}

// times reads what a block says about when: a beginning, a range, a moment.
func (x *draft) times(b *block, masked string) {
	if b.kind == heading && !failing.MatchString(masked) {
		return
	}
	found := stretches(masked)
	if len(found) == 0 {
		return
	}
	// A paragraph may hold many times: what is asked of all of it is asked once.
	fails, human := failing.MatchString(masked), changeRE.MatchString(masked)
	silent, gone := silentRE.MatchString(masked), absence(masked)
	planned := ahead(b) && !beginRE.MatchString(masked)
	for _, st := range found {
		x.named(st.from)
		if st.to != nil {
			x.named(st.to)
		}
		switch {
		case silent && st.to != nil:
			x.silent(b, st)
		case planned:
			x.skip(b, st.start, KindTime, around(b.text, st.start), "a plan")
		case absence(clause(masked, st.start)) || gone && st.to != nil:
			// read by absences
		case st.to != nil:
			x.span(b, st, masked, fails)
		case fails && (st.from.onwards || onset(masked, st.start)):
			x.onset(b, st.from, masked)
		default:
			x.moment(b, st.from, fails, human)
		}
	}
}

// named completes a clock with the day that the whole report speaks of.
func (x *draft) named(c *clock) {
	if c.day == "" && len(x.days) == 1 {
		c.day = x.days[0]
	}
	x.w.name(c)
}

// onset says whether the words right before a time make it a beginning.
func onset(s string, at int) bool {
	before := s[max(0, at-40):at]
	m := onsetRE.FindAllStringIndex(before, -1)
	if m == nil {
		return false
	}
	between := before[m[len(m)-1][1]:]
	return !strings.ContainsAny(between, ".;,(") && len(strings.Fields(between)) <= 4 && !strings.Contains(strings.ToLower(before), "until")
}

// subjectAt names what a clause speaks of by its telling words.
func (x *draft) subjectAt(masked, full string, at int) (index int, words []string) {
	words = stems(clause(masked, at))
	if len(words) == 0 {
		words = stems(full)
	}
	if len(words) == 0 {
		return -1, nil
	}
	return x.w.subject(words), words
}

func (x *draft) onset(b *block, at *clock, masked string) {
	k, _ := x.subjectAt(masked, masked, at.start)
	x.claim(b, at.start, KindTime, around(b.text, at.start), func(f *facts) answer {
		t, _ := f.subject(k)
		if t == nil || !t.first.Known() {
			return unchecked("no entry has the words of this sentence")
		}
		return askOnset(f, t, at)
	})
}

// askOnset holds a beginning against the first entry of t.
func askOnset(f *facts, t *tally, at *clock) answer {
	said := at.on(t.first)
	if !f.all.first.Known() || said < f.all.first.Add(-at.unit) {
		return unchecked("the input begins at %s", f.all.first)
	}
	if said > f.all.last.Add(at.unit) {
		return unchecked("the input ends at %s", f.all.last)
	}
	for _, i := range t.early {
		if i.is(at) && i.time < said.Add(at.unit) {
			return supported()
		}
	}
	d := t.first.Sub(said)
	if at.holds(d) {
		return supported()
	}
	if d > 0 {
		return unsupported("the first entry of this kind is at %s, %s later%s", t.first, ago(d), f.quietWords(said))
	}
	return unsupported("the first entry of this kind is at %s, %s earlier; the report says %s", t.first, ago(d), at.raw)
}

// quietWords tells of a stretch around t in which nothing at all was logged.
func (f *facts) quietWords(t logentry.Time) string {
	from, to := f.all.before(t), f.all.after(t)
	if !from.Known() || !to.Known() || to.Sub(from) < time.Minute {
		return ""
	}
	return "; between " + from.String() + " and " + to.String() + " there is no entry at all"
}

// span reads "03:42 – 03:43: syntax errors": something of it must lie there.
func (x *draft) span(b *block, st stretch, masked string, fails bool) {
	k := -2
	if fails {
		k, _ = x.subjectAt(masked, masked, st.from.start)
	}
	x.claim(b, st.start, KindTime, around(b.text, st.start), func(f *facts) answer {
		t := &f.all
		if k >= -1 {
			s, shared := f.subject(k)
			switch {
			case s != nil && (k < 0 || shared > 0):
				t = s
			case f.seen(st.from) && f.seen(st.to):
				return supported()
			default:
				return unchecked("no entry has the words of this sentence")
			}
		}
		from, to := f.ends(st)
		if !f.covers(from) && !f.covers(to) {
			return unchecked("the input covers %s to %s", f.all.first, f.all.last)
		}
		if t.between(from, to) > 0 {
			return supported()
		}
		if n := f.all.between(from, to); n > 0 {
			return unsupported("no entry of this kind is there: %s", t.times())
		}
		return unsupported("no entry at all is there")
	})
}

// ends returns the instants between which a stretch lies, the last digit of
// its end included.
func (f *facts) ends(st stretch) (from, to logentry.Time) {
	day := f.all.first
	if !day.Known() {
		day = 0
	}
	from, to = st.from.on(day), st.to.on(day).Add(st.to.unit)
	if to < from { // over midnight
		to = to.Add(24 * time.Hour)
	}
	return from, to
}

// moment reads a time that stands alone: some entry should be there.
func (x *draft) moment(b *block, at *clock, fails, human bool) {
	x.claim(b, at.start, KindTime, around(b.text, at.start), func(f *facts) answer {
		if f.seen(at) {
			return supported()
		}
		said := at.on(f.all.first)
		switch {
		case !f.all.first.Known() || !f.covers(said):
			return unchecked("the input covers %s to %s", f.all.first, f.all.last)
		case human || !fails && at.unit >= time.Second:
			return unchecked("no entry is there; it need not be about a log line")
		}
		return unsupported("no entry is at %s%s", at.raw, f.quietWords(said))
	})
}

// seen says whether any entry stands at c.
func (f *facts) seen(c *clock) bool {
	for _, i := range f.all.exact {
		if i.is(c) {
			return true
		}
	}
	if !f.all.first.Known() || c.unit < time.Minute && !c.about {
		return false
	}
	for day := midnight(f.all.first); day <= f.all.last; day = day.Add(24 * time.Hour) {
		from, to := c.on(day), c.on(day).Add(c.unit)
		if c.about {
			from, to = from.Add(-silence), to.Add(silence)
		}
		if f.all.between(from, to) > 0 {
			return true
		}
		if c.day != "" || day.Sub(f.all.first) > 60*24*time.Hour {
			break
		}
	}
	return false
}

// silent reads our own "no entry at all between".
func (x *draft) silent(b *block, st stretch) {
	x.claim(b, st.start, KindAbsence, around(b.text, st.start), func(f *facts) answer {
		from, to := f.ends(st)
		if n := f.all.between(from, to.Add(-st.to.unit)); n > 0 {
			return unsupported("%d entries are there", n)
		}
		return supported()
	})
}

// around cuts the sentence about at for display.
func around(s string, at int) string {
	at = min(at, len(s))
	from, to := sentence(s, at)
	if at-from > 60 {
		from = at - 60
		if i := strings.IndexByte(s[from:at], ' '); i >= 0 {
			from += i + 1 // a whole word
		}
	}
	for from > 0 && s[from]&0xc0 == 0x80 {
		from-- // not within a character
	}
	return strings.ReplaceAll(strings.TrimLeft(s[from:to], " *-|,"), "**", "")
}
