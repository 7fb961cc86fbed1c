package correlate

import (
	"logwhy/internal/logentry"
	"logwhy/internal/signature"
)

// Spot is an observation of a failure whose surroundings tell more: a live
// read asks for them.
type Spot struct {
	What       string // names what was seen: observations of one kind share it
	Time, End  logentry.Time
	Scope      logentry.Scope
	Method     string // of a request
	URL        string
	Status     int
	Start      bool // a process that stopped or never came up: its start tells why
	Request    bool
	Platform   bool // audit entries and lines of the platform
	Signatures []*signature.Signature
}

// Spots lists the failures that were observed and kept whole, in the order of
// time. It must be called before Analyze, which uses the collector up.
func (c *Collector) Spots() []Spot {
	var out []Spot
	for _, o := range c.kept.all() {
		if !o.e.Time.Known() || !o.fails() {
			continue
		}
		s := Spot{
			Time: o.e.Time, End: o.e.End(), Scope: o.e.Scope, Request: o.e.HTTP != nil,
			Platform: o.e.Audit != nil || o.e.HTTP == nil && (&event{parts: []*observation{o}}).platform(),
		}
		if o.e.HTTP != nil {
			s.Method, s.URL, s.Status = o.e.HTTP.Method, o.e.HTTP.URL, o.e.HTTP.Status
		}
		if m := primary(o.matches); m != nil {
			s.What = identityKey(*m)
		} else {
			s.What, _ = patternOf(o.e.Text())
		}
		for _, m := range o.matches {
			s.Signatures = append(s.Signatures, m.Sig)
			s.Start = s.Start || m.Sig.HasClass("process-exit") || m.Sig.HasClass("probe-failure") || m.Sig.HasClass("startup-failure")
		}
		out = append(out, s)
	}
	return out
}

// fails reports whether an observation is one of a failure, of whatever level.
func (o *observation) fails() bool {
	if o.err {
		return true
	}
	for _, m := range o.matches {
		switch m.Sig.Role {
		case signature.RoleFault, signature.RoleFailure, signature.RoleImpact:
			return true
		}
	}
	return false
}

// ReadyInstance is an instance that said it came up.
type ReadyInstance struct {
	Service, Instance string
	At                logentry.Time
	Served            bool // it was seen to serve a request
}

// ReadyInstances lists the instances that logged a marker of a start that went
// well, in the order of time.
func (c *Collector) ReadyInstances() []ReadyInstance {
	first, served := map[[2]string]logentry.Time{}, map[[2]string]bool{}
	for k, h := range c.health {
		sig := c.cat.At(k.sig)
		if k.instance == "" || sig.Role != signature.RoleHealthy || !h.first.Known() {
			continue
		}
		id := [2]string{k.service, k.instance}
		switch t, ok := first[id]; {
		case sig.HasClass("traffic"):
			served[id] = true
		case !ok || h.first < t:
			first[id] = h.first
		}
	}
	out := make([]ReadyInstance, 0, len(first))
	for id, t := range first {
		out = append(out, ReadyInstance{id[0], id[1], t, served[id]})
	}
	sortReady(out)
	return out
}

// ServingInstances names the instances that were seen to serve a request.
func (c *Collector) ServingInstances() map[string]bool {
	out := map[string]bool{}
	for k := range c.health {
		if k.instance != "" && c.cat.At(k.sig).HasClass("traffic") {
			out[k.instance] = true
		}
	}
	return out
}

// Answered counts the requests by route that were observed.
func (c *Collector) Answered() map[Route]Answers {
	out := map[Route]Answers{}
	for k, r := range c.routes {
		id := Route{k.service, k.method, k.path}
		a := out[id]
		a.All += r.n
		a.Good += r.by[2] + r.by[3]
		out[id] = a
	}
	return out
}
