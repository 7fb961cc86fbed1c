package rulecheck

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"
	"unicode"

	"logwhy/internal/incident"
	"logwhy/internal/signature"
)

// Proposal is a signature folder that a person may finish. It loads, and
// passes its own test; what it claims is for the person to say.
type Proposal struct {
	ID       string
	Count    int    // events of the pattern
	Template string // the pattern
	Files    []File
}

// File is one file of a proposal, by its path below the folder of rules.
type File struct {
	Name string
	Data []byte
}

// mostHits and mostMisses bound the entries of a proposal.
const (
	mostHits   = 3
	mostMisses = 3
	longest    = 160 // of a proposed text, in characters
)

// Propose drafts signatures for the most frequent patterns of an analysis that
// no signature recognises, at most n, under the pack given. The entries come
// from the evidence of the analysis and hold no more than it does.
func Propose(c *signature.Catalog, a *incident.Analysis, pack string, n int) []Proposal {
	taken := map[string]bool{}
	for _, s := range c.Signatures {
		taken[s.ID] = true
	}
	var out []Proposal
	for _, f := range patterns(a) {
		if len(out) >= n {
			break
		}
		if p, ok := propose(a, f, pack, taken); ok {
			out = append(out, p)
		}
	}
	return out
}

// patterns lists the pattern findings, one for each pattern, most frequent
// first.
func patterns(a *incident.Analysis) []incident.Finding {
	at := map[string]int{}
	var out []incident.Finding
	for _, f := range a.Findings {
		if !isPattern(f.Signature) {
			continue
		}
		i, ok := at[f.Signature]
		if !ok {
			at[f.Signature] = len(out)
			out = append(out, f)
			continue
		}
		out[i].Count += f.Count
		out[i].Evidence = append(out[i].Evidence[:len(out[i].Evidence):len(out[i].Evidence)], f.Evidence...)
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Count != out[j].Count {
			return out[i].Count > out[j].Count
		}
		return out[i].Signature < out[j].Signature
	})
	return out
}

func propose(a *incident.Analysis, f incident.Finding, pack string, taken map[string]bool) (Proposal, bool) {
	w, ok := wildcardOf(f.Template)
	if !ok {
		return Proposal{}, false
	}
	var hits []string
	for _, id := range f.Evidence {
		if ev, ok := a.Evidence[id]; ok && w.in(ev.Message) && len(hits) < mostHits {
			hits = append(hits, id)
		}
	}
	if len(hits) == 0 {
		return Proposal{}, false
	}
	id := freeID(pack, f.Template, taken)
	dir := strings.Replace(id, ".", "/", 1)
	return Proposal{ID: id, Count: f.Count, Template: f.Template, Files: []File{
		{dir + "/rule.yaml", ruleText(id, f, w.regexp())},
		{dir + "/hit.json", evidenceText(a, f, hits, true)},
		{dir + "/miss.json", evidenceText(a, f, nearMisses(a, w, hits), false)},
	}}, true
}

// wildcard is a template cut at what varies: between two texts stands one word.
type wildcard []string

// wildcardOf cuts a template. It is refused when too little is left to
// recognise anything by.
func wildcardOf(template string) (wildcard, bool) {
	if r := []rune(template); len(r) > longest {
		template = string(r[:longest])
		if i := strings.LastIndexByte(template, ' '); i > 0 {
			template = template[:i]
		}
	}
	w := wildcard(strings.Split(template, "*"))
	most := 0
	for _, p := range w {
		most = max(most, len(strings.TrimSpace(p)))
	}
	return w, most >= 8 && !strings.ContainsFunc(template, unicode.IsControl)
}

// wordEnd are the characters that end a word, beside white space.
const wordEnd = "\"',;()[]{}"

// regexp is the wildcard as RE2.
func (w wildcard) regexp() string {
	parts := make([]string, len(w))
	for i, p := range w {
		parts[i] = regexp.QuoteMeta(p)
	}
	return strings.Join(parts, `[^\s"',;()\[\]{}]+`)
}

// maxSteps bounds the search for a wildcard in hostile text.
const maxSteps = 100_000

// in reports whether the wildcard stands anywhere in text.
func (w wildcard) in(text string) bool {
	steps := maxSteps
	for from := 0; from <= len(text); from++ {
		i := strings.Index(text[from:], w[0])
		if i < 0 {
			return false
		}
		from += i
		if w[1:].follows(text[from+len(w[0]):], &steps) {
			return true
		}
	}
	return false
}

// follows reports whether text begins with a word and the first part, a word
// and the second part, and so on.
func (w wildcard) follows(text string, steps *int) bool {
	if len(w) == 0 {
		return true
	}
	for end := 1; end <= len(text); end++ {
		if c := text[end-1]; c <= ' ' || strings.IndexByte(wordEnd, c) >= 0 {
			return false
		}
		if *steps--; *steps < 0 {
			return false
		}
		if strings.HasPrefix(text[end:], w[0]) && w[1:].follows(text[end+len(w[0]):], steps) {
			return true
		}
	}
	return false
}

