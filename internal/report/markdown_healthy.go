package report

// healthy is the report of an analysis without an incident. It says what was
// read, since "nothing failed" is worth no more than that.
func (m *markdown) healthy() {
	m.para("**What was read.** " + m.prose(m.readWords()))
	if !m.nothingRead() {
		m.para("**What was looked for.** " + m.prose(m.lookedForWords()))
	}
	if limits := m.limitLines(); len(limits) > 0 {
		m.para("**What this cannot show**")
		var items []string
		for _, l := range limits {
			items = append(items, m.prose(l))
		}
		m.list(items)
	}
	m.end("what was read")
	m.timeline()
	m.changesTable()
	m.rest()
}
