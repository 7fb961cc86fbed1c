package report

import (
	"fmt"
	"slices"
	"strings"

	"logwhy/internal/incident"
)

// What the renderers of Mermaid take. GitHub refuses more than 500 edges and
// 50,000 characters; GitLab draws 2,000 characters in an issue without a
// click. A picture with more than forty arrows tells nobody anything.
const (
	maxFlowEdges     = 40
	maxMermaid       = 20_000
	maxMermaidGitLab = 1_900
)

// flow draws a flow: as a Mermaid fence where the target can show one and it
// fits, otherwise as a list of what led to what. A flow of a single arrow is
// left out, because the sentence beside it says the same.
func (m *markdown) flow(f *incident.Flow) string {
	if m.o.Audience == AudienceOncall || !tellsMore(f) {
		return ""
	}
	text := m.flowList(f)
	if src := mermaid(f); m.o.Mermaid && m.o.Target != TargetPlain && fits(src, m.o.Target) && m.pictures+len(src) <= mostPictures(m.o.Target) {
		m.pictures += len(src)
		text = "\n```mermaid\n" + src + "```\n"
	}
	if note := m.prose(f.Note); note != "" {
		text += "\n" + markdownStart(note) + "\n"
	}
	return text
}

// tellsMore reports whether a picture says more than a sentence.
func tellsMore(f *incident.Flow) bool {
	return f != nil && len(f.Nodes) > 1 && len(f.Edges) > 1 && len(f.Edges) <= maxFlowEdges
}

// mostPictures is how much of Mermaid a page may hold: GitLab counts all of it.
func mostPictures(t Target) int {
	if t == TargetGitLab {
		return maxMermaidGitLab
	}
	return 10 * maxMermaid
}

func fits(src string, t Target) bool {
	if t == TargetGitLab {
		return len(src) <= maxMermaidGitLab
	}
	return len(src) <= maxMermaid
}

// mermaid writes the source of a flow. Ids are made here, labels are escaped.
func mermaid(f *incident.Flow) string {
	ids := make(map[string]string, len(f.Nodes))
	for n, node := range f.Nodes {
		if _, twice := ids[node.ID]; !twice {
			ids[node.ID] = fmt.Sprintf("n%d", n+1)
		}
	}
	if f.Kind == incident.FlowSequence {
		return mermaidSequence(f, ids)
	}
	return mermaidGraph(f, ids)
}

func mermaidSequence(f *incident.Flow, ids map[string]string) string {
	var b strings.Builder
	b.WriteString("sequenceDiagram\n")
	for _, n := range f.Nodes {
		fmt.Fprintf(&b, "    participant %s as %s\n", ids[n.ID], mermaidLabel(n.Label))
	}
	for _, e := range f.Edges {
		if ids[e.From] != "" && ids[e.To] != "" {
			fmt.Fprintf(&b, "    %s->>%s: %s\n", ids[e.From], ids[e.To], mermaidLabel(edgeWords(e)))
		}
	}
	return b.String()
}

func mermaidGraph(f *incident.Flow, ids map[string]string) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for n, group := range groups(f) {
		indent := "    "
		if group != "" {
			fmt.Fprintf(&b, "    subgraph g%d[\"%s\"]\n", n+1, mermaidLabel(group))
			indent = "        "
		}
		for _, node := range f.Nodes {
			if node.Group == group {
				fmt.Fprintf(&b, "%s%s[\"%s\"]\n", indent, ids[node.ID], mermaidLabel(node.Label))
			}
		}
		if group != "" {
			b.WriteString("    end\n")
		}
	}
	for _, e := range f.Edges {
		from, to := flowEnd(f, ids, e.From), flowEnd(f, ids, e.To)
		if from != "" && to != "" {
			fmt.Fprintf(&b, "    %s %s %s\n", from, arrow(e), to)
		}
	}
	return b.String()
}

// groups returns the names of the groups in the order in which nodes name them.
func groups(f *incident.Flow) []string {
	var out []string
	for _, n := range f.Nodes {
		if !slices.Contains(out, n.Group) {
			out = append(out, n.Group)
		}
	}
	return out
}

// flowEnd resolves the end of an edge: a node, or a group by its name.
func flowEnd(f *incident.Flow, ids map[string]string, name string) string {
	if id := ids[name]; id != "" {
		return id
	}
	if i := slices.Index(groups(f), name); i >= 0 && name != "" {
		return fmt.Sprintf("g%d", i+1)
	}
	return ""
}

// arrow is solid for what is supported, dotted for everything else.
func arrow(e incident.FlowEdge) string {
	label := edgeWords(e)
	solid := solidEdge(e)
	switch {
	case label == "" && solid:
		return "-->"
	case label == "":
		return "-.->"
	case solid:
		return `-->|"` + mermaidLabel(label) + `"|`
	}
	return `-. "` + mermaidLabel(label) + `" .->`
}

func solidEdge(e incident.FlowEdge) bool {
	return e.Verdict == incident.Supported || e.Verdict == incident.Plausible
}

// edgeWords names the verdict of an edge that is not supported.
func edgeWords(e incident.FlowEdge) string {
	if e.Verdict == "" || e.Verdict == incident.Supported || strings.HasPrefix(e.Label, verdictWords(e.Verdict)) {
		return e.Label
	}
	if e.Label == "" {
		return verdictWords(e.Verdict)
	}
	return verdictWords(e.Verdict) + ": " + e.Label
}

// flowList is a flow in words, for places that draw no Mermaid.
func (m *markdown) flowList(f *incident.Flow) string {
	labels := map[string]string{}
	for _, n := range f.Nodes {
		labels[n.ID] = n.Label
	}
	var b strings.Builder
	for _, e := range f.Edges {
		from, to := labels[e.From], labels[e.To]
		if from == "" {
			from = e.From
		}
		if to == "" {
			to = e.To
		}
		b.WriteString("- " + markdownCode(from, false) + " → " + markdownCode(to, false))
		if words := edgeWords(e); words != "" {
			b.WriteString(": " + markdownCode(words, false))
		}
		b.WriteByte('\n')
	}
	return "\n" + b.String()
}
