package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// Sizes of the lanes, in pixels. Positions in time are shares of the width, so
// that the drawing fits any screen without scaling its text.
const (
	laneTop    = 28 // the axis
	changeTop  = 38 // names of changes, where there are any
	laneHead   = 24
	laneRow    = 34
	laneBar    = 12
	maxLanes   = 40
	fewLanes   = 12 // up to here, findings that no incident holds are drawn as well
	axisTicks  = 5
	changeRows = 3 // names of changes are staggered, so that neighbours do not overlap
)

// lanes is a swim-lane timeline: a lane for each service, a row for each
// finding, deploys as lines through all of them.
type lanes struct {
	p        *page
	from, to time.Time
	rows     []*incident.Finding
	b        strings.Builder
	y        int
}

// lanesSection draws the findings over the window, where there is something to
// see: a window, and a finding with a time.
func (p *page) lanesSection() {
	l := &lanes{p: p, from: p.a.Coverage.From, to: p.a.Coverage.To}
	l.rows = l.order()
	if len(l.rows) == 0 || !l.to.After(l.from) {
		return
	}
	p.section("lanes-section", "When", "When")
	p.put("<figure>")
	p.put(l.draw())
	if left := len(p.a.Findings) - len(l.rows); left > 0 {
		p.put("<figcaption>", capital(many(left, "more finding"))+" in the table below.", "</figcaption>")
	}
	p.put("</figure>")
	p.put(`<p class="noprint"><button id="zoomin" type="button">zoom in</button> <button id="zoomout" type="button">zoom out</button> <button id="zoomall" type="button">all</button> <span class="mute">+ − 0 and arrow keys, drag, or Ctrl and wheel; a bar leads to its finding</span></p>`)
}

// order picks the findings to draw, by service and time: all where there are
// few, else those that incidents hold.
func (l *lanes) order() []*incident.Finding {
	rank := l.p.findingRanks()
	var rows []*incident.Finding
	for i := range l.p.a.Findings {
		if f := &l.p.a.Findings[i]; !f.First.IsZero() && f.Role != incident.RoleNoise && !f.First.After(l.to) && !f.Last.Before(l.from) {
			rows = append(rows, f)
		}
	}
	slices.SortStableFunc(rows, func(a, b *incident.Finding) int { return cmp.Compare(rank[a.ID], rank[b.ID]) })
	if held := l.heldRows(rows, rank); held > 0 && len(rows) > fewLanes {
		rows = rows[:held]
	}
	rows = rows[:min(len(rows), maxLanes)]
	slices.SortStableFunc(rows, func(a, b *incident.Finding) int {
		return cmp.Or(cmp.Compare(l.p.serviceRank(a.Scope.Service), l.p.serviceRank(b.Scope.Service)), strings.Compare(a.Scope.Service, b.Scope.Service), a.First.Compare(b.First))
	})
	return rows
}

// heldRows counts the rows, in order of their rank, that an incident holds.
func (l *lanes) heldRows(rows []*incident.Finding, rank map[string]int) int {
	n := 0
	for n < len(rows) && rank[rows[n].ID] < len(l.p.a.Incidents) {
		n++
	}
	return n
}

func (p *page) serviceRank(s string) int {
	if i := slices.Index(p.a.Coverage.Services, s); i >= 0 {
		return i
	}
	return len(p.a.Coverage.Services)
}

// share is where a time stands in the window, 0 to 1.
func (l *lanes) share(t time.Time) float64 {
	s := float64(t.Sub(l.from)) / float64(l.to.Sub(l.from))
	return min(max(s, 0), 1)
}

func data(share float64) string { return strconv.FormatFloat(share, 'f', 6, 64) }

func (l *lanes) draw() string {
	l.y = l.top()
	var lane string
	for n, f := range l.rows {
		if n == 0 || f.Scope.Service != lane {
			lane = f.Scope.Service
			l.head(lane)
		}
		l.row(f)
	}
	height := l.y + 8
	var b strings.Builder
	fmt.Fprintf(&b, `<svg id="lanes" width="100%%" height="%d" role="img" aria-label="Findings over time, a lane for each service" data-start="%d" data-span="%d">`,
		height, l.from.UnixMilli(), max(l.to.Sub(l.from).Milliseconds(), 1))
	b.WriteString("\n" + l.backdrop(height) + l.axis(height) + l.b.String() + l.changeLines(height) + "</svg>")
	return b.String()
}

// top is where the lanes begin: under the axis, and under the names of changes.
func (l *lanes) top() int {
	for i := range l.p.a.Changes {
		if l.shows(&l.p.a.Changes[i]) {
			return laneTop + changeTop
		}
	}
	return laneTop
}

// shows reports whether a change lies in the window.
func (l *lanes) shows(c *incident.Change) bool {
	return !c.Time.IsZero() && !c.Time.Before(l.from) && !c.Time.After(l.to)
}

// head names the service of the lane.
func (l *lanes) head(service string) {
	if service == "" && len(l.rows) > 0 && l.rows[0].Scope.Service == "" && l.rows[len(l.rows)-1].Scope.Service == "" {
		return // nothing tells services apart
	}
	fmt.Fprintf(&l.b, "<rect class=\"lane\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\"/><text class=\"small\" x=\"4\" y=\"%d\">%s</text>\n",
		l.y, laneHead-4, l.y+14, htmlText(cmp.Or(clip(service, 60), "no service")))
	l.y += laneHead
}

