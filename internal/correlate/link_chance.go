package correlate

import (
	"fmt"
	"math"

	"logwhy/internal/incident"
	"logwhy/internal/signature"
)

// testChance asks how many such pairs the cause's own rate would give by
// accident, with the observed lags. It speaks only of inferred links between
// five occurrences or more: a join by instance of a declared mechanism needs
// no such help, and fewer say nothing.
func testChance(x *explainer, l *linkStat) (incident.Test, bool) {
	n := len(l.pairs)
	if l.basis != incident.BasisInferred || n < 5 || l.rung == signature.RungTrace {
		return incident.Test{}, false
	}
	span := x.c.last.Sub(x.c.first).Seconds()
	if span <= 0 {
		return incident.Test{}, false
	}
	_, _, most := l.lags()
	units := max(len(l.key.cause.instances), 1)
	rate := float64(len(l.key.cause.events)) / span / float64(units)
	expected := float64(n+len(x.unheld(l))) * (1 - math.Exp(-rate*math.Max(most.Seconds(), 0.001)))
	t := incident.Test{Name: "chance", Question: "could that be accident?", Result: incident.Fail}
	if float64(n) >= 10*expected && poissonTail(n, expected) < 0.001 {
		t.Result = incident.Pass
	}
	t.Text = incident.Prose(fmt.Sprintf("%.2g expected from its rate, %d seen", expected, n))
	return t, true
}

func expNeg(x float64) float64 { return math.Exp(-x) }

// poissonTail returns P(X >= n) for a Poisson variable of that mean.
func poissonTail(n int, mean float64) float64 {
	if mean <= 0 {
		return 0
	}
	p, sum := math.Exp(-mean), 0.0
	for k := 0; k < n; k++ {
		sum += p
		p *= mean / float64(k+1)
	}
	return math.Max(0, 1-sum)
}
