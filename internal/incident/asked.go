package incident

import "time"

// Asked is one query of a live read: what was asked for, and what came. Lines
// that no query asked for are unknown, not absent.
type Asked struct {
	What      Prose     `json:"what"` // in words
	Resources []string  `json:"resources"`
	Filter    string    `json:"filter"` // without the bounds of time; "" asks for everything
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Calls     int       `json:"calls"`
	Entries   int       `json:"entries"`
	// Complete says that everything the query asks for was read; else Reason says why not.
	Complete bool   `json:"complete"`
	Reason   string `json:"reason,omitempty"`
	Link     string `json:"link,omitempty"` // the query in Logs Explorer
}
