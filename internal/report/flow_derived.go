package report

import (
	"strings"

	"logwhy/internal/incident"
)

// How much a derived picture holds.
const (
	mostRivalNodes = 4
	mostMessages   = 12
	leastMessages  = 3
)

// causeGraph draws the chain of an incident that brings no picture of its own:
// each why as an arrow with its verdict, dotted where the link does not hold,
// beside it the rivals, the last change before and what is not established.
// It says nothing that the text does not say.
func (v *view) causeGraph(i *incident.Incident) *incident.Flow {
	if i.Flow != nil || !established(i) {
		return i.Flow
	}
	g := &flowMaker{v: v, i: i, f: &incident.Flow{Kind: incident.FlowGraph}}
	effect := g.finding(i.Symptom, i.Title)
	symptom := effect
	for n := range i.Whys {
		w := &i.Whys[n]
		switch {
		case w.Verdict == "" && n > 0:
			g.edge(g.node("not established: what led to it"), effect, "", "")
		case w.Finding == "" || w.Finding == i.Symptom || g.has(w.Finding):
		default:
			cause := g.finding(w.Finding, "")
			g.edge(cause, effect, w.Verdict, joinedBy(w))
			effect = cause
		}
	}
	for n := range i.Rivals[:min(len(i.Rivals), mostRivalNodes)] {
		if r := &i.Rivals[n]; r.Verdict != "" && !g.has(r.Finding) {
			g.edge(g.finding(r.Finding, r.Title), symptom, r.Verdict, "")
		}
	}
	if c := v.lastChange(i); c != nil {
		g.edge(g.node(c.ID+" "+bare(c.Title)), symptom, incident.OrderOnly, lasting(i.First.Sub(c.Time))+" before")
	}
	return g.f
}

// joinedBy says by what a link was joined, where that is an id.
func joinedBy(w *incident.Why) string {
	switch w.Rung {
	case "trace", "request", "instance", "execution", "revision":
		return w.Verdict + ", same " + w.Rung
	}
	return w.Verdict
}

// lastChange is the change of an incident that stands last before its onset.
func (v *view) lastChange(i *incident.Incident) *incident.Change {
	var last *incident.Change
	for _, id := range i.Changes {
		c := v.changes[id]
		if c != nil && !c.Time.IsZero() && c.Time.Before(i.First) && (last == nil || c.Time.After(last.Time)) {
			last = c
		}
	}
	return last
}

// flowMaker adds nodes and edges to a flow.
type flowMaker struct {
	v *view
	i *incident.Incident
	f *incident.Flow
}

func (g *flowMaker) has(id string) bool { return id != "" && flowNode(g.f, id) }

// finding is the node of a finding: its title, how often, its first entry.
func (g *flowMaker) finding(id string, title incident.Prose) string {
	label := bare(title)
	if f := g.v.findings[id]; f != nil {
		label = bare(f.Title) + " ×" + amount(g.count(f))
		if id := g.shownBy(f); id != "" {
			label += ", " + id
		}
	}
	if id == "" || g.has(id) {
		return g.node(label)
	}
	g.f.Nodes = append(g.f.Nodes, incident.FlowNode{ID: id, Label: label})
	return id
}

// count is how often a finding was seen in the incident, as far as its phases
// tell; findings may belong to several.
func (g *flowMaker) count(f *incident.Finding) int {
	n := 0
	for _, p := range g.i.Phases {
		n += p.Counts[f.ID]
	}
	if n == 0 {
		return f.Count
	}
	return n
}

// shownBy is an entry of a finding: the first of the incident, else of all.
func (g *flowMaker) shownBy(f *incident.Finding) string {
	for _, id := range f.Evidence {
		if at := g.v.a.Evidence[id].Time; !at.Before(g.i.First) && !at.After(g.i.Last) {
			return id
		}
	}
	if len(f.Evidence) == 0 {
		return ""
	}
	return f.Evidence[0]
}

func (g *flowMaker) node(label string) string {
	id := "x" + amount(len(g.f.Nodes))
	g.f.Nodes = append(g.f.Nodes, incident.FlowNode{ID: id, Label: label})
	return id
}

func (g *flowMaker) edge(from, to, verdict, words string) {
	g.f.Edges = append(g.f.Edges, incident.FlowEdge{From: from, To: to, Verdict: verdict, Label: words})
}

// stepSequence draws the steps of one unit as messages between those who
// logged them: the platform, the callers, the program. A line of the program is
// a message to itself: whom it spoke to is not logged.
func (v *view) stepSequence(i *incident.Incident) *incident.Flow {
	if i.Steps == nil || len(i.Steps.Rows) < leastMessages || len(i.Steps.Rows) > mostMessages {
		return nil
	}
	f := &incident.Flow{Kind: incident.FlowSequence}
	seen := map[string]bool{}
	take := func(id, label string) string {
		if !seen[id] {
			seen[id] = true
			f.Nodes = append(f.Nodes, incident.FlowNode{ID: id, Label: label})
		}
		return id
	}
	program := i.Scope.Service
	if program == "" {
		program = "the program"
	}
	for _, r := range i.Steps.Rows {
		if len(r.Evidence) == 0 {
			continue // nobody logged it
		}
		e := v.a.Evidence[r.Evidence[0]]
		from, to := "program", "program"
		switch text := e.Message; {
		case strings.HasPrefix(text, "HTTP "):
			from = take("caller", "callers")
		case platformLog(e.LogName) && (strings.HasPrefix(text, "Container called exit") || strings.HasPrefix(text, "Container terminated")):
			to = "platform"
		case platformLog(e.LogName):
			from = take("platform", "the platform")
		}
		take("program", program)
		if to == "platform" {
			take(to, "the platform")
		}
		f.Edges = append(f.Edges, incident.FlowEdge{From: from, To: to, Verdict: incident.Supported, Label: strings.TrimSpace(r.Offset+" "+clip(bare(r.What), 52)) + ", " + r.Evidence[0]})
	}
	if len(f.Nodes) < 2 || len(f.Edges) < leastMessages {
		return nil // the table says as much
	}
	return f
}

// platformLog reports whether the platform writes a log, not the program.
func platformLog(name string) bool {
	return strings.HasSuffix(name, "run.googleapis.com%2Fvarlog%2Fsystem") || strings.Contains(name, "cloudaudit.googleapis.com")
}
