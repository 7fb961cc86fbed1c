package cloudlogtest

import (
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"logwhy/internal/logentry"
	"logwhy/internal/lql"
)

// maxFilter is how many characters a filter may have.
const maxFilter = 20000

// filter is a filter of a request, ready to be asked.
type filter struct {
	match func(*logentry.Entry) bool
	// from and to bound the timestamp of everything that matches, both inclusive;
	// the zero time is open.
	from, to time.Time
}

// filters compiles each text once.
type filters struct {
	mu       sync.Mutex
	compiled map[string]*filter
}

func (f *filters) get(text string) (*filter, error) {
	if n := utf8.RuneCountInString(text); n > maxFilter {
		return nil, invalid("The filter is too long: it has %d characters and may have %d", n, maxFilter)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, ok := f.compiled[text]; ok {
		return c, nil
	}
	c, err := compile(text)
	if err != nil {
		return nil, invalid("Unparseable filter: %v", err)
	}
	f.compiled[text] = c
	return c, nil
}

func compile(text string) (*filter, error) {
	f, err := lql.Parse(text)
	if err != nil {
		return nil, err
	}
	c := &filter{match: f.Match}
	c.from, c.to = bounds(f.Expr())
	return c, nil
}

// bounds is a stretch of time outside which x matches nothing: what the
// comparisons of the timestamp leave, so that a page is found by binary search
// and not by looking at every entry.
func bounds(x lql.Expr) (from, to time.Time) {
	switch x := x.(type) {
	case *lql.Conjunction:
		for _, part := range x.Of {
			a, b := bounds(part)
			if from = later(from, a); to.IsZero() || !b.IsZero() && b.Before(to) {
				to = b
			}
		}
	case *lql.Disjunction:
		return union(x.Of)
	case *lql.Comparison:
		return compared(x)
	}
	return from, to
}

func union(of []lql.Expr) (from, to time.Time) {
	for i, part := range of {
		a, b := bounds(part)
		if i == 0 {
			from, to = a, b
			continue
		}
		if a.IsZero() || a.Before(from) {
			from = a
		}
		if b.IsZero() || !to.IsZero() && b.After(to) {
			to = b
		}
	}
	return from, to
}

func compared(c *lql.Comparison) (from, to time.Time) {
	field, ok := c.Left.(*lql.Path)
	if !ok || len(field.Parts) != 1 || !strings.EqualFold(field.Parts[0], "timestamp") {
		return from, to
	}
	value, ok := c.Value.(*lql.Text)
	if !ok {
		return from, to
	}
	t, err := time.Parse(time.RFC3339Nano, value.Value)
	if err != nil {
		return from, to // written in another form: the filter itself tells
	}
	switch c.Op {
	case lql.Greater, lql.AtLeast:
		return t, to
	case lql.Less, lql.AtMost:
		return from, t
	case lql.Equal:
		return t, t
	}
	return from, to
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
