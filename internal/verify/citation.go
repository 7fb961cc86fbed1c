package verify

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
)

var (
	definitionRE = regexp.MustCompile(`^\[(E\d+)\]:\s*(\S+)`)
	citedQuote   = regexp.MustCompile(`^\[(E\d+)\](?:, (\d{1,2}:\d{2}:\d{2}(?:\.\d+)?|\d{4}-\d{2}-\d{2}[T ]\S+))?, (.*):$`)
	refRE        = regexp.MustCompile(`\[(E\d+)\]`)
	insertRE     = regexp.MustCompile(`insertId="([^"]*)"`)
	stampRE      = regexp.MustCompile(`timestamp="([^"]*)"`)
	sourceRE     = regexp.MustCompile(`(?:\bline (\d+)\b)|([^\s,` + "`" + `]+[:#]\d+)`)
	madeShaRE    = regexp.MustCompile("sha256 `([0-9a-f]{8,64})…?`")
	madeReadRE   = regexp.MustCompile(`^(?:[-*] )?(\d[\d,]*) entr(?:y|ies) read, (\d[\d,]*) filtered`)
	madeNameRE   = regexp.MustCompile("^(?:[-*] )?`logwhy (?:report|timeline|check) (.*?)`")
	readDayRE    = regexp.MustCompile(`Times are UTC, (\d{4}-\d{2}-\d{2})\.`)
)

// reference is what a report says of an entry that it cites under an id.
type reference struct {
	id       string
	at       *clock
	stamp    string // of its link
	insertID string
	source   string // file:line, or a bare line
	level    string
	text     int // index of the quoted text, -1 without
}

// prepare reads what the whole document depends on: its day, the name of its
// input and the definitions of its evidence.
func (x *draft) prepare(bs []block) {
	for _, m := range madeShaRE.FindAllStringSubmatch(x.d.text, 20) {
		x.hashes = append(x.hashes, m[1])
	}
	if m := readDayRE.FindStringSubmatch(x.d.text); m != nil {
		x.days = []string{m[1]}
	} else {
		x.days = onlyDay(x.d.text)
	}
	for i := range bs {
		b := &bs[i]
		if m := madeNameRE.FindStringSubmatch(b.text); m != nil {
			x.source = firstWord(m[1])
		}
		// Definitions follow line on line, so that one block may hold many.
		for k, mk := range b.lines {
			end := len(b.text)
			if k+1 < len(b.lines) {
				end = b.lines[k+1].offset
			}
			if m := definitionRE.FindStringSubmatch(b.text[mk.offset:end]); m != nil {
				x.listed[m[1]] = true
				x.definition(b, mk.offset, m[1], m[2])
			}
		}
	}
}

func firstWord(s string) string {
	w, rest, _ := strings.Cut(s, " ")
	if rest != "" && !strings.HasPrefix(rest, "--") {
		return "" // more than one input
	}
	return strings.Trim(w, "'")
}

// onlyDay returns the day of a report that names one day only.
func onlyDay(s string) []string {
	var day string
	for _, d := range dayRE.FindAllString(s, -1) {
		if day != "" && d != day {
			return nil
		}
		day = d
	}
	if day == "" {
		return nil
	}
	return []string{day}
}

// definition reads the link of an id: it names time and insertId.
func (x *draft) definition(b *block, offset int, id, link string) {
	query, err := url.QueryUnescape(link)
	if err != nil || !strings.Contains(query, "insertId=") {
		return
	}
	r := reference{id: id, text: -1}
	if m := insertRE.FindStringSubmatch(query); m != nil {
		r.insertID = m[1]
	}
	if m := stampRE.FindStringSubmatch(query); m != nil {
		r.stamp = m[1]
	}
	x.refer(b, offset, r, "["+id+"] "+r.stamp+" insertId "+r.insertID)
}

// citedLine reads the fence below "[E10], 14:09:25.179090, line 10313, ERROR:".
func (x *draft) citedLine(b *block, m []string) {
	t := flat(b.text)
	r := reference{id: m[1], text: -1}
	if quotable(t) && strings.Trim(t, "^~ .…") != "" {
		r.text = x.w.text(t)
	}
	r.at = x.clockOf(m[2])
	r.source, r.level = placeOf(m[3]), levelOf(m[3])
	x.refer(b, 0, r, "["+r.id+"] "+t)
}