// row draws a finding: its name, a base from first to last, and how often it
// was seen over the window where that is known.
func (l *lanes) row(f *incident.Finding) {
	a, b := l.share(f.First), l.share(f.Last)
	label := fmt.Sprintf("%s  ×%s", clip(f.Title.Plain(), 70), amount(f.Count))
	fmt.Fprintf(&l.b, `<a href="#%s" data-find><g class="%s"><title>%s</title>`, htmlText(f.ID), roleClass(f.Role), htmlText(l.tip(f)))
	fmt.Fprintf(&l.b, `<text x="4" y="%d">%s</text>`, l.y+12, htmlText(label))
	y := l.y + 17
	if bars := l.bars(f, y); bars != "" {
		l.b.WriteString(l.bar("run base", a, b, y, laneBar) + bars)
	} else {
		l.b.WriteString(l.bar("run", a, b, y, laneBar))
	}
	l.b.WriteString("</g></a>\n")
	l.y += laneRow
}

// bar is a rectangle between two shares of the window, never too narrow to see.
func (l *lanes) bar(class string, a, b float64, y, height int) string {
	return fmt.Sprintf(`<rect class="%s" data-a="%s" data-b="%s" x="%s" y="%d" width="%s" height="%d"/>`,
		class, data(a), data(b), percent(min(a, 0.996)), y, percent(max(b-a, 0.004)), height)
}

// bars draws the counts in equal slices of the window.
func (l *lanes) bars(f *incident.Finding, y int) string {
	if len(f.Spark) < 2 || len(f.Spark) > 200 {
		return ""
	}
	most := max(slices.Max(f.Spark), 1)
	var b strings.Builder
	for i, c := range f.Spark {
		if c <= 0 {
			continue
		}
		h := max(laneBar*c/most, 2)
		n := float64(len(f.Spark))
		b.WriteString(l.bar("run", float64(i)/n, (float64(i)+0.85)/n, y+laneBar-h, h))
	}
	return b.String()
}

func roleClass(role string) string {
	switch role {
	case incident.RoleFault, incident.RoleFailure, incident.RoleImpact, incident.RoleHealthy:
		return role
	}
	return "other"
}

// tip is what hovering shows.
func (l *lanes) tip(f *incident.Finding) string {
	return fmt.Sprintf("%s %s\n%s, %s, %s\n%s", f.ID, oneLine(f.Title.Plain()), f.Role, counted(f), cmp.Or(f.Status, "once"), l.p.clock.span(f.First, f.Last))
}

// backdrop shades the phases of the first incident and the stretches in which
// nothing was logged.
func (l *lanes) backdrop(height int) string {
	var b strings.Builder
	if len(l.p.a.Incidents) > 0 && len(l.p.a.Incidents[0].Phases) > 1 {
		for _, ph := range l.p.a.Incidents[0].Phases {
			x, to := l.share(ph.From), l.share(ph.To)
			fmt.Fprintf(&b, `<g><title>phase %d, %s</title>%s</g>`+"\n", ph.N, htmlText(ph.Status), l.bar("phase", x, to, l.top(), height-l.top()))
		}
	}
	for _, e := range l.p.a.Timeline {
		if e.Kind == kindGap && e.To.After(e.Time) {
			fmt.Fprintf(&b, `<g><title>%s</title>%s</g>`+"\n", htmlText(oneLine(e.What.Plain())), l.bar("gap", l.share(e.Time), l.share(e.To), l.top(), height-l.top()))
		}
	}
	return b.String()
}

// axis draws the times at equal distances.
func (l *lanes) axis(height int) string {
	var b strings.Builder
	for i := range axisTicks + 1 {
		share := float64(i) / axisTicks
		at := l.from.Add(time.Duration(float64(l.to.Sub(l.from)) * share))
		anchor := "middle"
		switch i {
		case 0:
			anchor = "start"
		case axisTicks:
			anchor = "end"
		}
		n := 0
		if l.to.Sub(l.from) < 30*time.Second {
			n = 3
		}
		fmt.Fprintf(&b, `<line class="grid" x1="%[1]s" x2="%[1]s" y1="18" y2="%[2]d"/><text class="axis" data-tick="%[3]s" text-anchor="%[4]s" x="%[1]s" y="12">%[5]s</text>`+"\n",
			percent(share), height, data(share), anchor, timeOfDay(at, n))
	}
	return b.String()
}

// changeLines draws deploys and other changes as lines through all lanes.
func (l *lanes) changeLines(height int) string {
	var b strings.Builder
	n := 0
	for i := range l.p.a.Changes {
		c := &l.p.a.Changes[i]
		if !l.shows(c) || n >= maxLanes {
			continue
		}
		s := l.share(c.Time)
		anchor, dx := "start", 4
		if s > 0.7 {
			anchor, dx = "end", -4
		}
		x, y := percent(s), 30+14*(n%changeRows)
		b.WriteString(`<a href="#` + htmlText(c.ID) + `"><g class="change"><title>` + htmlText(changeTip(c)) + "</title>")
		fmt.Fprintf(&b, `<line data-a="%s" x1="%s" x2="%s" y1="18" y2="%d"/>`, data(s), x, x, height)
		words := clip(c.ID+" "+c.Title.Plain(), 34)
		fmt.Fprintf(&b, `<text data-a="%s" text-anchor="%s" x="%s" dx="%d" y="%d">%s</text></g></a>`+"\n", data(s), anchor, x, dx, y, htmlText(words))
		n++
	}
	return b.String()
}

// changeTip is what hovering over a change shows.
func changeTip(c *incident.Change) string {
	return c.ID + " " + c.Time.UTC().Format(time.TimeOnly) + " " + oneLine(c.Title.Plain())
}
