package verify

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"logwhy/internal/incident"
	"logwhy/internal/ingest"
	"logwhy/internal/logentry"
)

// maxTexts is how many different quotes are looked for: each is held against
// each entry.
const maxTexts = 4000

// wanted is what the documents make one look for. It is filled before reading
// and not changed after.
type wanted struct {
	texts    []needle
	byText   map[string]int
	subjects [][]string // words, any number of which an entry may hold
	routes   []route
	sources  map[string]bool // file:line or file#n
	inserts  map[string]bool
	seconds  [86400]bool
}

func newWanted() *wanted {
	return &wanted{byText: map[string]int{}, sources: map[string]bool{}, inserts: map[string]bool{}}
}

// text returns the index under which quotes of s are counted, -1 when there
// are too many.
func (w *wanted) text(s string) int {
	if i, ok := w.byText[s]; ok {
		return i
	}
	if len(w.texts) == maxTexts || len(s) > 1<<16 {
		return -1
	}
	w.byText[s] = len(w.texts)
	w.texts = append(w.texts, newNeedle(s))
	return len(w.texts) - 1
}

func (w *wanted) subject(words []string) int {
	for i, s := range w.subjects {
		if slices.Equal(s, words) {
			return i
		}
	}
	w.subjects = append(w.subjects, words)
	return len(w.subjects) - 1
}

func (w *wanted) route(r route) int {
	if i := slices.Index(w.routes, r); i >= 0 {
		return i
	}
	w.routes = append(w.routes, r)
	return len(w.routes) - 1
}

// name marks the seconds that c may mean.
func (w *wanted) name(c *clock) {
	if c.unit >= 60e9 || c.about {
		return // whole minutes are counted by second
	}
	s := int(c.tod / 1e9)
	for d := -1; d <= 1; d++ {
		w.seconds[(s+d+86400)%86400] = true
	}
}

// A route is requests as a report names them.
type route struct {
	method string // "" is any
	path   string // with placeholders
}

var (
	routeRE  = regexp.MustCompile(`^(?:HTTP (\d{3}) )?(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/\S*|https?://\S+)(.*)$`)
	placedRE = regexp.MustCompile(`^(?:\{.*\}|<.*>|\*|:\w+|\.\.\.|…)$`)
)

// parseRoute reads "POST /orders/{id}" and "HTTP 503 GET https://host/path".
func parseRoute(s string) (r route, status string, ok bool) {
	m := routeRE.FindStringSubmatch(s)
	if m == nil || m[1] == "" && m[4] != "" {
		return r, "", false // "POST /orders 500 12ms" is a line of text
	}
	return route{m[2], logentry.PathTemplate(m[3])}, m[1], true
}

func (r route) is(method, path string) bool {
	if r.method != method {
		return false
	}
	if r.path == path {
		return true
	}
	a, b := strings.Split(r.path, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !placedRE.MatchString(a[i]) && !placedRE.MatchString(b[i]) {
			return false
		}
	}
	return true
}

// requests counts requests by status class and status.
type requests struct {
	total    tally
	byStatus map[int]*tally
}

func newRequests() requests { return requests{newTally(), map[int]*tally{}} }

func (r *requests) add(status int, i instant) {
	r.total.add(i, false)
	if r.byStatus[status] == nil {
		t := newTally()
		r.byStatus[status] = &t
	}
	r.byStatus[status].add(i, false)
}

func (r *requests) merge(o *requests) {
	r.total.merge(&o.total)
	for s, t := range o.byStatus {
		if r.byStatus[s] == nil {
			u := newTally()
			r.byStatus[s] = &u
		}
		r.byStatus[s].merge(t)
	}
}

// count adds up the requests that keep wants.
func (r *requests) count(keep func(status int) bool) int {
	n := 0
	for s, t := range r.byStatus {
		if keep(s) {
			n += t.n
		}
	}
	return n
}

// textFacts is what is known of a quoted text.
type textFacts struct {
	tally tally
}

// subjectFacts holds a tally for each number of words that entries share with
// a subject: errors apart from the rest.
type subjectFacts struct{ errors, others []tally }

// cited is an entry that a report names by its place or insertId.
type cited struct {
	instant
	text, insertID string
	raw            []byte
}

// collector gathers what is wanted. Each worker has one.
type collector struct {
	w         *wanted
	all, errs tally
	texts     []textFacts
	subjects  []subjectFacts
	routes    []requests
	http      requests
	sockets   int // requests that open a WebSocket
	accepted  int // lines that say a socket was accepted
	bySource  map[string]cited
	byInsert  map[string][]cited
}

