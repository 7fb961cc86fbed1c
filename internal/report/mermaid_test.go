package report

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"logwhy/internal/incident"
)

// A diagram is what the checker reads of Mermaid: the subset that this package
// writes, and nothing beside it.
type diagram struct {
	kind   string            // sequenceDiagram or flowchart
	labels map[string]string // of nodes, participants and subgraphs, by id
	order  []string          // ids as they are declared
	edges  []diagramEdge
}

type diagramEdge struct {
	from, to, label string
	dotted          bool
}

const label = `((?:[\p{L}\p{Nd} ./=,:_-]|#\d+;)+)`

var (
	participantLine = regexp.MustCompile(`^ {4}participant (n\d+) as ` + label + `$`)
	messageLine     = regexp.MustCompile(`^ {4}(n\d+)->>(n\d+): ` + label + `$`)
	subgraphLine    = regexp.MustCompile(`^ {4}subgraph (g\d+)\["` + label + `"\]$`)
	nodeLine        = regexp.MustCompile(`^ {4}( {4})?(n\d+)\["` + label + `"\]$`)
	edgeLine        = regexp.MustCompile(`^ {4}([ng]\d+) (?:(-->)|(-\.->)|-->\|"` + label + `"\||-\. "` + label + `" \.->) ([ng]\d+)$`)
	keyword         = regexp.MustCompile(`(?i)\b(?:end|click|style|class|classDef|linkStyle|subgraph|direction|participant|actor|loop|alt|par|note)\b`)
	entityCode      = regexp.MustCompile(`#(\d+);`)
)

// readMermaid reads a diagram and refuses every line that is none of ours, and
// every id that is not declared or declared twice.
func readMermaid(source string) (*diagram, error) {
	lines := strings.Split(strings.TrimSuffix(source, "\n"), "\n")
	d := &diagram{labels: map[string]string{}}
	var read func(string) error
	switch lines[0] {
	case "sequenceDiagram":
		read = d.sequenceLine
	case "flowchart LR":
		read = (&chart{diagram: d}).line
	default:
		return nil, fmt.Errorf("a diagram of the kind %q", lines[0])
	}
	d.kind = lines[0]
	for n, l := range lines[1:] {
		if err := read(l); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+2, err)
		}
	}
	for _, e := range d.edges {
		for _, id := range []string{e.from, e.to} {
			if _, ok := d.labels[id]; !ok {
				return nil, fmt.Errorf("an arrow at %s, which nothing declares", id)
			}
		}
	}
	return d, nil
}

func (d *diagram) declare(id, text string) error {
	if _, twice := d.labels[id]; twice {
		return fmt.Errorf("%s is declared twice", id)
	}
	d.labels[id] = decodeLabel(text)
	d.order = append(d.order, id)
	return nil
}

func (d *diagram) sequenceLine(l string) error {
	if m := participantLine.FindStringSubmatch(l); m != nil {
		if len(d.edges) > 0 {
			return fmt.Errorf("a participant behind a message")
		}
		return d.declare(m[1], m[2])
	}
	if m := messageLine.FindStringSubmatch(l); m != nil {
		d.edges = append(d.edges, diagramEdge{from: m[1], to: m[2], label: decodeLabel(m[3])})
		return nil
	}
	return fmt.Errorf("no participant and no message: %q", l)
}

// chart reads a flowchart.
type chart struct {
	*diagram
	open bool // a subgraph is
}

func (c *chart) line(l string) error {
	if m := subgraphLine.FindStringSubmatch(l); m != nil && !c.open {
		c.open = true
		return c.declare(m[1], m[2])
	}
	if l == "    end" && c.open {
		c.open = false
		return nil
	}
	if m := nodeLine.FindStringSubmatch(l); m != nil && (m[1] != "") == c.open {
		return c.declare(m[2], m[3])
	}
	if m := edgeLine.FindStringSubmatch(l); m != nil && !c.open {
		c.edges = append(c.edges, diagramEdge{from: m[1], to: m[6], label: decodeLabel(m[4] + m[5]), dotted: m[3] != "" || m[5] != ""})
		return nil
	}
	return fmt.Errorf("not ours: %q", l)
}

// decodeLabel reads entity codes as Mermaid does.
func decodeLabel(s string) string {
	return entityCode.ReplaceAllStringFunc(s, func(code string) string {
		n, err := strconv.Atoi(code[1 : len(code)-1])
		if err != nil {
			return code
		}
		return string(rune(n))
	})
}

