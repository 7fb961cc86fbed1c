package report

import (
	"html"
	"strconv"
	"strings"
	"unicode"
)

// htmlText writes foreign text for an element or a quoted attribute. Line
// feeds stay, for places that keep them.
func htmlText(s string) string { return html.EscapeString(visibleText(s)) }

// mermaidLabel writes foreign text as the inside of a quoted label: letters,
// digits, spaces and "./=-,:_" stay, everything else becomes the entity code
// "#123;" that Mermaid knows. It is cut to 80 runes and never empty.
//
// See https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters.
func mermaidLabel(s string) string {
	s = clip(s, 80)
	if s == "" {
		return "-"
	}
	var b strings.Builder
	for i, word := range strings.Split(s, " ") {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(mermaidWord(word))
	}
	return b.String()
}

// mermaidWord escapes a word. "end" is a keyword even inside a message of a
// sequence diagram, and "direction" inside the title of a subgraph, so their
// first letter is written as a code.
func mermaidWord(w string) string {
	bare := strings.ToLower(strings.TrimRight(w, ".,:"))
	keyword := bare == "end" || bare == "direction"
	var b strings.Builder
	for i, r := range w {
		plain := unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("./=-,:_", r)
		if plain && !(i == 0 && keyword) {
			b.WriteRune(r)
			continue
		}
		b.WriteString("#" + strconv.Itoa(int(r)) + ";")
	}
	return b.String()
}

// csvField keeps a spreadsheet from reading text as a formula: a field that
// opens with = + - @ gets a leading apostrophe, and it stays on one line.
//
// See https://owasp.org/www-community/attacks/CSV_Injection.
func csvField(s string) string {
	s = oneLine(s)
	if s != "" && strings.ContainsRune("=+-@|%", rune(s[0])) {
		return "'" + s
	}
	return s
}

// commandData escapes the data of a GitHub workflow command.
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(visibleText(s))
}

// commandProperty escapes a property of a GitHub workflow command.
func commandProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(commandData(s))
}

// slackText escapes the three characters that Slack's mrkdwn gives meaning,
// by which no text can name a channel, a user or a link.
//
// See https://docs.slack.dev/messaging/formatting-message-text.
func slackText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(oneLine(s))
}

// slackCode writes foreign text as code. Slack knows no way to quote a
// backtick, so it becomes an apostrophe.
func slackCode(s string) string {
	return "`" + strings.ReplaceAll(slackText(s), "`", "'") + "`"
}
