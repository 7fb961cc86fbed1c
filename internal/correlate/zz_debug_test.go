package correlate_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"logwhy/internal/incident"
	"logwhy/internal/stacktrace"
	"logwhy/internal/synth"
)

func TestZZDebug(t *testing.T) {
	if os.Getenv("ZZ") == "" {
		t.Skip()
	}
	cat := catalogue(t)
	for _, w := range strings.Fields(os.Getenv("ZZ")) {
		seed, _ := strconv.ParseUint(w, 10, 64)
		s := synth.Generate(seed)
		fmt.Println("=====", s.Kind, s.Seed, s.Traits)
		for _, e := range s.Entries {
			msg := e.Text()
			if len(msg) > 170 {
				msg = msg[len(msg)-170:]
			}
			inst := e.Scope.Instance
			if len(inst) > 5 {
				inst = inst[2:6]
			}
			fmt.Printf("%s %-4s %-6s %-22s %s | %q\n", e.Time.Time().Format("15:04:05.000000"), inst, e.Severity, e.Scope.Revision, e.LogID()[20:], msg)
		}
		a := analyzeSynth(cat, s.Entries, s.Order, 1)
		show(a)
	}
}

func show(a *incident.Analysis) {
	for _, f := range a.Findings {
		fmt.Println("F", f.ID, f.Signature, f.Role, f.Count, f.Title, "|", f.Template)
	}
	for _, in := range a.Incidents {
		fmt.Println("I", in.ID, in.Severity, in.Title, "symptoms", in.Symptoms)
		for _, c := range in.Causes {
			fmt.Println("   cause", c.Finding, c.Basis, c.Verdict)
		}
		for _, e := range in.Explain {
			fmt.Println("   ", e)
		}
	}
}

func TestZZReason(t *testing.T) {
	for _, l := range strings.Split(os.Getenv("ZZR"), ";") {
		fmt.Println(stacktrace.IsReason(l), l)
	}
}