// checkDiagram reads what a flow is drawn as and holds it against the flow.
func checkDiagram(t testing.TB, f *incident.Flow) {
	t.Helper()
	source := mermaid(f)
	d, err := readMermaid(source)
	if err != nil {
		t.Fatalf("%v in\n%s", err, source)
	}
	var want, got []string
	for _, n := range f.Nodes {
		want = append(want, shownLabel(n.Label))
	}
	for _, id := range d.order {
		if id[0] == 'n' {
			got = append(got, d.labels[id])
		}
	}
	slices.Sort(want) // groups put nodes into another order
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("the nodes say %q, want %q", got, want)
	}
	if len(d.edges) != len(f.Edges) {
		t.Fatalf("%d arrows, want %d in\n%s", len(d.edges), len(f.Edges), source)
	}
	for i, e := range f.Edges {
		if words := edgeWords(e); words != "" && d.edges[i].label != shownLabel(words) {
			t.Fatalf("an arrow says %q, want %q", d.edges[i].label, shownLabel(words))
		}
	}
	for _, l := range strings.Split(source, "\n")[1:] { // words that Mermaid could take for its own stand in no label
		for _, m := range regexp.MustCompile(`(?:as |: |\[")`+label).FindAllStringSubmatch(l, -1) {
			if w := keyword.FindString(m[1]); strings.EqualFold(w, "end") || strings.EqualFold(w, "direction") {
				t.Fatalf("the word %q is bare in %q", w, l)
			}
		}
	}
}

func shownLabel(s string) string {
	if s = clip(s, 80); s == "" {
		return "-"
	}
	return s
}

// flowsOf are the flows of an analysis, drawn in both ways, and those that are
// derived where an incident brings none.
func flowsOf(a *incident.Analysis) []*incident.Flow {
	var out []*incident.Flow
	v := newView(a, Options{})
	for i := range a.Incidents {
		bare := a.Incidents[i]
		bare.Flow = nil
		for _, f := range []*incident.Flow{v.causeGraph(&bare), v.stepSequence(&bare)} {
			if f != nil {
				out = append(out, f)
			}
		}
	}
	for i := range a.Incidents {
		if f := a.Incidents[i].Flow; f != nil {
			graph, sequence := *f, *f
			graph.Kind, sequence.Kind = incident.FlowGraph, incident.FlowSequence
			out = append(out, &graph)
			if !slices.ContainsFunc(f.Edges, func(e incident.FlowEdge) bool { return !flowNode(f, e.From) || !flowNode(f, e.To) }) {
				out = append(out, &sequence)
			}
		}
	}
	return out
}

// FuzzMermaid: a diagram holds its labels, decoded, and nothing else.
func FuzzMermaid(f *testing.F) {
	addHostile(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, flow := range flowsOf(filled(s)) {
			checkDiagram(t, flow)
		}
	})
}

// TestMermaidChecker: the checker refuses what is none of ours.
func TestMermaidChecker(t *testing.T) {
	for _, source := range []string{
		"gantt\n", "sequenceDiagram\n    participant n1 as a\n    click n1\n", "sequenceDiagram\n    n1->>n2: x\n", "flowchart LR\n    n1[\"a\"]\n    n1[\"b\"]\n",
		"flowchart LR\n    n1[\"a\"b\"]\n", "flowchart LR\n    n1[\"<b>\"]\n", "flowchart LR\n    n1 --> n2\n", "flowchart LR\n    end\n",
		"flowchart LR\n    %%{init: {}}%%\n", "sequenceDiagram\n    participant n1 as a;b\n",
	} {
		if d, err := readMermaid(source); err == nil {
			t.Errorf("%q is read as %+v", source, d)
		}
	}
}

// TestDiagrams checks those of the stored analyses where they stand in Markdown.
func TestDiagrams(t *testing.T) {
	fence := regexp.MustCompile("(?s)```mermaid\n(.*?)```")
	seen := 0
	for _, name := range cases(t) {
		for _, target := range []Target{TargetGitHub, TargetGitLab} {
			for _, m := range fence.FindAllStringSubmatch(render(t, "md", stored(t, name), Options{Mermaid: true, Target: target}), -1) {
				seen++
				if _, err := readMermaid(m[1]); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if target == TargetGitLab && len(m[1]) > 1900 {
					t.Errorf("%s: %d characters for GitLab", name, len(m[1]))
				}
			}
		}
		for _, f := range flowsOf(stored(t, name)) {
			checkDiagram(t, f)
		}
	}
	if seen == 0 {
		t.Error("no analysis has a diagram")
	}
}

