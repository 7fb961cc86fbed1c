package correlate

import (
	"strings"

	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// markDecoys finds the lines of starts whose share among the starts that come
// to serve is no smaller than among those that fail.
func (x *explainer) markDecoys() {
	ready, served := map[string]logentry.Time{}, map[string]bool{}
	good, bad := map[string]int{}, map[string]int{}
	for k, h := range x.c.health {
		sig := x.cat.At(k.sig)
		if k.instance == "" || sig.Role != signature.RoleHealthy || !h.first.Known() {
			continue
		}
		key := k.service + "\x00" + k.instance
		switch t, ok := ready[key]; {
		case sig.HasClass("traffic"):
			served[key] = true
		case !ok || h.first < t:
			ready[key] = h.first
		}
	}
	// A start whose own marker is not in the window was cut: it counts as neither.
	for key := range served {
		if _, whole := ready[key]; whole {
			service, _, _ := strings.Cut(key, "\x00")
			good[service]++
		}
	}
	failed := map[string]bool{}
	for _, ev := range x.events {
		key := ev.scope.Service + "\x00" + ev.scope.Instance
		if ev.scope.Instance != "" && !served[key] && !failed[key] && (ev.hasClass("process-exit") || ev.hasClass("probe-failure")) {
			failed[key] = true
			bad[ev.scope.Service]++
		}
	}
	for _, f := range x.findings {
		if f.role != signature.RoleFailure && f.role != signature.RoleFault {
			continue
		}
		in, out := map[string]bool{}, map[string]bool{}
		for _, ev := range f.events {
			key := ev.scope.Service + "\x00" + ev.scope.Instance
			switch {
			case served[key] && ready[key] != 0 && ev.t.Known() && ev.t < ready[key]:
				in[key] = true
			case failed[key]:
				out[key] = true
			}
		}
		switch {
		case len(in) == 0:
		case bad[f.service] > 0:
			f.decoy = len(in)*bad[f.service] >= len(out)*good[f.service]
		default:
			// No start fails: only what nobody knows, and what all that are
			// whole show, is told from a fault that is survived.
			f.decoy = f.sig == nil && len(in) == good[f.service]
		}
	}
}
