// Package rules holds the catalogue of signatures that comes with logwhy: a
// folder <pack>/<name> for each, with its rule and the entries that prove it.
package rules

import (
	"embed"
	"io/fs"
)

// The pattern names the depth, so that a file in a wrong place is missed by
// the embedding and found by the test.
//
//go:embed */*/rule.yaml */*/hit.json */*/miss.json
var folders embed.FS

// FS returns the tree of all signature folders.
func FS() fs.FS { return folders }