// mermaidScript reads a JSON list of sources and writes what Mermaid's own
// parser says to each: "" or its error.
const mermaidScript = `
const { createRequire } = require("module"), { pathToFileURL } = require("url");
const from = createRequire(process.argv[1] + "/x.js");
const { JSDOM } = from("jsdom");
const dom = new JSDOM("");
global.window = dom.window; global.document = dom.window.document;
let text = "";
process.stdin.on("data", (d) => text += d).on("end", async () => {
  const mermaid = (await import(pathToFileURL(from.resolve("mermaid").replace(/dist[\\/].*$/, "dist/mermaid.core.mjs")))).default;
  const out = [];
  for (const s of JSON.parse(text)) out.push(await mermaid.parse(s).then(() => "", (e) => String(e.message || e)));
  console.log(JSON.stringify(out));
});
`

// TestMermaidParser has Mermaid's own parser read the diagrams, where node and
// the packages mermaid and jsdom are there: in a folder that MERMAID_DIR names,
// or below tools/mermaid of this repository.
func TestMermaidParser(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node to run Mermaid with")
	}
	dir := os.Getenv("MERMAID_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "tools", "mermaid")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "mermaid")); err != nil {
		t.Skip("no mermaid: npm install mermaid jsdom in a folder, and set MERMAID_DIR to it")
	}
	if dir, err = filepath.Abs(dir); err != nil {
		t.Fatal(err)
	}
	var sources []string
	for _, name := range cases(t) {
		for _, f := range flowsOf(stored(t, name)) {
			sources = append(sources, mermaid(f))
		}
	}
	for _, s := range hostile {
		for _, f := range flowsOf(filled(s)) {
			sources = append(sources, mermaid(f))
		}
	}
	sources = append(sources, "flowchart LR\n    n1[\"a\n") // which it must refuse
	in, err := json.Marshal(sources)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", mermaidScript, dir)
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(in)), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var errors []string
	if err := json.Unmarshal(out, &errors); err != nil || len(errors) != len(sources) {
		t.Fatalf("%v, %d answers to %d diagrams", err, len(errors), len(sources))
	}
	for i, e := range errors[:len(errors)-1] {
		if e != "" {
			t.Errorf("Mermaid refuses\n%s\n%s", sources[i], e)
		}
	}
	if errors[len(errors)-1] == "" {
		t.Error("Mermaid takes anything")
	}
}

// TestDerivedFlows: the pictures of an incident that brings none say what its
// text says: the chain with its verdicts, rivals, the change before; and who
// logged the steps.
func TestDerivedFlows(t *testing.T) {
	a := stored(t, "crash-loop")
	i := &a.Incidents[0]
	i.Flow = nil
	for id, e := range a.Evidence {
		if e.Message == "Container called exit(3)." || strings.HasPrefix(e.Message, "Starting new instance") || strings.HasPrefix(e.Message, "Default STARTUP") {
			e.LogName = "projects/acme-staging/logs/run.googleapis.com%2Fvarlog%2Fsystem"
			a.Evidence[id] = e
		}
	}
	v := newView(a, Options{})
	graph, sequence := mermaid(v.causeGraph(i)), mermaid(v.stepSequence(i))
	for _, want := range []string{"container exit 3 #215;15", "-->|\"supported", "not established", "-.-> n3", "-. \"order only"} {
		if !strings.Contains(graph, want) {
			t.Errorf("the graph lacks %s:\n%s", want, graph)
		}
	}
	for _, want := range []string{"participant n1 as the platform", "as checkout-api", "n1->>n2: 0.00 s Starting new instance", "n2->>n1: 5.18 s Container called exit", "n2->>n2: 4.74 s"} {
		if !strings.Contains(sequence, want) {
			t.Errorf("the sequence lacks %s:\n%s", want, sequence)
		}
	}
	if got := render(t, "md", a, Options{Mermaid: true}); strings.Count(got, "```mermaid") != 2 {
		t.Errorf("%d diagrams, want 2", strings.Count(got, "```mermaid"))
	}
	total := 0
	for _, m := range regexp.MustCompile("(?s)```mermaid\n(.*?)```").FindAllStringSubmatch(render(t, "md", a, Options{Mermaid: true, Target: TargetGitLab}), -1) {
		total += len(m[1])
	}
	if total == 0 || total > maxMermaidGitLab {
		t.Errorf("%d characters of diagrams for GitLab", total)
	}
	i.Causes = nil
	v = newView(a, Options{})
	if v.causeGraph(i) != nil {
		t.Error("a graph without a cause")
	}
}
