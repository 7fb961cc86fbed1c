package report

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"logwhy/internal/incident"
)

// amount writes a number as a report does: 1000, 34,000.
func amount(n int) string {
	s := strconv.Itoa(n)
	if len(s) < 5 || n < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// spelled writes small numbers as words.
func spelled(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	if n >= 0 && n < len(words) {
		return words[n]
	}
	return amount(n)
}

// many writes "1 entry", "2 entries".
func many(n int, word string) string { return amount(n) + " " + plural(n, word) }

func plural(n int, word string) string {
	switch {
	case n == 1 || word == "":
		return word
	case strings.HasSuffix(word, "y") && !strings.ContainsAny(word[len(word)-2:len(word)-1], "aeiou"):
		return word[:len(word)-1] + "ies"
	case strings.HasSuffix(word, "s") || strings.HasSuffix(word, "x") || strings.HasSuffix(word, "ch") || strings.HasSuffix(word, "sh"):
		return word + "es"
	}
	return word + "s"
}

// capital writes the first letter large.
func capital(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:]
}

// joined writes "a", "a and b", "a, b and c".
func joined(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// kindWords names a kind of resource as people do. Services of Cloud Run go
// without: their name says enough.
func kindWords(kind string) string {
	switch kind {
	case "", "service", "cloud_run_revision":
		return ""
	case "cloud_run_job", "job":
		return "Cloud Run job"
	case "cloud_function":
		return "Cloud Function"
	case "k8s_container", "k8s_pod":
		return "GKE workload"
	case "k8s_cluster":
		return "GKE cluster"
	case "gae_app":
		return "App Engine service"
	case "cloudsql_database":
		return "Cloud SQL database"
	case "gce_instance":
		return "VM"
	case "build":
		return "Cloud Build"
	case "cloud_scheduler_job":
		return "Cloud Scheduler job"
	}
	return strings.ReplaceAll(kind, "_", " ")
}

// capitalMarkup writes the first letter large, unless markup opens.
func capitalMarkup(s string) string {
	if strings.HasPrefix(s, "<") || strings.HasPrefix(s, "&") {
		return s
	}
	return capital(s)
}

// notEstablished says what is open at the end of a paragraph.
func notEstablished(markup string) string {
	if markup == "" {
		return ""
	}
	return "Not established: " + stopped(lowered(markup))
}

// sentence makes a sentence of inline markup: a large first letter, unless it
// opens with code or a tag, and a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return stopped(capitalMarkup(s))
}

// lowered begins a fragment that follows a colon with a small letter, where
// its first word is no name: of ClickHouse and Redis nobody would write
// otherwise, and a list of all names is never complete.
func lowered(s string) string {
	word, _, _ := strings.Cut(s, " ")
	switch word {
	case "A", "An", "The", "No", "One", "Some", "How", "What", "Why", "Whether", "Which", "When", "Where", "Who", "It", "There", "This", "Requests", "Another":
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// verdictWords is a verdict as it is printed.
func verdictWords(v string) string {
	if v == incident.OrderOnly {
		return "order only"
	}
	return v
}

// statusWords is the status of an incident, with what "ongoing" is worth: it
// is known only up to the end of what was read.
func statusWords(a *incident.Analysis, status string) string {
	if status != incident.Ongoing {
		return status
	}
	switch {
	case len(a.Inputs) == 1 && a.Inputs[0].Format == "logging-api":
		return "ongoing at the end of the window"
	case len(a.Inputs) == 1:
		return "ongoing at the end of the file"
	}
	return "ongoing at the end of what was read"
}

// incidentsWords says how many incidents there are and how they stand: "One
// incident, critical, ongoing at the end of the file." or "Four incidents, one
// ongoing (high) and three resolved."
func incidentsWords(a *incident.Analysis) string {
	n := len(a.Incidents)
	if n == 0 {
		return ""
	}
	if n == 1 {
		return "One incident, " + a.Incidents[0].Severity + ", " + statusWords(a, a.Incidents[0].Status) + "."
	}
	var parts []string
	for _, status := range []string{incident.Ongoing, incident.Quiet, incident.Resolved} {
		if s := statusCount(a, status); s != "" {
			parts = append(parts, s)
		}
	}
	return capital(spelled(n)) + " incidents, " + joined(parts) + "."
}

func statusCount(a *incident.Analysis, status string) string {
	n, severities := 0, map[string]int{}
	for _, i := range a.Incidents {
		if i.Status == status {
			n++
			severities[i.Severity]++
		}
	}
	if n == 0 {
		return ""
	}
	s := spelled(n) + " " + status
	if n == len(a.Incidents) {
		s = "all " + status
		if n == 2 {
			s = "both " + status
		}
	}
	if status == incident.Resolved {
		return s
	}
	var each []string
	for _, sev := range []string{incident.Critical, incident.High, incident.Medium, incident.Low, incident.Info} {
		switch k := severities[sev]; {
		case k == 0:
		case k == n:
			each = append(each, sev)
		default:
			each = append(each, spelled(k)+" "+sev)
		}
	}
	if len(each) == 0 {
		return s
	}
	return s + " (" + strings.Join(each, ", ") + ")"
}
