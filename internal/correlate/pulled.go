package correlate

import (
	"slices"
	"time"

	"logwhy/internal/incident"
	"logwhy/internal/logentry"
)

// Pulled says what an input was asked for when it was pulled from the API.
type Pulled struct {
	// Input is the name of the input, as in incident.Input.
	Input string
	// Asked is the query; its Complete says that the input holds all of it.
	Asked incident.Asked
}

// whole reports whether an input is known to hold all that was asked for: the
// number of its entries is no doubt then.
func (x *explainer) whole(input string) bool {
	return slices.ContainsFunc(x.read.Pulled, func(p Pulled) bool { return p.Input == input && p.Asked.Complete })
}

// unfiltered reports whether all inputs are known to hold every entry of their
// windows, whatever its severity.
func (x *explainer) unfiltered() bool {
	return len(x.read.Pulled) == len(x.read.Inputs) && len(x.read.Pulled) > 0 &&
		!slices.ContainsFunc(x.read.Pulled, func(p Pulled) bool { return !p.Asked.Complete || p.Asked.Filter != "" })
}

// spanPulled sets the ends of the window to what was asked for, where all
// inputs are known to hold all of that, and no hole is left between them: that
// nothing was logged at its ends is known then, not a limit of the data.
func (x *explainer) spanPulled() {
	if len(x.read.Pulled) == 0 || len(x.read.Pulled) != len(x.read.Inputs) || !x.c.first.Known() {
		return
	}
	list := slices.Clone(x.read.Pulled)
	slices.SortFunc(list, func(a, b Pulled) int { return a.Asked.From.Compare(b.Asked.From) })
	from, to := list[0].Asked.From, list[0].Asked.To
	for _, p := range list {
		if !p.Asked.Complete || p.Asked.From.After(to) {
			return
		}
		to = later(to, p.Asked.To)
	}
	first, last := logentry.TimeOf(from), logentry.TimeOf(to)
	if f := x.read.From; isBound(f) {
		first = max(first, f)
	}
	if t := x.read.To; isBound(t) {
		last = min(last, t)
	}
	x.c.first, x.c.last = min(first, x.c.first), max(last, x.c.last)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// isBound says whether t limits anything; NoTime and the zero value do not.
func isBound(t logentry.Time) bool { return t.Known() && t != 0 }
