package verify

import (
	"fmt"
	"regexp"

	"logwhy/internal/logentry"
)

// quote adds the claim that an entry has a text, at that time, of that level.
// Of a weak quote that is found nowhere nothing is said: it may be code, a name
// or a word of the reporter.
func (x *draft) quote(b *block, offset int, q quotedEntry, weak bool) {
	full, bare := x.w.text(q.whole), x.w.text(q.text)
	if full < 0 || bare < 0 {
		x.skip(b, offset, KindQuote, q.whole, "too many or too long quotes")
		return
	}
	if q.at != nil {
		x.w.name(q.at)
	}
	shown := q.whole
	if q.at != nil {
		shown = q.at.raw + " " + shown
	}
	name, rest := x.parted(q.text)
	c := x.claim(b, offset, KindQuote, shown, nil)
	c.text, c.timed = bare, q.at != nil && !q.at.foreign && b.kind != row
	c.ask = func(f *facts) answer {
		t, level := &f.texts[full].tally, q.level
		if t.n > 0 && full != bare {
			level = "" // the level is a word of the text
		} else {
			t = &f.texts[bare].tally
		}
		if t.n == 0 && name >= 0 && f.texts[name].tally.n > 0 {
			t = &f.texts[rest].tally // name and message stand in two lines or fields
		}
		if t.n == 0 {
			if weak {
				return unchecked("no entry has this text; it need not be a log line")
			}
			return unsupported("no entry has this text")
		}
		return askTimed(t, q.at, level, q.text)
	}
}

var namedRE = regexp.MustCompile(`^([\w.$]*(?:Error|Exception))(?: \[[^\]]*\])?: (.{12,})$`)

// parted asks for the name and the message of an exception apart, since
// reports put together what an application logs in two lines or fields.
func (x *draft) parted(text string) (name, rest int) {
	m := namedRE.FindStringSubmatch(text)
	if m == nil {
		return -1, -1
	}
	name, rest = x.w.text(m[1]), x.w.text(m[2])
	if rest < 0 {
		name = -1
	}
	return name, rest
}

// askTimed holds time and level of a quote against the entries of its text.
func askTimed(t *tally, at *clock, level, text string) answer {
	if at == nil || at.foreign {
		return supported()
	}
	if t.untimed == t.n {
		return unchecked("the entry with this text has no time")
	}
	found := t.at(at)
	if len(found) == 0 && (at.unit >= 60e9 || at.about) {
		for _, day := range []logentry.Time{t.first, t.last} {
			if from := at.on(day); t.between(from, from.Add(at.unit)) > 0 {
				return supported()
			}
		}
	}
	if len(found) == 0 {
		return unsupported("%s this text: %s; the report says %s", has(t.n), t.times(), at.raw)
	}
	return askLevel(found, level)
}

func has(n int) string {
	if n == 1 {
		return "1 entry has"
	}
	return fmt.Sprintf("%d entries have", n)
}

func askLevel(found []instant, level string) answer {
	want, ok := logentry.ParseSeverity(level)
	if !ok {
		return supported()
	}
	for _, i := range found {
		if i.level == want || !i.declared || want == logentry.SeverityCritical && level == "FATAL" && i.level >= want {
			return supported()
		}
	}
	return unsupported("the entry at %s is of severity %s; the report says %s", found[0].time, found[0].level, level)
}