func newCollector(w *wanted) *collector {
	c := &collector{w: w, all: newTally(), errs: newTally(), http: newRequests(), bySource: map[string]cited{}, byInsert: map[string][]cited{}}
	for range w.texts {
		c.texts = append(c.texts, textFacts{tally: newTally()})
	}
	for _, words := range w.subjects {
		s := subjectFacts{}
		for range len(words) + 1 {
			s.errors, s.others = append(s.errors, newTally()), append(s.others, newTally())
		}
		c.subjects = append(c.subjects, s)
	}
	for range w.routes {
		c.routes = append(c.routes, newRequests())
	}
	return c
}

// add takes an entry, which is valid only during the call.
func (c *collector) add(e *logentry.Entry) {
	text := flat(e.Text())
	i := instant{time: e.Time, end: e.End(), level: e.Severity, declared: e.Basis == logentry.BasisDeclared, source: sourceOf(e.Pos)}
	named := e.Time.Known() && (c.w.seconds[second(i.time)] || c.w.seconds[second(i.end)])
	isError := e.Severity >= logentry.SeverityError || e.Basis != logentry.BasisDeclared && failRE.MatchString(text)
	c.all.add(i, named)
	if isError {
		c.errs.add(i, false)
	}
	for k := range c.w.texts {
		if c.w.texts[k].in(text, e) {
			c.texts[k].tally.add(i, named)
		}
	}
	if len(c.w.subjects) > 0 {
		c.addSubjects(strings.ToLower(text), i, isError)
	}
	c.addRequest(e, text, i)
	c.addCited(e, text, i)
}

func (c *collector) addSubjects(lower string, i instant, isError bool) {
	for k, words := range c.w.subjects {
		score := 0
		for _, w := range words {
			if strings.Contains(lower, w) {
				score++
			}
		}
		if isError {
			c.subjects[k].errors[score].add(i, false)
		} else {
			c.subjects[k].others[score].add(i, false)
		}
	}
}

func (c *collector) addRequest(e *logentry.Entry, text string, i instant) {
	if strings.Contains(text, "[accepted]") && strings.Contains(text, "WebSocket") {
		c.accepted++
	}
	if e.HTTP == nil || e.HTTP.Status == 0 {
		return
	}
	c.http.add(e.HTTP.Status, i)
	path := logentry.PathTemplate(e.HTTP.URL)
	if e.HTTP.Status == 101 || strings.HasPrefix(e.HTTP.URL, "ws") || strings.HasSuffix(path, "/ws") {
		c.sockets++
	}
	for k, r := range c.w.routes {
		if r.is(e.HTTP.Method, path) {
			c.routes[k].add(e.HTTP.Status, i)
		}
	}
}

func (c *collector) addCited(e *logentry.Entry, text string, i instant) {
	if !c.w.sources[i.source] && (e.InsertID == "" || !c.w.inserts[e.InsertID]) {
		return
	}
	v := cited{i, strings.Clone(text), strings.Clone(e.InsertID), append([]byte(nil), e.Raw...)}
	c.bySource[i.source] = v
	if e.InsertID != "" {
		c.byInsert[v.insertID] = append(c.byInsert[v.insertID], v)
	}
}

func sourceOf(p logentry.Pos) string {
	if p.Line > 0 {
		return fmt.Sprintf("%s:%d", p.Name, p.Line)
	}
	return fmt.Sprintf("%s#%d", p.Name, p.Record)
}

func (c *collector) merge(o *collector) {
	c.all.merge(&o.all)
	c.errs.merge(&o.errs)
	for i := range c.texts {
		c.texts[i].tally.merge(&o.texts[i].tally)
	}
	for i := range c.subjects {
		for k := range c.subjects[i].errors {
			c.subjects[i].errors[k].merge(&o.subjects[i].errors[k])
			c.subjects[i].others[k].merge(&o.subjects[i].others[k])
		}
	}
	for i := range c.routes {
		c.routes[i].merge(&o.routes[i])
	}
	c.http.merge(&o.http)
	c.sockets += o.sockets
	c.accepted += o.accepted
	for k, v := range o.bySource {
		c.bySource[k] = v
	}
	for k, v := range o.byInsert {
		c.byInsert[k] = append(c.byInsert[k], v...)
	}
}

// facts is all that was collected, and what reading told.
type facts struct {
	*collector
	inputs *ingest.Report
	again  *incident.Analysis // of the same inputs; nil where there is none
}

// subject returns the entries that share most words with a subject: errors
// before others, and how many words that are.
func (f *facts) subject(k int) (t *tally, shared int) {
	if k < 0 {
		return &f.errs, 0
	}
	for _, kind := range [][]tally{f.subjects[k].errors, f.subjects[k].others} {
		for n := len(kind) - 1; n > 0; n-- {
			if kind[n].n > 0 {
				return &kind[n], n
			}
		}
	}
	return nil, 0
}

// has says whether the inputs hold times around t.
func (f *facts) covers(t logentry.Time) bool {
	return f.all.first.Known() && t >= f.all.first.Add(-1e9) && t <= f.all.last.Add(1e9)
}
