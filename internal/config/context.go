package config

import (
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"logwhy/internal/diag"
)

// Context is what people know of the services and logs do not say.
type Context struct {
	Services   []Service // by name
	Statements []Statement
}

// Service is one service as its people describe it.
type Service struct {
	Name      string // as the logs call it
	Title     string
	Owner     string
	Purpose   string
	DependsOn []string // names of services
	Healthy   []string // texts or signature ids that show that it works
	Hosts     []string // names under which others call it, in lower case, without port
}

// Statement is a sentence about the business that reports quote as it is.
type Statement struct {
	Text  string
	About string // a service, or "" for all
}

func serviceKeys() []string {
	return []string{"title", "owner", "purpose", "depends_on", "healthy", "hosts"}
}

// ParseContext reads a context file, YAML or JSON. name is how the file is
// called in problems.
func ParseContext(name string, data []byte) (Context, diag.Problems) {
	d := &document{name: name}
	root := d.parse(data)
	if root == nil {
		return Context{}, d.bad
	}
	var out Context
	if m, ok := d.mapping(root, "the file", []string{"services", "statements"}); ok {
		out.Services = d.services(m["services"])
		out.Statements = d.statements(m["statements"], out.Services)
		d.oneHostOneService(m["services"])
	}
	d.bad.Sort()
	return out, d.bad
}

func (d *document) services(n *yaml.Node) []Service {
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	m, ok := d.mapping(n, "services", nil)
	if !ok {
		return nil
	}
	var out []Service
	for name, v := range m {
		if v.Tag == "!!null" {
			out = append(out, Service{Name: name})
			continue
		}
		if keys, ok := d.mapping(v, "a service", serviceKeys()); ok {
			out = append(out, Service{
				Name: name, Title: d.text(keys["title"], "the title"), Owner: d.text(keys["owner"], "the owner"),
				Purpose: d.text(keys["purpose"], "the purpose"), DependsOn: values(d.items(keys["depends_on"], "depends_on")),
				Healthy: d.healthy(keys["healthy"]), Hosts: d.hosts(keys["hosts"]),
			})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

func values(ns []*yaml.Node) []string {
	var out []string
	for _, n := range ns {
		out = append(out, strings.TrimSpace(n.Value))
	}
	return out
}

// minHealthy is the shortest text that tells something apart.
const minHealthy = 4

func (d *document) healthy(n *yaml.Node) []string {
	ns := d.items(n, "healthy")
	for _, v := range ns {
		if len(strings.TrimSpace(v.Value)) < minHealthy {
			d.problem(v, "healthy", "Give a longer piece of the line.", "%q stands in too many lines to show health", v.Value)
		}
	}
	return values(ns)
}

// hosts are names as they stand in addresses; an address is cut down to its
// host with a problem, for its path would be forgotten silently.
func (d *document) hosts(n *yaml.Node) []string {
	var out []string
	for _, v := range d.items(n, "hosts") {
		h := strings.ToLower(strings.TrimSpace(v.Value))
		if strings.ContainsAny(h, "/ @?#") {
			d.problem(v, "host", "Give the name alone, such as ledger.example.com.", "%q is not the name of a host", v.Value)
			continue
		}
		if i := strings.LastIndexByte(h, ':'); i > 0 {
			h = h[:i] // one service, whatever the port
		}
		out = append(out, h)
	}
	return out
}

// oneHostOneService reports names of hosts that two services claim: a call
// could not be told to either.
func (d *document) oneHostOneService(n *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	owner := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		for k := 0; n.Content[i+1].Kind == yaml.MappingNode && k+1 < len(n.Content[i+1].Content); k += 2 {
			if n.Content[i+1].Content[k].Value != "hosts" {
				continue
			}
			list := n.Content[i+1].Content[k+1]
			hosts := list.Content
			if list.Kind == yaml.ScalarNode {
				hosts = []*yaml.Node{list}
			}
			for _, h := range hosts {
				name := n.Content[i].Value
				if o := owner[h.Value]; o != "" && o != name {
					d.problem(h, "host", "", "%q is a host of %s already", h.Value, o)
				}
				owner[h.Value] = name
			}
		}
	}
}

func (d *document) statements(n *yaml.Node, services []Service) []Statement {
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		d.problem(n, "form", "For example:  - {text: Sundays have no orders., about: checkout-api}", "statements is not a list")
		return nil
	}
	var names []string
	for _, s := range services {
		names = append(names, s.Name)
	}
	var out []Statement
	for _, c := range n.Content {
		m, ok := d.mapping(c, "a statement", []string{"text", "about"})
		if !ok {
			continue
		}
		s := Statement{Text: d.required(m["text"], c, "the text"), About: d.text(m["about"], "about")}
		if near := diag.Nearest(s.About, names); s.About != "" && near != "" && !isOneOf(s.About, names) {
			d.problem(m["about"], "about", `Did you mean "`+near+`"?`, "no service is called %q", s.About)
		}
		if s.Text != "" {
			out = append(out, s)
		}
	}
	return out
}
