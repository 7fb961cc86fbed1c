// Package redact takes secrets and personal data out of an analysis, and out
// of records that are handed on.
//
// A value that is found is replaced by a tag of its kind, such as [email:3].
// The same value has the same tag throughout, so that a reader still sees that
// two lines speak of one person. The steps of Apply are:
//
//  1. Find. Every text is searched for the kinds of secret, first the evidence
//     in the order of time, then the rest in the order of the document. Values
//     are numbered as they are met.
//  2. Follow. Every text is searched again for the secrets that are now known:
//     where one stands alone, such as in a capture, or is cut off by "…".
//  3. Settle. Sentences are cut to what they show. It comes last, so that
//     secrets are seen whole and no part of one is left at a cut.
//
// Names that a reader needs to find an entry again (insertId, trace, span,
// revision, commit, digest) have no kind and stay. What was redacted before
// the export, such as "Secret=REDACTED", stays as it is and is not counted.
//
// The result depends only on the texts and the options. Package redact knows
// nothing of failures and reads and writes no files.
package redact

import (
	"regexp"

	"logwhy/internal/incident"
)

// Mode says how much is redacted.
type Mode string

// Modes. The zero value is Default.
const (
	Default Mode = "default" // secrets and data of persons
	Strict  Mode = "strict"  // UUIDs, sessions and service accounts too
	Off     Mode = "off"     // nothing
)

// Options say what is redacted and how tags look.
type Options struct {
	Mode Mode
	// Key, when it is set, makes tags of a keyed hash in place of a number, so
	// that one value has one tag in all reports made with the key.
	Key []byte
	// Rules are kinds of the user, beside those that are built in.
	Rules []Rule
}

// Rule is a kind of text that a user wants redacted.
type Rule struct {
	Kind string // the word in the tag: lower-case letters, digits and "-"
	// Pattern finds the text. Only its group Group is replaced; 0 is the whole
	// match. A group that took no part in the match replaces nothing.
	Pattern *regexp.Regexp
	Group   int
	// Literals are texts of which one stands in everything that Pattern
	// matches; without them the pattern is tried on every text.
	Literals []string
}

// Apply redacts a. It is called once, before anything is written.
func Apply(a *incident.Analysis, o Options) {
	defer settleAnalysis(a)
	if o.Mode == Off {
		a.Redactions = []incident.Redaction{{Kind: string(Off)}}
		return
	}
	r := New(o)
	walkAnalysis(a, r.Field)
	r.index()
	walkAnalysis(a, func(_, s string) string { return r.follow(s) })
	a.Redactions = append(a.Redactions, r.Counts()...)
}
