package correlate

import (
	"fmt"
	"strings"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// next proposes at most three checks: what the rule of the cause says, what
// would separate its alternatives, and the reading that this input lacks.
func (x *explainer) next(g *group) []incident.Check {
	var out []incident.Check
	add := func(c incident.Check) {
		if len(out) < 3 {
			out = append(out, c)
		}
	}
	if sig := g.root.sig; sig != nil && g.caused {
		for _, n := range sig.Next {
			if len(out) < 2 && x.fillable(g, n) {
				add(x.ruleCheck(g, n))
			}
		}
	}
	if !g.caused || g.root.sig == nil {
		if c, ok := x.readAround(g); ok {
			add(c)
		}
	}
	if sig := g.headline.sig; sig != nil && sig != g.root.sig && len(out) < 2 {
		for _, n := range sig.Next {
			if x.fillable(g, n) {
				add(x.ruleCheckOf(g, n))
			}
		}
	}
	if g.caused && len(out) < 3 {
		if c, ok := x.readAround(g); ok && g.root.sig != nil {
			add(c)
		}
	}
	return out
}

// nextWith is next, with the check that best separates the rivals that are
// left in the place of the last.
func (x *explainer) nextWith(g *group, rivals []incident.Rival) []incident.Check {
	out := x.next(g)
	if c, ok := x.separating(g, rivals); ok && g.caused {
		out = append(out[:min(len(out), 2)], c)
	}
	return out
}

// fillable reports whether the scope that a check speaks of is known: a
// command for a revision is of no use for a job.
func (x *explainer) fillable(g *group, template string) bool {
	vals := values(g.rootEvents())
	kind := g.headline.kind()
	if strings.Contains(template, "gcloud run ") && kind != "" && !strings.HasPrefix(kind, "cloud_run") ||
		strings.Contains(template, "kubectl ") && kind != "" && !strings.HasPrefix(kind, "k8s") {
		return false
	}
	for _, name := range []string{"revision", "instance", "execution", "service", "pod", "namespace"} {
		if (strings.Contains(template, "{{"+name+"}}") || strings.Contains(template, "{{"+name+"|")) && vals[name] == "" {
			return false
		}
	}
	return true
}

func (x *explainer) ruleCheck(g *group, n string) incident.Check {
	return x.checkOf(n, func(t string) incident.Prose { return x.ruleText(g.root.sig, t, g) }, func(t string) string { return x.ruleCommand(g.root.sig, t, g) }, g.root.sig.ID)
}

func (x *explainer) ruleCheckOf(g *group, n string) incident.Check {
	sig := g.headline.sig
	return x.checkOf(n, func(t string) incident.Prose { return x.ruleText(sig, t, g) }, func(t string) string { return x.ruleCommand(sig, t, g) }, sig.ID)
}

// checkOf makes a check of one line of a rule: a command, a filter, a sentence
// with a command behind a colon, or a sentence.
func (x *explainer) checkOf(n string, text func(string) incident.Prose, command func(string) string, id string) incident.Check {
	n = strings.TrimSpace(n)
	switch {
	case isFilter(n):
		return incident.Check{Text: "Read in Logs Explorer:", Command: command(n), Lang: "lql"}
	case strings.HasPrefix(n, "SELECT ") || strings.HasPrefix(n, "SHOW "):
		return incident.Check{Text: "Ask the database:", Command: command(n)}
	case isCommand(n):
		return incident.Check{Text: commandWords(n), Command: command(n), Lang: "sh"}
	}
	for _, sep := range []string{": ", "? "} {
		if head, tail, ok := strings.Cut(n, sep); ok && isCommand(tail) {
			return incident.Check{Text: upper(text(head)) + incident.Prose(strings.TrimSpace(sep)), Command: command(tail), Lang: "sh"}
		}
	}
	return incident.Check{Text: sentence(upper(text(n)))}
}

// commandWords says what a bare command of a rule asks, from the words of the
// tools that operators use.
func commandWords(n string) incident.Prose {
	for _, w := range [...]struct {
		lead string
		text incident.Prose
	}{
		{"gcloud logging read", "Read:"},
		{"gcloud run revisions describe", "What does the revision say?"},
		{"gcloud run services describe", "What does the service say?"},
		{"gcloud run jobs", "What does the job say?"},
		{"gcloud builds", "What did the build print?"},
		{"gcloud sql", "What does Cloud SQL say?"},
		{"gcloud secrets", "What does Secret Manager hold?"},
		{"gcloud iam", "Who may do what?"},
		{"gcloud projects get-iam-policy", "Who may do what?"},
		{"kubectl describe", "What does the cluster say of it?"},
		{"kubectl", "What does the cluster say?"},
		{"docker run", "Try it in the image:"},
		{"git ", "What does the repository hold?"},
		{"grep", "Where is it set?"},
	} {
		if strings.HasPrefix(n, w.lead) {
			return w.text
		}
	}
	return "Run:"
}

// readAround asks for the entries around the onset that this input may lack,
// without a filter by severity.
func (x *explainer) readAround(g *group) (incident.Check, bool) {
	ev := g.members[g.headline][0]
	if ev.scope.Project == "" || !g.first.Known() {
		return incident.Check{}, false
	}
	filter := x.scopeFilter(ev.scope)
	if filter == "" {
		return incident.Check{}, false
	}
	from, to := g.first.Add(-30*time.Second).Time().Truncate(time.Second), g.last.Add(60*time.Second).Time().Truncate(time.Second)
	if d := to.Sub(from); d > 15*time.Minute {
		to = from.Add(15 * time.Minute)
	}
	cmd := fmt.Sprintf("gcloud logging read '%s\n  timestamp>=\"%s\" timestamp<=\"%s\"' \\\n  --project=%s --order=asc --limit=5000 --format=json | logwhy report -",
		filter, from.Format(time.RFC3339), to.Format(time.RFC3339), shellWord(ev.scope.Project))
	return incident.Check{Text: "Read the same place without a filter by severity:", Command: cmd, Lang: "sh",
		Note: "What an application prints while it fails often has no level, so a filter such as `severity>=ERROR` hides it."}, true
}

// scopeFilter is the Logging query that selects a scope.
func (x *explainer) scopeFilter(s logentry.Scope) string {
	var parts []string
	add := func(k, v string) {
		if v != "" && !strings.ContainsAny(v, "'\"\\\n") {
			parts = append(parts, fmt.Sprintf("%s=%q", k, v))
		}
	}
	add("resource.type", s.Kind)
	switch s.Kind {
	case "cloud_run_revision":
		add("resource.labels.service_name", s.Service)
		add("resource.labels.revision_name", s.Revision)
	case "cloud_run_job":
		add("resource.labels.job_name", s.Service)
	case "k8s_container", "k8s_pod":
		add("resource.labels.namespace_name", s.Namespace)
		add("resource.labels.pod_name", s.Pod)
	case "cloud_function":
		add("resource.labels.function_name", s.Service)
	case "gae_app":
		add("resource.labels.module_id", s.Service)
	default:
		if s.Kind == "" {
			return ""
		}
	}
	return strings.Join(parts, "\n  ")
}

// questions are the open ones, each with the check that would answer it.
func (x *explainer) questions(g *group) []incident.Question {
	out := []incident.Question{}
	add := func(text incident.Prose, checks ...incident.Check) {
		out = append(out, incident.Question{ID: fmt.Sprintf("Q%d", len(out)+1), Text: text, Checks: checks})
	}
	ev := g.members[g.headline][0]
	project := ev.scope.Project
	if x.cut() && g.first.Known() && g.first.Sub(x.c.first) < time.Second && project != "" {
		if f := x.scopeFilter(ev.scope); f != "" {
			add("Since when? The input begins in the middle of it.", incident.Check{
				Text: "The oldest entry of this is the first occurrence; sort ascending:", Lang: "lql",
				Command: strings.ReplaceAll(f, "\n  ", "\n") + fmt.Sprintf("\ntimestamp>=%q timestamp<%q",
					g.first.Add(-24*time.Hour).Time().Format(time.RFC3339), g.first.Time().Format(time.RFC3339Nano)),
			})
		}
	}
	if !x.hasLog("cloudaudit.googleapis.com/activity") && !x.auditAsked() && project != "" && g.first.Known() {
		add("What was deployed or changed before? No audit log is in the input.", incident.Check{Lang: "lql", Command: fmt.Sprintf(
			"logName=%q\ntimestamp>=%q timestamp<=%q", "projects/"+project+"/logs/cloudaudit.googleapis.com%2Factivity",
			g.first.Add(-24*time.Hour).Time().Format(time.RFC3339), g.last.Add(time.Minute).Time().Format(time.RFC3339))})
	}
	if !x.hasLog("run.googleapis.com/requests") && strings.HasPrefix(ev.scope.Kind, "cloud_run_rev") && project != "" && g.unit() == "start" {
		add("Do callers notice? No request log is in the input.", incident.Check{Lang: "lql", Command: fmt.Sprintf(
			"logName=%q\nresource.labels.service_name=%q\nhttpRequest.status>=500\ntimestamp>=%q timestamp<=%q",
			"projects/"+project+"/logs/run.googleapis.com%2Frequests", g.service,
			g.first.Add(-time.Hour).Time().Format(time.RFC3339), g.last.Add(time.Minute).Time().Format(time.RFC3339))})
	}
	if g.caused && g.defect() {
		add("Does the running commit have a fix? Open until git is asked.", incident.Check{Lang: "sh",
			Command: "git merge-base --is-ancestor FIX COMMIT && echo contains it || echo does not",
			Note:    "`COMMIT` is what the revision was built from, `FIX` the commit that mends this."})
	}
	return out
}

// defect reports whether the cause lies in the code itself, so that a commit
// may have mended it already.
func (g *group) defect() bool {
	ev := g.members[g.root][0]
	if ev.hasClass("code-defect") || ev.hasClass("import") || ev.hasClass("serialization") {
		return true
	}
	_, user := ev.tr.Raised().LastUser()
	return ev.hasTr && user && ev.sig() == nil
}

func (x *explainer) hasLog(id string) bool { return x.c.logs[id] != nil }

// prompts are blanks for people: how and what, never who.
func (x *explainer) prompts(g *group) []incident.Prose {
	subject := "it"
	if g.service != "" {
		subject = incident.Code(g.service)
	}
	out := []incident.Prose{
		incident.Prose("who uses " + subject + ", and what could they not do?"),
		"how and when was this noticed?",
	}
	if g.caused {
		out = append(out, "what would have shown this before it reached this environment?")
	}
	return append(out, "actions, owners, dates.")
}

// facts is what the entries do tell where they do not show the cause.
func (x *explainer) facts(g *group) []incident.Prose {
	if g.caused {
		return nil
	}
	var out []incident.Prose
	seen := map[string]bool{}
	for _, f := range append([]*finding{g.root}, g.symptoms...) {
		if f.sig == nil || seen[f.sig.ID] {
			continue
		}
		seen[f.sig.ID] = true
		for i := range f.sig.Notes {
			n := &f.sig.Notes[i]
			if len(out) < 4 && x.noteHolds(f.sig, n, f.events) {
				out = append(out, sentence(incident.Prose(f.sig.FillProse(n.Say, values(f.events), incident.Code)))+
					incident.Prose(" (rule "+incident.Code(f.sig.ID)+")"))
			}
		}
	}
	return append(out, x.auditFacts(g)...)
}

// auditFacts reads what the audit entries of the incident say beyond their
// message: how long the probe took of what it may take, and what the
// specification leaves out.
func (x *explainer) auditFacts(g *group) []incident.Prose {
	var out []incident.Prose
	said := map[string]bool{}
	for _, ev := range g.events {
		a := ev.entry().Audit
		if a == nil {
			continue
		}
		if fact, ok := x.probeFact(ev, a); ok && !said["probe"] {
			said["probe"] = true
			out = append(out, fact)
		}
		if a.HasSpec && a.Kind == "Revision" && len(a.Env) == 0 && a.ProbePeriod > 0 && !said["env"] {
			said["env"] = true
			out = append(out, incident.Prose("The revision has no environment variables"+refs(x.ev.events(ev))+". That is no cause by itself; if the code needs settings, look there first."))
		}
	}
	return out
}

// probeFact compares how long the container had with how long the startup
// probe may take: a probe that ended long before was not ended by its timeout,
// whatever the platform's advice says.
func (x *explainer) probeFact(ev *event, a *logentry.Audit) (incident.Prose, bool) {
	allowed := max(a.ProbeTimeout, a.ProbePeriod*time.Duration(max(a.ProbeThreshold, 1)))
	if a.Ready != "False" || a.Kind != "Revision" || allowed == 0 || !a.Provisioned.Known() || !a.ReadyTime.Known() {
		return "", false
	}
	took := a.ReadyTime.Sub(a.Provisioned)
	if took <= 0 || took > allowed/2 {
		return "", false
	}
	return incident.Prose(fmt.Sprintf("Not the timeout: the probe may take %s, and it ended %s after the container was provisioned at %s%s.",
		duration(allowed), duration(took), x.clock(a.Provisioned), refs(x.ev.events(ev)))), true
}
