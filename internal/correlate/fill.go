package correlate

import (
	"regexp"
	"strings"

	"logwhy/internal/incident"
	"logwhy/internal/signature"
)

// values are what the texts of a signature may be filled with: the captures of
// an event, then the names of its scope.
//
// The first events are enough: a template names one value.
func values(evs []*event) map[string]string {
	if len(evs) > 20 {
		evs = evs[:20]
	}
	out := map[string]string{}
	set := func(name, v string) {
		if v != "" && out[name] == "" {
			out[name] = v
		}
	}
	for _, ev := range evs {
		if ev.prim != nil {
			for i, name := range ev.prim.Sig.Captures {
				if i < len(ev.prim.Values) {
					set(name, ev.prim.Values[i])
				}
			}
		}
	}
	for _, ev := range evs {
		s := ev.scope
		set("service", s.Service)
		set("job", s.Service)
		set("revision", s.Revision)
		set("instance", s.Instance)
		set("execution", s.Execution)
		set("project", s.Project)
		set("location", s.Location)
		set("region", s.Location)
		set("pod", s.Pod)
		set("namespace", s.Namespace)
		set("container", s.Container)
	}
	return out
}

// ruleText fills a sentence of a signature; log text stands in code spans.
func (x *explainer) ruleText(sig *signature.Signature, template string, g *group) incident.Prose {
	return incident.Prose(sig.FillProse(template, values(g.rootEvents()), func(s string) string { return incident.Short(s, 160) }))
}

// rootEvents are the events of the cause, else of the headline.
func (g *group) rootEvents() []*event {
	if evs := g.members[g.root]; len(evs) > 0 {
		return evs
	}
	return g.events
}

var safeWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// shellWord quotes a value of the logs for a POSIX shell: what comes from a
// log must not run.
func shellWord(s string) string {
	if safeWord.MatchString(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// ruleCommand fills a command of a signature: values are quoted for the shell,
// and a name that is not known stays as a word in capitals to be replaced.
func (x *explainer) ruleCommand(sig *signature.Signature, template string, g *group) string {
	vals := values(g.rootEvents())
	template = knownWords(template, vals)
	var b strings.Builder
	for {
		head, rest, ok := strings.Cut(template, "{{")
		b.WriteString(head)
		if !ok {
			return b.String()
		}
		inner, after, ok := strings.Cut(rest, "}}")
		if !ok {
			b.WriteString("{{" + rest)
			return b.String()
		}
		name, words, _ := strings.Cut(inner, "|")
		name = strings.TrimSpace(name)
		switch {
		case vals[name] != "":
			b.WriteString(shellWord(vals[name]))
		case strings.TrimSpace(words) != "":
			b.WriteString(strings.TrimSpace(words))
		default:
			b.WriteString(strings.ToUpper(name))
		}
		template = after
	}
}

// knownWords puts what is known in the place of words in capitals that rules
// leave for a person: REGION, PROJECT, SERVICE, REVISION, JOB.
func knownWords(template string, vals map[string]string) string {
	return placeholder.ReplaceAllStringFunc(template, func(m string) string {
		word := strings.TrimLeft(m, " =")
		v := vals[strings.ToLower(word)]
		if v == "" {
			return m
		}
		return m[:len(m)-len(word)] + shellWord(v)
	})
}

var placeholder = regexp.MustCompile(`[ =](?:REGION|PROJECT|SERVICE|REVISION|JOB)\b`)

// isCommand tells a read-only command line from a sentence in a rule's next list.
func isCommand(s string) bool {
	for _, p := range []string{"gcloud ", "kubectl ", "grep ", "git ", "docker ", "curl ", "python ", "node ", "npm ", "openssl ", "dig ", "nc ", "psql ", "bq ", "gsutil ", "find . ", "find / ", "ls ", "cat ", "env | ", "printenv ", "go ", "jq ", "tr ", "sed ", "nslookup ", "redis-cli ", "mysql ", "SELECT ", "SHOW ", "EXPLAIN ", "crane ", "skopeo "} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// isFilter tells a Logs Explorer filter from a sentence.
func isFilter(s string) bool {
	for _, p := range []string{"resource.type", "logName", "severity", "textPayload", "jsonPayload", "protoPayload", "httpRequest", "resource.labels"} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// title names a finding in one short sentence.
func (x *explainer) title(f *finding) incident.Prose {
	if f.sig == nil {
		ev := f.events[0]
		if ev.ownReason && ev.reason != "" {
			return incident.Prose(incident.Short(ev.reason, 110))
		}
		if raised := ev.tr.Raised(); ev.hasTr && raised.Type != "" {
			return incident.Prose(incident.Short(firstLine(raised.Text()), 110))
		}
		return incident.Prose(incident.Short(headless(firstLine(ev.entry().Message)), 110))
	}
	return incident.Prose(f.sig.FillProse(f.sig.Title, values(f.events), func(s string) string { return incident.Short(s, 80) }))
}

// quoted is the line of an event as a sentence quotes it.
func quoted(ev *event, n int) string {
	e := ev.entry()
	if ev.hasTr {
		if ex := ev.tr.Raised(); ex.Type != "" {
			return incident.Short(ex.Type+": "+firstLine(ex.Message), n)
		}
	}
	if e.HTTP != nil && strings.HasPrefix(e.Message, "HTTP ") {
		// Without the latency: it differs from one request to the next.
		if i := strings.LastIndexByte(e.Message, ' '); i > 0 && strings.HasSuffix(e.Message, "s") {
			return incident.Short(e.Message[:i], n)
		}
	}
	msg := headless(firstLine(e.Message))
	if e.Audit != nil && ev.reason != "" {
		return incident.Short(firstLine(ev.reason), n)
	}
	if e.Detail != "" && !strings.Contains(e.Message, e.Detail) {
		if msg == "" {
			return incident.Short(firstLine(e.Detail), n)
		}
		return incident.Short(msg, n) + " with " + incident.Code(fieldName(e.DetailField)) + " " + incident.Short(firstLine(e.Detail), n)
	}
	return incident.Short(msg, n)
}

func fieldName(f string) string {
	if f == "" {
		return "detail"
	}
	return f
}
