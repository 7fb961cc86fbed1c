package report

import (
	"fmt"
	"slices"

	"logwhy/internal/incident"
)

// explorerLink is a query in Logs Explorer, with its range of time.
type explorerLink struct {
	name string         // "I1", "query 3"
	url  string         // safe
	text incident.Prose // what it shows
}

// maxExplorerLinks bounds the queries of a live read that are linked: the
// first ones are those that matter. Lists of texts make links that no reader
// wants to see; the analysis as JSON has them all.
const (
	maxExplorerLinks = 8
	longestShown     = 1000
)

// explorerLinks open what the service of each incident logged, and what a live
// read asked for. Queries that are too long for a link have none.
func (v *view) explorerLinks() []explorerLink {
	var out []explorerLink
	for k := range v.a.Incidents {
		i := &v.a.Incidents[k]
		if u := safeURL(i.Link); u != "" {
			out = append(out, explorerLink{i.ID, u, incident.Prose("all lines of " + codeOf(i.Scope.Service) + ", " + v.clock.at(i.First) + " to " + v.clock.at(i.Last))})
		}
	}
	n := 0
	for k, q := range v.a.Coverage.Asked {
		u := safeURL(q.Link)
		shown := slices.ContainsFunc(out, func(l explorerLink) bool { return l.url == u })
		if u == "" || len(u) > longestShown || q.Entries == 0 || n == maxExplorerLinks || shown {
			continue
		}
		n++
		out = append(out, explorerLink{fmt.Sprintf("query %d", k+1), u, incident.Prose(string(q.What) + ", " + many(q.Entries, "entry"))})
	}
	return out
}

// explorerIntro stands above the links.
const explorerIntro = "Queries in Logs Explorer, with their range of time:"

// queries lists the links to queries.
func (m *markdown) queries() {
	links := m.explorerLinks()
	if len(links) == 0 {
		return
	}
	items := make([]string, len(links))
	for i, l := range links {
		items[i] = "[" + l.name + "](" + l.url + ") " + m.prose(l.text)
	}
	m.para(explorerIntro)
	m.list(items)
}

// queries lists the links to queries.
func (p *page) queries() {
	links := p.explorerLinks()
	if len(links) == 0 {
		return
	}
	items := make([]string, len(links))
	for i, l := range links {
		items[i] = `<a class="out" rel="noopener noreferrer" target="_blank" href="` + htmlText(l.url) + `">` + htmlText(l.name) + "</a> " + p.prose(l.text)
	}
	p.put("<p>", explorerIntro, "</p>")
	p.list(items)
}
