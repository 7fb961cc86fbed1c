package report

import (
	"slices"
	"strconv"
	"strings"

	"logwhy/internal/incident"
)

// madeLines say what was read and how, so that another can do it again. They
// are prose of ours, for every renderer.
func (v *view) madeLines() []incident.Prose {
	lines := []incident.Prose{v.commandWords()}
	lines = append(lines, v.inputLines()...)
	lines = append(lines, v.countWords(), v.scopeWords(), v.logWords(), v.levelWords(), v.errorWords())
	lines = append(lines, v.limitLines()...)
	lines = append(lines, v.a.Coverage.Notes...)
	for _, n := range v.a.Tool.Notes {
		lines = append(lines, incident.Prose(n))
	}
	lines = append(lines, v.skipWords(), v.redactionWords(), v.constantWords())
	return slices.DeleteFunc(lines, func(p incident.Prose) bool { return p == "" })
}

// commandWords name the command, the version and the rules.
func (v *view) commandWords() incident.Prose {
	t := v.a.Tool
	if t.Command == "" {
		return ""
	}
	s := incident.Code(t.Command)
	if t.Version != "" {
		s += ", " + t.Name + " " + t.Version
	}
	if t.Rules > 0 {
		s += ", " + many(t.Rules, "rule")
		if t.RuleSet != "" {
			s += " (" + t.RuleSet + ")"
		}
	}
	return incident.Prose(s + ".")
}

// inputLines describe the inputs: a line each, at most ten.
func (v *view) inputLines() []incident.Prose {
	ins := v.a.Inputs
	if len(ins) == 1 {
		return []incident.Prose{incident.Prose("Input: " + inputWords(ins[0]) + ".")}
	}
	const most = 10
	var lines []incident.Prose
	for _, in := range ins[:min(len(ins), most)] {
		lines = append(lines, incident.Prose("Input "+incident.Code(in.Name)+": "+inputWords(in)+"; "+many(in.Entries, "entry")+droppedWords(in)+"."))
	}
	if n := len(ins) - most; n > 0 {
		lines = append(lines, incident.Prose("And "+many(n, "more input")+"."))
	}
	return lines
}

