package report

import "strings"

// healthy is the report of an analysis without an incident. It says what was
// read, since "nothing failed" is worth no more than that.
func (m *markdown) healthy() {
	m.b.Reset()
	if m.nothingRead() {
		m.para("**What was read.** Nothing: " + m.emptyWords())
	} else {
		m.para("**What was read.** " + m.readWords())
		m.para("**What was looked for.** " + m.lookedFor())
	}
	if limits := m.limits(); len(limits) > 0 {
		m.para("**What this cannot show**")
		m.list(limits)
	}
	m.end("what was read")
	m.timeline()
	m.changesTable()
	m.rest()
}

// emptyWords says why there may be nothing.
func (m *markdown) emptyWords() string {
	c := m.a.Coverage
	switch {
	case c.Filtered > 0:
		return many(c.Filtered, "entry") + " did not pass the filter."
	case c.Skipped > 0:
		return many(c.Skipped, "record") + " could not be read."
	}
	return "the input holds no entry, which is what gcloud prints when its filter matches nothing. That is no sign of health."
}

func (m *markdown) readWords() string {
	c := m.a.Coverage
	s := many(c.Entries, "entry")
	if len(c.Services) > 0 {
		var names []string
		for _, n := range c.Services[:min(len(c.Services), 6)] {
			names = append(names, markdownCode(n, false))
		}
		if n := len(c.Services) - len(names); n > 0 {
			names = append(names, many(n, "more service"))
		}
		s += " of " + joined(names)
	}
	s += "."
	if logs := m.logs(); logs != "" {
		s += " " + logs
	}
	return s
}

// lookedFor says how many errors there were and that none makes an incident.
func (m *markdown) lookedFor() string {
	c := m.a.Coverage
	s := "Errors, failed requests, exits, failed probes"
	if m.a.Tool.Rules > 0 {
		s += " and " + many(m.a.Tool.Rules, "known failure")
	}
	if c.Errors == 0 {
		return s + ": none was seen."
	}
	return s + ": " + many(c.Errors, "error event") + ", none of which makes an incident (see below)."
}

// limits are the warnings that do not stand in the banner.
func (m *markdown) limits() []string {
	var out []string
	for _, w := range m.a.Coverage.Warnings {
		stands := false
		for _, b := range m.a.Coverage.Banner {
			stands = stands || b == w.Text
		}
		if p := m.prose(w.Text); !stands && strings.TrimSpace(p) != "" {
			out = append(out, p)
		}
	}
	return out
}
