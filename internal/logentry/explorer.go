package logentry

import (
	"strings"
	"time"
)

// explorer is the page of Logs Explorer, whose parameters stand between
// semicolons: https://cloud.google.com/logging/docs/view/logs-explorer-interface.
const explorer = "https://console.cloud.google.com/logs/query"

// EntryLink opens one entry in Logs Explorer; "" where project, time or
// insertId is unknown. Both stand in the query, so that the link works whatever
// the page does with cursors.
func EntryLink(project string, t Time, insertID string) string {
	if insertID == "" || !t.Known() || project == "" {
		return ""
	}
	query := `timestamp="` + t.String() + "\"\ninsertId=" + quoted(insertID)
	return explorer + ";query=" + EscapeExplorer(query) + "?project=" + EscapeExplorer(project)
}

// quoted writes a text as a string of the query language.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// longestLink is where links end to work in mails, chats and proxies.
const longestLink = 4000

// QueryLink opens a query over a stretch of time in Logs Explorer. resource is
// the name it is asked of, as the API has it; "" is returned for a resource
// without a page, and for a query that is too long for a link.
func QueryLink(resource, filter string, from, to time.Time) string {
	parent, scope := parentOf(resource)
	if parent == "" {
		return ""
	}
	link := explorer
	if filter != "" {
		link += ";query=" + EscapeExplorer(filter)
	}
	if scope != "" {
		link += ";storageScope=storage," + EscapeExplorer(scope)
	}
	link += ";timeRange=" + EscapeExplorer(TimeOf(from).String()+"/"+TimeOf(to).String()) + "?" + parent
	if len(link) > longestLink {
		return ""
	}
	return link
}

// parentOf is the parameter that chooses the project, folder or organization
// of a resource, and the view when the resource is one.
func parentOf(resource string) (parameter, view string) {
	kind, rest, _ := strings.Cut(resource, "/")
	name, below, ok := strings.Cut(rest, "/")
	if ok && below != "" {
		view = resource
	}
	if name == "" {
		return "", ""
	}
	switch kind {
	case "projects":
		return "project=" + EscapeExplorer(name), view
	case "folders":
		return "folder=" + EscapeExplorer(name), view
	case "organizations":
		return "organizationId=" + EscapeExplorer(name), view
	}
	return "", ""
}

// EscapeExplorer escapes every byte that the parameters of Logs Explorer do
// not take as it is. Parentheses are among them: they would end a link in
// Markdown.
func EscapeExplorer(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.~$&+,:@", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
