package report

import (
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"

	"logwhy/internal/incident"
)

// Limits of a Slack message, with room to spare: 150 characters of a header,
// 3000 of a section, some 13,000 in all.
//
// See https://docs.slack.dev/reference/block-kit/blocks/section-block.
const (
	slackHeader  = 140
	slackSection = 2800
	slackField   = 600
	slackMost    = 5 // incidents named beside the first
)

type slackMessage struct {
	Text   string       `json:"text"` // what a notification shows
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type     string      `json:"type"`
	BlockID  string      `json:"block_id,omitempty"`
	Text     *slackWords `json:"text,omitempty"`
	Elements []any       `json:"elements,omitempty"`
}

type slackWords struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// writeSlack writes the body of a webhook call: a dozen lines on what fails,
// the cause, what is open and what to check. It sends nothing.
func writeSlack(w io.Writer, a *incident.Analysis, o Options) error {
	v := newView(a, o)
	title := clip(capital(v.title().Plain()), slackHeader)
	m := slackMessage{Text: slackText(title), Blocks: []slackBlock{{Type: "header", Text: &slackWords{"plain_text", title}}}}
	section := func(lines []string) {
		if text := slackJoin(lines); text != "" {
			m.Blocks = append(m.Blocks, slackBlock{Type: "section", Text: &slackWords{"mrkdwn", text}})
		}
	}
	m.Blocks = append(m.Blocks, v.slackStates()...)
	if len(a.Incidents) == 0 {
		section([]string{slackProse(v.readWords()), slackProse(v.errorWords())})
	} else {
		section(v.slackIncident(&a.Incidents[0]))
		section(v.slackNext(&a.Incidents[0]))
		section(v.slackOthers())
	}
	section(v.slackBaseline())
	foot := []string{"Draft, machine generated, not reviewed.", slackProse(v.standingWords())}
	for _, b := range a.Coverage.Banner {
		foot = append(foot, slackProse(b))
	}
	m.Blocks = append(m.Blocks, slackBlock{Type: "context", Elements: []any{slackWords{"mrkdwn", slackClip(strings.Join(foot, " "), slackSection)}}})
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(m)
}

func (v *view) slackIncident(i *incident.Incident) []string {
	s := i.Summary
	lines := []string{"*" + slackText(capital(i.Severity)) + ", " + slackText(statusWords(v.a, i.Status)) + "*"}
	lines = append(lines, slackField1("Fails", s.Fails))
	for _, p := range i.About[:min(len(i.About), 2)] {
		lines = append(lines, slackField1("About", p))
	}
	lines = append(lines, slackField1("Since", s.Since), slackField1("Changed", s.Changed))
	if established(i) {
		lines = append(lines, slackField1("Cause"+verdictInParens(s.Verdict), s.Cause), slackField1("Open", s.Open))
	} else {
		lines = append(lines, slackField1("Cause", "not established. "+s.Cause))
	}
	return lines
}

// slackField1 is a line with its label, or nothing.
func slackField1(label string, p incident.Prose) string {
	text := slackClip(slackProse(p), slackField)
	if text == "" {
		return ""
	}
	return "*" + label + ":* " + text
}

func (v *view) slackNext(i *incident.Incident) []string {
	var lines []string
	for n, c := range i.Summary.Next[:min(len(i.Summary.Next), 3)] {
		if n == 0 {
			lines = append(lines, "*Check next*")
		}
		lines = append(lines, "• "+slackClip(slackProse(c.Text), slackField))
	}
	return lines
}

// slackBaseline says in a line each what is new against a normal stretch, and
// how findings stand against the runs before.
func (v *view) slackBaseline() []string {
	var lines []string
	if v.a.Baseline != nil {
		lines = append(lines, slackField1("Baseline", rateSummary(v.a.Baseline)))
	}
	if v.a.States != nil { // told in full
		return lines
	}
	n := map[string]int{}
	for _, f := range v.a.Findings {
		n[f.State]++
	}
	var parts []string
	for _, s := range stateOrder {
		if n[s] > 0 {
			parts = append(parts, amount(n[s])+" "+s)
		}
	}
	return append(lines, slackField1("Against the runs before", incident.Prose(strings.Join(parts, ", "))))
}

func (v *view) slackOthers() []string {
	var lines []string
	for n := 1; n < min(len(v.a.Incidents), slackMost+1); n++ {
		i := &v.a.Incidents[n]
		lines = append(lines, "*"+slackText(i.ID)+"* "+slackText(i.Severity)+", "+slackText(i.Status)+": "+slackClip(slackProse(brief(i)), slackField))
	}
	if n := len(v.a.Incidents) - 1 - slackMost; n > 0 {
		lines = append(lines, "and "+many(n, "more incident"))
	}
	return lines
}

// slackProse writes prose as mrkdwn. Evidence ids lead nowhere in a message,
// so those in parentheses are left out.
func slackProse(p incident.Prose) string {
	var b strings.Builder
	for _, s := range withoutRefs(p).Spans() {
		switch s.Kind {
		case incident.SpanCode:
			b.WriteString(slackCode(s.Text))
		case incident.SpanRef:
			b.WriteString(s.Text)
		default:
			b.WriteString(slackSpaced(s.Text))
		}
	}
	return strings.TrimSpace(b.String())
}

// slackSpaced is slackText that keeps the space at the ends.
func slackSpaced(s string) string {
	text := slackText(s)
	if text == "" {
		return " "
	}
	if strings.HasPrefix(s, " ") {
		text = " " + text
	}
	if strings.HasSuffix(s, " ") {
		text += " "
	}
	return text
}

func slackJoin(lines []string) string {
	var out []string
	for _, l := range lines {
		if l != "" {
			out = append(out, l)
		}
	}
	return slackClip(strings.Join(out, "\n"), slackSection)
}

// slackClip cuts mrkdwn to n characters, without leaving half an entity or an
// open code span behind.
func slackClip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	s = string([]rune(s)[:n-2])
	if i := strings.LastIndexByte(s, '&'); i >= 0 && !strings.Contains(s[i:], ";") {
		s = s[:i]
	}
	if strings.Count(s, "`")%2 == 1 {
		s += "`"
	}
	return s + "…"
}
