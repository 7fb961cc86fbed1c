package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"logwhy/internal/incident"
)

// Sizes of the graph, in pixels. Text is not measured, so a label is broken
// after so many characters as a box surely holds.
const (
	boxWidth   = 180 // four boxes in a row fit the page
	boxChars   = 25
	boxLines   = 4
	textHeight = 15
	layerGap   = 86
	boxGap     = 18
	partGap    = 230 // between those who take part in a sequence
)

// graph draws the flow of an incident: what led to what, or who told whom.
func (p *page) graph(i *incident.Incident) {
	p.picture(p.causeGraph(i))
}

// picture draws a flow, where there is something to draw.
func (p *page) picture(f *incident.Flow) {
	if f == nil || len(f.Nodes) < 2 || len(f.Edges) > maxFlowEdges {
		return
	}
	p.put("<figure>")
	if f.Kind == incident.FlowSequence {
		p.put(sequenceSVG(f))
	} else {
		p.put(graphSVG(f))
	}
	caption := p.prose(f.Note)
	if caption == "" && f.Kind != incident.FlowSequence && hasDotted(f) {
		caption = "Solid arrows are supported or plausible links; dotted ones bear their verdict."
	}
	if caption != "" {
		p.put("<figcaption>", caption, "</figcaption>")
	}
	p.put("</figure>")
}

func hasDotted(f *incident.Flow) bool {
	for _, e := range f.Edges {
		if !solidEdge(e) {
			return true
		}
	}
	return false
}

// box is a node with its place.
type box struct {
	node    incident.FlowNode
	lines   []string
	layer   int
	x, y, h int
}

// graphSVG lays a graph out in layers from left to right: a node stands right
// of everything that leads to it.
func graphSVG(f *incident.Flow) string {
	boxes := flowBoxes(f)
	place(boxes, f)
	width, height := 0, 0
	for _, b := range boxes {
		width, height = max(width, b.x+boxWidth+2), max(height, b.y+b.h+2)
	}
	var b strings.Builder
	const above = 28 // room for the words over the highest arrow
	fmt.Fprintf(&b, `<svg viewBox="0 %d %d %d" width="%d" height="%d" role="img" aria-label="What led to what">`+"\n", -above, width, height+above, width, height+above)
	b.WriteString(arrowHead("g"))
	for _, e := range f.Edges {
		if from, to := find(boxes, e.From), find(boxes, e.To); from != nil && to != nil && from != to {
			edgeSVG(&b, from, to, e)
		}
	}
	for _, x := range boxes {
		boxSVG(&b, x)
	}
	b.WriteString("</svg>")
	return b.String() + groupEdges(f)
}

// arrowHead defines the tip of the arrows.
func arrowHead(id string) string {
	return `<defs><marker id="head` + id + `" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>` + "\n"
}

func flowBoxes(f *incident.Flow) []*box {
	var boxes []*box
	for _, n := range f.Nodes {
		b := &box{node: n, lines: breakLabel(n.Label, boxChars, boxLines)}
		b.h = len(b.lines)*textHeight + 14
		if n.Group != "" {
			b.h += textHeight
		}
		boxes = append(boxes, b)
	}
	for range boxes { // longest paths; a cycle ends when every node had its turn
		moved := false
		for _, e := range f.Edges {
			from, to := find(boxes, e.From), find(boxes, e.To)
			if from != nil && to != nil && from != to && to.layer <= from.layer && from.layer+1 < len(boxes) {
				to.layer, moved = from.layer+1, true
			}
		}
		if !moved {
			break
		}
	}
	return boxes
}

func find(boxes []*box, id string) *box {
	for _, b := range boxes {
		if b.node.ID == id {
			return b
		}
	}
	return nil
}

// place stacks the boxes of each layer. A box stands level with those that
// lead to it, as far as the boxes above it leave room.
func place(boxes []*box, f *incident.Flow) {
	for layer := range boxes {
		var column []*box
		for _, b := range boxes {
			if b.layer == layer {
				b.x, b.y = 1+layer*(boxWidth+layerGap), wanted(boxes, f, b)
				column = append(column, b)
			}
		}
		if layer > 0 {
			slices.SortStableFunc(column, func(a, b *box) int { return cmp.Compare(a.y, b.y) })
		}
		bottom := 1
		for _, b := range column {
			b.y = max(b.y, bottom)
			bottom = b.y + b.h + boxGap
		}
	}
}

