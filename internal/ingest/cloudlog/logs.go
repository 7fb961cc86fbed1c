package cloudlog

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// Logs lists the names of the logs that the caller may see in the project,
// folder or organization of a resource, such as
// "projects/P/logs/run.googleapis.com%2Fstderr", in order. The API does not tell
// which of them a view holds: it adds those of the parent.
func (c *Client) Logs(ctx context.Context, resource string) ([]string, error) {
	var all []string
	var f failures
	for token := ""; ; {
		names, next, err := c.list.logs(ctx, resource, token)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err := c.pause(ctx, err, &f, f.pages > 0, &Query{Resources: []string{resource}}); err != nil {
				return nil, err
			}
			continue
		}
		all = append(all, names...)
		f = failures{pages: f.pages + 1}
		if token = next; token == "" {
			slices.Sort(all)
			return slices.Compact(all), nil
		}
	}
}

// noteClock compares the server's clock, as an answer told it, with ours.
func (r *reading) noteClock(date string) {
	t, err := http.ParseTime(date)
	if err != nil {
		return
	}
	// The header leaves out the fraction of the second: half of one on average.
	ahead := t.Add(time.Second / 2).Sub(r.c.opts.Now())
	r.clock.Store(&ahead)
}