// freeID makes an id of the first words of a template.
func freeID(pack, template string, taken map[string]bool) string {
	var words []string
	size := 0
	for _, w := range strings.FieldsFunc(strings.ToLower(template), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }) {
		if len(w) < 2 || len(words) == 5 || size+len(w) > 40 {
			continue
		}
		words = append(words, w)
		size += len(w) + 1
	}
	name := strings.Join(words, "-")
	if name == "" {
		name = "pattern"
	}
	id := pack + "." + name
	for n := 2; taken[id]; n++ {
		id = fmt.Sprintf("%s.%s-%d", pack, name, n)
	}
	taken[id] = true
	return id
}

// ruleText writes the rule. What only a person can say stands in comments.
func ruleText(id string, f incident.Finding, pattern string) []byte {
	title := strings.TrimRight(strings.ReplaceAll(incident.Clip(f.Template, 80), "*", "…"), ". ")
	if title == "" {
		title = id
	}
	title = strings.ReplaceAll(title, "{{", "{ {")
	var b strings.Builder
	fmt.Fprintf(&b, "# Proposed from %d events. Edit it, then run:  logwhy rules test DIR\n", f.Count)
	fmt.Fprintf(&b, "id: %s\ntitle: %s\n", id, single(title))
	b.WriteString("role: failure    # or fault, when the question why may end here\n")
	b.WriteString("match:\n  # Give names to what tells two findings apart, (?P<name>…), and list them under identity.\n")
	fmt.Fprintf(&b, "  message: {regex: %s}\n", single(pattern))
	fmt.Fprintf(&b, "answer: %s    # say in one sentence what was seen\n", single(title))
	b.WriteString("# leads_to:\n#   - {effect: \"class:request-error\", because: \"…the mechanism…\", join: [trace, request]}\n")
	b.WriteString("# references: [https://…]\n")
	return []byte(b.String())
}

// single is a YAML text in single quotes.
func single(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// nearMisses picks evidence that is not recognised and shares most words with
// what is.
func nearMisses(a *incident.Analysis, w wildcard, hits []string) []string {
	words := map[string]bool{}
	for _, id := range hits {
		for _, w := range strings.Fields(a.Evidence[id].Message) {
			words[w] = true
		}
	}
	type miss struct {
		id     string
		shared int
	}
	var misses []miss
	for id, ev := range a.Evidence {
		if ev.Message == "" || w.in(ev.Message) {
			continue
		}
		n := 0
		for _, w := range strings.Fields(ev.Message) {
			if words[w] {
				n++
			}
		}
		misses = append(misses, miss{id, n})
	}
	sort.Slice(misses, func(i, j int) bool {
		if misses[i].shared != misses[j].shared {
			return misses[i].shared > misses[j].shared
		}
		return misses[i].id < misses[j].id
	})
	var out []string
	for _, m := range misses[:min(len(misses), mostMisses)] {
		out = append(out, m.id)
	}
	return out
}

// evidenceText writes a hit or miss file. Where nothing near was found, the
// first word of the pattern alone is the near miss.
func evidenceText(a *incident.Analysis, f incident.Finding, ids []string, hit bool) []byte {
	file := map[string]any{}
	var entries []any
	for i, id := range ids {
		entries = append(entries, logEntry(a.Evidence[id], f.Scope.Kind, i))
	}
	if len(entries) == 0 {
		word, _, _ := strings.Cut(f.Template, " ")
		entries = append(entries, map[string]any{"insertId": "near-miss-1", "timestamp": "2026-01-01T00:00:00Z", "textPayload": word + " …"})
	}
	file["entries"] = entries
	if hit {
		file["expect"] = len(ids)
	}
	out, err := json.MarshalIndent(file, "", "  ")
	if err != nil { // texts and numbers alone always encode
		return nil
	}
	return append(out, '\n')
}

// logEntry writes evidence in the form of a LogEntry.
func logEntry(ev incident.Evidence, kind string, i int) map[string]any {
	out := map[string]any{"insertId": ev.InsertID, "textPayload": ev.Message}
	if ev.InsertID == "" {
		out["insertId"] = fmt.Sprintf("entry-%d", i+1)
	}
	if !ev.Time.IsZero() {
		out["timestamp"] = ev.Time.UTC().Format(time.RFC3339Nano)
	}
	set := func(m map[string]any, key, value string) {
		if value != "" {
			m[key] = value
		}
	}
	set(out, "severity", ev.Severity)
	set(out, "logName", ev.LogName)
	labels := map[string]any{}
	service := map[string]string{"cloud_run_job": "job_name", "cloud_function": "function_name", "gae_app": "module_id", "k8s_container": "container_name"}[kind]
	if service == "" {
		service = "service_name"
	}
	set(labels, "project_id", ev.Project)
	set(labels, service, ev.Service)
	set(labels, "revision_name", ev.Revision)
	if kind != "" {
		out["resource"] = map[string]any{"type": kind, "labels": labels}
	}
	if ev.Instance != "" {
		out["labels"] = map[string]any{"instanceId": ev.Instance}
	}
	return out
}