func (x *draft) clockOf(s string) *clock {
	cs := clocks(s)
	if len(cs) == 0 || cs[0].foreign {
		return nil
	}
	x.named(&cs[0])
	return &cs[0]
}

// placeOf returns file:line, file#n or a bare number from the words for a place.
func placeOf(s string) string {
	m := sourceRE.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

func levelOf(s string) string {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !isLetter(r) }) {
		if _, ok := logentry.ParseSeverity(w); ok && w == strings.ToUpper(w) {
			return w
		}
	}
	return ""
}

// row reads a row of a table: of evidence, of a timeline, or any other.
func (x *draft) row(b *block) {
	cs := cells(b.text)
	if m := refRE.FindStringSubmatch(cs[0]); m != nil && strings.Trim(cs[0], "[]() ") == m[1] {
		x.evidenceRow(b, cs, m[1])
		return
	}
	ss, masked := spans(b.text)
	x.citations(b, masked)
	x.spans(b, ss, masked, x.rowTime(cs, ss))
	x.rowClocks(b, cs)
	x.counts(b, ss, masked)
	x.rates(b, ss, masked)
}

// rowTime returns the time of a row that is about one entry: its own cell, and
// no more than one text beside it.
func (x *draft) rowTime(cs []string, ss []span) *clock {
	if len(ss) != 1 || len(cs) < 2 {
		return nil
	}
	for _, c := range cs[:2] {
		if t := clocks(c); len(t) == 1 && t[0].unit < 1e9 && strings.TrimSpace(c[t[0].end:]) == "" {
			x.named(&t[0])
			return &t[0]
		}
	}
	return nil
}

// rowClocks reads the times of a row, but for columns of another zone.
func (x *draft) rowClocks(b *block, cs []string) {
	for i, c := range cs {
		if i < len(b.header) && i > 0 && !strings.Contains(" time seen when what utc first last  from to event ", " "+strings.ToLower(b.header[i])+" ") {
			continue
		}
		_, masked := spans(c)
		for _, st := range stretches(masked) {
			for _, at := range []*clock{st.from, st.to} {
				if at == nil {
					continue
				}
				x.named(at)
				off := max(0, strings.Index(b.text, at.raw))
				x.claim(b, off, KindTime, c, func(f *facts) answer {
					if f.seen(at) {
						return supported()
					}
					return unchecked("no entry is at this time")
				})
			}
		}
	}
}

// evidenceRow reads "[E3] | 14:04:11.906585 | WARNING | 13583 | `…`".
func (x *draft) evidenceRow(b *block, cs []string, id string) {
	x.listed[id] = true
	r := reference{id: id, text: -1}
	for i, c := range cs[1:] {
		head := ""
		if i+1 < len(b.header) {
			head = strings.ToLower(b.header[i+1])
		}
		switch {
		case head == "time" && r.at == nil:
			r.at = x.clockOf(c)
		case head == "level":
			r.level = levelOf(c)
		case head == "line of the file":
			r.source = strings.TrimSpace(c)
		case head == "source":
			r.source = placeOf(strings.Trim(c, "`"))
			if k := strings.Index(c, "insertId `"); k >= 0 {
				r.insertID = strings.Trim(c[k+len("insertId "):], "` ")
			}
		case head == "entry":
			if ss, _ := spans(c); len(ss) > 0 && ss[0].code && quotable(flat(ss[0].text)) {
				r.text = x.w.text(flat(ss[0].text))
			}
		}
	}
	x.refer(b, 0, r, strings.Join(cs, " "))
}

// refer adds the claim that the cited entry is as the report says.
func (x *draft) refer(b *block, offset int, r reference, shown string) {
	if x.source != "" && r.source != "" && !strings.ContainsAny(r.source, ":#") {
		r.source = x.source + ":" + r.source
	}
	x.want(r)
	x.claim(b, offset, KindEvidence, shown, func(f *facts) answer { return x.askReference(f, r) })
}

func (x *draft) want(r reference) {
	if r.source != "" {
		x.w.sources[r.source] = true
	}
	if r.insertID != "" {
		x.w.inserts[r.insertID] = true
	}
	if r.at != nil {
		x.w.name(r.at)
	}
}

