package verify

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"logwhy/internal/logentry"
)

var (
	noneRE    = regexp.MustCompile(`(?i)\bno (?:more |further |new |other |longer any )?(?:[\w/-]+ ){0,4}?(?:errors?|failures?|exceptions?|crash(?:es)?|timeouts?|occurrences?|5xx)\b`)
	recoverRE = regexp.MustCompile(`(?i)\b(?:errors?|failures?|exceptions?|crash(?:es)?|timeouts?|outage)\*{0,2}:? (?:(?:were|was|have|has|had|is|are) )?(?:been )?(?:fully )?(?:stopped|ceased|resolved|cleared|gone)\b|\b(?:resolved|recovered|fixed) (?:by|at|since|after)\b|\(RESOLVED\)|\berror resolution\b`)
	unsureRE  = regexp.MustCompile(`(?i)\b(?:no data|not shown|not proven|unless|whether|unknown|unexplained|no error is left)\b|\bif\b|\?`)
	behindRE  = regexp.MustCompile(`(?i)\b(?:after|since|by|from|at)\s+(?:[~≈]\s*|about\s+|around\s+)?$`)
)

// absence says whether s claims that something is not there any more.
func absence(s string) bool { return noneRE.MatchString(s) || recoverRE.MatchString(s) }

// absences reads claims that errors are gone.
func (x *draft) absences(b *block, masked string) {
	m := recoverRE.FindStringIndex(masked)
	recovery := m != nil
	if m == nil {
		m = noneRE.FindStringIndex(masked)
	} else if n := noneRE.FindStringIndex(masked); n != nil {
		m = n // says more of what is gone
	}
	if m == nil || unsureRE.MatchString(clause(masked, m[0])) {
		return
	}
	if ahead(b) {
		x.skip(b, m[0], KindAbsence, around(b.text, m[0]), "a plan")
		return
	}
	words := stems(clause(masked, m[0]))
	k := -1
	if len(words) > 0 {
		k = x.w.subject(words)
	}
	st := x.absenceSpan(masked, m)
	x.claim(b, m[0], KindAbsence, around(b.text, m[0]), func(f *facts) answer {
		t, shared := f.subject(k)
		if k >= 0 && 2*shared < len(words) {
			t = nil
		}
		if t == nil && st.from == nil {
			return unchecked("no entry has the words of this sentence")
		}
		return askAbsence(f, t, st, recovery)
	})
}

// absenceSpan finds the time from which, or the stretch in which, something is
// said to be absent.
func (x *draft) absenceSpan(masked string, m []int) stretch {
	var best stretch
	for _, st := range stretches(masked) {
		if st.to == nil && !behindRE.MatchString(masked[:st.from.start]) && !strings.HasSuffix(strings.TrimRight(masked[:st.from.start], " ~≈"), "by") {
			continue
		}
		if best.from == nil || st.to != nil {
			best = st
		}
	}
	if best.from != nil {
		x.named(best.from)
	}
	if best.to != nil {
		x.named(best.to)
	}
	return best
}

// askAbsence asks three things: does the data hold what is said to be gone,
// does it hold anything at all there, and, for a recovery, does anything follow
// soon that could show it. Silence shows nothing.
func askAbsence(f *facts, t *tally, st stretch, recovery bool) answer {
	if !f.all.first.Known() {
		return unchecked("the data hold no times")
	}
	from, to := f.all.first, f.all.last.Add(1)
	switch {
	case st.to != nil:
		from, to = f.ends(st)
	case st.from != nil:
		from = st.from.on(f.all.first).Add(st.from.unit)
	case recovery:
		from = t.last.Add(1e9)
	}
	if t != nil {
		if n := t.between(from, to); n > 0 {
			return unsupported("%d such entries are there: %s", n, t.times())
		}
	}
	if f.all.between(from, to) == 0 {
		return unsupported("the data hold no entry of any kind from %s on%s: silence is no data, not recovery", from, until(st, to))
	}
	next := f.all.after(from)
	if recovery && next.Sub(from) >= silence {
		return unsupported("the next entry of any kind is at %s, %s later: silence is no data, not recovery", next, ago(next.Sub(from)))
	}
	if t == nil && recovery {
		return unchecked("no entry has the words of this sentence")
	}
	return supported()
}

func until(st stretch, to logentry.Time) string {
	if st.to == nil {
		return ""
	}
	return " to " + to.String()
}

// common are words that every report of a failure holds.
var common = wordSet(`error errors failure failures failed failing fails phase level critical since after before begin began begins started
start starts starting first last resolved resolve resolution rate entries entry logs times more seen stop stopped recover recovered
fixed occurrences occurrence requests request service were been there from until that with this issue issues have still only also
exception exceptions shown between which when what then they them these those where their into over under about around some every
current status impact root cause causes analysis answer evidence period continue continues warning info notice file line unknown`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// stems are the telling words of s, cut so that forms of one word meet:
// "serialization" and "serializable". At most eight.
func stems(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len(w) < 4 || common[w] {
			continue
		}
		if len(w) > 6 {
			w = strings.ToValidUTF8(w[:6], "")
		}
		if !slices.Contains(out, w) && len(out) < 8 {
			out = append(out, w)
		}
	}
	return out
}

// maxClause is how far a clause is looked for on either side.
const maxClause = 600

// clause is the part of s around at, up to commas, brackets and ends of
// sentences.
func clause(s string, at int) string {
	at = min(at, len(s))
	from, to := max(0, at-maxClause), min(len(s), at+maxClause)
	for _, sep := range []string{". ", "; ", ", ", " but ", "(", ") ", " — "} {
		if i := strings.LastIndex(s[max(0, at-maxClause):at], sep); i >= 0 {
			from = max(from, max(0, at-maxClause)+i+len(sep))
		}
		if i := strings.Index(s[at:min(len(s), at+maxClause)], sep); i >= 0 {
			to = min(to, at+i)
		}
	}
	return s[from:max(from, to)]
}
