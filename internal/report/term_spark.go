package report

import (
	"cmp"
	"slices"

	"logwhy/internal/incident"
)

const (
	mostSparks  = 12 // findings with a drawing below the first screen
	sparkSlices = 24 // columns of a drawing
)

// sparks draws below the first screen how often each finding was seen over the
// window, so that one sees what came first and what ended together.
func (t *terminal) sparks() {
	rows := t.drawn()
	if len(rows) < 2 {
		return // one is drawn beside its rate
	}
	t.blank()
	c := t.a.Coverage
	slice := spanWords(c.To.Sub(c.From).Seconds() / float64(len(folded(rows[0].Spark))))
	t.field("seen", t.phrase(incident.Prose(t.clock.span(c.From, c.To)+", "+slice+" a sign")))
	for _, f := range rows[:min(len(rows), mostSparks)] {
		ph := t.phrase(incident.Prose("×"+amount(f.Count)+" ") + f.Title)
		ph.ids = f.Evidence[:min(len(f.Evidence), 1)]
		mark := piece{text: sparkline(folded(f.Spark), t.o.ASCII) + "  ", ink: roleInk(f.Role)}
		if t.width < narrow {
			t.put(textLine(4, mark))
			t.block("", piece{}, ph)
			continue
		}
		t.line("", mark, ph)
	}
	if more := len(rows) - mostSparks; more > 0 {
		t.field("", t.phrase(incident.Prose("and "+many(more, "more finding")+" in the report")))
	}
}

// drawn are the findings that have counts over time, those of the first
// incident first.
func (t *terminal) drawn() []*incident.Finding {
	c := t.a.Coverage
	if c.From.IsZero() || !c.To.After(c.From) {
		return nil
	}
	rank := t.findingRanks()
	var rows []*incident.Finding
	for i := range t.a.Findings {
		if f := &t.a.Findings[i]; len(f.Spark) > 1 && f.Count > 1 && f.Role != incident.RoleNoise && slices.Max(f.Spark) > 0 {
			rows = append(rows, f)
		}
	}
	slices.SortStableFunc(rows, func(a, b *incident.Finding) int { return cmp.Compare(rank[a.ID], rank[b.ID]) })
	return rows
}

// folded adds counts up so that they fit the columns of a drawing.
func folded(counts []int) []int {
	per := (len(counts) + sparkSlices - 1) / sparkSlices
	if per <= 1 {
		return counts
	}
	var out []int
	for c := range slices.Chunk(counts, per) {
		sum := 0
		for _, n := range c {
			sum += n
		}
		out = append(out, sum)
	}
	return out
}

func roleInk(role string) ink {
	switch role {
	case incident.RoleHealthy:
		return inkGood
	case incident.RoleImpact:
		return inkWarn
	case incident.RoleFault, incident.RoleFailure:
		return inkBad
	}
	return inkPlain
}