// askReference finds the cited entry, by its insertId, else by its place, else
// by text and time, and compares what the report says of it.
func (x *draft) askReference(f *facts, r reference) answer {
	if r.insertID != "" {
		found := f.byInsert[r.insertID]
		if len(found) == 0 {
			return unsupported("no entry has the insertId %s", r.insertID)
		}
		return x.askEntry(f, r, found)
	}
	if e, ok := f.bySource[r.source]; ok && r.source != "" && x.sameInput(f, r.source) {
		return x.askEntry(f, r, []cited{e})
	}
	if r.text < 0 {
		if r.at != nil && !f.seen(r.at) {
			return unsupported("no entry is at %s", r.at.raw)
		}
		return unchecked("the report gives neither the place of the entry nor its text")
	}
	t := &f.texts[r.text].tally
	if t.n == 0 {
		return unsupported("no entry has this text")
	}
	return askTimed(t, r.at, r.level, "")
}

func (x *draft) askEntry(f *facts, r reference, found []cited) answer {
	why := ""
	for _, e := range found {
		switch {
		case r.at != nil && !e.is(r.at):
			why = fmt.Sprintf("the entry is of %s; the report says %s", e.time, r.at.raw)
		case r.stamp != "" && e.time.String() != r.stamp && !e.stamped(r.stamp):
			why = fmt.Sprintf("the entry is of %s; the report says %s", e.time, r.stamp)
		case r.text >= 0 && !x.w.texts[r.text].in(e.text, &logentry.Entry{Raw: e.raw}) && !bytes.Contains(e.raw, x.w.texts[r.text].raw):
			why = "the entry has another text"
		default:
			a := askLevel([]instant{e.instant}, r.level)
			if a.verdict == Supported {
				return a
			}
			why = a.why
		}
	}
	return unsupported("%s", why)
}

func (e cited) stamped(s string) bool {
	cs := clocks(s)
	return len(cs) == 1 && e.is(&cs[0])
}

// sameInput says whether the input of a place is the one the report read, as
// far as the report tells by a hash.
func (x *draft) sameInput(f *facts, source string) bool {
	if len(x.hashes) == 0 {
		return true
	}
	name := source[:strings.LastIndexAny(source, ":#")]
	for _, in := range f.inputs.Inputs {
		if in.Name == name && in.SHA256 != "" {
			return x.hashed(in.SHA256)
		}
	}
	return true
}

// hashed says whether the report names an input of this hash.
func (x *draft) hashed(sum string) bool {
	return slices.ContainsFunc(x.hashes, func(h string) bool { return strings.HasPrefix(sum, h) })
}

// citations checks that each id in a sentence is listed as evidence.
func (x *draft) citations(b *block, masked string) {
	for _, m := range refRE.FindAllStringSubmatchIndex(masked, -1) {
		id := masked[m[2]:m[3]]
		listed := x.listed
		if listed[id] {
			continue
		}
		x.claim(b, m[0], KindEvidence, around(b.text, m[0]), func(*facts) answer {
			if listed[id] || len(listed) == 0 {
				return answer{} // listed further down, or a report of another kind
			}
			return unsupported("[%s] is cited and not listed as evidence", id)
		})
	}
}

// howMade reads what our reports say of their input.
func (x *draft) howMade(b *block) bool {
	if m := madeShaRE.FindStringSubmatch(b.text); m != nil {
		x.claim(b, 0, KindInput, b.text, func(f *facts) answer { return askHash(f.inputs, m[1]) })
		return true
	}
	if m := madeReadRE.FindStringSubmatch(b.text); m != nil {
		n, filtered := number(m[1]), number(m[2])
		x.claim(b, 0, KindInput, b.text, func(f *facts) answer { return x.askRead(f, n, filtered) })
		return true
	}
	return strings.Contains(b.headings, "how this was made")
}

func askHash(rep *ingest.Report, sum string) answer {
	known := false
	for _, in := range rep.Inputs {
		if strings.HasPrefix(in.SHA256, sum) {
			return supported()
		}
		known = known || in.SHA256 != ""
	}
	if !known {
		return unchecked("the inputs have no hash")
	}
	return unchecked("the report was made from another file")
}

func (x *draft) askRead(f *facts, n, filtered int) answer {
	t := f.inputs.Total()
	if got := t.Entries; got == n || got == n+filtered {
		return supported()
	}
	for _, in := range f.inputs.Inputs {
		if in.SHA256 != "" && x.hashed(in.SHA256) && len(f.inputs.Inputs) == 1 {
			return unsupported("the input holds %d entries", t.Entries)
		}
	}
	return unchecked("the report was made from other inputs")
}
