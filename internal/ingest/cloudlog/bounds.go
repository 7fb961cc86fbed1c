package cloudlog

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// pageSize is the largest page that the API's reference allows.
	pageSize = 1000
	// maxFilter is the longest filter that it takes, in characters.
	maxFilter = 20000
	// maxResources is the most names that one request may hold.
	maxResources = 100
)

// check says what is wrong with a query before anything is sent.
func (q Query) check() error {
	switch {
	case len(q.Resources) == 0:
		return badQuery("no project, folder, organization or view to read from", "Give one: --project P")
	case len(q.Resources) > maxResources:
		return badQuery(fmt.Sprintf("%d resources, and one read takes at most %d", len(q.Resources), maxResources), "Read fewer at once.")
	case q.From.IsZero() || q.To.IsZero():
		return badQuery("a read without both bounds of time would scan all that is stored", "Give --from and --to, or --since.")
	case !q.From.Before(q.To):
		return badQuery(fmt.Sprintf("the window is empty: %s is not before %s", stamp(q.From), stamp(q.To)), "Give an earlier --from or a later --to.")
	case q.Limit < 0:
		return badQuery("the limit is negative", "Give 0 for no limit.")
	}
	if n := utf8.RuneCountInString(q.bounded(">=", q.From, "<", q.To)); n > maxFilter {
		return badQuery(fmt.Sprintf("the filter has %d characters with its bounds of time, and the API takes %d", n, maxFilter), "Shorten --filter.")
	}
	return nil
}

// bounded is the filter with bounds of time. The filter stands in parentheses
// of its own and ends its line, so that neither an operator nor a comment in it
// can reach the bounds.
func (q Query) bounded(low string, from time.Time, high string, to time.Time) string {
	bounds := fmt.Sprintf("timestamp%s%q AND timestamp%s%q", low, stamp(from), high, stamp(to))
	if saysNothing(q.Filter) {
		return bounds
	}
	return "(\n" + q.Filter + "\n)\nAND " + bounds
}

// saysNothing tells a filter of blanks and comments: parentheses around
// nothing would be an error.
func saysNothing(filter string) bool {
	for line := range strings.Lines(filter) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			return false
		}
	}
	return true
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// order is the order_by of a query. Ties are ordered by insertId.
func (q Query) order() string {
	if q.NewestFirst {
		return "timestamp desc"
	}
	return "timestamp asc"
}

// parentOf is the project, folder, organization or billing account that a
// resource belongs to.
func parentOf(resource string) string {
	parts := strings.SplitN(resource, "/", 3)
	if len(parts) < 2 {
		return resource
	}
	return parts[0] + "/" + parts[1]
}
