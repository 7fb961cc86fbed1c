package correlate

import (
	"fmt"
	"strings"
	"time"

	"logwhy/internal/incident"
)

// duration prints a length of time as a person would: 144 µs, 0.44 s, 12 s,
// 23m39s, 2h05m, 3d07h.
func duration(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	if h := int(d.Hours()); h >= 48 {
		return fmt.Sprintf("%dd%02dh", h/24, h%24)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

func joinAnd(list []string) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// lower begins a title in lower case inside a sentence, but for names.
func lower(s incident.Prose) incident.Prose {
	t := string(s)
	if t == "" || t[0] < 'A' || t[0] > 'Z' {
		return s
	}
	word, _, _ := strings.Cut(t, " ")
	for i := 1; i < len(word); i++ {
		if word[i] >= 'A' && word[i] <= 'Z' || word[i] == '_' || word[i] == '.' {
			return s
		}
	}
	switch strings.TrimRight(word, "'s") {
	case "I", "Python", "Cloud", "Node", "Nest", "Spring", "Java", "Go", "Redis", "Prisma", "Express", "Django", "Postgre", "Gunicorn",
		"Kubernetes", "Docker", "Google", "Vertex", "Gemini", "Flask", "Pydantic", "Kafka", "Rails", "Laravel", "Secret", "Firestore":
		return s
	}
	return incident.Prose(strings.ToLower(t[:1]) + t[1:])
}

// sentence ends a text with a full stop.
func sentence(s incident.Prose) incident.Prose {
	t := strings.TrimSpace(string(s))
	if t == "" || strings.HasSuffix(t, ".") || strings.HasSuffix(t, "?") {
		return incident.Prose(t)
	}
	return incident.Prose(t + ".")
}

func upper(s incident.Prose) incident.Prose {
	t := string(s)
	if t == "" || t[0] < 'a' || t[0] > 'z' {
		return s
	}
	return incident.Prose(strings.ToUpper(t[:1]) + t[1:])
}
