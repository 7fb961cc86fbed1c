package logentry

import "strings"

// PlatformReason returns the reason that a message of the platform gives,
// without its frame and without the advice that is the same in every such
// message; "" where nothing else is left, and for messages that are not of the
// platform. The frames are the status of an audit entry, "Ready condition
// status changed to False for … with message: …" and "Application failed to
// start: …".
func PlatformReason(msg string) string {
	text, ok := platformText(msg)
	if !ok {
		return ""
	}
	var kept []string
	for _, s := range sentences(text) {
		if !isAdvice(s) {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, " ")
}

// platformText cuts the frame off.
func platformText(msg string) (text string, ok bool) {
	rest, audit := strings.CutPrefix(msg, "AUDIT ")
	if audit {
		if _, rest, audit = strings.Cut(rest, " :: "); !audit {
			return "", false
		}
	} else {
		rest = msg
	}
	if strings.HasPrefix(rest, "Ready condition status changed to ") {
		state, _, _ := strings.Cut(rest[len("Ready condition status changed to "):], " ")
		_, text, ok = strings.Cut(rest, " with message: ")
		return text, ok && state != "True"
	}
	rest = strings.TrimPrefix(rest, "terminated: ")
	if text, ok = strings.CutPrefix(rest, "Application failed to start: "); ok {
		return text, true
	}
	if strings.HasPrefix(rest, "Revision ") {
		if _, text, ok = strings.Cut(rest, " is not ready and cannot serve traffic."); ok {
			return text, true
		}
	}
	return rest, audit
}

// sentences splits text behind full stops and at line ends.
func sentences(text string) []string {
	var list []string
	start := 0
	for i := range len(text) {
		end := -1
		switch {
		case text[i] == '\n':
			end = i
		case text[i] == '.' && i+1 < len(text) && text[i+1] == ' ' && beginsSentence(text[i+2:]):
			end = i + 1
		}
		if end >= 0 {
			if s := strings.TrimSpace(text[start:end]); s != "" {
				list = append(list, s)
			}
			start = i + 1
		}
	}
	if s := strings.TrimSpace(text[start:]); s != "" {
		list = append(list, s)
	}
	return list
}

func beginsSentence(s string) bool { return s != "" && s[0] >= 'A' && s[0] <= 'Z' }

// advice holds what is found in no sentence but the platform's standing advice
// and restatements (https://cloud.google.com/run/docs/troubleshooting).
var advice = [...]string{
	"within the allocated timeout",
	"failed to start and then listen on the port",
	"failed to start and listen on the port",
	"container port is misconfigured",
	"timeout can be extended",
	"might contain more information",
	"logs url:",
	"https://console.cloud.google.com/",
	"for more troubleshooting guidance",
	"https://cloud.google.com/run/docs/troubleshooting",
	"is not ready and cannot serve traffic",
	"container failed to start.",
	"the container exited with an error",
	"deploying revision succeeded",
	"has failed to complete,",
	"check the logs",
}

func isAdvice(sentence string) bool {
	lower := strings.ToLower(sentence)
	for _, a := range advice {
		if strings.Contains(lower, a) {
			return true
		}
	}
	return false
}