// inputWords say what an input is: format, encoding, order, hash.
func inputWords(in incident.Input) string {
	parts := []string{formatWords(in.Format), in.Compression, encodingWords(in.Encoding), strings.ReplaceAll(in.Order, "-", " ")}
	if in.Lossy {
		parts = append(parts, "not all fields of an entry are in it")
	}
	if len(in.SHA256) >= 12 {
		parts = append(parts, "sha256 "+incident.Code(in.SHA256[:12]+"…"))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

func formatWords(f string) string {
	switch f {
	case "array":
		return "JSON array"
	case "ndjson":
		return "JSON, one entry a line"
	case "logging-api":
		return "the Cloud Logging API"
	}
	return f
}

func encodingWords(e string) string {
	switch e {
	case "utf-8":
		return "UTF-8"
	case "utf-8-bom":
		return "UTF-8 with BOM"
	case "utf-16le":
		return "UTF-16 LE"
	case "utf-16be":
		return "UTF-16 BE"
	}
	return e
}

// droppedWords say what of an input was not read, where it is anything.
func droppedWords(in incident.Input) string {
	s := ""
	if in.Filtered > 0 {
		s += ", " + amount(in.Filtered) + " filtered"
	}
	if in.Skipped > 0 {
		s += ", " + amount(in.Skipped) + " skipped"
	}
	if in.Duplicates > 0 {
		s += ", " + many(in.Duplicates, "duplicate")
	}
	return s
}

// countWords say how many entries were read, and what was left out.
func (v *view) countWords() incident.Prose {
	c := v.a.Coverage
	s := many(c.Entries, "entry") + " read, " + amount(c.Filtered) + " filtered, " + amount(c.Skipped) + " skipped, " + many(c.Duplicates, "duplicate") + "."
	if c.Untimed > 0 {
		s += " " + capital(many(c.Untimed, "entry")) + " without a time, quoted and counted and part of no order."
	}
	if c.Filter != "" {
		s += " Filter: " + incident.Code(c.Filter) + "."
	}
	return incident.Prose(s)
}

// scopeWords count the services, revisions and instances.
func (v *view) scopeWords() incident.Prose {
	c := v.a.Coverage
	var parts []string
	for _, n := range []incident.Count{{Name: "service", N: len(c.Services)}, {Name: "revision", N: len(c.Revisions)}, {Name: "instance", N: c.Instances}} {
		if n.N > 0 {
			parts = append(parts, many(n.N, n.Name))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return incident.Prose(capital(strings.Join(parts, ", ")) + ".")
}

func (v *view) logWords() incident.Prose {
	var parts []string
	unnamed := 0
	for _, l := range v.a.Coverage.Logs {
		if l.Name == "" {
			unnamed += l.N
			continue
		}
		parts = append(parts, incident.Code(l.Name)+" "+amount(l.N))
	}
	switch {
	case len(parts) == 0 && unnamed == 0:
		return ""
	case len(parts) == 0:
		return "No entry names its log."
	case unnamed > 0:
		parts = append(parts, "without a name "+amount(unnamed))
	}
	return incident.Prose("Logs present: " + strings.Join(parts, ", ") + ".")
}

// levelWords say how many entries declare a level.
func (v *view) levelWords() incident.Prose {
	declared, none := 0, 0
	for _, s := range v.a.Coverage.Severities {
		if s.Name == "" {
			none += s.N
		} else {
			declared += s.N
		}
	}
	switch {
	case declared+none == 0:
		return ""
	case none == 0:
		return "Level: every entry declares one."
	case declared == 0:
		return "Level: no entry declares one; it is taken from the text where the text has one."
	}
	has, hasNot := amount(declared)+" entries declare one", amount(none)+" do not (taken from their text where it has one)."
	if declared == 1 {
		has = "1 entry declares one"
	}
	if none == 1 {
		hasNot = "1 does not (taken from its text where it has one)."
	}
	return incident.Prose("Level: " + has + ", " + hasNot)
}

// errorWords say what share of the errors the report explains.
func (v *view) errorWords() incident.Prose {
	if v.nothingRead() {
		return ""
	}
	return incident.Prose(many(v.a.Coverage.Errors, "error event") + ", " + amount(v.unexplainedErrors()) + " unexplained.")
}

// unexplainedErrors counts the error events that no incident holds.
func (v *view) unexplainedErrors() int {
	n := 0
	for _, u := range v.a.Unexplained {
		n += u.Count
	}
	return n
}

// limitLines are the limits of the data that do not stand in the banner.
func (v *view) limitLines() []incident.Prose {
	var out []incident.Prose
	for _, w := range v.a.Coverage.Warnings {
		if w.Text != "" && !slices.Contains(v.a.Coverage.Banner, w.Text) {
			out = append(out, w.Text)
		}
	}
	return out
}

func (v *view) skipWords() incident.Prose {
	var parts []string
	for _, s := range v.a.Coverage.Skips {
		parts = append(parts, incident.Code(s.Source)+" ("+s.Reason+")")
	}
	if len(parts) == 0 {
		return ""
	}
	return incident.Prose("Skipped, the first " + strconv.Itoa(len(parts)) + ": " + strings.Join(parts, ", ") + ".")
}

func (v *view) redactionWords() incident.Prose {
	var parts []string
	for _, r := range v.a.Redactions {
		if r.Kind == "off" {
			return "Redaction: off (`--redact off`). Secrets and personal data stand as they were logged."
		}
		if r.N > 0 {
			parts = append(parts, amount(r.N)+" "+r.Kind)
		}
	}
	if len(parts) == 0 {
		return "Redaction: nothing to redact."
	}
	return incident.Prose("Redaction: " + strings.Join(parts, ", ") + ".")
}

func (v *view) constantWords() incident.Prose {
	var parts []string
	for _, c := range v.a.Constants {
		s := c.Name + " " + c.Value
		if c.Reason != "" {
			s += " (" + c.Reason + ")"
		}
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		return ""
	}
	return incident.Prose("Values used: " + strings.Join(parts, "; ") + ".")
}

// readInOneLine is the whole of it on the short report.
func (v *view) readInOneLine() incident.Prose {
	c := v.a.Coverage
	lines := []incident.Prose{v.countWords()}
	if len(v.a.Inputs) == 1 {
		lines = append(lines, incident.Prose(capital(inputWords(v.a.Inputs[0]))+"."))
	}
	if !c.From.IsZero() && c.To.After(c.From) {
		lines = append(lines, incident.Prose("The entries span "+lasting(c.To.Sub(c.From))+"."))
	}
	lines = append(lines, v.limitLines()...)
	lines = append(lines, c.Notes...)
	lines = append(lines, v.redactionWords())
	if v.a.Tool.Command != "" {
		lines = append(lines, incident.Prose("Made by "+incident.Code(v.a.Tool.Command)+"."))
	}
	return sentencesOf(lines)
}

// sentencesOf joins sentences to a paragraph, without the empty ones.
func sentencesOf(lines []incident.Prose) incident.Prose {
	var parts []string
	for _, l := range lines {
		if l != "" {
			parts = append(parts, string(l))
		}
	}
	return incident.Prose(strings.Join(parts, " "))
}

// standingWords say how many incidents there are, where and when.
func (v *view) standingWords() incident.Prose {
	lines := []incident.Prose{incident.Prose(incidentsWords(v.a)), v.placeWords()}
	if !v.nothingRead() {
		lines = append(lines, incident.Prose(v.clock.note()))
		if !v.a.Coverage.Cut {
			lines = append(lines, v.spanWords())
		}
	}
	return sentencesOf(lines)
}

// placeWords name the project and the location of the first incident.
func (v *view) placeWords() incident.Prose {
	var s incident.Scope
	if len(v.a.Incidents) > 0 {
		s = v.a.Incidents[0].Scope
	} else if len(v.a.Coverage.Projects) == 1 {
		s.Project = v.a.Coverage.Projects[0]
	}
	if s.Project == "" {
		return ""
	}
	text := "Project "
	if kind := kindWords(s.Kind); kind != "" {
		text = kind + prefixed(" ", codeOf(s.Service)) + ", project "
	}
	text += incident.Code(s.Project)
	if s.Location != "" {
		text += ", " + s.Location
	}
	return incident.Prose(text + ".")
}

// codeOf is a code span, or nothing of nothing.
func codeOf(s string) string {
	if s == "" {
		return ""
	}
	return incident.Code(s)
}

// spanWords say from when to when the input reaches.
func (v *view) spanWords() incident.Prose {
	c := v.a.Coverage
	if c.From.IsZero() || c.To.IsZero() {
		return ""
	}
	what := "What was read covers "
	if len(v.a.Inputs) == 1 && v.a.Inputs[0].Format != "logging-api" {
		what = "The file covers "
	}
	if from, to := v.clock.at(c.From), v.clock.at(c.To); from != to {
		return incident.Prose(what + from + " to " + to + ".")
	}
	return incident.Prose(what + lasting(c.To.Sub(c.From)) + ", from " + v.clock.at(c.From) + ".")
}

// Words of the report without an incident.

// readWords say what was read, since "nothing failed" is worth no more.
func (v *view) readWords() incident.Prose {
	c := v.a.Coverage
	if v.nothingRead() {
		return "Nothing: " + v.emptyWords()
	}
	s := many(c.Entries, "entry")
	if len(c.Services) > 0 {
		s += " of " + v.serviceNames(6)
	}
	return sentencesOf([]incident.Prose{incident.Prose(s + "."), v.logWords()})
}

// serviceNames are the services, at most so many by name.
func (v *view) serviceNames(most int) string {
	var names []string
	for _, s := range v.a.Coverage.Services[:min(len(v.a.Coverage.Services), most)] {
		names = append(names, incident.Code(s))
	}
	if n := len(v.a.Coverage.Services) - len(names); n > 0 {
		names = append(names, many(n, "more service"))
	}
	return joined(names)
}

// emptyWords say why there may be nothing.
func (v *view) emptyWords() incident.Prose {
	c := v.a.Coverage
	switch {
	case c.Filtered > 0:
		return incident.Prose(many(c.Filtered, "entry") + " did not pass the filter.")
	case c.Skipped > 0:
		return incident.Prose(many(c.Skipped, "record") + " could not be read.")
	case len(v.a.Inputs) == 1 && v.a.Inputs[0].Format == "logging-api":
		return "no entry matches what was asked for. That is no sign of health: see whether project, service and time are right."
	}
	return "the input holds no entry, which is what gcloud prints when its filter matches nothing. That is no sign of health."
}

// lookedForWords say how many errors there were and that none makes an incident.
func (v *view) lookedForWords() incident.Prose {
	s := "Errors, failed requests, exits, failed probes"
	if v.a.Tool.Rules > 0 {
		s += " and " + many(v.a.Tool.Rules, "known failure")
	}
	if v.a.Coverage.Errors == 0 {
		return incident.Prose(s + ": none was seen.")
	}
	return incident.Prose(s + ": " + many(v.a.Coverage.Errors, "error event") + ", none of which makes an incident (see below).")
}
