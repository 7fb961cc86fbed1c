// Package cloudlog reads entries through the Cloud Logging API. It is the one
// place that speaks to Google: what it delivers are LogEntry records as JSON,
// the form that gcloud prints, so that a live read and an export of the same
// entries take the same path from there on.
package cloudlog

import (
	"context"
	"time"
)

// Query says which entries to list. Both time bounds are required: a list
// without them scans everything that a bucket holds.
type Query struct {
	// Resources are the names to read from: "projects/P", "folders/N",
	// "organizations/N", or a view,
	// "projects/P/locations/L/buckets/B/views/V". At least 1, at most 100.
	Resources []string
	// Filter is written in the Logging query language and holds no time
	// bounds; empty keeps every entry. At most 20,000 characters with the
	// bounds that are added.
	Filter string
	// From and To bound the timestamp: From <= timestamp < To.
	From, To time.Time
	// NewestFirst lists in descending order of time. Otherwise the order is
	// ascending, ties by insertId.
	NewestFirst bool
	// Limit ends the read after so many entries; 0 reads all.
	Limit int
	// Progress is told, after each page, how far the read has come; nil tells
	// nobody. It is called by the goroutine of Read, between two calls of add.
	Progress func(Progress)
}

// Result says what a read came to. It is valid beside an error too, and
// counts what was delivered until then.
type Result struct {
	// Entries is the number of records delivered.
	Entries int
	// Calls is the number of requests sent, repeated ones included.
	Calls int
	// Retries is the number of those that repeated a request after an error.
	Retries int
	// Complete says that every entry of the query was delivered. It is false
	// after an error, and where Limit ended the read while entries were left.
	Complete bool
	// Reason says in a clause why the read is not complete.
	Reason string
	// ClockAhead is how far the server's clock is ahead of the client's, to
	// about a second; nil when no answer told its time.
	ClockAhead *time.Duration
	// Through is the time up to which everything was delivered: To when
	// complete, else the time of the last entry in order.
	Through time.Time
}

// Reader lists entries. Client is the one that asks the API.
type Reader interface {
	// Read calls add for each entry of q, in order of time, one call at a
	// time. line is one LogEntry as JSON without line breaks; it is valid
	// until add returns. An error of add ends the read and is returned.
	Read(ctx context.Context, q Query, add func(line []byte) error) (Result, error)
}