// wanted is where a box would stand level with the middle of those before it.
func wanted(boxes []*box, f *incident.Flow, b *box) int {
	sum, n := 0, 0
	for _, e := range f.Edges {
		if from := find(boxes, e.From); e.To == b.node.ID && from != nil && from.layer < b.layer {
			sum += from.y + from.h/2
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return max(sum/n-b.h/2, 1)
}

func boxSVG(b *strings.Builder, x *box) {
	fmt.Fprintf(b, `<g><title>%s</title><rect class="box" x="%d" y="%d" width="%d" height="%d" rx="6"/>`, htmlText(oneLine(x.node.Label)), x.x, x.y, boxWidth, x.h)
	y := x.y + 18
	if x.node.Group != "" {
		fmt.Fprintf(b, `<text class="small" x="%d" y="%d">%s</text>`, x.x+9, y-1, htmlText(clip(x.node.Group, boxChars)))
		y += textHeight
	}
	for _, l := range x.lines {
		fmt.Fprintf(b, `<text x="%d" y="%d">%s</text>`, x.x+9, y, htmlText(l))
		y += textHeight
	}
	b.WriteString("</g>\n")
}

// edgeSVG draws an arrow from the right of one box to the left of another,
// solid where the link holds.
func edgeSVG(b *strings.Builder, from, to *box, e incident.FlowEdge) {
	x1, y1 := from.x+boxWidth, from.y+from.h/2
	x2, y2 := to.x, to.y+to.h/2
	bend := max((x2-x1)/2, 40)
	class := "edge"
	if !solidEdge(e) {
		class += " dotted"
	}
	fmt.Fprintf(b, `<path class="%s" marker-end="url(#headg)" d="M%d %dC%d %d %d %d %d %d"/>`, class, x1, y1, x1+bend, y1, x2-bend, y2, x2-1, y2)
	words := breakLabel(edgeWords(e), 13, 3)
	for i, l := range words {
		fmt.Fprintf(b, `<text class="small" text-anchor="middle" x="%d" y="%d">%s</text>`, (x1+x2)/2, (y1+y2)/2-6-(len(words)-1-i)*13, htmlText(l))
	}
	b.WriteByte('\n')
}

// groupEdges says in words what edges between whole groups say.
func groupEdges(f *incident.Flow) string {
	var b strings.Builder
	for _, e := range f.Edges {
		if flowNode(f, e.From) && flowNode(f, e.To) {
			continue
		}
		words := edgeWords(e)
		if words != "" {
			words = ": " + words
		}
		b.WriteString("\n<p class=\"mute\">" + htmlText(oneLine(e.From)+" → "+oneLine(e.To)+words) + "</p>")
	}
	return b.String()
}

func flowNode(f *incident.Flow, id string) bool {
	for _, n := range f.Nodes {
		if n.ID == id {
			return true
		}
	}
	return false
}

// sequenceSVG draws who told whom, in order of time.
func sequenceSVG(f *incident.Flow) string {
	at := map[string]int{}
	for i, n := range f.Nodes {
		if _, twice := at[n.ID]; !twice {
			at[n.ID] = 100 + i*partGap
		}
	}
	width, height := 200+(len(f.Nodes)-1)*partGap, 60+len(f.Edges)*38
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Who did what, in order">`+"\n", width, height, width, height)
	b.WriteString(arrowHead("s"))
	for _, n := range f.Nodes {
		x := at[n.ID]
		fmt.Fprintf(&b, `<line class="grid" x1="%d" x2="%d" y1="34" y2="%d"/><rect class="box" x="%d" y="4" width="180" height="30" rx="6"/><text text-anchor="middle" x="%d" y="23">%s</text>`+"\n",
			x, x, height, x-90, x, htmlText(clip(n.Label, boxChars)))
	}
	for i, e := range f.Edges {
		x1, ok1 := at[e.From]
		x2, ok2 := at[e.To]
		if !ok1 || !ok2 {
			continue
		}
		y := 70 + i*38
		fmt.Fprintf(&b, `<path class="edge" marker-end="url(#heads)" d="M%d %dH%d"/><text text-anchor="middle" x="%d" y="%d">%s</text>`+"\n",
			x1, y, x2, (x1+x2)/2, y-6, htmlText(clip(edgeWords(e), 44)))
	}
	b.WriteString("</svg>")
	return b.String()
}

// breakLabel breaks text into lines of at most n characters, the last one cut.
func breakLabel(s string, n, most int) []string {
	var lines []string
	cur := ""
	for _, w := range strings.Fields(oneLine(s)) {
		for utf8.RuneCountInString(w) > n {
			r := []rune(w)
			if cur != "" {
				lines = append(lines, cur)
				cur = ""
			}
			lines = append(lines, string(r[:n]))
			w = string(r[n:])
		}
		if cur != "" && utf8.RuneCountInString(cur)+1+utf8.RuneCountInString(w) > n {
			lines = append(lines, cur)
			cur = ""
		}
		cur = strings.TrimSpace(cur + " " + w)
	}
	if cur != "" {
		lines = append(lines, cur)
	}
	if len(lines) > most {
		lines = append(lines[:most-1:most-1], clip(strings.Join(lines[most-1:], " "), n))
	}
	return lines
}
